from __future__ import annotations

import base64
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from connectors.failures import Denied
from connectors.salesforce import TYPED, package
from connectors.salesforce.allowed import FLAGS, KEY, TASK
from connectors.salesforce.source import NAMESPACE
from connectors.sandbox.salesforce.permission_set import problems
from tests.connectors.salesforce.stage import flags, opening, written

if TYPE_CHECKING:
    from connectors.contract import Check
    from tests.connectors.salesforce.stage import Stage


def provision(stage: Stage, **options: object) -> list[Check]:
    return list(stage.link().provisioner().provision(**{"dry_run": False, **options}))  # type: ignore[arg-type]


def states(checks: list[Check]) -> set[str]:
    return {check.state for check in checks}


def test_an_empty_org_gets_every_field_and_the_permission_to_use_them(stage: Stage) -> None:
    checks = provision(stage)
    assert states(checks) == {"ok"}
    fields = {field.name for field in stage.org.schema.fields_of("Account")}
    assert {*FLAGS.values(), *TYPED.values()} <= fields
    key = stage.org.schema.of("Task").field(KEY)
    assert (key.unique, key.external, key.case_sensitive, key.length) == (True, True, True, 40)
    account, writer = stage.account(), stage.link().writer()
    assert {receipt.outcome for receipt in [*written(writer, flags(account, level="watch")), *written(writer, opening(1, account))]} == {
        "applied"
    }


def test_twice_does_nothing_twice(stage: Stage) -> None:
    provision(stage)
    stage.audit.clear()
    assert states(provision(stage)) == {"ok"}
    assert stage.audit.writes == []


def test_a_dry_run_tells_what_would_change_and_writes_nothing(stage: Stage) -> None:
    checks = provision(stage, dry_run=True)
    assert states(checks) == {"warning"}
    assert any("would be deployed" in check.detail for check in checks if check.subject == "Account.EQ_Level__c")
    assert stage.audit.writes == []
    provision(stage)
    assert states(provision(stage, dry_run=True)) == {"ok"}


def test_one_link_sees_what_it_has_just_deployed(stage: Stage) -> None:
    link = stage.link()
    assert "stage" not in next(table for table in link.reader().tables() if table.name == "accounts").columns
    list(link.provisioner().provision(dry_run=False))
    assert "stage" in next(table for table in link.reader().tables() if table.name == "accounts").columns
    assert "level" in link.writer().writable()


def test_a_value_that_an_admin_added_stays_and_one_that_is_missing_is_deployed(stage: Stage) -> None:
    provision(stage)
    stage.org.define("Account", ["EQ_Level__c pick(none|info|watch|alert) restricted"])
    checks = provision(stage, dry_run=True)
    assert [check.detail for check in checks if check.state != "ok"] == ["without the values critical: would be deployed"]


def test_a_field_of_another_type_is_an_error_that_names_it(stage: Stage) -> None:
    stage.org.define("Account", ["EQ_Index__c text(20)"])
    checks = provision(stage)
    assert any("EQ_Index__c" in check.detail for check in checks if check.state == "error")


def test_a_user_who_may_not_deploy_is_told_what_to_grant_and_the_other_way(stage: Stage) -> None:
    stage.org.knobs.may_deploy = False
    with pytest.raises(Denied, match="Modify Metadata") as caught:
        provision(stage)
    assert "--output" in caught.value.mend


def test_a_session_that_ends_during_a_deployment_is_renewed(stage: Stage) -> None:
    stage.fail(path="deployRequest", effects=("expire_tokens",))
    assert states(provision(stage)) == {"ok"}
    assert stage.tokens() == 2


def test_a_session_that_serves_rest_alone_is_told_with_the_mend(stage: Stage) -> None:
    stage.fail(path="deployRequest", effects=("expire_tokens",), times=2)
    with pytest.raises(Denied, match="a new session is refused too") as caught:
        provision(stage)
    assert "JWT-based" in caught.value.mend


def test_a_user_who_may_not_assign_is_told_to_let_an_admin_do_it(stage: Stage) -> None:
    stage.org.knobs.may_assign = False
    checks = provision(stage)
    assert any("assign Equilibre_Integration" in check.mend for check in checks if check.state == "error")


def test_a_deployment_is_waited_for(stage: Stage) -> None:
    stage.org.knobs.deploy_looks = 5
    assert states(provision(stage)) == {"ok"}
    assert len(stage.naps) >= 4


@pytest.mark.parametrize("fault", [{"status": 503, "body": "<html/>"}, {"drop": "before"}, {"drop": "after"}, {"keep": 50}])
def test_a_deployment_survives_a_bad_moment(stage: Stage, fault: dict[str, object]) -> None:
    stage.fail(path="deployRequest", **fault)
    assert states(provision(stage)) == {"ok"}


def test_what_a_minimal_profile_hides_of_tasks_events_and_cases_is_granted(stage: Stage) -> None:
    for name in ("WhatId", "WhoId", "Description"):
        stage.org.hide("Task", name)
    for name in ("WhoId", "IsAllDayEvent"):
        stage.org.hide("Event", name)
    stage.org.hide("Case", "ClosedDate", "IsEscalated")  # without the first, every case would look open
    assert states(provision(stage)) == {"ok"}
    found = {check.subject: check for check in stage.link().reader().check()}
    assert found["tasks"].state == "ok"
    assert not {"Task.WhoId", "Event.WhoId", "Event.IsAllDayEvent", "Case.ClosedDate", "Case.IsEscalated"} & found.keys()


def test_a_standard_field_that_no_permission_set_can_grant_refuses_the_package(stage: Stage) -> None:
    """The recorded description of Event: its times and its account cannot be hidden, so they cannot be granted either."""
    granted = "<fieldPermissions><editable>false</editable><field>Event.StartDateTime</field><readable>true</readable></fieldPermissions>"
    root = ET.fromstring(f'<PermissionSet xmlns="{NAMESPACE}">{granted}</PermissionSet>')  # noqa: S314 - our own
    assert "no CustomField named Event.StartDateTime found" in next(problems(stage.org, root, {}))


def test_an_org_without_orders_gets_the_rest(stage: Stage) -> None:
    names = _names(package.archive("66.0", {"Account", "Contact"}), "permissionsets/Equilibre_Integration.permissionset", "object")
    assert names == {"Account", "Contact"}
    stage.org.deny("Order", "read")
    assert states(provision(stage)) == {"ok"}


# ---------------------------------------------------------------- the package itself


def _names(archive: bytes, file: str, tag: str) -> set[str]:
    with zipfile.ZipFile(BytesIO(archive)) as packed:
        return {node.text or "" for node in ET.fromstring(packed.read(file)).iterfind(f".//{{*}}{tag}")}  # noqa: S314 - our own


def test_the_zip_is_the_same_every_time() -> None:
    assert package.archive("66.0") == package.archive("66.0")


def test_the_package_holds_every_field_that_is_written_or_typed_and_no_other() -> None:
    names = {one.name for one in package.wanted() if one.object == "Account"}
    assert names == {*FLAGS.values(), *TYPED.values()}
    assert {one.name for one in package.wanted() if one.object == "Task"} == {KEY, TASK["mark"]}


def test_a_permission_on_a_hidden_object_stays_and_one_on_an_object_that_is_not_there_goes(stage: Stage) -> None:
    """Left out because it is hidden, the permission that would show it could never arrive."""
    stage.org.deny("Case", "read")
    made = list(stage.link().provisioner().provision(dry_run=False))
    assert {check.state for check in made} == {"ok"}
    assert stage.link().reader().streams()
    assert "Case" in {stream.name for stream in stage.link().reader().streams()}


def test_an_org_without_orders_takes_the_package_all_the_same(stage: Stage) -> None:
    del stage.org.schema.objects["order"]
    stage.org.schema.version += 1
    assert {check.state for check in stage.link().provisioner().provision(dry_run=False)} == {"ok"}


def test_trap_33_the_key_stands_on_activity_and_is_granted_on_task() -> None:
    archive = package.archive("66.0")
    assert KEY in _names(archive, "objects/Activity.object", "fullName")
    granted = _names(archive, "permissionsets/Equilibre_Integration.permissionset", "field")
    assert f"Task.{KEY}" in granted
    assert not any(name.startswith("Activity.") for name in granted)


def test_software_may_edit_what_it_writes_and_people_what_they_type() -> None:
    def editable(name: str) -> set[str]:
        with zipfile.ZipFile(BytesIO(package.archive("66.0"))) as packed:
            root = ET.fromstring(packed.read(f"permissionsets/{name}.permissionset"))  # noqa: S314 - our own
        return {node.findtext("{*}field") for node in root.iterfind("{*}fieldPermissions") if node.findtext("{*}editable") == "true"}

    ours_of_tasks = {f"Task.{name}" for name in (KEY, TASK["mark"], TASK["account"], TASK["body"])}
    assert editable("Equilibre_Integration") == {f"Account.{name}" for name in FLAGS.values()} | ours_of_tasks
    assert editable("Equilibre_User") == {f"Account.{name}" for name in TYPED.values()}


def test_the_fence_lets_our_package_pass_and_nothing_beside_it() -> None:
    def envelope(archive: bytes) -> str:
        return (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://soap.sforce.com/2006/04/metadata"><e:Body><m:deploy><m:ZipFile>'
            f"{base64.b64encode(archive).decode()}</m:ZipFile></m:deploy></e:Body></e:Envelope>"
        )

    package.judge(envelope(package.archive("66.0")))
    package.judge(envelope(package.archive("67.0", {"Account"})))
    for strange in (
        with_file("classes/Evil.cls", b"<a/>"),
        with_file("destructiveChanges.xml", b"<Package/>"),
        with_file("objects/Account.object", b"<CustomObject><fields><fullName>Evil__c</fullName></fields></CustomObject>"),
        b"no zip",
    ):
        with pytest.raises(ValueError, match="zip"):
            package.judge(envelope(strange))
    for body in ("<a/>", "", None, "not xml", "<e><Body><retrieve/></Body></e>"):
        with pytest.raises(ValueError, match=r"XML|neither"):
            package.judge(body)


def with_file(name: str, content: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(name, content)
    return out.getvalue()

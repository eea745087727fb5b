"""The package in an org: part by part, marked, again, and taken away; and what the fence lets through of it."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from connectors.salesforce import package, source
from connectors.salesforce.source import PARTS
from tests.connectors.salesforce.stage import flags, written

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.contract import Check
    from tests.connectors.salesforce.stage import Stage

PAGES = {
    ("LightningComponentBundle", "equilibreBalance"), ("LightningComponentBundle", "equilibrePortfolio"), ("FlexiPage", "Equilibre_Account"),
    ("CustomTab", "Equilibre_Portfolio"), ("CustomApplication", "Equilibre"), ("QuickAction", "Account.Equilibre_Consultations"),
    ("ListView", "Account.Equilibre_Flagged"), ("Report", "Equilibre/Flagged_Accounts"), ("Dashboard", "Equilibre/Portfolio"),
    ("Translations", "fr"), ("CustomObjectTranslation", "Account-fr"), ("CustomLabel", "EQ_Balance_Title"),
}  # fmt: skip


def provision(stage: Stage, **options: object) -> list[Check]:
    return list(stage.link().provisioner().provision(**{"dry_run": False, **options}))  # type: ignore[arg-type]


def remove(stage: Stage, *, dry_run: bool = False) -> list[Check]:
    return list(stage.link().provisioner().remove(dry_run=dry_run))  # type: ignore[attr-defined]


def troubles(checks: list[Check]) -> list[Check]:
    return [check for check in checks if check.state != "ok"]


def description(stage: Stage) -> str:
    return next(row["Description"] for row in stage.org.records("PermissionSet") if row["Name"] == package.USER)


def test_everything_arrives_and_is_marked(stage: Stage) -> None:
    assert troubles(provision(stage)) == []
    assert stage.org.deployments.components >= PAGES
    assert package.standing(description(stage)) == set(PARTS)
    assert len(description(stage)) <= 255


def test_an_org_without_french_gets_the_rest_and_the_next_run_tries_again(stage: Stage) -> None:
    stage.org.knobs.languages.clear()
    checks = troubles(provision(stage))
    assert {check.state for check in checks} == {"warning"}
    assert all("Translation Language Settings" in check.mend for check in checks)
    assert package.standing(description(stage)) == {"fields", "pages", "reports"}
    stage.org.knobs.languages.add("fr")
    stage.audit.clear()
    assert troubles(provision(stage)) == []
    assert len(stage.audit.writes) == 2  # the translations and the mark


def test_a_part_that_was_changed_is_deployed_again_alone(stage: Stage) -> None:
    provision(stage)
    row = next(row for row in stage.org.records("PermissionSet") if row["Name"] == package.USER)
    stage.org.update("PermissionSet", row["Id"], {"Description": row["Description"].replace(package.fingerprint("reports"), "00000000")})
    stage.audit.clear()
    checks = provision(stage)
    assert troubles(checks) == []
    assert [check.subject for check in checks if check.subject.startswith("package")] == ["package reports", "package access"]


def test_a_dry_run_names_the_parts_that_would_be_deployed(stage: Stage) -> None:
    checks = provision(stage, dry_run=True)
    assert {f"package {part}" for part in PARTS} <= {check.subject for check in checks if check.state == "warning"}
    assert stage.audit.writes == []


def test_a_description_that_a_person_wrote_counts_as_no_mark(stage: Stage) -> None:
    provision(stage)
    row = next(row for row in stage.org.records("PermissionSet") if row["Name"] == package.USER)
    stage.org.update("PermissionSet", row["Id"], {"Description": "Ours. [pages: soon]"})
    assert package.standing("Ours. [pages: soon]") == frozenset()
    assert troubles(provision(stage)) == []
    assert package.standing(description(stage)) == set(PARTS)


# ---------------------------------------------------------------- taking it away


def test_removal_takes_the_pages_and_leaves_what_people_typed(stage: Stage) -> None:
    provision(stage)
    account = stage.account()
    stage.org.update("Account", account, {"EQ_Stage__c": "repair"})
    written(stage.link().writer(), flags(account, level="watch"))
    assert troubles(remove(stage)) == []
    left = {kind for kind, name in stage.org.deployments.components if name != "Equilibre"}
    assert left <= {"CustomLabels", "Translations", "CustomObjectTranslation"}
    row = next(row for row in stage.org.records("Account") if row["Id"] == account)
    assert (row["EQ_Stage__c"], row["EQ_Level__c"]) == ("repair", "watch")
    assert {row["Name"] for row in stage.org.records("PermissionSet")} >= {
        "Equilibre_Integration",
        "Equilibre_User",
        "Equilibre_Restricted",
    }


def test_removal_says_first_what_it_would_do(stage: Stage) -> None:
    provision(stage)
    stage.audit.clear()
    assert [check.state for check in remove(stage, dry_run=True)] == ["warning", "ok"]
    assert stage.audit.writes == []


def test_removal_of_nothing_does_nothing_and_twice_does_no_harm(stage: Stage) -> None:
    assert [check.detail for check in remove(stage)] == ["not deployed here: nothing to remove"]
    assert stage.audit.writes == []
    provision(stage)
    assert troubles(remove(stage)) == []
    assert troubles(remove(stage)) == []


def test_what_was_removed_can_be_provisioned_again(stage: Stage) -> None:
    provision(stage)
    remove(stage)
    assert package.standing(description(stage)) == frozenset()
    assert troubles(provision(stage)) == []
    assert stage.org.deployments.components >= PAGES


def test_removal_names_no_field_no_permission_set_and_no_folder() -> None:
    with zipfile.ZipFile(io.BytesIO(package.removal("66.0"))) as packed:
        said = packed.read(package.REMOVAL).decode()
    assert "CustomField" not in said
    assert "PermissionSet" not in said
    assert "<members>Equilibre</members><name>Report" not in said.replace("\n", "")
    assert "equilibreBalance" in said


# ---------------------------------------------------------------- the fence


def envelope(archive: bytes) -> str:
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://soap.sforce.com/2006/04/metadata"><e:Body><m:deploy><m:ZipFile>'
        f"{base64.b64encode(archive).decode()}</m:ZipFile></m:deploy></e:Body></e:Envelope>"
    )


def test_every_zip_of_ours_passes_the_fence() -> None:
    for part in (None, *PARTS):
        package.judge(envelope(package.archive("66.0", {"Account", "Task"}, part)))
    package.judge(envelope(package.marked("66.0", None, PARTS)))
    package.judge(envelope(package.marked("66.0", None, ["fields"])))
    package.judge(envelope(package.removal("66.0")))


def test_a_changed_script_a_changed_description_and_the_removal_of_a_field_do_not_pass() -> None:
    def changed(raw: bytes, name: str, old: bytes, new: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(raw)) as packed, zipfile.ZipFile(out, "w") as other:
            for one in packed.namelist():
                content = packed.read(one)
                assert one != name or old in content
                other.writestr(one, content.replace(old, new) if one == name else content)
        return out.getvalue()

    script = "lwc/equilibreBalance/equilibreBalance.js"
    for raw in (
        changed(package.archive("66.0", None, "pages"), script, b"isUnavailable", b"isAvailable"),
        changed(package.marked("66.0", None, PARTS), "permissionsets/Equilibre_User.permissionset", b" [fields:", b" and evil [fields:"),
        changed(package.removal("66.0"), package.REMOVAL, b"equilibreBalance", b"somebodyElse"),
        changed(package.removal("66.0"), package.REMOVAL, b"<name>FlexiPage", b"<name>CustomField"),
    ):
        with pytest.raises(ValueError, match="zip"):
            package.judge(envelope(raw))


# ---------------------------------------------------------------- the project on the disk


def test_the_written_project_is_what_an_admin_deploys_and_nothing_of_the_workshop(tmp_path: Path) -> None:
    told = package.project(tmp_path / "project").detail
    files = [path for path in (tmp_path / "project").rglob("*") if path.is_file()]
    assert told.startswith(f"{len(files)} files written to ")
    assert {path.name for path in (tmp_path / "project").iterdir()} == {"sfdx-project.json", ".forceignore", "force-app", "french"}
    assert not [path for path in files if source.DEVELOPMENT & set(path.parts)]
    assert (tmp_path / "project/force-app/main/default/lwc/equilibreBalance/equilibreBalance.html").exists()
    assert (tmp_path / "project/force-app/main/default/objects/Activity/fields/EQ_Key__c.field-meta.xml").exists()

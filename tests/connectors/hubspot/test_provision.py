"""A portal is made ready once, repaired when it drifted, and nobody's data is lost."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from connectors.hubspot import COMPANY_PROPERTIES, FLAGS, TASK_PROPERTIES
from connectors.hubspot.fields import COMPANY, PROPERTIES, STAGES
from connectors.hubspot.project import definitions
from connectors.sandbox.faults import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.contract import Check
    from tests.connectors.hubspot.conftest import Bench


def provision(bench: Bench, *, dry_run: bool = False, **changes: Any) -> dict[str, Check]:
    return {check.subject: check for check in bench.connect(**changes).provisioner().provision(dry_run=dry_run)}


def options(bench: Bench, name: str) -> dict[str, Any]:
    defined = bench.connect()._schema.definitions("companies")[name]
    return {option["value"]: option for option in defined["options"]}


def test_everything_is_made_and_a_second_time_finds_everything_there(bench: Bench) -> None:
    first = provision(bench)
    assert len(first) == len(COMPANY_PROPERTIES) + len(TASK_PROPERTIES) + 2
    assert {check.detail for check in first.values()} == {"created"}
    assert all(check.state == "ok" for check in first.values())
    bench.audit.clear()
    second = provision(bench)
    assert {(check.state, check.detail) for check in second.values()} == {("ok", "there")}
    assert not bench.audit.writes
    assert not [call for call in bench.audit.calls if call.method != "GET"]


@pytest.mark.parametrize("version", ["v3", "2026-03"])
def test_it_works_in_both_url_families(bench: Bench, version: str) -> None:
    assert all(check.state == "ok" for check in provision(bench, api_version=version).values())


def test_a_dry_run_tells_what_it_would_do_and_sends_no_write(bench: Bench) -> None:
    checks = provision(bench, dry_run=True)
    assert {check.detail for check in checks.values()} == {"would be created"}
    assert not [call for call in bench.audit.calls if call.method != "GET"]


def test_options_of_ours_come_back_beside_those_that_people_added(bench: Bench) -> None:
    provision(bench)
    mine = [{"label": "Le mien", "value": "mine", "displayOrder": 0, "hidden": False}]
    kept = [{"label": "Mon libellé", "value": "watch", "displayOrder": 1, "hidden": False}]
    bench.person("PATCH", "/crm/v3/properties/companies/eq_stage", {"options": mine + kept})
    assert provision(bench)["companies.eq_stage"].detail == "got its missing options back"
    found = options(bench, "eq_stage")
    assert set(found) == {"mine", *STAGES}
    assert found["watch"]["label"] == "Mon libellé"
    assert provision(bench)["companies.eq_stage"].detail == "there"


def test_an_option_of_ours_that_was_hidden_is_shown_again_because_it_could_not_be_written(bench: Bench) -> None:
    provision(bench)
    now = [{**option, "hidden": value == "alert"} for value, option in options(bench, "eq_level").items()]
    bench.person("PATCH", "/crm/v3/properties/companies/eq_level", {"options": now})
    provision(bench)
    assert not any(option["hidden"] for option in options(bench, "eq_level").values())


def test_a_deleted_property_comes_back_with_its_old_values_and_that_is_said(bench: Bench) -> None:
    provision(bench)
    one = bench.portal.create("companies", {"name": "A", "eq_level": "alert", "eq_privileges": "other"})
    for name in ("eq_level", "eq_privileges"):
        bench.person("DELETE", f"/crm/v3/properties/companies/{name}")
    assert provision(bench, dry_run=True)["companies.eq_level"].detail == "would be restored with its old values"
    checks = provision(bench)
    assert checks["companies.eq_level"].state == "warning"
    assert "old values" in checks["companies.eq_level"].detail
    assert "sync" in checks["companies.eq_level"].mend
    assert "typed" in checks["companies.eq_privileges"].mend
    assert bench.connect().writer().read_flags([one])[one]["level"] == "alert"


def test_a_property_of_another_type_is_told_and_left_alone(bench: Bench) -> None:
    bench.portal.define("companies", {"eq_index": "string"})
    check = provision(bench)["companies.eq_index"]
    assert (check.state, check.detail) == ("error", "is of type string, and number is needed")


def test_a_portal_that_refuses_uniqueness_gets_a_plain_key(bench: Bench) -> None:
    bench.portal.knobs.unique_refused.add("tasks")
    check = provision(bench)["tasks.equilibre_key"]
    assert check.state == "warning"
    assert "without uniqueness" in check.detail
    assert provision(bench)["tasks.equilibre_key"].detail == "there, but not unique, and that cannot be changed later"


def test_a_portal_that_has_its_ten_unique_properties_gets_a_plain_key(bench: Bench) -> None:
    bench.portal.define(
        "tasks",
        [
            {"name": f"u{n}", "label": "U", "groupName": "taskinformation", "type": "string", "fieldType": "text", "hasUniqueValue": True}
            for n in range(10)
        ],
    )
    assert provision(bench)["tasks.equilibre_key"].state == "warning"
    assert bench.connect()._schema.task_key == "plain"


def test_the_scope_that_is_missing_is_named(bench: Bench) -> None:
    token = bench.portal.token(["crm.objects.companies.read", "crm.objects.contacts.read"])
    checks = provision(bench, access_token=token)
    check = checks["companies properties"]
    assert check.state == "error"
    assert "crm.schemas.companies.write" in check.detail
    assert "grant" in check.mend


def test_definitions_that_show_late_are_waited_for(bench: Bench) -> None:
    bench.portal.knobs.definition_lag = 0.7
    assert {check.detail for check in provision(bench).values()} == {"created"}
    assert bench.clock.slept


def test_a_lost_answer_makes_nothing_twice_and_still_says_created(bench: Bench) -> None:
    bench.faults.add(
        Fault(method="POST", path="/properties/companies/groups", drop="after"),
        Fault(method="POST", path="/properties/companies/batch/create", drop="after"),
        Fault(method="POST", path="/properties/tasks$", drop="after"),
    )
    checks = provision(bench)
    assert all(check.state == "ok" for check in checks.values())
    assert bench.connect()._schema.task_key == "unique"


def test_one_property_that_is_refused_does_not_hold_up_the_others(bench: Bench) -> None:
    body = {"category": "VALIDATION_ERROR", "message": "Maximum number of properties", "correlationId": "c"}
    bench.faults.add(
        Fault(path="/properties/companies/batch/create", status=400, body=body),
        Fault(method="POST", path="/properties/companies$", status=400, body=body),
    )
    checks = provision(bench)
    assert sum(check.state == "error" for check in checks.values()) == 1
    assert sum(check.detail == "created" for check in checks.values()) == len(checks) - 1


def test_the_definitions_can_be_written_to_a_folder_instead(tmp_path: Path) -> None:
    check = definitions(tmp_path / "out")
    document = json.loads((tmp_path / "out" / "hubspot-properties.json").read_text())
    assert {one["name"] for one in document["companies"]["properties"]} == set(COMPANY_PROPERTIES)
    assert check.state == "ok"


def test_people_are_offered_no_free_text() -> None:
    free = [one["name"] for one in COMPANY if one["type"] == "string" and one["name"] not in FLAGS.values()]
    assert free == ["eq_dismissed_rules"]


def test_labels_are_english_and_descriptions_french() -> None:
    for one in [one for wanted in PROPERTIES.values() for one in wanted]:
        assert all(shown.isascii() for shown in (one["label"].replace("É", "E"), *(option["label"] for option in one.get("options", []))))
        assert re.search(r"\b(le|la|les|de|du|des|un|une|ce|est|se|sept|qui|seront|si|nos|pour|pourquoi)\b", one["description"].lower())


def test_every_property_has_a_label_and_a_description_and_every_option_a_place() -> None:
    for wanted in PROPERTIES.values():
        for one in wanted:
            assert one["label"]
            assert one["description"]
            assert [option["displayOrder"] for option in one.get("options", [])] == list(range(len(one.get("options", []))))

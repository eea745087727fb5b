from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from connectors.sandbox.faults import Fault

if TYPE_CHECKING:
    from connectors.contract import Check
    from tests.connectors.salesforce.stage import Stage


def check(stage: Stage, **settings: object) -> dict[str, Check]:
    return {one.subject: one for one in stage.link(**settings).reader().check()}


def ungrant(stage: Stage, *fields: str) -> None:
    """Hide fields as a minimal profile does, in an org whose permission set does not grant them either."""
    for field in fields:
        stage.org.hide(*field.split("."))
    for row in stage.org.records("FieldPermissions"):
        if row["Field"] in fields:
            stage.org.store.drop("FieldPermissions", row["Id"])
    stage.org.schema.version += 1


def test_a_ready_org_has_nothing_to_mend(ready: Stage) -> None:
    found = check(ready)
    assert [(one.subject, one.detail) for one in found.values() if one.state != "ok"] == []
    assert {"sign-in", "API version", "clock", "API calls", "fields of Équilibre", "tasks", "object Account", "object Case"} <= set(found)
    assert ready.org.id in found["sign-in"].detail


def test_a_bad_credential_ends_the_examination_with_its_mend(stage: Stage) -> None:
    found = check(stage, client_id="unknown")
    assert set(found) == {"sign-in"}
    assert "client_id" in found["sign-in"].mend


def test_an_org_without_our_package_is_told_to_provision(stage: Stage) -> None:
    found = check(stage)
    assert found["field Account.EQ_Level__c"].state == "error"
    assert found["field Account.EQ_Level__c"].mend == "equilibre provision"
    assert found["field Account.EQ_Stage__c"].state == "warning"
    assert found["tasks"].state == "error"


def test_trap_31_a_field_that_is_deployed_and_not_granted_is_told_apart_from_one_that_is_missing(ready: Stage) -> None:
    for row in ready.org.records("PermissionSetAssignment"):
        ready.org.store.drop("PermissionSetAssignment", row["Id"])
    ready.org.schema.version += 1
    found = check(ready)["field Account.EQ_Level__c"]
    assert found.detail == "deployed, but hidden from the integration user"
    assert "Equilibre_Integration" in found.mend


def test_a_key_that_is_not_unique_is_an_error(stage: Stage) -> None:
    stage.org.define("Activity", ["EQ_Key__c text(40) external"])
    assert "twice" in check(stage)["tasks"].detail


def test_a_field_of_tasks_that_is_hidden_is_told_and_the_one_that_places_them_is_an_error(ready: Stage) -> None:
    ungrant(ready, "Task.WhatId", "Task.Description", "Task.ActivityDate")
    found = check(ready)
    assert found["field Task.ActivityDate"].mend == "grant Edit on it to the integration user", "our permission set does not"
    assert (found["field Task.WhatId"].state, found["field Task.Description"].state) == ("error", "warning")
    assert "Equilibre_Integration" in found["field Task.WhatId"].mend


@pytest.mark.parametrize(("ahead", "state"), [(0, "ok"), (30, "ok"), (-300, "error"), (300, "error")])
def test_the_clock_is_held_against_the_servers(ready: Stage, ahead: int, state: str) -> None:
    link = ready.link({"clock": lambda: ready.clock.now + timedelta(seconds=ahead)})
    found = {one.subject: one for one in link.reader().check()}["clock"]
    assert found.state == state
    assert state == "ok" or "NTP" in found.mend


def test_a_quota_beyond_our_share_is_an_error_and_does_not_hide_the_rest(ready: Stage) -> None:
    ready.org.usage.requests.extend([ready.clock()] * 14_000)
    found = check(ready)
    assert any(one.state == "error" and "daily calls" in one.detail for one in found.values())


def test_each_field_that_is_hidden_is_a_line_with_its_effect(ready: Stage) -> None:
    ready.org.hide("Account", "OwnerId")
    ready.org.deny("OpportunityContactRole", "read")
    found = check(ready)
    assert "accounts.owner_id stays empty" in found["Account.OwnerId"].detail
    assert found["Account.OwnerId"].state == "warning"
    assert "OpportunityContactRole" in found


def test_accounts_that_may_not_be_edited_are_an_error(ready: Stage) -> None:
    ready.org.deny("Account", "edit")
    for row in ready.org.records("ObjectPermissions"):
        if row["SobjectType"] == "Account":
            ready.org.update("ObjectPermissions", row["Id"], {"PermissionsEdit": False})
    ready.org.schema.version += 1
    subjects = [(one.subject, one.state) for one in ready.link().reader().check()]
    assert ("object Account", "error") in subjects


def test_a_server_that_fails_in_the_middle_keeps_what_was_found(ready: Stage) -> None:
    ready.fail(Fault(path="/sobjects|/composite", status=403, body=[{"errorCode": "API_CURRENTLY_DISABLED", "message": "x"}], times=None))
    found = check(ready)
    assert found["sign-in"].state == "ok"
    assert any(one.state == "error" and "API Enabled" in one.mend for one in found.values())


def test_the_examination_writes_nothing(ready: Stage) -> None:
    check(ready)
    assert ready.audit.writes == []

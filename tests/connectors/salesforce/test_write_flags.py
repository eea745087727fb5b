"""The traps of writing flags, each against a served org that has our package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from connectors.contract import FLAG_FIELDS
from connectors.failures import Transient
from connectors.sandbox.faults import Fault
from connectors.sandbox.salesforce.knobs import Check
from tests.connectors.salesforce.stage import flags, written

if TYPE_CHECKING:
    from tests.connectors.salesforce.stage import Stage

FLAGS_PATH = r"/composite/sobjects$"


def test_flags_are_set_and_nothing_else_of_the_account_changes(ready: Stage) -> None:
    account = ready.account("Acme", Industry="Retail", EQ_Stage__c="repair")
    values = {
        "stage_proposed": "watch", "level": "alert", "open_rules": "DEP-01:alert@2026-11-22", "revenue_share": 0.3412, "index": 41.6667, "coverage": 0.85,
        "computed_at": "2026-11-23T09:00:00.123456+00:00", "run": "20261123T090000-abc123",
    }  # fmt: skip
    (receipt,) = written(ready.link().writer(), flags(account, **values))
    row = ready.org.record(account)
    assert (receipt.outcome, receipt.remote_id) == ("applied", account)
    assert (row["EQ_Level__c"], row["EQ_Revenue_Share__c"], row["EQ_Index__c"]) == ("alert", 0.3412, 41.6667)
    assert (row["Name"], row["Industry"], row["EQ_Stage__c"]) == ("Acme", "Retail", "repair")
    assert ready.audit.written_fields("Account") == frozenset(name for name in row if name.startswith("EQ_") and name != "EQ_Stage__c")


def test_what_is_written_is_read_back_as_it_was_meant(ready: Stage) -> None:
    account = ready.account()
    values = {"level": "watch", "revenue_share": 0.25, "run": "r1", "computed_at": "2026-11-23T10:00:00+01:00"}
    writer = ready.link().writer()
    written(writer, flags(account, **values))
    shown = writer.read_flags([account])[account]
    assert set(shown) == set(FLAG_FIELDS)
    assert {name: value for name, value in shown.items() if value is not None} == {**values, "computed_at": "2026-11-23T09:00:00Z"}


def test_trap_15_a_flag_is_cleared_with_null(ready: Stage) -> None:
    account = ready.account(EQ_Level__c="watch", EQ_Index__c=12)
    written(ready.link().writer(), flags(account, level=None, index=None))
    assert not {"EQ_Level__c", "EQ_Index__c"} & ready.org.record(account).keys()


def test_trap_18_19_and_47_a_refused_row_does_not_stop_the_others_and_is_matched_by_its_place(ready: Stage) -> None:
    accounts = [ready.account(f"{number}") for number in range(6)]
    ready.org.knobs.checks.append(
        Check(
            object="Account", when=lambda new, _old: new["Name"] in {"1", "4"} and "EQ_Level__c" in new, message="Le SIREN est obligatoire"
        )
    )
    receipts = written(ready.link().writer(), *(flags(account, level="watch") for account in accounts))
    assert [receipt.outcome for receipt in receipts] == ["applied", "refused", "applied", "applied", "refused", "applied"]
    assert "Le SIREN est obligatoire" in receipts[1].why
    assert [ready.org.record(account).get("EQ_Level__c") for account in accounts] == ["watch", None, "watch", "watch", None, "watch"]
    assert all(receipt.request_id for receipt in receipts)


def test_all_rows_refused_is_still_an_answer(ready: Stage) -> None:
    account = ready.account()
    (receipt,) = written(ready.link().writer(), flags(account, level="no such level"))
    assert receipt.outcome == "refused"
    assert "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST (EQ_Level__c)" in receipt.why


def test_two_hundred_records_are_one_call(ready: Stage) -> None:
    accounts = [ready.account(f"{number}") for number in range(200)]
    writer = ready.link().writer()
    writer.writable()
    ready.audit.clear()
    assert {receipt.outcome for receipt in written(writer, *(flags(account, level="watch") for account in accounts))} == {"applied"}
    assert len(ready.audit.calls) == 1
    assert writer.flags_per_call == writer.tasks_per_call == 200


def test_an_account_that_was_merged_meanwhile_is_drifted_and_told(ready: Stage) -> None:
    winner, loser = ready.account("winner"), ready.account("loser")
    ready.org.merge("Account", winner, loser)
    writer = ready.link().writer()
    assert loser not in writer.read_flags([winner, loser])
    (receipt,) = written(writer, flags(loser, level="watch"))
    assert receipt.outcome == "drifted"


def test_trap_45_an_account_asked_by_its_short_id_is_given_back_under_it(ready: Stage) -> None:
    account = ready.account(EQ_Level__c="info")
    assert ready.link().writer().read_flags([account[:15]])[account[:15]]["level"] == "info"


def test_trap_23_a_locked_row_is_sent_again_alone(ready: Stage) -> None:
    accounts = [ready.account(f"{number}") for number in range(4)]
    ready.org.knobs.row_locks[accounts[2]] = 2
    receipts = written(ready.link().writer(), *(flags(account, level="watch") for account in accounts))
    assert {receipt.outcome for receipt in receipts} == {"applied"}
    assert [len(write.ids) + write.refused for write in ready.audit.writes] == [4, 1, 1]
    assert len(ready.naps) == 2


def test_a_row_that_stays_locked_is_failed_and_left_to_the_next_run(ready: Stage) -> None:
    accounts = [ready.account(f"{number}") for number in range(2)]
    ready.org.knobs.row_locks[accounts[0]] = 99
    receipts = written(ready.link().writer(), *(flags(account, level="watch") for account in accounts))
    assert [receipt.outcome for receipt in receipts] == ["failed", "applied"]


@pytest.mark.parametrize("drop", ["before", "after"])
def test_flags_survive_a_reset_on_either_side(ready: Stage, drop: str) -> None:
    account = ready.account()
    ready.fail(path=FLAGS_PATH, drop=drop)
    (receipt,) = written(ready.link().writer(), flags(account, level="watch"))
    assert receipt.outcome == "applied"
    assert ready.org.record(account)["EQ_Level__c"] == "watch"


def test_a_whole_call_that_fails_is_raised(ready: Stage) -> None:
    account = ready.account()
    ready.fail(path=FLAGS_PATH, status=503, body="<html/>", times=None)
    with pytest.raises(Transient):
        written(ready.link().writer(), flags(account, level="watch"))


@pytest.mark.parametrize("body", [[], {}, [{"success": True}] * 3])
def test_an_answer_that_does_not_fit_the_request_is_tried_again(ready: Stage, body: Any) -> None:
    account = ready.account()
    ready.fail(path="/composite/sobjects", status=200, body=body)
    (receipt,) = written(ready.link().writer(), flags(account, level="watch"))
    assert receipt.outcome == "applied"
    assert len(ready.asked("/composite/sobjects")) == 2


def test_receipts_of_decided_rows_are_not_lost_when_the_repetition_fails(ready: Stage) -> None:
    accounts = [ready.account(f"{number}") for number in range(3)]
    ready.org.knobs.row_locks[accounts[1]] = 99
    ready.fail(Fault(path=FLAGS_PATH, status=503, body="<html/>", skip=1, times=None))
    receipts = written(ready.link().writer(), *(flags(account, level="watch") for account in accounts))
    assert [receipt.outcome for receipt in receipts] == ["applied", "failed", "applied"]


def test_a_flag_that_the_org_lacks_is_refused_and_not_writable(stage: Stage) -> None:
    account = stage.account()
    writer = stage.link().writer()
    assert writer.writable() == frozenset()
    (receipt,) = written(writer, flags(account, level="watch"))
    assert receipt.outcome == "refused"
    assert "equilibre provision" in receipt.why
    assert stage.audit.writes == []


def test_a_field_that_may_only_be_read_is_not_writable(ready: Stage) -> None:
    ready.org.profile.frozen.add("account.eq_index__c")
    for row in ready.org.records("FieldPermissions"):
        if row["Field"] == "Account.EQ_Index__c":
            ready.org.update("FieldPermissions", row["Id"], {"PermissionsEdit": False})
    ready.org.schema.version += 1
    assert "index" not in ready.link().writer().writable()
    assert "level" in ready.link().writer().writable()

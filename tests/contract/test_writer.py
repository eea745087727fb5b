"""What every Writer promises, whatever CRM it writes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from connectors.contract import FLAG_FIELDS
from connectors.failures import QuotaExhausted

if TYPE_CHECKING:
    from connectors.contract import Change, Receipt, Writer
    from tests.contract.benches import Bench

VALUES = {
    "stage_proposed": "repair", "level": "alert", "open_rules": "DEP-01:alert@2026-11-22;OPS-01:watch@2026-10-03", "revenue_share": 0.3412, "index": 41.6667,
    "coverage": 0.85, "computed_at": "2026-11-23T09:00:00Z", "run": "20261123T090000-abc123",
}  # fmt: skip


def write(writer: Writer, *changes: Change) -> list[Receipt]:
    """One receipt a change, put into the order of the changes."""
    receipts = list(writer.write_flags(changes) if changes[0].kind == "set_flags" else writer.write_tasks(changes))  # type: ignore[arg-type]
    assert len(receipts) == len(changes)
    by_change = {id(receipt.change): receipt for receipt in receipts}
    return [by_change[id(change)] for change in changes]


def test_a_prepared_crm_takes_every_flag(bench: Bench) -> None:
    assert bench.link().writer().writable() == set(FLAG_FIELDS)


def test_what_is_written_is_read_back_equal(bench: Bench) -> None:
    account = bench.account("Acme")
    writer = bench.link().writer()
    assert [receipt.outcome for receipt in write(writer, bench.flags(account, **VALUES))] == ["applied"]
    seen = bench.link().writer().read_flags([account])[account]
    assert {name: seen[name] for name in VALUES} == VALUES


def test_an_untouched_account_has_no_flags_and_an_unknown_one_is_absent(bench: Bench) -> None:
    account, gone = bench.account("Acme"), bench.account("gone")
    bench.remove_account(gone)
    found = bench.link().writer().read_flags([account, gone])
    assert set(found) == {account}
    assert all(value is None for value in found[account].values())


def test_none_clears_and_what_is_not_named_stays(bench: Bench) -> None:
    account = bench.account("Acme")
    writer = bench.link().writer()
    write(writer, bench.flags(account, level="watch", index=12.5, run="r1"))
    write(writer, bench.flags(account, level=None, index=None))
    seen = writer.read_flags([account])[account]
    assert (seen["level"], seen["index"], seen["run"]) == (None, None, "r1")


def test_a_value_that_a_person_typed_is_seen_at_once(bench: Bench) -> None:
    account = bench.account("Acme")
    writer = bench.link().writer()
    write(writer, bench.flags(account, level="watch"))
    bench.set_flag(account, "level", "critical")
    assert writer.read_flags([account])[account]["level"] == "critical"


def test_one_bad_change_does_not_stop_the_others(bench: Bench) -> None:
    accounts = [bench.account(f"{number}") for number in range(3)]
    bench.remove_account(accounts[1])
    receipts = write(bench.link().writer(), *(bench.flags(account, level="watch") for account in accounts))
    assert [receipt.outcome for receipt in receipts][::2] == ["applied", "applied"]
    assert receipts[1].outcome in {"refused", "drifted"}
    assert receipts[1].why


def test_a_task_is_opened_once_however_often_it_is_asked_for(bench: Bench) -> None:
    account = bench.account("Acme")
    opened = bench.opening(1, account)
    (receipt,) = write(bench.link().writer(), opened)
    assert receipt.outcome == "applied"
    assert receipt.remote_id in bench.task_ids()
    shown = bench.task(str(receipt.remote_id))
    assert (shown["subject"], shown["is_closed"], shown["account"], shown["due"]) == ("Faire le point", False, account, "2026-12-08")
    found = bench.link().writer().find_tasks([opened])
    assert found[opened.task.key].id == receipt.remote_id
    assert not found[opened.task.key].is_closed


@pytest.mark.parametrize("times", [1, 2])
def test_a_lost_answer_makes_no_second_task(bench: Bench, times: int) -> None:
    account = bench.account("Acme")
    if not bench.lose_answers(times):
        pytest.skip("a local file has no answer that could get lost")
    (receipt,) = write(bench.link().writer(), bench.opening(1, account))
    assert receipt.outcome == "applied"
    assert bench.task_ids() == [receipt.remote_id]


def test_a_key_that_is_not_there_is_not_found(bench: Bench) -> None:
    account = bench.account("Acme")
    write(bench.link().writer(), bench.opening(1, account))
    assert bench.link().writer().find_tasks([bench.opening(2, account)]) == {}


def test_many_tasks_are_found_in_one_question(bench: Bench) -> None:
    account = bench.account("Acme")
    opened = [bench.opening(number, account) for number in range(30)]
    assert {receipt.outcome for receipt in write(bench.link().writer(), *opened)} == {"applied"}
    assert set(bench.link().writer().find_tasks(opened)) == {one.task.key for one in opened}


def test_a_task_that_a_person_closed_is_found_closed_and_left_alone(bench: Bench) -> None:
    account = bench.account("Acme")
    opened = bench.opening(1, account)
    (made,) = write(bench.link().writer(), opened)
    bench.close_task(str(made.remote_id))
    writer = bench.link().writer()
    assert writer.find_tasks([opened])[opened.task.key].is_closed
    (receipt,) = write(writer, bench.update(opened, str(made.remote_id), subject="Anders"))
    assert receipt.outcome == "drifted"
    assert bench.task(str(made.remote_id))["subject"] == "Faire le point"


def test_a_task_that_a_person_changed_is_left_alone(bench: Bench) -> None:
    account = bench.account("Acme")
    opened = bench.opening(1, account)
    (made,) = write(bench.link().writer(), opened)
    bench.rename_task(str(made.remote_id), "À moi")
    (receipt,) = write(bench.link().writer(), bench.update(opened, str(made.remote_id), subject="Anders"))
    assert receipt.outcome == "drifted"
    assert bench.task(str(made.remote_id))["subject"] == "À moi"


def test_an_untouched_task_is_brought_up_to_date_and_closed(bench: Bench) -> None:
    account = bench.account("Acme")
    opened = bench.opening(1, account)
    (made,) = write(bench.link().writer(), opened)
    task = str(made.remote_id)
    seen = bench.link().writer().find_tasks([opened])[opened.task.key]
    change = bench.update(opened, task, subject="Faire le point vite", priority="normal", due_date="2026-12-01")
    change = type(change)(
        crm=change.crm,
        account=change.account,
        id=task,
        key=change.key,
        before={**change.before, "owner_id": seen.owner_id},
        after=change.after,
    )
    (receipt,) = write(bench.link().writer(), change)
    assert (receipt.outcome, bench.task(task)["subject"], bench.task(task)["due"]) == ("applied", "Faire le point vite", "2026-12-01")
    (receipt,) = write(bench.link().writer(), bench.closing(opened, task))
    assert (receipt.outcome, bench.task(task)["is_closed"]) == ("applied", True)


def test_a_seen_task_says_when_for_whom_and_how_urgent(bench: Bench) -> None:
    opened = bench.opening(1, bench.account("Acme"))
    write(bench.link().writer(), opened)
    seen = bench.link().writer().find_tasks([opened])[opened.task.key]
    assert (seen.subject, seen.due_date, seen.priority) == (opened.task.subject, opened.task.due_date, "high")


def test_preparing_twice_changes_nothing(bench: Bench) -> None:
    bench.account("Acme")
    for check in bench.link().provisioner().provision(dry_run=False):
        assert check.state != "error", check
    before = bench.writes()
    checks = list(bench.link().provisioner().provision(dry_run=False))
    assert [check for check in checks if check.state == "error"] == []
    assert bench.writes() == before


def test_a_ceiling_is_never_passed(bench: Bench) -> None:
    bench.account("Acme")
    link = bench.link(calls_per_run=3)
    if link.crm == "files":
        pytest.skip("local files have no quota")
    with pytest.raises(QuotaExhausted):
        bench.pull(link.reader())
    assert link.reader().calls.made == 3

"""The traps of writing tasks, each against a served org that has our package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from connectors.failures import Unprepared
from connectors.fence import FenceBreach
from tests.connectors.salesforce.stage import canonical, closing, flags, opening, update, written

if TYPE_CHECKING:
    from tests.connectors.salesforce.stage import Stage

TASKS_PATH = r"/composite/sobjects/Task/EQ_Key__c"


def tasks(stage: Stage) -> list[dict[str, Any]]:
    return [row for row in stage.org.records("Task") if row.get("EQ_Key__c")]


def test_a_task_is_made_with_the_orgs_own_words(ready: Stage) -> None:
    account = ready.account()
    one = opening(1, account, owner_id=ready.org.admin)
    (receipt,) = written(ready.link().writer(), one)
    (row,) = tasks(ready)
    assert (receipt.outcome, receipt.remote_id) == ("applied", row["Id"])
    assert (row["WhatId"], row["AccountId"], row["OwnerId"]) == (account, account, ready.org.admin)
    assert (row["Subject"], row["Description"], row["ActivityDate"]) == ("Faire le point", "Sur douze mois.", "2026-12-08")
    assert (row["EQ_Key__c"], row["EQ_Mark__c"]) == (one.task.key, "DEP-01|T-02|watch|2026-11-22")
    assert (row["Status"], row["Priority"]) == ("Not Started", "High")


def test_trap_34_statuses_and_priorities_are_found_by_what_they_mean(ready: Stage) -> None:
    rename(ready, "TaskStatus", {"Not Started": "À faire", "Completed": "Terminée"})
    rename(ready, "TaskPriority", {"High": "Haute", "Normal": "Normale", "Low": "Basse"})
    account, writer = ready.account(), ready.link().writer()
    made = [opening(1, account), opening(2, account, priority="normal"), opening(3, account, priority="low")]
    assert {receipt.outcome for receipt in written(writer, *made)} == {"applied"}
    assert [(row["Status"], row["Priority"]) for row in tasks(ready)] == [
        ("À faire", "Haute"),
        ("À faire", "Normale"),
        ("À faire", "Basse"),
    ]
    found = writer.find_tasks(made)
    assert [found[one.task.key].priority for one in made] == ["high", "normal", "low"]
    written(writer, closing(made[0], found[made[0].task.key].id))
    assert tasks(ready)[0]["Status"] == "Terminée"
    assert writer.find_tasks(made[:1])[made[0].task.key].is_closed


def rename(stage: Stage, obj: str, words: dict[str, str]) -> None:
    for row in stage.org.records(obj):
        if row["ApiName"] in words:
            stage.org.update(obj, row["Id"], {"ApiName": words[row["ApiName"]], "MasterLabel": words[row["ApiName"]]})


def test_trap_36_the_account_of_a_task_is_set_through_what_it_is_about(ready: Stage) -> None:
    written(ready.link().writer(), opening(1, ready.account()))
    assert "AccountId" not in ready.audit.written_fields("Task")


def test_a_task_of_the_whole_portfolio_has_no_account(ready: Stage) -> None:
    (receipt,) = written(ready.link().writer(), opening(1, None))
    assert receipt.outcome == "applied"
    assert "WhatId" not in tasks(ready)[0]


@pytest.mark.parametrize("times", [1, 3])
def test_trap_21_a_lost_answer_makes_no_second_task(ready: Stage, times: int) -> None:
    account = ready.account()
    ready.fail(path=TASKS_PATH, drop="after", times=times)
    (receipt,) = written(ready.link().writer(), opening(1, account))
    assert receipt.outcome == "applied"
    assert len(tasks(ready)) == 1


def test_a_run_killed_after_the_write_finds_its_task_again(ready: Stage) -> None:
    account = ready.account()
    written(ready.link().writer(), opening(1, account))
    again = ready.link().writer()
    assert again.find_tasks([opening(1, account)])[opening(1, account).task.key].id == tasks(ready)[0]["Id"]
    written(again, opening(1, account))
    assert len(tasks(ready)) == 1


def test_trap_20_one_key_never_stands_twice_in_a_call(ready: Stage) -> None:
    account = ready.account()
    receipts = written(ready.link().writer(), opening(1, account), opening(2, account), opening(1, account, subject="again"))
    assert [receipt.outcome for receipt in receipts] == ["applied"] * 3
    assert [len(write.ids) for write in ready.audit.writes] == [2, 1]
    assert len(tasks(ready)) == 2


def test_trap_22_another_process_that_made_the_same_key_in_the_same_second_is_met_once_more(ready: Stage) -> None:
    account = ready.account()
    ready.fail(path=TASKS_PATH, effects=("duplicate_race",))
    (receipt,) = written(ready.link().writer(), opening(1, account))
    assert receipt.outcome == "applied"
    assert len(tasks(ready)) == 1


def test_trap_22_a_key_that_stays_refused_is_one_refusal(ready: Stage) -> None:
    account = ready.account()
    ready.fail(
        path=TASKS_PATH,
        status=200,
        body=[{"success": False, "errors": [{"statusCode": "DUPLICATE_VALUE", "message": "x", "fields": []}]}],
        times=None,
    )
    (receipt,) = written(ready.link().writer(), opening(1, account))
    assert receipt.outcome == "refused"
    assert tasks(ready) == []


def test_trap_27_the_headers_of_a_write_survive_a_new_sign_in(ready: Stage) -> None:
    ready.org.knobs.duplicate_rules["Task"] = ("Subject",)
    account, writer = ready.account(), ready.link().writer()
    written(writer, opening(1, account))
    ready.org.sessions.expire_all()
    (receipt,) = written(writer, opening(2, account))
    assert receipt.outcome == "applied"


def test_trap_35_an_inactive_owner_is_one_refused_row(ready: Stage) -> None:
    ready.org.knobs.update_inactive_owners = False
    ready.org.update("User", ready.org.admin, {"IsActive": False})
    account = ready.account()
    receipts = written(ready.link().writer(), opening(1, account, owner_id=ready.org.admin), opening(2, account))
    assert [receipt.outcome for receipt in receipts] == ["refused", "applied"]
    assert "INACTIVE_OWNER_OR_USER" in receipts[0].why


def test_a_task_that_a_person_closed_is_found_and_neither_changed_nor_made_again(ready: Stage) -> None:
    account, writer = ready.account(), ready.link().writer()
    one = opening(1, account)
    written(writer, one)
    task = tasks(ready)[0]["Id"]
    ready.org.update("Task", task, {"Status": "Completed"})
    seen = writer.find_tasks([one])[one.task.key]
    assert (seen.id, seen.is_closed) == (task, True)
    (receipt,) = written(writer, update(one, task, {"subject": "Faire le point"}, subject="New"))
    assert receipt.outcome == "drifted"
    assert tasks(ready)[0]["Subject"] == "Faire le point"


def test_a_task_that_a_person_deleted_is_still_known(ready: Stage) -> None:
    writer, one = ready.link().writer(), opening(1, ready.account())
    written(writer, one)
    ready.org.delete("Task", tasks(ready)[0]["Id"])
    assert writer.find_tasks([one])[one.task.key].is_deleted
    (receipt,) = written(writer, closing(one, writer.find_tasks([one])[one.task.key].id))
    assert receipt.outcome == "drifted"
    assert tasks(ready) == []


@pytest.mark.parametrize("for_good", [False, True])
def test_a_task_that_is_deleted_between_the_look_and_the_write_is_not_made_again(ready: Stage, *, for_good: bool) -> None:
    writer, one, two = ready.link().writer(), opening(1, ready.account()), opening(2, ready.account())
    written(writer, one, two)
    seen = writer.find_tasks([one, two])
    for row in tasks(ready):
        ready.org.delete("Task", row["Id"])
    if for_good:
        ready.org.purge(days=0)
    receipts = written(writer, update(one, seen[one.task.key].id, {}, subject="New"), closing(two, seen[two.task.key].id))
    assert [receipt.outcome for receipt in receipts] == ["drifted", "drifted"]
    assert tasks(ready) == []


@pytest.mark.parametrize("change", [{"Subject": "Mine"}, {"ActivityDate": "2026-12-24"}, {"Priority": "Low"}])
def test_a_task_that_a_person_changed_is_left_alone(ready: Stage, change: dict[str, Any]) -> None:
    writer, one = ready.link().writer(), opening(1, ready.account())
    written(writer, one)
    task = tasks(ready)[0]["Id"]
    ready.org.update("Task", task, change)
    before = {"subject": "Faire le point", "due_date": "2026-12-08", "priority": "high", "owner_id": None}
    (receipt,) = written(ready.link().writer(), update(one, task, before, subject="New", priority="normal"))
    assert receipt.outcome == "drifted"
    assert "New" not in tasks(ready)[0]["Subject"]


def test_an_untouched_task_is_brought_up_to_date(ready: Stage) -> None:
    writer, one = ready.link().writer(), opening(1, ready.account())
    written(writer, one)
    task = tasks(ready)[0]["Id"]
    before = {"subject": "Faire le point", "due_date": "2026-12-08", "priority": "high", "owner_id": tasks(ready)[0]["OwnerId"]}
    (receipt,) = written(
        writer, update(one, task, before, subject="Faire vite le point", body="Neu", due_date="2026-12-01", priority="normal", mark="m")
    )
    row = tasks(ready)[0]
    assert receipt.outcome == "applied"
    assert (row["Subject"], row["Description"], row["ActivityDate"], row["Priority"], row["EQ_Mark__c"]) == (
        "Faire vite le point",
        "Neu",
        "2026-12-01",
        "Normal",
        "m",
    )
    assert row["Status"] == "Not Started"


def test_no_task_is_made_that_could_not_be_put_on_its_account(ready: Stage) -> None:
    """A minimal profile hides WhatId: a task without it stands nowhere that anybody looks."""
    ready.org.hide("Task", "WhatId")
    for row in ready.org.records("FieldPermissions"):
        if row["Field"] == "Task.WhatId":
            ready.org.store.drop("FieldPermissions", row["Id"])
    ready.org.schema.version += 1
    with pytest.raises(Unprepared, match="equilibre provision") as caught:
        written(ready.link().writer(), opening(1, ready.account()))
    assert caught.value.missing == "Task.WhatId"
    assert not ready.org.records("Task")


def test_trap_33_without_the_key_no_task_is_made_and_the_mend_is_named(stage: Stage) -> None:
    account = stage.account()
    for ask in (lambda writer: writer.find_tasks([opening(1, account)]), lambda writer: list(writer.write_tasks([opening(1, account)]))):
        with pytest.raises(Unprepared, match="equilibre provision") as caught:
            ask(stage.link().writer())
        assert caught.value.missing == "Task.EQ_Key__c"
    assert stage.org.records("Task") == []


def test_without_the_mark_a_task_is_made_without_it(ready: Stage) -> None:
    for row in ready.org.records("FieldPermissions"):
        if row["Field"].endswith("EQ_Mark__c"):
            ready.org.update("FieldPermissions", row["Id"], {"PermissionsRead": False, "PermissionsEdit": False})
    ready.org.schema.version += 1
    (receipt,) = written(ready.link().writer(), opening(1, ready.account()))
    assert receipt.outcome == "applied"
    assert "EQ_Mark__c" not in tasks(ready)[0]


def test_trap_42_and_43_a_key_is_sent_in_the_body_and_quoted_in_queries(ready: Stage) -> None:
    writer = ready.link().writer()
    strange = opening(1, ready.account(), key="eq1-a/b?c#d'e")
    assert writer.find_tasks([strange]) == {}
    with pytest.raises(FenceBreach):
        written(writer, strange)


def test_trap_46_our_own_writes_come_back_with_the_values_that_we_compare(ready: Stage) -> None:
    account = ready.account()
    writer, reader = ready.link().writer(), ready.link().reader()
    written(writer, flags(account, level="watch", revenue_share=0.25))
    row = canonical(ready.pull(reader), reader.tables())["flags"][0]
    assert (row["level"], float(row["revenue_share"])) == ("watch", 0.25)


def test_reading_makes_no_write(ready: Stage) -> None:
    ready.account()
    ready.pull()
    ready.link().writer().read_flags([ready.account()])
    assert ready.audit.writes == []
    assert ready.link().reader().calls.writes == 0


def test_writes_and_reads_are_counted_apart(ready: Stage) -> None:
    account, link = ready.account(), ready.link()
    ready.audit.clear()
    written(link.writer(), flags(account, level="watch"))
    calls = link.reader().calls
    assert (calls.writes, calls.made) == (1, len(ready.audit.calls))

"""One task a key, whatever breaks; no task that a person touched is ever changed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from connectors.contract import CloseTask, OpenTask, Task, UpdateTask
from connectors.failures import Transient
from connectors.hubspot.marker import from_body
from connectors.sandbox.faults import Fault
from rules.model import AccountRef

if TYPE_CHECKING:
    from connectors.contract import Receipt
    from tests.connectors.hubspot.conftest import Bench

CREATE = "/objects/tasks/batch/create"
MARK = "DEP-01|T-02|alert|2026-11-22"
MODES = ("unique", "plain", "marker")


@pytest.fixture(params=MODES)
def anyhow(request: pytest.FixtureRequest, bench: Bench) -> Bench:
    """A provisioned portal of each kind: unique key, plain key, no property on tasks at all."""
    prepare(bench, request.param)
    return bench


def prepare(bench: Bench, mode: str) -> None:
    if mode == "plain":
        bench.portal.knobs.unique_refused.add("tasks")
    token = {}
    if mode == "marker":
        scopes = [f"crm.objects.{name}.{verb}" for name in ("companies", "deals", "contacts") for verb in ("read", "write")]
        token = {"access_token": bench.portal.token([*scopes, "crm.schemas.companies.write"])}
    bench.provisioned(**token)
    assert bench.connect()._schema.task_key == mode


def company(bench: Bench) -> str:
    return bench.portal.create("companies", {"name": "A"})


def opening(key: str, account: str | None, **changes: Any) -> OpenTask:
    place = AccountRef(crm="hubspot", id=account) if account else None
    usual = {
        "subject": "Faire le point sur le poids de A",
        "body": "Répondre à trois questions.",
        "due_date": date(2026, 12, 1),
        "owner_id": None,
        "priority": "high",
        "mark": MARK,
    }
    return OpenTask(crm="hubspot", account=place, task=Task(key=key, account=place, **{**usual, **changes}))


def write(bench: Bench, *changes: Any) -> list[Receipt]:
    return list(bench.connect().writer().write_tasks(changes))


def tasks(bench: Bench) -> list[str]:
    return bench.portal.ids("tasks")


# ---------------------------------------------------------------- opening


def test_a_task_is_made_with_its_company_its_key_and_nine_o_clock_where_the_portal_is(anyhow: Bench) -> None:
    one = company(anyhow)
    owner = anyhow.portal.owner("u@ours.example")
    receipt = write(anyhow, opening("eq1-1", one, owner_id=owner))[0]
    assert receipt.outcome == "applied"
    (task,) = tasks(anyhow)
    assert receipt.remote_id == task
    shown = anyhow.portal.get("tasks", task)
    assert shown["hs_timestamp"] == "2026-12-01T08:00:00.000Z"
    assert (shown["hs_task_status"], shown["hs_task_priority"], shown["hs_task_type"]) == ("NOT_STARTED", "HIGH", "TODO")
    assert shown["hubspot_owner_id"] == owner
    assert 192 in anyhow.portal.associated("tasks", task, "companies")[one]
    seen = anyhow.connect().writer().find_tasks([opening("eq1-1", one)])["eq1-1"]
    assert (seen.id, seen.is_closed, seen.due_date, seen.priority, seen.subject, seen.owner_id) == (
        task,
        False,
        date(2026, 12, 1),
        "high",
        "Faire le point sur le poids de A",
        owner,
    )


def test_a_task_of_the_whole_portfolio_has_no_company_and_is_found_all_the_same(anyhow: Bench) -> None:
    write(anyhow, opening("eq1-0", None))
    assert anyhow.connect().writer().find_tasks([opening("eq1-0", None)])["eq1-0"].id == tasks(anyhow)[0]


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_lost_answer_makes_no_second_task(anyhow: Bench, drop: Any) -> None:
    one = company(anyhow)
    anyhow.faults.add(Fault(path=CREATE, drop=drop))
    receipts = write(anyhow, opening("eq1-1", one), opening("eq1-2", one))
    assert [receipt.outcome for receipt in receipts] == ["applied", "applied"]
    assert len(tasks(anyhow)) == 2
    assert {receipt.remote_id for receipt in receipts} == set(tasks(anyhow))


def test_an_answer_that_is_an_html_page_makes_no_second_task(anyhow: Bench) -> None:
    one = company(anyhow)
    anyhow.faults.add(Fault(path=CREATE, status=502, body="<html>Bad gateway</html>"), Fault(path=CREATE, keep=0))
    assert [receipt.outcome for receipt in write(anyhow, opening("eq1-1", one))] == ["applied"]
    assert len(tasks(anyhow)) == 1


def test_a_silent_answer_is_looked_into_before_it_is_called_a_failure(anyhow: Bench) -> None:
    one = company(anyhow)
    anyhow.faults.add(Fault(path=CREATE, effects=("silent",)))
    receipts = write(anyhow, opening("eq1-1", one))
    assert [(receipt.outcome, receipt.remote_id) for receipt in receipts] == [("applied", tasks(anyhow)[0])]


def test_a_lagging_search_index_cannot_make_a_second_task(anyhow: Bench) -> None:
    anyhow.portal.knobs.search_lag = 3600
    one = company(anyhow)
    anyhow.faults.add(Fault(path=CREATE, drop="after"))
    write(anyhow, opening("eq1-1", one))
    assert "eq1-1" in anyhow.connect().writer().find_tasks([opening("eq1-1", one)])
    assert len(tasks(anyhow)) == 1
    assert not anyhow.asked("/search")


def test_when_hubspot_never_answers_a_create_the_call_fails_and_no_task_is_there(anyhow: Bench) -> None:
    one = company(anyhow)
    anyhow.faults.add(Fault(path=CREATE, drop="before", times=None))
    with pytest.raises(Transient):
        write(anyhow, opening("eq1-1", one))
    assert not tasks(anyhow)


def test_a_create_that_is_refused_as_a_whole_is_halved_and_reads_first_what_is_there(anyhow: Bench) -> None:
    one = company(anyhow)
    body = {"category": "VALIDATION_ERROR", "message": "x", "correlationId": "c"}
    anyhow.faults.add(Fault(path=CREATE, status=400, body=body, times=2))  # the whole, then its first half
    receipts = write(anyhow, *(opening(f"eq1-{index}", one) for index in range(4)))
    assert [receipt.outcome for receipt in receipts] == ["applied"] * 4
    assert len(tasks(anyhow)) == 4


def test_a_key_property_that_was_defined_a_moment_ago_is_waited_for(bench: Bench) -> None:
    prepare(bench, "unique")
    error = {"message": "x", "code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["equilibre_key"]}}
    bench.faults.add(Fault(path=CREATE, status=400, body={"category": "VALIDATION_ERROR", "message": "x", "errors": [error]}))
    assert [receipt.outcome for receipt in write(bench, opening("eq1-1", company(bench)))] == ["applied"]
    assert bench.clock.slept


def test_what_was_made_keeps_its_receipt_when_hubspot_falls_silent_half_way(anyhow: Bench) -> None:
    one = company(anyhow)
    body = {"category": "VALIDATION_ERROR", "message": "x"}
    anyhow.faults.add(Fault(path=CREATE, status=400, body=body), Fault(path=CREATE, skip=1, drop="before", times=None))
    receipts = {receipt.change.task.key: receipt.outcome for receipt in write(anyhow, opening("eq1-1", one), opening("eq1-2", one))}
    assert receipts == {"eq1-1": "applied", "eq1-2": "failed"}


def test_one_bad_task_never_blocks_the_others(anyhow: Bench) -> None:
    one = company(anyhow)
    receipts = write(anyhow, *(opening(f"eq1-{index}", one, owner_id="1" if index == 7 else None) for index in range(20)))
    assert [receipt.change.task.key for receipt in receipts if receipt.outcome == "refused"] == ["eq1-7"]
    assert len(tasks(anyhow)) == 19


def test_a_task_for_a_company_that_is_gone_is_refused_and_not_left_where_nobody_sees_it(anyhow: Bench) -> None:
    gone = company(anyhow)
    anyhow.portal.archive("companies", gone)
    there = company(anyhow)
    receipts = {receipt.change.task.key: receipt.outcome for receipt in write(anyhow, opening("eq1-1", gone), opening("eq1-2", there))}
    assert receipts["eq1-2"] == "applied"
    assert receipts["eq1-1"] in {"refused", "drifted"}
    assert len(tasks(anyhow)) == 1


def test_a_task_that_another_run_made_a_moment_before_counts_as_made_where_the_key_is_unique(bench: Bench) -> None:
    prepare(bench, "unique")
    one = company(bench)
    write(bench, opening("eq1-1", one))
    receipts = write(bench, opening("eq1-1", one), opening("eq1-2", one))
    assert [receipt.outcome for receipt in receipts] == ["applied", "applied"]
    assert len(tasks(bench)) == 2


def test_a_portal_that_refuses_uniqueness_gets_a_plain_key_and_still_one_task(bench: Bench) -> None:
    prepare(bench, "plain")
    one = company(bench)
    bench.faults.add(Fault(path=CREATE, drop="after"))
    write(bench, opening("eq1-1", one))
    assert len(tasks(bench)) == 1
    assert bench.portal.get("tasks", tasks(bench)[0])["equilibre_key"] == "eq1-1"


def test_no_task_asks_for_an_undated_or_unassociated_record(bench: Bench) -> None:
    prepare(bench, "unique")
    write(bench, opening("eq1-1", company(bench)))
    created = next(one for one in bench.audit.writes if one.object == "tasks")
    assert {"hs_timestamp", "hs_task_subject", "equilibre_key", "equilibre_mark"} <= set(created.fields)
    assert len(bench.asked("/objects/tasks/batch/create")) == 1


# ---------------------------------------------------------------- finding


def test_closed_and_deleted_tasks_are_found_so_that_they_are_not_made_again(anyhow: Bench) -> None:
    one = company(anyhow)
    write(anyhow, opening("eq1-1", one), opening("eq1-2", one), opening("eq1-3", one))
    ids = {key: task.id for key, task in anyhow.connect().writer().find_tasks([opening(f"eq1-{n}", one) for n in (1, 2, 3)]).items()}
    anyhow.portal.update("tasks", ids["eq1-1"], {"hs_task_status": "COMPLETED"})
    anyhow.portal.archive("tasks", ids["eq1-2"])
    found = anyhow.connect().writer().find_tasks([opening(f"eq1-{n}", one) for n in (1, 2, 3, 4)])
    assert {key: (task.is_closed, task.is_deleted) for key, task in found.items()} == {
        "eq1-1": (True, False),
        "eq1-2": (True, True),
        "eq1-3": (False, False),
    }


def test_other_peoples_tasks_of_the_company_are_not_ours(anyhow: Bench) -> None:
    one = company(anyhow)
    anyhow.portal.create("tasks", {"hs_task_subject": "x", "hs_timestamp": "2026-12-01T09:00:00Z"}, [("companies", one, ())])
    assert not anyhow.connect().writer().find_tasks([opening("eq1-1", one)])


# ---------------------------------------------------------------- updating and closing


def opened(bench: Bench, one: str, **changes: Any) -> str:
    return str(write(bench, opening("eq1-1", one, **changes))[0].remote_id)


BEFORE = {"subject": "Faire le point sur le poids de A", "due_date": "2026-12-01", "priority": "high", "owner_id": None}
AFTER = {
    "subject": "Nouveau titre",
    "body": "Nouveau texte.",
    "priority": "low",
    "due_date": "2026-11-30",
    "mark": "DEP-01|T-02|critical|2026-11-22",
}


def updating(task: str, account: str, **changes: Any) -> UpdateTask:
    usual = {"before": BEFORE, "after": AFTER}
    return UpdateTask(crm="hubspot", account=AccountRef(crm="hubspot", id=account), id=task, key="eq1-1", **{**usual, **changes})


def closing(task: str, account: str, key: str = "eq1-1") -> CloseTask:
    return CloseTask(crm="hubspot", account=AccountRef(crm="hubspot", id=account), id=task, key=key)


def test_an_untouched_task_is_brought_up_to_date_and_keeps_its_key(anyhow: Bench) -> None:
    one = company(anyhow)
    task = opened(anyhow, one)
    assert [receipt.outcome for receipt in write(anyhow, updating(task, one))] == ["applied"]
    shown = anyhow.portal.get("tasks", task)
    assert (shown["hs_task_subject"], shown["hs_task_priority"], shown["hs_timestamp"]) == (
        "Nouveau titre",
        "LOW",
        "2026-11-30T08:00:00.000Z",
    )
    told = from_body(shown["hs_task_body"])
    assert (told or (shown.get("equilibre_key"), shown.get("equilibre_mark"))) == ("eq1-1", "DEP-01|T-02|critical|2026-11-22")
    assert shown["hs_task_body"].startswith("Nouveau texte.")
    assert "eq1-1" in anyhow.connect().writer().find_tasks([opening("eq1-1", one)])


@pytest.mark.parametrize(
    "touch",
    [
        {"hs_task_subject": "Rappeler d'abord"},
        {"hs_timestamp": "2026-12-24T08:00:00.000Z"},
        {"hs_task_priority": "LOW"},
        {"hs_task_status": "IN_PROGRESS"},
        {"hs_task_status": "COMPLETED"},
        {"hs_task_status": "DEFERRED"},
    ],
)
def test_a_task_that_a_person_touched_is_not_updated(bench: Bench, touch: dict[str, str]) -> None:
    prepare(bench, "unique")
    one = company(bench)
    task = opened(bench, one)
    bench.portal.update("tasks", task, touch)
    bench.audit.clear()
    receipts = write(bench, updating(task, one))
    assert [receipt.outcome for receipt in receipts] == ["drifted"]
    assert not bench.audit.writes


def test_a_task_that_a_person_took_over_is_not_updated(bench: Bench) -> None:
    prepare(bench, "unique")
    one = company(bench)
    task = opened(bench, one)
    bench.portal.update("tasks", task, {"hubspot_owner_id": bench.portal.owner("someone@ours.example")})
    assert write(bench, updating(task, one))[0].why == "changed since the plan: owner_id"


def test_owner_and_mark_may_change_without_the_text(anyhow: Bench) -> None:
    one = company(anyhow)
    task = opened(anyhow, one)
    owner = anyhow.portal.owner("u@ours.example")
    after = {"owner_id": owner, "mark": "DEP-01|T-02|critical|2026-11-22"}
    assert [receipt.outcome for receipt in write(anyhow, updating(task, one, before={}, after=after))] == ["applied"]
    shown = anyhow.portal.get("tasks", task)
    assert shown["hubspot_owner_id"] == owner
    assert shown["hs_task_body"].startswith("Répondre à trois questions.")
    told = from_body(shown["hs_task_body"])
    assert (told or (shown.get("equilibre_key"), shown.get("equilibre_mark"))) == ("eq1-1", "DEP-01|T-02|critical|2026-11-22")


def test_a_task_is_closed_only_while_nobody_works_on_it(anyhow: Bench) -> None:
    one = company(anyhow)
    task = opened(anyhow, one)
    anyhow.portal.update("tasks", task, {"hs_task_status": "WAITING"})
    assert [receipt.outcome for receipt in write(anyhow, closing(task, one))] == ["drifted"]
    anyhow.portal.update("tasks", task, {"hs_task_status": "NOT_STARTED"})
    assert [receipt.outcome for receipt in write(anyhow, closing(task, one))] == ["applied"]
    assert anyhow.portal.get("tasks", task)["hs_task_status"] == "COMPLETED"


def test_a_task_that_does_not_carry_our_key_is_never_touched(anyhow: Bench) -> None:
    one = company(anyhow)
    theirs = anyhow.portal.create("tasks", {"hs_task_subject": "x", "hs_timestamp": "2026-12-01T09:00:00Z"}, [("companies", one, ())])
    assert write(anyhow, closing(theirs, one))[0].why == "the task does not carry our key"
    assert anyhow.portal.get("tasks", theirs).get("hs_task_status") != "COMPLETED"


def test_a_task_that_was_deleted_has_drifted(anyhow: Bench) -> None:
    one = company(anyhow)
    task = opened(anyhow, one)
    anyhow.portal.archive("tasks", task)
    assert [receipt.outcome for receipt in write(anyhow, updating(task, one), closing(task, one))] == ["drifted", "drifted"]


def test_only_task_properties_of_ours_were_ever_sent(anyhow: Bench) -> None:
    one = company(anyhow)
    task = opened(anyhow, one)
    write(anyhow, updating(task, one))
    write(anyhow, updating(task, one, before={}, after={"priority": "normal"}))
    ours = {
        "hs_task_subject",
        "hs_task_body",
        "hs_task_status",
        "hs_task_priority",
        "hs_task_type",
        "hs_timestamp",
        "equilibre_key",
        "equilibre_mark",
    }
    assert anyhow.audit.written_fields("tasks") <= ours


def test_a_text_is_html_so_that_lines_stay_lines_and_names_stay_readable(anyhow: Bench) -> None:
    one = company(anyhow)
    task = opened(anyhow, one, body="R&D <Sud> : 41 %\n\nRépondre.")
    assert anyhow.portal.get("tasks", task)["hs_task_body"].startswith("R&amp;D &lt;Sud&gt; : 41 %<br><br>Répondre.")

"""The plan is a value: only what differs, never over a person, one task a key for ever."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import OpenTask, SetFlags, Task, UpdateTask
from rules.model import AccountRef
from sync.plan import ShownTask, Target, Want, build, document, from_document, plan_flags, plan_tasks, same

TODAY = date(2026, 11, 24)
ACCOUNT = AccountRef(crm="salesforce", id="001A")
FIELDS = {"salesforce": frozenset({"level", "open_rules", "revenue_share", "stage_proposed", "computed_at", "run"})}
STAMP = {"computed_at": "2026-11-24T12:00:00Z", "run": "r2"}


def flags(values, seen=None, *, written=None, complete=True, fields=FIELDS):
    target = Target(account=ACCOUNT, values=values)
    observed = {} if seen is None else {ACCOUNT: seen}
    return plan_flags([target], observed, written=written or {}, writable=fields, stamp=STAMP, as_of=TODAY, complete=complete)


def want(
    key="eq1-a",
    level="watch",
    *,
    rule="DEP-01",
    code="T-02",
    group="salesforce:001A",
    weight=0.0,
    due=TODAY,
    episode="2026-11-24",
    account=ACCOUNT,
):
    task = Task(
        key=key,
        account=account,
        subject=f"S {level}",
        body="B",
        due_date=due,
        owner_id="005",
        priority="normal",
        mark=f"{rule}|{code}|{level}|{episode}",
    )
    return Want(crm="salesforce", group=group, task=task, level=level, weight=weight, serves=((rule, group, episode, level),))


def shown(
    key,
    *,
    mark="DEP-01|T-02|watch|2026-11-24",
    closed=False,
    deleted=False,
    subject="S watch",
    due=TODAY,
    priority="normal",
    owner="005",
    account="001A",
):
    return ShownTask(
        crm="salesforce",
        id="00T1",
        key=key,
        mark=mark,
        account_id=account,
        is_closed=closed,
        is_deleted=deleted,
        subject=subject,
        due_date=due,
        priority=priority,
        owner_id=owner,
    )


@dataclass
class Made:
    """A task row of the ledger."""

    rule: str = "DEP-01"
    group_id: str = "salesforce:001A"
    code: str = "T-02"
    content: dict | None = None


def tasks(wants, seen=(), made=None, per_account=3, per_owner=10):
    def one_for_all(many):
        names = ",".join(want.task.key for want in many)
        task = Task(
            key="eq1-digest",
            account=None,
            subject=names,
            body="",
            due_date=TODAY,
            owner_id="005",
            priority="normal",
            mark="DIGEST|T-00|watch|d",
        )
        return [Want(crm="salesforce", group="", task=task, level="watch", serves=tuple(served for want in many for served in want.serves))]

    return plan_tasks(
        wants, seen, made=made or {}, per_account=per_account, per_owner=lambda _owner: per_owner, digest=one_for_all, as_of=TODAY
    )


def test_only_fields_that_differ_are_set_and_stamped():
    plan = flags({"level": "alert", "revenue_share": 0.31}, {"level": "watch", "revenue_share": 0.31, "run": "r1"})
    (change,) = plan.changes
    assert change.after == {"level": "alert", **STAMP}
    assert change.before == {"level": "watch", "computed_at": None, "run": "r1"}


def test_the_stamps_alone_make_no_change():
    plan = flags({"level": "alert"}, {"level": "alert", "run": "r1", "computed_at": "2026-11-01T00:00:00Z"})
    assert plan.changes == ()
    assert plan.unchanged == 1


def test_an_account_never_touched_and_not_flagged_is_left_alone():
    assert flags({"level": "none", "open_rules": None}, {}).changes == ()


def test_a_field_that_the_org_lacks_is_left_out():
    plan = flags({"level": "alert", "revenue_share": 0.3}, {}, fields={"salesforce": frozenset({"level"})})
    assert plan.changes[0].after == {"level": "alert"}


def test_a_value_that_a_person_typed_into_our_field_is_kept_and_reported():
    written = {("salesforce", "001A"): {"level": (None, "alert")}}
    plan = flags({"level": "critical"}, {"level": "watch"}, written=written)
    assert plan.changes == ()
    assert plan.withheld[0].why == "a person changed level; clear it to let it be set"


def test_a_field_that_the_person_cleared_is_ours_again():
    written = {("salesforce", "001A"): {"level": (None, "alert")}}
    assert flags({"level": "critical"}, {"level": None}, written=written).changes[0].after["level"] == "critical"


def test_a_search_index_that_still_shows_the_value_before_ours_is_not_taken_for_a_person():
    written = {("salesforce", "001A"): {"level": ("watch", "alert")}}
    assert flags({"level": "critical"}, {"level": "watch"}, written=written).changes[0].after["level"] == "critical"


def test_incomplete_data_lowers_no_flag():
    plan = flags({"level": "watch"}, {"level": "alert"}, complete=False)
    assert plan.changes == ()
    assert "incomplete data lowers no flag" in plan.withheld[0].why


def test_incomplete_data_may_raise_a_flag():
    assert flags({"level": "critical"}, {"level": "alert"}, complete=False).changes[0].after["level"] == "critical"


def test_number_formats_and_spaces_are_no_difference():
    assert same("revenue_share", "x", "x ")
    assert same("revenue_share", 1, 1.0)
    assert same("open_rules", "", None)
    assert same("level", None, "none")
    assert not same("revenue_share", 0.31, 0.32)


def test_a_task_is_opened_once_and_never_again():
    first = tasks([want()])
    assert [type(change) for change in first.changes] == [OpenTask]
    assert tasks([want()], [shown("eq1-a")]).changes == ()


def test_an_episode_is_served_by_a_task_that_is_there_and_only_promised_by_one_that_is_not():
    episode = ("DEP-01", "salesforce:001A", "2026-11-24", "watch")
    assert tasks([want()], [shown("eq1-a")]).served == {episode}
    assert tasks([want()]).served == frozenset()
    assert tasks([want()]).serves == {"eq1-a": (episode,)}


def test_a_task_that_a_person_closed_or_deleted_stays_so():
    assert tasks([want()], [shown("eq1-a", closed=True)]).changes == ()
    assert tasks([want()], [shown("eq1-a", deleted=True)]).changes == ()


def test_a_task_of_the_ledger_that_the_crm_does_not_show_yet_is_not_made_again():
    assert tasks([want()], made={"eq1-a": Made()}).changes == ()


def test_a_rise_updates_the_open_task_that_nobody_touched():
    content = {"subject": "S watch", "due_date": "2026-11-24", "priority": "normal", "owner_id": "005"}
    plan = tasks([want("eq1-b", "alert")], [shown("eq1-a")], {"eq1-a": Made(content=content)})
    (change,) = plan.changes
    assert isinstance(change, UpdateTask)
    assert (change.key, change.after["subject"], change.after["priority"]) == ("eq1-a", "S alert", "normal")


def test_an_updated_task_is_never_due_later_than_before():
    content = {"subject": "S watch", "due_date": "2026-11-24", "priority": "normal", "owner_id": "005"}
    plan = tasks([want("eq1-b", "alert", due=date(2026, 12, 24))], [shown("eq1-a")], {"eq1-a": Made(content=content)})
    assert plan.changes[0].after["due_date"] == "2026-11-24"


def test_a_rise_leaves_the_open_task_alone_that_a_person_changed():
    content = {"subject": "S watch", "due_date": "2026-11-24", "priority": "normal", "owner_id": "005"}
    plan = tasks([want("eq1-b", "alert")], [shown("eq1-a", owner="005other")], {"eq1-a": Made(content=content)})
    assert plan.changes == ()
    assert "a person works on it" in plan.withheld[0].why


def test_with_a_lost_ledger_an_open_task_of_the_same_rule_and_account_is_recognised_by_its_mark():
    plan = tasks([want("eq1-b", "alert")], [shown("eq1-a")])
    assert plan.changes == ()


def test_each_incident_of_beh_01_has_its_own_task():
    other = shown("eq1-a", mark="BEH-01|T-01|critical|m1")
    plan = tasks(
        [want("eq1-b", "critical", rule="BEH-01", code="T-01", episode="m2")], [other], {"eq1-a": Made(rule="BEH-01", code="T-01")}
    )
    assert [type(change) for change in plan.changes] == [OpenTask]


def test_the_gravest_tasks_of_an_account_come_first_and_the_rest_is_one_digest():
    many = [want(f"eq1-{n}", "watch", code=f"T-{n:02}", weight=n) for n in range(5)] + [want("eq1-c", "critical", code="T-01")]
    plan = tasks(many, per_account=3)
    opened = {change.task.key: change.task.subject for change in plan.changes}
    assert sorted(opened) == ["eq1-3", "eq1-4", "eq1-c", "eq1-digest"]
    assert opened["eq1-digest"] == "eq1-2,eq1-1,eq1-0"
    assert plan.served == frozenset()
    assert plan.serves["eq1-digest"] == (("DEP-01", "salesforce:001A", "2026-11-24", "watch"),) * 3


def test_one_person_gets_no_more_than_the_limit_and_critical_passes_it():
    many = [want(f"eq1-{n}", "watch", group=f"salesforce:{n}") for n in range(4)] + [
        want(f"eq1-c{n}", "critical", group=f"salesforce:c{n}") for n in range(3)
    ]
    opened = sorted(change.task.key for change in tasks(many, per_owner=2).changes)
    assert opened == ["eq1-c0", "eq1-c1", "eq1-c2", "eq1-digest"]


VALUES = st.one_of(st.none(), st.sampled_from(["none", "watch", "alert", "critical"]))
SEEN = st.fixed_dictionaries(
    {"level": VALUES, "open_rules": st.one_of(st.none(), st.text(max_size=5)), "revenue_share": st.one_of(st.none(), st.floats(0, 1))}
)


@given(wanted=SEEN, seen=SEEN)
def test_applying_a_plan_leaves_nothing_to_plan(wanted, seen):
    for change in flags(wanted, seen).changes:
        seen = {**seen, **change.after}
    assert flags(wanted, seen).changes == ()


@given(wanted=SEEN, seen=SEEN)
def test_a_plan_printed_and_read_back_is_the_same_plan(wanted, seen):
    plan = build(as_of=TODAY, parts=[flags(wanted, seen), tasks([want()])])
    rows = json.loads(json.dumps([document(change, plan.groups) for change in plan.changes]))
    assert tuple(from_document(row) for row in rows) == plan.changes


@given(st.permutations([want(f"eq1-{n}", level, code=f"T-{n:02}") for n, level in enumerate(["watch", "alert", "critical", "alert"])]))
def test_the_plan_does_not_depend_on_the_order_of_its_inputs(wants):
    assert build(as_of=TODAY, parts=[tasks(wants)]).id == build(as_of=TODAY, parts=[tasks(sorted(wants, key=lambda w: w.task.key))]).id


def test_flags_come_before_tasks_and_salesforce_before_hubspot():
    hubspot = Target(account=AccountRef(crm="hubspot", id="1"), values={"level": "alert"})
    salesforce = Target(account=ACCOUNT, values={"level": "alert"})
    part = plan_flags(
        [hubspot, salesforce], {}, written={}, writable={**FIELDS, "hubspot": frozenset({"level"})}, stamp={}, as_of=TODAY, complete=True
    )
    kinds = [(type(change), change.account.crm) for change in build(as_of=TODAY, parts=[tasks([want()]), part]).changes]
    assert kinds == [(SetFlags, "salesforce"), (OpenTask, "salesforce"), (SetFlags, "hubspot")]

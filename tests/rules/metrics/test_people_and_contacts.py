"""Decision makers, initiative, and what people typed."""

from __future__ import annotations

from typing import Any

from tests.rules.metrics.world import World

AS_OF = "2026-06-30"


def contact(world: World, contact_id: str, since: str | None, **columns: Any) -> World:
    columns = {"account_id": "A", "is_decision_maker": True} | columns
    return world.add("contacts", contact_id=contact_id, since=since, **columns)


def test_the_first_decision_maker_of_a_new_client_is_no_change() -> None:
    found = contact(World("A"), "c", "2026-05-01").at(AS_OF).group("A")
    assert (found["days_since_decision_change"], found["decision_changes_180d"]) == (None, 0)


def test_revenue_older_than_the_contact_makes_it_a_change() -> None:
    world = contact(World("A"), "c", "2026-05-01").line("A", "2026-04-30", 10)
    assert world.at(AS_OF).group("A")["days_since_decision_change"] == 60
    world = contact(World("A"), "c", "2026-05-01").line("A", "2026-05-01", 10)
    assert world.at(AS_OF).group("A")["days_since_decision_change"] is None


def test_changes_are_listed_for_180_days() -> None:
    changes = {"2026-01-01": 1, "2025-12-31": 0}
    world = World(*changes)
    for since in changes:
        contact(contact(world, f"old {since}", "2020-01-01", account_id=since), f"new {since}", since, account_id=since)
    assert world.at(AS_OF).of("decision_changes_180d") == changes
    listed = world.con.execute("SELECT group_id, record_id FROM decision_changes").fetchall()
    assert listed == [("files:2026-01-01", "new 2026-01-01")]


def test_the_same_new_person_in_two_crms_is_one_change() -> None:
    world = World()
    world.add("accounts", source="salesforce", account_id="S").add("accounts", source="hubspot", account_id="H", same_as="salesforce:S")
    for source, account in (("salesforce", "S"), ("hubspot", "H")):
        for since, name in (("2020-01-01", "old"), ("2026-05-01", "new")):
            world.add("contacts", source=source, account_id=account, contact_id=f"{name}-{source}", since=since, is_decision_maker=True)
    found = world.at(AS_OF).group("salesforce:S")
    assert (found["decision_changes_180d"], found["decision_contact_id"]) == (1, "new-salesforce")


DECIDES = {
    "CMO": True, "Directrice des achats": True, "VP Sales": True, "Head of Procurement": True, "Président": True, "Gérante": True, "Acheteur": True,
    "Comptable": False, "Assistante de direction": False, "Assistant du directeur": False, "Como": False, None: False,
}  # fmt: skip


def test_titles_are_read_only_where_nobody_said_who_decides() -> None:
    world = World(*map(str, DECIDES))
    for title in DECIDES:
        account = str(title)
        world.line(account, "2020-01-01", 1)
        contact(world, account, "2026-05-01", account_id=account, is_decision_maker=None, title=title)
        contact(world, f"{account} no", "2026-05-02", account_id=account, is_decision_maker=False, title="CEO")
    expected = {str(title): str(title) if decides else None for title, decides in DECIDES.items()}
    assert world.at(AS_OF).of("decision_contact_id") == expected


def test_a_role_of_the_crm_counts_like_a_title() -> None:
    world = contact(World("A").line("A", "2020-01-01", 1), "x", "2026-05-01", is_decision_maker=None, role="DECISION_MAKER")
    assert world.at(AS_OF).group("A")["decision_contact_id"] == "x"


def met(world: World, contact_id: str, *days: str, kind: str = "meeting") -> World:
    for on in days:
        world.add("activities", account_id="A", kind=kind, started_at=on, contact_id=contact_id)
    return world


def test_the_main_contact_is_compared_between_ages_0_to_90_and_91_to_270() -> None:
    world = met(met(World("A"), "old", "2026-03-31", "2025-10-03", "2025-10-02"), "new", "2026-04-01", kind="email")
    assert world.at(AS_OF).group("A")["main_contact_changed"] is True
    assert met(world, "old", "2026-04-01", "2026-06-01").at(AS_OF).group("A")["main_contact_changed"] is False


def test_ties_between_main_contacts_go_by_id_and_silence_is_unknown() -> None:
    world = met(World("A"), "b", "2026-03-01")
    assert world.at(AS_OF).group("A")["main_contact_changed"] is None
    assert met(met(world, "b", "2026-05-01"), "a", "2026-05-01").at(AS_OF).group("A")["main_contact_changed"] is True
    assert met(world, "c", "2026-05-01", "2026-06-01", kind="task").at(AS_OF).group("A")["main_contact_changed"] is True


PROACTIVE = {
    ("meeting", "us"): 30,
    ("call", "us"): 30,
    ("email", "us"): 100,
    ("task", "us"): 100,
    ("call", "client"): 100,
    ("call", None): 100,
}


def test_only_our_meetings_and_calls_are_proactive_and_without_any_the_first_revenue_counts() -> None:
    world = World(*(f"{kind} {by}" for kind, by in PROACTIVE))
    for kind, by in PROACTIVE:
        world.line(f"{kind} {by}", "2026-03-22", 10)
        world.add("activities", account_id=f"{kind} {by}", kind=kind, started_at="2026-05-31", initiated_by=by)
    assert world.at(AS_OF).of("days_since_proactive_contact") == {f"{kind} {by}": days for (kind, by), days in PROACTIVE.items()}


def test_the_first_ninety_days_of_a_client() -> None:
    world = World("A", "B").line("A", "2026-03-22", 10)
    for on in ("2026-03-21", "2026-03-22", "2026-06-19", "2026-06-20"):
        world.add("activities", account_id="A", kind="call", started_at=on, initiated_by="us")
    found = world.at(AS_OF).group("A")
    assert (found["proactive_first_90d"], found["client_age_days"]) == (2, 100)
    assert world.group("B")["days_since_proactive_contact"] is world.group("B")["proactive_first_90d"] is None


def test_a_meeting_in_the_future_is_no_contact_yet_and_no_fault_in_the_data() -> None:
    world = (
        World("A")
        .line("A", "2026-06-01", 1)
        .add("activities", account_id="A", kind="meeting", started_at="2026-07-10", initiated_by="us")
        .at(AS_OF)
    )
    assert world.group("A")["days_since_proactive_contact"] == 29
    assert world.diagnosed("DQ-09") == set()


def test_activity_coverage_is_of_all_accounts_whether_they_buy_or_not() -> None:
    world = World("A", "B", "prospect", "other").line("A", "2026-01-01", 1).line("B", "2026-01-01", 1)
    for account in ("A", "A", "prospect"):
        world.add("activities", account_id=account, kind="task", started_at="2026-01-01")
    world.add("activities", account_id="B", kind="task", started_at="2025-06-30").at(AS_OF)
    assert world.portfolio["activity_coverage"] == 0.5


def test_privileges_are_the_distinct_ones_of_the_whole_group() -> None:
    world = World()
    world.add("accounts", account_id="A", privileges="Free delivery; rush without fee ;;")
    world.add("accounts", account_id="B", parent_id="A", privileges="free delivery;longer terms")
    found = world.at(AS_OF).group("A")
    assert (found["privileges"], found["privilege_names"]) == (3, "free delivery;longer terms;rush without fee")


def test_pulses_of_fewer_than_five_stay_hidden_and_the_lowest_counts() -> None:
    world = World()
    for account, mean, n in (("A", 3.0, 9), ("B", 2.4, 5), ("C", 1.0, 4)):
        world.add("accounts", account_id=account, parent_id=None if account == "A" else "A", pulse_mean=mean, pulse_n=n)
    found = world.at(AS_OF).group("A")
    assert (found["pulse_mean"], found["pulse_n"]) == (2.4, 5)


def test_the_managers_position() -> None:
    no_longer = {"no longer": True, "no_longer": True, "No longer": True, "strained": False, "": None}
    world = World()
    for position in no_longer:
        world.add("accounts", account_id=position or "none", manager_position=position or None)
    assert world.at(AS_OF).of("manager_no_longer") == {position or "none": expected for position, expected in no_longer.items()}


def test_departures_typed_twice_for_one_client_count_once() -> None:
    world = World()
    world.add("accounts", source="salesforce", account_id="S", departures_linked_24m=2)
    world.add("accounts", source="hubspot", account_id="H", same_as="salesforce:S", departures_linked_24m=1)
    world.add("accounts", source="salesforce", account_id="child", parent_id="S", departures_linked_24m=1)
    assert world.at(AS_OF).group("salesforce:S")["departures_linked_24m"] == 3


def test_an_attempt_failed_when_its_review_is_past_and_less_than_half_was_kept() -> None:
    world = World("A")
    attempts = (
        ("2026-01-01", "2026-03-01", 0.49), ("2026-02-01", "2026-03-01", 0.50), ("2026-03-01", "2026-07-01", 0.10), ("2026-04-01", None, 0.0),
        ("2025-06-30", None, 0.0), ("2026-05-01", None, None), ("2026-07-01", None, 0.0),
    )  # fmt: skip
    for held, review, kept in attempts:
        world.add("repairs", account_id="A", kind="repair", held_at=held, review_date=review, kept_ratio=kept)
    world.add("repairs", source="hubspot", account_id="A", kind="repair", held_at="2026-01-01", review_date="2026-03-01", kept_ratio=0.3)
    world.add("accounts", source="hubspot", account_id="A", same_as="files:A")
    found = world.at(AS_OF).group("hubspot:A")
    assert (found["repair_attempts_12m"], found["failed_attempts_12m"]) == (5, 2)

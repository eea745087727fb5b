"""Incidents and cases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.metrics.world import World

AS_OF = "2026-06-30"


def incident(world: World, category: str, on: str = "2026-06-20", **columns: Any) -> World:
    return world.add("incidents", occurred_at=on, category=category, **({"account_id": "A", "confirmed": True} | columns))


def case(world: World, category: str, on: str = "2026-06-20", **columns: Any) -> World:
    return world.add("cases", opened_at=on, category=category, **({"account_id": "A"} | columns))


def test_a_message_counts_once_with_its_heaviest_category_confirmed_if_any_copy_for_the_rule_is() -> None:
    severe = {"rude": 0, "insult": 1}
    world = World(*severe)
    for confirmed in severe:
        for category in (confirmed, "threat"):
            incident(world, category, account_id=confirmed, message_id=confirmed, confirmed=category == confirmed, case_id=confirmed)
    world.at("2026-06-20")
    for metric, value in (("hostility_index", 5), ("hostility_confirmed", 5), ("hostile_cases", 1), ("severe_incidents_30d", 1)):
        assert world.of(metric) == dict.fromkeys(severe, value), metric
    assert world.of("severe_confirmed_30d") == severe


def test_only_outbound_messages_are_left_out() -> None:
    world = World("in", "unknown", "out")
    for account, direction in (("in", "in"), ("unknown", None), ("out", "out")):
        incident(world, "insult", account_id=account, direction=direction)
    assert world.at("2026-06-20").of("hostility_index") == {"in": 3, "unknown": 3, "out": 0}


def test_an_incident_without_a_case_is_a_case_of_its_own() -> None:
    world = World("A")
    for case_id in (None, None, "c", "c"):
        incident(world, "rude", case_id=case_id)
    assert world.at(AS_OF).group("A")["hostile_cases"] == 3


def test_complaints_and_leave_threats_weigh_nothing() -> None:
    world = World("A")
    for category in ("complaint", "leave_threat", "legal_pressure", "none", "advisory_request"):
        incident(world, category)
    assert world.at(AS_OF).group("A")["hostility_index"] == 0


def test_the_index_halves_every_ninety_days_within_twelve_months() -> None:
    world = incident(incident(World("A"), "violence", "2026-04-01"), "violence", "2025-06-30")
    assert world.at(AS_OF).group("A")["hostility_index"] == pytest.approx(4)


def test_serious_incidents_count_up_to_an_age_of_thirty_days() -> None:
    world = incident(incident(World("A", "B"), "threat", "2026-05-31"), "threat", "2026-05-30", account_id="B").at(AS_OF)
    assert world.of("severe_incidents_30d") == {"A": 1, "B": 0}
    assert world.of("days_since_incident") == {"A": 30, "B": None}


def serious(world: World) -> list[tuple[str, str, str, bool, str]]:
    rows = (
        world.at(AS_OF)
        .con.execute("SELECT object, record_id, category, confirmed, severity FROM serious_incidents ORDER BY record_id")
        .fetchall()
    )
    return list(rows)


def test_a_case_typed_harassment_is_a_confirmed_incident() -> None:
    assert serious(case(World("A"), "harassment", case_id="c")) == [("cases", "c", "discrimination_or_harassment", True, "critical")]


def test_a_case_typed_harassment_and_a_message_of_it_are_one_incident() -> None:
    world = case(World("A"), "harassment", case_id="c")
    incident(world, "insult", message_id="m", case_id="c", confirmed=False)
    assert serious(world) == [("incidents", "m", "discrimination_or_harassment", True, "critical")]


def test_harassment_among_messages_counts_as_discrimination_or_harassment() -> None:
    world = incident(World("A"), "harassment", "2026-06-30", message_id="m", confirmed=None)
    assert serious(world) == [("incidents", "m", "discrimination_or_harassment", False, "alert")]
    assert world.group("A")["hostility_index"] == 8
    assert world.group("A")["values_reports_12m"] == 1


GRAVITY = {
    ("violence", True): "critical",
    ("threat", True): "critical",
    ("threat", False): "alert",
    ("insult", True): "watch",
    ("insult", None): "info",
}


def test_the_gravity_of_an_incident() -> None:
    world = World("A")
    for category, confirmed in GRAVITY:
        incident(world, category, message_id=f"{category} {confirmed}", confirmed=confirmed)
    found = {record: severity for _, record, _, _, severity in serious(world)}
    assert found == {f"{category} {confirmed}": severity for (category, confirmed), severity in GRAVITY.items()}


def test_values_reports_count_a_case_once() -> None:
    world = case(World("A"), "values_conflict", case_id="c")
    incident(world, "values_conflict", case_id="c")
    incident(world, "values_conflict", case_id="d")
    incident(world, "values_conflict")
    assert world.at(AS_OF).group("A")["values_reports_12m"] == 3


def test_leave_threats_count_messages_and_weigh_half_during_a_negotiation() -> None:
    world = World("A")
    for on in ("2026-06-01", "2026-06-02", "2026-03-01"):
        incident(world, "leave_threat", on, confirmed=on < "2026-04-01")
    world.add("pipeline", account_id="A", stage="proposal", created_at="2026-05-15")
    found = world.at(AS_OF).group("A")
    assert (found["leave_threats_12m"], found["leave_threats_confirmed_12m"], found["leave_threats_weighted_12m"]) == (3, 1, 2)
    assert found["leave_threat_months"] == 2


NO_NEGOTIATION = (
    {"stage": "qualification", "created_at": "2026-01-01"},
    {"stage": "proposal", "created_at": "2026-06-02"},
    {"stage": "negotiation", "created_at": "2026-01-01", "closed_at": "2026-06-01"},
    {"stage": "lost", "created_at": "2026-01-01"},
)


def test_a_deal_that_is_not_in_negotiation_that_day_leaves_a_threat_whole() -> None:
    world = World(*map(str, NO_NEGOTIATION))
    for deal in NO_NEGOTIATION:
        incident(world, "leave_threat", "2026-06-01", account_id=str(deal)).add("pipeline", account_id=str(deal), **deal)
    assert world.at(AS_OF).of("leave_threats_weighted_12m") == dict.fromkeys(map(str, NO_NEGOTIATION), 1)


def test_half_a_threat_does_not_fill_a_month() -> None:
    world = incident(World("A"), "leave_threat", "2026-06-01").add("pipeline", account_id="A", stage="negotiation", created_at="2026-01-01")
    assert world.at(AS_OF).group("A")["leave_threat_months"] == 0


def test_the_six_months_are_slices_of_the_window_not_calendar_months() -> None:
    world = World("A")
    for on in ("2026-03-31", "2026-04-01", "2026-06-14", "2026-06-15", "2025-12-15", "2025-12-14"):
        incident(world, "leave_threat", on)
    assert world.at("2026-06-14").group("A")["leave_threat_months"] == 3


def test_a_threat_is_near_a_rush_order_within_three_days() -> None:
    shares = {"2026-06-04": 1.0, "2026-05-29": 1.0, "2026-06-05": 0.0}
    world = World(*shares)
    for ordered in shares:
        incident(world, "leave_threat", "2026-06-01", account_id=ordered).add(
            "orders", account_id=ordered, ordered_at=ordered, is_rush=True
        )
    assert world.at(AS_OF).of("leave_threats_near_rush_share") == shares


def test_own_fault_needs_two_complaints_or_four_orders() -> None:
    world = case(World("A"), "complaint", own_fault=True)
    for delivered in ("2026-05-12", "2026-05-12", "2026-05-10"):
        world.add("orders", account_id="A", ordered_at="2026-05-01", promised_date="2026-05-10", delivered_date=delivered)
    assert world.at(AS_OF).group("A")["own_fault_share"] is None
    world.add("orders", account_id="A", ordered_at="2026-05-01", promised_date="2026-05-10", delivered_date="2026-05-09")
    assert world.at(AS_OF).group("A")["own_fault_share"] == 0.5
    case(case(world, "public_complaint", own_fault=True), "complaint", own_fault=None)
    assert world.at(AS_OF).group("A")["own_fault_share"] == pytest.approx(2 / 3)


def test_orders_not_yet_delivered_or_without_a_promise_say_nothing_about_us() -> None:
    world = World("A")
    for delivered, promised in (("2026-07-02", "2026-05-10"), (None, "2026-05-10"), ("2026-05-20", None), ("2026-05-20", "2026-05-10")):
        world.add("orders", account_id="A", ordered_at="2026-05-01", promised_date=promised, delivered_date=delivered)
    assert world.at(AS_OF).group("A")["own_fault_share"] is None


def test_unfounded_claims_leave_our_own_faults_out() -> None:
    world = World("A", "B")
    for unfounded in (True, True, False, None):
        case(world, "complaint", "2025-01-01", closed_at="2026-06-25", unfounded=unfounded)
    case(world, "complaint", closed_at="2026-06-25", own_fault=True)
    case(world, "public_complaint")
    case(world, "question", closed_at="2026-06-25", unfounded=True)
    world.add("cases", account_id="B", opened_at="2026-06-01", closed_at="2026-06-02", category="complaint", unfounded=True)
    found = world.at(AS_OF).group("A")
    assert (found["closed_claims_12m"], found["unfounded_claims_12m"], found["unfounded_share"]) == (4, 2, 0.5)
    assert found["unfounded_share_rest"] == 1.0
    assert found["public_complaints_12m"] == 1
    assert world.group("B")["unfounded_share"] is None


def test_breaches_are_the_clients_and_not_ours() -> None:
    world = World("A")
    for columns in ({}, {"own_fault": True}, {"unfounded": True}, {"on": "2025-06-30"}):
        case(world, "contract_breach", **columns)
    assert world.at(AS_OF).group("A")["breach_cases"] == 1


def test_confrontation_days_are_distinct_days_of_confirmed_incidents_and_escalations() -> None:
    world = World("A")
    for category, on, confirmed in (
        ("rude", "2026-01-05", True),
        ("insult", "2026-01-05", True),
        ("leave_threat", "2026-02-05", True),
        ("rude", "2026-03-05", False),
    ):
        incident(world, category, on, confirmed=confirmed)
    case(case(world, "request", "2026-01-05", escalated_at="2026-01-05"), "request", "2025-01-01", escalated_at="2026-04-05")
    assert world.at(AS_OF).group("A")["confrontation_days_12m"] == 3


def test_supplier_reviews_and_tenders_count_for_180_days() -> None:
    world = case(case(World("A", "B"), "tender", "2026-01-01"), "tender", "2025-12-31", account_id="B")
    assert world.at(AS_OF).of("supplier_reviews_180d") == {"A": 1, "B": 0}

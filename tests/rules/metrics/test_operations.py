"""Orders, overtime, displaced orders, load, response times, cost to serve."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.rules.metrics.world import World

AS_OF = "2026-06-30"
MONDAYS = [date(2025, 7, 7) + timedelta(weeks=week) for week in range(52)]


def order(world: World, account: str = "A", on: str = "2026-05-04", **columns: Any) -> World:
    return world.add("orders", account_id=account, ordered_at=on, **columns)


RUSH = (
    ({"is_rush": True}, 1),
    ({"requested_date": "2026-05-08", "standard_lead_days": 10}, 1),
    ({"requested_date": "2026-05-09", "standard_lead_days": 10}, 0),
    ({"is_rush": False, "requested_date": "2026-05-05", "standard_lead_days": 10}, 1),
    ({"requested_date": "2026-05-05"}, 0),
    ({"is_rush": True, "status": "cancelled"}, 1),
    ({"is_rush": True, "status": "draft"}, 0),
)


def test_a_rush_order_is_flagged_or_asked_for_in_less_than_half_the_standard_lead() -> None:
    world = World(*(str(columns) for columns, _ in RUSH))
    for columns, _ in RUSH:
        order(world, str(columns), **columns)
    assert world.at(AS_OF).of("rush_orders") == {str(columns): rush for columns, rush in RUSH}


def test_rush_shares_need_five_orders_and_ten_of_the_others() -> None:
    world = World("A", "B")
    for _ in range(4):
        order(world, is_rush=True)
    for number in range(10):
        order(world, "B", is_rush=number < 2)
    assert world.at(AS_OF).group("A")["rush_share"] is None
    assert world.group("A")["rush_share_rest"] is None
    assert world.group("B")["rush_share"] is None
    found = order(world, is_rush=True).at(AS_OF).group("A")
    assert (found["orders"], found["rush_orders"], found["rush_share"], found["rush_ratio"]) == (5, 5, 1.0, 5.0)
    assert found["rush_share_rest"] == 0.2


def test_without_any_rush_order_of_the_others_there_is_a_share_and_no_ratio() -> None:
    world = World("A", "B")
    for number in range(15):
        order(world, "A" if number < 5 else "B", is_rush=number < 2)
    found = world.at(AS_OF).group("A")
    assert (found["rush_share"], found["rush_share_rest"], found["rush_ratio"]) == (0.4, 0.0, None)


def test_a_client_without_orders_has_none_which_is_known() -> None:
    assert (order(World("A", "B"), "B").at(AS_OF).group("A")["orders"], World("A").at(AS_OF).group("A")["orders"]) == (0, 0)


def hours(world: World, account: str, week: str | date = "2026-05-04", worked: float = 40, **columns: Any) -> World:
    return world.add("hours", account_id=account, week=week, hours=worked, **columns)


def test_overtime_shares_need_twenty_hours_of_overtime_in_all() -> None:
    world = hours(hours(World("A", "B"), "A", overtime_25=10, overtime_50=9, weekend_hours=30), "B", worked=120, overtime_25=0)
    found = world.at(AS_OF).group("A")
    assert (found["overtime_hours"], found["overtime_share"], found["overtime_ratio"]) == (19, None, None)
    assert found["service_hours_share"] == 0.25
    found = hours(world, "B", worked=0, overtime_25=1).at(AS_OF).group("A")
    assert (found["overtime_share"], found["overtime_ratio"]) == (0.95, 3.8)


@pytest.mark.parametrize(("week", "counted"), [("2026-01-05", 40), ("2025-12-29", 0)])
def test_a_week_belongs_to_its_monday(week: str, counted: float) -> None:
    world = hours(hours(World("A", "B"), "A", week), "B")
    assert world.at(AS_OF).group("A")["service_hours_share"] == counted / (counted + 40)


def moved(world: World, account: str, old: str, new: str, on: str = "2026-05-05", **cause: Any) -> World:
    world.rows += 1
    order(world, account, "2026-01-10", order_id=f"o{world.rows}")
    return world.add("order_changes", order_id=f"o{world.rows - 1}", changed_at=on, old_promised_date=old, new_promised_date=new, **cause)


CAUSES: tuple[tuple[dict[str, str], bool, bool], ...] = (
    ({"cause_account_id": "A"}, True, True),
    ({"cause": "client", "cause_account_id": "A"}, True, True),
    ({"cause": "supplier", "cause_account_id": "A"}, False, True),
    ({"cause": "us"}, False, True),
    ({"cause": "client"}, False, False),
    ({}, False, False),
    ({"cause_account_id": "nobody"}, False, False),
    ({"cause": "unclear", "cause_account_id": "A"}, False, False),
)
"""What a move says of its cause, whether it names the client, whether it says anything."""


def test_the_named_cause_of_a_move() -> None:
    world = World(*(f"{side}{place}" for side in "AB" for place in range(len(CAUSES))))
    for place, (cause, _, _) in enumerate(CAUSES):  # two weeks apart, so that a rush order is near the move of its own case alone
        rushed = date(2026, 1, 12) + timedelta(weeks=2 * place)
        said = {name: f"A{place}" if value == "A" else value for name, value in cause.items()}
        moved(world, f"B{place}", "2026-05-10", "2026-05-12", str(rushed + timedelta(days=1)), **said)
        order(world, f"A{place}", str(rushed), is_rush=True)
    world.at(AS_OF)
    for place, (cause, named, known) in enumerate(CAUSES):
        found = world.group(f"A{place}")
        assert (found["displaced_orders"], found["collateral_delay_days"]) == ((1, 2) if named else (0, 0)), cause
        assert found["correlated_orders"] == (0 if known else 1), cause


def test_exposed_revenue_counts_each_displaced_client_once() -> None:
    world = World("A", "B", "C").line("B", "2026-01-01", 700).line("C", "2026-01-01", -5)
    for account in "BBC":
        moved(world, account, "2026-05-10", "2026-05-12", cause_account_id="A")
    found = world.at(AS_OF).group("A")
    assert (found["displaced_orders"], found["displaced_customers"], found["exposed_revenue"]) == (3, 2, 700)


def test_a_move_is_related_to_a_rush_order_for_five_business_days_and_a_listed_holiday_is_none() -> None:
    related = {"2026-05-15": 1, "2026-05-08": 1, "2026-05-07": 0, "2026-05-18": 0}
    world = moved(World("moved", *related), "moved", "2026-06-01", "2026-06-05", "2026-05-15")
    for on in related:
        order(world, on, on, is_rush=True)
    assert world.at(AS_OF).of("correlated_orders") == {"moved": 0, **related}
    assert world.at(AS_OF, holidays=("2026-05-14",)).of("correlated_orders") == {"moved": 0, **related, "2026-05-07": 1}


def test_weeks_of_rush_orders_and_of_other_groups_moves() -> None:
    world = World("A", "B", "C")
    for on in ("2026-05-04", "2026-05-06", "2026-05-12", "2026-06-02"):
        order(world, "A", on, is_rush=True)
    moved(world, "B", "2026-06-01", "2026-06-05", "2026-05-05")
    moved(world, "A", "2026-06-01", "2026-06-05", "2026-05-13")
    moved(world, "C", "2026-06-01", "2026-06-05", "2026-06-20")
    moved(world, "C", "2026-06-05", "2026-06-01", "2026-06-03")
    found = world.at(AS_OF).group("A")
    assert (found["correlation_weeks"], found["rush_weeks"], found["moved_weeks"], found["overlap_weeks"]) == (27, 3, 2, 1)


def test_load_compares_escalations_meetings_and_complaints_with_the_portfolio() -> None:
    world = World("A", "B").line("A", "2026-05-01", 100).line("B", "2026-05-01", 900)
    for number in range(10):
        world.add("cases", account_id="A", opened_at="2026-05-01", category="complaint", escalated_at="2026-05-02" if number < 4 else None)
    for _ in range(30):
        world.add("cases", account_id="B", opened_at="2026-05-01", category="question")
    for number in range(20):
        order(world, "A" if number < 5 else "B")
    for account, minutes in (("A", 600), ("B", 600)):
        world.add("activities", account_id=account, kind="meeting", started_at="2026-05-01", duration_minutes=minutes, people=3)
    found = world.at(AS_OF).group("A")
    assert found["escalation_ratio"] == pytest.approx((4 / 10) / (4 / 40))
    assert found["meeting_ratio"] == pytest.approx(0.5 / 0.1)
    assert found["complaint_ratio"] == pytest.approx((10 / 5) / (10 / 20))
    assert found["load_ratio"] == pytest.approx(5)
    assert (found["escalation_share_rest"], found["complaint_share"], found["complaint_share_rest"]) == (0, 2, 0)
    assert world.group("B")["load_ratio"] == pytest.approx(0.5 / 0.9)


def test_too_few_counts_leave_the_load_unknown() -> None:
    world = World("A").line("A", "2026-05-01", 100)
    for number in range(3):
        world.add(
            "cases", account_id="A", opened_at="2026-05-01", category="complaint", escalated_at="2026-05-02" if number < 2 else "2026-07-01"
        )
    world.add("activities", account_id="A", kind="meeting", started_at="2026-05-01", duration_minutes=599)
    found = order(world).at(AS_OF).group("A")
    assert (found["escalations_6m"], found["load_ratio"]) == (2, None)


def test_priority_changes_are_per_week_of_the_last_three_months() -> None:
    world = World("A", "B")
    for on in ("2026-04-01", "2026-05-01", "2026-03-31"):
        moved(world, "B", "2026-06-05", "2026-06-01", on, cause_account_id="A")
    assert world.at(AS_OF).group("A")["priority_changes_week"] == pytest.approx(2 * 7 / 91)


def waits(world: World, account: str, opened: str, answered: str | None, count: int, priority: str = "normal") -> World:
    for number in range(count):
        world.add("cases", account_id=account, opened_at=opened, first_response_at=answered, priority=priority, owner_id=f"o{number % 3}")
    return world


def test_response_times_are_business_hours_against_the_same_priority() -> None:
    world = World("A", "B")
    waits(world, "A", "2026-05-08T17:00", "2026-05-11T09:00", 8)  # Friday to Monday: 2 hours
    waits(world, "B", "2026-05-05T09:00", "2026-05-05T10:00", 9)
    waits(world, "B", "2026-05-05T09:00", "2026-05-05T19:00", 9, "low")
    waits(world, "A", "2026-05-05T09:00", None, 5)
    found = world.at(AS_OF).group("A")
    assert (found["answered_cases_3m"], found["response_owners_3m"], found["avoidance_ratio"]) == (8, 3, 2.0)
    assert world.group("B")["avoidance_ratio"] == 1.0


def test_response_times_need_eight_answered_cases_and_three_owners() -> None:
    world = waits(World("A", "B"), "A", "2026-05-05T09:00", "2026-05-05T10:00", 7)
    assert world.at(AS_OF).group("A")["avoidance_ratio"] is None
    world = World("A")
    for number in range(8):
        world.add("cases", account_id="A", opened_at="2026-05-05T09:00", first_response_at="2026-05-05T10:00", owner_id=f"o{number % 2}")
    assert world.at(AS_OF).group("A")["avoidance_ratio"] is None


def full_year(world: World, account: str, weekly: float = 10, weeks: int = 52, **columns: Any) -> World:
    for monday in MONDAYS[:weeks]:
        hours(world, account, monday, weekly, **columns)
    return world


def test_the_margin_needs_hours_in_four_fifths_of_the_weeks_and_two_components() -> None:
    world = full_year(World("A").line("A", "2026-01-01", 100_000, direct_cost=40_000), "A", weeks=41)
    found = world.at(AS_OF, hourly_cost=50.0).group("A")
    assert world.portfolio["hours_coverage"] == pytest.approx(41 / 52)
    assert found["margin_after_cts"] is found["margin_pct"] is found["margin_share"] is None
    assert found["cost_to_serve"] == 41 * 10 * 50
    found = hours(world, "A", MONDAYS[41], 10).at(AS_OF, hourly_cost=50.0).group("A")
    assert found["margin_after_cts"] == 100_000 - 40_000 - 42 * 10 * 50
    assert world.at(AS_OF).group("A")["margin_pct"] is None


def test_an_unknown_component_counts_zero_and_is_counted() -> None:
    world = full_year(World("A").line("A", "2026-01-01", 100_000, direct_cost=40_000), "A")
    found = world.at(AS_OF, hourly_cost=50.0).group("A")
    assert (found["cost_components"], found["cost_components_unknown"]) == (2, 3)
    assert found["overtime_premium_cost"] is found["cost_rush"] is found["cost_finance"] is None
    assert found["margin_pct"] == pytest.approx(0.34)


def test_hours_without_a_cost_per_hour_are_an_unknown_component() -> None:
    world = full_year(World("A").line("A", "2026-01-01", 100, direct_cost=40), "A", hourly_cost=1.0)
    assert world.at(AS_OF).group("A")["cost_hours"] == 520
    assert hours(world, "A", MONDAYS[0], 1).at(AS_OF).group("A")["cost_hours"] is None


def test_meetings_cost_only_where_nobody_logs_hours() -> None:
    world = World("A", "B").line("A", "2026-01-01", 100).line("B", "2026-01-01", 100)
    for account in "AB":
        world.add("activities", account_id=account, kind="meeting", started_at="2026-01-05", duration_minutes=90, people=4)
        world.add("activities", account_id=account, kind="meeting", started_at="2026-01-05", duration_minutes=60)
    found = full_year(world, "B").at(AS_OF, hourly_cost=50.0).group("A")
    assert (found["cost_meetings"], found["cost_components"]) == (7 * 50, 1)
    assert world.group("B")["cost_meetings"] is None


def test_finance_cost_is_the_receivable_open_on_average_over_the_window() -> None:
    world = World("A")
    world.add("invoices", account_id="A", issue_date="2025-06-01", due_date="2025-07-01", paid_date="2025-07-11", amount=365, status="paid")
    world.add("invoices", account_id="A", issue_date="2026-06-21", due_date="2026-07-21", amount=365, status="open", open_amount=300)
    world.add("invoices", account_id="A", issue_date="2025-08-01", due_date="2025-08-31", amount=9999, status="paid")
    found = world.at(AS_OF, finance_rate=0.10).group("A")
    assert found["cost_finance"] == pytest.approx((365 * 10 + 300 * 10) / 365 * 0.10)


def test_effort_needs_fifty_hours_of_the_client_and_three_clients_with_hours() -> None:
    world = World("A", "B", "C", "D").line("A", "2026-01-01", 10).line("B", "2026-01-01", 90)
    hours(hours(world, "A", worked=50), "B", worked=50)
    assert world.at(AS_OF).group("A")["effort_ratio"] is None
    hours(world, "C", worked=49)
    assert world.at(AS_OF).group("A")["effort_ratio"] == pytest.approx(50 / 149 / 0.1)
    assert world.group("C")["effort_ratio"] is None
    assert (world.group("D")["hours_12m"], world.group("D")["hours_share"]) == (0, 0)

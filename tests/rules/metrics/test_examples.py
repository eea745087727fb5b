"""The worked examples of the specification (examples.json) as real rows: every figure they state, exactly."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.rules.metrics.world import World, day

EXAMPLES = {
    example["id"]: example
    for example in json.loads(Path(__file__).parents[2].joinpath("examples.json").read_text(encoding="utf-8"))["examples"]
}
EXACT = ("positive_total",)
SHARES = ("top1", "top5", "hhi", "hhi_normalized", "conversion_coverage")
COUNTS = ("lines_in_window", "lines_unconverted", "active_customers")
AS_OF = "2026-06-30"


def shown(value: Any, places: str = "0.0001") -> str | None:
    """Print as people see it: half up, after full precision (a share of .09999999 shows as .1000)."""
    return None if value is None else str(Decimal(repr(float(value))).quantize(Decimal(places), ROUND_HALF_UP))


@cache
def portfolio_of(example: str, lines: str = "revenue_lines", rate: float | None = None) -> World:
    """Build an example, once: its tests only look. `rate` is that of the pound, from 2026 on."""
    given = EXAMPLES[example]["input"]
    world = World(*(account["id"] for account in given["accounts"]))
    for line in given[lines]:
        world.line(line["account_id"], line["date"], line["amount"], currency=line["currency"], kind=line["kind"], line_id=line["id"])
    for row in given.get("rates", []):
        world.add("rates", **row)
    if rate is not None:
        world.add("rates", currency="GBP", **{"from": "2026-01-01"}, units_per_home=rate)
    return world.at(given["as_of"], home_currency=given["home_currency"])


def agrees(world: World, expected: dict[str, Any]) -> None:
    portfolio = world.portfolio
    assert [str(edge) for edge in portfolio["window"]] == expected["window"]
    assert (portfolio["window"][1] - portfolio["window"][0]).days + 1 == expected["window_days"]
    assert {account: f"{net:.2f}" for account, net in world.of("net_revenue").items()} == expected["net_revenue"]
    assert [f"{portfolio[name]:.2f}" for name in EXACT] == [expected[name] for name in EXACT]
    assert {name: portfolio[name] for name in COUNTS} == {name: expected[name] for name in COUNTS}
    stated = [name for name in SHARES if name in expected]
    assert {name: shown(portfolio[name]) for name in stated} == {name: expected[name] for name in stated}
    shares = world.of("share")
    assert {account: shown(share) for account, share in shares.items()} == (expected["share"] or dict.fromkeys(shares))


@pytest.mark.parametrize("example", ["EX-01", "EX-02", "EX-03", "EX-04"])
def test_portfolio_examples_agree_to_the_digit(example: str) -> None:
    agrees(portfolio_of(example), EXAMPLES[example]["expected"]["metrics"])


def test_ex01_a_share_that_rounds_to_ten_percent_is_still_below_it() -> None:
    shares = portfolio_of("EX-01").of("share")
    assert shares["E"] < 0.10
    assert shares["A"] == 0.30
    assert shares["D"] == shares["F"] == 0.10


def test_ex02_history_counts_from_the_first_line() -> None:
    world = portfolio_of("EX-02")
    assert world.portfolio["history_days"] == 302
    assert world.group("A")["rush_share"] is None
    assert world.group("A")["effort_ratio"] is None
    assert world.group("A")["share_delta_12m"] is None


def test_ex03_credit_notes_and_a_negative_client() -> None:
    world = portfolio_of("EX-03")
    ratios = world.of("credit_note_ratio")
    assert {account: shown(ratios[account]) for account in "AC"} == EXAMPLES["EX-03"]["expected"]["credit_note_ratio"]
    assert world.diagnosed("DQ-03") == {("files:C", None)}


def test_ex03_without_positive_revenue_there_is_no_share_and_a_note_says_so() -> None:
    world = portfolio_of("EX-03", "variant_b_revenue_lines")
    agrees(world, EXAMPLES["EX-03"]["expected"]["variant_b"]["metrics"])
    assert world.diagnosed("DQ-01") == {(None, None)}
    assert world.diagnosed("DQ-03") == {("files:B", None)}


def test_ex04_a_missing_rate_leaves_the_line_out_and_names_it() -> None:
    assert portfolio_of("EX-04").diagnosed("DQ-02") == {("files:C", "l4")}
    repaired = portfolio_of("EX-04", rate=0.80)
    agrees(repaired, EXAMPLES["EX-04"]["expected"]["variant_with_gbp_rate_0.80"]["metrics"])
    assert repaired.diagnosed("DQ-02") == set()


@pytest.mark.parametrize("as_of", ["2028-02-28", "2028-02-29", "2029-02-28"])
def test_ex06_windows_in_leap_years(as_of: str) -> None:
    expected = EXAMPLES["EX-06"]["expected"]["windows"][as_of]
    world = World("A")
    for line in EXAMPLES["EX-06"]["input"]["revenue_lines"]:
        world.line(line["account_id"], line["date"], line["amount"], line_id=line["id"])
    world.at(as_of)
    first, last = world.portfolio["window"]
    assert (str(first), str(last), (last - first).days + 1) == (expected["start"], expected["end"], expected["days"])
    assert f"{world.group('A')['net_revenue']:.2f}" == expected["sum"]
    inside = world.con.execute("SELECT line_id FROM lines, params WHERE date >= w12_start AND date < w12_end ORDER BY 1").fetchall()
    assert [line for (line,) in inside] == expected["lines"]


def test_ex06_three_months_back_from_the_last_of_may() -> None:
    world = World("A").at("2026-05-31")
    expected = EXAMPLES["EX-06"]["expected"]["three_month_window_2026-05-31"]
    ((start, end),) = world.con.execute("SELECT w3_start, w3_end FROM params").fetchall()
    assert (str(start), str(end - timedelta(days=1)), (end - start).days) == (expected["start"], expected["end"], expected["days"])


def test_ex07_cases_are_counted_by_their_local_date() -> None:
    expected = EXAMPLES["EX-07"]["expected"]
    world = World("A")
    for case, local in expected["local_dates"].items():
        world.add("cases", account_id="A", case_id=case, opened_at=local, category="complaint")
    world.at(EXAMPLES["EX-07"]["input"]["as_of"])
    inside = world.con.execute("SELECT case_id FROM facts_cases, params WHERE opened_date >= w3_start ORDER BY 1").fetchall()
    assert [case for (case,) in inside] == expected["in_window"]


def test_ex09_hostility_counts_messages_once_and_inbound_only() -> None:
    given, expected = EXAMPLES["EX-09"]["input"], EXAMPLES["EX-09"]["expected"]
    for confirmed in (True, False):
        world = World("A", "B")
        for row in given["incidents"]:
            columns = {name: row[name] for name in ("message_id", "case_id", "direction", "category")}
            world.add("incidents", account_id="A", occurred_at=row["date"], confirmed=row["confirmed"] and confirmed, **columns)
        found = world.at(given["as_of"]).group("A")
        assert shown(found["hostility_index"]) == expected["metrics"]["hostility_index"]
        assert shown(found["hostility_confirmed"]) == (expected["metrics"]["hostility_index"] if confirmed else "0.0000")
        assert found["hostile_cases"] == expected["metrics"]["distinct_cases"]
        assert found["hostile_days"] == expected["metrics"]["distinct_days"]
        assert found["leave_threats_12m"] == expected["metrics"]["leave_threats_12m"]
        assert (found["insult_incidents_30d"], found["insult_confirmed_30d"]) == (2, 2 if confirmed else 0)
        assert world.group("B")["hostility_index"] == 0


def test_ex10_rush_orders_overtime_and_displaced_customers() -> None:
    given, expected = EXAMPLES["EX-10"]["input"], EXAMPLES["EX-10"]["expected"]["metrics"]
    world = World("A", "B", "C", "D")
    for number in range(given["orders_A"]):
        world.add("orders", account_id="A", ordered_at="2026-04-01", is_rush=number < given["rush_A"])
    for number in range(given["orders_rest"]):
        world.add("orders", account_id="BCD"[number % 3], ordered_at="2026-04-01", is_rush=number < given["rush_rest"])
    rate, overtime = float(given["base_loaded_rate"]), given["overtime_hours_A"]
    rest = given["overtime_hours_all"] - sum(overtime.values())
    hours = given["service_hours_A"], given["service_hours_all"] - given["service_hours_A"]
    world.add(
        "hours",
        account_id="A",
        week="2026-04-06",
        hours=hours[0],
        overtime_25=overtime["at_25pct"],
        overtime_50=overtime["at_50pct"],
        hourly_cost=rate,
    )
    world.add("hours", account_id="B", week="2026-04-06", hours=hours[1], overtime_25=rest, overtime_50=0, hourly_cost=rate)
    for change in given["promised_date_changes"]:
        world.add("orders", account_id=change["account_id"], order_id=change["order"], ordered_at="2025-12-01")
        columns = {"order_id": change["order"], "old_promised_date": change["old"], "new_promised_date": change["new"]}
        world.add(
            "order_changes", changed_at="2026-05-05", cause=change.get("cause"), cause_account_id=change["cause_account_id"], **columns
        )
    found = world.at(given["as_of"]).group("A")
    for name, stated in (("rush_share", "rush_share_A"), ("rush_share_rest", "rush_share_rest"), ("rush_ratio", "rush_ratio")):
        assert shown(found[name]) == expected[stated]
    for name in ("overtime_share", "service_hours_share"):
        assert shown(found[name]) == expected[f"{name}_A"]
    assert shown(found["overtime_ratio"]) == expected["overtime_ratio"]
    assert shown(found["overtime_premium_cost"], "0.01") == expected["overtime_premium_cost"]
    for name in ("displaced_orders", "displaced_customers", "collateral_delay_days"):
        assert found[name] == expected[name]


@cache
def service(as_of: str = AS_OF) -> World:
    """Build EX-11, once: the same hours, overtime, rush orders, receivables and direct costs, spread over real rows."""
    given = EXAMPLES["EX-11"]["input"]
    world = World(*(account["id"] for account in given["accounts"]))
    start = day(as_of) - timedelta(days=364)
    monday = start + timedelta(days=-start.weekday() % 7)
    for account in given["accounts"]:
        name, hours, premium = account["id"], Decimal(account["service_hours"]), Decimal(account["overtime_premium"])
        world.line(name, "2026-03-15", account["revenue"], direct_cost=Decimal(account["direct_cost"]))
        for week in range(52):
            overtime = float(premium / 50 / Decimal("0.25")) if week == 0 else 0
            world.add(
                "hours", account_id=name, week=monday + timedelta(weeks=week), hours=float(hours) / 52, overtime_25=overtime, overtime_50=0
            )
        for _ in range(int(Decimal(account["rush_cost"]) / 120)):
            world.add("orders", account_id=name, ordered_at="2026-02-01", is_rush=True)
        if (finance := Decimal(account["late_payment_finance_cost"])) > 0:
            world.add("invoices", account_id=name, issue_date=start, due_date="2026-01-01", amount=finance / Decimal("0.06"), status="open")
    return world.at(as_of, hourly_cost=float(given["hourly_cost_rate"]), rush_cost_per_order=120.0, finance_rate=0.06)


def test_ex11_cost_to_serve_margins_and_the_whale_curve() -> None:
    expected = EXAMPLES["EX-11"]["expected"]
    world = service()
    for account, figures in expected["metrics"].items():
        found = world.group(account)
        assert {name: shown(found[name], "0.01") for name in ("cost_to_serve", "margin_after_cts")} == {
            name: figures[name] for name in ("cost_to_serve", "margin_after_cts")
        }
        assert {name: shown(found[name]) for name in ("margin_pct", "hours_share", "effort_ratio", "share")} == {
            "margin_pct": figures["margin_pct"], "hours_share": figures["hours_share"], "effort_ratio": figures["effort_ratio"], "share": figures["revenue_share"],
        }  # fmt: skip
        assert shown(found["margin_share"]) == expected["margin_share"][account]
    portfolio = world.portfolio
    assert shown(portfolio["margin_total"], "0.01") == expected["portfolio_margin"]
    assert shown(portfolio["positive_margin_total"], "0.01") == expected["positive_margin_total"]
    assert shown(portfolio["whale_peak"]) == expected["whale_peak"]
    assert portfolio["margin_coverage"] == pytest.approx(1.0)
    assert shown(portfolio["hhi"]) == "0.2901"


def test_ex12_the_exit_sheet_finds_its_inputs_among_the_metrics() -> None:
    expected, given = EXAMPLES["EX-12"]["expected"], EXAMPLES["EX-12"]["input"]
    found = service().group("A")
    before = float(found["net_revenue"]) - float(found["direct_cost"])
    others = found["overtime_premium_cost"] + found["cost_rush"] + found["cost_finance"]
    avoidable = found["cost_hours"] * float(given["avoidable_share_of_service_hours"]) + others
    assert f"{found['net_revenue']:.2f}" == expected["revenue_at_risk"]
    assert shown(found["share"]) == shown(expected["revenue_at_risk_share"])
    assert shown(before, "0.01") == expected["contribution_before_service"]
    assert shown(avoidable, "0.01") == expected["avoidable_cost_to_serve"]
    assert shown(before - avoidable, "0.01") == expected["contribution_lost_12m"]
    assert round(found["hours_12m"]) == expected["hours_freed_12m"]


def partnership(last: dict[str, int]) -> World:
    given = EXAMPLES["EX-14"]["input"]
    world = World("A")
    for since, contact in given["decision_maker_history"]:
        world.add("contacts", account_id="A", contact_id=contact.split()[0], since=since, title=contact.split("(")[1].rstrip(")"))
    for held, meetings in ((date(2025, 9, 1), given["meetings_prev_6m"]), (date(2026, 3, 1), last)):
        for topic, count in meetings.items():
            for _ in range(count):
                world.add("activities", account_id="A", kind="meeting", started_at=held, topic=topic)
    return world.at(given["as_of"])


def test_ex14_a_new_decision_maker_and_meetings_that_turn_transactional() -> None:
    expected = EXAMPLES["EX-14"]["expected"]["metrics"]
    found = partnership(EXAMPLES["EX-14"]["input"]["meetings_last_6m"]).group("A")
    assert found["days_since_decision_change"] == expected["days_since_change"]
    assert found["decision_contact_id"] == "contact-2"
    assert shown(found["transactional_ratio_prev"]) == expected["transactional_ratio_prev"]
    assert shown(found["transactional_ratio_last"]) == expected["transactional_ratio_last"]
    assert shown(found["transactional_delta"]) == expected["delta"]
    assert shown(found["advisory_requests_change"]) == expected["advisory_requests_change"]


def test_ex14_five_tagged_meetings_are_too_few_for_any_ratio() -> None:
    found = partnership(EXAMPLES["EX-14"]["expected"]["variant_5_meetings"]["meetings_last_6m"]).group("A")
    assert found["tagged_meetings_last"] == 5
    assert found["transactional_ratio_last"] is found["transactional_delta"] is found["advisory_requests_change"] is None
    assert found["transactional_ratio_prev"] == pytest.approx(0.3)
    assert found["days_since_decision_change"] == 76

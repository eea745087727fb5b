"""The worked examples about time, work and contacts, through the real path: CSV, facts, metrics, findings."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest

from tests.sync.company import Company
from tests.sync.test_examples import EXAMPLES, expected_levels, shown

MONDAY = date(2026, 1, 5)


def test_a_window_of_three_months_is_clipped_to_the_end_of_february(tmp_path):
    example = EXAMPLES["EX-06"]
    window = example["expected"]["three_month_window_2026-05-31"]
    company = Company(tmp_path)
    company.add("accounts", account_id="A", name="Client A")
    for number, day in enumerate((date.fromisoformat(window["start"]) - timedelta(days=1), window["start"], window["end"])):
        company.add("revenue", line_id=f"l{number}", account_id="A", date=str(day), amount=10**number, currency="EUR", kind="invoice")
    company.sync(window["end"])
    assert float(company.findings(metrics=True)["metrics"]["files:A"]["revenue_3m"]) == 110


def test_a_case_belongs_to_the_day_of_the_portfolios_zone(tmp_path):
    example = EXAMPLES["EX-07"]
    given, expected = example["input"], example["expected"]
    company = Company(tmp_path)
    company.add("accounts", account_id="A", name="Client A")
    for case in given["cases"]:
        company.add("cases", case_id=case["id"], account_id="A", opened_at=case["created_at"], category="complaint")
    company.sync(given["as_of"])
    with duckdb.connect(str(tmp_path / "var" / "facts.duckdb"), read_only=True) as con:
        rows = con.execute("SELECT case_id, opened_date, is_weekend FROM cases").fetchall()
    assert {case: str(day) for case, day, _ in rows} == expected["local_dates"]
    start, end = (date.fromisoformat(day) for day in expected["window"])
    assert sorted(case for case, day, _ in rows if start <= day <= end) == expected["in_window"]
    assert {case: weekend for case, _, weekend in rows} == expected["weekend"]


def rush_orders(company):
    given = EXAMPLES["EX-10"]["input"]
    day = date(2026, 2, 2)
    for client, orders, rush in (("A", given["orders_A"], given["rush_A"]), ("B", given["orders_rest"], given["rush_rest"])):
        company.add("accounts", account_id=client, name=f"Client {client}")
        for n in range(orders):
            company.add(
                "orders", order_id=f"{client}{n}", account_id=client, ordered_at=str(day + timedelta(days=n)), is_rush=str(n < rush).lower()
            )


def overtime(company):
    """The client's hours as stated; the others' overtime is the rest, paid at 25 %."""
    given = EXAMPLES["EX-10"]["input"]
    own = given["overtime_hours_A"]
    rest = given["overtime_hours_all"] - sum(own.values())
    for client, served, at_25, at_50 in (
        ("A", given["service_hours_A"], own["at_25pct"], own["at_50pct"]),
        ("B", given["service_hours_all"] - given["service_hours_A"], rest, 0),
    ):
        hours = {"hours": served, "overtime_25": at_25, "overtime_50": at_50, "hourly_cost": given["base_loaded_rate"]}
        company.add("hours", account_id=client, week=str(MONDAY), **hours)


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    """EX-10: rush orders, overtime and promised dates that moved."""
    company = Company(tmp_path_factory.mktemp("worked"))
    rush_orders(company)
    overtime(company)
    for owner in ("C", "D"):
        company.add("accounts", account_id=owner, name=f"Client {owner}")
    for row in EXAMPLES["EX-10"]["input"]["promised_date_changes"]:
        company.add(
            "orders", order_id=row["order"], account_id=row["account_id"], ordered_at=str(MONDAY - timedelta(days=60)), is_rush="false"
        )
        cause = {"cause_account_id": row["cause_account_id"] or "", "cause": row.get("cause", "")}
        company.add(
            "order_changes",
            order_id=row["order"],
            changed_at="2026-03-02",
            old_promised_date=row["old"],
            new_promised_date=row["new"],
            **cause,
        )
    company.sync("2026-06-30")
    return company, company.findings(metrics=True)["metrics"]["files:A"], EXAMPLES["EX-10"]["expected"]


def test_rush_orders_against_the_rest(worked):
    company, metrics, expected = worked
    assert shown(metrics["rush_share"]) == expected["metrics"]["rush_share_A"]
    assert shown(metrics["rush_share_rest"]) == expected["metrics"]["rush_share_rest"]
    assert shown(metrics["rush_ratio"]) == expected["metrics"]["rush_ratio"]
    assert company.levels("OPS-01") == {"A": "alert"}


def test_overtime_is_set_against_the_hours_served(worked):
    company, metrics, expected = worked
    assert shown(metrics["overtime_ratio"]) == expected["metrics"]["overtime_ratio"]
    assert shown(metrics["overtime_share"]) == expected["metrics"]["overtime_share_A"]
    assert float(metrics["overtime_premium_cost"]) == float(expected["metrics"]["overtime_premium_cost"])
    assert company.levels("OPS-02")["A"] == expected_levels(expected, "OPS-02")["A"]


def test_only_later_dates_with_this_client_as_the_cause_displace_others(worked):
    company, metrics, expected = worked
    for name in ("displaced_orders", "displaced_customers", "collateral_delay_days"):
        assert metrics[name] == expected["metrics"][name], name
    assert company.levels("OPS-03") == expected_levels(expected, "OPS-03")


def meetings(company, day, topics):
    for topic, count in topics.items():
        for number in range(count):
            company.add(
                "activities", activity_id=f"{day}{topic}{number}", account_id="A", kind="meeting", topic=topic, started_at=f"{day}T10:00:00",
                duration_minutes=60,
            )  # fmt: skip


@pytest.mark.parametrize("variant", ["whole", "five meetings"])
def test_a_turn_to_a_transactional_relation_needs_six_meetings_in_each_half_year(tmp_path, variant):
    example = EXAMPLES["EX-14"]
    given, expected = example["input"], example["expected"]
    company = Company(tmp_path)
    company.add("accounts", account_id="A", name="Client A")
    for since, who in given["decision_maker_history"]:
        company.add("contacts", contact_id=who.split()[0], account_id="A", is_decision_maker="true", since=since)
    wanted = expected if variant == "whole" else expected["variant_5_meetings"]
    meetings(company, "2025-10-01", given["meetings_prev_6m"])
    meetings(company, "2026-05-05", wanted.get("meetings_last_6m", given["meetings_last_6m"]))
    company.sync(given["as_of"])
    assert company.levels("GOV-02") == expected_levels(wanted, "GOV-02")
    assert company.levels("GOV-01") == expected_levels(wanted, "GOV-01")
    document = company.findings(metrics=True)
    if variant == "whole":
        metrics, stated = document["metrics"]["files:A"], expected["metrics"]
        assert metrics["days_since_decision_change"] == stated["days_since_change"]
        for name in ("transactional_ratio_last", "transactional_ratio_prev", "advisory_requests_change"):
            assert shown(metrics[name]) == stated[name], name
        assert shown(metrics["transactional_delta"]) == stated["delta"]
    else:
        assert "GOV-02" in {row["rule"] for row in document["insufficient"] if row["group"] == "files:A"}

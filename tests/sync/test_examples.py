"""The worked examples of tests/examples.json, through the real path: CSV, facts, metrics, findings."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from tests.sync.company import Company

EXAMPLES = {
    example["id"]: example for example in json.loads((Path(__file__).parents[1] / "examples.json").read_text(encoding="utf-8"))["examples"]
}


def shown(value, digits=4):
    """A figure as people see it: half up."""
    return None if value is None else str(Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def revenue(company, example, *, key="revenue_lines"):
    given = example["input"]
    for account in given.get("accounts", []):
        company.add("accounts", account_id=account["id"], name=f"Client {account['id']}", parent_id=account.get("parent_id"))
    for line in given[key]:
        company.add(
            "revenue",
            line_id=line["id"],
            account_id=line["account_id"],
            date=line["date"],
            amount=line["amount"],
            currency=line["currency"],
            kind=line["kind"],
        )
    for rate in given.get("rates", []):
        company.add("rates", **rate)
    first = given["history_first_revenue_date"]
    if all(line["date"] != first for line in given[key]):
        company.add("accounts", account_id="OLD", name="Former client")
        company.add("revenue", line_id="history", account_id="OLD", date=first, amount="1", currency="EUR", kind="invoice")


def expected_levels(expected, rule):
    return {row["account"]: row["severity"] for row in expected["findings"] if row["rule"] == rule}


def check_portfolio(document, metrics):
    portfolio = document["portfolio"]
    for name in ("conversion_coverage", "top1", "top5", "hhi", "hhi_normalized"):
        if name in metrics:
            assert shown(portfolio[name]) == metrics[name], name
    for name in ("lines_in_window", "lines_unconverted", "active_customers"):
        if name in metrics:
            assert portfolio[name] == metrics[name], name
    assert shown(portfolio["positive_total"], 2) == metrics["positive_total"]
    if metrics.get("effective_customers"):
        assert shown(portfolio["effective_customers"], 2) == metrics["effective_customers"]
    for account, amount in metrics["net_revenue"].items():
        assert shown(document["metrics"][f"files:{account}"]["net_revenue"], 2) == amount
        if metrics["share"] is not None:
            assert shown(document["metrics"][f"files:{account}"]["share"]) == metrics["share"][account]
        else:
            assert document["metrics"][f"files:{account}"]["share"] is None


@pytest.mark.parametrize("name", ["EX-01", "EX-02", "EX-03", "EX-04"])
def test_revenue_shares_and_concentration(tmp_path, name):
    example = EXAMPLES[name]
    company = Company(tmp_path)
    revenue(company, example)
    company.sync_once(example["input"]["as_of"])
    document = company.findings(metrics=True)
    check_portfolio(document, example["expected"]["metrics"])
    for rule in ("DEP-01", "DEP-04"):
        assert company.levels(rule) == expected_levels(example["expected"], rule), rule


def test_credit_notes_and_negative_nets_are_told(tmp_path):
    example = EXAMPLES["EX-03"]
    company = Company(tmp_path)
    revenue(company, example)
    company.sync_once(example["input"]["as_of"])
    document = company.findings(metrics=True)
    assert {"code": "DQ-03", "group": "files:C"}.items() <= next(row for row in document["diagnostics"] if row["code"] == "DQ-03").items()
    for account, ratio in example["expected"]["credit_note_ratio"].items():
        assert shown(document["metrics"][f"files:{account}"]["credit_note_ratio"]) == ratio


def test_a_portfolio_without_positive_revenue_has_no_share(tmp_path):
    example = EXAMPLES["EX-03"]
    company = Company(tmp_path)
    revenue(company, example, key="variant_b_revenue_lines")
    company.sync(example["input"]["as_of"])
    document = company.findings(metrics=True)
    assert document["findings"] == []
    assert {"DQ-01", "DQ-03"} <= {row["code"] for row in document["diagnostics"]}
    assert document["portfolio"]["hhi"] is None
    check_portfolio(document, {**example["expected"]["variant_b"]["metrics"]})


def test_a_missing_rate_blocks_the_money_rules_and_names_the_line(tmp_path):
    company = Company(tmp_path)
    revenue(company, EXAMPLES["EX-04"])
    company.sync_once("2026-06-30")
    document = company.findings()
    assert not [row for row in document["findings"] if row["rule"].startswith("DEP")]
    blocked = {row["rule"] for row in document["insufficient"] if row["group"] is None}
    assert {"DEP-01", "DEP-04"} <= blocked
    (missing,) = [row for row in document["diagnostics"] if row["code"] == "DQ-02"]
    assert missing["group"] == "files:C"
    assert missing["records"] == ["files:l4"]


def test_with_the_rate_the_money_rules_speak(tmp_path):
    example = EXAMPLES["EX-04"]
    company = Company(tmp_path)
    revenue(company, example)
    company.add("rates", currency="GBP", **{"from": "2026-01-01"}, to_exclusive="", units_per_home="0.80")
    company.sync("2026-06-30")
    variant = example["expected"]["variant_with_gbp_rate_0.80"]
    check_portfolio(company.findings(metrics=True), variant["metrics"])
    for rule in ("DEP-01", "DEP-04"):
        assert company.levels(rule) == expected_levels(variant, rule)


@pytest.mark.parametrize("as_of", ["2028-02-28", "2028-02-29", "2029-02-28"])
def test_windows_over_leap_years(tmp_path, as_of):
    example = EXAMPLES["EX-06"]
    company = Company(tmp_path)
    company.add("accounts", account_id="A", name="Client A")
    revenue(company, example)
    company.sync(as_of)
    document = company.findings(metrics=True)
    window = example["expected"]["windows"][as_of]
    assert document["portfolio"]["window"] == [window["start"], window["end"]]
    assert shown(document["metrics"]["files:A"]["net_revenue"], 2) == window["sum"]


@pytest.mark.parametrize("confirmed", ["true", "false"])
def test_hostile_messages_are_weighed_by_age_and_counted_once(tmp_path, confirmed):
    example = EXAMPLES["EX-09"]
    company = Company(tmp_path)
    company.add("accounts", account_id="A", name="Client A")
    for row in example["input"]["incidents"]:
        company.add(
            "incidents",
            message_id=row["message_id"],
            case_id=row["case_id"],
            account_id="A",
            occurred_at=row["date"],
            direction=row["direction"],
            category=row["category"],
            confirmed=confirmed,
        )
    company.sync(example["input"]["as_of"])
    metrics = company.findings(metrics=True)["metrics"]["files:A"]
    expected = example["expected"]
    assert shown(metrics["hostility_index"]) == expected["metrics"]["hostility_index"]
    assert metrics["hostile_cases"] == expected["metrics"]["distinct_cases"]
    assert metrics["hostile_days"] == expected["metrics"]["distinct_days"]
    assert metrics["leave_threats_12m"] == expected["metrics"]["leave_threats_12m"]
    wanted = expected if confirmed == "true" else expected["variant_all_unconfirmed"]
    assert company.levels("BEH-02") == expected_levels(wanted, "BEH-02")
    assert company.levels("BEH-01") == expected_levels(wanted, "BEH-01"), "a recent insult is a serious incident"
    assert company.levels("BEH-03") == {}, "one leave threat is no habit"


def cost_to_serve(company):
    for account in EXAMPLES["EX-11"]["input"]["accounts"]:
        name = account["id"]
        company.add("accounts", account_id=name, name=f"Client {name}")
        company.add(
            "revenue",
            line_id=f"r{name}",
            account_id=name,
            date="2026-01-15",
            amount=account["revenue"],
            kind="invoice",
            direct_cost=account["direct_cost"],
            currency="EUR",
        )
        monday = date(2025, 7, 7)
        weeks = [monday + timedelta(days=7 * n) for n in range(52)]
        for n, week in enumerate(weeks):
            premium = Decimal(account["overtime_premium"]) / Decimal(25) if n == 0 else 0  # 50 EUR/h x .50
            company.add(
                "hours",
                account_id=name,
                week=str(week),
                hours=str(Decimal(account["service_hours"]) / 52),
                overtime_25="0",
                overtime_50=str(premium),
                hourly_cost="50",
            )
        for n in range(int(Decimal(account["rush_cost"]) / 1000)):
            company.add("orders", order_id=f"o{name}{n}", account_id=name, ordered_at="2025-08-01", is_rush="true")
        company.add(
            "invoices",
            invoice_id=f"i{name}",
            account_id=name,
            issue_date="2024-01-01",
            due_date="2024-02-01",
            paid_date="2024-02-01",
            amount="1",
            currency="EUR",
            status="paid",
        )
        if Decimal(account["late_payment_finance_cost"]):  # 3,600 a year at 6 % is 60,000 outstanding all year
            company.add(
                "invoices",
                invoice_id=f"open{name}",
                account_id=name,
                issue_date="2025-06-30",
                due_date="2025-07-30",
                amount="60000",
                open_amount="60000",
                currency="EUR",
                status="open",
            )
    company.add("company", rush_cost_per_order="1000", hourly_cost="50", finance_rate="0.06")
    company.add("revenue", line_id="history", account_id="A", date="2024-01-01", amount="1", kind="invoice", direct_cost="", currency="EUR")


def test_cost_to_serve_finds_the_thin_and_the_losing_client(tmp_path):
    company = Company(tmp_path)
    cost_to_serve(company)
    company.sync("2026-06-30")
    metrics, stated = company.findings(metrics=True)["metrics"], EXAMPLES["EX-11"]["expected"]
    for account, share in stated["margin_share"].items():
        assert shown(metrics[f"files:{account}"]["margin_share"]) == share
    assert company.levels("CTS-02") == expected_levels(stated, "CTS-02")
    for account, expected in stated["metrics"].items():
        mine = metrics[f"files:{account}"]
        for name in ("cost_to_serve", "margin_after_cts"):
            assert shown(mine[name], 2) == expected[name], (account, name)
        for mine_name, name in (
            ("margin_pct", "margin_pct"),
            ("share", "revenue_share"),
            ("hours_share", "hours_share"),
            ("effort_ratio", "effort_ratio"),
        ):
            assert shown(mine[mine_name]) == expected[name], (account, name)
    assert company.levels("CTS-01") == {"A": "watch", "E": "critical"}
    assert company.levels("DEP-01") == {"A": "alert", "B": "watch", "C": "info", "D": "info"}
    assert company.levels("DEP-04") == {None: "alert"}


def test_a_new_decision_maker_is_told(tmp_path):
    company = Company(tmp_path)
    company.add("accounts", account_id="A", name="Client A")
    for contact, since, title in (("contact-1", "2024-03-01", "CEO"), ("contact-2", "2026-04-15", "CMO")):
        company.add("contacts", contact_id=contact, account_id="A", title=title, is_decision_maker="true", since=since)
    company.sync("2026-06-30")
    metrics = company.findings(metrics=True)["metrics"]["files:A"]
    assert metrics["days_since_decision_change"] == EXAMPLES["EX-14"]["expected"]["metrics"]["days_since_change"]
    assert company.levels("GOV-01") == {"A": "info"}

"""Facts -> metrics -> verdicts: the framework on the metrics that a company's data really gives."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from rules import proof
from rules.criteria import load
from rules.evaluate import evaluate, insufficient
from rules.model import Moment
from tests.rules.bench import episode
from tests.rules.metrics.world import World

CATALOGUE = load()
AS_OF = date(2026, 6, 30)
MOMENT = Moment(as_of=AS_OF, now=datetime(2026, 6, 30, 12, tzinfo=UTC))
REVENUE = ("account_id", "date", "amount")


def judged(world, episodes=(), moment=MOMENT):
    world.at(moment.as_of)
    return evaluate(
        world.con, CATALOGUE, moment, episodes, objects={("files", "revenue"): "Invoice", ("files", "incidents"): "EmailMessage"}
    )


def levels(evaluation):
    return {(one.rule, one.group and one.group.partition(":")[2]): one.severity for one in evaluation.findings}


def portfolio(**sold):
    """Clients with one invoice each, and a former one that gives the portfolio a history."""
    world = World(*sold, "OLD").filled("revenue", *REVENUE).line("OLD", "2024-01-01", 1)
    for account, amount in sold.items():
        world.line(account, "2026-01-10", amount)
    return world


def test_thresholds_are_inclusive_and_a_finding_opens_to_its_invoices():
    found = judged(portfolio(A=300_000, B=200_000, C=150_000, D=100_000, E="99999.99", F=100_000, G="50000.01"))
    assert {key: level for key, level in levels(found).items() if key[0] == "DEP-01"} == {
        ("DEP-01", "A"): "alert", ("DEP-01", "B"): "watch", ("DEP-01", "C"): "info", ("DEP-01", "D"): "info", ("DEP-01", "F"): "info",
    }  # fmt: skip
    assert levels(found)["DEP-04", None] == "watch"
    first = next(one for one in found.findings if one.rule == "DEP-01" and one.group == "files:A")
    assert [(record.object, record.crm) for record in first.evidence] == [("Invoice", "files")]


def test_the_change_that_a_finding_names_clears_it_and_one_cent_less_does_not():
    world = portfolio(A=345_000, B=655_000)
    (finding,) = [one for one in judged(world).findings if one.rule == "DEP-01" and one.group == "files:A"]
    for missing, cleared in (("0.01", False), ("0", True)):
        world = portfolio(A=345_000, B=655_000)
        world.line("OLD", "2026-02-01", f"{finding.numbers['by'] - float(missing):.2f}")
        later = Moment(as_of=AS_OF, now=MOMENT.now + timedelta(days=1))
        known = [episode("DEP-01", "files:A", finding.severity, below=1, below_at=MOMENT.now)]
        after = [one for one in judged(world, known, later).episodes if one.rule == "DEP-01" and one.group == "files:A"]
        assert (after[0].cleared is not None) is cleared


def test_a_portfolio_without_positive_revenue_has_no_finding_but_one_entry_for_all():
    found = judged(portfolio(A=100).line("A", "2026-01-11", -100, kind="credit_note"))
    assert levels(found) == {}
    assert ("DEP-01", None) in {(one.rule, one.group) for one in found.insufficient}


def hostile(confirmed, own_fault=False):
    world = portfolio(A=100_000, B=100_000).filled("incidents", "account_id", "occurred_at", "category")
    for message, case, day, category, direction in (
        ("m1", "C1", "2026-06-20", "insult", "in"), ("m2", "C1", "2026-06-25", "insult", "in"), ("m3", "C2", "2026-05-01", "rude", "in"),
        ("m4", "C3", "2026-04-01", "leave_threat", "in"), ("m5", "C4", "2026-06-10", "threat", "out"),
    ):  # fmt: skip
        world.add(
            "incidents", message_id=message, case_id=case, account_id="A", occurred_at=date.fromisoformat(day), direction=direction, category=category,
            confirmed=confirmed,
        )  # fmt: skip
    for number in range(2):
        world.add("cases", case_id=f"K{number}", account_id="A", opened_at=date(2026, 3, 1), category="complaint", own_fault=own_fault)
    return judged(world)


def test_two_recent_insults_are_an_alert_each_its_own_incident():
    found = hostile(confirmed=True)
    assert {key: level for key, level in levels(found).items() if key[0].startswith("BEH")} == {
        ("BEH-01", "A"): "watch",
        ("BEH-02", "A"): "alert",
    }
    assert [(one.name, one.level) for one in found.episodes if one.rule == "BEH-01"] == [("m1", "watch"), ("m2", "watch")]
    (finding,) = [one for one in found.findings if one.rule == "BEH-02"]
    assert round(finding.value, 4) == 6.2943
    assert {record.id for record in finding.evidence} == {"m1", "m2", "m3"}


def test_unconfirmed_incidents_stop_at_watch():
    assert {key: level for key, level in levels(hostile(confirmed=False)).items() if key[0].startswith("BEH")} == {
        ("BEH-01", "A"): "info",
        ("BEH-02", "A"): "watch",
    }


def test_the_same_anger_with_our_own_fault_is_information_and_the_incident_task_stays():
    found = hostile(confirmed=True, own_fault=True)
    assert levels(found)["BEH-02", "A"] == "info"
    assert levels(found)["BEH-01", "A"] == "watch"


def rushed(others):
    world = portfolio(A=100_000, B=100_000).filled("orders", "account_id", "ordered_at")
    for account, orders, rush in (("A", 10, 4), ("B", 40, 6), *others):
        for number in range(orders):
            world.add(
                "orders",
                order_id=f"{account}{number}",
                account_id=account,
                ordered_at=date(2026, 3, 2) + timedelta(days=number),
                is_rush=number < rush,
            )
    return world


def test_rush_orders_beyond_chance_are_an_alert():
    found = judged(rushed([]))
    assert levels(found)["OPS-01", "A"] == "alert"
    (finding,) = [one for one in found.findings if one.rule == "OPS-01"]
    assert (round(finding.value, 4), round(finding.numbers["rush_ratio"], 4)) == (0.4, 2.6667)
    assert (finding.numbers["m"], round(finding.numbers["q"], 2)) == (2, 0.1)


def test_the_same_share_among_many_clients_tested_may_be_chance():
    world = rushed([])
    for number in range(6):
        world.accounts(f"N{number}")
        for order in range(20):
            world.add(
                "orders",
                order_id=f"N{number}-{order}",
                account_id=f"N{number}",
                ordered_at=date(2026, 3, 2) + timedelta(days=order),
                is_rush=order < 3,
            )
    found = judged(world)
    assert levels(found)["OPS-01", "A"] == "info"


@pytest.fixture(scope="module")
def two():
    return portfolio(A=100_000, B=50_000).at(AS_OF)


@pytest.mark.parametrize("rule", CATALOGUE.rules, ids=lambda rule: rule.id)
def test_every_rule_has_evidence_that_the_facts_can_give(two, rule):
    records = proof.records(two.con, rule, ["files:A"] if rule.scope == "group" else [""], {})
    assert all(len(found) <= proof.RECORDS for found in records.values())
    assert rule.id not in {"DEP-01", "DEP-04"} or records


def test_every_group_has_one_verdict_under_every_rule():
    found = judged(portfolio(A=300_000, B=200_000))
    blocked = {one.rule for one in found.insufficient}
    gaps = {(one.rule, one.group) for one in insufficient_of(found)}
    findings = {(one.rule, one.group) for one in found.findings}
    assert set(found.evaluated) | blocked == {rule.id for rule in CATALOGUE.rules}
    assert not set(found.evaluated) & blocked
    assert not gaps & findings


def insufficient_of(found):
    world = portfolio(A=300_000, B=200_000)
    judged(world)
    return [one for one in insufficient(world.con) if one.rule in found.evaluated]


def test_a_natural_person_gets_no_verdict_and_stays_in_the_totals():
    world = portfolio(A=300_000, B=200_000).accounts("P", is_person=True).line("P", "2026-01-10", 500_000)
    found = judged(world)
    assert found.portfolio["positive_total"] == 1_000_000
    assert {key for key in levels(found) if key[1] == "P"} == set()
    assert levels(found)["DEP-01", "A"] == "alert"

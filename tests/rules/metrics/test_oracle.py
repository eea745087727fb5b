"""Random portfolios, measured by the SQL and by a plain program: they must agree on every figure."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rules.metrics.oracle import Case, Oracle
from tests.rules.metrics.world import World

ACCOUNTS = tuple("ABCDEF")
CURRENCIES = st.sampled_from(["EUR", "EUR", "EUR", "USD", "GBP"])
AMOUNTS = st.decimals(min_value=-5000, max_value=20000, places=2)
POSITIVE = st.decimals(min_value="0.01", max_value=20000, places=2)
AS_OF = st.sampled_from([date(2026, 6, 30), date(2028, 2, 29), date(2028, 2, 28), date(2027, 3, 31), date(2026, 12, 31), date(2029, 2, 28)])
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    as_of = draw(AS_OF)
    days = st.integers(-20, 1100).map(lambda age: as_of - timedelta(days=age))
    parents = {account: draw(st.sampled_from([None, None, *ACCOUNTS, "gone"])) for account in ACCOUNTS[: draw(st.integers(1, 6))]}
    known = st.sampled_from([*parents, "nobody"])
    case = Case(as_of=as_of, parents=parents)
    kinds = st.sampled_from(["invoice", "invoice", "credit_note"])
    lines = st.fixed_dictionaries({"account": known, "date": days, "amount": AMOUNTS, "currency": CURRENCIES, "kind": kinds})
    case.lines = draw(st.lists(lines, max_size=60))
    dates = draw(st.lists(days, max_size=4, unique=True))
    for start in dates:
        end = draw(st.one_of(st.none(), st.integers(1, 600).map(lambda length, start=start: start + timedelta(days=length))))
        case.rates.append(
            {
                "currency": draw(st.sampled_from(["USD", "GBP"])),
                "from": start,
                "to": end,
                "units": draw(st.sampled_from([0.8, 1.1, 1.25, 7, 0, -1])),
            }
        )
    invoices = st.fixed_dictionaries({
        "account": known, "issue_date": days, "amount": st.one_of(POSITIVE, POSITIVE, AMOUNTS), "currency": CURRENCIES,
        "due_date": st.one_of(st.none(), days), "paid_date": st.one_of(st.none(), days), "status": st.sampled_from(["open", "open", "paid", "draft", "voided"]),
        "disputed": st.booleans(), "own_fault": st.booleans(),
    })  # fmt: skip
    case.invoices = draw(st.lists(invoices, max_size=25))
    contracts = st.fixed_dictionaries({
        "account": known, "start_date": days, "length": st.integers(1, 900), "amount": POSITIVE, "status": st.sampled_from(["active", "active", "ended"]),
    })  # fmt: skip
    case.contracts = [
        row | {"end_date": row["start_date"] + timedelta(days=row["length"])} for row in draw(st.lists(contracts, max_size=4))
    ]
    return case


def built(case: Case) -> World:
    world = World()
    for account, parent in case.parents.items():
        world.add("accounts", account_id=account, parent_id=parent)
    for line in case.lines:
        world.line(line["account"], line["date"], line["amount"], currency=line["currency"], kind=line["kind"])
    for rate in case.rates:
        world.add("rates", currency=rate["currency"], **{"from": rate["from"]}, to_exclusive=rate["to"], units_per_home=rate["units"])
    for invoice in case.invoices:
        world.add("invoices", **{("account_id" if name == "account" else name): value for name, value in invoice.items()})
    for contract in case.contracts:
        columns = {"account_id": contract["account"], "committed_amount": contract["amount"]}
        world.add("contracts", start_date=contract["start_date"], end_date=contract["end_date"], status=contract["status"], **columns)
    return world.filled("invoices", "paid_date").at(case.as_of)


def same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for group, value in expected.items():
        if value is None:
            assert found[group] is None, group
        else:
            assert float(found[group]) == pytest.approx(float(value), rel=1e-9, abs=1e-9), group


@QUICK
@given(cases())
def test_every_figure_agrees_with_the_plain_program(case: Case) -> None:
    world, oracle = built(case), Oracle(case)
    assert world.of("net_revenue") == oracle.net(12)
    assert world.of("revenue_3m") == oracle.net(3)
    assert world.of("revenue_3m_last_year") == oracle.net(3, 12)
    same(world.of("share"), oracle.share())
    same(world.of("share_previous_year"), oracle.share(12))
    same(world.of("volume_change"), oracle.volume_change())
    same(world.of("days_since_revenue"), oracle.days_since_revenue())
    same(world.of("median_revenue_gap_days"), oracle.median_revenue_gap_days())
    payment = oracle.payment()
    for place, metric in enumerate(("due_invoices", "weighted_days_late", "late_count_share", "inferred_due_share")):
        same(world.of(metric), {group: figures[place] for group, figures in payment.items()})
    same(world.of("open_receivable"), oracle.open_receivable())
    same(world.of("commitment_fulfilment"), oracle.fulfilment())
    concentrated(world.portfolio, [share for share in oracle.share().values() if share is not None])


def concentrated(portfolio: dict[str, Any], shares: list[Decimal]) -> None:
    if not shares:
        assert portfolio["hhi"] is portfolio["top1"] is portfolio["top5"] is None
        return
    assert portfolio["hhi"] == pytest.approx(float(sum(share * share for share in shares)))
    assert portfolio["top1"] == pytest.approx(float(max(shares)))
    assert portfolio["top5"] == pytest.approx(float(sum(sorted(shares)[-5:])))


def test_the_plain_program_knows_the_worked_example() -> None:
    case = Case(as_of=date(2026, 6, 30), parents={"A": None, "B": "A", "C": None})
    for account, amount in (("A", 30), ("B", 30), ("C", 40)):
        case.lines.append({"account": account, "date": date(2026, 1, 1), "amount": Decimal(amount), "currency": "EUR", "kind": "invoice"})
    assert Oracle(case).share() == {"A": Decimal("0.6"), "C": Decimal("0.4")}

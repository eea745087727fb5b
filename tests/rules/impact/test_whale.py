"""Cost to serve: the worked example, cents that add up, and what would bring a client to zero."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.whale import Served, allocated, balance, curve, firmness, in_cents

EXAMPLE = next(
    row for row in json.loads((Path(__file__).parents[2] / "examples.json").read_text(encoding="utf-8"))["examples"] if row["id"] == "EX-11"
)
RATE = Decimal(EXAMPLE["input"]["hourly_cost_rate"])

weights = st.lists(st.decimals(min_value=0, max_value=10**6, places=6), min_size=1, max_size=30)


def example():
    return [
        Served(
            group=row["id"],
            revenue=Decimal(row["revenue"]),
            costs={
                "direct": Decimal(row["direct_cost"]),
                "hours": Decimal(row["service_hours"]) * RATE,
                "overtime": Decimal(row["overtime_premium"]),
                "rush": Decimal(row["rush_cost"]),
                "finance": Decimal(row["late_payment_finance_cost"]),
            },
            hours=Decimal(row["service_hours"]),
            rush_orders=int(Decimal(row["rush_cost"]) / 120),
        )
        for row in EXAMPLE["input"]["accounts"]
    ]


def shown(value, places="0.01"):
    return str(value.quantize(Decimal(places), ROUND_HALF_UP))


def test_the_whale_curve_of_the_worked_example():
    found, expected = curve(example()), EXAMPLE["expected"]
    assert [[point.group, shown(point.cumulated), shown(point.part, "0.0001")] for point in found.points] == expected["whale_curve"]
    assert shown(found.peak, "0.0001") == expected["whale_peak"]
    assert shown(found.total) == expected["portfolio_margin"]
    assert shown(found.positive_total) == expected["positive_margin_total"]


@given(weights, st.decimals(min_value=0, max_value=10**7, places=2))
def test_shares_add_up_to_the_total_to_the_cent(parts, total):
    if not sum(parts):
        total = Decimal(0)
    found = in_cents(total, parts)
    assert sum(found) == total
    for share, part in zip(found, parts, strict=True):
        exact = total * part / sum(parts) if sum(parts) else Decimal(0)
        assert abs(share - exact) < Decimal("0.01")


def test_a_cost_that_nobody_caused_cannot_be_shared():
    with pytest.raises(ValueError, match="nobody"):
        in_cents(Decimal(1), [Decimal(0), Decimal(0)])


@given(weights)
def test_every_activity_adds_up_over_the_clients(parts):
    clients = [Served(group=str(place), revenue=Decimal(1), costs={"hours": part, "rush": part / 3}) for place, part in enumerate(parts)]
    found = allocated(clients)
    for activity in ("hours", "rush"):
        total = sum((client.costs[activity] for client in clients), Decimal(0)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert sum(costs[activity] for costs in found.values()) == total


def test_the_price_or_the_hours_that_bring_a_client_to_zero():
    by_name = {client.group: client for client in example()}
    losing = balance(by_name["E"], RATE)
    assert (losing.price, losing.hours, losing.rush_fee) == (Decimal("0.2"), Decimal(200), None)
    earning = balance(by_name["A"], RATE)
    assert (earning.price, earning.hours) == (Decimal("-0.026"), Decimal(-208))


def test_the_change_that_is_named_leaves_exactly_nothing():
    losing = next(client for client in example() if client.group == "E")
    found = balance(losing, RATE)
    dearer = Served(group="E", revenue=losing.revenue * (1 + found.price), costs=losing.costs)
    leaner = Served(group="E", revenue=losing.revenue, costs=losing.costs | {"hours": (losing.hours - found.hours) * RATE})
    assert dearer.margin == leaner.margin == 0


def test_hours_alone_cannot_mend_what_is_more_than_all_hours():
    assert balance(Served(group="X", revenue=Decimal(10), costs={"direct": Decimal(1000)}, hours=Decimal(2)), RATE).hours is None


def test_a_tenth_on_an_activity_tells_who_changes_places_and_sides():
    clients = [
        Served(group="A", revenue=Decimal(100), costs={"hours": Decimal(95), "rush": Decimal(0)}),
        Served(group="B", revenue=Decimal(100), costs={"hours": Decimal(0), "rush": Decimal(94)}),
        Served(group="C", revenue=Decimal(200), costs={"hours": Decimal(0), "rush": Decimal(0)}),
    ]
    found = {(one.activity, one.factor): one for one in firmness(clients)}
    dearer, cheaper = found["hours", Decimal("1.1")], found["hours", Decimal("0.9")]
    assert (dearer.moved, dearer.crossing) == (0, ("A",))
    assert (cheaper.moved, cheaper.largest_move, cheaper.crossing) == (2, 1, ())


def test_the_curve_has_no_peak_when_nothing_is_left():
    found = curve([Served(group="A", revenue=Decimal(1), costs={"direct": Decimal(5)})])
    assert (found.peak, found.points[0].part) == (None, None)

"""Snapshot of a run -> cost to serve per client and for the portfolio, with the whale curve: the data of the report, and of whoever asks.

Only clients with a margin figure stand on the curve (rules/metrics/cts.sql says when there is one); a cost that nobody knows counts 0.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from rules import whale
from sync import snapshot
from sync.figures import exact
from sync.impact import as_decimal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from rules.whale import Balance, Served

ACTIVITIES: Final = {
    "direct_cost": "direct_cost", "hours": "cost_hours", "overtime_premium": "overtime_premium_cost", "rush": "cost_rush",
    "late_payment_finance": "cost_finance", "meetings": "cost_meetings",
}  # fmt: skip
"""Activity -> the metric that holds its cost."""


def cost_to_serve(folder: Path) -> dict[str, Any]:
    """The document of one run: `clients` from the best margin to the worst, `activities` with their totals, `whale`, `firmness`.

    Money is text in whole cents that add up; `part` and other ratios are text in full. Empty lists when no client has a margin figure.
    """
    portfolio = next(snapshot.rows(folder, "portfolio_metrics"), {})
    return gathered(snapshot.rows(folder, "group_metrics", "margin_after_cts IS NOT NULL"), as_decimal(portfolio.get("hourly_cost")))


def gathered(rows: Iterable[Mapping[str, Any]], hourly_cost: Decimal | None) -> dict[str, Any]:
    """The same from rows of group_metrics."""
    clients = [served(row) for row in rows]
    costs, curve = whale.allocated(clients), whale.curve(clients)
    by_group = {client.group: client for client in clients}
    totals = {name: sum((parts[name] for parts in costs.values()), Decimal(0)) for name in ACTIVITIES if clients}
    return {
        "activities": {name: exact(total, decimals=2) for name, total in totals.items()},
        "total_cost": exact(sum(totals.values(), Decimal(0)), decimals=2),
        "clients": [_client(by_group[point.group], costs[point.group], hourly_cost) for point in curve.points],
        "whale": {
            "points": [
                {"group": point.group, "margin": _money(point.margin), "cumulated": _money(point.cumulated), "part": _ratio(point.part)}
                for point in curve.points
            ],
            "total": _money(curve.total),
            "positive_total": _money(curve.positive_total),
            "peak": _ratio(curve.peak),
        },
        "firmness": [
            {
                "activity": one.activity,
                "factor": exact(one.factor),
                "moved": one.moved,
                "largest_move": one.largest_move,
                "crossing": list(one.crossing),
            }
            for one in whale.firmness(clients)
        ],
    }


def served(row: Mapping[str, Any]) -> Served:
    """A client from its row of group_metrics."""
    return whale.Served(
        group=row["group_id"],
        revenue=as_decimal(row["net_revenue"]) or Decimal(0),
        costs={name: as_decimal(row[metric]) or Decimal(0) for name, metric in ACTIVITIES.items()},
        hours=as_decimal(row["hours_12m"]) or Decimal(0),
        rush_orders=int(row.get("rush_orders_12m") or 0),
    )


def _client(client: Served, costs: Mapping[str, Decimal], hourly_cost: Decimal | None) -> dict[str, Any]:
    cost = sum(costs.values(), Decimal(0))
    balance: Balance = whale.balance(client, _rate(client) or hourly_cost)
    return {
        "group": client.group,
        "revenue": _money(client.revenue),
        "costs": {name: exact(part, decimals=2) for name, part in costs.items()},
        "cost": exact(cost, decimals=2),
        "margin": _money(client.margin),
        "margin_pct": _ratio(client.margin / client.revenue if client.revenue > 0 else None),
        "to_zero": {
            "price_change": _ratio(balance.price),
            "hours": None if balance.hours is None else float(round(balance.hours, 2)),
            "rush_fee": None if balance.rush_fee is None else _money(balance.rush_fee),
        },
    }


def _rate(client: Served) -> Decimal | None:
    """What an hour of this client costs, as its own hours say."""
    return client.costs["hours"] / client.hours if client.hours > 0 and client.costs["hours"] > 0 else None


def _money(value: Decimal) -> str:
    return exact(value.quantize(whale.CENT, ROUND_HALF_UP), decimals=2)


def _ratio(value: Decimal | None) -> str | None:
    return None if value is None else exact(value.quantize(Decimal("1e-12")))

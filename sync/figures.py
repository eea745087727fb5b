"""Numbers as the JSON of contract.md writes them: money and exact ratios as text in full precision, counts and days as numbers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

COUNTED = frozenset(
    [
        "days_since_revenue",
        "median_revenue_gap_days",
        "due_invoices",
        "weighted_days_late",
        "oldest_open_overdue_days",
        "hostility_index",
        "hostility_confirmed",
        "hostile_cases",
        "hostile_days",
        "leave_threats_12m",
        "orders",
        "rush_orders",
        "displaced_orders",
        "displaced_customers",
        "collateral_delay_days",
        "hours_12m",
        "overtime_hours",
        "commitment_elapsed_days",
        "days_since_decision_change",
        "tagged_meetings_last",
        "tagged_meetings_prev",
        "days_since_proactive_contact",
        "privileges",
        "imbalance_index",
        "active_customers",
        "lines_in_window",
        "lines_unconverted",
    ]
)
MONEY = frozenset(
    [
        "net_revenue",
        "revenue_3m",
        "revenue_3m_last_year",
        "penalty_interest",
        "recovery_indemnities",
        "open_receivable",
        "open_overdue",
        "exposed_revenue",
        "overtime_premium_cost",
        "direct_cost",
        "cost_to_serve",
        "margin_after_cts",
        "commitment_prorated",
        "positive_total",
    ]
)


UNITS = {"percent": "ratio", "times": "ratio"}
"""How a unit of the catalogue, which says how people read a figure, is called in the JSON: both are plain ratios there."""


PLACES = 12
"""Binary fractions end here: 0.1 + 0.2 is 0.3 and not 0.30000000000000004."""


def exact(value: float | Decimal, *, decimals: int = 0) -> str:
    """Plain decimal text without exponent, all significant digits, at least `decimals` of them after the point."""
    number = value if isinstance(value, Decimal) else Decimal(repr(round(float(value), PLACES)))
    text = format(number, "f")
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(decimals, "0")
    text = f"{whole}.{fraction}" if fraction else whole
    return "0" if text in {"-0", ""} else text


def text_of(value: float | None, unit: str) -> str | float | None:
    """A finding's value or threshold by its unit: ratio and money are text."""
    if value is None:
        return None
    if UNITS.get(unit, unit) in {"ratio", "money"}:
        return exact(value, decimals=2 if unit == "money" else 0)
    return int(value) if float(value).is_integer() else float(value)


def metric_value(name: str, value: Any) -> Any:
    """A metric by its name."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if not isinstance(value, int | float | Decimal):
        return jsonable(value)
    if name in MONEY:
        return exact(value, decimals=2)
    if name in COUNTED or isinstance(value, int):
        return int(value) if value == int(value) else float(value)
    return exact(value)


def jsonable(value: Any) -> Any:
    """Any value of the facts as JSON takes it."""
    if isinstance(value, Decimal):
        return exact(value, decimals=2)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    return value

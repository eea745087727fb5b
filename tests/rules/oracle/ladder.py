"""Levels, inclusive limits and the columns without which a rule is blocked, from readings.md."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

LADDER = ("clear", "info", "watch", "alert", "critical")
UNKNOWN = "insufficient"
FDR = Fraction(1, 10)
NEAR = Fraction(1, 10**9)

REQUIRED: dict[str, dict[str, str]] = {
    **{key: {"revenue": "account_id date amount"} for key in ("DEP-01", "DEP-03", "DEP-04", "VOL-01")},
    **{key: {"revenue": "account_id date amount", "hours": "account_id week hours"} for key in ("DEP-02", "CTS-01", "CTS-02")},
    "DEP-05": {"revenue": "account_id date amount", "invoices": "account_id amount issue_date"},
    "DEP-06": {"accounts": "privileges"},
    "PAY-01": {"invoices": "account_id amount issue_date due_date paid_date"},
    "PAY-02": {"invoices": "account_id amount due_date"},
    "PAY-03": {"invoices": "account_id amount issue_date due_date"},
    "CON-01": {"revenue": "account_id date amount", "contracts": "account_id start_date end_date committed_amount"},
    **{key: {"cases": "account_id opened_at category"} for key in ("CON-02", "BEH-04")},
    "CON-03": {"revenue": "account_id date amount", "contracts": "account_id start_date end_date status"},
    **{key: {"incidents": "account_id occurred_at category"} for key in ("BEH-01", "BEH-02", "BEH-03")},
    "BEH-05": {"cases": "account_id opened_at closed_at category unfounded"},
    "OPS-01": {"orders": "account_id ordered_at"},
    "OPS-02": {"hours": "account_id week hours overtime_25 overtime_50"},
    "OPS-03": {"orders": "account_id", "order_changes": "order_id changed_at old_promised_date new_promised_date"},
    "OPS-04": {"cases": "account_id opened_at"},
    "OPS-05": {"cases": "account_id opened_at first_response_at priority owner_id"},
    "GOV-01": {"contacts": "account_id since"},
    "GOV-02": {"activities": "account_id kind started_at topic"},
    "GOV-03": {"revenue": "account_id date amount", "activities": "account_id kind started_at initiated_by"},
    "TEAM-01": {},
    "FIX-01": {"repairs": "account_id held_at kept_ratio"},
}


def reached(value: Any, limit: Any) -> bool:
    """Inclusive, with the hair's breadth of readings.md 22."""
    return Fraction(value) >= Fraction(limit) - NEAR * max(abs(Fraction(limit)), NEAR)


def rising(value: Any, watch: Any, alert: Any = None, critical: Any = None, info: Any = None) -> str:
    limits = {"critical": critical, "alert": alert, "watch": watch, "info": info}
    return next((level for level, limit in limits.items() if limit is not None and reached(value, limit)), "clear")


def falling(value: Any, watch: Any, alert: Any = None, critical: Any = None) -> str:
    return rising(-Fraction(value), *(None if limit is None else -Fraction(limit) for limit in (watch, alert, critical)))


def worst(*levels: str) -> str:
    """The highest level; what is insufficient decides only where nothing was found."""
    known = [level for level in levels if level != UNKNOWN]
    top = max(known, key=LADDER.index, default="clear")
    return UNKNOWN if top == "clear" and len(known) < len(levels) else top


def capped(level: str, at: str) -> str:
    return level if level == UNKNOWN else min(level, at, key=LADDER.index)


def one_more(level: str) -> str:
    return LADDER[min(LADDER.index(level) + 1, 4)] if level in {"watch", "alert", "critical"} else level

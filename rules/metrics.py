"""Derived tables -> group_metrics (one row per group) and portfolio_metrics (one row).

    dep -> vol            revenue                pay     invoices         con   contracts
    cases -> pay, beh     cases, incidents       ops -> cts   orders, hours, meetings, costs
    gov                   contacts, meetings     people       what people typed
    portfolio, groups     every column of every family, zeros where a count has nothing to count      notes   diagnostics

Each file documents its columns at its head: unit, window, meaning of NULL. The order is that of their reading each other's sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rules.derive import literals, script

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FAMILIES: Final = ("dep", "vol", "cases", "pay", "con", "beh", "ops", "cts", "gov", "people", "portfolio", "groups", "notes")
PASSING: Final = (
    "m_dep", "m_vol", "m_pay", "m_con", "m_cases", "m_beh", "m_ops", "m_cts", "m_gov", "m_people",
)  # fmt: skip
"""Tables that only carry a family to group_metrics; a million groups of them would be a second copy in memory."""


def compute(con: DuckDBPyConnection) -> None:
    """Make group_metrics and portfolio_metrics on a connection where `rules.derive.derive` ran; adds DQ-01, DQ-03, DQ-06 and DQ-07."""
    values = literals(con)
    for family in FAMILIES:
        con.execute(script("metrics", family, values))
    for table in PASSING:
        con.execute(f"DROP TABLE {table}")

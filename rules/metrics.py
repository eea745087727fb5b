"""Derived tables -> group_metrics (one row per group) and portfolio_metrics (one row).

    dep -> vol            revenue                pay     invoices         con   contracts
    cases -> pay, beh     cases, incidents       ops -> cts   orders, hours, meetings, costs
    gov                   contacts, meetings     people       what people typed
    portfolio             the totals             notes        diagnostics      impact   contracts, deals, orders, for the impact sheet

Each file documents its columns at its head: unit, window, meaning of NULL. The order is that of their reading each other's sums.
What a family has no row for is filled by columns/<family>.sql: a count over a table that is present is 0, a ratio or an age without
anything behind it stays NULL. columns/derived.sql are those that need two families.

group_metrics has one row per group that is not a natural person left out: group_id (`crm:id` of the ultimate parent in the first CRM
that knows it), natural_person (only with person accounts switched on; their behaviour is never measured, those metrics are NULL),
accounts (of the group, in all CRMs) and every column of every family.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rules.briefly import briefly
from rules.derive import literals, script
from rules.statements import ahead

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from duckdb import DuckDBPyConnection

FAMILIES: Final = ("dep", "vol", "cases", "pay", "con", "beh", "ops", "cts", "gov", "people")
ALIASES: Final = {
    "dep": "d", "vol": "v", "pay": "p", "con": "c", "cases": "k", "beh": "b", "ops": "o", "cts": "s", "gov": "n", "people": "e",
}  # fmt: skip
"""What columns/<family>.sql calls the rows of m_<family>, in the order of the columns. g is the group, t and h totals of one row."""
PASSING: Final = "nothing, raw_days_since_proactive_contact, raw_proactive_first_90d"
"""Columns that only columns/*.sql read."""
SMALL: Final = 20_000
"""Groups of a portfolio whose columns are all kept: some 30 MB at the most."""
OWN: Final = "g.group_id, g.natural_person, g.accounts, g.nothing"
GROUPS: Final = "(SELECT *, CASE WHEN NOT natural_person THEN 0 END AS nothing FROM groups WHERE NOT is_person_group) AS g"
TOTALS: Final = "CROSS JOIN receivable_totals AS t CROSS JOIN hour_totals AS h"


def compute(con: DuckDBPyConnection, *, small: int = SMALL) -> None:
    """Make group_metrics and portfolio_metrics on a connection where `rules.derive.derive` ran; adds DQ-01, DQ-03, DQ-06 and DQ-07.

    Up to `small` groups the columns are kept, beyond it they are computed by whoever reads them; the figures are the same.
    """
    values = literals(con)
    few = con.execute("SELECT count(*) <= $1 FROM groups", [small]).fetchone() == (True,)
    scripts = {name: script("metrics", name, values) for name in (*FAMILIES, "portfolio")}
    scripts |= {"gather": _kept(values)} if few else {}
    scripts |= {name: script("metrics", name, values) for name in ("impact", "notes")}
    with briefly(con), ahead(con, scripts) as run:
        for name in scripts:
            run(name)
            if name == "portfolio" and not few:
                _gather(con, values)


def _gather(con: DuckDBPyConnection, values: Mapping[str, str]) -> None:
    """Put the families side by side, in the view group_metrics over one table.

    A million groups times a hundred columns that say nothing would cost seconds and a gigabyte: families without a row, where every group has the
    same, are computed by the view. Up to `small` groups it is the other way round: to plan all those expressions for each of a hundred statements
    costs a second, so the table holds every column.
    """
    columns = _columns(values)
    filled = {family: text for family, text in columns.items() if con.execute(f"SELECT 1 FROM m_{family} LIMIT 1").fetchone()}
    empty = {family: text for family, text in columns.items() if family not in filled}
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE group_figures AS SELECT {', '.join([OWN, *filled.values()])} "
        f"FROM {GROUPS} {TOTALS} {_joined(filled, 'm.group_no = g.group_no')}"
    )
    inner = f"SELECT {', '.join(['g.rowid AS place', 'g.*', *empty.values()])} FROM group_figures AS g {TOTALS} {_joined(empty, 'FALSE')}"
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW group_metrics AS SELECT place AS rowid, * EXCLUDE (place) FROM (SELECT {_derived(values)} FROM ({inner})); "
        + _dropped(filled)
    )


def _kept(values: Mapping[str, str]) -> str:
    """Give the script that puts the families of a small portfolio side by side, every column in the table."""
    columns = _columns(values)
    inner = f"SELECT {', '.join([OWN, *columns.values()])} FROM {GROUPS} {TOTALS} {_joined(columns, 'm.group_no = g.group_no')}"
    return (
        f"CREATE OR REPLACE TEMP TABLE group_figures AS SELECT {_derived(values)} FROM ({inner}); "
        f"CREATE OR REPLACE TEMP VIEW group_metrics AS SELECT rowid, * FROM group_figures; {_dropped(columns)}"
    )


def _columns(values: Mapping[str, str]) -> dict[str, str]:
    return {family: script("metrics/columns", family, values) for family in ALIASES}


def _derived(values: Mapping[str, str]) -> str:
    return f"* EXCLUDE ({PASSING}), {script('metrics/columns', 'derived', values)}"


def _dropped(families: Iterable[str]) -> str:
    return "; ".join(f"DROP TABLE m_{family}" for family in families)


def _joined(families: Iterable[str], condition: str) -> str:
    return " ".join(f"LEFT JOIN m_{name} AS {ALIASES[name]} ON {condition.replace('m.', f'{ALIASES[name]}.')}" for name in families)

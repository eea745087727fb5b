"""Who could not be judged, and for want of what: kept in DuckDB, because a portfolio without invoices has a gap per group.

gaps(rule_no, reason, no)   three small numbers a row; `no` is the rowid in group_metrics
gap_reasons, gap_all        what the numbers say; what is missing for everybody
insufficient                the view (rule, group_id, needs) over them, group_id NULL for everybody
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.ladder import needs
from rules.statements import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from rules.criteria import Catalogue
    from rules.rule import Rule


def prepare(con: DuckDBPyConnection, catalogue: Catalogue) -> None:
    """Make the tables empty."""
    con.execute("CREATE OR REPLACE TEMP TABLE gaps (rule_no USMALLINT, reason USMALLINT, no UINTEGER)")
    con.execute("CREATE OR REPLACE TEMP TABLE gap_all (rule VARCHAR, needs VARCHAR)")
    con.execute("CREATE OR REPLACE TEMP TABLE gap_reasons (rule_no USMALLINT, reason USMALLINT, rule VARCHAR, needs VARCHAR)")
    rows = [
        (number, place * 100 + gap, rule.id, needs(component, gap))
        for number, rule in enumerate(catalogue.rules)
        for place, component in enumerate(rule.components)
        for gap in range(1, len(component.guards) + 2)
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    con.execute("INSERT INTO gap_reasons SELECT unnest($1), unnest($2), unnest($3), unnest($4)", columns)
    con.execute(
        "CREATE OR REPLACE TEMP VIEW insufficient AS SELECT rule, NULL AS group_id, needs FROM gap_all UNION ALL "
        "SELECT r.rule, nullif(g.group_id, ''), r.needs FROM gaps JOIN gap_reasons r USING (rule_no, reason) "
        "LEFT JOIN group_metrics g ON g.rowid = gaps.no"
    )


def note_for_all(con: DuckDBPyConnection, rule: Rule, what: str) -> None:
    """Note that nobody can be judged by this rule."""
    con.execute("INSERT INTO gap_all VALUES (?, ?)", [rule.id, what])


def note(con: DuckDBPyConnection, catalogue: Catalogue, rule: Rule, spoken: Sequence[str]) -> str | None:
    """Note every group of the table `judged` that has a gap and no level; `spoken` are the groups with a level, held ones included.

    For a rule on the portfolio: give what it needs.
    """
    places = range(len(rule.components))
    reason = " ".join(f"WHEN gap_{place} > 0 THEN {place * 100} + gap_{place}" for place in places)
    no_level = " AND ".join(f"raw_{place} = 0" for place in places)
    any_gap = " OR ".join(f"gap_{place} > 0" for place in places)
    if rule.scope == "portfolio":
        row = con.execute(f"SELECT CASE {reason} END FROM judged WHERE ({no_level}) AND ({any_gap})").fetchone()
        if row is None or spoken:
            return None
        missing = needs(rule.components[row[0] // 100], row[0] % 100)
        note_for_all(con, rule, missing)
        return missing
    run(
        con,
        f"INSERT INTO gaps SELECT $1, CASE {reason} END, no FROM judged WHERE ({no_level}) AND ({any_gap}) "
        "AND group_id NOT IN (SELECT unnest(CAST($2 AS VARCHAR[])))",
        [catalogue.rules.index(rule), list(spoken)],
    )
    return None

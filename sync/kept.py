"""What a run keeps for reading besides facts and metrics, as temporary tables that sync/snapshot.py writes out.

group_accounts     the accounts of every group, with name and owner     guards   the checklist of groups near a decision
revenue_by_month   24 months of those with a finding and of all         notices  what the monitors say
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules import monitors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import duckdb

    from rules.criteria import Catalogue
    from rules.monitors import Notice
    from rules.stages import Guard


def group_accounts(connection: duckdb.DuckDBPyConnection) -> None:
    """Every account of every group; natural persons are marked."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE group_accounts AS SELECT m.group_id, m.source, m.account_id, a.name, a.owner_id, coalesce(m.is_person_group, FALSE) AS is_person "
        "FROM members m JOIN accounts a ON a.source = m.source AND a.account_id = m.account_id"
    )


def revenue_by_month(connection: duckdb.DuckDBPyConnection, groups: Collection[str]) -> None:
    """Net revenue of the last 24 calendar months, of the groups with a finding and, under an empty id, of the whole portfolio."""
    connection.execute("CREATE OR REPLACE TEMP TABLE shown_groups AS SELECT unnest($1::VARCHAR[]) AS group_id", [sorted(groups)])
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE revenue_by_month AS WITH recent AS ("
        "SELECT group_no, CAST(date_trunc('month', date) AS DATE) AS month, home FROM booked CROSS JOIN params "
        "WHERE home IS NOT NULL AND group_no IS NOT NULL AND date >= date_trunc('month', as_of) - INTERVAL 23 MONTH) "
        "SELECT '' AS group_id, month, sum(home) AS net FROM recent GROUP BY month UNION ALL "
        "SELECT g.group_id, month, sum(home) FROM recent JOIN groups g USING (group_no) SEMI JOIN shown_groups s ON s.group_id = g.group_id GROUP BY ALL"
    )


def notices(connection: duckdb.DuckDBPyConnection, book: Catalogue, said: Iterable[Notice], currency: str) -> None:
    """What the monitors say, as a table that the run keeps."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE notices "
        "(monitor VARCHAR, group_id VARCHAR, level VARCHAR, value DOUBLE, unit VARCHAR, since DATE, en VARCHAR, fr VARCHAR)"
    )
    for one in said:
        if one.shown:
            texts = [monitors.sentence(book.monitors, one, language, currency) for language in ("en", "fr")]
            row = [one.monitor, one.group, one.level, one.value, one.unit, one.since, *texts]
            connection.execute("INSERT INTO notices VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def guards(connection: duckdb.DuckDBPyConnection, checklists: Mapping[str, Iterable[Guard]]) -> None:
    """The seven points of each group near a decision, one row a point."""
    connection.execute("CREATE OR REPLACE TEMP TABLE guards (group_id VARCHAR, code VARCHAR, state VARCHAR, reason VARCHAR)")
    for group, points in checklists.items():
        for one in points:
            connection.execute("INSERT INTO guards VALUES (?, ?, ?, ?)", [group, one.code, one.state, one.reason])

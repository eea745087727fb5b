"""What a run computed, kept beside the ledger as Parquet: all metrics, the verdicts that lacked something, the diagnostics.

The ledger keeps what is precious (findings with their evidence); a million rows of figures do not belong there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXTRA = {
    "group_metrics": "i.imbalance_index, i.imbalance_coverage FROM group_metrics t LEFT JOIN imbalance i USING (group_id)",
}
"""Columns that another table adds: the index is computed after the findings, which are computed from the metrics."""
TABLES = (
    "group_metrics",
    "portfolio_metrics",
    "filled",
    "insufficient",
    "diagnostics",
    "notices",
    "guards",
    "group_accounts",
    "impact_terms",
    "firm_figures",
    "revenue_by_month",
)


def save(folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Write the tables of the run just judged into `folder` (private to the user)."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for table in TABLES:
        rows = f"SELECT t.* EXCLUDE (rowid), {EXTRA[table]}" if table in EXTRA else f"FROM {table}"
        connection.execute(f"COPY ({rows}) TO '{_quoted(folder / table)}.parquet' (FORMAT parquet, COMPRESSION zstd)")


def rows(folder: Path, table: str, where: str = "TRUE", values: tuple[Any, ...] = ()) -> Iterator[dict[str, Any]]:
    """The rows of one table of a run, as dictionaries; nothing when the run left none."""
    file = folder / f"{table}.parquet"
    if not file.exists():
        return
    with duckdb.connect() as connection:
        cursor = connection.execute(f"SELECT * FROM read_parquet('{_quoted(file)}') WHERE {where}", list(values))
        names = [column[0] for column in cursor.description or ()]
        while chunk := cursor.fetchmany(10_000):
            for row in chunk:
                yield dict(zip(names, row, strict=True))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")

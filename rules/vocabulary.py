"""The metrics that rules may name: exactly the columns that rules/metrics/*.sql yield, asked of DuckDB itself.

A list kept by hand would drift from the SQL; deriving and measuring empty facts costs a moment once per process.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import duckdb

from rules.derive import derive
from rules.ladder import NUMERIC
from rules.metrics import compute
from rules.model import Moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.expression import Kind

_DAY: Final = date(2026, 1, 1)
KEYED: Final = "SELECT table_name FROM duckdb_columns() WHERE column_name = 'account_id' AND NOT internal"


@cache
def documented() -> tuple[Mapping[str, Kind], Mapping[str, Kind]]:
    """Give name -> kind of the group metrics and of the portfolio metrics."""
    con = duckdb.connect()
    try:
        empty_facts(con)
        derive(con, Moment(as_of=_DAY, now=datetime.combine(_DAY, datetime.min.time(), UTC)))
        compute(con)
        return kinds(con, "group_metrics"), kinds(con, "portfolio_metrics")
    finally:
        con.close()


def empty_facts(con: duckdb.DuckDBPyConnection) -> None:
    """Make the canonical tables without a row, with what the load puts beside every time and every account."""
    con.execute(files("rules").joinpath("facts.sql").read_text(encoding="utf-8"))
    times = con.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE column_name LIKE '%_at' AND data_type = 'TIMESTAMP'"
    ).fetchall()
    tables = dict.fromkeys(table for table, _ in times)
    extra = [(table, f"{name[:-3]}_{part}") for table, name in times if name != "modified_at" for part in ("date DATE", "local TIMESTAMP")]
    extra += [(table, column) for table in tables for column in ("is_weekend BOOLEAN", "is_out_of_hours BOOLEAN")]
    extra += [(table, "account_key UBIGINT") for (table,) in con.execute(KEYED).fetchall()]
    con.execute("; ".join(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column}" for table, column in extra))


def kinds(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, Kind]:
    return {name: _kind(kind) for name, kind, *_ in con.execute(f"DESCRIBE {table}").fetchall() if name not in {"group_id", "rowid"}}


def _kind(sql_type: str) -> Kind:
    named: dict[str, Kind] = {"BOOLEAN": "boolean", "VARCHAR": "text", "DATE": "date"}
    return "number" if sql_type.partition("(")[0] in NUMERIC else named.get(sql_type, "any")

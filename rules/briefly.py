"""A small portfolio is judged by one thread, in one transaction, by plain plans.

Two hundred statements over few rows are mostly planned, not run: looking for a clever plan, handing rows from thread to thread and closing a
transaction after each costs a third of the time. Large portfolios keep all that, and give memory back after each statement.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

FEW: Final = 500_000
"""Rows of all facts up to which a portfolio is small; about 15,000 accounts."""
KEPT: Final = ("expression_rewriter", "filter_pushdown", "unused_columns", "statistics_propagation", "build_side_probe_side")
"""The steps of the optimizer that pay for themselves over so few rows."""


@contextmanager
def briefly(con: DuckDBPyConnection) -> Iterator[None]:
    """Run the block's statements together when there are few rows; an error undoes what the block made. Not for use inside a transaction."""
    if _rows(con) > FEW:
        yield
        return
    before = settings(con)
    put(con, **lean(con))
    con.execute("BEGIN")
    try:
        yield
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    finally:
        put(con, **before)


def _rows(con: DuckDBPyConnection) -> int:
    found = con.execute(
        "SELECT coalesce(sum(estimated_size), 0) FROM duckdb_tables() WHERE NOT temporary AND schema_name = 'main'"
    ).fetchone()
    return int(found[0]) if found else 0


def lean(con: DuckDBPyConnection) -> dict[str, object]:
    """Give the settings for few rows."""
    needless = ",".join(name for (name,) in con.execute("FROM duckdb_optimizers()").fetchall() if name not in KEPT)
    return {"threads": 1, "disabled_optimizers": needless}


def settings(con: DuckDBPyConnection) -> dict[str, object]:
    """Give the settings in force."""
    found = con.execute("SELECT current_setting('threads'), current_setting('disabled_optimizers')").fetchone()
    threads, optimizers = found or (1, "")
    return {"threads": threads, "disabled_optimizers": optimizers}


def put(con: DuckDBPyConnection, **values: object) -> None:
    """Bring settings into force."""
    for name, value in values.items():
        con.execute(f"SET {name} = '{value}'")

"""A small portfolio is judged by one thread in one transaction.

Two hundred statements over a few thousand rows are mostly planned, not run: handing their rows from thread to thread and closing a
transaction after each takes a quarter of the time. Large portfolios keep their threads, and give memory back after each statement.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

FEW: Final = 1_000_000
"""Rows of all facts up to which a portfolio is small; about 30,000 accounts."""


@contextmanager
def briefly(con: DuckDBPyConnection) -> Iterator[None]:
    """Run the block's statements together when there are few rows; an error undoes what the block made. Not for use inside a transaction."""
    if _rows(con) > FEW:
        yield
        return
    threads = con.execute("SELECT current_setting('threads')").fetchone()
    con.execute("SET threads = 1; BEGIN")
    try:
        yield
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    finally:
        con.execute(f"SET threads = {threads[0] if threads else 1}")


def _rows(con: DuckDBPyConnection) -> int:
    found = con.execute(
        "SELECT coalesce(sum(estimated_size), 0) FROM duckdb_tables() WHERE NOT temporary AND schema_name = 'main'"
    ).fetchone()
    return int(found[0]) if found else 0

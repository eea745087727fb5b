"""Texts of SQL -> parsed statements, kept and parsed ahead.

Over few rows a tenth of the time of an evaluation is parsing. A text parsed once is not parsed again in this process: the second run of a day says
the same. And the engine lets other work go on while it parses, so the scripts of a run are parsed by a thread of its own while those before them
run. Nothing is executed ahead: a mistake in a script raises where the script would have run.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import duckdb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from duckdb import DuckDBPyConnection

KEPT: Final = 512
"""Texts kept; a run over two CRMs has about a hundred and fifty, a few megabytes."""


@lru_cache(maxsize=KEPT)
def _parsed(text: str) -> tuple[duckdb.Statement, ...]:
    return tuple(duckdb.extract_statements(text))


def run(con: DuckDBPyConnection, text: str, values: Sequence[object] = ()) -> DuckDBPyConnection:
    """Execute every statement of a text, and give what the last one yields. `values` are for a text of one statement with `$1`, `$2`."""
    for statement in _parsed(text):
        con.execute(statement, list(values))
    return con


@contextmanager
def ahead(con: DuckDBPyConnection, scripts: Mapping[str, str]) -> Iterator[Callable[[str], None]]:
    """Give a function that runs one of the scripts by its name; they are parsed in the order given, best that in which they run."""
    with ThreadPoolExecutor(1, thread_name_prefix="parse") as pool:
        parsed = {name: pool.submit(_parsed, text) for name, text in scripts.items()}

        def run_named(name: str) -> None:
            for statement in parsed[name].result():
                con.execute(statement)

        try:
            yield run_named
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

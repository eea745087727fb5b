"""How much of the machine loading takes: one thread and plain plans for few rows, everything for many.

What fits into one row group is read by one thread anyway. A second one finds nothing to do, and takes the core of those who read the CRMs
meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rules.briefly import lean, put, settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROW_GROUP: Final = 122_880
"""Rows that the engine keeps together."""


class Sparing:
    """The settings of one connection; they change outside a transaction, and only when they have to."""

    def __init__(self, con: DuckDBPyConnection) -> None:
        self._con = con
        self._full, self._lean = settings(con), lean(con)
        self._is_lean = False

    def expect(self, rows: int | None) -> None:
        """Prepare for statements over so many rows; None: whatever comes."""
        wanted = rows is not None and rows <= ROW_GROUP
        if wanted != self._is_lean:
            put(self._con, **(self._lean if wanted else self._full))
            self._is_lean = wanted

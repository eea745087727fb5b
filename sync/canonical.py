"""Table.query over the raw mirror -> the rows of one source in one canonical table, typed, checked and unique.

    query (text) -> words mapped -> cells typed -> local time beside -> INSERT, once over the data
                                                        |
                    what could not be read or is unknown goes along in a passing column `doubt` -> problems, DQ-08, DQ-11

A row without key is left out; a row with an unreadable cell too, except in `accounts`, where the cell is empty and the account stays
(its revenue must not vanish with it). The text of a bad cell goes to nobody but the function that looks for its line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from connectors.contract import Cell, Problem
from rules.statements import run
from sync.cells import MENDS, is_weekend, mapped, stripped, typed
from sync.mirror import ranked, repeats
from sync.schema import account_key, date_of, literal, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from duckdb import DuckDBPyConnection

    from connectors.contract import Table
    from sync.cells import WorkingTime
    from sync.schema import Column, Spec

SHOWN: Final = 20
"""Problems of one column that are told one by one; the rest is told as a number."""
DOUBT: Final = "doubt"
FRESH: Final = "fresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What one table got from one source."""

    rows: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """Builds the rows of `source` in one canonical table. `given` are the columns that the query yields."""

    con: DuckDBPyConnection
    source: str
    spec: Spec
    table: Table
    given: tuple[str, ...]
    zone: str
    working: WorkingTime

    def build(self, *, merge: bool) -> Loaded:
        """Replace the source's rows; with `merge` only those whose key came again. Inside the caller's transaction."""
        name = self.spec.name
        if not merge:
            self.con.execute(f"DELETE FROM {name} WHERE source = ?", [self.source])
        self.con.execute(f"ALTER TABLE {name} ADD COLUMN {DOUBT} STRUCT(name VARCHAR, text VARCHAR)[]")
        self.con.execute(f"ALTER TABLE {name} ADD COLUMN {FRESH} BOOLEAN")
        run(self.con, self.insert())
        has_doubts = _one(self.con, f"SELECT count(*) FROM {name} WHERE {FRESH} AND {DOUBT} IS NOT NULL") > 0
        problems = tuple(self._problems()) if has_doubts else ()
        if merge:
            self._drop_replaced()
        self._drop_repeated()
        if has_doubts:
            self._settle_doubts()
        self.con.execute(f"ALTER TABLE {name} DROP COLUMN {DOUBT}")
        self.con.execute(f"ALTER TABLE {name} DROP COLUMN {FRESH}")
        return Loaded(rows=_one(self.con, f"SELECT count(*) FROM {name} WHERE source = ?", [self.source]), problems=problems)

    # ------------------------------------------------------------ the one pass over the data

    def insert(self) -> str:
        """The whole load as one statement. It is also what the table was built from, so its hash tells whether to build again."""
        columns = [column for column in self.spec.columns if column.name in self.given]
        times = [column.name for column in columns if column.name in self.spec.times]
        texts = ", ".join(f"{stripped(f'CAST({quoted(c.name)} AS VARCHAR)')} AS {quoted(c.name)}" for c in columns)
        values = ", ".join(f"{typed(c, self._word(c), self.zone)} AS {_value(c.name)}" for c in columns)
        clocks = "".join(f", timezone({literal(self.zone)}, {_value(time)}) AS {_local(time)}" for time in times)
        shown = ", ".join([*(f"{_final(c)} AS {quoted(c.name)}" for c in columns), *self._beside(times), *self._account_key()])
        return (
            f"INSERT INTO {self.spec.name} BY NAME SELECT {literal(self.source)} AS source, {shown}, TRUE AS {FRESH}, {self._doubt(columns)} AS {DOUBT}\n"
            f"FROM (SELECT *{clocks}\nFROM (SELECT *, {values}\nFROM (SELECT {texts}\nFROM ({self.table.query}\n))))"
        )

    def _word(self, column: Column) -> str:
        return mapped(quoted(column.name), self.table.values.get(column.name, {}))

    def _beside(self, times: Sequence[str]) -> Iterator[str]:
        for time in times:
            yield f"CAST({_local(time)} AS DATE) AS {quoted(date_of(time))}"
            if time in self.spec.locals:
                yield f"{_local(time)} AS {quoted(self.spec.locals[time])}"
        if self.spec.times and self.spec.times[0] in times:
            first = _local(self.spec.times[0])
            yield f"{is_weekend(first)} AS is_weekend"
            yield f"{self.working.is_out(first)} AS is_out_of_hours"

    def _account_key(self) -> Iterator[str]:
        if "account_key" in self.spec.beside and "account_id" in self.given:
            yield f"{account_key(literal(self.source), _value('account_id'))} AS account_key"

    def _doubt(self, columns: Sequence[Column]) -> str:
        """What is wrong with a row, as a list of (column, text); NULL for almost every row, and then it costs nothing."""
        wrong = {}
        for column in columns:
            text = quoted(column.name)
            lost = f"({text} IS NOT NULL AND {_unread(column)})" if column.type != "VARCHAR" or column.allowed else ""
            tests = [test for test in (lost, f"{text} IS NULL" if column.is_key else "") if test]
            if tests:
                wrong[column.name] = " OR ".join(tests)
        if not wrong:
            return "NULL"
        told = ", ".join(f"CASE WHEN {test} THEN {{'name': {literal(name)}, 'text': {quoted(name)}}} END" for name, test in wrong.items())
        return f"CASE WHEN {' OR '.join(wrong.values())} THEN list_filter([{told}], lambda one: one IS NOT NULL) END"

    # ------------------------------------------------------------ what was wrong

    def _problems(self) -> Iterator[Problem]:
        """Take note of every doubt: unknown words as DQ-08, the others as problems with the place where a person finds them."""
        name, record = self.spec.name, quoted(self.spec.record)
        texts = ", ".join(f"{literal(c.name)}: {quoted(c.name)}" for c in self.spec.columns if c.is_key and c.type == "VARCHAR")
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE doubts AS SELECT record, key, said.name AS name, said.text AS text, place FROM (SELECT {record} AS record, "
            f"{f'{{{texts}}}' if texts else 'NULL'} AS key, unnest({DOUBT}) AS said, rowid AS place FROM {name} WHERE {FRESH} AND {DOUBT} IS NOT NULL)"
        )
        words = [column.name for column in self.spec.columns if column.allowed]
        known = f"list_contains([{', '.join(map(literal, words))}]::VARCHAR[], name)"
        self.con.execute(
            f"INSERT INTO load_diagnostics SELECT 'DQ-08', ?, ?, name, record, text FROM doubts WHERE {known}", [self.source, name]
        )
        counted = self.con.execute(
            f"SELECT name, text IS NULL, count(*) FROM doubts WHERE NOT {known} GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        for column, is_empty, rows in counted:
            yield from self._told(column, rows, is_empty=is_empty)
        self.con.execute("DROP TABLE doubts")

    def _told(self, column: str, rows: int, *, is_empty: bool) -> Iterator[Problem]:
        found = self.con.execute(
            f"SELECT record, to_json(key), text FROM doubts WHERE name = ? AND (text IS NULL) = ? ORDER BY place LIMIT {SHOWN}",
            [column, is_empty],
        ).fetchall()
        cells = [Cell(row=json.loads(key) if key else {}, column=column, text=text) for _, key, text in found]
        places = (
            self.table.locate(cells) if self.table.locate else [f"{self.source} {self.table.object} {record}" for record, _, _ in found]
        )
        what = self._what(column, is_empty=is_empty)
        for place in places:
            yield Problem(where=place, column=column, what=what)
        if rows > len(found):
            yield Problem(
                where=f"{self.source} {self.table.object}",
                column=column,
                what=f"the same in {rows - len(found)} more rows",
                rows=rows - len(found),
            )

    def _what(self, column: str, *, is_empty: bool) -> str:
        if is_empty:
            return "is empty, so the row is left out"
        kind = next(one.type for one in self.spec.columns if one.name == column)
        return MENDS[kind] + ("; it counts as empty" if self._stays(column) else "; the row is left out")

    def _stays(self, column: str) -> bool:
        return self.spec.name == "accounts" and column not in self.spec.keys

    # ------------------------------------------------------------ rows that do not stay

    def _drop_replaced(self) -> None:
        """Of an incomplete source keep what did not come again: it may only not have been read."""
        name = self.spec.name
        same = " AND ".join(f"old.{quoted(key)} = new.{quoted(key)}" for key in self.spec.keys) or "TRUE"
        self.con.execute(
            f"DELETE FROM {name} AS old USING (SELECT * FROM {name} WHERE {FRESH}) AS new WHERE old.source = ? AND old.{FRESH} IS NULL AND {same}",
            [self.source],
        )

    def _drop_repeated(self) -> None:
        """Of rows with one id the last stays, and DQ-11 says so. Rows without key are dropped before, else they would repeat each other."""
        name, unique = self.spec.name, self.spec.unique
        if self.spec.keys:
            self.con.execute(f"DELETE FROM {name} WHERE {FRESH} AND ({' OR '.join(f'{quoted(key)} IS NULL' for key in self.spec.keys)})")
        repeated = repeats(self.con, name, unique, FRESH) if unique else None
        if repeated is None:
            return
        chosen = ranked(name, unique, repeated, "t.rowid DESC", FRESH)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE spare AS SELECT place, record FROM ({chosen}) WHERE nth > 1")
        self.con.execute("INSERT INTO load_diagnostics SELECT 'DQ-11', ?, ?, ?, record, NULL FROM spare", [self.source, name, unique[0]])
        self.con.execute(f"DELETE FROM {name} WHERE rowid IN (SELECT place FROM spare)")
        self.con.execute(f"DROP TABLE spare; DROP TABLE {repeated}")

    def _settle_doubts(self) -> None:
        """Leave out the rows with an unreadable cell; an unknown word alone only counts as empty."""
        words = [column.name for column in self.spec.columns if column.allowed]
        if self.spec.name != "accounts":
            unread = (
                f"len(list_filter({DOUBT}, lambda one: NOT list_contains([{', '.join(map(literal, words))}]::VARCHAR[], one.name))) > 0"
            )
            self.con.execute(f"DELETE FROM {self.spec.name} WHERE {FRESH} AND {DOUBT} IS NOT NULL AND {unread}")


def columns_of(con: DuckDBPyConnection, table: Table) -> tuple[str, ...]:
    """The columns that a table's query yields."""
    found = con.execute(f"SELECT * FROM ({table.query}\n) LIMIT 0")
    return tuple(column[0] for column in found.description or ())


def filled(table: Table, spec: Spec, given: Sequence[str]) -> Sequence[str]:
    """The columns of a table that this source really fills."""
    names = table.columns or given
    return [column.name for column in spec.columns if column.name in names and column.name in given]


def _final(column: Column) -> str:
    if column.type == "TIMESTAMP":
        return f"make_timestamp(epoch_us({_value(column.name)}))"  # in UTC, without asking the calendar
    return _value(column.name)


def _value(name: str) -> str:
    return quoted(f"{name} =")


def _unread(column: Column) -> str:
    """Whether the text of a cell became no value, or the word for those that nobody knows."""
    lost = f"{_value(column.name)} IS NULL"
    return f"{_value(column.name)} = {literal(column.otherwise)}" if column.otherwise else lost


def _local(name: str) -> str:
    return quoted(f"{name} @")


def _one(con: DuckDBPyConnection, query: str, values: Sequence[str] | None = None) -> int:
    row = con.execute(query, values or []).fetchone()
    return int(row[0]) if row else 0

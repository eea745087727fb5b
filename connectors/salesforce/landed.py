"""Pages as they lie on disk: CSV with a header, in the form of Bulk API 2.0, whichever API they came from.

REST rows are written in that form too (empty = null, true/false, times with Z), so one relation reads every file of a stream and a row
read twice, once through each API, is the same row.
"""

from __future__ import annotations

import csv
import gzip
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final, Self

import duckdb

from connectors.salesforce import soql

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from connectors.salesforce.mapping import Pull

NULL_LOCATOR: Final = "null"
LONGEST_ROW: Final = 16 << 20
"""Bytes of a row: a record may hold several texts of 131,072 characters."""
BUFFER: Final = 2 * LONGEST_ROW
"""Bytes read at once. Left to itself DuckDB takes sixteen of the longest rows, a quarter of a gigabyte for a file of any size."""


class PageFile:
    """A CSV file that REST pages are appended to. Counts the distinct records and remembers the newest stamp."""

    def __init__(self, path: Path, pull: Pull) -> None:
        self._pull = pull
        self._columns = pull.stream.columns
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        self._writer.writerow(self._columns)
        self._seen: set[str] = set()
        self.newest: str | None = None
        self.last_id: str | None = None

    def add(self, records: Iterable[Mapping[str, Any]]) -> None:
        for record in records:
            row = [self._cell(record, column) for column in self._columns]
            self._writer.writerow(row)
            shown = dict(zip(self._columns, row, strict=True))
            self.last_id = shown["Id"]
            self._seen.add(shown["Id"])
            stamp = shown.get(self._pull.cursor or "")
            if stamp and (self.newest is None or stamp > self.newest):
                self.newest = stamp

    def _cell(self, record: Mapping[str, Any], column: str) -> str:
        value: Any = record
        for step in column.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if column in self._pull.only_presence:
            return "true"
        if column in self._pull.datetimes:
            return as_in_files(str(value))
        return str(value)

    @property
    def records(self) -> int:
        return len(self._seen)

    def close(self) -> None:
        self._file.close()


def as_in_files(stamp: str) -> str:
    """2026-11-22T09:00:00.000+0000 (REST) -> 2026-11-22T09:00:00.000Z (Bulk); stamps are compared as text, so there is one form."""
    if stamp.endswith("Z"):
        return stamp
    if stamp.endswith(("+0000", "+00:00")):
        return f"{stamp[: stamp.rindex('+')]}Z"
    try:
        return f"{soql.instant(stamp).astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
    except ValueError:  # no time at all: the canonical table tells
        return stamp


def header(path: Path) -> list[str]:
    """The column names of a file, [] when it is empty: old versions send nothing at all for no rows."""
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8", newline="") as packed:
            return next(csv.reader(packed), [])
    with path.open(encoding="utf-8", newline="") as plain:
        return next(csv.reader(plain), [])


def relation(pull: Pull, names: Sequence[str]) -> str:
    """The DuckDB SELECT of the stream's columns over {files}, whose header is `names`."""
    shown = ", ".join(_shown(pull, column) for column in pull.stream.columns)
    types = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in names)
    options = (
        f"auto_detect=false, header=true, delim=',', quote='\"', escape='\"', nullstr='', max_line_size={LONGEST_ROW}, buffer_size={BUFFER}"
    )
    return f"SELECT {shown} FROM read_csv({{files}}, {options}, columns={{{types}}})"


class Short(Exception):
    """A file holds fewer rows than its sender says, or more."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        super().__init__(f"{rows} rows")


class Tally:
    """Counts files as they come, reading each once: all rows, the distinct records of all files, the newest stamp.

    Records are told apart by a hash of eight bytes; should two of them ever meet, a read would only look incomplete and be repeated.
    """

    def __init__(self, pull: Pull) -> None:
        self._pull = pull
        self._seen = duckdb.connect()
        self._seen.execute("SET threads = 1")
        self._seen.execute("CREATE TABLE seen (record UBIGINT)")
        self.rows = 0
        self.newest: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._seen.close()

    def add(self, path: Path, said: int | None = None) -> int:
        """Count one file and give its rows. Raises Short, duckdb.Error for one that is cut, and then counts nothing of it."""
        names = header(path)
        if names:
            stamp = f'"{self._pull.cursor}"' if self._pull.cursor else "NULL"
            text = relation(self._pull, names).replace("{files}", f"[{_text(str(path))}]")
            self._seen.execute(f'CREATE OR REPLACE TEMP TABLE page AS SELECT hash("Id") AS record, {stamp} AS stamp FROM ({text})')
            found = self._seen.execute("SELECT count(*), max(stamp) FROM page").fetchone()
        else:
            found = None
        rows, newest = found or (0, None)
        if said is not None and rows != said:
            raise Short(rows)
        if rows:
            self._seen.execute("INSERT INTO seen SELECT record FROM page")
        self.rows += rows
        self.newest = max((one for one in (self.newest, newest) if one), default=None)
        return int(rows)

    @property
    def records(self) -> int:
        found = self._seen.execute("SELECT count(DISTINCT record) FROM seen").fetchone()
        return int(found[0]) if found else 0


def _shown(pull: Pull, column: str) -> str:
    name = '"' + column + '"'
    if column in pull.only_presence:
        return f"CASE WHEN {name} IS NOT NULL THEN 'true' END AS {name}"
    return name


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

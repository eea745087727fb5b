"""One CSV file that comes in: its header, whether it changed, what in it cannot be read, and the SQL that reads the rest.

    header -> columns wanted        fingerprint -> unchanged? then nothing is read
    survey -> rows, bad lines       relation    -> SELECT for the one pass that loads it, in place

Rows are never touched by Python: DuckDB counts and checks them once before the load, because what is wrong must be known, with file and
line, before the mirror is trusted. Only a bad cell found later makes Python look through the file, for its line.
"""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
from dataclasses import dataclass
from errno import EIO
from typing import TYPE_CHECKING, Final

import duckdb

from connectors.contract import Problem
from connectors.files.lines import lines_at, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from connectors.contract import Cell

SHOWN: Final = 20
"""Bad lines of one kind that are told one by one; the rest is told as a number."""
LIMIT: Final = 10_000
"""Bad lines up to which each is looked for."""
WRONG: Final = {
    "MISSING COLUMNS": "has fewer cells than the header",
    "TOO MANY COLUMNS": "has more cells than the header",
    "INVALID ENCODING": "is not UTF-8: save the file as CSV UTF-8",
    "UNQUOTED VALUE": "has a quote that is not closed or stands inside a value; everything up to its end is left out",
    "LINE SIZE OVER MAXIMUM": "is longer than 2 MB",
}


SIGNS: Final = (
    ("Invalid unicode", "INVALID ENCODING"),
    ("unterminated quote", "UNQUOTED VALUE"),
    ("Maximum line size", "LINE SIZE OVER MAXIMUM"),
)
"""How the engine words the first bad line."""


class Uneven(Exception):
    """The lines of a file end in different ways: it must be levelled before it can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a look through the whole file found. `relation` reads the rows that can be read."""

    rows: int
    relation: str
    problems: tuple[Problem, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file and the columns wanted of it: canonical name -> header name, or `=constant`. `trouble` says why it cannot be read at all."""

    table: str
    path: Path
    header: tuple[str, ...] = ()
    columns: Mapping[str, str]
    trouble: str = ""

    @property
    def wanted(self) -> tuple[str, ...]:
        """The headers that are read, in the order of the file."""
        names = {name for name in self.columns.values() if not name.startswith("=")}
        return tuple(dict.fromkeys(name for name in self.header if name in names))

    def fingerprint(self) -> str:
        """Place, size and content. The time of change is left out: a file exported again with the same content is the same file."""
        with self.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return f"{self.path}|{self.path.stat().st_size}|{digest}"

    def survey(self, file: Path | None = None) -> Survey:
        """Look through the whole file once, or through a levelled copy of it; a file with bad lines is looked through again for them.

        Raises Uneven; OSError when it cannot be read.
        """
        source = file or self.path
        with duckdb.connect(config={"memory_limit": "1GB"}) as con:
            con.execute("SET preserve_insertion_order = false; SET temp_directory = ''")  # no client's line outside our store
            try:
                try:
                    good, problems = self._count(con, source, ""), []
                except duckdb.InvalidInputException as error:
                    if "CSV Error on Line" not in str(error):
                        raise Uneven from error
                    good = self._count(con, source, ", ignore_errors = true")
                    problems = list(self._bad_lines(con, source, good, str(error)))
            except duckdb.Error as error:
                raise OSError(EIO, type(error).__name__) from error
        names = ", ".join(f"{_place(self.header.index(name))} AS {quoted(name)}" for name in self.wanted)
        relation = f"SELECT {names} FROM {self._reader(', ignore_errors = true' if problems else '')}"
        return Survey(rows=good, relation=relation, problems=tuple(problems))

    def _count(self, con: duckdb.DuckDBPyConnection, source: Path, options: str) -> int:
        """The rows that can be read; every wanted cell is looked at, because an encoding is checked cell by cell."""
        seen = ", ".join(f"count({_place(self.header.index(name))})" for name in self.wanted)
        reader = self._reader(options).replace("{files}", literal(str(source)))
        return int(con.execute(f"SELECT count(*), {seen} FROM {reader}").fetchall()[0][0])  # all is fetched, so all rejects are known

    def _bad_lines(self, con: duckdb.DuckDBPyConnection, source: Path, good: int, first: str) -> Iterator[Problem]:
        """Each bad line with its number. Of a file that is bad all over only the number of lines: the engine would keep every one in memory."""
        lenient = self._reader(", strict_mode = false, null_padding = true, ignore_errors = true, parallel = false")
        there = con.execute(f"SELECT count(*) FROM {lenient.replace('{files}', literal(str(source)))}").fetchall()[0][0]
        if there - good > LIMIT:
            what = WRONG[next((kind for sign, kind in SIGNS if sign in first), _raggedness(first))]
            yield Problem(
                where=self.path.name, what=f"{there - good} of {there} rows are left out; the first of them {what}", rows=there - good
            )
            return
        self._count(con, source, ", store_rejects = true, rejects_limit = 0")
        bad = con.execute(
            "SELECT error_type, count(DISTINCT line_byte_position), list(DISTINCT line_byte_position ORDER BY line_byte_position)[:$1] "
            "FROM reject_errors GROUP BY 1 ORDER BY 1",
            [SHOWN],
        ).fetchall()
        lines = lines_at(source, [position for _, _, positions in bad for position in positions])
        for kind, count, positions in bad:
            what = WRONG.get(kind, f"cannot be read ({kind.lower()})")
            for position in positions:
                yield Problem(where=f"{self.path.name}:{lines[position]}", what=f"{what}; the row is left out")
            if count > len(positions):
                yield Problem(where=self.path.name, what=f"the same in {count - len(positions)} more rows", rows=count - len(positions))

    def level(self, copy: Path) -> None:
        """Write a copy in which every line ends the same way. The engine's strict reader takes no file that mixes line ends, and the
        lenient one cuts off cells beyond the header without a word.
        """
        with (
            self.path.open(encoding="utf-8", errors="surrogateescape") as file,
            copy.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as out,
        ):
            shutil.copyfileobj(file, out, 1 << 20)

    def _reader(self, options: str) -> str:
        columns = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(len(self.header)))
        dialect = "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"'"
        return f"read_csv({{files}}, {dialect}, columns = {{{columns}}}{options})"

    def locate(self, cells: Sequence[Cell]) -> Sequence[str]:
        """file:line of each cell, with the header where it is another than the column's name, in the order given.

        Equal cells of equal rows are told apart by their order in the file.
        """
        waiting: dict[tuple[str, ...], list[int]] = {}
        names = dict.fromkeys([*(cells[0].row if cells else ()), *(cell.column for cell in cells[:1])])
        at = {name: self.header.index(self.columns[name]) for name in names if self.columns.get(name) in self.header}
        for number, cell in enumerate(cells):
            texts = {**cell.row, cell.column: cell.text}
            waiting.setdefault(tuple(texts[name] or "" for name in at), []).append(number)
        asked = self.columns.get(cells[0].column, "") if cells else ""
        named = f" {asked.lstrip('=')}" if cells and asked != cells[0].column else ""
        places = [self.path.name + named] * len(cells)
        for line, row in rows(self.path):
            signature = tuple(row[position].strip(" ") if position < len(row) else "" for position in at.values())
            if at and signature in waiting:
                places[waiting[signature].pop(0)] = f"{self.path.name}:{line}{named}"
                if not waiting[signature]:
                    del waiting[signature]
                if not waiting:
                    break
        return places


def open_sheet(table: str, path: Path, wanted: Mapping[str, str]) -> Sheet:
    """Read the header. Columns whose header is not there are left out of `columns`; constants stay."""
    header, trouble = _header(path)
    columns = {name: asked for name, asked in wanted.items() if asked.startswith("=") or asked in header}
    if not trouble and not any(not asked.startswith("=") for asked in columns.values()):
        trouble = f"names none of the columns of {table} in its first line"
    return Sheet(table=table, path=path, header=header, columns=columns, trouble=trouble)


def _header(path: Path) -> tuple[tuple[str, ...], str]:
    """The trimmed names of the first line, and why they are of no use (empty: they are)."""
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            first = next(csv.reader(file), [])
    except (OSError, csv.Error) as error:
        return (), f"cannot be opened: {getattr(error, 'strerror', None) or type(error).__name__}"
    names = tuple(name.strip() for name in first)
    if not any(names):
        return (), "is empty: its first line must name the columns"
    if any("\ud800" <= letter <= "\udfff" or letter == "\0" for name in names for letter in name):
        return (), "is not UTF-8: save the file as CSV UTF-8"
    if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
        return (), "is not separated by commas: save the file as CSV with commas"
    return names, ""


def _raggedness(told: str) -> str:
    """Which way a line is ragged, from `Expected Number of Columns: 3 Found: 4`."""
    found = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", told)
    return "TOO MANY COLUMNS" if found and int(found[2]) > int(found[1]) else "MISSING COLUMNS"


def _place(number: int) -> str:
    return f"c{number}"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

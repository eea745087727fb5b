"""The catalogue, the configuration and the directory -> the sheets that are read and the queries that make them canonical tables.

A table is read from <table>.csv with its own column names; [files.tables.<table>] gives another file (`object`) or other headers, and a
value that starts with `=` is a constant. What the configuration names and the files lack is told, and so is what nobody will read.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from connectors.contract import Problem, Stream, Table
from connectors.files import CATALOGUE, CLOSED, CRM, FLAGS, TASKS
from connectors.files.sheet import literal, open_sheet, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from connectors.files.sheet import Sheet
    from connectors.settings import FilesSettings

WRITTEN: Final[Mapping[str, tuple[str, ...]]] = {"flags": FLAGS, "tasks": TASKS}
UNPREFIXED: Final = r"regexp_replace({}, '^''(''*[=+\-@\t\r])', '\1')"
"""A text that a spreadsheet would take for a formula was written with a quote before it (book.py); read without it."""
RECORDS: Final[Mapping[str, str]] = {
    "revenue": "line_id", "invoices": "invoice_id", "contracts": "contract_id", "orders": "order_id", "cases": "case_id", "incidents": "message_id",
    "activities": "activity_id", "contacts": "contact_id", "pipeline": "deal_id",
}  # fmt: skip
"""The id of a record that no rule needs: a file without that column is read all the same (readings.md, required columns)."""


def sheets(settings: FilesSettings) -> dict[str, Sheet]:
    """Every file that is there, by the canonical table it fills; the two that we write last."""
    found = {}
    for table, columns in CATALOGUE.items():
        given = settings.tables.get(table, {})
        path = settings.directory / f"{given.get('object', table)}.csv"
        if path.exists():
            wanted = {name: given.get(name, name) for name in columns}
            found[table] = open_sheet(table, path, wanted)
    for table, columns in WRITTEN.items():
        path = settings.output / f"{table}.csv"
        if path.exists():
            found[table] = open_sheet(table, path, {name: name for name in columns if name != "body"})
    return found


def stream(sheet: Sheet) -> Stream:
    return Stream(name=sheet.table, columns=sheet.wanted, key=())


def table(sheet: Sheet, settings: FilesSettings) -> Table:
    """How a sheet becomes its canonical table."""
    columns = _task_columns(sheet) if sheet.table == "tasks" else _columns(sheet)
    listed = ",\n".join(f'    {expression} AS "{name}"' for name, expression in columns.items())
    return Table(
        name=sheet.table,
        object=sheet.path.stem,
        streams=(sheet.table,),
        query=f'SELECT\n{listed}\nFROM "raw_{CRM}"."{sheet.table}"',
        values=settings.values.get(sheet.table, {}),
        columns=tuple(columns),
        locate=sheet.locate,
    )


def _columns(sheet: Sheet) -> dict[str, str]:
    columns = {name: literal(asked[1:]) if asked.startswith("=") else quoted(asked) for name, asked in sheet.columns.items()}
    record = RECORDS.get(sheet.table)
    return columns if record is None or record in columns else {record: _named_by_content(sheet), **columns}


def _named_by_content(sheet: Sheet) -> str:
    """Name each row by what it holds, so that it keeps its name when others come and go; equal rows are numbered."""
    held = ", ".join(quoted(name) for name in sheet.wanted)
    return f"'row ' || left(md5(to_json(list_value({held}))::VARCHAR), 16) || '.' || row_number() OVER (PARTITION BY {held})"


def _task_columns(sheet: Sheet) -> dict[str, str]:
    """A row of tasks.csv is its own record: the key is the id, and whatever people write for `done` in `status` closes it."""
    columns = _columns(sheet)
    status = columns.pop("status", "NULL")
    closing = ", ".join(literal(word) for word in CLOSED)
    if "subject" in columns:
        columns["subject"] = UNPREFIXED.format(columns["subject"])
    is_closed = f"CASE WHEN list_contains([{closing}], lower(trim({status}))) THEN 'true' ELSE 'false' END"
    return {**({"task_id": columns["key"]} if "key" in columns else {}), **columns, "is_closed": is_closed, "is_deleted": "'false'"}


def missing(settings: FilesSettings, found: Mapping[str, Sheet]) -> Iterator[Problem]:
    """What the configuration names and is not there, and what is there and not read. None of it stops anything."""
    for name, given in settings.tables.items():
        if name not in CATALOGUE:
            yield Problem(where=f"[files.tables.{name}]", what=f"there is no table {name}{_near(name, CATALOGUE)}")
            continue
        for column in sorted(set(given) - {"object"} - set(CATALOGUE[name])):
            yield Problem(
                where=f"[files.tables.{name}]", column=column, what=f"{name} has no column {column}{_near(column, CATALOGUE[name])}"
            )
        if name not in found:
            yield Problem(where=f"[files.tables.{name}]", what=f"{given.get('object', name)}.csv is not in {settings.directory}")
    for name, sheet in found.items():
        if name in CATALOGUE:
            yield from _header_told(sheet, settings.tables.get(name, {}))
    yield from _unread(settings, found)


def _header_told(sheet: Sheet, given: Mapping[str, str]) -> Iterator[Problem]:
    if sheet.trouble:
        return  # told when it is read
    for column, asked in given.items():
        if column in CATALOGUE[sheet.table] and not asked.startswith("=") and asked not in sheet.header:
            yield Problem(where=sheet.path.name, column=asked, what=f"the first line does not name it{_near(asked, sheet.header)}")
    record = RECORDS.get(sheet.table)
    if record is not None and record not in sheet.columns and record not in given:
        yield Problem(
            where=sheet.path.name, column=record, what="is not there: rows are told apart by what they hold, a changed one is a new one"
        )
    if unknown := [name for name in sheet.header if name and name not in sheet.wanted]:
        hints = "".join(f"{_near(name, set(CATALOGUE[sheet.table]) - set(sheet.columns))}" for name in unknown[:1])
        yield Problem(where=sheet.path.name, what=f"unknown columns are not read: {', '.join(unknown)}{hints}")
    if twice := sorted({name for name in sheet.wanted if sheet.header.count(name) > 1}):
        yield Problem(where=sheet.path.name, what=f"named twice, the first is read: {', '.join(twice)}")


def _unread(settings: FilesSettings, found: Mapping[str, Sheet]) -> Iterator[Problem]:
    used = {sheet.path.resolve() for sheet in found.values()} | {(settings.output / f"{name}.csv").resolve() for name in WRITTEN}
    for path in _csv_files(settings.directory):
        if path.stem == "messages":
            yield Problem(where=path.name, what="is not read: no text is stored; put what the messages mean into incidents.csv")
        elif path.resolve() not in used:
            yield Problem(where=path.name, what=f"is not read: no table has this name{_near(path.stem.lower(), CATALOGUE)}")


def _csv_files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.iterdir() if path.suffix.lower() == ".csv" and not path.name.startswith("."))


def _near(name: str, known: Iterable[str]) -> str:
    alike = {one.lower(): one for one in known}
    close = get_close_matches(name.lower(), alike, 1, 0.7)
    return f", did you mean {alike[close[0]]}?" if close else ""

"""messages.csv -> incident rows, row by row. Only with text scanning switched on; the file is never copied, and no text leaves its row.

    message_id, case_id, account_id, sent_at, direction, text  ->  Scan  ->  incident rows in a file  ->  Landed  ->  `incidents`

Columns in any order; only message_id and text must be there. A row that cannot be used is told by its line.
"""

from __future__ import annotations

import csv
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from connectors.contract import Landed, Problem, Table
from connectors.files import CRM
from connectors.files.sheet import open_sheet, quoted
from connectors.scan import COLUMNS, KEPT, Findings, relation, stream, together
from rules.language.scan import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from connectors.contract import Cell, Landing, Stream
    from connectors.files.sheet import Sheet
    from connectors.scan import Scan

NAME: Final = "messages"
FILE: Final = f"{NAME}.csv"
WANTED: Final = ("message_id", "case_id", "account_id", "sent_at", "direction", "text")
INBOUND: Final = frozenset({"in", ""})
SHOWN: Final = 20
"""Rows that are told one by one; the rest is told as a number."""


@dataclass(slots=True)
class Messages:
    """The part of the reader that reads texts."""

    directory: Path
    zone: str
    scan: Scan
    _names: dict[str, str] | None = field(default=None)

    @property
    def sheet(self) -> Sheet | None:
        path = self.directory / FILE
        return open_sheet(NAME, path, {name: name for name in WANTED}) if path.exists() else None

    def streams(self) -> Sequence[Stream]:
        return [stream(NAME)] if self.sheet is not None else []

    def tables(self, found: Sequence[Table], sheets: Mapping[str, Sheet]) -> Sequence[Table]:
        """The tables, with what messages became in `incidents`, beside what people entered."""
        if self.sheet is None:
            return found
        entered = next((table for table in found if table.name == "incidents"), None)
        cases = sheets.get("cases")
        linked = cases if cases is not None and _has(cases, "case_id", "account_id") else None
        own = entered.streams if entered is not None else ()
        made = Table(
            name="incidents",
            object=entered.object if entered is not None else NAME,
            streams=(*own, stream(NAME).name, *(["cases"] if linked is not None else [])),
            query=together(_entered(entered) if entered is not None else None, _query(linked)),
            values=entered.values if entered is not None else {},
            columns=tuple(dict.fromkeys([*(entered.columns if entered is not None else ()), *KEPT])),
            locate=entered.locate if entered is not None else _nowhere,
        )
        return [*(table for table in found if table is not entered), made]

    def pull(self, since: Mapping[str, str], landing: Landing, accounts: Sheet | None) -> Iterator[Landed]:
        """Read the file when it, or a lexicon, has changed."""
        sheet = self.sheet
        if sheet is None:
            return
        name = stream(NAME).name
        try:
            mark = f"{sheet.fingerprint()} {self.scan.mark}"
            if since.get(name) == mark:
                return
            found = Findings(landing.file(name, ".csv"))
            problems = [*self._read(sheet, found, accounts)]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            why = (getattr(error, "strerror", None) or type(error).__name__) if isinstance(error, OSError) else "it is no CSV in UTF-8"
            yield self._landed(Findings(landing.file(name, ".csv")), None, [Problem(where=FILE, what=f"cannot be read: {why}")])
            return
        yield self._landed(found, mark, problems)

    def _landed(self, found: Findings, mark: str | None, problems: Sequence[Problem]) -> Landed:
        told = list(problems[:SHOWN])
        if rest := len(problems) - len(told):
            told.append(Problem(where=FILE, what=f"{rest} more rows are left out", rows=rest))
        return Landed(
            stream=stream(NAME),
            files=(found.path,),
            relation=relation(),
            rows=found.rows,
            full=mark is not None,
            watermark=mark,
            complete=not told,
            problems=tuple(told),
        )

    # ------------------------------------------------------------ rows

    def _read(self, sheet: Sheet, found: Findings, accounts: Sheet | None) -> Iterator[Problem]:
        if sheet.trouble or not {"message_id", "text"} <= sheet.columns.keys():
            yield Problem(where=FILE, what=sheet.trouble or "its first line must name message_id and text")
            return
        with sheet.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            next(reader, None)
            line = reader.line_num + 1
            for cells in reader:
                row = dict(zip(sheet.header, cells, strict=False))
                if why := self._take(row, found, accounts):
                    yield Problem(where=f"{FILE}:{line}", what=f"{why}; the row is left out")
                line = reader.line_num + 1

    def _take(self, row: Mapping[str, str], found: Findings, accounts: Sheet | None) -> str:
        """Classify one row; says why it cannot be used."""
        told = {name: row.get(name, "").strip() for name in WANTED if name != "text"}
        if told["direction"].lower() not in INBOUND:
            return "" if told["direction"].lower() == "out" else "direction is neither in nor out"
        if not told["message_id"]:
            return "message_id is empty"
        try:
            if told["sent_at"] and self._instant(told["sent_at"]) < self.scan.since:
                return ""
        except ValueError:
            return "sent_at is no ISO 8601 time"
        message = Message(
            message_id=told["message_id"],
            sent_at=told["sent_at"] or None,
            texts=(row.get("text", ""),),
            case_id=told["case_id"] or None,
            account_id=told["account_id"] or None,
            direction="in",
        )
        hits = self.scan.found(message)
        if hits and (name := self._name(told["account_id"], accounts)):
            hits = self.scan.found(message, (name,))
        found.add(message.message_id, hits, takes_back=False)
        return ""

    def _instant(self, text: str) -> datetime:
        at = datetime.fromisoformat(text)
        return at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(self.zone))

    def _name(self, account: str, accounts: Sheet | None) -> str:
        """The name of an account, from accounts.csv, which is read when the first is needed."""
        if self._names is None:
            self._names = dict(_named(accounts)) if accounts is not None and _has(accounts, "account_id", "name") else {}
        return self._names.get(account, "")


def _named(accounts: Sheet) -> Iterator[tuple[str, str]]:
    with suppress(csv.Error), accounts.path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file)
        header = [name.strip() for name in next(reader, [])]
        identity, name = (header.index(accounts.columns[column]) for column in ("account_id", "name"))
        for row in reader:
            if len(row) > max(identity, name):
                yield row[identity].strip(), row[name].strip()


def _has(sheet: Sheet, *columns: str) -> bool:
    return not sheet.trouble and all(not sheet.columns.get(name, "=").startswith("=") for name in columns)


def _entered(table: Table) -> str:
    """What people entered; without ids its rows cannot be used, which is told row by row."""
    return table.query if "message_id" in table.columns else f"SELECT NULL AS message_id, * FROM (\n{table.query}\n)"


def _nowhere(cells: Sequence[Cell]) -> Sequence[str]:
    """Of an incident that a message became only the file is known: the line would lead to the text."""
    return [FILE] * len(cells)


def _query(cases: Sheet | None) -> str:
    """The incidents of the file; a message without an account belongs to the account of its case."""
    kept = ", ".join(f"m.{name}" for name in KEPT if name != "account_id")
    source = f'raw_{CRM}."{stream(NAME).name}"'
    listed = f"(SELECT {', '.join(COLUMNS)} FROM {source}) AS m"
    if cases is None:
        return f"SELECT {kept}, m.account_id FROM {listed} WHERE m.category IS NOT NULL"
    case, account = quoted(cases.columns["case_id"]), quoted(cases.columns["account_id"])
    known = f'SELECT {case} AS case_id, any_value({account}) AS account_id FROM raw_{CRM}."cases" GROUP BY 1'
    return f"""SELECT {kept}, coalesce(m.account_id, c.account_id) AS account_id
FROM {listed}
LEFT JOIN ({known}) AS c ON c.case_id = m.case_id
WHERE m.category IS NOT NULL"""

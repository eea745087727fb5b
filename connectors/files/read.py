"""Reads the directory: each file whole, and only when its content changed since it was last absorbed.

The watermark of a file is its fingerprint. A file with lines that cannot be read is loaded without them and read again in the next run,
so that the run stays incomplete until the file is mended.
"""

from __future__ import annotations

import os
from errno import EDQUOT, ENOSPC
from typing import TYPE_CHECKING

from connectors.contract import Check, Forecast, Landed, Org, Problem
from connectors.failures import Denied, Unprepared
from connectors.files import CATALOGUE, CRM
from connectors.files import tables as catalogue
from connectors.files.messages import FILE, Messages
from connectors.files.sheet import Uneven

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from connectors.contract import Landing, Runtime, Stream, Table
    from connectors.files.sheet import Sheet, Survey
    from connectors.quota import Calls
    from connectors.settings import FilesSettings


class FilesReader:
    """The Reader of connectors/contract.py over <directory>/<table>.csv and what we wrote ourselves."""

    crm = CRM

    def __init__(self, settings: FilesSettings, runtime: Runtime, calls: Calls) -> None:
        self._settings, self._runtime, self._calls = settings, runtime, calls
        self._found: dict[str, Sheet] | None = None
        self._messages = Messages(settings.directory, runtime.zone, runtime.scan) if runtime.scan is not None else None

    @property
    def calls(self) -> Calls:
        return self._calls

    def sign_in(self) -> Org:
        """Look at the directory anew. Raises Unprepared when it is not there or holds no table: an unmounted share must not empty the facts."""
        directory = self._settings.directory
        if not directory.is_dir():
            raise Unprepared(CRM, "open", f"{directory} is no directory: make it, or set files.directory", missing=str(directory))
        if not os.access(directory, os.R_OK | os.X_OK):
            raise Denied(CRM, "open", f"{directory} cannot be read", missing=str(directory), mend="give this user the right to read it")
        self._found = catalogue.sheets(self._settings)
        if not any(name in CATALOGUE for name in self._found):
            raise Unprepared(CRM, "open", f"{directory} holds no table such as accounts.csv or revenue.csv", missing="accounts.csv")
        return Org(crm=CRM, id=CRM, link=f"{directory.resolve().as_uri()}/{{object}}.csv#{{id}}")

    @property
    def sheets(self) -> Mapping[str, Sheet]:
        """The files as they were at sign-in."""
        if self._found is None:
            self.sign_in()
        return self._found or {}

    def streams(self) -> Sequence[Stream]:
        messages = self._messages.streams() if self._messages is not None else ()
        return [*(catalogue.stream(sheet) for sheet in self.sheets.values()), *messages]

    def tables(self) -> Sequence[Table]:
        found = [catalogue.table(sheet, self._settings) for sheet in self.sheets.values()]
        return self._messages.tables(found, self.sheets) if self._messages is not None else found

    def missing(self) -> Sequence[Problem]:
        unread = catalogue.missing(self._settings, self.sheets)
        return [problem for problem in unread if self._messages is None or problem.where != FILE]

    def forecast(self, since: Mapping[str, str], held: Mapping[str, int]) -> Forecast:  # noqa: ARG002 - files make no calls
        return Forecast()

    def pull(self, since: Mapping[str, str], landing: Landing) -> Iterator[Landed]:
        """Yield each file that changed. A file that is being written meanwhile is told and read again in the next run."""
        for name, sheet in self.sheets.items():
            self._runtime.progress(f"{CRM} {name}", 0, None)
            landed = self._landed(sheet, since.get(name), landing)
            if landed is not None:
                yield landed
        if self._messages is not None:
            yield from self._messages.pull(since, landing, self.sheets.get("accounts"))

    def _landed(self, sheet: Sheet, mark: str | None, landing: Landing) -> Landed | None:
        if sheet.trouble:
            return self._unreadable(sheet, sheet.trouble)
        try:
            before = sheet.path.stat()
            fingerprint = sheet.fingerprint()
            self._calls.reads += 1
            if fingerprint == mark:
                return None
            file, survey = self._surveyed(sheet, landing)
            after = sheet.path.stat()
        except Uneven:
            return self._unreadable(sheet, "cannot be read as CSV")
        except OSError as error:
            if error.errno in {ENOSPC, EDQUOT}:
                raise  # our own disk, not the person's file
            return self._unreadable(sheet, f"cannot be read: {error.strerror or type(error).__name__}")
        problems = survey.problems
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            problems += (Problem(where=sheet.path.name, what="changed while it was read; it is read again in the next run"),)
        return Landed(
            stream=catalogue.stream(sheet),
            files=(file,),
            relation=survey.relation,
            rows=survey.rows,
            full=True,
            watermark=fingerprint,
            complete=not problems,
            problems=problems,
            kept=file == sheet.path,
        )

    def _surveyed(self, sheet: Sheet, landing: Landing) -> tuple[Path, Survey]:
        """The file itself, which is read in place; a levelled copy of it, which is landed, where line ends are mixed."""
        try:
            return sheet.path, sheet.survey()
        except Uneven:
            copy = landing.file(sheet.table, ".csv")
            sheet.level(copy)
            return copy, sheet.survey(copy)

    def _unreadable(self, sheet: Sheet, why: str) -> Landed:
        """Nothing of this file: what was known from it before stays."""
        problem = Problem(where=sheet.path.name, what=f"{why}; what it held before stays")
        empty: tuple[()] = ()
        return Landed(
            stream=catalogue.stream(sheet),
            files=empty,
            relation="",
            rows=0,
            full=True,
            watermark=None,
            complete=False,
            problems=(problem,),
            kept=True,
        )

    def check(self) -> Iterator[Check]:
        """The directory, then each table: which of its columns are there, or that it is not."""
        try:
            self.sign_in()
        except (Unprepared, Denied) as error:
            yield Check(
                subject=f"{CRM} directory", state="error", detail=error.message, mend=getattr(error, "mend", "") or "see files.directory"
            )
            return
        yield Check(subject=f"{CRM} directory", state="ok", detail=str(self._settings.directory))
        for name, columns in CATALOGUE.items():
            yield self._checked(name, columns)
        for problem in self.missing():
            column = f" {problem.column}" if problem.column else ""
            yield Check(subject=f"{CRM} {problem.where}{column}", state="warning", detail=problem.what)

    def _checked(self, name: str, columns: Sequence[str]) -> Check:
        sheet = self.sheets.get(name)
        subject = f"{CRM} {name}"
        if sheet is None:
            return Check(subject=subject, state="ok", detail=f"no {name}.csv: the rules that need it will say so")
        if sheet.trouble:
            return Check(subject=f"{CRM} {sheet.path.name}", state="error", detail=sheet.trouble, mend="mend the file and check again")
        absent = [column for column in columns if column not in sheet.columns and column != "modified_at"]
        detail = f"{len(sheet.columns)} columns" + (f", without {', '.join(absent)}" if absent else "")
        return Check(subject=f"{CRM} {sheet.path.name}", state="ok", detail=detail)

"""A company in files: CSV in, one run, findings out, as a person with the files connector has it.

sync        a run of this company alone
sync_once   the run with which several tests begin: done once in a process, and its folder copied for whoever has lived the same so far
"""

from __future__ import annotations

import atexit
import csv
import pickle
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sync.config import Config
from sync.ledger import open_ledger
from sync.lookup import findings
from sync.run import Mode, Surroundings, run

if TYPE_CHECKING:
    from sync.run import Outcome

SOURCE = "files"


@cache
def _shelf() -> Path:
    """The folder of this process for what is made once; nothing in it is ever changed."""
    folder = Path(tempfile.mkdtemp(prefix="eq-companies-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _empty_ledger() -> Path:
    file = _shelf() / "ledger.sqlite3"
    open_ledger(f"sqlite:///{file}").engine.dispose()
    return file


def _copied(company: Path, into: Path) -> None:
    for name in ("data", "var", "out"):
        if (company / name).exists():
            shutil.rmtree(into / name, ignore_errors=True)
            shutil.copytree(company / name, into / name)


LIVED: dict[bytes, tuple[Path, Outcome]] = {}
"""What a company was and did -> its folder afterwards, and how the last run went."""


@dataclass
class Company:
    """One company's folder; `tables` are rows by table name, written as CSV before each run."""

    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    now: datetime = datetime(2026, 6, 30, 12, tzinfo=UTC)
    past: bytes | None = b""
    """What it has lived so far, None when that is its own alone."""

    def add(self, table: str, **row: Any) -> None:
        self.tables.setdefault(table, []).append(row)

    @property
    def config(self) -> Config:
        data = {
            "store": {"directory": self.folder / "var"},
            "files": {"enabled": True, "directory": self.folder / "data", "output": self.folder / "out"},
            **self.settings,
        }
        return Config.model_validate(data)

    def write(self) -> None:
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        for name, rows in self.tables.items():
            columns = list(dict.fromkeys(column for row in rows for column in row))
            with (self.folder / "data" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns)
                writer.writeheader()
                writer.writerows(rows)

    def sync(self, as_of: str | None = None, **mode: Any) -> Outcome:
        """One run on `as_of`, which is also the clock's day."""
        self._turn_to(as_of)
        self.past = None
        self.write()
        (self.folder / "var").mkdir(mode=0o700, exist_ok=True)
        if not any((self.folder / "var").iterdir()):
            shutil.copy(_empty_ledger(), self.folder / "var")
        return run(self.config, Mode(**mode), Surroundings(clock=lambda: self.now, sleep=lambda _: None))

    def sync_once(self, as_of: str | None = None, **mode: Any) -> Outcome:
        """The same on a company whose folder nobody has touched yet but `sync_once`; equal ones share the run, each has a folder of its own."""
        assert self.past is not None, "a test that went its own way goes on with sync()"
        self._turn_to(as_of)
        past = pickle.dumps((self.past, self.settings, self.tables, self.now, mode))
        if past not in LIVED:
            outcome = self.sync(**mode)
            kept = _shelf() / str(len(LIVED))
            _copied(self.folder, kept)
            LIVED[past] = kept, outcome
        else:
            kept, outcome = LIVED[past]
            _copied(kept, self.folder)
        self.past = past
        return outcome

    def _turn_to(self, as_of: str | None) -> None:
        if as_of is not None:
            self.now = datetime.combine(datetime.fromisoformat(as_of).date(), time(12), tzinfo=UTC)

    def findings(self, **options: Any) -> dict[str, Any]:
        return findings(self.config, **options)

    def levels(self, rule: str, **options: Any) -> dict[str | None, str]:
        """Group (its account id) -> severity, for one rule."""
        rows = self.findings(rule=rule, **options)["findings"]
        return {(row["group"] or ":").split(":")[1] or None: row["severity"] for row in rows}

    def flags(self) -> dict[str, dict[str, str]]:
        with (self.folder / "out" / "flags.csv").open(encoding="utf-8", newline="") as file:
            return {row["account_id"]: row for row in csv.DictReader(file)}

    def tasks(self) -> list[dict[str, str]]:
        file = self.folder / "out" / "tasks.csv"
        if not file.exists():
            return []
        with file.open(encoding="utf-8", newline="") as opened:
            return list(csv.DictReader(opened))

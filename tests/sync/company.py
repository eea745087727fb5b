"""A company in files: CSV in, one run, findings out, as a person with the files connector has it."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from sync.config import Config
from sync.lookup import findings
from sync.run import Mode, Outcome, Surroundings, run

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = "files"


@dataclass
class Company:
    """One company's folder; `tables` are rows by table name, written as CSV before each run."""

    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    now: datetime = datetime(2026, 6, 30, 12, tzinfo=UTC)

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
        if as_of is not None:
            self.now = datetime.combine(datetime.fromisoformat(as_of).date(), time(12), tzinfo=UTC)
        self.write()
        return run(self.config, Mode(**mode), Surroundings(clock=lambda: self.now, sleep=lambda _: None))

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

"""The portfolio as canonical CSV files, one per table of rules/facts.sql: what the `files` connector reads.

Every client appears once, whatever number of CRMs holds it, so the revenue of the files is the revenue that the product counts in the
two CRMs: a client in both is counted from Salesforce, where its documents are.
"""

from __future__ import annotations

import csv
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connectors.sandbox.portfolio.model import TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.sandbox.portfolio.model import Portfolio


def as_csv(portfolio: Portfolio, directory: Path) -> dict[str, Path]:
    """Write one file per table into `directory` (made when missing) and give their paths. UTF-8, comma, ISO dates, UTC times, empty is unknown."""
    directory.mkdir(parents=True, exist_ok=True)
    return {table: _write(portfolio, table, directory / f"{table}.csv") for table in TABLES}


def _write(portfolio: Portfolio, table: str, file: Path) -> Path:
    rows = list(portfolio.rows(table))
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_text(row.get(name)) for name in columns] for row in rows)
    return file


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)

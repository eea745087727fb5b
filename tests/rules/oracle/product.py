"""The same rows through the product: CSV files, the files connector, the loader, the derived tables, the metrics and the rules."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from connectors.catalog import connect
from connectors.contract import Runtime
from connectors.settings import FilesSettings
from rules import metrics
from rules.criteria import load
from rules.derive import derive
from rules.evaluate import evaluate, insufficient
from rules.model import Moment
from sync.facts import Facts
from sync.land import RunLanding
from sync.pull import pull

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from tests.rules.oracle.book import Tables

CATALOGUE = load()
UNKNOWN = "insufficient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the product says. Groups are account ids here: one source, one prefix."""

    verdicts: dict[tuple[str, str | None], str]
    metrics: dict[str, dict[str, Any]]
    portfolio: dict[str, Any]


def write(folder: Path, tables: Tables) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(column for row in rows for column in row)))
            writer.writeheader()
            writer.writerows(rows)


@contextmanager
def loaded(folder: Path, tables: Tables, as_of: date) -> Iterator[tuple[DuckDBPyConnection, Moment]]:
    """The rows in the facts with everything derived, ready to be measured as often as one likes."""
    write(folder / "data", tables)
    now = datetime.combine(as_of, time(12), UTC)
    runtime = Runtime(clock=lambda: now, sleep=lambda _: None)
    link = connect("files", FilesSettings(enabled=True, directory=folder / "data", output=folder / "out"), runtime)
    with (
        RunLanding(folder / "landing", "run") as landing,
        Facts.open(folder / "facts.duckdb", zone="Europe/Paris", memory_limit="300MB", threads=1) as facts,
    ):
        pull(facts, {"files": link.reader()}, landing)
        moment = Moment(as_of=as_of, now=now)
        derive(facts.connection, moment)
        yield facts.connection, moment


def answer(con: DuckDBPyConnection, moment: Moment) -> Answer:
    """Measure and judge what is derived on this connection."""
    metrics.compute(con)
    evaluation = evaluate(con, CATALOGUE, moment)
    verdicts: dict[tuple[str, str | None], str] = {(one.rule, _own(one.group)): UNKNOWN for one in insufficient(con)}
    for finding in evaluation.findings:
        key = finding.rule, _own(finding.group)
        assert key not in verdicts, f"{key} has a finding and is insufficient, or two findings"
        verdicts[key] = finding.severity
    (portfolio,) = _table(con, "portfolio_metrics")
    return Answer(
        verdicts=verdicts, metrics={_own(row["group_id"]) or "": row for row in _table(con, "group_metrics")}, portfolio=portfolio
    )


def ask(folder: Path, tables: Tables, as_of: date) -> Answer:
    with loaded(folder, tables, as_of) as (con, moment):
        return answer(con, moment)


def _table(con: Any, name: str) -> list[dict[str, Any]]:
    found = con.execute(f"SELECT * FROM {name}")
    columns = [column[0] for column in found.description]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _own(group: str | None) -> str | None:
    return None if group is None else group.partition(":")[2]

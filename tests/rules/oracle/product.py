"""The same rows through the product: CSV files, the files connector, the loader, the derived tables, the metrics and the rules."""

from __future__ import annotations

import csv
import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from connectors.catalog import connect
from connectors.contract import Runtime
from connectors.settings import FilesSettings
from rules import imbalance, metrics
from rules.criteria import load
from rules.derive import derive
from rules.evaluate import evaluate, insufficient
from rules.model import Moment
from sync import privileges
from sync.facts import Facts
from sync.land import RunLanding
from sync.pull import pull
from tests.rules.oracle.contacts import noted_on

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from tests.rules.oracle.book import Tables
    from tests.rules.oracle.portfolios import Company

CATALOGUE = load()
UNKNOWN = "insufficient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the product says."""

    verdicts: dict[tuple[str, str | None], str]
    diagnostics: set[tuple[str, str | None]]
    metrics: dict[str, dict[str, Any]]
    portfolio: dict[str, Any]


def write(folder: Path, tables: Tables) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(column for row in rows for column in row)))
            writer.writeheader()
            writer.writerows(rows)


class AsCrm:
    """The reader of files under the name of another CRM, whose mirror its queries then read."""

    def __init__(self, reader: Any, crm: str) -> None:
        self.reader, self.crm = reader, crm

    def __getattr__(self, name: str) -> Any:
        return getattr(self.reader, name)

    def tables(self) -> list[Any]:
        return [replace(table, query=table.query.replace('"raw_files".', f'"raw_{self.crm}".')) for table in self.reader.tables()]


@contextmanager
def loaded(folder: Path, company: Company) -> Iterator[tuple[DuckDBPyConnection, Moment]]:
    """The rows in the facts with everything derived, ready to be measured as often as one likes. Every CRM's rows come as files."""
    runtime = Runtime(clock=lambda: company.now, sleep=lambda _: None, zone=company.zone)
    links = {
        crm: connect("files", FilesSettings(enabled=True, directory=folder / crm, output=folder / "out" / crm), runtime)
        for crm in company.sources
    }
    with (
        RunLanding(folder / "landing", "run") as landing,
        Facts.open(folder / "facts.duckdb", zone=company.zone, memory_limit="300MB", threads=1) as facts,
    ):
        for sources in filter(None, (company.before, company.sources)):
            for crm, tables in sources.items():
                write(folder / crm, tables)
            pull(facts, {crm: AsCrm(link.reader(), crm) for crm, link in links.items()}, landing)
        moment = Moment(as_of=company.as_of, now=company.now, zone=company.zone)
        privileges.show(facts.connection, [_held(account, names) for account, names in company.held.items()])
        derive(facts.connection, moment)
        yield facts.connection, moment


def _held(account: str, names: set[str]) -> privileges.Held:
    crm, _, own = account.partition(":")
    codes = sorted(hashlib.sha256(name.encode()).hexdigest()[:16] for name in names)
    return privileges.Held(crm=crm, account=own, since=noted_on(account), codes=tuple(codes))


def answer(con: DuckDBPyConnection, moment: Moment) -> Answer:
    """Measure and judge what is derived on this connection."""
    metrics.compute(con)
    evaluation = evaluate(con, CATALOGUE, moment)
    imbalance.compute(con, CATALOGUE, evaluation.evaluated, evaluation.episodes)
    verdicts: dict[tuple[str, str | None], str] = {(one.rule, one.group): UNKNOWN for one in insufficient(con)}
    for finding in evaluation.findings:
        key = finding.rule, finding.group
        assert key not in verdicts, f"{key} has a finding and is insufficient, or two findings"
        verdicts[key] = finding.severity
    (portfolio,) = _table(con, "portfolio_metrics")
    figures = "(SELECT * FROM group_metrics LEFT JOIN imbalance USING (group_id))"
    notes = {(code, group) for code, group in con.execute("SELECT DISTINCT code, group_id FROM diagnostics").fetchall()}
    rows = {row["group_id"]: row for row in _table(con, figures)}
    return Answer(verdicts=verdicts, diagnostics=notes, metrics=rows, portfolio=portfolio)


def ask(folder: Path, company: Company) -> Answer:
    with loaded(folder, company) as (con, moment):
        return answer(con, moment)


def _table(con: Any, name: str) -> list[dict[str, Any]]:
    found = con.execute(f"SELECT * FROM {name}")
    columns = [column[0] for column in found.description]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]

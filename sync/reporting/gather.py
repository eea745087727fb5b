"""Everything a report tells, read once: findings of the last run and of the one last reported, metrics, names, links, months, impact."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rules.model import rank
from rules.windows import add_months
from sync import lookup, snapshot
from sync.files import write_atomically
from sync.ledger import open_ledger
from sync.reporting.records import CRMS, kinds_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Row

    from sync.config import Config
    from sync.ledger import Ledger

REPORTED = "reported.json"
"""Which run the last report was about, so that the next one can say what changed since."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """`levels`: group -> worst level now; `before`: the same in the report before, None when there was none. Metrics as the snapshot keeps them.

    `links`: CRM -> address of a record; `kinds`: CRM -> vendor's object -> our table; `counsel`: what stands on the record, by group.
    """

    run: str
    as_of: date
    complete: bool
    findings: Sequence[Mapping[str, Any]]
    insufficient: Sequence[Mapping[str, Any]]
    portfolio: Mapping[str, Any]
    metrics: Mapping[str, Mapping[str, Any]]
    names: Mapping[str, Sequence[Mapping[str, Any]]]
    links: Mapping[str, str]
    kinds: Mapping[str, Mapping[str, str]]
    counsel: Mapping[str, Mapping[str, Any]]
    months: Mapping[str, Mapping[date, float]]
    terms: Mapping[str, Mapping[str, Any]]
    firm: Mapping[str, Any]
    guards: Mapping[str, Sequence[Mapping[str, Any]]]
    tasks: Mapping[str, Sequence[Mapping[str, Any]]]
    history: Mapping[str, Mapping[date, str]]
    before: Mapping[str, str] | None
    before_as_of: date | None

    @cached_property
    def levels(self) -> dict[str, str]:
        return _worst((row["group"], row["severity"]) for row in self.findings)

    def of_group(self, group: str | None) -> list[Mapping[str, Any]]:
        """The findings of one group, the worst first; of the portfolio for None."""
        found = [row for row in self.findings if row["group"] == group]
        return sorted(found, key=lambda row: (-rank(row["severity"]), row["rule"]))

    def by_month(self, group: str) -> list[tuple[str, float]]:
        """Net revenue from the first month on record to this one; a month without a line is 0, or a client that stopped would not show it.

        The group "" is the portfolio. No line at all gives no month.
        """
        net = self.months.get(group, {})
        if not net:
            return []
        first, last = min(net), self.as_of.replace(day=1)
        count = (last.year - first.year) * 12 + last.month - first.month + 1
        months = [add_months(first, n) for n in range(max(count, 1))]
        return [(f"{month:%m/%y}", net.get(month, 0.0)) for month in months]

    def name(self, group: str) -> str:
        rows = self.names.get(group, [])
        own = next((row["name"] for row in rows if f"{row['source']}:{row['account_id']}" == group), None)
        return str(own or next((row["name"] for row in rows if row["name"]), group))


def gather(config: Config) -> Material | None:
    """The material of the last finished run; None when there is none yet."""
    document = lookup.findings(config)
    if document["as_of"] is None:
        return None
    folder = config.store.directory / "runs" / document["run"]
    ledger = open_ledger(config.ledger_url)
    row = ledger.run(document["run"])
    before = ledger.run(_reported(config.store.directory) or "")
    summary = (row.summary if row else None) or {}
    names = _grouped(snapshot.rows(folder, "group_accounts", "TRUE ORDER BY source, account_id"))
    material = Material(
        run=document["run"],
        as_of=date.fromisoformat(document["as_of"]),
        complete=bool(document["complete"]),
        findings=document["findings"],
        insufficient=document["insufficient"],
        portfolio=document["portfolio"],
        metrics={one.pop("group_id"): one for one in snapshot.rows(folder, "group_metrics")},
        names=names,
        links={crm: org["link"] for crm, org in summary.get("orgs", {}).items()},
        kinds=kinds_of(summary.get("objects", {})),
        counsel=_counsel(ledger, names),
        months=_months(snapshot.rows(folder, "revenue_by_month")),
        terms={one["group_id"]: one for one in snapshot.rows(folder, "impact_terms")},
        firm=next(snapshot.rows(folder, "firm_figures"), {}),
        guards=_grouped(snapshot.rows(folder, "guards", "TRUE ORDER BY code")),
        tasks=_tasks(ledger),
        history=_history(ledger, date.fromisoformat(document["as_of"])),
        before=None if before is None else _worst((one.group_id or None, one.severity) for one in ledger.findings(before.id)),
        before_as_of=None if before is None else before.as_of,
    )
    ledger.engine.dispose()
    return material


def remember(config: Config, run: str) -> None:
    """Note that a report about `run` was written."""
    write_atomically(config.store.directory / REPORTED, json.dumps({"run": run}))


def _reported(directory: Path) -> str | None:
    try:
        return str(json.loads((directory / REPORTED).read_text(encoding="utf-8"))["run"])
    except (OSError, ValueError, KeyError):
        return None


def _worst(levels: Iterator[tuple[str | None, str]]) -> dict[str, str]:
    worst: dict[str, str] = {}
    for group, level in levels:
        if group is not None and rank(level) > rank(worst.get(group)):
            worst[group] = level
    return worst


def _grouped(rows: Iterator[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["group_id"], []).append(row)
    return groups


def _months(rows: Iterator[dict[str, Any]]) -> dict[str, dict[date, float]]:
    months: dict[str, dict[date, float]] = {}
    for row in rows:
        months.setdefault(row["group_id"], {})[row["month"]] = float(row["net"])
    return months


def _tasks(ledger: Ledger) -> dict[str, list[dict[str, Any]]]:
    """What was asked of people, by group, the newest first."""
    tasks: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(ledger.tasks().values(), key=lambda row: (row.run, row.key), reverse=True):
        due = str(row.content.get("due_date") or "")
        tasks.setdefault(row.group_id, []).append(
            {"crm": CRMS.get(row.crm, row.crm), "code": row.code, "subject": row.content.get("subject", ""), "due": due, "level": row.level}
        )
    return tasks


def _counsel(ledger: Ledger, names: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, dict[str, Any]]:
    """What the last sync wrote about the stage and the next step; all accounts of a group bear the same."""
    written = ledger.written()
    found: dict[str, dict[str, Any]] = {}
    for group, rows in names.items():
        for row in rows:
            fields = written.get((row["source"], row["account_id"]))
            if fields is not None and group not in found:
                found[group] = {name: fields[name][1] for name in ("stage_proposed", "next_step") if name in fields}
    return found


def _history(ledger: Ledger, as_of: date) -> dict[str, dict[date, str]]:
    """The worst level of each group at the last real run of each of the last twelve months, by first day of the month."""
    lasting: dict[date, Row[Any]] = {}
    for run in reversed(ledger.runs(10_000, finished=True, real=True)):
        month = run.as_of.replace(day=1)
        if run.as_of <= as_of and (as_of.year - month.year) * 12 + as_of.month - month.month < 12:
            lasting[month] = run
    history: dict[str, dict[date, str]] = {}
    for month, run in lasting.items():
        for group, level in _worst((one.group_id or None, one.severity) for one in ledger.findings(run.id)).items():
            history.setdefault(group, {})[month] = level
    return history

"""What `status`, `findings`, `explain` and the report show, as documents in the shapes of contract.md. Reads ledger and snapshots only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.scan import is_hash
from rules.monitors import read_book, split
from sync import snapshot
from sync.config import ConfigError
from sync.figures import UNITS, metric_value, text_of
from sync.ledger import open_ledger
from sync.schedule import JOBS, missed, next_times, trigger

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from sqlalchemy import Row

    from sync.config import Config
    from sync.ledger import Ledger


def status(config: Config, now: datetime) -> dict[str, Any]:
    """Last runs, next runs, watermarks, quota, open episodes, and what is incomplete and why."""
    ledger = open_ledger(config.ledger_url)
    rows = ledger.runs(10)
    last = next((row for row in rows if row.summary), None)
    episodes, _ = split(ledger.episodes(only_open=True), read_book())
    refused = [row for run in rows[:1] for row in ledger.receipts(run.id) if row.outcome in {"refused", "failed", "drifted"}]
    document = {
        "runs": [_run(row) for row in rows],
        "next": {job: at.isoformat() for job, at in next_times(config, now).items()},
        "missed": {job: len(missed(trigger(getattr(config.schedule, job), config.zone, job), ledger.last_slot(job), now)) for job in JOBS},
        "watermarks": last.summary.get("watermarks", {}) if last else {},
        "quota": last.summary.get("quota", {}) if last else {},
        "complete": bool(last.complete) if last else None,
        "problems": last.summary.get("problems", []) if last else [],
        "errors": last.summary.get("errors", {}) if last else {},
        "episodes": [
            {
                "rule": e.rule,
                "group": e.group or None,
                "level": e.level,
                "opened": e.opened.isoformat(),
                "last_seen": e.last_seen.isoformat(),
            }
            for e in episodes
        ],
        "monitors": monitors(config.store.directory / "runs" / last.id) if last else [],
        "refused": [{"crm": row.crm, "account": row.account, "kind": row.kind, "outcome": row.outcome, "why": row.why} for row in refused],
    }
    ledger.engine.dispose()
    return document


def _run(row: Row[Any]) -> dict[str, Any]:
    summary = row.summary or {}
    return {
        "run": row.id,
        "kind": row.kind,
        "trigger": row.trigger,
        "slot": row.slot.isoformat() if row.slot else None,
        "started_at": row.started_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "as_of": row.as_of.isoformat(),
        "dry_run": row.dry_run,
        "outcome": row.outcome or "running",
        "complete": row.complete,
        "error": row.error,
        "calls": summary.get("calls", {}),
        "receipts": summary.get("receipts", {}),
    }


def chosen_run(ledger: Ledger, run: str) -> Row[Any] | None:
    """The run a person means: '' the last real one (else the last of any kind), 'last' the last of any kind, or its id."""
    if run not in {"", "last"}:
        row = ledger.run(run)
        if row is None:
            raise ConfigError(f"--run {run}: no such run; `equilibre status` lists the last ones")
        return row
    real = ledger.runs(1, finished=True, real=True) if run == "" else []
    return next(iter(real or ledger.runs(1, finished=True)), None)


def findings(
    config: Config, *, account: str | None = None, rule: str | None = None, run: str = "", metrics: bool = False
) -> dict[str, Any]:
    """The document of `findings --json`. Raises ConfigError when there is no such run or account."""
    ledger = open_ledger(config.ledger_url)
    row = chosen_run(ledger, run)
    if row is None:
        return {"as_of": None, "findings": [], "insufficient": [], "diagnostics": [], "monitors": [], "portfolio": {}} | (
            {"metrics": {}} if metrics else {}
        )
    folder = config.store.directory / "runs" / row.id
    group = group_of(folder, account) if account is not None else None
    document = {
        "as_of": row.as_of.isoformat(),
        "run": row.id,
        "complete": row.complete,
        "findings": [finding(item) for item in ledger.findings(row.id) if _wanted(item, rule, account, group)],
        "insufficient": _insufficient(folder, rule, account, group),
        "diagnostics": _diagnostics(folder, account, group),
        "monitors": monitors(folder, rule, group),
        "portfolio": row.portfolio or {},
    }
    if metrics:
        document["metrics"] = _metrics(folder, account, group)
    ledger.engine.dispose()
    return document


def finding(row: Row[Any]) -> dict[str, Any]:
    """One finding of the ledger in the shape of contract.md."""
    detail = row.detail
    return {
        "rule": row.rule,
        "group": row.group_id or None,
        "accounts": detail["accounts"],
        "severity": row.severity,
        "value": text_of(row.value, row.unit),
        "threshold": text_of(row.threshold, row.unit),
        "unit": UNITS.get(row.unit, row.unit),
        "window": [row.window_start.isoformat(), row.window_end.isoformat()] if row.window_start else None,
        "since": row.since.isoformat(),
        "evidence": detail["evidence"],
        "assumptions": detail["assumptions"],
        "explanation": detail["explanation"],
    }


def _wanted(item: Row[Any], rule: str | None, account: str | None, group: str | None) -> bool:
    return (rule is None or item.rule == rule) and (account is None or item.group_id == group)


def group_of(folder: Path, account: str) -> str:
    """The group of an account given as `crm:id`, id alone or name. Raises ConfigError when it is unknown or means several groups."""
    crm, _, number = account.rpartition(":")
    values = (number, crm) if crm else (account,)
    rows = list(snapshot.rows(folder, "group_accounts", "account_id = ?" + (" AND source = ?" if crm else ""), values))
    rows = rows or list(snapshot.rows(folder, "group_accounts", "group_id = ?", (account,)))
    rows = rows or _named(folder, account)
    groups = sorted({row["group_id"] for row in rows})
    if not groups:
        raise ConfigError(f"account {account} is not among the accounts of this run")
    if len(groups) > 1:
        ids = sorted(row["source"] + ":" + row["account_id"] + (f" ({row['name']})" if row["name"] else "") for row in rows)
        raise ConfigError(f"account {account} means several clients: write {' or '.join(ids[:5])}{' or another' if len(ids) > 5 else ''}")
    return str(groups[0])


def names(folder: Path) -> dict[tuple[str, str], str]:
    """(crm, account) -> the account's name, of the run in `folder`."""
    return {(row["source"], row["account_id"]): row["name"] or "" for row in snapshot.rows(folder, "group_accounts")}


def _named(folder: Path, name: str) -> list[dict[str, Any]]:
    """The accounts of that name, upper and lower case alike; without any, those that have it as a part."""
    whole = list(snapshot.rows(folder, "group_accounts", "lower(trim(name)) = lower(trim(?))", (name,)))
    return whole or list(
        snapshot.rows(folder, "group_accounts", "length(trim(?)) >= 3 AND contains(lower(name), lower(trim(?)))", (name, name))
    )


def _insufficient(folder: Path, rule: str | None, account: str | None, group: str | None) -> list[dict[str, Any]]:
    conditions: list[str] = ["TRUE"]
    values: list[str | None] = []
    if rule is not None:
        conditions.append("rule = ?")
        values.append(rule)
    if account is not None:
        conditions.append("(group_id = ? OR group_id IS NULL)")
        values.append(group)
    rows = snapshot.rows(folder, "insufficient", " AND ".join(conditions) + " ORDER BY rule, group_id", tuple(values))
    return [{"rule": row["rule"], "group": row["group_id"], "needs": row["needs"]} for row in rows]


def _diagnostics(folder: Path, account: str | None, group: str | None) -> list[dict[str, Any]]:
    merged: dict[tuple[str, str | None], list[str]] = {}
    for row in snapshot.rows(folder, "diagnostics", "TRUE ORDER BY code, group_id, source, record_id"):
        if account is None or row["group_id"] in {group, None}:
            records = merged.setdefault((row["code"], row["group_id"]), [])
            if row["record_id"] is not None:
                records.append(f"{row['source']}:{row['record_id']}" if row.get("source") else str(row["record_id"]))
    return [{"code": code, "group": where, "records": records} for (code, where), records in merged.items()]


def monitors(folder: Path, only: str | None = None, group: str | None = None) -> list[dict[str, Any]]:
    """What the monitors of a run say (rules/monitors.py): about our own next steps, never a finding about a client."""
    rows = snapshot.rows(folder, "notices", "TRUE ORDER BY monitor, group_id")
    return [
        {
            "monitor": row["monitor"],
            "group": row["group_id"],
            "level": row["level"],
            "value": text_of(row["value"], row["unit"]),
            "unit": UNITS.get(row["unit"], row["unit"]),
            "since": row["since"].isoformat(),
            "text": {"en": row["en"], "fr": row["fr"]},
        }
        for row in rows
        if only in {None, row["monitor"]} and group in {None, row["group_id"]}
    ]


def _metrics(folder: Path, account: str | None, group: str | None) -> dict[str, dict[str, Any]]:
    rows = snapshot.rows(
        folder, "group_metrics", "group_id = ?" if account is not None else "TRUE", (group,) if account is not None else ()
    )
    return {row.pop("group_id"): {name: metric_value(name, value) for name, value in row.items()} for row in rows}


def explain(config: Config, account: str, *, rule: str | None, at: date | None) -> dict[str, Any]:
    """Why an account is flagged, from the stored evidence of the last run on or before `at`."""
    ledger = open_ledger(config.ledger_url)
    rows = [row for row in ledger.runs(10_000, finished=True) if at is None or row.as_of <= at]
    run = next((row for row in rows if not row.dry_run), next(iter(rows), None))
    if run is None:
        raise ConfigError("there is no finished run" + (f" on or before {at}" if at else "; run `equilibre sync` first"))
    document = findings(config, account=account, rule=rule, run=run.id, metrics=True)
    folder = config.store.directory / "runs" / run.id
    group = group_of(folder, account)
    members = [
        {"crm": row["source"], "id": row["account_id"], "name": row["name"]}
        for row in snapshot.rows(folder, "group_accounts", "group_id = ?", (group,))
    ]
    links = {crm: org["link"] for crm, org in (run.summary or {}).get("orgs", {}).items()}
    for item in document["findings"]:
        item["evidence"] = [
            dict(record, url=links[record["crm"]].format(**record) if links.get(record["crm"]) and _opens(record["id"]) else None)
            for record in item["evidence"]
        ]
    open_levels = {row.rule: row.severity for row in ledger.findings(run.id) if row.group_id == group}
    ledger.engine.dispose()
    return {
        "run": run.id,
        "as_of": document["as_of"],
        "group": group,
        "accounts": members,
        "checklist": [
            {name: row[name] for name in ("code", "state", "reason")}
            for row in snapshot.rows(folder, "guards", "group_id = ? ORDER BY code", (group,))
        ],
        **{name: document[name] for name in ("findings", "insufficient", "diagnostics", "monitors", "metrics")},
        **_prospects(config, folder, group, document, open_levels, rule),
    }


def _opens(record: str) -> bool:
    """Say whether an id is a record's own: not a hash of ours, and not a key of several parts."""
    return " " not in record and not is_hash(record)


def _prospects(
    config: Config, folder: Path, group: str, document: dict[str, Any], open_levels: dict[str, str], only: str | None
) -> dict[str, Any]:
    """What would clear each finding, put beside it, and how near the other limits are, under the rules in force now."""
    from sync.clearing import Outlook  # noqa: PLC0415 - only this command needs the rules
    from sync.judge import catalogue  # noqa: PLC0415

    if not document["metrics"]:
        return {"near": [], "flips": []}
    blocked = [row["rule"] for row in document["insufficient"] if row["group"] is None]
    ahead = Outlook(folder, group, catalogue(config), open_levels=open_levels, blocked=blocked, currency=config.company.home_currency)
    for item in document["findings"]:
        item["clearing"] = ahead.of_finding(item["rule"])
    found = {
        "near": [row for row in ahead.near() if only in (None, row["rule"])],
        "flips": [row for row in ahead.flips() if only in (None, row["rule"])],
    }
    ahead.close()
    return found


def history(config: Config, account: str) -> list[dict[str, Any]]:
    """Every change that was sent for an account, oldest first, with what became of it."""
    crm, _, number = account.rpartition(":")
    ledger = open_ledger(config.ledger_url)
    rows = ledger.changes(number or account, crm or None)
    ledger.engine.dispose()
    return [
        {
            "at": row.at.isoformat() if row.at else None,
            "run": row.run,
            "crm": row.crm,
            "account": row.account,
            "kind": row.kind,
            "key": row.key,
            "before": row.change.get("before"),
            "after": row.change.get("after") or row.change.get("task"),
            "reason": row.change.get("reason"),
            "outcome": row.outcome or row.state,
            "why": row.why or "",
        }
        for row in rows
    ]

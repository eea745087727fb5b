"""What is older than the configured periods goes: findings, runs, plans, receipts, and the figures kept beside the ledger."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from sync import tables
from sync.ledger import open_ledger

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sync.config import Config

FROM_MESSAGES = ("BEH-01", "BEH-02", "BEH-03")
"""Rules that speak of incidents, which may come from messages: their findings go with the incidents (domain.md E-12)."""
ASIDE_DAYS = 7


def purge(config: Config, now: datetime) -> dict[str, int]:
    """Delete what is out of its retention; returns how many of each. Open episodes and what was last written stay."""
    ledger = open_ledger(config.ledger_url)
    old_runs = now - timedelta(days=config.privacy.retention_runs_days)
    old_findings = now - timedelta(days=round(config.privacy.retention_findings_months * 30.44))
    counts: dict[str, int] = {}
    with ledger.transaction() as connection:
        stale = select(tables.runs.c.id).where(tables.runs.c.started_at < old_findings)
        counts["findings"] = connection.execute(delete(tables.findings).where(tables.findings.c.run.in_(stale))).rowcount
        of_messages = now - timedelta(days=round(config.privacy.retention_incidents_months * 30.44))
        stale = select(tables.runs.c.id).where(tables.runs.c.started_at < of_messages)
        said = tables.findings.c.rule.in_(FROM_MESSAGES)
        counts["findings"] += connection.execute(delete(tables.findings).where(tables.findings.c.run.in_(stale), said)).rowcount
        gone = list(connection.execute(select(tables.runs.c.id).where(tables.runs.c.started_at < old_runs)).scalars())
        for name, table in (("receipts", tables.receipts), ("outbox", tables.outbox), ("plans", tables.plans)):
            counts[name] = connection.execute(delete(table).where(table.c.run.in_(gone))).rowcount
        cleared = tables.episodes.c.cleared < old_findings.date()
        counts["episodes"] = connection.execute(delete(tables.episodes).where(cleared)).rowcount
        counts["slots"] = connection.execute(delete(tables.slots).where(tables.slots.c.slot < old_runs)).rowcount
        kept = select(tables.findings.c.run)
        counts["runs"] = connection.execute(
            delete(tables.runs).where(tables.runs.c.started_at < old_runs, tables.runs.c.id.not_in(kept))
        ).rowcount
    ledger.engine.dispose()
    for run in gone:
        shutil.rmtree(config.store.directory / "runs" / run, ignore_errors=True)
    counts["snapshots"] = len(gone)
    counts["aside"] = _old_mirrors(config.store.directory, now)
    return counts


def _old_mirrors(folder: Path, now: datetime) -> int:
    """Remove mirrors that were set aside a week ago: they hold the clients' data and are rebuilt from the CRMs."""
    old = [file for file in folder.glob("facts.duckdb*.aside*") if now.timestamp() - file.stat().st_mtime >= ASIDE_DAYS * 86_400]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)

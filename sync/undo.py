"""`equilibre undo RUN`: puts back what a run wrote, wherever it still stands as that run left it.

    outbox of the run, newest first -> what the CRM shows now -> plan (put back) + what stays and why -> outbox -> apply -> receipts

A field that a person, or a later run, changed since stays as it is; a task that a person touched stays open. It is a run of its own
with a plan, an outbox and receipts like any other, so it can be undone in its turn. A task cannot be unmade: it is closed, and its key
stays taken, so that no later run makes it again.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from connectors.contract import CloseTask, OpenTask, SetFlags, UpdateTask
from sync import plan as planning
from sync import tables
from sync.apply import Applied, Applier
from sync.config import ConfigError
from sync.lease import acquire
from sync.ledger import open_ledger
from sync.plan import SENTENCES, Plan, Withheld, document, from_document, same
from sync.run import connect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from connectors.contract import Change, Link, SeenTask, TaskChange, Value, Writer
    from sync.config import Config
    from sync.ledger import Ledger
    from sync.run import Surroundings

CHUNK = 100
"""Records read at once; every writer takes as many."""


@dataclass(slots=True, kw_only=True)
class Undone:
    """What was put back (or would be), and what stays."""

    run: str
    of: str
    plan: Plan
    applied: Applied | None = None
    calls: dict[str, int] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        if self.applied is None or self.applied.clean:
            return 0
        return 4 if self.applied.stopped else 3

    def document(self) -> dict[str, Any]:
        return {
            "run": self.run,
            "undoes": self.of,
            "plan": self.plan.id,
            "as_of": self.plan.as_of.isoformat(),
            "changes": [document(change, self.plan.groups) for change in self.plan.changes],
            "withheld": [{"change": dict(item.change), "why": item.why} for item in self.plan.withheld],
            "receipts": dict(self.applied.receipts) if self.applied is not None else {},
            "made_calls": self.calls,
            "complete": self.exit_code == 0,
        }


def undo(config: Config, of: str, around: Surroundings, *, dry_run: bool) -> Undone:
    """Put back what the run `of` wrote. Raises ConfigError for a run that wrote nothing or is out of retention, LeaseHeld."""
    with _opened(config, of, around, dry_run=dry_run) as (ledger, lease, run):
        sent = _sent(ledger, of)
        wanted = {change_row["crm"] for change_row, _ in sent}
        links = connect(config, around)
        try:
            writers = _writers(links, wanted)
            made = _plan(ledger, of, sent, writers, as_of=around.clock().astimezone(config.zone).date())
            rows = [document(change, made.groups) for change in made.changes]
            kept = [{"change": dict(item.change), "why": item.why} for item in made.withheld]
            posted = ledger.record(
                run,
                findings=(),
                plan={"id": f"{made.id}-{run}", "as_of": made.as_of, "document": {"undoes": of, "changes": rows, "withheld": kept}},
                outgoing=[] if dry_run else rows,
                now=around.clock(),
            )
            result = Undone(run=run, of=of, plan=made)
            if not dry_run:
                applier = Applier(run=run, ledger=ledger, lease=lease, clock=around.clock, stop=around.stop, progress=around.progress)
                result.applied = applier.apply(made, posted, writers)
            result.calls = {name: writer.calls.made for name, writer in writers.items()}
        finally:
            for link in links.values():
                link.close()
        receipts = result.document()["receipts"]
        label = {0: "done", 3: "incomplete", 4: "stopped"}[result.exit_code]
        ledger.end(
            run, ended_at=around.clock(), outcome=label, complete=result.exit_code == 0, summary={"receipts": receipts, "undoes": of}
        )
    return result


@contextmanager
def _opened(config: Config, of: str, around: Surroundings, *, dry_run: bool) -> Iterator[tuple[Ledger, Any, str]]:
    """The ledger and the lease for the time of the undo; a failure ends the run in the ledger as failed."""
    ledger = open_ledger(config.ledger_url)
    row = ledger.run(of)
    if row is None:
        ledger.engine.dispose()
        raise ConfigError(f"undo {of}: no such run; `equilibre status` lists the last ones")
    lease = acquire(ledger.engine, "sync", length=timedelta(minutes=config.schedule.lease_minutes), clock=around.clock)
    now = around.clock()
    run = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    try:
        today = now.astimezone(config.zone).date()
        ledger.begin({"id": run, "kind": "undo", "trigger": "manual", "started_at": now, "as_of": today, "dry_run": dry_run})
        yield ledger, lease, run
    except BaseException as error:
        ledger.end(run, ended_at=around.clock(), outcome="failed", complete=False, error=f"{type(error).__name__}: {error}"[:500])
        raise
    finally:
        lease.release()
        ledger.engine.dispose()


Sent = list[tuple["Mapping[str, Any]", str | None]]
"""(change as sent, id of the record in the CRM), newest first."""


def _sent(ledger: Ledger, of: str) -> Sent:
    """What the run really wrote. Raises ConfigError when that is nothing, or no longer known."""
    box, answer = tables.outbox, tables.receipts
    query = (
        select(box.c.change, answer.c.remote_id)
        .select_from(box.join(answer, answer.c.outbox == box.c.id))
        .where(box.c.run == of, answer.c.outcome == "applied")
        .order_by(box.c.id.desc())
    )
    with ledger.transaction() as connection:
        rows: Sent = [(dict(row.change), row.remote_id) for row in connection.execute(query)]
    if not rows:
        raise ConfigError(f"undo {of}: this run wrote nothing that is still on record (dry run, nothing to change, or out of retention)")
    return rows


def _writers(links: Mapping[str, Link], wanted: set[str]) -> dict[str, Writer]:
    if missing := sorted(wanted - set(links)):
        raise ConfigError(f"the run wrote to {', '.join(missing)}, which is not enabled in the configuration")
    for name in sorted(wanted):
        links[name].reader().sign_in()
    return {name: links[name].writer() for name in sorted(wanted)}


def _plan(ledger: Ledger, of: str, sent: Sent, writers: Mapping[str, Writer], *, as_of: Any) -> Plan:
    changes: list[Change] = []
    kept: list[Withheld] = []
    groups = {row["key"]: row.get("group") or "" for row, _ in sent if row.get("key")}
    for crm, writer in writers.items():
        mine = [(from_document(row), row, remote) for row, remote in sent if row["crm"] == crm]
        flags = [(change, row) for change, row, _ in mine if isinstance(change, SetFlags)]
        _flags(writer, of, flags, changes, kept)
        tasks = [(change, row, remote) for change, row, remote in mine if not isinstance(change, SetFlags)]
        _tasks(ledger, writer, of, tasks, changes, kept)
    part = Plan(id="", as_of=as_of, changes=tuple(changes), withheld=tuple(kept), unchanged=0, groups=groups)
    return planning.build(as_of=as_of, parts=[part])


# ---------------------------------------------------------------- flags


def _flags(
    writer: Writer, of: str, sent: Sequence[tuple[SetFlags, Mapping[str, Any]]], changes: list[Change], kept: list[Withheld]
) -> None:
    """Put back each field that still shows what the run wrote."""
    now: dict[str, Mapping[str, Value]] = {}
    ids = [change.account.id for change, _ in sent]
    for chunk in _chunks(ids):
        now |= writer.read_flags(chunk)
    for change, row in sent:
        seen = now.get(change.account.id)
        if seen is None:
            kept.append(Withheld(change=row, why="the account is no longer there"))
            continue
        ours = {name for name, value in change.after.items() if _still(name, seen.get(name), value)}
        moved = sorted(name for name in change.after if name not in ours and not _still(name, seen.get(name), change.before.get(name)))
        if moved:
            kept.append(Withheld(change=_only(row, moved), why=f"changed since: {', '.join(moved)}"))
        back = {name: change.before.get(name) for name in change.after if name in ours}
        back = {name: value for name, value in back.items() if not _still(name, seen.get(name), value)}
        if back:
            before = {name: seen.get(name) for name in back}
            changes.append(SetFlags(account=change.account, before=before, after=back, reason=f"undo of {of}"))


def _still(name: str, seen: Value, value: Value) -> bool:
    """Say whether a field shows this value; of a sentence every word and figure counts, as a person may have changed a figure."""
    if name in SENTENCES:
        return str(seen or "").strip() == str(value or "").strip()
    return same(name, seen, value)


def _only(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {**row, "before": {name: row["before"].get(name) for name in names}, "after": {name: row["after"][name] for name in names}}


# ---------------------------------------------------------------- tasks


def _tasks(
    ledger: Ledger,
    writer: Writer,
    of: str,
    sent: Sequence[tuple[TaskChange, Mapping[str, Any], str | None]],
    changes: list[Change],
    kept: list[Withheld],
) -> None:
    made = ledger.tasks()
    found: dict[str, SeenTask] = {}
    for chunk in _chunks([change for change, _, _ in sent]):
        found |= writer.find_tasks(chunk)
    for change, row, remote in sent:
        key = row["key"]
        seen = found.get(key)
        content = made[key].content if key in made else {}
        if isinstance(change, CloseTask):
            kept.append(Withheld(change=row, why="a closed task is opened again by a person, not by software"))
        elif seen is None or seen.is_deleted:
            kept.append(Withheld(change=row, why="the task is no longer there"))
        elif seen.is_closed:
            kept.append(Withheld(change=row, why="the task is closed already"))
        elif touched := _touched(seen, content):
            kept.append(Withheld(change=row, why=f"a person works on the task ({', '.join(touched)} changed), it stays"))
        elif isinstance(change, OpenTask):
            changes.append(CloseTask(crm=change.crm, account=change.account, id=seen.id or remote or "", key=key, reason=f"undo of {of}"))
        else:
            changes.append(_back(ledger, change, seen, of))


def _touched(seen: SeenTask, content: Mapping[str, Any]) -> list[str]:
    now = {
        "subject": seen.subject,
        "due_date": seen.due_date.isoformat() if seen.due_date else None,
        "priority": seen.priority,
        "owner_id": seen.owner_id,
    }
    return [name for name, value in now.items() if content.get(name) is not None and value is not None and value != content[name]]


def _back(ledger: Ledger, change: UpdateTask, seen: SeenTask, of: str) -> UpdateTask:
    """Give the update that restores a task as it was before the run; its text comes from the change that wrote it last."""
    before: dict[str, Value] = {name: change.after[name] for name in ("subject", "due_date", "priority") if name in change.after}
    before["owner_id"] = seen.owner_id
    after = {name: value for name, value in change.before.items() if name in change.after and value is not None}
    earlier = _earlier(ledger, change.key, of)
    after |= {name: earlier[name] for name in ("body", "mark") if earlier.get(name)}
    return UpdateTask(
        crm=change.crm, account=change.account, id=seen.id, key=change.key, before=before, after=after, reason=f"undo of {of}"
    )


def _earlier(ledger: Ledger, key: str, of: str) -> dict[str, Any]:
    box = tables.outbox
    with ledger.transaction() as connection:
        rows = connection.execute(select(box.c.run, box.c.change).where(box.c.key == key).order_by(box.c.id)).all()
    found: dict[str, Any] = {}
    for row in rows:
        if row.run == of:
            break
        found |= row.change.get("task") or row.change.get("after") or {}
    return found


def _chunks(items: Sequence[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(items), CHUNK):
        yield list(items[start : start + CHUNK])

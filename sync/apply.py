"""The plan reaches the CRMs, batch by batch, each batch bracketed in the ledger.

    outbox row pending -> lease renewed -> sent -> precondition read -> written -> receipt

A record that moved since the plan is not touched (`drifted`). A kill between `sent` and the receipt is healed by the next run:
it plans from what the CRM shows, flags are set only where they differ and tasks are found by their key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

import structlog

from connectors.contract import OpenTask, Receipt, SetFlags
from connectors.failures import CrmError, QuotaExhausted
from sync.plan import STAMPS, document, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from connectors.contract import Change, TaskChange, Writer
    from sync.lease import Lease
    from sync.ledger import Ledger
    from sync.plan import Plan, Served

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Applied:
    """What became of a plan. `stopped` names why the rest was left for the next run, `failed` the CRMs that gave errors."""

    receipts: dict[str, int] = field(default_factory=dict)
    stopped: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        return not self.errors and not self.stopped and not any(self.receipts.get(name) for name in ("refused", "failed", "drifted"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Applier:
    """Everything an apply needs; `stop` is asked between batches, so SIGTERM ends after the batch in hand."""

    run: str
    ledger: Ledger
    lease: Lease
    clock: Callable[[], datetime]
    stop: Callable[[], bool] = lambda: False
    progress: Callable[[str, int, int | None], None] = lambda _what, _done, _total: None

    def apply(self, plan: Plan, posted: Sequence[int], writers: Mapping[str, Writer]) -> Applied:
        """Carry out the plan's changes; `posted` are their outbox ids in the same order."""
        result = Applied()
        done = 0
        pairs = list(zip(posted, plan.changes, strict=True))
        for crm, writer in writers.items():
            mine = [(row, change) for row, change in pairs if _crm(change) == crm]
            flags = [(row, change) for row, change in mine if isinstance(change, SetFlags)]
            tasks = [(row, change) for row, change in mine if not isinstance(change, SetFlags)]
            batches = [*_chunks(flags, writer.flags_per_call), *_chunks(tasks, writer.tasks_per_call)]
            for batch in batches:
                if self.stop():
                    result.stopped = "stopped by a signal; the next run goes on"
                    return result
                if not self._batch(writer, batch, plan, result):
                    break
                done += len(batch)
                self.progress("apply", done, len(pairs))
            if result.stopped:
                break
        return result

    def _batch(self, writer: Writer, batch: list[tuple[int, Any]], plan: Plan, result: Applied) -> bool:
        """One batch; False when this CRM cannot go on."""
        self.lease.renew()
        self.ledger.sent([row for row, _ in batch], self.clock())
        changes = [change for _, change in batch]
        try:
            receipts = list(_flag_receipts(writer, changes) if isinstance(changes[0], SetFlags) else _task_receipts(writer, changes))
        except QuotaExhausted as error:
            result.stopped = str(error)
            return False
        except CrmError as error:
            log.warning("apply failed", crm=writer.crm, error=str(error))
            result.errors[writer.crm] = str(error)
            self._answer(
                [Receipt(change=change, outcome="failed", request_id=error.request_id, why=error.message) for change in changes],
                batch,
                plan,
                result,
            )
            return False
        self._answer(receipts, batch, plan, result)
        return True

    def _answer(self, receipts: list[Receipt], batch: list[tuple[int, Any]], plan: Plan, result: Applied) -> None:
        rows = {id(change): row for row, change in batch}
        answered = {id(receipt.change) for receipt in receipts}
        silent = [
            Receipt(change=change, outcome="failed", why="the CRM gave no answer for this record")
            for _, change in batch
            if id(change) not in answered
        ]
        records = [
            {
                "outbox": rows[id(receipt.change)],
                "run": self.run,
                "outcome": receipt.outcome,
                "remote_id": receipt.remote_id,
                "request_id": receipt.request_id,
                "why": receipt.why,
                "change": document(receipt.change, plan.groups),
                "serves": _served(receipt.change, plan),
                "as_of": plan.as_of,
            }
            for receipt in (*receipts, *silent)
        ]
        self.ledger.answered(records, self.clock())
        for receipt in (*receipts, *silent):
            result.receipts[receipt.outcome] = result.receipts.get(receipt.outcome, 0) + 1


def _flag_receipts(writer: Writer, changes: Sequence[SetFlags]) -> Iterator[Receipt]:
    """Compare each record with the plan's precondition, then write those that still stand as the plan saw them."""
    now = writer.read_flags([change.account.id for change in changes])
    ready = []
    for change in changes:
        seen = now.get(change.account.id)
        if seen is None:
            yield Receipt(change=change, outcome="drifted", why="the account is no longer there")
        elif all(same(name, seen.get(name), value) for name, value in change.after.items() if name not in STAMPS):
            yield Receipt(change=change, outcome="unchanged", remote_id=change.account.id)
        elif moved := [
            name
            for name, value in change.before.items()
            if name not in STAMPS and not _stands(name, seen.get(name), value, change.after[name])
        ]:
            yield Receipt(change=change, outcome="drifted", why=f"changed since the plan: {', '.join(sorted(moved))}")
        else:
            ready.append(change)
    if ready:
        yield from writer.write_flags(ready)


def _stands(name: str, seen: Any, before: Any, after: Any) -> bool:
    return same(name, seen, before) or same(name, seen, after)


def _task_receipts(writer: Writer, changes: Sequence[TaskChange]) -> Iterator[Receipt]:
    """Open only what carries no such key yet, whatever its state: a task that a person closed or deleted is not made again."""
    found = writer.find_tasks(changes)
    ready: list[TaskChange] = []
    for change in changes:
        seen = found.get(change.task.key if isinstance(change, OpenTask) else change.key)
        if isinstance(change, OpenTask):
            if seen is not None:
                yield Receipt(change=change, outcome="unchanged", remote_id=seen.id)
            else:
                ready.append(change)
        elif seen is None or seen.is_closed or seen.is_deleted:
            yield Receipt(change=change, outcome="drifted", why="the task was closed or deleted since the plan")
        else:
            ready.append(change)
    if ready:
        yield from writer.write_tasks(ready)


def _served(change: Change, plan: Plan) -> tuple[Served, ...]:
    """The episodes whose task this change makes or brings up to date."""
    if isinstance(change, SetFlags):
        return ()
    return plan.serves.get(change.task.key if isinstance(change, OpenTask) else change.key, ())


def _crm(change: Change) -> str:
    return change.account.crm if isinstance(change, SetFlags) else change.crm


def _chunks(pairs: Iterable[tuple[int, Any]], size: int) -> Iterator[list[tuple[int, Any]]]:
    iterator = iter(pairs)
    while chunk := list(islice(iterator, size)):
        yield chunk

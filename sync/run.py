"""One run, read like the line of docs/design.md: pull, facts, findings, counsel, plan, outbox, apply, receipts.

The scheduler, `sync`, `plan`, `apply` and the demo all come through here.
"""

from __future__ import annotations

import secrets
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from connectors.contract import Runtime
from connectors.failures import CrmError, QuotaExhausted
from rules.model import Moment
from sync import judge, snapshot
from sync.apply import Applied, Applier
from sync.facts import Facts
from sync.land import RunLanding
from sync.lease import LeaseLost, acquire
from sync.ledger import Ledger, open_ledger
from sync.plan import document
from sync.pull import PullReport, pull

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from connectors.contract import Link
    from sync.config import Config
    from sync.lease import Lease
    from sync.plan import Plan

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """What kind of run: the options of `equilibre sync`, and who asked for it."""

    full: bool = False
    dry_run: bool = False
    only: str | None = None
    account: str | None = None
    as_of: date | None = None
    backlog: bool = False
    kind: str = "sync"
    trigger: str = "manual"
    slot: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The outside of a run: the clock, the pause, progress, and the question whether to stop after the batch in hand."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] | None = None
    progress: Callable[[str, int, int | None], None] = lambda _what, _done, _total: None
    stop: Callable[[], bool] = lambda: False


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a run did, for the caller to print; `exit_code` follows contract.md."""

    run: str
    as_of: date
    plan: Plan
    pulled: PullReport
    applied: Applied | None = None
    calls: dict[str, int] = field(default_factory=dict)
    write_calls: dict[str, int] = field(default_factory=dict)
    predicted: dict[str, int] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        if self.pulled.stopped or (self.applied is not None and self.applied.stopped):
            return 4
        if not self.pulled.complete or (self.applied is not None and not self.applied.clean):
            return 3
        return 0

    def document(self) -> dict[str, Any]:
        """The JSON of `sync --json` and `plan --json`."""
        return {
            "run": self.run,
            "plan": self.plan.id,
            "as_of": self.as_of.isoformat(),
            "changes": [document(change, self.plan.groups) for change in self.plan.changes],
            "withheld": [{"change": dict(item.change), "why": item.why} for item in self.plan.withheld],
            "unchanged": self.plan.unchanged,
            "forecast_reads": self.pulled.forecasts,
            "predicted_calls": self.predicted,
            "made_calls": self.calls,
            "write_calls": self.write_calls,
            "receipts": dict(self.applied.receipts) if self.applied is not None else {},
            "complete": self.pulled.complete,
            "stopped": self.pulled.stopped or (self.applied.stopped if self.applied is not None else ""),
            "problems": [{"where": p.where, "column": p.column, "what": p.what, "rows": p.rows} for p in self.pulled.problems],
        }


def run(config: Config, mode: Mode, around: Surroundings = Surroundings()) -> Outcome:
    """Do one run. Raises LeaseHeld, ConfigError, LedgerError, FactsError or CrmError when it cannot be done at all."""
    with _opened(config, mode, around) as (ledger, lease, started):
        links = connect(config, around, mode.only)
        try:
            outcome = _work(config, mode, around, ledger, lease, links, started)
        except BaseException as error:
            ledger.end(
                started,
                ended_at=around.clock(),
                outcome="stopped" if isinstance(error, QuotaExhausted | LeaseLost) else "failed",
                complete=False,
                error=_one_line(error),
            )
            raise
        finally:
            for link in links.values():
                link.close()
        return outcome


@contextmanager
def _opened(config: Config, mode: Mode, around: Surroundings) -> Iterator[tuple[Ledger, Lease, str]]:
    ledger = open_ledger(config.ledger_url)
    lease = acquire(ledger.engine, "sync", length=timedelta(minutes=config.schedule.lease_minutes), clock=around.clock)
    try:
        now = around.clock()
        ledger.close_unfinished(now)
        started = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        as_of = mode.as_of or now.astimezone(config.zone).date()
        ledger.begin(
            {
                "id": started,
                "kind": mode.kind,
                "trigger": mode.trigger,
                "slot": mode.slot,
                "started_at": now,
                "as_of": as_of,
                "dry_run": mode.dry_run,
            }
        )
        structlog.contextvars.bind_contextvars(run=started)
        yield ledger, lease, started
    finally:
        structlog.contextvars.unbind_contextvars("run")
        lease.release()
        ledger.engine.dispose()


def connect(config: Config, around: Surroundings, only: str | None = None) -> dict[str, Link]:
    """The configured CRMs, not yet signed in."""
    from time import sleep  # noqa: PLC0415 - the default pause only

    from connectors import catalog  # noqa: PLC0415 - vendor libraries are heavy
    from sync.config import ConfigError  # noqa: PLC0415
    from sync.scanning import scanning  # noqa: PLC0415 - the lexicons

    if not config.enabled:
        raise ConfigError("no CRM is enabled: set enabled = true under [salesforce], [hubspot] or [files]")
    if only is not None and only not in config.enabled:
        raise ConfigError(f"--only {only}: not enabled in the configuration (enabled: {', '.join(config.enabled)})")
    runtime = Runtime(
        clock=around.clock,
        sleep=around.sleep or sleep,
        zone=config.company.timezone,
        home_currency=config.company.home_currency,
        calls_per_run=config.limits.calls_per_run,
        day_share=config.limits.calls_per_day_share,
        progress=around.progress,
        memory=config.store.directory / "unfinished",
        scan=scanning(config, around.clock()),
    )
    return {name: catalog.connect(name, config.section(name), runtime) for name in config.enabled if only in (None, name)}


def _work(config: Config, mode: Mode, around: Surroundings, ledger: Ledger, lease: Lease, links: Mapping[str, Link], run: str) -> Outcome:
    from sync.scanning import forget_unscanned  # noqa: PLC0415 - the lexicons

    moment = _moment(config, mode, around.clock())
    with ExitStack() as stack:
        landing = stack.enter_context(RunLanding(config.store.directory / "landing", run))
        facts = stack.enter_context(
            Facts.open(
                config.store.directory / "facts.duckdb",
                zone=config.company.timezone,
                business_hours=config.company.business_hours,
                holidays=config.company.holidays,
                memory_limit=config.store.memory_limit,
            )
        )
        for crm in set(facts.sources()) - set(config.enabled):
            log.info("no longer enabled, so its clients are judged no more", crm=crm)
            facts.forget(crm)
        forget_unscanned(config, facts)
        readers = {name: link.reader() for name, link in links.items()}
        pulled = pull(facts, readers, landing, full=mode.full, progress=around.progress, heartbeat=lease.beat)
        judged = judge.judge(config, facts, moment, ledger, pulled, backlog=mode.backlog)
        writers = {name: link.writer() for name, link in links.items() if name in pulled.orgs and not pulled.crms[name].stopped}
        writable = _writable(writers, pulled)
        planned = judge.plan(
            config,
            facts,
            judged,
            ledger,
            pulled,
            writable=writable,
            run=run,
            stamp=f"{around.clock():%Y-%m-%dT%H:%M:%SZ}",
            account=mode.account,
        )
        snapshot.save(config.store.directory / "runs" / run, facts.connection)
    rows = [document(change, planned.groups) for change in planned.changes]
    posted = ledger.record(
        run,
        findings=judged.rows,
        plan={
            "id": f"{planned.id}-{run}",
            "as_of": moment.as_of,
            "document": {"changes": rows, "withheld": [{"change": dict(item.change), "why": item.why} for item in planned.withheld]},
        },
        episodes=() if mode.dry_run else judge.episodes_after(judged, planned),
        rules=() if mode.dry_run else judged.evaluation.evaluated,
        held=None if mode.dry_run else judged.held,
        outgoing=[] if mode.dry_run else [row | {"serves": planned.serves.get(row["key"], ())} for row in rows],
        now=around.clock(),
    )
    outcome = Outcome(run=run, as_of=moment.as_of, plan=planned, pulled=pulled)
    outcome.predicted = _predicted(planned, writers)
    if not mode.dry_run:
        applier = Applier(run=run, ledger=ledger, lease=lease, clock=around.clock, stop=around.stop, progress=around.progress)
        outcome.applied = applier.apply(planned, posted, writers)
    outcome.calls = {name: reader.calls.made for name, reader in readers.items()}
    outcome.write_calls = {name: reader.calls.writes for name, reader in readers.items()}
    _finish(ledger, outcome, judged, around.clock())
    return outcome


def _moment(config: Config, mode: Mode, now: datetime) -> Moment:
    """The instant of judging: the clock for today, the end of the day for another day, so that replayed days are a day apart."""
    today = now.astimezone(config.zone).date()
    as_of = mode.as_of or today
    instant = now if as_of == today else datetime.combine(as_of, time(23, 59, 59), tzinfo=config.zone).astimezone(UTC)
    return Moment(as_of=as_of, now=instant, zone=config.company.timezone)


def _writable(writers: dict[str, Any], pulled: PullReport) -> dict[str, frozenset[str]]:
    """The flag fields of each CRM that answers; one that does not is left alone in this run, and its error is told."""
    fields = {}
    for name in list(writers):
        try:
            fields[name] = writers[name].writable()
        except CrmError as error:
            pulled.crms[name].error = pulled.crms[name].error or str(error)
            del writers[name]
    return fields


def _predicted(plan: Plan, writers: Mapping[str, Any]) -> dict[str, int]:
    """Calls of this run: those already made to read, and those that writing the plan will take."""
    from connectors.contract import SetFlags  # noqa: PLC0415

    predicted = {}
    for name, writer in writers.items():
        mine = [change for change in plan.changes if (change.account.crm if isinstance(change, SetFlags) else change.crm) == name]
        flags = sum(isinstance(change, SetFlags) for change in mine)
        predicted[name] = writer.calls.made + writer.forecast(flags, len(mine) - flags)
    return predicted


def _finish(ledger: Ledger, outcome: Outcome, judged: judge.Judged, now: datetime) -> None:
    label = {0: "done", 3: "incomplete", 4: "stopped"}[outcome.exit_code]
    summary = {
        "rows": outcome.pulled.rows,
        "watermarks": outcome.pulled.watermarks,
        "problems": outcome.document()["problems"],
        "errors": {**outcome.pulled.errors, **(outcome.applied.errors if outcome.applied else {})},
        "stopped": outcome.pulled.stopped or (outcome.applied.stopped if outcome.applied else ""),
        "calls": outcome.calls,
        "forecast": outcome.pulled.forecasts,
        "quota": outcome.pulled.quota,
        "receipts": outcome.document()["receipts"],
        "withheld": len(outcome.plan.withheld),
        "orgs": {name: {"id": org.id, "link": org.link} for name, org in outcome.pulled.orgs.items()},
        "objects": _objects(outcome.pulled.objects),
    }
    ledger.end(outcome.run, ended_at=now, outcome=label, complete=outcome.pulled.complete, portfolio=judged.portfolio, summary=summary)


def _objects(objects: Mapping[tuple[str, str], str]) -> dict[str, dict[str, str]]:
    """CRM -> canonical table -> the vendor's object, so that pages can say `invoice` where the vendor says 0-53."""
    found: dict[str, dict[str, str]] = {}
    for (crm, table), name in sorted(objects.items()):
        found.setdefault(crm, {})[table] = name
    return found


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:500] if not isinstance(error, CrmError) else str(error)[:500]

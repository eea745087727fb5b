"""`equilibre run`: cron times from the config, one run at a time, every slot recorded, a failing run never ends the loop.

APScheduler keeps the time (memory store: the config is the truth, nothing is pickled); the ledger keeps the slots, so two
processes never run one slot and missed slots are coalesced into one run and shown by `status`.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor  # noqa: TID251 - the one place
from apscheduler.schedulers.background import BackgroundScheduler  # noqa: TID251 - the one place
from apscheduler.triggers.cron import CronTrigger  # noqa: TID251 - the one place

from sync.config import Config, ConfigError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from sync.ledger import Ledger

log = structlog.get_logger()

JOBS = ("sync", "full_sync", "purge")
MISSED_LIMIT = 1000


def trigger(expression: str, zone: ZoneInfo, key: str) -> CronTrigger:
    """The cron trigger of a config key. Raises ConfigError naming the key."""
    try:
        return CronTrigger.from_crontab(expression, timezone=zone)
    except ValueError as error:
        raise ConfigError(f"schedule.{key}: {expression!r} is no cron expression of five fields: {error}") from error


def next_times(config: Config, now: datetime) -> dict[str, datetime]:
    """When each job fires next."""
    times = {}
    for job in JOBS:
        fire = trigger(getattr(config.schedule, job), config.zone, job).get_next_fire_time(None, now)
        if fire is not None:
            times[job] = fire.astimezone(UTC)
    return times


def missed(cron: CronTrigger, last: datetime | None, now: datetime) -> list[datetime]:
    """The slots after `last`, up to and with `now`, oldest first; none when the job never ran."""
    if last is None:
        return []
    slots: list[datetime] = []
    fire = _after(cron, last)
    while fire is not None and fire <= now and len(slots) < MISSED_LIMIT:
        slots.append(fire)
        fire = _after(cron, fire)
    return slots


def _after(cron: CronTrigger, instant: datetime) -> datetime | None:
    """The first slot later than `instant`, in UTC. In the hour that the clock repeats in autumn the trigger may answer with
    a slot that has passed (it forgets which of the two hours it is in): then it is asked again a little later.
    """
    for minutes in (0, 15, 30, 60, 90, 120):
        fire = cron.get_next_fire_time(None, instant + timedelta(minutes=minutes, microseconds=1))
        if fire is None or fire > instant:
            return None if fire is None else fire.astimezone(UTC)
    return None


@dataclass(slots=True, kw_only=True)
class Scheduler:
    """Runs `work(job, slot)` at every slot. `stopping` is set by SIGTERM and SIGINT; the work asks it between batches."""

    config: Config
    ledger: Ledger
    work: Callable[[str, datetime], None]
    clock: Callable[[], datetime]
    stopping: threading.Event

    def serve(self) -> None:
        """Until a signal comes. The batch in hand is finished first."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        scheduler = BackgroundScheduler(
            timezone=self.config.zone,
            executors={"default": ThreadPoolExecutor(1)},  # one at a time: a full sync and a sync never overlap
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        )
        for job in JOBS:
            cron = trigger(getattr(self.config.schedule, job), self.config.zone, job)
            if self.ledger.last_slot(job) is not None:
                self._fire(job, cron)
            scheduler.add_job(self._fire, cron, args=[job, cron], id=job)
        scheduler.start()
        log.info("scheduler started", **{job: str(at) for job, at in next_times(self.config, self.clock()).items()})
        self.stopping.wait()
        log.info("stopping after the batch in hand")
        scheduler.shutdown(wait=True)

    def _fire(self, job: str, cron: CronTrigger) -> None:
        """Run the slot that is due. Slots passed while nothing ran are coalesced into it, and `status` shows them as missed."""
        now = self.clock()
        since = self.ledger.last_slot(job) or now - timedelta(minutes=1)
        slots = missed(cron, since, now)
        for slot in slots[:-1]:
            self.ledger.take_slot(job, slot, "missed")
        if len(slots) > 1:
            log.warning("missed slots", job=job, count=len(slots) - 1, first=str(slots[0]))
        if slots:
            self._run(job, slots[-1])

    def _run(self, job: str, slot: datetime) -> None:
        if self.stopping.is_set() or not self.ledger.take_slot(job, slot):
            return
        try:
            self.work(job, slot)
        except Exception as error:
            log.exception("run failed", job=job, error=type(error).__name__)


def health(ledger: Ledger, config: Config, now: datetime) -> dict[str, Any]:
    """What /healthz says: ok while the last run ended well and no two slots in a row were missed."""
    rows = ledger.runs(1, real=True)
    last = rows[0] if rows else None
    slots = missed(trigger(config.schedule.sync, config.zone, "sync"), ledger.last_slot("sync"), now)
    fine = len(slots) < 2 and (last is None or last.outcome in {None, "done", "incomplete", "stopped"})
    return {"ok": fine, "last_run": last.id if last else None, "outcome": last.outcome if last else None, "missed_slots": len(slots)}

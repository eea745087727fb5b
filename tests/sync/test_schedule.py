"""Cron times without a running scheduler: the clock is an argument."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sync.config import Config, ConfigError
from sync.ledger import open_ledger
from sync.schedule import Scheduler, health, missed, next_times, trigger

PARIS = ZoneInfo("Europe/Paris")


def at(hour, minute=0, day=24):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_a_slot_is_kept_in_the_companys_zone():
    config = Config.model_validate({"schedule": {"sync": "0 8 * * *"}})
    assert next_times(config, at(5))["sync"] == at(7)


def test_the_hour_that_the_clock_repeats_in_october_is_run_once_a_slot():
    slots = missed(
        trigger("30 * * * *", PARIS, "sync"), datetime(2026, 10, 24, 23, 31, tzinfo=UTC), datetime(2026, 10, 25, 3, 0, tzinfo=UTC)
    )
    assert slots == [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1, 2)]


def test_a_bad_cron_expression_names_its_key():
    with pytest.raises(ConfigError, match=r"schedule\.sync: '7 \*' is no cron expression"):
        trigger("7 *", PARIS, "sync")


def test_slots_that_nobody_ran_are_counted_once_a_job_has_run():
    cron = trigger("7 * * * *", PARIS, "sync")
    assert missed(cron, None, at(12)) == []
    assert missed(cron, at(8, 7), at(11, 30)) == [at(9, 7), at(10, 7), at(11, 7)]
    assert missed(cron, at(11, 7), at(11, 30)) == []


@pytest.fixture
def opened(tmp_path):
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    yield ledger
    ledger.engine.dispose()


def scheduler(ledger, work, clock):
    config = Config.model_validate({"schedule": {"sync": "* * * * *"}})
    return Scheduler(config=config, ledger=ledger, work=work, clock=clock, stopping=threading.Event())


def test_missed_slots_are_one_late_run_and_stay_visible(opened):
    opened.take_slot("sync", at(8, 0))
    done = []
    late = scheduler(opened, lambda job, slot: done.append((job, slot)), lambda: at(8, 3))
    late._fire("sync", trigger("* * * * *", PARIS, "sync"))
    assert done == [("sync", at(8, 3))]
    with opened.transaction() as connection:
        states = connection.exec_driver_sql("SELECT state FROM slots ORDER BY slot").scalars().all()
    assert states == ["taken", "missed", "missed", "taken"]


def test_two_processes_never_run_one_slot(opened):
    done = []
    for _ in range(2):
        scheduler(opened, lambda job, slot: done.append(slot), lambda: at(8, 3))._run("sync", at(8, 3))
    assert done == [at(8, 3)]


def test_a_failing_run_does_not_end_the_loop(opened):
    def fails(_job, _slot):
        raise OSError("disk")

    scheduler(opened, fails, lambda: at(8, 3))._run("sync", at(8, 3))


def test_sigterm_ends_the_scheduler_after_the_work_in_hand(opened):
    ended = []

    def work(_job, _slot):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.2)
        ended.append(True)

    opened.take_slot("sync", datetime.now(UTC) - timedelta(minutes=2))
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    try:
        scheduler(opened, work, lambda: datetime.now(UTC)).serve()
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
    assert ended == [True]


def test_two_missed_slots_in_a_row_are_unhealthy(opened):
    config = Config.model_validate({"schedule": {"sync": "7 * * * *"}})
    assert health(opened, config, at(12))["ok"]
    opened.take_slot("sync", at(8, 7))
    assert health(opened, config, at(9, 30))["ok"]
    assert not health(opened, config, at(10, 30))["ok"]

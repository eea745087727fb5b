"""One run at a time, and no run locked out by a dead one."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, update

from sync.lease import LeaseHeld, LeaseLost, acquire
from sync.ledger import open_ledger
from sync.tables import leases

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def ledger(tmp_path):
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    yield opened
    opened.engine.dispose()


def test_a_second_run_is_told_who_holds_the_lease(ledger):
    clock = Clock()
    acquire(ledger.engine, "sync", length=HALF_AN_HOUR, clock=clock)
    with pytest.raises(LeaseHeld, match="process .* is running and holds the lease 'sync' until 2026-11-24 12:30 UTC"):
        acquire(ledger.engine, "sync", length=HALF_AN_HOUR, clock=clock)


def test_a_lease_given_back_is_free(ledger):
    clock = Clock()
    acquire(ledger.engine, "sync", length=HALF_AN_HOUR, clock=clock).release()
    assert acquire(ledger.engine, "sync", length=HALF_AN_HOUR, clock=clock).token == 2


def test_an_expired_lease_is_free_and_its_holder_is_fenced_off(ledger):
    clock = Clock()
    slow = acquire(ledger.engine, "sync", length=HALF_AN_HOUR, clock=clock)
    clock.now += HALF_AN_HOUR + timedelta(seconds=1)
    fresh = acquire(ledger.engine, "sync", length=HALF_AN_HOUR, clock=clock)
    with pytest.raises(LeaseLost):
        slow.renew()
    slow.release()
    fresh.renew()


def test_reading_writes_the_lease_once_in_a_tenth_of_its_length_and_finds_out_when_it_is_lost(ledger):
    clock = Clock()
    lease = acquire(ledger.engine, "sync", length=HALF_AN_HOUR, clock=clock)
    written = []
    event.listen(ledger.engine, "after_cursor_execute", lambda *told: written.append(told[2]))
    for _ in range(30):
        clock.now += timedelta(seconds=30)
        lease.beat()
    assert len([one for one in written if one.startswith("UPDATE")]) == 5
    clock.now += HALF_AN_HOUR + timedelta(seconds=1)
    acquire(ledger.engine, "sync", length=HALF_AN_HOUR, clock=clock)
    with pytest.raises(LeaseLost):
        lease.beat()


def test_the_lease_of_a_dead_process_of_this_host_is_free_at_once(ledger):
    script = (
        "import sys; from datetime import *; from sync.ledger import open_ledger; from sync.lease import acquire\n"
        "acquire(open_ledger(sys.argv[1]).engine, 'sync', length=timedelta(hours=1), clock=lambda: datetime(2026, 11, 24, 12, tzinfo=UTC))\n"
        "import os; os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(ledger.engine.url)], check=False)
    assert ended.returncode == -9
    assert acquire(ledger.engine, "sync", length=HALF_AN_HOUR, clock=Clock()).token == 2


def test_a_reused_process_id_does_not_keep_a_lease(ledger):
    clock = Clock()
    lease = acquire(ledger.engine, "sync", length=HALF_AN_HOUR, clock=clock)
    host_and_pid = lease.holder.rpartition(" started ")[0]
    with ledger.transaction() as connection:
        connection.execute(update(leases).values(holder=f"{host_and_pid} started 1"))
    assert acquire(ledger.engine, "sync", length=HALF_AN_HOUR, clock=clock).token == 2


def test_the_lease_of_another_host_is_held_until_it_expires(ledger):
    clock = Clock()
    acquire(ledger.engine, "sync", length=HALF_AN_HOUR, clock=clock)
    with ledger.transaction() as connection:
        connection.execute(update(leases).values(holder="elsewhere process 1 started 1"))
    with pytest.raises(LeaseHeld):
        acquire(ledger.engine, "sync", length=HALF_AN_HOUR, clock=clock)

"""One run at a time: a lease in the ledger with an expiry and a fencing token.

A holder that died on this host is recognised by its process, so a killed run never blocks the next one until the expiry.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from sync.tables import leases

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from sqlalchemy import Engine


class LeaseHeld(Exception):
    """Another run works now; the text says who and until when."""


class LeaseLost(Exception):
    """Somebody else took the lease while we worked: nothing more may be written."""


@dataclass(slots=True, kw_only=True)
class Lease:
    """A held lease. `token` grows with every holder; work carries it, so a holder that slept too long is found out."""

    engine: Engine
    name: str
    holder: str
    token: int
    length: timedelta
    clock: Callable[[], datetime]
    renewed: datetime

    def beat(self) -> None:
        """Renew when a tenth of the length has passed: for work that only reads, which would write the ledger eighty times a run."""
        if self.clock() - self.renewed >= self.length / 10:
            self.renew()

    def renew(self) -> None:
        """Move the expiry ahead. Raises LeaseLost when the lease is no longer ours."""
        ours = (leases.c.name == self.name) & (leases.c.token == self.token)
        now = self.clock()
        with self.engine.begin() as connection:
            done = connection.execute(update(leases).where(ours).values(expires_at=now + self.length))
        if done.rowcount != 1:
            raise LeaseLost(f"the lease {self.name!r} was taken by another process; this run stops before it writes more")
        self.renewed = now

    def release(self) -> None:
        """Give the lease back; harmless when it is already somebody else's."""
        ours = (leases.c.name == self.name) & (leases.c.token == self.token)
        with self.engine.begin() as connection:
            connection.execute(update(leases).where(ours).values(holder="", expires_at=self.clock()))


def acquire(engine: Engine, name: str, *, length: timedelta, clock: Callable[[], datetime]) -> Lease:
    """Take the lease, or raise LeaseHeld. Free are: never taken, given back, expired, or held by a dead process of this host."""
    holder = _this_process()
    with engine.connect() as connection:
        row = connection.execute(select(leases).where(leases.c.name == name)).one_or_none()
    now = clock()
    if row is None:
        try:
            with engine.begin() as connection:
                connection.execute(insert(leases).values(name=name, holder=holder, token=1, expires_at=now + length))
        except IntegrityError:
            raise LeaseHeld(f"another run has just started and holds the lease {name!r}") from None
        return Lease(engine=engine, name=name, holder=holder, token=1, length=length, clock=clock, renewed=now)
    if row.holder and row.expires_at > now and not _is_dead(row.holder):
        raise LeaseHeld(f"{row.holder} is running and holds the lease {name!r} until {row.expires_at:%Y-%m-%d %H:%M} UTC; try again later")
    with engine.begin() as connection:  # the token in the WHERE lets only one of several takers through
        same = (leases.c.name == name) & (leases.c.token == row.token)
        done = connection.execute(update(leases).where(same).values(holder=holder, token=row.token + 1, expires_at=now + length))
    if done.rowcount != 1:
        raise LeaseHeld(f"another run has just taken the lease {name!r}")
    return Lease(engine=engine, name=name, holder=holder, token=row.token + 1, length=length, clock=clock, renewed=now)


def _this_process() -> str:
    return f"{socket.gethostname()} process {os.getpid()} started {_started(os.getpid())}"


def _started(pid: int) -> str:
    """The kernel's start time of a process ('' where /proc is not there): tells a reused process id from the old one."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _is_dead(holder: str) -> bool:
    host, _, rest = holder.partition(" process ")
    pid, _, started = rest.partition(" started ")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return bool(started) and _started(int(pid)) != started

"""Things an org keeps besides records, each under an id of its own: cursors, jobs, deployments, and the count of today's calls."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce import ids

if TYPE_CHECKING:
    from datetime import datetime


class Shelf:
    """Numbered things of one kind."""

    def __init__(self, prefix: str) -> None:
        self.prefix, self.number = prefix, 0
        self.things: dict[str, Any] = {}

    def add(self, thing: Any) -> str:
        self.number += 1
        name = ids.make(self.prefix, self.number)
        self.things[name] = thing
        return name

    def get(self, name: str) -> Any | None:
        return self.things.get(ids.canonical(name) or name)


class Deployments(Shelf):
    """Deployments, and the names of the components other than fields and permission sets that they left in the org."""

    def __init__(self, prefix: str) -> None:
        super().__init__(prefix)
        self.components: set[tuple[str, str]] = set()


@dataclass(slots=True)
class Usage:
    """API requests of the last 24 hours, rolling, and query jobs of the same time."""

    requests: deque[datetime] = field(default_factory=deque)
    jobs: deque[datetime] = field(default_factory=deque)
    others: int = 0
    """Requests that other integrations of the same org have used up."""

    def count(self, now: datetime) -> int:
        return self.others + _recent(self.requests, now)

    def count_jobs(self, now: datetime) -> int:
        return _recent(self.jobs, now)


def _recent(times: deque[datetime], now: datetime) -> int:
    while times and times[0] <= now - timedelta(hours=24):
        times.popleft()
    return len(times)

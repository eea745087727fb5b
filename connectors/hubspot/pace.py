"""How fast HubSpot may be asked: one bucket per policy, filled in from what the answers say.

    ten seconds   100 calls until the first answer tells (190 or 250 on larger plans), per private app
    search        5 calls a second, per account, never told by a header; one less each time that is too many
    associations  in batches: outside the buckets, until an answer says otherwise
    day           told by headers; used up means until midnight where the portal is, so no call is wasted on asking again

Time is the caller's clock; pauses that a clock does not show (it stands still in tests) are added to it.
"""

from __future__ import annotations

import threading
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo

from connectors.failures import QuotaExhausted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.contract import Runtime
    from connectors.quota import Calls

Policy = Literal["general", "search", "exempt"]
FIRST_CAPACITY: Final = 100
"""Calls per ten seconds of the smallest plan, assumed until an answer tells."""
SEARCH_SPAN: Final = 1.1
"""Seconds for five searches: a second, and what the network may shift them by."""
SHARED: Final = 8
"""A remainder this small, while we count more for ourselves, means that somebody else uses the same token."""


class Bucket:
    """At most `capacity` calls in any `span` seconds; each caller is given its own moment."""

    def __init__(self, capacity: int, span: float) -> None:
        self.capacity, self.span = capacity, span
        self._slots: deque[float] = deque(maxlen=1000)
        self._closed_until = 0.0

    def reserve(self, now: float) -> float:
        """Give the seconds to wait before the next call."""
        slot = max(now, self._closed_until)
        if len(self._slots) >= self.capacity:
            slot = max(slot, self._slots[-self.capacity] + self.span)
        self._slots.append(slot)
        return slot - now

    def close(self, until: float) -> None:
        self._closed_until = max(self._closed_until, until)

    def is_closed(self, now: float) -> bool:
        return now < self._closed_until


class Pace:
    """Shared by all threads that call one portal."""

    def __init__(self, runtime: Runtime, calls: Calls) -> None:
        self.zone = runtime.zone
        """Where the portal's day ends; the company's zone until the portal has told its own."""
        self._runtime, self._calls = runtime, calls
        self._general, self._search = Bucket(FIRST_CAPACITY, 10.0), Bucket(5, SEARCH_SPAN)
        self._exempt = True
        self._day_closed_until: datetime | None = None
        self._lag = 0.0
        self._lock = threading.Lock()

    def wait(self, policy: Policy, *, write: bool) -> None:
        """Book one call and pause until it may go out. Raises QuotaExhausted without booking when the day is used up."""
        with self._lock:
            self._refuse_spent_day()
            self._calls.spend(write=write)
            bucket = self._bucket(policy)
            pause = bucket.reserve(self._now()) if bucket is not None else 0.0
        if pause > 0:
            self._sleep(pause)

    def told(self, headers: Mapping[str, str]) -> None:
        """Learn from an answer. Search answers carry no such header."""
        with self._lock:
            most, left = _number(headers, "X-HubSpot-RateLimit-Max"), _number(headers, "X-HubSpot-RateLimit-Remaining")
            span = _number(headers, "X-HubSpot-RateLimit-Interval-Milliseconds")
            if span:
                self._general.span = span / 1000
            if most:
                self._general.capacity = max(1, most - max(1, most // 20))
            if left is not None and most and left <= min(SHARED, most // 10) // 2:
                self._general.close(self._now() + self._general.span)
            day, rest = _number(headers, "X-HubSpot-RateLimit-Daily"), _number(headers, "X-HubSpot-RateLimit-Daily-Remaining")
            if day is not None and rest is not None:
                self._calls.quota_max, self._calls.quota_left = day, rest

    def hold(self, seconds: float, policy: Policy) -> None:
        """Keep every thread from calling for a while, after one of them was told to slow down."""
        with self._lock:
            (self._bucket(policy) or self._general).close(self._now() + seconds)

    def too_many(self, policy: Policy) -> None:
        """Learn from a 429 in spite of our pace: where association batches are counted after all, or fewer searches are allowed (four
        are told of older accounts), we count and allow so from now on.
        """
        with self._lock:
            self._exempt = self._exempt and policy != "exempt"
            if policy == "search" and not self._search.is_closed(self._now()):
                self._search.capacity = max(1, self._search.capacity - 1)

    def close_day(self) -> datetime:
        """Make no call until the portal's next midnight, and give that instant."""
        local = self._runtime.clock().astimezone(ZoneInfo(self.zone))
        midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), ZoneInfo(self.zone)).astimezone(UTC)
        with self._lock:
            self._day_closed_until = midnight
        return midnight

    def _bucket(self, policy: Policy) -> Bucket | None:
        if policy == "search":
            return self._search
        return None if policy == "exempt" and self._exempt else self._general

    def _refuse_spent_day(self) -> None:
        if self._day_closed_until and self._runtime.clock() < self._day_closed_until:
            raise QuotaExhausted(
                "hubspot", "daily quota", f"the portal's calls of the day are used up until {self._day_closed_until:%Y-%m-%d %H:%M} UTC"
            )
        most, left = self._calls.quota_max, self._calls.quota_left
        if most and left is not None and most - left >= self._runtime.day_share * most:
            share = f"{self._runtime.day_share:.0%}"
            raise QuotaExhausted(
                "hubspot", "daily quota", f"{most - left} of {most} calls of the day are used, and {share} is the share we may go up to"
            )

    def _now(self) -> float:
        return self._runtime.clock().timestamp() + self._lag

    def _sleep(self, pause: float) -> None:
        """Pause, and let the pause count even where the clock stands still."""
        before = self._runtime.clock().timestamp()
        self._runtime.sleep(pause)
        shown = self._runtime.clock().timestamp() - before
        if shown < pause / 2:
            with self._lock:
                self._lag += pause - max(0.0, shown)


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isdigit() else None

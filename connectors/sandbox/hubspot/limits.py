"""The vendor's quotas: a rolling ten seconds per app, searches per second and a day per account.

    request  --admit-->  headers for the answer   or   429 whose policyName says which bucket was full

Searches and association batches do not fill the ten-second bucket, searches carry no headers, and the day turns at midnight of the
portal's time zone. Time is the portal's clock: a test moves it, and a clock that stands still never refills a bucket.
"""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from connectors.sandbox.hubspot.wire import throttled

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import Portal
    from connectors.sandbox.hubspot.tokens import Token

WINDOW: Final = 10_000
PUBLIC_APP: Final = 110
"""Requests per ten seconds of an OAuth app in one account."""


class Limits:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._burst: dict[str, deque[int]] = {}
        self._searches: deque[int] = deque()
        self._day = ""
        self.used_today = 0
        """Requests of the current day; other integrations can be played by adding to it."""

    def admit(self, token: Token, *, search: bool, exempt: bool) -> dict[str, str]:
        """Count one request of an app, or refuse it; gives the headers to answer with."""
        knobs, now = self._portal.knobs, self._portal.now()
        self._turn_day(now)
        if knobs.daily is not None and token.is_private and self.used_today >= knobs.daily:
            raise throttled("DAILY", f"publicapi:private-app-api-calls-daily:{self._portal.portal_id}")
        if search:
            self._count_search(now)
        burst = self._burst.setdefault(token.app, deque())
        while burst and burst[0] <= now - WINDOW:
            burst.popleft()
        most = knobs.ten_seconds if token.is_private else PUBLIC_APP
        if not search and not exempt:
            if most is not None and len(burst) >= most:
                raise throttled("TEN_SECONDLY_ROLLING", f"publicapi:private-app-api-calls-ten-secondly:{self._portal.portal_id}")
            burst.append(now)
        self.used_today += token.is_private
        return {} if search else self._headers(token, most, len(burst))

    def _count_search(self, now: int) -> None:
        most = self._portal.knobs.search_second
        while self._searches and self._searches[0] <= now - 1000:
            self._searches.popleft()
        if most is not None and len(self._searches) >= most:
            raise throttled("SECONDLY", f"publicapi:crm:search:{self._portal.portal_id}")
        self._searches.append(now)

    def _turn_day(self, now: int) -> None:
        day = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(self._portal.zone)).date().isoformat()
        if day != self._day:
            self._day, self.used_today = day, 0

    def _headers(self, token: Token, most: int | None, used: int) -> dict[str, str]:
        daily = self._portal.knobs.daily
        found = {"X-HubSpot-RateLimit-Interval-Milliseconds": str(WINDOW)}
        if most is not None:
            found |= {"X-HubSpot-RateLimit-Max": str(most), "X-HubSpot-RateLimit-Remaining": str(max(most - used, 0))}
            found |= {
                "X-HubSpot-RateLimit-Secondly": str(most // 10),
                "X-HubSpot-RateLimit-Secondly-Remaining": str(max(most // 10 - 1, 0)),
            }
        if token.is_private and daily is not None:
            found |= {"X-HubSpot-RateLimit-Daily": str(daily), "X-HubSpot-RateLimit-Daily-Remaining": str(max(daily - self.used_today, 0))}
        return found

"""Dates as "so many days ago", so that a portfolio tells the same stories on whatever day it is generated.

    ago (days before today)  ->  the working day on or before it  ->  the instant of a local hour, in UTC

A day of rest moves to the Friday before: a shift into the past can't put anything after today.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

FRIDAY = 4


class Days:
    """Looks days up by their distance from `today`; instants are computed once per day, for a hundred thousand accounts need them often."""

    def __init__(self, today: date, zone: str = "Europe/Paris") -> None:
        self.today = today
        self._zone = ZoneInfo(zone)
        self._days: dict[int, date] = {}
        self._mornings: dict[int, datetime] = {}

    def ago(self, days: int) -> date:
        """The working day on or before the one that lies `days` before today."""
        found = self._days.get(days)
        if found is None:
            found = self._days[days] = worked(self.today - timedelta(days=days))
        return found

    def at(self, days: int, minutes: int = 0) -> datetime:
        """The instant, in UTC, of 08:00 local on that working day plus `minutes`."""
        morning = self._mornings.get(days)
        if morning is None:
            morning = self._mornings[days] = datetime.combine(self.ago(days), time(8), self._zone).astimezone(UTC)
        return morning + timedelta(minutes=minutes) if minutes else morning

    def monday(self, days: int) -> date:
        """The Monday of the week that lies `days` before today."""
        day = self.ago(days)
        return day - timedelta(days=day.weekday())


def term_end(start: date, months: int) -> date:
    """The last day of a term of whole months; a day that the last month does not have is its last."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, last) if start.day > last else date(year, month + 1, start.day) - timedelta(days=1)


def worked(day: date) -> date:
    """The day itself, or the Friday before a Saturday or Sunday."""
    rest = day.weekday() - FRIDAY
    return day - timedelta(days=rest) if rest > 0 else day

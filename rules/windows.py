"""The window a finding is about, as [first day, last day] (domain.md 0, readings.md 22)."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def add_months(day: date, months: int) -> date:
    """Move a date by whole months, clipped to the month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def window_of(window: str, as_of: date, numbers: Mapping[str, object]) -> tuple[date, date] | None:
    """Give the first and last day of a rule's window; None when its own dates are unknown.

    The months before `as_of` are half-open: end = the day after, start = end moved back, clipped. `a..b` reads two numbers.
    """
    if window == "now":
        return as_of, as_of
    if window.startswith("days:"):
        return as_of - timedelta(days=int(window[5:])), as_of
    if window.startswith("w"):
        return add_months(as_of + timedelta(days=1), -int(window[1:])), as_of
    first, _, last = window.partition("..")
    start, end = numbers.get(first), numbers.get(last)
    return (start, end) if isinstance(start, date) and isinstance(end, date) else None

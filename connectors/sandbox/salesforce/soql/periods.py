"""Date literals: TODAY, LAST_N_DAYS:90, THIS_QUARTER … as half-open ranges of days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from connectors.sandbox.salesforce.soql.lex import malformed
from connectors.sandbox.salesforce.stamps import stamp

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_UNITS = {"DAY": 0, "DAYS": 0, "WEEK": 0, "WEEKS": 0, "MONTH": 1, "MONTHS": 1, "QUARTER": 3, "QUARTERS": 3, "YEAR": 12, "YEARS": 12}


def period(name: str, n: int | None, today: date) -> tuple[date, date]:
    """Give first day and the day after the last; Refused when the word is no date literal."""
    if n is None and name in {"TODAY", "YESTERDAY", "TOMORROW"}:
        start = today + timedelta(days={"TODAY": 0, "YESTERDAY": -1, "TOMORROW": 1}[name])
        return start, start + timedelta(days=1)
    if n is None and name in {"LAST_90_DAYS", "NEXT_90_DAYS"}:
        return period(name.replace("90", "N"), 90, today)
    words = name.split("_")
    if n is None and len(words) == 2 and words[0] in {"THIS", "LAST", "NEXT"} and words[1] in {"WEEK", "MONTH", "QUARTER", "YEAR"}:
        step = {"THIS": 0, "LAST": -1, "NEXT": 1}[words[0]]
        return _unit(today, words[1], step), _unit(today, words[1], step + 1)
    if n is not None and len(words) == 3 and words[1] == "N" and words[2] in _UNITS:
        return _many(today, words[0], words[2], n)
    if n is not None and len(words) == 3 and words[0] == "N" and words[2] == "AGO" and words[1] in _UNITS:
        return _unit(today, words[1], -n), _unit(today, words[1], 1 - n)
    raise malformed(f"unexpected token: '{name}'")


def _many(today: date, which: str, unit: str, n: int) -> tuple[date, date]:
    """LAST_N_DAYS:n ends with today; the longer units leave the running one out."""
    if which == "LAST":
        return (today - timedelta(days=n), today + timedelta(days=1)) if unit == "DAYS" else (_unit(today, unit, -n), _unit(today, unit, 0))
    if which == "NEXT":
        return (
            (today + timedelta(days=1), today + timedelta(days=n + 1))
            if unit == "DAYS"
            else (_unit(today, unit, 1), _unit(today, unit, n + 1))
        )
    raise malformed(f"unexpected token: '{which}_N_{unit}'")


def _unit(today: date, unit: str, step: int) -> date:
    """Give the first day of the unit that lies `step` units from today's; weeks begin on Monday (the locale is French)."""
    if unit.startswith("DAY"):
        return today + timedelta(days=step)
    if unit.startswith("WEEK"):
        return today - timedelta(days=today.weekday()) + timedelta(weeks=step)
    size = _UNITS[unit]
    month = (today.year * 12 + today.month - 1) // size * size + step * size
    return date(month // 12, month % 12 + 1, 1)


def as_stamp(day: date, zone: ZoneInfo) -> str:
    """Give the stamp of a day's first moment in the user's zone."""
    return stamp(datetime.combine(day, time(), tzinfo=zone).astimezone(UTC))

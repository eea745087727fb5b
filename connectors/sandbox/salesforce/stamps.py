"""Times as Salesforce keeps and writes them: UTC text to the second, which sorts as it stands."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_WIRE = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)")


def stamp(moment: datetime) -> str:
    """Write an aware time as `2026-11-22T17:38:59.000+0000`; what is below the second is cut, as SystemModstamp does."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def moment_of(text: str) -> datetime:
    """Read a stamp back."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.000+0000").replace(tzinfo=UTC)


def read_datetime(text: str) -> str | None:
    """Read what a client sends for a datetime; None when it is not one (a bare date, no zone, no such day)."""
    found = _WIRE.fullmatch(text)
    if found is None:
        return None
    try:
        return stamp(datetime.fromisoformat(f"{found[1]}T{found[2]}{'+00:00' if found[3] == 'Z' else found[3]}"))
    except ValueError:
        return None


def read_date(text: str) -> str | None:
    """Read what a client sends for a date: the day alone, or the day of a midnight in UTC."""
    day = text[:10] if re.fullmatch(r"\d{4}-\d\d-\d\d(T00:00:00(\.0+)?(Z|\+00:?00))?", text) else ""
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError:
        return None


def csv_datetime(text: str) -> str:
    """Rewrite a stamp as Bulk API 2.0 does: `…Z`."""
    return text.replace("+0000", "Z")

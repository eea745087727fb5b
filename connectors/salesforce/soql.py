"""Builds the queries. Every value passes simple-salesforce's quoting; field and object names come from describe, never from data."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from simple_salesforce.format import format_soql

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LOOKBACK: Final = timedelta(minutes=10)
"""A transaction may stamp its rows long before it commits them: rows this much older than the watermark are read again."""
CURSORS: Final = ("SystemModstamp", "LastModifiedDate", "CreatedDate")
"""From best to worst: only the first also moves for the system's own changes (merges, roll-ups)."""
LONGEST: Final = 12_000
"""Characters of a query that still fit, percent-encoded, into the 16,384 bytes of a URL."""
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def select(fields: Iterable[str], obj: str, where: Sequence[str] = (), order: Sequence[str] = ()) -> str:
    """One SELECT; conditions are joined by AND."""
    text = f"SELECT {', '.join(fields)} FROM {obj}"
    conditions = [f"({one})" if " OR " in one else one for one in where if one]
    if conditions:
        text += f" WHERE {' AND '.join(conditions)}"
    return text + (f" ORDER BY {', '.join(order)}" if order else "")


def since(cursor: str, watermark: str) -> str:
    """The rows at or after the watermark less the lookback; `>` would lose the ties of one second."""
    return format_soql(f"{cursor} >= {{:literal}}", literal(instant(watermark) - LOOKBACK))


def after(cursor: str, stamp: str, record: str) -> str:
    """The rows behind one row in the order cursor, Id: where a broken paging goes on."""
    at = literal(instant(stamp))
    return format_soql(f"({cursor} = {{:literal}} AND Id > {{}}) OR {cursor} > {{:literal}}", at, record, at)


def among(field: str, values: Sequence[str]) -> str:
    """`field IN (...)`. An empty list has no SOQL form, so the caller must not ask."""
    if not values:
        raise ValueError(f"nothing to look for in {field}")
    return format_soql(f"{field} IN {{}}", list(values))


def instant(text: str) -> datetime:
    """Read 2011-07-07T00:37:00.000+0000, the CSV form with Z, or our own watermark. Raises ValueError."""
    return datetime.fromisoformat(re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text))


def literal(at: datetime) -> str:
    """A SOQL datetime literal, whole seconds, UTC. Raises ValueError for a naive time, which would mean this machine's zone."""
    if at.tzinfo is None:
        raise ValueError("a naive time in a query")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def long_id(text: str) -> str:
    """The 18-character form of a record id; a 15-character id is case sensitive, its suffix says which letters are capitals."""
    if len(text) != 15:
        return text
    blocks = (text[start : start + 5] for start in (0, 5, 10))
    return text + "".join(_LETTERS[sum(1 << place for place, char in enumerate(block) if char.isupper())] for block in blocks)

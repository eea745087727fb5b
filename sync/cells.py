"""One cell of text -> one typed value, as SQL expressions. A cell that is filled and cannot be read comes out as NULL.

A time with an offset or Z is that instant; without one it is local time; a bare date is local midnight. A day is never shifted:
only a full time in a DATE column is brought to the local day. Numbers are plain (1234.50): a space, comma or underscore is no number,
because guessing which of them groups thousands would change amounts. The session's zone (SET TimeZone) is the portfolio's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sync.schema import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.schema import Column

FIRST: Final = "1900-01-01"
LAST: Final = {"DATE": "9999-12-31", "TIMESTAMPTZ": "9999-12-31 23:59:59+00"}
"""Years outside are typing errors (12-01-05 reads as the year 12), whatever the column."""

MENDS: Final = {
    "DATE": "is not a date: write 2026-03-31",
    "TIMESTAMP": "is not a date and time: write 2026-03-31T14:30:00+02:00",
    "BOOLEAN": "is neither true nor false",
    "INTEGER": "is not a whole number",
    "DOUBLE": "is not a number: write 1234.50, without spaces or commas",
    "DECIMAL(18, 4)": "is not an amount: write 1234.50, without spaces or commas",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingTime:
    """When the firm works, local time: Monday to Friday between `opens` and `closes` (08:00, 18:00), listed holidays left out."""

    opens: str
    closes: str
    holidays: tuple[str, ...] = ()

    @classmethod
    def parse(cls, hours: str, holidays: Iterable[str] = ()) -> WorkingTime:
        """Read `08:00-18:00`."""
        opens, _, closes = hours.partition("-")
        return cls(opens=opens, closes=closes, holidays=tuple(str(day) for day in holidays))

    def is_out(self, local: str) -> str:
        """Whether a local time lies outside; NULL when the time is."""
        inside = f"dayofweek({local}) BETWEEN 1 AND 5 AND {local}::TIME >= TIME '{self.opens}' AND {local}::TIME < TIME '{self.closes}'"
        if self.holidays:  # a list, not IN: a long IN becomes a join, and a join loses the order of the rows
            days = ", ".join(f"DATE {literal(day)}" for day in self.holidays)
            inside += f" AND NOT list_contains([{days}], {local}::DATE)"
        return f"NOT ({inside})"


def is_weekend(local: str) -> str:
    return f"dayofweek({local}) = 0 OR dayofweek({local}) = 6"


def typed(column: Column, text: str, zone: str) -> str:
    """The value of `text` for `column`; a time comes out as TIMESTAMPTZ, everything else in the column's own type."""
    if column.type == "VARCHAR":
        return one_of(text, column.allowed, column.otherwise)
    match column.type:
        case "TIMESTAMP":
            value = _instant(text)
        case "DATE":
            local = f"CAST(timezone({literal(zone)}, {_instant(text)}) AS DATE)"
            value = f"CASE WHEN length({text}) > 10 THEN {local} ELSE {_within(f'TRY_CAST({text} AS DATE)', 'DATE')} END"
        case "BOOLEAN":
            value = f"CASE lower({text}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE WHEN '1' THEN TRUE WHEN '0' THEN FALSE END"
        case "INTEGER":
            number = _number(text, "DECIMAL(18, 4)")
            value = f"CASE WHEN {number} = trunc({number}) THEN TRY_CAST({number} AS INTEGER) END"
        case "DOUBLE":
            number = _number(text, "DOUBLE")
            value = f"CASE WHEN isfinite({number}) THEN {number} END"
        case other:
            value = _number(text, other)
    return value


def stripped(text: str) -> str:
    """A cell without spaces at its ends; NULL when nothing is left. Looking for a space first is four times faster than trimming all."""
    return f"CASE WHEN contains({text}, ' ') THEN nullif(trim({text}, ' '), '') ELSE nullif({text}, '') END"


def mapped(text: str, words: Mapping[str, str]) -> str:
    """The canonical word of a vendor's word, whatever its case; words that are not listed stay as they are."""
    if not words:
        return text
    cases = " ".join(f"WHEN {literal(vendor.lower())} THEN {literal(word)}" for vendor, word in words.items())
    return f"CASE lower({text}) {cases} ELSE {text} END"


def one_of(text: str, allowed: Sequence[str], otherwise: str = "") -> str:
    """The word itself when it is an allowed one, spelled exactly so. CASE and not IN: a long IN becomes a join, which loses the order."""
    if not allowed:
        return text
    known = f"CASE {text} " + " ".join(f"WHEN {literal(word)} THEN {literal(word)}" for word in allowed) + " END"
    return f"coalesce({known}, CASE WHEN {text} IS NOT NULL THEN {literal(otherwise)} END)" if otherwise else known


def _number(text: str, kind: str) -> str:
    return f"CASE WHEN NOT contains({text}, '_') THEN TRY_CAST({text} AS {kind}) END"


def _instant(text: str) -> str:
    return _within(f"TRY_CAST({text} AS TIMESTAMPTZ)", "TIMESTAMPTZ")


def _within(value: str, kind: str) -> str:
    return f"CASE WHEN {value} >= {kind} '{FIRST}' AND {value} <= {kind} '{LAST[kind]}' THEN {value} END"

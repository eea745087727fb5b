"""The records of one object type: by id in numeric order, by time of change, by unique value, and as the search index still sees them.

Property values are text and only filled ones are kept. Times are epoch milliseconds. The table knows nothing of rules: writes.py does.
"""

from __future__ import annotations

import random
from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.sandbox.hubspot.kinds import Kind

RECYCLE_BIN = 90 * 86_400_000
"""Milliseconds that an archived record can still be listed."""


@dataclass(frozen=True, slots=True)
class Version:
    """One past value of one property, as propertiesWithHistory tells it."""

    value: str
    at: int
    source: str
    source_id: str


@dataclass(slots=True)
class Record:
    """One record. `history` holds a property only once it changed after creation; the first value is implied."""

    number: int
    created: int
    updated: int
    properties: dict[str, str] = field(default_factory=dict)
    history: dict[str, list[Version]] = field(default_factory=dict)
    archived_at: int | None = None

    @property
    def id(self) -> str:
        return str(self.number)

    def copy(self) -> Record:
        return Record(self.number, self.created, self.updated, dict(self.properties), {}, self.archived_at)


class Table:
    """Records of one type. Ids are 11 or 12 digits, in no order of creation, so that neither text order nor arrival order helps."""

    def __init__(self, kind: Kind, seed: int) -> None:
        self.kind = kind
        self.rows: dict[int, Record] = {}
        self.merged: dict[int, int] = {}
        self._random = random.Random(f"{seed}/{kind.id}")
        self._live: list[int] = []
        self._bin: list[int] = []
        self._changed: list[tuple[int, int]] | None = None
        self._behind: dict[int, list[tuple[int, Record | None]]] = {}
        self._unique: dict[str, dict[str, int]] = {}

    def new_id(self) -> int:
        while True:
            number = self._random.randrange(10**10, 10**11) if self._random.random() < 0.5 else self._random.randrange(10**11, 4 * 10**11)
            if number not in self.rows and number not in self.merged:
                return number

    # ------------------------------------------------------------ finding

    def get(self, asked: str) -> Record | None:
        """Find by id; a merged id gives the survivor."""
        if not (asked.isascii() and asked.isdigit()):
            return None
        number = int(asked)
        while number in self.merged:
            number = self.merged[number]
        return self.rows.get(number)

    def by_unique(self, name: str, value: str) -> Record | None:
        number = self._unique.get(name, {}).get(value.lower())
        return None if number is None else self.rows[number]

    def page(self, start: int, limit: int, *, archived: bool, now: int) -> tuple[list[Record], int | None]:
        """Up to `limit` records from id `start` on, and the id that follows."""
        order = self._bin if archived else self._live
        found: list[Record] = []
        for number in order[bisect_left(order, start) :]:
            row = self.rows[number]
            if archived and row.archived_at is not None and row.archived_at < now - RECYCLE_BIN:
                continue
            if len(found) == limit:
                return found, number
            found.append(row)
        return found, None

    def live(self) -> Iterator[Record]:
        return (self.rows[number] for number in self._live)

    def count(self) -> int:
        return len(self._live)

    # ------------------------------------------------------------ changing

    def add(self, row: Record) -> None:
        self.rows[row.number] = row
        insort(self._live, row.number)
        self._changed = None

    def drop(self, row: Record) -> None:
        """Forget a record wholly: merged away, or erased for good."""
        self._take_out(self._bin if row.archived_at is not None else self._live, row.number)
        del self.rows[row.number]
        for name in self._unique:
            self.claim(name, "", row)
        self._changed = None

    def archive(self, row: Record, at: int) -> None:
        self._take_out(self._live, row.number)
        insort(self._bin, row.number)
        row.archived_at, self._changed = at, None

    def restore(self, row: Record) -> None:
        self._take_out(self._bin, row.number)
        insort(self._live, row.number)
        row.archived_at, self._changed = None, None

    def touch(self, row: Record, at: int) -> None:
        row.updated, self._changed = at, None

    def claim(self, name: str, value: str, row: Record) -> None:
        """Keep the index of a unique property; "" gives the value up."""
        values = self._unique.setdefault(name, {})
        old = row.properties.get(name, "").lower()
        if old and values.get(old) == row.number:
            del values[old]
        if value:
            values[value.lower()] = row.number

    def reindex_unique(self, name: str) -> None:
        """Rebuild after a definition became unique or came back from the archive."""
        self._unique[name] = {row.properties[name].lower(): row.number for row in self.rows.values() if row.properties.get(name)}

    @staticmethod
    def _take_out(order: list[int], number: int) -> None:
        place = bisect_left(order, number)
        if place < len(order) and order[place] == number:
            del order[place]

    # ------------------------------------------------------------ the search index

    def fall_behind(self, number: int, before: Record | None, until: int) -> None:
        """Let the index show `before` (None: nothing) until an instant."""
        self._behind.setdefault(number, []).append((until, before))

    def indexed(self, low: int | None, high: int | None, now: int) -> Iterator[Record]:
        """Records as the index shows them, narrowed to a time of change in [low, high] where given."""
        stale = self._stale(now)
        if low is None and high is None:
            rows: Iterator[Record] = self.live()
        else:
            order = self._by_change()
            start = 0 if low is None else bisect_left(order, (low, 0))
            stop = len(order) if high is None else bisect_left(order, (high + 1, 0))
            rows = (self.rows[number] for _, number in order[start:stop])
        if not stale:
            return rows
        fresh = (row for row in rows if row.number not in stale)
        return (row for part in (fresh, (old for old in stale.values() if old is not None)) for row in part)

    def _stale(self, now: int) -> dict[int, Record | None]:
        shown: dict[int, Record | None] = {}
        for number, versions in list(self._behind.items()):
            versions[:] = [one for one in versions if one[0] > now]
            if versions:
                shown[number] = versions[0][1]
            else:
                del self._behind[number]
        return shown

    def _by_change(self) -> list[tuple[int, int]]:
        if self._changed is None:
            self._changed = sorted((self.rows[number].updated, number) for number in self._live)
        return self._changed

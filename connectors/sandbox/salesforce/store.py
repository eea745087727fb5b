"""The rows themselves. A row is a dict of the fields that have a value; it is replaced, never changed in place.

So a cursor or a job that holds rows keeps seeing them as they were, and a roll-back only puts the old dicts back.
Values are what JSON shows: text, numbers, booleans; times are stamps and dates ISO text, which compare as they stand.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce import ids
from connectors.sandbox.salesforce.schema import ACTIVITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.sandbox.salesforce.fields import Field
    from connectors.sandbox.salesforce.schema import Schema

Row = dict[str, Any]


GRANTS = frozenset({"PermissionSet", "PermissionSetAssignment", "FieldPermissions", "ObjectPermissions"})
"""Objects whose rows decide who sees what; a change of them outdates every view."""


class Undo(Exception):  # a signal: nothing has failed
    """Leave an atomic block and put back what it changed."""


class Store:
    """Rows by object and id, and an index over the fields by which rows are looked up."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.tables: defaultdict[str, dict[str, Row]] = defaultdict(dict)
        self._numbers: defaultdict[str, int] = defaultdict(int)
        self._keys: defaultdict[tuple[str, str], defaultdict[Any, set[str]]] = defaultdict(partial(defaultdict, set))
        self._journals: list[list[tuple[str, str, Row | None]]] = []
        self._keyed: dict[str, tuple[int, list[Field]]] = {}

    def new_id(self, kind: str) -> str:
        self._numbers[kind] += 1
        return ids.make(self.schema.of(kind).prefix, self._numbers[kind])

    def next_number(self, kind: str, field: str) -> str:
        """Count up an auto-number: eight digits, as CaseNumber and ContractNumber have them."""
        self._numbers[f"{kind}.{field}"] += 1
        return f"{self._numbers[f'{kind}.{field}']:08d}"

    def rows(self, kind: str) -> dict[str, Row]:
        return self.tables[kind]

    def find(self, record_id: str | None) -> Row | None:
        """Find a row of any object by its id (18 characters), deleted or not."""
        kind = self.schema.of_id(record_id) if record_id else None
        return self.tables[kind].get(record_id) if kind and record_id else None

    def put(self, kind: str, row: Row) -> None:
        """Store a new row or the new state of a row."""
        old = self.tables[kind].get(row["Id"])
        self._note(kind, row["Id"], old)
        self._index(kind, old, row)
        self.tables[kind][row["Id"]] = row

    def drop(self, kind: str, record_id: str) -> None:
        """Forget a row for good, as when the recycle bin is emptied."""
        old = self.tables[kind].pop(record_id)
        self._note(kind, record_id, old)
        self._index(kind, old, None)

    def matching(self, kind: str, field: Field, value: Any) -> list[Row]:
        """List the rows that are not deleted and hold this value in an indexed field, oldest first."""
        found = self._keys[kind, field.name].get(field.fold(value), ())
        rows = (self.tables[kind][one] for one in sorted(found))
        return [row for row in rows if not row.get("IsDeleted")]

    def same_key(self, kind: str, field: Field, value: Any) -> list[Row]:
        """List the rows that a unique field would collide with; custom fields of activities span Task and Event."""
        kinds = ACTIVITIES if kind in ACTIVITIES and field.custom else (kind,)
        return [row for one in kinds for row in self.matching(one, field, value)]

    def reindex(self, kind: str) -> None:
        """Build the index of one object anew, after a field was made a key."""
        for key in [key for key in self._keys if key[0] == kind]:
            del self._keys[key]
        for row in self.tables[kind].values():
            self._index(kind, None, row)

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Carry out a block wholly or not at all: on any exception everything is put back; Undo ends here, others go on."""
        journal: list[tuple[str, str, Row | None]] = []
        self._journals.append(journal)
        try:
            yield
        except BaseException as error:
            self._journals.pop()
            self._restore(journal)
            if not isinstance(error, Undo):
                raise
        else:
            self._journals.pop()
            if self._journals:
                self._journals[-1].extend(journal)

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Act as another transaction: what the block does stays even when the one around it is undone."""
        journals, self._journals = self._journals, []
        try:
            yield
        finally:
            self._journals = journals

    def _restore(self, journal: list[tuple[str, str, Row | None]]) -> None:
        self.schema.version += 1
        for kind, record_id, old in reversed(journal):
            self._index(kind, self.tables[kind].get(record_id), old)
            if old is None:
                self.tables[kind].pop(record_id, None)
            else:
                self.tables[kind][record_id] = old

    def _note(self, kind: str, record_id: str, old: Row | None) -> None:
        if kind in GRANTS:
            self.schema.version += 1
        if self._journals:
            self._journals[-1].append((kind, record_id, old))

    def _index(self, kind: str, old: Row | None, new: Row | None) -> None:
        for field in self._key_fields(kind):
            before, after = (old or {}).get(field.name), (new or {}).get(field.name)
            if old is not None and new is not None and before == after:
                continue
            if before is not None and old is not None:
                self._keys[kind, field.name][field.fold(before)].discard(old["Id"])
            if after is not None and new is not None:
                self._keys[kind, field.name][field.fold(after)].add(new["Id"])

    def _key_fields(self, kind: str) -> list[Field]:
        version, found = self._keyed.get(kind, (-1, []))
        if version != self.schema.version:
            found = [one for one in self.schema.of(kind).fields.values() if one.is_key or one.unique or one.indexed]
            self._keyed[kind] = (self.schema.version, found)
        return found

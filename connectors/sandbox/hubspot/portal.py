"""One HubSpot portal in memory: records, definitions, associations, owners, pipelines, tokens, and a clock that the test holds.

    seed or "person"  --create/update/archive/merge/associate-->  Portal  <--HTTP handlers--  the client under test

The methods here act as a person with full rights in the vendor's interface: they may set read-only values, past times and archived
owners, but never a property, type or option that the portal does not have, because no real portal could hold that.
All access is under `lock`: the handlers run in the server's thread.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.hubspot import derive, furniture, writes
from connectors.sandbox.hubspot.definitions import Definitions
from connectors.sandbox.hubspot.kinds import Kind, Kinds
from connectors.sandbox.hubspot.knobs import Knobs
from connectors.sandbox.hubspot.limits import Limits
from connectors.sandbox.hubspot.links import Links
from connectors.sandbox.hubspot.records import Record, Table
from connectors.sandbox.hubspot.tokens import Tokens
from connectors.sandbox.hubspot.wire import millis, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from connectors.sandbox.hubspot.pipelines import Owner, Pipeline, Stage

Association = tuple[str, str, tuple[int, ...]]
"""Object type, record id, association type ids; no ids: the plain association."""
SECOND: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Company-currency units for one unit of `currency`, from an instant on."""

    currency: str
    rate: Decimal
    since: int


class Portal:
    """See the module. Ids and values are text; times are aware datetimes at this surface and epoch milliseconds below it."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        portal_id: int = 145_302_917,
        *,
        zone: str = "Europe/Paris",
        currency: str = "EUR",
        currencies: Sequence[str] = (),
        account_type: str = "STANDARD",
    ) -> None:
        self.clock, self.portal_id, self.zone, self.currency, self.currencies = clock, portal_id, zone, currency, tuple(currencies)
        self.account_type = account_type
        self.lock = threading.RLock()
        self.knobs = Knobs()
        self.kinds = Kinds()
        self.tables: dict[str, Table] = {}
        self.definitions: dict[str, Definitions] = {}
        self.pipelines: dict[str, list[Pipeline]] = {}
        self.owners: dict[str, Owner] = {}
        self.active_owners: set[str] = set()
        self.rates: list[Rate] = []
        self.exports: dict[str, Any] = {}
        for kind in self.kinds:
            self._open(kind)
        self.links = Links(self.kinds)
        self.limits = Limits(self)
        self.tokens = Tokens(portal_id)
        furniture.furnish(self)

    def _open(self, kind: Kind) -> None:
        self.tables[kind.id] = Table(kind, self.portal_id)
        self.definitions[kind.id] = Definitions(kind)

    # ------------------------------------------------------------ what is asked from all sides

    def now(self) -> int:
        return millis(self.clock())

    def kind(self, asked: str) -> Kind:
        """Find an object type by any spelling, plain custom names included; an unknown one is a mistake of the caller."""
        found = self.kinds.find(asked, bare=True)
        if found is None:
            raise KeyError(f"the portal has no object type {asked!r}")
        return found

    def stage(self, name: str, asked: str) -> Stage | None:
        return next((found for one in self.pipelines[name] if (found := one.stage(asked))), None)

    def rate(self, currency: str) -> Decimal | None:
        """The current rate of a currency; 1 for the company's own or none, None where the portal has no rate."""
        if currency in {"", self.currency}:
            return Decimal(1)
        known = [one for one in self.rates if one.currency == currency]
        return max(known, key=lambda one: one.since).rate if known else None

    def value(self, kind: Kind, row: Record, name: str) -> str | None:
        """A property as a read shows it; None where it is empty."""
        if name == "hs_object_id":
            return row.id
        if name == kind.modified:
            return stamp(row.updated)
        if name in {"createdate", "hs_createdate"}:
            return row.properties.get(name) or stamp(row.created)
        computed = derive.COMPUTED.get((kind.name, name))
        return computed(self, kind, row) if computed else row.properties.get(name)

    def associated_rows(self, kind: Kind, row: Record, end: str) -> Iterator[tuple[Record, set[int]]]:
        """Associated live records of a type, with the association types."""
        table = self.tables[end]
        for number, types in self.links.of(kind.id, row.number, end).items():
            other = table.rows.get(number)
            if other is not None and other.archived_at is None:
                yield other, types

    def changing(self, kind: Kind, row: Record, *, is_new: bool = False) -> None:
        """Say before a change that the search index will keep what it has for a while."""
        if lag := int(self.knobs.search_lag * SECOND):
            self.tables[kind.id].fall_behind(row.number, None if is_new else row.copy(), self.now() + lag)

    # ------------------------------------------------------------ shaping the portal

    def define(self, object_type: str, properties: Mapping[str, Any] | Iterable[Mapping[str, Any]], *, group: str = "") -> str:
        """Add properties to an object type, creating a custom object where none has that name; give its id (0-2, 2-…).

        Each property is the vendor's create body, or name -> "number" | "string" | "date" | "enumeration: a; b=Label" | body.
        """
        with self.lock:
            return furniture.define(self, object_type, properties, group)

    def pipeline(self, object_type: str, label: str, stages: Sequence[tuple[str, Mapping[str, str]]], pipeline_id: str = "") -> Pipeline:
        """Add a pipeline whose stages (label, metadata) get numeric ids, as custom pipelines have."""
        with self.lock:
            return furniture.add_pipeline(self, self.kind(object_type).name, label, stages, pipeline_id)

    def owner(self, email: str, first: str = "", last: str = "", **more: Any) -> str:
        """Add an owner and give its id. `more`: type="QUEUE", teams=[(id, name)], archived=True, created=datetime."""
        with self.lock:
            return furniture.add_owner(self, email, first, last, **more)

    def deactivate_owner(self, owner_id: str) -> None:
        with self.lock:
            self.owners[owner_id].archived, self.owners[owner_id].updated = True, self.now()
            self.active_owners.discard(owner_id)

    def exchange_rate(self, currency: str, rate: str | Decimal, since: datetime) -> None:
        with self.lock:
            furniture.add_rate(self, Rate(currency=currency, rate=Decimal(rate), since=millis(since)))

    def in_use(self, object_type: str, name: str, asset: str, title: str) -> None:
        """Let a workflow, list or form use a property, so that it cannot be deleted."""
        self.definitions[self.kind(object_type).id].uses.setdefault(name, []).append((asset, title))

    @property
    def access_token(self) -> str:
        """A token that may do everything."""
        return self.tokens.full

    def token(self, scopes: Iterable[str] | None = None, *, expires: datetime | None = None, kind: str = "service_key") -> str:
        """Issue a token: the scopes it has (None: all), until when (None: for ever), service_key, private_app or oauth."""
        return self.tokens.issue(scopes, None if expires is None else millis(expires), kind)

    # ------------------------------------------------------------ records

    def create(
        self,
        object_type: str,
        properties: Mapping[str, object],
        associations: Iterable[Association] = (),
        created: datetime | None = None,
        updated: datetime | None = None,
    ) -> str:
        """Create a record as of `created` (default now) and give its id. `updated` is its hs_lastmodifieddate (default `created`)."""
        with self.lock:
            kind = self.kind(object_type)
            values, mirrored = self._mirrored(kind, properties)
            born = millis(created) if created else self.now()
            row = Record(self.tables[kind.id].new_id(), born, born)
            good = self._checked(kind, values, None)
            ends = [self._end(kind, *one) for one in [*associations, *mirrored]]
            if created is None:
                self.changing(kind, row, is_new=True)
            self.tables[kind.id].add(row)
            writes.commit(self, kind, row, {"hs_object_source": "CRM_UI", "hs_object_source_id": "userId:9"} | good, born, writes.PERSON)
            for end, other, type_ids in ends:
                self.links.connect(kind.id, row.number, end, other, type_ids)
            self.tables[kind.id].touch(row, millis(updated) if updated else born)
            return row.id

    def update(self, object_type: str, record_id: str, properties: Mapping[str, object], at: datetime | None = None) -> None:
        """Change values as of `at` (default now); "" or None clears."""
        with self.lock:
            kind, row = self._row(object_type, record_id)
            values, mirrored = self._mirrored(kind, properties)
            good = self._checked(kind, values, row)
            ends = [self._end(kind, *one) for one in mirrored]
            if at is None:
                self.changing(kind, row)
            writes.commit(self, kind, row, good, millis(at) if at else self.now(), writes.PERSON)
            for end, other, types in ends:
                self.links.connect(kind.id, row.number, end, other, types)

    def archive(self, object_type: str, record_id: str, at: datetime | None = None) -> None:
        """Delete into the recycle bin."""
        with self.lock:
            kind, row = self._row(object_type, record_id)
            if row.archived_at is None:
                self.changing(kind, row)
                self.tables[kind.id].archive(row, millis(at) if at else self.now())

    def restore(self, object_type: str, record_id: str) -> None:
        with self.lock:
            kind, row = self._row(object_type, record_id)
            self.changing(kind, row, is_new=True)
            self.tables[kind.id].restore(row)
            if self.knobs.restore_bumps_modified:
                self.tables[kind.id].touch(row, self.now())

    def purge(self, object_type: str, record_id: str) -> None:
        """Erase for good (GDPR): nothing is left, not even in the archived list."""
        with self.lock:
            kind, row = self._row(object_type, record_id)
            self.changing(kind, row)
            self.links.forget(kind.id, row.number)
            self.tables[kind.id].drop(row)

    def merge(self, object_type: str, primary: str, other: str) -> str:
        """Merge `other` into `primary` and give the survivor's id (a new one if the portal's knob says so)."""
        with self.lock:
            return furniture.merge(self, self.kind(object_type), self._row(object_type, primary)[1], self._row(object_type, other)[1]).id

    def associate(self, object_type: str, record_id: str, other_type: str, other_id: str, type_ids: Iterable[int] = ()) -> None:
        with self.lock:
            kind, row = self._row(object_type, record_id)
            end, other, types = self._end(kind, other_type, other_id, tuple(type_ids))
            self.links.connect(kind.id, row.number, end, other, types)

    def dissociate(self, object_type: str, record_id: str, other_type: str, other_id: str) -> None:
        with self.lock:
            kind, row = self._row(object_type, record_id)
            self.links.disconnect(kind.id, row.number, self.kind(other_type).id, int(other_id))

    def get(self, object_type: str, record_id: str) -> dict[str, str]:
        """All filled properties of a record, worked-out ones included, for a test to look at."""
        with self.lock:
            kind, row = self._row(object_type, record_id)
            names = [prop.name for prop in self.definitions[kind.id].listed(self.now())]
            return {name: value for name in names if (value := self.value(kind, row, name)) is not None}

    def ids(self, object_type: str, *, archived: bool = False) -> list[str]:
        with self.lock:
            rows = self.tables[self.kind(object_type).id].rows.values()
            return [row.id for row in rows if (row.archived_at is not None) == archived]

    def associated(self, object_type: str, record_id: str, other_type: str) -> dict[str, set[int]]:
        with self.lock:
            kind, row = self._row(object_type, record_id)
            return {other.id: set(types) for other, types in self.associated_rows(kind, row, self.kind(other_type).id)}

    # ------------------------------------------------------------ within

    def _row(self, object_type: str, record_id: str) -> tuple[Kind, Record]:
        kind = self.kind(object_type)
        row = self.tables[kind.id].get(record_id)
        if row is None:
            raise KeyError(f"the portal has no {kind.singular} {record_id}")
        return kind, row

    def _checked(self, kind: Kind, values: Mapping[str, object], row: Record | None) -> dict[str, str]:
        good, problems = writes.check(self, kind, values, row, system=True)
        if problems:
            raise ValueError(f"{kind.name}: " + "; ".join(problem.message for problem in problems))
        if taken := writes.conflict(self, kind, good, row):
            raise ValueError(f"{kind.name}: {taken[0]} is already held by {taken[1].id}")
        return good

    def _mirrored(self, kind: Kind, values: Mapping[str, object]) -> tuple[dict[str, object], list[Association]]:
        """Take out of `values` what is really an association to a company."""
        kept = dict(values)
        found: list[Association] = []
        for (name, prop), type_ids in derive.AS_ASSOCIATION.items():
            if name == kind.name and prop in kept and (target := kept.pop(prop)):
                found.append(("companies", str(target), type_ids))
        return kept, found

    def _end(self, kind: Kind, other_type: str, other_id: str, type_ids: tuple[int, ...]) -> tuple[str, int, tuple[int, ...]]:
        """Find what an association leads to, before anything is changed."""
        end = self.kind(other_type)
        other = self.tables[end.id].get(other_id)
        if other is None:
            raise KeyError(f"the portal has no {end.singular} {other_id}")
        unknown = set(type_ids) - set(self.links.types.get((kind.id, end.id), {}))
        if unknown or (kind.id, end.id) not in self.links.types:
            raise ValueError(f"{kind.name} and {end.name} have no association types {sorted(unknown)}")
        return end.id, other.number, type_ids

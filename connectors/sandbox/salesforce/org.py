"""One Salesforce org: its schema, rows, users, clock and knobs. Seeds and tests act on it as the system; clients only through HTTP.

    insert / update  ->  seed values  ->  derive  ->  Store        no validation, no field security, dates may be given
    write.py         ->  checks       ->  derive  ->  Store        the same door for clients, with everything in front of it

Every public method takes the lock, so a test may change the org while it is being served.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce import activity, defaults, ids, lifecycle, setup, standard
from connectors.sandbox.salesforce.access import Profile, View
from connectors.sandbox.salesforce.coerce import seed
from connectors.sandbox.salesforce.derive import derive, history_rows
from connectors.sandbox.salesforce.knobs import Knobs
from connectors.sandbox.salesforce.oauth import Sessions
from connectors.sandbox.salesforce.schema import ACTIVITIES, Schema
from connectors.sandbox.salesforce.stamps import stamp
from connectors.sandbox.salesforce.state import Deployments, Shelf, Usage
from connectors.sandbox.salesforce.store import Row, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from connectors.sandbox.salesforce.fields import Choice, Field
    from connectors.sandbox.salesforce.lifecycle import Late
    from connectors.sandbox.salesforce.schema import ObjectType

FEATURES = frozenset({"multi_currency", "dated_rates", "person_accounts", "account_contact_relation", "invoice"})


class Org:
    """An org and everything in it.

    `clock` is the org's time: stamps, date literals, cursors. `wall` is the time of sign-in, which a client's own clock must match;
    it is real time unless given, because a client signs its assertion with its machine's clock even when the org's stands still.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        org_id: str = "00DQy00000EQ00E",
        *,
        features: Iterable[str] = (),
        domain: str = "acme",
        is_sandbox: bool = False,
        currency: str = "EUR",
        zone: str = "Europe/Paris",
        wall: Callable[[], datetime] | None = None,
    ) -> None:
        self.clock, self.domain, self.is_sandbox, self.currency, self.zone = clock, domain, is_sandbox, currency, zone
        whole = ids.canonical(org_id)
        if whole is None or not whole.startswith("00D"):
            raise ValueError(f"{org_id!r} is not the id of an organisation")
        self.id = whole
        self.features = frozenset(features)
        if unknown := self.features - FEATURES:
            raise ValueError(f"unknown features {sorted(unknown)}; there are {sorted(FEATURES)}")
        self.lock = threading.RLock()
        self.schema, self.profile, self.knobs = Schema(), Profile(), Knobs()
        self.store = Store(self.schema)
        self.sessions = Sessions(self, wall or partial(datetime.now, UTC))
        self.cursors, self.jobs, self.deployments, self.usage = Shelf("01g"), Shelf("750"), Deployments("0Af"), Usage()
        self._views: dict[str, View] = {}
        self.start_values: dict[str, tuple[int, Row]] = {}
        self.pending: list[Late] = []
        self._build()
        self.admin, self.user = defaults.furnish(self)
        """Ids of two users: the one that seeds act as, and the integration user that apps run as unless told otherwise."""

    # ------------------------------------------------------------ schema

    def _build(self) -> None:
        optional = [blueprint for feature, blueprint in standard.LICENSED.items() if feature in self.features]
        self.schema.build((*standard.BLUEPRINTS, *optional, *activity.BLUEPRINTS, *setup.BLUEPRINTS))
        tracked = [kind.blueprint for kind in self.schema.objects.values() if kind.blueprint.tracked]
        self.schema.build(
            setup.history(one.name, one.history or f"{one.name}History", f"01{letter}")
            for one, letter in zip(tracked, "7abcdefgh", strict=False)
        )
        if "multi_currency" in self.features:
            self.schema.build(setup.CURRENCIES if "dated_rates" in self.features else setup.CURRENCIES[:1])
            defaults.add_currency_fields(self)
        if "person_accounts" in self.features:
            self.schema.define(
                "Account", ('IsPersonAccount bool readonly "Is Person Account"', "PersonContactId ref(Contact) readonly rel=PersonContact")
            )

    def define(self, sobject: str, fields: Iterable[Field | str], *, label: str | None = None, visible: bool = True) -> None:
        """Add custom fields (`Field`, or a line as fields.py reads) to an object, making the custom object when it is new.

        `visible=False` leaves them without field-level security, as a deployment does.
        """
        with self.lock:
            before = (
                {one.lower for one in self.schema.fields_of(sobject)}
                if sobject.lower() == "activity" or self.schema.get(sobject)
                else set()
            )
            self.schema.define(sobject, fields, label=label)
            for kind in ACTIVITIES if sobject.lower() == "activity" else (self.schema.of(sobject).name,):
                self.store.reindex(kind)
            if "multi_currency" in self.features:
                defaults.add_currency_fields(self)
            if not visible:
                self.hide(sobject, *(one.name for one in self.schema.fields_of(sobject) if one.lower not in before))

    def hide(self, sobject: str, *fields: str) -> None:
        """Take fields from the profile's field-level security: for the API they are gone."""
        self._secure(sobject, fields, self.profile.hidden.add)

    def show(self, sobject: str, *fields: str) -> None:
        self._secure(sobject, fields, self.profile.hidden.discard)

    def freeze(self, sobject: str, *fields: str) -> None:
        """Make fields readable only."""
        self._secure(sobject, fields, self.profile.frozen.add)

    def deny(self, sobject: str, *verbs: str) -> None:
        """Take object permissions (read, create, edit, delete) from the profile; without read the object is gone for the API."""
        with self.lock:
            self.profile.denied |= {(sobject.lower(), verb) for verb in verbs}
            self.schema.version += 1

    def _secure(self, sobject: str, fields: Iterable[str], change: Callable[[str], None]) -> None:
        with self.lock:
            kinds = ACTIVITIES if sobject.lower() == "activity" else (sobject,)
            for kind in kinds:
                for name in fields:
                    change(f"{kind}.{self.schema.of(kind).field(name).name}".lower())
            self.schema.version += 1

    def view(self, user: str) -> View:
        """Give the org as a user sees it now."""
        found = self._views.get(user)
        if found is None or found.version != self.schema.version:
            found = self._views[user] = View(self.schema, self.store, self.profile, user)
        return found

    def choices(self, kind: ObjectType, field: Field) -> tuple[Choice, ...]:
        """Give the picklist values of a field as they are now."""
        return defaults.choices(self, kind, field)

    # ------------------------------------------------------------ records

    def insert(
        self,
        sobject: str,
        record: Mapping[str, Any],
        *,
        created: datetime | None = None,
        modified: datetime | None = None,
        by: str | None = None,
    ) -> str:
        """Put a record there as the system does; KeyError or ValueError when a field does not exist or a value cannot be one of it.

        Works out what the vendor would (Task.AccountId, IsWon …) except for fields that are given. `Id` may be given too.
        """
        with self.lock:
            kind = self.schema.of(sobject)
            values = self._values(kind, record)
            at = stamp(created) if created else values.get("CreatedDate") or self.now()
            last = stamp(modified) if modified else values.get("SystemModstamp") or at
            return self.save_new(kind, values, created=at, modified=last, by=by or self.admin, given=frozenset(values))

    def update(
        self, sobject: str, record_id: str, changes: Mapping[str, Any], *, modified: datetime | None = None, by: str | None = None
    ) -> None:
        """Change a record as the system does; stamps it unless `changes` gives SystemModstamp itself."""
        with self.lock:
            kind = self.schema.of(sobject)
            values = self._values(kind, changes)
            old = self.store.rows(kind.name)[ids.canonical(record_id) or record_id]
            self.save_old(
                kind, old, values, modified=stamp(modified) if modified else self.now(), by=by or self.admin, given=frozenset(values)
            )

    def delete(self, sobject: str, record_id: str, *, at: datetime | None = None) -> None:
        """Move a record, and what hangs on it, to the recycle bin."""
        with self.lock:
            row = self.store.rows(self.schema.of(sobject).name)[ids.canonical(record_id) or record_id]
            lifecycle.delete(self, row, stamp(at) if at else self.now())

    def undelete(self, record_id: str) -> None:
        """Take a record back out of the recycle bin; ValueError when another one has its unique key by now."""
        with self.lock:
            lifecycle.undelete(self, record_id)

    def merge(self, sobject: str, winner: str, *losers: str, at: datetime | None = None) -> None:
        """Merge records into `winner`: the losers are deleted and point to it, their children move to it."""
        with self.lock:
            lifecycle.merge(self, self.schema.of(sobject), winner, losers, stamp(at) if at else self.now())

    def purge(self, *, days: float = 15) -> int:
        """Empty the recycle bin of what was deleted `days` ago or earlier; gives how many records are gone for good."""
        with self.lock:
            return lifecycle.purge(self, days)

    def archive(self, *, days: int = 365) -> int:
        """Archive activities that are over for more than `days`: they stay, but only queryAll shows them."""
        with self.lock:
            return lifecycle.archive(self, days)

    def late(self, at: datetime) -> Late:
        """Open a transaction that stamps its records `at` but shows them only at commit()."""
        return lifecycle.Late(self, stamp(at))

    def records(self, sobject: str, *, deleted: bool = False) -> list[Row]:
        """List copies of an object's rows, oldest first; `deleted=True` lists the recycle bin too."""
        with self.lock:
            rows = self.store.rows(self.schema.of(sobject).name).values()
            return [dict(row) for row in rows if deleted or not row.get("IsDeleted")]

    def record(self, record_id: str) -> Row:
        """Give a copy of one row, deleted or not."""
        with self.lock:
            row = self.store.find(ids.canonical(record_id))
            if row is None:
                raise KeyError(f"no record {record_id}")
            return dict(row)

    def now(self) -> str:
        return stamp(self.clock())

    # ------------------------------------------------------------ saving: the one door to the store

    def save_new(self, kind: ObjectType, values: Row, *, created: str, modified: str, by: str, given: frozenset[str] = frozenset()) -> str:
        """Store a new row with its defaults, its system fields and what follows from it."""
        row = defaults.of(self, kind, by) | values
        row["Id"] = values.get("Id") or self.store.new_id(kind.name)
        for field in kind.fields.values():
            if field.auto_number and field.name not in row:
                row[field.name] = self.store.next_number(kind.name, field.name)
        system = {
            "CreatedDate": created,
            "CreatedById": by,
            "LastModifiedDate": modified,
            "LastModifiedById": by,
            "SystemModstamp": modified,
            "IsDeleted": False,
        }
        row |= {name: value for name, value in system.items() if name not in given and name.lower() in kind.fields}
        row = derive(self.store, kind.name, {}, row, given=given)
        self.store.put(kind.name, row)
        lifecycle.after_save(self, kind, {}, row)
        return str(row["Id"])

    def save_old(self, kind: ObjectType, old: Row, changes: Row, *, modified: str, by: str, given: frozenset[str] = frozenset()) -> None:
        """Store the new state of a row; `changes` may hold None to clear a field."""
        row = old | changes
        if "SystemModstamp" not in given:
            row |= {"SystemModstamp": modified, "LastModifiedDate": modified, "LastModifiedById": by}
        row = {name: value for name, value in derive(self.store, kind.name, old, row, given=given).items() if value is not None}
        self.store.put(kind.name, row)
        blueprint = kind.blueprint
        for change in history_rows(self.store, kind.name, blueprint.tracked, old, row):
            history = self.schema.of(blueprint.history or f"{blueprint.name}History")
            values = {f"{kind.name}Id": row["Id"], **change}
            self.save_new(history, values, created=modified, modified=modified, by=by, given=frozenset(values))
        lifecycle.after_save(self, kind, old, row)

    def bump(self, row: Row, at: str, **changes: Any) -> None:
        """Change a row as background work does: SystemModstamp moves, LastModifiedDate does not."""
        kind = self.schema.of_id(row["Id"])
        if kind is not None:
            new = row | changes
            if "SystemModstamp" in row:
                new["SystemModstamp"] = max(at, row["SystemModstamp"])
            self.store.put(kind, {name: value for name, value in new.items() if value is not None})

    def _values(self, kind: ObjectType, record: Mapping[str, Any]) -> Row:
        values: Row = {}
        for name, value in record.items():
            field = kind.field(name)
            values[field.name] = seed(field, value)
        return values

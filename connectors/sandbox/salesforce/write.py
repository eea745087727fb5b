"""Saving as a client: names and rights, values, the record as a whole; then the one door of the org. One Saver serves one request.

body  ->  _values  ->  checks  ->  org.save_new / save_old          Refused anywhere: this record is not written
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.sandbox.audit import Write
from connectors.sandbox.salesforce import checks, defaults, ids, lifecycle
from connectors.sandbox.salesforce.coerce import client
from connectors.sandbox.salesforce.derive import derive
from connectors.sandbox.salesforce.errors import Refused, deleted, no_external_id, no_reference, not_found, unwritable, wrong_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.sandbox.salesforce.fields import Field
    from connectors.sandbox.salesforce.schema import ObjectType
    from connectors.sandbox.salesforce.store import Row
    from connectors.sandbox.salesforce.web import Call

CRM = "salesforce"


class Saver:
    """Saves the records of one request, and remembers them for the audit."""

    def __init__(self, call: Call, read: Callable[[Field, Any], Any] = client) -> None:
        self.call, self.org, self.view, self.read = call, call.org, call.view, read
        self.rows = 0
        lock = call.effect("lock_row")
        self._locked_row = int(lock) if lock else 0

    # ------------------------------------------------------------ the four verbs

    def create(self, kind: ObjectType, body: Mapping[str, Any]) -> str:
        """Insert one record and give its id."""
        self._may(kind, "create")
        values = self._values(kind, body, creating=True)
        self._meet_lock(values.get("AccountId"), values.get("WhatId"), values.get("ParentId"))
        start = defaults.of(self.org, kind, self.call.user)
        row = start | values
        checks.check_required(kind, row, None)
        checks.check_values(self.org, kind, values)
        checks.check_unique(self.org, kind, values, None)
        if "allowsave=true" not in self.call.headers.get("sforce-duplicate-rule-header", "").lower().replace(" ", ""):
            checks.check_duplicates(self.org, kind, values)
        now = self.org.now()
        checks.check_record(self.org, kind, {}, self._as_saved(kind, {}, {**row, "SystemModstamp": now}))
        return self.org.save_new(
            kind, {name: value for name, value in values.items() if value is not None}, created=now, modified=now, by=self.call.user
        )

    def update(self, kind: ObjectType, record_id: str, body: Mapping[str, Any]) -> str:
        """Change one record and give its id; saving what is there already stamps it all the same."""
        self._may(kind, "edit")
        row = self.existing(kind, record_id)
        values = self._values(kind, body, creating=False, old=row)
        self._may_change(row)
        self._meet_lock(row["Id"], row.get("AccountId"), values.get("AccountId"))
        new = row | values
        checks.check_required(kind, new, values)
        checks.check_values(self.org, kind, {name: value for name, value in values.items() if value != row.get(name)})
        checks.check_unique(self.org, kind, values, row["Id"])
        now = self.org.now()
        checks.check_record(self.org, kind, row, self._as_saved(kind, row, {**new, "SystemModstamp": now}))
        self.org.save_old(kind, row, values, modified=now, by=self.call.user)
        return str(row["Id"])

    def upsert(self, kind: ObjectType, key: Field, value: Any, body: Mapping[str, Any], *, update_only: bool = False) -> tuple[str, bool]:
        """Update the record that has this key, or insert one; gives its id and whether it is new."""
        matches = self.matches(kind, key, value)
        if len(matches) > 1:
            listed = ", ".join(row["Id"] for row in matches)
            raise Refused("DUPLICATE_EXTERNAL_ID", f"{key.name}: more than one record found for external id field: [{listed}]", fields=())
        if matches:
            return self.update(kind, matches[0]["Id"], body), False
        if update_only or key.type == "id":
            raise not_found()
        if self.call.effect("duplicate_race") is not None:
            self._lose_race(kind, key, value, body)
        return self.create(kind, {key.name: value, **body}), True

    def remove(self, kind: ObjectType, record_id: str) -> str:
        self._may(kind, "delete")
        row = self.existing(kind, record_id)
        self._may_change(row)
        self._meet_lock(row["Id"])
        lifecycle.delete(self.org, row, self.org.now())
        return str(row["Id"])

    # ------------------------------------------------------------ finding

    def existing(self, kind: ObjectType, record_id: str) -> Row:
        """Find a live record; the refusals are those of a single-record request."""
        whole = ids.canonical(record_id)
        if whole is None or whole[:3] != kind.prefix:
            raise wrong_id(f"{kind.label} ID", record_id, "Id")
        row = self.org.store.rows(kind.name).get(whole)
        if row is None:
            raise not_found()
        if row.get("IsDeleted"):
            raise deleted()
        return row

    def key(self, kind: ObjectType, name: str) -> Field:
        """Find the field that an upsert may match by."""
        field = self.view.fields(kind).get(name.lower())
        if field is None or not (field.is_key or field.type == "id"):
            raise no_external_id(name)
        return field

    def matches(self, kind: ObjectType, key: Field, value: Any) -> list[Row]:
        read = self.read(key, value)
        if read is None:
            raise Refused("MISSING_ARGUMENT", f"{key.name} not specified", fields=())
        if key.type == "id":
            return [self.existing(kind, str(read))]
        return self.org.store.matching(kind.name, key, read)

    # ------------------------------------------------------------ checking

    def _values(self, kind: ObjectType, body: Mapping[str, Any], *, creating: bool, old: Row | None = None) -> Row:
        """Read names and values: unknown and withheld fields first, then those that may not be written, then the values."""
        fields = self.view.fields(kind)
        found: list[tuple[Field, Any]] = []
        for name, value in body.items():
            if name.lower() == "attributes":
                continue
            field = fields.get(name.lower())
            if field is None:
                raise Refused("INVALID_FIELD", f"No such column '{name}' on sobject of type {kind.name}")
            if field.type == "id":
                raise Refused("INVALID_FIELD", "The Id field should not be specified in the sobject data.")
            found.append((field, value))
        barred = [
            field.name
            for field, _ in found
            if not (field.createable if creating else field.updateable) or field.calculated or not self.view.editable(kind, field)
        ]
        if barred:
            raise unwritable(barred)
        values = {field.name: self.read(field, value) for field, value in found}
        if old is not None and old.get("IsPersonAccount") and "Name" in values:
            raise Refused("INVALID_FIELD_FOR_INSERT_UPDATE", "Account: bad field names on insert/update call: Name", fields=("Name",))
        return values

    def _may(self, kind: ObjectType, verb: str) -> None:
        blueprint = kind.blueprint
        if blueprint.writes == "none" or (verb == "edit" and not blueprint.updates) or (verb == "delete" and kind.name == "User"):
            done = {"create": "inserted", "edit": "updated", "delete": "deleted"}[verb]
            raise Refused("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be {done}: {kind.name}", fields=())
        is_grant = kind.name in {"PermissionSetAssignment", "PermissionSet", "FieldPermissions", "ObjectPermissions"}
        if not self.view.may(kind, verb) or (is_grant and not self.org.knobs.may_assign):
            raise no_access()

    def _may_change(self, row: Row) -> None:
        if row["Id"] in self.org.knobs.locked_out:
            raise no_access()

    def _meet_lock(self, *records: str | None) -> None:
        self.rows += 1
        if self.rows == self._locked_row:
            raise checks.locked(next((record for record in records if record), "unknown"))
        checks.check_lock(self.org, *records)

    def _as_saved(self, kind: ObjectType, old: Row, new: Row) -> Row:
        return derive(self.org.store, kind.name, old, new)

    def _lose_race(self, kind: ObjectType, key: Field, value: Any, body: Mapping[str, Any]) -> None:
        """Let somebody else insert the same key in between, as two runs at once would."""
        values = {key.name: self.read(key, value), **self._values(kind, body, creating=True)}
        given = {name: one for name, one in values.items() if one is not None}
        now = self.org.now()
        with self.org.store.apart():
            other = self.org.save_new(kind, given, created=now, modified=now, by=self.org.admin)
        raise Refused("DUPLICATE_VALUE", f"duplicate value found: {key.name} duplicates value on record with id: {other}", fields=())


def no_access() -> Refused:
    return Refused("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", status=403, fields=())


def as_row(refused: Refused) -> Refused:
    """Turn a refusal of a single-record request into what the same fault is called in a row of many."""
    return no_reference() if refused.code == "NOT_FOUND" else refused


def note(call: Call, kind: str, changed: list[str], bodies: list[Mapping[str, Any]], status: int, *, refused: int = 0) -> None:
    """Tell the audit what a request did to one object."""
    names = sorted({name for body in bodies for name in body if name.lower() not in {"attributes", "id"}})
    call.audit.wrote(
        Write(
            crm=CRM, method=call.method, path=f"/services/data/v{call.version}{call.path}", object=kind, ids=tuple(changed), fields=tuple(names), at=call.org.clock(),
            status=status, refused=refused,
        )
    )  # fmt: skip

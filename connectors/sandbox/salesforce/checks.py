"""What Salesforce refuses in the values of one record: length, picklists, owners, references, keys, and the admin's own rules.

Saver (write.py)  ->  check_values (one field at a time)  ->  check_record (the record as it would be)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce.errors import Refused, no_reference, wrong_id
from connectors.sandbox.salesforce.fields import TEXTUAL
from connectors.sandbox.salesforce.schema import ACTIVITIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.sandbox.salesforce.fields import Field
    from connectors.sandbox.salesforce.org import Org
    from connectors.sandbox.salesforce.schema import ObjectType
    from connectors.sandbox.salesforce.store import Row

_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")


def check_values(org: Org, kind: ObjectType, values: Mapping[str, Any]) -> None:
    """Refuse the first value that its field cannot hold."""
    for name, value in values.items():
        if value is None:
            continue
        field = kind.field(name)
        if field.type in TEXTUAL and field.length and len(value) > field.length and field.type not in {"picklist", "multipicklist"}:
            raise Refused("STRING_TOO_LONG", f"{field.label}: data value too large: {value} (max length={field.length})", fields=(name,))
        if field.type == "email" and not _EMAIL.fullmatch(value):
            raise Refused("INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {value}", fields=(name,))
        if field.type in {"picklist", "multipicklist"} and field.restricted:
            _check_choice(org, kind, field, value)
        if name == "OwnerId":
            _check_owner(org, kind, field, value)
        elif field.type == "reference":
            _check_reference(org, field, value)


def _check_choice(org: Org, kind: ObjectType, field: Field, value: str) -> None:
    known = {choice.value for choice in org.choices(kind, field) if choice.active}
    for part in value.split(";") if field.type == "multipicklist" else (value,):
        if part not in known:
            message = f"{field.label}: bad value for restricted picklist field: {part}"
            raise Refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, fields=(field.name,))


def _check_reference(org: Org, field: Field, value: str) -> None:
    target = org.schema.of_id(value)
    allowed = target in field.reference_to or (field.name == "WhatId" and target is not None and org.schema.of(target).custom)
    if target is None or not allowed:
        raise wrong_id(field.label, value, field.name)
    row = org.store.find(value)
    if row is None or row.get("IsDeleted"):
        raise no_reference()


def _check_owner(org: Org, kind: ObjectType, field: Field, value: str) -> None:
    """Take an active user, or a queue that serves this object."""
    target = org.schema.of_id(value)
    row = org.store.find(value)
    if target not in field.reference_to or row is None:
        raise no_reference()
    if target == "User":
        if not row.get("IsActive"):
            raise inactive(value, kind)
        return
    served = {one["SobjectType"] for one in org.store.rows("QueueSobject").values() if one.get("QueueId") == value}
    if row.get("Type") != "Queue" or kind.name not in served:
        raise no_reference()


def inactive(user: str, kind: ObjectType) -> Refused:
    message = f"operation performed with inactive user [{user}] as owner of {kind.label.lower()}"
    return Refused("INACTIVE_OWNER_OR_USER", message, fields=())


def check_required(kind: ObjectType, row: Mapping[str, Any], touched: Mapping[str, Any] | None) -> None:
    """Refuse a record without what it must have; `touched` are the values of an update, None on insert."""
    fields = [field for field in kind.fields.values() if field.required and field.createable and not field.calculated]
    missing = [field.name for field in fields if row.get(field.name) is None and (touched is None or field.name in touched)]
    if missing:
        raise Refused("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", fields=tuple(missing))


def check_unique(org: Org, kind: ObjectType, values: Mapping[str, Any], own_id: str | None) -> None:
    for name, value in values.items():
        field = kind.field(name)
        if field.unique and value is not None:
            other = next((row["Id"] for row in org.store.same_key(kind.name, field, value) if row["Id"] != own_id), None)
            if other is not None:
                raise Refused("DUPLICATE_VALUE", f"duplicate value found: {name} duplicates value on record with id: {other}", fields=())
    if kind.name == "PermissionSetAssignment":
        for row in org.store.rows(kind.name).values():
            if row.get("AssigneeId") == values.get("AssigneeId") and row.get("PermissionSetId") == values.get("PermissionSetId"):
                message = f"duplicate value found: AssigneeId|PermissionSetId duplicates value on record with id: {row['Id']}"
                raise Refused("DUPLICATE_VALUE", message, fields=())


def check_record(org: Org, kind: ObjectType, old: Row, new: Row) -> None:
    """Refuse a record that is impossible as a whole, or that the admin's rules do not want."""
    if old and not org.knobs.update_inactive_owners and new.get("OwnerId") == old.get("OwnerId"):
        owner = org.store.find(old.get("OwnerId")) or {}
        if owner.get("IsActive") is False:
            raise inactive(owner["Id"], kind)
    if kind.name == "Account" and new.get("ParentId") != old.get("ParentId"):
        _check_hierarchy(org, new)
    if kind.name in ACTIVITIES and new.get("StartDateTime") and new.get("EndDateTime", new["StartDateTime"]) < new["StartDateTime"]:
        raise Refused("FIELD_INTEGRITY_EXCEPTION", "Event duration can't be negative", fields=("EndDateTime",))
    for check in org.knobs.checks:
        if check.object == kind.name and check.when(new, old):
            raise Refused(check.code, check.message, fields=check.fields)


def _check_hierarchy(org: Org, new: Row) -> None:
    above = new.get("ParentId")
    while above is not None:
        if above == new.get("Id"):
            raise Refused("CIRCULAR_DEPENDENCY", "attempt to violate hierarchy constraints", fields=("ParentId",))
        above = (org.store.find(above) or {}).get("ParentId")


def check_duplicates(org: Org, kind: ObjectType, values: Mapping[str, Any]) -> None:
    """Apply the duplicate rule of an object to a new record."""
    names = org.knobs.duplicate_rules.get(kind.name, ())
    if not names or any(values.get(name) is None for name in names):
        return
    for row in org.store.rows(kind.name).values():
        if not row.get("IsDeleted") and all(kind.field(name).fold(row.get(name)) == kind.field(name).fold(values[name]) for name in names):
            found = {
                "allowSave": True,
                "duplicateRule": f"Standard_{kind.name}_Duplicate_Rule",
                "duplicateRuleEntityType": kind.name,
                "errorMessage": "Use one of these records?",
            }
            raise Refused("DUPLICATES_DETECTED", "Use one of these records?", fields=(), more={"duplicateResult": found})


def check_lock(org: Org, *records: str | None) -> None:
    """Refuse a save that meets a row another transaction holds; each refusal brings the end of the lock nearer."""
    for record in records:
        left = org.knobs.row_locks.get(record or "", 0)
        if record and left > 0:
            org.knobs.row_locks[record] = left - 1
            raise locked(record)


def locked(record: str) -> Refused:
    message = f"unable to obtain exclusive access to this record or 1 records: {record}"
    return Refused("UNABLE_TO_LOCK_ROW", message, fields=())

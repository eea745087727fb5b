"""Who may see and change which object and field: the profile's grants, widened by the permission sets a user is assigned.

A field made by a deployment is granted to nobody, administrators included: until a permission set with it is deployed AND assigned
it does not exist for the API. Fields that may not be null are always granted, as the vendor does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connectors.sandbox.salesforce.schema import ACTIVITIES

if TYPE_CHECKING:
    from connectors.sandbox.salesforce.fields import Field
    from connectors.sandbox.salesforce.schema import ObjectType, Schema
    from connectors.sandbox.salesforce.store import Row, Store

VERBS = {"read": "PermissionsRead", "create": "PermissionsCreate", "edit": "PermissionsEdit", "delete": "PermissionsDelete"}


@dataclass(slots=True)
class Profile:
    """What the one profile of all users withholds; everything else is granted. Names are lower case, fields are `object.field`."""

    hidden: set[str] = field(default_factory=set)
    frozen: set[str] = field(default_factory=set)
    denied: set[tuple[str, str]] = field(default_factory=set)


class View:
    """The org as one user sees it, as of one version of schema and grants."""

    def __init__(self, schema: Schema, store: Store, profile: Profile, user: str) -> None:
        self.schema, self.profile, self.user, self.version = schema, profile, user, schema.version
        sets = _assigned(store, user)
        granted = [row for row in store.rows("FieldPermissions").values() if row.get("ParentId") in sets]
        self._read = {name for row in granted if row.get("PermissionsRead") for name in _spread(row)}
        self._edit = {name for row in granted if row.get("PermissionsEdit") for name in _spread(row)}
        self._objects = {
            (str(row["SobjectType"]).lower(), verb)
            for row in store.rows("ObjectPermissions").values()
            if row.get("ParentId") in sets
            for verb, flag in VERBS.items()
            if row.get(flag)
        }
        self._fields: dict[str, dict[str, Field]] = {}

    def may(self, kind: ObjectType, verb: str) -> bool:
        key = (kind.name.lower(), verb)
        return key not in self.profile.denied or key in self._objects

    def kind(self, name: str) -> ObjectType | None:
        """Find an object that this user may read; one that is withheld is as absent as one that does not exist."""
        found = self.schema.get(name)
        return found if found is not None and self.may(found, "read") else None

    def fields(self, kind: ObjectType) -> dict[str, Field]:
        """Give the fields this user may read, by lower-case name."""
        found = self._fields.get(kind.name)
        if found is None:
            found = {lower: one for lower, one in kind.fields.items() if self._sees(kind, one)}
            self._fields[kind.name] = found
        return found

    def editable(self, kind: ObjectType, one: Field) -> bool:
        name = f"{kind.name}.{one.name}".lower()
        withheld = name in self.profile.hidden or name in self.profile.frozen
        return one.required or not withheld or name in self._edit

    def _sees(self, kind: ObjectType, one: Field) -> bool:
        name = f"{kind.name}.{one.name}".lower()
        return one.required or name not in self.profile.hidden or name in self._read or name in self._edit


def _assigned(store: Store, user: str) -> set[str]:
    """List the permission sets that work for a user; one that wants activation in a session grants nothing to an API user."""
    found = {row["PermissionSetId"] for row in store.rows("PermissionSetAssignment").values() if row.get("AssigneeId") == user}
    sets = store.rows("PermissionSet")
    return {one for one in found if one in sets and not sets[one].get("HasActivationRequired")}


def _spread(row: Row) -> list[str]:
    """Name the fields one grant is good for: an activity's custom field is granted on Task and Event together."""
    kind, _, name = str(row["Field"]).lower().partition(".")
    kinds = [one.lower() for one in ACTIVITIES] if kind in {"task", "event"} and name.endswith("__c") else [kind]
    return [f"{one}.{name}" for one in kinds]

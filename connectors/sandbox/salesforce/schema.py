"""Which objects and fields the org has. Blueprints (text) become object types; fields added later appear everywhere at once.

A custom field of activities is defined on `Activity` and lives, as one field, on Task and on Event.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from connectors.sandbox.salesforce.fields import Field, label_of, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SYSTEM = {
    "full": 'Id id\nIsDeleted bool readonly "Deleted"\nCreatedDate datetime readonly\nCreatedById ref(User) readonly rel=CreatedBy\n'
    "LastModifiedDate datetime readonly\nLastModifiedById ref(User) readonly rel=LastModifiedBy\nSystemModstamp datetime readonly",
    "setup": "Id id\nCreatedDate datetime readonly\nCreatedById ref(User) readonly rel=CreatedBy\n"
    "LastModifiedDate datetime readonly\nLastModifiedById ref(User) readonly rel=LastModifiedBy\nSystemModstamp datetime readonly",
    "history": "Id id\nIsDeleted bool readonly\nCreatedDate datetime readonly\nCreatedById ref(User) readonly rel=CreatedBy",
    "none": "Id id",
}  # fmt: skip
"""The fields that every object of a kind has."""
POLYMORPHIC = (
    "Id",
    "Name",
    "Type",
    "FirstName",
    "LastName",
    "Email",
    "Phone",
    "Title",
    "IsActive",
    "Alias",
    "Username",
    "ProfileId",
    "UserRoleId",
)
"""What a query may ask of a parent that may be of several types (the vendor's object Name)."""
ACTIVITIES = ("Task", "Event")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """An object as text. `system` says which system fields it has, `writes` whether the API may change it at all."""

    name: str
    prefix: str
    lines: str
    system: Literal["full", "setup", "history", "none"] = "full"
    writes: Literal["all", "none"] = "all"
    updates: bool = True
    bulk: bool = True
    merges: bool = False
    activities: bool = False
    activity: bool = False
    tracked: tuple[str, ...] = ()
    history: str | None = None


@dataclass(slots=True, kw_only=True)
class ObjectType:
    """One object: its fields by lower-case name, and its relations up (by lower-case relationship name) and down."""

    name: str
    label: str
    prefix: str
    blueprint: Blueprint
    fields: dict[str, Field] = field(default_factory=dict)
    up: dict[str, Field] = field(default_factory=dict)

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    def add(self, one: Field) -> None:
        """Add a field, or replace the one of the same name."""
        self.fields[one.lower] = one
        if one.relationship:
            self.up[one.relationship.lower()] = one

    def field(self, name: str) -> Field:
        """Find a field that must exist; KeyError names object and field."""
        found = self.fields.get(name.lower())
        if found is None:
            raise KeyError(f"{self.name} has no field {name}")
        return found


@dataclass(slots=True)
class Schema:
    """All objects of the org. `version` grows with every change, so that what was derived from it can be thrown away."""

    objects: dict[str, ObjectType] = field(default_factory=dict)
    version: int = 0
    _prefixes: dict[str, str] = field(default_factory=dict)

    def build(self, blueprints: Iterable[Blueprint]) -> None:
        for blueprint in blueprints:
            kind = ObjectType(name=blueprint.name, label=label_of(blueprint.name), prefix=blueprint.prefix, blueprint=blueprint)
            for line in f"{SYSTEM[blueprint.system]}\n{blueprint.lines}".splitlines():
                if line.strip():
                    kind.add(parse(line))
            self.objects[blueprint.name.lower()] = kind
            self._prefixes[blueprint.prefix] = blueprint.name
        self.version += 1

    def get(self, name: str) -> ObjectType | None:
        return self.objects.get(name.lower())

    def of(self, name: str) -> ObjectType:
        """Find an object that must exist."""
        found = self.objects.get(name.lower())
        if found is None:
            raise KeyError(f"the org has no object {name}")
        return found

    def of_id(self, record_id: str) -> str | None:
        """Name the object that an id belongs to, by its prefix."""
        return self._prefixes.get(record_id[:3])

    def define(self, name: str, fields: Iterable[Field | str], *, label: str | None = None) -> None:
        """Add custom fields to an object; a custom object that is not there yet is made with Name, owner and system fields."""
        wanted = [one if isinstance(one, Field) else parse(one) for one in fields]
        if name.lower() == "activity":
            for activity in ACTIVITIES:
                self.define(activity, wanted)
            return
        if self.get(name) is None:
            self._make(name, label, named=any(one.name == "Name" for one in wanted))
        kind = self.of(name)
        for one in wanted:
            kind.add(one)
        self.version += 1

    def _make(self, name: str, label: str | None, *, named: bool) -> None:
        if not name.endswith("__c"):
            raise ValueError(f"a custom object ends in __c, {name} does not")
        number = sum(1 for kind in self.objects.values() if kind.custom)
        lines = 'OwnerId ref(User|Group) rel=Owner "Owner ID"' + ("" if named else "\nName text(80)")
        self.build([Blueprint(name=name, prefix=f"a{number:02d}", lines=lines)])
        if label:
            self.of(name).label = label

    def fields_of(self, name: str) -> Iterator[Field]:
        """Walk the fields of an object; those of Activity are the custom fields of Task."""
        if name.lower() == "activity":
            yield from (one for one in self.of("Task").fields.values() if one.custom)
        else:
            yield from self.of(name).fields.values()

    def references(self, target: str) -> Iterator[tuple[ObjectType, Field]]:
        """Walk the fields, of all objects, that may point to records of `target`."""
        for kind in self.objects.values():
            for one in kind.fields.values():
                if target in one.reference_to:
                    yield kind, one


def as_json_kind(kind: ObjectType) -> dict[str, Any]:
    """Show what describe says about an object as a whole; the global describe shows no more than this."""
    blueprint = kind.blueprint
    writes = blueprint.writes == "all"
    return {
        "activateable": False,
        "associateEntityType": "History" if blueprint.system == "history" else None,
        "associateParentEntity": None,
        "createable": writes,
        "custom": kind.custom,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": writes and kind.name != "User",
        "deprecatedAndHidden": False,
        "feedEnabled": blueprint.activities,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": kind.prefix,
        "label": kind.label,
        "labelPlural": f"{kind.label}s",
        "layoutable": blueprint.system == "full",
        "mergeable": blueprint.merges,
        "mruEnabled": blueprint.system == "full",
        "name": kind.name,
        "queryable": True,
        "replicateable": "systemmodstamp" in kind.fields,
        "retrieveable": True,
        "searchable": blueprint.system == "full",
        "triggerable": blueprint.system == "full",
        "undeletable": blueprint.system == "full",
        "updateable": writes and blueprint.updates,
    }

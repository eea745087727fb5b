"""The Tooling API as far as a diagnosis needs it: which custom fields exist, whoever may see them.

A field without field-level security is absent from describe and from SOQL, but CustomField and FieldDefinition still list it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from connectors.sandbox.salesforce import ids
from connectors.sandbox.salesforce.schema import ACTIVITIES, Blueprint, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from connectors.sandbox.salesforce.fields import Choice, Field
    from connectors.sandbox.salesforce.org import Org
    from connectors.sandbox.salesforce.schema import ObjectType
    from connectors.sandbox.salesforce.store import Row

BLUEPRINTS = (
    Blueprint(
        name="CustomField", prefix="00N", system="none",
        lines="DeveloperName text(80)\nTableEnumOrId text(40)\nNamespacePrefix text(15)\nFullName text(120) nofilter\nDescription text(1000) nofilter\n"
        "EntityDefinitionId text(40)",
    ),
    Blueprint(
        name="EntityDefinition", prefix="4ie", system="none",
        lines="DurableId text(40)\nQualifiedApiName text(80)\nDeveloperName text(80)\nLabel text(80)\nKeyPrefix text(3)\nIsCustomizable bool",
    ),
    Blueprint(
        name="FieldDefinition", prefix="4if", system="none",
        lines="DurableId text(80)\nEntityDefinitionId ref(EntityDefinition) rel=EntityDefinition\nQualifiedApiName text(120)\nDeveloperName text(80)\n"
        "Label text(80)\nDataType text(80)\nLength int\nIsNillable bool\nIsIndexed bool",
    ),
)  # fmt: skip


class ToolingSource:
    """Rows made from the schema at the moment of the query."""

    def __init__(self, org: Org) -> None:
        self.org, self.zone, self.multi_currency = org, ZoneInfo("UTC"), False
        self.schema = Schema()
        self.schema.build(BLUEPRINTS)
        self._entities = {name: self._entity(number, name) for number, name in enumerate(self._names(), start=1)}
        self._by_id: dict[str, Row] = {row["Id"]: row for row in self._entities.values()}

    def _names(self) -> list[str]:
        return [kind.name for kind in self.org.schema.objects.values()] + ["Activity"]

    def _entity(self, number: int, name: str) -> Row:
        kind = self.org.schema.get(name)
        return {
            "Id": ids.make("4ie", number), "DurableId": name, "QualifiedApiName": name, "DeveloperName": name.removesuffix("__c"),
            "Label": kind.label if kind else name, "KeyPrefix": kind.prefix if kind else None, "IsCustomizable": True,
        }  # fmt: skip

    def kind(self, name: str) -> ObjectType | None:
        return self.schema.get(name)

    def fields(self, kind: ObjectType) -> Mapping[str, Field]:
        return kind.fields

    def rows(self, kind: ObjectType) -> Iterable[Row]:
        if kind.name == "EntityDefinition":
            return list(self._entities.values())
        pairs = [(name, field) for name in self._names() for field in self.org.schema.fields_of(name)]
        if kind.name == "CustomField":
            return [
                _custom_field(number, name, field)
                for number, (name, field) in enumerate(pairs, start=1)
                if field.custom and name not in ACTIVITIES
            ]
        return [self._definition(number, name, field) for number, (name, field) in enumerate(pairs, start=1)]

    def _definition(self, number: int, name: str, field: Field) -> Row:
        return {
            "Id": ids.make("4if", number), "DurableId": f"{name}.{field.name}", "EntityDefinitionId": self._entities[name]["Id"], "QualifiedApiName": field.name,
            "DeveloperName": field.name.removesuffix("__c"), "Label": field.label, "DataType": field.type.title(), "Length": field.length,
            "IsNillable": field.nillable, "IsIndexed": field.is_key,
        }  # fmt: skip

    def find(self, record_id: str | None) -> Row | None:
        return self._by_id.get(record_id or "")

    def type_of(self, record_id: str | None) -> str | None:
        return self.schema.of_id(record_id) if record_id else None

    def object_of(self, row: Row) -> str:
        return self.schema.of_id(row["Id"]) or "Name"

    def children(self, _kind: ObjectType, _name: str) -> tuple[ObjectType, Field] | None:
        return None

    def choices(self, _kind: ObjectType, _field: Field) -> tuple[Choice, ...]:
        return ()

    def rate(self, _code: str | None) -> float:
        return 1.0

    def own_rate(self) -> float:
        return 1.0

    def today(self) -> date:
        return self.org.clock().date()


def _custom_field(number: int, name: str, field: Field) -> dict[str, Any]:
    return {
        "Id": ids.make("00N", number), "DeveloperName": field.name.removesuffix("__c"), "TableEnumOrId": name, "EntityDefinitionId": name,
        "FullName": f"{name}.{field.name}", "Description": field.help,
    }  # fmt: skip

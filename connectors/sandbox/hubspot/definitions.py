"""Property definitions of one object type: what exists, what may be created, changed and archived, and what comes back.

    definitions.toml + POST/PATCH/DELETE  -->  Property  -->  value checks, defaults, answers

An archived property keeps its values out of sight; creating its name again restores it, values included, with the new definition.
A new definition becomes visible only after the portal's definition lag, as the vendor's read-after-write does.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.hubspot.shapes import integer, members
from connectors.sandbox.hubspot.wire import invalid, refuse, stamp, unset

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connectors.sandbox.hubspot.kinds import Kind

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,99}")
FIELD_TYPES: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset({"text", "textarea", "html", "phonenumber", "file"}),
    "number": frozenset({"number", "calculation_equation"}),
    "bool": frozenset({"booleancheckbox", "calculation_equation"}),
    "enumeration": frozenset({"select", "radio", "checkbox", "booleancheckbox", "calculation_equation"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"date"}),
}
MOST_UNIQUE: Final = 10
MOST_CUSTOM: Final = 1_000
_LINE: Final = re.compile(r"(?P<type>\w+)/(?P<field>\w+)(?P<ro>!?) (?P<label>[^|>]+?)(?: > (?P<refs>\w+))?(?: \| (?P<options>.+))?")


@dataclass(slots=True, kw_only=True)
class Property:
    """One definition. `options` are the wire's dicts; `references` is OWNER for owner fields; times are epoch milliseconds."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    description: str = ""
    options: list[dict[str, Any]] = field(default_factory=list)
    display_order: int = -1
    unique: bool = False
    hidden: bool = False
    form_field: bool = False
    hubspot_defined: bool = False
    read_only: bool = False
    references: str | None = None
    visible_from: int = 0
    created: int = 0
    updated: int = 0
    archived_at: int | None = None

    def as_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "updatedAt": stamp(self.updated),
            "createdAt": stamp(self.created),
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": [dict(option) for option in self.options],
            "displayOrder": self.display_order,
            "calculated": self.field_type == "calculation_equation",
            "externalOptions": self.references is not None,
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "modificationMetadata": {
                "archivable": not self.hubspot_defined,
                "readOnlyDefinition": self.hubspot_defined,
                "readOnlyValue": self.read_only,
            },
            "formField": self.form_field,
            "dataSensitivity": "non_sensitive",
        }
        if self.references:
            body["referencedObjectType"] = self.references
        if self.name == "amount" and self.group == "dealinformation":
            body |= {"showCurrencySymbol": True, "currencyPropertyName": "deal_currency_code"}
        if self.hubspot_defined:
            return body | {"hubspotDefined": True}
        archived = {"archived": self.archived_at is not None}
        return body | archived | ({"archivedAt": stamp(self.archived_at)} if self.archived_at is not None else {})


@dataclass(slots=True, kw_only=True)
class Group:
    name: str
    label: str
    display_order: int = -1

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "label": self.label, "displayOrder": self.display_order, "archived": False}


class Definitions:
    """The properties and groups of one object type."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.groups: dict[str, Group] = {}
        self.known: dict[str, Property] = {}
        self.uses: dict[str, list[tuple[str, str]]] = {}
        """What hinders deletion: property name -> (kind of asset, its name)."""
        for prop in standard(kind):
            self.known[prop.name] = prop
            if prop.group not in self.groups:
                self.groups[prop.group] = Group(name=prop.group, label=prop.group.capitalize(), display_order=len(self.groups))

    def get(self, name: str, now: int) -> Property | None:
        """The definition if it exists and has become visible."""
        prop = self.known.get(name)
        return prop if prop is not None and prop.archived_at is None and prop.visible_from <= now else None

    def listed(self, now: int, *, archived: bool = False) -> Iterator[Property]:
        for prop in self.known.values():
            if (archived and prop.archived_at is not None) or (not archived and self.get(prop.name, now) is not None):
                yield prop

    def uniques(self) -> Iterator[Property]:
        return (prop for prop in self.known.values() if prop.unique and prop.archived_at is None)

    def create(self, body: Mapping[str, Any], now: int, *, lag: int, unique_refused: bool) -> Property:
        """Create, or restore an archived name with the definition given now."""
        if lacking := [key for key in ("name", "label", "type", "fieldType", "groupName") if not body.get(key)]:
            raise unset(*lacking)
        name, old = str(body["name"]), self.known.get(str(body["name"]))
        if not NAME.fullmatch(name):
            raise _flaw(
                "INVALID_PROPERTY_NAME",
                f"Property name '{name}' must be lower-case letters, digits and underscores, starting with a letter",
            )
        if old is not None and old.archived_at is None:
            raise refuse(
                409,
                f"A property named '{name}' already exists.",
                "OBJECT_ALREADY_EXISTS",
                subCategory="Properties.PROPERTY_WITH_NAME_EXISTS",
            )
        self._check_shape(body)
        unique = bool(body.get("hasUniqueValue"))
        if unique and unique_refused:
            raise _flaw("UNIQUE_VALUE_NOT_SUPPORTED", f"Object type {self.kind.id} does not support unique properties")
        if unique and sum(1 for one in self.uniques() if not one.hubspot_defined) >= MOST_UNIQUE:
            raise _flaw("UNIQUE_PROPERTY_LIMIT", f"Object type {self.kind.id} already has {MOST_UNIQUE} unique properties")
        if sum(1 for one in self.known.values() if not one.hubspot_defined and one.archived_at is None) >= MOST_CUSTOM:
            raise _flaw("PROPERTY_LIMIT", f"Object type {self.kind.id} already has {MOST_CUSTOM} custom properties")
        prop = Property(
            name=name,
            label=str(body["label"]),
            type=str(body["type"]),
            field_type=str(body["fieldType"]),
            group=str(body["groupName"]),
            unique=unique,
            references=body.get("referencedObjectType") if body.get("externalOptions") else None,
            visible_from=now + lag,
            created=now,
            updated=now,
        )
        _apply(prop, body)
        self.known[name] = prop
        return prop

    def patch(self, name: str, body: Mapping[str, Any], now: int) -> Property:
        """Overwrite what is given; `options` replaces the whole list; hasUniqueValue is ignored, as observed."""
        prop = self.get(name, now) or self._unknown(name)
        if prop.hubspot_defined and set(body) - {"options", "displayOrder", "hidden", "formField", "hasUniqueValue"}:
            raise _flaw("READ_ONLY_DEFINITION", f"Property '{name}' is defined by HubSpot and cannot be edited")
        held = {"type": prop.type, "fieldType": prop.field_type, "groupName": prop.group, "options": prop.options}
        whole = {**held, **body, "externalOptions": prop.references is not None}
        self._check_shape(whole)
        prop.type, prop.field_type, prop.group = whole["type"], whole["fieldType"], whole["groupName"]
        prop.label = str(body.get("label", prop.label))
        _apply(prop, body)
        prop.updated = now
        return prop

    def archive(self, name: str, now: int) -> None:
        prop = self.get(name, now) or self._unknown(name)
        if prop.hubspot_defined:
            raise _flaw("CANNOT_DELETE_HUBSPOT_DEFINED_PROPERTY", f"Property '{name}' is defined by HubSpot and cannot be deleted")
        if uses := self.uses.get(name):
            details = [{"message": f"{what} {title}", "context": {"parentType": [what], "parentName": [title]}} for what, title in uses]
            raise invalid(
                f"Property '{name}' is in use and cannot be deleted.",
                subCategory="PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE",
                errors=details,
            )
        prop.archived_at = now

    def active_in(self, group: str) -> bool:
        return any(prop.group == group and prop.archived_at is None for prop in self.known.values())

    def _unknown(self, name: str) -> Property:
        raise refuse(
            404,
            f"Property with name '{name}' does not exist for object type {self.kind.id}",
            "OBJECT_NOT_FOUND",
            subCategory="PROPERTY_DOESNT_EXIST",
        )

    def _check_shape(self, body: Mapping[str, Any]) -> None:
        group, kind, field_type = (str(body[key]) for key in ("groupName", "type", "fieldType"))
        if group not in self.groups:
            raise invalid(f"Property group '{group}' does not exist.", subCategory="PropertyGroupError.GROUP_DOES_NOT_EXIST")
        if kind not in FIELD_TYPES:
            raise _flaw("INVALID_PROPERTY_TYPE", f"{kind} is not one of the allowed types: {sorted(FIELD_TYPES)}")
        if field_type not in FIELD_TYPES[kind]:
            raise _flaw("INVALID_FIELD_TYPE", f"{field_type} is not a field type of {kind}")
        options = members(body, "options", dict)
        for option in options:
            integer(option, "displayOrder", -1)
            if lacking := [key for key in ("label", "value") if not str(option.get(key, ""))]:
                raise unset(*lacking)
        values = [str(option["value"]) for option in options]
        if len(set(values)) != len(values):
            raise _flaw("DUPLICATE_OPTION_VALUE", "Option values must be unique")
        if body["type"] == "bool" and sorted(values) != ["false", "true"]:
            raise _flaw("INVALID_BOOLEAN_OPTION", "A boolean property must have exactly the options true and false")
        if body["type"] == "enumeration" and not values and not body.get("externalOptions"):
            raise _flaw("MISSING_OPTIONS", "An enumeration property must have options")


def _flaw(code: str, message: str) -> Exception:
    return invalid(message, subCategory=f"PropertyValidationError.{code}")


def _apply(prop: Property, body: Mapping[str, Any]) -> None:
    if "options" in body:
        prop.options = spelled(members(body, "options", dict))
    prop.description = str(body.get("description", prop.description) or "")
    prop.display_order = integer(body, "displayOrder", prop.display_order)
    prop.hidden = bool(body.get("hidden", prop.hidden))
    prop.form_field = bool(body.get("formField", prop.form_field))


def spelled(options: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Complete options as the vendor stores them: a missing displayOrder is the last one plus one, `hidden` is said."""
    done: list[dict[str, Any]] = []
    last = -1
    for option in options:
        last = integer(option, "displayOrder", last + 1)
        head = {"label": str(option["label"]), "value": str(option["value"]), "displayOrder": last}
        done.append({**head, "hidden": bool(option.get("hidden")), "description": str(option.get("description") or "")})
    return done


def standard(kind: Kind) -> list[Property]:
    """Make fresh copies of the vendor's own definitions of an object type."""
    tables = {**_catalogue()["_common"], **_catalogue().get(kind.name, {})}
    found: dict[str, Property] = {}
    for group, lines in tables.items():
        for name, line in lines.items():
            if name == "hs_lastmodifieddate" and kind.modified != name:
                continue
            found[name] = _parse(name, line, group if group != "information" else f"{kind.singular}information")
    return list(found.values())


@cache
def _catalogue() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(Path(__file__).with_name("definitions.toml").read_text(encoding="utf-8"))


def _parse(name: str, line: str, group: str) -> Property:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"definitions.toml: cannot read {name} = {line!r}")
    options = []
    for part in (match["options"] or "").split("; "):
        value, _, label = part.partition("=")
        if value:
            options.append({"value": value, "label": label or value})
    if match["type"] == "bool":
        options = [{"value": "true", "label": "True"}, {"value": "false", "label": "False"}]
    return Property(
        name=name,
        label=match["label"],
        type=match["type"],
        field_type=match["field"],
        group=group,
        options=spelled(options),
        hubspot_defined=True,
        read_only=bool(match["ro"]),
        references=match["refs"],
        unique=name == "email",
        form_field=not match["ro"],
    )

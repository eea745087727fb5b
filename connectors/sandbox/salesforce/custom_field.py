"""A CustomField of a metadata file, judged as a deployment judges it, and the field it becomes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors.sandbox.salesforce.fields import Choice, Field
from connectors.sandbox.salesforce.metatypes import all_of, text_of, truth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from connectors.sandbox.salesforce.org import Org

TYPES = {
    "Text": "string", "TextArea": "textarea", "LongTextArea": "textarea", "Number": "double", "Currency": "currency", "Percent": "percent", "Checkbox": "boolean",
    "Date": "date", "DateTime": "datetime", "Email": "email", "Phone": "phone", "Url": "url", "Picklist": "picklist", "MultiselectPicklist": "multipicklist",
    "Lookup": "reference", "MasterDetail": "reference", "AutoNumber": "string",
}  # fmt: skip
_NUMBERS = frozenset({"Number", "Currency", "Percent"})
_ALLOWED = {
    "length": frozenset({"Text", "LongTextArea", "Html", "EncryptedText"}),
    "precision": _NUMBERS,
    "scale": _NUMBERS | {"Location"},
    "externalId": frozenset({"Text", "Number", "Email", "AutoNumber"}),
    "unique": frozenset({"Text", "Number", "Email"}),
    "caseSensitive": frozenset({"Text"}),
    "valueSet": frozenset({"Picklist", "MultiselectPicklist"}),
    "visibleLines": frozenset({"LongTextArea", "Html", "MultiselectPicklist"}),
    "referenceTo": frozenset({"Lookup", "MasterDetail", "MetadataRelationship"}),
}
"""Settings and the types that may have them; `externalId=false` and `unique=false` are let pass everywhere."""
_NEEDED = {
    "Text": ("length",), "LongTextArea": ("length", "visibleLines"), "Number": ("precision", "scale"), "Currency": ("precision", "scale"),
    "Percent": ("precision", "scale"), "Checkbox": ("defaultValue",), "Picklist": ("valueSet",), "MultiselectPicklist": ("valueSet", "visibleLines"),
    "Lookup": ("referenceTo",), "MasterDetail": ("referenceTo", "relationshipName"), "AutoNumber": ("displayFormat",),
}  # fmt: skip
_LENGTHS = {"Text": (1, 255), "LongTextArea": (256, 131_072)}
_TOO_LONG = {"label": ("Label", 40), "description": ("Description", 1_000), "inlineHelpText": ("Help Text", 510)}
_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__c")
MOST_ON_ACTIVITY, MOST_EXTERNAL_IDS = 100, 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A field as a file wants it on an object."""

    object: str
    node: Element

    @property
    def name(self) -> str:
        return text_of(self.node, "fullName") or ""

    @property
    def type(self) -> str:
        return text_of(self.node, "type") or ""

    @property
    def length(self) -> int:
        return int(text_of(self.node, "length") or 255)


def problems(org: Org, draft: Draft, others: list[Draft]) -> Iterator[str]:
    """Say what is wrong with a field that is well formed. `others` are the fields of the same deployment."""
    if draft.object in {"Task", "Event"}:
        yield f"Entity Enumeration Or ID: bad value for restricted picklist field: {draft.object}"
        return
    if not _NAME.fullmatch(draft.name) or len(draft.name) > 43:
        yield f"Field name {draft.name} must end in __c, begin with a letter, hold only letters, digits and single underscores, and be at most 40 long"
    if not text_of(draft.node, "label"):
        yield "Must specify a non-empty label for the CustomField"
    for setting, (label, most) in _TOO_LONG.items():
        text = text_of(draft.node, setting) or ""
        if len(text) > most:
            yield f"{label}: data value too large: {text} (max length={most})"
    if draft.type not in TYPES:
        yield (
            f"Must specify type for the CustomField {draft.name}"
            if not draft.type
            else f"Fields of type {draft.type} are not offered by this org"
        )
        return
    yield from _setting_problems(draft)
    yield from _limit_problems(org, draft, others)


def _setting_problems(draft: Draft) -> Iterator[str]:
    for setting, types in _ALLOWED.items():
        present = draft.node.find(f"{{*}}{setting}") is not None
        harmless = setting in {"externalId", "unique", "caseSensitive"} and not truth(text_of(draft.node, setting))
        if present and draft.type not in types and not harmless:
            yield f"Can not specify '{setting}' for a CustomField of type {draft.type}"
    for setting in _NEEDED.get(draft.type, ()):
        if draft.node.find(f"{{*}}{setting}") is None:
            yield f"Must specify '{setting}' for a CustomField of type {draft.type}"
    if draft.type in _LENGTHS and text_of(draft.node, "length"):
        least, most = _LENGTHS[draft.type]
        if not least <= draft.length <= most:
            yield f"Length of a {draft.type} field must be between {least} and {most}"
    if draft.type in _NUMBERS and not 0 <= int(text_of(draft.node, "scale") or 0) <= int(text_of(draft.node, "precision") or 18) <= 18:
        yield "Precision may not be above 18 and scale may not be above precision"
    if draft.object == "Activity" and draft.type in {"LongTextArea", "Html", "MasterDetail"}:
        yield f"Fields of type {draft.type} are not allowed on Activity"


def _limit_problems(org: Org, draft: Draft, others: list[Draft]) -> Iterator[str]:
    kind = org.schema.get("Task" if draft.object == "Activity" else draft.object)
    existing = {field.name: field for field in kind.fields.values() if field.custom} if kind else {}
    together = set(existing) | {one.name for one in others if one.object == draft.object}
    if draft.object == "Activity" and len(together) > MOST_ON_ACTIVITY:
        yield f"This org has reached the limit of {MOST_ON_ACTIVITY} custom fields on Activity"
    keys = {name for name, field in existing.items() if field.external}
    keys |= {one.name for one in others if one.object == draft.object and truth(text_of(one.node, "externalId"))}
    if truth(text_of(draft.node, "externalId")) and len(keys) > MOST_EXTERNAL_IDS:
        yield f"You have reached the maximum number of {MOST_EXTERNAL_IDS} external ID fields on {draft.object}"
    old = existing.get(draft.name)
    if old is not None and old.type != TYPES[draft.type]:
        yield f"Cannot change the type of {draft.object}.{draft.name} from {old.type} to {draft.type}"
    target = text_of(draft.node, "referenceTo")
    if target and org.schema.get(target) is None:
        yield f"In field: referenceTo - no CustomObject named {target} found"


def to_field(draft: Draft) -> Field:
    """Make the field; its draft has no problems."""
    node, kind = draft.node, TYPES[draft.type]
    numeric = draft.type in _NUMBERS
    long = draft.type in {"LongTextArea", "Html"}
    lengths = {
        "string": draft.length,
        "textarea": draft.length,
        "email": 80,
        "phone": 40,
        "url": 255,
        "picklist": 255,
        "multipicklist": 4_099,
        "reference": 18,
    }
    target = text_of(node, "referenceTo")
    return Field(
        name=draft.name,
        label=text_of(node, "label") or draft.name,
        type=kind,
        length=lengths.get(kind, 0),
        precision=int(text_of(node, "precision") or 18) if numeric else 0,
        scale=int(text_of(node, "scale") or 0) if numeric else 0,
        required=truth(text_of(node, "required")) or draft.type == "MasterDetail",
        createable=draft.type != "AutoNumber",
        updateable=draft.type not in {"AutoNumber", "MasterDetail"},
        auto_number=draft.type == "AutoNumber",
        external=truth(text_of(node, "externalId")),
        unique=truth(text_of(node, "unique")),
        case_sensitive=truth(text_of(node, "caseSensitive")),
        filterable=not long,
        restricted=truth(text_of(value_set, "restricted")) if (value_set := node.find("{*}valueSet")) is not None else False,
        default=truth(text_of(node, "defaultValue")) if kind == "boolean" else None,
        choices=tuple(_choice(value) for value in node.findall("{*}valueSet/{*}valueSetDefinition/{*}value")),
        reference_to=(target,) if target else (),
        relationship=draft.name[:-1] + "r" if target else None,
        children=text_of(node, "relationshipName"),
        on_delete="cascade" if draft.type == "MasterDetail" else "clear",
        help=text_of(node, "inlineHelpText"),
    )


def _choice(node: Element) -> Choice:
    value = text_of(node, "fullName") or ""
    return Choice(
        value=value,
        label=text_of(node, "label") or value,
        default=truth(text_of(node, "default")),
        active=truth(text_of(node, "isActive") or "true"),
    )


def drafts(name: str, root: Element) -> list[Draft]:
    return [Draft(object=name, node=node) for node in all_of(root, "fields")]

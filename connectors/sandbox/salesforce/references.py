"""What a component names must be there: in the same deployment, or left in the org by an earlier one.

A page names components, a tab a page, an app tabs and pages, a component labels and other components, a translation what it
translates, a report its type, a dashboard its reports, and nearly all of them fields.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors.sandbox.salesforce.metatypes import all_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from connectors.sandbox.salesforce.components import Component
    from connectors.sandbox.salesforce.fields import Field
    from connectors.sandbox.salesforce.org import Org

_BY_TAG = {
    ("FlexiPage", "componentName"): "LightningComponentBundle",
    ("CustomTab", "flexiPage"): "FlexiPage",
    ("CustomApplication", "tabs"): "CustomTab",
    ("CustomApplication", "content"): "FlexiPage",
    ("PermissionSet", "application"): "CustomApplication",
    ("PermissionSet", "tab"): "CustomTab",
    ("Report", "reportType"): "ReportType",
    ("Report", "field"): "CustomField",
    ("Report", "column"): "CustomField",
    ("Report", "groupingColumn"): "CustomField",
    ("ReportType", "field"): "CustomField",
    ("Dashboard", "report"): "Report",
    ("ListView", "columns"): "CustomField",
    ("ListView", "field"): "CustomField",
    ("QuickAction", "field"): "CustomField",
}
"""Type and element -> the type of what the element names. What has a namespace or comes with every org is there."""
_TRANSLATED = {
    "customLabels": "CustomLabel",
    "customTabs": "CustomTab",
    "customApplications": "CustomApplication",
    "reportTypes": "ReportType",
}
_IMPORT = re.compile(r"""from\s+['"](@salesforce/label/c\.|c/)(\w+)['"]""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What may be named: components by type and name, and fields of the deployment by lower-case object and name."""

    org: Org
    there: frozenset[tuple[str, str]]
    made: dict[tuple[str, str], Field]

    def field(self, kind_name: str, name: str) -> Field | None:
        kind = self.org.schema.get("Task" if kind_name == "Activity" else kind_name)
        made = self.made.get(("task" if kind_name == "Activity" else kind_name.lower(), name.lower()))
        return made or (kind.fields.get(name.lower()) if kind else None)


def problem(one: Component, known: Known) -> str | None:
    """Say what a component names in vain, in the words of the Metadata API."""
    if one.type == "LightningComponentBundle":
        return next(_imports(one, known), None)
    if one.node is None:
        return None
    for kind, name in _named(one.type, one.name, one.node):
        if kind == "CustomField":
            obj, _, field = name.partition(".")
            if known.field(obj, field) is None:
                return f"In field: field - no CustomField named {name} found"
        elif (kind, name) not in known.there:
            return f"In field: {kind} - no {kind} named {name} found"
    return next(_values(one, known), None) if one.type == "CustomObjectTranslation" else _language(one, known)


def _named(kind: str, name: str, node: Element) -> Iterator[tuple[str, str]]:
    """The components that a component names, by type and name."""
    obj = name.partition(".")[0] if kind in {"ListView", "QuickAction"} else text_of(node, "baseObject") or ""
    for part in node.iter():
        wanted = _BY_TAG.get((kind, part.tag.rpartition("}")[2]))
        text = (part.text or "").strip()
        if wanted == "CustomField":
            if text.endswith("__c"):  # standard fields go by names of their own in reports and list views
                yield wanted, text.replace("$", ".") if "$" in text else f"{obj}.{text}"
        elif wanted is not None and ":" not in text and not text.startswith("standard-"):
            yield wanted, text.removesuffix("__c")
    for tag, wanted in _TRANSLATED.items():
        for part in all_of(node, tag) if kind == "Translations" else ():
            yield wanted, text_of(part, "name") or ""
    for tag, wanted in (("fields", "CustomField"), ("quickActions", "QuickAction")):
        for part in all_of(node, tag) if kind == "CustomObjectTranslation" else ():
            yield wanted, f"{name.rpartition('-')[0]}.{text_of(part, 'name')}"


def _imports(one: Component, known: Known) -> Iterator[str]:
    for text in one.texts:
        for scheme, name in _IMPORT.findall(text):
            kind = "LightningComponentBundle" if scheme == "c/" else "CustomLabel"
            if (kind, name) not in known.there:
                yield f"No {kind} named {name} found: {one.file}"


def _language(one: Component, known: Known) -> str | None:
    language = one.name.rpartition("-")[2]
    if one.type in {"Translations", "CustomObjectTranslation"} and language not in known.org.knobs.languages:
        return f"{language} is not available in this organization, or the Translation Workbench is off"
    return None


def _values(one: Component, known: Known) -> Iterator[str]:
    """A translated value of a picklist must be one of its labels."""
    said = _language(one, known)
    if said is not None:
        yield said
    for part in all_of(one.node, "fields") if one.node is not None else ():
        field = known.field(one.name.rpartition("-")[0], text_of(part, "name") or "")
        labels = {choice.label for choice in field.choices} if field is not None else set()
        for value in all_of(part, "picklistValues"):
            if text_of(value, "masterLabel") not in labels:
                yield f"Picklist value {text_of(value, 'masterLabel')} of {text_of(part, 'name')} not found"

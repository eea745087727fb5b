"""A deployment's zip: which components it holds, what is wrong with each, and what applying them does.

zip  ->  package.xml (what is meant)  +  files (what is there)  ->  Component(problem or apply)
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connectors.sandbox.salesforce import custom_field, permission_set, references
from connectors.sandbox.salesforce.components import Component, parsed, take_apart
from connectors.sandbox.salesforce.describe import NEWEST, OLDEST
from connectors.sandbox.salesforce.metatypes import NAMESPACE, all_of, grammar, problems, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree import ElementTree as ET

    from connectors.sandbox.salesforce.custom_field import Draft
    from connectors.sandbox.salesforce.org import Org

CUSTOM_OBJECT_NEEDS = ("label", "pluralLabel", "nameField", "deploymentStatus", "sharingModel")
REMOVALS = ("destructiveChangesPre.xml", "destructiveChanges.xml", "destructiveChangesPost.xml")


@dataclass(slots=True)
class Package:
    components: list[Component] = field(default_factory=list)

    @property
    def failures(self) -> list[Component]:
        return [one for one in self.components if one.problem is not None]


def read(org: Org, raw: bytes) -> Package:
    """Judge a zip against an org, changing nothing."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    except zipfile.BadZipFile:
        return _broken("", "Zip file is invalid")
    if "package.xml" not in files:
        return _broken("package.xml", "No package.xml found")
    manifest, root = _manifest(files.pop("package.xml"))
    if root is None:
        return manifest
    removals = [files.pop(name) for name in REMOVALS if name in files]
    found = Package(list(take_apart(files)))
    _compare(found, root)
    for removal in removals:
        found.components += _removed(org, removal)
    _judge(org, found)
    return found


def _removed(org: Org, raw: bytes) -> Iterator[Component]:
    """What a removal names. A component that is not there is a warning; fields and permission sets are not taken away here."""
    root = parsed(raw)
    if isinstance(root, str):
        yield Component(type="", name="destructiveChanges.xml", file="destructiveChanges.xml", problem=root)
        return
    for types in all_of(root, "types"):
        kind = text_of(types, "name") or ""
        for name in ((member.text or "").strip() for member in all_of(types, "members")):
            one = Component(type=kind, name=name, file=REMOVALS[1], deleted=True)
            if kind in {"CustomField", "CustomObject", "PermissionSet"}:
                one.problem = f"Removing a {kind} is not offered by this sandbox"
            elif (kind, name) not in org.deployments.components:
                one.warning = f"No {kind} named: {name} found"
            yield one


def _broken(file: str, problem: str) -> Package:
    return Package([Component(type="", name="package.xml", file=file or "package.xml", problem=problem)])


def _manifest(raw: bytes) -> tuple[Package, ET.Element | None]:
    root = parsed(raw)
    if isinstance(root, str):
        return _broken("package.xml", root), None
    if root.tag != f"{{{NAMESPACE}}}Package":
        return _broken("package.xml", f"Error parsing file: Element {root.tag} invalid at this location"), None
    wrong = next(problems(root, "Package"), None)
    if wrong is not None:
        return _broken("package.xml", wrong), None
    version = text_of(root, "version") or ""
    whole, _, rest = version.partition(".")
    if not whole.isdigit() or rest != "0" or not OLDEST <= int(whole) <= NEWEST:
        return _broken("package.xml", f"Invalid version specified:{version}"), None
    return Package(), root


def _compare(found: Package, root: ET.Element) -> None:
    """Hold what is there against what package.xml says; both ways."""
    meant = {
        (text_of(types, "name") or "", (member.text or "").strip())
        for types in all_of(root, "types")
        for member in all_of(types, "members")
    }
    wild = {kind for kind, name in meant if name == "*" and kind not in {"CustomField", "Report", "Dashboard"}}
    for one in found.components:
        owner = ("CustomObject", one.name.partition(".")[0])
        is_meant = (one.type, one.name) in meant or one.type in wild or (one.type == "CustomField" and owner in meant)
        holds_meant = one.type == "CustomObject" and any(
            kind == "CustomField" and name.partition(".")[0] == one.name for kind, name in meant
        )
        if one.problem is None and not is_meant and not holds_meant:
            one.problem = f"An object '{one.name}' of type {one.type} was found in zipped directory, but was not named in package.xml"
    present = {(one.type, one.name) for one in found.components} | {
        ("CustomObject", one.name.partition(".")[0]) for one in found.components
    }
    for kind, name in sorted(meant - present):
        if name == "*" or (kind in {"Report", "Dashboard"} and "/" not in name):
            continue
        if kind not in grammar().types:
            problem = f"Unknown type name '{kind}' specified in package.xml"
        else:
            problem = f"An object '{name}' of type {kind} was named in package.xml, but was not found in zipped directory"
        found.components.append(Component(type=kind, name=name, file="package.xml", problem=problem))


def _judge(org: Org, found: Package) -> None:
    """Judge what is well formed: fields first, because permission sets may name fields of the same package."""
    drafts = [one.draft for one in found.components if one.draft is not None]
    made = {}
    for one in found.components:
        if one.problem is None and one.type == "CustomObject" and one.node is not None:
            one.problem = _object_problem(org, one.name, one.node)
        if one.problem is None and one.draft is not None:
            one.problem = _field_problem(org, one.draft, drafts, found)
            if one.problem is None:
                ready = custom_field.to_field(one.draft)
                for kind in ("Task", "Event") if one.draft.object == "Activity" else (one.draft.object,):
                    made[kind.lower(), ready.lower] = ready
    for one in found.components:
        if one.problem is None and one.type == "PermissionSet" and one.node is not None:
            one.problem = next(permission_set.problems(org, one.node, made), None)
    there = {(one.type, one.name) for one in found.components if one.problem is None and not one.deleted} | org.deployments.components
    known = references.Known(org=org, there=frozenset(there), made=made)
    for one in found.components:
        if one.problem is None and not one.deleted:
            one.problem = references.problem(one, known)


def _object_problem(org: Org, name: str, node: ET.Element) -> str | None:
    if org.schema.get(name) is not None or name == "Activity" or name.endswith("__mdt"):
        return None
    if not name.endswith("__c"):
        return f"Entity Enumeration Or ID: bad value for restricted picklist field: {name}"
    missing = next((need for need in CUSTOM_OBJECT_NEEDS if node.find(f"{{*}}{need}") is None), None)
    return None if missing is None else f"Must specify '{missing}' for a custom object"


def _field_problem(org: Org, draft: Draft, drafts: list[Draft], found: Package) -> str | None:
    known = draft.object == "Activity" or org.schema.get(draft.object) is not None
    if not known and not any(one.type == "CustomObject" and one.name == draft.object and one.problem is None for one in found.components):
        return f"Entity Enumeration Or ID: bad value for restricted picklist field: {draft.object}"
    return next(custom_field.problems(org, draft, drafts), None)


def apply(org: Org, found: Package) -> None:
    """Put the components that have no problem into the org. New fields and objects are granted to nobody."""
    for one in found.components:
        if one.problem is not None:
            continue
        if one.deleted:
            org.deployments.components.discard((one.type, one.name))
        elif one.draft is not None:
            _apply_field(org, one, one.draft)
        elif one.type == "PermissionSet" and one.node is not None:
            one.created = not any(row.get("Name") == one.name for row in org.store.rows("PermissionSet").values())
            permission_set.apply(org, one.name, one.node)
        elif one.type == "CustomObject" and one.name.endswith("__c") and one.node is not None and org.schema.get(one.name) is None:
            org.schema.define(one.name, (), label=text_of(one.node, "label"))
            org.deny(one.name, "read", "create", "edit", "delete")
            one.created = True
        else:
            one.created = (one.type, one.name) not in org.deployments.components
            org.deployments.components.add((one.type, one.name))


def _apply_field(org: Org, one: Component, draft: Draft) -> None:
    ready = custom_field.to_field(draft)
    one.created = all(field.lower != ready.lower for field in org.schema.fields_of(draft.object))
    org.schema.define(draft.object, [ready])
    for kind in ("Task", "Event") if draft.object == "Activity" else (draft.object,):
        org.store.reindex(kind)
    if one.created:
        org.hide(draft.object, ready.name)

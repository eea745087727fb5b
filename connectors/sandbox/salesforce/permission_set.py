"""A PermissionSet of a metadata file: what is wrong with it, and the rows it becomes (PermissionSet, FieldPermissions, ObjectPermissions)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.sandbox.salesforce.access import VERBS
from connectors.sandbox.salesforce.metatypes import all_of, text_of, truth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from connectors.sandbox.salesforce.fields import Field
    from connectors.sandbox.salesforce.org import Org

_ALLOWS = {"read": "allowRead", "create": "allowCreate", "edit": "allowEdit", "delete": "allowDelete"}
_NEEDS = {"create": ("read",), "edit": ("read",), "delete": ("read", "edit")}
LICENSES = frozenset({"Salesforce", "Salesforce Integration", "Salesforce Platform", "Salesforce API Integration"})
NEVER_HIDDEN = {
    "case": frozenset({"status", "isclosed", "comments", "contactphone", "contactmobile", "contactemail", "contactfax"}),
    "event": frozenset({
        "subject", "activitydatetime", "activitydate", "durationinminutes", "startdatetime", "enddatetime", "enddate", "accountid", "isprivate", "showas",
        "ischild",
    }),
    "opportunitycontactrole": frozenset({"opportunityid", "contactid", "role", "isprimary"}),
}  # fmt: skip
SYSTEM = frozenset({
    "id", "isdeleted", "ownerid", "createddate", "createdbyid", "lastmodifieddate", "lastmodifiedbyid", "systemmodstamp", "lastvieweddate", "lastreferenceddate",
})  # fmt: skip
"""What recorded descriptions call not permissionable, beside what every object has: everybody sees it, so no permission set can name it."""
USER_PERMISSIONS = frozenset({
    "ApiEnabled", "ApiUserOnly", "ViewSetup", "ModifyMetadata", "ModifyAllData", "ViewAllData", "EditTask", "EditEvent", "RunReports", "ViewRoles", "ActivitiesAccess",
    "AssignPermissionSets", "ManageUsers", "BulkApiHardDelete", "UpdateWithInactiveOwner", "ViewAllUsers", "ViewPublicReports", "LightningExperienceUser",
})  # fmt: skip


def problems(org: Org, root: Element, made: dict[tuple[str, str], Field]) -> Iterator[str]:
    """Say what is wrong; `made` are fields of the same deployment by lower-case object and name, which count as there."""
    for setting, label, most in (("description", "Description", 255), ("label", "Permission Set Label", 80)):
        text = text_of(root, setting) or ""
        if len(text) > most:
            yield f"{label}: data value too large: {text} (max length={most})"
    license_ = text_of(root, "license")
    if license_ and license_ not in LICENSES:
        yield f"In field: license - no UserLicense named {license_} found"
    for node in all_of(root, "userPermissions"):
        name = text_of(node, "name")
        if name not in USER_PERMISSIONS:
            yield f"Unknown user permission: {name}"
    for node in all_of(root, "objectPermissions"):
        yield from _object_problems(org, node)
    seen: set[str] = set()
    for node in all_of(root, "fieldPermissions"):
        name = text_of(node, "field") or ""
        if name.lower() in seen:
            yield f"Duplicate fieldPermissions for {name}"
        seen.add(name.lower())
        yield from _field_problems(org, node, name, made)


def _object_problems(org: Org, node: Element) -> Iterator[str]:
    name = text_of(node, "object") or ""
    if org.schema.get(name) is None:
        yield f"In field: object - no CustomObject named {name} found"
        return
    for verb, needed in _NEEDS.items():
        missing = [other for other in needed if not truth(text_of(node, _ALLOWS[other]))]
        if truth(text_of(node, _ALLOWS[verb])) and missing:
            yield f"Permission {verb.title()} {name} depends on permission(s): {', '.join(f'{other.title()} {name}' for other in missing)}"


def _field_problems(org: Org, node: Element, name: str, made: dict[tuple[str, str], Field]) -> Iterator[str]:
    kind_name, _, field_name = name.partition(".")
    kind = org.schema.get(kind_name)
    field = kind.fields.get(field_name.lower()) if kind else None
    field = made.get((kind_name.lower(), field_name.lower()), field)
    if field is None or field_name.lower() in NEVER_HIDDEN.get(
        kind_name.lower(), ()
    ):  # Activity is no object of its own here: its fields are granted as Task.X__c or Event.X__c
        yield f"In field: field - no CustomField named {name} found"
        return
    editable, readable = truth(text_of(node, "editable")), truth(text_of(node, "readable"))
    if field.required:
        yield f"You cannot deploy to a required field: {name}"
    elif editable and (field.calculated or field.auto_number or not (field.createable or field.updateable)):
        yield f"Field {name} is not editable"
    elif editable and not readable:
        yield f"Field permission for {name}: editable requires readable"


def apply(org: Org, name: str, root: Element) -> str:
    """Create or replace the permission set; what an earlier version granted and this one does not is gone."""
    values = {
        "Name": name, "Label": text_of(root, "label"), "Description": text_of(root, "description"), "IsCustom": True,
        "HasActivationRequired": truth(text_of(root, "hasActivationRequired")),
    }  # fmt: skip
    known = next((row["Id"] for row in org.store.rows("PermissionSet").values() if row.get("Name") == name), None)
    if known is None:
        known = org.insert("PermissionSet", values)
    else:
        org.update("PermissionSet", known, values)
        for kind in ("FieldPermissions", "ObjectPermissions"):
            for row in [row for row in org.store.rows(kind).values() if row.get("ParentId") == known]:
                org.store.drop(kind, row["Id"])
    for node in all_of(root, "fieldPermissions"):
        field = text_of(node, "field") or ""
        read, edit = truth(text_of(node, "readable")), truth(text_of(node, "editable"))
        org.insert(
            "FieldPermissions",
            {"ParentId": known, "SobjectType": field.partition(".")[0], "Field": field, "PermissionsRead": read, "PermissionsEdit": edit},
        )
    for node in all_of(root, "objectPermissions"):
        grants = {flag: truth(text_of(node, _ALLOWS[verb])) for verb, flag in VERBS.items()}
        org.insert("ObjectPermissions", {"ParentId": known, "SobjectType": text_of(node, "object"), **grants})
    return known

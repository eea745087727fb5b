"""What may be sent to HubSpot: one list a role, for the API version in use.

Reads may go anywhere among the objects. Writes are our flags on companies and our own tasks; provisioning makes our property group and
our properties. A field that is not listed cannot leave the process, whatever the code above asks for, and a run that only reads does
not even hold the lists that could change a record.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from connectors.fence import ANYTHING, SCALAR, Rule
from connectors.hubspot import COMPANY_PROPERTIES, FLAGS, GROUP, TASK_PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

KIND: Final = r"[A-Za-z0-9_-]+"
RECORD: Final = re.compile(r"[0-9]{1,20}")
TASK_CONTENT: Final = ("hs_task_subject", "hs_task_body", "hs_task_priority", "hs_timestamp", "hubspot_owner_id", *TASK_PROPERTIES)
ACCESS_TOKEN_INFO: Final = "/oauth/v2/private-apps/get/access-token-info"  # noqa: S105 - a path


def _base(api: str, version: str) -> str:
    """Give the path of an API: /crm/v3/objects, or /crm/objects/2026-03."""
    old = "v4" if api == "associations" else "v3"
    return f"/crm/{api}/{version}" if version != "v3" else f"/crm/{old}/{api}"


def reading(version: str) -> tuple[Rule, ...]:
    """Every request that changes nothing, whatever its verb."""
    objects, associations, properties = (_base(api, version) for api in ("objects", "associations", "properties"))
    return (
        Rule(method="GET", path=f"{objects}/{KIND}", query=None),
        Rule(method="GET", path=f"{properties}/{KIND}(/groups)?", query=None),
        Rule(method="GET", path=f"{_base('pipelines', version)}/{KIND}", query=None),
        Rule(method="GET", path=f"{_base('owners', version)}/?", query=None),
        Rule(method="GET", path=f"/account-info/{version}/details", query=None),
        Rule(method="POST", path=f"{objects}/{KIND}/search", body=ANYTHING),
        Rule(method="POST", path=f"{objects}/{KIND}/batch/read", body=ANYTHING, query=frozenset({"archived"})),
        Rule(method="POST", path=f"{associations}/{KIND}/{KIND}/batch/read", body=ANYTHING),
        Rule(method="POST", path=ACCESS_TOKEN_INFO, body={"tokenKey": SCALAR}),
    )


def writing(version: str) -> tuple[Rule, ...]:
    """Reading, our flags on companies by id, and our tasks."""
    objects = _base("objects", version)
    new_task = {"properties": _new_task(), "associations": [_COMPANY_OF_TASK]}
    return (
        *reading(version),
        Rule(
            method="POST",
            path=f"{objects}/companies/batch/update",
            body=_batch({"id": RECORD, "properties": _fields(FLAGS.values())}),
            writes=True,
        ),
        Rule(method="POST", path=f"{objects}/tasks/batch/create", body=_batch(new_task), writes=True),
        Rule(method="POST", path=f"{objects}/tasks/batch/update", body=_batch({"id": RECORD, "properties": _changed_task()}), writes=True),
    )


def provisioning(version: str) -> tuple[Rule, ...]:
    """Reading, and the definitions of what is ours."""
    base = _base("properties", version)
    return (*reading(version), *_definitions(base, "companies", COMPANY_PROPERTIES), *_definitions(base, "tasks", TASK_PROPERTIES))


def _batch(row: dict[str, Any]) -> dict[str, Any]:
    return {"inputs": [{**row, "objectWriteTraceId": SCALAR}]}


def _fields(names: Iterable[str]) -> dict[str, Any]:
    return dict.fromkeys(names, SCALAR)


def _new_task() -> dict[str, Any]:
    return {**_fields(TASK_CONTENT), "hs_task_status": frozenset({"NOT_STARTED"}), "hs_task_type": frozenset({"TODO"})}


def _changed_task() -> dict[str, Any]:
    """A task of ours may be reworded or closed. Its key never changes, and nothing reopens it."""
    names = [name for name in TASK_CONTENT if name != "equilibre_key"]
    return {**_fields(names), "hs_task_status": frozenset({"COMPLETED"})}


_COMPANY_OF_TASK: Final = {
    "to": {"id": RECORD},
    "types": [{"associationCategory": frozenset({"HUBSPOT_DEFINED"}), "associationTypeId": SCALAR}],
}


def _definitions(base: str, kind: str, names: Sequence[str]) -> Sequence[Rule]:
    option = {"label": SCALAR, "value": SCALAR, "displayOrder": SCALAR, "hidden": SCALAR, "description": SCALAR}
    content = {"label": SCALAR, "description": SCALAR, "options": [option], "groupName": frozenset({GROUP})}
    new = {
        "name": frozenset(names),
        "type": SCALAR,
        "fieldType": SCALAR,
        "hasUniqueValue": SCALAR,
        "displayOrder": SCALAR,
        "formField": SCALAR,
        **content,
    }
    return (
        Rule(
            method="POST",
            path=f"{base}/{kind}/groups",
            body={"name": frozenset({GROUP}), "label": SCALAR, "displayOrder": SCALAR},
            writes=True,
        ),
        Rule(method="POST", path=f"{base}/{kind}", body=new, writes=True),
        Rule(method="POST", path=f"{base}/{kind}/batch/create", body={"inputs": [new]}, writes=True),
        Rule(method="PATCH", path=f"{base}/{kind}/({'|'.join(names)})", body=content, writes=True),
    )

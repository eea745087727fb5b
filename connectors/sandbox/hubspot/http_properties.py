"""Property and group definitions over HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.hubspot.call import Answer, Call, Note, Route
from connectors.sandbox.hubspot.definitions import NAME, Group
from connectors.sandbox.hubspot.shapes import integer
from connectors.sandbox.hubspot.wire import Refusal, correlation, invalid, refuse, stamp, unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.sandbox.hubspot.definitions import Definitions, Property

MOST: Final = 100
SENSITIVE: Final = frozenset({"sensitive", "highly_sensitive"})


def _open(call: Call, verb: str) -> Definitions:
    kind = call.kind()
    call.token.need(kind.schema_scopes(verb), nested=False)
    if verb == "write":
        call.note = Note(f"properties/{kind.name}", 1)
    return call.portal.definitions[kind.id]


def listing(call: Call) -> Answer:
    definitions = _open(call, "read")
    if call.one("dataSensitivity", "non_sensitive") in SENSITIVE:
        return Answer(body={"results": []})
    archived = call.flag("archived")
    return Answer(body={"results": [prop.as_json() for prop in definitions.listed(call.now, archived=archived)]})


def _find(call: Call, definitions: Definitions, name: str, *, archived: bool) -> Property:
    prop = definitions.known.get(name) if archived else definitions.get(name, call.now)
    if prop is None or (archived and prop.archived_at is None):
        raise _missing(definitions, name)
    return prop


def _missing(definitions: Definitions, name: str) -> Refusal:
    message = f"Property with name '{name}' does not exist for object type {definitions.kind.id}"
    return refuse(404, message, "OBJECT_NOT_FOUND", subCategory="PROPERTY_DOESNT_EXIST", context={"name": [name]})


def read(call: Call) -> Answer:
    definitions = _open(call, "read")
    return Answer(body=_find(call, definitions, call.args["name"], archived=call.flag("archived")).as_json())


def _create(call: Call, definitions: Definitions, body: Mapping[str, Any]) -> Property:
    kind, knobs = definitions.kind, call.portal.knobs
    was = definitions.known.get(str(body.get("name")))
    prop = definitions.create(body, call.now, lag=round(knobs.definition_lag * 1000), unique_refused=kind.name in knobs.unique_refused)
    if prop.unique or was is not None:
        call.portal.tables[kind.id].reindex_unique(prop.name)
    return prop


def create(call: Call) -> Answer:
    definitions = _open(call, "write")
    body = call.json()
    _noted(call, body)
    prop = _create(call, definitions, body)
    _did(call, prop.name)
    return Answer(status=201, body=prop.as_json())


def _noted(call: Call, body: Mapping[str, Any]) -> None:
    if call.note:
        call.note.fields.add(str(body.get("name") or ""))


def _did(call: Call, name: str) -> None:
    if call.note:
        call.note.ids.append(name)


def update(call: Call) -> Answer:
    definitions = _open(call, "write")
    _noted(call, {"name": call.args["name"]})
    prop = definitions.patch(call.args["name"], call.json(), call.now)
    _did(call, prop.name)
    return Answer(body=prop.as_json())


def archive(call: Call) -> Answer:
    definitions = _open(call, "write")
    _noted(call, {"name": call.args["name"]})
    definitions.archive(call.args["name"], call.now)
    _did(call, call.args["name"])
    return Answer(status=204)


# ---------------------------------------------------------------- batches


def _answer(call: Call, results: list[dict[str, Any]], errors: list[dict[str, Any]], good: int) -> Answer:
    body: dict[str, Any] = {"completedAt": stamp(call.now), "status": "COMPLETE", "startedAt": stamp(call.now), "results": results}
    if not errors:
        return Answer(status=good, body=body)
    return Answer(status=207, body=body | {"errors": errors, "numErrors": len(errors)})


def _as_error(refusal: Refusal, name: str) -> dict[str, Any]:
    body = refusal.body if isinstance(refusal.body, dict) else {}
    kept = {key: value for key, value in body.items() if key != "correlationId"}
    return kept | {"context": {"name": [name]}}


def create_many(call: Call) -> Answer:
    """Create in one call: what is refused stands in the errors of a 207."""
    definitions = _open(call, "write")
    inputs = call.inputs(call.json(), MOST)
    results, errors = [], []
    if call.note:
        call.note.meant = len(inputs)
    for one in inputs:
        _noted(call, one)
        try:
            prop = _create(call, definitions, one)
        except Refusal as refusal:
            errors.append(_as_error(refusal, str(one.get("name"))))
        else:
            _did(call, prop.name)
            results.append(prop.as_json())
    return _answer(call, results, errors, 201)


def read_many(call: Call) -> Answer:
    definitions = _open(call, "read")
    body = call.json()
    results, errors = [], []
    for one in call.inputs(body, MOST):
        name = str(one.get("name") or "")
        try:
            results.append(_find(call, definitions, name, archived=bool(body.get("archived"))).as_json())
        except Refusal as refusal:
            errors.append(_as_error(refusal, name))
    return _answer(call, results, errors, 200)


def archive_many(call: Call) -> Answer:
    definitions = _open(call, "write")
    names = [str(one.get("name") or "") for one in call.inputs(call.json(), MOST)]
    for name in names:
        _noted(call, {"name": name})
        if definitions.get(name, call.now) is not None:
            definitions.archive(name, call.now)
            _did(call, name)
    return Answer(status=204)


# ---------------------------------------------------------------- groups


def groups(call: Call) -> Answer:
    return Answer(body={"results": [group.as_json() for group in _open(call, "read").groups.values()]})


def _group(call: Call, verb: str) -> tuple[Definitions, Group]:
    definitions = _open(call, verb)
    group = definitions.groups.get(call.args["name"])
    if group is None:
        raise refuse(404, f"Property group '{call.args['name']}' does not exist", "OBJECT_NOT_FOUND")
    return definitions, group


def read_group(call: Call) -> Answer:
    return Answer(body=_group(call, "read")[1].as_json())


def create_group(call: Call) -> Answer:
    definitions = _open(call, "write")
    body = call.json()
    _noted(call, body)
    if lacking := [key for key in ("name", "label") if not body.get(key)]:
        raise unset(*lacking)
    name = str(body["name"])
    if not NAME.fullmatch(name):
        raise invalid(
            f"Property group name '{name}' must be lower-case letters, digits and underscores",
            subCategory="PropertyGroupError.INVALID_NAME",
        )
    if name in definitions.groups:
        raise refuse(
            409,
            f"A property group named '{name}' already exists.",
            "OBJECT_ALREADY_EXISTS",
            subCategory="Properties.GROUP_WITH_NAME_EXISTS",
        )
    group = Group(name=name, label=str(body["label"]), display_order=integer(body, "displayOrder", len(definitions.groups)))
    definitions.groups[name] = group
    _did(call, name)
    return Answer(status=201, body=group.as_json())


def update_group(call: Call) -> Answer:
    _, group = _group(call, "write")
    body = call.json()
    group.label = str(body.get("label", group.label))
    group.display_order = integer(body, "displayOrder", group.display_order)
    _did(call, group.name)
    return Answer(body=group.as_json())


def archive_group(call: Call) -> Answer:
    """Refuse while an active property is in it, with an error nested as JSON text in the message, as observed."""
    definitions, group = _group(call, "write")
    if definitions.active_in(group.name):
        inner = {
            "status": "error",
            "message": "Can't delete or purge a group with active properties",
            "correlationId": correlation(call.now),
            "category": "VALIDATION_ERROR",
            "subCategory": "PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES",
        }
        raise refuse(400, json.dumps(inner, separators=(",", ":")))
    del definitions.groups[group.name]
    _did(call, group.name)
    return Answer(status=204)


_BASE: Final = "properties/{type}"
ROUTES = (
    Route(method="GET", pattern=_BASE, handler=listing),
    Route(method="POST", pattern=_BASE, handler=create),
    Route(method="POST", pattern=f"{_BASE}/batch/create", handler=create_many),
    Route(method="POST", pattern=f"{_BASE}/batch/read", handler=read_many),
    Route(method="POST", pattern=f"{_BASE}/batch/archive", handler=archive_many),
    Route(method="GET", pattern=f"{_BASE}/groups", handler=groups),
    Route(method="POST", pattern=f"{_BASE}/groups", handler=create_group),
    Route(method="GET", pattern=f"{_BASE}/groups/{{name}}", handler=read_group),
    Route(method="PATCH", pattern=f"{_BASE}/groups/{{name}}", handler=update_group),
    Route(method="DELETE", pattern=f"{_BASE}/groups/{{name}}", handler=archive_group),
    Route(method="GET", pattern=f"{_BASE}/{{name}}", handler=read),
    Route(method="PATCH", pattern=f"{_BASE}/{{name}}", handler=update),
    Route(method="DELETE", pattern=f"{_BASE}/{{name}}", handler=archive),
)

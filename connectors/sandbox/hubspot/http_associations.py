"""Associations v4: batches (read 1,000, write 2,000), single links, lists and labels.

"Nothing is associated" is an error of a 207, not a failure. `from.id` is text while `toObjectId` is a number. What is archived is not shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.hubspot.call import Answer, Call, Note, Route
from connectors.sandbox.hubspot.http_objects import association_type
from connectors.sandbox.hubspot.shapes import as_id, child_id
from connectors.sandbox.hubspot.wire import Refusal, bad_json, invalid, not_found, stamp, unset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connectors.sandbox.hubspot.kinds import Kind
    from connectors.sandbox.hubspot.records import Record

MOST_READ: Final = 1_000
MOST_WRITTEN: Final = 2_000
PAGE: Final = 500
V4: Final = frozenset({"v4", "dated"})


def _ends(call: Call, verb: str) -> tuple[Kind, Kind]:
    """Both object types; the token must open both."""
    kinds = call.kind("from"), call.kind("to")
    for kind in kinds:
        call.token.need(kind.record_scopes(verb))
    if verb == "write":
        call.note = Note(f"associations/{kinds[0].name}/{kinds[1].name}", 1)
    return kinds


def _live(call: Call, kind: Kind, asked: str) -> Record | None:
    row = call.portal.tables[kind.id].get(asked)
    return row if row is not None and row.archived_at is None else None


def _batch(call: Call, results: Sequence[object], errors: Sequence[object], good: int) -> Answer:
    body: dict[str, Any] = {"completedAt": stamp(call.now), "status": "COMPLETE", "startedAt": stamp(call.now), "results": list(results)}
    if not errors:
        return Answer(status=good, body=body)
    return Answer(status=207, body=body | {"errors": list(errors), "numErrors": len(errors)})


def _page(call: Call, start: Kind, row: Record, end: Kind, after: str, most: int) -> tuple[list[dict[str, Any]], str | None]:
    """One page of associated records by id, and the id that follows."""
    if after and not after.isdigit():
        raise invalid(f"Invalid paging offset: {after}")
    found = sorted(
        ((other.number, types) for other, types in call.portal.associated_rows(start, row, end.id) if other.number >= int(after or 0)),
        key=lambda pair: pair[0],
    )
    links = call.portal.links
    lines = [
        {"toObjectId": number, "associationTypes": [one.as_spec() for one in links.specs(start.id, end.id, types)]}
        for number, types in found[:most]
    ]
    return lines, str(found[most][0]) if len(found) > most else None


def read_many(call: Call) -> Answer:
    start, end = _ends(call, "read")
    results, errors = [], []
    for one in call.inputs(call.json(), MOST_READ):
        asked = as_id(one.get("id"))
        row = _live(call, start, asked)
        lines, following = (
            _page(call, start, row, end, str(one.get("after") or ""), call.portal.knobs.association_page) if row else ([], None)
        )
        if not lines:
            errors.append(_nothing(start, end, asked))
            continue
        result: dict[str, Any] = {"from": {"id": asked}, "to": lines}
        if following:
            result["paging"] = {"next": {"after": following, "link": f"?after={following}"}}
        results.append(result)
    return _batch(call, results, errors, 200)


def _nothing(start: Kind, end: Kind, asked: str) -> dict[str, Any]:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {end.singular} is associated with {start.singular} {asked}.",
        "context": {"fromObjectId": [asked], "fromObjectType": [start.singular], "toObjectType": [end.singular]},
    }


def listing(call: Call) -> Answer:
    """GET objects/{from}/{id}/associations/{to}."""
    start, end = _ends(call, "read")
    row = _live(call, start, call.args["id"])
    if row is None:
        raise not_found()
    lines, following = _page(call, start, row, end, call.one("after"), call.limit(PAGE, PAGE))
    body: dict[str, Any] = {"results": lines}
    if following:
        body["paging"] = call.next_link(following)
    return Answer(body=body)


# ---------------------------------------------------------------- writing


def _pair(call: Call, start: Kind, end: Kind, one: Mapping[str, Any]) -> tuple[Record, Record] | dict[str, Any]:
    """Both records of an input, or the error entry that says what is wrong with it."""
    ids = [child_id(one, side) for side in ("from", "to")]
    rows = [_live(call, kind, asked) for kind, asked in zip((start, end), ids, strict=True)]
    for asked, row in zip(ids, rows, strict=True):
        if row is None:
            return {
                "status": "error",
                "category": "VALIDATION_ERROR",
                "subCategory": "crm.associations.INVALID_IDENTIFIER",
                "message": f"{asked} is not a valid ID",
                "context": {"id": [asked]},
            }
    left, right = rows
    if left is None or right is None or left is right:
        return {"status": "error", "category": "VALIDATION_ERROR", "message": f"Object {ids[0]} cannot be associated to itself ({ids[1]})"}
    return left, right


def _types(call: Call, start: Kind, end: Kind, specs: object) -> list[int]:
    if not isinstance(specs, list) or not specs:
        raise unset("types")
    return [association_type(call, start.id, spec, end.id).id for spec in specs]


def _connect(call: Call, start: Kind, rows: tuple[Record, Record], end: Kind, type_ids: Sequence[int]) -> None:
    call.portal.links.connect(start.id, rows[0].number, end.id, rows[1].number, type_ids)
    _bump(call, start, rows[0])
    _bump(call, end, rows[1])
    if call.note:
        call.note.ids.append(f"{rows[0].id}:{rows[1].id}")


def _bump(call: Call, kind: Kind, row: Record) -> None:
    if call.portal.knobs.association_bumps_modified:
        call.portal.changing(kind, row)
        call.portal.tables[kind.id].touch(row, call.now)


def _said(call: Call, start: Kind, rows: tuple[Record, Record], end: Kind, type_ids: Sequence[int]) -> dict[str, Any]:
    known = call.portal.links.specs(start.id, end.id, type_ids)
    head = {"fromObjectTypeId": start.id, "fromObjectId": rows[0].number, "toObjectTypeId": end.id, "toObjectId": rows[1].number}
    return head | {"labels": [one.label for one in known if one.label]}


def create_many(call: Call) -> Answer:
    """Add types; those that are there stay, and repeating changes nothing."""
    start, end = _ends(call, "write")
    inputs = call.inputs(call.json(), MOST_WRITTEN)
    results, errors = [], []
    if call.note:
        call.note.meant = len(inputs)
    for one in inputs:
        pair = _pair(call, start, end, one)
        if isinstance(pair, dict):
            errors.append(pair)
            continue
        try:
            type_ids = _types(call, start, end, one.get("types"))
        except Refusal as refusal:
            body = refusal.body if isinstance(refusal.body, dict) else {}
            errors.append({key: value for key, value in body.items() if key != "correlationId"})
            continue
        _connect(call, start, pair, end, type_ids)
        results.append(_said(call, start, pair, end, type_ids))
    return _batch(call, results, errors, 201)


def default_many(call: Call) -> Answer:
    start, end = _ends(call, "write")
    inputs = call.inputs(call.json(), MOST_WRITTEN)
    results, errors = [], []
    if call.note:
        call.note.meant = len(inputs)
    for one in inputs:
        pair = _pair(call, start, end, one)
        if isinstance(pair, dict):
            errors.append(pair)
        else:
            results += _default(call, start, pair, end)
    return _batch(call, results, errors, 200)


def _default(call: Call, start: Kind, rows: tuple[Record, Record], end: Kind) -> list[dict[str, Any]]:
    plain = call.portal.links.plain(start.id, end.id)
    if plain is None:
        raise invalid(f"{start.name} and {end.name} cannot be associated")
    _connect(call, start, rows, end, ())
    there = {"associationCategory": plain.category, "associationTypeId": plain.id}
    back = {"associationCategory": plain.category, "associationTypeId": plain.inverse}
    return [
        {"from": {"id": rows[0].id}, "to": {"id": rows[1].id}, "associationSpec": there},
        {"from": {"id": rows[1].id}, "to": {"id": rows[0].id}, "associationSpec": back},
    ]


def _single(call: Call) -> tuple[Kind, Kind, tuple[Record, Record]]:
    start, end = _ends(call, "write")
    pair = _pair(call, start, end, {"from": {"id": call.args["id"]}, "to": {"id": call.args["other"]}})
    if isinstance(pair, dict):
        raise invalid(pair["message"], **{key: pair[key] for key in ("subCategory", "context") if key in pair})
    return start, end, pair


def put_default(call: Call) -> Answer:
    start, end, pair = _single(call)
    return _batch(call, _default(call, start, pair, end), [], 200)


def put(call: Call) -> Answer:
    """PUT with a list of association types."""
    start, end, pair = _single(call)
    type_ids = _types(call, start, end, call.json_list())
    _connect(call, start, pair, end, type_ids)
    return Answer(status=201, body=_said(call, start, pair, end, type_ids))


def delete(call: Call) -> Answer:
    start, end = _ends(call, "write")
    _cut(call, start, call.args["id"], end, call.args["other"], None)
    return Answer(status=204)


def _cut(call: Call, start: Kind, one: str, end: Kind, other: str, type_ids: Sequence[int] | None) -> None:
    if not (one.isdigit() and other.isdigit()):
        return
    call.portal.links.disconnect(start.id, int(one), end.id, int(other), type_ids)
    for kind, asked in ((start, one), (end, other)):
        row = _live(call, kind, asked)
        if row is not None:
            _bump(call, kind, row)
    if call.note:
        call.note.ids.append(f"{one}:{other}")


def archive_many(call: Call) -> Answer:
    """Take all types between the pairs away; the date-versioned family answers 200 with a batch body, v4 answers 204."""
    start, end = _ends(call, "write")
    cuts = []
    for one in call.inputs(call.json(), MOST_WRITTEN):
        to = one.get("to")
        if not isinstance(to, list):
            raise bad_json("Cannot deserialize value of type `java.util.ArrayList` from Object value (token `JsonToken.START_OBJECT`)")
        cuts += [(child_id(one, "from"), child_id({"to": target}, "to")) for target in to]
    for one_id, other_id in cuts:
        _cut(call, start, one_id, end, other_id, None)
    return _batch(call, [], [], 200) if call.dated else Answer(status=204)


def archive_labels(call: Call) -> Answer:
    """Take only the given types away."""
    start, end = _ends(call, "write")
    cuts = [
        (child_id(one, "from"), child_id(one, "to"), _types(call, start, end, one.get("types")))
        for one in call.inputs(call.json(), MOST_WRITTEN)
    ]
    for one_id, other_id, type_ids in cuts:
        _cut(call, start, one_id, end, other_id, type_ids)
    return _batch(call, [], [], 200) if call.dated else Answer(status=204)


def labels(call: Call) -> Answer:
    start, end = _ends(call, "read")
    return Answer(body={"results": [one.as_spec() for one in call.portal.links.types.get((start.id, end.id), {}).values()]})


_BASE: Final = "associations/{from}/{to}"
_ONE: Final = "objects/{from}/{id}/associations"
ROUTES = (
    Route(method="POST", pattern=f"{_BASE}/batch/read", handler=read_many, families=V4, bucket="exempt"),
    Route(method="POST", pattern=f"{_BASE}/batch/create", handler=create_many, families=V4, bucket="exempt"),
    Route(method="POST", pattern=f"{_BASE}/batch/archive", handler=archive_many, families=V4, bucket="exempt"),
    Route(method="POST", pattern=f"{_BASE}/batch/labels/archive", handler=archive_labels, families=V4, bucket="exempt"),
    Route(method="POST", pattern=f"{_BASE}/batch/associate/default", handler=default_many, families=V4),
    Route(method="GET", pattern=f"{_BASE}/labels", handler=labels, families=V4, bucket="exempt"),
    Route(method="GET", pattern=f"{_ONE}/{{to}}", handler=listing, families=V4),
    Route(method="PUT", pattern=f"{_ONE}/default/{{to}}/{{other}}", handler=put_default, families=V4),
    Route(method="PUT", pattern=f"{_ONE}/{{to}}/{{other}}", handler=put, families=V4),
    Route(method="DELETE", pattern=f"{_ONE}/{{to}}/{{other}}", handler=delete, families=V4),
)

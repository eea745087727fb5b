"""sObject Collections: up to 200 records in one call. The answer is 200 whatever became of them; each row says for itself.

Order of the answer is the order of the request. A row that cannot be read as JSON of its field fails the whole call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce import ids
from connectors.sandbox.salesforce.describe import readable
from connectors.sandbox.salesforce.errors import Refused, rolled_back, too_many_rows
from connectors.sandbox.salesforce.rest import chosen, record
from connectors.sandbox.salesforce.store import Undo
from connectors.sandbox.salesforce.web import Answer, Call, Routes, flag
from connectors.sandbox.salesforce.write import Saver, as_row, note

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.sandbox.salesforce.schema import ObjectType

MOST, MOST_READ, MOST_RUNS = 200, 2_000, 10

Body = dict[str, Any]


def create(call: Call) -> Answer:
    records, kinds, strict = _request(call)
    saver = Saver(call)

    def one(index: int) -> Body:
        body = records[index]
        if any(name.lower() == "id" for name in body):
            raise Refused("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", fields=("Id",))
        return {"id": saver.create(kinds[index], body), "success": True, "errors": []}

    return _each(call, records, kinds, one, strict=strict)


def update(call: Call) -> Answer:
    records, kinds, strict = _request(call)
    saver = Saver(call)

    def one(index: int) -> Body:
        record_id, body = _without_id(records[index])
        if not record_id:
            raise Refused("MISSING_ARGUMENT", "Id not specified in an update call", fields=())
        return {"id": saver.update(kinds[index], record_id, body), "success": True, "errors": []}

    return _each(call, records, kinds, one, strict=strict)


def upsert(call: Call, name: str, field: str) -> Answer:
    """Upsert by a key that stands in each row; a key that stands there twice fails both rows."""
    records, kinds, strict = _request(call)
    kind = readable(call, name)
    if any(one is not kind for one in kinds):
        raise Refused("INVALID_TYPE", f"All records must be of the type {kind.name} that the URL names.")
    saver = Saver(call)
    key = saver.key(kind, field)
    values = [next((value for given, value in body.items() if given.lower() == key.lower), None) for body in records]
    folded = [key.fold(value) for value in values]

    def one(index: int) -> Body:
        value = values[index]
        if value is not None and folded.count(folded[index]) > 1:
            raise Refused("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", fields=())
        body = {given: one for given, one in records[index].items() if given.lower() != key.lower}
        if value is None and key.type == "id":
            return {"id": saver.create(kind, body), "success": True, "errors": [], "created": True}
        changed, created = saver.upsert(kind, key, value, body)
        return {"id": changed, "success": True, "errors": [], "created": created}

    return _each(call, records, kinds, one, strict=strict)


def delete(call: Call) -> Answer:
    wanted = [one.strip() for one in call.query.get("ids", "").split(",") if one.strip()]
    if len(wanted) > MOST:
        raise too_many_rows()
    saver = Saver(call)
    names = [call.org.schema.of_id(one) or "" for one in wanted]
    kinds = [readable(call, name) if name else call.org.schema.of("Account") for name in names]

    def one(index: int) -> Body:
        return {"id": saver.remove(kinds[index], wanted[index]), "success": True, "errors": []}

    return _each(call, [{} for _ in wanted], kinds, one, strict=flag(call.query.get("allOrNone")))


def retrieve(call: Call, name: str) -> Answer:
    """Read many records of one object by id; null stands for those that are not there."""
    kind = readable(call, name)
    if call.method == "POST":
        body = call.object()
        wanted, fields = body.get("ids", []), body.get("fields", [])
    else:
        wanted, fields = ([part for part in call.query.get(name, "").split(",") if part] for name in ("ids", "fields"))
    if not wanted or not fields:
        raise Refused("MISSING_ARGUMENT", "ids and fields are required")
    if len(wanted) > (MOST_READ if call.method == "POST" else MOST):
        raise too_many_rows()
    shown = chosen(call, kind, fields)
    rows = call.org.store.rows(kind.name)
    found = [rows.get(ids.canonical(str(one).strip()) or "") for one in wanted]
    return Answer(body=[None if row is None or row.get("IsDeleted") else record(call, kind, row, shown) for row in found])


# ---------------------------------------------------------------- the common part


def _request(call: Call) -> tuple[list[Body], list[ObjectType], bool]:
    body = call.object()
    records = body.get("records")
    if not isinstance(records, list) or any(not isinstance(one, dict) for one in records):
        raise Refused(
            "JSON_PARSER_ERROR", "Cannot deserialize instance of list from the value of records or request may be missing a required field"
        )
    if len(records) > MOST:
        raise too_many_rows()
    kinds: list[ObjectType] = []
    for one in records:
        name = str((one.get("attributes") or {}).get("type") or "")
        kind = call.view.kind(name)
        if kind is None:
            raise Refused(
                "INVALID_TYPE", f"sObject type '{name}' is not supported." if name else "Please specify the type attribute of every record."
            )
        kinds.append(kind)
    runs = sum(1 for index, kind in enumerate(kinds) if index == 0 or kind is not kinds[index - 1])
    if runs > MOST_RUNS:
        raise Refused("LIMIT_EXCEEDED", f"Can't process more than {MOST_RUNS} chunks of records of different types in one call")
    return records, kinds, body.get("allOrNone") is True


def _without_id(body: Body) -> tuple[str | None, Body]:
    given = next((value for name, value in body.items() if name.lower() == "id"), None)
    return given, {name: value for name, value in body.items() if name.lower() != "id"}


def _each(call: Call, records: list[Body], kinds: list[ObjectType], one: Callable[[int], Body], *, strict: bool) -> Answer:
    results: list[Body] = []
    with call.org.store.atomic():
        results = [_try(call, one, index) for index in range(len(records))]
        failed = [not result["success"] for result in results]
        if strict and any(failed):
            results = [result if bad else _failure(rolled_back()) for result, bad in zip(results, failed, strict=True)]
            _note(call, records, kinds, results)
            raise Undo
        _note(call, records, kinds, results)
    return Answer(body=results)


def _try(call: Call, one: Callable[[int], Body], index: int) -> Body:
    try:
        with call.org.store.atomic():
            return one(index)
    except Refused as refused:
        if refused.code == "JSON_PARSER_ERROR":
            raise
        return _failure(as_row(refused))


def _failure(refused: Refused) -> Body:
    return {"success": False, "errors": [refused.row()]}


def _note(call: Call, records: list[Body], kinds: list[ObjectType], results: list[Body]) -> None:
    for name in dict.fromkeys(kind.name for kind in kinds):
        mine = [index for index, kind in enumerate(kinds) if kind.name == name]
        changed = [results[index]["id"] for index in mine if results[index]["success"]]
        note(call, name, changed, [records[index] for index in mine], 200, refused=len(mine) - len(changed))


def routes(table: Routes) -> None:
    table.add("/composite/sobjects", POST=create, PATCH=update, DELETE=delete)
    table.add("/composite/sobjects/{name}", GET=retrieve, POST=retrieve)
    table.add("/composite/sobjects/{name}/{field}", PATCH=upsert)

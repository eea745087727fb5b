"""One record at a time: read, create, change, upsert by external id, delete."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce.describe import basic, readable
from connectors.sandbox.salesforce.errors import Refused, not_found
from connectors.sandbox.salesforce.soql.bind import getter
from connectors.sandbox.salesforce.stamps import moment_of
from connectors.sandbox.salesforce.web import Answer, Call, Routes, flag
from connectors.sandbox.salesforce.write import Saver, note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connectors.sandbox.salesforce.fields import Field
    from connectors.sandbox.salesforce.schema import ObjectType
    from connectors.sandbox.salesforce.store import Row


def record(call: Call, kind: ObjectType, row: Row, fields: Iterable[Field]) -> dict[str, Any]:
    """Show a row with the given fields."""
    url = f"/services/data/v{call.version}/sobjects/{kind.name}/{row['Id']}"
    return {"attributes": {"type": kind.name, "url": url}, **{field.name: getter(field)(row) for field in fields}}


def chosen(call: Call, kind: ObjectType, names: Iterable[str]) -> list[Field]:
    """Resolve a list of field names."""
    visible = call.view.fields(kind)
    found = []
    for name in names:
        field = visible.get(name.strip().lower())
        if field is None:
            raise Refused("INVALID_FIELD", f"No such column '{name.strip()}' on sobject of type {kind.name}")
        found.append(field)
    return found


def get(call: Call, name: str, record_id: str) -> Answer:
    kind = readable(call, name)
    row = Saver(call).existing(kind, record_id)
    return _show(call, kind, row)


def _show(call: Call, kind: ObjectType, row: Row) -> Answer:
    wanted = call.query.get("fields")
    fields = chosen(call, kind, wanted.split(",")) if wanted else list(call.view.fields(kind).values())
    return Answer(body=record(call, kind, row, fields))


def create(call: Call, name: str) -> Answer:
    kind = readable(call, name)
    body = call.object()
    if any(key.lower() == "id" for key in body):
        raise Refused("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", fields=("Id",))
    made = _noting(call, kind, body, lambda: Saver(call).create(kind, body), 201)
    location = f"/services/data/v{call.version}/sobjects/{kind.name}/{made}"
    return Answer(status=201, body={"id": made, "success": True, "errors": []}, headers={"Location": location})


def change(call: Call, name: str, record_id: str) -> Answer:
    kind = readable(call, name)
    body = call.object()
    saver = Saver(call)
    _check_unmodified(call, saver.existing(kind, record_id))
    _noting(call, kind, body, lambda: saver.update(kind, record_id, body), 204)
    return Answer(status=204)


def _check_unmodified(call: Call, row: Row) -> None:
    since = call.headers.get("if-unmodified-since")
    if since and moment_of(row["SystemModstamp"]) > parsedate_to_datetime(since):
        raise Refused("PRECONDITION_FAILED", "The record has been modified since the given date", status=412)


def delete(call: Call, name: str, record_id: str) -> Answer:
    kind = readable(call, name)
    _noting(call, kind, {}, lambda: Saver(call).remove(kind, record_id), 204)
    return Answer(status=204)


def _noting(call: Call, kind: ObjectType, body: dict[str, Any], save: Any, status: int) -> str:
    try:
        with call.org.store.atomic():
            changed = str(save())
    except Refused as refused:
        note(call, kind.name, [], [body], refused.status, refused=1)
        raise
    note(call, kind.name, [changed], [body], status)
    return changed


# ---------------------------------------------------------------- by external id


def get_by_key(call: Call, name: str, field: str, value: str) -> Answer:
    kind, rows = _matching(call, name, field, value)
    return _show(call, kind, rows[0]) if len(rows) == 1 else _several(call, kind, rows)


def upsert(call: Call, name: str, field: str, value: str) -> Answer:
    """Insert (201) or change (200) the record with this key; several matches are 300 with their addresses."""
    kind = readable(call, name)
    body = call.object()
    saver = Saver(call)
    key = saver.key(kind, field)
    if any(given.lower() == key.lower for given in body):
        raise Refused("INVALID_FIELD", f"The {key.name} field should not be specified in the sobject data.")
    matches = saver.matches(kind, key, value)
    if len(matches) > 1:
        return _several(call, kind, matches)
    only = flag(call.query.get("updateOnly"))
    created = not matches
    changed = _noting(
        call, kind, {key.name: value, **body}, lambda: saver.upsert(kind, key, value, body, update_only=only)[0], 201 if created else 200
    )
    return Answer(status=201 if created else 200, body={"id": changed, "success": True, "errors": [], "created": created})


def delete_by_key(call: Call, name: str, field: str, value: str) -> Answer:
    kind, rows = _matching(call, name, field, value)
    return delete(call, name, rows[0]["Id"]) if len(rows) == 1 else _several(call, kind, rows)


def _matching(call: Call, name: str, field: str, value: str) -> tuple[ObjectType, list[Row]]:
    kind = readable(call, name)
    saver = Saver(call)
    rows = saver.matches(kind, saver.key(kind, field), value)
    if not rows:
        raise not_found()
    return kind, rows


def _several(call: Call, kind: ObjectType, rows: list[Row]) -> Answer:
    """Answer with the addresses of all records that match a key that is not unique."""
    return Answer(status=300, body=[f"/services/data/v{call.version}/sobjects/{kind.name}/{row['Id']}" for row in rows])


def routes(table: Routes) -> None:
    table.add("/sobjects/{name}", GET=basic, POST=create)
    table.add("/sobjects/{name}/{record_id}", GET=get, PATCH=change, DELETE=delete)
    table.add("/sobjects/{name}/{field}/{value}", GET=get_by_key, PATCH=upsert, DELETE=delete_by_key)

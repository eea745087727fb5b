"""Batches of records: 100 at a time, all or nothing unless every input carries an objectWriteTraceId.

    inputs  --plan-->  Row (values, record, what is wrong)  --apply-->  results  +  errors     200/201, 207 when there are errors

Order in a 207 is not the order of the inputs: a client must align by id or trace id.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.hubspot import writes
from connectors.sandbox.hubspot.call import Answer, Call, Note, Route, conflict
from connectors.sandbox.hubspot.http_objects import Target, find, given_properties, make, required_missing, taken, targets
from connectors.sandbox.hubspot.render import View
from connectors.sandbox.hubspot.shapes import as_id, members
from connectors.sandbox.hubspot.wire import (
    Refusal,
    bad_values,
    duplicate_ids,
    invalid,
    missing_objects,
    non_unique,
    stamp,
    values_message,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from connectors.sandbox.hubspot.kinds import Kind
    from connectors.sandbox.hubspot.records import Record
    from connectors.sandbox.hubspot.values import Problem

MOST: Final = 100
MOST_WITH_HISTORY: Final = 50


@dataclass(slots=True, kw_only=True)
class Row:
    """One input of a write: what it wants and what is wrong with it. `error` is ready for the answer's errors."""

    trace: str | None
    values: dict[str, str]
    problems: list[Problem] = field(default_factory=list)
    record: Record | None = None
    found: list[Target] = field(default_factory=list)
    error: dict[str, Any] | None = None
    refusal: Refusal | None = None
    """The answer to the whole batch if it must be refused for this row."""


def read(call: Call) -> Answer:
    """POST batch/read: missing ids are errors of a 207, and merged ids give their survivor."""
    kind = call.kind()
    call.token.need(kind.record_scopes("read"))
    body = call.json()
    history = members(body, "propertiesWithHistory", str)
    ids = [as_id(one.get("id")) for one in call.inputs(body, MOST_WITH_HISTORY if history else MOST)]
    _no_twice(ids)
    id_property = str(body.get("idProperty") or "")
    archived = call.flag("archived")
    found: dict[int, Record] = {}
    missing = []
    for asked in ids:
        row = find(call.portal, kind, asked, id_property, archived=archived)
        if row is None:
            missing.append(asked)
        else:
            found[row.number] = row
    view = View(call.portal, kind, members(body, "properties", str), history)
    errors = [missing_objects(kind.singular, missing)] if missing else []
    return finish(call, [view.of(row) for row in found.values()], errors)


def _no_twice(ids: Iterable[str]) -> None:
    twice = [one for one, times in Counter(ids).items() if times > 1]
    if twice:
        raise duplicate_ids(twice)


def finish(call: Call, results: Sequence[dict[str, Any]], errors: Sequence[dict[str, Any]], good: int = 200) -> Answer:
    """Answer a batch; with errors it is a 207 in no particular order."""
    if call.effect("silent") is not None:
        results, errors = [], []
    body: dict[str, Any] = {"completedAt": stamp(call.now), "status": "COMPLETE", "startedAt": stamp(call.now), "results": list(results)}
    if not errors:
        return Answer(status=207 if call.effect("silent") is not None else good, body=body)
    random.Random(call.now).shuffle(body["results"])
    return Answer(status=207, body=body | {"errors": list(errors), "numErrors": len(errors)})


def _begin(call: Call) -> tuple[Kind, list[dict[str, Any]]]:
    kind = call.kind()
    call.token.need(kind.record_scopes("write"))
    inputs = call.inputs(call.json(), MOST)
    names = {name for one in inputs if isinstance(one.get("properties"), dict) for name in one["properties"]}
    call.note = Note(kind.name, len(inputs), fields=names)
    return kind, inputs


def _row(call: Call, kind: Kind, one: dict[str, Any], record: Record | None, claimed: set[tuple[str, str]]) -> Row:
    """Check one input; `claimed` are the unique values that earlier inputs of the batch take."""
    good, problems = writes.check(call.portal, kind, given_properties(one), record)
    trace = one.get("objectWriteTraceId")
    row = Row(trace=None if trace is None else str(trace), values=good, problems=problems, record=record)
    if problems:
        row.error, row.refusal = _error(row, call.portal.portal_id), None
        return row
    held = writes.conflict(call.portal, kind, good, record)
    unique = {prop.name for prop in call.portal.definitions[kind.id].uniques()} & {name for name, value in good.items() if value}
    again = next(((name, good[name]) for name in unique if (name, good[name].lower()) in claimed), None)
    claimed |= {(name, good[name].lower()) for name in unique}
    if held:
        _clash(call, kind, row, *held)
    elif again:
        _refuse(row, "CONFLICT", f"{kind.singular.capitalize()} with {again[0]} {again[1]} appears twice in the batch", {})
    return row


def _clash(call: Call, kind: Kind, row: Row, name: str, other: Record) -> None:
    if kind.name == "contacts" and name == "email":
        context = {"existingId": [other.id]}
        _refuse(row, "CONFLICT", f"Contact already exists. Existing ID: {other.id}", context)
        row.refusal = conflict("Contact already exists")
    else:
        row.problems.append(taken(name, other))
        row.error = _error(row, call.portal.portal_id)


def _error(row: Row, portal_id: int) -> dict[str, Any]:
    head = {"status": "error", "category": "VALIDATION_ERROR", "message": values_message(row.problems, portal_id)}
    return head | {"context": _context(row), "errors": [problem.as_error() for problem in row.problems]}


def _context(row: Row) -> dict[str, list[str]]:
    return {} if row.trace is None else {"objectWriteTraceId": [row.trace]}


def _refuse(row: Row, category: str, message: str, context: dict[str, list[str]], **extra: Any) -> None:
    row.error = {"status": "error", "category": category, "message": message, "context": {**_context(row), **context}, **extra}
    row.refusal = conflict(message) if category == "CONFLICT" else invalid(message, **extra)


def _settle(call: Call, rows: Sequence[Row]) -> None:
    """Refuse the whole batch where one bad input does that: without trace ids always, and for a property that does not exist."""
    problems = [problem for row in rows for problem in row.problems]
    partial = all(row.trace is not None for row in rows) and not call.portal.knobs.whole_batch_refused
    if problems and (not partial or any(problem.code == "PROPERTY_DOESNT_EXIST" for problem in problems)):
        raise bad_values(problems, call.portal.portal_id)
    if not partial and (refusal := next((row.refusal for row in rows if row.refusal), None)):
        raise refusal


def create(call: Call) -> Answer:
    """POST batch/create."""
    kind, inputs = _begin(call)
    claimed: set[tuple[str, str]] = set()
    rows = []
    for one in inputs:
        row = _row(call, kind, one, None, claimed)
        _complete(call, kind, one, row)
        rows.append(row)
    _settle(call, rows)
    return _apply(call, kind, rows, good=201)


def _complete(call: Call, kind: Kind, one: dict[str, Any], row: Row) -> None:
    """Check what only a create must have: required properties and whom to associate with."""
    if row.error is not None:
        return
    if missing := writes.lacking(kind, row.values):
        said = required_missing(kind, missing)
        _refuse(row, "VALIDATION_ERROR", said["message"], {"properties": missing}, errors=said["errors"])
        return
    try:
        row.found = targets(call, kind, one.get("associations"))
    except Refusal as refusal:
        body = refusal.body if isinstance(refusal.body, dict) else {}
        _refuse(row, "VALIDATION_ERROR", str(body.get("message")), {})
        row.refusal = refusal


def update(call: Call) -> Answer:
    """POST batch/update: unknown ids are errors of a 207 whether or not there are trace ids."""
    kind, inputs = _begin(call)
    _no_twice(as_id(one.get("id")) for one in inputs)
    claimed: set[tuple[str, str]] = set()
    rows, missing = [], []
    for one in inputs:
        record = find(call.portal, kind, as_id(one["id"]), str(one.get("idProperty") or ""))
        if record is None:
            missing.append(one)
        else:
            rows.append(_row(call, kind, one, record, claimed))
    _no_twice(row.record.id for row in rows if row.record is not None)
    _settle(call, rows)
    errors = []
    if missing:
        errors = [missing_objects(kind.singular, [as_id(one["id"]) for one in missing])]
        if traces := [str(one["objectWriteTraceId"]) for one in missing if "objectWriteTraceId" in one]:
            errors[0]["context"]["objectWriteTraceId"] = traces
    return _apply(call, kind, rows, errors=errors)


def upsert(call: Call) -> Answer:
    """POST batch/upsert: by a unique property only; associations are not part of it and are ignored."""
    kind, inputs = _begin(call)
    claimed: set[tuple[str, str]] = set()
    rows = []
    definitions = call.portal.definitions[kind.id]
    _no_twice(f"{as_id(one.get('id'))}".lower() for one in inputs)
    for one in inputs:
        name = str(one.get("idProperty") or "hs_object_id")
        prop = definitions.get(name, call.now)
        if prop is None or not prop.unique:
            raise non_unique(kind.id, name, call.portal.portal_id)
        record = find(call.portal, kind, as_id(one["id"]), name)
        full = {**one, "properties": {**given_properties(one), name: as_id(one["id"])}}
        row = _row(call, kind, full, record, claimed)
        if record is None:
            _complete(call, kind, {"associations": None}, row)
        rows.append(row)
    _settle(call, rows)
    return _apply(call, kind, rows, upserted=True)


def _apply(
    call: Call, kind: Kind, rows: Sequence[Row], *, good: int = 200, errors: Sequence[dict[str, Any]] = (), upserted: bool = False
) -> Answer:
    results = []
    for row in rows:
        if row.error is not None:
            continue
        is_new = row.record is None
        if row.record is None:
            record, kept = make(call, kind, row.values, row.found)
        else:
            record = row.record
            call.portal.changing(kind, record)
            kept = writes.commit(call.portal, kind, record, row.values, call.now, writes.INTEGRATION)
        extra: dict[str, Any] = {} if row.trace is None else {"objectWriteTraceId": row.trace}
        if upserted:
            extra["new"] = is_new
        results.append(View(call.portal, kind, kept).of(record, **extra))
        if call.note:
            call.note.ids.append(record.id)
    return finish(call, results, [*errors, *(row.error for row in rows if row.error is not None)], good)


def archive(call: Call) -> Answer:
    """POST batch/archive: 204 always; unknown and archived ids are passed over."""
    kind = call.kind()
    call.token.need(kind.record_scopes("write"))
    ids = [as_id(one.get("id")) for one in call.inputs(call.json(), MOST)]
    call.note = Note(kind.name, len(ids))
    table = call.portal.tables[kind.id]
    for asked in ids:
        row = table.get(asked)
        if row is not None and row.archived_at is None:
            call.portal.changing(kind, row)
            table.archive(row, call.now)
            call.note.ids.append(row.id)
    return Answer(status=204)


ROUTES = tuple(
    Route(method="POST", pattern=f"objects/{{type}}/batch/{word}", handler=handler)
    for word, handler in (("read", read), ("create", create), ("update", update), ("upsert", upsert), ("archive", archive))
)

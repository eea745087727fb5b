"""Single records over HTTP: list, read, create, change, archive, merge, erase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.sandbox.hubspot import furniture, writes
from connectors.sandbox.hubspot.call import Answer, Call, Note, Route, conflict
from connectors.sandbox.hubspot.records import Record
from connectors.sandbox.hubspot.render import View, inline_associations
from connectors.sandbox.hubspot.shapes import as_id, child_id, members
from connectors.sandbox.hubspot.values import Problem
from connectors.sandbox.hubspot.wire import bad_json, bad_values, invalid, non_unique, not_found, unset

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from connectors.sandbox.hubspot.kinds import Kind
    from connectors.sandbox.hubspot.links import LinkType
    from connectors.sandbox.hubspot.portal import Portal

Target = tuple["Kind", "Record", tuple[int, ...]]
"""What an inline association points at: object type, record, association type ids."""


def listing(call: Call) -> Answer:
    """GET /objects/{type}: a page by id."""
    kind = call.kind()
    call.token.need(kind.record_scopes("read"))
    history = call.many("propertiesWithHistory")
    limit = call.limit(10, 50 if history else 100)
    after = call.one("after", "0")
    if not after.isdigit():
        raise invalid(f"Invalid paging offset: {after}")
    ends = _ends(call)
    view = View(call.portal, kind, call.many("properties"), history)
    table, archived = call.portal.tables[kind.id], call.flag("archived")
    short = call.effect("short_page")
    repeated = _before(table.live(), int(after)) if call.effect("repeat") is not None and limit > 1 else []
    room = min(limit, int(short)) if short else limit - len(repeated)
    rows, following = table.page(int(after), room, archived=archived, now=call.now)
    rows = [*repeated, *rows]
    body: dict[str, Any] = {"results": [view.of(row, **inline_associations(call, kind, row, ends)) for row in rows]}
    if following is not None:
        body["paging"] = call.next_link(str(following))
    return Answer(body=body)


def _before(rows: Iterable[Record], number: int) -> list[Record]:
    """The last record of the page before, which an injected effect shows again."""
    return [row for row in rows if row.number < number][-1:]


def _ends(call: Call) -> list[Kind]:
    ends = [call.kind_of(name) for name in call.many("associations")]
    for end in ends:
        call.token.need(end.record_scopes("read"))
    return ends


def find(portal: Portal, kind: Kind, asked: str, id_property: str, *, archived: bool = False) -> Record | None:
    """Find a record by id or by a unique property, in the recycle bin or out of it."""
    if id_property and id_property != "hs_object_id":
        prop = portal.definitions[kind.id].get(id_property, portal.now())
        if prop is None or not prop.unique:
            raise non_unique(kind.id, id_property, portal.portal_id)
        row = portal.tables[kind.id].by_unique(id_property, asked)
    else:
        row = portal.tables[kind.id].get(asked)
    return row if row is not None and (row.archived_at is not None) == archived else None


def read(call: Call) -> Answer:
    """GET /objects/{type}/{id}: a merged id gives the survivor."""
    kind = call.kind()
    call.token.need(kind.record_scopes("read"))
    ends = _ends(call)
    row = find(call.portal, kind, call.args["id"], call.one("idProperty"), archived=call.flag("archived"))
    if row is None:
        raise not_found()
    view = View(call.portal, kind, call.many("properties"), call.many("propertiesWithHistory"))
    return Answer(body=view.of(row, **inline_associations(call, kind, row, ends)))


def given_properties(body: Mapping[str, Any]) -> dict[str, object]:
    found = body.get("properties")
    if found is None:
        raise unset("properties")
    if not isinstance(found, dict):
        raise bad_json("Cannot deserialize value of type `java.util.LinkedHashMap` from Array value (token `JsonToken.START_ARRAY`)")
    return found


def required_missing(kind: Kind, names: list[str]) -> dict[str, Any]:
    """The message and errors of a create that lacks required properties."""
    detail = {"message": "One or more required properties were not set.", "code": "REQUIRED_FIELD", "context": {"properties": names}}
    return {"message": f"Error creating {kind.singular.upper()}. Some required properties were not set.", "errors": [detail]}


def targets(call: Call, kind: Kind, wanted: object) -> list[Target]:
    """Resolve the associations of a create; the type id alone says which object the id belongs to."""
    found: list[Target] = []
    for one in members({"associations": wanted}, "associations", dict):
        other_id, specs = child_id(one, "to"), one.get("types")
        if not isinstance(specs, list) or not specs:
            raise unset("types")
        kinds = [association_type(call, kind.id, spec) for spec in specs]
        end = call.kind_of(kinds[0].end)
        if any(one.end != end.id for one in kinds):
            raise invalid("The association types of one association lead to different objects")
        row = call.portal.tables[end.id].get(other_id)
        if row is None or row.archived_at is not None:
            raise invalid(f"{other_id} is not a valid ID", subCategory="crm.associations.INVALID_IDENTIFIER", context={"id": [other_id]})
        found.append((end, row, tuple(one.id for one in kinds)))
    return found


def association_type(call: Call, start: str, spec: Mapping[str, Any], end: str | None = None) -> LinkType:
    """Find the association type that a request names; its id must start at the object type written from."""
    type_id, category = (spec.get("associationTypeId"), spec.get("associationCategory")) if isinstance(spec, dict) else (None, None)
    if not isinstance(type_id, int) or category is None:
        raise unset("associationCategory", "associationTypeId")
    found = call.portal.links.leading_from(start, type_id)
    if found is None or found.category != category or (end is not None and found.end != end):
        where = f"{start} to {end}" if end else start
        raise invalid(
            f"Association type {category} {type_id} is not valid from {where}", subCategory="crm.associations.INVALID_ASSOCIATION_TYPE"
        )
    return found


def taken(name: str, other: Record) -> Problem:
    return Problem(name, "CONFLICTING_UNIQUE_VALUE", f"{name} is already used by object {other.id}")


def make(call: Call, kind: Kind, good: Mapping[str, str], found: list[Target]) -> tuple[Record, dict[str, str]]:
    """Create a record from checked values and resolved associations; gives it and all that was set."""
    portal = call.portal
    table = portal.tables[kind.id]
    row = Record(table.new_id(), call.now, call.now)
    portal.changing(kind, row, is_new=True)
    table.add(row)
    source = {"hs_object_source": "INTEGRATION", "hs_object_source_id": writes.INTEGRATION[1], "hs_object_source_label": "INTEGRATION"}
    kept = writes.commit(portal, kind, row, {**source, **good}, call.now, writes.INTEGRATION)
    for end, other, type_ids in found:
        portal.links.connect(kind.id, row.number, end.id, other.number, type_ids)
    return row, kept


def create(call: Call) -> Answer:
    """POST /objects/{type}."""
    kind = call.kind()
    call.token.need(kind.record_scopes("write"))
    body = call.json()
    values = given_properties(body)
    call.note = Note(kind.name, 1, fields=set(values))
    good, problems = writes.check(call.portal, kind, values, None)
    if problems:
        raise bad_values(problems, call.portal.portal_id)
    if missing := writes.lacking(kind, good):
        refusal = required_missing(kind, missing)
        raise invalid(refusal["message"], errors=refusal["errors"])
    if held := writes.conflict(call.portal, kind, good, None):
        raise _conflict(call, kind, *held)
    row, kept = make(call, kind, good, targets(call, kind, body.get("associations")))
    call.note.ids.append(row.id)
    return Answer(status=201, body=View(call.portal, kind, kept).of(row))


def _conflict(call: Call, kind: Kind, name: str, other: Record) -> Exception:
    """A contact's e-mail answers 409 with the id; any other unique property is a bad value."""
    if kind.name == "contacts" and name == "email":
        return conflict(f"Contact already exists. Existing ID: {other.id}")
    return bad_values([taken(name, other)], call.portal.portal_id)


def update(call: Call) -> Answer:
    """PATCH /objects/{type}/{id}: what is left out stays, "" and null clear."""
    kind = call.kind()
    call.token.need(kind.record_scopes("write"))
    values = given_properties(call.json())
    call.note = Note(kind.name, 1, fields=set(values))
    row = find(call.portal, kind, call.args["id"], call.one("idProperty"))
    if row is None:
        raise not_found()
    if not values:
        raise invalid("No properties found to update, please provide at least one.")
    good, problems = writes.check(call.portal, kind, values, row)
    if problems:
        raise bad_values(problems, call.portal.portal_id)
    if held := writes.conflict(call.portal, kind, good, row):
        raise _conflict(call, kind, *held)
    call.portal.changing(kind, row)
    kept = writes.commit(call.portal, kind, row, good, call.now, writes.INTEGRATION)
    call.note.ids.append(row.id)
    return Answer(body=View(call.portal, kind, kept).of(row))


def archive(call: Call) -> Answer:
    """DELETE /objects/{type}/{id}: into the recycle bin; doing it again changes nothing."""
    kind = call.kind()
    call.token.need(kind.record_scopes("write"))
    call.note = Note(kind.name, 1)
    row = call.portal.tables[kind.id].get(call.args["id"])
    if row is None:
        raise not_found()
    if row.archived_at is None:
        call.portal.changing(kind, row)
        call.portal.tables[kind.id].archive(row, call.now)
    call.note.ids.append(row.id)
    return Answer(status=204)


def merge(call: Call) -> Answer:
    """POST /objects/{type}/merge: the answer is the survivor, whose id may be new."""
    kind = call.kind()
    call.token.need(kind.record_scopes("write"))
    body = call.json()
    if lacking := [name for name in ("primaryObjectId", "objectIdToMerge") if not body.get(name)]:
        raise unset(*lacking)
    call.note = Note(kind.name, 2)
    rows = [find(call.portal, kind, as_id(body[name]), "") for name in ("primaryObjectId", "objectIdToMerge")]
    primary, other = rows
    if primary is None or other is None:
        raise not_found()
    if primary is other:
        raise invalid("An object cannot be merged into itself")
    survivor = furniture.merge(call.portal, kind, primary, other)
    call.note.ids += [primary.id, other.id]
    return Answer(body=View(call.portal, kind, [*kind.defaults, "hs_merged_object_ids"]).of(survivor))


def erase(call: Call) -> Answer:
    """POST /objects/contacts/gdpr-delete: for good."""
    kind = call.kind()
    call.token.need(kind.record_scopes("write"))
    body = call.json()
    call.note = Note(kind.name, 1)
    row = find(call.portal, kind, as_id(body.get("objectId")), str(body.get("idProperty") or ""))
    if row is None or kind.name != "contacts":
        raise not_found()
    call.portal.purge(kind.name, row.id)
    call.note.ids.append(row.id)
    return Answer(status=204)


ROUTES = (
    Route(method="GET", pattern="objects/{type}", handler=listing),
    Route(method="POST", pattern="objects/{type}", handler=create),
    Route(method="POST", pattern="objects/{type}/merge", handler=merge),
    Route(method="POST", pattern="objects/{type}/gdpr-delete", handler=erase),
    Route(method="GET", pattern="objects/{type}/{id}", handler=read),
    Route(method="PATCH", pattern="objects/{type}/{id}", handler=update),
    Route(method="DELETE", pattern="objects/{type}/{id}", handler=archive),
)

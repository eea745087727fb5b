"""How a portal gets its furniture: pipelines and their options, currencies, owners, custom objects, merges.

Kept beside portal.py, which is the surface; nothing here is called by a handler except `merge`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.sandbox.hubspot import pipelines as pipes
from connectors.sandbox.hubspot import writes
from connectors.sandbox.hubspot.definitions import Definitions, Group, Property, spelled
from connectors.sandbox.hubspot.kinds import Kind, custom
from connectors.sandbox.hubspot.pipelines import PROPERTIES, Owner, Pipeline, Stage
from connectors.sandbox.hubspot.records import Record, Table
from connectors.sandbox.hubspot.wire import Refusal, millis, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from connectors.sandbox.hubspot.portal import Portal, Rate

WORDS = {
    "string": ("string", "text"),
    "text": ("string", "textarea"),
    "number": ("number", "number"),
    "date": ("date", "date"),
    "datetime": ("datetime", "date"),
    "bool": ("bool", "booleancheckbox"),
    "enumeration": ("enumeration", "select"),
    "checkbox": ("enumeration", "checkbox"),
}
"""Short words of Portal.define -> type and field type."""


def furnish(portal: Portal) -> None:
    """Give a fresh portal its pipelines and currency options."""
    portal.pipelines = pipes.standard()
    for name in portal.pipelines:
        offer_stages(portal, name)
    offer_currencies(portal)


def offer_stages(portal: Portal, name: str) -> None:
    """Keep the options of the pipeline properties, and the date-entered property of every deal stage, in step with the pipelines."""
    definitions = portal.definitions[portal.kind(name).id]
    found = portal.pipelines[name]
    for prop, options in zip(PROPERTIES[name], pipes.options(found), strict=True):
        definitions.known[prop].options = spelled(options)
    for stage in [stage for pipeline in found for stage in pipeline.stages] if name == "deals" else []:
        entered = f"hs_v2_date_entered_{stage.id}"
        definitions.known[entered] = Property(
            name=entered,
            label=f'Date entered "{stage.label}"',
            type="datetime",
            field_type="date",
            group="dealinformation",
            hubspot_defined=True,
            read_only=True,
        )


def offer_currencies(portal: Portal) -> None:
    codes = [portal.currency, *portal.currencies]
    for name, prop in (("deals", "deal_currency_code"), ("invoices", "hs_currency"), ("line_items", "hs_line_item_currency_code")):
        definition = portal.definitions[portal.kind(name).id].known[prop]
        definition.options = spelled([{"label": code, "value": code} for code in codes])


def define(portal: Portal, object_type: str, properties: Mapping[str, Any] | Iterable[Mapping[str, Any]], group: str) -> str:
    kind = portal.kinds.find(object_type, bare=True) or _new_kind(portal, object_type)
    definitions = portal.definitions[kind.id]
    home = group or (
        f"{kind.singular}information" if f"{kind.singular}information" in definitions.groups else next(iter(definitions.groups))
    )
    if home not in definitions.groups:
        definitions.groups[home] = Group(name=home, label=home.capitalize(), display_order=len(definitions.groups))
    listed = properties.items() if hasattr(properties, "items") else ((one["name"], one) for one in properties)
    for name, body in listed:
        spec = {"groupName": home, "label": name, **_body(body), "name": name}
        try:
            definitions.create(spec, 0, lag=0, unique_refused=False)
        except Refusal as refusal:
            raise ValueError(f"{kind.name}.{name}: {refusal}") from refusal
    return kind.id


def _body(given: object) -> dict[str, Any]:
    if not isinstance(given, str):
        return dict(given)  # type: ignore[call-overload,no-any-return] # a mapping: the vendor's create body
    word, _, listed = given.partition(":")
    kind, field = WORDS[word.strip()]
    options = [
        {"value": value, "label": label or value} for value, _, label in (one.strip().partition("=") for one in listed.split(";")) if value
    ]
    if kind == "bool":
        options = [{"value": "true", "label": "Yes"}, {"value": "false", "label": "No"}]
    return {"type": kind, "fieldType": field, "options": options}


def _new_kind(portal: Portal, name: str) -> Kind:
    number = 100_000_000 + portal.portal_id % 1_000_000 + sum(1 for kind in portal.kinds if kind.is_custom)
    kind = custom(number, name, portal.portal_id)
    portal.kinds.add(kind)
    portal.tables[kind.id] = Table(kind, portal.portal_id)
    portal.definitions[kind.id] = Definitions(kind)
    portal.links.open_custom(kind, portal.kinds)
    return kind


def add_pipeline(portal: Portal, name: str, label: str, stages: Sequence[tuple[str, Mapping[str, str]]], pipeline_id: str) -> Pipeline:
    at, taken = stamp(portal.now()), sum(len(one.stages) for found in portal.pipelines.values() for one in found)
    base = 98_000_000 + portal.portal_id % 100_000 + taken * 7
    made = tuple(Stage(id=str(base + 7 * place), label=text, metadata=dict(data), created=at) for place, (text, data) in enumerate(stages))
    found = portal.pipelines[name]
    pipeline = Pipeline(id=pipeline_id or str(base - 3), label=label, stages=made, order=len(found), created=at)
    found.append(pipeline)
    offer_stages(portal, name)
    return pipeline


def add_owner(portal: Portal, email: str, first: str, last: str, **more: Any) -> str:
    place = len(portal.owners)
    born = millis(more["created"]) if more.get("created") else portal.now()
    owner = Owner(
        id=str(96_879_900 + portal.portal_id % 1000 + place * 11),
        email=email,
        first=first,
        last=last,
        user_id=7_000_000 + place,
        type=more.get("type", "PERSON"),
        teams=tuple(more.get("teams", ())),
        archived=bool(more.get("archived")),
        created=born,
        updated=born,
    )
    portal.owners[owner.id] = owner
    if not owner.archived:
        portal.active_owners.add(owner.id)
    return owner.id


def add_rate(portal: Portal, rate: Rate) -> None:
    portal.rates.append(rate)
    if rate.currency not in portal.currencies:
        portal.currencies = (*portal.currencies, rate.currency)
        offer_currencies(portal)


def merge(portal: Portal, kind: Kind, primary: Record, other: Record) -> Record:
    """Merge two records: the survivor takes values it lacks, all associations, and remembers the ids merged into it."""
    table, at = portal.tables[kind.id], portal.now()
    portal.changing(kind, primary)
    portal.changing(kind, other)
    survivor = primary
    given = {name: value for name, value in other.properties.items() if name not in primary.properties}
    gone = [other] if not portal.knobs.merge_makes_new_id else [primary, other]
    past = [one for row in (primary, other) for one in row.properties.get("hs_merged_object_ids", "").split(";") if one]
    links = [(end, number, types) for row in (primary, other) for end, number, types in portal.links.all_of(kind.id, row.number)]
    if portal.knobs.merge_makes_new_id:
        survivor = Record(table.new_id(), primary.created, at, {}, dict(primary.history))
        given = {**other.properties, **primary.properties}
    for row in gone:
        portal.links.forget(kind.id, row.number)
        table.drop(row)
        table.merged[row.number] = survivor.number
    if survivor is not primary:
        table.add(survivor)
    given["hs_merged_object_ids"] = ";".join([*past, *(row.id for row in gone)])
    if kind.name == "contacts":
        dated = [one for row in (primary, other) for one in row.properties.get("hs_calculated_merged_vids", "").split(";") if one]
        given["hs_calculated_merged_vids"] = ";".join([*dated, *(f"{row.id}:{at}" for row in gone)])
    writes.commit(portal, kind, survivor, given, at, writes.PERSON)
    for end, number, types in links:
        if (end, number) not in {(kind.id, primary.number), (kind.id, other.number), (kind.id, survivor.number)}:
            held = portal.links.of(kind.id, survivor.number, end)
            labelled = [one for one in types if not _has_one(portal, kind, end, one, held)]
            portal.links.connect(kind.id, survivor.number, end, number, labelled)
    return survivor


def _has_one(portal: Portal, kind: Kind, end: str, type_id: int, held: Mapping[int, set[int]]) -> bool:
    """The survivor keeps its own primary company when both had one."""
    return portal.links.types[(kind.id, end)][type_id].only_one and any(type_id in types for types in held.values())

"""A query, run: parse, bind, filter, sort, cut. Rows are found once; pages are rendered from them later, one at a time.

run(source, "SELECT …")  ->  Result(rows, render)  ->  [render(row) for row in one page]
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce.errors import Refused
from connectors.sandbox.salesforce.soql import say
from connectors.sandbox.salesforce.soql.aggregate import Grouped, is_grouped
from connectors.sandbox.salesforce.soql.bind import Binder, Bound
from connectors.sandbox.salesforce.soql.filter import Filter, known_ids
from connectors.sandbox.salesforce.soql.lex import malformed
from connectors.sandbox.salesforce.soql.order import sort
from connectors.sandbox.salesforce.soql.parse import parse
from connectors.sandbox.salesforce.soql.shape import Renderer, Shape
from connectors.sandbox.salesforce.soql.tree import Function, Path, Query, TypeOf
from connectors.sandbox.salesforce.soql.typeof import type_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from connectors.sandbox.salesforce.schema import ObjectType
    from connectors.sandbox.salesforce.soql.source import Source
    from connectors.sandbox.salesforce.store import Row

    Paging = Callable[[list[Row], Callable[[Row], Any]], dict[str, Any]]

FARTHEST = 2_000
MOST_FIELDS_ALL = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What was found. `columns` are the selected fields in order, flat, for CSV; `total` is known without the rows for COUNT()."""

    kind: ObjectType
    rows: list[Any]
    total: int
    render: Callable[[Any], dict[str, Any]]
    columns: tuple[Bound, ...] = ()
    is_count: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How to run: with deleted and archived rows or without, for which API version, and how to page children."""

    source: Source
    version: str
    deleted: bool = False
    page: Paging


def run(run_: Run, text: str) -> Result:
    """Run the text of a query; Refused in the vendor's words when it cannot be."""
    query = parse(text)
    kind = run_.source.kind(query.source)
    if kind is None:
        raise say.no_object(text, query.source_at, query.source)
    if (query.offset or 0) > FARTHEST:
        raise Refused("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {FARTHEST}")
    return _select(run_, kind, query)


def _select(run_: Run, kind: ObjectType, query: Query) -> Result:
    binder = Binder(run_.source, query.text)
    if is_count(query):
        total = len(_found(run_, binder, kind, query))
        return Result(kind=kind, rows=[], total=total if query.limit is None else min(total, query.limit), render=_plain, is_count=True)
    if is_grouped(query):
        grouped = Grouped(binder, kind, query)
        records = grouped.records(_found(run_, binder, kind, query))
        return Result(kind=kind, rows=records, total=len(records), render=_plain)
    shape, columns, children = _shape(run_, binder, kind, query)
    rows = _sorted(binder, kind, query, _found(run_, binder, kind, query))
    rows = _cut(rows, query)
    renderer = Renderer(run_.source, run_.version, shape, children)
    return Result(kind=kind, rows=rows, total=len(rows), render=renderer.record, columns=tuple(columns))


def is_count(query: Query) -> bool:
    """Tell whether the query only counts: SELECT COUNT() FROM X."""
    first = query.select[0]
    return len(query.select) == 1 and isinstance(first, Function) and first.name == "COUNT" and first.argument is None and not query.group


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    return record


def _cut(rows: list[Row], query: Query) -> list[Row]:
    start = query.offset or 0
    return rows[start : None if query.limit is None else start + query.limit]


def _sorted(binder: Binder, kind: ObjectType, query: Query, rows: list[Row]) -> list[Row]:
    keys = [(binder.operand(kind, one.by), one) for one in query.order]
    for bound, _ in keys:
        if not bound.field.sortable:
            raise say.not_sortable(bound.field.name)
    return sort(rows, keys)


def _found(run_: Run, binder: Binder, kind: ObjectType, query: Query) -> list[Row]:
    """Find the rows that the WHERE keeps; when it names ids, only those are looked at."""
    test = None
    if query.where is not None:
        test = Filter(binder, partial(binder.operand, kind), partial(_semi_join, run_)).test(query.where)
    wanted = known_ids(query.where)
    rows: Iterable[Row] = run_.source.rows(kind)
    if wanted is not None:
        rows = [row for one in wanted if (row := run_.source.find(one)) is not None and run_.source.object_of(row) == kind.name]
    if not run_.deleted:
        rows = (row for row in rows if not row.get("IsDeleted") and not row.get("IsArchived"))
    return list(rows) if test is None else [row for row in rows if test(row)]


def _semi_join(run_: Run, query: Query) -> set[Any]:
    kind = run_.source.kind(query.source)
    if kind is None:
        raise say.no_object(query.text, query.source_at, query.source)
    if len(query.select) != 1 or not isinstance(query.select[0], Path):
        raise malformed("semi join sub-selects can only have one selected field")
    binder = Binder(run_.source, query.text)
    bound = binder.path(kind, query.select[0])
    if bound.field.type not in {"id", "reference"}:
        raise malformed(f"The inner select field '{bound.text}' in the semi join must be an id or a reference")
    return {value for row in _found(run_, binder, kind, query) if (value := bound.get(row)) is not None}


def _shape(run_: Run, binder: Binder, kind: ObjectType, query: Query) -> tuple[Shape, list[Bound], dict[str, Callable[[Row], Any]]]:
    shape, columns, more = Shape(), [], {}
    for item in query.select:
        if isinstance(item, Query):
            more.update(_children(run_, kind, item))
        elif isinstance(item, TypeOf):
            more.update(type_of(binder, kind, item, run_.version))
        else:
            if item.alias is not None and isinstance(item, Path):
                raise malformed("only aggregate expressions use field aliasing")
            columns += _selected(binder, kind, item, query)
    seen: set[str] = set()
    for bound in columns:
        if bound.text in seen:
            raise Refused("INVALID_FIELD", say.located(query.text, query.at, f"duplicate field selected: {bound.text}"))
        seen.add(bound.text)
        shape.add(bound.way, bound.references, bound.get)
    return shape, columns, more


def _selected(binder: Binder, kind: ObjectType, item: Path | Function, query: Query) -> list[Bound]:
    if isinstance(item, Path):
        return [binder.path(kind, item)]
    if item.name != "FIELDS":
        bound = binder.function(kind, item)
        return [Bound(way=(item.alias,), field=bound.field, get=bound.get, kind=kind)] if item.alias else [bound]
    which = item.argument.text.upper() if item.argument else ""
    if which not in {"ALL", "STANDARD", "CUSTOM"}:
        raise malformed(f"unexpected token: '{which}'")
    if which != "STANDARD" and not 0 < (query.limit or 0) <= MOST_FIELDS_ALL:
        raise malformed(f"The SOQL FIELDS function must have a LIMIT of at most {MOST_FIELDS_ALL}")
    fields = binder.source.fields(kind).values()
    return [binder.path(kind, Path(parts=(one.name,), at=item.at)) for one in fields if which == "ALL" or one.custom is (which == "CUSTOM")]


def _children(run_: Run, kind: ObjectType, query: Query) -> dict[str, Callable[[Row], Any]]:
    """Run a child query once for all parents, group its rows by parent, and hand each parent its own."""
    found = run_.source.children(kind, query.source)
    if found is None:
        raise say.no_children(query.text, query.source_at, query.source)
    child, link = found
    binder = Binder(run_.source, query.text)
    shape, _, below = _shape(run_, binder, child, query)
    render = Renderer(run_.source, run_.version, shape, below).record
    by_parent: dict[str, list[Row]] = {}
    for row in _sorted(binder, child, query, _found(run_, binder, child, query)):
        if row.get(link.name) is not None:
            by_parent.setdefault(row[link.name], []).append(row)

    def of(parent: Row) -> dict[str, Any] | None:
        rows = _cut(by_parent.get(parent["Id"], []), query)
        return run_.page(rows, render) if rows else None

    return {query.source: of}

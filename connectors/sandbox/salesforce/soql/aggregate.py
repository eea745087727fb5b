"""Grouped queries: COUNT, SUM, MIN … over groups of rows, HAVING, and their records."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce.errors import Refused
from connectors.sandbox.salesforce.fields import NUMERIC, Field
from connectors.sandbox.salesforce.soql import say
from connectors.sandbox.salesforce.soql.bind import Bound
from connectors.sandbox.salesforce.soql.filter import Filter
from connectors.sandbox.salesforce.soql.lex import malformed
from connectors.sandbox.salesforce.soql.order import sort
from connectors.sandbox.salesforce.soql.tree import AGGREGATES, Function, Path, Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from connectors.sandbox.salesforce.schema import ObjectType
    from connectors.sandbox.salesforce.soql.bind import Binder
    from connectors.sandbox.salesforce.store import Row

MOST_GROUPS = 2_000
_RESULTS = {"COUNT": "int", "COUNT_DISTINCT": "int", "SUM": "double", "AVG": "double"}


class Grouped:
    """A query with GROUP BY or aggregates, bound to an object."""

    def __init__(self, binder: Binder, kind: ObjectType, query: Query) -> None:
        self.binder, self.kind, self.query = binder, kind, query
        self.keys = [binder.operand(kind, one) for one in query.group]
        for key in self.keys:
            if not key.field.groupable:
                raise say.not_groupable(key.field.name)
        self.columns: list[tuple[str, Callable[[Row], Any]]] = []
        self.aliases: dict[str, Bound] = {}
        for item in query.select:
            self._column(item)

    def _column(self, item: Any) -> None:
        if not isinstance(item, (Path, Function)):
            raise malformed("Grouped query cannot have a child query or TYPEOF")
        bound = self.operand(item)
        unnamed = sum(1 for name, _ in self.columns if name.startswith("expr"))
        name = item.alias or (bound.way[-1] if isinstance(item, Path) else f"expr{unnamed}")
        if any(name == known for known, _ in self.columns):
            raise malformed(f"duplicate alias: {name}")
        self.columns.append((name, bound.get))
        self.aliases[name.lower()] = bound

    def operand(self, one: Path | Function) -> Bound:
        """Resolve something of a group: an aggregate, a key, or an alias. A getter here takes a group, {"rows", "key"}."""
        if isinstance(one, Function) and one.name in AGGREGATES:
            return self._aggregate(one)
        if isinstance(one, Path) and one.text.lower() in self.aliases:
            return self.aliases[one.text.lower()]
        bound = self.binder.operand(self.kind, one)
        for index, key in enumerate(self.keys):
            if key.way == bound.way and key.field == bound.field:
                return Bound(way=bound.way, field=bound.field, get=partial(_key, index))
        raise malformed(f"Field must be grouped or aggregated: {bound.text}")

    def _aggregate(self, one: Function) -> Bound:
        if one.argument is None:
            if self.query.group:
                raise malformed("Grouped query cannot use COUNT()")
            raise malformed("COUNT() must be the only element in the SELECT list")
        inner = self.binder.path(self.kind, one.argument)
        kind = inner.field.type
        summed = one.name in {"SUM", "AVG"}
        if (summed and kind not in NUMERIC) or (one.name in {"MIN", "MAX"} and kind == "boolean") or not inner.field.filterable:
            raise say.not_aggregatable(self.query.text, one.at, inner.text, one.name)
        field = Field(name=one.name, label=one.name, type=_RESULTS.get(one.name, kind))
        corporate = summed and kind == "currency" and self.binder.source.multi_currency
        get = partial(_in_corporate, self.binder, inner.get) if corporate else inner.get
        return Bound(way=(one.name,), field=field, get=partial(_work_out, one.name, get))

    def records(self, rows: Iterable[Row]) -> list[dict[str, Any]]:
        """Group rows, keep what HAVING keeps, sort, and show what is selected."""
        groups: dict[tuple[Any, ...], Row] = {}
        for row in rows:
            key = tuple(key.get(row) for key in self.keys)
            groups.setdefault(
                tuple(bound.field.fold(value) for bound, value in zip(self.keys, key, strict=True)), {"key": key, "rows": []}
            )["rows"].append(row)
        if not self.keys and not groups:
            groups[()] = {"key": (), "rows": []}
        found = list(groups.values())
        if self.query.having is not None:
            test = Filter(self.binder, self.operand, _no_semi_join).test(self.query.having)
            found = [group for group in found if test(group)]
        found = sort(found, [(self.operand(one.by), one) for one in self.query.order])
        start = self.query.offset or 0
        found = found[start : None if self.query.limit is None else start + self.query.limit]
        if len(found) > MOST_GROUPS:
            raise Refused(
                "EXCEEDED_ID_LIMIT", "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
            )
        return [{"attributes": {"type": "AggregateResult"}, **{name: get(group) for name, get in self.columns}} for group in found]


def _key(index: int, group: Row) -> Any:
    return group["key"][index]


def _no_semi_join(_query: Query) -> set[Any]:
    raise malformed("unexpected token: 'SELECT'")


def _in_corporate(binder: Binder, get: Callable[[Row], Any], row: Row) -> Any:
    amount = get(row)
    return None if amount is None else amount / binder.source.rate(row.get("CurrencyIsoCode"))


def _work_out(name: str, get: Callable[[Row], Any], group: Row) -> Any:
    values = [value for row in group["rows"] if (value := get(row)) is not None]
    if name == "COUNT":
        return len(values)
    if name == "COUNT_DISTINCT":
        return len({value.casefold() if isinstance(value, str) else value for value in values})
    if not values:
        return None
    if name == "SUM":
        return round(float(sum(values)), 6)
    if name == "AVG":
        return round(sum(values) / len(values), 6)
    return min(values) if name == "MIN" else max(values)


def is_grouped(query: Query) -> bool:
    return bool(query.group) or any(isinstance(item, Function) and item.name in AGGREGATES for item in query.select)

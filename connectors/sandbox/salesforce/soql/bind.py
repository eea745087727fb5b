"""Names in a query to fields, and to functions that fetch their value from a row. Here field-level security bites."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce.fields import Field
from connectors.sandbox.salesforce.schema import POLYMORPHIC
from connectors.sandbox.salesforce.soql import say
from connectors.sandbox.salesforce.soql.lex import malformed
from connectors.sandbox.salesforce.soql.tree import DATE_PARTS, Path

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.sandbox.salesforce.schema import ObjectType
    from connectors.sandbox.salesforce.soql.source import Source
    from connectors.sandbox.salesforce.soql.tree import Function
    from connectors.sandbox.salesforce.store import Row

DEEPEST = 5
_TYPE = Field(name="Type", label="Type", type="string")
_NAME_FIELDS = {
    name.lower(): Field(name=name, label=name, type="id" if name == "Id" else "boolean" if name == "IsActive" else "string")
    for name in POLYMORPHIC
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A field of a query: its way (canonical names), the reference fields along it, its definition, and how to fetch it."""

    way: tuple[str, ...]
    references: tuple[str, ...] = ()
    field: Field
    get: Callable[[Row], Any]
    kind: ObjectType | None = None

    @property
    def text(self) -> str:
        return ".".join(self.way)


class Binder:
    """Resolves names against a source, for one query."""

    def __init__(self, source: Source, text: str) -> None:
        self.source, self.text = source, text

    def path(self, kind: ObjectType, path: Path) -> Bound:
        """Resolve a field path from an object; a name that is unknown or withheld is refused with the vendor's text."""
        parts = path.parts
        if len(parts) > 1 and parts[0].lower() == kind.name.lower() and kind.name.lower() not in kind.up:
            parts = parts[1:]  # Account.Name FROM Account: the object's own name may stand in front
        if len(parts) - 1 > DEEPEST:
            raise malformed(f"Relationship depth cannot exceed {DEEPEST}: {path.text}")
        return self._walk(kind, parts, path.at)

    def _walk(self, kind: ObjectType, parts: tuple[str, ...], at: int) -> Bound:
        if len(parts) == 1:
            field = self.source.fields(kind).get(parts[0].lower())
            if field is None:
                raise say.no_column(self.text, at, parts[0], kind.name)
            return Bound(way=(field.name,), field=field, get=getter(field), kind=kind)
        up = self.relation(kind, parts[0], at)
        inner = self._polymorphic(up, parts[1:], at) if up.polymorphic else self._walk(self._target(up, parts[0], at), parts[1:], at)
        way, references = (up.relationship or parts[0], *inner.way), (up.name, *inner.references)
        get = partial(_through, self.source, up.name, inner.get)
        if inner.field is _TYPE:
            get = partial(_type_through, self.source, up.name)
        return Bound(way=way, references=references, field=inner.field, kind=inner.kind, get=get)

    def relation(self, kind: ObjectType, name: str, at: int) -> Field:
        """Find the reference field behind a relationship name."""
        up = kind.up.get(name.lower())
        if up is None or up.lower not in self.source.fields(kind):
            raise say.no_relation(self.text, at, name)
        return up

    def _target(self, up: Field, name: str, at: int) -> ObjectType:
        target = self.source.kind(up.reference_to[0])
        if target is None:
            raise say.no_relation(self.text, at, name)
        return target

    def _polymorphic(self, _up: Field, rest: tuple[str, ...], at: int) -> Bound:
        """Offer of a parent that may be of several types only what the object Name has."""
        field = _NAME_FIELDS.get(rest[0].lower())
        if len(rest) != 1 or field is None:
            raise say.no_column(self.text, at, rest[0], "Name")
        return Bound(way=(field.name,), field=_TYPE if field.name == "Type" else field, get=getter(field))

    def function(self, kind: ObjectType, function: Function) -> Bound:
        """Resolve a function of one value (not an aggregate)."""
        if function.argument is None:
            raise malformed(f"unexpected token: '{function.name}'")
        inner = self.path(kind, function.argument)
        if function.name in DATE_PARTS:
            return _date_part(inner, function.name)
        get = self._function(inner, function.name)
        return Bound(way=inner.way, references=inner.references, field=inner.field, kind=inner.kind, get=get)

    def _function(self, inner: Bound, name: str) -> Callable[[Row], Any]:
        if name == "CONVERTCURRENCY":
            if inner.field.type != "currency" or not self.source.multi_currency:
                raise malformed(f"convertCurrency may only be used with currency fields of a multi-currency organization: {inner.text}")
            return partial(_converted, self.source, inner.get)
        if name == "TOLABEL" and inner.kind is not None:
            labels = {choice.value: choice.label for choice in self.source.choices(inner.kind, inner.field)}
            return lambda row: labels.get(inner.get(row), inner.get(row))
        if name == "FORMAT":
            return lambda row: None if inner.get(row) is None else str(inner.get(row))
        raise malformed(f"unexpected token: '{name}'")

    def operand(self, kind: ObjectType, one: Path | Function) -> Bound:
        """Resolve the left side of a WHERE: a field, or a date function of one."""
        if isinstance(one, Path):
            return self.path(kind, one)
        if one.name not in DATE_PARTS:
            raise malformed(f"unexpected token: '{one.name}'")
        return self.function(kind, one)


def _through(source: Source, reference: str, get: Callable[[Row], Any], row: Row) -> Any:
    parent = source.find(row.get(reference))
    return None if parent is None else get(parent)


def _type_through(source: Source, reference: str, row: Row) -> str | None:
    return source.type_of(row.get(reference))


def getter(field: Field) -> Callable[[Row], Any]:
    """Give the function that fetches a field's value from its own row."""
    name = field.name
    if field.type == "address":
        return partial(_address, name.removesuffix("Address"))
    if field.type == "boolean":
        return lambda row: row.get(name, False)
    return lambda row: row.get(name)


def _address(prefix: str, row: Row) -> dict[str, Any] | None:
    parts = {part: row.get(prefix + part[0].upper() + part[1:]) for part in ("city", "country", "postalCode", "state", "street")}
    if not any(parts.values()):
        return None
    return {**parts, "geocodeAccuracy": None, "latitude": None, "longitude": None}


def _converted(source: Source, get: Callable[[Row], Any], row: Row) -> Any:
    amount = get(row)
    return None if amount is None else round(amount / source.rate(row.get("CurrencyIsoCode")) * source.own_rate(), 2)


_PARTS: dict[str, Callable[[str], Any]] = {
    "CALENDAR_YEAR": lambda value: int(value[:4]),
    "CALENDAR_QUARTER": lambda value: (int(value[5:7]) + 2) // 3,
    "CALENDAR_MONTH": lambda value: int(value[5:7]),
    "DAY_IN_MONTH": lambda value: int(value[8:10]),
    "DAY_ONLY": lambda value: value[:10],
    "HOUR_IN_DAY": lambda value: int(value[11:13]),
}


def _date_part(inner: Bound, name: str) -> Bound:
    """Take a part of a date; of a datetime in UTC, as SOQL does without convertTimezone()."""
    needs_time = name in {"DAY_ONLY", "HOUR_IN_DAY"}
    if inner.field.type not in ({"datetime"} if needs_time else {"date", "datetime"}):
        raise malformed(f"field {inner.text} does not support function {name}")
    part = _PARTS[name]
    field = Field(name=name, label=name, type="date" if name == "DAY_ONLY" else "int")
    return Bound(way=inner.way, field=field, kind=inner.kind, get=lambda row: None if inner.get(row) is None else part(inner.get(row)))

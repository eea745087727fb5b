"""The search engine: filters over what the index shows, one sort, paging by offset.

    filterGroups (OR of ANDs)  --compile-->  tests  +  a window of change times  -->  matches  -->  sorted page

Values compare by the property's type: numbers as numbers, times as instants, text without case. A filter never matches an empty
value, except NOT_HAS_PROPERTY. Where the documentation is silent (`Knobs.id_order`) the portal decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.hubspot.shapes import members
from connectors.sandbox.hubspot.values import instant
from connectors.sandbox.hubspot.wire import bad_json, invalid, unset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from connectors.sandbox.hubspot.kinds import Kind
    from connectors.sandbox.hubspot.portal import Portal
    from connectors.sandbox.hubspot.records import Record

Key = Any
"""A comparable value: float, int or text, the same for all values of one property."""
_TOKEN: Final = re.compile(r"[^\W_]+")
NEEDS_VALUE: Final = frozenset({"EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"})
NEEDS_VALUES: Final = frozenset({"IN", "NOT_IN"})
OPERATORS: Final = NEEDS_VALUE | NEEDS_VALUES | {"HAS_PROPERTY", "NOT_HAS_PROPERTY"}


@dataclass(slots=True)
class Window:
    """The times of change that a query can match at all, in epoch milliseconds; None: open."""

    low: int | None = None
    high: int | None = None


class Query:
    """A compiled search of one object type."""

    def __init__(self, portal: Portal, kind: Kind, body: Mapping[str, Any]) -> None:
        self.portal, self.kind = portal, kind
        groups = members(body, "filterGroups", dict)
        self._groups = [[self._test(one) for one in members(group, "filters", dict)] for group in groups]
        self._window = self._narrow(groups)
        self._words = [word.lower() for word in _TOKEN.findall(str(body.get("query") or ""))]
        self._sort = self._order(members(body, "sorts", object))

    def run(self, now: int) -> list[Record]:
        """All matches in order."""
        table = self.portal.tables[self.kind.id]
        rows = table.indexed(self._window.low, self._window.high, now)
        return self._sort([row for row in rows if self._matches(row)])

    def _matches(self, row: Record) -> bool:
        if self._words and not self._speaks_of(row):
            return False
        for tests in self._groups:
            for test in tests:
                if not test(row):
                    break
            else:
                return True
        return not self._groups

    def _speaks_of(self, row: Record) -> bool:
        held = " ".join(row.properties.get(name, "") for name in self.kind.searchable).lower()
        tokens = _TOKEN.findall(held)
        return all(any(token.startswith(word) for token in tokens) for word in self._words)

    # ------------------------------------------------------------ values

    def _key(self, name: str, *, for_text: bool = False) -> tuple[Callable[[Record], Key | None], Callable[[str], Key | None]]:
        """Give how to read a property as a comparable value, and how to read a filter's text the same way."""
        if name == "hs_object_id":
            return (attrgetter("id"), str) if for_text or self.portal.knobs.id_order == "text" else (attrgetter("number"), _float)
        if name == self.kind.modified and not for_text:
            return attrgetter("updated"), instant
        prop = self.portal.definitions[self.kind.id].get(name, self.portal.now())
        if prop is None:
            raise _unknown_property(name)
        read = self._reader(name)
        if for_text or prop.type in {"string", "enumeration", "bool"}:
            exact = prop.type == "enumeration" and not for_text
            fold = str if exact else str.lower
            return (lambda row: None if (text := read(row)) is None else fold(text)), fold
        parse: Callable[[str], Key | None] = _float if prop.type == "number" else instant
        return (lambda row: None if (text := read(row)) is None else parse(text)), parse

    def _reader(self, name: str) -> Callable[[Record], str | None]:
        return lambda row: self.portal.value(self.kind, row, name)

    # ------------------------------------------------------------ filters

    def _test(self, one: Mapping[str, Any]) -> Callable[[Record], bool]:
        name, operator = str(one.get("propertyName") or ""), str(one.get("operator") or "")
        if not name or not operator:
            raise unset("propertyName", "operator")
        if operator not in OPERATORS:
            raise invalid(f"Invalid operator: {operator}. Valid operators are {sorted(OPERATORS)}")
        if operator in NEEDS_VALUES and not isinstance(one.get("values"), list):
            raise invalid(f"operator {operator} requires values")
        if operator in NEEDS_VALUE and one.get("value") is None:
            raise invalid(f"operator {operator} requires a value")
        if name.startswith("associations."):
            return self._associated(name.removeprefix("associations."), operator, one)
        if operator in {"CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"}:
            return self._contains(name, str(one["value"]), wanted=operator == "CONTAINS_TOKEN")
        return self._compares(name, operator, one)

    def _compares(self, name: str, operator: str, one: Mapping[str, Any]) -> Callable[[Record], bool]:
        read, parse = self._key(name)
        if operator in {"HAS_PROPERTY", "NOT_HAS_PROPERTY"}:
            return lambda row: (read(row) is not None) == (operator == "HAS_PROPERTY")
        if operator in NEEDS_VALUES:
            # text is compared in lower case here while the values are taken as they are: IN with capitals finds nothing, as documented
            chosen = {str(value) if parse is str.lower else self._parsed(parse, name, value) for value in one["values"]}
            return lambda row: (held := read(row)) is not None and (held in chosen) == (operator == "IN")
        value = self._parsed(parse, name, one["value"])
        if operator == "BETWEEN":
            if one.get("highValue") is None:
                raise invalid("operator BETWEEN requires a highValue")
            top = self._parsed(parse, name, one["highValue"])
            return lambda row: (held := read(row)) is not None and value <= held <= top
        compare = _COMPARE[operator]
        return lambda row: (held := read(row)) is not None and compare(held, value)

    @staticmethod
    def _parsed(parse: Callable[[str], Key | None], name: str, raw: object) -> Key:
        found = parse(str(raw))
        if found is None:
            raise invalid(f"{raw} is not a valid value for the property {name}")
        return found

    def _contains(self, name: str, pattern: str, *, wanted: bool) -> Callable[[Record], bool]:
        read, _ = self._key(name, for_text=True)
        parts = [re.escape(part) for part in pattern.lower().split("*")]
        matcher = re.compile(".*".join(parts))

        def test(row: Record) -> bool:
            held = read(row)
            if held is None:
                return False
            return any(matcher.fullmatch(token) for token in [*_TOKEN.findall(held), *held.split()]) == wanted

        return test

    def _associated(self, asked: str, operator: str, one: Mapping[str, Any]) -> Callable[[Record], bool]:
        end = self.portal.kinds.find(asked, bare=True)
        if end is None or operator not in {"EQ", "IN"}:
            raise _unknown_property(f"associations.{asked}")
        ids = {str(value) for value in (one["values"] if operator == "IN" else [one["value"]])}
        return lambda row: any(other.id in ids for other, _ in self.portal.associated_rows(self.kind, row, end.id))

    # ------------------------------------------------------------ window and order

    def _narrow(self, groups: Sequence[Mapping[str, Any]]) -> Window:
        """Every group bounds the time of change or nothing does; outside these bounds no record is looked at."""
        windows = [self._bounds(members(group, "filters", dict)) for group in groups]
        if not windows:
            return Window()
        lows, highs = [one.low for one in windows], [one.high for one in windows]
        return Window(
            None if None in lows else min(low for low in lows if low is not None),
            None if None in highs else max(high for high in highs if high is not None),
        )

    def _bounds(self, filters: Sequence[Mapping[str, Any]]) -> Window:
        found = Window()
        for one in filters:
            if one.get("propertyName") != self.kind.modified or one.get("operator") not in {"GT", "GTE", "LT", "LTE", "EQ", "BETWEEN"}:
                continue
            value = instant(str(one["value"]))
            if one["operator"] in {"GT", "GTE", "EQ", "BETWEEN"}:
                found.low = value
            top = instant(str(one["highValue"])) if one["operator"] == "BETWEEN" else value
            if one["operator"] in {"LT", "LTE", "EQ", "BETWEEN"}:
                found.high = top
        return found

    def _order(self, sorts: Sequence[Any]) -> Callable[[list[Record]], list[Record]]:
        if len(sorts) > 1:
            raise invalid("Only one sort is allowed")
        name, down = "createdate", False
        if sorts:
            first = sorts[0]
            if not isinstance(first, (str, dict)):
                raise bad_json("Cannot deserialize value of `sorts`")
            text = first if isinstance(first, str) else str(first.get("propertyName") or "")
            name, down = text.removeprefix("-"), text.startswith("-")
            down = down or (not isinstance(first, str) and str(first.get("direction", "")).startswith("DESC"))
        if not name:
            raise unset("propertyName")
        read, _ = self._key(name)

        def ordered(rows: list[Record]) -> list[Record]:
            if isinstance(read, attrgetter):
                return sorted(rows, key=read, reverse=down)
            filled = [(key, row.number, row) for row in rows if (key := read(row)) is not None]
            filled.sort(key=lambda one: one[:2], reverse=down)
            return [*(row for _, _, row in filled), *_empty(rows, read)]

        return ordered


def _empty(rows: list[Record], read: Callable[[Record], Key | None]) -> Iterator[Record]:
    return (row for row in rows if read(row) is None)


_COMPARE: Final[Mapping[str, Callable[[Key, Key], bool]]] = {
    "EQ": lambda held, value: bool(held == value),
    "NEQ": lambda held, value: bool(held != value),
    "LT": lambda held, value: bool(held < value),
    "LTE": lambda held, value: bool(held <= value),
    "GT": lambda held, value: bool(held > value),
    "GTE": lambda held, value: bool(held >= value),
}


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _unknown_property(name: str) -> Exception:
    """Refuse a filter or sort on a property the object does not have (the wrong modified date among them)."""
    return invalid(
        "There was a problem with the request.",
        errors=[{"message": f"Property {name} does not exist", "context": {"propertyName": [name]}}],
    )

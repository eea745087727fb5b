"""WHERE and HAVING to one function of a row, made once per query."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce import ids
from connectors.sandbox.salesforce.fields import NUMERIC
from connectors.sandbox.salesforce.soql import say
from connectors.sandbox.salesforce.soql.lex import malformed
from connectors.sandbox.salesforce.soql.periods import as_stamp, period
from connectors.sandbox.salesforce.soql.tree import Both, Comparison, Not, Path, Query, Value
from connectors.sandbox.salesforce.stamps import read_date, read_datetime

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.sandbox.salesforce.soql.bind import Binder, Bound
    from connectors.sandbox.salesforce.soql.tree import Condition, Function
    from connectors.sandbox.salesforce.store import Row

    Test = Callable[[Row], bool]

_ORDERED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_SPOKEN = {"double": "double", "currency": "double", "percent": "double", "datetime": "dateTime", "reference": "reference", "id": "id"}
_IDS = frozenset({"id", "reference"})


class Filter:
    """Builds the test. `operand` resolves a left side; `inner` runs a semi-join and gives its values."""

    def __init__(self, binder: Binder, operand: Callable[[Path | Function], Bound], inner: Callable[[Query], set[Any]]) -> None:
        self.source, self.text, self.operand, self.inner = binder.source, binder.text, operand, inner

    def test(self, condition: Condition) -> Test:
        if isinstance(condition, Comparison):
            return self.comparison(condition)
        if isinstance(condition, Not):
            inside = self.test(condition.of)
            return lambda row: not inside(row)
        tests = [self.test(part) for part in condition.parts]
        if condition.operator == "and":
            return lambda row: all(test(row) for test in tests)
        return lambda row: any(test(row) for test in tests)

    def comparison(self, one: Comparison) -> Test:
        left = self.operand(one.left)
        if not left.field.filterable:
            raise say.not_filterable(left.field.name)
        if one.operator in {"IN", "NOT IN"}:
            return self.membership(left, one)
        if one.operator in {"INCLUDES", "EXCLUDES"}:
            return self.inclusion(left, one)
        if not isinstance(one.value, Value):
            raise malformed(f"unexpected token: '{one.operator}'")
        if one.operator == "LIKE":
            return _like(left, one.value, self.text)
        if one.value.kind == "period":
            return self.within(left, one.operator, one.value)
        if left.field.type == "multipicklist" and one.operator in _ORDERED:
            raise say.wrong_operator(left.text)
        return self.plain(left, one.operator, self.value(left, one.value))

    def plain(self, left: Bound, sign: str, value: Any) -> Test:
        get, fold = left.get, _folding(left)
        if sign == "=":
            return (lambda row: get(row) is None) if value is None else (lambda row: fold(get(row)) == value)
        if sign == "!=":
            return (lambda row: get(row) is not None) if value is None else (lambda row: fold(get(row)) != value)
        if value is None or left.field.type == "boolean":
            raise say.wrong_operator(left.text)
        compare = _ORDERED[sign]

        def ordered(row: Row) -> bool:
            found = fold(get(row))
            return found is not None and bool(compare(found, value))

        return ordered

    def within(self, left: Bound, sign: str, value: Value) -> Test:
        """Compare with a date literal: equal means inside it, greater means after its last day."""
        if left.field.type not in {"date", "datetime"}:
            raise say.wrong_value(self.text, value.at, left.text, _SPOKEN.get(left.field.type, "string"))
        first, after = period(value.value, value.n, self.source.today())
        if left.field.type == "date":
            start, end = first.isoformat(), after.isoformat()
        else:
            start, end = as_stamp(first, self.source.zone), as_stamp(after, self.source.zone)
        get = left.get
        tests: dict[str, Callable[[Any], bool]] = {
            "=": lambda found: start <= found < end,
            "!=": lambda found: not start <= found < end,
            "<": lambda found: found < start,
            "<=": lambda found: found < end,
            ">": lambda found: found >= end,
            ">=": lambda found: found >= start,
        }
        test = tests[sign]
        return lambda row: (found := get(row)) is not None and test(found)

    def membership(self, left: Bound, one: Comparison) -> Test:
        get, fold = left.get, _folding(left)
        if isinstance(one.value, Query):
            if left.field.type not in _IDS:
                raise malformed(f"The left operand field in the where expression for {left.text} cannot be used with a semi join")
            members = self.inner(one.value)
        elif isinstance(one.value, tuple):
            members = {self.value(left, value) for value in one.value}
        else:
            raise malformed(f"unexpected token: '{one.operator}'")
        if one.operator == "IN":
            return lambda row: fold(get(row)) in members
        return lambda row: fold(get(row)) not in members

    def inclusion(self, left: Bound, one: Comparison) -> Test:
        if left.field.type != "multipicklist" or not isinstance(one.value, tuple):
            raise say.wrong_operator(left.text)
        groups = [{part.strip().casefold() for part in str(value.value).split(";")} for value in one.value]
        wanted = one.operator == "INCLUDES"

        def test(row: Row) -> bool:
            has = {part.casefold() for part in (left.get(row) or "").split(";")}
            return any(group <= has for group in groups) is wanted

        return test

    def value(self, left: Bound, value: Value) -> Any:
        """Bring a literal to the form of the field's values, refusing what SOQL calls a wrong type."""
        kind = left.field.type
        if value.kind == "null" or value.value == "":
            return None
        if kind in {"date", "datetime"}:
            return self.timely(left, value)
        expected = "boolean" if kind == "boolean" else "number" if kind in NUMERIC else "string"
        if value.kind != expected:
            raise say.wrong_value(self.text, value.at, left.text, _SPOKEN.get(kind, kind if expected != "string" else "string"))
        if kind in _IDS:
            whole = ids.canonical(value.value)
            if whole is None:
                raise say.wrong_id(value.value)
            return whole
        return value.value.casefold() if expected == "string" else value.value

    def timely(self, left: Bound, value: Value) -> str:
        kind = left.field.type
        read = None
        if value.kind == kind:
            read = read_date(value.value) if kind == "date" else read_datetime(value.value)
        if read is None:
            raise say.wrong_value(self.text, value.at, left.text, _SPOKEN.get(kind, kind))
        return read


def _folding(left: Bound) -> Callable[[Any], Any]:
    if left.field.type in _IDS | NUMERIC | {"boolean", "date", "datetime"}:
        return _same
    return _folded


def _same(value: Any) -> Any:
    return value


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _like(left: Bound, value: Value, text: str) -> Test:
    if left.field.type in NUMERIC | _IDS | {"boolean", "date", "datetime", "multipicklist"}:
        raise say.wrong_operator(left.text)
    if value.kind != "string":
        raise say.wrong_value(text, value.at, left.text, "string")
    wild = {"%": ".*", "_": "."}
    pattern = re.sub(
        r"\\([%_])|([%_])|(.)",
        lambda found: re.escape(found[1] or found[3]) if found[2] is None else wild[found[2]],
        value.value,
        flags=re.DOTALL,
    )
    match = re.compile(pattern, re.IGNORECASE | re.DOTALL).fullmatch
    get = left.get
    return lambda row: match(get(row) or "") is not None


def known_ids(condition: Condition | None) -> list[str] | None:
    """Read the ids that a query can find at most, when its WHERE says so: such a query need not look at every row."""
    parts = condition.parts if isinstance(condition, Both) and condition.operator == "and" else (condition,)
    for part in parts:
        if not isinstance(part, Comparison) or not isinstance(part.left, Path) or part.left.text.lower() != "id":
            continue
        values = part.value if isinstance(part.value, tuple) and part.operator == "IN" else (part.value,) if part.operator == "=" else ()
        found = [ids.canonical(value.value) for value in values if isinstance(value, Value) and value.kind == "string"]
        if found:
            return sorted({one for one in found if one is not None})
    return None

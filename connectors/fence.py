"""The write fence: nothing leaves the process towards a CRM unless one rule allows its verb, its path and every field in its body.

    client -> Fence.check(method, path, body) -> the wire        (FenceBreach: nothing was sent)

A fault anywhere above (a wrong field name, a plan edited by hand, a new call written in a hurry) can therefore not change a record
that is not ours. Rules are data in each CRM's client. A body is described by a shape, which is also the list of what may stand in it:

    {"inputs": [{"id": SCALAR, "properties": {"eq_level": SCALAR}}]}

A mapping lists the only keys allowed (each may be absent, but for those that Needs names), a one-element list is an array of that shape, a frozenset or a pattern says
what the text may be. Reads through POST, whose body cannot change anything, have the shape ANYTHING.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, unquote_plus

from connectors.failures import CrmError

Shape = Any
"""SCALAR, ANYTHING, NOTHING, a mapping, Needs, a one-element list, a frozenset of texts, a compiled pattern, Form, Csv, or a callable
that takes the raw body and raises ValueError with what is wrong in it."""


@dataclass(frozen=True, slots=True)
class Marker:
    name: str


SCALAR: Final = Marker("scalar")
"""Text, number, true, false or null."""
ANYTHING: Final = Marker("anything")
BLANK: Final = re.compile(r"[\x00-\x20]")
NOTHING: Final = Marker("nothing")
"""No body at all."""


@dataclass(frozen=True, slots=True)
class Needs:
    """An object with only these keys, where those of `needed` must stand: a record that says it is ours."""

    keys: Mapping[str, Shape]
    needed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Form:
    """An application/x-www-form-urlencoded body with only these names."""

    names: Mapping[str, Shape]


@dataclass(frozen=True, slots=True)
class Csv:
    """A CSV body whose header holds only these columns."""

    columns: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of request that may be sent.

    `path` is a pattern that must match whole, without the query. `query` lists the allowed parameters; None allows any but a change
    of verb. `writes` says whether the request counts as a write call.
    """

    method: str
    path: str
    body: Shape = NOTHING
    query: frozenset[str] | None = frozenset()
    writes: bool = False


class FenceBreach(CrmError):
    """A request was about to leave that no rule allows. It is a fault of ours, never the CRM's, and is not tried again."""


class Fence:
    """The allow-list of one CRM."""

    def __init__(self, crm: str, rules: Sequence[Rule]) -> None:
        self.crm = crm
        self._rules = tuple((rule, re.compile(rule.path)) for rule in rules)

    def check(self, method: str, path: str, body: object = None) -> Rule:
        """Return the rule that allows this request. `path` may carry its query; `body` is bytes, text or parsed JSON.

        Raises FenceBreach; its message names verb, path and the offending key, never a value.
        """
        bare, _, query = path.partition("?")
        why = _crooked(path, bare)
        for rule, pattern in () if why else self._rules:
            if rule.method != method or not pattern.fullmatch(bare):
                continue
            why = _wrong_query(rule, query) or _wrong_body(rule.body, body)
            if not why:
                return rule
        raise FenceBreach(
            self.crm, f"{method} {bare}", f"not sent, the write fence does not allow it: {why or 'no rule for this verb and path'}"
        )


def _crooked(path: str, bare: str) -> str:
    """Spellings that a server may read as another path than the one we match."""
    plain = unquote(bare)
    odd = "\\" in plain or "//" in plain or "%" in plain or "#" in path or BLANK.search(path) is not None
    dots = any(part in {".", ".."} for part in plain.split("/"))
    return "an ambiguous path" if odd or dots or plain.count("/") != bare.count("/") or not bare.startswith("/") else ""


def _wrong_query(rule: Rule, query: str) -> str:
    if rule.query is None and "_httpmethod" not in unquote_plus(query).lower():
        return ""
    names = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    if any(name.lower().startswith("_httpmethod") for name in names):
        return "a verb hidden in the query"
    surplus = set() if rule.query is None else names - rule.query
    return f"the parameter {min(surplus)}" if surplus else ""


def _wrong_body(shape: Shape, body: object) -> str:
    """Say what is wrong with the body; empty text when nothing is."""
    if shape is ANYTHING:
        return ""
    if shape is NOTHING:
        return "a body where none is allowed" if body not in (None, b"", "") else ""
    try:
        return _wrong_content(shape, body)
    except (ValueError, UnicodeError, RecursionError, csv.Error) as error:
        return f"a body that cannot be read ({error})" if type(error) is ValueError else "a body that cannot be read"


def _wrong_content(shape: Shape, body: object) -> str:
    if isinstance(shape, Form):
        return _wrong_form(shape, body)
    if isinstance(shape, Csv):
        return _wrong_csv(shape, body)
    if callable(shape):
        shape(body)
        return ""
    return _wrong_value(shape, _parsed(body), "body")


def _parsed(body: object) -> Any:
    if not isinstance(body, (bytes, str)):
        return body
    text = body.decode("utf-8") if isinstance(body, bytes) else body
    return json.loads(text, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two keys of one name are read differently by different parsers, so one could be checked and the other obeyed."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _wrong_value(shape: Shape, value: Any, where: str) -> str:
    if shape is ANYTHING:
        return ""
    if shape is SCALAR:
        return "" if value is None or isinstance(value, (str, int, float, bool)) else f"{where} is not a plain value"
    if isinstance(shape, (AbstractSet, re.Pattern)):
        good = isinstance(value, str) and (shape.fullmatch(value) is not None if isinstance(shape, re.Pattern) else value in shape)
        return "" if good else f"{where} has a value that is not allowed"
    if isinstance(shape, Needs):
        lacking = sorted(shape.needed - value.keys()) if isinstance(value, Mapping) else ()
        return f"{where} without {lacking[0]}" if lacking else _wrong_mapping(shape.keys, value, where)
    if isinstance(shape, Mapping):
        return _wrong_mapping(shape, value, where)
    if isinstance(shape, Sequence) and len(shape) == 1:
        return _wrong_list(shape[0], value, where)
    raise TypeError(f"not a shape: {shape!r}")


def _wrong_mapping(shape: Mapping[str, Shape], value: Any, where: str) -> str:
    if not isinstance(value, Mapping):
        return f"{where} is not an object"
    for key, part in value.items():
        if key not in shape:
            return f"{where}.{_neutral(key)}"
        if wrong := _wrong_value(shape[key], part, f"{where}.{key}"):
            return wrong
    return ""


def _wrong_list(shape: Shape, value: Any, where: str) -> str:
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        return f"{where} is not a list"
    return next((wrong for part in value if (wrong := _wrong_value(shape, part, f"{where}[]"))), "")


def _neutral(key: object) -> str:
    """Give a key as it may be printed: names of fields only, nothing that could be text of a person."""
    return key if isinstance(key, str) and re.fullmatch(r"[A-Za-z0-9_.]{1,80}", key) else "(a key)"


def _wrong_form(shape: Form, body: object) -> str:
    pairs = list(body.items()) if isinstance(body, Mapping) else parse_qsl(_text(body), keep_blank_values=True, strict_parsing=True)
    return _wrong_mapping(shape.names, _unique(pairs), "form")


def _wrong_csv(shape: Csv, body: object) -> str:
    header = next(csv.reader(io.StringIO(_text(body))), [])
    surplus = [column for column in header if column not in shape.columns]
    return f"the column {_neutral(surplus[0])}" if surplus else "" if header else "an empty table"


def _text(body: object) -> str:
    if isinstance(body, bytes):
        return body.decode("utf-8")
    if isinstance(body, str):
        return body
    raise ValueError("it is not text")

"""Requests and answers inside the sandbox, and the table that finds who handles what. Composite requests go through the same table."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from connectors.sandbox.salesforce.errors import Refused, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.sandbox.audit import Audit
    from connectors.sandbox.salesforce.access import View
    from connectors.sandbox.salesforce.org import Org


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`body`: None, text, bytes, or anything JSON can show."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to one org by one user. `path` is below /services/data/vXX.X and still percent-encoded."""

    org: Org
    audit: Audit
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    version: str
    user: str = ""
    effects: tuple[str, ...] = ()

    @property
    def view(self) -> View:
        return self.org.view(self.user)

    def json(self) -> Any:
        """Read the body; Refused when it is not JSON or not said to be."""
        kind = self.headers.get("content-type", "application/json").split(";")[0].strip()
        if kind != "application/json":
            raise Refused("UNSUPPORTED_MEDIA_TYPE", f"Content type {kind} not supported.", status=415)
        try:
            return json.loads(self.body)
        except ValueError as error:
            message = (
                "The HTTP entity body is required, but this request has no entity body." if not self.body else f"Unexpected input: {error}"
            )
            raise Refused("JSON_PARSER_ERROR", message) from error

    def object(self) -> dict[str, Any]:
        """Read a body that must be a JSON object."""
        data = self.json()
        if not isinstance(data, dict):
            raise Refused("JSON_PARSER_ERROR", "Unexpected input: expected an object at [line:1, column:1]")
        return data

    def effect(self, name: str) -> str | None:
        """Tell whether a fault asks for this effect, and with what argument: `page_size:50` gives "50", a bare word gives ""."""
        for effect in self.effects:
            word, _, argument = effect.partition(":")
            if word == name:
                return argument
        return None


class Routes:
    """Who handles which method and path. A path is a pattern with {names}; each name takes one segment, decoded."""

    def __init__(self) -> None:
        self._table: list[tuple[re.Pattern[str], dict[str, Callable[..., Answer]]]] = []

    def add(self, pattern: str, **handlers: Callable[..., Answer]) -> None:
        """Register handlers by method; more telling patterns come first."""
        expression = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
        self._table.append((re.compile(expression), handlers))

    def dispatch(self, call: Call) -> Answer:
        """Have a call answered; a path that nobody knows is NOT_FOUND, a method that its path does not have is 405."""
        path = call.path.rstrip("/")
        for pattern, handlers in self._table:
            found = pattern.fullmatch(path)
            if found is None:
                continue
            handler = handlers.get(call.method)
            if handler is None:
                allowed = ",".join(sorted(handlers))
                raise Refused("METHOD_NOT_ALLOWED", f"HTTP Method '{call.method}' not allowed. Allowed are {allowed}", status=405)
            return handler(call, **{name: unquote(value) for name, value in found.groupdict().items()})
        raise not_found()


def split_query(text: str) -> dict[str, str]:
    """Read a query string; of a key given twice the first counts."""
    pairs = parse_qsl(text, keep_blank_values=True)
    return dict(reversed(pairs))


def flag(text: str | None) -> bool:
    return (text or "").lower() == "true"

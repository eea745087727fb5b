"""The sandbox's answers said otherwise, as other servers of the same interface do: other spelling, same meaning.

request  --cursors and limits put back-->  app  -->  JSON  --twist-->  bytes  -->  the client under test
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

Change = Callable[[Any], Any]
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Twist:
    """How answers differ: `document` changes the JSON, `query` what was asked, `written` the bytes, `headers` names to leave out."""

    document: Change = lambda found: found
    query: Callable[[Pairs], Pairs] = lambda asked: asked
    written: Callable[[Any], bytes] = lambda found: json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
    headers: dict[bytes, bytes] = field(default_factory=dict)
    hides: bytes = b"-"


def each(found: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Change every JSON object, the innermost first."""
    if isinstance(found, list):
        return [each(one, change) for one in found]
    if isinstance(found, dict):
        return change({key: each(one, change) for key, one in found.items()})
    return found


def _properties(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Change:
    """Change the property values of records; definitions hold lists under that name."""

    def inner(one: dict[str, Any]) -> dict[str, Any]:
        return {**one, "properties": change(one["properties"])} if isinstance(one.get("properties"), dict) else one

    return lambda found: each(found, inner)


def _ids_as_numbers(one: dict[str, Any]) -> dict[str, Any]:
    return {key: int(value) if key == "id" and str(value).isdigit() else value for key, value in one.items()}


def _typed(text: Any) -> Any:
    """A value as JSON would say it: true, 12.5; what only looks like a number stays as it is."""
    if text in {"true", "false"}:
        return text == "true"
    return int(text) if isinstance(text, str) and text.isdigit() and not text.startswith("0") else text


def _closed_cursors(one: dict[str, Any]) -> dict[str, Any]:
    following = (one.get("paging") or {}).get("next") if isinstance(one.get("paging"), dict) else None
    if not following:
        return one
    return {**one, "paging": {"next": {"after": base64.b64encode(f"c:{following['after']}".encode()).decode()}}}


def _opened(asked: Pairs) -> Pairs:
    return [(name, base64.b64decode(value).decode()[2:] if name == "after" else value) for name, value in asked]


def _talkative(one: dict[str, Any]) -> dict[str, Any]:
    more = {"warnings": [], "objectTypeId": None, "x": {"id": "1", "results": [{"id": "2"}]}}
    lists = {"paging": one.get("paging", {}), "errors": one.get("errors", []), "numErrors": len(one.get("errors", []))}
    return {**more, **one, **(lists if "results" in one else {})}


TWISTS = {
    "ids are numbers": Twist(document=lambda found: each(found, _ids_as_numbers)),
    "ids at the other end are text": Twist(
        document=lambda found: each(found, lambda one: {**one, **({"toObjectId": str(one["toObjectId"])} if "toObjectId" in one else {})})
    ),
    "empty values are left out": Twist(document=_properties(lambda held: {name: one for name, one in held.items() if one is not None})),
    "empty values are empty texts": Twist(document=_properties(lambda held: {name: one or "" for name, one in held.items()})),
    "values have types": Twist(document=_properties(lambda held: {name: _typed(one) for name, one in held.items()})),
    "associations have no labels": Twist(
        document=lambda found: each(found, lambda one: {key: value for key, value in one.items() if key != "associationTypes"})
    ),
    "unknown keys, empty paging and errors": Twist(document=lambda found: each(found, _talkative)),
    "cursors are closed": Twist(document=lambda found: each(found, _closed_cursors), query=_opened),
    "pages are shorter than asked": Twist(
        query=lambda asked: [(name, "3" if name == "limit" and value == "100" else value) for name, value in asked]
    ),
    "keys stand in another order": Twist(document=lambda found: each(found, lambda one: dict(reversed(list(one.items()))))),
    "written with spaces": Twist(written=lambda found: json.dumps(found, indent=1).encode()),
    "compressed": Twist(written=lambda found: gzip.compress(json.dumps(found).encode()), headers={b"content-encoding": b"gzip"}),
    "no quota and no date is told": Twist(hides=b"x-hubspot"),
}


class Twisted:
    """ASGI middleware around a portal."""

    def __init__(self, app: ASGIApp, twist: Twist) -> None:
        self.app, self.twist = app, twist

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = parse_qsl(scope["query_string"].decode(), keep_blank_values=True)
        scope = {**scope, "query_string": urlencode(self.twist.query(asked)).encode()}
        head: dict[str, Any] = {}
        body = bytearray()

        async def hold(message: Message) -> None:
            head.update(message if message["type"] == "http.response.start" else {})
            body.extend(message.get("body", b""))

        await self.app(scope, receive, hold)
        raw = self.twist.written(self.twist.document(json.loads(bytes(body)))) if body else b""
        kept = [(name, value) for name, value in head["headers"] if name.lower() != b"content-length"]
        kept = [(name, value) for name, value in kept if not name.lower().startswith((self.twist.hides,))]
        more = [*self.twist.headers.items(), (b"Content-Length", str(len(raw)).encode())]
        await send({"type": "http.response.start", "status": head["status"], "headers": [*kept, *more]})
        await send({"type": "http.response.body", "body": raw})

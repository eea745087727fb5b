"""A Salesforce that says the same in other words: legal answers that no client may stumble over.

sandbox -> Otherwise -> the wire        keys in another order and some that nobody knows, times with +00:00, large numbers as Java
                                        writes them, absolute addresses of pages, job states of tomorrow, everything compressed
                                        and in chunks, describes with the keys that matter only
"""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MATTERS: Final = frozenset(
    {
        "name", "type", "label", "length", "filterable", "sortable", "createable", "updateable", "unique", "externalId", "relationshipName", "referenceTo", "picklistValues",
    }
)  # fmt: skip
"""Keys of a field's description that a client may need."""


class Otherwise:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "/services/data" not in scope["path"]:
            await self._app(scope, receive, send)
            return
        parts: list[bytes] = []
        began: Message = {}

        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start":
                began.update(message)
                return
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                await _sent(began, b"".join(parts), send)

        await self._app(scope, receive, kept)


async def _sent(began: Message, body: bytes, send: Send) -> None:
    headers = {name.lower(): value for name, value in began["headers"]}
    kind = headers.get(b"content-type", b"").decode()
    if headers.pop(b"content-encoding", b"") == b"gzip":
        body = gzip.decompress(body)
    if kind.startswith("application/json"):
        body = said(json.loads(body)).encode()
    elif kind.startswith("text/csv"):
        body = re.sub(r'"(-?\d{8,})\.(\d+)"', lambda found: f'"{_java(found[0][1:-1])}"', body.decode()).encode()
    headers.pop(b"content-length", None)
    if body:
        body = gzip.compress(body, 1)
        headers[b"content-encoding"] = b"gzip"
    await send({**began, "headers": [(name.title(), value) for name, value in reversed(headers.items())]})
    for start in range(0, len(body), 700):
        await send({"type": "http.response.body", "body": body[start : start + 700], "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def said(body: Any) -> str:
    """The JSON text of an answer in other words."""
    text = json.dumps(_turned(body), ensure_ascii=True, indent=1)
    return re.sub(r"(?<=: )-?\d{8,}\.\d+(?=,?\n)", lambda found: _java(found[0]), text)


def _turned(value: Any) -> Any:
    if isinstance(value, list):
        return [_turned(one) for one in value]
    if isinstance(value, str):
        return re.sub(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\+0000$", r"\1+00:00", value)
    if not isinstance(value, dict):
        return value
    if "picklistValues" in value:
        value = {name: one for name, one in value.items() if name in MATTERS}
    turned = {name: _turned(one) for name, one in reversed(value.items())}
    if turned.get("nextRecordsUrl"):
        turned["nextRecordsUrl"] = f"https://acme.my.salesforce.com{turned['nextRecordsUrl']}"
    if turned.get("state") == "InProgress":
        turned["state"] = "PreparingResults"
    return {"eventLogId__x": None, **turned, "hints": {"since": "Winter '27", "levels": [1, 2]}}


def _java(text: str) -> str:
    """As Double.toString writes from ten million on: 12345678.5 -> 1.23456785E7."""
    whole, _, rest = text.lstrip("-").partition(".")
    digits = (whole + rest).rstrip("0")
    return f"{'-' if text.startswith('-') else ''}{digits[0]}.{digits[1:] or '0'}E{len(whole) - 1}"

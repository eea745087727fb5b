"""What goes wrong on purpose: declared faults that meet the next matching requests of a sandbox.

    Fault(path="/query", status=503, body="<html>…</html>", times=2)      answered by the fault, never reaches the app
    Fault(method="PATCH", path="/composite/sobjects", drop="after")       carried out and committed, then the connection is reset
    Fault(path="/results", keep=200, drop="after")                        half an answer, then the connection is cut
    Fault(path="/query", effects=("page_size:50",))                       the vendor app is told to behave so for this request

Faults are tried in the order they were added; the first one that matches and is not used up takes the request.
`POST /__sandbox__/faults` takes one fault or a list as JSON and `DELETE` clears them, so that tests of real processes can inject too.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.sandbox.serve import CUT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATH = "/__sandbox__/faults"
EFFECTS = "sandbox.effects"
"""Key of the ASGI scope under which the app finds the effects of the fault that took this request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    method   "*" or an HTTP verb; path: a regular expression searched in the path with its decoded query string.
    status   answer this instead of the app, with `body` (JSON unless text) and `headers`; without a status the app answers and
             `headers` replace its own (a wrong Date, another quota header; None removes one).
    delay    seconds before anything else; slow: seconds between the head and the body, and again in the middle of the body.
    drop     "before": reset the connection untouched; "after": the request is carried out, then the connection is cut.
    keep     only this many bytes of the body leave. With drop="after" the declared length stays, so the client sees a broken
             transfer; without, the length is mended and the client sees a whole but truncated text.
    times    how many requests it takes (None: all until cleared), after letting `skip` matching ones pass.
    effects  words for the vendor app ("lock_row:3"); each sandbox documents its own.
    """

    method: str = "*"
    path: str = ".*"
    status: int | None = None
    body: Any = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    delay: float = 0.0
    slow: float = 0.0
    drop: Literal["before", "after"] | None = None
    keep: int | None = None
    times: int | None = 1
    skip: int = 0
    effects: tuple[str, ...] = ()

    def matches(self, method: str, target: str) -> bool:
        return self.method in {"*", method} and re.search(self.path, target) is not None


@dataclass(slots=True)
class _Armed:
    fault: Fault
    seen: int = 0
    taken: int = 0


@dataclass(slots=True)
class Faults:
    """The faults that are waiting. Safe to change while a sandbox serves."""

    _armed: list[_Armed] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *faults: Fault) -> None:
        with self._lock:
            self._armed.extend(_Armed(fault) for fault in faults)

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()

    @property
    def pending(self) -> tuple[Fault, ...]:
        """Faults that have not met all their requests: a test that injects can assert that nothing is left."""
        with self._lock:
            return tuple(armed.fault for armed in self._armed if armed.fault.times is None or armed.taken < armed.fault.times)

    def take(self, method: str, target: str) -> Fault | None:
        """Find the fault for this request; it is then one nearer to being used up."""
        with self._lock:
            for armed in self._armed:
                fault = armed.fault
                if (fault.times is not None and armed.taken >= fault.times) or not fault.matches(method, target):
                    continue
                armed.seen += 1
                if armed.seen <= fault.skip:
                    continue
                armed.taken += 1
                return fault
        return None


def from_json(data: Mapping[str, Any]) -> Fault:
    """Read a fault from its JSON form; an unknown key is a ValueError, since a misspelt fault would let a test pass."""
    known = {one.name for one in fields(Fault)}
    if unknown := set(data) - known:
        raise ValueError(f"unknown keys {sorted(unknown)}; a fault has {sorted(known)}")
    return Fault(**{**data, "effects": tuple(data.get("effects", ()))})


class Faulty:
    """ASGI middleware around a vendor app."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self.app, self.faults = app, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"] == PATH:
            await self._serve(scope, receive, send)
            return
        query = unquote_plus(scope["query_string"].decode("latin-1"))
        fault = self.faults.take(scope["method"], f"{scope['path']}?{query}" if query else scope["path"])
        if fault is None:
            await self.app(scope, receive, send)
        else:
            await _suffer(fault, self.app, scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: Response
        if scope["method"] == "POST":
            data = json.loads(await Request(scope, receive).body())
            try:
                self.faults.add(*[from_json(one) for one in (data if isinstance(data, list) else [data])])
            except (TypeError, ValueError) as error:
                answer = JSONResponse({"error": str(error)}, status_code=400)
            else:
                answer = Response(status_code=204)
        elif scope["method"] == "DELETE":
            self.faults.clear()
            answer = Response(status_code=204)
        else:
            answer = JSONResponse([asdict(fault) for fault in self.faults.pending])
        await answer(scope, receive, send)


async def _suffer(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    if fault.delay:
        await asyncio.sleep(fault.delay)
    if fault.drop == "before":
        await _cut(scope)
        return
    scope[EFFECTS] = fault.effects
    head, body = await _answer(fault, app, scope, receive)
    if fault.drop == "after" and fault.keep is None:
        await _cut(scope)
        return
    cut_short = fault.drop == "after"
    if fault.keep is not None:
        body, whole = body[: fault.keep], len(body)
        head["headers"] = _with(head["headers"], {"content-length": str(whole if cut_short else len(body))})
    await send(head)
    if fault.slow:
        await asyncio.sleep(fault.slow)
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await asyncio.sleep(fault.slow)
        body = body[len(body) // 2 :]
    await send({"type": "http.response.body", "body": body, "more_body": cut_short})  # unfinished: the server closes the connection


async def _answer(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
    """Hold back the whole answer: the fault's own, or the app's with the fault's headers."""
    head: Message = {"type": "http.response.start", "status": 500, "headers": []}
    body = bytearray()

    async def hold(message: Message) -> None:
        if message["type"] == "http.response.start":
            head.update(message)
        elif message["type"] == "http.response.body":
            body.extend(message.get("body", b""))

    if fault.status is None:
        await app(scope, receive, hold)
        head["headers"] = _with(head["headers"], fault.headers)
        return head, bytes(body)
    await Request(scope, receive).body()  # an unread body would reset the connection under the answer
    plain = fault.body is None or isinstance(fault.body, str)
    text = (fault.body or "") if plain else json.dumps(fault.body, ensure_ascii=False)
    kind = "text/html; charset=UTF-8" if plain else "application/json;charset=UTF-8"
    raw = text.encode()
    own = {"content-type": kind, "content-length": str(len(raw)), **{name.lower(): value for name, value in fault.headers.items()}}
    head.update(status=fault.status, headers=_with([], own))
    return head, raw


def _with(headers: Any, changes: Mapping[str, str | None]) -> list[tuple[bytes, bytes]]:
    """Headers with some replaced, or removed where the change is None."""
    changed = {name.lower().encode("latin-1"): value for name, value in changes.items()}
    kept = [(bytes(name), bytes(value)) for name, value in headers if bytes(name).lower() not in changed]
    return kept + [(name, value.encode("latin-1")) for name, value in changed.items() if value is not None]


async def _cut(scope: Scope) -> None:
    scope[CUT]()
    await asyncio.sleep(0)  # lets the server notice before it would answer 500 for a request without an answer
    await asyncio.sleep(0)

"""What was asked of a sandbox and what was really changed: the witness that tests question.

    every request  ->  Audit.calls   (method, path, status; noted when the answer leaves, in order)
    every write    ->  Audit.writes  (which object, which ids, which fields; told by the vendor app once it has decided)

`GET /__sandbox__/audit` gives both as JSON, `DELETE` forgets them, so a test of another process can ask too.
A write holds names of fields, not their values: those stand in the records themselves.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from connectors.sandbox.serve import CUT

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATH = "/__sandbox__/audit"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `status` 0: the connection was cut and no answer left. `query` is the raw query string."""

    crm: str
    method: str
    path: str
    status: int
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One request that meant to change records of one object.

    `ids` are the records that changed, `fields` the names sent (of refused records too), `refused` how many records were not
    changed, `status` the HTTP status decided, even when a fault kept it from the client. `at` is the sandbox's clock.
    """

    crm: str
    method: str
    path: str
    object: str
    ids: tuple[str, ...]
    fields: tuple[str, ...]
    at: datetime
    status: int
    refused: int = 0


@dataclass(slots=True)
class Audit:
    """Shared by the sandboxes that one demo runs; safe to read while they serve."""

    calls: list[Call] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def called(self, call: Call) -> None:
        with self._lock:
            self.calls.append(call)

    def wrote(self, write: Write) -> None:
        with self._lock:
            self.writes.append(write)

    def undo(self, since: int) -> None:
        """Turn the writes from number `since` on into refused ones: their transaction was rolled back."""
        with self._lock:
            self.writes[since:] = [replace(write, ids=(), refused=write.refused + len(write.ids)) for write in self.writes[since:]]

    def clear(self) -> None:
        with self._lock:
            self.calls.clear()
            self.writes.clear()

    def written_fields(self, obj: str | None = None) -> frozenset[str]:
        """Name every field that a write named, of one object or of all."""
        with self._lock:
            return frozenset(name for write in self.writes if obj in {None, write.object} for name in write.fields)

    def as_json(self) -> dict[str, list[dict[str, object]]]:
        with self._lock:
            return {
                "calls": [asdict(call) for call in self.calls],
                "writes": [{**asdict(write), "at": write.at.isoformat()} for write in self.writes],
            }


class Audited:
    """ASGI middleware, outermost: notes each request of `crm` and serves the audit itself."""

    def __init__(self, app: ASGIApp, audit: Audit, crm: str) -> None:
        self.app, self.audit, self.crm = app, audit, crm

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"].startswith("/__sandbox__/"):
            await self._serve(scope, receive, send)
            return
        is_noted = False

        def note(status: int) -> None:
            nonlocal is_noted
            if not is_noted:
                is_noted = True
                self._note(scope, status)

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                note(message["status"])  # before the answer leaves: who holds an answer finds the call
            await send(message)

        cut = scope.get(CUT)

        def noting_cut() -> None:
            note(0)
            if cut is not None:
                cut()

        scope[CUT] = noting_cut
        try:
            await self.app(scope, receive, noting)
        except Exception:
            _log.exception("%s %s failed in the sandbox", scope["method"], scope["path"])  # a fault of ours, not one that was asked for
            raise
        finally:
            note(0)

    def _note(self, scope: Scope, status: int) -> None:
        query = scope["query_string"].decode("latin-1")
        self.audit.called(Call(crm=self.crm, method=scope["method"], path=scope["path"], status=status, query=query))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != PATH:
            await self.app(scope, receive, send)
            return
        answer: Response
        if scope["method"] == "DELETE":
            self.audit.clear()
            answer = Response(status_code=204)
        else:
            answer = JSONResponse(self.audit.as_json())
        await answer(scope, receive, send)

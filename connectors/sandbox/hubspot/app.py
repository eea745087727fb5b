"""The portal over HTTP: finds the endpoint, lets the caller in, counts the quota, answers, and tells the audit.

    request -> Audited -> Faulty -> path (HTML 404, 405, 414) -> token (401) -> quota (429) -> handler (scopes 403, the rest)

Both URL families reach the same handlers: v3/v4 and the date-versioned one. Effects that a fault can inject here:
`short_page:N` (a page of N though more follow, with paging), `repeat` (a list page begins with the last record of the page before),
`silent` (a batch is carried out and answered 207 with neither results nor errors).
"""

from __future__ import annotations

import json
import re
from email.utils import formatdate
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request
from starlette.responses import Response

from connectors.sandbox.audit import Audit, Audited, Write
from connectors.sandbox.faults import EFFECTS, Faults, Faulty
from connectors.sandbox.hubspot import (
    http_account,
    http_associations,
    http_batches,
    http_exports,
    http_objects,
    http_properties,
    http_search,
)
from connectors.sandbox.hubspot.call import Answer, Call, Route
from connectors.sandbox.hubspot.tokens import Token
from connectors.sandbox.hubspot.wire import Refusal, correlation, lost, refuse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from connectors.sandbox.hubspot.portal import Portal

LONGEST_URL: Final = 16_000
NOBODY: Final = Token(secret="", app="", scopes=frozenset())
AREAS: Final = {
    **{f"crm/v3/{area}": (area, "v3") for area in ("objects", "properties", "owners", "pipelines", "schemas", "exports", "limits")},
    **{f"crm/v4/{area}": (area, "v4") for area in ("objects", "associations")},
    **{
        f"crm/{area}/2026-03": (area, "dated")
        for area in ("objects", "associations", "properties", "owners", "pipelines", "exports", "limits")
    },
    **{f"crm/{area}/2026-09": (area, "dated") for area in ("exports", "limits")},
    "crm-object-schemas/v3/schemas": ("schemas", "v3"),
    **{f"crm-object-schemas/{day}/schemas": ("schemas", "dated") for day in ("2026-03", "2026-09")},
    **{f"account-info/{version}": ("account", "v3" if version == "v3" else "dated") for version in ("v3", "2026-03", "2026-09")},
    "settings/v3/currencies": ("currencies", "v3"),
    **{f"settings/currencies/{day}": ("currencies", "dated") for day in ("2026-03", "2026-09")},
    **{f"oauth/{version}": ("oauth", "dated" if version == "2026-03" else version) for version in ("v1", "v2", "v3", "2026-03")},
    "exports/files": ("exports/files", "files"),
}
"""First segments of a path -> area and URL family."""


def build(portal: Portal, faults: Faults | None = None, audit: Audit | None = None) -> ASGIApp:
    """Make the ASGI app of a portal."""
    audit = audit if audit is not None else Audit()
    return Audited(Faulty(Application(portal, audit), faults if faults is not None else Faults()), audit, "hubspot")


class Application:
    """The vendor's side, without audit of calls and faults."""

    def __init__(self, portal: Portal, audit: Audit) -> None:
        self.portal, self.audit = portal, audit
        modules = (http_search, http_batches, http_objects, http_properties, http_associations, http_account, http_exports)
        self._routes = [(route, _pattern(route.pattern)) for module in modules for route in module.ROUTES]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        raw = await Request(scope, receive).body()
        with self.portal.lock:
            response = self._respond(scope, raw)
        await response(scope, receive, send)

    def _respond(self, scope: Scope, raw: bytes) -> Response:
        trace = correlation(self.portal.now())
        headers: dict[str, str] = {"Date": formatdate(self.portal.now() / 1000, usegmt=True), "X-HubSpot-Correlation-Id": trace}
        call: Call | None = None
        try:
            route, args, family = self._find(scope)
            call = self._enter(scope, raw, route, args, family, headers)
            answer = route.handler(call)
        except Refusal as refusal:
            body = refusal.body
            if isinstance(body, dict) and "correlationId" in body:
                body = {**body, "correlationId": trace}
            answer = Answer(status=refusal.status, body=body, headers=refusal.headers)
        if call is not None and call.note is not None:
            self._tell(call, answer.status)
        return _response(answer, headers)

    def _find(self, scope: Scope) -> tuple[Route, dict[str, str], str]:
        path = scope["raw_path"].decode("latin-1").partition("?")[0]
        if len(path) + len(scope["query_string"]) > LONGEST_URL:
            raise Refusal(
                414, "<html><head><title>414 Request-URI Too Large</title></head><body><h1>414 Request-URI Too Large</h1></body></html>"
            )
        area, family, rest = _area(path)
        if rest.endswith("/"):
            rest = rest.rstrip("/") if area == "owners" and family == "v3" and rest == "/" else f"{rest}\0"
        allowed = []
        for route, pattern in self._routes:
            match = pattern.fullmatch(area + rest) if family in route.families else None
            if match is None:
                continue
            if route.method == scope["method"]:
                return route, {name: unquote(value) for name, value in match.groupdict().items()}, family
            allowed.append(route.method)
        if allowed:
            raise Refusal(
                405, "<html><head><title>405 Method Not Allowed</title></head></html>", {"Allow": ", ".join(sorted(set(allowed)))}
            )
        raise lost()

    def _enter(self, scope: Scope, raw: bytes, route: Route, args: dict[str, str], family: str, headers: dict[str, str]) -> Call:
        """Sign the caller in, count the request, and look at the form of the body."""
        sent = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        now, token = self.portal.now(), NOBODY
        if route.bucket != "open":
            token = self.portal.tokens.sign_in(sent.get("authorization"), now)
            headers |= self.portal.limits.admit(token, search=route.bucket == "search", exempt=route.bucket == "exempt")
            if raw and "json" not in sent.get("content-type", ""):
                raise refuse(415, "HTTP 415 Unsupported Media Type")
        return Call(
            portal=self.portal,
            token=token,
            method=scope["method"],
            path=scope["path"],
            query=parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True),
            raw=raw,
            args=args,
            now=now,
            dated=family == "dated",
            host=f"{scope.get('scheme', 'http')}://{sent.get('host', '')}",
            effects=scope.get(EFFECTS, ()),
        )

    def _tell(self, call: Call, status: int) -> None:
        note = call.note
        if note is None:
            return
        self.audit.wrote(
            Write(
                crm="hubspot",
                method=call.method,
                path=call.path,
                object=note.object,
                ids=tuple(note.ids),
                fields=tuple(sorted(note.fields)),
                at=self.portal.clock(),
                status=status,
                refused=max(note.meant - len(note.ids), 0),
            )
        )


def _area(path: str) -> tuple[str, str, str]:
    """Split a path into area, URL family and the rest."""
    segments = path.strip("/").split("/")
    for size in (3, 2):
        known = AREAS.get("/".join(segments[:size]))
        if known is not None:
            head = "/" + "/".join(segments[:size])
            return known[0], known[1], path[len(head) :]
    raise lost()


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile("".join(_piece(part) for part in re.split(r"(\{\w+\})", text)))


def _piece(part: str) -> str:
    return f"(?P<{part[1:-1]}>[^/\0]+)" if part.startswith("{") else re.escape(part)


def _response(answer: Answer, headers: dict[str, str]) -> Response:
    body, kind = answer.body, "application/json;charset=utf-8"
    if isinstance(body, str):
        kind = answer.headers.pop("content-type", "text/html; charset=utf-8")
        content: bytes | None = body.encode()
    else:
        content = None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    shown = {**headers, **answer.headers}
    return Response(content, status_code=answer.status, headers=shown, media_type=kind if content is not None else None)

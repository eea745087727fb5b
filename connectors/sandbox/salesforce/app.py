"""The sandbox as an ASGI app: bytes to a Call, a Call to an Answer, an Answer to bytes. What concerns every request is decided here.

Audited -> Faulty -> this:  token endpoint, version list  (no session, no quota)
                            session -> version -> size -> quota -> Routes
"""

from __future__ import annotations

import gzip
import json
import re
import secrets
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from connectors.sandbox.audit import Audited
from connectors.sandbox.faults import EFFECTS, Faulty
from connectors.sandbox.salesforce import bulk_ingest, bulk_query, composite, deploy, describe, oauth, query, rest, rows
from connectors.sandbox.salesforce.errors import Refused, expired, not_found, on_demand
from connectors.sandbox.salesforce.web import Answer, Call, Routes, split_query

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from connectors.sandbox.audit import Audit
    from connectors.sandbox.faults import Faults
    from connectors.sandbox.salesforce.org import Org

KNOWN_EFFECTS = frozenset({
    "expire_tokens", "instance_url", "refuse", "limit_info", "page_size", "duplicate_rows", "locator_expired", "lock_row", "duplicate_race", "results_204", "stuck_job",
    "failed_job",
})  # fmt: skip
_DATA = re.compile(r"/services/data/v(\d+)\.0(/.*)?")
_SOAP = re.compile(r"/services/Soap/m/(\d+\.\d)(/.*)?")


def build(org: Org, faults: Faults, audit: Audit) -> ASGIApp:
    """Build the app of one org; serve it with connectors.sandbox.serve."""
    return Audited(Faulty(Salesforce(org, audit), faults), audit, "salesforce")


def table() -> Routes:
    """Register every handler; the more telling paths come first."""
    found = Routes()
    for module in (query, bulk_query, bulk_ingest, rows, describe, rest):
        module.routes(found)
    composite.routes_with(found)
    return found


class Salesforce:
    """The innermost app."""

    def __init__(self, org: Org, audit: Audit) -> None:
        self.org, self.audit, self.routes = org, audit, table()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        headers = {name.lower(): value for name, value in request.headers.items()}
        with self.org.lock:
            try:
                answer = self._answer(scope, headers, body)
            except Refused as refused:
                answer = Answer(status=refused.status, body=refused.whole())
            extra = self._headers(scope)
        await _response(answer, headers, extra)(scope, receive, send)

    def _answer(self, scope: Scope, headers: dict[str, str], body: bytes) -> Answer:
        path = scope["raw_path"].decode("ascii")
        effects: tuple[str, ...] = scope.get(EFFECTS, ())
        if unknown := {effect.partition(":")[0] for effect in effects} - KNOWN_EFFECTS:
            raise ValueError(f"this sandbox has no effects {sorted(unknown)}")  # a misspelt one would let a test pass
        if "expire_tokens" in effects:
            self.org.sessions.expire_all()
        if path == "/services/oauth2/token" and scope["method"] == "POST":
            moved = next((effect.partition(":")[2] for effect in effects if effect.startswith("instance_url:")), None)
            return oauth.token(self.org, headers, body, moved)
        if path == "/services/oauth2/revoke" and scope["method"] == "POST":
            return oauth.revoke(self.org, body)
        if path.rstrip("/") == "/services/data":
            return Answer(body=describe.versions())
        if (soap := _SOAP.fullmatch(path)) is not None:
            return deploy.answer(self.org, self.audit, soap[1], headers, body)
        found = _DATA.fullmatch(path)
        if found is None:
            raise not_found()
        return self._data(scope, headers, body, int(found[1]), found[2] or "", effects)

    def _data(
        self, scope: Scope, headers: dict[str, str], body: bytes, version: int, path: str, effects: tuple[str, ...]
    ) -> Answer:  # the parts of one request
        text = scope["query_string"].decode("ascii")
        too_long = self._too_long(scope["raw_path"], scope["query_string"], scope["headers"])
        if too_long is not None:
            return too_long
        if version <= describe.RETIRED_UP_TO:
            raise Refused("GONE", f"API version {version}.0 is retired.", status=410)
        if version > describe.NEWEST:
            raise not_found()
        user = self._user(headers)
        self._spend()
        refusal = next((effect.partition(":")[2] for effect in effects if effect.startswith("refuse:")), None)
        if refusal is not None:
            raise on_demand(refusal)
        call = Call(
            org=self.org, audit=self.audit, method=scope["method"], path=path, query=split_query(text), headers=headers, body=body, version=f"{version}.0", user=user,
            effects=effects,
        )  # fmt: skip
        return self.routes.dispatch(call)

    def _user(self, headers: dict[str, str]) -> str:
        if headers.get("x-original-host", "").split(":")[0].lower() in oauth.SHARED_HOSTS:
            raise expired()  # a session is good on its own instance only
        scheme, _, token = headers.get("authorization", "").partition(" ")
        user = self.org.sessions.user_of(token.strip() if scheme.lower() in {"bearer", "oauth"} else None)
        if not self.org.knobs.api_enabled:
            raise Refused("API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner", status=403)
        return user

    def _spend(self) -> None:
        org, now = self.org, self.org.clock()
        if org.usage.count(now) >= org.knobs.daily_requests:
            raise Refused("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403)
        if org.knobs.long_requests >= org.knobs.concurrent_limit:
            raise Refused("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.", status=403)
        org.usage.requests.append(now)

    def _too_long(self, path: bytes, text: bytes, headers: list[tuple[bytes, bytes]]) -> Answer | None:
        """Refuse a URI that is too long (414), or one that is too big together with its headers (431)."""
        uri = len(path) + len(text) + 1
        if uri > self.org.knobs.longest_uri:
            return Answer(
                status=414, body="<html><head><title>Error 414 URI Too Long</title></head><body><h1>URI Too Long</h1></body></html>"
            )
        if uri + sum(len(name) + len(value) + 4 for name, value in headers) > self.org.knobs.longest_head:
            return Answer(status=431, body="<h1>Bad Message 431</h1><pre>reason: Request Header Fields Too Large</pre>")
        return None

    def _headers(self, scope: Scope) -> dict[str, str]:
        """Give the headers of every answer: the server's own time, its request id, and the quota where the vendor tells it."""
        extra = {"Date": describe.http_date(self.org.clock()), "X-SFDC-Request-Id": secrets.token_hex(16)}
        used, most = self.org.usage.count(self.org.clock()), self.org.knobs.daily_requests
        style = next(
            (effect.partition(":")[2] for effect in scope.get(EFFECTS, ()) if effect.startswith("limit_info:")), self.org.knobs.limit_info
        )
        shown = {
            "plain": f"api-usage={used}/{most}",
            "app": f"api-usage={used}/{most}, per-app-api-usage={used}/250(appName=equilibre)",
            "bursts": f"api-usage={used}/{most}; api-bursts=1/750",
        }
        if _DATA.fullmatch(scope["path"]) and style in shown:
            extra["Sforce-Limit-Info"] = shown[style]
        return extra


def _response(answer: Answer, asked: dict[str, str], extra: dict[str, str]) -> Response:
    raw, kind = _encoded(answer)
    headers = {**extra, **answer.headers}
    if raw and "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = kind
    if headers.get("Content-Type", "").startswith("text/csv") and "gzip" in asked.get("accept-encoding", ""):
        raw = gzip.compress(raw, compresslevel=1)
        headers["Content-Encoding"] = "gzip"
    return Response(raw, status_code=answer.status, headers=headers)


def _encoded(answer: Answer) -> tuple[bytes, str]:
    body: Any = answer.body
    if body is None:
        return b"", ""
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        return body.encode(), "text/html;charset=UTF-8"
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), "application/json;charset=UTF-8"

"""The way to one portal: every request of ours passes here, and nothing else is sent.

    SDK request  ->  fence -> pace -> one pooled connection  ->  Answer (raw JSON), or one error of connectors/contract.py
                     (v3/v4 path -> dated path, loopback endpoint, time-out, proxy, certificates)

The way of the bytes is adapter.py's; what they mean is answer.py's and verdicts.py's.
"""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote_plus, urlsplit

import requests
from urllib3.exceptions import HTTPError, NewConnectionError

from connectors.failures import Denied, QuotaExhausted, Throttled
from connectors.hubspot import verdicts
from connectors.hubspot.adapter import OneHost, surroundings
from connectors.hubspot.answer import Answer
from connectors.hubspot.pace import Pace
from connectors.quota import Calls
from connectors.retry import Retry
from connectors.settings import secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from requests.structures import CaseInsensitiveDict

    from connectors.contract import Runtime
    from connectors.failures import CrmError
    from connectors.fence import Fence
    from connectors.hubspot.pace import Policy
    from connectors.settings import HubspotSettings

CRM: Final = "hubspot"
HOST: Final = "api.hubapi.com"
TIMEOUT: Final = (5.0, 60.0)
"""Seconds to connect, and between two bytes of an answer."""
TOO_MANY: Final = 429
LOCKED: Final = 423
IN_FLIGHT: Final[Mapping[Policy, int]] = {"general": 24, "search": 5, "exempt": 8}
"""Calls under way at once; the pace is the limit, this only keeps a slow portal from being piled up on."""
DATED: Final = (
    ("/crm/v3/objects/", "/crm/objects/2026-03/"),
    ("/crm/v4/associations/", "/crm/associations/2026-03/"),
    ("/crm/v3/properties/", "/crm/properties/2026-03/"),
    ("/crm/v3/owners/", "/crm/owners/2026-03"),  # the old path ends with a slash, the new one does not
    ("/crm/v3/pipelines/", "/crm/pipelines/2026-03/"),
    ("/account-info/v3/", "/account-info/2026-03/"),
)
"""SDK 12 knows the paths that end in 2027; the bodies are the same under the dated ones."""


class Wire:
    """The way to one portal: connection, pace, tries and counts, shared by its clients and their threads."""

    def __init__(self, settings: HubspotSettings, runtime: Runtime) -> None:
        self.runtime, self.settings = runtime, settings
        self.calls = Calls(crm=CRM, ceiling=runtime.calls_per_run, share=runtime.day_share)
        self.pace = Pace(runtime, self.calls)
        self.retry = Retry(runtime)
        self.server_time: datetime | None = None
        """The Date of the last answer: HubSpot's clock, by which its records are stamped; `heard_at` is when ours heard it."""
        self.heard_at = runtime.clock()
        self._lock = threading.Lock()
        self._room = {policy: threading.BoundedSemaphore(most) for policy, most in IN_FLIGHT.items()}
        self._date = ""

    def send(self, fence: Fence, method: str, url: str, *, query: str = "", body: object = None) -> Answer:
        """Send one request, its query encoded, and read its answer whole. Raises CrmError, and FenceBreach before anything was sent."""
        path = self._dated(urlsplit(url).path)
        policy: Policy = "search" if path.endswith("/search") else "exempt" if "/associations/" in path else "general"
        target = f"{path}?{query}" if query else path
        rule = fence.check(method, target, body)
        operation = f"{method} {path}"
        request = self._request(method, target, body)
        with self._room[policy]:  # first a place, then the moment: a call that waited after its moment would crowd the next ones
            self.pace.wait(policy, write=rule.writes)
            response, raw = self._exchange(request, operation, write=rule.writes)
        self.pace.told(response.headers)
        self._hear(response.headers.get("Date", ""))
        if not 200 <= response.status_code < 300:
            refusal = verdicts.read(response.status_code, response.headers, raw)
            error = verdicts.verdict(refusal, response.headers, operation, write=rule.writes)
            if response.status_code == 401 and self._has_newer_token(request):
                return self.send(fence, method, url, query=query, body=body)
            self._slow_down(error, response.status_code, policy)
            raise error
        return _answer(response, raw, operation, write=rule.writes)

    @property
    def token(self) -> str:
        file = self.settings.access_token_file
        try:
            token = secret(self.settings.access_token, file)
        except (OSError, UnicodeError) as error:
            detail = f"the file of hubspot.access_token_file cannot be read: {file}"
            raise Denied(
                CRM, "sign in", detail, missing="an access token", mend="put the token into that file, or correct its path"
            ) from error
        if not re.fullmatch(r"[!-~]+", token):
            problem = "the access token holds a character that no token has" if token else "no access token is configured"
            mend = "set hubspot.access_token_file, or EQUILIBRE_HUBSPOT__ACCESS_TOKEN in the environment"
            raise Denied(CRM, "sign in", problem, missing="an access token", mend=mend)
        return token

    def _has_newer_token(self, request: requests.PreparedRequest) -> bool:
        """Whether the token's file holds another token than the one that was just refused: keys are exchanged while a run works."""
        with self._lock:
            if request.headers["Authorization"] == f"Bearer {self.token}":
                return False
            self.__dict__.pop("_headers", None)
            return True

    def close(self) -> None:
        self._adapter.close()

    # ------------------------------------------------------------ one exchange

    @cached_property
    def _adapter(self) -> OneHost:
        return OneHost(self._base, connections=sum(IN_FLIGHT.values()))

    @cached_property
    def _headers(self) -> dict[str, str]:
        original = {"X-Original-Host": HOST} if self.settings.endpoint else {}
        plain = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", "User-Agent": "equilibre", "Connection": "keep-alive"}
        return {**plain, **original, "Authorization": f"Bearer {self.token}"}

    @cached_property
    def _base(self) -> str:
        return self.settings.endpoint or f"https://{HOST}"

    @cached_property
    def _surroundings(self) -> dict[str, Any]:
        return surroundings(self.settings, self._base)

    def _request(self, method: str, target: str, body: object) -> requests.PreparedRequest:
        """Make the request; path and query are encoded already, so nothing of it is parsed again."""
        with self._lock:  # the first of several threads reads the token's file
            headers, base = dict(self._headers), self._base
        request = requests.PreparedRequest()
        request.method, request.url = method, f"{base}{target}"
        request.headers = cast("CaseInsensitiveDict[str]", headers)  # no name comes twice, so a plain mapping says the same
        if body is not None:
            request.body = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
            headers["Content-Type"], headers["Content-Length"] = "application/json", str(len(request.body))
        return request

    def _exchange(self, request: requests.PreparedRequest, operation: str, *, write: bool) -> tuple[requests.Response, bytes]:
        with self._lock:
            adapter, surroundings = self._adapter, self._surroundings
        try:
            response = adapter.send(request, timeout=TIMEOUT, **surroundings)
            raw = response.raw.read(decode_content=True)  # in one piece; requests would join pieces of 10 kB
        except requests.exceptions.SSLError as error:
            mend = "set hubspot.ca_bundle to the certificates of your network, or ask who is in between"
            raise Denied(CRM, operation, "the server's certificate is not trusted", missing="a trusted certificate", mend=mend) from error
        except requests.exceptions.InvalidProxyURL as error:
            raise Denied(CRM, operation, "the proxy's address is not usable", missing="a proxy", mend="correct hubspot.proxy") from error
        except (requests.exceptions.RequestException, HTTPError, OSError) as error:
            raise verdicts.transient(
                operation, f"no answer ({type(error).__name__})", ambiguous=write and not _surely_unsent(error)
            ) from error
        return response, raw

    def _dated(self, path: str) -> str:
        if self.settings.api_version == "v3":
            return path
        return next((new + path.removeprefix(old) for old, new in DATED if path.startswith(old)), path)

    def _hear(self, date: str) -> None:
        """Learn HubSpot's time; a Date that is none (a proxy's invention) is left alone."""
        if date == self._date:
            return
        try:
            told = parsedate_to_datetime(date)
        except ValueError:
            return
        utc = told if told.tzinfo is not None else told.replace(tzinfo=UTC)  # "-0000" says: UTC, of an unknown place
        self.server_time, self.heard_at, self._date = utc, self.runtime.clock(), date

    def _slow_down(self, error: CrmError, status: int, policy: Policy) -> None:
        """Let the other threads wait too, and let the day's end reach the next call. A lock is one record's, and nobody else waits."""
        if isinstance(error, Throttled) and status == TOO_MANY:
            self.pace.too_many(policy)
        if isinstance(error, Throttled) and error.retry_after and status != LOCKED:
            self.pace.hold(error.retry_after, policy)
        if isinstance(error, QuotaExhausted) and verdicts.is_day(error):
            self.pace.close_day()


def encoded(query: Sequence[tuple[str, Any]]) -> str:
    """Write a query as it goes out."""
    return "&".join(
        [f"{quote_plus(name)}={quote_plus(str(value).lower() if isinstance(value, bool) else str(value))}" for name, value in query]
    )


def _answer(response: requests.Response, raw: bytes, operation: str, *, write: bool) -> Answer:
    """Read a 2xx. One without a JSON object (an HTML page, nothing at all) is no success: it may or may not have been done."""
    request_id = response.headers.get("X-HubSpot-Correlation-Id")
    try:
        return Answer.of(response.status_code, raw, request_id)
    except ValueError as error:
        what = f"HTTP {response.status_code} without a JSON object"
        raise verdicts.transient(operation, what, ambiguous=write, request_id=request_id) from error


def _surely_unsent(error: Exception) -> bool:
    """Whether the connection was never made: name not found, refused, or no answer to the first packet."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError) or isinstance(reason, NewConnectionError)

"""HubSpot over one pooled session: the SDK builds each request, this module sends it, and nothing else does.

    Client.page/search/read/write ...  ->  SDK method  ->  _Rest  ->  fence -> pace -> requests.Session  ->  Answer (raw JSON)
                                                                  (v3/v4 path -> dated path, loopback endpoint, time-out)

The SDK by itself has no time-out, a new pool per attribute and an error class per package. So its api objects are built here once
(`api_factory`), its models are never used, and every failure leaves this module as one error of connectors/contract.py.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

from connectors.contract import Calls, Denied, QuotaExhausted, Throttled
from connectors.fence import Fence
from connectors.hubspot import verdicts
from connectors.hubspot.allowed import ACCESS_TOKEN_INFO
from connectors.hubspot.pace import Pace
from connectors.retry import Retry
from connectors.settings import secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from connectors.contract import CrmError, Runtime
    from connectors.fence import Rule
    from connectors.hubspot.pace import Policy
    from connectors.settings import HubspotSettings

CRM: Final = "hubspot"
HOST: Final = "api.hubapi.com"
TIMEOUT: Final = (5.0, 60.0)
"""Seconds to connect, and between two bytes of an answer."""
WORKERS: Final = 4
"""Calls in flight at once; the pace, not this, is the limit."""
DATED: Final = (
    ("/crm/v3/objects/", "/crm/objects/2026-03/"),
    ("/crm/v4/associations/", "/crm/associations/2026-03/"),
    ("/crm/v3/properties/", "/crm/properties/2026-03/"),
    ("/crm/v3/owners/", "/crm/owners/2026-03"),  # the old path ends with a slash, the new one does not
    ("/crm/v3/pipelines/", "/crm/pipelines/2026-03/"),
    ("/account-info/v3/", "/account-info/2026-03/"),
)
"""SDK 12 knows the paths that end in 2027; the bodies are the same under the dated ones."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer: the bytes as they came, and the JSON object in them."""

    status: int
    raw: bytes
    document: Mapping[str, Any]
    request_id: str | None = None

    @property
    def results(self) -> Sequence[Mapping[str, Any]]:
        return self.document.get("results") or ()

    @property
    def after(self) -> str | None:
        """The cursor of the next page; the last page has no paging at all, or an empty one."""
        following = (self.document.get("paging") or {}).get("next") or {}
        return str(following["after"]) if following.get("after") else None

    @property
    def refusals(self) -> Sequence[verdicts.Refusal]:
        """The rows of a batch that were refused; HubSpot reports them in a 207 and in a plain 200 alike."""
        return [verdicts.from_body(self.status, entry, self.request_id) for entry in self.document.get("errors") or ()]


class Wire:
    """The way to one portal: session, pace, tries and counts, shared by its clients and their threads."""

    def __init__(self, settings: HubspotSettings, runtime: Runtime) -> None:
        self.runtime, self.settings = runtime, settings
        self.calls = Calls(crm=CRM, ceiling=runtime.calls_per_run)
        self.pace = Pace(runtime, self.calls)
        self.retry = Retry(runtime)
        self.server_time: datetime | None = None
        """The Date of the last answer: HubSpot's clock, by which its records are stamped; `heard_at` is when ours heard it."""
        self.heard_at = runtime.clock()
        self._lock = threading.Lock()

    def send(self, fence: Fence, method: str, url: str, *, query: Sequence[tuple[str, Any]] = (), body: object = None) -> Answer:
        """Send one request and read its answer whole. Raises CrmError, and FenceBreach before anything was sent."""
        path = self._dated(urlsplit(url).path)
        policy: Policy = "search" if path.endswith("/search") else "exempt" if "/associations/" in path else "general"
        text = urlencode([(name, str(value).lower() if isinstance(value, bool) else value) for name, value in query])
        rule = fence.check(method, f"{path}?{text}" if text else path, body)
        operation = f"{method} {path}"
        session = self.session
        self.pace.wait(policy, write=rule.writes)
        response = self._exchange(session, operation, method, f"{path}?{text}" if text else path, body, write=rule.writes)
        self.pace.told(response.headers)
        if (told := _told_time(response)) is not None:
            self.server_time, self.heard_at = told, self.runtime.clock()
        if not 200 <= response.status_code < 300:
            refusal = verdicts.read(response.status_code, response.headers, response.content)
            error = verdicts.verdict(refusal, response.headers, operation, write=rule.writes)
            self._slow_down(error, policy)
            raise error
        return _answer(response, operation, write=rule.writes)

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

    @property
    def session(self) -> requests.Session:
        with self._lock:
            return self._session

    @cached_property
    def _session(self) -> requests.Session:
        session = requests.Session()
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(pool_maxsize=WORKERS, max_retries=0))
        session.auth = _Bearer(self.token)
        session.headers["User-Agent"] = "equilibre"
        if self.settings.endpoint:
            session.trust_env = False  # a proxy of the environment has no business between us and loopback
            session.headers["X-Original-Host"] = HOST
        elif self.settings.proxy:
            session.proxies = {"http": self.settings.proxy, "https": self.settings.proxy}
        return session

    def close(self) -> None:
        if "_session" in self.__dict__:
            self._session.close()

    def _exchange(
        self, session: requests.Session, operation: str, method: str, path: str, body: object, *, write: bool
    ) -> requests.Response:
        content = None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"Accept": "application/json"} | ({} if content is None else {"Content-Type": "application/json"})
        verify = str(self.settings.ca_bundle) if self.settings.ca_bundle else None  # of the session it would lose against the environment
        url = f"{self.settings.endpoint or f'https://{HOST}'}{path}"
        try:
            return session.request(method, url, data=content, headers=headers, timeout=TIMEOUT, verify=verify, allow_redirects=False)
        except requests.exceptions.SSLError as error:
            mend = "set hubspot.ca_bundle to the certificates of your network, or ask who is in between"
            raise Denied(CRM, operation, "the server's certificate is not trusted", missing="a trusted certificate", mend=mend) from error
        except (requests.exceptions.RequestException, OSError) as error:
            raise verdicts.transient(
                operation, f"no answer ({type(error).__name__})", ambiguous=write and not _surely_unsent(error)
            ) from error

    def _dated(self, path: str) -> str:
        if self.settings.api_version == "v3":
            return path
        return next((new + path.removeprefix(old) for old, new in DATED if path.startswith(old)), path)

    def _slow_down(self, error: CrmError, policy: Policy) -> None:
        """Let the other threads wait too, and let the day's end reach the next call."""
        if isinstance(error, Throttled) and error.retry_after:
            self.pace.hold(error.retry_after, policy)
        if isinstance(error, QuotaExhausted) and verdicts.is_day(error):
            self.pace.close_day()


class Client:
    """HubSpot's calls as one role may make them."""

    def __init__(self, wire: Wire, rules: Sequence[Rule]) -> None:
        self.wire, self.runtime, self.calls = wire, wire.runtime, wire.calls
        self._fence = Fence(CRM, rules)
        self._apis: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    # ------------------------------------------------------------ the calls

    def account(self) -> Answer:
        return self._ask(lambda: self._send("GET", f"https://{HOST}/account-info/v3/details"))

    def token_info(self) -> Answer:
        """Ask which scopes our own token has."""
        return self._ask(lambda: self._send("POST", f"https://{HOST}{ACCESS_TOKEN_INFO}", body={"tokenKey": self.wire.token}))

    def page(self, kind: str, properties: Sequence[str], *, after: str | None = None, archived: bool = False, limit: int = 100) -> Answer:
        """List up to 100 records in the order of their ids; `archived` lists the recycle bin instead.

        `properties` must not be empty: HubSpot would add its default set, names and message texts included.
        """
        more = {"after": after} if after else {}
        return self._ask(
            lambda: self._objects.basic_api.get_page(kind, limit=limit, properties=list(properties), archived=archived, **more, **RAW)
        )

    def search(self, kind: str, body: Mapping[str, Any]) -> Answer:
        return self._ask(lambda: self._objects.search_api.do_search(kind, body, **RAW))

    def read(self, kind: str, ids: Sequence[str], properties: Sequence[str], *, key: str | None = None, archived: bool = False) -> Answer:
        """Read up to 100 records by id, or by the unique property `key`. Missing ones are absent; ids must not repeat."""
        body = {"properties": list(properties), "inputs": [{"id": one} for one in dict.fromkeys(ids)]} | (
            {"idProperty": key} if key else {}
        )
        return self._ask(lambda: self._objects.batch_api.read(kind, body, archived=archived, **RAW))

    def update(self, kind: str, inputs: Sequence[Mapping[str, Any]]) -> Answer:
        return self._ask(lambda: self._objects.batch_api.update(kind, {"inputs": list(inputs)}, **RAW))

    def create(self, kind: str, inputs: Sequence[Mapping[str, Any]]) -> Answer:
        """Create records. Not idempotent, so an ambiguous failure is raised at once: read what exists before asking again."""
        return self._ask(lambda: self._objects.batch_api.create(kind, {"inputs": list(inputs)}, **RAW), idempotent=False)

    def associations(self, kind: str, to: str, inputs: Sequence[Mapping[str, Any]]) -> Answer:
        return self._ask(lambda: self._sdk.crm.associations.v4.batch_api.get_page(kind, to, {"inputs": list(inputs)}, **RAW))

    def owners(self, *, after: str | None = None, archived: bool = False) -> Answer:
        more = {"after": after} if after else {}
        return self._ask(lambda: self._sdk.crm.owners.owners_api.get_page(limit=100, archived=archived, **more, **RAW))

    def pipelines(self, kind: str) -> Answer:
        return self._ask(lambda: self._sdk.crm.pipelines.pipelines_api.get_all(kind, **RAW))

    def definitions(self, kind: str, *, archived: bool = False) -> Answer:
        return self._ask(lambda: self._properties.core_api.get_all(kind, archived=archived, **RAW))

    def define(self, kind: str, definition: Mapping[str, Any]) -> Answer:
        return self._ask(lambda: self._properties.core_api.create(kind, definition, **RAW))

    def define_all(self, kind: str, definitions: Sequence[Mapping[str, Any]]) -> Answer:
        return self._ask(lambda: self._properties.batch_api.create(kind, {"inputs": list(definitions)}, **RAW))

    def redefine(self, kind: str, name: str, change: Mapping[str, Any]) -> Answer:
        return self._ask(lambda: self._properties.core_api.update(kind, name, change, **RAW))

    def groups(self, kind: str) -> Answer:
        return self._ask(lambda: self._properties.groups_api.get_all(kind, **RAW))

    def define_group(self, kind: str, group: Mapping[str, Any]) -> Answer:
        return self._ask(lambda: self._properties.groups_api.create(kind, group, **RAW))

    # ------------------------------------------------------------ the SDK, built once

    @property
    def _objects(self) -> Any:
        return self._sdk.crm.objects

    @property
    def _properties(self) -> Any:
        return self._sdk.crm.properties

    @cached_property
    def _sdk(self) -> Any:
        from hubspot import HubSpot  # noqa: PLC0415 - takes most of a second to import, and only a real call needs it

        return HubSpot(access_token="", api_factory=self._api)  # the session carries the token

    def _api(self, package: Any, name: str, _config: Mapping[str, Any]) -> Any:
        with self._lock:
            key = (package.__name__, name)
            if key not in self._apis:
                level = logging.getLogger("urllib3").level
                configuration = package.Configuration()
                logging.getLogger("urllib3").setLevel(level)  # each Configuration resets it for the whole process
                configuration.host = f"https://{HOST}"
                api_client = package.ApiClient(configuration=configuration)
                api_client.rest_client = _Rest(self._send)
                self._apis[key] = getattr(package, name)(api_client)
            return self._apis[key]

    def _ask(self, request: Callable[[], Answer], *, idempotent: bool = True) -> Answer:
        return self.wire.retry(request, idempotent=idempotent)

    def _send(self, method: str, url: str, *, query: Sequence[tuple[str, Any]] = (), body: object = None) -> Answer:
        return self.wire.send(self._fence, method, url, query=query, body=body)


RAW: Final = {"_preload_content": False}
"""Bytes instead of the SDK's models: a seventh of the work, and no field is dropped."""


class _Bearer(requests.auth.AuthBase):
    """Set as the session's auth, so that an entry in .netrc cannot replace the token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Rest:
    """What an SDK ApiClient takes for its REST layer: GET(url, ...), POST(url, ...), each answering with our Answer."""

    def __init__(self, send: Callable[..., Answer]) -> None:
        self._send = send

    def __getattr__(self, verb: str) -> Callable[..., Answer]:
        def request(url: str, *, query_params: Sequence[tuple[str, Any]] | None = None, body: object = None, **_rest: object) -> Answer:
            return self._send(verb, url, query=query_params or (), body=body)

        return request


def _told_time(response: requests.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None  # a proxy's invention, or none at all


def _answer(response: requests.Response, operation: str, *, write: bool) -> Answer:
    """Read a 2xx. One without a JSON object (an HTML page, nothing at all) is no success: it may or may not have been done."""
    request_id = response.headers.get("X-HubSpot-Correlation-Id")
    try:
        document = json.loads(response.content)
    except ValueError as error:
        raise verdicts.transient(operation, f"HTTP {response.status_code} without JSON", ambiguous=write, request_id=request_id) from error
    if not isinstance(document, dict):
        raise verdicts.transient(operation, f"HTTP {response.status_code} with an unexpected form", ambiguous=write, request_id=request_id)
    return Answer(response.status_code, response.content, document, request_id)


def _surely_unsent(error: Exception) -> bool:
    """Whether the connection was never made: name not found, refused, or no answer to the first packet."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError) or isinstance(reason, NewConnectionError)

"""The only way from this program to a Salesforce org.

    Client.get / send  ->  retry  ->  quota  ->  session (time-outs, proxy, certificates)  ->  fence  ->  count  ->  the wire
                                                                              401 once -> sign in again -> repeated with all its headers

simple-salesforce signs in and deploys through the same kind of session, so its requests meet the same fence, count and time-outs.
With a loopback `endpoint` every request, token requests included, goes there, its real host in X-Original-Host.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from connectors.failures import Denied, QuotaExhausted, Rejected, Transient, Unprepared
from connectors.fence import Fence
from connectors.salesforce.sign_in import TOKEN_PATH, Access
from connectors.salesforce.verdicts import CRM, SessionOver, request_id, transient, verdict, wire

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connectors.contract import Runtime
    from connectors.fence import Rule
    from connectors.quota import Calls
    from connectors.retry import Retry
    from connectors.salesforce.sign_in import Grant
    from connectors.settings import SalesforceSettings

TIMEOUTS: Final = (10, 120)
"""Seconds to connect, and between two bytes: Salesforce itself ends a query after 120."""
QUOTA: Final = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")


class ToLoopback(HTTPAdapter):
    """Sends what is meant for Salesforce to the sandbox instead."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        if "X-Original-Host" not in request.headers:
            request.headers["X-Original-Host"] = parts.netloc
            request.url = f"{self._endpoint}{parts.path}{f'?{parts.query}' if parts.query else ''}"
        return super().send(request, *args, **kwargs)


class FencedSession(requests.Session):
    """A session that can neither wait for ever nor send what its rules do not allow. Every request is counted as it leaves."""

    def __init__(self, settings: SalesforceSettings, calls: Calls, rules: Sequence[Rule]) -> None:
        super().__init__()
        self._fence, self._calls = Fence(CRM, rules), calls
        self.auth = _keep_authorization
        self.headers["User-Agent"] = "equilibre"
        if settings.ca_bundle is not None:
            self.verify = str(settings.ca_bundle)
        if settings.proxy:
            self.trust_env = False  # requests lets the environment win over a configured proxy
            self.proxies = {"http": settings.proxy, "https": settings.proxy}
        if settings.endpoint:
            self.trust_env = False
            self.mount("https://", ToLoopback(settings.endpoint))

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = kwargs.get("timeout") or TIMEOUTS
        kwargs["allow_redirects"] = False
        return super().request(*args, **kwargs)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        rule = self._fence.check(str(request.method), request.path_url, request.body)
        self._calls.spend(write=rule.writes)
        return super().send(request, **kwargs)


def _keep_authorization(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Do nothing: a session with its own auth is spared the ~/.netrc, which would replace our token."""
    return request


class Client:
    """One role's way to the org: the sign-in and the count are shared, the fence is the role's own."""

    def __init__(
        self, settings: SalesforceSettings, runtime: Runtime, access: Access, calls: Calls, retry: Retry, rules: Sequence[Rule]
    ) -> None:
        self._settings, self._runtime, self._access = settings, runtime, access
        self.calls, self.retry = calls, retry
        self.session = FencedSession(settings, calls, rules)
        self.version = settings.api_version.lstrip("v")
        self.root = f"/services/data/v{self.version}"
        self.server_date: str | None = None
        self.asks_apart = False
        """Whether the server refused to answer several requests in one (together.py)."""

    @property
    def grant(self) -> Grant:
        return self.retry(self._access.grant)

    def renew(self, stale: Grant) -> None:
        """Sign in again, unless another thread did since `stale` was given out. One try."""
        self._access.renew(stale)

    def get(
        self,
        path: str,
        operation: str,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        needs: Sequence[str] = (),
    ) -> Any:
        """Read JSON. `path` starts at the host; an answer without the keys it `needs` is asked again. Raises CrmError."""
        return self.retry(
            lambda: _whole(self.json(self.once("GET", path, operation, params=params, headers=headers), operation), operation, needs)
        )

    def page(
        self, path: str, operation: str, params: Mapping[str, str | int] | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Read one page of a query: totalSize, done, records, and the address of the next when not done. Raises CrmError."""

        def once() -> dict[str, Any]:
            body: dict[str, Any] = _whole(
                self.json(self.once("GET", path, operation, params=params, headers=headers), operation),
                operation,
                ("totalSize", "done", "records"),
            )
            if not body["done"] and next_page(body) in {"", path}:
                raise transient(operation, "the answer names no next page, or itself", ambiguous=True)
            return body

        return self.retry(once)

    def send(
        self,
        method: str,
        path: str,
        operation: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool = True,
        needs: Sequence[str] = (),
    ) -> Any:
        """Send JSON and read JSON; None for an answer without a body. Raises CrmError."""
        return self.retry(
            lambda: _whole(self.json(self.once(method, path, operation, body=body, headers=headers), operation), operation, needs),
            idempotent=idempotent,
        )

    def once(
        self,
        method: str,
        path: str,
        operation: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
    ) -> requests.Response:
        """Send one request, without another try except after a new sign-in. Raises CrmError for every answer that is not a success."""
        self._within_share(operation)
        data = None if body is None else json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        sent = {"Content-Type": "application/json; charset=UTF-8"} if data is not None else {}
        wanted = {"params": params, "data": data, "headers": {**sent, **(headers or {})}, "stream": stream}
        grant = self._access.grant()
        try:
            return self._answer(grant, method, path, operation, wanted)
        except SessionOver:
            grant = self._access.renew(grant)
        try:
            return self._answer(grant, method, path, operation, wanted)
        except SessionOver as error:
            mend = "check that the integration user has API Enabled and is not limited to other IP ranges"
            raise Denied(
                CRM, operation, "a new session is refused too", missing="a usable session", mend=mend, request_id=error.request_id
            ) from error

    def _answer(self, grant: Grant, method: str, path: str, operation: str, wanted: Mapping[str, Any]) -> requests.Response:
        headers = {"Authorization": f"Bearer {grant.token}", "Accept": "application/json", **wanted["headers"]}
        try:
            response = self.session.request(method, f"https://{grant.instance}{path}", **{**wanted, "headers": headers})
            if not 200 <= response.status_code < 300:
                _ = response.content  # a streamed refusal is read while its failure can still be told
        except requests.RequestException as error:
            raise wire(error, operation) from error
        self._note(response)
        if not 200 <= response.status_code < 300:
            raise verdict(response, operation)
        return response

    def json(self, response: requests.Response, operation: str) -> Any:
        """Parse an answer; numbers stay text so that no amount passes through a float. Raises Transient for a body cut short."""
        if response.status_code == 204 or not response.content:
            return None
        try:
            return json.loads(response.content, parse_float=str)
        except ValueError as error:
            raise transient(operation, "the answer is not whole JSON", ambiguous=True, mark=request_id(response)) from error

    def _note(self, response: requests.Response) -> None:
        self.server_date = response.headers.get("Date", self.server_date)
        found = QUOTA.search(response.headers.get("Sforce-Limit-Info", ""))
        if found:
            used, most = int(found[1]), int(found[2])
            self.calls.quota_max, self.calls.quota_left = most, max(0, most - used)
        elif self.calls.quota_left:  # it was asked for, or told earlier: our own calls at least are taken off
            self.calls.quota_left -= 1

    def learn_quota(self) -> None:
        """Ask once for the day's calls where no header has told them; an org that does not show its limits leaves them unknown."""
        if self.calls.quota_max is not None:
            return
        with suppress(Denied, Rejected, Transient, Unprepared, KeyError, TypeError, ValueError):
            told = self.json(self.once("GET", f"{self.root}/limits", "limits"), "limits")["DailyApiRequests"]
            most, left = int(told["Max"]), int(told["Remaining"])
            if self.calls.quota_max is None:  # the answer itself may carry the header, which is newer
                self.calls.quota_max, self.calls.quota_left = most, left

    def _within_share(self, operation: str) -> None:
        """Stop before the org's calls of the day are used beyond our share, whoever used them."""
        most, left = self.calls.quota_max, self.calls.quota_left
        if most and left is not None and most - left >= self._runtime.day_share * most:
            share = f"{self._runtime.day_share:.0%}"
            raise QuotaExhausted(
                CRM, operation, f"{most - left} of the org's {most} daily calls are used, which is {share} or more; resume later"
            )

    def query(self, soql: str, operation: str, *, deleted: bool = False) -> list[dict[str, Any]]:
        """Every row of a small query, all pages; `deleted` shows the recycle bin and archived activities too."""
        page = self.page(f"{self.root}/{'queryAll' if deleted else 'query'}", operation, {"q": soql})
        rows = list(page["records"])
        while not page["done"]:
            page = self.page(next_page(page), operation)
            rows.extend(page["records"])
        return rows

    def count(self, soql: str, operation: str) -> int:
        """The answer of a SELECT COUNT(), deleted and archived rows included."""
        return int(self.page(f"{self.root}/queryAll", operation, {"q": soql})["totalSize"])

    def close(self) -> None:
        self.session.close()


def _whole(body: Any, operation: str, needs: Sequence[str]) -> Any:
    """An answer that lacks what it is for was cut on its way: a body of nothing is good JSON for some proxies."""
    if needs and not (isinstance(body, dict) and all(body.get(name) is not None for name in needs)):
        raise transient(operation, "the answer lacks what was asked for", ambiguous=True)
    return body


def next_page(page: Mapping[str, Any]) -> str:
    """The path of the next page. Only path and query are used, so a token never follows an address that an answer names."""
    url = urlsplit(str(page.get("nextRecordsUrl") or ""))
    return f"{url.path}{f'?{url.query}' if url.query else ''}"


def access_for(settings: SalesforceSettings, calls: Calls, rules: Sequence[Rule]) -> Access:
    """The sign-in with a session of its own, whose fence knows the token request only."""
    return Access(settings, FencedSession(settings, calls, [rule for rule in rules if rule.path == TOKEN_PATH]))

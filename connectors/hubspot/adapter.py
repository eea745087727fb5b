"""requests' adapter for one host: what it looks up anew for every request is looked up once.

    Wire  ->  OneHost.send (requests' own, with its errors)  ->  the one urllib3 pool of this host, proxy and certificates

A Session would add cookies, redirects, .netrc and the environment's proxy over the configured one to each of a thousand pages; the
adapter by itself still chooses the pool, checks the certificates' file and copies headers and cookies each time. All of that is half of
a page's time, and never changes within a run. Adapter, proxies and certificates remain requests', and so does what it raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3 import HTTPConnectionPool

    from connectors.settings import HubspotSettings


class OneHost(HTTPAdapter):
    """Sends to the host of `base` only. Every request must be made with the same proxies and certificates."""

    def __init__(self, base: str, connections: int) -> None:
        super().__init__(pool_maxsize=connections, max_retries=0)
        self._base = base
        self._pool: HTTPConnectionPool | None = None

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        """Give the pool; the first request chooses it, and checks its certificates. Raises OSError for a bundle that is not there."""
        if self._pool is None:
            pool: Any = super().get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
            super().cert_verify(pool, request.url, verify, cert)  # type: ignore[no-untyped-call]
            self._pool = pool
        return self._pool

    def cert_verify(self, *_: object) -> None:
        """The pool keeps what was set when it was chosen."""

    def request_url(self, request: requests.PreparedRequest, proxies: Mapping[str, str] | None) -> str:
        """Give path and query: no proxy stands before plain HTTP here, and TLS goes through one as a tunnel."""
        if not proxies or self._base.startswith("https:"):
            return str(request.url)[len(self._base) :]
        return super().request_url(request, proxies)

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """Give status, headers and the body unread. No cookie is kept."""
        response = requests.Response()
        response.status_code, response.headers, response.raw, response.request = resp.status, resp.headers, resp, req
        return response


def surroundings(settings: HubspotSettings, base: str) -> dict[str, Any]:
    """Give proxy and certificates: what is configured wins over the environment, and nothing stands between us and loopback."""
    with requests.Session() as session:
        session.trust_env = not settings.endpoint
        proxy = settings.proxy if not settings.endpoint else ""
        proxies = {"http": proxy, "https": proxy} if proxy else {}
        bundle = str(settings.ca_bundle) if settings.ca_bundle else None
        return dict(session.merge_environment_settings(base, proxies, False, bundle, None))  # noqa: FBT003 - theirs

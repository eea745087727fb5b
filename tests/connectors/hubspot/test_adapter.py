"""The way of the bytes: one pool for all calls, with the proxy and the certificates that requests would choose for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from connectors.failures import Transient
from connectors.hubspot.adapter import OneHost, surroundings
from connectors.hubspot.wire import HOST
from connectors.settings import HubspotSettings
from tests.connectors.hubspot.single import client

if TYPE_CHECKING:
    from pathlib import Path

    from tests.connectors.hubspot.conftest import Clock

BASE = f"https://{HOST}"


def request(base: str = BASE) -> requests.PreparedRequest:
    made = requests.PreparedRequest()
    made.method, made.url = "GET", f"{base}/crm/v3/objects/deals?properties=a%20b&after=7"
    return made


def chosen(base: str = BASE, **settings: Any) -> Any:
    """The pool that a request would go to."""
    around = surroundings(HubspotSettings(enabled=True, access_token="pat", **settings), base)
    wanted = {name: around[name] for name in ("verify", "proxies", "cert")}
    return OneHost(base, connections=2).get_connection_with_tls_context(request(base), **wanted)


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "HTTPS_PROXY",
        "https_proxy",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    ):
        monkeypatch.delenv(name, raising=False)


def test_certificates_are_checked_against_the_worlds_or_the_configured_ones(tmp_path: Path) -> None:
    bundle = tmp_path / "company.pem"
    bundle.write_text("")
    pools = chosen(), chosen(ca_bundle=bundle)
    assert [pool.cert_reqs for pool in pools] == ["CERT_REQUIRED", "CERT_REQUIRED"]
    assert [pool.ca_certs for pool in pools] == [requests.certs.where(), str(bundle)]


def test_the_proxy_is_passed_as_a_tunnel_and_told_its_password_alone() -> None:
    pool = chosen(proxy="http://user:word@proxy.example:3128")
    assert (pool.proxy.host, pool.proxy.port, pool.host) == ("proxy.example", 3128, HOST)
    assert "Proxy-Authorization" in pool.proxy_headers
    assert (
        OneHost(BASE, 2).request_url(request(), {"https": "http://proxy.example:3128"}) == "/crm/v3/objects/deals?properties=a%20b&after=7"
    )


def test_nothing_stands_between_us_and_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://environment.example:3128")
    pool = chosen("http://127.0.0.1:8401", endpoint="http://127.0.0.1:8401")
    assert (pool.scheme, pool.host, pool.port, pool.proxy) == ("http", "127.0.0.1", 8401, None)


def test_one_pool_serves_all_requests() -> None:
    one = OneHost(BASE, connections=2)
    pools = [one.get_connection_with_tls_context(request(), verify=True) for _ in range(2)]
    assert pools[0] is pools[1]


def test_a_bundle_that_is_not_there_is_no_answer_at_every_call(clock: Clock, tmp_path: Path) -> None:
    bundle = tmp_path / "company.pem"
    bundle.write_text("")
    one = client(clock, ca_bundle=bundle)
    bundle.unlink()
    for _ in range(2):
        with pytest.raises(Transient, match="OSError"):
            one.page("companies", ["name"])

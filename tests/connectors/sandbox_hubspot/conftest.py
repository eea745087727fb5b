"""A portal on a held clock, served over real HTTP, and a plain client. Nothing here knows our connector."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import requests

from connectors.sandbox.audit import Audit
from connectors.sandbox.faults import Faults
from connectors.sandbox.hubspot.app import build
from connectors.sandbox.hubspot.portal import Portal
from tests.connectors.hubspot_stand import START, Clock, Stage, clock, stage

__all__ = ["START", "Bench", "Clock", "Http", "Stage", "clock", "stage"]

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Http:
    """Calls with a token and gives what came back, refusals included."""

    url: str
    token: str
    session: requests.Session = field(default_factory=requests.Session)

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {more.pop('token', self.token)}", **more.pop("headers", {})}
        return self.session.request(method, self.url + path, json=body, headers=headers, timeout=10, **more)

    def get(self, path: str, **params: Any) -> requests.Response:
        return self("GET", path, params=params)

    def post(self, path: str, body: Any, **more: Any) -> requests.Response:
        return self("POST", path, body, **more)


@dataclass
class Bench:
    clock: Clock
    portal: Portal
    faults: Faults
    audit: Audit
    http: Http


@pytest.fixture
def portal(clock: Clock) -> Portal:
    made = Portal(clock)
    made.knobs.search_second = None
    return made


@pytest.fixture
def bench(clock: Clock, portal: Portal, stage: tuple[Stage, str]) -> Iterator[Bench]:
    faults, audit = Faults(), Audit()
    stage[0].app = build(portal, faults, audit)
    http = Http(stage[1], portal.access_token)
    yield Bench(clock, portal, faults, audit, http)
    http.session.close()


@pytest.fixture
def http(bench: Bench) -> Http:
    return bench.http

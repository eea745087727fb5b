"""A portal on a held clock, served over real HTTP, and a plain client. Nothing here knows our connector."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

from connectors.sandbox.audit import Audit
from connectors.sandbox.faults import Faults
from connectors.sandbox.hubspot.app import build
from connectors.sandbox.hubspot.portal import Portal
from connectors.sandbox.serve import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def tick(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


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
def clock() -> Clock:
    return Clock()


@pytest.fixture
def portal(clock: Clock) -> Portal:
    made = Portal(clock)
    made.knobs.search_second = None
    return made


class Stage:
    """One served address for all tests of a process; each test puts its own portal behind it."""

    def __init__(self) -> None:
        self.app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def stage() -> Iterator[tuple[Stage, str]]:
    made = Stage()
    with serve(made) as server:
        yield made, server.url


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

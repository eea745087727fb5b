"""A portal on a held clock behind real HTTP, and our connector to it; pauses are noted instead of waited for."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import requests

from connectors.contract import Runtime
from connectors.hubspot import connect
from connectors.sandbox.audit import Audit
from connectors.sandbox.faults import Faults
from connectors.sandbox.hubspot.app import build
from connectors.sandbox.hubspot.portal import Portal
from connectors.sandbox.serve import serve
from connectors.settings import HubspotSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from connectors.contract import Landed
    from connectors.hubspot.link import HubspotLink

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
API = "https://api.hubapi.com"


@dataclass
class Clock:
    """Stands still until told, or until somebody sleeps."""

    now: datetime = START
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def tick(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.tick(seconds)


@dataclass
class Drawer:
    """A landing place in a test's own directory."""

    directory: Path
    made: int = 0

    def file(self, stream: str, suffix: str) -> Path:
        self.made += 1
        path = self.directory / f"{self.made:03d}-{stream}{suffix}"
        path.touch()
        return path


class Mirror:
    """raw_hubspot as sync/facts.py keeps it, reduced to what these tests need: replaced in full, merged by key."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("CREATE SCHEMA raw_hubspot")

    def absorb(self, landed: Landed) -> None:
        table, files = f'raw_hubspot."{landed.stream.name}"', ", ".join(f"'{file}'" for file in landed.files)
        columns = ", ".join(f'"{name}" VARCHAR' for name in landed.stream.columns)
        listed = ", ".join(f'"{name}"' for name in landed.stream.columns)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS {landed.relation.replace('{files}', f'[{files}]')}")
        self.connection.execute(f"CREATE {'OR REPLACE TABLE' if landed.full else 'TABLE IF NOT EXISTS'} {table} ({columns})")
        keys = " AND ".join(f'old."{name}" = fresh."{name}"' for name in landed.stream.key)
        self.connection.execute(f"DELETE FROM {table} AS old USING fresh WHERE {keys}")
        self.connection.execute(f"INSERT INTO {table} SELECT {listed} FROM fresh")

    def rows(self, query: str) -> list[dict[str, Any]]:
        cursor = self.connection.cursor().execute(query)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def close(self) -> None:
        self.connection.close()


@dataclass
class Bench:
    clock: Clock
    portal: Portal
    faults: Faults
    audit: Audit
    url: str
    drawer: Drawer
    mirror: Mirror
    links: list[HubspotLink] = field(default_factory=list)

    def connect(self, **changes: Any) -> HubspotLink:
        """A new link, as each run has one."""
        runtime = {name: changes.pop(name) for name in ("calls_per_run", "day_share", "home_currency", "zone") if name in changes}
        settings = HubspotSettings(**{"enabled": True, "endpoint": self.url, "access_token": self.portal.access_token, **changes})
        link = connect(settings, Runtime(clock=self.clock, sleep=self.clock.sleep, **runtime))
        self.links.append(link)
        return link

    def provisioned(self, **changes: Any) -> HubspotLink:
        link = self.connect(**changes)
        list(link.provisioner().provision(dry_run=False))
        self.audit.clear()
        return link

    def pull(self, link: HubspotLink, since: dict[str, str] | None = None) -> dict[str, Landed]:
        """Pull into the mirror; gives what landed by stream."""
        found = {}
        for landed in link.reader().pull(since or {}, self.drawer):
            self.mirror.absorb(landed)
            found[landed.stream.name] = landed
        return found

    def table(self, link: HubspotLink, name: str) -> list[dict[str, Any]]:
        table = next(one for one in link.reader().tables() if one.name == name)
        return self.mirror.rows(table.query)

    def person(self, method: str, path: str, body: Any = None) -> None:
        """Do what a person with full rights does in the vendor's interface."""
        headers = {"Authorization": f"Bearer {self.portal.access_token}"}
        requests.request(method, self.url + path, json=body, headers=headers, timeout=10).raise_for_status()

    def asked(self, path: str) -> list[Any]:
        return [call for call in self.audit.calls if path in call.path]


def watermarks(landed: dict[str, Landed]) -> dict[str, str]:
    return {name: one.watermark for name, one in landed.items() if one.watermark}


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
def bench(stage: tuple[Stage, str], tmp_path: Path) -> Iterator[Bench]:
    with _bench(stage, tmp_path) as made:
        yield made


@contextmanager
def _bench(stage: tuple[Stage, str], directory: Path) -> Iterator[Bench]:
    clock, faults, audit = Clock(), Faults(), Audit()
    portal = Portal(clock, currencies=("USD",))
    portal.knobs.search_second = None  # several threads share the held clock, and one's pause would be the others' second
    stage[0].app = build(portal, faults, audit)
    mirror = Mirror()
    bench = Bench(clock, portal, faults, audit, stage[1], Drawer(directory), mirror)
    try:
        yield bench
    finally:
        for link in bench.links:
            link.close()
        mirror.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def link(clock: Clock) -> Iterator[HubspotLink]:
    """A link to HubSpot's own host, for tests that answer single calls by themselves."""
    made = connect(HubspotSettings(enabled=True, access_token="pat-eu1-test"), Runtime(clock=clock, sleep=clock.sleep))
    yield made
    made.close()

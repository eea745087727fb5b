"""A portal on a held clock behind real HTTP, and our connector to it; pauses are noted instead of waited for."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest
import requests

from connectors.contract import Runtime
from connectors.hubspot import connect
from connectors.sandbox.audit import Audit
from connectors.sandbox.faults import Faults
from connectors.sandbox.hubspot.app import build
from connectors.sandbox.hubspot.portal import Portal
from connectors.settings import HubspotSettings
from sync.facts import Facts
from tests.connectors.hubspot_stand import START, Clock, Stage, clock, stage
from tests.served import Frozen

__all__ = ["API", "START", "Bench", "Clock", "Kept", "Stage", "clock", "keep", "opened", "stage", "watermarks"]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from connectors.contract import Landed
    from connectors.hubspot.link import HubspotLink

API = "https://api.hubapi.com"


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
    """The product's own mirror, opened when the first stream lands: opening it takes longer than most tests."""

    def __init__(self, directory: Path) -> None:
        self._directory, self._open = directory, ExitStack()

    @cached_property
    def facts(self) -> Facts:
        return self._open.enter_context(Facts.open(self._directory / "facts.duckdb", zone="Europe/Paris", threads=1))

    def absorb(self, landed: Landed) -> None:
        self.facts.absorb("hubspot", landed)

    def rows(self, query: str) -> list[dict[str, Any]]:
        cursor = self.facts.connection.cursor().execute(query)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def close(self) -> None:
        self._open.close()


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
        runtime = {
            name: changes.pop(name)
            for name in ("calls_per_run", "day_share", "home_currency", "memory", "progress", "scan", "zone")
            if name in changes
        }
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


@dataclass(frozen=True)
class Kept:
    """A portal as it was, and the directory of its bench once that is closed."""

    portal: Frozen
    now: datetime
    directory: Path


def keep(bench: Bench, directory: Path) -> Kept:
    return Kept(Frozen(bench.portal, clock=bench.clock), bench.clock.now, directory)


def watermarks(landed: dict[str, Landed]) -> dict[str, str]:
    return {name: one.watermark for name, one in landed.items() if one.watermark}


@pytest.fixture
def bench(stage: tuple[Stage, str], tmp_path: Path) -> Iterator[Bench]:
    with opened(stage, tmp_path) as made:
        yield made


@contextmanager
def opened(stage: tuple[Stage, str], directory: Path, kept: Kept | None = None) -> Iterator[Bench]:
    """Serve an empty portal, or a copy of one that was kept together with its mirror and its files."""
    clock, faults, audit = Clock(), Faults(), Audit()
    if kept is None:
        portal = Portal(clock, currencies=("USD",))
    else:
        clock.now = kept.now
        portal = kept.portal.thawed(clock=clock)
        shutil.copytree(kept.directory, directory, ignore=shutil.ignore_patterns("landing"), dirs_exist_ok=True)
    portal.knobs.search_second = None  # several threads share the held clock, and one's pause would be the others' second
    stage[0].app = build(portal, faults, audit)
    mirror = Mirror(directory)
    (landing := directory / "landing").mkdir()
    bench = Bench(clock, portal, faults, audit, stage[1], Drawer(landing), mirror)
    try:
        yield bench
    finally:
        for link in bench.links:
            link.close()
        mirror.close()


@pytest.fixture
def link(clock: Clock) -> Iterator[HubspotLink]:
    """A link to HubSpot's own host, for tests that answer single calls by themselves."""
    made = connect(HubspotSettings(enabled=True, access_token="pat-eu1-test"), Runtime(clock=clock, sleep=clock.sleep))
    yield made
    made.close()

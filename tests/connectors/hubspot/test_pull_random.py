"""A portal that people change at random, between the pulls and while they read: in the end the mirror shows what the portal holds."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.faults import Fault
from tests.connectors.hubspot.conftest import opened
from tests.extent import examples

if TYPE_CHECKING:
    from tests.connectors.hubspot.conftest import Bench, Stage

SHORT = Fault(path="/objects/(companies|deals)(/search)?", effects=("short_page:3",), times=None)
"""Pages of three, so that a dozen records take several."""
STEPS = st.lists(
    st.sampled_from(["create", "rename", "archive", "restore", "merge", "purge", "deal", "pull", "full", "wait", "long wait"]), max_size=30
)


@dataclass
class People:
    """Hands that change a portal at random, also from within a pull."""

    bench: Bench
    dice: random.Random
    during: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    """Companies that were erased or merged away: only a full pull, or their survivor, tells."""
    archived: set[str] = field(default_factory=set)

    def do(self, step: str) -> None:
        portal, live = self.bench.portal, self.bench.portal.ids("companies")
        one = self.dice.choice(live) if live else None
        if step == "create" or one is None:
            portal.create("companies", {"name": f"C{self.dice.random()}"})
        elif step == "rename":
            portal.update("companies", one, {"name": f"R{self.dice.random()}"})
        elif step == "archive":
            portal.archive("companies", one)
            self.archived.add(one)
        elif step == "restore" and (binned := portal.ids("companies", archived=True)):
            portal.restore("companies", self.dice.choice(binned))
        elif step == "merge" and len(live) > 1:
            self.gone.add(other := self.dice.choice([company for company in live if company != one]))
            portal.merge("companies", one, other)
        elif step == "purge":
            portal.purge("companies", one)
            self.gone.add(one)
        elif step == "deal":
            portal.create("deals", {"dealname": "x", "dealstage": "closedwon", "pipeline": "default"}, [("companies", one, ())])

    def pull(self, *, full: bool = False, quiet: bool = False) -> None:
        scopes = [f"crm.objects.{name}.read" for name in ("companies", "deals", "owners")]
        link = self.bench.connect(
            access_token=self.bench.portal.token(scopes),
            progress=lambda *_: None if quiet else self._meddle(),
            memory=self.bench.drawer.directory.parent / "memory",
        )
        since = {} if full else self.bench.mirror.facts.watermarks("hubspot", link.reader().streams())
        landed = self.bench.pull(link, since)
        assert not quiet or all(one.complete for one in landed.values())

    def _meddle(self) -> None:
        if self.during:
            self.do(self.during.pop())

    def shown(self) -> dict[str, str]:
        rows = self.bench.mirror.rows("SELECT id, name FROM raw_hubspot.companies WHERE archived <> 'true'")
        return {row["id"]: row["name"] for row in rows}

    def linked(self) -> dict[str, Any]:
        rows = self.bench.mirror.rows("SELECT d.id, l.to_id FROM raw_hubspot.deals d JOIN raw_hubspot.deals_companies l USING (id)")
        return {row["id"]: row["to_id"] for row in rows}


def held(bench: Bench) -> dict[str, str]:
    return {one: bench.portal.get("companies", one)["name"] for one in bench.portal.ids("companies")}


@settings(max_examples=examples(3, 25), deadline=None)
@given(
    STEPS,
    st.lists(st.sampled_from(["create", "rename", "archive", "merge", "purge"]), max_size=6),
    st.integers(0, 10**6),
    st.sampled_from([0, 45, 300]),
)
def test_nothing_is_lost_and_nothing_stays_twice(
    stage: tuple[Stage, str], steps: list[str], during: list[str], seed: int, lag: int
) -> None:
    with TemporaryDirectory() as folder, opened(stage, Path(folder)) as bench:
        bench.faults.add(SHORT)
        people = People(bench, random.Random(seed), during)
        for _ in range(8):
            people.do("create")
        bench.clock.tick(3600)
        bench.portal.knobs.search_lag = lag
        people.pull()
        for step in steps:
            if step in {"pull", "full"}:
                people.pull(full=step == "full")
            elif step in {"wait", "long wait"}:
                bench.clock.tick(20 if step == "wait" else 4000)
            else:
                people.do(step)
        bench.clock.tick(1200)
        people.pull(quiet=True)
        now, shown = held(bench), people.shown()
        assert now.items() <= shown.items()
        assert shown.keys() - now.keys() <= people.gone
        people.pull(full=True, quiet=True)
        assert people.shown() == now
        assert people.linked().keys() == set(bench.portal.ids("deals"))
        assert all(to is None or to in now for to in people.linked().values())

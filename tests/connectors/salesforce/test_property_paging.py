"""Whatever people do to an org between and during the reads, increments end in what a full read shows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.salesforce import soql
from tests.connectors.salesforce.stage import raise_stage, rows
from tests.extent import examples

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from connectors.contract import Landed
    from tests.connectors.salesforce.stage import Stage
    from tests.served import Address

steps = st.lists(
    st.one_of(
        st.tuples(st.just("make"), st.integers(1, 4)),
        st.tuples(st.sampled_from(["change", "delete", "undelete", "late"]), st.integers(0, 30)),
        st.tuples(st.just("wait"), st.integers(1, 900)),
        st.tuples(st.just("read"), st.sampled_from([1, 1_000])),
        st.tuples(st.just("full"), st.sampled_from([1, 1_000])),
    ),
    min_size=3,
    max_size=14,
)


class World:
    """An org, and the mirror that reads of it add up to."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.made: list[str] = []
        self.mirror: dict[str, dict[str, Any]] = {}
        self.mark: str | None = None

    def do(self, step: str, number: int) -> None:
        org = self.stage.org
        alive = [row["Id"] for row in org.records("Account")]
        if step == "make":
            self.made += [self.stage.account(f"Client {len(self.made)}") for _ in range(number)]
        elif step == "wait":
            self.stage.clock.pass_by(seconds=number)
        elif step == "change" and alive:
            org.update("Account", alive[number % len(alive)], {"Name": f"Renamed {self.stage.clock.now} {number}"})
        elif step == "late" and alive:  # stamped up to nine minutes ago, shown only now
            stamp = self.stage.clock.now - timedelta(minutes=number % 9)
            one = alive[number % len(alive)]
            if soql.instant(org.record(one)["SystemModstamp"]) <= stamp:
                org.update("Account", one, {"Name": f"Late {stamp} {number}"}, modified=stamp)
        elif step == "delete" and alive:
            org.delete("Account", alive[number % len(alive)])
        elif step == "undelete":
            self._undelete(number)
        elif step in {"read", "full"}:
            self.read(number, full=step == "full")

    def _undelete(self, number: int) -> None:
        gone = [one for one in self.made if self.stage.org.record(one).get("IsDeleted")]
        if gone:
            self.stage.org.undelete(gone[number % len(gone)])

    def read(self, threshold: int, *, full: bool) -> Landed:
        since = {"Account": self.mark} if self.mark and not full else {}
        landed = self.stage.pull(since=since, bulk_threshold=threshold)["Account"]
        assert landed.complete
        if landed.full:
            self.mirror.clear()
        for row in rows(landed):
            held = self.mirror.get(row["Id"])
            if held is None or held["SystemModstamp"] <= row["SystemModstamp"]:
                self.mirror[row["Id"]] = row
        self.mark = landed.watermark or self.mark
        return landed


@settings(max_examples=examples(3, 25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_increments_add_up_to_a_full_read(
    tmp_path_factory: pytest.TempPathFactory, key: tuple[Path, str], address: Address, plan: list[tuple[str, int]]
) -> None:
    stage = raise_stage(tmp_path_factory.mktemp("world"), key, address)
    try:
        stage.org.knobs.page_size = stage.org.knobs.bulk_page = 3
        world = World(stage)
        for step, number in plan:
            world.do(step, number)
        world.read(1_000, full=False)
        held = {name: (row["Name"], row["IsDeleted"]) for name, row in world.mirror.items()}
        world.read(1_000, full=True)
        assert held == {name: (row["Name"], row["IsDeleted"]) for name, row in world.mirror.items()}
    finally:
        stage.close()

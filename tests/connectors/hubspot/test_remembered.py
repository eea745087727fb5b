"""What is not asked again each hour, and when it is asked again all the same."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from connectors.contract import SetFlags
from connectors.hubspot.remembered import Remembered
from connectors.sandbox.faults import Fault
from rules.model import AccountRef
from tests.connectors.hubspot.conftest import Bench, Clock, Kept, Stage, keep, opened, watermarks
from tests.connectors.hubspot.rows import DEAL, companies, names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from connectors.contract import Landed

TICKET = {"subject": "x", "hs_pipeline_stage": "1"}


@dataclass
class Hourly:
    """A portal that is read every hour, each time by a new link, as the schedule does."""

    bench: Bench
    memory: Path
    since: dict[str, str]

    def run(self, **changes: Any) -> tuple[dict[str, Landed], list[str]]:
        """The next hour's pull: what landed, and which of the portal's own settings were asked for."""
        self.bench.clock.tick(3600)
        self.bench.audit.clear()
        link = self.bench.connect(memory=self.memory, **changes)
        link.reader().streams()
        landed = self.bench.pull(link, self.since)
        self.since = {**self.since, **watermarks(landed)}
        settings = ("properties", "pipelines", "owners")
        return landed, [
            f"{call.path}?{call.query}" for call in self.bench.audit.calls if any(f"/{word}/" in call.path for word in settings)
        ]

    def binned(self) -> set[str]:
        return {
            call.path.rsplit("/", 1)[1] for call in self.bench.audit.calls if "archived=true" in call.query and "/objects/" in call.path
        }


@pytest.fixture(scope="module")
def first_hour(stage: tuple[Stage, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Kept, dict[str, str]]:
    """A provisioned portal after its first run, and the watermarks of that."""
    directory = tmp_path_factory.mktemp("first")
    with opened(stage, directory) as bench:
        bench.provisioned()
        (one, *_) = companies(bench, 3)
        bench.portal.owner("ana@firm.example", "Ana")
        bench.portal.create("deals", DEAL, [("companies", one, (5,))])
        bench.portal.create("tickets", TICKET, [("companies", one, (26,))])
        bench.clock.tick(60)
        made = Hourly(bench, directory / "memory", {})
        made.run()
        return keep(bench, directory), made.since


@pytest.fixture
def hourly(stage: tuple[Stage, str], first_hour: tuple[Kept, dict[str, str]], tmp_path: Path) -> Iterator[Hourly]:
    kept, since = first_hour
    with opened(stage, tmp_path, kept) as bench:
        yield Hourly(bench, tmp_path / "memory", since)


def owners_alone(asked: list[str]) -> bool:
    return asked == ["/crm/v3/owners/?limit=100&archived=false"]


def test_an_hour_later_only_the_active_owners_are_asked_for(hourly: Hourly) -> None:
    landed, asked = hourly.run()
    assert owners_alone(asked)
    assert all(one.complete for one in landed.values())
    assert {"deals_stages", "tickets_stages", "owners"} <= landed.keys()


def test_a_day_later_everything_is_asked_for_again(hourly: Hourly) -> None:
    hourly.bench.clock.tick(23 * 3600)
    assert len(hourly.run()[1]) > 8


def test_the_bin_of_an_object_without_records_is_looked_into_from_its_first_record_on(hourly: Hourly) -> None:
    hourly.run()
    assert hourly.binned() == {"companies", "deals", "tickets"}
    contact = hourly.bench.portal.create("contacts", {"email": "a@b.example"})
    hourly.run()
    assert "contacts" in hourly.binned()
    hourly.bench.portal.archive("contacts", contact)
    landed, _ = hourly.run()
    assert "contacts" in hourly.binned()
    assert landed["contacts"].rows


@pytest.mark.parametrize("bumps", [False, True])
def test_a_record_that_was_restored_comes_back_though_it_does_not_count_as_changed(hourly: Hourly, *, bumps: bool) -> None:
    hourly.bench.portal.knobs.restore_bumps_modified = bumps
    one, other, _ = hourly.bench.portal.ids("companies")
    hourly.bench.portal.archive("companies", one)
    hourly.bench.portal.archive("companies", other)
    hourly.run()
    assert len(names(hourly.bench)) == 1
    hourly.bench.clock.tick(48 * 3600)
    hourly.bench.portal.restore("companies", one)
    hourly.bench.portal.purge("companies", other)
    landed, _ = hourly.run()
    assert len(names(hourly.bench)) == 2
    assert landed["companies"].complete
    hourly.run()
    assert not hourly.bench.asked("/companies/batch/read"), "what was erased is not asked for again"


def test_a_deal_that_was_restored_has_its_client_again(hourly: Hourly) -> None:
    (deal,) = hourly.bench.portal.ids("deals")
    hourly.bench.portal.archive("deals", deal)
    hourly.run()
    hourly.bench.portal.restore("deals", deal)
    hourly.run()
    (line,) = hourly.bench.table(hourly.bench.connect(), "revenue")
    assert line["account_id"] == hourly.bench.portal.ids("companies")[0]


def test_a_new_stage_is_asked_for_as_soon_as_a_record_is_in_it(hourly: Hourly) -> None:
    pipeline = hourly.bench.portal.pipeline("tickets", "Returns", [("Done", {"ticketState": "CLOSED", "isClosed": "true"})])
    assert owners_alone(hourly.run()[1])
    ids = {"hs_pipeline": pipeline.id, "hs_pipeline_stage": pipeline.stages[0].id}
    made = hourly.bench.portal.create("tickets", TICKET | ids)
    _, asked = hourly.run()
    assert [one for one in asked if "pipelines" in one] == ["/crm/v3/pipelines/tickets?"]
    shown = {row["case_id"]: row["status"] for row in hourly.bench.table(hourly.bench.connect(), "cases")}
    assert shown[made] == "closed"


def test_an_owner_who_leaves_is_known_as_inactive_an_hour_later_and_stays_it(hourly: Hourly) -> None:
    ana = next(iter(hourly.bench.portal.owners))
    hourly.bench.portal.deactivate_owner(ana)
    _, asked = hourly.run()
    assert any("archived=true" in one for one in asked)
    assert owners_alone(hourly.run()[1])
    assert {row["owner_id"]: row["active"] for row in hourly.bench.table(hourly.bench.connect(), "owners")}[ana] == "false"


def test_a_property_that_was_deleted_is_noticed_by_its_silence_and_read_anew(hourly: Hourly) -> None:
    one = hourly.bench.portal.ids("companies")[0]
    hourly.bench.person("DELETE", "/crm/v3/properties/companies/eq_stage")
    hourly.bench.portal.update("companies", one, {"name": "N"})
    landed, _ = hourly.run()
    assert not landed["companies"].complete
    assert landed["companies"].problems[0].what == "properties were changed in HubSpot; the next run looks at them anew"
    landed, asked = hourly.run()
    assert len(asked) > 8
    assert "eq_stage" not in landed["companies"].stream.columns
    assert "N" in names(hourly.bench)


def test_a_vendor_that_leaves_empty_values_out_costs_one_call_more_and_no_data(hourly: Hourly) -> None:
    one = hourly.bench.portal.ids("companies")[0]
    hourly.bench.portal.update("companies", one, {"name": "N"})
    held = {"id": one, "properties": {"name": "N"}, "createdAt": "x", "updatedAt": "2026-11-23T12:00:00Z", "archived": False}
    hourly.bench.faults.add(Fault(path="/companies/search", status=200, body={"total": 1, "results": [held]}))
    landed, asked = hourly.run()
    assert landed["companies"].complete
    assert [path for path in asked if "properties" in path] == ["/crm/v3/properties/companies?archived=false"]


def test_a_property_that_the_configuration_wants_now_is_looked_for(hourly: Hourly) -> None:
    hourly.bench.portal.define("companies", {"delai": "number"})
    _, asked = hourly.run(tables={"accounts": {"payment_terms_days": "delai"}})
    assert "/crm/v3/properties/companies?archived=false" in asked


def test_check_and_provision_look_at_the_portal_as_it_is_now(hourly: Hourly) -> None:
    for role in (lambda link: list(link.reader().check()), lambda link: list(link.provisioner().provision(dry_run=False))):
        hourly.run()
        hourly.bench.audit.clear()
        role(hourly.bench.connect(memory=hourly.memory))
        assert hourly.bench.asked("/properties/companies")


def test_after_a_refused_write_nothing_is_believed(hourly: Hourly) -> None:
    one = hourly.bench.portal.ids("companies")[0]
    hourly.bench.person("DELETE", "/crm/v3/properties/companies/eq_level")
    writer = hourly.bench.connect(memory=hourly.memory).writer()
    (receipt,) = writer.write_flags([SetFlags(account=AccountRef(crm="hubspot", id=one), before={}, after={"level": "watch"})])
    assert receipt.outcome == "refused"
    assert len(hourly.run()[1]) > 8


def test_notes_are_private_name_nobody_and_are_not_believed_when_broken(hourly: Hourly) -> None:
    (file,) = hourly.memory.rglob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "Ana" not in file.read_text()
    assert "firm.example" not in file.read_text()
    file.write_text('{"definitions companies": ')
    landed, asked = hourly.run()
    assert len(asked) > 8
    assert landed["companies"].complete


def test_notes_of_the_future_are_not_believed(tmp_path: Path) -> None:
    clock = Clock()
    Remembered(tmp_path, clock, lambda: "1").keep("x", [1])
    assert Remembered(tmp_path, clock, lambda: "1").find("x") == [1]
    assert Remembered(tmp_path, clock, lambda: "2").find("x") is None
    clock.tick(-60)
    assert Remembered(tmp_path, clock, lambda: "1").find("x") is None

"""How many calls a read takes, said before its first page, and what happens when they are not left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from connectors.failures import Denied, QuotaExhausted
from connectors.sandbox.faults import Fault
from sync.afford import afford
from tests.connectors.hubspot.conftest import Bench, watermarks
from tests.connectors.hubspot.rows import DEAL, companies, many_properties

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.contract import Forecast, Landed
    from connectors.hubspot.link import HubspotLink


def read(bench: Bench, link: HubspotLink, since: dict[str, str] | None = None) -> tuple[dict[str, Landed], int, int]:
    """What landed, the calls that were foreseen for it, and those that were made for it."""
    reader = link.reader()
    reader.streams()
    forecast = reader.forecast(since or {}, {})
    before = reader.calls.made
    landed = bench.pull(link, since)
    return landed, forecast.calls, reader.calls.made - before


def furnish(bench: Bench, deals: int = 450, count: int = 130) -> list[str]:
    made = companies(bench, count)
    for place in range(deals):
        bench.portal.create("deals", DEAL, [("companies", made[place % 130], (5,))])
    bench.portal.create("tickets", {"subject": "x", "hs_pipeline_stage": "1"}, [("companies", made[0], (26,))])
    bench.clock.tick(3600)
    return made


@pytest.mark.parametrize("remembers", [False, True])
def test_a_read_in_full_takes_the_calls_that_were_foreseen(bench: Bench, tmp_path: Path, *, remembers: bool) -> None:
    bench.provisioned()
    furnish(bench)
    landed, foreseen, made = read(bench, bench.connect(memory=tmp_path / "memory" if remembers else None))
    assert foreseen == made
    assert all(one.complete for one in landed.values())


def test_a_read_of_changes_takes_the_calls_that_were_foreseen_and_asks_nothing_twice(bench: Bench, tmp_path: Path) -> None:
    bench.provisioned()
    made = furnish(bench)
    since = watermarks(bench.pull(bench.connect(memory=tmp_path)))
    bench.clock.tick(3600)
    for one in bench.portal.ids("deals")[:401]:
        bench.portal.update("deals", one, {"amount": "12"})
    bench.portal.archive("companies", made[5])
    bench.clock.tick(60)
    bench.audit.clear()
    landed, foreseen, calls = read(bench, bench.connect(memory=tmp_path), since)
    assert foreseen == calls
    assert landed["deals"].rows == 401
    searches = [call.path for call in bench.audit.calls if call.path.endswith("/search")]
    assert {kind: searches.count(f"/crm/v3/objects/{kind}/search") for kind in ("companies", "deals", "tickets")} == {
        "companies": 1,
        "deals": 3,
        "tickets": 1,
    }


def test_the_index_is_not_asked_beforehand_what_a_short_list_tells_and_no_page_is_asked_for_twice(bench: Bench) -> None:
    furnish(bench, deals=150)
    link = bench.connect()
    link.reader().streams()
    link.reader().forecast({}, {})
    beforehand = [call.path.removeprefix("/crm/v3/objects/") for call in bench.audit.calls if call.path.endswith("/search")]
    assert {"companies/search", "deals/search"} <= set(beforehand)  # of more than a hundred
    assert "tickets/search" not in beforehand
    bench.pull(link)
    asked = [call.path.removeprefix("/crm/v3/objects/") for call in bench.audit.calls if "archived=true" not in call.query]
    assert [asked.count(one) for one in ("deals", "deals/search", "tickets", "tickets/search")] == [2, 1, 1, 1]


def test_values_that_are_read_by_id_are_foreseen_too(bench: Bench) -> None:
    furnish(bench, deals=5)
    _, foreseen, made = read(bench, bench.connect(tables=many_properties(bench)))
    assert foreseen == made


def test_an_object_that_the_index_does_not_count_is_taken_to_be_as_large_as_what_is_held(bench: Bench) -> None:
    furnish(bench, deals=101)
    link = bench.connect()
    link.reader().streams()
    bench.faults.add(Fault(path="/deals/search", status=502, body="<html>", times=None))
    usual = link.reader().forecast({}, {}).calls
    assert link.reader().forecast({}, {"deals": 5000}).calls == usual + 49 + 5
    assert bench.pull(link)["deals"].complete is False


def test_a_token_that_is_refused_ends_it_before_anything_is_read(bench: Bench) -> None:
    link = bench.connect()
    link.reader().streams()
    bench.faults.add(Fault(path="/objects/companies", status=401, body={"category": "INVALID_AUTHENTICATION"}, times=None))
    with pytest.raises(Denied):
        link.reader().forecast({}, {})


def foreseen(link: HubspotLink, since: dict[str, str] | None = None) -> Forecast:
    link.reader().sign_in()
    link.reader().streams()
    return link.reader().forecast(since or {}, {})


def test_a_day_that_is_nearly_used_up_is_left_to_others_and_nothing_is_listed(bench: Bench) -> None:
    furnish(bench)
    bench.portal.knobs.daily = 100
    link = bench.connect()
    link.reader().sign_in()
    bench.portal.limits.used_today = 60
    forecast = foreseen(link)
    with pytest.raises(QuotaExhausted, match="reading needs about .* left of today's share: nothing was read"):
        afford(link.reader().calls, forecast)
    assert not [call for call in bench.asked("/objects/companies") if call.method == "GET"]


def test_a_read_larger_than_a_run_may_be_is_done_in_parts_the_small_ones_first(bench: Bench, tmp_path: Path) -> None:
    furnish(bench, deals=3000, count=3000)
    since: dict[str, str] = {}
    done: list[set[str]] = []
    for _ in range(3):
        link = bench.connect(memory=tmp_path, calls_per_run=87)
        forecast = foreseen(link, since)
        got: dict[str, Any] = {}
        try:
            afford(link.reader().calls, forecast)
            for landed in link.reader().pull(since, bench.drawer):
                got[landed.stream.name] = landed
        except QuotaExhausted:
            bench.audit.clear()
        since |= watermarks(got)
        done.append({name for name, one in got.items() if one.full and one.complete})
        bench.clock.tick(60)
    assert "companies" in done[0]
    assert "deals" not in done[0]
    assert "deals" in done[1] | done[2]

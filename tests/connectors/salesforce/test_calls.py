"""How many calls a read takes, against the fewest that the interface allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from connectors.salesforce import soql
from tests.connectors.salesforce.stage import rows

if TYPE_CHECKING:
    from tests.connectors.salesforce.stage import Stage


def marks(pulled: dict) -> dict[str, str]:
    return {name: landed.watermark for name, landed in pulled.items() if landed.watermark}


def portfolio(stage: Stage, accounts: int = 30) -> list[str]:
    made = [stage.account(f"Client {number}") for number in range(accounts)]
    for number, account in enumerate(made):
        stage.org.insert(
            "Opportunity", {"AccountId": account, "Name": "Deal", "StageName": "Closed Won", "CloseDate": "2026-05-01", "Amount": number}
        )
        stage.org.insert("Case", {"AccountId": account, "Status": "New"})
    return made


def test_an_increment_takes_at_most_ten_calls_however_many_objects_there_are(ready: Stage) -> None:
    made = portfolio(ready)
    first = ready.pull()
    ready.clock.pass_by(hours=1)
    for account in made[:3]:
        ready.org.update("Account", account, {"Name": "Renamed"})
    ready.audit.clear()
    second = ready.pull(since=marks(first))
    assert len(ready.audit.calls) <= 10
    assert "Renamed" in {row["Name"] for row in rows(second["Account"])}
    assert all(landed.complete for landed in second.values())


def test_a_full_read_takes_its_pages_and_seven_calls_more(ready: Stage) -> None:
    portfolio(ready)
    ready.org.knobs.page_size = 10
    pulled = ready.pull()
    pages = sum(-(-landed.rows // 10) for landed in pulled.values())
    made = ready.asked("/services/")
    assert len(made) <= pages + 7, [f"{call.method} {call.path}?{call.query}" for call in made]


def test_a_server_without_composites_is_asked_one_by_one(ready: Stage) -> None:
    made = portfolio(ready)
    ready.fail(path="/composite", status=404, body=[{"errorCode": "NOT_FOUND", "message": "no"}], times=None)
    first = ready.pull()
    assert len(ready.asked("/composite")) == 1, "once refused, not asked again"
    ready.clock.pass_by(hours=1)
    ready.org.update("Account", made[0], {"Name": "Renamed"})
    second = ready.pull(since=marks(first))
    assert "Renamed" in {row["Name"] for row in rows(second["Account"])}
    assert all(landed.complete for landed in [*first.values(), *second.values()])


def test_a_part_of_a_composite_that_is_refused_is_asked_alone(ready: Stage) -> None:
    portfolio(ready)
    first = ready.pull()
    ready.fail(path="/composite", status=200, body={"compositeResponse": []}, times=None)
    again = ready.pull(since=marks(first))
    assert all(landed.complete for landed in again.values())


def test_a_row_that_changed_while_a_large_read_ran_is_read_by_the_next(stage: Stage) -> None:
    """A job passes one part of the records early and meets stamps of its last minutes in another part."""
    early, late = stage.account("Early"), stage.account("Late")
    began = stage.clock.now
    reader = stage.link(bulk_threshold=1).reader()
    look = stage.naps.append

    def meanwhile(seconds: float) -> None:
        look(seconds)
        stage.clock.pass_by(minutes=30)

    reader._runtime = stage.runtime(sleep=meanwhile)  # type: ignore[attr-defined]
    stage.org.update("Account", late, {"Name": "Late, stamped in the future of the read"}, modified=began.replace(hour=11))
    first = stage.pull(reader)
    assert stage.clock.now > began
    stage.org.update("Account", early, {"Name": "Changed while the job ran"}, modified=began.replace(minute=15))
    mark = first["Account"].watermark
    assert soql.instant(mark.split()[0]) <= began
    again = stage.pull(since={"Account": mark})
    assert "Changed while the job ran" in {row["Name"] for row in rows(again["Account"])}


def foretold(stage: Stage, since: dict[str, str] | None = None, runtime: dict | None = None, **settings: object) -> tuple[int, int]:
    """Calls that were said to come, and those that came."""
    reader = stage.link(runtime, **settings).reader()
    told = reader.forecast(since or {}, {})
    stage.audit.clear()
    stage.pull(reader, since=since)
    return told.calls, len(stage.audit.calls)


def test_the_calls_of_a_full_read_are_told_beforehand(ready: Stage) -> None:
    portfolio(ready)
    told, made = foretold(ready)
    assert told == made > 5


def test_the_calls_of_bulk_jobs_are_told_beforehand(ready: Stage) -> None:
    portfolio(ready)
    told, made = foretold(ready, bulk_threshold=20)
    assert ready.asked("/jobs/query")
    assert told == made


@pytest.mark.parametrize("threshold", [10, 29, 30, 1000])
def test_the_calls_are_told_whatever_goes_through_bulk(ready: Stage, threshold: int) -> None:
    portfolio(ready)
    told, made = foretold(ready, bulk_threshold=threshold)
    assert told == made
    ready.clock.pass_by(hours=1)
    marked = marks(ready.pull())
    assert ready.org.update("Account", ready.org.records("Account")[0]["Id"], {"Name": "Renamed"}) is None
    told, made = foretold(ready, marked, bulk_threshold=threshold)
    assert told == made


def test_the_calls_of_an_increment_are_told_beforehand(ready: Stage) -> None:
    made = portfolio(ready)
    first = ready.pull()
    ready.clock.pass_by(hours=1)
    for account in made:
        ready.org.update("Account", account, {"Name": "Renamed"})
    ready.org.knobs.page_size = 10
    told, asked = foretold(ready, marks(first))
    assert told == asked > 1, "the first ten of thirty came with the forecast"


def test_a_quota_that_no_header_tells_is_asked_for(ready: Stage) -> None:
    ready.org.knobs.limit_info = "absent"
    reader = ready.link().reader()
    reader.forecast({}, {})
    assert reader.calls.quota_max == ready.org.knobs.daily_requests
    assert 0 < ready.org.knobs.daily_requests - (reader.calls.quota_left or 0) < 100
    assert len(ready.asked("/limits")) == 2, "one of them are the sizes of the objects"
    left, made = reader.calls.quota_left or 0, reader.calls.made
    ready.pull(reader)
    assert left - (reader.calls.quota_left or 0) == reader.calls.made - made > 0


def test_a_quota_that_nobody_shows_hinders_nothing(ready: Stage) -> None:
    ready.org.knobs.limit_info = "absent"
    ready.fail(path="/v66.0/limits", status=403, body=[{"errorCode": "INSUFFICIENT_ACCESS", "message": "no"}], times=None)
    reader = ready.link().reader()
    reader.forecast({}, {})
    assert reader.calls.quota_max is None

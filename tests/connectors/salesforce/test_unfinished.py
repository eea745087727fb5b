"""A Bulk read that a run did not live to finish, and the run after it."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

import pytest

from connectors.failures import QuotaExhausted
from tests.connectors.salesforce.stage import Landing, rows

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.contract import Landed
    from tests.connectors.salesforce.stage import Stage

LIMITS = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]


def accounts(stage: Stage) -> Landed:
    """A run with a folder that outlives it."""
    reader = stage.link({"memory": stage.folder / "memory"}, bulk_threshold=10).reader()
    return stage.pull(reader)["Account"]


def kept(stage: Stage) -> list[Path]:
    return sorted((stage.folder / "memory" / "salesforce").iterdir())


def jobs(stage: Stage) -> int:
    return sum(call.method == "POST" and call.path.endswith("/jobs/query") for call in stage.audit.calls)


def cut_off(stage: Stage, count: int = 25, **fault: Any) -> set[str]:
    """An org of several pages, and a run that ends at the third."""
    stage.org.knobs.bulk_page = 10
    made = {stage.account(f"Client {number}") for number in range(count)}
    stage.fail(**{"path": "/results", "status": 403, "body": LIMITS, "skip": 2, "times": 1, **fault})
    with pytest.raises(QuotaExhausted):
        accounts(stage)
    stage.audit.clear()
    return made


def test_the_next_run_goes_on_with_the_job_and_the_page_where_the_last_one_stopped(stage: Stage) -> None:
    made = cut_off(stage)
    landed = accounts(stage)
    assert {row["Id"] for row in rows(landed)} == made
    assert landed.complete
    assert jobs(stage) == 0
    assert len(stage.asked("/results")) == 1
    assert kept(stage) == []


def test_what_changed_since_the_job_was_made_is_read_beside_it(stage: Stage) -> None:
    made = cut_off(stage)
    stage.clock.pass_by(hours=1)
    first = min(made)
    stage.org.update("Account", first, {"Name": "Renamed meanwhile"})
    late = stage.account("New meanwhile")
    landed = accounts(stage)
    found = rows(landed)
    assert {row["Id"] for row in found} == made | {late}
    newest = max((row for row in found if row["Id"] == first), key=lambda row: row["SystemModstamp"])
    assert newest["Name"] == "Renamed meanwhile"
    assert landed.complete


def test_pages_that_wait_are_private_and_moved_when_they_are_all_there(stage: Stage) -> None:
    cut_off(stage)
    waiting = kept(stage)
    assert len(waiting) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in waiting} == {0o600}
    assert stat.S_IMODE(waiting[0].parent.stat().st_mode) == 0o700
    assert not any(b"sid" in file.read_bytes() or b"Bearer" in file.read_bytes() for file in waiting)
    landed = accounts(stage)
    assert all("landing" in str(file.parent) for file in landed.files)


def test_after_six_hours_a_job_is_forgotten_with_its_pages(stage: Stage) -> None:
    made = cut_off(stage)
    stage.clock.pass_by(hours=6)
    assert {row["Id"] for row in rows(accounts(stage))} == made
    assert jobs(stage) == 1
    assert kept(stage) == []


@pytest.mark.parametrize("status", [404, 409])
def test_a_job_that_salesforce_no_longer_knows_is_made_anew(stage: Stage, status: int) -> None:
    made = cut_off(stage)
    stage.fail(path=r"/jobs/query/\w+$", method="GET", status=status, body=[{"errorCode": "NOT_FOUND", "message": "x"}])
    assert {row["Id"] for row in rows(accounts(stage))} == made
    assert jobs(stage) == 1


def test_a_locator_that_died_makes_the_job_anew_without_doubling_its_pages(stage: Stage) -> None:
    made = cut_off(stage)
    stage.fail(path="/results", status=400, body=[{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}])
    found = [row["Id"] for row in rows(accounts(stage))]
    assert sorted(found) == sorted(made)


@pytest.mark.parametrize("damage", ["note", "page", "cut"])
def test_what_was_damaged_meanwhile_is_read_anew(stage: Stage, damage: str) -> None:
    made = cut_off(stage)
    note = next(file for file in kept(stage) if file.suffix == ".json")
    page = next(file for file in kept(stage) if file.suffix != ".json")
    if damage == "note":
        note.write_text(note.read_text()[:20])
    elif damage == "page":
        page.unlink()
    else:
        page.write_bytes(page.read_bytes()[:50])
    found = [row["Id"] for row in rows(accounts(stage))]
    assert sorted(found) == sorted(made)


def test_an_org_that_falls_silent_leaves_its_job_for_the_next_run(stage: Stage) -> None:
    stage.org.knobs.bulk_page = 10
    made = {stage.account(f"Client {number}") for number in range(25)}
    stage.fail(path="/results", status=503, body="<html/>", skip=1, times=None)
    assert not accounts(stage).complete
    stage.faults.clear()
    stage.audit.clear()
    assert {row["Id"] for row in rows(accounts(stage))} == made
    assert jobs(stage) == 0


def test_without_a_folder_nothing_is_kept(stage: Stage) -> None:
    stage.org.knobs.bulk_page = 10
    made = {stage.account(f"Client {number}") for number in range(25)}
    stage.fail(path="/results", status=403, body=LIMITS, skip=2)
    reader = stage.link(bulk_threshold=10).reader()
    place = stage.folder / "landing-x"
    place.mkdir()
    with pytest.raises(QuotaExhausted):
        list(reader.pull({}, Landing(place)))
    assert any(call.method == "DELETE" for call in stage.audit.calls)
    assert {row["Id"] for row in rows(stage.pull(bulk_threshold=10)["Account"])} == made

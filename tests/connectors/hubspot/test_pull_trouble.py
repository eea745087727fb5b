"""A portal that fails, repeats itself or hides something while it is read."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from connectors.failures import Denied, QuotaExhausted
from connectors.hubspot import pull
from connectors.sandbox.faults import Fault
from tests.connectors.hubspot.conftest import Bench, watermarks
from tests.connectors.hubspot.rows import DEAL, companies, many_properties, names


def test_a_missing_page_makes_the_pull_incomplete_and_keeps_the_watermark(bench: Bench) -> None:
    companies(bench, 250)
    bench.clock.tick(60)
    page = {
        "results": [{"id": "1", "properties": {"name": "A"}, "createdAt": "x", "updatedAt": "2026-01-01T00:00:00Z", "archived": False}]
        * 100
    }
    bench.faults.add(Fault(path=r"/objects/companies\?.*after=", status=200, body=page))
    landed = bench.pull(bench.connect())["companies"]
    assert not landed.complete
    assert landed.watermark is None
    assert "101 records were listed and the index counts 250" in landed.problems[0].what


def test_an_empty_first_page_is_not_believed_when_the_index_knows_of_records(bench: Bench) -> None:
    companies(bench, 3)
    bench.clock.tick(60)
    bench.faults.add(Fault(path=r"/objects/companies\?", status=200, body={"results": []}))
    landed = bench.pull(bench.connect())["companies"]
    assert (landed.rows, landed.complete) == (0, False)


def test_a_record_that_two_pages_show_counts_once(bench: Bench) -> None:
    companies(bench, 250)
    bench.clock.tick(60)
    bench.faults.add(Fault(path=r"/objects/companies\?.*after=", effects=("repeat",), times=None))
    assert bench.pull(bench.connect())["companies"].complete
    assert len(bench.mirror.rows("SELECT * FROM raw_hubspot.companies")) == 250


def test_short_pages_are_no_end(bench: Bench) -> None:
    companies(bench, 120)
    bench.faults.add(Fault(path=r"/objects/companies\?", effects=("short_page:7",), times=5))
    assert bench.pull(bench.connect())["companies"].rows == 120


def test_a_page_that_comes_again_ends_the_list_instead_of_looping(bench: Bench) -> None:
    companies(bench, 150)
    page = {"results": [], "paging": {"next": {"after": "7"}}}
    bench.faults.add(Fault(path=r"/objects/companies\?", status=200, body=page, times=None))
    landed = bench.pull(bench.connect())["companies"]
    assert not landed.complete


@pytest.mark.parametrize("failing", ["/objects/companies.*after=", "/associations/deals/companies", "no path"])
def test_long_lists_are_read_one_after_another_where_pages_come_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    monkeypatch.setattr(pull, "LEAD", 2)
    monkeypatch.setattr(pull, "WAITING", 1e9)  # however long a page takes, it comes at once
    companies(bench, 350)
    for _ in range(350):
        bench.portal.create("deals", DEAL)
    bench.faults.add(Fault(path=failing, status=400, body={"category": "VALIDATION_ERROR"}, times=None))
    bench.clock.tick(60)
    link = bench.connect()
    link.reader().streams()
    link.reader().forecast({}, {})
    bench.audit.clear()
    landed = bench.pull(link)
    asked = [call.path.rsplit("/", 1)[-1] for call in bench.audit.calls if "after=" in call.query]
    for kind in ("companies", "deals"):
        asked.remove(kind)  # the second page is still its beginning
    assert asked == sorted(asked)
    assert [landed[kind].complete for kind in ("companies", "deals")] == ["companies." not in failing, "deals" not in failing]


def test_cursors_that_lead_in_a_circle_end_the_list_instead_of_looping(bench: Bench) -> None:
    companies(bench, 150)
    for at, to in ((r"companies\?(?!.*after)", "7"), ("after=7", "8"), ("after=8", "7")):
        bench.faults.add(Fault(path=at, status=200, body={"results": [], "paging": {"next": {"after": to}}}, times=None))
    assert not bench.pull(bench.connect())["companies"].complete


def test_an_association_page_that_comes_again_leaves_the_object_incomplete(bench: Bench) -> None:
    (one,) = companies(bench, 1)
    deal = bench.portal.create("deals", DEAL, [("companies", one, (5,))])
    row = {"from": {"id": deal}, "to": [{"toObjectId": int(one), "associationTypes": []}], "paging": {"next": {"after": "5"}}}
    bench.faults.add(Fault(path="/associations/deals/companies/batch/read", status=200, body={"results": [row]}, times=None))
    landed = bench.pull(bench.connect())
    assert not landed["deals"].complete
    assert landed["companies"].complete


def test_a_proxy_that_takes_shorter_urls_than_hubspot_gets_the_properties_in_a_body(bench: Bench) -> None:
    companies(bench, 120)
    bench.faults.add(Fault(path=r"/objects/companies\?.*properties=name", status=414, body="<html>414</html>", times=None))
    landed = bench.pull(bench.connect())["companies"]
    assert (landed.rows, landed.complete) == (120, True)
    assert len(names(bench)) == 120


def test_an_object_that_the_plan_lacks_is_left_out_and_the_run_is_complete(bench: Bench) -> None:
    companies(bench, 1)
    bench.faults.add(Fault(path="/tickets", status=403, body={"status": "error", "message": "no access to tickets"}, times=None))
    link = bench.connect()
    assert all(one.complete for one in bench.pull(link).values())
    assert [one.what for one in link.reader().missing() if one.where == "hubspot tickets"] == [
        "not read: closed to this key or plan (HTTP 403)"
    ]


def test_one_object_that_fails_leaves_the_others_whole(bench: Bench) -> None:
    companies(bench, 2)
    bench.portal.create("deals", DEAL)
    bench.faults.add(Fault(path="/objects/deals", status=502, body="<html>Bad gateway</html>", times=None))
    landed = bench.pull(bench.connect())
    assert not landed["deals"].complete
    assert landed["companies"].complete
    assert landed["companies"].rows == 2


def test_a_scope_that_is_taken_away_leaves_its_object_incomplete_with_the_scope_named(bench: Bench) -> None:
    companies(bench, 1)
    body = {"category": "MISSING_SCOPES", "errors": [{"context": {"requiredGranularScopes": ["crm.objects.deals.read"]}}]}
    bench.faults.add(Fault(path=r"/objects/deals\?", status=403, body=body))
    landed = bench.pull(bench.connect())
    assert "crm.objects.deals.read" in landed["deals"].problems[0].what
    assert landed["companies"].complete


def test_records_that_could_not_be_read_by_id_make_the_pull_incomplete(bench: Bench) -> None:
    (one,) = companies(bench, 1)
    bench.clock.tick(3600)
    link = bench.connect(tables=many_properties(bench))
    since = watermarks(bench.pull(link))
    bench.clock.tick(3600)
    bench.portal.update("companies", one, {"name": "N"})
    bench.clock.tick(60)
    body = {"results": [], "numErrors": 1, "errors": [{"category": "VALIDATION_ERROR", "context": {"ids": [one]}}]}
    bench.faults.add(Fault(path="/objects/companies/batch/read", status=207, body=body))
    landed = bench.pull(link, since)["companies"]
    assert not landed.complete
    assert landed.watermark == since["companies"]


def test_a_record_that_vanished_between_search_and_read_is_no_failure(bench: Bench) -> None:
    (one,) = companies(bench, 1)
    bench.clock.tick(3600)
    link = bench.connect(tables=many_properties(bench))
    since = watermarks(bench.pull(link))
    bench.clock.tick(3600)
    bench.portal.update("companies", one, {"name": "N"})
    bench.portal.knobs.search_lag = 600
    bench.clock.tick(60)
    bench.portal.archive("companies", one)
    landed = bench.pull(link, since)["companies"]
    assert landed.complete
    assert names(bench) == set()


def test_owners_or_stages_that_fail_leave_the_rest_whole(bench: Bench) -> None:
    companies(bench, 1)
    bench.faults.add(Fault(path="/owners", status=502, body="", times=None))
    landed = bench.pull(bench.connect())
    assert not landed["owners"].complete
    assert landed["companies"].complete
    assert landed["deals_stages"].complete


def test_an_object_without_scope_is_left_out_and_told(bench: Bench) -> None:
    companies(bench, 1)
    scopes = [f"crm.objects.{name}.read" for name in ("companies", "deals", "contacts", "owners", "tickets")]
    link = bench.connect(access_token=bench.portal.token(scopes))
    landed = bench.pull(link)
    assert "invoices" not in landed
    assert [problem.what for problem in link.reader().missing() if "invoices" in problem.where] == [
        "not read: the scope crm.objects.invoices.read is not granted"
    ]


def test_companies_that_cannot_be_read_end_the_pull(bench: Bench) -> None:
    link = bench.connect(access_token=bench.portal.token(["crm.objects.deals.read"]))
    with pytest.raises(Denied, match="crm.objects.companies.read"):
        bench.pull(link)


def test_a_used_up_quota_ends_the_pull_cleanly_and_what_was_whole_is_kept(bench: Bench) -> None:
    companies(bench, 2)
    limit = {"status": "error", "message": "You have reached your daily limit.", "policyName": "DAILY", "category": "RATE_LIMITS"}
    bench.faults.add(Fault(path="/objects/tickets", status=429, body=limit, times=None))
    got: dict[str, Any] = {}
    pulling = bench.connect().reader().pull({}, bench.drawer)
    with pytest.raises(QuotaExhausted):
        got.update((landed.stream.name, landed) for landed in pulling)
    assert all(landed.complete for landed in got.values())


def test_a_reader_that_is_left_half_way_stops_its_threads(bench: Bench) -> None:
    companies(bench, 300)
    pulling = bench.connect().reader().pull({}, bench.drawer)
    next(pulling)
    pulling.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor")]


@pytest.mark.parametrize("version", ["v3", "2026-03"])
def test_a_missing_owners_scope_is_told_as_missing_and_makes_no_run_incomplete(bench: Bench, version: str) -> None:
    companies(bench, 1)
    scopes = [f"crm.objects.{name}.read" for name in ("companies", "deals", "contacts", "tickets", "invoices")]
    link = bench.connect(access_token=bench.portal.token(scopes), api_version=version)
    landed = bench.pull(link)
    assert all(one.complete for one in landed.values())
    assert {stream.name for stream in link.reader().streams()} == landed.keys()
    assert "owners" not in landed
    assert "owners" not in {table.name for table in link.reader().tables()}
    assert ["crm.objects.owners.read" in problem.what for problem in link.reader().missing() if problem.where == "hubspot owners"] == [True]

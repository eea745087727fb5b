"""A portal into the mirror: in full, since a watermark, and when something goes wrong."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from connectors.contract import Denied, QuotaExhausted, SetFlags
from connectors.hubspot.tables import canonical
from connectors.sandbox.faults import Fault
from rules.model import AccountRef
from tests.connectors.hubspot.conftest import Bench, watermarks

DEAL = {"dealname": "x", "dealstage": "closedwon", "pipeline": "default", "amount": "10"}


def companies(bench: Bench, count: int) -> list[str]:
    return [bench.portal.create("companies", {"name": f"C{index}"}) for index in range(count)]


def names(bench: Bench) -> set[str | None]:
    return {row["name"] for row in bench.mirror.rows("SELECT name FROM raw_hubspot.companies WHERE archived <> 'true'")}


def test_a_full_pull_mirrors_every_record_over_several_pages(bench: Bench) -> None:
    companies(bench, 250)
    bench.clock.tick(60)
    landed = bench.pull(bench.connect())
    assert landed["companies"].rows == 250
    assert landed["companies"].full
    assert landed["companies"].complete
    assert len(names(bench)) == 250


@pytest.mark.parametrize("version", ["v3", "2026-03"])
def test_both_url_families_give_the_same_mirror(bench: Bench, version: str) -> None:
    (one,) = companies(bench, 1)
    bench.portal.create("deals", DEAL, [("companies", one, (5,))])
    link = bench.connect(api_version=version)
    bench.pull(link)
    assert bench.table(link, "revenue")[0]["account_id"] == one
    assert all(("2026-03" in call.path) == (version == "2026-03") for call in bench.audit.calls)


def test_no_name_address_or_text_of_a_person_is_landed(bench: Bench) -> None:
    (one,) = companies(bench, 1)
    bench.portal.create(
        "contacts",
        {"firstname": "Camille", "lastname": "Dupont", "email": "camille@client.example", "jobtitle": "PDG"},
        [("companies", one, ())],
    )
    bench.portal.create(
        "tickets", {"subject": "Votre incompétence", "content": "honteux", "hs_pipeline_stage": "1"}, [("companies", one, ())]
    )
    bench.portal.create("tasks", {"hs_task_subject": "Rappeler Camille", "hs_task_body": "privé", "hs_timestamp": "2026-11-24T09:00:00Z"})
    bench.provisioned()
    bench.clock.tick(60)
    bench.pull(bench.connect())
    written = b"".join(file.read_bytes() for file in bench.drawer.directory.iterdir()).decode()
    assert not [word for word in ("Camille", "Dupont", "camille@", "incompétence", "honteux", "privé") if word in written]
    assert "PDG" in written


def test_a_second_pull_reads_only_what_changed(bench: Bench) -> None:
    ids = companies(bench, 150)
    bench.clock.tick(3600)
    link = bench.connect()
    since = watermarks(bench.pull(link))
    bench.clock.tick(3600)
    bench.portal.update("companies", ids[7], {"name": "Changed"})
    bench.clock.tick(60)
    bench.audit.clear()
    landed = bench.pull(link, since)
    assert landed["companies"].rows == 1
    assert not landed["companies"].full
    assert "Changed" in names(bench)
    assert not [call for call in bench.audit.calls if call.path.endswith("/objects/companies") and "archived=false" in call.query]


def test_the_watermark_is_the_end_of_the_window_and_not_the_newest_stamp_seen(bench: Bench) -> None:
    companies(bench, 1)
    bench.clock.tick(7200)
    began = int(bench.clock.now.timestamp() * 1000)
    landed = bench.pull(bench.connect())
    assert landed["companies"].watermark == f"{began + 1000} 145302917", "a Date header is cut to the second, which is let run out"


def test_the_servers_date_and_not_our_clock_ends_the_window(bench: Bench) -> None:
    companies(bench, 1)
    bench.faults.add(Fault(headers={"Date": "Mon, 23 Nov 2026 08:00:00 GMT"}, times=None))
    landed = bench.pull(bench.connect())
    assert landed["companies"].watermark == "1795420801000 145302917", "the second of the header runs out"


def test_another_portals_watermark_is_not_believed(bench: Bench) -> None:
    companies(bench, 3)
    bench.clock.tick(3600)
    link = bench.connect()
    since = {name: mark.replace("145302917", "7") for name, mark in watermarks(bench.pull(link)).items()}
    assert bench.pull(link, since)["companies"].full


def test_a_lagging_index_loses_nothing_thanks_to_the_overlap(bench: Bench) -> None:
    ids = companies(bench, 2)
    bench.portal.knobs.search_lag = 120
    bench.clock.tick(3600)
    link = bench.connect()
    since = watermarks(bench.pull(link))
    bench.clock.tick(3600)
    bench.portal.update("companies", ids[0], {"name": "Late"})
    bench.clock.tick(30)
    since = watermarks(bench.pull(link, since))
    assert "Late" not in names(bench)
    bench.clock.tick(300)
    bench.pull(link, since)
    assert "Late" in names(bench)


def test_contacts_are_searched_by_their_own_modification_date(bench: Bench) -> None:
    (one,) = companies(bench, 1)
    contact = bench.portal.create("contacts", {"email": "a@b.example", "jobtitle": "Acheteur"}, [("companies", one, ())])
    bench.clock.tick(3600)
    link = bench.connect()
    since = watermarks(bench.pull(link))
    bench.clock.tick(3600)
    bench.portal.update("contacts", contact, {"jobtitle": "Directeur"})
    bench.clock.tick(60)
    bench.pull(link, since)
    assert bench.table(link, "contacts")[0]["title"] == "Directeur"


def test_an_archived_record_is_seen_although_search_never_shows_it(bench: Bench) -> None:
    ids = companies(bench, 3)
    bench.clock.tick(3600)
    link = bench.connect()
    since = watermarks(bench.pull(link))
    bench.portal.archive("companies", ids[1])
    bench.clock.tick(3600)
    bench.pull(link, since)
    assert {row["account_id"] for row in bench.table(link, "accounts")} == {ids[0], ids[2]}
    assert len(bench.mirror.rows("SELECT * FROM raw_hubspot.companies")) == 3


def test_a_record_that_was_erased_is_gone_after_a_full_pull(bench: Bench) -> None:
    ids = companies(bench, 2)
    link = bench.connect()
    bench.pull(link)
    bench.portal.purge("companies", ids[0])
    bench.clock.tick(60)
    bench.pull(link)
    assert len(bench.mirror.rows("SELECT * FROM raw_hubspot.companies")) == 1


def test_a_merged_company_vanishes_and_its_deals_count_for_the_survivor(bench: Bench) -> None:
    winner, loser = companies(bench, 2)
    deal = bench.portal.create("deals", DEAL | {"closedate": "2026-11-01T10:00:00Z"}, [("companies", loser, (5,))])
    bench.clock.tick(3600)
    link = bench.connect()
    since = watermarks(bench.pull(link))
    bench.clock.tick(3600)
    survivor = bench.portal.merge("companies", winner, loser)
    bench.clock.tick(60)
    bench.pull(link, since)
    assert [row["account_id"] for row in bench.table(link, "accounts")] == [survivor]
    assert [(row["line_id"], row["account_id"]) for row in bench.table(link, "revenue")] == [(deal, survivor)]


def test_a_company_that_was_taken_off_a_deal_does_not_linger(bench: Bench) -> None:
    (one,) = companies(bench, 1)
    deal = bench.portal.create("deals", DEAL, [("companies", one, (5,))])
    bench.clock.tick(3600)
    link = bench.connect()
    since = watermarks(bench.pull(link))
    bench.clock.tick(3600)
    bench.portal.dissociate("deals", deal, "companies", one)
    bench.portal.update("deals", deal, {"amount": "11"})
    bench.clock.tick(60)
    bench.pull(link, since)
    assert bench.table(link, "pipeline")[0]["account_id"] is None


def test_more_associations_than_one_page_are_read(bench: Bench) -> None:
    bench.portal.knobs.association_page = 1
    first, second, third = companies(bench, 3)
    bench.portal.create("deals", DEAL, [("companies", first, ()), ("companies", second, ()), ("companies", third, (5,))])
    link = bench.connect()
    bench.pull(link)
    assert bench.mirror.rows("SELECT to_id, number FROM raw_hubspot.deals_companies") == [{"to_id": third, "number": "3"}]


def test_two_thousand_records_take_two_association_calls_and_no_single_get(bench: Bench) -> None:
    (one,) = companies(bench, 1)
    for _ in range(1200):
        bench.portal.create("deals", DEAL, [("companies", one, (5,))])
    bench.pull(bench.connect())
    assert len(bench.asked("/associations/deals/companies")) == 2
    assert not [call for call in bench.audit.calls if call.path.rsplit("/", 1)[-1].isdigit()]


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


def test_our_own_flags_are_read_back_and_then_echo_no_more(bench: Bench) -> None:
    link = bench.provisioned()
    (one, *_) = companies(bench, 3)
    bench.clock.tick(3600)
    since = watermarks(bench.pull(link))
    place = AccountRef(crm="hubspot", id=one)
    list(link.writer().write_flags([SetFlags(account=place, before={"level": None}, after={"level": "watch"})]))
    bench.clock.tick(3600)
    landed = bench.pull(link, since)
    assert landed["companies"].rows == 1
    assert {row["level"] for row in bench.table(link, "flags") if row["account_id"] == one} == {"watch"}
    bench.clock.tick(3600)
    assert bench.pull(link, watermarks(landed))["companies"].rows == 0


def test_a_page_that_comes_again_ends_the_list_instead_of_looping(bench: Bench) -> None:
    companies(bench, 150)
    page = {"results": [], "paging": {"next": {"after": "7"}}}
    bench.faults.add(Fault(path=r"/objects/companies\?", status=200, body=page, times=None))
    landed = bench.pull(bench.connect())["companies"]
    assert not landed.complete


def test_one_object_that_fails_leaves_the_others_whole(bench: Bench) -> None:
    companies(bench, 2)
    bench.portal.create("deals", DEAL)
    bench.faults.add(Fault(path="/objects/deals", status=502, body="<html>Bad gateway</html>", times=None))
    landed = bench.pull(bench.connect())
    assert not landed["deals"].complete
    assert landed["companies"].complete
    assert landed["companies"].rows == 2


@pytest.mark.parametrize("order", ["numeric", "text"])
def test_many_changes_are_all_found_however_the_index_orders_ids(bench: Bench, order: Any) -> None:
    bench.portal.knobs.id_order = order
    ids = companies(bench, 450)
    bench.clock.tick(3600)
    link = bench.connect()
    since = watermarks(bench.pull(link))
    bench.clock.tick(3600)
    for one in ids:
        bench.portal.update("companies", one, {"name": "N"})
    bench.clock.tick(60)
    landed = bench.pull(link, since)["companies"]
    assert (landed.rows, landed.complete) == (450, True)
    assert names(bench) == {"N"}


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
    link = bench.connect()
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
    link = bench.connect()
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


def test_many_properties_do_not_make_the_url_too_long(bench: Bench) -> None:
    wanted = {f"a_rather_long_property_name_number_{index:03d}": "string" for index in range(200)}
    bench.portal.define("companies", wanted)
    one = bench.portal.create("companies", {"name": "C", "a_rather_long_property_name_number_007": "seven"})
    columns = [name for name in canonical()["accounts"] if name not in {"source", "account_id"}]
    tables = {f"part{part}": {"object": "companies", **dict(zip(columns, list(wanted)[part * 30 :], strict=False))} for part in range(7)}
    link = bench.connect(tables=tables)
    bench.pull(link)
    assert bench.mirror.rows("SELECT id, a_rather_long_property_name_number_007 AS seven FROM raw_hubspot.companies") == [
        {"id": one, "seven": "seven"}
    ]
    assert max(len(call.query) for call in bench.audit.calls) < 8000


# ---------------------------------------------------------------- our tasks


def test_only_our_own_tasks_are_mirrored(bench: Bench) -> None:
    link = bench.provisioned()
    (one,) = companies(bench, 1)
    bench.portal.create("tasks", {"hs_task_subject": "Privé", "hs_timestamp": "2026-11-24T09:00:00Z"}, [("companies", one, ())])
    ours = bench.portal.create(
        "tasks",
        {
            "hs_task_subject": "Faire le point",
            "hs_timestamp": "2026-11-30T08:00:00Z",
            "equilibre_key": "eq1-1",
            "equilibre_mark": "DEP-01|T-02|alert|2026-11-22",
        },
        [("companies", one, ())],
    )
    bench.clock.tick(60)
    bench.pull(link)
    assert [row["task_id"] for row in bench.table(link, "tasks")] == [ours]
    assert "Privé" not in json.dumps(bench.mirror.rows("SELECT * FROM raw_hubspot.tasks"))


def test_a_task_of_ours_that_a_person_deleted_stays_known(bench: Bench) -> None:
    link = bench.provisioned()
    ours = bench.portal.create("tasks", {"hs_task_subject": "x", "hs_timestamp": "2026-11-30T08:00:00Z", "equilibre_key": "eq1-1"})
    bench.portal.archive("tasks", ours)
    bench.clock.tick(60)
    bench.pull(link)
    row = bench.table(link, "tasks")[0]
    assert (row["key"], row["is_deleted"], row["is_closed"]) == ("eq1-1", "true", "true")


def test_where_tasks_take_no_property_ours_are_known_by_the_line_in_their_text(bench: Bench) -> None:
    scopes = [f"crm.objects.{name}.{verb}" for name in ("companies", "deals", "contacts") for verb in ("read", "write")]
    token = bench.portal.token([*scopes, "crm.schemas.companies.write", "crm.schemas.companies.read"])
    list(bench.connect(access_token=token).provisioner().provision(dry_run=False))
    one = bench.portal.create("companies", {"name": "C", "eq_run": "r1"})
    body = "Appeler.\n\n[equilibre:eq1-77 DEP-01|T-02|alert|2026-11-22]"
    bench.portal.create(
        "tasks", {"hs_task_subject": "Privé", "hs_task_body": "rien", "hs_timestamp": "2026-11-30T08:00:00Z"}, [("companies", one, ())]
    )
    bench.portal.create(
        "tasks",
        {"hs_task_subject": "Faire le point", "hs_task_body": body, "hs_timestamp": "2026-11-30T08:00:00Z"},
        [("companies", one, ())],
    )
    bench.clock.tick(60)
    link = bench.connect(access_token=token)
    bench.pull(link)
    row = bench.table(link, "tasks")[0]
    assert (row["key"], row["mark"], row["account_id"]) == ("eq1-77", "DEP-01|T-02|alert|2026-11-22", one)
    assert "Privé" not in json.dumps(bench.mirror.rows("SELECT * FROM raw_hubspot.tasks"))

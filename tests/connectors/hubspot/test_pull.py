"""A portal into the mirror: in full, and since a watermark."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.contract import SetFlags
from connectors.sandbox.faults import Fault
from rules.model import AccountRef
from tests.connectors.hubspot.conftest import Bench, watermarks
from tests.connectors.hubspot.rows import DEAL, companies, many_properties, names


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
    assert [(row["line_id"], row["account_id"]) for row in bench.table(link, "revenue")] == [(f"0-3:{deal}", survivor)]


@pytest.mark.parametrize("makes_new_id", [False, True])
def test_a_merged_deal_contact_or_record_of_the_portals_own_counts_once(bench: Bench, *, makes_new_id: bool) -> None:
    bench.portal.knobs.merge_makes_new_id = makes_new_id
    bench.portal.define("orders", {"le": "date"})
    kinds = {"deals": DEAL, "contacts": {"email": "a@b.example"}, "orders": {"le": "2026-11-02"}}
    pairs = {
        kind: [bench.portal.create(kind, {**given, **({"email": f"{n}@b.example"} if kind == "contacts" else {})}) for n in (1, 2)]
        for kind, given in kinds.items()
    }
    bench.clock.tick(3600)
    link = bench.connect(tables={"orders": {"object": "orders", "ordered_at": "le"}})
    since = watermarks(bench.pull(link))
    bench.clock.tick(3600)
    survivors = {kind: bench.portal.merge(kind, *pair) for kind, pair in pairs.items()}
    bench.clock.tick(60)
    bench.pull(link, since)
    assert [row["line_id"] for row in bench.table(link, "revenue")] == [f"0-3:{survivors['deals']}"]
    assert [row["contact_id"] for row in bench.table(link, "contacts")] == [survivors["contacts"]]
    assert [row["order_id"] for row in bench.table(link, "orders")] == [survivors["orders"]]


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


def test_many_properties_do_not_make_the_url_too_long(bench: Bench) -> None:
    tables = many_properties(bench)
    one = bench.portal.create("companies", {"name": "C", "a_rather_long_property_name_number_007": "seven"})
    link = bench.connect(tables=tables)
    bench.pull(link)
    assert bench.mirror.rows("SELECT id, a_rather_long_property_name_number_007 AS seven FROM raw_hubspot.companies") == [
        {"id": one, "seven": "seven"}
    ]
    assert max(len(call.query) for call in bench.audit.calls) < 8000

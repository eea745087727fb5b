"""What the portal does by itself over a record's life: stages, currencies, completion, merge, erasure, restore."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.connectors.sandbox_hubspot.conftest import START

if TYPE_CHECKING:
    from tests.connectors.sandbox_hubspot.conftest import Bench


# ---------------------------------------------------------------- values that follow


def test_a_deal_knows_whether_it_is_won_from_its_stage_not_its_name(bench: Bench) -> None:
    stages = [("Devis", {"isClosed": "false", "probability": "0.3"}), ("Signé", {"isClosed": "true", "probability": "1.0"})]
    pipeline = bench.portal.pipeline("deals", "Travaux", stages)
    deal = bench.portal.create(
        "deals", {"dealname": "D", "dealstage": pipeline.stages[0].id, "amount": "50"}, created=START - timedelta(days=9)
    )
    before = bench.portal.get("deals", deal)
    assert (before["pipeline"], before["hs_is_closed"], before["hs_is_closed_won"]) == (pipeline.id, "false", "false")
    assert (before["hs_deal_stage_probability"], before["hs_closed_amount"]) == ("0.3", "0")
    bench.http("PATCH", f"/crm/v3/objects/deals/{deal}", {"properties": {"dealstage": pipeline.stages[1].id}})
    after = bench.portal.get("deals", deal)
    assert (after["hs_is_closed_won"], after["hs_is_closed_lost"], after["hs_closed_amount"]) == ("true", "false", "50")
    assert after["closedate"] == after[f"hs_v2_date_entered_{pipeline.stages[1].id}"] == "2026-11-23T09:00:00.000Z"
    assert after[f"hs_v2_date_entered_{pipeline.stages[0].id}"] == "2026-11-14T09:00:00.000Z"


def test_a_foreign_amount_is_converted_at_the_current_rate_and_unknown_without_one(bench: Bench) -> None:
    bench.portal.exchange_rate("USD", "0.95", START - timedelta(days=30))
    bench.portal.exchange_rate("USD", "0.90", START - timedelta(days=1))
    bench.portal.exchange_rate("GBP", "1.20", START - timedelta(days=1))
    bench.portal.rates.pop()
    made = {}
    for currency in ("USD", "GBP", "EUR", ""):
        values = {"dealname": "D", "dealstage": "closedwon", "amount": "1000", "deal_currency_code": currency}
        made[currency] = bench.portal.get("deals", bench.portal.create("deals", values))
    assert (made["USD"]["hs_exchange_rate"], made["USD"]["amount_in_home_currency"]) == ("0.9", "900")
    assert made["USD"]["hs_closed_amount_in_home_currency"] == "900"
    assert "amount_in_home_currency" not in made["GBP"]
    assert made["EUR"]["amount_in_home_currency"] == made[""]["amount_in_home_currency"] == "1000"
    assert "deal_currency_code" not in made[""]


def test_a_currency_that_the_portal_does_not_have_is_refused(bench: Bench) -> None:
    body = {"properties": {"dealname": "D", "dealstage": "closedwon", "deal_currency_code": "USD"}}
    assert bench.http.post("/crm/v3/objects/deals", body).json()["errors"][0]["code"] == "INVALID_OPTION"
    bench.portal.exchange_rate("USD", "0.95", START)
    assert bench.http.post("/crm/v3/objects/deals", body).status_code == 201


def test_a_ticket_is_timed_from_creation_to_the_closed_stage(bench: Bench) -> None:
    ticket = bench.portal.create("tickets", {"subject": "S", "hs_pipeline_stage": "1"}, created=START - timedelta(hours=2))
    assert "closed_date" not in bench.portal.get("tickets", ticket)
    bench.http("PATCH", f"/crm/v3/objects/tickets/{ticket}", {"properties": {"hs_pipeline_stage": "4"}})
    closed = bench.portal.get("tickets", ticket)
    assert (closed["closed_date"], closed["time_to_close"]) == ("2026-11-23T09:00:00.000Z", "7200000")
    bench.http("PATCH", f"/crm/v3/objects/tickets/{ticket}", {"properties": {"hs_pipeline_stage": "2"}})
    assert not {"closed_date", "time_to_close"} & set(bench.portal.get("tickets", ticket))


def test_a_completed_task_says_when(bench: Bench) -> None:
    task = bench.portal.create("tasks", {"hs_timestamp": "2026-12-01", "hs_task_status": "NOT_STARTED"})
    bench.clock.tick(60)
    bench.http("PATCH", f"/crm/v3/objects/tasks/{task}", {"properties": {"hs_task_status": "COMPLETED"}})
    done = bench.portal.get("tasks", task)
    assert (done["hs_task_is_completed"], done["hs_task_completion_date"]) == ("1", "2026-11-23T09:01:00.000Z")


def test_a_line_item_is_priced_by_quantity(bench: Bench) -> None:
    item = bench.portal.create("line_items", {"name": "Pose", "price": "12.50", "quantity": "4", "discount": "0.5"})
    assert bench.portal.get("line_items", item)["amount"] == "48"
    assert "amount" not in bench.portal.get("line_items", bench.portal.create("line_items", {"name": "Pose"}))


def test_what_a_seed_sets_itself_is_not_overruled(bench: Bench) -> None:
    values = {"subject": "S", "hs_pipeline_stage": "4", "closed_date": "2026-11-20T10:00:00Z"}
    ticket = bench.portal.get("tickets", bench.portal.create("tickets", values, created=START - timedelta(days=5)))
    assert ticket["closed_date"] == "2026-11-20T10:00:00.000Z"
    assert ticket["time_to_close"] == str(2 * 86_400_000 + 3_600_000)


def test_the_creation_date_of_deals_and_tickets_can_be_set(bench: Bench) -> None:
    body = {"properties": {"subject": "S", "hs_pipeline_stage": "1", "createdate": "2025-01-02T03:04:05Z"}}
    made = bench.http.post("/crm/v3/objects/tickets", body).json()
    assert made["properties"]["createdate"] == "2025-01-02T03:04:05.000Z"
    assert made["createdAt"] == "2026-11-23T09:00:00.000Z"


# ---------------------------------------------------------------- merge


def _pair(bench: Bench) -> tuple[str, str]:
    first = bench.portal.create("companies", {"name": "A", "city": "Lyon"})
    second = bench.portal.create("companies", {"name": "A bis", "phone": "0102030405"})
    return first, second


def test_a_merged_record_vanishes_without_being_archived_and_its_id_gives_the_survivor(bench: Bench) -> None:
    first, second = _pair(bench)
    deal = bench.portal.create("deals", {"dealstage": "closedwon"}, [("companies", second, (5,))])
    bench.clock.tick(60)
    answer = bench.http.post("/crm/v3/objects/companies/merge", {"primaryObjectId": first, "objectIdToMerge": second})
    assert (answer.status_code, answer.json()["id"]) == (200, first)
    assert answer.json()["properties"]["hs_merged_object_ids"] == second
    assert bench.portal.ids("companies") == [first]
    assert bench.portal.ids("companies", archived=True) == []
    assert bench.http.get(f"/crm/v3/objects/companies/{second}").json()["id"] == first
    batch = bench.http.post("/crm/v3/objects/companies/batch/read", {"inputs": [{"id": second}]})
    assert [row["id"] for row in batch.json()["results"]] == [first]
    held = bench.portal.get("companies", first)
    assert (held["name"], held["city"], held["phone"]) == ("A", "Lyon", "0102030405")
    assert held["hs_lastmodifieddate"] == "2026-11-23T09:01:00.000Z"
    assert bench.portal.associated("deals", deal, "companies") == {first: {341, 5}}
    assert bench.http.post("/crm/v3/objects/companies/search", {}).json()["total"] == 1


def test_a_merge_can_give_the_survivor_a_new_id(bench: Bench) -> None:
    bench.portal.knobs.merge_makes_new_id = True
    first, second = _pair(bench)
    survivor = bench.portal.merge("companies", first, second)
    assert survivor not in {first, second}
    for old in (first, second):
        assert bench.http.get(f"/crm/v3/objects/companies/{old}").json()["id"] == survivor
    assert bench.portal.get("companies", survivor)["hs_merged_object_ids"] == f"{first};{second}"
    assert bench.portal.get("companies", survivor)["name"] == "A"


def test_merged_ids_are_remembered_through_a_second_merge(bench: Bench) -> None:
    first, second = _pair(bench)
    third = bench.portal.create("companies", {"name": "C"})
    bench.portal.merge("companies", first, second)
    bench.portal.merge("companies", third, first)
    assert set(bench.portal.get("companies", third)["hs_merged_object_ids"].split(";")) == {first, second}
    assert bench.http.get(f"/crm/v3/objects/companies/{second}").json()["id"] == third


def test_a_contact_remembers_merges_with_their_times_too(bench: Bench) -> None:
    first, second = (bench.portal.create("contacts", {"email": f"{name}@b.example"}) for name in "xy")
    bench.portal.merge("contacts", first, second)
    held = bench.portal.get("contacts", first)
    assert held["hs_merged_object_ids"] == second
    assert held["hs_calculated_merged_vids"] == f"{second}:{int(bench.clock.now.timestamp() * 1000)}"


def test_the_survivor_keeps_its_own_parent(bench: Bench) -> None:
    first, second = _pair(bench)
    mine, other = bench.portal.create("companies", {"name": "M"}), bench.portal.create("companies", {"name": "O"})
    bench.portal.update("companies", first, {"hs_parent_company_id": mine})
    bench.portal.update("companies", second, {"hs_parent_company_id": other})
    bench.portal.merge("companies", first, second)
    assert bench.portal.get("companies", first)["hs_parent_company_id"] == mine
    assert set(bench.portal.associated("companies", first, "companies")) == {mine, other}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"primaryObjectId": "{a}"}, 400),
        ({"primaryObjectId": "{a}", "objectIdToMerge": "{a}"}, 400),
        ({"primaryObjectId": "{a}", "objectIdToMerge": "12345"}, 404),
        ({"primaryObjectId": ["{a}"], "objectIdToMerge": "12345"}, 400),
    ],
)
def test_a_merge_needs_two_live_records(bench: Bench, body: dict[str, object], status: int) -> None:
    first, _ = _pair(bench)
    given = {key: value.format(a=first) if isinstance(value, str) else value for key, value in body.items()}
    assert bench.http.post("/crm/v3/objects/companies/merge", given).status_code == status


# ---------------------------------------------------------------- the end


def test_erasure_leaves_nothing_behind(bench: Bench) -> None:
    company = bench.portal.create("companies", {"name": "A"})
    contact = bench.portal.create("contacts", {"email": "ana@rivoal.fr"}, [("companies", company, (1,))])
    path = "/crm/v3/objects/contacts/gdpr-delete"
    assert bench.http.post(path, {"objectId": "ana@rivoal.fr", "idProperty": "email"}).status_code == 204
    assert bench.http.get(f"/crm/v3/objects/contacts/{contact}").status_code == 404
    assert bench.http.get("/crm/v3/objects/contacts", archived="true").json()["results"] == []
    assert bench.portal.associated("companies", company, "contacts") == {}
    assert bench.http.post(path, {"objectId": contact}).status_code == 404
    assert bench.http.post(path, {}).status_code == 400
    assert bench.http.post("/crm/v3/objects/contacts", {"properties": {"email": "ana@rivoal.fr"}}).status_code == 201


def test_erasure_exists_for_contacts_only(bench: Bench) -> None:
    company = bench.portal.create("companies", {"name": "A"})
    assert bench.http.post("/crm/v3/objects/companies/gdpr-delete", {"objectId": company}).status_code == 404
    assert bench.portal.ids("companies") == [company]


@pytest.mark.parametrize(("bumps", "minute"), [(False, "00"), (True, "01")])
def test_a_restored_record_is_back_and_may_count_as_modified(bench: Bench, bumps: bool, minute: str) -> None:
    bench.portal.knobs.restore_bumps_modified = bumps
    company = bench.portal.create("companies", {"name": "A"})
    bench.portal.archive("companies", company)
    bench.clock.tick(60)
    bench.portal.restore("companies", company)
    row = bench.http.get("/crm/v3/objects/companies").json()["results"][0]
    assert (row["id"], row["updatedAt"]) == (company, f"2026-11-23T09:{minute}:00.000Z")
    assert bench.http.get("/crm/v3/objects/companies", archived="true").json()["results"] == []

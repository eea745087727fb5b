"""GET lists and single records: paging, which properties show, associations inline, history."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.connectors.sandbox_hubspot.conftest import START, Bench, Http

PATH = "/crm/v3/objects/companies"


def _names(bench: Bench, count: int) -> list[str]:
    return [bench.portal.create("companies", {"name": f"C{n}"}) for n in range(count)]


def test_a_page_holds_ten_unless_asked(bench: Bench) -> None:
    _names(bench, 12)
    assert len(bench.http.get(PATH).json()["results"]) == 10


def test_pages_follow_after_until_paging_is_absent(bench: Bench) -> None:
    made = _names(bench, 25)
    seen, after, pages = [], None, 0
    while True:
        body = bench.http.get(PATH, limit=10, **({"after": after} if after else {})).json()
        seen += [row["id"] for row in body["results"]]
        pages += 1
        if "paging" not in body:
            break
        after = body["paging"]["next"]["after"]
        assert body["paging"]["next"]["link"] == f"https://api.hubapi.com{PATH}?limit=10&after={after}"
    assert pages == 3
    assert seen == sorted(made, key=int)


def test_after_names_the_next_record_and_survives_its_archiving(bench: Bench) -> None:
    made = sorted(_names(bench, 3), key=int)
    after = bench.http.get(PATH, limit=1).json()["paging"]["next"]["after"]
    assert after == made[1]
    bench.portal.archive("companies", made[1])
    assert [row["id"] for row in bench.http.get(PATH, after=after).json()["results"]] == [made[2]]


@pytest.mark.parametrize(("params", "status"), [({"limit": 100}, 200), ({"limit": 101}, 400), ({"limit": 0}, 400), ({"limit": "x"}, 400)])
def test_a_page_has_at_most_a_hundred(http: Http, params: dict[str, object], status: int) -> None:
    assert http.get(PATH, **params).status_code == status


@pytest.mark.parametrize(("limit", "status"), [(50, 200), (51, 400)])
def test_with_history_a_page_has_at_most_fifty(http: Http, limit: int, status: int) -> None:
    assert http.get(PATH, limit=limit, propertiesWithHistory="name").status_code == status


def test_an_after_that_is_no_id_is_refused(http: Http) -> None:
    assert http.get(PATH, after="abc").status_code == 400


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("companies", {"name": "A"}, ["createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"]),
        ("contacts", {"email": "a@b.fr"}, ["createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"]),
        (
            "deals",
            {"dealstage": "closedwon"},
            ["amount", "closedate", "createdate", "dealname", "dealstage", "hs_lastmodifieddate", "hs_object_id", "pipeline"],
        ),
        ("tasks", {"hs_task_subject": "T"}, ["createdate", "hs_lastmodifieddate", "hs_object_id"]),
    ],
)
def test_unasked_a_read_shows_the_default_set_in_alphabetical_order(
    bench: Bench, kind: str, values: dict[str, str], expected: list[str]
) -> None:
    bench.portal.create(kind, values)
    assert list(bench.http.get(f"/crm/v3/objects/{kind}").json()["results"][0]["properties"]) == expected


def test_tickets_show_nine_properties_unasked(bench: Bench) -> None:
    bench.portal.create("tickets", {"subject": "S", "hs_pipeline_stage": "1"})
    shown = bench.http.get("/crm/v3/objects/tickets").json()["results"][0]["properties"]
    assert len(shown) == 9
    assert shown["hs_pipeline"] == "0"


def test_a_requested_empty_property_is_null_and_an_undefined_one_is_silently_absent(bench: Bench) -> None:
    bench.portal.create("companies", {"name": "Aulne"}, created=START - timedelta(days=3), updated=START - timedelta(days=1))
    shown = bench.http.get(PATH, properties=["phone", "nmae", "name"]).json()["results"][0]["properties"]
    record = shown["hs_object_id"]
    assert list(shown.items()) == [
        ("createdate", "2026-11-20T09:00:00.000Z"),
        ("hs_lastmodifieddate", "2026-11-22T09:00:00.000Z"),
        ("hs_object_id", record),
        ("name", "Aulne"),
        ("phone", None),
    ]


def test_properties_may_be_repeated_or_joined_by_commas(bench: Bench) -> None:
    bench.portal.create("companies", {"name": "A", "city": "Lyon", "zip": "69001"})
    repeated = bench.http.get(PATH, properties=["city", "zip"]).json()
    joined = bench.http.get(PATH, properties="city,zip").json()
    assert repeated["results"][0]["properties"] == joined["results"][0]["properties"]


def test_a_record_has_text_ids_times_and_a_link_to_the_european_interface(bench: Bench) -> None:
    record = bench.portal.create("companies", {"name": "A"})
    row = bench.http.get(PATH).json()["results"][0]
    assert row["id"] == record
    assert row["createdAt"] == row["updatedAt"] == "2026-11-23T09:00:00.000Z"
    assert row["archived"] is False
    assert "archivedAt" not in row
    assert row["url"] == f"https://app-eu1.hubspot.com/contacts/{bench.portal.portal_id}/record/0-2/{record}"


def test_ids_have_eleven_or_twelve_digits_so_that_text_order_is_wrong(bench: Bench) -> None:
    made = _names(bench, 40)
    assert {len(one) for one in made} == {11, 12}
    assert sorted(made) != sorted(made, key=int)


def test_archived_lists_only_what_is_in_the_bin_for_ninety_days(bench: Bench) -> None:
    kept, gone = _names(bench, 2)
    bench.portal.archive("companies", gone)
    row = bench.http.get(PATH, archived="true").json()["results"][0]
    assert (row["id"], row["archived"], row["archivedAt"]) == (gone, True, "2026-11-23T09:00:00.000Z")
    assert [one["id"] for one in bench.http.get(PATH).json()["results"]] == [kept]
    bench.clock.tick(91 * 86_400)
    assert bench.http.get(PATH, archived="true").json()["results"] == []


def test_inline_associations_name_the_same_record_once_for_every_type(bench: Bench) -> None:
    company = bench.portal.create("companies", {"name": "A"})
    bench.portal.create("deals", {"dealstage": "closedwon"}, [("companies", company, (5,))])
    row = bench.http.get("/crm/v3/objects/deals", associations="companies").json()["results"][0]
    assert row["associations"] == {
        "companies": {"results": [{"id": company, "type": "deal_to_company"}, {"id": company, "type": "deal_to_company_unlabeled"}]}
    }
    assert "associations" not in bench.http.get("/crm/v3/objects/deals", associations="contacts").json()["results"][0]


def test_inline_associations_page_beyond_five_hundred(bench: Bench) -> None:
    company = bench.portal.create("companies", {"name": "A"})
    for _ in range(501):
        bench.portal.create("notes", {}, [("companies", company, ())])
    notes = bench.http.get(f"{PATH}/{company}", associations="notes").json()["associations"]["notes"]
    assert len(notes["results"]) == 500
    assert notes["paging"]["next"]["after"] not in {one["id"] for one in notes["results"]}


def test_inline_associations_of_an_unknown_object_are_refused(http: Http) -> None:
    assert http.get("/crm/v3/objects/deals", associations="butterflies").status_code == 400


def test_inline_associations_need_the_scope_of_the_other_end(bench: Bench) -> None:
    token = bench.portal.token(["crm.objects.deals.read"])
    assert bench.http("GET", "/crm/v3/objects/deals?associations=companies", token=token).status_code == 403


# ---------------------------------------------------------------- single records


def test_a_record_is_read_by_id(bench: Bench) -> None:
    record = bench.portal.create("companies", {"name": "A"})
    assert bench.http.get(f"{PATH}/{record}").json()["properties"]["name"] == "A"


@pytest.mark.parametrize("asked", ["1", "99999999999", "abc", "\uff11\uff12"])
def test_a_record_that_is_not_there_is_not_found(http: Http, asked: str) -> None:
    answer = http.get(f"{PATH}/{asked}")
    assert answer.status_code == 404
    assert {key: answer.json()[key] for key in ("status", "message", "category")} == {
        "status": "error",
        "message": "resource not found",
        "category": "OBJECT_NOT_FOUND",
    }


def test_an_archived_record_is_found_only_when_asked_for(bench: Bench) -> None:
    record = bench.portal.create("companies", {"name": "A"})
    assert bench.http.get(f"{PATH}/{record}", archived="true").status_code == 404
    bench.portal.archive("companies", record)
    assert bench.http.get(f"{PATH}/{record}").status_code == 404
    assert bench.http.get(f"{PATH}/{record}", archived="true").json()["archived"] is True


def test_a_record_is_read_by_a_unique_property_in_any_case(bench: Bench) -> None:
    bench.portal.define("companies", [{"name": "ext_id", "type": "string", "fieldType": "text", "hasUniqueValue": True}])
    record = bench.portal.create("companies", {"name": "A", "ext_id": "X/1 é"})
    assert bench.http.get(f"{PATH}/x%2F1%20%C3%A9", idProperty="ext_id").json()["id"] == record


@pytest.mark.parametrize("name", ["domain", "nothing"])
def test_a_property_that_is_not_unique_cannot_address_a_record(bench: Bench, name: str) -> None:
    answer = bench.http.get(f"{PATH}/a.fr", idProperty=name)
    assert answer.status_code == 400
    assert f"non-unique 0-2 property {name}" in answer.json()["message"]


def test_history_is_newest_first_and_says_who(bench: Bench) -> None:
    record = bench.portal.create("tickets", {"subject": "S", "hs_pipeline_stage": "1"}, created=START - timedelta(days=9))
    bench.portal.update("tickets", record, {"hs_pipeline_stage": "2"}, at=START - timedelta(days=5))
    bench.http("PATCH", f"/crm/v3/objects/tickets/{record}", {"properties": {"hs_pipeline_stage": "4"}})
    body = bench.http.get(f"/crm/v3/objects/tickets/{record}", propertiesWithHistory="hs_pipeline_stage,subject,nothing").json()
    stages = body["propertiesWithHistory"]["hs_pipeline_stage"]
    assert [(one["value"], one["timestamp"], one["sourceType"]) for one in stages] == [
        ("4", "2026-11-23T09:00:00.000Z", "INTEGRATION"),
        ("2", "2026-11-18T09:00:00.000Z", "CRM_UI"),
        ("1", "2026-11-14T09:00:00.000Z", "CRM_UI"),
    ]
    assert stages[1]["updatedByUserId"] == 9
    assert [one["value"] for one in body["propertiesWithHistory"]["subject"]] == ["S"]
    assert list(body["propertiesWithHistory"]) == ["hs_pipeline_stage", "subject"]

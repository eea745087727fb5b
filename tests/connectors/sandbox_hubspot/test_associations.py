"""Associations v4: both sides, labels, one primary, paging per input, and "nothing" as an error of a 207."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import requests

    from tests.connectors.sandbox_hubspot.conftest import Bench

V4, DATED = "/crm/v4/associations", "/crm/associations/2026-03"


def _company(bench: Bench, name: str = "A") -> str:
    return bench.portal.create("companies", {"name": name})


def _deal(bench: Bench, *companies: tuple[str, tuple[int, ...]]) -> str:
    links = [("companies", company, types) for company, types in companies]
    return bench.portal.create("deals", {"dealname": "D", "dealstage": "closedwon"}, links)


def _read(bench: Bench, start: str, end: str, *inputs: dict[str, str], base: str = V4) -> requests.Response:
    return bench.http.post(f"{base}/{start}/{end}/batch/read", {"inputs": list(inputs)})


def _create(bench: Bench, start: str, end: str, *inputs: tuple[str, str, int], verb: str = "create") -> requests.Response:
    rows = [
        {
            "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}],
            "from": {"id": one},
            "to": {"id": other},
        }
        for one, other, type_id in inputs
    ]
    return bench.http.post(f"{V4}/{start}/{end}/batch/{verb}", {"inputs": rows})


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize("base", [V4, DATED])
def test_the_from_id_is_text_and_the_to_id_a_number(bench: Bench, base: str) -> None:
    company = _company(bench)
    deal = _deal(bench, (company, (5,)))
    answer = _read(bench, "deals", "companies", {"id": deal}, base=base)
    assert answer.status_code == 200
    assert answer.json()["results"] == [
        {
            "from": {"id": deal},
            "to": [
                {
                    "toObjectId": int(company),
                    "associationTypes": [
                        {"category": "HUBSPOT_DEFINED", "typeId": 5, "label": "Primary"},
                        {"category": "HUBSPOT_DEFINED", "typeId": 341, "label": None},
                    ],
                }
            ],
        }
    ]


def test_a_record_without_associations_is_an_error_of_a_207(bench: Bench) -> None:
    company = _company(bench)
    linked, alone = _deal(bench, (company, (5,))), _deal(bench)
    answer = _read(bench, "deals", "companies", {"id": linked}, {"id": alone}, {"id": "12345"})
    body = answer.json()
    assert answer.status_code == 207
    assert [one["from"]["id"] for one in body["results"]] == [linked]
    assert body["numErrors"] == 2
    assert body["errors"][0] == {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No company is associated with deal {alone}.",
        "context": {"fromObjectId": [alone], "fromObjectType": ["deal"], "toObjectType": ["company"]},
    }


def test_each_input_pages_for_itself(bench: Bench) -> None:
    bench.portal.knobs.association_page = 2
    company = _company(bench)
    deals = sorted((int(_deal(bench, (company, (5,)))) for _ in range(5)), key=int)
    seen: list[int] = []
    wanted: dict[str, str] = {"id": company}
    for expected in (2, 2, 1):
        result = _read(bench, "companies", "deals", wanted).json()["results"][0]
        assert len(result["to"]) == expected
        seen += [one["toObjectId"] for one in result["to"]]
        wanted = {"id": company, "after": result.get("paging", {}).get("next", {}).get("after", "")}
    assert seen == deals
    assert wanted["after"] == ""
    assert _read(bench, "companies", "deals", {"id": company, "after": "x"}).status_code == 400


@pytest.mark.parametrize(("verb", "most"), [("read", 1_000), ("create", 2_000), ("archive", 2_000), ("associate/default", 2_000)])
def test_batches_are_capped(bench: Bench, verb: str, most: int) -> None:
    one: dict[str, Any] = {"id": "1", "from": {"id": "1"}, "to": [{"id": "2"}] if verb == "archive" else {"id": "2"}, "types": [{}]}
    path = f"{V4}/deals/companies/batch/{verb}"
    assert bench.http.post(path, {"inputs": [one] * (most + 1)}).status_code == 400
    assert bench.http.post(path, {"inputs": [one] * most}).status_code in {204, 207}


def test_a_list_of_one_record_pages_and_misses_unknown_records(bench: Bench) -> None:
    company = _company(bench)
    for _ in range(3):
        _deal(bench, (company, (5,)))
    path = f"/crm/v4/objects/companies/{company}/associations/deals"
    first = bench.http.get(path, limit=2).json()
    assert len(first["results"]) == 2
    rest = bench.http.get(path, limit=2, after=first["paging"]["next"]["after"]).json()
    assert (len(rest["results"]), "paging" in rest) == (1, False)
    assert (
        bench.http.get(path.replace("/crm/v4/", "/crm/").replace("objects/", "objects/2026-03/")).json()["results"][:2] == first["results"]
    )
    assert bench.http.get("/crm/v4/objects/companies/12345/associations/deals").status_code == 404
    assert bench.http.get(path, limit=501).status_code == 400


def test_archived_records_are_not_associated_until_restored(bench: Bench) -> None:
    company = _company(bench)
    deal = _deal(bench, (company, (5,)))
    bench.portal.archive("companies", company)
    assert _read(bench, "deals", "companies", {"id": deal}).status_code == 207
    assert _read(bench, "companies", "deals", {"id": company}).status_code == 207
    bench.portal.restore("companies", company)
    assert _read(bench, "deals", "companies", {"id": deal}).status_code == 200


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("tasks", "companies", {192}),
        ("companies", "tasks", {191}),
        ("tasks", "deals", {216}),
        ("tasks", "tickets", {230}),
        ("tasks", "contacts", {204}),
        ("notes", "companies", {190}),
        ("calls", "companies", {182}),
        ("meetings", "companies", {188}),
        ("emails", "companies", {186}),
        ("deals", "companies", {341, 5}),
        ("companies", "deals", {342, 6}),
        ("tickets", "companies", {339, 26}),
        ("companies", "tickets", {340, 25}),
        ("contacts", "companies", {279, 1}),
        ("companies", "contacts", {280, 2}),
        ("deals", "contacts", {3}),
        ("tickets", "contacts", {16}),
        ("deals", "line_items", {19}),
        ("line_items", "deals", {20}),
        ("deals", "tickets", {27}),
        ("tickets", "deals", {28}),
        ("companies", "companies", {450, 13, 14}),
    ],
)
def test_association_types_have_the_vendors_ids(bench: Bench, start: str, end: str, expected: set[int]) -> None:
    labels = bench.http.get(f"{V4}/{start}/{end}/labels").json()["results"]
    assert {one["typeId"] for one in labels} == expected


# ---------------------------------------------------------------- writing


def test_creating_twice_changes_nothing_and_shows_on_both_sides(bench: Bench) -> None:
    company = _company(bench)
    task = bench.portal.create("tasks", {"hs_timestamp": "2026-12-01"})
    for _ in range(2):
        answer = _create(bench, "tasks", "companies", (task, company, 192))
        assert answer.status_code == 201
        assert answer.json()["results"] == [
            {"fromObjectTypeId": "0-27", "fromObjectId": int(task), "toObjectTypeId": "0-2", "toObjectId": int(company), "labels": []}
        ]
    assert bench.portal.associated("companies", company, "tasks") == {task: {191}}


def test_setting_another_primary_company_demotes_the_first_on_both_sides(bench: Bench) -> None:
    first, second = _company(bench), _company(bench, "B")
    deal = _deal(bench, (first, (5,)))
    assert _create(bench, "deals", "companies", (deal, second, 5)).json()["results"][0]["labels"] == ["Primary"]
    assert bench.portal.associated("deals", deal, "companies") == {first: {341}, second: {341, 5}}
    assert bench.portal.associated("companies", first, "deals") == {deal: {342}}
    assert bench.portal.associated("companies", second, "deals") == {deal: {342, 6}}


def test_a_company_has_one_parent_which_its_property_mirrors(bench: Bench) -> None:
    child, first, second = (_company(bench, name) for name in "CFS")
    for parent in (first, second):
        assert _create(bench, "companies", "companies", (child, parent, 14)).status_code == 201
        assert bench.portal.get("companies", child)["hs_parent_company_id"] == parent
    assert bench.portal.get("companies", second)["hs_num_child_companies"] == "1"
    assert bench.portal.get("companies", first)["hs_num_child_companies"] == "0"
    assert bench.portal.associated("companies", second, "companies")[child] == {450, 13}
    assert "hs_parent_company_id" not in bench.portal.get("companies", first)


def test_a_parent_can_be_set_from_the_parents_side(bench: Bench) -> None:
    child, first, second = (_company(bench, name) for name in "CFS")
    bench.portal.update("companies", child, {"hs_parent_company_id": first})
    _create(bench, "companies", "companies", (second, child, 13))
    assert bench.portal.get("companies", child)["hs_parent_company_id"] == second


@pytest.mark.parametrize(
    ("one", "sub"),
    [
        (("{deal}", "unknown_id_1", 5), "crm.associations.INVALID_IDENTIFIER"),
        (("12345", "{company}", 5), "crm.associations.INVALID_IDENTIFIER"),
        (("{deal}", "{company}", 6), "crm.associations.INVALID_ASSOCIATION_TYPE"),
        (("{deal}", "{company}", 3), "crm.associations.INVALID_ASSOCIATION_TYPE"),
        (("{deal}", "{company}", 999), "crm.associations.INVALID_ASSOCIATION_TYPE"),
    ],
)
def test_a_bad_pair_is_an_error_of_its_own_row(bench: Bench, one: tuple[str, str, int], sub: str) -> None:
    company = _company(bench)
    deal = _deal(bench)
    bad = (one[0].format(deal=deal, company=company), one[1].format(deal=deal, company=company), one[2])
    answer = _create(bench, "deals", "companies", (deal, company, 5), bad)
    assert answer.status_code == 207
    assert len(answer.json()["results"]) == 1
    assert answer.json()["errors"][0]["subCategory"] == sub
    assert answer.json()["errors"][0]["category"] == "VALIDATION_ERROR"


def test_a_record_cannot_be_associated_to_itself(bench: Bench) -> None:
    company = _company(bench)
    answer = _create(bench, "companies", "companies", (company, company, 450))
    assert answer.status_code == 207
    assert answer.json()["errors"][0]["message"] == f"Object {company} cannot be associated to itself ({company})"


@pytest.mark.parametrize("row", [{}, {"from": {"id": "1"}}, {"from": "1", "to": "2"}, {"from": {"id": "1"}, "to": {"id": None}}])
def test_a_pair_of_another_shape_refuses_the_batch(bench: Bench, row: dict[str, Any]) -> None:
    for verb in ("create", "archive", "labels/archive", "associate/default"):
        assert bench.http.post(f"{V4}/deals/companies/batch/{verb}", {"inputs": [row]}).status_code == 400, verb


def test_archiving_wants_a_list_of_targets(bench: Bench) -> None:
    row = {"from": {"id": _deal(bench)}, "to": {"id": _company(bench)}}
    assert bench.http.post(f"{V4}/deals/companies/batch/archive", {"inputs": [row]}).status_code == 400


def test_a_pair_without_types_is_an_error(bench: Bench) -> None:
    row = {"from": {"id": _deal(bench)}, "to": {"id": _company(bench)}}
    answer = bench.http.post(f"{V4}/deals/companies/batch/create", {"inputs": [row]})
    assert answer.status_code == 207
    assert answer.json()["errors"][0]["message"].endswith("[types]")


def test_defaults_can_be_made_in_batches_and_alone(bench: Bench) -> None:
    company, other = _company(bench), _company(bench, "B")
    deal = _deal(bench)
    body = {"inputs": [{"from": {"id": deal}, "to": {"id": company}}, {"from": {"id": deal}, "to": {"id": "12345"}}]}
    answer = bench.http.post(f"{V4}/deals/companies/batch/associate/default", body)
    assert answer.status_code == 207
    specs = [one["associationSpec"]["associationTypeId"] for one in answer.json()["results"]]
    assert specs == [341, 342]
    alone = bench.http("PUT", f"/crm/v4/objects/deals/{deal}/associations/default/companies/{other}")
    assert (alone.status_code, alone.json()["status"]) == (200, "COMPLETE")
    assert bench.portal.associated("deals", deal, "companies") == {company: {341}, other: {341}}
    assert bench.http("PUT", f"/crm/v4/objects/deals/{deal}/associations/default/companies/12345").status_code == 400


def test_objects_that_have_no_type_between_them_cannot_be_associated(bench: Bench) -> None:
    bench.portal.create("invoices", {"hs_currency": "EUR"})
    note, invoice = bench.portal.create("notes", {}), bench.portal.ids("invoices")[0]
    answer = bench.http("PUT", f"/crm/v4/objects/notes/{note}/associations/default/invoices/{invoice}")
    assert answer.status_code == 400


def test_a_put_with_types_adds_them(bench: Bench) -> None:
    company, deal = _company(bench), _deal(bench)
    path = f"/crm/v4/objects/deals/{deal}/associations/companies/{company}"
    answer = bench.http("PUT", path, [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 5}])
    assert (answer.status_code, answer.json()["labels"]) == (201, ["Primary"])
    assert bench.portal.associated("deals", deal, "companies") == {company: {341, 5}}
    for body in ({}, [], [{"associationTypeId": 5}], [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 6}], ["x"]):
        assert bench.http("PUT", path, body).status_code == 400


@pytest.mark.parametrize(("base", "status"), [(V4, 204), (DATED, 200)])
def test_archiving_a_pair_takes_all_its_types_away(bench: Bench, base: str, status: int) -> None:
    company = _company(bench)
    deal = _deal(bench, (company, (5,)))
    body = {"inputs": [{"from": {"id": deal}, "to": [{"id": company}, {"id": "12345"}]}]}
    for _ in range(2):
        assert bench.http.post(f"{base}/deals/companies/batch/archive", body).status_code == status
    assert bench.portal.associated("companies", company, "deals") == {}


def test_labels_can_be_taken_away_and_the_association_stays(bench: Bench) -> None:
    company = _company(bench)
    deal = _deal(bench, (company, (5,)))
    assert _create(bench, "deals", "companies", (deal, company, 5), verb="labels/archive").status_code == 204
    assert bench.portal.associated("deals", deal, "companies") == {company: {341}}
    assert bench.http("DELETE", f"/crm/v4/objects/deals/{deal}/associations/companies/{company}").status_code == 204
    assert bench.portal.associated("deals", deal, "companies") == {}


def test_a_custom_object_is_associated_with_types_of_its_own(bench: Bench) -> None:
    company = _company(bench)
    kind = bench.portal.define("time_sheets", {"hours": "number"})
    sheet = bench.portal.create(kind, {"hours": "4"}, [("companies", company, ())])
    spec = bench.http.get(f"{V4}/{kind}/companies/labels").json()["results"][0]
    assert spec["category"] == "USER_DEFINED"
    result = _read(bench, kind, "companies", {"id": sheet}).json()["results"][0]
    assert result["to"] == [{"toObjectId": int(company), "associationTypes": [spec]}]
    assert _read(bench, "companies", kind, {"id": company}).json()["results"][0]["to"][0]["toObjectId"] == int(sheet)


@pytest.mark.parametrize(("bumps", "expected"), [(False, "2026-11-23T09:00:00.000Z"), (True, "2026-11-23T09:01:00.000Z")])
def test_whether_an_association_counts_as_a_modification_is_the_portals_choice(bench: Bench, bumps: bool, expected: str) -> None:
    company, deal = _company(bench), _deal(bench)
    bench.portal.knobs.association_bumps_modified = bumps
    bench.clock.tick(60)
    _create(bench, "deals", "companies", (deal, company, 5))
    assert bench.portal.get("deals", deal)["hs_lastmodifieddate"] == expected
    assert bench.portal.get("companies", company)["hs_lastmodifieddate"] == expected


def test_counts_and_the_primary_company_follow_the_associations(bench: Bench) -> None:
    company = _company(bench)
    contact = bench.portal.create("contacts", {"email": "ana@rivoal.fr", "associatedcompanyid": company})
    deal = bench.portal.create(
        "deals", {"dealstage": "closedwon", "amount": "120.50"}, [("companies", company, (5,)), ("contacts", contact, ())]
    )
    open_deal = bench.portal.create("deals", {"dealstage": "contractsent", "amount": "10"}, [("companies", company, ())])
    held = bench.portal.get("companies", company)
    expected = {"num_associated_contacts": "1", "num_associated_deals": "2", "hs_num_open_deals": "1", "total_revenue": "120.5"}
    assert expected.items() <= held.items()
    assert bench.portal.get("contacts", contact)["associatedcompanyid"] == company
    assert bench.portal.get("deals", deal)["num_associated_contacts"] == "1"
    bench.portal.dissociate("deals", open_deal, "companies", company)
    bench.portal.associate("contacts", contact, "companies", _company(bench, "B"), (1,))
    assert bench.portal.get("companies", company)["num_associated_deals"] == "1"
    assert bench.portal.get("contacts", contact)["associatedcompanyid"] != company

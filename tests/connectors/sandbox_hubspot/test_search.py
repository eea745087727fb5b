"""Search: caps, operators, order, paging, and an index that lags."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.connectors.sandbox_hubspot.conftest import START, Bench

if TYPE_CHECKING:
    import requests

PATH = "/crm/v3/objects/companies/search"


def _search(bench: Bench, *filters: dict[str, Any], path: str = PATH, **more: Any) -> requests.Response:
    return bench.http.post(path, {"filterGroups": [{"filters": list(filters)}] if filters else [], **more})


def _filter(name: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {"propertyName": name, "operator": operator, **({} if value is None else {"value": value}), **more}


def _found(bench: Bench, *filters: dict[str, Any], **more: Any) -> list[str]:
    answer = _search(bench, *filters, properties=["name"], **more)
    assert answer.status_code == 200, answer.text
    return [row["properties"]["name"] for row in answer.json()["results"]]


@pytest.fixture
def three(bench: Bench) -> list[str]:
    bench.portal.define("companies", {"renewal": "date", "seen_at": "datetime", "tags": "checkbox: red; blue"})
    rows = [
        {"name": "Atelier Brun", "domain": "brun.fr", "annualrevenue": "9", "renewal": "2026-03-01", "industry": "RETAIL"},
        {"name": "Béton Vif", "domain": "beton-vif.fr", "annualrevenue": "100", "seen_at": "2026-03-01T10:00:00Z", "tags": "red;blue"},
        {"name": "Coque SA", "annualrevenue": "1.5E3", "industry": "BANKING"},
    ]
    return [
        bench.portal.create("companies", row, created=START - timedelta(days=10 - n), updated=START - timedelta(days=5 - n))
        for n, row in enumerate(rows)
    ]


# ---------------------------------------------------------------- caps


def test_a_page_holds_ten_unless_asked_and_at_most_two_hundred(bench: Bench) -> None:
    for n in range(205):
        bench.portal.create("companies", {"name": f"C{n}"})
    assert len(_search(bench).json()["results"]) == 10
    assert len(_search(bench, limit=200).json()["results"]) == 200
    assert _search(bench, limit=201).status_code == 400
    assert _search(bench, limit=0).status_code == 400
    assert _search(bench, limit="many").status_code == 400


def test_paging_counts_from_zero_has_no_link_and_is_absent_at_the_end(bench: Bench) -> None:
    for n in range(5):
        bench.portal.create("companies", {"name": f"C{n}"})
    first = _search(bench, limit=3).json()
    assert first["paging"] == {"next": {"after": "3"}}
    assert first["total"] == 5
    last = _search(bench, limit=3, after="3").json()
    assert "paging" not in last
    assert (last["total"], len(last["results"])) == (5, 2)
    assert _search(bench, after="x").status_code == 400


def test_nothing_is_found_beyond_ten_thousand(bench: Bench) -> None:
    for n in range(10_050):
        bench.portal.create("companies", {"name": f"C{n}"})
    last = _search(bench, limit=200, after="9800").json()
    assert last["total"] == 10_050
    assert last["paging"] == {"next": {"after": "10000"}}
    beyond = _search(bench, limit=200, after="10000")
    assert beyond.status_code == 400
    assert beyond.json()["category"] == "VALIDATION_ERROR"


@pytest.mark.parametrize(("groups", "filters", "status"), [(5, 3, 200), (6, 1, 400), (1, 6, 200), (1, 7, 400), (3, 6, 200), (4, 5, 400)])
def test_groups_and_filters_are_capped(bench: Bench, groups: int, filters: int, status: int) -> None:
    one = {"filters": [_filter("name", "HAS_PROPERTY")] * filters}
    assert bench.http.post(PATH, {"filterGroups": [one] * groups}).status_code == status


def test_a_body_of_more_than_three_thousand_characters_is_refused(bench: Bench) -> None:
    ids = [str(10**11 + n) for n in range(250)]
    body = {"filterGroups": [{"filters": [_filter("hs_object_id", "IN", values=ids)]}]}
    assert len(json.dumps(body)) > 3_000
    assert bench.http.post(PATH, body).status_code == 400
    body["filterGroups"][0]["filters"][0]["values"] = ids[:150]
    assert bench.http.post(PATH, body).status_code == 200


def test_only_one_sort_is_allowed(bench: Bench) -> None:
    assert _search(bench, sorts=["name", "domain"]).status_code == 400


@pytest.mark.parametrize(
    "one",
    [
        {"operator": "EQ", "value": "x"},
        {"propertyName": "name"},
        {"propertyName": "name", "operator": "LIKE", "value": "x"},
        {"propertyName": "name", "operator": "EQ"},
        {"propertyName": "name", "operator": "IN", "value": "x"},
        {"propertyName": "annualrevenue", "operator": "BETWEEN", "value": "1"},
        {"propertyName": "annualrevenue", "operator": "GT", "value": "many"},
        {"propertyName": "hs_lastmodifieddate", "operator": "GT", "value": "yesterday"},
        {"propertyName": "createdate", "operator": "GT", "value": "2026-03-01T10:00:00"},
        {"propertyName": "lastmodifieddate", "operator": "GT", "value": "0"},
        {"propertyName": "nmae", "operator": "HAS_PROPERTY"},
        {"propertyName": "associations.butterfly", "operator": "EQ", "value": "1"},
        {"propertyName": "associations.contact", "operator": "GT", "value": "1"},
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(bench: Bench, one: dict[str, str]) -> None:
    answer = _search(bench, one)
    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    "body",
    [
        {"filterGroups": "x"},
        {"filterGroups": [1]},
        {"filterGroups": [{"filters": [1]}]},
        {"filterGroups": [{"filters": 1}]},
        {"sorts": [{}]},
        {"sorts": [3]},
        {"sorts": ["nmae"]},
        {"properties": [{}]},
    ],
)
def test_a_search_of_another_shape_is_refused(bench: Bench, body: dict[str, Any]) -> None:
    assert bench.http.post(PATH, body).status_code == 400


def test_contacts_have_another_modified_date(bench: Bench) -> None:
    path = "/crm/v3/objects/contacts/search"
    assert _search(bench, _filter("lastmodifieddate", "GTE", "0"), path=path).status_code == 200
    assert _search(bench, _filter("hs_lastmodifieddate", "GTE", "0"), path=path).status_code == 400


def test_search_carries_no_quota_headers(bench: Bench) -> None:
    assert not [name for name in _search(bench).headers if name.lower().startswith("x-hubspot-ratelimit")]
    assert [name for name in bench.http.get("/crm/v3/objects/companies").headers if name.lower().startswith("x-hubspot-ratelimit")]


# ---------------------------------------------------------------- operators


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (_filter("name", "EQ", "béton vif"), ["Béton Vif"]),
        (_filter("name", "NEQ", "Béton Vif"), ["Atelier Brun", "Coque SA"]),
        (_filter("domain", "NEQ", "brun.fr"), ["Béton Vif"]),
        (_filter("annualrevenue", "LT", "100"), ["Atelier Brun"]),
        (_filter("annualrevenue", "LTE", "100"), ["Atelier Brun", "Béton Vif"]),
        (_filter("annualrevenue", "GT", "100"), ["Coque SA"]),
        (_filter("annualrevenue", "GTE", "100"), ["Béton Vif", "Coque SA"]),
        (_filter("annualrevenue", "BETWEEN", "9", highValue="100"), ["Atelier Brun", "Béton Vif"]),
        (_filter("industry", "IN", values=["RETAIL", "BANKING"]), ["Atelier Brun", "Coque SA"]),
        (_filter("industry", "NOT_IN", values=["RETAIL"]), ["Coque SA"]),
        (_filter("name", "IN", values=["coque sa"]), ["Coque SA"]),
        (_filter("name", "IN", values=["Coque SA"]), []),
        (_filter("domain", "HAS_PROPERTY"), ["Atelier Brun", "Béton Vif"]),
        (_filter("domain", "NOT_HAS_PROPERTY"), ["Coque SA"]),
        (_filter("name", "CONTAINS_TOKEN", "vif"), ["Béton Vif"]),
        (_filter("name", "CONTAINS_TOKEN", "bru"), []),
        (_filter("name", "CONTAINS_TOKEN", "bru*"), ["Atelier Brun"]),
        (_filter("domain", "CONTAINS_TOKEN", "*.fr"), ["Atelier Brun", "Béton Vif"]),
        (_filter("name", "NOT_CONTAINS_TOKEN", "vif"), ["Atelier Brun", "Coque SA"]),
        (_filter("renewal", "EQ", "1772323200000"), ["Atelier Brun"]),
        (_filter("renewal", "EQ", "2026-03-01"), ["Atelier Brun"]),
        (_filter("seen_at", "GTE", "2026-03-01T11:00:00+01:00"), ["Béton Vif"]),
        (_filter("seen_at", "GT", "2026-03-01T11:00:00+01:00"), []),
        (_filter("createdate", "LT", str(round((START - timedelta(days=9)).timestamp() * 1000))), ["Atelier Brun"]),
    ],
)
def test_each_operator_compares_by_the_type_of_the_property(
    bench: Bench, three: list[str], one: dict[str, Any], expected: list[str]
) -> None:
    assert _found(bench, one) == expected


def test_filters_of_a_group_are_and_and_groups_are_or(bench: Bench, three: list[str]) -> None:
    both = [_filter("industry", "HAS_PROPERTY"), _filter("annualrevenue", "GT", "100")]
    assert _found(bench, *both) == ["Coque SA"]
    body = {"filterGroups": [{"filters": [one]} for one in both], "properties": ["name"]}
    rows = bench.http.post(PATH, body).json()["results"]
    assert [row["properties"]["name"] for row in rows] == ["Atelier Brun", "Coque SA"]


@pytest.mark.parametrize("form", ["ms", "iso"])
def test_a_window_of_change_is_closed_below_and_open_above(bench: Bench, three: list[str], form: str) -> None:
    def write(days: int) -> str:
        moment = START - timedelta(days=days)
        return str(round(moment.timestamp() * 1000)) if form == "ms" else moment.isoformat()

    window = [_filter("hs_lastmodifieddate", "GTE", write(5)), _filter("hs_lastmodifieddate", "LT", write(3))]
    assert _found(bench, *window) == ["Atelier Brun", "Béton Vif"]
    assert _found(bench, _filter("hs_lastmodifieddate", "EQ", write(3))) == ["Coque SA"]
    assert _found(bench, _filter("hs_lastmodifieddate", "BETWEEN", write(5), highValue=write(4))) == ["Atelier Brun", "Béton Vif"]
    body = {"filterGroups": [{"filters": [window[0]]}, {"filters": [_filter("domain", "NOT_HAS_PROPERTY")]}]}
    assert bench.http.post(PATH, body).json()["total"] == 3


def test_associations_can_be_a_filter(bench: Bench, three: list[str]) -> None:
    deal = bench.portal.create("deals", {"dealname": "D", "dealstage": "closedwon"}, [("companies", three[0], (5,))])
    path = "/crm/v3/objects/deals/search"
    assert [row["id"] for row in _search(bench, _filter("associations.company", "EQ", three[0]), path=path).json()["results"]] == [deal]
    assert _search(bench, _filter("associations.company", "EQ", three[1]), path=path).json()["total"] == 0
    assert _search(bench, _filter("associations.company", "IN", values=three), path=path).json()["total"] == 1


def test_free_text_looks_at_the_words_of_the_searchable_properties(bench: Bench, three: list[str]) -> None:
    assert _found(bench, query="brun") == ["Atelier Brun"]
    assert _found(bench, query="beton") == ["Béton Vif"]
    assert _found(bench, query="retail") == []


# ---------------------------------------------------------------- order


def test_the_order_is_by_creation_unless_asked(bench: Bench, three: list[str]) -> None:
    assert _found(bench) == ["Atelier Brun", "Béton Vif", "Coque SA"]


@pytest.mark.parametrize(
    ("sorts", "expected"),
    [
        ([{"propertyName": "annualrevenue", "direction": "DESCENDING"}], ["Coque SA", "Béton Vif", "Atelier Brun"]),
        ([{"propertyName": "annualrevenue", "direction": "ASCENDING"}], ["Atelier Brun", "Béton Vif", "Coque SA"]),
        (["-annualrevenue"], ["Coque SA", "Béton Vif", "Atelier Brun"]),
        (["-hs_lastmodifieddate"], ["Coque SA", "Béton Vif", "Atelier Brun"]),
        (["domain"], ["Béton Vif", "Atelier Brun", "Coque SA"]),
    ],
)
def test_numbers_sort_as_numbers_and_empty_values_come_last(bench: Bench, three: list[str], sorts: list[Any], expected: list[str]) -> None:
    assert _found(bench, sorts=sorts) == expected


@pytest.mark.parametrize("order", ["numeric", "text"])
def test_a_keyset_over_ids_loses_nothing_in_either_order_of_ids(bench: Bench, order: Any) -> None:
    bench.portal.knobs.id_order = order
    made = [bench.portal.create("companies", {"name": f"C{n}"}) for n in range(95)]
    seen: list[str] = []
    last = "0"
    while True:
        page = _search(bench, _filter("hs_object_id", "GT", last), sorts=["hs_object_id"], limit=20).json()["results"]
        if not page:
            break
        seen += [row["id"] for row in page]
        last = seen[-1]
    assert seen == sorted(made, key=int if order == "numeric" else str)


# ---------------------------------------------------------------- the index


def test_archived_records_are_never_found(bench: Bench, three: list[str]) -> None:
    bench.portal.archive("companies", three[0])
    assert _found(bench) == ["Béton Vif", "Coque SA"]
    assert bench.http.post(f"{PATH}?archived=true", {}).json()["total"] == 2


def test_the_index_shows_a_write_only_after_the_lag_and_the_old_values_until_then(bench: Bench, three: list[str]) -> None:
    bench.portal.knobs.search_lag = 8
    bench.clock.tick(1)
    bench.http("PATCH", f"/crm/v3/objects/companies/{three[0]}", {"properties": {"name": "Neuf"}})
    bench.http.post("/crm/v3/objects/companies", {"properties": {"name": "Tout neuf"}})
    bench.http("DELETE", f"/crm/v3/objects/companies/{three[2]}")
    assert _found(bench) == ["Atelier Brun", "Béton Vif", "Coque SA"]
    assert _found(bench, _filter("name", "EQ", "Neuf")) == []
    assert bench.http.get(f"/crm/v3/objects/companies/{three[0]}").json()["properties"]["name"] == "Neuf"
    bench.clock.tick(8)
    assert _found(bench) == ["Neuf", "Béton Vif", "Tout neuf"]


def test_two_writes_within_the_lag_surface_one_after_the_other(bench: Bench, three: list[str]) -> None:
    bench.portal.knobs.search_lag = 8
    for name in ("Un", "Deux"):
        bench.clock.tick(5)
        bench.portal.update("companies", three[0], {"name": name})
    assert _found(bench)[0] == "Atelier Brun"
    bench.clock.tick(3)
    assert _found(bench)[0] == "Un"
    bench.clock.tick(5)
    assert _found(bench)[0] == "Deux"


def test_a_lagging_record_stays_in_its_old_window_of_change(bench: Bench, three: list[str]) -> None:
    bench.portal.knobs.search_lag = 8
    bench.portal.update("companies", three[0], {"city": "Lyon"})
    old = _filter("hs_lastmodifieddate", "LT", str(round((START - timedelta(days=4)).timestamp() * 1000)))
    assert _found(bench, old) == ["Atelier Brun"]
    bench.clock.tick(8)
    assert _found(bench, old) == []


def test_seeds_of_the_past_are_indexed_at_once(bench: Bench) -> None:
    bench.portal.knobs.search_lag = 8
    record = bench.portal.create("companies", {"name": "A"}, created=START - timedelta(days=1))
    bench.portal.update("companies", record, {"name": "B"}, at=START - timedelta(hours=1))
    assert _found(bench) == ["B"]

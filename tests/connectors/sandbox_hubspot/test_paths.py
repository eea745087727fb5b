"""Which URLs exist, in which spellings, and how the others are answered."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.connectors.sandbox_hubspot.conftest import Bench, Http


@pytest.mark.parametrize("path", ["/crm/v3/objects/companies", "/crm/objects/2026-03/companies"])
@pytest.mark.parametrize("spelling", ["companies", "company", "0-2", "COMPANIES", "Company"])
def test_a_standard_object_answers_to_every_spelling_in_both_families(bench: Bench, path: str, spelling: str) -> None:
    record = bench.portal.create("companies", {"name": "Aulne"})
    found = bench.http.get(path.replace("companies", spelling)).json()["results"]
    assert [row["id"] for row in found] == [record]


@pytest.mark.parametrize(
    ("legacy", "dated"),
    [
        ("/crm/v3/properties/companies", "/crm/properties/2026-03/companies"),
        ("/crm/v3/properties/companies/groups", "/crm/properties/2026-03/companies/groups"),
        ("/crm/v3/owners/", "/crm/owners/2026-03"),
        ("/crm/v3/pipelines/deals", "/crm/pipelines/2026-03/deals"),
        ("/crm/v3/schemas", "/crm-object-schemas/2026-03/schemas"),
        ("/account-info/v3/details", "/account-info/2026-03/details"),
        ("/settings/v3/currencies/company-currency", "/settings/currencies/2026-03/company-currency"),
        ("/crm/v3/limits/custom-properties", "/crm/limits/2026-09/custom-properties"),
        ("/crm/v4/associations/deals/companies/labels", "/crm/associations/2026-03/deals/companies/labels"),
    ],
)
def test_both_families_give_the_same_answer(http: Http, legacy: str, dated: str) -> None:
    assert http.get(legacy).status_code == 200
    assert http.get(legacy).json() == http.get(dated).json()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/crm/v3/nothing",
        "/crm/v5/objects/companies",
        "/crm/objects/2026-09/companies",
        "/crm/v3/objects",
        "/crm/v3/objects/companies/",
        "/crm/v3/objects/companies/1/2/3",
        "/crm/owners/2026-03/",
        "/crm/v3/associations/deals/companies/batch/read",
        "/crm/v4/objects/companies",
        "/crm/v4/owners/",
    ],
)
def test_an_unknown_url_is_a_page_not_json(http: Http, path: str) -> None:
    answer = http.get(path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_legacy_owners_have_a_trailing_slash_or_none(http: Http) -> None:
    assert http.get("/crm/v3/owners/").status_code == http.get("/crm/v3/owners").status_code == 200


@pytest.mark.parametrize("path", ["/crm/v3/objects/butterflies", "/crm/v3/objects/butterflies/search", "/crm/v3/properties/butterflies"])
def test_an_unknown_object_is_refused_without_category(http: Http, path: str) -> None:
    answer = http.post(path, {}) if path.endswith("search") else http.get(path)
    assert answer.status_code == 400
    assert answer.json()["message"] == "Unable to infer object type from: butterflies"
    assert "category" not in answer.json()


def test_an_unknown_type_id_is_refused_in_other_words(http: Http) -> None:
    assert http.get("/crm/v3/objects/0-9999").json()["message"] == "Invalid object or event type id: 0-9999"


def test_a_custom_object_is_reached_by_id_and_names(bench: Bench) -> None:
    type_id = bench.portal.define("time_sheets", {"hours": "number"})
    record = bench.portal.create(type_id, {"hours": "4.5"})
    names = [type_id, f"p{bench.portal.portal_id}_time_sheets", "p_time_sheets", "time_sheets", "TIME_SHEETS"]
    for name in names:
        found = bench.http.get(f"/crm/v3/objects/{name}", properties="hours").json()["results"]
        assert [(row["id"], row["properties"]["hours"]) for row in found] == [(record, "4.5")]
    assert re.fullmatch(r"2-\d+", type_id)
    assert f"/record/{type_id}/{record}" in found[0]["url"]


def test_a_portal_can_refuse_the_plain_name_of_a_custom_object(bench: Bench) -> None:
    type_id = bench.portal.define("time_sheets", {"hours": "number"})
    bench.portal.knobs.bare_custom_names = False
    assert bench.http.get("/crm/v3/objects/time_sheets").status_code == 400
    assert bench.http.get(f"/crm/v3/objects/{type_id}").status_code == 200


@pytest.mark.parametrize("spelling", ["true", "True", "TRUE"])
def test_booleans_are_read_in_any_case(bench: Bench, spelling: str) -> None:
    gone, _ = bench.portal.create("companies", {"name": "A"}), bench.portal.create("companies", {"name": "B"})
    bench.portal.archive("companies", gone)
    assert [row["id"] for row in bench.http.get("/crm/v3/objects/companies", archived=spelling).json()["results"]] == [gone]


def test_a_boolean_that_is_none_is_refused(http: Http) -> None:
    assert http.get("/crm/v3/objects/companies", archived="perhaps").json()["category"] == "VALIDATION_ERROR"


def test_a_wrong_verb_is_told_the_right_ones(http: Http) -> None:
    answer = http("PUT", "/crm/v3/objects/companies", {})
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST"


def test_a_url_beyond_sixteen_thousand_characters_is_too_long(http: Http) -> None:
    answer = http.get("/crm/v3/objects/companies", properties=[f"property_number_{n:04d}" for n in range(600)])
    assert answer.status_code == 414
    assert answer.headers["Content-Type"].startswith("text/html")
    assert http.get("/crm/v3/objects/companies", properties=[f"property_{n:04d}" for n in range(200)]).status_code == 200


def test_a_body_that_is_not_json_is_refused_with_its_position(http: Http) -> None:
    headers = {"Content-Type": "application/json"}
    broken = http("POST", "/crm/v3/objects/companies/search", data=b'{"limit": \n oops}', headers=headers)
    assert broken.status_code == 400
    assert broken.json()["message"].startswith("Invalid input JSON on line 2, column 2: ")
    assert http("POST", "/crm/v3/objects/companies/search", data=b"\xff", headers=headers).status_code == 400
    assert http("POST", "/crm/v3/objects/companies/search", data=b"[]", headers=headers).status_code == 400
    assert http("POST", "/crm/v3/objects/companies/search", headers=headers).status_code == 400


def test_a_form_where_json_belongs_is_refused(http: Http) -> None:
    assert http("POST", "/crm/v3/objects/companies/search", data={"limit": "1"}).status_code == 415


def test_every_refusal_carries_a_version_seven_uuid(http: Http) -> None:
    ids = [http.get("/crm/v3/objects/butterflies").json()["correlationId"] for _ in range(2)]
    assert {uuid.UUID(one).version for one in ids} == {7}
    assert ids[0] != ids[1]


def test_the_correlation_id_stands_in_a_header_of_every_answer_too(http: Http) -> None:
    refused = http.get("/crm/v3/objects/butterflies")
    assert refused.headers["X-HubSpot-Correlation-Id"] == refused.json()["correlationId"]
    assert uuid.UUID(http.get("/crm/v3/objects/companies").headers["x-hubspot-correlation-id"]).version == 7

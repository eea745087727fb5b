"""Property and group definitions: their life from creation to the archive and back, and what is refused on the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import requests

    from tests.connectors.sandbox_hubspot.conftest import Bench

PATH = "/crm/v3/properties/companies"
LEVEL = {
    "name": "eq_level",
    "label": "Level",
    "groupName": "equilibre",
    "type": "enumeration",
    "fieldType": "select",
    "options": [{"label": "Watch", "value": "watch", "displayOrder": 5}, {"label": "Alert", "value": "alert"}],
}


@pytest.fixture
def group(bench: Bench) -> None:
    answer = bench.http.post(f"{PATH}/groups", {"name": "equilibre", "label": "Équilibre"})
    assert answer.status_code == 201
    assert answer.json() == {"name": "equilibre", "label": "Équilibre", "displayOrder": answer.json()["displayOrder"], "archived": False}


def _create(bench: Bench, **more: Any) -> requests.Response:
    return bench.http.post(PATH, {**LEVEL, **more})


def _sub(answer: requests.Response) -> str:
    return str(answer.json().get("subCategory"))


# ---------------------------------------------------------------- creation


def test_a_created_property_comes_back_complete(bench: Bench, group: None) -> None:
    answer = _create(bench, description="Overall level")
    body = answer.json()
    assert answer.status_code == 201
    assert body["options"] == [
        {"label": "Watch", "value": "watch", "displayOrder": 5, "hidden": False, "description": ""},
        {"label": "Alert", "value": "alert", "displayOrder": 6, "hidden": False, "description": ""},
    ]
    assert body["modificationMetadata"] == {"archivable": True, "readOnlyDefinition": False, "readOnlyValue": False}
    expected = {"archived": False, "hasUniqueValue": False, "displayOrder": -1, "dataSensitivity": "non_sensitive", "hidden": False}
    assert expected.items() <= body.items()
    assert bench.http.get(f"{PATH}/eq_level").json() == body
    assert "eq_level" in {one["name"] for one in bench.http.get(PATH).json()["results"]}


def test_a_name_that_is_taken_is_a_conflict(bench: Bench, group: None) -> None:
    _create(bench)
    for name in ("eq_level", "name"):
        answer = _create(bench, name=name)
        assert answer.status_code == 409
        assert answer.json()["category"] == "OBJECT_ALREADY_EXISTS"
        assert _sub(answer) == "Properties.PROPERTY_WITH_NAME_EXISTS"
        assert answer.json()["message"] == f"A property named '{name}' already exists."


@pytest.mark.parametrize(
    ("change", "sub"),
    [
        ({"name": "EQ_Level"}, "PropertyValidationError.INVALID_PROPERTY_NAME"),
        ({"name": "1level"}, "PropertyValidationError.INVALID_PROPERTY_NAME"),
        ({"name": "x" * 101}, "PropertyValidationError.INVALID_PROPERTY_NAME"),
        ({"type": "picklist"}, "PropertyValidationError.INVALID_PROPERTY_TYPE"),
        ({"fieldType": "date"}, "PropertyValidationError.INVALID_FIELD_TYPE"),
        ({"options": []}, "PropertyValidationError.MISSING_OPTIONS"),
        ({"options": [{"label": "A", "value": "a"}] * 2}, "PropertyValidationError.DUPLICATE_OPTION_VALUE"),
        ({"type": "bool", "fieldType": "booleancheckbox"}, "PropertyValidationError.INVALID_BOOLEAN_OPTION"),
        ({"groupName": "nowhere"}, "PropertyGroupError.GROUP_DOES_NOT_EXIST"),
    ],
)
def test_a_definition_that_makes_no_sense_is_refused(bench: Bench, group: None, change: dict[str, Any], sub: str) -> None:
    answer = _create(bench, **change)
    assert answer.status_code == 400
    assert _sub(answer) == sub


@pytest.mark.parametrize("key", ["name", "label", "groupName", "type", "fieldType"])
def test_a_definition_lacks_nothing(bench: Bench, group: None, key: str) -> None:
    assert _create(bench, **{key: ""}).json()["message"].endswith(f"Some required fields were not set: [{key}]")


@pytest.mark.parametrize("options", [[{"label": "A"}], [{"value": "a"}], ["a"], "a", [{"label": "A", "value": "a", "displayOrder": "x"}]])
def test_options_of_another_shape_are_refused(bench: Bench, group: None, options: Any) -> None:
    assert _create(bench, options=options).status_code == 400


def test_at_most_ten_unique_properties_fit_on_an_object(bench: Bench, group: None) -> None:
    text = {"type": "string", "fieldType": "text", "options": [], "hasUniqueValue": True}
    for n in range(10):
        assert _create(bench, name=f"key_{n}", **text).status_code == 201
    answer = _create(bench, name="key_10", **text)
    assert answer.status_code == 400
    assert _sub(answer) == "PropertyValidationError.UNIQUE_PROPERTY_LIMIT"


def test_a_portal_may_refuse_unique_properties_on_tasks(bench: Bench) -> None:
    bench.portal.knobs.unique_refused = {"tasks"}
    body = {"name": "equilibre_key", "label": "K", "groupName": "taskinformation", "type": "string", "fieldType": "text"}
    assert bench.http.post("/crm/v3/properties/tasks", {**body, "hasUniqueValue": True}).status_code == 400
    assert bench.http.post("/crm/v3/properties/tasks", body).status_code == 201


def test_at_most_a_thousand_custom_properties_fit_on_an_object(bench: Bench, group: None) -> None:
    bench.portal.define("companies", {f"p{n}": "string" for n in range(1_000)})
    assert _sub(_create(bench)) == "PropertyValidationError.PROPERTY_LIMIT"


def test_a_new_property_can_be_used_only_after_the_definition_lag(bench: Bench, group: None) -> None:
    bench.portal.knobs.definition_lag = 0.7
    record = bench.portal.create("companies", {"name": "A"})
    assert _create(bench).status_code == 201

    def write() -> requests.Response:
        return bench.http("PATCH", f"/crm/v3/objects/companies/{record}", {"properties": {"eq_level": "alert"}})

    assert write().json()["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    assert bench.http.get(f"{PATH}/eq_level").status_code == 404
    assert _create(bench).status_code == 409
    bench.clock.tick(0.7)
    assert write().status_code == 200


# ---------------------------------------------------------------- change


def test_options_given_replace_the_list_and_options_left_out_stay(bench: Bench, group: None) -> None:
    _create(bench)
    kept = bench.http("PATCH", f"{PATH}/eq_level", {"label": "Niveau"}).json()
    assert (kept["label"], [one["value"] for one in kept["options"]]) == ("Niveau", ["watch", "alert"])
    bench.http("PATCH", f"{PATH}/eq_level", {"options": [{"label": "Critical", "value": "critical"}]})
    record = bench.portal.create("companies", {"name": "A"})
    answer = bench.http("PATCH", f"/crm/v3/objects/companies/{record}", {"properties": {"eq_level": "watch"}})
    assert answer.json()["errors"][0]["message"] == "watch was not one of the allowed options: [critical]"


def test_uniqueness_cannot_be_switched_on_later(bench: Bench, group: None) -> None:
    _create(bench, type="string", fieldType="text", options=[])
    answer = bench.http("PATCH", f"{PATH}/eq_level", {"hasUniqueValue": True})
    assert answer.status_code == 200
    assert answer.json()["hasUniqueValue"] is False


@pytest.mark.parametrize("change", [{"type": "picklist"}, {"fieldType": "date"}, {"groupName": "nowhere"}, {"options": []}])
def test_a_change_is_checked_as_a_creation_is(bench: Bench, group: None, change: dict[str, Any]) -> None:
    _create(bench)
    before = bench.http.get(f"{PATH}/eq_level").json()
    assert bench.http("PATCH", f"{PATH}/eq_level", change).status_code == 400
    assert bench.http.get(f"{PATH}/eq_level").json() == before


def test_what_the_vendor_defined_is_his(bench: Bench) -> None:
    assert _sub(bench.http("PATCH", f"{PATH}/name", {"label": "Nom"})) == "PropertyValidationError.READ_ONLY_DEFINITION"
    assert _sub(bench.http("DELETE", f"{PATH}/name")) == "PropertyValidationError.CANNOT_DELETE_HUBSPOT_DEFINED_PROPERTY"
    definition = bench.http.get(f"{PATH}/hs_object_id").json()
    assert definition["hubspotDefined"] is True
    assert definition["modificationMetadata"] == {"archivable": False, "readOnlyDefinition": True, "readOnlyValue": True}
    assert "archived" not in definition


# ---------------------------------------------------------------- the archive


def test_an_archived_property_hides_its_values_and_recreating_its_name_brings_them_back(bench: Bench, group: None) -> None:
    _create(bench)
    record = bench.portal.create("companies", {"name": "A", "eq_level": "alert"})
    path = f"/crm/v3/objects/companies/{record}"
    assert bench.http("DELETE", f"{PATH}/eq_level").status_code == 204
    assert "eq_level" not in bench.http.get(path, properties="eq_level").json()["properties"]
    assert bench.http("PATCH", path, {"properties": {"eq_level": "watch"}}).json()["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    assert bench.http.get(f"{PATH}/eq_level").status_code == 404
    gone = bench.http.get(f"{PATH}/eq_level", archived="true").json()
    assert (gone["archived"], gone["archivedAt"]) == (True, "2026-11-23T09:00:00.000Z")
    assert [one["name"] for one in bench.http.get(PATH, archived="true").json()["results"]] == ["eq_level"]
    again = _create(bench, label="Niveau", type="string", fieldType="text", options=[])
    assert again.status_code == 201
    assert (again.json()["label"], again.json()["type"], again.json()["archived"]) == ("Niveau", "string", False)
    assert bench.http.get(path, properties="eq_level").json()["properties"]["eq_level"] == "alert"


def test_a_restored_unique_property_still_guards_its_old_values(bench: Bench, group: None) -> None:
    unique = {"type": "string", "fieldType": "text", "options": [], "hasUniqueValue": True}
    _create(bench, **unique)
    bench.portal.create("companies", {"name": "A", "eq_level": "k1"})
    bench.http("DELETE", f"{PATH}/eq_level")
    _create(bench, **unique)
    answer = bench.http.post("/crm/v3/objects/companies", {"properties": {"name": "B", "eq_level": "K1"}})
    assert answer.json()["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"


def test_a_property_in_use_cannot_be_deleted_and_each_use_is_named(bench: Bench, group: None) -> None:
    _create(bench)
    bench.portal.in_use("companies", "eq_level", "WORKFLOW", "Relance")
    answer = bench.http("DELETE", f"{PATH}/eq_level")
    assert answer.status_code == 400
    assert _sub(answer) == "PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE"
    assert answer.json()["errors"][0]["context"] == {"parentType": ["WORKFLOW"], "parentName": ["Relance"]}
    assert bench.http.post(f"{PATH}/batch/archive", {"inputs": [{"name": "eq_level"}]}).status_code == 400


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_property_that_does_not_exist_is_not_found(bench: Bench, method: str) -> None:
    answer = bench.http(method, f"{PATH}/nothing", None if method == "GET" else {})
    assert answer.status_code == 404
    assert answer.json()["category"] == "OBJECT_NOT_FOUND"


def test_an_archived_property_cannot_be_deleted_again(bench: Bench, group: None) -> None:
    _create(bench)
    assert bench.http("DELETE", f"{PATH}/eq_level").status_code == 204
    assert bench.http("DELETE", f"{PATH}/eq_level").status_code == 404


def test_sensitive_properties_are_listed_apart(bench: Bench) -> None:
    assert bench.http.get(PATH, dataSensitivity="sensitive").json() == {"results": []}


# ---------------------------------------------------------------- batches


def test_a_batch_creates_what_it_can_and_lists_the_rest(bench: Bench, group: None) -> None:
    other = {**LEVEL, "name": "eq_run", "type": "string", "fieldType": "text", "options": []}
    whole = bench.http.post(f"{PATH}/batch/create", {"inputs": [other]})
    assert (whole.status_code, whole.json()["status"]) == (201, "COMPLETE")
    part = bench.http.post(f"{PATH}/batch/create", {"inputs": [LEVEL, other, {"name": "x"}]})
    assert part.status_code == 207
    assert [one["name"] for one in part.json()["results"]] == ["eq_level"]
    assert [one["category"] for one in part.json()["errors"]] == ["OBJECT_ALREADY_EXISTS", "VALIDATION_ERROR"]
    assert part.json()["errors"][0]["context"] == {"name": ["eq_run"]}
    assert part.json()["numErrors"] == 2


def test_a_batch_reads_and_archives_by_name(bench: Bench, group: None) -> None:
    _create(bench)
    names = {"inputs": [{"name": "eq_level"}, {"name": "nothing"}]}
    answer = bench.http.post(f"{PATH}/batch/read", names)
    assert answer.status_code == 207
    assert [one["name"] for one in answer.json()["results"]] == ["eq_level"]
    assert bench.http.post(f"{PATH}/batch/archive", names).status_code == 204
    assert bench.http.get(f"{PATH}/eq_level").status_code == 404
    again = bench.http.post(f"{PATH}/batch/read", {"inputs": [{"name": "eq_level"}], "archived": True})
    assert (again.status_code, again.json()["results"][0]["archived"]) == (200, True)


def test_a_batch_of_more_than_a_hundred_definitions_is_refused(bench: Bench) -> None:
    assert bench.http.post(f"{PATH}/batch/create", {"inputs": [{}] * 101}).status_code == 400


# ---------------------------------------------------------------- groups


def test_groups_can_be_read_renamed_and_not_made_twice(bench: Bench, group: None) -> None:
    assert "equilibre" in {one["name"] for one in bench.http.get(f"{PATH}/groups").json()["results"]}
    answer = bench.http.post(f"{PATH}/groups", {"name": "equilibre", "label": "E"})
    assert (answer.status_code, answer.json()["category"]) == (409, "OBJECT_ALREADY_EXISTS")
    assert bench.http("PATCH", f"{PATH}/groups/equilibre", {"label": "Relation", "displayOrder": 3}).json()["label"] == "Relation"
    assert bench.http.get(f"{PATH}/groups/equilibre").json()["displayOrder"] == 3


@pytest.mark.parametrize("body", [{}, {"name": "g"}, {"label": "G"}, {"name": "Bad Name", "label": "G"}])
def test_a_group_needs_a_good_name_and_a_label(bench: Bench, body: dict[str, str]) -> None:
    assert bench.http.post(f"{PATH}/groups", body).status_code == 400


def test_a_group_with_active_properties_stays_and_the_refusal_is_nested_in_the_message(bench: Bench, group: None) -> None:
    _create(bench)
    answer = bench.http("DELETE", f"{PATH}/groups/equilibre")
    assert answer.status_code == 400
    inner = json.loads(answer.json()["message"])
    assert inner["subCategory"] == "PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES"
    assert inner["correlationId"]
    bench.http("DELETE", f"{PATH}/eq_level")
    assert bench.http("DELETE", f"{PATH}/groups/equilibre").status_code == 204
    assert bench.http.get(f"{PATH}/groups/equilibre").status_code == 404
    assert bench.http("DELETE", f"{PATH}/groups/equilibre").status_code == 404
    assert _sub(_create(bench)) == "PropertyGroupError.GROUP_DOES_NOT_EXIST"


# ---------------------------------------------------------------- seeds


def test_definitions_can_be_seeded_in_words(bench: Bench) -> None:
    bench.portal.define("deals", {"margin": "number", "lot": "enumeration: a=Lot A; b", "flag": "bool"}, group="chantiers")
    found = {one["name"]: one for one in bench.http.get("/crm/v3/properties/deals").json()["results"]}
    assert (found["margin"]["type"], found["margin"]["groupName"]) == ("number", "chantiers")
    assert [(one["value"], one["label"]) for one in found["lot"]["options"]] == [("a", "Lot A"), ("b", "b")]
    with pytest.raises(ValueError, match="already exists"):
        bench.portal.define("deals", {"margin": "number"})

"""Batches: the cap, all or nothing, partial success with trace ids, and the order that a 207 does not keep."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.connectors.sandbox_hubspot.conftest import Bench

PATH = "/crm/v3/objects/companies/batch"
DUE = "2026-12-01T09:00:00.000Z"


def _companies(bench: Bench, count: int) -> list[str]:
    return [bench.portal.create("companies", {"name": f"C{n}"}) for n in range(count)]


def _read(bench: Bench, ids: list[str], **more: Any) -> Any:
    return bench.http.post(f"{PATH}/read", {"inputs": [{"id": one} for one in ids], "properties": ["name"], **more})


def _unique(bench: Bench, kind: str, name: str = "ext_id") -> None:
    bench.portal.define(kind, [{"name": name, "type": "string", "fieldType": "text", "hasUniqueValue": True}])


# ---------------------------------------------------------------- for every batch


@pytest.mark.parametrize("verb", ["read", "create", "update", "upsert", "archive"])
def test_a_batch_holds_at_most_a_hundred(bench: Bench, verb: str) -> None:
    inputs = [{"id": str(n), "properties": {}} for n in range(101)]
    answer = bench.http.post(f"{PATH}/{verb}", {"inputs": inputs})
    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"
    assert "100" in answer.json()["message"]


@pytest.mark.parametrize(("count", "history", "status"), [(50, ["name"], 207), (51, ["name"], 400), (51, [], 207)])
def test_a_batch_read_with_history_holds_at_most_fifty(bench: Bench, count: int, history: list[str], status: int) -> None:
    inputs = [{"id": str(n)} for n in range(count)]
    assert bench.http.post(f"{PATH}/read", {"propertiesWithHistory": history, "inputs": inputs}).status_code == status


@pytest.mark.parametrize("verb", ["read", "create", "update", "upsert", "archive"])
@pytest.mark.parametrize("body", [{}, {"inputs": "x"}, {"inputs": [1]}, {"inputs": [{}]}, {"inputs": [{"id": {}, "properties": 3}]}])
def test_a_batch_of_another_shape_is_refused(bench: Bench, verb: str, body: dict[str, Any]) -> None:
    assert bench.http.post(f"{PATH}/{verb}", body).status_code == 400


# ---------------------------------------------------------------- read


def test_a_whole_batch_read_is_a_200_without_errors(bench: Bench) -> None:
    made = _companies(bench, 3)
    answer = _read(bench, made)
    assert answer.status_code == 200
    assert sorted(row["id"] for row in answer.json()["results"]) == sorted(made)
    assert set(answer.json()) == {"status", "results", "startedAt", "completedAt"}


def test_missing_ids_make_a_207_that_lists_them(bench: Bench) -> None:
    made = _companies(bench, 2)
    answer = _read(bench, [*made, "12345", "unknownIdentifier888"])
    body = answer.json()
    assert answer.status_code == 207
    assert {row["id"] for row in body["results"]} == set(made)
    assert body["numErrors"] == 1
    assert body["errors"] == [
        {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Could not get some COMPANY objects, they may be deleted or not exist. Check that ids are valid.",
            "context": {"ids": ["12345", "unknownIdentifier888"]},
        }
    ]


def test_a_207_does_not_keep_the_order_of_the_inputs(bench: Bench) -> None:
    made = _companies(bench, 30)
    got = [row["id"] for row in _read(bench, [*made, "1"]).json()["results"]]
    assert sorted(got) == sorted(made)
    assert got != made


def test_an_id_twice_refuses_the_whole_read(bench: Bench) -> None:
    one, two = _companies(bench, 2)
    body = _read(bench, [one, two, one]).json()
    assert body["message"] == f"Duplicate IDs found in batch input: [{one}]. IDs must be unique"
    assert body["context"] == {"ids": [one]}
    assert body["category"] == "VALIDATION_ERROR"


def test_archived_records_are_read_only_with_archived(bench: Bench) -> None:
    one = _companies(bench, 1)[0]
    bench.portal.archive("companies", one)
    assert _read(bench, [one]).status_code == 207
    answer = bench.http.post(f"{PATH}/read?archived=true", {"inputs": [{"id": one}]})
    assert answer.json()["results"][0]["archivedAt"] == "2026-11-23T09:00:00.000Z"


def test_a_batch_reads_by_a_unique_property_and_with_history(bench: Bench) -> None:
    _unique(bench, "companies")
    record = bench.portal.create("companies", {"name": "A", "ext_id": "X1"})
    row = _read(bench, ["x1"], idProperty="ext_id", propertiesWithHistory=["name"]).json()["results"][0]
    assert row["id"] == record
    assert row["propertiesWithHistory"]["name"][0]["value"] == "A"
    assert _read(bench, ["a.fr"], idProperty="domain").status_code == 400


# ---------------------------------------------------------------- create


def _create(bench: Bench, kind: str, *values: dict[str, Any], trace: bool = True, **more: Any) -> Any:
    inputs = [{"properties": one, **more, **({"objectWriteTraceId": f"t{n}"} if trace else {})} for n, one in enumerate(values)]
    return bench.http.post(f"/crm/v3/objects/{kind}/batch/create", {"inputs": inputs})


def test_a_whole_create_is_a_201_and_echoes_the_trace_ids(bench: Bench) -> None:
    answer = _create(bench, "companies", {"name": "A"}, {"name": "B"})
    assert answer.status_code == 201
    rows = {row["objectWriteTraceId"]: row for row in answer.json()["results"]}
    assert rows["t1"]["properties"]["name"] == "B"
    assert bench.portal.get("companies", rows["t1"]["id"])["hs_object_source"] == "INTEGRATION"


def test_without_trace_ids_one_conflict_refuses_all(bench: Bench) -> None:
    bench.portal.create("contacts", {"email": "ana@rivoal.fr"})
    answer = _create(bench, "contacts", {"email": "leo@rivoal.fr"}, {"email": "ana@rivoal.fr"}, trace=False)
    assert answer.status_code == 409
    assert {key: answer.json()[key] for key in ("status", "message", "category")} == {
        "status": "error",
        "message": "Contact already exists",
        "category": "CONFLICT",
    }
    assert len(bench.portal.ids("contacts")) == 1


def test_with_trace_ids_one_conflict_refuses_one_and_names_the_other(bench: Bench) -> None:
    held = bench.portal.create("contacts", {"email": "ana@rivoal.fr"})
    answer = _create(bench, "contacts", {"email": "leo@rivoal.fr"}, {"email": "ana@rivoal.fr"})
    assert answer.status_code == 207
    assert answer.json()["errors"] == [
        {
            "status": "error",
            "category": "CONFLICT",
            "message": f"Contact already exists. Existing ID: {held}",
            "context": {"objectWriteTraceId": ["t1"], "existingId": [held]},
        }
    ]
    assert [row["objectWriteTraceId"] for row in answer.json()["results"]] == ["t0"]


def test_the_same_unique_value_twice_in_one_batch_is_made_once(bench: Bench) -> None:
    answer = _create(bench, "contacts", {"email": "ana@rivoal.fr"}, {"email": "ANA@rivoal.fr"})
    assert answer.status_code == 207
    assert answer.json()["errors"][0]["category"] == "CONFLICT"
    assert len(bench.portal.ids("contacts")) == 1


def test_a_unique_value_that_is_held_refuses_its_row_or_without_trace_ids_all(bench: Bench) -> None:
    _unique(bench, "companies")
    bench.portal.create("companies", {"name": "A", "ext_id": "X1"})
    rows = [{"name": "B", "ext_id": "X2"}, {"name": "C", "ext_id": "x1"}]
    whole = _create(bench, "companies", *rows, trace=False)
    assert (whole.status_code, whole.json()["errors"][0]["code"]) == (400, "CONFLICTING_UNIQUE_VALUE")
    part = _create(bench, "companies", *rows)
    assert part.status_code == 207
    assert part.json()["errors"][0]["errors"][0]["context"] == {"propertyName": ["ext_id"]}
    assert [row["objectWriteTraceId"] for row in part.json()["results"]] == ["t0"]


def test_a_property_that_does_not_exist_refuses_the_whole_batch_even_with_trace_ids(bench: Bench) -> None:
    answer = _create(bench, "companies", {"name": "A"}, {"name": "B", "first000name": "x"})
    body = answer.json()
    assert answer.status_code == 400
    assert json.loads(body["message"].partition(": ")[2])[0]["error"] == "PROPERTY_DOESNT_EXIST"
    assert body["errors"][0]["context"] == {"propertyName": ["first000name"]}
    assert bench.portal.ids("companies") == []


def test_a_bad_value_refuses_one_row_with_trace_ids_and_all_without(bench: Bench) -> None:
    rows: list[dict[str, Any]] = [{"name": "A"}, {"name": "B", "annualrevenue": "many"}]
    assert _create(bench, "companies", *rows, trace=False).status_code == 400
    assert bench.portal.ids("companies") == []
    answer = _create(bench, "companies", *rows)
    error = answer.json()["errors"][0]
    assert answer.status_code == 207
    assert (error["category"], error["context"]) == ("VALIDATION_ERROR", {"objectWriteTraceId": ["t1"]})
    assert error["errors"][0]["code"] == "INVALID_FLOAT"
    assert len(bench.portal.ids("companies")) == 1


def test_a_portal_can_refuse_the_whole_batch_for_a_bad_value_in_spite_of_trace_ids(bench: Bench) -> None:
    bench.portal.knobs.whole_batch_refused = True
    assert _create(bench, "companies", {"name": "A"}, {"name": "B", "annualrevenue": "many"}).status_code == 400
    assert bench.portal.ids("companies") == []


def test_a_batch_where_nothing_goes_is_a_207_without_results(bench: Bench) -> None:
    answer = _create(bench, "tasks", {"hs_task_subject": "Revue"})
    assert answer.status_code == 207
    assert answer.json()["results"] == []
    assert answer.json()["errors"][0]["message"] == "Error creating TASK. Some required properties were not set."
    assert answer.json()["errors"][0]["context"] == {"objectWriteTraceId": ["t0"], "properties": ["hs_timestamp"]}
    assert _create(bench, "tasks", {"hs_task_subject": "Revue"}, trace=False).status_code == 400


def test_a_task_is_born_associated(bench: Bench) -> None:
    company = _companies(bench, 1)[0]
    spec = [{"to": {"id": company}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 192}]}]
    task = _create(bench, "tasks", {"hs_timestamp": DUE}, associations=spec).json()["results"][0]["id"]
    assert bench.portal.associated("companies", company, "tasks") == {task: {191}}


@pytest.mark.parametrize(
    "spec",
    [
        {"to": {"id": "{company}"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 191}]},
        {"to": {"id": "{company}"}, "types": [{"associationCategory": "USER_DEFINED", "associationTypeId": 192}]},
        {"to": {"id": "{company}"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 204}]},
        {"to": {"id": "{company}"}, "types": [{"associationTypeId": 192}]},
        {
            "to": {"id": "{company}"},
            "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id} for type_id in (192, 204)],
        },
        {"to": {"id": "{company}"}, "types": []},
        {"to": {"id": "{company}"}},
        {"to": {"id": "12345"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 192}]},
        {"types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 192}]},
        {"to": "x", "types": [1]},
        "x",
    ],
)
def test_a_task_with_a_wrong_association_is_not_made(bench: Bench, spec: Any) -> None:
    company = _companies(bench, 1)[0]
    given = json.loads(json.dumps([spec]).replace("{company}", company))
    single = bench.http.post("/crm/v3/objects/tasks", {"properties": {"hs_timestamp": DUE}, "associations": given})
    batch = _create(bench, "tasks", {"hs_timestamp": DUE}, trace=False, associations=given)
    assert single.status_code == batch.status_code == 400
    assert _create(bench, "tasks", {"hs_timestamp": DUE}, associations=given).status_code == 207
    assert bench.portal.ids("tasks") == []


# ---------------------------------------------------------------- update


def test_an_update_changes_what_is_given_and_answers_200(bench: Bench) -> None:
    one, two = _companies(bench, 2)
    bench.clock.tick(60)
    inputs = [{"id": one, "properties": {"city": "Lyon"}}, {"id": two, "properties": {"city": "Brest"}}]
    answer = bench.http.post(f"{PATH}/update", {"inputs": inputs})
    assert answer.status_code == 200
    rows = {row["id"]: row["properties"] for row in answer.json()["results"]}
    assert rows[two] == {"city": "Brest", "createdate": "2026-11-23T09:00:00.000Z", "hs_lastmodifieddate": "2026-11-23T09:01:00.000Z"} | {
        "hs_object_id": two
    }


def test_writing_the_same_value_again_still_counts_as_a_modification(bench: Bench) -> None:
    one = _companies(bench, 1)[0]
    bench.clock.tick(60)
    bench.http.post(f"{PATH}/update", {"inputs": [{"id": one, "properties": {"name": "C0"}}]})
    assert bench.portal.get("companies", one)["hs_lastmodifieddate"] == "2026-11-23T09:01:00.000Z"


@pytest.mark.parametrize("trace", [True, False])
def test_unknown_ids_of_an_update_are_errors_of_a_207(bench: Bench, trace: bool) -> None:
    one = _companies(bench, 1)[0]
    inputs = [{"id": one, "properties": {"city": "Lyon"}}, {"id": "12345", "properties": {"city": "Brest"}}]
    if trace:
        inputs = [{**row, "objectWriteTraceId": str(n)} for n, row in enumerate(inputs)]
    answer = bench.http.post(f"{PATH}/update", {"inputs": inputs})
    assert answer.status_code == 207
    assert [row["id"] for row in answer.json()["results"]] == [one]
    assert answer.json()["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert answer.json()["errors"][0]["context"] == {"ids": ["12345"]} | ({"objectWriteTraceId": ["1"]} if trace else {})


def test_an_id_twice_refuses_the_whole_update(bench: Bench) -> None:
    one = _companies(bench, 1)[0]
    inputs = [{"id": one, "properties": {"city": city}, "objectWriteTraceId": city} for city in ("Lyon", "Brest")]
    answer = bench.http.post(f"{PATH}/update", {"inputs": inputs})
    assert answer.status_code == 400
    assert "Duplicate IDs" in answer.json()["message"]
    assert "city" not in bench.portal.get("companies", one)


def test_a_merged_and_a_surviving_id_are_the_same_record_twice(bench: Bench) -> None:
    one, two = _companies(bench, 2)
    bench.portal.merge("companies", one, two)
    inputs = [{"id": one, "properties": {"city": "Lyon"}}, {"id": two, "properties": {"city": "Brest"}}]
    assert bench.http.post(f"{PATH}/update", {"inputs": inputs}).status_code == 400


def test_an_update_of_an_archived_record_does_not_find_it(bench: Bench) -> None:
    one = _companies(bench, 1)[0]
    bench.portal.archive("companies", one)
    assert bench.http.post(f"{PATH}/update", {"inputs": [{"id": one, "properties": {"city": "Lyon"}}]}).status_code == 207
    assert bench.http("PATCH", f"/crm/v3/objects/companies/{one}", {"properties": {"city": "Lyon"}}).status_code == 404


def test_an_update_by_a_unique_property_finds_and_by_another_is_refused(bench: Bench) -> None:
    _unique(bench, "companies")
    record = bench.portal.create("companies", {"name": "A", "ext_id": "X1"})
    good = {"inputs": [{"id": "X1", "idProperty": "ext_id", "properties": {"city": "Lyon"}}]}
    assert bench.http.post(f"{PATH}/update", good).json()["results"][0]["id"] == record
    bad = {"inputs": [{"id": "a.fr", "idProperty": "domain", "properties": {"city": "Lyon"}}]}
    assert bench.http.post(f"{PATH}/update", bad).status_code == 400


# ---------------------------------------------------------------- upsert


def _upsert(bench: Bench, kind: str, name: str, *rows: tuple[str, dict[str, Any]], **more: Any) -> Any:
    inputs = [{"id": one, "idProperty": name, "properties": values, "objectWriteTraceId": one, **more} for one, values in rows]
    return bench.http.post(f"/crm/v3/objects/{kind}/batch/upsert", {"inputs": inputs})


def test_an_upsert_says_which_records_are_new(bench: Bench) -> None:
    _unique(bench, "tasks", "equilibre_key")
    first = _upsert(bench, "tasks", "equilibre_key", ("k1", {"hs_timestamp": DUE}), ("k2", {"hs_timestamp": DUE}))
    assert first.status_code == 200
    assert [row["new"] for row in first.json()["results"]] == [True, True]
    again = _upsert(bench, "tasks", "equilibre_key", ("K1", {"hs_task_subject": "Revue"}), ("k3", {"hs_timestamp": DUE}))
    assert {row["objectWriteTraceId"]: row["new"] for row in again.json()["results"]} == {"K1": False, "k3": True}
    assert len(bench.portal.ids("tasks")) == 3


def test_an_upsert_of_a_new_task_needs_what_a_create_needs(bench: Bench) -> None:
    _unique(bench, "tasks", "equilibre_key")
    answer = _upsert(bench, "tasks", "equilibre_key", ("k1", {"hs_task_subject": "Revue"}))
    assert answer.status_code == 207
    assert answer.json()["errors"][0]["context"]["properties"] == ["hs_timestamp"]


def test_an_upsert_ignores_associations(bench: Bench) -> None:
    _unique(bench, "tasks", "equilibre_key")
    company = _companies(bench, 1)[0]
    spec = [{"to": {"id": company}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 192}]}]
    assert _upsert(bench, "tasks", "equilibre_key", ("k1", {"hs_timestamp": DUE}), associations=spec).status_code == 200
    assert bench.portal.associated("companies", company, "tasks") == {}


@pytest.mark.parametrize("name", ["hs_object_id", "domain", "equilibre_key", ""])
def test_an_upsert_by_a_property_that_is_not_unique_is_refused(bench: Bench, name: str) -> None:
    answer = _upsert(bench, "companies", name, ("1", {"city": "Lyon"}))
    assert answer.status_code == 400
    expected = f"Unable to perform update/upsert by non-unique 0-2 property {name or 'hs_object_id'} in portal ID {bench.portal.portal_id}"
    assert answer.json()["message"] == expected


def test_an_upsert_of_one_key_twice_is_refused(bench: Bench) -> None:
    _unique(bench, "tasks", "equilibre_key")
    answer = _upsert(bench, "tasks", "equilibre_key", ("k1", {"hs_timestamp": DUE}), ("K1", {"hs_timestamp": DUE}))
    assert answer.status_code == 400
    assert bench.portal.ids("tasks") == []


def test_contacts_are_upserted_by_address(bench: Bench) -> None:
    assert _upsert(bench, "contacts", "email", ("ana@rivoal.fr", {"firstname": "Ana"})).json()["results"][0]["new"] is True
    assert _upsert(bench, "contacts", "email", ("ana@rivoal.fr", {"firstname": "Anna"})).json()["results"][0]["new"] is False


# ---------------------------------------------------------------- archive


def test_archiving_answers_204_whatever_the_ids(bench: Bench) -> None:
    one, two = _companies(bench, 2)
    body = {"inputs": [{"id": one}, {"id": "12345"}]}
    for _ in range(2):
        answer = bench.http.post(f"{PATH}/archive", body)
        assert answer.status_code == 204
        assert answer.content == b""
    assert bench.portal.ids("companies") == [two]
    assert bench.portal.ids("companies", archived=True) == [one]


def test_deleting_one_is_idempotent_but_an_unknown_id_is_not_found(bench: Bench) -> None:
    one = _companies(bench, 1)[0]
    for _ in range(2):
        assert bench.http("DELETE", f"/crm/v3/objects/companies/{one}").status_code == 204
    assert bench.http("DELETE", "/crm/v3/objects/companies/12345").status_code == 404

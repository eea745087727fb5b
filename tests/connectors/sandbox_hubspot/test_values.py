"""What a property accepts, and in which words the rest is refused: nearly every refusal of a value has its own code."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox.hubspot.definitions import Property
from connectors.sandbox.hubspot.values import Problem, accept, instant
from connectors.sandbox.hubspot.wire import stamp

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import Portal
    from tests.connectors.sandbox_hubspot.conftest import Bench

PATH = "/crm/v3/objects/companies"


@pytest.fixture
def record(bench: Bench) -> str:
    bench.portal.define(
        "companies",
        {
            "score": "number",
            "since": "date",
            "seen_at": "datetime",
            "is_key": "bool",
            "level": "enumeration: watch=Watch; alert=Alert",
            "tags": "checkbox: a; b; c",
            "memo": "text",
        },
    )
    return bench.portal.create("companies", {"name": "Aulne"})


def _set(bench: Bench, record: str, **values: Any) -> Any:
    return bench.http("PATCH", f"{PATH}/{record}", {"properties": values})


@pytest.mark.parametrize(
    ("name", "given_value", "stored"),
    [
        ("score", 12.5, "12.5"),
        ("score", "1.5E7", "1.5E7"),
        ("score", -3, "-3"),
        ("since", "2026-02-28", "2026-02-28"),
        ("since", "1772236800000", "2026-02-28"),
        ("since", 1772236800000, "2026-02-28"),
        ("since", "2026-02-28T00:00:00Z", "2026-02-28"),
        ("seen_at", "2026-02-28T10:30:00+01:00", "2026-02-28T09:30:00.000Z"),
        ("seen_at", "1772236800123", "2026-02-28T00:00:00.123Z"),
        ("seen_at", "2026-02-28", "2026-02-28T00:00:00.000Z"),
        ("is_key", True, "true"),
        ("is_key", "FALSE", "false"),
        ("level", "alert", "alert"),
        ("tags", "a;c", "a;c"),
        ("memo", "é" * 65_536, "é" * 65_536),
        ("hubspot_owner_id", "", None),
    ],
)
def test_values_are_kept_as_text(bench: Bench, record: str, name: str, given_value: object, stored: str | None) -> None:
    answer = _set(bench, record, **{name: given_value})
    assert answer.status_code == 200
    assert bench.http.get(f"{PATH}/{record}", properties=name).json()["properties"][name] == stored


@pytest.mark.parametrize(
    ("name", "given_value", "code", "message"),
    [
        ("nmae", "x", "PROPERTY_DOESNT_EXIST", 'Property "nmae" does not exist'),
        ("hs_object_id", "1", "READ_ONLY_VALUE", '"hs_object_id" is a read only property; its value cannot be set.'),
        ("createdate", "2026-01-01", "READ_ONLY_VALUE", '"createdate" is a read only property; its value cannot be set.'),
        ("hs_parent_company_id", "1", "READ_ONLY_VALUE", '"hs_parent_company_id" is a read only property; its value cannot be set.'),
        ("level", "critical", "INVALID_OPTION", "critical was not one of the allowed options: [watch, alert]"),
        ("level", "Alert", "INVALID_OPTION", "Alert was not one of the allowed options: [watch, alert]"),
        ("tags", "a;d", "INVALID_OPTION", "d was not one of the allowed options: [a, b, c]"),
        ("is_key", "yes", "INVALID_OPTION", "yes was not one of the allowed options: [true, false]"),
        ("score", "12,5", "INVALID_FLOAT", "12,5 was not a valid number."),
        ("score", "NaN", "INVALID_FLOAT", "NaN was not a valid number."),
        ("score", "1_000", "INVALID_FLOAT", "1_000 was not a valid number."),
        ("since", "1521225089103", "INVALID_DATE", "1521225089103 is at 18:31:29.103 UTC, not midnight!"),
        ("since", "28/02/2026", "INVALID_DATE", "28/02/2026 was not a valid date."),
        ("since", "2026-02-30", "INVALID_DATE", "2026-02-30 was not a valid date."),
        ("seen_at", "2026-02-28T09:30:00", "INVALID_LONG", "2026-02-28T09:30:00 was not a valid long."),
        ("seen_at", "yesterday", "INVALID_LONG", "yesterday was not a valid long."),
        ("hubspot_owner_id", "29947847357121", "INVALID_INTEGER", "29947847357121 was not a valid integer (for owner ID)."),
        ("hubspot_owner_id", "12", "INVALID_OWNER", "12 is not an active owner of this account."),
        ("memo", "x" * 65_537, "VALUE_TOO_LONG", "The value is 65537 characters long; the limit is 65536."),
    ],
)
def test_a_bad_value_is_refused_twice_in_one_body(
    bench: Bench, record: str, name: str, given_value: object, code: str, message: str
) -> None:
    answer = _set(bench, record, **{name: given_value})
    body = answer.json()
    assert answer.status_code == 400
    assert body["category"] == "VALIDATION_ERROR"
    head, _, inner = body["message"].partition(": ")
    assert head == "Property values were not valid"
    assert json.loads(inner) == [
        {
            "isValid": False,
            "message": message,
            "error": code,
            "name": name,
            "localizedErrorMessage": message,
            "portalId": bench.portal.portal_id,
        }
    ]
    assert body["errors"] == [{"message": message, "code": code, "context": {"propertyName": [name]}}]


def test_nothing_is_kept_of_a_request_with_one_bad_value(bench: Bench, record: str) -> None:
    assert _set(bench, record, score="7", level="none").status_code == 400
    assert "score" not in bench.portal.get("companies", record)


def test_every_bad_value_is_told_at_once(bench: Bench, record: str) -> None:
    body = _set(bench, record, score="x", level="none", nmae="").json()
    assert [one["code"] for one in body["errors"]] == ["INVALID_FLOAT", "INVALID_OPTION", "PROPERTY_DOESNT_EXIST"]


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_value_clears_and_a_missing_one_stays(bench: Bench, record: str, empty: str | None) -> None:
    _set(bench, record, score="7", level="watch")
    _set(bench, record, score=empty)
    held = bench.portal.get("companies", record)
    assert "score" not in held
    assert held["level"] == "watch"


def test_a_leading_semicolon_adds_to_a_checkbox(bench: Bench, record: str) -> None:
    _set(bench, record, tags="a")
    _set(bench, record, tags=";c;a")
    assert bench.portal.get("companies", record)["tags"] == "a;c"


def test_an_object_is_no_value(bench: Bench, record: str) -> None:
    answer = _set(bench, record, score={"a": 1})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(
        "Invalid input JSON on line 1, column 2: Cannot deserialize value of type `java.lang.String`"
    )


def test_a_patch_without_values_is_refused(bench: Bench, record: str) -> None:
    assert _set(bench, record).json()["message"] == "No properties found to update, please provide at least one."
    assert bench.http("PATCH", f"{PATH}/{record}", {}).json()["message"].endswith("Some required fields were not set: [properties]")
    assert bench.http("PATCH", f"{PATH}/{record}", {"properties": []}).status_code == 400


def test_only_an_active_owner_can_be_assigned_while_old_records_keep_a_gone_one(bench: Bench, record: str) -> None:
    here, gone = bench.portal.owner("ana@rivoal.fr", "Ana", "Roy"), bench.portal.owner("leo@rivoal.fr", "Léo", "Petit")
    bench.portal.update("companies", record, {"hubspot_owner_id": gone})
    bench.portal.deactivate_owner(gone)
    assert bench.portal.get("companies", record)["hubspot_owner_id"] == gone
    assert _set(bench, record, hubspot_owner_id=gone).json()["errors"][0]["code"] == "INVALID_OWNER"
    assert _set(bench, record, hubspot_owner_id=here).status_code == 200


@pytest.mark.parametrize(
    ("values", "missing"),
    [({}, ["hs_timestamp"]), ({"hs_task_subject": "Revue"}, ["hs_timestamp"]), ({"hs_timestamp": ""}, ["hs_timestamp"])],
)
def test_a_task_needs_a_due_date(bench: Bench, values: dict[str, str], missing: list[str]) -> None:
    answer = bench.http.post("/crm/v3/objects/tasks", {"properties": values})
    body = answer.json()
    assert answer.status_code == 400
    assert body["message"] == "Error creating TASK. Some required properties were not set."
    assert body["errors"][0]["context"] == {"properties": missing}


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("hs_task_status", ["NOT_STARTED", "IN_PROGRESS", "WAITING", "COMPLETED", "DEFERRED"], "OPEN"),
        ("hs_task_priority", ["LOW", "MEDIUM", "HIGH", "NONE"], "URGENT"),
        ("hs_task_type", ["TODO", "CALL", "EMAIL"], "MEETING"),
    ],
)
def test_task_words_are_the_vendors(bench: Bench, name: str, good: list[str], bad: str) -> None:
    for word in good:
        values = {"hs_timestamp": "2026-12-01T09:00:00.000Z", name: word}
        assert bench.http.post("/crm/v3/objects/tasks", {"properties": values}).status_code == 201
    answer = bench.http.post("/crm/v3/objects/tasks", {"properties": {"hs_timestamp": "2026-12-01T09:00:00.000Z", name: bad}})
    assert answer.json()["errors"][0]["code"] == "INVALID_OPTION"


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("companies", {"city": "Lyon"}),
        ("contacts", {"jobtitle": "DAF"}),
        ("deals", {"dealname": "D"}),
        ("tickets", {"subject": "S"}),
        ("notes", {"hs_note_body": "N"}),
        ("calls", {"hs_call_title": "C"}),
        ("meetings", {"hs_meeting_title": "M"}),
        ("emails", {"hs_email_subject": "E"}),
        ("invoices", {"hs_title": "I"}),
    ],
)
def test_every_object_has_properties_a_create_cannot_do_without(bench: Bench, kind: str, values: dict[str, str]) -> None:
    answer = bench.http.post(f"/crm/v3/objects/{kind}", {"properties": values})
    assert answer.status_code == 400
    assert answer.json()["message"].endswith("Some required properties were not set.")


def test_a_stage_must_belong_to_the_pipeline(bench: Bench) -> None:
    other = bench.portal.pipeline("deals", "Travaux", [("Devis", {"isClosed": "false", "probability": "0.5"})])
    answer = bench.http.post("/crm/v3/objects/deals", {"properties": {"dealname": "D", "dealstage": "registered"}})
    assert answer.json()["errors"][0]["message"] == (
        "registered is not a valid pipeline stage ID. Valid options are: pipelineId=default : [appointmentscheduled, qualifiedtobuy, "
        "presentationscheduled, decisionmakerboughtin, contractsent, closedwon, closedlost]"
    )
    foreign = {"dealname": "D", "dealstage": other.stages[0].id}
    assert bench.http.post("/crm/v3/objects/deals", {"properties": foreign}).json()["errors"][0]["code"] == "INVALID_OPTION"
    assert bench.http.post("/crm/v3/objects/deals", {"properties": {**foreign, "pipeline": other.id}}).status_code == 201
    lost = {"dealname": "D", "dealstage": "closedwon", "pipeline": "nowhere"}
    assert bench.http.post("/crm/v3/objects/deals", {"properties": lost}).json()["errors"][0]["context"]["propertyName"] == ["pipeline"]


@pytest.mark.parametrize("email", ["anna", "anna@", "a b@c.fr", "anna@fr"])
def test_an_address_without_a_domain_is_refused(bench: Bench, email: str) -> None:
    body = bench.http.post("/crm/v3/objects/contacts", {"properties": {"email": email}}).json()
    assert body["errors"][0] == {
        "message": f"Email address {email} is invalid",
        "code": "INVALID_EMAIL",
        "context": {"propertyName": ["email"]},
    }


def test_a_second_contact_with_the_address_is_a_conflict_that_names_the_first(bench: Bench) -> None:
    first = bench.portal.create("contacts", {"email": "ana@rivoal.fr"})
    answer = bench.http.post("/crm/v3/objects/contacts", {"properties": {"email": "ANA@rivoal.fr"}})
    assert answer.status_code == 409
    assert answer.json()["category"] == "CONFLICT"
    assert answer.json()["message"] == f"Contact already exists. Existing ID: {first}"
    other = bench.portal.create("contacts", {"email": "leo@rivoal.fr"})
    assert bench.http("PATCH", f"/crm/v3/objects/contacts/{other}", {"properties": {"email": "ana@rivoal.fr"}}).status_code == 409


def test_companies_may_share_a_domain(bench: Bench) -> None:
    for _ in range(2):
        assert bench.http.post(PATH, {"properties": {"domain": "aulne.fr"}}).status_code == 201


def test_a_unique_value_can_be_held_once_and_is_free_again_when_given_up(bench: Bench) -> None:
    bench.portal.define("companies", [{"name": "ext_id", "type": "string", "fieldType": "text", "hasUniqueValue": True}])
    first = bench.portal.create("companies", {"name": "A", "ext_id": "X1"})
    answer = bench.http.post(PATH, {"properties": {"name": "B", "ext_id": "x1"}})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"
    _set(bench, first, ext_id="")
    assert bench.http.post(PATH, {"properties": {"name": "B", "ext_id": "x1"}}).status_code == 201


def test_a_seed_cannot_hold_what_no_portal_could(portal: Portal) -> None:
    with pytest.raises(ValueError, match='Property "nmae" does not exist'):
        portal.create("companies", {"nmae": "A"})
    with pytest.raises(ValueError, match="was not one of the allowed options"):
        portal.create("companies", {"name": "A", "industry": "Sorcery"})
    with pytest.raises(ValueError, match="not a valid pipeline stage"):
        portal.create("deals", {"dealstage": "x"})
    with pytest.raises(KeyError, match="no company 1"):
        portal.create("contacts", {"email": "a@b.fr"}, [("companies", "1", ())])
    with pytest.raises(ValueError, match="no association types \\[192\\]"):
        portal.create("deals", {"dealstage": "closedwon"}, [("companies", portal.create("companies", {"name": "A"}), (192,))])
    with pytest.raises(ValueError, match="time zone"):
        portal.create("companies", {"name": "A"}, created=datetime(2026, 1, 1))  # noqa: DTZ001 - the mistake under test
    portal.create("contacts", {"email": "a@b.fr"})
    with pytest.raises(ValueError, match="email is already held by"):
        portal.create("contacts", {"email": "a@b.fr"})
    with pytest.raises(KeyError, match="no contact 1"):
        portal.update("contacts", "1", {"firstname": "A"})
    with pytest.raises(KeyError, match="no object type"):
        portal.create("butterflies", {})


# ---------------------------------------------------------------- for all values


def _property(kind: str) -> Property:
    return Property(name="p", label="P", type=kind, field_type="x", group="g")


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001 - made aware below
def test_a_time_reads_the_same_as_text_and_as_milliseconds(moment: datetime) -> None:
    ms = round(moment.replace(tzinfo=UTC).timestamp() * 1000)
    assert instant(stamp(ms)) == instant(str(ms)) == ms
    assert accept(_property("datetime"), str(ms), None) == stamp(ms)


@given(st.text(max_size=30), st.sampled_from(["number", "bool", "enumeration", "date", "datetime", "string"]))
def test_any_text_is_either_kept_or_refused_with_a_code(text: str, kind: str) -> None:
    kept = accept(_property(kind), text, None)
    assert isinstance(kept, (str, Problem))
    if isinstance(kept, str):
        assert accept(_property(kind), kept, None) == kept


def test_a_validation_rule_of_the_portal_holds_for_writes_by_api(bench: Bench, record: str) -> None:
    bench.portal.knobs.required["companies"] = {"city"}
    refused = _set(bench, record, phone="1")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "MISSING_REQUIRED_PROPERTY")
    assert _set(bench, record, phone="1", city="Lyon").status_code == 200
    assert _set(bench, record, phone="2").status_code == 200
    assert _set(bench, record, city="").status_code == 400
    assert bench.http("POST", PATH, {"properties": {"name": "B"}}).status_code == 400

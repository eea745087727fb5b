"""Raw rows into canonical ones: tickets, people, meetings and companies."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.hubspot import TABLES
from connectors.hubspot.schema import LINK
from connectors.hubspot.tables import compose
from tests.connectors.hubspot.composed import TYPES, deal, portal, read

# ---------------------------------------------------------------- tickets


OPEN = {"id": "1", "pipeline_id": "0", "ticket_state": "OPEN"}
SHUT = {"id": "4", "pipeline_id": "0", "ticket_state": "CLOSED"}


def case(**properties: Any) -> dict[str, Any]:
    ticket = {"id": "1", "hs_pipeline": "0", "hs_pipeline_stage": "4", "createdate": "2026-01-01T08:00:00Z", **properties}
    return read("cases", {"tickets": [ticket], "tickets_stages": [OPEN, SHUT]})[0]


def test_a_closed_ticket_has_its_closing_date() -> None:
    assert case(closed_date="2026-01-02T08:00:00Z")["closed_at"] == "2026-01-02T08:00:00Z"


def test_a_reopened_ticket_is_open_although_it_was_closed_once() -> None:
    row = case(
        hs_pipeline_stage="1",
        hs_last_closed_date="2026-01-02T08:00:00Z",
        hs_ticket_reopened_at="2026-01-03T08:00:00Z",
        time_to_close="86400000",
    )
    assert (row["closed_at"], row["status"], row["reopened_count"]) == (None, "open", "1")


def test_a_ticket_closed_again_without_closed_date_was_closed_at_the_last_closing() -> None:
    assert (
        case(hs_last_closed_date="2026-01-05T08:00:00Z", hs_ticket_reopened_at="2026-01-03T08:00:00Z")["closed_at"]
        == "2026-01-05T08:00:00Z"
    )


def test_the_time_to_close_is_believed_only_when_the_ticket_was_never_reopened() -> None:
    assert case(time_to_close="3600000")["closed_at"] == "2026-01-01T09:00:00.000Z"
    assert case(time_to_close="3600000", hs_ticket_reopened_at="2026-01-03T08:00:00Z")["closed_at"] is None


def test_of_several_categories_the_first_one_counts() -> None:
    assert case(hs_ticket_category="BILLING_ISSUE;GENERAL_INQUIRY")["category"] == "BILLING_ISSUE"


def test_hubspots_own_words_have_their_canonical_ones_and_the_configuration_adds_to_them() -> None:
    table = next(one for one in compose(portal(values={"cases": {"category": {"reclamation": "complaint"}}})) if one.name == "cases")
    assert table.values["priority"]["MEDIUM"] == "normal"
    assert table.values["category"] == {
        **dict(next(one for one in TABLES if one.name == "cases").values["category"]),
        "reclamation": "complaint",
    }


# ---------------------------------------------------------------- people and meetings


@pytest.mark.parametrize(("role", "deciding"), [("BUDGET_HOLDER;DECISION_MAKER", "true"), ("END_USER", "false"), ("", None), (None, None)])
def test_a_buying_role_decides_and_its_absence_decides_nothing(role: str | None, deciding: str | None) -> None:
    assert read("contacts", {"contacts": [{"id": "1", "hs_buying_role": role}]})[0]["is_decision_maker"] == deciding


def test_only_meetings_that_took_place_or_will_count() -> None:
    meetings = [
        {"id": str(index), "hs_meeting_outcome": outcome}
        for index, outcome in enumerate(["COMPLETED", "SCHEDULED", None, "CANCELED", "NO_SHOW", "RESCHEDULED"])
    ]
    assert [row["activity_id"] for row in read("activities", {"meetings": meetings})] == ["0", "1", "2"]


def test_only_calls_that_were_answered_count_with_their_direction_and_minutes() -> None:
    calls = [
        {"id": "1", "hs_call_status": "COMPLETED", "hs_call_direction": "OUTBOUND", "hs_call_duration": "90000"},
        {"id": "2", "hs_call_status": None, "hs_call_direction": "INBOUND", "hs_call_duration": ""},
        {"id": "3", "hs_call_status": "NO_ANSWER", "hs_call_direction": "OUTBOUND"},
    ]
    rows = read("activities", {"calls": calls})
    assert [(row["activity_id"], row["kind"], row["initiated_by"], row["duration_minutes"]) for row in rows] == [
        ("0-48:1", "call", "us", "1.5"),
        ("0-48:2", "call", "client", None),
    ]


@pytest.mark.parametrize(("source", "by"), [("MEETINGS_PUBLIC", "client"), ("CRM_UI", "us"), ("BIDIRECTIONAL_SYNC", None), (None, None)])
def test_who_asked_for_a_meeting_is_known_only_where_hubspot_knows_it(source: str | None, by: str | None) -> None:
    assert read("activities", {"meetings": [{"id": "1", "hs_meeting_source": source}]})[0]["initiated_by"] == by


def test_a_meeting_with_two_contacts_is_with_nobody_in_particular() -> None:
    rows = {
        "meetings": [{"id": "1"}, {"id": "2"}],
        "meetings_contacts": [{"id": "1", "to_id": "7", "number": "1"}, {"id": "2", "to_id": "7", "number": "2"}],
    }
    assert [row["contact_id"] for row in read("activities", rows)] == ["7", None]


def test_a_deactivated_owner_stays_as_inactive_and_is_known_by_the_owner_id() -> None:
    rows = {
        "owners": [
            {"id": "96879917", "first_name": "A", "last_name": None, "archived": "true"},
            {"id": "96879918", "first_name": None, "last_name": None, "archived": "false"},
        ]
    }
    assert [(row["owner_id"], row["name"], row["active"]) for row in read("owners", rows)] == [
        ("96879917", "A", "false"),
        ("96879918", None, "true"),
    ]


# ---------------------------------------------------------------- companies


def test_a_parent_is_read_from_the_association_where_the_portal_lacks_the_property() -> None:
    types = {name: kind for name, kind in TYPES["companies"].items() if name != "hs_parent_company_id"}
    place = portal(types={"companies": types, "companies_companies": dict.fromkeys(LINK, "string")})
    rows = {"companies": [{"id": "1"}, {"id": "2"}], "companies_companies": [{"id": "1", "to_id": "2", "number": "1"}]}
    assert [(row["account_id"], row["parent_id"]) for row in read("accounts", rows, place)] == [("1", "2"), ("2", None)]


def test_a_company_that_was_merged_twice_ends_at_the_last_survivor() -> None:
    rows = {
        "companies": [
            {"id": "1"},
            {"id": "2", "hs_merged_object_ids": "1"},
            {"id": "3", "hs_merged_object_ids": "2; 9"},
            {"id": "4", "hs_parent_company_id": "1"},
        ],
        "deals": [deal()],
        "deals_companies": [{"id": "1", "to_id": "1", "number": "1"}],
    }
    assert [(row["account_id"], row["parent_id"]) for row in read("accounts", rows)] == [("3", None), ("4", "3")]
    assert read("revenue", rows)[0]["account_id"] == "3"


def test_merge_lists_that_point_at_each_other_end() -> None:
    rows = {"companies": [{"id": "1", "hs_merged_object_ids": "2"}, {"id": "2", "hs_merged_object_ids": "1;2"}]}
    assert read("accounts", rows) == []


def test_a_portal_without_merges_needs_no_list_of_them() -> None:
    types = {name: kind for name, kind in TYPES["companies"].items() if name != "hs_merged_object_ids"}
    assert len(read("accounts", {"companies": [{"id": "1"}]}, portal(types={"companies": types}))) == 1


def test_a_call_and_a_meeting_of_the_same_id_are_two_activities_and_each_opens_its_own_object() -> None:
    rows = {
        "meetings": [{"id": "7", "hs_timestamp": "2026-03-01T10:00:00Z"}],
        "calls": [{"id": "7", "hs_timestamp": "2026-03-02T10:00:00Z"}],
    }
    assert {(row["activity_id"], row["kind"]) for row in read("activities", rows)} == {("7", "meeting"), ("0-48:7", "call")}

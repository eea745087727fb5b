"""facts/*.sql: what cases, contacts, activities, tasks, deals and rates become."""

from __future__ import annotations

from typing import Any

from tests.connectors.salesforce.mirror import Mirror, account


def test_trap_41_the_moment_of_escalation_is_the_first_history_row_of_its_flag() -> None:
    history = [
        {
            "Id": "1",
            "CaseId": "500A",
            "Field": "IsEscalated",
            "OldValue": "false",
            "NewValue": "true",
            "CreatedDate": "2026-02-02T10:00:00.000Z",
        },
        {
            "Id": "2",
            "CaseId": "500A",
            "Field": "IsEscalated",
            "OldValue": "true",
            "NewValue": "false",
            "CreatedDate": "2026-02-03T10:00:00.000Z",
        },
        {
            "Id": "3",
            "CaseId": "500A",
            "Field": "IsEscalated",
            "OldValue": "false",
            "NewValue": "true",
            "CreatedDate": "2026-02-04T10:00:00.000Z",
        },
        {
            "Id": "4",
            "CaseId": "500B",
            "Field": "ownerEscalated",
            "OldValue": None,
            "NewValue": None,
            "CreatedDate": "2026-03-01T10:00:00.000Z",
        },
    ]
    cases = [{"Id": name, "IsEscalated": "true", "Type": "Question"} for name in ("500A", "500B", "500C")]
    found = {row["case_id"]: row["escalated_at"] for row in Mirror(Case=cases, CaseHistory=history).read("cases")}
    assert found == {"500A": "2026-02-02T10:00:00.000Z", "500B": "2026-03-01T10:00:00.000Z", "500C": None}


def test_without_history_the_moment_of_escalation_is_unknown_and_the_column_not_filled() -> None:
    mirror = Mirror(Case=[{"Id": "500A", "IsEscalated": "true", "Type": "Question"}])
    assert mirror.read("cases")[0]["escalated_at"] is None
    assert {"escalated_at", "reopened_count"}.isdisjoint(mirror.table("cases").columns)


def test_reopening_is_counted_by_the_orgs_closed_words_and_unknown_without_any_tracked_status() -> None:
    statuses = [
        {"Id": "1", "MasterLabel": "Clos", "ApiName": "Closed", "IsClosed": "true"},
        {"Id": "2", "MasterLabel": "Ouvert", "ApiName": "New", "IsClosed": "false"},
    ]
    moves = [("500A", "Ouvert", "Clos"), ("500A", "Clos", "Ouvert"), ("500A", "Ouvert", "Clos"), ("500A", "Clos", "Ouvert")]
    history = [
        {"Id": f"{n}", "CaseId": c, "Field": "Status", "OldValue": a, "NewValue": b, "CreatedDate": "2026-02-02T10:00:00.000Z"}
        for n, (c, a, b) in enumerate(moves)
    ]
    cases = [{"Id": "500A", "Type": "x"}, {"Id": "500B", "Type": "x"}]
    assert [row["reopened_count"] for row in Mirror(Case=cases, CaseHistory=history, CaseStatus=statuses).read("cases")] == ["2", "0"]
    other = [{**history[0], "Field": "IsEscalated"}]
    assert [row["reopened_count"] for row in Mirror(Case=cases, CaseHistory=other, CaseStatus=statuses).read("cases")] == [None, None]


def test_a_renamed_status_is_known_in_the_history_by_its_label_and_by_its_name() -> None:
    cases = [{"Id": "5001"}, {"Id": "5002"}]
    history = [
        {"Id": "1", "CaseId": "5001", "Field": "Status", "OldValue": "Closed", "NewValue": "New"},
        {"Id": "2", "CaseId": "5002", "Field": "Status", "OldValue": "Fermé", "NewValue": "New"},
    ]
    statuses = [
        {"Id": "a", "MasterLabel": "Fermé", "ApiName": "Closed", "IsClosed": "true"},
        {"Id": "b", "MasterLabel": "New", "ApiName": None, "IsClosed": "false"},
    ]
    assert [row["reopened_count"] for row in Mirror(Case=cases, CaseHistory=history, CaseStatus=statuses).read("cases")] == ["1", "1"]


def test_a_contact_has_the_roles_of_its_account_and_of_opportunities_and_a_deciding_one_is_said() -> None:
    relations = [
        {
            "Id": "07k1",
            "AccountId": "001A",
            "ContactId": "003A",
            "Roles": "Decision Maker;Influencer",
            "IsActive": "true",
            "StartDate": "2026-05-01",
            "EndDate": None,
        },
        {
            "Id": "07k2",
            "AccountId": "001A",
            "ContactId": "003B",
            "Roles": "Economic Buyer",
            "IsActive": "false",
            "StartDate": None,
            "EndDate": "2026-06-30",
        },
    ]
    roles = [{"Id": "00K1", "ContactId": "003C", "Role": "Evaluator"}, {"Id": "00K2", "ContactId": "003A", "Role": "Influencer"}]
    people = [{"Id": f"003{letter}", "AccountId": "001A", "Title": "x", "CreatedDate": "2020-01-02T10:00:00.000Z"} for letter in "ABCD"]
    found = {
        row["contact_id"]: row
        for row in Mirror(Contact=people, AccountContactRelation=relations, OpportunityContactRole=roles).read("contacts")
    }
    assert [(found[f"003{letter}"]["role"], found[f"003{letter}"]["is_decision_maker"]) for letter in "ABCD"] == [
        ("Decision Maker;Influencer", "true"), (None, None), ("Evaluator", None), (None, None),
    ]  # fmt: skip
    assert [found[f"003{letter}"]["since"] for letter in "AB"] == ["2026-05-01", "2020-01-02"]
    assert found["003B"]["until"] == "2026-06-30"


def test_meetings_are_counted_once_for_all_who_were_invited() -> None:
    events = [
        {
            "Id": "00UA",
            "AccountId": "001A",
            "StartDateTime": "2026-01-05T09:00:00.000Z",
            "DurationInMinutes": "60",
            "IsChild": "false",
            "IsRecurrence": "false",
            "ActivityDate": "2026-01-05",
        },
        {
            "Id": "00UB",
            "AccountId": "001A",
            "StartDateTime": "2026-01-05T09:00:00.000Z",
            "DurationInMinutes": "60",
            "IsChild": "true",
            "IsRecurrence": "false",
            "ActivityDate": "2026-01-05",
        },
        {
            "Id": "00UC",
            "AccountId": "001A",
            "StartDateTime": "2026-01-05T09:00:00.000Z",
            "DurationInMinutes": "60",
            "IsChild": "false",
            "IsRecurrence": "true",
            "ActivityDate": "2026-01-05",
        },
    ]
    assert [row["activity_id"] for row in Mirror(Event=events).read("activities")] == ["00UA"]


def test_an_all_day_event_keeps_its_day() -> None:
    events = [{"Id": "00UA", "StartDateTime": "2026-01-05T00:00:00.000Z", "IsAllDayEvent": "true", "ActivityDate": "2026-01-05"}]
    assert Mirror(Event=events).read("activities")[0]["started_at"] == "2026-01-05"


def test_only_completed_calls_count_on_their_own_day_in_minutes_and_by_who_called() -> None:
    calls = [
        {
            "Id": "00TA",
            "IsClosed": "true",
            "TaskSubtype": "Call",
            "ActivityDate": "2026-01-05",
            "CompletedDateTime": "2026-01-09T10:00:00.000Z",
            "CallDurationInSeconds": "90",
            "CallType": "Inbound",
            "WhoId": "003A",
        },
        {
            "Id": "00TB",
            "IsClosed": "true",
            "TaskSubtype": "Call",
            "ActivityDate": "2026-01-09",
            "CompletedDateTime": "2026-01-09T10:00:00.000Z",
            "CallDurationInSeconds": None,
            "CallType": "Internal",
            "WhoId": "00QA",
        },
        {"Id": "00TC", "IsClosed": "false", "TaskSubtype": "Call", "ActivityDate": "2026-01-09"},
    ]
    rows = Mirror(Task=calls).read("activities")
    assert [
        (row["activity_id"], row["kind"], row["started_at"], row["duration_minutes"], row["initiated_by"], row["contact_id"])
        for row in rows
    ] == [
        ("00TA", "call", "2026-01-05", "1.5", "Inbound", "003A"),
        ("00TB", "call", "2026-01-09T10:00:00.000Z", None, None, None),
    ]


def test_the_priority_of_a_task_is_read_by_the_orgs_own_list() -> None:
    levels = [
        {"Id": "1", "ApiName": "Haute", "IsHighPriority": "true", "IsDefault": "false"},
        {"Id": "2", "ApiName": "Normale", "IsHighPriority": "false", "IsDefault": "true"},
        {"Id": "3", "ApiName": "Basse", "IsHighPriority": "false", "IsDefault": "false"},
    ]
    tasks = [
        {"Id": f"00T{n}", "EQ_Key__c": f"eq1-{n}", "Priority": name, "WhatId": "001A"}
        for n, name in enumerate(["Haute", "Normale", "Basse", "Autre"])
    ]
    assert [row["priority"] for row in Mirror(Task=tasks, TaskPriority=levels).read("tasks")] == ["high", "normal", "low", "autre"]


def test_deleted_tasks_stay_known_and_deleted_accounts_go() -> None:
    assert [row["is_deleted"] for row in Mirror(Task=[{"Id": "00T1", "EQ_Key__c": "eq1-1", "IsDeleted": "true"}]).read("tasks")] == ["true"]
    assert Mirror(Account=[account(IsDeleted="true")]).read("accounts") == []


def test_probability_is_a_share_and_open_deals_have_no_closing_day() -> None:
    deals = [
        {
            "Id": "006A",
            "Amount": "10",
            "Probability": "25",
            "IsWon": "false",
            "IsClosed": "false",
            "StageName": "Prospecting",
            "CloseDate": "2026-12-01",
            "Type": "New Customer",
        }
    ]
    row = Mirror(Opportunity=deals).read("pipeline")[0]
    assert (float(row["probability"]), row["closed_at"], row["is_new_business"], row["stage"]) == (0.25, None, "true", "Prospecting")


CURRENCIES = [
    {"Id": "1", "IsoCode": "EUR", "ConversionRate": "1"}, {"Id": "2", "IsoCode": "USD", "ConversionRate": "1.1"}, {"Id": "3", "IsoCode": "GBP", "ConversionRate": "0.88"},
]  # fmt: skip
DATED = [
    {"Id": "a", "IsoCode": "USD", "StartDate": "2026-01-01", "NextStartDate": "2026-07-01", "ConversionRate": "1.2"},
    {"Id": "b", "IsoCode": "USD", "StartDate": "2026-07-01", "NextStartDate": "9999-12-31", "ConversionRate": "1.1"},
    {"Id": "c", "IsoCode": "GBP", "StartDate": "2026-04-01", "NextStartDate": "9999-12-31", "ConversionRate": "0.8"},
]


def rates(home: str, **objects: list[dict[str, Any]]) -> list[tuple[str, str, str | None, float]]:
    rows = Mirror(**objects).read("rates", home=home)
    return sorted((row["currency"], row["from"], row["to_exclusive"] or "", round(float(row["units_per_home"]), 6)) for row in rows)


def test_rates_are_units_of_the_currency_for_one_of_home() -> None:
    assert rates("EUR", CurrencyType=CURRENCIES) == [
        ("EUR", "1900-01-01", "", 1.0),
        ("GBP", "1900-01-01", "", 0.88),
        ("USD", "1900-01-01", "", 1.1),
    ]


def test_dated_rates_stand_beside_todays_for_the_time_they_run() -> None:
    found = rates("EUR", CurrencyType=CURRENCIES, DatedConversionRate=DATED)
    assert ("USD", "2026-01-01", "2026-07-01", 1.2) in found
    assert ("USD", "1900-01-01", "", 1.1) in found
    assert len(found) == 6


def test_a_home_currency_that_is_not_the_corporate_one_is_converted_through_it() -> None:
    found = rates("GBP", CurrencyType=CURRENCIES, DatedConversionRate=DATED)
    assert ("USD", "1900-01-01", "", 1.25) in found
    assert ("USD", "2026-04-01", "2026-07-01", 1.5) in found
    assert ("GBP", "2026-04-01", "9999-12-31", 1.0) in found

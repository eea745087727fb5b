from __future__ import annotations

import pytest

from tests.connectors.sandbox_salesforce.desk import error

ACTIVITY_KEY = "EQ_Key__c text(40) unique external casesensitive"


@pytest.fixture
def office(desk):
    desk.id = desk.account()
    desk.org.define("Activity", [ACTIVITY_KEY, "EQ_Mark__c text(120)"])
    return desk


def create(desk, **values) -> dict:
    answer = desk.post("/sobjects/Task", {"Subject": "call", **values})
    assert answer.status_code == 201, answer.text
    return desk.org.record(answer.json()["id"])


def test_a_task_gets_the_orgs_default_status_and_priority(office):
    row = create(office)
    assert (row["Status"], row["Priority"], row["IsClosed"], row["TaskSubtype"]) == ("Not Started", "Normal", False, "Task")


def test_in_a_translated_org_the_english_words_are_refused(office):
    row = next(row for row in office.org.records("TaskStatus") if row["ApiName"] == "Not Started")
    office.org.update("TaskStatus", row["Id"], {"ApiName": "Ouvert", "MasterLabel": "Ouvert"})
    assert create(office)["Status"] == "Ouvert"
    answer = office.post("/sobjects/Task", {"Subject": "x", "Status": "Not Started"})
    assert error(answer) == (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Status: bad value for restricted picklist field: Not Started")
    assert error(office.post("/sobjects/Task", {"Subject": "x", "Priority": "Haute"}))[1] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_the_account_follows_from_what_the_task_is_about(office):
    deal = office.org.insert("Opportunity", {"Name": "O", "AccountId": office.id, "StageName": "Prospecting", "CloseDate": "2026-12-01"})
    case = office.org.insert("Case", {"Subject": "x", "AccountId": office.id})
    contact = office.org.insert("Contact", {"LastName": "L", "AccountId": office.id})
    for link in ({"WhatId": office.id}, {"WhatId": deal}, {"WhatId": case}, {"WhoId": contact}):
        assert create(office, **link)["AccountId"] == office.id
    assert "AccountId" not in create(office)


def test_the_account_cannot_be_set(office):
    answer = office.post("/sobjects/Task", {"Subject": "x", "AccountId": office.id})
    assert error(answer)[:2] == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert "Unable to create/update fields: AccountId." in error(answer)[2]


def test_a_task_is_about_something_that_has_activities(office):
    assert error(office.post("/sobjects/Task", {"Subject": "x", "WhatId": office.org.user})) == (
        400, "MALFORMED_ID", f"Related To ID: id value of incorrect type: {office.org.user}",
    )  # fmt: skip
    assert error(office.post("/sobjects/Task", {"Subject": "x", "WhoId": office.id}))[1] == "MALFORMED_ID"


def test_closing_and_reopening_follow_from_the_status(office):
    task = create(office)["Id"]
    office.clock.move(hours=1)
    office.patch(f"/sobjects/Task/{task}", {"Status": "Completed"})
    row = office.org.record(task)
    assert (row["IsClosed"], row["CompletedDateTime"]) == (True, "2026-11-22T10:00:00.000+0000")
    office.patch(f"/sobjects/Task/{task}", {"Status": "In Progress"})
    row = office.org.record(task)
    assert (row["IsClosed"], row.get("CompletedDateTime")) == (False, None)
    for field in ("IsClosed", "IsArchived", "CompletedDateTime", "IsHighPriority"):
        assert error(office.patch(f"/sobjects/Task/{task}", {field: None}))[1] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_high_priority_follows_from_the_priority(office):
    assert create(office, Priority="High")["IsHighPriority"] is True
    assert create(office, Priority="Low")["IsHighPriority"] is False


def test_an_inactive_owner_cannot_get_a_task(office):
    left = office.org.insert(
        "User", {"LastName": "L", "Username": "l@acme.example", "Email": "l@acme.example", "Alias": "l", "IsActive": False}
    )
    answer = office.post("/sobjects/Task", {"Subject": "x", "OwnerId": left})
    assert error(answer) == (400, "INACTIVE_OWNER_OR_USER", f"operation performed with inactive user [{left}] as owner of task")


def test_subject_and_description_have_their_lengths(office):
    answer = office.post("/sobjects/Task", {"Subject": "x" * 256})
    assert error(answer)[2] == f"Subject: data value too large: {'x' * 256} (max length=255)"
    assert error(office.post("/sobjects/Task", {"Subject": "x", "Description": "y" * 32_001}))[1] == "STRING_TOO_LONG"


def test_a_subtype_is_set_once(office):
    task = create(office, TaskSubtype="Call")["Id"]
    assert error(office.patch(f"/sobjects/Task/{task}", {"TaskSubtype": "Task"}))[1] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_a_reminder_needs_its_switch(office):
    when = "2026-12-01T08:00:00Z"
    assert "ReminderDateTime" not in create(office, ReminderDateTime=when)
    assert create(office, ReminderDateTime=when, IsReminderSet=True)["ReminderDateTime"] == "2026-12-01T08:00:00.000+0000"


def test_a_task_is_upserted_once_by_its_key(office):
    path = "/sobjects/Task/EQ_Key__c/00Dx:T-01"
    body = {"Subject": "x", "WhatId": office.id}
    assert [office.patch(path, body).status_code for _ in range(2)] == [201, 200]
    assert office.query("SELECT COUNT() FROM Task WHERE EQ_Key__c = '00Dx:T-01'")["totalSize"] == 1


def test_a_key_is_unique_over_tasks_and_events(office):
    event = office.org.insert("Event", {"Subject": "x", "StartDateTime": "2026-11-22T08:00:00Z", "DurationInMinutes": 30, "EQ_Key__c": "k"})
    answer = office.post("/sobjects/Task", {"Subject": "x", "EQ_Key__c": "k"})
    assert error(answer) == (400, "DUPLICATE_VALUE", f"duplicate value found: EQ_Key__c duplicates value on record with id: {event}")


def test_an_events_end_follows_from_its_length(office):
    made = office.post("/sobjects/Event", {"Subject": "x", "StartDateTime": "2026-11-22T08:00:00Z", "DurationInMinutes": 90})
    row = office.org.record(made.json()["id"])
    assert (row["EndDateTime"], row["ActivityDate"]) == ("2026-11-22T09:30:00.000+0000", "2026-11-22")
    office.patch(f"/sobjects/Event/{row['Id']}", {"EndDateTime": "2026-11-22T10:00:00Z"})
    assert office.org.record(row["Id"])["DurationInMinutes"] == 120
    backwards = office.post(
        "/sobjects/Event", {"Subject": "x", "StartDateTime": "2026-11-22T08:00:00Z", "EndDateTime": "2026-11-22T07:00:00Z"}
    )
    assert error(backwards)[1] == "FIELD_INTEGRITY_EXCEPTION"


def test_a_closed_task_touches_its_account_by_the_stamp_alone(office):
    before = office.org.record(office.id)
    office.clock.move(hours=1)
    create(office, WhatId=office.id, Status="Completed", ActivityDate="2026-11-20")
    after = office.org.record(office.id)
    assert after["LastActivityDate"] == "2026-11-20"
    assert after["SystemModstamp"] > before["SystemModstamp"]
    assert after["LastModifiedDate"] == before["LastModifiedDate"]


def test_an_open_task_leaves_its_account_alone(office):
    before = office.org.record(office.id)
    office.clock.move(hours=1)
    create(office, WhatId=office.id, ActivityDate="2026-11-30")
    assert office.org.record(office.id) == before


def test_long_closed_tasks_are_archived(office):
    old = create(office, Status="Completed", ActivityDate="2025-11-01")["Id"]
    create(office, Status="Completed", ActivityDate="2026-11-01")
    create(office, ActivityDate="2025-11-01")
    assert office.org.archive() == 1
    assert office.org.record(old)["IsArchived"] is True
    assert office.query("SELECT COUNT() FROM Task")["totalSize"] == 2

from __future__ import annotations

import pytest

from connectors.sandbox.faults import Fault
from tests.connectors.sandbox_salesforce.desk import error, row_error

PATH = "/composite/sobjects"


@pytest.fixture
def shop(desk):
    desk.org.define("Account", ['Note__c text(20) "Flag note"', "Key__c text(40) unique external"])
    desk.org.define("Activity", ["EQ_Key__c text(40) unique external casesensitive"])
    desk.ids = [desk.account(f"A{n}") for n in range(3)]
    return desk


def account(**values) -> dict:
    return {"attributes": {"type": "Account"}, **values}


def records(*rows, strict: bool = False) -> dict:
    return {"allOrNone": strict, "records": list(rows)}


def test_rows_are_answered_in_order_and_each_for_itself(shop):
    rows = [account(id=shop.ids[0], Note__c="a"), account(id=shop.ids[1], Note__c="x" * 21), account(id=shop.ids[2], Note__c="c")]
    answer = shop.patch(PATH, records(*rows))
    assert answer.status_code == 200
    first, second, third = answer.json()
    assert first == {"id": shop.ids[0], "success": True, "errors": []}
    message = f"Flag note: data value too large: {'x' * 21} (max length=20)"
    assert second == {"success": False, "errors": [{"statusCode": "STRING_TOO_LONG", "message": message, "fields": ["Note__c"]}]}
    assert third["success"] is True
    assert [shop.org.record(one).get("Note__c") for one in shop.ids] == ["a", None, "c"]


def test_two_hundred_even_if_all_fail(shop):
    answer = shop.patch(PATH, records(*(account(id=one, Nope=1) for one in shop.ids)))
    assert answer.status_code == 200
    assert {row_error(one) for one in answer.json()} == {("INVALID_FIELD", "No such column 'Nope' on sobject of type Account")}


def test_all_or_none_takes_back_the_innocent(shop):
    answer = shop.patch(PATH, records(account(id=shop.ids[0], Note__c="a"), account(id=shop.ids[1], Nope=1), strict=True))
    innocent, guilty = answer.json()
    assert innocent["errors"] == [
        {
            "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
            "message": "Record rolled back because not all records were valid and the request was using AllOrNone header",
            "fields": [],
        }
    ]
    assert row_error(guilty)[0] == "INVALID_FIELD"
    assert "Note__c" not in shop.org.record(shop.ids[0])
    assert shop.audit.writes[-1].ids == ()
    assert shop.audit.writes[-1].refused == 2


def test_rows_that_are_missing_deleted_or_nameless_say_which(shop):
    shop.org.delete("Account", shop.ids[2])
    rows = [account(id="001Qy00000009ZZ", Name="x"), account(id=shop.ids[2], Name="x"), account(Name="x"), account(id="001", Name="x")]
    assert [row_error(one) for one in shop.patch(PATH, records(*rows)).json()] == [
        ("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),
        ("ENTITY_IS_DELETED", "entity is deleted"),
        ("MISSING_ARGUMENT", "Id not specified in an update call"),
        ("MALFORMED_ID", "Account ID: id value of incorrect type: 001"),
    ]


def test_201_records_are_too_many(shop):
    expected = (400, "EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than 200 records into this call")
    assert error(shop.patch(PATH, records(*(account(id=shop.ids[0], Name="x") for _ in range(201))))) == expected
    assert error(shop.delete(PATH, params={"ids": ",".join(shop.ids * 67)})) == expected
    assert shop.patch(PATH, records(*(account(id=shop.ids[0], Name="x") for _ in range(200)))).status_code == 200


def test_the_whole_call_fails_on_bad_json_and_unknown_types(shop):
    bad = shop.call("PATCH", PATH, data="[", headers={"Content-Type": "application/json"})
    assert error(bad)[:2] == (400, "JSON_PARSER_ERROR")
    assert error(shop.patch(PATH, {"records": "x"}))[:2] == (400, "JSON_PARSER_ERROR")
    rows = [account(id=shop.ids[0], Name="new"), {"attributes": {"type": "Nope"}, "id": shop.ids[1]}]
    assert error(shop.patch(PATH, records(*rows))) == (400, "INVALID_TYPE", "sObject type 'Nope' is not supported.")
    assert error(shop.patch(PATH, records({"id": shop.ids[0], "Name": "x"})))[:2] == (400, "INVALID_TYPE")
    assert shop.org.record(shop.ids[0])["Name"] == "A0"


def test_a_value_that_cannot_be_parsed_fails_the_whole_call(shop):
    rows = [account(id=shop.ids[0], Name="new"), account(id=shop.ids[1], AnnualRevenue="much")]
    assert error(shop.patch(PATH, records(*rows)))[:2] == (400, "JSON_PARSER_ERROR")
    assert shop.org.record(shop.ids[0])["Name"] == "A0"


def test_types_may_alternate_but_not_without_end(shop):
    task = {"attributes": {"type": "Task"}, "Subject": "x"}
    mixed = shop.post(PATH, records(*[account(Name="n"), task] * 5))
    assert [one["id"][:3] for one in mixed.json()] == ["001", "00T"] * 5
    assert error(shop.post(PATH, records(*[account(Name="n"), task] * 6)))[:2] == (400, "LIMIT_EXCEEDED")


def test_creating_forbids_ids(shop):
    assert row_error(shop.post(PATH, records(account(id=shop.ids[0], Name="x"))).json()[0]) == (
        "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call",
    )  # fmt: skip


def test_tasks_are_upserted_by_key_so_that_a_repeat_makes_no_second(shop):
    rows = [{"attributes": {"type": "Task"}, "EQ_Key__c": f"k{n}", "Subject": "x", "WhatId": shop.ids[0]} for n in range(3)]
    first = shop.patch(f"{PATH}/Task/EQ_Key__c", records(*rows)).json()
    second = shop.patch(f"{PATH}/Task/EQ_Key__c", records(*rows)).json()
    assert [one["created"] for one in first] == [True] * 3
    assert [one["created"] for one in second] == [False] * 3
    assert [one["id"] for one in first] == [one["id"] for one in second]
    assert len(shop.org.records("Task")) == 3


def test_a_key_given_twice_fails_both_rows(shop):
    rows = [account(Key__c="1", Name="a"), account(Key__c="1", Name="b"), account(Key__c="2", Name="c")]
    answer = shop.patch(f"{PATH}/Account/Key__c", records(*rows)).json()
    assert [row_error(one) for one in answer[:2]] == [("DUPLICATE_VALUE", "Duplicate external id specified: 1")] * 2
    assert answer[2]["created"] is True


def test_an_upsert_wants_its_key_and_one_type(shop):
    assert row_error(shop.patch(f"{PATH}/Account/Key__c", records(account(Name="x"))).json()[0]) == (
        "MISSING_ARGUMENT",
        "Key__c not specified",
    )
    mixed = records(account(Key__c="1", Name="x"), {"attributes": {"type": "Task"}, "Subject": "x"})
    assert error(shop.patch(f"{PATH}/Account/Key__c", mixed))[:2] == (400, "INVALID_TYPE")
    answer = shop.patch(f"{PATH}/Account/Nope__c", records(account(Name="x")))
    assert error(answer) == (404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: Nope__c")


def test_an_upsert_by_id_updates_or_inserts(shop):
    answer = shop.patch(f"{PATH}/Account/Id", records(account(Id=shop.ids[0], Name="new"), account(Id=None, Name="made"))).json()
    assert [one["created"] for one in answer] == [False, True]
    assert shop.org.record(shop.ids[0])["Name"] == "new"


def test_an_ambiguous_key_names_the_records(shop):
    shop.org.define("Account", ["Loose__c text(40) external"])
    ids = [shop.account(f"L{n}", Loose__c="same") for n in range(2)]
    answer = shop.patch(f"{PATH}/Account/Loose__c", records(account(Loose__c="same", Name="x"))).json()[0]
    assert row_error(answer) == ("DUPLICATE_EXTERNAL_ID", f"Loose__c: more than one record found for external id field: [{', '.join(ids)}]")


def test_the_kth_row_can_be_locked(shop):
    shop.faults.add(Fault(method="PATCH", path="/composite/sobjects", effects=("lock_row:2",)))
    answer = shop.patch(PATH, records(*(account(id=one, Note__c="n") for one in shop.ids))).json()
    assert [one["success"] for one in answer] == [True, False, True]
    assert row_error(answer[1]) == ("UNABLE_TO_LOCK_ROW", f"unable to obtain exclusive access to this record or 1 records: {shop.ids[1]}")


def test_a_race_for_one_key_is_lost_in_its_row(shop):
    shop.faults.add(Fault(method="PATCH", path="/Task/EQ_Key__c", effects=("duplicate_race",)))
    rows = records({"attributes": {"type": "Task"}, "EQ_Key__c": "k", "Subject": "x"})
    assert row_error(shop.patch(f"{PATH}/Task/EQ_Key__c", rows).json()[0])[0] == "DUPLICATE_VALUE"
    again = shop.patch(f"{PATH}/Task/EQ_Key__c", rows).json()[0]
    assert (again["success"], again["created"]) == (True, False)


def test_many_are_deleted_and_read_at_once(shop):
    answer = shop.delete(PATH, params={"ids": f"{shop.ids[0]},001Qy00000009ZZ", "allOrNone": "false"}).json()
    assert answer[0]["success"] is True
    assert row_error(answer[1])[0] == "INVALID_CROSS_REFERENCE_KEY"
    wanted = {"ids": [shop.ids[1], shop.ids[0], "001Qy00000009ZZ"], "fields": ["Id", "Name"]}
    by_post = shop.post(f"{PATH}/Account", wanted).json()
    by_get = shop.get(f"{PATH}/Account", params={"ids": ",".join(wanted["ids"]), "fields": "Id,Name"}).json()
    assert by_post == by_get
    assert [one and one["Name"] for one in by_post] == ["A1", None, None]
    assert error(shop.post(f"{PATH}/Account", {"ids": shop.ids, "fields": ["Nope"]}))[1] == "INVALID_FIELD"


def test_one_call_of_200_rows_counts_once(shop):
    used = shop.org.usage.count(shop.clock.now)
    shop.post(PATH, records(*(account(Name=f"N{n}") for n in range(200))))
    assert shop.org.usage.count(shop.clock.now) == used + 1


def test_the_audit_knows_ids_and_names_per_object(shop):
    shop.patch(PATH, records(account(id=shop.ids[0], Note__c="a"), account(id=shop.ids[1], Name=None)))
    write = shop.audit.writes[-1]
    assert (write.object, write.ids, write.fields, write.refused, write.status) == ("Account", (shop.ids[0],), ("Name", "Note__c"), 1, 200)

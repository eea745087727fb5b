from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.sandbox.salesforce.stamps import stamp
from tests.connectors.sandbox_salesforce.desk import error

STANDARD = [
    "Account", "Contact", "Opportunity", "OpportunityContactRole", "Order", "Contract", "Case", "CaseHistory", "Task", "Event", "User", "Organization",
    "TaskStatus", "TaskPriority", "CaseStatus", "PermissionSet", "PermissionSetAssignment",
]  # fmt: skip
OPTIONAL = {"account_contact_relation": "AccountContactRelation", "invoice": "Invoice", "multi_currency": "CurrencyType"}


def fields(desk, name: str) -> dict[str, dict]:
    return {one["name"]: one for one in desk.get(f"/sobjects/{name}/describe").json()["fields"]}


def global_names(desk) -> set[str]:
    return {one["name"] for one in desk.get("/sobjects").json()["sobjects"]}


def test_the_standard_objects_are_there_and_the_optional_ones_are_not(desk):
    assert set(STANDARD) <= global_names(desk)
    assert not set(OPTIONAL.values()) & global_names(desk)


@pytest.mark.parametrize(("feature", "name"), OPTIONAL.items())
def test_an_optional_object_comes_with_its_feature(open_desk, feature, name):
    desk = open_desk(feature)
    assert name in global_names(desk)
    assert desk.get(f"/sobjects/{name}/describe").status_code == 200


def test_an_unknown_object_is_not_found(desk):
    assert error(desk.get("/sobjects/Nope/describe")) == (404, "NOT_FOUND", "The requested resource does not exist")


def test_a_field_is_described_with_all_57_keys_of_the_vendor(desk):
    described = fields(desk, "Account")
    assert {len(one) for one in described.values()} == {57}
    parent = described["ParentId"]
    assert (parent["type"], parent["referenceTo"], parent["relationshipName"], parent["nillable"]) == (
        "reference",
        ["Account"],
        "Parent",
        True,
    )
    modstamp = described["SystemModstamp"]
    assert (modstamp["type"], modstamp["createable"], modstamp["updateable"], modstamp["filterable"]) == ("datetime", False, False, True)
    assert modstamp["defaultedOnCreate"] is True
    assert (described["AnnualRevenue"]["precision"], described["AnnualRevenue"]["scale"]) == (18, 0)
    assert described["Name"]["nillable"] is False
    assert described["BillingCity"]["compoundFieldName"] == "BillingAddress"


def test_an_object_is_described_as_a_whole(desk):
    described = desk.get("/sobjects/Account/describe").json()
    assert (described["keyPrefix"], described["queryable"], described["mergeable"], described["custom"]) == ("001", True, True, False)
    contacts = next(one for one in described["childRelationships"] if one["relationshipName"] == "Contacts")
    assert (contacts["childSObject"], contacts["field"], contacts["cascadeDelete"]) == ("Contact", "AccountId", True)
    assert desk.get("/sobjects/TaskStatus/describe").json()["updateable"] is False
    assert desk.get("/sobjects/CaseHistory/describe").json()["createable"] is False


def test_picklists_of_statuses_follow_their_records(desk):
    def values():
        return [(one["value"], one["defaultValue"]) for one in fields(desk, "Task")["Status"]["picklistValues"]]

    assert ("Not Started", True) in values()
    assert fields(desk, "Task")["Status"]["restrictedPicklist"] is True
    row = next(row for row in desk.org.records("TaskStatus") if row["ApiName"] == "Not Started")
    desk.org.update("TaskStatus", row["Id"], {"ApiName": "Ouvert", "MasterLabel": "Ouvert"})
    assert ("Ouvert", True) in values()
    assert ("Not Started", True) not in values()


def test_a_hidden_field_is_absent(desk):
    desk.org.hide("Account", "Industry")
    assert "Industry" not in fields(desk, "Account")
    desk.org.show("Account", "Industry")
    assert "Industry" in fields(desk, "Account")


def test_a_frozen_field_is_readable_only(desk):
    desk.org.freeze("Account", "Industry")
    assert (fields(desk, "Account")["Industry"]["updateable"], fields(desk, "Account")["Industry"]["createable"]) == (False, False)


def test_an_object_without_read_access_does_not_exist(desk):
    desk.org.deny("Contract", "read")
    assert "Contract" not in global_names(desk)
    assert desk.get("/sobjects/Contract/describe").status_code == 404
    assert desk.refused("SELECT Id FROM Contract")[1] == "INVALID_TYPE"


def test_currency_codes_exist_only_with_several_currencies(open_desk):
    assert "CurrencyIsoCode" not in fields(open_desk(), "Opportunity")
    desk = open_desk("multi_currency", "dated_rates")
    assert "CurrencyIsoCode" in fields(desk, "Opportunity")
    assert "DatedConversionRate" in global_names(desk)


def test_person_accounts_add_their_fields(open_desk):
    assert "IsPersonAccount" not in fields(open_desk(), "Account")
    assert "IsPersonAccount" in fields(open_desk("person_accounts"), "Account")


def test_a_custom_object_has_name_owner_and_system_fields(desk):
    desk.org.define(
        "Invoice__c", ["Account__c ref(Account) children=Invoices", "Amount__c currency(16,2)", 'Due__c date "Due date"'], label="Invoice"
    )
    described = fields(desk, "Invoice__c")
    assert {"Id", "Name", "OwnerId", "SystemModstamp", "IsDeleted", "Account__c", "Amount__c"} <= described.keys()
    assert described["Account__c"]["relationshipName"] == "Account__r"
    assert described["Due__c"]["label"] == "Due date"
    assert desk.get("/sobjects/Invoice__c/describe").json()["keyPrefix"] == "a00"


def test_a_field_of_activity_shows_on_task_and_event(desk):
    desk.org.define("Activity", ["EQ_Key__c text(40) unique external casesensitive"])
    for name in ("Task", "Event"):
        assert fields(desk, name)["EQ_Key__c"]["externalId"] is True
    assert desk.get("/sobjects/Activity/describe").status_code == 404


def test_updated_and_deleted_are_listed_by_span(desk):
    old = desk.org.insert("Account", {"Name": "old"}, created=desk.clock.now - timedelta(days=3))
    new = desk.account("new")
    gone = desk.account("gone")
    desk.org.delete("Account", gone)
    span = {"start": "2026-11-22T00:00:00+00:00", "end": "2026-11-22T10:00:00+00:00"}
    updated = desk.get("/sobjects/Account/updated/", params=span).json()
    assert updated == {"ids": [new], "latestDateCovered": stamp(desk.clock.now)}
    assert old not in updated["ids"]
    deleted = desk.get("/sobjects/Account/deleted/", params=span).json()
    assert deleted["deletedRecords"] == [{"id": gone, "deletedDate": stamp(desk.clock.now)}]


def test_an_open_transaction_holds_back_what_updated_covers(desk):
    begun = desk.clock.now
    late = desk.org.late(begun)
    desk.clock.move(seconds=90)
    span = {"start": "2026-11-22T00:00:00Z", "end": "2026-11-22T10:00:00Z"}
    assert desk.get("/sobjects/Account/updated", params=span).json()["latestDateCovered"] == stamp(begun)
    late.commit()
    assert desk.get("/sobjects/Account/updated", params=span).json()["latestDateCovered"] == stamp(desk.clock.now)


@pytest.mark.parametrize(
    ("start", "end"), [("2026-11-22T00:00:00", "2026-11-22T10:00:00Z"), ("2026-11-22T09:00:00Z", "2026-11-22T09:00:30Z"), ("2026-10-01T00:00:00Z", "2026-10-02T00:00:00Z")]
)  # fmt: skip
def test_a_bad_span_is_refused(desk, start, end):
    assert error(desk.get("/sobjects/Account/updated", params={"start": start, "end": end}))[:2] == (400, "INVALID_REPLICATION_DATE")

"""Refusals and readings off the beaten path, one by one."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta

import pytest

from connectors.sandbox.salesforce.stamps import stamp
from tests.connectors.sandbox_salesforce.desk import error
from tests.connectors.sandbox_salesforce.packages import (
    NS,
    TEXT_FIELD,
    call,
    custom_object,
    deploy,
    field,
    manifest,
    package,
    problems,
    start,
    value,
    zipped,
)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (
            "SELECT (SELECT Id FROM Contacts), COUNT(Id) FROM Account",
            "MALFORMED_QUERY",
            "Grouped query cannot have a child query or TYPEOF",
        ),
        ("SELECT COUNT(Id) n, MAX(Name) n FROM Account", "MALFORMED_QUERY", "duplicate alias: n"),
        ("SELECT COUNT(), MAX(Name) FROM Account", "MALFORMED_QUERY", "COUNT() must be the only element in the SELECT list"),
        (
            "SELECT ParentId FROM Account GROUP BY ParentId HAVING ParentId IN (SELECT Id FROM Account)",
            "MALFORMED_QUERY",
            "unexpected token: 'SELECT'",
        ),
        ("SELECT Id FROM Account WHERE COUNT(Id) > 1", "MALFORMED_QUERY", "unexpected token: 'COUNT'"),
        ("SELECT Id FROM Account WHERE CALENDAR_YEAR(Name) = 2026", "MALFORMED_QUERY", "does not support function CALENDAR_YEAR"),
        ("SELECT MAX() FROM Account", "MALFORMED_QUERY", "unexpected token: ')'"),
        ("SELECT MAX('x') FROM Account", "MALFORMED_QUERY", "unexpected token: ''x''"),
        ("SELECT Id FROM Account a WHERE a.Name = 'x'", "MALFORMED_QUERY", "unexpected token: 'a'"),
        ("SELECT Id FROM Account WHERE Name BETWEEN 1", "MALFORMED_QUERY", "unexpected token: 'BETWEEN'"),
        ("SELECT Id FROM Account WHERE Name = Account.Name", "MALFORMED_QUERY", "unexpected token: 'Account.Name'"),
        ("SELECT FIELDS(MANY) FROM Account LIMIT 1", "MALFORMED_QUERY", "unexpected token: 'MANY'"),
        ("SELECT TYPEOF What END FROM Task", "MALFORMED_QUERY", "unexpected token: 'FROM'"),
        ("SELECT TYPEOF What WHEN Nope THEN Id END FROM Task", "INVALID_TYPE", "sObject type 'Nope' is not supported."),
        ("SELECT Id FROM Account WHERE Id IN (SELECT Id FROM Nope)", "INVALID_TYPE", "sObject type 'Nope' is not supported."),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT Id, Name FROM Account)",
            "MALFORMED_QUERY",
            "semi join sub-selects can only have one selected field",
        ),
        ("SELECT Id FROM Account WHERE Id IN (SELECT Name FROM Account)", "MALFORMED_QUERY", "must be an id or a reference"),
        ("SELECT Id FROM Account WHERE Name = TODAY", "INVALID_FIELD", "must be of type string"),
        ("SELECT Id FROM Account WHERE Name LIKE 5", "INVALID_FIELD", "must be of type string"),
        ("SELECT Id FROM Account WHERE CreatedDate = LAST_WEEK:3", "MALFORMED_QUERY", "unexpected token: 'LAST_WEEK'"),
        ("SELECT Id FROM Account WHERE CreatedDate = THIS_N_DAYS:3", "MALFORMED_QUERY", "unexpected token: 'THIS_N_DAYS'"),
        ("SELECT MAX(IsDeleted) FROM Account", "INVALID_FIELD", "does not support aggregate operator MAX"),
    ],
)
def test_queries_are_refused_for_small_reasons_too(desk, text, code, said):
    status, found, message = desk.refused(text)
    assert (status, found) == (400, code)
    assert said in message


def test_a_parent_that_may_not_be_read_is_no_relationship(desk):
    desk.org.deny("Contract", "read")
    assert "Didn't understand relationship 'Contract'" in desk.refused("SELECT Contract.Status FROM Order")[2]


def test_an_alias_can_be_sorted_and_a_date_formatted(desk):
    desk.account("b", AnnualRevenue=2)
    desk.account("a", AnnualRevenue=5)
    rows = desk.rows("SELECT Name n, SUM(AnnualRevenue) s FROM Account GROUP BY Name ORDER BY n")
    assert [row["n"] for row in rows] == ["a", "b"]
    assert desk.rows("SELECT FORMAT(AnnualRevenue) shown FROM Account LIMIT 1") == [{"shown": "2.0"}]
    assert desk.names(
        "SELECT Name FROM Account WHERE CreatedDate < NEXT_90_DAYS AND CreatedDate >= YESTERDAY AND CreatedDate != TOMORROW"
    ) == ["b", "a"]
    assert desk.names("SELECT Name FROM Account WHERE CreatedDate > TODAY OR CreatedDate <= LAST_WEEK") == []


def test_days_are_those_of_the_users_zone(desk):
    late = desk.clock.now.replace(hour=23, minute=30) - timedelta(days=1)
    desk.org.insert("Account", {"Name": "after midnight in Paris"}, created=late)
    assert len(desk.rows("SELECT Id FROM Account WHERE CreatedDate = TODAY")) == 1


def test_an_object_is_shown_in_brief(desk):
    assert desk.get("/sobjects/Account").json()["objectDescribe"]["keyPrefix"] == "001"
    span = {"start": "2026-11-22T00:00:00Z", "end": "2026-11-22T10:00:00Z"}
    assert error(desk.get("/sobjects/CaseHistory/updated", params=span))[:2] == (400, "INVALID_TYPE_FOR_OPERATION")


def test_a_retrieve_wants_ids_and_fields_and_not_too_many(desk):
    assert error(desk.get("/composite/sobjects/Account", params={"fields": "Id"}))[:2] == (400, "MISSING_ARGUMENT")
    ids = [desk.account()] * 201
    assert error(desk.get("/composite/sobjects/Account", params={"ids": ",".join(ids), "fields": "Id"}))[1] == "EXCEEDED_ID_LIMIT"
    assert len(desk.post("/composite/sobjects/Account", {"ids": ids, "fields": ["Id"]}).json()) == 201


def test_composite_parts_stay_inside_the_api(desk):
    parts = [
        {"referenceId": "a", "method": "GET", "url": "/services/apexrest/x"},
        {"referenceId": "b", "method": "GET", "url": "/services/data/v66/limits"},
        {"referenceId": "c", "method": "GET", "url": "/services/data/v66.0/query?q=SELECT+Id+FROM+User+LIMIT+1"},
        {"referenceId": "d", "method": "GET", "url": "/services/data/v66.0/sobjects/User/@{c.records[0].Id}"},
        {"referenceId": "e", "method": "GET", "url": "/services/data/v66.0/sobjects/User/@{c.records[7].Id}"},
    ]
    answers = desk.post("/composite", {"compositeRequest": parts}).json()["compositeResponse"]
    assert [one["httpStatusCode"] for one in answers] == [404, 404, 200, 200, 400]
    assert error(desk.post("/composite/batch", {}))[:2] == (400, "JSON_PARSER_ERROR")
    assert error(desk.post("/composite", [1]))[:2] == (400, "JSON_PARSER_ERROR")


def test_a_row_of_a_csv_has_as_many_cells_as_the_header(desk):
    job = desk.post("/jobs/ingest", {"object": "Account", "operation": "update", "contentType": "CSV"}).json()["id"]
    desk.call("PUT", f"/jobs/ingest/{job}/batches", data="Id,Name\nx\n", headers={"Content-Type": "text/csv"})
    desk.patch(f"/jobs/ingest/{job}", {"state": "UploadComplete"})
    for _ in range(2):
        desk.get(f"/jobs/ingest/{job}")
    assert "INVALID_CSV:Number of columns 1 does not match the header 2" in desk.get(f"/jobs/ingest/{job}/failedResults").text
    assert [one["id"] for one in desk.get("/jobs/ingest").json()["records"]] == [job]


def test_bulk_queries_say_what_they_want(desk):
    assert error(desk.post("/jobs/query", {"operation": "insert", "query": "x"}))[:2] == (400, "INVALIDJOB")
    job = desk.post("/jobs/query", {"operation": "query", "query": "SELECT Id FROM Account"}).json()["id"]
    assert error(desk.get(f"/jobs/query/{job}/resultPages"))[:2] == (400, "INVALIDJOBSTATE")
    assert error(desk.patch(f"/jobs/query/{job}", {"state": "JobComplete"}))[:2] == (400, "INVALIDJOBSTATE")


def test_seeds_may_give_dates_and_must_give_zones(desk):
    with pytest.raises(ValueError, match="no time zone"):
        stamp(datetime(2026, 1, 1))  # noqa: DTZ001 # the missing zone is the point
    row = desk.org.record(desk.org.insert("Opportunity", {"Name": "x", "CloseDate": desk.clock.now.date(), "StageName": "Prospecting"}))
    assert row["CloseDate"] == "2026-11-22"


@pytest.mark.parametrize(
    ("options", "message"), [({"org_id": "001"}, "not the id of an organisation"), ({"features": ["wings"]}, "unknown features")]
)
def test_an_org_is_what_it_says(open_desk, options, message):
    features = options.pop("features", ())
    with pytest.raises(ValueError, match=message):
        open_desk(*features, **options)


def test_a_custom_object_is_named_as_one(desk):
    with pytest.raises(ValueError, match="ends in __c"):
        desk.org.define("Invoices", ["Amount__c currency(16,2)"])


def test_fields_can_be_defined_without_security(desk):
    desk.org.define("Account", ["Hidden__c text(10)"], visible=False)
    assert "No such column 'Hidden__c'" in desk.refused("SELECT Hidden__c FROM Account")[2]


# ---------------------------------------------------------------- deployments


def test_deployments_know_what_the_org_does_not_offer(desk):
    assert problems(deploy(desk, package({"Account": [field("EQ_A__c", "<type>Location</type><scale>2</scale>")]}))) == [
        "Fields of type Location are not offered by this org"
    ]
    incomplete = zipped(
        {"package.xml": manifest({"CustomObject": ["Review__c"]}), "objects/Review__c.object": custom_object("<label>Review</label>")}
    )
    assert problems(deploy(desk, incomplete)) == ["Must specify 'pluralLabel' for a custom object"]
    wrong = zipped({"package.xml": manifest({"CustomObject": ["Review"]}), "objects/Review.object": custom_object("<label>Review</label>")})
    assert problems(deploy(desk, wrong)) == ["Entity Enumeration Or ID: bad value for restricted picklist field: Review"]


def test_bundles_and_report_folders_pass(desk):
    members = {"LightningComponentBundle": ["eqFlag"], "Report": ["Equilibre"]}
    bundle = f'<LightningComponentBundle xmlns="{NS}"><apiVersion>66.0</apiVersion><isExposed>true</isExposed></LightningComponentBundle>'
    raw = zipped({"package.xml": manifest(members), "lwc/eqFlag/eqFlag.js": "x", "lwc/eqFlag/eqFlag.js-meta.xml": bundle})
    assert problems(deploy(desk, raw)) == []


def test_an_element_of_another_namespace_is_unknown(desk):
    text = custom_object(field("EQ_A__c")).replace(f' xmlns="{NS}"', "")
    raw = zipped({"package.xml": manifest({"CustomObject": ["Account"]}), "objects/Account.object": text})
    assert problems(deploy(desk, raw)) == ["Error parsing file: Element CustomObject invalid at this location"]


def test_fields_of_one_name_must_stand_together(desk):
    text = custom_object(field("EQ_A__c"), "<label>Account</label>", field("EQ_B__c", TEXT_FIELD))
    raw = zipped({"package.xml": manifest({"CustomObject": ["Account"]}), "objects/Account.object": text})
    assert problems(deploy(desk, raw)) == [
        f"Error parsing file: Element {{{NS}}}fields is duplicated at this location in type CustomObject"
    ]


def test_soap_is_taken_at_its_word(desk):
    url, token = f"{desk.base}/services/Soap/m/{{}}/deployRequest", {"Content-Type": "text/xml", "SOAPAction": "deploy"}
    retired = desk.http.post(url.format("30.0"), data="<x/>", headers=token, timeout=20)
    assert value(retired.text, "faultcode") == "sf:UNSUPPORTED_API_VERSION"
    for data, headers in (("<x/>", {"Content-Type": "application/json"}), ("<x", token)):
        assert value(desk.http.post(url.format("66.0"), data=data, headers=headers, timeout=20).text, "faultcode") == "sf:INVALID_SOAP"
    assert value(start(desk, b"", singlePackage="false").text, "faultcode") == "sf:INVALID_OPERATION"
    options = "<met:DeployOptions><met:singlePackage>true</met:singlePackage></met:DeployOptions>"
    assert value(call(desk, "deploy", f"<met:ZipFile>#</met:ZipFile>{options}").text, "faultcode") == "sf:INVALID_OPERATION"
    assert value(call(desk, "deploy", f"<met:ZipFile>{base64.b64encode(b'x').decode()}</met:ZipFile>{options}").text, "state") == "Queued"


def test_tooling_lists_objects_and_refuses_unknown_ones(desk):
    text = "SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName IN ('Account', 'Activity') ORDER BY QualifiedApiName"
    found = desk.get("/tooling/query", params={"q": text}).json()["records"]
    assert [one["QualifiedApiName"] for one in found] == ["Account", "Activity"]
    assert error(desk.get("/tooling/query", params={"q": "SELECT Id FROM Account"}))[:2] == (400, "INVALID_TYPE")

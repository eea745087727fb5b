"""The library that the vendor's world uses, against the sandbox, over https that an adapter turns to loopback."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)
from simple_salesforce.format import format_external_id, format_soql

from connectors.sandbox.faults import Fault
from tests.connectors.sandbox_salesforce.desk import KEY, SECRET, redirected
from tests.connectors.sandbox_salesforce.packages import KEY_FIELD, field, package

USER = "equilibre@acme.example"


@pytest.fixture
def session(desk):
    opened = redirected(desk.base)
    yield opened
    opened.close()


@pytest.fixture
def sf(desk, session):
    return Salesforce(consumer_key=KEY, consumer_secret=SECRET, domain="acme.my", version="66.0", session=session)


def test_it_signs_in_by_assertion(desk, session, private_key):
    sf = Salesforce(username=USER, consumer_key=KEY, privatekey=private_key, version="66.0", session=session)
    assert sf.sf_instance == "acme.my.salesforce.com"
    desk.account()
    assert sf.query("SELECT Name FROM Account")["records"][0]["Name"] == "Acme"


def test_it_hears_why_it_may_not_sign_in(session, private_key):
    with pytest.raises(SalesforceAuthenticationFailed, match="audience is invalid"):
        Salesforce(username=USER, consumer_key=KEY, privatekey=private_key, domain="test", session=session)
    with pytest.raises(SalesforceAuthenticationFailed, match="invalid client credentials"):
        Salesforce(consumer_key=KEY, consumer_secret="wrong", domain="acme.my", session=session)


def test_it_pages_a_query_and_reads_money_as_decimal(desk, session):
    sf = Salesforce(consumer_key=KEY, consumer_secret=SECRET, domain="acme.my", version="66.0", session=session, parse_float=Decimal)
    desk.org.knobs.page_size = 7
    for number in range(20):
        desk.account(f"A{number}", AnnualRevenue=Decimal(10))
    rows = sf.query_all("SELECT Name, AnnualRevenue FROM Account ORDER BY Id")["records"]
    assert [row["Name"] for row in rows] == [f"A{number}" for number in range(20)]
    assert rows[0]["AnnualRevenue"] == Decimal("10.0")
    first = sf.query("SELECT Name FROM Account ORDER BY Id")
    assert sf.query_more(first["nextRecordsUrl"], identifier_is_url=True)["records"][0]["Name"] == "A7"
    with pytest.raises(SalesforceResourceNotFound):
        sf.query_more(first["nextRecordsUrl"])


def test_it_formats_names_that_the_sandbox_reads_back(desk, sf):
    name = 'L\'Été \\ "quoted"\nline'
    desk.account(name)
    assert sf.query(format_soql("SELECT Name FROM Account WHERE Name = {}", name))["records"][0]["Name"] == name
    with pytest.raises(SalesforceMalformedRequest, match="MALFORMED_QUERY"):
        sf.query(format_soql("SELECT Id FROM Account WHERE Id IN {}", []))


def test_it_writes_and_upserts_single_records(desk, sf):
    desk.org.define("Account", ["Key__c text(40) unique external", "Old__c text(40) external"])
    made = sf.Account.create({"Name": "Acme"})
    assert sf.Account.update(made["id"], {"Name": "Acme 2"}) == 204
    key = format_external_id("Key__c", "a/b#c d")
    assert [sf.Account.upsert(key, {"Name": "K"}) for _ in range(2)] == [201, 200]
    assert sf.Account.get(made["id"])["Name"] == "Acme 2"
    assert sf.Account.delete(made["id"]) == 204
    for number in range(2):
        desk.account(f"O{number}", Old__c="same")
    with pytest.raises(SalesforceMoreThanOneRecord):
        sf.Account.upsert("Old__c/same", {"Name": "x"})


def test_it_describes_and_reads_limits_and_usage(sf):
    assert sf.describe()["maxBatchSize"] == 200
    assert sf.Task.describe()["name"] == "Task"
    assert sf.limits()["DailyApiRequests"]["Max"] == 15_000
    sf.query("SELECT Id FROM Account")
    assert sf.api_usage["api-usage"].total == 15_000


def test_it_lists_what_was_deleted(desk, sf):
    gone = desk.account()
    desk.org.delete("Account", gone)
    desk.clock.move(hours=1)
    found = sf.Account.deleted(desk.clock.now.replace(hour=0), desk.clock.now)
    assert [one["id"] for one in found["deletedRecords"]] == [gone]


def test_it_signs_in_again_when_its_session_ends(desk, sf):
    desk.org.sessions.expire_all()
    assert sf.query("SELECT Id FROM Account")["totalSize"] == 0


def test_it_cannot_sign_in_again_with_a_mere_session(desk, session):
    token = desk.http.headers["Authorization"].removeprefix("Bearer ")
    sf = Salesforce(session_id=token, instance="acme.my.salesforce.com", version="66.0", session=session)
    assert sf.query("SELECT Id FROM Account")["totalSize"] == 0
    desk.org.sessions.expire_all()
    with pytest.raises(SalesforceExpiredSession):
        sf.query("SELECT Id FROM Account")


def test_its_errors_carry_the_vendors_body(desk, sf):
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.query("SELECT Nope FROM Account")
    assert refused.value.content[0]["errorCode"] == "INVALID_FIELD"
    desk.org.knobs.daily_requests = 0
    with pytest.raises(SalesforceRefusedRequest) as over:
        sf.query("SELECT Id FROM Account")
    assert over.value.content[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
    desk.faults.add(Fault(path="/query", status=503, body="<html>maintenance</html>"))
    with pytest.raises(SalesforceGeneralError) as down:
        sf.query("SELECT Id FROM Account")
    assert down.value.content == "<html>maintenance</html>"


def test_it_sends_two_hundred_rows_through_restful(desk, sf):
    ids = [desk.account(f"A{n}") for n in range(200)]
    rows = [{"attributes": {"type": "Account"}, "id": one, "Description": "seen"} for one in ids]
    answer = sf.restful("composite/sobjects", method="PATCH", json={"allOrNone": False, "records": rows})
    assert all(one["success"] for one in answer)


def test_it_reads_by_bulk(desk, sf):
    for number in range(5):
        desk.account(f"A{number}")
    pages = list(sf.bulk2.Account.query("SELECT Id, Name FROM Account", max_records=2, wait=0.01))
    assert [len(list(csv.reader(io.StringIO(page)))) - 1 for page in pages] == [2, 2, 1]
    desk.org.delete("Account", desk.org.records("Account")[0]["Id"])
    pages = list(sf.bulk2.Account.query_all("SELECT Id, IsDeleted FROM Account", wait=0.01))
    assert pages[0].count('"true"') == 1


def test_it_writes_by_bulk(desk, sf):
    first, second = desk.account("A"), desk.account("B")
    results = sf.bulk2.Account.update(records=[{"Id": first, "Fax": "1"}, {"Id": second[:-1] + "Z", "Fax": "2"}], wait=0.01)
    assert (results[0]["numberRecordsTotal"], results[0]["numberRecordsFailed"]) == (2, 1)
    failed = sf.bulk2.Account.get_failed_records(results[0]["job_id"])
    assert "MALFORMED_ID" in failed
    assert desk.org.record(first)["Fax"] == "1"


def test_it_deploys_a_package_and_learns_what_failed(desk, sf):
    raw = package({"Activity": [field("EQ_Key__c", KEY_FIELD)]}, ["Task.EQ_Key__c"])
    begun = sf.deploy(io.BytesIO(raw), sandbox=False)
    assert begun["state"] == "Queued"
    states = [sf.checkDeployStatus(begun["asyncId"]) for _ in range(2)]
    assert [one["state"] for one in states] == ["Pending", "Succeeded"]
    assert states[1]["deployment_detail"]["deployed_count"] == "2"
    set_id = sf.query("SELECT Id FROM PermissionSet WHERE Name = 'Equilibre'")["records"][0]["Id"]
    sf.PermissionSetAssignment.create({"AssigneeId": desk.org.user, "PermissionSetId": set_id})
    assert sf.Task.upsert("EQ_Key__c/k1", {"Subject": "x"}) == 201
    begun = sf.deploy(io.BytesIO(package({"Task": [field("EQ_X__c")]})), sandbox=False)
    sf.checkDeployStatus(begun["asyncId"])
    failed = sf.checkDeployStatus(begun["asyncId"])
    assert failed["state"] == "Failed"
    assert failed["deployment_detail"]["errors"] == [
        {
            "type": "CustomField", "file": "objects/Task.object", "status": "Error",
            "message": "Entity Enumeration Or ID: bad value for restricted picklist field: Task",
        }
    ]  # fmt: skip

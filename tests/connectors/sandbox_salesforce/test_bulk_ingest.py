from __future__ import annotations

import csv
import io

import pytest

from tests.connectors.sandbox_salesforce.desk import error


@pytest.fixture
def shop(desk):
    desk.org.define(
        "Account", ["Key__c text(40) unique external", 'Note__c text(20) "Flag note"', "Score__c number(5,1)", "Seen__c datetime"]
    )
    desk.ids = [desk.account(f"A{n}", Key__c=f"k{n}", Note__c="old") for n in range(3)]
    return desk


def create(desk, operation: str = "update", name: str = "Account", **more):
    return desk.post("/jobs/ingest", {"object": name, "operation": operation, "contentType": "CSV", **more})


def upload(desk, job: str, text: str | bytes, kind: str = "text/csv; charset=UTF-8"):
    return desk.call(
        "PUT", f"/jobs/ingest/{job}/batches", data=text if isinstance(text, bytes) else text.encode(), headers={"Content-Type": kind}
    )


def run(desk, text: str, operation: str = "update", **more) -> dict:
    job = create(desk, operation, **more).json()["id"]
    assert upload(desk, job, text).status_code == 201
    assert desk.patch(f"/jobs/ingest/{job}", {"state": "UploadComplete"}).json()["state"] == "UploadComplete"
    body: dict = {"state": "UploadComplete"}
    while body["state"] not in {"JobComplete", "Failed"}:
        body = desk.get(f"/jobs/ingest/{job}").json()
    return body


def result(desk, job: dict, which: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(desk.get(f"/jobs/ingest/{job['id']}/{which}").text, newline="")))


def test_a_complete_job_may_have_failed_rows(shop):
    job = run(shop, f"Id,Note__c\n{shop.ids[0]},new\n001Qy00000009ZZ,x\n{shop.ids[1]},{'y' * 21}\n")
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 3, 2)
    assert result(shop, job, "successfulResults") == [
        ["sf__Id", "sf__Created", "Id", "Note__c"],
        [shop.ids[0], "false", shop.ids[0], "new"],
    ]
    failed = result(shop, job, "failedResults")
    assert failed[0] == ["sf__Id", "sf__Error", "Id", "Note__c"]
    assert failed[1] == ["", "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--", "001Qy00000009ZZ", "x"]
    assert failed[2][1] == f"STRING_TOO_LONG:Flag note: data value too large: {'y' * 21} (max length=20):Note__c --"
    assert result(shop, job, "unprocessedrecords") == [["Id", "Note__c"]]
    assert shop.org.record(shop.ids[0])["Note__c"] == "new"


def test_an_empty_cell_says_nothing_and_na_clears(shop):
    run(shop, f"Id,Note__c,Score__c\n{shop.ids[0]},,1.25\n{shop.ids[1]},#N/A,\n")
    assert (shop.org.record(shop.ids[0])["Note__c"], shop.org.record(shop.ids[0])["Score__c"]) == ("old", 1.3)
    assert "Note__c" not in shop.org.record(shop.ids[1])


def test_an_upsert_goes_by_its_key(shop):
    job = run(shop, "Key__c,Name,Seen__c\nk0,Renamed,2026-11-01\nk9,New,\n", "upsert", externalIdFieldName="Key__c")
    assert [row[1] for row in result(shop, job, "successfulResults")[1:]] == ["false", "true"]
    assert (shop.org.record(shop.ids[0])["Name"], shop.org.record(shop.ids[0])["Seen__c"]) == ("Renamed", "2026-11-01T00:00:00.000+0000")


def test_inserts_and_deletes_work_by_row(shop):
    job = run(shop, 'Name,Note__c\n"Two\nlines","a ""b"""\n', "insert")
    made = result(shop, job, "successfulResults")[1][0]
    assert (shop.org.record(made)["Name"], shop.org.record(made)["Note__c"]) == ("Two\nlines", 'a "b"')
    run(shop, f"Id\n{made}\n", "delete")
    assert shop.org.record(made)["IsDeleted"] is True
    run(shop, f"Id\n{shop.ids[0]}\n", "hardDelete")
    with pytest.raises(KeyError):
        shop.org.record(shop.ids[0])


def test_parents_are_found_by_their_key(shop):
    job = run(shop, "LastName,Account.Key__c\nL,k1\nM,nope\n", "insert", name="Contact")
    made = result(shop, job, "successfulResults")[1][0]
    assert shop.org.record(made)["AccountId"] == shop.ids[1]
    assert "Foreign key external ID: nope not found for field Key__c in entity Account" in result(shop, job, "failedResults")[1][1]
    job = run(shop, "Subject,Account:What.Key__c\nx,k1\n", "insert", name="Task")
    assert shop.org.record(result(shop, job, "successfulResults")[1][0])["WhatId"] == shop.ids[1]
    assert (
        "Field name not found : Account:Account.Key__c"
        in run(shop, "LastName,Account:Account.Key__c\nL,k1\n", "insert", name="Contact")["errorMessage"]
    )


@pytest.mark.parametrize("column", ["Foo__c", "﻿Id"])
def test_an_unknown_column_fails_the_job(shop, column):
    job = run(shop, f"{column},Note__c\n{shop.ids[0]},x\n")
    assert (job["state"], job["errorMessage"]) == ("Failed", f"InvalidBatch : Field name not found : {column}")
    assert result(shop, job, "unprocessedrecords")[1:] == [[shop.ids[0], "x"]]


def test_a_column_without_field_security_fails_the_job_too(shop):
    shop.org.hide("Account", "Note__c")
    assert run(shop, f"Id,Note__c\n{shop.ids[0]},x\n")["errorMessage"] == "InvalidBatch : Field name not found : Note__c"


def test_line_endings_must_be_as_said(shop):
    job = run(shop, f"Id,Note__c\r\n{shop.ids[0]},x\r\n")
    assert job["errorMessage"] == "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF"
    assert run(shop, f"Id,Note__c\r\n{shop.ids[0]},x\r\n", lineEnding="CRLF")["state"] == "JobComplete"


def test_data_are_uploaded_once_as_csv_in_utf8(shop):
    job = create(shop).json()
    assert (job["state"], job["contentUrl"]) == ("Open", f"services/data/v66.0/jobs/ingest/{job['id']}/batches")
    assert error(upload(shop, job["id"], "Id\n", "application/json"))[:2] == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert error(upload(shop, job["id"], "Id\n\xe9".encode("latin-1")))[:2] == (400, "INVALIDBATCH")
    assert upload(shop, job["id"], "Id\n").status_code == 201
    assert error(upload(shop, job["id"], "Id\n"))[:2] == (400, "INVALIDJOBSTATE")


def test_a_job_needs_data_before_it_is_closed_and_an_end_before_it_is_deleted(shop):
    job = create(shop).json()["id"]
    assert error(shop.patch(f"/jobs/ingest/{job}", {"state": "UploadComplete"}))[:2] == (400, "INVALIDJOBSTATE")
    assert error(shop.get(f"/jobs/ingest/{job}/failedResults"))[:2] == (400, "INVALIDJOBSTATE")
    assert error(shop.delete(f"/jobs/ingest/{job}"))[:2] == (400, "INVALIDJOBSTATE")
    assert shop.patch(f"/jobs/ingest/{job}", {"state": "Aborted"}).json()["state"] == "Aborted"
    assert shop.delete(f"/jobs/ingest/{job}").status_code == 204


def test_jobs_are_refused_for_what_they_cannot_do(shop):
    assert error(create(shop, name="TaskStatus"))[:2] == (400, "INVALIDENTITY")
    assert error(create(shop, "merge"))[:2] == (400, "INVALIDJOB")
    assert error(create(shop, "upsert"))[:2] == (400, "INVALIDJOB")
    assert error(create(shop, "upsert", externalIdFieldName="Nope__c"))[:2] == (404, "NOT_FOUND")


def test_the_audit_knows_what_a_job_wrote(shop):
    run(shop, f"Id,Note__c\n{shop.ids[0]},new\n{shop.ids[1]},{'y' * 21}\n")
    write = shop.audit.writes[-1]
    assert (write.object, write.ids, write.fields, write.refused) == ("Account", (shop.ids[0],), ("Note__c",), 1)

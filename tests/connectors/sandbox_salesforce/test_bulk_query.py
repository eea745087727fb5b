from __future__ import annotations

import csv
import io

import pytest

from connectors.sandbox.faults import Fault
from tests.connectors.sandbox_salesforce.desk import error

TEXT = "SELECT Id, Name, Owner.Name, AnnualRevenue, SystemModstamp, IsDeleted, Fax FROM Account"


def create(desk, text: str = TEXT, operation: str = "query", **more):
    return desk.post("/jobs/query", {"operation": operation, "query": text, **more})


def finished(desk, text: str = TEXT, operation: str = "query", **more) -> str:
    job = create(desk, text, operation, **more).json()["id"]
    while desk.get(f"/jobs/query/{job}").json()["state"] not in {"JobComplete", "Failed"}:
        pass
    return job


def page(desk, job: str, **parameters):
    return desk.get(f"/jobs/query/{job}/results", params=parameters)


def parsed(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_a_job_goes_through_its_states_to_its_rows(desk):
    account = desk.account('Quote " and\nline', AnnualRevenue=1000)
    made = create(desk)
    assert made.status_code == 200
    body = made.json()
    assert (body["state"], body["object"], body["operation"], body["apiVersion"], body["createdById"]) == (
        "UploadComplete",
        "Account",
        "query",
        66.0,
        desk.org.user,
    )
    assert body["id"].startswith("750")
    assert desk.get(f"/jobs/query/{body['id']}").json()["state"] == "InProgress"
    done = desk.get(f"/jobs/query/{body['id']}").json()
    assert (done["state"], done["jobType"], done["numberRecordsProcessed"], done["isPkChunkingSupported"]) == (
        "JobComplete",
        "V2Query",
        1,
        True,
    )
    answer = page(desk, body["id"])
    assert answer.headers["Content-Type"] == "text/csv"
    assert (answer.headers["Sforce-NumberOfRecords"], answer.headers["Sforce-Locator"]) == ("1", "null")
    assert answer.text == (
        '"Id","Name","Owner.Name","AnnualRevenue","SystemModstamp","IsDeleted","Fax"\n'
        f'"{account}","Quote "" and\nline","Camille Admin","1000.0","2026-11-22T09:00:00.000Z","false",""\n'
    )


def test_pages_are_found_by_locator_and_can_be_read_again(desk):
    for number in range(5):
        desk.account(f"A{number}")
    job = finished(desk)
    first = page(desk, job, maxRecords=2)
    assert (first.headers["Sforce-NumberOfRecords"], len(parsed(first.text))) == ("2", 3)
    locator = first.headers["Sforce-Locator"]
    second = [page(desk, job, maxRecords=2, locator=locator) for _ in range(2)]
    assert second[0].text == second[1].text
    last = page(desk, job, maxRecords=2, locator=second[0].headers["Sforce-Locator"])
    assert (last.headers["Sforce-NumberOfRecords"], last.headers["Sforce-Locator"]) == ("1", "null")


def test_result_pages_list_what_can_be_read_side_by_side(desk):
    for number in range(12):
        desk.account(f"A{number:02d}")
    desk.org.knobs.bulk_page = 2
    job = finished(desk)
    listed = desk.get(f"/jobs/query/{job}/resultPages").json()
    assert (len(listed["resultPages"]), listed["done"]) == (5, False)
    rest = desk.http.get(desk.base + listed["nextRecordsUrl"], timeout=20).json()
    assert (len(rest["resultPages"]), rest["done"], rest["nextRecordsUrl"]) == (1, True, None)
    urls = [one["resultUrl"] for one in listed["resultPages"] + rest["resultPages"]]
    names = [row[1] for url in urls for row in parsed(desk.http.get(desk.base + url, timeout=20).text)[1:]]
    assert names == [f"A{number:02d}" for number in range(12)]


def test_query_all_sees_deleted_rows(desk):
    desk.org.delete("Account", desk.account())
    assert page(desk, finished(desk)).headers["Sforce-NumberOfRecords"] == "0"
    rows = parsed(page(desk, finished(desk, operation="queryAll")).text)
    assert rows[1][5] == "true"


def test_no_rows_are_a_header_or_in_old_orgs_nothing(desk):
    job = finished(desk)
    assert len(parsed(page(desk, job).text)) == 1
    desk.org.knobs.empty_bulk_body = True
    assert page(desk, job).text == ""


def test_delimiters_and_line_endings_are_obeyed(desk):
    desk.account()
    job = finished(desk, "SELECT Name, IsDeleted FROM Account", columnDelimiter="SEMICOLON", lineEnding="CRLF")
    assert page(desk, job).content == b'"Name";"IsDeleted"\r\n"Acme";"false"\r\n'
    assert error(create(desk, columnDelimiter="SPACE"))[:2] == (400, "INVALIDJOB")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT Industry, COUNT(Id) FROM Account GROUP BY Industry", "Aggregate functions and GROUP BY not supported in Bulk Query"),
        ("SELECT COUNT() FROM Account", "Aggregate functions and GROUP BY not supported in Bulk Query"),
        ("SELECT Id FROM Account LIMIT 5 OFFSET 1", "OFFSET not supported in Bulk Query"),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "Aggregate Relationships not supported in Bulk Query"),
        ("SELECT TYPEOF What WHEN Account THEN Name END FROM Task", "TYPEOF not supported in Bulk Query"),
        ("SELECT BillingAddress FROM Account", "Selecting compound data not supported in Bulk Query"),
        ("SELECT FIELDS(STANDARD) FROM Account", "FIELDS not supported in Bulk Query"),
    ],
)
def test_what_only_rest_can_do_is_refused(desk, text, said):
    assert error(create(desk, text)) == (400, "API_ERROR", said)


@pytest.mark.parametrize("name", ["TaskStatus", "TaskPriority", "CaseStatus", "OrderStatus", "ContractStatus"])
def test_lists_of_values_are_not_for_bulk(desk, name):
    assert error(create(desk, f"SELECT Id FROM {name}")) == (400, "INVALIDENTITY", f"Entity '{name}' is not supported by the Bulk API.")


def test_bad_queries_are_refused_as_in_rest(desk):
    assert error(create(desk, "SELECT Nope FROM Account"))[1] == "INVALID_FIELD"
    assert error(create(desk, "SELECT Id FORM Account"))[1] == "MALFORMED_QUERY"
    assert error(create(desk, "SELECT Id FROM Nope"))[1] == "INVALID_TYPE"


def test_a_field_that_vanishes_while_the_job_waits_fails_it(desk):
    job = create(desk, "SELECT Industry FROM Account").json()["id"]
    desk.org.hide("Account", "Industry")
    desk.get(f"/jobs/query/{job}")
    body = desk.get(f"/jobs/query/{job}").json()
    assert body["state"] == "Failed"
    assert "No such column 'Industry'" in body["errorMessage"]


def test_a_job_belongs_to_its_user_and_version(desk):
    job = finished(desk)
    desk.version = "65.0"
    assert desk.get(f"/jobs/query/{job}").status_code == 409
    desk.version = "66.0"
    desk.sign_in(desk.org.admin)
    assert error(desk.get(f"/jobs/query/{job}"))[:2] == (404, "NOT_FOUND")
    assert desk.get("/jobs/query").json()["records"] == []


def test_jobs_are_listed_aborted_and_deleted(desk):
    job = create(desk).json()["id"]
    assert [one["id"] for one in desk.get("/jobs/query", params={"jobType": "V2Query"}).json()["records"]] == [job]
    assert error(desk.delete(f"/jobs/query/{job}"))[:2] == (400, "INVALIDJOBSTATE")
    assert desk.patch(f"/jobs/query/{job}", {"state": "Aborted"}).json()["state"] == "Aborted"
    assert error(desk.patch(f"/jobs/query/{job}", {"state": "Aborted"}))[:2] == (400, "INVALIDJOBSTATE")
    gone = desk.delete(f"/jobs/query/{job}")
    assert (gone.status_code, gone.text) == (204, "")
    assert error(desk.get(f"/jobs/query/{job}"))[:2] == (404, "NOT_FOUND")


def test_results_wait_for_the_job_and_for_a_true_locator(desk):
    job = create(desk).json()["id"]
    assert error(page(desk, job))[:2] == (400, "INVALIDJOBSTATE")
    done = finished(desk)
    for locator in ("MTAwMDA", "???", "bm8"):
        assert error(page(desk, done, locator=locator))[:2] == (400, "INVALID_QUERY_LOCATOR")


def test_jobs_per_day_are_limited(desk):
    desk.org.knobs.query_jobs_per_day = 1
    create(desk)
    assert error(create(desk))[:2] == (400, "LIMIT_EXCEEDED")
    assert desk.get("/limits").json()["DailyBulkV2QueryJobs"] == {"Max": 1, "Remaining": 0}


def test_jobs_get_stuck_or_fail_on_demand(desk):
    desk.faults.add(Fault(method="POST", path="/jobs/query", effects=("stuck_job",)))
    stuck = create(desk).json()["id"]
    assert [desk.get(f"/jobs/query/{stuck}").json()["state"] for _ in range(5)] == ["InProgress"] * 5
    desk.faults.add(Fault(method="POST", path="/jobs/query", effects=("failed_job:InternalServerError : Error encountered",)))
    job = finished(desk)
    body = desk.get(f"/jobs/query/{job}").json()
    assert (body["state"], body["errorMessage"]) == ("Failed", "InternalServerError : Error encountered")


def test_results_come_empty_small_or_torn_on_demand(desk):
    for number in range(4):
        desk.account(f"A{number}")
    job = finished(desk)
    desk.faults.add(
        Fault(path="/results", effects=("results_204",)),
        Fault(path="/results", effects=("page_size:1",)),
        Fault(path="/results", keep=40, headers={"Content-Encoding": None}),
    )
    assert page(desk, job).status_code == 204
    assert page(desk, job).headers["Sforce-NumberOfRecords"] == "1"
    torn = desk.get(f"/jobs/query/{job}/results", headers={"Accept-Encoding": "identity"})
    assert len(torn.content) == 40


def test_csv_is_compressed_for_who_takes_it(desk):
    desk.account()
    job = finished(desk)
    assert page(desk, job).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in desk.get(f"/jobs/query/{job}/results", headers={"Accept-Encoding": "identity"}).headers

"""Bulk API 2.0 query against a served org: every row of a large object, through whatever happens on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from connectors.failures import QuotaExhausted
from connectors.salesforce.bulk import LONGEST_JOB, Pause
from tests.connectors.salesforce.stage import rows

if TYPE_CHECKING:
    from connectors.contract import Landed
    from tests.connectors.salesforce.stage import Stage


def filled(stage: Stage, count: int = 25) -> set[str]:
    return {
        stage.account(f"Société n° {number}, « {number} »\nà Lyon", Website=None if number % 3 else f"{number}.example")
        for number in range(count)
    }


def accounts(stage: Stage, **settings: Any) -> Landed:
    return stage.pull(bulk_threshold=10, **settings)["Account"]


def ids(landed: Landed) -> set[str]:
    return {row["Id"] for row in rows(landed)}


def test_few_rows_come_through_rest_and_many_through_bulk(stage: Stage) -> None:
    filled(stage, 10)
    accounts(stage)
    assert not stage.asked("/jobs/query")
    filled(stage, 1)
    accounts(stage)
    assert stage.asked("/jobs/query")


def test_trap_12_13_and_14_names_with_commas_quotes_and_line_breaks_arrive_whole_and_empty_is_null(stage: Stage) -> None:
    made = filled(stage)
    through_bulk, through_rest = accounts(stage), stage.pull()["Account"]
    assert ids(through_bulk) == made
    assert sorted(rows(through_bulk), key=str) == sorted(rows(through_rest), key=str)
    assert sum(row["Website"] is None for row in rows(through_bulk)) == 16
    assert {row["IsDeleted"] for row in rows(through_bulk)} == {"false"}


def test_trap_13_the_query_of_a_job_is_not_ordered(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(stage)
    reader = stage.link(bulk_threshold=10).reader()
    send, bodies = reader._client.once, []  # type: ignore[attr-defined]
    monkeypatch.setattr(reader._client, "once", lambda *args, **kwargs: (bodies.append(kwargs.get("body")), send(*args, **kwargs))[1])  # type: ignore[attr-defined]
    stage.pull(reader)
    queries = [body["query"] for body in bodies if body and "query" in body]
    assert queries
    assert not any("ORDER BY" in query or "LIMIT" in query for query in queries)


def test_pages_are_followed_until_the_locator_says_null(stage: Stage) -> None:
    stage.org.knobs.bulk_page = 4
    made = filled(stage)
    landed = accounts(stage)
    assert ids(landed) == made
    assert len(landed.files) == 7
    assert landed.complete
    assert landed.full


def test_files_are_kept_as_the_server_compressed_them(stage: Stage) -> None:
    filled(stage)
    landed = accounts(stage)
    assert [file.suffix for file in landed.files] == [".gz"]
    assert landed.files[0].read_bytes()[:2] == b"\x1f\x8b"


def test_trap_17_finished_jobs_are_removed_also_after_a_failure(stage: Stage) -> None:
    filled(stage)
    accounts(stage)
    stage.fail(path="/results", status=400, body=[{"errorCode": "INVALIDLOCATOR", "message": "x"}])
    assert accounts(stage).complete, "the same rows came through REST"
    made = [call for call in stage.audit.calls if call.method == "POST" and call.path.endswith("/jobs/query")]
    removed = [call for call in stage.audit.calls if call.method == "DELETE"]
    assert len(made) == len(removed) == 2
    assert {call.status for call in removed} == {204}


@pytest.mark.parametrize(
    "fault",
    [
        {"path": "/results", "keep": 40, "drop": "after"},
        {"path": "/results", "keep": 200},
        {"path": "/results", "drop": "before"},
        {"path": "/results", "drop": "after"},
        {"path": "/results", "effects": ("results_204",)},
        {"path": "/results", "status": 503, "body": "<html/>"},
        {"path": "/jobs/query/", "status": 500, "body": [{"errorCode": "UNKNOWN_EXCEPTION", "message": "x"}]},
        {"path": "/jobs/query$", "status": 503, "body": "<html/>"},
        {"path": "/results", "effects": ("expire_tokens",)},
    ],
    ids=str,
)
def test_a_page_that_breaks_off_is_fetched_again(stage: Stage, fault: dict[str, Any]) -> None:
    stage.org.knobs.bulk_page = 10
    made = filled(stage)
    stage.fail(**fault)
    landed = accounts(stage)
    assert stage.faults.pending == ()
    assert ids(landed) == made
    assert landed.complete
    assert {row["Id"] for row in rows(landed)} == made


def test_a_page_cut_at_the_end_of_a_row_is_noticed_by_its_count(stage: Stage) -> None:
    made = filled(stage, 20)
    whole = rows(accounts(stage))
    csv = '"Id"\n' + "".join(f'"{row["Id"]}"\n' for row in whole[:5])
    stage.fail(
        path="/results",
        status=200,
        body=csv,
        headers={"Content-Type": "text/csv", "Sforce-NumberOfRecords": "20", "Sforce-Locator": "null"},
    )
    assert ids(accounts(stage)) == made


@pytest.mark.parametrize("code", ["INVALIDENTITY", "INVALID_ENTITY", "API_ERROR", "LIMIT_EXCEEDED", "FEATURENOTENABLED"])
def test_what_bulk_refuses_is_read_through_rest(stage: Stage, code: str) -> None:
    stage.org.knobs.page_size = 9
    made = filled(stage)
    stage.fail(path="/jobs/query", method="POST", status=400, body=[{"errorCode": code, "message": "x"}])
    landed = accounts(stage)
    assert ids(landed) == made
    assert landed.complete


def test_a_job_that_fails_is_read_through_rest(stage: Stage) -> None:
    made = filled(stage)
    stage.fail(path="/jobs/query", method="POST", effects=("failed_job:InternalServerError : x",))
    assert ids(accounts(stage)) == made


def test_a_job_that_never_ends_is_given_up_and_told(stage: Stage) -> None:
    filled(stage)
    stage.fail(path="/jobs/query", method="POST", effects=("stuck_job",), times=None)
    landed = accounts(stage)
    assert not landed.complete
    assert sum(stage.naps) > LONGEST_JOB
    assert "did not end" in landed.problems[0].what


def test_the_pause_between_two_looks_grows_to_its_limit() -> None:
    naps: list[float] = []
    pause = Pause(naps.append)
    for _ in range(20):
        pause()
    assert naps == sorted(naps)
    assert naps[0] == 0.5
    assert max(naps) == 20.0


def test_the_quota_ends_a_bulk_read_too(stage: Stage) -> None:
    filled(stage)
    stage.fail(
        path="/jobs/query",
        method="POST",
        status=403,
        body=[{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}],
    )
    with pytest.raises(QuotaExhausted):
        accounts(stage)


@pytest.mark.parametrize("has_body", [True, False])
def test_no_rows_are_no_rows_whether_the_body_has_a_header_or_nothing(stage: Stage, has_body: bool) -> None:
    filled(stage)
    stage.org.knobs.empty_bulk_body = not has_body
    stage.fail(path=r"/composite", status=404, body=[{"errorCode": "NOT_FOUND", "message": "no"}], times=None)
    stage.fail(path=r"COUNT\(\)", status=200, body={"totalSize": 99, "done": True, "records": []}, times=None)
    for account in stage.org.records("Account"):
        stage.org.delete("Account", account["Id"])
    stage.org.purge(days=0)
    landed = accounts(stage)
    assert rows(landed) == []
    assert not landed.complete


def test_a_query_that_runs_too_long_is_asked_as_a_job(stage: Stage) -> None:
    made = filled(stage, 5)
    stage.fail(
        path=r"SELECT Id.* FROM Account",
        status=400,
        body=[{"errorCode": "QUERY_TIMEOUT", "message": "Your query request was running for too long."}],
    )
    assert ids(accounts(stage)) == made
    assert stage.asked("/jobs/query")


def test_an_object_too_large_to_count_is_read_all_the_same(stage: Stage) -> None:
    made = filled(stage, 5)
    stage.fail(path=r"COUNT\(\) FROM Account", status=400, body=[{"errorCode": "QUERY_TIMEOUT", "message": "x"}], times=None)
    landed = accounts(stage)
    assert ids(landed) == made
    assert landed.complete


def test_trap_54_a_job_is_asked_in_the_version_that_made_it(stage: Stage) -> None:
    filled(stage)
    stage.pull(bulk_threshold=10, api_version="65.0")
    assert {call.path.split("/")[3] for call in stage.asked("/jobs/query")} == {"v65.0"}


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 400, "body": [{"errorCode": "INVALIDJOBSTATE", "message": "no"}]},
        {"status": 400, "body": [{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}]},
        {"status": 404, "body": [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]},
        {"status": 403, "body": [{"errorCode": "FUNCTIONALITY_NOT_ENABLED", "message": "no"}]},
    ],
)
def test_a_job_whose_results_are_refused_is_read_through_rest(stage: Stage, fault: dict[str, Any]) -> None:
    made = filled(stage)
    stage.fail(path="/results", times=None, **fault)
    landed = accounts(stage)
    assert (ids(landed), landed.complete) == (made, True)


def test_a_job_that_does_not_say_how_many_rows_it_found_is_held_against_a_count(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    made = filled(stage)
    reader = stage.link(bulk_threshold=10).reader()
    get = reader._client.get  # type: ignore[attr-defined]

    def silent(path: str, *args: Any, **kwargs: Any) -> Any:
        answer = get(path, *args, **kwargs)
        if "/jobs/query/" in path:
            answer.pop("numberRecordsProcessed", None)
        return answer

    monkeypatch.setattr(reader._client, "get", silent)  # type: ignore[attr-defined]
    landed = stage.pull(reader)["Account"]
    assert (ids(landed), landed.complete) == (made, True)
    assert any("COUNT" in call.query and call.query.endswith("Account") for call in stage.asked("/queryAll"))


def test_a_page_that_names_itself_as_the_next_is_asked_again_and_not_for_ever(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    made = filled(stage)
    stage.org.knobs.bulk_page = 10
    reader = stage.link(bulk_threshold=10).reader()
    once, turned = reader._client.once, []  # type: ignore[attr-defined]

    def turning(method: str, path: str, operation: str, **given: Any) -> Any:
        answer = once(method, path, operation, **given)
        at = (given.get("params") or {}).get("locator")
        if path.endswith("/results") and at and not turned:
            turned.append(at)
            answer.headers["Sforce-Locator"] = at
        return answer

    monkeypatch.setattr(reader._client, "once", turning)  # type: ignore[attr-defined]
    landed = stage.pull(reader)["Account"]
    assert turned
    assert (ids(landed), landed.complete) == (made, True)

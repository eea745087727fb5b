from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from connectors.failures import Denied, QuotaExhausted, Rejected, Throttled, Transient, Unprepared
from connectors.salesforce.verdicts import Refused, SessionOver, row_reason, verdict, wire

HTML = "<html><head><title>Down for maintenance</title></head><body>Marie Curie</body></html>"


def answer(status: int, body: Any = None, **headers: str) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made._content = (body if isinstance(body, str) else json.dumps(body)).encode() if body is not None else b""
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return made


def error(code: str, message: str = "", *fields: str) -> list[dict[str, Any]]:
    return [{"errorCode": code, "message": message, "fields": list(fields)}]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, error("INVALID_SESSION_ID", "Session expired or invalid"), SessionOver),
        (401, HTML, SessionOver),
        (401, error("INVALID_SESSION_ID", "This session is not valid for use with the REST API"), Denied),
        (401, error("INVALID_AUTH_HEADER", "Connected app is not attached to Agent"), Denied),
        (403, error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), QuotaExhausted),
        (403, error("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."), Throttled),
        (403, error("REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."), Throttled),
        (503, error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), QuotaExhausted),
        (403, error("REQUEST_LIMIT_EXCEEDED", "API burst limit exceeded."), Throttled),
        (403, error("API_DISABLED_FOR_ORG"), Denied),
        (403, error("API_CURRENTLY_DISABLED"), Denied),
        (403, error("INSUFFICIENT_ACCESS", "insufficient access rights on object id"), Denied),
        (400, error("INSUFFICIENT_ACCESS_OR_READONLY"), Denied),
        (400, error("TXN_SECURITY_METERING_ERROR"), Denied),
        (403, HTML, Denied),
        (400, error("INVALID_FIELD", "\nSELECT Foo__c\n ^\nERROR at Row:1\nNo such column 'Foo__c' on entity 'Account'."), Unprepared),
        (400, error("INVALID_TYPE", "sObject type 'XYZZY' is not supported."), Unprepared),
        (404, error("NOT_FOUND", "Provided external ID field does not exist or is not accessible: EQ_Key__c"), Unprepared),
        (404, error("NOT_FOUND", "The requested resource does not exist"), Unprepared),
        (410, error("GONE"), Unprepared),
        (400, error("MALFORMED_QUERY", "unexpected token: 'FORM'"), Rejected),
        (400, error("QUERY_TIMEOUT", "Your query request was running for too long."), Refused),
        (400, error("INVALID_QUERY_LOCATOR", "invalid query locator"), Refused),
        (400, error("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record"), Transient),
        (414, HTML, Rejected),
        (431, "<h1>Bad Message 431</h1>", Rejected),
        (420, "", Transient),
        (429, error("X"), Throttled),
        (500, error("UNKNOWN_EXCEPTION", "An unexpected error occurred."), Transient),
        (502, HTML, Transient),
        (503, HTML, Transient),
        (504, "", Transient),
    ],
)
def test_an_answer_is_classified_by_its_error_code(status: int, body: Any, kind: type[Exception]) -> None:
    found = verdict(answer(status, body), "query Account")
    assert type(found) is kind or (kind in {Rejected, Transient} and isinstance(found, kind))


def test_trap_25_a_quota_is_not_a_permission_and_a_permission_is_not_a_quota() -> None:
    assert isinstance(verdict(answer(403, error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")), "x"), QuotaExhausted)
    assert isinstance(verdict(answer(403, error("INSUFFICIENT_ACCESS")), "x"), Denied)


def test_the_field_that_is_missing_is_named() -> None:
    found = verdict(
        answer(400, error("INVALID_FIELD", "\nSELECT A FROM B\nNo such column 'EQ_Level__c' on entity 'Account'.")), "query Account"
    )
    assert isinstance(found, Unprepared)
    assert found.missing == "EQ_Level__c"


def test_a_denial_says_what_to_grant() -> None:
    found = verdict(answer(403, error("API_CURRENTLY_DISABLED")), "query Account")
    assert isinstance(found, Denied)
    assert found.missing == "API Enabled"
    assert "API Enabled" in found.mend


def test_the_pause_that_the_server_asks_for_is_passed_on() -> None:
    found = verdict(answer(429, error("X"), Retry_After="17"), "query Account")
    assert isinstance(found, Throttled)
    assert found.retry_after == 17
    assert verdict(answer(503, HTML, Retry_After="5"), "x").retry_after == 5  # type: ignore[attr-defined]


@pytest.mark.parametrize(("status", "is_ambiguous"), [(500, True), (502, True), (504, True), (503, False), (420, False)])
def test_only_an_answer_from_inside_the_org_leaves_open_whether_it_was_carried_out(status: int, is_ambiguous: bool) -> None:
    assert verdict(answer(status, ""), "x").ambiguous is is_ambiguous  # type: ignore[attr-defined]


def test_no_error_repeats_what_the_body_says() -> None:
    secret = "Marie Curie marie@example.com"
    for status in (400, 401, 403, 404, 409, 414, 429, 500, 503):
        for body in (
            HTML,
            error("STRING_TOO_LONG", f"Subject: data value too large: {secret} (max length=255)", "Subject"),
            error("INVALID_FIELD", secret),
            {"error": secret},
        ):
            assert "Curie" not in str(verdict(answer(status, body), "query Account"))


def test_the_request_id_stands_first() -> None:
    assert str(verdict(answer(500, "", X_SFDC_Request_Id="abc"), "query Account")).startswith("[abc] salesforce query Account: ")


@pytest.mark.parametrize("body", ["", "null", "[]", "{}", '"text"', "[1]", "[[]]", "{not json", "\ufeff<x/>"])
def test_trap_52_any_body_can_be_read(body: str) -> None:
    assert verdict(answer(400, body), "x").operation == "x"


@pytest.mark.parametrize(
    ("raised", "is_ambiguous"),
    [
        (requests.exceptions.ConnectTimeout(), False),
        (requests.exceptions.ProxyError(), False),
        (requests.exceptions.ConnectionError("NewConnectionError(...)"), False),
        (requests.exceptions.ReadTimeout(), True),
        (requests.exceptions.ConnectionError("Connection reset by peer"), True),
        (requests.exceptions.ChunkedEncodingError(), True),
    ],
)
def test_a_request_without_an_answer_says_whether_it_may_have_been_carried_out(
    raised: requests.RequestException, is_ambiguous: bool
) -> None:
    found = wire(raised, "write tasks")
    assert isinstance(found, Transient)
    assert found.ambiguous is is_ambiguous


def test_a_bad_certificate_is_not_tried_again() -> None:
    assert isinstance(wire(requests.exceptions.SSLError(), "x"), Denied)


def test_the_url_of_a_lost_request_does_not_show() -> None:
    raised = requests.exceptions.ReadTimeout("HTTPSConnectionPool(host='x'): /query?q=SELECT+Name+FROM+Account+WHERE+Name='Curie'")
    assert "Curie" not in str(wire(raised, "query Account"))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            {"statusCode": "STRING_TOO_LONG", "message": "Note: data value too large: Curie (max length=255)", "fields": ["EQ_Run__c"]},
            "EQ_Run__c",
        ),
        ({"statusCode": "INACTIVE_OWNER_OR_USER", "message": "operation performed with inactive user [005]", "fields": []}, "inactive"),
        (
            {"statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "Le SIREN est obligatoire", "fields": []},
            "Le SIREN est obligatoire",
        ),
        (
            {"statusCode": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "message": "MyTrigger: execution of BeforeUpdate caused by: Curie"},
            "MyTrigger",
        ),
        ({"statusCode": "SOMETHING_NEW", "message": "Curie"}, "SOMETHING_NEW"),
        ({}, "UNKNOWN"),
    ],
)
def test_a_refused_row_gives_its_reason_in_one_line_without_its_values(row: dict[str, Any], expected: str) -> None:
    why = row_reason(row)
    assert expected in why
    assert "Curie" not in why
    assert "\n" not in why

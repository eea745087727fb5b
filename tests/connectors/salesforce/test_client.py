from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
import requests
import responses

from connectors.failures import Denied, QuotaExhausted, Throttled, Transient
from connectors.fence import FenceBreach
from connectors.salesforce.client import TIMEOUTS, next_page
from connectors.sandbox.faults import Fault

if TYPE_CHECKING:
    from connectors.salesforce.client import Client
    from tests.connectors.salesforce.stage import Stage

QUERY = "/services/data/v66.0/query"


def client(stage: Stage, **runtime: object) -> Client:
    return stage.link(runtime).reader()._client  # type: ignore[attr-defined,no-any-return]


def test_every_request_goes_to_the_endpoint_and_names_its_real_host(stage: Stage) -> None:
    stage.link().reader().sign_in()
    assert stage.audit.calls[0].path == "/services/oauth2/token"
    assert all(call.status == 200 for call in stage.audit.calls)


@responses.activate
def test_the_real_host_is_used_without_an_endpoint(stage: Stage) -> None:
    token = {
        "access_token": "00D!x",
        "instance_url": "https://eu7.salesforce.com",
        "id": "https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P",
    }
    responses.post("https://acme.my.salesforce.com/services/oauth2/token", json=token)
    versions = responses.get("https://eu7.salesforce.com/services/data/", json=[{"version": "66.0"}])
    link = stage.link(endpoint="")
    assert link.reader()._client.get("/services/data/", "versions") == [{"version": "66.0"}]  # type: ignore[attr-defined]
    assert "X-Original-Host" not in versions.calls[0].request.headers
    assert versions.calls[0].request.headers["Authorization"] == "Bearer 00D!x"


def test_trap_26_no_request_can_wait_for_ever(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    send = requests.Session.send

    def spy(self: requests.Session, request: requests.PreparedRequest, **kwargs: object) -> requests.Response:
        if not str(request.url).startswith("file:"):  # the library's own WSDL
            seen.append(kwargs["timeout"])
        return send(self, request, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(requests.Session, "send", spy)
    stage.provisioned().pull()
    assert set(seen) == {TIMEOUTS}


def composed(method: str, url: str) -> dict[str, object]:
    return {"compositeRequest": [{"method": method, "url": f"/services/data/v66.0/{url}", "referenceId": "part0"}]}


def test_nothing_is_sent_that_the_fence_does_not_know(stage: Stage) -> None:
    one = client(stage)
    stage.link().reader().sign_in()
    stage.audit.clear()
    for method, path, body in [
        ("DELETE", "/services/data/v66.0/sobjects/Account/001Qy0000000001IAA", None),
        ("PATCH", "/services/data/v66.0/composite/sobjects", {"records": []}),
        ("POST", "/services/data/v66.0/sobjects/Task", {"Subject": "x"}),
        ("POST", "/services/data/v66.0/composite", composed("POST", "sobjects/Task")),
        ("POST", "/services/data/v66.0/composite", composed("GET", "limits")),
        ("POST", "/services/data/v66.0/composite", composed("GET", "query?q=SELECT%20Id%20FROM%20@{part1.x}")),
        ("POST", "/services/data/v66.0/composite/batch", {"batchRequests": [{"method": "GET", "url": "v66.0/sobjects"}]}),
        ("POST", "/services/data/v66.0/jobs/ingest", {"object": "Account", "operation": "delete"}),
        ("GET", "/services/data/v66.0/../oauth2/revoke", None),
        ("GET", "/services/data/v66.0/query?_HttpMethod=DELETE", None),
    ]:
        with pytest.raises(FenceBreach):
            one.once(method, path, "x", body=body)
    assert [call for call in stage.audit.calls if call.method != "POST" or "token" not in call.path] == []


def test_the_writer_may_set_our_fields_of_accounts_and_no_other(ready: Stage) -> None:
    account = ready.account()
    writer = ready.link().writer()._client  # type: ignore[attr-defined]
    path = "/services/data/v66.0/composite/sobjects"

    def body(**fields: object) -> dict[str, object]:
        return {"allOrNone": False, "records": [{"attributes": {"type": "Account"}, "id": account, **fields}]}

    writer.once("PATCH", path, "x", body=body(EQ_Level__c="watch"))
    for forbidden in (body(Name="x"), body(EQ_Stage__c="repair"), body(attributes={"type": "Contact"}), body(id="003Qy0000000001IAA")):
        with pytest.raises(FenceBreach):
            writer.once("PATCH", path, "x", body=forbidden)
    assert ready.org.record(account)["EQ_Level__c"] == "watch"


def test_the_quota_of_the_org_is_known_after_any_answer_in_every_form(stage: Stage) -> None:
    one = client(stage)
    for style in ("plain", "app", "bursts"):
        stage.org.knobs.limit_info = style  # type: ignore[assignment]
        one.calls.quota_max = None
        one.get(QUERY, "x", {"q": "SELECT Id FROM Account"})
        assert (one.calls.quota_max, one.calls.quota_left) == (15_000, 15_000 - stage.org.usage.count(stage.clock()))
    stage.org.knobs.limit_info = "absent"
    one.get(QUERY, "x", {"q": "SELECT Id FROM Account"})
    assert one.calls.quota_max == 15_000


def test_the_run_stops_when_our_share_of_the_day_is_used_by_whomever(stage: Stage) -> None:
    one = client(stage, day_share=0.5)
    stage.org.usage.requests.extend([stage.clock()] * 7_500)
    one.get(QUERY, "x", {"q": "SELECT Id FROM Account"})
    with pytest.raises(QuotaExhausted, match="50%"):
        one.get(QUERY, "x", {"q": "SELECT Id FROM Account"})


def test_a_ceiling_of_ten_calls_never_gives_an_eleventh(stage: Stage) -> None:
    for _ in range(2_500):
        stage.account()
    with pytest.raises(QuotaExhausted, match="ceiling of 10"):
        stage.pull(stage.link({"calls_per_run": 10}, bulk_threshold=0).reader())
    assert len(stage.audit.calls) == 10


def test_trap_24_the_last_api_call_of_the_day_stops_the_run_without_waiting(stage: Stage) -> None:
    stage.fail(path="/query", status=403, body=[{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}])
    with pytest.raises(QuotaExhausted):
        client(stage).query("SELECT Id FROM Account", "x")
    assert stage.naps == []


def test_too_many_long_requests_are_waited_for(stage: Stage) -> None:
    stage.fail(
        path="/query",
        status=403,
        body=[{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "ConcurrentRequests (Concurrent API Requests) Limit exceeded."}],
        times=2,
    )
    assert client(stage).query("SELECT Id FROM Account", "x") == []
    assert len(stage.naps) == 2


@pytest.mark.parametrize("status", [420, 429, 500, 502, 503, 504])
def test_an_unavailable_server_is_asked_again(stage: Stage, status: int) -> None:
    stage.fail(path="/query", status=status, body="<html>maintenance</html>")
    assert client(stage).query("SELECT Id FROM Account", "x") == []
    assert len(stage.naps) == 1


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_reset_connection_is_tried_again_when_only_reading(stage: Stage, drop: str) -> None:
    stage.fail(path="/query", drop=drop, times=2)
    assert client(stage).query("SELECT Id FROM Account", "x") == []


def test_json_cut_short_is_read_again(stage: Stage) -> None:
    stage.account()
    stage.fail(path="/query", keep=30)
    assert len(client(stage).query("SELECT Id FROM Account", "x")) == 1


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        [],
        {},
        {"totalSize": 1, "records": []},
        {"totalSize": 3, "done": False, "records": []},
        {"totalSize": 3, "done": False, "records": [], "nextRecordsUrl": "/services/data/v66.0/query"},
    ],
)
def test_an_answer_without_what_was_asked_for_is_asked_again(stage: Stage, body: Any) -> None:
    account = stage.account()
    stage.fail(path="/query", status=200, body=body)
    assert [row["Id"] for row in client(stage).query("SELECT Id FROM Account", "x")] == [account]


def test_tries_end(stage: Stage) -> None:
    stage.fail(path="/query", status=503, body="", times=None)
    with pytest.raises(Transient):
        client(stage).query("SELECT Id FROM Account", "x")
    assert len(stage.naps) == 5


def test_the_server_names_its_pause(stage: Stage) -> None:
    stage.fail(path="/query", status=429, body="", headers={"Retry-After": "7"})
    client(stage).query("SELECT Id FROM Account", "x")
    assert 7 <= stage.naps[0] < 8


def test_a_server_that_wants_an_hour_is_left_alone(stage: Stage) -> None:
    stage.fail(path="/query", status=429, body="", headers={"Retry-After": "3600"})
    with pytest.raises(Throttled):
        client(stage).query("SELECT Id FROM Account", "x")
    assert stage.naps == []


def test_a_session_that_ends_in_the_middle_is_renewed_and_the_request_repeated_with_its_headers(stage: Stage) -> None:
    one = client(stage)
    one.query("SELECT Id FROM Account", "x")
    stage.fail(path="/query", effects=("expire_tokens",))
    stage.account()
    assert len(one.query("SELECT Id FROM Account", "x")) == 1
    assert stage.tokens() == 2


def test_a_session_that_is_always_refused_ends_after_one_new_sign_in(stage: Stage) -> None:
    stage.fail(path="/query", status=401, body=[{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}], times=None)
    with pytest.raises(Denied):
        client(stage).query("SELECT Id FROM Account", "x")
    assert stage.tokens() == 2


def test_a_session_that_may_not_use_rest_is_not_renewed(stage: Stage) -> None:
    stage.fail(
        path="/query",
        status=401,
        body=[{"errorCode": "INVALID_SESSION_ID", "message": "This session is not valid for use with the REST API"}],
    )
    with pytest.raises(Denied, match="REST"):
        client(stage).query("SELECT Id FROM Account", "x")
    assert stage.tokens() == 1


def test_trap_52_an_html_401_is_a_session_that_is_over(stage: Stage) -> None:
    stage.fail(path="/query", status=401, body="<html>Please log in</html>")
    assert client(stage).query("SELECT Id FROM Account", "x") == []
    assert stage.tokens() == 2


def test_trap_53_an_org_that_moved_is_followed_from_the_next_token_on(stage: Stage) -> None:
    one = client(stage)
    stage.fail(path="/oauth2/token", effects=("instance_url:https://acme-new.my.salesforce.com",))
    one.query("SELECT Id FROM Account", "x")
    assert one.grant.instance == "acme-new.my.salesforce.com"
    stage.org.sessions.expire_all()
    one.query("SELECT Id FROM Account", "x")
    assert one.grant.instance == "acme.my.salesforce.com"


@pytest.mark.parametrize("url", ["/services/data/v66.0/query/01g-2000", "https://evil.example/services/data/v66.0/query/01g-2000"])
def test_a_token_never_follows_an_address_in_an_answer(url: str) -> None:
    assert next_page({"nextRecordsUrl": url}) == "/services/data/v66.0/query/01g-2000"


@responses.activate
def test_redirects_are_not_followed(stage: Stage) -> None:
    token = {"access_token": "00D!x", "instance_url": "https://eu7.salesforce.com", "id": "x"}
    responses.post("https://acme.my.salesforce.com/services/oauth2/token", json=token)
    responses.get("https://eu7.salesforce.com/services/data/", status=302, headers={"Location": "https://evil.example/"})
    with pytest.raises(Exception, match="302"):
        stage.link(endpoint="").reader()._client.get("/services/data/", "versions")  # type: ignore[attr-defined]
    assert len(responses.calls) == 2


def test_amounts_never_pass_through_a_float(stage: Stage) -> None:
    found = client(stage).json(answer('[{"Amount": 1234567890123456.78}]'), "x")
    assert found == [{"Amount": "1234567890123456.78"}]


def answer(text: str) -> requests.Response:
    made = requests.Response()
    made.status_code = 200
    made._content = text.encode()
    return made


def test_trap_48_secrets_and_names_are_in_no_log_line(
    stage: Stage, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.account("Curie et fils")
    with caplog.at_level(logging.DEBUG):
        stage.fail(
            Fault(path="/query", status=503, body="Curie"),
            Fault(path="describe", status=500, body=[{"errorCode": "X", "message": "Curie"}]),
        )
        stage.pull()
    out = capsys.readouterr()
    logged = f"{caplog.text}{out.out}{out.err}"
    tokens = [token.split("!")[1] for token in stage.org.sessions.open]
    assert tokens
    for secret in ("Curie", "s3cret", "PRIVATE KEY", "eyJ", *tokens):
        assert secret not in logged

"""serve.py, faults.py and audit.py, which both sandboxes share, tried on this one."""

from __future__ import annotations

import socket
import threading
import time

import pytest
import requests

from connectors.sandbox.faults import Fault, from_json
from connectors.sandbox.salesforce.errors import ON_DEMAND
from connectors.sandbox.serve import serve
from tests.connectors.sandbox_salesforce.desk import error

HTML = "<html><body>Down for maintenance</body></html>"


def limits(desk):
    return desk.get("/limits")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, HTML),
        (401, [{"message": "Connected app is not attached to Agent", "errorCode": "INVALID_SESSION_ID"}]),
        (403, [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]),
        (420, HTML),
        (429, ""),
        (
            500,
            [
                {
                    "message": "An unexpected error occurred. Please include this ErrorId if you contact support: 1-2 (3)",
                    "errorCode": "UNKNOWN_EXCEPTION",
                }
            ],
        ),
        (503, HTML),
    ],
)
def test_an_answer_can_be_put_in_the_place_of_the_true_one(desk, status, body):
    desk.faults.add(Fault(path="/limits", status=status, body=body, headers={"Retry-After": "7"}))
    answer = limits(desk)
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
    assert (answer.text if isinstance(body, str) else answer.json()) == body
    assert limits(desk).status_code == 200
    assert desk.faults.pending == ()


@pytest.mark.parametrize(("name", "said"), ON_DEMAND.items())
def test_refusals_without_a_cause_here_can_be_asked_for(desk, name, said):
    desk.faults.add(Fault(effects=(f"refuse:{name}",)))
    assert error(limits(desk)) == said
    assert limits(desk).status_code == 200


def test_a_fault_waits_counts_and_chooses(desk):
    desk.faults.add(Fault(method="GET", path=r"/limits$", status=503, skip=1, times=2))
    assert [limits(desk).status_code for _ in range(4)] == [200, 503, 503, 200]
    desk.faults.add(Fault(method="POST", path="/limits", status=503), Fault(path="FROM Account WHERE", status=500))
    assert limits(desk).status_code == 200
    assert desk.get("/query", params={"q": "SELECT Id FROM Account WHERE Name = 'a'"}).status_code == 500


def test_a_fault_without_end_lasts_until_it_is_cleared(desk):
    desk.faults.add(Fault(status=503, times=None))
    assert [limits(desk).status_code for _ in range(3)] == [503] * 3
    desk.faults.clear()
    assert limits(desk).status_code == 200


def test_a_cut_before_leaves_nothing_done(desk):
    desk.faults.add(Fault(method="POST", drop="before"))
    with pytest.raises(requests.ConnectionError):
        desk.post("/sobjects/Account", {"Name": "x"})
    assert desk.org.records("Account") == []
    assert desk.audit.calls[-1].status == 0


def test_a_cut_after_leaves_it_done_without_an_answer(desk):
    desk.faults.add(Fault(method="POST", drop="after"))
    with pytest.raises(requests.ConnectionError):
        desk.post("/sobjects/Account", {"Name": "x"})
    assert [row["Name"] for row in desk.org.records("Account")] == ["x"]
    assert (desk.audit.calls[-1].status, desk.audit.writes[-1].status) == (0, 201)


def test_half_an_answer_breaks_the_transfer_or_only_the_json(desk):
    desk.faults.add(Fault(keep=10, drop="after"), Fault(keep=10))
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        limits(desk)
    whole_but_torn = limits(desk)
    assert (whole_but_torn.status_code, len(whole_but_torn.content)) == (200, 10)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        whole_but_torn.json()


def test_answers_can_be_slow_in_head_and_body(desk):
    desk.faults.add(Fault(delay=0.3), Fault(slow=0.3))
    for _ in range(2):
        with pytest.raises((requests.ReadTimeout, requests.ConnectionError)):
            desk.http.get(f"{desk.base}/services/data/v66.0/limits", timeout=0.1)
    started = time.monotonic()
    desk.faults.add(Fault(delay=0.05, slow=0.05))
    assert limits(desk).status_code == 200
    assert time.monotonic() - started >= 0.15


def test_headers_of_a_true_answer_can_be_changed_or_taken_away(desk):
    desk.faults.add(Fault(headers={"Date": "Sun, 22 Nov 2026 08:55:00 GMT", "Sforce-Limit-Info": None}))
    answer = limits(desk)
    assert answer.headers["Date"] == "Sun, 22 Nov 2026 08:55:00 GMT"
    assert "Sforce-Limit-Info" not in answer.headers


def test_tokens_can_expire_under_a_request(desk):
    desk.faults.add(Fault(effects=("expire_tokens",)))
    assert error(limits(desk))[:2] == (401, "INVALID_SESSION_ID")
    assert error(limits(desk))[:2] == (401, "INVALID_SESSION_ID")
    desk.sign_in()
    assert limits(desk).status_code == 200


def test_usage_can_be_told_in_another_way_once(desk):
    desk.faults.add(Fault(effects=("limit_info:bursts",)), Fault(effects=("limit_info:absent",)))
    assert "api-bursts" in limits(desk).headers["Sforce-Limit-Info"]
    assert "Sforce-Limit-Info" not in limits(desk).headers
    assert limits(desk).headers["Sforce-Limit-Info"] == "api-usage=3/15000"


def test_a_token_can_name_another_instance(desk):
    desk.faults.add(Fault(path="/oauth2/token", effects=("instance_url:https://acme2.my.salesforce.com",)))
    form = {"grant_type": "client_credentials", "client_id": "3MVG9.consumer", "client_secret": "s3cret"}
    answers = [desk.http.post(f"{desk.base}/services/oauth2/token", data=form, timeout=20).json()["instance_url"] for _ in range(2)]
    assert answers == ["https://acme2.my.salesforce.com", "https://acme.my.salesforce.com"]


def test_faults_can_be_injected_over_http(desk):
    url = f"{desk.base}/__sandbox__/faults"
    assert desk.http.post(url, json=[{"path": "/limits", "status": 503}, {"status": 429, "times": None}], timeout=20).status_code == 204
    assert [limits(desk).status_code for _ in range(3)] == [503, 429, 429]
    assert [one["status"] for one in desk.http.get(url, timeout=20).json()] == [429]
    assert desk.http.delete(url, timeout=20).status_code == 204
    assert limits(desk).status_code == 200


def test_a_misspelt_fault_is_refused(desk):
    answer = desk.http.post(f"{desk.base}/__sandbox__/faults", json={"stauts": 503}, timeout=20)
    assert answer.status_code == 400
    assert "stauts" in answer.json()["error"]
    with pytest.raises(ValueError, match="unknown keys"):
        from_json({"paht": "x"})


def test_an_effect_that_the_sandbox_does_not_know_breaks_loudly(desk):
    desk.faults.add(Fault(effects=("expire_tokes",)))
    assert limits(desk).status_code == 500


def test_every_call_is_noted_and_can_be_asked_for_over_http(desk):
    limits(desk)
    desk.get("/nope")
    desk.post("/sobjects/Account", {"Name": "x"})
    calls = [(one.method, one.path.removeprefix("/services/data/v66.0"), one.status) for one in desk.audit.calls]
    assert calls == [("GET", "/limits", 200), ("GET", "/nope", 404), ("POST", "/sobjects/Account", 201)]
    url = f"{desk.base}/__sandbox__/audit"
    told = desk.http.get(url, timeout=20).json()
    assert (len(told["calls"]), told["writes"][0]["object"], told["writes"][0]["at"]) == (3, "Account", "2026-11-22T09:00:00+00:00")
    desk.http.delete(url, timeout=20)
    assert desk.audit.calls == desk.audit.writes == []


def test_a_server_listens_on_loopback_and_frees_its_port(desk):
    del desk

    async def app(_scope, _receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    with serve(app) as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        assert requests.get(server.url, timeout=20).text == "ok"
        with pytest.raises(OSError, match="in use"):
            serve(app, server.port)
        names = [thread.name for thread in threading.enumerate()]
        assert f"sandbox-{server.port}" in names
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port), timeout=5)
    with serve(app, server.port) as again:
        assert again.port == server.port

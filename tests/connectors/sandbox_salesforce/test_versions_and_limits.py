from __future__ import annotations

import pytest

from tests.connectors.sandbox_salesforce.desk import error


def test_versions_are_listed_without_a_session_and_for_free(desk):
    answer = desk.http.get(f"{desk.base}/services/data/", headers={"Authorization": None}, timeout=20)
    listed = {one["version"]: one for one in answer.json()}
    assert listed["66.0"] == {"label": "Spring '26", "url": "/services/data/v66.0", "version": "66.0"}
    assert [listed[one]["label"] for one in ("65.0", "67.0", "68.0")] == ["Winter '26", "Summer '26", "Winter '27"]
    assert "Sforce-Limit-Info" not in answer.headers
    assert desk.get("/limits").headers["Sforce-Limit-Info"] == "api-usage=1/15000"


def test_a_retired_version_is_gone_and_a_future_one_not_found(desk):
    for version, status, code in (("30.0", 410, "GONE"), ("69.0", 404, "NOT_FOUND")):
        desk.version = version
        assert error(desk.get("/limits"))[:2] == (status, code)
    desk.version = "66"
    assert error(desk.get("/limits")) == (404, "NOT_FOUND", "The requested resource does not exist")


def test_an_unknown_path_is_not_found_and_a_wrong_method_not_allowed(desk):
    assert error(desk.get("/sobjets")) == (404, "NOT_FOUND", "The requested resource does not exist")
    status, code, message = error(desk.call("PUT", "/sobjects/Account"))
    assert (status, code) == (405, "METHOD_NOT_ALLOWED")
    assert message == "HTTP Method 'PUT' not allowed. Allowed are GET,POST"


def test_paths_end_with_or_without_a_slash(desk):
    assert desk.get("/limits/").status_code == desk.get("/limits").status_code == 200
    assert desk.get("").json()["sobjects"] == "/services/data/v66.0/sobjects"


def test_limits_go_down_with_use(desk):
    desk.org.usage.others = 100
    first = desk.get("/limits").json()["DailyApiRequests"]
    second = desk.get("/limits").json()["DailyApiRequests"]
    assert first == {"Max": 15_000, "Remaining": 15_000 - 101}
    assert second["Remaining"] == first["Remaining"] - 1


def test_the_quota_is_over_when_it_is_over_and_comes_back_after_a_day(desk):
    desk.org.knobs.daily_requests = 2
    assert [desk.get("/limits").status_code for _ in range(2)] == [200, 200]
    assert error(desk.get("/limits")) == (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    desk.clock.move(hours=24)
    desk.sign_in()
    assert desk.get("/limits").status_code == 200


def test_too_many_long_requests_close_the_door(desk):
    desk.org.knobs.long_requests = 25
    assert error(desk.get("/limits")) == (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.")


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("plain", "api-usage=1/15000"),
        ("app", "api-usage=1/15000, per-app-api-usage=1/250(appName=equilibre)"),
        ("bursts", "api-usage=1/15000; api-bursts=1/750"),
        ("absent", None),
    ],
)
def test_usage_is_told_in_each_of_the_vendors_ways(desk, style, shown):
    desk.org.knobs.limit_info = style
    assert desk.get("/limits").headers.get("Sforce-Limit-Info") == shown


def test_refusals_tell_the_usage_too(desk):
    assert desk.get("/sobjets").headers["Sforce-Limit-Info"] == "api-usage=1/15000"


def test_the_date_is_the_orgs_time(desk):
    assert desk.get("/limits").headers["Date"] == "Sun, 22 Nov 2026 09:00:00 GMT"


def test_record_counts_leave_out_what_is_empty(desk):
    desk.account()
    assert desk.get("/limits/recordCount", params={"sObjects": "Account,Case"}).json() == {"sObjects": [{"count": 1, "name": "Account"}]}
    desk.org.knobs.approximate_counts = True
    assert desk.get("/limits/recordCount", params={"sObjects": "Account"}).json()["sObjects"][0]["count"] == 2


def test_a_uri_that_is_too_long_is_414_and_a_head_that_is_too_big_431(desk):
    assert desk.get("/query", params={"q": "x" * 17_000}).status_code == 414
    assert desk.get("/query", params={"q": "x" * 15_000}, headers={"X-Padding": "y" * 12_000}).status_code == 431
    desk.account()
    assert desk.query("SELECT Id FROM Account WHERE Name != '" + "x" * 15_000 + "'")["totalSize"] == 1

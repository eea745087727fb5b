"""Quotas: a rolling ten seconds, searches per second, a day of the portal, and which requests fill which bucket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests

    from tests.connectors.sandbox_hubspot.conftest import Bench

LIST, SEARCH = "/crm/v3/objects/companies", "/crm/v3/objects/companies/search"


def _left(answer: requests.Response) -> int:
    return int(answer.headers["X-HubSpot-RateLimit-Remaining"])


def test_answers_tell_what_is_left(bench: Bench) -> None:
    bench.http.get(LIST)
    headers = bench.http.get(LIST).headers
    assert headers["X-HubSpot-RateLimit-Max"] == "190"
    assert headers["X-HubSpot-RateLimit-Remaining"] == "188"
    assert headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    assert headers["X-HubSpot-RateLimit-Secondly"] == "19"
    assert headers["X-HubSpot-RateLimit-Daily"] == "625000"
    assert headers["X-HubSpot-RateLimit-Daily-Remaining"] == "624998"


def test_refusals_tell_it_too(bench: Bench) -> None:
    assert _left(bench.http.get(f"{LIST}/12345")) == 189


def test_the_ten_second_bucket_rolls(bench: Bench) -> None:
    bench.portal.knobs.ten_seconds = 3
    for _ in range(2):
        assert bench.http.get(LIST).status_code == 200
    bench.clock.tick(6)
    assert bench.http.get(LIST).status_code == 200
    answer = bench.http.get(LIST)
    body = answer.json()
    assert answer.status_code == 429
    assert "Retry-After" not in answer.headers
    assert body["message"] == "You have reached your ten_secondly_rolling limit."
    assert (body["errorType"], body["policyName"]) == ("RATE_LIMIT", "TEN_SECONDLY_ROLLING")
    assert body["groupName"].endswith(f":{bench.portal.portal_id}")
    bench.clock.tick(4)
    assert _left(bench.http.get(LIST)) == 1


def test_each_app_has_its_own_ten_second_bucket(bench: Bench) -> None:
    bench.portal.knobs.ten_seconds = 1
    other = bench.portal.token()
    assert bench.http.get(LIST).status_code == 200
    assert bench.http.get(LIST).status_code == 429
    assert bench.http("GET", LIST, token=other).status_code == 200


def test_searches_have_a_bucket_of_their_own_per_second(bench: Bench) -> None:
    bench.portal.knobs.search_second = 5
    bench.portal.knobs.ten_seconds = 1
    for _ in range(5):
        assert bench.http.post(SEARCH, {}).status_code == 200
    answer = bench.http.post(SEARCH, {})
    assert answer.status_code == 429
    assert answer.json()["policyName"] == "SECONDLY"
    assert answer.json()["message"] == "You have reached your secondly limit."
    assert bench.http.get(LIST).status_code == 200
    bench.clock.tick(1)
    assert bench.http.post(SEARCH, {}).status_code == 200


def test_searches_of_all_apps_share_the_second(bench: Bench) -> None:
    bench.portal.knobs.search_second = 1
    assert bench.http.post(SEARCH, {}).status_code == 200
    assert bench.http.post(SEARCH, {}, token=bench.portal.token()).status_code == 429


def test_association_batches_do_not_fill_the_ten_second_bucket(bench: Bench) -> None:
    bench.portal.knobs.ten_seconds = 2
    bench.http.get(LIST)
    for _ in range(3):
        assert bench.http.post("/crm/v4/associations/deals/companies/batch/read", {"inputs": []}).status_code == 200
    assert _left(bench.http.get(LIST)) == 0


def test_the_day_is_shared_by_all_private_apps_and_turns_at_the_portals_midnight(bench: Bench) -> None:
    bench.clock.now = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    bench.portal.knobs.daily = 3
    assert bench.http.get(LIST).status_code == 200
    bench.portal.limits.used_today += 2
    for path in (LIST, "/account-info/v3/details"):
        answer = bench.http("GET", path, token=bench.portal.token(kind="private_app"))
        assert answer.status_code == 429
        assert answer.json()["policyName"] == "DAILY"
        assert answer.json()["message"] == "You have reached your daily limit."
    assert bench.http.post(SEARCH, {}).json()["policyName"] == "DAILY"
    bench.clock.now = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    assert bench.http.get(LIST).headers["X-HubSpot-RateLimit-Daily-Remaining"] == "2"


def test_an_oauth_app_has_110_in_ten_seconds_and_no_daily_headers(bench: Bench) -> None:
    token = bench.portal.token(kind="oauth")
    headers = bench.http("GET", LIST, token=token).headers
    assert headers["X-HubSpot-RateLimit-Max"] == "110"
    assert "X-HubSpot-RateLimit-Daily" not in headers


def test_quotas_can_be_switched_off(bench: Bench) -> None:
    bench.portal.knobs.ten_seconds = bench.portal.knobs.daily = None
    for _ in range(200):
        answer = bench.http.get("/account-info/v3/details")
    assert answer.status_code == 200
    assert "X-HubSpot-RateLimit-Max" not in answer.headers


def test_a_refused_token_costs_nothing(bench: Bench) -> None:
    for _ in range(3):
        bench.http("GET", LIST, token="nobody")
    assert _left(bench.http.get(LIST)) == 189

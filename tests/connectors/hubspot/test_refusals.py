"""Single calls that HubSpot refuses: what the refusal means, what is tried again, what is counted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
import responses
from urllib3.exceptions import NewConnectionError

from connectors.contract import Runtime
from connectors.failures import Denied, QuotaExhausted, Throttled, Transient, Unprepared
from connectors.hubspot import connect
from connectors.hubspot.verdicts import Lacking, NoScope, Refused
from connectors.settings import HubspotSettings
from tests.connectors.hubspot.conftest import API, Clock

if TYPE_CHECKING:
    from pathlib import Path

from tests.connectors.hubspot.single import COMPANIES, PAGE, TOKEN, client, http

__all__ = ["http"]


# ---------------------------------------------------------------- refusals


def test_a_wrong_token_is_denied_at_once_with_the_mend(http: responses.RequestsMock, clock: Clock) -> None:
    body = {
        "status": "error",
        "message": "Authentication credentials not found.",
        "correlationId": "c-1",
        "category": "INVALID_AUTHENTICATION",
    }
    http.get(COMPANIES, json=body, status=401)
    with pytest.raises(Denied) as caught:
        client(clock).page("companies", ["name"])
    assert len(http.calls) == 1
    assert str(caught.value).startswith("[c-1] ")
    assert "access_token" in caught.value.mend
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        {"category": "MISSING_SCOPES", "errors": [{"message": "x", "context": {"requiredGranularScopes": ["crm.objects.deals.read"]}}]},
        {"category": "MISSING_SCOPES", "context": {"requiredGranularScopes": ["crm.objects.deals.read"], "links": ["https://x"]}},
    ],
)
def test_the_missing_scope_is_named_wherever_it_stands(http: responses.RequestsMock, clock: Clock, body: dict[str, Any]) -> None:
    http.get(f"{API}/crm/v3/objects/deals", json=body, status=403)
    with pytest.raises(NoScope) as caught:
        client(clock).page("deals", ["amount"])
    assert caught.value.missing == "crm.objects.deals.read"
    assert len(http.calls) == 1


def test_a_banned_account_is_denied_and_not_taken_for_a_missing_scope(http: responses.RequestsMock, clock: Clock) -> None:
    http.get(COMPANIES, json={"category": "BANNED", "message": "no"}, status=403)
    with pytest.raises(Denied) as caught:
        client(clock).page("companies", ["name"])
    assert not isinstance(caught.value, NoScope)


def test_an_object_that_the_plan_lacks_is_closed_and_the_account_is_not(http: responses.RequestsMock, clock: Clock) -> None:
    http.get(f"{API}/crm/v3/objects/invoices", json={"message": "This hub has no access to invoices", "correlationId": "c"}, status=403)
    with pytest.raises(NoScope) as caught:
        client(clock).page("invoices", ["hs_currency"])
    assert (caught.value.told, caught.value.missing) == ("closed to this key or plan (HTTP 403)", "")
    assert "plan" in caught.value.mend


def test_a_token_that_was_exchanged_in_its_file_is_taken_up_for_the_same_request(
    http: responses.RequestsMock, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("pat-eu1-old")
    one = client(clock, access_token="", access_token_file=tmp_path / "token")
    http.get(COMPANIES, json=PAGE)
    one.page("companies", ["name"])
    (tmp_path / "token").write_text("pat-eu1-new")
    http.replace(responses.GET, COMPANIES, json={"category": "EXPIRED_AUTHENTICATION"}, status=401)
    http.get(COMPANIES, json=PAGE)
    assert one.page("companies", ["name"]).results
    assert [call.request.headers["Authorization"][-3:] for call in http.calls] == ["old", "old", "new"]


def test_a_token_that_is_refused_is_asked_with_once(http: responses.RequestsMock, clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    http.get(COMPANIES, json={"category": "EXPIRED_AUTHENTICATION"}, status=401)
    with pytest.raises(Denied):
        client(clock, access_token="", access_token_file=tmp_path / "token").page("companies", ["name"])
    assert len(http.calls) == 1


def test_without_a_token_nothing_is_sent(http: responses.RequestsMock, clock: Clock) -> None:
    with pytest.raises(Denied, match="no access token"):
        client(clock, access_token="").page("companies", ["name"])
    assert not http.calls


@pytest.mark.parametrize("token", ["pat eu1", "pat-eu1-\n2", "jeton-é"])
def test_a_token_that_cannot_be_one_is_told_without_being_shown(clock: Clock, token: str) -> None:
    with pytest.raises(Denied, match="a character that no token has") as caught:
        client(clock, access_token=token).page("companies", ["name"])
    assert token not in str(caught.value)


def test_a_token_file_that_is_not_there_is_told_by_its_path(clock: Clock, tmp_path: Path) -> None:
    with pytest.raises(Denied, match="token.txt"):
        client(clock, access_token="", access_token_file=tmp_path / "token.txt").page("companies", ["name"])


def test_a_token_file_may_end_with_a_line_end(http: responses.RequestsMock, clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    http.get(COMPANIES, json=PAGE)
    client(clock, access_token="", access_token_file=tmp_path / "token").page("companies", ["name"])
    assert http.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


def test_an_undefined_property_is_named(http: responses.RequestsMock, clock: Clock) -> None:
    inner = json.dumps(
        [{"isValid": False, "message": 'Property "eq_levle" does not exist', "error": "PROPERTY_DOESNT_EXIST", "name": "eq_levle"}]
    )
    body = {"status": "error", "message": f"Property values were not valid: {inner}", "correlationId": "c", "category": "VALIDATION_ERROR"}
    http.post(f"{COMPANIES}/batch/update", json=body, status=400)
    with pytest.raises(Lacking) as caught:
        client(clock, write=True).update("companies", [{"id": "1", "properties": {"eq_level": "x"}}])
    assert caught.value.missing == "eq_levle"


def test_a_refusals_sentence_is_left_out_because_it_quotes_what_people_typed(http: responses.RequestsMock, clock: Clock) -> None:
    body = {
        "message": "Madame Dupont was not one of the allowed options: [a, b]",
        "category": "VALIDATION_ERROR",
        "correlationId": "c-9",
        "errors": [{"message": "Madame Dupont was not", "code": "INVALID_OPTION", "context": {"propertyName": ["eq_level"]}}],
    }
    http.post(f"{COMPANIES}/batch/update", json=body, status=400)
    with pytest.raises(Refused) as caught:
        client(clock, write=True).update("companies", [{"id": "1", "properties": {"eq_level": "x"}}])
    assert (
        str(caught.value) == "[c-9] hubspot POST /crm/v3/objects/companies/batch/update: VALIDATION_ERROR INVALID_OPTION property eq_level"
    )


def test_an_unknown_object_is_unprepared(http: responses.RequestsMock, clock: Clock) -> None:
    http.get(
        f"{API}/crm/v3/objects/butterflies",
        json={"status": "error", "message": "Unable to infer object type from: butterflies"},
        status=400,
    )
    with pytest.raises(Unprepared) as caught:
        client(clock).page("butterflies", ["name"])
    assert caught.value.missing == "butterflies"


def test_an_html_404_is_an_answer_too(http: responses.RequestsMock, clock: Clock) -> None:
    http.get(COMPANIES, body="<html>HTTP ERROR 404</html>", status=404)
    with pytest.raises(Unprepared):
        client(clock).page("companies", ["name"])


@pytest.mark.parametrize("kind", ["companies", "deals", "tickets", "tasks"])
def test_the_error_is_the_same_whichever_sdk_package_made_the_request(http: responses.RequestsMock, clock: Clock, kind: str) -> None:
    http.get(f"{API}/crm/v3/objects/{kind}", json={"category": "VALIDATION_ERROR"}, status=400)
    with pytest.raises(Refused):
        client(clock).page(kind, ["x"])


# ---------------------------------------------------------------- again


def limit(policy: str) -> dict[str, Any]:
    return {
        "status": "error",
        "message": "You have reached your limit.",
        "errorType": "RATE_LIMIT",
        "policyName": policy,
        "correlationId": "c",
    }


def test_a_429_on_a_post_search_without_retry_after_waits_as_its_policy_says(http: responses.RequestsMock, clock: Clock) -> None:
    http.post(f"{COMPANIES}/search", json=limit("SECONDLY"), status=429)
    http.post(f"{COMPANIES}/search", json={"total": 0, "results": []})
    client(clock).search("companies", {"limit": 1})
    assert 1.0 <= sum(clock.slept) < 4.0


def test_the_ten_second_limit_waits_ten_seconds(http: responses.RequestsMock, clock: Clock) -> None:
    http.get(COMPANIES, json=limit("TEN_SECONDLY_ROLLING"), status=429)
    http.get(COMPANIES, json=PAGE)
    client(clock).page("companies", ["name"])
    assert 10.0 <= sum(clock.slept) < 21.0


def test_a_retry_after_header_wins(http: responses.RequestsMock, clock: Clock) -> None:
    http.get(COMPANIES, json={"category": "LOCKED"}, status=423, headers={"Retry-After": "7"})
    http.get(COMPANIES, json=PAGE)
    client(clock).page("companies", ["name"])
    assert 7.0 <= clock.slept[0] < 8.0


def test_a_locked_record_waits_at_least_two_seconds(http: responses.RequestsMock, clock: Clock) -> None:
    http.get(COMPANIES, json={"category": "LOCKED"}, status=423)
    http.get(COMPANIES, json=PAGE)
    client(clock).page("companies", ["name"])
    assert clock.slept[0] >= 2.0


def test_a_locked_record_makes_nobody_else_wait(http: responses.RequestsMock, clock: Clock) -> None:
    http.get(COMPANIES, json={"category": "LOCKED"}, status=423, headers={"Retry-After": "200"})
    one = client(clock)
    with pytest.raises(Throttled):
        one.wire.send(one._fence, "GET", COMPANIES)
    one.wire.pace.wait("general", write=False)
    assert not clock.slept


def test_a_portal_that_is_being_moved_ends_the_run_instead_of_waiting_a_day(http: responses.RequestsMock, clock: Clock) -> None:
    http.get(COMPANIES, body="migration", status=477, headers={"Retry-After": "86400"})
    with pytest.raises(QuotaExhausted, match="86400"):
        client(clock).page("companies", ["name"])
    assert not clock.slept


def test_the_daily_limit_is_not_asked_again_before_the_portals_midnight(http: responses.RequestsMock, clock: Clock) -> None:
    one = client(clock)
    one.wire.pace.zone = "America/New_York"  # 09:00 UTC is 04:00 there: twenty hours until midnight
    http.get(COMPANIES, json=limit("DAILY"), status=429)
    for _ in range(2):
        with pytest.raises(QuotaExhausted):
            one.page("companies", ["name"])
    clock.tick(19.9 * 3600)
    with pytest.raises(QuotaExhausted, match="05:00 UTC"):
        one.page("companies", ["name"])
    assert len(http.calls) == 1
    clock.tick(0.2 * 3600)
    http.get(COMPANIES, json=PAGE)
    assert one.page("companies", ["name"]).results


@pytest.mark.parametrize("status", [500, 502, 503, 504, 521, 524])
def test_a_gateways_html_error_is_tried_again(http: responses.RequestsMock, clock: Clock, status: int) -> None:
    http.get(COMPANIES, body="<html>Cloudflare</html>", status=status)
    http.get(COMPANIES, json=PAGE)
    assert client(clock).page("companies", ["name"]).results


@pytest.mark.parametrize(
    "error", [requests.ReadTimeout(), requests.ConnectionError("reset"), requests.exceptions.ChunkedEncodingError(), ConnectionResetError()]
)
def test_a_lost_answer_to_a_create_is_ambiguous_and_raised_at_once(http: responses.RequestsMock, clock: Clock, error: Exception) -> None:
    http.post(f"{API}/crm/v3/objects/tasks/batch/create", body=error)
    with pytest.raises(Transient) as caught:
        client(clock, write=True).create("tasks", [{"properties": {"hs_task_subject": "x"}}])
    assert caught.value.ambiguous
    assert len(http.calls) == 1


def test_a_create_that_never_reached_anybody_is_sent_again(http: responses.RequestsMock, clock: Clock) -> None:
    refused = requests.ConnectionError(type("Wrapped", (Exception,), {"reason": NewConnectionError(None, "refused")})())
    http.post(f"{API}/crm/v3/objects/tasks/batch/create", body=refused)
    http.post(f"{API}/crm/v3/objects/tasks/batch/create", json=PAGE)
    assert client(clock, write=True).create("tasks", [{"properties": {"hs_task_subject": "x"}}]).results


def test_a_throttled_create_is_sent_again_because_it_was_not_carried_out(http: responses.RequestsMock, clock: Clock) -> None:
    http.post(f"{API}/crm/v3/objects/tasks/batch/create", json=limit("TEN_SECONDLY_ROLLING"), status=429)
    http.post(f"{API}/crm/v3/objects/tasks/batch/create", json=PAGE, status=201)
    assert client(clock, write=True).create("tasks", [{"properties": {"hs_task_subject": "x"}}]).results


def test_an_untrusted_certificate_is_not_tried_again(http: responses.RequestsMock, clock: Clock) -> None:
    http.get(COMPANIES, body=requests.exceptions.SSLError("self-signed"))
    with pytest.raises(Denied) as caught:
        client(clock).page("companies", ["name"])
    assert "ca_bundle" in caught.value.mend
    assert len(http.calls) == 1


def test_endless_trouble_ends_as_transient(http: responses.RequestsMock, clock: Clock) -> None:
    http.get(COMPANIES, body="", status=503)
    with pytest.raises(Transient) as caught:
        client(clock).page("companies", ["name"])
    assert not isinstance(caught.value, Throttled)


# ---------------------------------------------------------------- counting


def test_reads_by_post_count_as_reads_and_writes_as_writes(http: responses.RequestsMock, clock: Clock) -> None:
    http.post(f"{COMPANIES}/search", json={"total": 0, "results": []})
    http.post(f"{COMPANIES}/batch/update", json={"results": []})
    one = client(clock, write=True)
    one.search("companies", {"limit": 1})
    one.update("companies", [{"id": "1", "properties": {"eq_level": "watch"}}])
    assert (one.calls.reads, one.calls.writes) == (1, 1)


def test_a_ceiling_of_ten_calls_never_gives_an_eleventh(http: responses.RequestsMock, clock: Clock) -> None:
    http.get(COMPANIES, json=PAGE)
    settings = HubspotSettings(enabled=True, access_token=TOKEN)
    link = connect(settings, Runtime(clock=clock, sleep=clock.sleep, calls_per_run=10))
    one = link._schema.client
    for _ in range(10):
        one.page("companies", ["name"])
    with pytest.raises(QuotaExhausted):
        one.page("companies", ["name"])
    assert len(http.calls) == 10


def test_the_days_share_of_others_is_left_alone(http: responses.RequestsMock, clock: Clock) -> None:
    told = {"X-HubSpot-RateLimit-Daily": "1000", "X-HubSpot-RateLimit-Daily-Remaining": "200"}
    http.get(COMPANIES, json=PAGE, headers=told)
    one = client(clock)
    one.page("companies", ["name"])
    assert (one.calls.quota_max, one.calls.quota_left) == (1000, 200)
    with pytest.raises(QuotaExhausted, match="80%"):
        one.page("companies", ["name"])

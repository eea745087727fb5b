"""Single calls over the SDK and our wire: what goes out, what an answer means."""

from __future__ import annotations

import json
import logging
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest

from connectors.failures import Transient
from connectors.fence import FenceBreach
from connectors.hubspot.wire import TIMEOUT
from tests.connectors.hubspot.conftest import API, Clock

if TYPE_CHECKING:
    from pathlib import Path

    import responses

    from connectors.hubspot.link import HubspotLink
from tests.connectors.hubspot.single import COMPANIES, PAGE, TOKEN, client, http, query

__all__ = ["http"]


# ---------------------------------------------------------------- what goes out


def test_responses_sees_the_sdks_traffic_because_it_runs_over_our_session(http: responses.RequestsMock, clock: Clock) -> None:
    http.get(COMPANIES, json=PAGE)
    assert client(clock).page("companies", ["name"]).results[0]["id"] == "1"
    assert http.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


def test_every_call_has_a_timeout(http: responses.RequestsMock, clock: Clock) -> None:
    http.get(COMPANIES, json=PAGE)
    client(clock).page("companies", ["name"])
    assert http.calls[0].request.req_kwargs["timeout"] == TIMEOUT


def test_booleans_go_out_in_lower_case_and_properties_repeat(http: responses.RequestsMock, clock: Clock) -> None:
    http.get(COMPANIES, json=PAGE)
    client(clock).page("companies", ["name", "domain"], after="7", archived=True)
    assert query(http.calls[0]) == {"limit": ["100"], "after": ["7"], "archived": ["true"], "properties": ["name", "domain"]}


def test_owners_are_asked_with_the_slash_that_v3_wants_and_without_it_in_2026_03(http: responses.RequestsMock, clock: Clock) -> None:
    http.get(f"{API}/crm/v3/owners/", json={"results": []})
    http.get(f"{API}/crm/owners/2026-03", json={"results": []})
    client(clock).owners()
    client(clock, api_version="2026-03").owners(archived=True)


def test_every_path_has_its_dated_form(http: responses.RequestsMock, clock: Clock) -> None:
    dated = client(clock, write=True, api_version="2026-03")
    http.get(f"{API}/account-info/2026-03/details", json={"portalId": 1})
    http.get(f"{API}/crm/objects/2026-03/companies", json=PAGE)
    http.post(f"{API}/crm/objects/2026-03/companies/search", json=PAGE)
    http.post(f"{API}/crm/objects/2026-03/companies/batch/read", json=PAGE)
    http.post(f"{API}/crm/objects/2026-03/companies/batch/update", json=PAGE)
    http.post(f"{API}/crm/objects/2026-03/tasks/batch/create", json=PAGE)
    http.post(f"{API}/crm/associations/2026-03/deals/companies/batch/read", json={"results": []})
    http.get(f"{API}/crm/properties/2026-03/companies", json={"results": []})
    http.get(f"{API}/crm/pipelines/2026-03/deals", json={"results": []})
    dated.account()
    dated.page("companies", ["name"])
    dated.search("companies", {"limit": 1})
    dated.read("companies", ["1"], ["name"])
    dated.update("companies", [{"id": "1", "properties": {"eq_level": "watch"}}])
    dated.create("tasks", [{"properties": {"hs_task_subject": "x"}}])
    dated.associations("deals", "companies", [{"id": "1"}])
    dated.definitions("companies")
    dated.pipelines("deals")


def test_a_loopback_endpoint_gets_every_call_with_the_original_host_told(http: responses.RequestsMock, clock: Clock) -> None:
    http.get("http://127.0.0.1:9/crm/v3/objects/companies", json=PAGE)
    client(clock, endpoint="http://127.0.0.1:9").page("companies", ["name"])
    assert http.calls[0].request.headers["X-Original-Host"] == "api.hubapi.com"


def test_a_netrc_entry_cannot_replace_the_token(
    http: responses.RequestsMock, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine api.hubapi.com login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    http.get(COMPANIES, json=PAGE)
    client(clock).page("companies", ["name"])
    assert http.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


def test_the_configured_bundle_wins_over_the_environment(
    http: responses.RequestsMock, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "company.pem"
    bundle.write_text("")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "other.pem"))
    http.get(COMPANIES, json=PAGE)
    client(clock, ca_bundle=bundle).page("companies", ["name"])
    assert http.calls[0].request.req_kwargs["verify"] == str(bundle)


def test_the_configured_proxy_wins_over_the_environment(
    http: responses.RequestsMock, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://environment.example:3128")
    http.get(COMPANIES, json=PAGE)
    client(clock, proxy="http://configured.example:3128").page("companies", ["name"])
    client(clock).page("companies", ["name"])
    asked = [call.request.req_kwargs["proxies"]["https"] for call in http.calls]  # type: ignore[attr-defined]
    assert asked == ["http://configured.example:3128", "http://environment.example:3128"]


def test_no_proxy_stands_between_us_and_loopback(http: responses.RequestsMock, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://environment.example:3128")
    http.get("http://127.0.0.1:8401/crm/v3/objects/companies", json=PAGE)
    client(clock, endpoint="http://127.0.0.1:8401", proxy="http://configured.example:3128").page("companies", ["name"])
    assert not http.calls[0].request.req_kwargs["proxies"]  # type: ignore[attr-defined]


def test_api_objects_are_built_once_so_that_one_pool_serves_all_calls(clock: Clock) -> None:
    one = client(clock)
    assert one._objects.basic_api is one._objects.basic_api
    assert one.wire._adapter is one.wire._adapter


def test_building_the_sdk_leaves_the_log_level_of_urllib3_alone(clock: Clock) -> None:
    logger = logging.getLogger("urllib3")
    before = logger.level
    try:
        logger.setLevel(logging.DEBUG)
        _ = client(clock)._objects.batch_api
        assert logger.level == logging.DEBUG
    finally:
        logger.setLevel(before)


def test_the_urllib3_that_breaks_the_sdk_is_not_installed() -> None:
    assert version("urllib3") != "2.6.0"


def test_a_write_that_is_not_ours_never_leaves(http: responses.RequestsMock, clock: Clock) -> None:
    with pytest.raises(FenceBreach):
        client(clock, write=True).update("companies", [{"id": "1", "properties": {"name": "x"}}])
    with pytest.raises(FenceBreach):
        client(clock, write=True).update("deals", [{"id": "1", "properties": {"eq_level": "watch"}}])
    assert not http.calls


def test_nothing_can_be_upserted_or_addressed_by_another_property(http: responses.RequestsMock, clock: Clock) -> None:
    one = client(clock, write=True)
    row = {"id": "1", "idProperty": "domain", "properties": {"eq_level": "watch"}}
    with pytest.raises(FenceBreach, match="idProperty"):
        one.update("companies", [row])
    with pytest.raises(FenceBreach):
        one._objects.batch_api.upsert("companies", {"inputs": [row]}, _preload_content=False)
    with pytest.raises(FenceBreach):
        one._objects.batch_api.archive("tasks", {"inputs": [{"id": "1"}]}, _preload_content=False)
    assert not http.calls


def test_no_task_can_be_reopened(http: responses.RequestsMock, clock: Clock) -> None:
    with pytest.raises(FenceBreach, match="hs_task_status"):
        client(clock, write=True).update("tasks", [{"id": "1", "properties": {"hs_task_status": "NOT_STARTED"}}])
    assert not http.calls


def test_a_reading_client_knows_no_write_at_all(http: responses.RequestsMock, clock: Clock) -> None:
    with pytest.raises(FenceBreach):
        client(clock).update("companies", [{"id": "1", "properties": {"eq_level": "watch"}}])
    assert not http.calls


def test_an_id_is_asked_once_in_a_batch_read(http: responses.RequestsMock, clock: Clock) -> None:
    http.post(f"{COMPANIES}/batch/read", json=PAGE)
    client(clock).read("companies", ["1", "2", "1"], ["name"])
    sent = json.loads(http.calls[0].request.body)
    assert sent == {"properties": ["name"], "propertiesWithHistory": [], "inputs": [{"id": "1"}, {"id": "2"}]}


# ---------------------------------------------------------------- what comes back


def test_null_and_missing_properties_stay_as_they_came(http: responses.RequestsMock, clock: Clock) -> None:
    http.get(COMPANIES, json=PAGE)
    assert client(clock).page("companies", ["name", "phone"]).results[0]["properties"] == {"name": "A", "phone": None}


@pytest.mark.parametrize("paging", [None, {}, {"next": {}}])
def test_the_last_page_has_no_cursor_however_it_says_so(http: responses.RequestsMock, clock: Clock, paging: Any) -> None:
    http.get(COMPANIES, json={"results": []} if paging is None else {"results": [], "paging": paging})
    assert client(clock).page("companies", ["name"]).after is None


def test_the_next_link_is_never_followed(http: responses.RequestsMock, clock: Clock) -> None:
    link = "https://elsewhere.example/crm/v3/objects/companies?after=9"
    http.get(COMPANIES, json={"results": [], "paging": {"next": {"after": "9", "link": link}}})
    assert client(clock).page("companies", ["name"]).after == "9"


@pytest.mark.parametrize("status", [200, 201, 207])
def test_refused_rows_are_read_from_a_plain_200_as_from_a_207(http: responses.RequestsMock, clock: Clock, status: int) -> None:
    error = {"status": "error", "category": "OBJECT_NOT_FOUND", "message": "Could not get", "context": {"ids": ["2"]}}
    http.post(f"{COMPANIES}/batch/read", json={"results": [], "numErrors": 1, "errors": [error]}, status=status)
    refusals = client(clock).read("companies", ["2"], ["name"]).refusals
    assert [(one.category, one.ids) for one in refusals] == [("OBJECT_NOT_FOUND", ("2",))]


@pytest.mark.parametrize("body", [b"", b"<html>maintenance</html>", b"[]", b'"ok"', b"null"])
def test_a_success_without_a_json_object_is_tried_again_and_never_taken_for_data(
    http: responses.RequestsMock, clock: Clock, body: bytes
) -> None:
    http.get(COMPANIES, body=body)
    http.get(COMPANIES, json=PAGE)
    assert client(clock).page("companies", ["name"]).results


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Nov 2026 09:00:00 GMT"])
def test_a_date_that_is_none_is_left_alone(http: responses.RequestsMock, clock: Clock, date: str) -> None:
    http.get(COMPANIES, json=PAGE, headers={"Date": date})
    one = client(clock)
    one.page("companies", ["name"])
    assert one.wire.server_time is None


def test_a_date_of_an_unknown_place_is_utc(http: responses.RequestsMock, clock: Clock) -> None:
    http.get(COMPANIES, json=PAGE, headers={"Date": "Mon, 23 Nov 2026 09:00:00 -0000"})
    one = client(clock)
    one.page("companies", ["name"])
    assert one.wire.server_time == clock()


@pytest.mark.parametrize(("told", "zone"), [("US/Eastern", "US/Eastern"), ("Moon/Base", None), ("../etc", None), ("", None), (None, None)])
def test_a_time_zone_that_is_none_leaves_the_companys(
    http: responses.RequestsMock, link: HubspotLink, told: str | None, zone: str | None
) -> None:
    http.get(f"{API}/account-info/v3/details", json={"portalId": 7, "timeZone": told})
    assert link.reader().sign_in().zone == zone


def test_an_account_without_portal_is_no_sign_in(http: responses.RequestsMock, link: HubspotLink) -> None:
    http.get(f"{API}/account-info/v3/details", json={})
    with pytest.raises(Transient, match="names no portal"):
        link.reader().sign_in()

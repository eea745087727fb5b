"""Who is let in, with which scopes, and what the others are told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.connectors.sandbox_hubspot.conftest import START, Bench, Http


def test_a_call_without_a_token_is_told_where_to_read_about_oauth(http: Http) -> None:
    answer = http.session.get(f"{http.url}/crm/v3/objects/companies", timeout=10)
    assert answer.status_code == 401
    assert answer.json()["category"] == "INVALID_AUTHENTICATION"
    assert answer.json()["message"].startswith("Authentication credentials not found. This API supports OAuth 2.0 authentication")


@pytest.mark.parametrize("header", ["Bearer pat-eu1-nobody", "Basic abc", "", "pat-eu1-without-scheme"])
def test_a_wrong_authorization_header_is_refused(http: Http, header: str) -> None:
    answer = http.session.get(f"{http.url}/crm/v3/objects/companies", headers={"Authorization": header}, timeout=10)
    assert answer.status_code == 401


def test_tokens_look_like_european_ones_and_are_the_same_every_time(bench: Bench) -> None:
    assert bench.portal.access_token.startswith("pat-eu1-")
    assert type(bench.portal)(bench.clock, bench.portal.portal_id).access_token == bench.portal.access_token


def test_an_expired_token_says_for_how_long(bench: Bench) -> None:
    token = bench.portal.token(expires=START + timedelta(seconds=60))
    assert bench.http("GET", "/crm/v3/objects/companies", token=token).status_code == 200
    bench.clock.tick(135)
    answer = bench.http("GET", "/crm/v3/objects/companies", token=token)
    body = answer.json()
    assert answer.status_code == 401
    assert body["category"] == "EXPIRED_AUTHENTICATION"
    assert body["message"] == "The OAuth token used to make this call expired 75 second(s) ago."
    assert body["context"] == {"expire time": ["2026-11-23T09:01:00.000Z"]}


def test_a_missing_record_scope_stands_in_the_context_of_an_error(bench: Bench) -> None:
    token = bench.portal.token(["crm.objects.contacts.read"])
    answer = bench.http("GET", "/crm/v3/objects/companies", token=token)
    body = answer.json()
    assert answer.status_code == 403
    assert body["category"] == "MISSING_SCOPES"
    assert body["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.companies.read"]
    assert body["links"] == {"scopes": "https://developers.hubspot.com/scopes"}
    assert "context" not in body


def test_a_missing_schema_scope_stands_in_the_top_context(bench: Bench) -> None:
    token = bench.portal.token(["crm.objects.contacts.read"])
    body = bench.http("GET", "/crm/v3/schemas", token=token).json()
    assert body["category"] == "MISSING_SCOPES"
    assert body["context"]["requiredGranularScopes"] == ["crm.schemas.custom.read"]
    assert "errors" not in body


@pytest.mark.parametrize("name", ["tasks", "notes", "calls", "meetings", "emails"])
def test_engagements_hang_on_the_contact_scopes(bench: Bench, name: str) -> None:
    token = bench.portal.token(["crm.objects.contacts.read"])
    assert bench.http("GET", f"/crm/v3/objects/{name}", token=token).status_code == 200
    answer = bench.http("POST", f"/crm/v3/objects/{name}/batch/create", {"inputs": []}, token=token)
    assert answer.json()["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.contacts.write"]


@pytest.mark.parametrize("scope", ["tickets", "crm.objects.tickets.read"])
def test_tickets_open_with_either_scope(bench: Bench, scope: str) -> None:
    assert bench.http("GET", "/crm/v3/objects/tickets", token=bench.portal.token([scope])).status_code == 200


def test_reading_does_not_allow_writing(bench: Bench) -> None:
    token = bench.portal.token(["crm.objects.companies.read", "crm.schemas.companies.read"])
    record = bench.portal.create("companies", {"name": "Aulne"})
    calls = [
        ("POST", "/crm/v3/objects/companies", {"properties": {"name": "x"}}),
        ("PATCH", f"/crm/v3/objects/companies/{record}", {"properties": {"name": "x"}}),
        ("DELETE", f"/crm/v3/objects/companies/{record}", None),
        ("POST", "/crm/v3/objects/companies/merge", {}),
        ("POST", "/crm/v3/objects/companies/batch/update", {"inputs": []}),
        ("POST", "/crm/v3/objects/companies/batch/upsert", {"inputs": []}),
        ("POST", "/crm/v3/objects/companies/batch/archive", {"inputs": []}),
        ("POST", "/crm/v3/properties/companies", {}),
        ("POST", "/crm/v3/properties/companies/groups", {}),
        ("POST", "/crm/v4/associations/companies/companies/batch/create", {"inputs": []}),
    ]
    for method, path, body in calls:
        assert bench.http(method, path, body, token=token).status_code == 403, path
    assert bench.portal.get("companies", record)["name"] == "Aulne"


def test_definitions_are_readable_with_record_scopes_but_writable_only_with_schema_scopes(bench: Bench) -> None:
    token = bench.portal.token(["crm.objects.companies.read", "crm.objects.companies.write"])
    assert bench.http("GET", "/crm/v3/properties/companies", token=token).status_code == 200
    answer = bench.http("POST", "/crm/v3/properties/companies/groups", {"name": "g", "label": "G"}, token=token)
    assert answer.json()["context"]["requiredGranularScopes"] == ["crm.schemas.companies.write"]


def test_associations_need_the_scopes_of_both_ends(bench: Bench) -> None:
    token = bench.portal.token(["crm.objects.deals.read"])
    answer = bench.http("POST", "/crm/v4/associations/deals/companies/batch/read", {"inputs": []}, token=token)
    assert answer.status_code == 403


def test_an_unknown_object_is_told_before_a_missing_scope(bench: Bench) -> None:
    assert bench.http("GET", "/crm/v3/objects/widgets", token=bench.portal.token([])).status_code == 400


def test_introspection_lists_hub_and_scopes(bench: Bench) -> None:
    token = bench.portal.token(["crm.objects.companies.read"])
    answer = bench.http.post("/oauth/v2/private-apps/get/access-token-info", {"tokenKey": token})
    assert answer.status_code == 200
    assert answer.json()["hubId"] == bench.portal.portal_id
    assert answer.json()["scopes"] == ["crm.objects.companies.read", "oauth"]


def test_introspection_refuses_unknown_expired_and_absent_tokens(bench: Bench) -> None:
    path = "/oauth/v2/private-apps/get/access-token-info"
    gone = bench.portal.token(expires=START - timedelta(seconds=1))
    assert bench.http.post(path, {"tokenKey": "pat-eu1-no"}).status_code == 401
    assert bench.http.post(path, {"tokenKey": gone}).json()["category"] == "EXPIRED_AUTHENTICATION"
    assert bench.http.post(path, {}).status_code == 400


@pytest.mark.parametrize("path", ["/oauth/v1/token", "/oauth/v3/token", "/oauth/2026-03/token"])
def test_a_refresh_token_buys_half_an_hour(bench: Bench, path: str) -> None:
    refresh = bench.portal.tokens.oauth_app("id", "secret", ["crm.objects.companies.read"])
    form = {"grant_type": "refresh_token", "client_id": "id", "client_secret": "secret", "refresh_token": refresh}
    answer = bench.http.session.post(bench.http.url + path, data=form, timeout=10).json()
    assert answer["expires_in"] == 1800
    assert answer["token_type"] == "bearer"
    assert bench.http("GET", "/crm/v3/objects/companies", token=answer["access_token"]).status_code == 200
    bench.clock.tick(1800)
    assert bench.http("GET", "/crm/v3/objects/companies", token=answer["access_token"]).json()["category"] == "EXPIRED_AUTHENTICATION"


def test_oauth_parameters_in_the_query_are_not_looked_at(bench: Bench) -> None:
    refresh = bench.portal.tokens.oauth_app("id", "secret")
    form = {"grant_type": "refresh_token", "client_id": "id", "client_secret": "secret", "refresh_token": refresh}
    assert bench.http.session.post(f"{bench.http.url}/oauth/v3/token", params=form, timeout=10).status_code == 400


def test_a_bad_refresh_token_has_a_body_of_its_own(bench: Bench) -> None:
    bench.portal.tokens.oauth_app("id", "secret")
    form = {"grant_type": "refresh_token", "client_id": "id", "client_secret": "secret", "refresh_token": "old"}
    answer = bench.http.session.post(f"{bench.http.url}/oauth/v3/token", data=form, timeout=10)
    assert answer.status_code == 400
    assert answer.json() == {
        "status": "BAD_REFRESH_TOKEN",
        "message": "refresh token is invalid, expired or revoked",
        "error": "invalid_grant",
        "error_description": "refresh token is invalid, expired or revoked",
    }
    form["client_secret"] = "other"
    assert bench.http.session.post(f"{bench.http.url}/oauth/v3/token", data=form, timeout=10).json()["category"] == "BAD_CLIENT_ID"


def test_a_token_of_an_unknown_kind_is_a_mistake_of_the_test(bench: Bench) -> None:
    with pytest.raises(ValueError, match="service_key"):
        bench.portal.token(kind="jwt")

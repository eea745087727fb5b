from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.sandbox.salesforce.oauth import App
from tests.connectors.sandbox_salesforce.conftest import pem, public_of
from tests.connectors.sandbox_salesforce.desk import KEY, SECRET, error

if TYPE_CHECKING:
    import requests

BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
USER = "equilibre@acme.example"


def claims(desk, **changes) -> dict:
    ends = desk.wall.now + timedelta(minutes=3)
    return {"iss": KEY, "sub": USER, "aud": "https://login.salesforce.com", "exp": f"{ends.timestamp():.0f}", **changes}


def token(desk, form, host="login.salesforce.com", **options) -> requests.Response:
    return desk.http.post(
        f"{desk.base}/services/oauth2/token", data=form, headers={"X-Original-Host": host, "Authorization": None}, timeout=20, **options
    )


def assertion(desk, key, host="login.salesforce.com", algorithm="RS256", **changes) -> requests.Response:
    signed = jwt.encode(claims(desk, **changes), key, algorithm=algorithm)
    return token(desk, {"grant_type": BEARER, "assertion": signed}, host)


def said(answer) -> tuple[int, str, str]:
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.json()["error"], answer.json()["error_description"]


def test_a_signed_assertion_opens_a_session_that_reads(desk, private_key):
    body = assertion(desk, private_key).json()
    assert body["instance_url"] == "https://acme.my.salesforce.com"
    assert body["id"] == f"https://login.salesforce.com/id/{desk.org.id}/{desk.org.user}"
    assert body["token_type"] == "Bearer"
    assert body.keys() == {"access_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at"}
    desk.http.headers["Authorization"] = f"Bearer {body['access_token']}"
    assert desk.get("/limits").status_code == 200


def test_expiry_may_be_a_number_too(desk, private_key):
    assert assertion(desk, private_key, exp=int((desk.wall.now + timedelta(minutes=2)).timestamp())).status_code == 200


def test_my_domain_is_an_audience_and_a_host(desk, private_key):
    assert assertion(desk, private_key, host="acme.my.salesforce.com", aud="https://acme.my.salesforce.com").status_code == 200
    assert assertion(desk, private_key, host="acme.my.salesforce.com").status_code == 200


@pytest.mark.parametrize("exp", ["yesterday", "soon", "never", "word"])
def test_a_stale_or_far_expiry_is_an_expired_authorization_code(desk, private_key, exp):
    moments = {"yesterday": -86_400, "soon": -1, "never": 3_600}
    value = "next week" if exp == "word" else str(int(desk.wall.now.timestamp() + moments[exp]))
    assert said(assertion(desk, private_key, exp=value)) == (400, "invalid_grant", "expired authorization code")


def test_a_client_whose_clock_is_off_is_told_so(desk, private_key):
    desk.wall.move(minutes=5)
    assert said(assertion(desk, private_key, exp=str(int(desk.wall.now.timestamp() - 120)))) == (
        400,
        "invalid_grant",
        "expired authorization code",
    )


@pytest.mark.parametrize(
    "audience", ["https://test.salesforce.com", "https://other.my.salesforce.com", "https://acme.lightning.force.com", ""]
)
def test_a_wrong_audience_is_invalid(desk, private_key, audience):
    assert said(assertion(desk, private_key, aud=audience)) == (400, "invalid_grant", "audience is invalid")


def test_a_production_user_cannot_sign_in_at_the_sandbox_host(desk, private_key):
    assert said(assertion(desk, private_key, host="test.salesforce.com")) == (400, "invalid_grant", "audience is invalid")


def test_a_sandbox_org_wants_the_test_host(open_desk, private_key):
    desk = open_desk(is_sandbox=True, domain="acme--uat")
    user = desk.org.record(desk.org.user)["Username"]
    assert assertion(desk, private_key, host="test.salesforce.com", aud="https://test.salesforce.com", sub=user).status_code == 200
    assert said(assertion(desk, private_key)) == (400, "invalid_grant", "audience is invalid")


def test_an_unknown_key_is_an_invalid_client(desk, private_key):
    assert said(assertion(desk, private_key, iss="nobody")) == (400, "invalid_client_id", "client identifier invalid")


def test_a_signature_by_another_key_is_refused(desk):
    other = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    assert said(assertion(desk, other)) == (400, "invalid_grant", "invalid assertion")


def test_only_rs256_signs(desk, private_key):
    assert said(assertion(desk, private_key, algorithm="RS384")) == (400, "invalid_grant", "invalid assertion")
    assert said(assertion(desk, "x" * 64, algorithm="HS256")) == (400, "invalid_grant", "invalid assertion")
    assert said(token(desk, {"grant_type": BEARER, "assertion": "no.jwt.atall"})) == (400, "invalid_grant", "invalid assertion")


def test_an_unsigned_assertion_is_refused(desk):
    def part(data):
        return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")

    forged = f"{part({'alg': 'none'})}.{part(claims(desk))}."
    assert said(token(desk, {"grant_type": BEARER, "assertion": forged})) == (400, "invalid_grant", "invalid assertion")


def test_a_user_without_pre_authorisation_is_told_which_way_is_missing(desk, private_key):
    stranger = desk.org.record(desk.org.admin)["Username"]
    assert said(assertion(desk, private_key, sub=stranger)) == (400, "invalid_app_access", "user is not admin approved to access this app")
    desk.org.sessions.register(App(key=KEY, public_key=public_of(private_key), policy="self"))
    assert said(assertion(desk, private_key)) == (400, "invalid_grant", "user hasn't approved this consumer")


def test_an_inactive_user_fails_authentication(desk, private_key):
    desk.org.update("User", desk.org.user, {"IsActive": False})
    assert said(assertion(desk, private_key)) == (400, "invalid_grant", "authentication failure")


def test_a_restricted_address_fails_authentication(desk, private_key):
    desk.org.sessions.ip_restricted = True
    assert said(assertion(desk, private_key)) == (400, "invalid_grant", "authentication failure")


def test_short_keys_cannot_be_registered():
    short = pem(rsa.generate_private_key(public_exponent=65537, key_size=1024))  # noqa: S505 # too short is the point
    with pytest.raises(ValueError, match="2048"):
        App(key="k", public_key=public_of(short))


@pytest.mark.parametrize("dress", ["basic", "form"])
def test_client_credentials_open_a_session_on_my_domain(desk, dress):
    form = {"grant_type": "client_credentials"}
    options = {"auth": (KEY, SECRET)} if dress == "basic" else {}
    if dress == "form":
        form |= {"client_id": KEY, "client_secret": SECRET}
    answer = desk.http.post(
        f"{desk.base}/services/oauth2/token", data=form, headers={"X-Original-Host": "acme.my.salesforce.com"}, timeout=20, **options
    )
    assert answer.status_code == 200, answer.text
    assert "refresh_token" not in answer.json()


def credentials(desk, host="acme.my.salesforce.com", key=KEY, secret=SECRET):
    return token(desk, {"grant_type": "client_credentials", "client_id": key, "client_secret": secret}, host)


@pytest.mark.parametrize("host", ["login.salesforce.com", "test.salesforce.com"])
def test_client_credentials_are_not_supported_on_the_shared_hosts(desk, host):
    assert said(credentials(desk, host)) == (400, "invalid_grant", "request not supported on this domain")


def test_a_wrong_secret_is_told_from_a_wrong_key(desk):
    assert said(credentials(desk, secret="nope")) == (400, "invalid_client", "invalid client credentials")
    assert said(credentials(desk, key="nope")) == (400, "invalid_client_id", "client identifier invalid")


def test_client_credentials_need_a_run_as_user(desk):
    desk.org.sessions.register(App(key="k2", secret="s2"))
    assert said(credentials(desk, key="k2", secret="s2")) == (400, "invalid_grant", "no client credentials user enabled")


def test_unknown_grants_are_unsupported(desk):
    assert said(token(desk, {"grant_type": "client_credential"})) == (400, "unsupported_grant_type", "grant type not supported")
    assert said(token(desk, {})) == (400, "unsupported_grant_type", "grant type not supported")


def test_dead_flows_answer_as_the_vendor_does(desk):
    assert said(token(desk, {"grant_type": "password"})) == (400, "invalid_grant", "authentication failure - Invalid Password")
    assert said(token(desk, {"grant_type": "refresh_token"})) == (400, "invalid_grant", "expired access/refresh token")


def test_no_session_and_a_wrong_session_are_the_same_401(desk):
    expected = (401, "INVALID_SESSION_ID", "Session expired or invalid")
    assert error(desk.get("/limits", headers={"Authorization": None})) == expected
    assert error(desk.get("/limits", headers={"Authorization": "Bearer 00D!x"})) == expected
    assert error(desk.get("/limits", headers={"Authorization": "Basic abc"})) == expected


def test_a_session_ends_with_its_time(desk):
    desk.wall.move(seconds=desk.org.knobs.session_seconds - 1)
    assert desk.get("/limits").status_code == 200
    desk.wall.move(seconds=1)
    assert error(desk.get("/limits"))[:2] == (401, "INVALID_SESSION_ID")


def test_all_sessions_can_be_ended_at_once(desk):
    desk.org.sessions.expire_all()
    assert error(desk.get("/limits"))[:2] == (401, "INVALID_SESSION_ID")


def test_a_revoked_session_is_over(desk):
    mine = desk.http.headers["Authorization"].removeprefix("Bearer ")
    assert desk.http.post(f"{desk.base}/services/oauth2/revoke", data={"token": mine}, timeout=20).status_code == 200
    assert error(desk.get("/limits"))[:2] == (401, "INVALID_SESSION_ID")
    assert desk.http.post(f"{desk.base}/services/oauth2/revoke", data={"token": mine}, timeout=20).status_code == 400


def test_a_session_is_no_good_at_the_login_host(desk):
    assert error(desk.get("/limits", headers={"X-Original-Host": "login.salesforce.com"}))[:2] == (401, "INVALID_SESSION_ID")


def test_an_org_without_the_api_says_so(desk):
    desk.org.knobs.api_enabled = False
    assert error(desk.get("/limits"))[:2] == (403, "API_DISABLED_FOR_ORG")

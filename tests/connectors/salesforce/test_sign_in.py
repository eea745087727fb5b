from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import requests
import responses

from connectors.failures import Denied, Throttled, Transient
from connectors.salesforce.sign_in import Access, domain_of
from connectors.sandbox.faults import Fault
from connectors.settings import SalesforceSettings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.connectors.salesforce.stage import Stage

TOKEN = "00DQy00000EQ00E!AQ.the-very-secret"
SUCCESS = {
    "id": "https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P",
    "instance_url": "https://acme.my.salesforce.com",
    "access_token": TOKEN,
    "signature": "c2ln",
    "issued_at": "1",
}


def access(settings: SalesforceSettings) -> Access:
    return Access(settings, requests.Session())


@pytest.fixture
def by_key(key: tuple[Path, str]) -> SalesforceSettings:
    return SalesforceSettings(domain="login", client_id="3MVG9", username="integration@acme.example", private_key_file=key[0])


BY_SECRET = SalesforceSettings(domain="acme.my", auth="client_credentials", client_id="3MVG9", client_secret="s3cret")


@responses.activate
def test_the_organisation_comes_from_the_identity_url_in_its_long_form(by_key: SalesforceSettings) -> None:
    responses.post("https://login.salesforce.com/services/oauth2/token", json=SUCCESS)
    grant = access(by_key).grant()
    assert (grant.org_id, grant.user_id) == ("00Dx0000000BV7zEAG", "005x00000012Q9PAAU")
    assert grant.instance == "acme.my.salesforce.com"


@responses.activate
def test_a_grant_does_not_print_its_token(by_key: SalesforceSettings) -> None:
    responses.post("https://login.salesforce.com/services/oauth2/token", json=SUCCESS)
    assert "secret" not in repr(access(by_key).grant())


@pytest.mark.parametrize(
    ("domain", "host", "audience"),
    [
        ("login", "login.salesforce.com", "https://login.salesforce.com"),
        ("test", "test.salesforce.com", "https://test.salesforce.com"),
        ("acme.my", "acme.my.salesforce.com", "https://login.salesforce.com"),
        ("https://acme.my.salesforce.com/", "acme.my.salesforce.com", "https://login.salesforce.com"),
        ("acme--uat.sandbox.my", "acme--uat.sandbox.my.salesforce.com", "https://test.salesforce.com"),
    ],
)
@responses.activate
def test_trap_29_the_key_is_signed_for_the_audience_of_production_or_sandbox(
    by_key: SalesforceSettings, domain: str, host: str, audience: str
) -> None:
    import jwt

    sent = responses.post(f"https://{host}/services/oauth2/token", json=SUCCESS)
    access(by_key.model_copy(update={"domain": domain})).grant()
    form = dict(part.split("=", 1) for part in str(sent.calls[0].request.body).split("&"))
    claims = jwt.decode(form["assertion"], options={"verify_signature": False})
    assert claims["aud"] == audience
    assert claims["sub"] == "integration@acme.example"


@responses.activate
def test_client_credentials_travel_in_the_header_to_the_my_domain() -> None:
    sent = responses.post("https://acme.my.salesforce.com/services/oauth2/token", json=SUCCESS)
    access(BY_SECRET).grant()
    assert sent.calls[0].request.body == "grant_type=client_credentials"
    assert sent.calls[0].request.headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("error", "description", "mend"),
    [
        ("invalid_grant", "authentication failure - Invalid Password", "username"),
        ("invalid_grant", "expired access/refresh token", "approve"),
        ("invalid_grant", "user hasn't approved this consumer", "pre-authorized"),
        ("invalid_grant", "audience is invalid", "domain"),
        ("invalid_grant", "Audience validation failed", "domain"),
        ("invalid_grant", "expired authorization code", "clock"),
        ("invalid_grant", "no client credentials user enabled", "Run As"),
        ("invalid_grant", "request not supported on this domain", "My Domain"),
        ("invalid_client_id", "client identifier invalid", "client_id"),
        ("invalid_client", "invalid client credentials", "client_secret"),
        ("invalid_app_access", "user is not admin approved to access this app", "permission set"),
        ("unsupported_grant_type", "grant type not supported", "flow"),
        ("something_new", "never seen", "External Client App"),
    ],
)
@responses.activate
def test_each_token_error_is_denied_with_its_own_mend(by_key: SalesforceSettings, error: str, description: str, mend: str) -> None:
    responses.post(
        "https://login.salesforce.com/services/oauth2/token", status=400, json={"error": error, "error_description": description}
    )
    with pytest.raises(Denied) as caught:
        access(by_key).grant()
    assert mend in caught.value.mend


@responses.activate
def test_trap_28_a_refused_sign_in_is_not_repeated_because_that_locks_the_user(by_key: SalesforceSettings) -> None:
    sent = responses.post(
        "https://login.salesforce.com/services/oauth2/token",
        status=400,
        json={"error": "invalid_grant", "error_description": "authentication failure"},
    )
    one = access(by_key)
    for _ in range(3):
        with pytest.raises(Denied):
            one.grant()
    assert len(sent.calls) == 1


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind"),
    [
        (503, "<html>maintenance</html>", {}, Transient),
        (500, '{"error":"x"}', {}, Transient),
        (420, "", {}, Transient),
        (200, '{"access_token":"00D!secret', {}, Transient),
        (200, '{"access_token":"00D!secret"}', {}, Transient),
        (429, "", {"Retry-After": "9"}, Throttled),
        (400, '{"error":"unknown_error","error_description":"retry your request"}', {}, Transient),
        (400, '{"error":"invalid_grant","error_description":"login rate exceeded"}', {}, Transient),
        (404, "<html>no such domain</html>", {}, Denied),
    ],
)
@responses.activate
def test_an_answer_that_is_not_of_the_token_server_is_translated_without_its_text(
    by_key: SalesforceSettings, status: int, body: str, headers: dict[str, str], kind: type[Exception]
) -> None:
    responses.post("https://login.salesforce.com/services/oauth2/token", status=status, body=body, headers=headers)
    with pytest.raises(kind) as caught:
        access(by_key).grant()
    shown = f"{caught.value} {caught.value.__cause__}"
    assert "secret" not in shown
    assert "html" not in shown


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"client_id": ""}, "client_id"),
        ({"username": ""}, "username"),
        ({"private_key_file": None}, "private_key_file"),
        ({"auth": "client_credentials"}, "client_secret"),
        ({"auth": "client_credentials", "client_secret": "x", "domain": "login"}, "My Domain"),
        ({"domain": "acme.lightning.force.com"}, "acme.my"),
    ],
)
def test_what_is_missing_in_the_configuration_is_named_before_anything_is_sent(
    by_key: SalesforceSettings, changes: dict[str, Any], names: str
) -> None:
    settings = SalesforceSettings(**{**by_key.model_dump(), **changes})
    with pytest.raises(Denied) as caught:
        access(settings).grant()
    assert names in f"{caught.value.message} {caught.value.mend}"


def test_a_file_that_is_no_key_is_told_without_its_content(by_key: SalesforceSettings, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("my diary")
    with pytest.raises(Denied, match="private_key_file") as caught:
        access(by_key.model_copy(update={"private_key_file": file})).grant()
    assert "diary" not in str(caught.value)
    with pytest.raises(Denied, match="cannot be read"):
        access(by_key.model_copy(update={"private_key_file": tmp_path / "none"})).grant()


@pytest.mark.parametrize("text", ["acme.my", " ACME.my ", "acme.my.salesforce.com", "https://acme.my.salesforce.com/home"])
def test_a_domain_is_understood_however_it_was_pasted(text: str) -> None:
    assert domain_of(text) == "acme.my"


def test_trap_28_an_expired_session_is_renewed_once_by_many_threads(stage: Stage) -> None:
    reader = stage.link().reader()
    reader.sign_in()
    client = reader._client  # type: ignore[attr-defined]
    stage.org.sessions.expire_all()
    stage.audit.clear()
    done: list[object] = []
    threads = [threading.Thread(target=lambda: done.append(client.query("SELECT Id FROM Account", "x"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 8
    assert stage.tokens() == 1


def test_both_flows_reach_the_org_and_give_the_same_organisation(stage: Stage) -> None:
    by_key = stage.link().reader().sign_in()
    by_secret = stage.link(auth="client_credentials", client_secret="s3cret-of-the-app").reader().sign_in()
    assert by_key == by_secret
    assert by_key.id == stage.org.id


def test_a_wrong_secret_is_told_and_does_not_show(stage: Stage) -> None:
    with pytest.raises(Denied, match="secret") as caught:
        stage.link(auth="client_credentials", client_secret="wr0ng").reader().sign_in()
    assert "wr0ng" not in f"{caught.value} {caught.value.mend}"


def test_a_token_server_in_maintenance_is_waited_for(stage: Stage) -> None:
    stage.fail(Fault(path="/oauth2/token", status=503, body="<html>maintenance</html>", times=2))
    assert stage.link().reader().sign_in().id == stage.org.id
    assert len(stage.naps) == 2

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.redact import GONE, redact


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer 00Dxx0000001gPL!AQ4AQ.abc_def", "AQ4AQ"),
        ("Basic bXktY2xpZW50OnMzY3JldA==", "bXktY2xpZW50"),
        ("grant_type=client_credentials&client_secret=s3cret-value&x=1", "s3cret"),
        ('{"access_token": "00Dxx!abc.def", "id": "x"}', "abc.def"),
        ("{'refresh_token': '5Aep861..'}", "5Aep861"),
        ("token 00D000000000001!AQEAQO.x9 refused", "AQEAQO"),
        ("assertion=eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIzTVZHIn0.c2lnbmF0dXJl", "c2lnbmF0dXJl"),
        ("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIzTVZHIn0.c2lnbmF0dXJl", "eyJpc3Mi"),
        ("key pat-eu1-0a1b2c3d-4e5f-6789 refused", "0a1b2c3d"),
        ("http://proxyuser:pr0xy@proxy.example:3128 failed", "pr0xy"),
        ("GET /services/data/v66.0/query?q=SELECT+Name+FROM+Account+WHERE+Name%3D%27Curie%27 HTTP/1.1", "Curie"),
        ("owner marie.curie@acme.example is inactive", "marie.curie"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEvQ\nIBADAN\n-----END PRIVATE KEY-----\nrest", "IBADAN"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEvQ", "MIIEvQ"),
    ],
)
def test_secrets_and_addresses_are_taken_out(text: str, secret: str) -> None:
    shown = redact(text)
    assert secret not in shown
    assert GONE in shown


@pytest.mark.parametrize(
    "text",
    [
        "salesforce query Account: INVALID_FIELD: EQ_Level__c does not exist",
        "account 001Qy0000000001IAA and task 00TQy000000003XMAQ",
        "eq1-0123456789abcdef0123456789abcdef",
        "https://acme.my.salesforce.com/lightning/r/Account/001Qy0000000001IAA/view",
        "set salesforce.client_secret_file or EQUILIBRE_HUBSPOT__ACCESS_TOKEN",
        "30 of 30 fields as they should be at 2026-11-23T09:00:00Z",
    ],
)
def test_what_a_person_needs_stays_readable(text: str) -> None:
    assert redact(text) == text


@given(st.text())
def test_twice_is_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)

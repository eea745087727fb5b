"""One call at a time to a HubSpot whose answers a test makes up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from connectors.contract import Runtime
from connectors.hubspot.allowed import reading, writing
from connectors.hubspot.client import Client
from connectors.hubspot.wire import Wire
from connectors.settings import HubspotSettings
from tests.connectors.hubspot.conftest import API, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator


TOKEN = "pat-eu1-secret-0001"
COMPANIES = f"{API}/crm/v3/objects/companies"
PAGE = {"results": [{"id": "1", "properties": {"name": "A", "phone": None}, "createdAt": "x", "updatedAt": "y", "archived": False}]}


def client(clock: Clock, *, write: bool = False, **changes: Any) -> Client:
    settings = HubspotSettings(**{"enabled": True, "access_token": TOKEN, **changes})
    runtime = Runtime(clock=clock, sleep=clock.sleep)
    rules = writing if write else reading
    return Client(Wire(settings, runtime), rules(settings.api_version))


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def query(call: Any) -> dict[str, list[str]]:
    return parse_qs(urlsplit(call.request.url).query)

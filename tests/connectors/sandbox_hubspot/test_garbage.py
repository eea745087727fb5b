"""Whatever is sent, the portal answers as a vendor does: never with a crash, and a refused body changes nothing."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.audit import Audit
from connectors.sandbox.hubspot.app import Application
from connectors.sandbox.hubspot.portal import Portal
from tests.connectors.sandbox_hubspot.conftest import Clock
from tests.extent import examples

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS = [
    "id", "inputs", "properties", "propertyName", "operator", "value", "values", "highValue", "filterGroups", "filters", "sorts", "limit", "after",
    "from", "to", "types", "associationCategory", "associationTypeId", "associations", "idProperty", "objectWriteTraceId", "name", "label", "type",
    "fieldType", "groupName", "options", "displayOrder", "hasUniqueValue", "objectId", "primaryObjectId", "objectIdToMerge", "tokenKey", "query",
    "propertiesWithHistory", "objectProperties", "exportType", "exportName", "format", "language", "objectType", "externalOptions",
]  # fmt: skip
GOOD = [
    "companies",
    "name",
    "hs_object_id",
    "EQ",
    "IN",
    "BETWEEN",
    "HUBSPOT_DEFINED",
    "enumeration",
    "select",
    "string",
    "text",
    "VIEW",
    "CSV",
    "",
]
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 400), st.floats(), st.sampled_from(GOOD), st.text(max_size=5))
JSON = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(WORDS), inner, max_size=6)), max_leaves=25
)
PATHS = [
    ("POST", "/crm/v3/objects/companies"),
    ("PATCH", "/crm/v3/objects/companies/{record}"),
    *(("POST", f"/crm/v3/objects/companies/batch/{verb}") for verb in ("read", "create", "update", "upsert", "archive")),
    ("POST", "/crm/v3/objects/tasks/batch/create"),
    ("POST", "/crm/v3/objects/companies/search"),
    ("POST", "/crm/v3/objects/companies/merge"),
    ("POST", "/crm/v3/objects/contacts/gdpr-delete"),
    ("POST", "/crm/v3/properties/companies"),
    ("PATCH", "/crm/v3/properties/companies/siren"),
    *(("POST", f"/crm/v3/properties/companies/batch/{verb}") for verb in ("read", "create", "archive")),
    ("POST", "/crm/v3/properties/companies/groups"),
    ("PATCH", "/crm/v3/properties/companies/groups/companyinformation"),
    *(
        ("POST", f"/crm/v4/associations/companies/companies/batch/{verb}")
        for verb in ("read", "create", "archive", "labels/archive", "associate/default")
    ),
    ("PUT", "/crm/v4/objects/companies/{record}/associations/companies/{record}"),
    ("POST", "/oauth/v2/private-apps/get/access-token-info"),
    ("POST", "/crm/v3/exports/export/async"),
]


@pytest.fixture(scope="module")
def lonely() -> tuple[Application, Portal, str]:
    """An app without a socket: these are thousands of requests."""
    portal = Portal(Clock())
    portal.knobs.ten_seconds = portal.knobs.search_second = portal.knobs.daily = None
    portal.define("companies", {"siren": "string"})
    return Application(portal, Audit()), portal, portal.create("companies", {"name": "A"})


def _call(app: Application, method: str, target: str, raw: bytes, token: str) -> tuple[int, bytes]:
    path, _, query = target.partition("?")
    headers = [(b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode(), "headers": headers}
    sent: list[Mapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@settings(max_examples=examples(15, 40), deadline=None)
@given(body=JSON)
@pytest.mark.parametrize(("method", "path"), PATHS)
def test_no_body_crashes_an_endpoint(lonely: tuple[Application, Portal, str], method: str, path: str, body: object) -> None:
    app, portal, record = lonely
    status, answer = _call(app, method, path.format(record=record), json.dumps(body).encode(), portal.access_token)
    assert status in {200, 201, 202, 204, 207, 400, 401, 404, 409, 429}
    if status >= 400:
        assert json.loads(answer)["status"] == "error"


@settings(max_examples=examples(15, 40), deadline=None)
@given(
    name=st.sampled_from(["limit", "after", "archived", "properties", "associations", "idProperty", "propertiesWithHistory", "email"]),
    value=st.text(st.characters(codec="ascii", exclude_categories=["C"], exclude_characters="#"), max_size=8),
)
@pytest.mark.parametrize(
    "path", ["/crm/v3/objects/companies", "/crm/v3/objects/companies/{record}", "/crm/v3/owners/", "/crm/v3/properties/companies"]
)
def test_no_query_crashes_an_endpoint(lonely: tuple[Application, Portal, str], path: str, name: str, value: str) -> None:
    app, portal, record = lonely
    status, _ = _call(app, "GET", f"{path.format(record=record)}?{name}={value}", b"", portal.access_token)
    assert status in {200, 400, 404}


@settings(max_examples=examples(60, 200), deadline=None)
@given(path=st.text(st.sampled_from("/abc012.-%_?"), max_size=30))
def test_no_path_crashes_the_portal(lonely: tuple[Application, Portal, str], path: str) -> None:
    app, portal, _ = lonely
    for head in ("/", "/crm/v3/objects/", "/crm/v3/properties/companies/", "/crm/v4/objects/companies/"):
        assert _call(app, "GET", head + path, b"", portal.access_token)[0] in {200, 400, 404, 405}

"""What may leave for HubSpot, fuzzed: whatever the code above asks for, only our fields of companies and our own tasks get out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.fence import Fence, FenceBreach
from connectors.hubspot import COMPANY_PROPERTIES, FLAGS, TASK_PROPERTIES
from connectors.hubspot.allowed import TASK_CONTENT, provisioning, reading, writing

VERSIONS = ("v3", "2026-03")
BASES = {"v3": "/crm/v3/objects", "2026-03": "/crm/objects/2026-03"}
OURS = {*FLAGS.values()}
NAMES = st.sampled_from(
    [*OURS, *COMPANY_PROPERTIES, *TASK_PROPERTIES, "name", "domain", "hubspot_owner_id", "hs_lead_status", "amount"]
) | st.text(max_size=12)
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
PATHS = st.sampled_from(
    [
        *("companies", "deals", "tickets", "contacts", "tasks", "0-2", "COMPANIES", "company", "invoices"),
    ]
)
ENDS = st.sampled_from(
    [
        "",
        "/1",
        "/batch/update",
        "/batch/create",
        "/batch/upsert",
        "/batch/archive",
        "/merge",
        "/gdpr-delete",
        "/1/associations/companies/2/5",
    ]
)
VERBS = st.sampled_from(["POST", "PUT", "PATCH", "DELETE"])


@given(st.sampled_from(VERSIONS), st.dictionaries(NAMES, VALUES, max_size=6), st.booleans())
def test_a_company_batch_gets_out_with_our_flags_and_nothing_beside_them(version: str, properties: dict[str, Any], as_bytes: bool) -> None:
    body: Any = {"inputs": [{"id": "1", "properties": properties, "objectWriteTraceId": "0"}]}
    sent = json.dumps(body).encode() if as_bytes else body
    fence = Fence("hubspot", writing(version))
    if properties.keys() <= OURS:
        assert fence.check("POST", f"{BASES[version]}/companies/batch/update", sent).writes
    else:
        with pytest.raises(FenceBreach):
            fence.check("POST", f"{BASES[version]}/companies/batch/update", sent)


@given(st.sampled_from(VERSIONS), VERBS, PATHS, ENDS, st.dictionaries(NAMES, VALUES, max_size=4))
def test_no_other_write_of_a_record_gets_out(version: str, verb: str, kind: str, end: str, properties: dict[str, Any]) -> None:
    allowed = {("POST", "companies/batch/update"), ("POST", "tasks/batch/create"), ("POST", "tasks/batch/update")}
    body = {"inputs": [{"id": "1", "properties": properties}]}
    fence = Fence("hubspot", writing(version))
    try:
        rule = fence.check(verb, f"{BASES[version]}/{kind}{end}", body)
    except FenceBreach:
        return
    assert (verb, f"{kind}{end}") in allowed
    assert rule.writes
    assert properties.keys() <= (OURS if kind == "companies" else set(TASK_CONTENT))


@given(st.sampled_from(VERSIONS), VERBS, PATHS, ENDS, st.dictionaries(NAMES, VALUES, max_size=4))
def test_a_reading_run_writes_nothing_at_all(version: str, verb: str, kind: str, end: str, properties: dict[str, Any]) -> None:
    with pytest.raises(FenceBreach):
        Fence("hubspot", reading(version)).check(verb, f"{BASES[version]}/{kind}{end}", {"inputs": [{"properties": properties}]})


@given(
    st.sampled_from(VERSIONS),
    VERBS,
    st.sampled_from(["companies", "tasks", "deals"]),
    st.text(max_size=20) | st.sampled_from(COMPANY_PROPERTIES),
)
def test_provisioning_touches_no_definition_but_ours_and_deletes_none(version: str, verb: str, kind: str, name: str) -> None:
    base = BASES[version].replace("objects", "properties")
    try:
        Fence("hubspot", provisioning(version)).check(verb, f"{base}/{kind}/{name}", {"label": "x"})
    except FenceBreach:
        return
    mine = COMPANY_PROPERTIES if kind == "companies" else TASK_PROPERTIES
    assert kind in {"companies", "tasks"}
    assert (verb == "PATCH" and name in mine) or (verb == "POST" and name in {"", "groups"})

"""The fence of this connector, fuzzed: whatever is asked, nothing that is not ours leaves, and nothing that is ours is held back."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import CloseTask, OpenTask, SetFlags, Task, UpdateTask
from connectors.fence import Fence, FenceBreach
from connectors.salesforce.allowed import FLAGS, KEY, READING, TASK, WRITING, provisioning
from connectors.salesforce.rows import Row, send
from rules.model import AccountRef

DATA = "/services/data/v66.0"
OURS = frozenset(FLAGS.values())
OF_TASKS = frozenset(TASK.values()) | {KEY}
SETS = {"reading": Fence("salesforce", READING), "writing": Fence("salesforce", WRITING)}
names = st.one_of(
    st.sampled_from([*OURS, *OF_TASKS, "Name", "OwnerId", "ParentId", "EQ_Stage__c", "IsDeleted", "Amount", "id", "Id", "attributes"]),
    st.text(max_size=12),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.floats(allow_nan=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=6,
)
ids = st.one_of(st.from_regex(r"\A(001|003|006|00T|005)[A-Za-z0-9]{12}([A-Za-z0-9]{3})?\Z"), st.text(max_size=20), st.none())
records = st.lists(
    st.builds(
        lambda kind, ident, rest: {"attributes": {"type": kind}, "id": ident, **rest},
        st.sampled_from(["Account", "Task", "Contact", "Opportunity", "account", "User", "Event"]),
        ids,
        st.dictionaries(names, values, max_size=4),
    ),
    max_size=3,
)
paths = st.one_of(
    st.sampled_from(
        [
            f"{DATA}/composite/sobjects", f"{DATA}/composite/sobjects/", f"{DATA}/composite/sobjects/Task/{KEY}", f"{DATA}/composite/sobjects/Account/Id",
            f"{DATA}/composite/sobjects?allOrNone=false", f"{DATA}/composite", f"{DATA}/composite/batch", f"{DATA}/composite/graph", f"{DATA}/sobjects/Account/001000000000001AAA",
            f"{DATA}/sobjects/Task", f"{DATA}/jobs/ingest", f"{DATA}/jobs/ingest/750000000000001AAA/batches", f"{DATA}/jobs/query", f"{DATA}/query?q=SELECT+Id+FROM+Account",
            f"{DATA}/query?_HttpMethod=PATCH", f"{DATA}/../../apexrest/x", f"{DATA}/tooling/executeAnonymous", "/services/apexrest/Account", "/services/Soap/u/66.0",
        ]
    ),
    st.text(max_size=30),
)  # fmt: skip
bodies = st.one_of(
    st.builds(lambda some: {"allOrNone": False, "records": some}, records),
    st.dictionaries(names, values, max_size=4),
    st.builds(
        lambda method, url: {"compositeRequest": [{"method": method, "url": url, "referenceId": "part0", "body": {"Name": "x"}}]},
        st.sampled_from(["GET", "PATCH"]),
        paths,
    ),
    st.builds(
        lambda method, url: {"compositeRequest": [{"method": method, "url": url, "referenceId": "part0"}]},
        st.sampled_from(["GET", "POST", "DELETE"]),
        paths,
    ),
    st.builds(
        lambda verb: {"operation": verb, "object": "Account", "contentType": "CSV"},
        st.sampled_from(["insert", "update", "delete", "query"]),
    ),
    st.sampled_from(["Id,Name\n001,x\n", "Id,EQ_Level__c\n001,watch\n", "", "[]", "null"]),
    values,
)


def harmless(method: str, path: str, body: Any) -> bool:
    """A judge of its own, written without the fence: may this request leave?"""
    bare = path.partition("?")[0]
    rows = body.get("records", [])
    kinds = {one.get("attributes", {}).get("type") for one in rows} - {None}
    said = {name for one in rows for name in one} - {"attributes"}
    parts = body.get("compositeRequest", [])
    return any(
        (
            method == "GET" and bare.startswith("/services/data"),
            method == "DELETE" and bare.startswith(f"{DATA}/jobs/query/"),
            method == "POST"
            and bare == f"{DATA}/jobs/query"
            and "object" not in body
            and body.get("operation", "query").startswith("query"),
            method == "POST"
            and bare == f"{DATA}/composite"
            and all(set(one) <= {"method", "url", "referenceId"} and one.get("method", "GET") == "GET" for one in parts),
            method == "PATCH" and bare == f"{DATA}/composite/sobjects" and kinds <= {"Account"} and said <= OURS | {"id"},
            method == "PATCH"
            and bare == f"{DATA}/composite/sobjects"
            and kinds <= {"Task"}
            and said <= OF_TASKS | {"id"}
            and all(str(one.get(KEY)).startswith("eq1-") for one in rows),
            method == "PATCH" and bare == f"{DATA}/composite/sobjects/Task/{KEY}" and kinds <= {"Task"} and said <= OF_TASKS,
        )
    )


@settings(max_examples=400, deadline=None)
@given(
    who=st.sampled_from(sorted(SETS)), method=st.sampled_from(["GET", "POST", "PATCH", "PUT", "DELETE", "patch"]), path=paths, body=bodies
)
def test_whatever_leaves_is_ours(who: str, method: str, path: str, body: Any) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    try:
        rule = SETS[who].check(method, path, text or None)
    except FenceBreach:
        return
    assert harmless(method, path, body if isinstance(body, dict) else {})
    assert who == "writing" or not rule.writes


class Wire:
    """Stands where the client stands: judges what the writer sends, and answers that every row went well."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, Any]] = []

    def retry(self, request: Any) -> Any:
        return request()

    def once(self, method: str, path: str, _operation: str, *, body: Any, headers: Any) -> Any:
        SETS["writing"].check(method, path, json.dumps(body))
        assert "Sforce-Duplicate-Rule-Header" in headers
        self.sent.append((method, path, body))
        return type("Answer", (), {"headers": {}, "rows": body["records"]})()

    def json(self, response: Any, _operation: str) -> Any:
        return [{"success": True, "id": "00T000000000001AAA", "errors": []} for _ in response.rows]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.from_regex(r"\A001[A-Za-z0-9]{12}\Z"),
            st.dictionaries(st.sampled_from(sorted(FLAGS)), st.one_of(st.none(), st.text(max_size=9)), min_size=1),
        ),
        max_size=450,
    )
)
def test_a_plan_of_flags_leaves_whole_in_the_fewest_calls(plan: list[tuple[str, dict[str, Any]]]) -> None:
    unique = dict(plan)
    changes = [SetFlags(account=AccountRef(crm="salesforce", id=one), before={}, after=after) for one, after in unique.items()]
    sent = [
        Row(
            change=change,
            record={
                "attributes": {"type": "Account"},
                "id": change.account.id,
                **{FLAGS[name]: value for name, value in change.after.items()},
            },
            identity=change.account.id,
        )
        for change in changes
    ]
    wire = Wire()
    receipts = list(send(wire, f"{DATA}/composite/sobjects", "write flags", sent))  # type: ignore[arg-type]
    assert len(wire.sent) == -(-len(sent) // 200)
    assert [receipt.outcome for receipt in receipts] == ["applied"] * len(sent)


@pytest.mark.parametrize("change", [SetFlags, OpenTask, UpdateTask, CloseTask, Task])
def test_no_change_can_name_a_field_of_the_vendor(change: type) -> None:
    """Changes speak of canonical names; the vendor's names come from two maps that hold ours only."""
    assert not any(name.endswith("__c") for name in change.__dataclass_fields__)  # type: ignore[attr-defined]
    assert all(name.startswith("EQ_") for name in OURS)
    assert frozenset({KEY, "EQ_Mark__c", "Subject", "Description", "ActivityDate", "OwnerId", "Priority", "Status", "WhatId"}) == OF_TASKS
    assert date(2026, 1, 1).isoformat() not in OURS


@pytest.mark.parametrize("lacking", ["attributes", "id", KEY])
def test_a_task_that_does_not_say_that_it_is_ours_is_not_changed(lacking: str) -> None:
    record = {"attributes": {"type": "Task"}, "id": "00T000000000001AAA", KEY: f"eq1-{1:032x}", "Subject": "New"}
    path = f"{DATA}/composite/sobjects"
    assert SETS["writing"].check("PATCH", path, json.dumps({"records": [record]})).writes
    with pytest.raises(FenceBreach):
        SETS["writing"].check("PATCH", path, json.dumps({"records": [record, {k: v for k, v in record.items() if k != lacking}]}))


def test_a_provisioner_cannot_touch_records() -> None:
    fence = Fence("salesforce", provisioning(lambda _body: None))
    for path in (f"{DATA}/composite/sobjects", f"{DATA}/sobjects/Account/001000000000001AAA", f"{DATA}/sobjects/PermissionSet"):
        with pytest.raises(FenceBreach):
            fence.check("PATCH", path, json.dumps({"records": []}))

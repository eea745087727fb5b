from __future__ import annotations

import pytest

from tests.connectors.sandbox_salesforce.desk import error

ROOT = "/services/data/v66.0"


def part(name: str, method: str, path: str, body=None) -> dict:
    return {"referenceId": name, "method": method, "url": f"{ROOT}{path}", **({"body": body} if body is not None else {})}


def composite(desk, *parts, strict: bool = False):
    return desk.post("/composite", {"allOrNone": strict, "compositeRequest": list(parts)})


def test_later_parts_use_what_earlier_ones_made(desk):
    answer = composite(
        desk,
        part("acc", "POST", "/sobjects/Account", {"Name": "Acme"}),
        part("task", "POST", "/sobjects/Task", {"Subject": "x", "WhatId": "@{acc.id}"}),
        part("found", "GET", "/query?q=SELECT+AccountId+FROM+Task+WHERE+Id='@{task.id}'"),
    )
    assert answer.status_code == 200
    account, task, found = answer.json()["compositeResponse"]
    assert (account["httpStatusCode"], account["referenceId"]) == (201, "acc")
    assert account["httpHeaders"]["Location"].endswith(account["body"]["id"])
    assert found["body"]["records"][0]["AccountId"] == account["body"]["id"]
    assert task["httpStatusCode"] == 201


def test_a_failed_part_leaves_the_others_alone(desk):
    answer = composite(desk, part("a", "GET", "/sobjects/Nope/describe"), part("b", "POST", "/sobjects/Account", {"Name": "x"}))
    first, second = answer.json()["compositeResponse"]
    assert first == {
        "body": [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}], "httpHeaders": {}, "httpStatusCode": 404, "referenceId": "a",
    }  # fmt: skip
    assert second["httpStatusCode"] == 201


def test_all_or_none_halts_the_siblings(desk):
    answer = composite(desk, part("a", "POST", "/sobjects/Account", {"Name": "x"}), part("b", "POST", "/sobjects/Account", {}), strict=True)
    first, second = answer.json()["compositeResponse"]
    assert (first["httpStatusCode"], first["body"]) == (
        400,
        [
            {
                "errorCode": "PROCESSING_HALTED",
                "message": "The transaction was rolled back since another operation in the same transaction failed.",
            }
        ],
    )
    assert second["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert desk.rows("SELECT Id FROM Account") == []
    assert all(write.ids == () for write in desk.audit.writes)


def test_a_reference_to_a_failed_part_halts(desk):
    answer = composite(
        desk, part("a", "POST", "/sobjects/Account", {}), part("b", "POST", "/sobjects/Task", {"Subject": "x", "WhatId": "@{a.id}"})
    )
    assert answer.json()["compositeResponse"][1]["body"][0]["errorCode"] == "PROCESSING_HALTED"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([part(f"r{n}", "GET", "/limits") for n in range(26)], "LIMIT_EXCEEDED"),
        ([part(f"r{n}", "GET", "/query?q=SELECT+Id+FROM+Account") for n in range(6)], "LIMIT_EXCEEDED"),
        ([part("same", "GET", "/limits"), part("same", "GET", "/limits")], "INVALID_INPUT"),
        ([part("no-dash", "GET", "/limits")], "JSON_PARSER_ERROR"),
        ([], "JSON_PARSER_ERROR"),
    ],
)
def test_a_composite_has_its_bounds(desk, parts, code):
    assert error(composite(desk, *parts))[:2] == (400, code)


def test_a_batch_describes_many_objects_and_each_part_counts(desk):
    parts = [{"method": "GET", "url": f"v66.0/sobjects/{name}/describe"} for name in ("Account", "Nope", "Task")]
    answer = desk.post("/composite/batch", {"haltOnError": False, "batchRequests": parts}).json()
    assert (answer["hasErrors"], [one["statusCode"] for one in answer["results"]]) == (True, [200, 404, 200])
    assert answer["results"][2]["result"]["name"] == "Task"
    assert desk.org.usage.count(desk.clock.now) == 3


def test_a_composite_describes_and_asks_and_counts_once(desk):
    names = [part(name.lower(), "GET", f"/sobjects/{name}/describe") for name in ("Account", "Nope", "Task")]
    answer = composite(desk, part("all", "GET", "/sobjects"), *names, part("rows", "GET", "/queryAll?q=SELECT+COUNT()+FROM+Account")).json()
    assert [one["httpStatusCode"] for one in answer["compositeResponse"]] == [200, 200, 404, 200, 200]
    assert answer["compositeResponse"][4]["body"]["totalSize"] == 0
    assert desk.org.usage.count(desk.clock.now) == 1


def test_a_batch_may_halt_on_its_first_error(desk):
    parts = [{"method": "GET", "url": "v66.0/nope"}, {"method": "POST", "url": "v66.0/sobjects/Account", "richInput": {"Name": "x"}}]
    answer = desk.post("/composite/batch", {"haltOnError": True, "batchRequests": parts}).json()
    assert (answer["results"][1]["statusCode"], answer["results"][1]["result"][0]["errorCode"]) == (412, "BATCH_PROCESSING_HALTED")
    assert desk.rows("SELECT Id FROM Account") == []
    assert error(desk.post("/composite/batch", {"batchRequests": parts * 13}))[:2] == (400, "LIMIT_EXCEEDED")

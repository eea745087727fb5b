"""Every fault that the vendor is known for x reading and writing: each ends as docs/salesforce.md says, and the run after it (or the
same one) leaves the org and the receipts as if nothing had happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from connectors.failures import CrmError, Denied, QuotaExhausted, Rejected, Transient, Unprepared
from tests.connectors.salesforce.stage import flags, opening, rows, written
from tests.extent import crossed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.contract import Landed
    from tests.connectors.salesforce.stage import Stage


def refusal(code: str, message: str = "x") -> list[dict[str, str]]:
    return [{"errorCode": code, "message": message}]


HTML: Final = "<html><body>Maintenance</body></html>"
RECOVERS: Final[Mapping[str, dict[str, Any]]] = {
    "the session expires": {"effects": ("expire_tokens",)},
    "a 401 in HTML": {"status": 401, "body": HTML},
    "too many long requests": {"status": 403, "body": refusal("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded.")},
    "no routing yet": {"status": 420, "body": ""},
    "slow down, with a pause": {"status": 429, "body": "", "headers": {"Retry-After": "7"}},
    "slow down, without one": {"status": 429, "body": ""},
    "an unexpected error": {"status": 500, "body": refusal("UNKNOWN_EXCEPTION", "An unexpected error occurred.")},
    "a bad gateway": {"status": 502, "body": HTML},
    "maintenance": {"status": 503, "body": HTML},
    "server unavailable": {"status": 503, "body": refusal("SERVER_UNAVAILABLE", "Server temporarily unavailable")},
    "a gateway timeout": {"status": 504, "body": HTML},
    "a reset before the commit": {"drop": "before"},
    "a reset after the commit": {"drop": "after"},
    "JSON cut short": {"keep": 30},
    "a transfer cut short": {"keep": 30, "drop": "after"},
    "a slow answer": {"slow": 0.02},
    "a slow head": {"delay": 0.05},
    "usage told in another way": {"effects": ("limit_info:bursts",)},
    "usage not told": {"effects": ("limit_info:absent",)},
    "a clock five minutes ahead": {"headers": {"Date": "Mon, 23 Nov 2026 09:05:00 GMT"}},
    "a clock five minutes behind": {"headers": {"Date": "Mon, 23 Nov 2026 08:55:00 GMT"}},
    "no clock": {"headers": {"Date": None}},
}
"""Ends well within the same run."""
STOPS: Final[Mapping[str, tuple[dict[str, Any], type[CrmError]]]] = {
    "the day is used up": ({"status": 403, "body": refusal("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")}, QuotaExhausted),
    "an app that may not use REST": (
        {"status": 401, "body": refusal("INVALID_SESSION_ID", "Connected app is not attached to Agent")},
        Denied,
    ),
    "no API": ({"status": 403, "body": refusal("API_DISABLED_FOR_ORG")}, Denied),
    "no access": ({"status": 403, "body": refusal("INSUFFICIENT_ACCESS")}, Denied),
    "a security policy": ({"status": 400, "body": refusal("TXN_SECURITY_METERING_ERROR")}, Denied),
    "a retired version": ({"status": 410, "body": refusal("UNSUPPORTED_API_VERSION")}, Unprepared),
    "a request that is not understood": ({"status": 400, "body": refusal("JSON_PARSER_ERROR")}, Rejected),
    "a server that stays down": ({"status": 503, "body": HTML, "times": 40}, Transient),
    "a session that is never right": ({"status": 401, "body": refusal("INVALID_SESSION_ID"), "times": 40}, Denied),
}
"""Ends this run or stream, told as this error; the next run makes it good."""
READS: Final = {"REST": (r"/queryAll/?\?q=SELECT Id.* FROM Account", 1_000), "Bulk": (r"/jobs/query", 1)}
OUTCOME: Final = ["applied", "applied", "applied", "applied"]


def stocked(stage: Stage) -> set[str]:
    stage.org.knobs.page_size = stage.org.knobs.bulk_page = 2
    return {stage.account(f"Client {number}, « {number} »") for number in range(5)}


def read(stage: Stage, threshold: int, since: Mapping[str, str] | None = None) -> Landed:
    return stage.pull(since=since, bulk_threshold=threshold)["Account"]


@pytest.mark.parametrize(("name", "way"), crossed(RECOVERS, list(READS), places=4))
def test_a_read_that_is_disturbed_brings_the_same_rows(stage: Stage, name: str, way: str) -> None:
    made = stocked(stage)
    path, threshold = READS[way]
    calm = read(stage, threshold)
    stage.fail(**{"path": path, **RECOVERS[name]})
    landed = read(stage, threshold)
    assert stage.faults.pending == ()
    assert sorted(row["Id"] for row in rows(landed)) == sorted(made)
    assert (landed.complete, landed.rows, landed.full) == (True, 5, True)
    assert landed.watermark == calm.watermark or "clock" in name


def attempt(stage: Stage, threshold: int) -> Landed | CrmError:
    try:
        return read(stage, threshold)
    except (QuotaExhausted, Transient) as error:
        return error


@pytest.mark.parametrize(("name", "way"), crossed(STOPS, list(READS), places=4))
def test_a_read_that_is_stopped_keeps_its_place_and_the_next_brings_the_same_rows(stage: Stage, name: str, way: str) -> None:
    made = stocked(stage)
    path, threshold = READS[way]
    fault, verdict = STOPS[name]
    stage.fail(**{"path": path, **fault})
    ended = attempt(stage, threshold)
    if isinstance(ended, CrmError):
        assert isinstance(ended, verdict)
    else:
        assert ended.complete == (way == "Bulk" and verdict in {Denied, Rejected})  # what Bulk refuses comes through REST
        assert ended.complete or ended.watermark is None
    stage.faults.clear()
    again = read(stage, threshold)
    assert (sorted(row["Id"] for row in rows(again)), again.complete) == (sorted(made), True)


def write(stage: Stage, accounts: list[str]) -> list[str]:
    """One run's writes: two flags, two tasks. The outcome of each, as the ledger would keep it."""
    writer = stage.link().writer()
    writer.read_flags(accounts)
    done = [*written(writer, *(flags(account, level="watch", index=12.5) for account in accounts))]
    changes = [opening(number, account) for number, account in enumerate(accounts)]
    writer.find_tasks(changes)
    return [receipt.outcome for receipt in [*done, *written(writer, *changes)]]


def state(stage: Stage) -> tuple[Any, Any]:
    held = sorted((row["Id"], row["EQ_Level__c"], row["EQ_Index__c"]) for row in stage.org.records("Account"))
    made = sorted((row["EQ_Key__c"], row["WhatId"], row["Subject"], row["Status"]) for row in stage.org.records("Task"))
    return held, made


WRITES: Final = {"flags": r"/composite/sobjects$", "tasks": r"/composite/sobjects/Task"}
NEW: Final = "Not Started"


def expected(accounts: list[str]) -> tuple[Any, Any]:
    keys = [opening(number, account).task.key for number, account in enumerate(accounts)]
    subject = opening(0, None).task.subject
    held = [(account, "watch", 12.5) for account in accounts]
    return sorted(held), sorted((key, account, subject, NEW) for key, account in zip(keys, accounts, strict=True))


def same(found: tuple[Any, Any], wanted: tuple[Any, Any]) -> bool:
    flags_held = [(one, level, float(index)) for one, level, index in found[0]]
    return (flags_held, found[1]) == wanted


@pytest.mark.parametrize(("name", "what"), crossed(RECOVERS, list(WRITES), places=4, first=2))
def test_a_write_that_is_disturbed_leaves_the_same_org_and_the_same_receipts(ready: Stage, name: str, what: str) -> None:
    accounts = [ready.account("One"), ready.account("Two")]
    ready.fail(**{"path": WRITES[what], **RECOVERS[name]})
    assert write(ready, accounts) == OUTCOME
    assert ready.faults.pending == ()
    assert same(state(ready), expected(accounts))


@pytest.mark.parametrize(("name", "what"), crossed(STOPS, list(WRITES), places=4, first=2))
def test_a_write_that_is_stopped_is_told_and_the_next_run_leaves_the_same_org(ready: Stage, name: str, what: str) -> None:
    accounts = [ready.account("One"), ready.account("Two")]
    fault, verdict = STOPS[name]
    ready.fail(**{"path": WRITES[what], **fault})
    with pytest.raises(verdict):
        write(ready, accounts)
    ready.faults.clear()
    assert write(ready, accounts) == OUTCOME
    assert same(state(ready), expected(accounts))


ROWS: Final[Mapping[str, tuple[str, bool]]] = {
    "UNABLE_TO_LOCK_ROW": ("applied", True),
    "DUPLICATE_VALUE": ("applied", True),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": ("refused", False),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": ("refused", False),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": ("refused", False),
    "STRING_TOO_LONG": ("refused", False),
    "INACTIVE_OWNER_OR_USER": ("refused", False),
    "REQUIRED_FIELD_MISSING": ("refused", False),
    "INSUFFICIENT_ACCESS_OR_READONLY": ("refused", False),
    "ENTITY_IS_DELETED": ("drifted", False),
}
"""Row code -> the receipt of a flag, and whether the row is sent again within the call."""


@pytest.mark.parametrize("code", ROWS)
def test_a_row_that_is_refused_has_its_own_receipt_and_the_next_run_mends_it(ready: Stage, code: str) -> None:
    accounts = [ready.account("One"), ready.account("Two")]
    outcome, is_sent_again = ROWS[code]
    error = {"success": False, "errors": [{"statusCode": code, "message": "Secret: text of a person", "fields": []}]}
    ready.fail(path=WRITES["flags"], status=200, body=[error, error])
    receipts = written(ready.link().writer(), *(flags(account, level="watch", index=12.5) for account in accounts))
    assert [receipt.outcome for receipt in receipts] == [outcome] * 2
    assert len(ready.asked("/composite/sobjects")) == 1 + is_sent_again
    assert not any("text of a person" in receipt.why for receipt in receipts) or code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert write(ready, accounts) == OUTCOME
    assert same(state(ready), expected(accounts))


def test_an_instance_that_moved_is_followed(stage: Stage) -> None:
    made = stocked(stage)
    stage.fail(path="/oauth2/token", effects=("instance_url:https://acme2.my.salesforce.com",))
    stage.fail(path=r"/queryAll/?\?q=SELECT Id", effects=("expire_tokens",))
    assert sorted(row["Id"] for row in rows(read(stage, 1_000))) == sorted(made)


@pytest.mark.parametrize(
    ("effect", "path"),
    [("locator_expired", r"/query/01g"), ("duplicate_rows", r"/query/01g"), ("page_size:1", r"/queryAll"), ("results_204", r"/results")],
)
def test_paging_that_goes_wrong_loses_nothing(stage: Stage, effect: str, path: str) -> None:
    made = stocked(stage)
    stage.fail(path=path, effects=(effect,))
    landed = read(stage, 1 if "results" in path else 1_000)
    assert ({row["Id"] for row in rows(landed)}, landed.complete) == (made, True)


@pytest.mark.parametrize("states", [("InProgress", "Failed"), ("InProgress",) * 5 + ("JobComplete",), ("Aborted",)])
def test_a_job_that_hangs_or_fails_ends_in_the_same_rows(stage: Stage, states: tuple[str, ...]) -> None:
    made = stocked(stage)
    stage.org.knobs.job_states = states
    landed = read(stage, 1)
    assert (sorted(row["Id"] for row in rows(landed)), landed.complete) == (sorted(made), True)

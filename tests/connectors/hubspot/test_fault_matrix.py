"""Every fault that HubSpot and the network know, met while reading and while writing: the run ends as documented, and after it the CRM
and the mirror are what they are without the fault.

    fault x (list, search, batch read, associations, flags, tasks)   ->   whole | incomplete | denied | quota   ->   a quiet run   ->   the same
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from connectors.contract import OpenTask, SetFlags, Task
from connectors.failures import CrmError, Denied, QuotaExhausted
from connectors.sandbox.faults import Fault
from rules.model import AccountRef
from tests.connectors.hubspot.conftest import watermarks
from tests.extent import crossed

if TYPE_CHECKING:
    from connectors.contract import Landed
    from tests.connectors.hubspot.conftest import Bench

GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"
CLOSED = {"status": "error", "category": "MISSING_SCOPES", "errors": [{"context": {"requiredGranularScopes": ["crm.objects.deals.read"]}}]}


def limited(policy: str) -> dict[str, str]:
    return {"status": "error", "errorType": "RATE_LIMIT", "message": f"You have reached your {policy.lower()} limit.", "policyName": policy}


PASSING = {
    "429 ten seconds": Fault(status=429, body=limited("TEN_SECONDLY_ROLLING")),
    "429 secondly": Fault(status=429, body=limited("SECONDLY")),
    "429 with Retry-After": Fault(status=429, body=limited("TEN_SECONDLY_ROLLING"), headers={"Retry-After": "3"}),
    "429 that says nothing": Fault(status=429, body=""),
    "423 locked": Fault(status=423, body={"status": "error", "message": "locked"}),
    "477 for a moment": Fault(status=477, body="", headers={"Retry-After": "30"}),
    "408": Fault(status=408, body=""),
    "500": Fault(status=500, body={"status": "error", "message": "internal error"}),
    "502 HTML": Fault(status=502, body=GATEWAY),
    "503": Fault(status=503, body="", headers={"Retry-After": "1"}),
    "504": Fault(status=504, body=GATEWAY),
    "524 Cloudflare": Fault(status=524, body=GATEWAY),
    "reset before": Fault(drop="before"),
    "reset after": Fault(drop="after"),
    "half an answer": Fault(keep=40, drop="after"),
    "a truncated text": Fault(keep=40),
    "an empty 200": Fault(status=200, body=""),
    "HTML with 200": Fault(status=200, body=GATEWAY),
    "a list instead of an object": Fault(status=200, body=[]),
    "a clock an hour wrong": Fault(headers={"Date": "Mon, 23 Nov 2026 11:00:00 GMT"}),
    "no limits told": Fault(headers={"X-HubSpot-RateLimit-Max": None, "X-HubSpot-RateLimit-Daily": None}),
}
"""Over after one request: nobody notices."""
ENDING = {
    "401": (Fault(status=401, body={"status": "error", "category": "EXPIRED_AUTHENTICATION"}), Denied),
    "429 daily": (Fault(status=429, body=limited("DAILY")), QuotaExhausted),
    "477 for a day": (Fault(status=477, body="", headers={"Retry-After": "86400"}), QuotaExhausted),
}
"""Nothing more is asked in this run."""
LASTING = {
    "502 for ever": Fault(status=502, body=GATEWAY),
    "no scope any more": Fault(status=403, body=CLOSED),
    "cut for ever": Fault(drop="after"),
}
"""The object stays incomplete, the others are whole."""
READS = {
    "list": "/objects/deals$|/objects/deals[?]",
    "search": "/objects/deals/search",
    "associations": "/associations/deals/companies/batch/read",
}


@dataclass
class Small:
    """Three companies with two deals each."""

    bench: Bench
    companies: list[str]
    deals: dict[str, str]

    def pull(self, since: dict[str, str] | None = None) -> dict[str, Landed]:
        """Pull with a key that sees companies and deals only, so that a hundred faults do not take minutes."""
        scopes = [f"crm.objects.{name}.read" for name in ("companies", "deals", "owners")]
        return self.bench.pull(self.bench.connect(access_token=self.bench.portal.token(scopes)), since)

    def mirrored(self) -> dict[str, str | None]:
        rows = self.bench.mirror.rows(
            "SELECT d.id, l.to_id FROM raw_hubspot.deals d LEFT JOIN raw_hubspot.deals_companies l USING (id) WHERE d.archived <> 'true'"
        )
        return {row["id"]: row["to_id"] for row in rows}


@pytest.fixture
def small(bench: Bench) -> Small:
    companies = [bench.portal.create("companies", {"name": f"C{place}"}) for place in range(3)]
    deal = {"dealname": "x", "dealstage": "closedwon", "pipeline": "default", "amount": "10"}
    deals = {bench.portal.create("deals", deal, [("companies", one, ())]): one for one in companies * 2}
    bench.clock.tick(60)
    return Small(bench, companies, deals)


def changed(small: Small) -> dict[str, str]:
    """Pull once, then let a person win one deal more and change another; gives the watermarks."""
    since = watermarks(small.pull())
    small.bench.clock.tick(3600)
    fresh = {"dealname": "y", "dealstage": "closedwon", "pipeline": "default", "amount": "20"}
    small.deals[small.bench.portal.create("deals", fresh, [("companies", small.companies[0], ())])] = small.companies[0]
    small.bench.portal.update("deals", next(iter(small.deals)), {"amount": "30"})
    small.bench.clock.tick(60)
    return since


@pytest.mark.parametrize(("fault", "place"), crossed(PASSING, list(READS), places=5))
def test_a_fault_that_passes_while_reading_is_not_noticed(small: Small, fault: str, place: str) -> None:
    since = changed(small) if place == "search" else {}
    small.bench.faults.add(replace(PASSING[fault], path=READS[place]))
    landed = small.pull(since)
    assert not small.bench.faults.pending
    assert all(one.complete for one in landed.values())
    assert small.mirrored() == small.deals


@pytest.mark.parametrize(("fault", "place"), crossed(ENDING, list(READS)))
def test_a_fault_that_ends_the_reading_loses_nothing_for_the_next_run(small: Small, fault: str, place: str) -> None:
    since = changed(small) if place == "search" else {}
    made, verdict = ENDING[fault]
    small.bench.faults.add(replace(made, path=READS[place]))
    with pytest.raises(verdict):
        small.pull(since)
    small.bench.clock.tick(86_400)
    small.pull(since)
    assert small.mirrored() == small.deals


@pytest.mark.parametrize(("fault", "place"), crossed(LASTING, list(READS)))
def test_a_fault_that_lasts_leaves_its_object_incomplete_and_the_next_run_heals_it(small: Small, fault: str, place: str) -> None:
    since = changed(small) if place == "search" else {}
    small.bench.faults.add(replace(LASTING[fault], path=READS[place], times=None))
    landed = small.pull(since)
    assert not landed["deals"].complete
    assert landed["deals"].watermark == since.get("deals")
    assert landed["companies"].complete
    small.bench.faults.clear()
    small.pull(since)
    assert small.mirrored() == small.deals


# ---------------------------------------------------------------- writing


@pytest.fixture
def ready(small: Small) -> Small:
    small.bench.provisioned()
    return small


def wanted(small: Small) -> tuple[list[SetFlags], list[OpenTask]]:
    refs = [AccountRef(crm="hubspot", id=one) for one in small.companies]
    flags = [SetFlags(account=ref, before={"level": None}, after={"level": "alert"}) for ref in refs]
    shared: dict[str, Any] = {"subject": "Faire le point", "body": "Sur douze mois.", "due_date": date(2026, 12, 8), "owner_id": None}
    tasks = [
        OpenTask(
            crm="hubspot", account=ref, task=Task(key=f"eq1-{place}", account=ref, priority="high", mark="DEP-01|T-02|watch|x", **shared)
        )
        for place, ref in enumerate(refs)
    ]
    return flags, tasks


def write(small: Small, *, only: str | None = None) -> list[str]:
    """Write what is not there yet, as a run does: flags compared first, tasks looked up by key; gives the outcomes."""
    flags, tasks = wanted(small)
    writer = small.bench.connect().writer()
    outcomes = []
    if only != "tasks":
        now = writer.read_flags(small.companies)
        due = [one for one in flags if now[one.account.id]["level"] != "alert"]
        outcomes += [receipt.outcome for receipt in writer.write_flags(due)]
    if only != "flags":
        there = writer.find_tasks(tasks)
        outcomes += [receipt.outcome for receipt in writer.write_tasks([one for one in tasks if one.task.key not in there])]
    return outcomes


def crm(small: Small) -> tuple[list[str | None], list[str]]:
    """Level of each company, and the keys of all tasks."""
    levels = [small.bench.portal.get("companies", one).get("eq_level") for one in small.companies]
    return levels, sorted(small.bench.portal.get("tasks", one)["equilibre_key"] for one in small.bench.portal.ids("tasks"))


DONE = (["alert"] * 3, ["eq1-0", "eq1-1", "eq1-2"])
WRITES = {"flags": "/companies/batch/update", "tasks": "/tasks/batch/create"}


@pytest.mark.parametrize(("fault", "place"), crossed(PASSING, list(WRITES), places=5, first=3))
def test_a_fault_that_passes_while_writing_leaves_each_thing_written_once(ready: Small, fault: str, place: str) -> None:
    ready.bench.faults.add(replace(PASSING[fault], path=WRITES[place]))
    assert set(write(ready)) == {"applied"}
    assert not ready.bench.faults.pending
    assert crm(ready) == DONE
    assert write(ready) == []


@pytest.mark.parametrize(("fault", "place"), crossed([*ENDING, *LASTING], list(WRITES)))
def test_a_fault_that_stops_the_writing_is_made_good_by_the_next_run(ready: Small, fault: str, place: str) -> None:
    made = ENDING[fault][0] if fault in ENDING else LASTING[fault]
    ready.bench.faults.add(replace(made, path=WRITES[place], times=None))
    if (fault, place) == ("cut for ever", "tasks"):
        assert write(ready, only=place) == ["applied"] * 3  # carried out every time, and found by key when the answer was lost
    else:
        with pytest.raises(ENDING[fault][1] if fault in ENDING else CrmError):
            write(ready, only=place)
    ready.bench.faults.clear()
    ready.bench.clock.tick(86_400)
    assert "failed" not in write(ready)
    assert crm(ready) == DONE
    assert write(ready) == []

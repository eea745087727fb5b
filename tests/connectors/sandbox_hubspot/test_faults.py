"""What goes wrong on purpose, and what the audit says was really done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from connectors.sandbox.faults import Fault

if TYPE_CHECKING:
    from tests.connectors.sandbox_hubspot.conftest import Bench

LIST, TASKS = "/crm/v3/objects/companies", "/crm/v3/objects/tasks"
TASK = {"properties": {"hs_timestamp": "2026-12-01T09:00:00.000Z"}}


def test_a_connection_cut_before_leaves_nothing_and_one_cut_after_leaves_a_record(bench: Bench) -> None:
    bench.faults.add(Fault(method="POST", path=f"{TASKS}$", drop="before"), Fault(method="POST", path=f"{TASKS}$", drop="after"))
    with pytest.raises(requests.ConnectionError):
        bench.http.post(TASKS, TASK)
    assert bench.portal.ids("tasks") == []
    with pytest.raises(requests.ConnectionError):
        bench.http.post(TASKS, TASK)
    assert len(bench.portal.ids("tasks")) == 1
    assert bench.faults.pending == ()
    assert [(write.status, write.ids) for write in bench.audit.writes] == [(201, tuple(bench.portal.ids("tasks")))]


def test_a_slow_answer_runs_into_the_clients_timeout(bench: Bench) -> None:
    bench.faults.add(Fault(path=LIST, delay=0.5))
    with pytest.raises(requests.Timeout):
        bench.http.session.get(bench.http.url + LIST, timeout=0.05)


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (423, {}, {"status": "error", "message": "The resource is locked", "category": "LOCKED"}),
        (477, {"Retry-After": "3600"}, {"status": "error", "message": "Migration in progress"}),
        (502, {}, "<html><body><h1>502 Bad Gateway</h1></body></html>"),
        (504, {}, "<html></html>"),
        (200, {}, None),
    ],
)
def test_any_answer_can_be_put_in_the_place_of_the_portals(bench: Bench, status: int, headers: dict[str, str], body: object) -> None:
    bench.faults.add(Fault(path=LIST, status=status, headers=headers, body=body))
    answer = bench.http.get(LIST)
    assert answer.status_code == status
    assert headers.items() <= answer.headers.items()
    assert answer.json() == body if isinstance(body, dict) else answer.text == (body or "")
    assert bench.http.get(LIST).json() == {"results": []}


def test_a_page_can_be_shorter_than_asked_and_still_not_the_last(bench: Bench) -> None:
    made = sorted((bench.portal.create("companies", {"name": f"C{n}"}) for n in range(6)), key=int)
    bench.faults.add(Fault(path=LIST, effects=("short_page:2",)))
    first = bench.http.get(LIST, limit=4).json()
    assert [row["id"] for row in first["results"]] == made[:2]
    rest = bench.http.get(LIST, limit=4, after=first["paging"]["next"]["after"]).json()
    assert [row["id"] for row in rest["results"]] == made[2:]
    bench.faults.add(Fault(path="search", effects=("short_page:2",)))
    page = bench.http.post(f"{LIST}/search", {"limit": 4}).json()
    assert (len(page["results"]), page["total"], page["paging"]["next"]["after"]) == (2, 6, "2")


def test_a_record_can_come_twice_across_pages(bench: Bench) -> None:
    made = sorted((bench.portal.create("companies", {"name": f"C{n}"}) for n in range(4)), key=int)
    bench.faults.add(Fault(path=LIST, effects=("repeat",), times=None))
    first = bench.http.get(LIST, limit=2).json()
    second = bench.http.get(LIST, limit=3, after=first["paging"]["next"]["after"]).json()
    assert [row["id"] for row in first["results"]] == made[:2]
    assert [row["id"] for row in second["results"]] == made[1:]


@pytest.mark.parametrize("count", [6, 7])
def test_a_repeated_record_never_pushes_another_off_the_page(bench: Bench, count: int) -> None:
    made = sorted((bench.portal.create("companies", {"name": f"C{n}"}) for n in range(count)), key=int)
    bench.faults.add(Fault(path=LIST, effects=("repeat",), times=None))
    seen: list[str] = []
    after = "0"
    while after:
        page = bench.http.get(LIST, limit=2, after=after).json()
        seen += [row["id"] for row in page["results"]]
        after = page.get("paging", {}).get("next", {}).get("after", "")
    assert sorted(set(seen), key=int) == made
    assert len(seen) > len(made)


def test_a_batch_can_be_carried_out_and_say_nothing_about_it(bench: Bench) -> None:
    bench.faults.add(Fault(path="batch/create", effects=("silent",)))
    answer = bench.http.post(f"{TASKS}/batch/create", {"inputs": [TASK]})
    assert answer.status_code == 207
    assert answer.json()["results"] == []
    assert "errors" not in answer.json()
    assert len(bench.portal.ids("tasks")) == 1


def test_faults_and_audit_are_reachable_by_another_process(bench: Bench) -> None:
    url = bench.http.url
    requests.post(f"{url}/__sandbox__/faults", json={"path": LIST, "status": 503}, timeout=5)
    assert bench.http.get(LIST).status_code == 503
    told = requests.get(f"{url}/__sandbox__/audit", timeout=5).json()
    assert [(call["method"], call["path"], call["status"]) for call in told["calls"]] == [("GET", LIST, 503)]


# ---------------------------------------------------------------- audit


def test_the_audit_names_object_ids_and_fields_of_every_write(bench: Bench) -> None:
    company = bench.portal.create("companies", {"name": "A"})
    bench.portal.define("companies", {"eq_level": "string"})
    bench.http("PATCH", f"{LIST}/{company}", {"properties": {"eq_level": "watch"}})
    bench.http.post(
        f"{LIST}/batch/update", {"inputs": [{"id": company, "properties": {"eq_level": "alert"}}, {"id": "12345", "properties": {}}]}
    )
    bench.http("DELETE", f"{LIST}/{company}")
    first, second, third = bench.audit.writes
    assert (first.crm, first.method, first.object, first.ids, first.fields, first.status) == (
        "hubspot", "PATCH", "companies", (company,), ("eq_level",), 200,
    )  # fmt: skip
    assert (second.ids, second.status, second.refused) == ((company,), 207, 1)
    assert (third.method, third.ids, third.fields, third.status) == ("DELETE", (company,), (), 204)
    assert bench.audit.written_fields("companies") == {"eq_level"}


def test_a_refused_write_is_in_the_audit_with_the_fields_it_named(bench: Bench) -> None:
    bench.http.post(f"{LIST}/batch/create", {"inputs": [{"properties": {"name": "A", "nmae": "B"}}, {"properties": {"name": "C"}}]})
    write = bench.audit.writes[0]
    assert (write.ids, write.fields, write.status, write.refused) == ((), ("name", "nmae"), 400, 2)


def test_definitions_and_associations_are_writes_too(bench: Bench) -> None:
    company, deal = bench.portal.create("companies", {"name": "A"}), bench.portal.create("deals", {"dealstage": "closedwon"})
    bench.http.post("/crm/v3/properties/companies/groups", {"name": "equilibre", "label": "É"})
    bench.http("PUT", f"/crm/v4/objects/deals/{deal}/associations/default/companies/{company}")
    assert [(write.object, write.ids) for write in bench.audit.writes] == [
        ("properties/companies", ("equilibre",)),
        ("associations/deals/companies", (f"{deal}:{company}",)),
    ]


def test_reading_writes_nothing(bench: Bench) -> None:
    company = bench.portal.create("companies", {"name": "A"})
    bench.http.get(LIST)
    bench.http.get(f"{LIST}/{company}")
    bench.http.post(f"{LIST}/search", {})
    bench.http.post(f"{LIST}/batch/read", {"inputs": [{"id": company}]})
    bench.http.post("/crm/v4/associations/deals/companies/batch/read", {"inputs": []})
    bench.http.post("/crm/v3/properties/companies/batch/read", {"inputs": []})
    assert bench.audit.writes == []
    assert len(bench.audit.calls) == 6

"""Exports: one at a time, thirty a day, a link that needs no token and lives five minutes."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from tests.connectors.sandbox_hubspot.conftest import Bench

PATH = "/crm/v3/exports/export/async"
WISH: dict[str, Any] = {
    "exportType": "VIEW",
    "exportName": "clients",
    "format": "CSV",
    "language": "FR",
    "objectType": "COMPANY",
    "objectProperties": ["name", "city", "nothing"],
}


def _link(bench: Bench, number: str) -> str:
    return str(bench.http.get(f"{PATH}/tasks/{number}/status").json()["result"])


@pytest.mark.parametrize("path", [PATH, "/crm/exports/2026-03/export/async", "/crm/exports/2026-09/export/async"])
def test_an_export_is_made_in_the_background_and_fetched_without_a_token(bench: Bench, path: str) -> None:
    record = bench.portal.create("companies", {"name": "Aulne, et fils"})
    answer = bench.http.post(path, WISH)
    assert answer.status_code == 202
    number = answer.json()["id"]
    assert answer.json()["links"]["status"].endswith(f"{path}/tasks/{number}/status")
    assert bench.http.get(f"{path}/tasks/{number}/status").json()["status"] == "PENDING"
    bench.clock.tick(3)
    body = bench.http.get(f"{path}/tasks/{number}/status").json()
    assert body["status"] == "COMPLETE"
    rows = list(csv.DictReader(io.StringIO(requests.get(body["result"], timeout=5).content.decode())))
    assert rows == [{"Record ID": record, "name": "Aulne, et fils", "city": ""}]


def test_a_link_expires_and_another_look_renews_it(bench: Bench) -> None:
    number = bench.http.post(PATH, WISH).json()["id"]
    bench.clock.tick(3)
    link = _link(bench, number)
    bench.clock.tick(301)
    assert requests.get(link, timeout=5).status_code == 403
    assert requests.get(_link(bench, number), timeout=5).status_code == 200


def test_only_one_export_runs_at_a_time_and_thirty_a_day(bench: Bench) -> None:
    for _ in range(30):
        assert bench.http.post(PATH, WISH).status_code == 202
        assert bench.http.post(PATH, WISH).status_code == 429
        bench.clock.tick(3)
    assert bench.http.post(PATH, WISH).status_code == 429
    bench.clock.tick(86_400)
    assert bench.http.post(PATH, WISH).status_code == 202


@pytest.mark.parametrize(
    "change", [{"exportName": ""}, {"format": "XLS"}, {"exportType": "ALL"}, {"objectType": "BUTTERFLY"}, {"objectProperties": 3}]
)
def test_a_wish_that_makes_no_sense_is_refused(bench: Bench, change: dict[str, Any]) -> None:
    assert bench.http.post(PATH, {**WISH, **change}).status_code == 400


def test_exports_need_their_scope_and_must_exist(bench: Bench) -> None:
    answer = bench.http.post(PATH, WISH, token=bench.portal.token(["crm.objects.companies.read"]))
    assert answer.json()["context"]["requiredGranularScopes"] == ["crm.export"]
    assert bench.http.get(f"{PATH}/tasks/1/status").status_code == 404

"""Our own tasks into the mirror, and nobody else's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.connectors.hubspot.rows import companies

if TYPE_CHECKING:
    from tests.connectors.hubspot.conftest import Bench


def test_only_our_own_tasks_are_mirrored(bench: Bench) -> None:
    link = bench.provisioned()
    (one,) = companies(bench, 1)
    bench.portal.create("tasks", {"hs_task_subject": "Privé", "hs_timestamp": "2026-11-24T09:00:00Z"}, [("companies", one, ())])
    ours = bench.portal.create(
        "tasks",
        {
            "hs_task_subject": "Faire le point",
            "hs_timestamp": "2026-11-30T08:00:00Z",
            "equilibre_key": "eq1-1",
            "equilibre_mark": "DEP-01|T-02|alert|2026-11-22",
        },
        [("companies", one, ())],
    )
    bench.clock.tick(60)
    bench.pull(link)
    assert [row["task_id"] for row in bench.table(link, "tasks")] == [ours]
    assert "Privé" not in json.dumps(bench.mirror.rows("SELECT * FROM raw_hubspot.tasks"))


def test_a_task_of_ours_that_a_person_deleted_stays_known(bench: Bench) -> None:
    link = bench.provisioned()
    ours = bench.portal.create("tasks", {"hs_task_subject": "x", "hs_timestamp": "2026-11-30T08:00:00Z", "equilibre_key": "eq1-1"})
    bench.portal.archive("tasks", ours)
    bench.clock.tick(60)
    bench.pull(link)
    row = bench.table(link, "tasks")[0]
    assert (row["key"], row["is_deleted"], row["is_closed"]) == ("eq1-1", "true", "true")


def test_where_tasks_take_no_property_ours_are_known_by_the_line_in_their_text(bench: Bench) -> None:
    scopes = [f"crm.objects.{name}.{verb}" for name in ("companies", "deals", "contacts") for verb in ("read", "write")]
    token = bench.portal.token([*scopes, "crm.schemas.companies.write", "crm.schemas.companies.read"])
    list(bench.connect(access_token=token).provisioner().provision(dry_run=False))
    one = bench.portal.create("companies", {"name": "C", "eq_run": "r1"})
    body = "Appeler.\n\n[equilibre:eq1-77 DEP-01|T-02|alert|2026-11-22]"
    bench.portal.create(
        "tasks", {"hs_task_subject": "Privé", "hs_task_body": "rien", "hs_timestamp": "2026-11-30T08:00:00Z"}, [("companies", one, ())]
    )
    bench.portal.create(
        "tasks",
        {"hs_task_subject": "Faire le point", "hs_task_body": body, "hs_timestamp": "2026-11-30T08:00:00Z"},
        [("companies", one, ())],
    )
    bench.clock.tick(60)
    link = bench.connect(access_token=token)
    bench.pull(link)
    row = bench.table(link, "tasks")[0]
    assert (row["key"], row["mark"], row["account_id"]) == ("eq1-77", "DEP-01|T-02|alert|2026-11-22", one)
    assert "Privé" not in json.dumps(bench.mirror.rows("SELECT * FROM raw_hubspot.tasks"))

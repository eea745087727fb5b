"""The way in: one link, three roles, nothing loaded or sent before it is needed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from connectors import catalog
from connectors.contract import Runtime
from connectors.settings import HubspotSettings

if TYPE_CHECKING:
    from connectors.hubspot.link import HubspotLink
    from tests.connectors.hubspot.conftest import Bench, Clock


def test_the_catalogue_connects_and_each_role_is_made_once(link: HubspotLink, clock: Clock) -> None:
    made = catalog.connect("hubspot", HubspotSettings(access_token="x"), Runtime(clock=clock, sleep=clock.sleep))
    assert made.crm == "hubspot"
    assert link.reader() is link.reader()
    assert link.writer() is link.writer()
    assert link.provisioner() is link.provisioner()


def test_roles_share_one_count_of_calls(bench: Bench) -> None:
    link = bench.connect()
    link.reader().sign_in()
    assert link.writer().calls is link.reader().calls
    assert link.reader().calls.made == 1


def test_nothing_is_sent_before_a_role_is_used(bench: Bench) -> None:
    link = bench.connect()
    link.reader()
    link.writer()
    link.provisioner()
    assert not bench.audit.calls


def test_reading_the_catalogue_does_not_load_the_sdk() -> None:
    code = "import sys, connectors.hubspot, connectors.hubspot.link; sys.exit('hubspot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_whole_run_in_the_dated_api_writes_what_v3_writes(bench: Bench) -> None:
    bench.provisioned(api_version="2026-03")
    from connectors.contract import OpenTask, SetFlags, Task
    from rules.model import AccountRef

    one = AccountRef(crm="hubspot", id=bench.portal.create("companies", {"name": "A"}))
    writer = bench.connect(api_version="2026-03").writer()
    (flags,) = writer.write_flags([SetFlags(account=one, before={"level": None}, after={"level": "watch"})])
    task = Task(key="eq1-1", account=one, subject="s", body="b", due_date=bench.clock().date(), owner_id=None, priority="normal", mark="m")
    (made,) = writer.write_tasks([OpenTask(crm="hubspot", account=one, task=task)])
    assert (flags.outcome, made.outcome) == ("applied", "applied")
    assert "eq1-1" in writer.find_tasks([OpenTask(crm="hubspot", account=one, task=task)])

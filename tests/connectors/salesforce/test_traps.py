"""The table of traps in docs/salesforce.md names tests; each of them must be there. And the traps that no other file is about."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from connectors.fence import Fence, FenceBreach
from connectors.salesforce import PARTS, SOURCES
from connectors.salesforce.allowed import READING, WRITING
from connectors.settings import SalesforceSettings
from tests.connectors.salesforce.stage import rows

if TYPE_CHECKING:
    from tests.connectors.salesforce.stage import Stage

ROOT = Path(__file__).parents[3]
TRAPS = 55


def table(heading: str) -> list[str]:
    section = (ROOT / "docs" / "salesforce.md").read_text(encoding="utf-8").split(f"## {heading}")[1].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| ") and not line.startswith(("| Trap", "| Defect"))]


@pytest.mark.parametrize("heading", ["Traps of this interface", "Defects of simple-salesforce that cannot reach us"])
def test_every_row_of_the_tables_names_tests_that_exist_or_says_why_it_cannot_happen(heading: str) -> None:
    there = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    for row in table(heading):
        named = set(re.findall(r"`(test_\w+)`", row))
        assert named <= there, f"{named - there} of the row {row}"
        assert named or "cannot happen" in row, row


def test_every_trap_has_its_row_and_every_test_of_a_trap_is_in_it() -> None:
    told = {int(number): row for row in table("Traps of this interface") for number in re.findall(r"\d+", row.split("|")[1].split(":")[0])}
    assert sorted(told) == list(range(1, TRAPS + 1))
    for file in Path(__file__).parent.glob("test_*.py"):
        for name in re.findall(r"^def (test_trap_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE):
            for number in re.findall(r"(?<![a-z])\d\d(?=_)", re.match(r"test_trap_((?:\d\d_|and_)+)", name)[1]):  # type: ignore[index]
                assert name in told[int(number)], f"{name} is not in the row of trap {number}"


def test_trap_05_no_built_in_column_stands_on_another_record() -> None:
    """A formula or a field of the parent changes without its record being stamped."""
    assert not [name for part in PARTS for name in part.columns.values() if "." in name.removeprefix("^orders.")]


def test_trap_05_a_parent_that_changes_does_not_stamp_its_children_and_its_own_row_comes(stage: Stage) -> None:
    account = stage.account("Before")
    stage.org.insert("Case", {"AccountId": account, "Status": "New"})
    first = stage.pull()
    stage.clock.pass_by(hours=2)
    stage.org.update("Account", account, {"Name": "After"})
    again = stage.pull(since={name: landed.watermark for name, landed in first.items() if landed.watermark})
    assert [row["Name"] for row in rows(again["Account"])] == ["After"]
    assert [row["SystemModstamp"] for row in rows(again["Case"])] == ["2026-11-23T09:00:00.000Z"], "only the lookback brought it"


def test_trap_15_and_16_ingest_jobs_are_behind_the_fence() -> None:
    for rules in (READING, WRITING):
        fence = Fence("salesforce", rules)
        for method, path, body in (
            ("POST", "jobs/ingest", json.dumps({"operation": "update", "object": "Account"})),
            ("PUT", "jobs/ingest/750000000000001AAA/batches", "Id,EQ_Level__c\r\n001,\r\n"),
            ("PATCH", "jobs/ingest/750000000000001AAA", json.dumps({"state": "UploadComplete"})),
        ):
            with pytest.raises(FenceBreach):
                fence.check(method, f"/services/data/v66.0/{path}", body)


def test_trap_30_no_setting_takes_a_password_and_the_documents_name_the_app_of_today() -> None:
    assert not [name for name in SalesforceSettings.model_fields if "password" in name or "security_token" in name]
    said = (ROOT / "docs" / "salesforce.md").read_text(encoding="utf-8")
    assert "External Client App" in said


def test_trap_39_the_parent_of_an_account_is_read_so_that_groups_can_be_made(stage: Stage) -> None:
    parent = stage.account("Holding")
    child = stage.account("Daughter", ParentId=parent)
    assert {row["Id"]: row["ParentId"] for row in rows(stage.pull()["Account"])} == {parent: None, child: parent}


def test_trap_41_what_only_some_orgs_have_is_not_missed_in_the_others() -> None:
    rare = {source.object for source in SOURCES if source.rare}
    assert {"Invoice", "CreditMemo", "AccountContactRelation", "CurrencyType", "DatedConversionRate"} <= rare

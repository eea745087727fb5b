"""What a run wrote goes back where it still stands; what people changed since stays."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest

from sync.config import Config, ConfigError
from sync.run import Surroundings, connect
from sync.undo import undo
from tests.sync.crms import start_synced
from tests.sync.test_life import bring, portfolio


def put_back(company, of, *, dry_run=False):
    company.now += timedelta(minutes=5)
    return undo(company.config, of, Surroundings(clock=lambda: company.now, sleep=lambda _: None), dry_run=dry_run)


def edit(company, file, change):
    """Change rows of an output file as a person would."""
    path = company.folder / "out" / file
    with path.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    for row in rows:
        change(row)
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_flags_go_back_to_what_they_showed_before_the_run(tmp_path):
    company = portfolio(tmp_path)
    company.sync_once("2026-06-01")
    before = company.flags()
    bring(company, "90000")
    outcome = company.sync("2026-06-02")
    assert company.flags() != before
    undone = put_back(company, outcome.run)
    assert undone.exit_code == 0
    assert company.flags() == before


def test_the_first_run_undone_leaves_no_flag(tmp_path):
    company = portfolio(tmp_path)
    outcome = company.sync_once("2026-06-01", backlog=True)
    put_back(company, outcome.run)
    assert not any(value for row in company.flags().values() for name, value in row.items() if name not in {"crm", "account_id", "source"})
    assert {row["status"] for row in company.tasks()} == {"closed"}


def test_an_edit_of_a_person_stays_and_is_listed(tmp_path):
    company = portfolio(tmp_path)
    outcome = company.sync_once("2026-06-01")
    edit(company, "flags.csv", lambda row: row.update(level="info") if row["account_id"] == "A" else None)
    undone = put_back(company, outcome.run)
    assert company.flags()["A"]["level"] == "info"
    assert company.flags()["A"]["open_rules"] == ""
    (kept,) = undone.plan.withheld
    assert (kept.change["account"], kept.why) == ("A", "changed since: level")


def test_a_task_that_a_person_works_on_stays_open(tmp_path):
    company = portfolio(tmp_path)
    outcome = company.sync_once("2026-06-01", backlog=True)
    chosen = company.tasks()[0]["key"]
    edit(company, "tasks.csv", lambda row: row.update(due_date="2026-12-01") if row["key"] == chosen else None)
    undone = put_back(company, outcome.run)
    states = {row["key"]: row["status"] for row in company.tasks()}
    assert states.pop(chosen) == "open"
    assert set(states.values()) == {"closed"}
    assert any("due_date changed" in kept.why for kept in undone.plan.withheld)


def test_a_dry_run_writes_nothing(tmp_path):
    company = portfolio(tmp_path)
    outcome = company.sync_once("2026-06-01", backlog=True)
    before = company.flags(), company.tasks()
    shown = put_back(company, outcome.run, dry_run=True)
    assert shown.plan.changes
    assert shown.document()["receipts"] == {}
    assert (company.flags(), company.tasks()) == before


def test_an_undo_is_a_run_and_can_be_undone(tmp_path):
    company = portfolio(tmp_path)
    outcome = company.sync_once("2026-06-01")
    written = company.flags()
    first = put_back(company, outcome.run)
    put_back(company, first.run)
    assert company.flags() == written


def test_a_task_that_an_undo_closed_is_not_made_again(tmp_path):
    company = portfolio(tmp_path)
    outcome = company.sync_once("2026-06-01", backlog=True)
    put_back(company, outcome.run)
    keys = [row["key"] for row in company.tasks()]
    company.sync("2026-06-02", backlog=True)
    assert [row["key"] for row in company.tasks()] == keys


def test_an_update_of_a_task_goes_back_with_its_text(tmp_path):
    company = portfolio(tmp_path, big="30000")
    company.sync("2026-06-01", backlog=True)
    before = {row["key"]: row for row in company.tasks()}
    bring(company, "120000")
    outcome = company.sync("2026-06-02")
    assert any(change.kind == "update_task" for change in outcome.plan.changes)
    put_back(company, outcome.run)
    after = {row["key"]: row for row in company.tasks()}
    assert {key: after[key] for key in before} == before


@pytest.mark.parametrize("which", ["nonsense", "dry"])
def test_what_wrote_nothing_cannot_be_undone(tmp_path, which):
    company = portfolio(tmp_path)
    outcome = company.sync("2026-06-01", dry_run=True)
    with pytest.raises(ConfigError, match="no such run|wrote nothing"):
        put_back(company, "nonsense" if which == "nonsense" else outcome.run)


def test_on_both_crms_of_the_sandbox_a_run_undone_leaves_the_records_as_they_were_but_for_a_persons_edit(tmp_path):
    running, outcome = start_synced(tmp_path)
    try:
        settings = Config.model_validate(running.config)
        around = Surroundings(clock=lambda: running.clock() + timedelta(minutes=5), sleep=lambda _: None)
        flags = [change for change in outcome.plan.changes if change.kind == "set_flags"]
        assert {change.account.crm for change in flags} == {"salesforce", "hubspot"}
        edited = next(change.account for change in flags if change.account.crm == "salesforce")
        running.salesforce.update("Account", edited.id, {"EQ_Level__c": "info"})
        undone = undo(settings, outcome.run, around, dry_run=False)
        seen = shown(settings, around, flags)
        assert seen.pop(str(edited)) == {"level": "info"}
        assert set(map(str, map(dict, seen.values()))) == {"{}"}
        assert undone.plan.withheld[0].why == "changed since: level"
        tasks = running.salesforce.records("Task")
        assert {row["Status"] for row in tasks if row.get("EQ_Key__c")} == {"Completed"}
    finally:
        running.stop()


def shown(settings, around, changes):
    """Every field of ours that says something, per account, read directly from both CRMs."""
    found = {}
    for crm, link in connect(settings, around).items():
        link.reader().sign_in()
        read = link.writer().read_flags([change.account.id for change in changes if change.account.crm == crm])
        for account, values in read.items():
            found[f"{crm}:{account}"] = {name: value for name, value in values.items() if value not in (None, "")}
        link.close()
    return found

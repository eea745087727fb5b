"""The demo portfolio through the whole line: each planted story is found by its rule, each quiet one stays quiet, twice is once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors import sandbox
from rules.criteria import load as catalogue
from rules.model import rank
from sync.config import Config
from sync.doctor import provision
from sync.lookup import findings
from sync.run import Mode, Outcome, Surroundings, run


@dataclass
class Played:
    """The demo as it went: the sandbox at its end, both syncs, the findings, and the write calls of each sync."""

    running: sandbox.Running
    config: Config
    first: Outcome
    second: Outcome
    found: dict[str, Any]
    writes: tuple[int, int]

    def levels(self, group):
        levels: dict[str, str] = {}
        for row in self.found["findings"]:
            if row["group"] == group and rank(row["severity"]) > rank(levels.get(row["rule"])):
                levels[row["rule"]] = row["severity"]
        return levels


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    directory = tmp_path_factory.mktemp("demo")
    running = sandbox.start("demo", directory=directory)
    config = Config.model_validate(running.config)
    around = Surroundings(clock=lambda: datetime.now(UTC))
    assert not [check for check in provision(config, around, dry_run=False, only=None) if check.state == "error"]
    running.type_entries()
    marks = [len(running.audit.writes)]
    first = run(config, Mode(backlog=True), around)
    marks.append(len(running.audit.writes))
    second = run(config, Mode(), around)
    marks.append(len(running.audit.writes))
    yield Played(running, config, first, second, findings(config, metrics=True), (marks[1] - marks[0], marks[2] - marks[1]))
    running.stop()


def test_every_story_is_found_by_its_rule(played):
    known = {rule.id for rule in catalogue().rules}
    for story in played.running.portfolio.stories:
        levels = played.levels(played.running.group(story) if story.account else None)
        for rule, least in story.expected.items():
            if rule in known:
                assert rank(levels.get(rule)) >= rank(least), f"{story.slug}: {rule} {levels}"


def test_every_family_of_the_index_is_shown(played):
    book = catalogue()
    family = {rule.id: rule.family for rule in book.rules}
    shown = {family[row["rule"]] for row in played.found["findings"] if row["rule"] in family and rank(row["severity"]) > rank("info")}
    assert [one.id for one in book.families if not shown.intersection(one.members)] == []


def test_every_quiet_story_stays_quiet(played):
    for story in played.running.portfolio.stories:
        levels = played.levels(played.running.group(story)) if story.account else {}
        for rule, most in story.at_most.items():
            assert rank(levels.get(rule)) <= rank(most), f"{story.slug}: {rule} {levels}"


def test_nobody_else_is_flagged(played):
    # the one whose anger is our own fault is no quiet client: an insult is an insult (BEH-01), and he complains a lot (OPS-04)
    stories = played.running.portfolio.stories
    loud = {
        played.running.group(story)
        for story in stories
        if story.account and (story.expected or story.once_typed or story.slug == "notre-faute")
    }
    others = {
        (row["rule"], row["group"])
        for row in played.found["findings"]
        if row["group"] not in {*loud, None} and rank(row["severity"]) >= rank("watch")
    }
    assert others == set()


def test_both_runs_are_complete_and_everything_was_written(played):
    assert played.first.pulled.problems == [] or all(
        problem in played.first.pulled.missing.values() for problem in played.first.pulled.problems
    )
    assert played.first.exit_code == played.second.exit_code == 0
    assert set(played.first.applied.receipts) == {"applied"}
    assert played.writes[0] > 0


def test_the_second_sync_makes_no_write_call(played):
    assert played.second.plan.changes == ()
    assert played.writes[1] == 0
    assert played.second.write_calls == {"salesforce": 0, "hubspot": 0}


def test_every_finding_shows_records_that_exist(played):
    for row in played.found["findings"]:
        assert row["evidence"], row["rule"]
        for record in row["evidence"]:
            assert record["crm"] in {"salesforce", "hubspot"}
            assert record["id"]


def test_a_client_in_both_crms_is_judged_once_and_flagged_in_both(played):
    both = [row for row in played.found["findings"] if {account["crm"] for account in row["accounts"]} == {"salesforce", "hubspot"}]
    assert both
    for row in both:
        crms = {
            change.account.crm
            for change in played.first.plan.changes
            if change.kind == "set_flags" and str(change.account) in {f"{a['crm']}:{a['id']}" for a in row["accounts"]}
        }
        assert crms == {"salesforce", "hubspot"}


def test_each_task_hangs_on_an_account_and_an_active_person(played):
    for change in played.first.plan.changes:
        if change.kind == "open_task":
            assert change.task.owner_id, change.task.subject
            assert change.task.due_date > played.first.as_of
            assert change.task.due_date.weekday() < 5


def test_no_name_and_no_sentence_of_people_reaches_the_crm_or_the_store(played):
    planted = [text for text in played.running.portfolio.confidential() if len(text) > 5]
    written = "\n".join(repr(vars(write) if hasattr(write, "__dict__") else write) for write in played.running.audit.writes)
    tasks = "\n".join(f"{change.task.subject}\n{change.task.body}" for change in played.first.plan.changes if change.kind == "open_task")
    ledger = b"".join(file.read_bytes() for file in played.config.store.directory.glob("ledger*"))
    assert planted
    for text in planted:
        assert text not in written
        assert text not in tasks
        assert text.encode() not in ledger

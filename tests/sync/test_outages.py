"""Scheduled runs that fail, miss records or do not happen: one task for the admin, and one when that is over."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta

import pytest

from sync.config import ConfigError
from sync.ledger import open_ledger
from tests.sync.company import Company

START = datetime(2026, 6, 1, 6, 7, tzinfo=UTC)


@pytest.fixture
def company(tmp_path):
    made = Company(tmp_path, settings={"company": {"language": "en"}, "tasks": {"owners": {"admin": "u9"}}})
    made.add("accounts", account_id="A", name="Client A")
    made.add("owners", owner_id="u9", name="A B", email="a@example.org", active="true")
    return made


def scheduled(company, hours):
    company.now = START + timedelta(hours=hours)
    return company.sync(trigger="schedule", slot=company.now)


def first(company):
    company.now = START
    company.sync_once(trigger="schedule", slot=START)


def told(company):
    return [(task["subject"].removeprefix("Équilibre: scheduled runs "), task["owner_id"]) for task in company.tasks()]


def missed(company, *hours):
    """What the scheduler notes of slots that passed while nothing ran."""
    ledger = open_ledger(company.config.ledger_url)
    for hour in hours:
        ledger.take_slot("sync", START + timedelta(hours=hour), "missed")
    ledger.engine.dispose()


def done(company):
    """A person closes every task."""
    rows, file = company.tasks(), company.folder / "out" / "tasks.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"status": "done"} for row in rows)


def test_a_scheduler_that_stood_still_for_three_slots_is_told_once_and_its_recovery_once(company):
    first(company)
    missed(company, 1, 2, 3)
    for hours in (4, 5, 6):
        scheduled(company, hours)
    assert told(company) == [("need a look", "u9"), ("are well again", "u9")]
    assert company.tasks()[0]["body"].startswith("3 scheduled runs did not take place since 2026-06-01 08:07.")


def test_one_slot_missed_is_a_restart(company):
    first(company)
    missed(company, 1)
    scheduled(company, 2)
    assert told(company) == []


def test_runs_that_cannot_read_everything_are_told_once_until_one_can(company):
    company.add("contacts", contact_id="p1", account_id="A", since="soon")
    for hours in (0, 1, 2):
        scheduled(company, hours)
    assert told(company) == [("need a look", "u9")]
    company.tables["contacts"][0]["since"] = "2026-01-01"
    for hours in (3, 4):
        scheduled(company, hours)
    assert told(company) == [("need a look", "u9"), ("are well again", "u9")]


def test_a_failed_run_is_told_by_the_first_that_can_write(company, monkeypatch):
    first(company)
    with monkeypatch.context() as broken:
        broken.setattr("sync.judge.catalogue", lambda _config: (_ for _ in ()).throw(ConfigError("a broken rule file")))
        with pytest.raises(ConfigError):
            scheduled(company, 1)
    scheduled(company, 2)
    assert told(company) == [("need a look", "u9")]


def test_a_run_by_hand_tells_its_caller_and_makes_no_task(company):
    company.add("contacts", contact_id="p1", account_id="A", since="soon")
    assert company.sync("2026-06-01").exit_code == 3
    assert told(company) == []


def test_the_second_trouble_is_told_again_when_the_first_is_dealt_with(company):
    first(company)
    missed(company, 1, 2)
    for hours in (3, 4):
        scheduled(company, hours)
    done(company)
    missed(company, 5, 6)
    scheduled(company, 7)
    assert [subject for subject, _ in told(company)] == ["need a look", "are well again", "need a look"]

"""The ledger keeps what was planned, sent and answered, in SQLite and PostgreSQL alike."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from rules.model import Episode
from sync import tables
from sync.ledger import LedgerError, open_ledger
from sync.privileges import Held

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = date(2026, 11, 24)

FLAGS = {
    "crm": "salesforce",
    "account": "001A",
    "kind": "set_flags",
    "key": None,
    "before": {"level": None},
    "after": {"level": "alert"},
    "task": None,
}
TASK = {
    "crm": "salesforce", "account": "001A", "kind": "open_task", "key": "eq1-abc", "group": "salesforce:001A",
    "task": {"subject": "S", "body": "B", "due_date": "2026-12-01", "owner_id": "005", "priority": "high", "mark": "DEP-01|T-02|alert|2026-11-24"},
}  # fmt: skip


def begin(ledger, run="r1", at=NOON, **more):
    ledger.begin({"id": run, "kind": "sync", "trigger": "manual", "started_at": at, "as_of": TODAY, "dry_run": False, **more})


def record(ledger, run="r1", **more):
    values = {"findings": (), "plan": {"id": f"p-{run}", "as_of": TODAY, "document": {}}, "now": NOON} | more
    return ledger.record(run, **values)


def receipt(row, change, outcome="applied", **more):
    return {"outbox": row, "run": "r1", "outcome": outcome, "remote_id": "00T1", "request_id": None, "why": "", "change": change} | more


def test_the_migrations_lead_to_the_tables_of_the_code(ledger):
    with ledger.engine.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), tables.metadata)
    assert difference == []


def test_the_newest_migration_is_the_one_the_code_needs():
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    settings = Config()
    settings.set_main_option("script_location", "sync:migrations")
    assert ScriptDirectory.from_config(settings).get_current_head() == tables.HEAD


def test_a_ledger_of_the_first_version_is_migrated_and_keeps_what_it_holds(ledger):
    from alembic import command
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", "sync:migrations")
    begin(ledger)
    with ledger.engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.downgrade(settings, "0001")
    url = ledger.engine.url.render_as_string(hide_password=False)
    migrated = open_ledger(url)
    assert migrated.privileges_held() == []
    assert [row.id for row in migrated.runs()] == ["r1"]
    with migrated.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    migrated.engine.dispose()


def test_the_privileges_held_are_those_of_the_last_run_and_a_dry_run_leaves_them(ledger):
    first = Held(crm="files", account="A", since=TODAY, codes=("aa", "bb"))
    other = Held(crm="files", account="B", since=TODAY, codes=())
    begin(ledger)
    record(ledger, held=[first, other])
    assert ledger.privileges_held() == [first, other]
    record(ledger, held=None)
    assert ledger.privileges_held() == [first, other]
    record(ledger, held=[first])
    assert ledger.privileges_held() == [first]


def test_instants_come_back_aware_and_in_utc(ledger):
    begin(ledger, at=datetime(2026, 11, 24, 13, tzinfo=UTC).astimezone())
    assert ledger.runs()[0].started_at == datetime(2026, 11, 24, 13, tzinfo=UTC)


def test_episodes_come_back_as_they_were_stored_and_are_updated_in_place(ledger):
    first = Episode(
        rule="DEP-01", group="salesforce:1", name="2026-11-24", opened=TODAY, level="watch", last_seen=TODAY, below=1, below_at=NOON
    )
    begin(ledger)
    record(ledger, episodes=[first])
    assert ledger.episodes() == [first]
    later = Episode(rule="DEP-01", group="salesforce:1", name="2026-11-24", opened=TODAY, level="alert", last_seen=TODAY, cleared=TODAY)
    record(ledger, episodes=[later])
    assert ledger.episodes() == [later]
    assert ledger.episodes(only_open=True) == []


def test_a_receipt_remembers_the_values_written_and_what_stood_there_before(ledger):
    begin(ledger)
    (row,) = record(ledger, outgoing=[FLAGS])
    ledger.sent([row], NOON)
    ledger.answered([receipt(row, FLAGS)], NOON)
    assert ledger.written() == {("salesforce", "001A"): {"level": (None, "alert")}}
    assert [(r.outcome, r.account) for r in ledger.receipts("r1")] == [("applied", "001A")]


def test_a_task_made_is_remembered_by_its_key(ledger):
    begin(ledger)
    (row,) = record(ledger, outgoing=[TASK])
    ledger.answered([receipt(row, TASK)], NOON)
    task = ledger.tasks()["eq1-abc"]
    assert (task.rule, task.code, task.level, task.episode, task.remote_id) == ("DEP-01", "T-02", "alert", "2026-11-24", "00T1")
    assert task.group_id == "salesforce:001A"


def test_a_refused_change_is_not_remembered_as_written(ledger):
    begin(ledger)
    (row,) = record(ledger, outgoing=[FLAGS])
    ledger.answered([receipt(row, FLAGS, outcome="refused", why="validation rule")], NOON)
    assert ledger.written() == {}


def test_what_a_killed_run_left_in_the_outbox_is_superseded_by_the_next_plan(ledger):
    begin(ledger)
    record(ledger, outgoing=[FLAGS, TASK])
    begin(ledger, run="r2", at=NOON + timedelta(hours=1))
    record(ledger, run="r2", outgoing=[FLAGS])
    with ledger.transaction() as connection:
        states = connection.execute(tables.outbox.select().order_by(tables.outbox.c.id)).all()
    assert [(row.run, row.state) for row in states] == [("r1", "superseded"), ("r1", "superseded"), ("r2", "pending")]


def test_runs_that_a_kill_cut_off_are_closed_by_the_next(ledger):
    begin(ledger)
    assert ledger.close_unfinished(NOON) == 1
    assert ledger.runs()[0].outcome == "killed"


def test_a_slot_belongs_to_one_process(ledger):
    assert ledger.take_slot("sync", NOON)
    assert not ledger.take_slot("sync", NOON)
    assert ledger.last_slot("sync") == NOON


def test_recording_is_all_or_nothing(ledger):
    begin(ledger)
    broken = dict(FLAGS, crm=None)
    with pytest.raises(LedgerError):
        record(ledger, episodes=[Episode(rule="R", group="g", name="n", opened=TODAY, level="watch", last_seen=TODAY)], outgoing=[broken])
    assert ledger.episodes() == []
    assert ledger.plan("r1") is None


def test_a_file_that_is_no_database_is_one_clear_line(tmp_path):
    (tmp_path / "ledger.sqlite3").write_bytes(b"not a database at all" * 100)
    with pytest.raises(LedgerError, match="damaged; restore it from a backup"):
        open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")


def test_a_locked_ledger_is_one_clear_line(tmp_path, monkeypatch):
    monkeypatch.setattr("sync.ledger.BUSY_SECONDS", 0)
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    open_ledger(url).engine.dispose()
    holder = sqlite3.connect(tmp_path / "ledger.sqlite3", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match="locked by another program"):
        open_ledger(url)
    holder.close()


def test_a_ledger_of_a_newer_version_is_refused_not_damaged(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    ledger = open_ledger(url)
    with ledger.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    ledger.engine.dispose()
    with pytest.raises(LedgerError, match="another version of equilibre"):
        open_ledger(url)

"""The commands as a user types them: exit codes, one line for each mistake, JSON alone on standard output."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from sync.lease import acquire
from sync.ledger import open_ledger
from tests.sync.commands import equilibre, one_line, process
from tests.sync.test_life import portfolio

CONFIG = """
[company]
name = "Exemple"
[files]
enabled = true
directory = "data"
output = "out"
"""


@pytest.fixture
def company(tmp_path):
    made = portfolio(tmp_path)
    made.write()
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    return made


def test_sync_findings_explain_status_and_report_one_after_another(company, tmp_path):
    synced = equilibre("sync", "--as-of", "2026-06-01", "--backlog", "--json", folder=tmp_path)
    assert synced.returncode == 0, synced.stderr
    document = json.loads(synced.stdout)
    assert {
        "run",
        "plan",
        "as_of",
        "changes",
        "withheld",
        "unchanged",
        "predicted_calls",
        "made_calls",
        "receipts",
        "complete",
    } <= document.keys()
    assert document["receipts"]["applied"] == len(document["changes"])
    found = json.loads(equilibre("findings", "--metrics", "--json", folder=tmp_path).stdout)
    (finding,) = [row for row in found["findings"] if row["rule"] == "DEP-01" and row["group"] == "files:A"]
    assert finding["severity"] == "alert"
    assert finding["value"].startswith("0.3333")
    assert finding["threshold"] == "0.3"
    assert finding["window"] == ["2025-06-02", "2026-06-01"]
    assert finding["accounts"] == [{"crm": "files", "id": "A", "name": "Client A"}]
    assert {"crm": "files", "object": "revenue", "id": "newA"} in finding["evidence"]
    assert set(finding["explanation"]) == {"en", "fr"}
    assert found["metrics"]["files:A"]["net_revenue"] == "40000.00"
    explained = json.loads(equilibre("explain", "A", "--json", folder=tmp_path).stdout)
    assert [row["rule"] for row in explained["findings"]] == ["DEP-01"] or "DEP-01" in {row["rule"] for row in explained["findings"]}
    status = json.loads(equilibre("status", "--json", folder=tmp_path).stdout)
    assert status["runs"][0]["outcome"] == "done"
    assert equilibre("report", "--output", "page.html", folder=tmp_path).returncode == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Client A" in page
    assert "<script" not in page
    assert not re.search(r'(src|href)="https?://', page)


def test_texts_for_people_are_printed_without_json(company, tmp_path):
    done = equilibre("sync", "--as-of", "2026-06-01", folder=tmp_path)
    assert done.returncode == 0
    assert "accounts changed" in done.stdout
    assert "DEP-01" in equilibre("findings", folder=tmp_path).stdout
    assert "Open episodes" in equilibre("status", folder=tmp_path).stdout


def test_history_tells_what_was_written_and_purge_what_was_deleted(company, tmp_path):
    company.sync_once("2026-06-01", backlog=True)
    rows = json.loads(equilibre("history", "files:A", "--json", folder=tmp_path).stdout)
    assert {row["kind"] for row in rows} == {"set_flags", "open_task"}
    assert {row["outcome"] for row in rows} == {"applied"}
    assert "level None -> alert" in equilibre("history", "A", folder=tmp_path).stdout
    assert json.loads(equilibre("purge", "--json", folder=tmp_path).stdout)["runs"] == 0


def test_a_plan_kept_in_a_file_is_applied_exactly(company, tmp_path):
    planned = equilibre("plan", "--as-of", "2026-06-01", "--backlog", "--output", "plan.json", "--detailed-exitcode", folder=tmp_path)
    assert planned.returncode == 10
    assert not list((tmp_path / "out").iterdir()) if (tmp_path / "out").exists() else True
    done = equilibre("apply", "plan.json", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["changes"] == json.loads((tmp_path / "plan.json").read_text())["changes"]
    assert document["receipts"] == {"applied": len(document["changes"])}
    again = json.loads(equilibre("apply", "plan.json", "--json", folder=tmp_path).stdout)
    assert again["receipts"] == {"unchanged": len(document["changes"])}


def test_a_plan_refuses_only_the_record_that_moved(company, tmp_path):
    company.sync_once("2026-06-01")
    for row in company.tables["revenue"]:
        if row["line_id"] == "newB":
            row["amount"] = "60000"
    company.write()
    equilibre("plan", "--as-of", "2026-06-02", "--output", "plan.json", folder=tmp_path)
    flags = (tmp_path / "out" / "flags.csv").read_text(encoding="utf-8")
    (tmp_path / "out" / "flags.csv").write_text(flags.replace("DEP-01:watch", "DEP-01:info", 1), encoding="utf-8")
    done = json.loads(equilibre("apply", "plan.json", "--json", folder=tmp_path).stdout)
    assert done["receipts"].get("drifted", 0) <= 1
    assert done["receipts"]["applied"] >= 1


@pytest.mark.parametrize(
    ("arguments", "text", "code"),
    [
        (["sync", "--as-of", "24/11/2026"], "a date is written 2026-11-24", 2),
        (["sync", "--only", "hubspot"], "not enabled", 2),
        (["sync", "--account", "NOBODY"], "no such account", 2),
        (["explain", "NOBODY"], "finished run", 2),
        (["apply", "none.json"], "cannot be read", 2),
        (["findings", "--run", "nothing"], "no such run", 2),
        (["sync", "--config", "none.toml"], "does not exist", 2),
    ],
)
def test_a_wrong_word_is_one_line_with_the_mend(company, tmp_path, arguments, text, code):
    done = equilibre(*arguments, folder=tmp_path)
    assert done.returncode == code
    assert text in one_line(done)


def test_a_misspelt_key_is_named(company, tmp_path):
    (tmp_path / "config.toml").write_text(CONFIG + '\n[tasks]\nmin_severty = "watch"\n', encoding="utf-8")
    done = equilibre("sync", folder=tmp_path)
    assert done.returncode == 2
    assert "tasks.min_severty, did you mean 'min_severity'" in one_line(done)


def test_no_crm_enabled_is_said(tmp_path):
    (tmp_path / "config.toml").write_text("[company]\n", encoding="utf-8")
    done = equilibre("sync", folder=tmp_path)
    assert done.returncode == 2
    assert "no CRM is enabled" in one_line(done)


def test_a_second_run_while_one_works_exits_5(company, tmp_path):
    ledger = open_ledger(f"sqlite:///{tmp_path / 'var' / 'ledger.sqlite3'}")
    lease = acquire(ledger.engine, "sync", length=timedelta(minutes=5), clock=lambda: datetime.now(UTC))
    done = equilibre("sync", folder=tmp_path)
    assert done.returncode == 5
    assert "holds the lease" in one_line(done)
    lease.release()
    ledger.engine.dispose()
    assert equilibre("sync", folder=tmp_path).returncode == 0


def test_a_bad_csv_is_incomplete_and_exits_3_with_file_and_line(company, tmp_path):
    with (tmp_path / "data" / "revenue.csv").open("a", encoding="utf-8") as file:
        file.write("x,A,not-a-date,5,invoice,EUR\n")
    done = equilibre("sync", "--as-of", "2026-06-01", folder=tmp_path)
    assert done.returncode == 3
    assert "revenue.csv:12" in done.stdout


@pytest.mark.exhaustive
def test_bytes_that_are_no_utf_8_are_named_and_the_other_files_are_read(company, tmp_path):
    (tmp_path / "data" / "cases.csv").write_bytes(b"case_id,account_id,opened_at,category\nc1,A,2026-05-01,r\xe9clamation\n")
    done = equilibre("sync", "--as-of", "2026-06-01", folder=tmp_path)
    assert done.returncode == 3
    assert "cases.csv" in done.stdout


@pytest.mark.exhaustive
def test_a_damaged_mirror_is_set_aside_and_rebuilt(company, tmp_path):
    assert equilibre("sync", "--as-of", "2026-06-01", folder=tmp_path).returncode == 0
    (tmp_path / "var" / "facts.duckdb").write_bytes(b"garbage" * 1000)
    done = equilibre("sync", "--as-of", "2026-06-01", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["changes"] == []


def test_a_damaged_ledger_is_one_line(company, tmp_path):
    company.sync_once("2026-06-01")
    for file in (tmp_path / "var").glob("ledger.sqlite3-*"):
        file.unlink()
    (tmp_path / "var" / "ledger.sqlite3").write_bytes(b"garbage" * 1000)
    done = equilibre("sync", folder=tmp_path)
    assert done.returncode == 1
    assert "damaged" in one_line(done)


def test_json_stands_alone_on_standard_output(company, tmp_path):
    loud = ("--json", "--log-format", "json", "--verbose")
    json.loads(process("sync", *loud, folder=tmp_path).stdout)
    for command in (["findings"], ["status"], ["rules", "list"], ["check"]):
        json.loads(equilibre(*command, *loud, folder=tmp_path).stdout)


def test_help_and_status_are_quick():
    started = time.process_time()
    before = os.times()
    subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv = ['equilibre', '--help']; from sync.cli import app; app()"],
        capture_output=True,
        check=False,
    )
    after = os.times()
    assert (after.children_user - before.children_user) + (after.children_system - before.children_system) < 2
    assert time.process_time() - started < 2


def test_help_loads_no_heavy_package():
    code = "import sys, sync.cli; print(sorted(set(sys.modules) & {'duckdb', 'hubspot', 'simple_salesforce', 'sqlalchemy', 'alembic', 'jinja2', 'apscheduler', 'sqlglot', 'uvicorn'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

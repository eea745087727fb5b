"""What goes wrong between us and a CRM: each thing is one line with the mend, nothing is lost, the next run heals."""

from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys

import pytest

from connectors import sandbox
from connectors.sandbox.faults import Fault
from connectors.sandbox.portfolio import as_csv
from sync import show
from sync.config import Config
from sync.doctor import examine, provision
from sync.facts import Facts
from sync.run import Mode, Surroundings, run
from tests.sync.commands import equilibre, one_line
from tests.sync.crms import start

HTML = "<html><body><h1>Down for maintenance</h1></body></html>"


@pytest.fixture
def company(tmp_path):
    """Both CRMs, provisioned, with a config file in `tmp_path`."""
    running = start(tmp_path)
    (tmp_path / "config.toml").write_text(sandbox.toml(running.config), encoding="utf-8")
    running.hubspot.knobs.search_second = None  # the pauses of a rate limit are not the point here, and the tests do not sleep
    yield running
    running.stop()


def around(running):
    return Surroundings(clock=running.clock, sleep=lambda _: None)


def changed(running, **sections):
    """The config with some keys of some sections changed."""
    data = copy.deepcopy(running.config)
    for section, keys in sections.items():
        data.setdefault(section, {}).update(keys)
    return data


def with_only(running, only, folder):
    """The config of a few CRMs; the files hold the same portfolio as the others."""
    data = changed(running, **{crm: {"enabled": crm in only} for crm in ("salesforce", "hubspot")})
    if "files" in only:
        as_csv(running.portfolio, folder / "csv")
        data["files"] = {"enabled": True, "directory": str(folder / "csv"), "output": str(folder / "out")}
    return Config.model_validate(data)


@pytest.mark.exhaustive
@pytest.mark.parametrize("only", [("salesforce",), ("hubspot",), ("files",)])
def test_each_crm_alone_is_written_once_and_then_nothing(company, tmp_path, only):
    config = with_only(company, only, tmp_path)
    first = run(config, Mode(backlog=True), around(company))
    assert first.exit_code == 0, first.document()["problems"]
    assert first.plan.changes
    second = run(config, Mode(), around(company))
    assert second.exit_code == 0
    assert second.document()["changes"] == []
    assert set(first.pulled.orgs) == set(only)


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """Both CRMs and a folder of files: what a dry run, a run and a second run brought, and how many writes the dry run sent."""
    folder = tmp_path_factory.mktemp("together")
    running = start(folder)
    running.hubspot.knobs.search_second = None
    config, around_it = with_only(running, ("salesforce", "hubspot", "files"), folder), around(running)
    marks = len(running.audit.writes)
    dry = run(config, Mode(dry_run=True, backlog=True), around_it)
    writes = len(running.audit.writes) - marks
    outcomes = dry, run(config, Mode(backlog=True), around_it), run(config, Mode(), around_it)
    running.stop()
    return *outcomes, writes


def test_all_crms_together_are_written_once_and_then_nothing(together):
    _, first, second, _ = together
    assert first.exit_code == 0, first.document()["problems"]
    assert first.plan.changes
    assert second.exit_code == 0
    assert second.document()["changes"] == []
    assert set(first.pulled.orgs) == {"salesforce", "hubspot", "files"}


def test_a_dry_run_makes_no_write_call_and_shows_what_the_run_then_writes(together):
    dry, real, _, writes = together
    assert writes == 0

    def plain(outcome):
        rows = outcome.document()["changes"]
        for row in rows:
            for stamp in ("run", "computed_at"):
                (row["after"] or {}).pop(stamp, None)
                (row["before"] or {}).pop(stamp, None)
        return rows

    assert plain(dry) == plain(real)


def test_a_wrong_token_is_named_and_the_other_crm_goes_on(company, tmp_path):
    config = Config.model_validate(changed(company, hubspot={"access_token": "pat-eu1-wrong", "access_token_file": None}))
    outcome = run(config, Mode(), around(company))
    assert outcome.exit_code == 3
    assert "hubspot" in outcome.pulled.errors
    assert "pat-eu1-wrong" not in json.dumps(outcome.document())
    assert {change.account.crm for change in outcome.plan.changes if change.account} == {"salesforce"}


@pytest.mark.exhaustive
def test_an_unreachable_host_is_incomplete_and_lowers_nothing(company):
    healthy = Config.model_validate(company.config)
    run(healthy, Mode(), around(company))
    broken = Config.model_validate(changed(company, salesforce={"endpoint": "http://127.0.0.1:9"}))
    outcome = run(broken, Mode(), around(company))
    assert outcome.exit_code == 3
    assert "salesforce" in outcome.pulled.errors
    assert not [change for change in outcome.plan.changes if change.kind == "set_flags" and change.after.get("level") == "none"]
    assert run(healthy, Mode(), around(company)).exit_code == 0


@pytest.mark.exhaustive
@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_html_instead_of_json_is_tried_again_and_then_told(company, crm):
    config = Config.model_validate(company.config)
    faults = getattr(company, f"{crm}_faults")
    faults.add(Fault(path="/services/data/v66.0/query|/crm/v3/objects/companies", status=503, body=HTML, times=1))
    assert run(config, Mode(), around(company)).exit_code == 0, "one page of maintenance is no news"
    faults.add(Fault(path="/services/data/v66.0/query|/crm/v3/objects/", status=503, body=HTML, times=None))
    outcome = run(config, Mode(full=True), around(company))
    assert outcome.exit_code == 3
    assert "<html>" not in json.dumps(outcome.document())
    faults.clear()
    assert run(config, Mode(), around(company)).exit_code == 0


@pytest.mark.exhaustive
def test_a_ceiling_of_calls_stops_cleanly_and_the_next_run_goes_on(company):
    before = len(company.audit.calls)
    low = Config.model_validate(changed(company, limits={"calls_per_run": 25}))
    outcome = run(low, Mode(backlog=True), around(company))
    assert outcome.exit_code == 4
    assert max(outcome.calls.values()) <= 25
    assert len(company.audit.calls) - before <= 2 * 25
    assert run(Config.model_validate(company.config), Mode(backlog=True), around(company)).exit_code == 0


def test_a_read_that_does_not_fit_into_what_is_left_of_the_day_is_not_begun_and_the_other_crm_goes_on(company, capsys):
    company.salesforce.knobs.daily_requests = 1000
    company.salesforce.usage.others = 790 - company.salesforce.usage.count(company.salesforce.clock())
    outcome = run(Config.model_validate(company.config), Mode(backlog=True), around(company))
    assert outcome.exit_code == 4
    assert outcome.pulled.rows["salesforce"] == {}
    assert outcome.calls["salesforce"] < outcome.pulled.forecasts["salesforce"]
    assert outcome.calls["hubspot"] > 0
    assert outcome.write_calls["salesforce"] == 0
    show.outcome(outcome, dry_run=False)
    told = " ".join(capsys.readouterr().out.split())
    assert "stopped: salesforce forecast: reading needs about" in told
    assert "nothing was read; run again later" in told
    company.salesforce.usage.others = 0
    healed = run(Config.model_validate(company.config), Mode(backlog=True), around(company))
    assert healed.exit_code == 0
    assert healed.document()["stopped"] == ""


def revoke(company):
    """Take our permission set away, as an admin may do by mistake."""
    for row in company.salesforce.records("PermissionSetAssignment"):
        company.salesforce.delete("PermissionSetAssignment", row["Id"])


def test_fields_hidden_from_us_are_left_out_and_reported_and_the_other_crm_goes_on(company):
    revoke(company)
    outcome = run(Config.model_validate(company.config), Mode(), around(company))
    assert {change.account.crm for change in outcome.plan.changes if change.kind == "set_flags"} == {"hubspot"}
    told = " ".join(f"{problem.column} {problem.what}" for problem in outcome.pulled.missing["salesforce"])
    assert "EQ_Level__c" in told
    assert "EQ_Open_Rules__c" in told


@pytest.mark.exhaustive
def test_one_refused_record_does_not_stop_the_others_and_is_tried_again(company):
    config = Config.model_validate(company.config)
    company.salesforce_faults.add(Fault(method="PATCH", path="/composite/sobjects$", effects=("lock_row:1",), times=None))
    first = run(config, Mode(), around(company))
    company.salesforce_faults.clear()
    if first.exit_code == 3:
        refused = sum(count for name, count in first.applied.receipts.items() if name in {"refused", "failed"})
        assert refused == 1
    second = run(config, Mode(), around(company))
    assert second.exit_code == 0
    assert run(config, Mode(), around(company)).document()["changes"] == []


def test_check_says_ok_when_all_is_ready_and_names_what_is_not(company):
    config = Config.model_validate(company.config)
    assert [check for check in examine(config, around(company)) if check.state == "error"] == []
    revoke(company)
    named = [check for check in examine(config, around(company)) if check.state != "ok" and "EQ_Level__c" in check.subject + check.detail]
    assert named
    assert all(check.mend for check in named)


def test_provision_twice_changes_nothing_the_second_time(company):
    marks = len(company.audit.writes)
    checks = provision(Config.model_validate(company.config), around(company), dry_run=False, only=None)
    assert {check.state for check in checks} == {"ok"}
    assert len(company.audit.writes) == marks


def test_the_wrong_token_on_the_command_line_is_one_line(company, tmp_path):
    done = equilibre("check", folder=tmp_path, EQUILIBRE_HUBSPOT__ACCESS_TOKEN="pat-eu1-wrong")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "pat-eu1-wrong" not in done.stdout + done.stderr
    assert "hubspot" in done.stdout


def test_run_works_on_schedule_and_sigterm_ends_it_with_0(company, tmp_path):
    config = (tmp_path / "config.toml").read_text(encoding="utf-8") + '\n[schedule]\nsync = "* * * * *"\n'
    (tmp_path / "config.toml").write_text(config, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-c", "from sync.cli import app; app()", "run", "--log-format", "json"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ.copy(),
    )
    started = next((line for line in process.stderr if "scheduler started" in line), "")
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert started
    assert process.returncode == 0, errors


def test_a_word_that_no_crm_understands_is_a_usage_error(company, tmp_path):
    done = equilibre("sync", "--only", "pipedrive", folder=tmp_path)
    assert done.returncode == 2
    assert "pipedrive" in one_line(done)


@pytest.mark.exhaustive
def test_the_clients_of_a_crm_that_was_switched_off_are_judged_no_more(company):
    run(Config.model_validate(company.config), Mode(backlog=True), around(company))
    alone = Config.model_validate(changed(company, hubspot={"enabled": False}))
    outcome = run(alone, Mode(), around(company))
    with Facts.open(alone.store.directory / "facts.duckdb", zone=alone.company.timezone) as facts:
        assert facts.sources() == ["salesforce"]
        assert facts.connection.execute("SELECT count(*) FROM accounts WHERE source = 'hubspot'").fetchone() == (0,)
    assert outcome.exit_code == 0
    assert all(account.crm != "hubspot" for change in outcome.plan.changes if (account := getattr(change, "account", None)))

"""The life of a finding, day by day, with the files connector: rise, persist, fall; tasks once; people's word."""

from __future__ import annotations

import csv

import pytest

from sync.run import Mode, Surroundings, run
from tests.sync.company import Company


def portfolio(tmp_path, big="40000", **settings):
    """Five clients over two years; `big` is what the first brought in the last twelve months."""
    company = Company(tmp_path, settings=settings)
    for name in "ABCDE":
        company.add("accounts", account_id=name, name=f"Client {name}", owner_id="u1")
        company.add("revenue", line_id=f"old{name}", account_id=name, date="2025-01-15", amount="20000", kind="invoice", currency="EUR")
        company.add(
            "revenue",
            line_id=f"new{name}",
            account_id=name,
            date="2026-03-15",
            amount=big if name == "A" else "20000",
            kind="invoice",
            currency="EUR",
        )
    company.add("owners", owner_id="u1", name="A B", email="a@example.org", active="true")
    return company


def bring(company, amount):
    """Change what client A brought."""
    next(row for row in company.tables["revenue"] if row["line_id"] == "newA")["amount"] = amount


def a_files_line(company, text, file="revenue.csv"):
    """Append a raw line behind what was written, as a person with an editor does."""
    company.write()
    with (company.folder / "data" / file).open("a", encoding="utf-8") as opened:
        opened.write(text)


def test_the_first_run_writes_flags_and_no_tasks(tmp_path):
    company = portfolio(tmp_path)
    company.sync_once("2026-06-01")
    assert company.flags()["A"]["level"] == "alert"
    assert company.flags()["A"]["open_rules"].startswith("DEP-01:alert@2026-06-01")
    assert company.tasks() == []


def test_backlog_makes_the_tasks_of_old_conditions(tmp_path):
    company = portfolio(tmp_path)
    company.sync_once("2026-06-01", backlog=True)
    subjects = [task["subject"] for task in company.tasks() if task["account_id"] == "A"]
    assert len(subjects) >= 2
    assert all("Client A" in subject for subject in subjects)


def test_a_second_run_changes_nothing(tmp_path):
    company = portfolio(tmp_path)
    company.sync_once("2026-06-01", backlog=True)
    before = (tmp_path / "out" / "flags.csv").read_bytes(), (tmp_path / "out" / "tasks.csv").read_bytes()
    outcome = company.sync("2026-06-01")
    assert outcome.plan.changes == ()
    assert ((tmp_path / "out" / "flags.csv").read_bytes(), (tmp_path / "out" / "tasks.csv").read_bytes()) == before


def test_a_dry_run_writes_nothing_and_keeps_its_findings(tmp_path):
    company = portfolio(tmp_path)
    outcome = company.sync("2026-06-01", dry_run=True)
    assert outcome.plan.changes
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())
    assert company.levels("DEP-01", run="last")["A"] == "alert"
    first = portfolio(tmp_path / "equal").sync_once("2026-06-01")
    assert [type(change) for change in first.plan.changes] == [type(change) for change in outcome.plan.changes]


def test_a_finding_falls_only_after_two_evaluations_a_day_apart_below_the_exit_limit(tmp_path):
    company = portfolio(tmp_path)
    company.sync_once("2026-06-01")
    bring(company, "30000")  # 30/110 = .2727 < .30 - .02
    company.sync("2026-06-02")
    assert company.levels("DEP-01")["A"] == "alert"
    company.sync("2026-06-02")
    assert company.levels("DEP-01")["A"] == "alert", "an hour later is not a second evaluation"
    company.sync("2026-06-03")
    assert company.levels("DEP-01")["A"] == "watch"


@pytest.mark.exhaustive
def test_inside_the_exit_margin_the_level_is_kept(tmp_path):
    company = portfolio(tmp_path)
    company.sync_once("2026-06-01")
    bring(company, "33000")  # 33/113 = .2920, above .28
    for day in ("2026-06-02", "2026-06-03", "2026-06-04"):
        company.sync(day)
    assert company.levels("DEP-01")["A"] == "alert"


def test_a_rise_after_the_first_run_makes_its_task_once(tmp_path):
    company = portfolio(tmp_path, big="20000")  # .20: watch at the first run, amnestied
    company.sync("2026-06-01")
    assert company.tasks() == []
    bring(company, "40000")
    company.sync("2026-06-02")
    keys = [task["key"] for task in company.tasks()]
    assert len(keys) == len(set(keys)) >= 1
    company.sync("2026-06-03")
    assert [task["key"] for task in company.tasks()] == keys


def test_a_lost_ledger_and_mirror_make_no_task_twice(tmp_path):
    company = portfolio(tmp_path)
    company.sync_once("2026-06-01", backlog=True)
    keys = sorted(task["key"] for task in company.tasks())
    for file in (tmp_path / "var").glob("*.*"):
        file.unlink()
    outcome = company.sync("2026-06-05")
    assert sorted(task["key"] for task in company.tasks()) == keys
    assert not [change for change in outcome.plan.changes if change.kind == "open_task"]
    assert company.flags()["A"]["open_rules"].startswith("DEP-01:alert@2026-06-01"), "the episode is found again with its day"


def test_a_task_that_a_person_closed_stays_closed(tmp_path):
    company = portfolio(tmp_path)
    company.sync_once("2026-06-01", backlog=True)
    rows = company.tasks()
    for row in rows:
        row["status"] = "closed"
    with (tmp_path / "out" / "tasks.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    company.sync("2026-06-02")
    assert [(row["key"], row["status"]) for row in company.tasks()] == [(row["key"], "closed") for row in rows]


def test_bad_rows_are_named_with_file_and_line_and_the_run_is_incomplete(tmp_path):
    company = portfolio(tmp_path)
    lines = ("bad,A,2026-13-40,5,invoice,EUR\n", "bad,A,2026-01-01,12 000,invoice,EUR\n", "bad,A,2026-01-01,1.234,56,invoice,EUR\n")
    a_files_line(company, "".join(lines))
    outcome = run(company.config, Mode(), Surroundings(clock=lambda: company.now, sleep=lambda _: None))
    assert outcome.exit_code == 3
    assert not outcome.pulled.complete
    named = sorted((problem.where.rpartition("/")[2], problem.column or "") for problem in outcome.pulled.problems)
    assert named == [("revenue.csv:12", "date"), ("revenue.csv:13", "amount"), ("revenue.csv:14", "")]


def test_an_incomplete_run_lowers_no_flag(tmp_path):
    company = portfolio(tmp_path)
    company.sync_once("2026-06-01")
    bring(company, "1000")
    for day in ("2026-06-02", "2026-06-04"):
        company.write()
        company.add("cases", case_id="c", account_id="A", opened_at="not a date")
        company.sync(day)
    assert company.flags()["A"]["level"] == "alert"
    assert company.levels("DEP-01")["A"] == "alert"


def test_an_unknown_account_is_left_out_and_told(tmp_path):
    company = portfolio(tmp_path)
    company.add("revenue", line_id="ghost", account_id="NOBODY", date="2026-03-15", amount="999999", kind="invoice", currency="EUR")
    company.sync("2026-06-01")
    assert "DQ-10" in {row["code"] for row in company.findings()["diagnostics"]}
    assert company.levels("DEP-01")["A"] == "alert"


def test_a_missing_file_is_insufficient_not_clear(tmp_path):
    company = portfolio(tmp_path)
    company.sync_once("2026-06-01")
    blocked = {row["rule"]: row["needs"] for row in company.findings()["insufficient"] if row["group"] is None}
    assert "invoices" in blocked["PAY-01"]
    assert "orders" in blocked["OPS-01"]


def test_a_person_who_dismisses_a_rule_silences_it_for_that_account(tmp_path):
    company = portfolio(tmp_path)
    company.tables["accounts"][0] |= {"dismissed_rules": "DEP-01", "dismissed_until": "2026-12-31", "dismiss_reason": "agreed"}
    company.sync("2026-06-01", backlog=True)
    assert not [task for task in company.tasks() if task["account_id"] == "A" and "DEP-01" in task["mark"]]


def test_names_and_secrets_of_people_stay_out_of_ledger_and_output(tmp_path):
    company = portfolio(tmp_path)
    company.tables["owners"][0]["name"] = "Zébulon Quintessence"
    company.tables["owners"][0]["email"] = "zebulon@example.org"
    company.add("contacts", contact_id="c1", account_id="A", title="Directeur achats", since="2026-05-01", is_decision_maker="true")
    company.sync("2026-06-01", backlog=True)
    for file in [*(tmp_path / "out").iterdir(), *(tmp_path / "var").glob("ledger*")]:
        content = file.read_bytes()
        assert b"Quintessence" not in content
        assert b"zebulon@" not in content

"""What follows a decision: the playbook of a stage, reminders of inaction, a notice that is kept, and what people set aside."""

from __future__ import annotations

import csv

import pytest

from sync.lookup import explain, status
from tests.sync.test_life import portfolio


def typed(company, account, **columns):
    next(row for row in company.tables["accounts"] if row["account_id"] == account).update(columns)


def codes(company, rule=None, account=None):
    marks = [task["mark"].split("|") for task in company.tasks() if account in {None, task["account_id"]}]
    return sorted(code for name, code, *_ in marks if rule in {None, name})


def said(company, monitor):
    return {row["group"]: row["level"] for row in company.findings()["monitors"] if row["monitor"] == monitor}


def close(company, code):
    path = company.folder / "out" / "tasks.csv"
    rows = company.tasks()
    for row in rows:
        if row["mark"].split("|")[1] == code:
            row["status"] = "closed"
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, rows[0])
        writer.writeheader()
        writer.writerows(rows)


PLAYBOOKS = {
    "A": ("repair", ["T-03", "T-04"]),
    "B": ("last_round", ["T-06", "T-10"]),
    "C": ("decision", ["T-07", "T-08", "T-09", "T-10", "T-12"]),
}


def test_a_stage_that_people_set_opens_its_playbook_once(tmp_path):
    company = portfolio(tmp_path, limits={"tasks_per_account_per_run": 9})
    company.sync("2026-06-01")
    for account, (stage, _) in PLAYBOOKS.items():
        typed(company, account, stage=stage, stage_since="2026-06-02")
    wanted = {account: codes for account, (_, codes) in PLAYBOOKS.items()}
    company.sync("2026-06-02")
    assert {account: codes(company, "STAGE", account) for account in PLAYBOOKS} == wanted
    company.sync("2026-06-03")
    assert {account: codes(company, "STAGE", account) for account in PLAYBOOKS} == wanted


def test_more_tasks_than_an_account_takes_become_one_digest(tmp_path):
    company = portfolio(tmp_path)
    company.sync_once("2026-06-01")
    typed(company, "A", stage="decision", stage_since="2026-06-02")
    company.sync("2026-06-02")
    assert len(codes(company, "STAGE")) == 3
    assert codes(company, "DIGEST") == ["T-00"]


def test_an_alert_nobody_acts_on_is_reminded_after_thirty_days_and_goes_to_the_manager_after_sixty(tmp_path):
    company = portfolio(tmp_path)
    company.sync_once("2026-06-01")
    company.sync("2026-06-30")
    assert codes(company, "STG-02") == []
    company.sync("2026-07-01")
    assert codes(company, "STG-02") == ["R-01"]
    assert said(company, "STG-02") == {"files:A": "watch"}
    company.sync("2026-07-31")
    assert codes(company, "STG-02") == ["R-01", "R-02"]
    company.sync("2026-08-01")
    assert codes(company, "STG-02") == ["R-01", "R-02"]


def test_a_task_that_is_done_ends_the_reminders(tmp_path):
    company = portfolio(tmp_path)
    company.sync_once("2026-06-01", backlog=True)
    close(company, "T-02")
    company.sync("2026-07-05")
    assert said(company, "STG-02") == {}


@pytest.mark.exhaustive
def test_a_dismissed_finding_is_not_reminded_and_the_third_time_goes_to_a_manager(tmp_path):
    company = portfolio(tmp_path)
    company.sync("2026-05-01")
    for day, until in (("2026-05-02", "2026-05-20"), ("2026-05-21", "2026-06-10"), ("2026-06-11", "2026-08-30")):
        assert codes(company, "STG-02") == []
        company.tables["accounts"][0] |= {"dismissed_rules": "DEP-01", "dismissed_until": until, "dismiss_reason": "agreed"}
        company.sync(day)
    assert codes(company, "STG-02") == ["R-03"]
    company.sync("2026-07-20")
    assert codes(company, "STG-02") == ["R-03"]


def orders(company, account, *days):
    for number, (promised, delivered) in enumerate(days):
        company.add(
            "orders", order_id=f"o{account}{number}", account_id=account, ordered_at="2026-01-02", promised_date=promised,
            delivered_date=delivered, status="delivered" if delivered else "open",
        )  # fmt: skip


@pytest.mark.exhaustive
def test_refill_is_half_at_half_of_the_notice_and_whole_at_its_end(tmp_path):
    company = portfolio(tmp_path)
    typed(company, "A", stage="exit_notice", stage_since="2026-03-20", notice_start="2026-03-20", notice_end="2026-09-20")
    company.add(
        "pipeline", deal_id="d", account_id="B", amount="40000", currency="EUR", probability="0.5", stage="proposal",
        created_at="2026-01-01", expected_close="2026-10-01", is_new_business="true",
    )  # fmt: skip
    company.sync("2026-05-01")
    assert said(company, "AFT-01") == {}
    company.sync("2026-06-20")
    assert said(company, "AFT-01") == {}, "half of 40,000 at half of the notice"
    company.sync("2026-09-20")
    assert said(company, "AFT-01") == {"files:A": "watch"}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the monitors say of four clients: the day before there is something to say, the day there is, and the day after, when two are mended."""
    company = portfolio(tmp_path_factory.mktemp("told"))
    typed(company, "A", stage="repair", stage_since="2026-06-01")
    typed(company, "B", stage="exit_notice", stage_since="2026-05-01", notice_start="2026-05-01", notice_end="2026-12-31")
    orders(company, "B", ("2026-06-14", ""))
    typed(
        company, "C", stage="decision", stage_since="2026-06-01", limits_set="true", review_date="2026-09-01", pulse_mean="3.6", pulse_n="8"
    )
    typed(company, "D", stage="after_care", stage_since="2025-12-15")
    company.add("activities", activity_id="x", account_id="E", kind="call", started_at="2026-06-01T09:00:00Z", initiated_by="us")
    days = {}
    for day, changes in (
        ("2026-06-14", {}),
        ("2026-06-15", {"C": {"pulse_mean": "3.1"}}),
        ("2026-06-16", {"A": {"limits_set": "true", "review_date": "2026-09-01"}, "C": {"pulse_n": "4"}}),
    ):
        for account, columns in changes.items():
            typed(company, account, **columns)
        company.sync(day)
        days[day] = {monitor: said(company, monitor) for monitor in ("STG-01", "AFT-02", "AFT-03", "AFT-04")}
    return days


def over(told, monitor):
    return [levels[monitor] for levels in told.values()]


def test_a_stage_without_limits_and_review_is_told_after_fourteen_days(told):
    assert over(told, "STG-01") == [{}, {"files:A": "watch"}, {}]


def test_a_late_order_during_the_notice_is_told(told):
    assert over(told, "AFT-02") == [{}, {"files:B": "watch"}, {"files:B": "watch"}]


def test_a_fall_of_the_teams_pulse_after_the_decision_is_told_until_fewer_than_five_answered(told):
    assert over(told, "AFT-04") == [{}, {"files:C": "watch"}, {}]


def test_a_client_without_contact_after_the_end_is_told_each_half_year(told):
    assert over(told, "AFT-03") == [{}, {"files:D": "watch"}, {"files:D": "watch"}]


@pytest.mark.exhaustive
def test_a_lost_ledger_makes_no_second_reminder(tmp_path):
    company = portfolio(tmp_path)
    company.sync_once("2026-06-01")
    company.sync("2026-07-01")
    assert codes(company, "STG-02") == ["R-01"]
    for file in (tmp_path / "var").glob("*.*"):
        file.unlink()
    company.sync("2026-07-02")
    assert codes(company, "STG-02") == ["R-01"]


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    """Three clients in their stages, after one run: a repair of a month ago, a decision in preparation, a notice of ninety days."""
    company = portfolio(tmp_path_factory.mktemp("staged"))
    typed(company, "A", stage="repair", stage_since="2026-05-01")
    typed(company, "B", stage="decision", stage_since="2026-05-01", consult_team="favourable", exit_reason="economics")
    company.add("repairs", account_id="B", kind="last_round", held_at="2026-04-20")
    typed(company, "C", stage="exit_notice", stage_since="2026-03-01", notice_start="2026-03-01", notice_end="2026-12-31")
    orders(company, "D", ("2026-02-10", "2026-02-09"), ("2026-05-20", "2026-05-25"))
    company.sync("2026-06-01")
    return company


def test_others_that_are_not_better_served_after_ninety_days_are_told(staged):
    assert said(staged, "AFT-05") == {"files:C": "info"}


def test_monitors_are_shown_and_flag_no_account(staged):
    assert "STG-01" not in staged.flags()["A"]["open_rules"]
    assert "STG-01" not in {row["rule"] for row in staged.findings()["findings"]}
    assert [row["monitor"] for row in status(staged.config, staged.now)["monitors"] if row["group"] == "files:A"] == ["STG-01"]
    assert [row["monitor"] for row in explain(staged.config, "A", rule=None, at=None)["monitors"]] == ["STG-01"]


def test_explain_shows_what_is_missing_before_an_end(staged):
    found = {row["code"]: (row["state"], row["reason"]) for row in explain(staged.config, "B", rule=None, at=None)["checklist"]}
    assert found == {
        "G1": ("missing", "choice_not_made"), "G2": ("ok", ""), "G3": ("missing", "accountant"), "G4": ("ok", ""), "G5": ("ok", ""),
        "G6": ("missing", "lawyer_not_asked"), "G7": ("missing", "impact_unknown"),
    }  # fmt: skip


def test_a_stage_older_than_the_first_run_makes_no_tasks(tmp_path):
    company = portfolio(tmp_path)
    typed(company, "A", stage="repair", stage_since="2026-01-01")
    company.sync("2026-06-01")
    company.sync("2026-06-02")
    assert codes(company, "STAGE") == []

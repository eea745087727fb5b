"""What a record carries besides its flags: sentences, trend, next step, money at stake."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import FLAG_FIELDS
from rules.counsel import Counsel
from rules.criteria import load
from rules.model import AccountRef
from sync import carried
from sync.plan import Target, plan_flags
from tests.sync.test_life import bring, portfolio

BOOK = load()
DAY = date(2026, 11, 24)
CLIENT = AccountRef(crm="salesforce", id="001A")


def row(rule="DEP-01", severity="alert", text="32,5 % du CA net", assumed=()):
    detail = {"explanation": {"fr": text, "en": text}, "assumed": {"fr": list(assumed), "en": list(assumed)}}
    return {"rule": rule, "severity": severity, "detail": detail, "group_id": "g"}


def test_each_finding_is_a_paragraph_the_worst_first():
    text = carried.texts([row("OPS-01", "watch"), row("DEP-01", "alert", assumed=["sans taux"])], BOOK, "fr")["explanation"]
    first, second = text.split("\n\n")
    assert first == "DEP-01 Part d'un client dans le CA — alerte\n32,5 % du CA net\nsans taux"
    assert second.startswith("OPS-01 ")
    assert second.splitlines()[0].endswith("— vigilance")


def test_a_report_on_values_is_told_in_the_restricted_field_alone():
    texts = carried.texts([row("BEH-04", "watch", "2 signalements")], BOOK, "fr")
    assert "2 signalements" not in texts["explanation"]
    assert "Signalement à examiner" in texts["explanation"]
    assert "2 signalements" in texts["restricted"]


def test_without_a_finding_nothing_is_said():
    assert carried.texts([], BOOK, "fr") == {"explanation": None, "restricted": None}


def test_thousands_of_findings_fit_and_say_how_many_do_not():
    text = carried.texts([row(text="x" * 500)] * 3000, BOOK, "en")["explanation"]
    assert len(text) <= carried.LONGEST
    kept = text.count("DEP-01")
    assert text.endswith(f"… and {3000 - kept} more.")


def test_the_trend_keeps_a_value_a_month_and_twelve_months():
    text = None
    for month in range(1, 13):
        text = carried.trend(text, date(2025, month, 3), 40.4, "watch")
        text = carried.trend(text, date(2025, month, 20), month, "alert")
    text = carried.trend(text, date(2026, 1, 5), None, None)
    months = text.split()
    assert len(months) == 12
    assert (months[0], months[-2], months[-1]) == ("2025-02:2a", "2025-12:12a", "2026-01:-n")


@given(st.one_of(st.none(), st.text(), st.from_regex(r"(20\d\d-[01]\d:\d{1,3}[niwac] ?){0,30}", fullmatch=True)), st.integers(0, 100))
def test_whatever_stands_in_the_trend_field_the_next_value_is_readable_and_fits(seen, index):
    text = carried.trend(seen, DAY, index, "critical")
    assert len(text) <= carried.SHORT
    assert text.endswith(f"2026-11:{index}c")
    assert carried.trend(text, DAY, index, "critical") == text


@pytest.mark.parametrize(
    ("revenue", "shown"),
    [("3966135.02", 3970000.0), ("1234.5", 1230.0), ("0", 0.0), ("-45678", -45700.0), ("0.126", 0.13), ("12.3456", 12.3), (None, None)],
)
def test_money_at_stake_is_written_with_three_digits(revenue, shown):
    assert carried.at_stake(None if revenue is None else Decimal(revenue)) == shown


def test_the_next_step_is_the_title_of_the_task_that_opens_the_stage():
    advice = Counsel(
        group="g", level="alert", open_rules="", index=None, coverage=None, stage=None, stage_proposed="repair", next_step="T-03"
    )
    assert carried.next_step(advice, BOOK, "fr") == "Comprendre l'origine avec ce client"
    assert carried.next_step(advice, BOOK, "en") == "Understand the cause with this client"


def planned(seen, values):
    return plan_flags(
        [Target(account=CLIENT, values=values)],
        {CLIENT: seen},
        written={},
        writable={"salesforce": frozenset(FLAG_FIELDS)},
        stamp={"run": "r2"},
        as_of=DAY,
        complete=True,
    )


def test_new_figures_in_the_same_sentences_are_no_reason_to_write():
    plan = planned({"level": "alert", "explanation": "32,5 % du CA, 3 966 €"}, {"level": "alert", "explanation": "32,6 % du CA, 4 012 €"})
    assert plan.changes == ()


def test_new_figures_go_along_when_something_else_changes():
    plan = planned({"level": "watch", "explanation": "29 % du CA"}, {"level": "alert", "explanation": "32,6 % du CA"})
    assert dict(plan.changes[0].after) == {"level": "alert", "explanation": "32,6 % du CA", "run": "r2"}


def test_another_sentence_is_a_reason_to_write():
    plan = planned({"level": "alert", "explanation": "32 % du CA (vigilance)"}, {"level": "alert", "explanation": "32 % du CA (alerte)"})
    assert set(plan.changes[0].after) == {"explanation", "run"}


def test_the_texts_go_when_the_last_finding_goes(tmp_path):
    company = portfolio(tmp_path)
    company.sync_once("2026-06-01")
    before = company.flags()["A"]
    assert before["explanation"].startswith("DEP-01 ")
    assert before["trend"].startswith("2026-06:")
    assert float(before["at_stake"]) == 40000
    bring(company, "5000")
    for day in ("2026-06-03", "2026-06-05"):
        company.sync(day)
    after = company.flags()["A"]
    assert (after["level"], after["explanation"], after["at_stake"]) == ("none", "", "")

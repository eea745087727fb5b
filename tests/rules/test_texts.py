from __future__ import annotations

import dataclasses
import hashlib
from datetime import date
from decimal import Decimal

import pytest

from rules import explain, tasks
from rules.criteria import load
from rules.figures import Figure, fill, show
from rules.model import Finding, RecordRef
from tests.rules.bench import MOMENT, Metrics, episode

CATALOGUE = load()
THIN, HARD = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("value", "unit", "english", "french"),
    [
        (Decimal("1234.56"), "money", "€1,234.56", f"1{THIN}234,56{HARD}€"),
        (Decimal("1234.5000"), "money", "€1,234.50", f"1{THIN}234,50{HARD}€"),
        (400_000.0, "money", "€400,000", f"400{THIN}000{HARD}€"),
        (-12.5, "money", "-€12.50", f"-12,50{HARD}€"),
        (0.345, "percent", "34.5%", f"34,5{HARD}%"),
        (0.30, "percent", "30%", f"30{HARD}%"),
        (-0.15, "percent", "-15%", f"-15{HARD}%"),
        (0.12345, "percent", "12.3%", f"12,3{HARD}%"),
        (0.0225, "percent", "2.3%", f"2,3{HARD}%"),
        (0.05, "points", "5 points", f"5{HARD}points"),
        (15.4, "days", "15.4 days", f"15,4{HARD}jours"),
        (1, "days", "1 day", f"1{HARD}jour"),
        (0, "days", "0 days", f"0{HARD}jour"),
        (2.6667, "times", "2.67 times", f"2,67{HARD}fois"),
        (0.185, "ratio", "0.185", "0,185"),
        (6.2943, "score", "6.3", "6,3"),
        (2600, "hours", "2,600 h", f"2{THIN}600{HARD}h"),
        (12, "count", "12", "12"),
        (date(2026, 11, 24), "date", "2026-11-24", "24/11/2026"),
        (True, "plain", "yes", "oui"),
        (None, "money", "—", "n.c."),
        (float("nan"), "percent", "—", "n.c."),
        (float("inf"), "times", "—", "n.c."),
        (-0.0001, "percent", "0%", f"0{HARD}%"),
    ],
)
def test_a_number_reads_as_people_of_each_language_write_it(value, unit, english, french):
    assert (show(value, unit, "en"), show(value, unit, "fr")) == (english, french)


def test_another_currency_is_named_after_the_amount():
    assert show(1500, "money", "en", "CHF") == "1,500 CHF"
    assert show(1500, "money", "en", "USD") == "$1,500"


def test_a_word_follows_its_number():
    text = "{n:count} {n:plural:order|orders}"
    assert [fill(text, {"n": n}, "en") for n in (0, 1, 2)] == ["0 orders", "1 order", "2 orders"]
    assert [fill(text, {"n": n}, "fr") for n in (0, 1, 2)] == ["0 order", "1 order", "2 orders"]


@pytest.mark.parametrize(
    ("name", "said"),
    [("Ardsannec", "d'Ardsannec"), ("Écoles", "d'Écoles"), ("Vaubréal", "de Vaubréal"), ("Hôtels", "de Hôtels"), ("", "de ")],
)
def test_of_whom_is_said_as_french_says_it(name, said):
    assert fill("le poids {account:de}", {"account": name}, "fr") == f"le poids {said}"


def test_a_change_shows_which_way_it_went():
    assert [show(value, "change", "en") for value in (0.164, 0.0, -1)] == ["+16.4%", "0%", "-100%"]


def test_a_figure_brings_its_unit_and_a_name_nobody_knows_is_unknown():
    assert fill("{value} of {colour}", {"value": Figure(0.2, "percent")}, "en") == "20% of —"


SHARE = {"a:1": {"share": 0.345, "net_revenue": Decimal("345000.00"), "tenure_years": 6}}


def finding(portfolio=None, rule="DEP-01", groups=SHARE, **options):
    (found,) = Metrics(groups, portfolio).evaluate(rule, **options).findings
    return found


def test_a_sentence_says_value_limit_window_and_what_would_clear_it():
    assert explain.sentence(finding(), "en", catalogue=CATALOGUE) == (
        "This client makes 34.5% of net revenue, €345,000 of €1,000,000, from 2025-07-01 to 2026-06-30; it has been a client for 6 years "
        "(alert, limit 30%); clears below 10%, twice in a row: €150,000.01 more revenue from the other "
        "clients would bring it under 30%, €2,450,000.01 more revenue from the other clients would clear it."
    )


def test_the_same_sentence_in_french():
    said = explain.sentence(finding(), "fr", catalogue=CATALOGUE).replace(THIN, " ").replace(HARD, " ")
    assert said == (
        "Ce client représente 34,5 % du CA net, 345 000 € sur 1 000 000 €, du 01/07/2025 au 30/06/2026 ; il est client depuis 6 ans "
        "(alerte, seuil 30 %) ; fin du constat sous 10 %, à deux relevés de suite : "
        "150 000,01 € de CA de plus chez les autres clients le ramèneraient sous 30 %, "
        "2 450 000,01 € de CA de plus chez les autres clients y mettraient fin."
    )


@pytest.mark.parametrize(
    ("level", "more", "cleared"),
    [("alert", 2_450_000.00, False), ("alert", 2_450_000.01, True), ("info", 3_312_500.00, False), ("info", 3_312_500.01, True)],
)
def test_the_change_it_names_clears_the_finding_and_one_cent_less_does_not(level, more, cleared):
    total = 1_000_000.0 + more
    metrics = Metrics({"a:1": {"share": 345_000.0 / total, "net_revenue": 345_000.0}}, {"positive_total": total})
    known = [episode("DEP-01", "a:1", level, below=1, below_at=MOMENT.now.replace(day=1, month=6))]
    assert (metrics.evaluate("DEP-01", episodes=known).episodes[0].cleared is not None) is cleared


def test_without_a_catalogue_the_shipped_words_are_used():
    assert explain.sentence(finding(), "en") == explain.sentence(finding(), "en", catalogue=CATALOGUE)


def test_a_finding_without_a_limit_says_its_level_only():
    groups = {"a:1": {"insolvent": True, "oldest_open_overdue_days": 0, "open_overdue": 0, "open_receivable": 1200}}
    said = explain.sentence(finding({"invoice_conversion_coverage": 1.0}, "PAY-02", groups), "en", catalogue=CATALOGUE)
    assert said == "An insolvency of this client is on record on 2026-06-30; €0 of €1,200 is overdue (critical)."


def test_levels_read_in_french():
    assert [explain.label(level, "fr") for level in ("info", "watch", "alert", "critical")] == ["info", "vigilance", "alerte", "critique"]


def test_assumptions_read_as_sentences():
    found = finding({"orphan_share": 0.2})
    assert explain.assumptions(found, "en", catalogue=CATALOGUE) == [
        "More than 5% of the revenue lines name no known client and are left out."
    ]
    assert "aucun client connu" in explain.assumptions(found, "fr", catalogue=CATALOGUE)[0]


# ---------------------------------------------------------------- tasks


def wanted(level="alert", **changes):
    found = Metrics(SHARE).evaluate("DEP-01")
    known = [episode("DEP-01", "a:1", level, **changes)]
    return tasks.wanted(known, found.findings, CATALOGUE)


def test_a_rise_asks_for_the_tasks_of_its_level_and_of_those_below():
    assert [task.code for task in wanted()] == ["T-02", "T-26"]
    assert [task.code for task in wanted("watch")] == ["T-02"]
    assert wanted("info") == []
    assert wanted(task_level="alert") == []
    assert [task.code for task in wanted(task_level="watch")] == ["T-02", "T-26"]


def test_the_key_is_the_hash_that_the_readings_give():
    task = wanted()[0]
    text = "00D000000000001|DEP-01|a:1|2026-01-10|T-02|alert"
    assert task.key("00D000000000001") == "eq1-" + hashlib.sha256(text.encode()).hexdigest()[:32]
    assert len(task.key("x")) == 36
    assert task.mark == "DEP-01|T-02|alert|2026-01-10"


def test_the_key_of_a_portfolio_task_has_an_empty_group():
    found = Metrics({}, {"hhi": 0.3, "top5": 0.9, "active_customers": 12}).evaluate("DEP-04")
    (task,) = tasks.wanted(found.episodes, found.findings, CATALOGUE)
    assert task.group is None
    assert task.key("o") == "eq1-" + hashlib.sha256(b"o|DEP-04||2026-06-30|T-25|alert").hexdigest()[:32]


def test_the_worst_comes_first_whatever_the_order_of_the_episodes():
    groups = {"a:1": {"share": 0.2}, "a:2": {"share": 0.6}, "a:3": {"share": 0.3}}
    found = Metrics(groups).evaluate("DEP-01")
    order = [task.group for task in tasks.wanted(reversed(found.episodes), found.findings, CATALOGUE) if task.code == "T-02"]
    assert order == ["a:2", "a:3", "a:1"]


def text_of(code, language, finding, account="Acme"):
    task = tasks.Wanted(
        rule=finding.rule, group=finding.group, code=code, severity=finding.severity, episode=finding.episode, finding=finding
    )
    template = CATALOGUE.tasks[code]
    return (
        tasks.subject(task, template, language, account=account),
        tasks.body(task, template, CATALOGUE, language, account=account),
    )


def test_a_task_says_its_numbers_in_the_first_line_then_what_to_do():
    subject, body = text_of("T-02", "fr", finding())
    assert subject == f"Faire le point sur le poids d'Acme (34,5{HARD}% du CA)"
    first, blank, rest = body.split("\n", 2)
    assert first.startswith(f"Ce client représente 34,5{HARD}%")
    assert blank == ""
    assert rest.startswith("Répondre à trois questions : ")


def test_the_plan_to_diversify_says_how_much_is_needed_to_come_under_the_level():
    subject, body = text_of("T-26", "en", finding())
    assert subject == "Plan to bring Acme under 30%"
    assert body.endswith("Growth needed elsewhere: €150,000.01. Never by serving this client less well.")


def test_what_is_not_known_prints_as_unknown_in_either_language():
    assert "lowest cash — in month —" in text_of("T-08", "en", finding())[1]
    assert "trésorerie minimale n.c. au mois n.c." in text_of("T-08", "fr", finding())[1]


def test_record_ids_are_listed_and_counted():
    found = finding()
    evidence = tuple(RecordRef(crm="crm", object="Case", id=f"500{n}") for n in range(3))
    body = text_of("T-01", "en", dataclasses.replace(found, evidence=evidence))[1]
    assert "\n\n3 incidents on record. Within 24 hours" in body
    assert body.endswith("\n\nRecords: 5000, 5001, 5002")
    assert "Records" not in text_of("T-01", "en", dataclasses.replace(found, evidence=()))[1]


def test_hours_that_nobody_keeps_are_unknown_and_not_none():
    kept = dataclasses.replace(finding(), numbers={**finding().numbers, "hours_12m": 0.0, "hours_share": 0.0})
    unkept = dataclasses.replace(finding(), numbers={**finding().numbers, "hours_12m": 0.0, "hours_share": None})
    assert text_of("T-17", "fr", kept)[0].startswith(f"Plan de remplacement : 0{HARD}h ")
    assert text_of("T-17", "fr", unkept)[0].startswith("Plan de remplacement : n.c. ")


def test_a_title_is_one_line_as_both_crms_keep_it():
    assert text_of("T-02", "en", finding(), account=" Acme\nHolding  ")[0] == text_of("T-02", "en", finding(), account="Acme Holding")[0]


def test_a_title_is_never_longer_than_both_crms_allow():
    subject, _ = text_of("T-02", "fr", finding(), account="A" * 400)
    assert len(subject) == 255


def test_every_task_can_be_written_for_every_rule_in_both_languages():
    found = finding()
    for code in CATALOGUE.tasks:
        for language in ("en", "fr"):
            subject, body = text_of(code, language, found)
            assert "{" not in subject + body
            assert "None" not in subject + body


def test_a_sentence_can_be_written_for_every_rule_with_nothing_known():
    for rule in CATALOGUE.rules:
        for component in rule.components:
            empty = Finding(
                rule=rule.id, group="a:1", severity="watch", raw="watch", value=None, threshold=None, unit=component.unit, window=None,
                since=date(2026, 1, 1), episode="2026-01-01", numbers={"component": component.name},
            )  # fmt: skip
            for language in ("en", "fr"):
                said = explain.sentence(empty, language, catalogue=CATALOGUE)
                assert "{" not in said
                assert "None" not in said


# ---------------------------------------------------------------- due dates


@pytest.mark.parametrize(
    ("code", "start", "due"),
    [
        ("T-11", date(2026, 11, 24), date(2026, 11, 27)),
        ("T-11", date(2026, 11, 26), date(2026, 11, 30)),
        ("T-01", date(2026, 4, 30), date(2026, 5, 4)),
        ("T-03", date(2026, 12, 20), date(2026, 12, 28)),
        ("T-23", date(2026, 8, 31), date(2027, 3, 1)),
        ("T-14", date(2026, 7, 14), date(2026, 7, 15)),
    ],
)
def test_a_due_date_skips_week_ends_and_public_holidays(code, start, due):
    assert tasks.due_date(CATALOGUE.tasks[code], start) == due


def test_holidays_are_those_of_the_companys_country_and_its_own_days_off():
    template = CATALOGUE.tasks["T-14"]
    assert tasks.due_date(template, date(2026, 7, 14), "DE") == date(2026, 7, 14)
    assert tasks.due_date(template, date(2026, 7, 14), "DE", {date(2026, 7, 14)}) == date(2026, 7, 15)


def test_a_country_nobody_knows_has_week_ends_only():
    assert tasks.working_day(date(2026, 12, 25), "XX") == date(2026, 12, 25)
    assert tasks.working_day(date(2026, 12, 26), "XX") == date(2026, 12, 28)


def test_what_a_rule_lacks_reads_in_french_too_and_names_no_metric():
    said = {guard.needs for rule in CATALOGUE.rules for part in rule.components for guard in part.guards}
    assert {text for text in said if explain.needs(text, "fr") == text} == set()
    assert explain.needs("net revenue of the last 12 months (top5)", "fr") == "le CA net des 12 derniers mois"
    assert explain.needs("3 due invoices in the last 12 months (due_invoices)", "en") == "3 due invoices in the last 12 months"
    assert explain.needs("repairs.held_at", "fr") == "repairs.held_at"

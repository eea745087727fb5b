"""Ethics as code: what we never say, never measure and do not keep (domain.md E-1 to E-16)."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules.criteria import load
from rules.elements import read
from rules.monitors import read_book
from rules.rule import LANGUAGES
from rules.vocabulary import documented
from sync import outages
from sync.digest import TEXTS
from sync.reminders import STAGES
from sync.retention import purge
from tests.sync.test_life import portfolio

ROOT = Path(__file__).parents[1]
BOOK = load()
MONITORS = read_book()
FORBIDDEN = re.compile(
    r"\b(toxi\w*|abusi\w*|abusers?|menteur\w*|menteuse\w*|liars?|mauvais payeurs?|bad payers?|chantage|blackmail\w*|escroc\w*|crooks?|voleu\w+|thie\w+|"
    r"malhonn\w*|dishonest\w*|harceleu\w+|harassers?|pervers\w*|manipulat\w+|caprices?|capricieu\w*|insupportable\w*|odieu\w*|detest\w*|deteste\w*|"
    r"idiot\w*|stupid\w*|imbecile\w*|hysteri\w*|fou|folle|crazy|nuisible\w*|parasit\w*|bad clients?|mauvais clients?|dépendance économique)\b",
    re.IGNORECASE,
)
"""Words that judge a client or a person. A finding says what was counted, never what somebody is."""


def texts():
    """Every text in both languages that may reach a CRM, a task, an explanation or the report."""
    for rule in BOOK.rules:
        for part in (rule.name, rule.text, *(one.text for one in rule.components if one.text), *(one.text for one in rule.clears)):
            yield from ((rule.id, part[language]) for language in LANGUAGES)
        yield from ((rule.id, one.step[language]) for one in rule.clears if one.step for language in LANGUAGES)
    for template in (*BOOK.tasks.values(), *MONITORS.tasks.values()):
        yield from ((template.code, part[language]) for part in (template.title, template.body) for language in LANGUAGES)
    for monitor in MONITORS.monitors.values():
        yield from ((monitor.id, part[language]) for part in (monitor.name, monitor.text) for language in LANGUAGES)
    for code, text in BOOK.assumptions.items():
        yield from ((code, text[language]) for language in LANGUAGES)
    for language in LANGUAGES:
        yield from (("digest", text) for text in TEXTS[language])
        yield from (("stage", text) for text in STAGES[language].values())
        yield from (("outage", text) for both in outages.TEXTS[language].values() for text in both)
        yield from (("outage", text) for text in outages.SAID[language].values())


@pytest.mark.parametrize("where", sorted({where for where, _ in texts()}))
def test_no_text_judges_a_client_or_a_person(where):
    said = [text for name, text in texts() if name == where]
    assert said
    assert [match[0] for text in said for match in FORBIDDEN.finditer(text)] == []


FILES = [
    *sorted((ROOT / "sync/reporting").glob("*.toml")),
    *(ROOT / "rules/catalogue" / name for name in ("sheet.toml", "levers.toml", "monitors.toml", "tasks.toml")),
    ROOT / "connectors/hubspot/fields.py",
    *sorted((ROOT / "connectors/salesforce/package").rglob("*.field-meta.xml")),
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_labels_and_helps_of_fields_report_and_sheet_are_neutral(path):
    assert [match[0] for match in FORBIDDEN.finditer(path.read_text(encoding="utf-8"))] == []


def test_the_word_list_finds_what_it_is_for():
    assert FORBIDDEN.search("Un client toxique, mauvais payeur et menteur")
    assert FORBIDDEN.search("This client is a liar")


def test_no_metric_is_per_employee():
    group, whole = documented()
    counted = {"response_owners_3m"}  # how many people answer a client: the guard that keeps OPS-05 silent below three
    assert {name for name in (*group, *whole) if re.search(r"owner|employee|agent|salari|user", name)} == counted


def test_no_rule_or_task_asks_for_a_persons_name_or_a_message():
    placeholders = {name for _, text in texts() for name in re.findall(r"\{(\w+)", text)}
    assert placeholders & {"name", "owner", "contact", "email", "text", "message", "body", "subject"} == set()


def test_fewer_than_five_answers_are_not_measured(tmp_path):
    company = portfolio(tmp_path)
    company.tables["accounts"][0] |= {"pulse_mean": "1.2", "pulse_n": "4"}
    company.sync("2026-06-01")
    assert company.levels("TEAM-01") == {}
    assert company.findings(metrics=True)["metrics"]["files:A"]["pulse_mean"] is None


def test_a_natural_person_gets_no_finding_no_figures_and_no_flag(tmp_path):
    company = portfolio(tmp_path)
    company.tables["accounts"][0] |= {"is_person": "true"}
    company.sync("2026-06-01")
    document = company.findings(metrics=True)
    assert "files:A" not in {row["group"] for row in document["findings"]}
    assert "files:A" not in document["metrics"]
    assert "A" not in company.flags()
    assert float(document["portfolio"]["positive_total"]) == 120_000


def test_software_proposes_no_end_and_addresses_nobody_outside():
    assert {stage for rule in BOOK.rules for stage in rule.stages.values()} <= {"watch", "repair", "last_round"}
    assert {template.role for template in (*BOOK.tasks.values(), *MONITORS.tasks.values())} <= {
        "owner", "owner_manager", "manager", "finance", "operations", "sales", "marketing",
    }  # fmt: skip


def test_every_legal_task_says_that_a_lawyer_checks():
    for language, word in (("en", "lawyer"), ("fr", "avocat")):
        assert word in BOOK.tasks["T-12"].title[language]


def test_the_figures_of_a_run_go_with_their_time(tmp_path):
    company = portfolio(tmp_path)
    outcome = company.sync("2026-01-15")
    folder = tmp_path / "var" / "runs" / outcome.run
    assert folder.exists()
    aside = tmp_path / "var" / "facts.duckdb.aside"
    aside.write_bytes(b"x")
    os.utime(aside, (0, 0))
    counts = purge(company.config, datetime(2026, 12, 1, tzinfo=UTC))
    assert not folder.exists()
    assert list((tmp_path / "var").glob("facts.duckdb.aside*")) == []
    assert counts["aside"] == 1


def test_the_note_for_the_dpia_answers_every_risk():
    document = (ROOT / "docs/privacy.md").read_text(encoding="utf-8")
    assert [f"E-{number}" for number in range(1, 17) if f"| E-{number} |" not in document] == []
    for part in ("Purposes", "Legal bases", "Data map", "Recipients", "Retention", "Rights", "Measures"):
        assert f"### {part}" in document, part


def test_the_principles_of_the_texts_have_their_answers():
    assert all(one.design or one.rules or one.tasks for one in read() if one.kind == "PRIN")

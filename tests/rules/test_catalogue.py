from __future__ import annotations

import re
import unicodedata

import pytest

from rules.criteria import load, selftest
from rules.figures import fields
from rules.rule import LANGUAGES
from rules.selftest import Bench
from tests.extent import family
from tests.rules.mutants import mutants

CATALOGUE = load()
IDS = [
    "BEH-01",
    "BEH-02",
    "BEH-03",
    "BEH-04",
    "BEH-05",
    "CON-01",
    "CON-02",
    "CON-03",
    "CTS-01",
    "CTS-02",
    "DEP-01",
    "DEP-02",
    "DEP-03",
    "DEP-04",
    "DEP-05",
    "DEP-06",
    "FIX-01",
    "GOV-01",
    "GOV-02",
    "GOV-03",
    "OPS-01",
    "OPS-02",
    "OPS-03",
    "OPS-04",
    "OPS-05",
    "PAY-01",
    "PAY-02",
    "PAY-03",
    "TEAM-01",
    "VOL-01",
]

REQUIRED = {
    "DEP-01": "revenue", "DEP-03": "revenue", "DEP-04": "revenue", "VOL-01": "revenue",
    "DEP-02": "revenue hours", "CTS-01": "revenue hours", "CTS-02": "revenue hours", "CON-01": "revenue contracts",
    "CON-03": "revenue contracts", "GOV-03": "revenue activities", "DEP-05": "revenue invoices", "TEAM-01": "",
}  # fmt: skip
"""The tables of readings.md "Required columns" where a rule needs more than its own one, or none."""


def test_the_thirty_rules_of_the_domain_are_there():
    assert sorted(CATALOGUE.by_id) == IDS


def test_every_case_inside_the_rule_files_comes_out():
    assert selftest(CATALOGUE) == []


@pytest.mark.parametrize("rule_id", IDS)
def test_a_rule_has_cases_for_every_level_for_the_unknown_for_refunds_and_for_missing_columns(rule_id):
    rule = CATALOGUE.rule(rule_id)
    assert len(rule.cases) >= 6
    assert len({case.name for case in rule.cases}) == len(rule.cases)
    expected = {case.expect for case in rule.cases}
    assert {level.severity for component in rule.components for level in component.levels} <= expected
    assert {"clear"} <= expected
    assert any(None in case.given.values() for case in rule.cases)
    assert "revenue" not in rule.requires or any(re.search("refund|credit note", case.name) for case in rule.cases)
    assert any(case.open for case in rule.cases)
    assert "blocked" in expected or not rule.requires


ONE_OF_EACH_FILE = ("BEH-03", "CON-02", "CON-03", "CTS-02", "DEP-06", "FIX-01", "GOV-01", "OPS-05", "PAY-03", "TEAM-01")


@pytest.mark.parametrize("rule_id", family(IDS, ONE_OF_EACH_FILE))
def test_every_threshold_and_operator_is_pinned_by_a_case(rule_id):
    rule = CATALOGUE.rule(rule_id)
    alive = list(mutants(rule))
    assert alive
    with Bench(CATALOGUE, rule) as bench:
        for batch in bench.batches():
            bench.lay(batch)
            expected = [case.expect for case in batch]
            alive = [(said, mutant) for said, mutant in alive if bench.verdicts(mutant, batch) == expected]
    assert [said for said, _ in alive] == []


def test_the_required_columns_are_those_of_the_readings():
    for rule in CATALOGUE.rules:
        if rule.id in REQUIRED:
            assert set(rule.requires) == set(REQUIRED[rule.id].split()), rule.id
        if "revenue" in rule.requires:
            assert rule.requires["revenue"] == ("account_id", "date", "amount")
        if "hours" in rule.requires:
            assert rule.requires["hours"][:3] == ("account_id", "week", "hours")


def test_only_four_rules_fall_at_once():
    assert {rule.id for rule in CATALOGUE.rules if rule.falls_after == 0} == {"BEH-01", "PAY-02", "GOV-01", "GOV-03"}


def test_the_exit_margins_and_cooldowns_are_those_of_the_domain():
    margins = {(rule.id, part.name): part.exit_margin for rule in CATALOGUE.rules for part in rule.components if part.exit_margin}
    assert margins == {
        ("DEP-01", "share"): 0.02, ("DEP-02", "margin_share"): 0.02, ("DEP-03", "share_delta_12m"): 0.02, ("DEP-04", "hhi"): 0.02,
        ("DEP-05", "receivable_share"): 0.03, ("VOL-01", "volume"): 0.05, ("PAY-01", "lateness"): 3.0, ("PAY-01", "habit"): 3.0,
        ("CON-01", "commitment_fulfilment"): 0.03, ("BEH-02", "all"): 1.0, ("BEH-02", "confirmed"): 1.0, ("OPS-01", "rush_share"): 0.05,
        ("OPS-02", "overtime_share"): 0.05, ("OPS-05", "avoidance_ratio"): 0.3, ("CTS-01", "margin_pct"): 0.02,
        ("CTS-02", "effort_ratio"): 0.2, ("GOV-02", "topics"): 0.10,
    }  # fmt: skip
    cooldowns = {rule.id: rule.cooldown_days for rule in CATALOGUE.rules}
    assert {rule for rule, days in cooldowns.items() if days == 180} == {
        "DEP-01", "DEP-02", "DEP-03", "DEP-04", "DEP-06", "PAY-03", "CON-03", "BEH-04", "GOV-02", "FIX-01",
    }  # fmt: skip
    assert {rule: days for rule, days in cooldowns.items() if days not in {90, 180}} == {
        "PAY-01": 60,
        "PAY-02": 30,
        "BEH-02": 60,
        "BEH-01": 0,
        "GOV-01": 0,
    }


def test_the_weights_of_the_index_add_up_to_a_hundred_and_cover_every_rule():
    assert sum(family.weight for family in CATALOGUE.families) == 100
    assert {rule.family for rule in CATALOGUE.rules} == {member for family in CATALOGUE.families for member in family.members}


def test_the_thirty_one_tasks_of_the_domain_are_there_in_both_languages():
    assert list(CATALOGUE.tasks) == [f"T-{number:02d}" for number in range(1, 32)]
    for task in CATALOGUE.tasks.values():
        for text in (task.title, task.body):
            assert set(text) == set(LANGUAGES)
            assert {name for name, _ in fields(text["en"])} == {name for name, _ in fields(text["fr"])}, task.code


def test_every_task_of_a_rule_exists_and_every_rule_that_reaches_watch_asks_for_one():
    for rule in CATALOGUE.rules:
        assert set(rule.codes("critical")) <= set(CATALOGUE.tasks)
        assert rule.codes("watch"), rule.id
        assert not rule.codes("info")
    assert CATALOGUE.rule("DEP-01").codes("watch") == ("T-02",)
    assert CATALOGUE.rule("DEP-01").codes("alert") == ("T-02", "T-26")


# ---------------------------------------------------------------- words

FORBIDDEN = {
    "fr": "toxique abusif abusive menteur menteuse mauvais payeur chantage maître chanteur escroc voleur voleuse malhonnête tyran caprice "
    "capricieux hystérique agressif agressive insupportable pénible odieux mauvaise foi harceleur coupable fautif ingrat profiteur "
    "parasite client roi arrogant violent violente",
    "en": "toxic abusive liar lying bad payer blackmail crook thief dishonest tyrant whim capricious hysterical aggressive unbearable "
    "nasty bad faith harasser guilty culprit ungrateful parasite arrogant violent bully",
}
PHRASES = ("mauvais payeur", "maître chanteur", "mauvaise foi", "client roi", "bad payer", "bad faith", "dépendance économique", "l420-2")


def plain(text):
    return unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()


def words(language):
    text = FORBIDDEN[language]
    for phrase in PHRASES:
        text = text.replace(phrase, "")
    return {plain(word) for word in text.split()}


def texts(language):
    """Every text that may reach a CRM field, a task or a report."""
    for rule in CATALOGUE.rules:
        yield rule.id, rule.name[language]
        yield rule.id, rule.text[language]
        yield from ((rule.id, part.text[language]) for part in rule.components if part.text is not None)
        yield from ((rule.id, text[language]) for part in rule.clears for text in (part.text, part.step) if text is not None)
        yield rule.id, rule.reason if language == "en" else ""
    for task in CATALOGUE.tasks.values():
        yield task.code, task.title[language]
        yield task.code, task.body[language]
    yield from ((code, text[language]) for code, text in CATALOGUE.assumptions.items())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_accuses_a_client(language):
    for where, text in texts(language):
        assert not set(re.findall(r"[a-z]+", plain(text))) & (words("en") | words("fr")), (where, text)
        assert not [phrase for phrase in PHRASES if plain(phrase) in plain(text)], (where, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_forbidden_words_would_be_found(language):
    assert "toxi" in " ".join(words(language))


def test_french_texts_are_french_and_typeset_as_french():
    for where, text in texts("fr"):
        assert not re.search(r"\S[;:!?»]|«\S", re.sub(r"\{[^}]*\}", "", text)), (where, text)
        assert not re.search(r"\b(the|and|of|with|from)\b", text), (where, text)
        assert "'" not in text or not re.search(r"\s'|'\s", text), (where, text)


def test_no_text_but_a_task_title_names_the_client_and_none_names_a_person():
    allowed = {"account"}
    for rule in CATALOGUE.rules:
        for text in (rule.text, *(part.text for part in rule.components if part.text)):
            assert not {name for name, _ in fields(text["fr"])} & {
                "account",
                "name",
                "owner",
                "contact",
                "decision_contact_id",
                "incident_id",
            }
    for task in CATALOGUE.tasks.values():
        assert {name for name, _ in fields(task.title["fr"])} & {"name", "owner", "contact"} <= allowed


def test_both_languages_say_the_same_numbers():
    for rule in CATALOGUE.rules:
        for text in (rule.text, *(part.text for part in rule.components if part.text), *(part.text for part in rule.clears)):
            assert {name for name, _ in fields(text["en"])} == {name for name, _ in fields(text["fr"])}, rule.id


def test_every_rule_states_its_reason_and_most_their_source():
    for rule in CATALOGUE.rules:
        assert len(rule.reason) > 40, rule.id
        assert all(re.fullmatch(r"S[0-4]-\d\d", source) for source in rule.sources)

"""The words of the sheet and of the levers: complete in both languages, neutral, and without a figure that nobody gives."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from rules.clearing import Change, Flip
from rules.criteria import load
from rules.figures import fields
from rules.levers import load as load_levers
from rules.outlook import WORDS, beneath, change, flip
from rules.sheet import caution, verdict_name
from tests.rules.test_catalogue import PHRASES, plain, words

SHEET = tomllib.loads(files("rules").joinpath("catalogue", "sheet.toml").read_text(encoding="utf-8"))


def texts(language):
    for said in (SHEET[language], WORDS[language]):
        for value in said.values():
            yield from value.values() if isinstance(value, dict) else [value]
    levers = load_levers()
    yield from (lever.text[language] for many in levers.by_rule.values() for lever in many)
    yield from (text[language] for text in levers.waits.values())


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_text_judges_anybody(language):
    for text in texts(language):
        assert not set(re.findall(r"[a-z]+", plain(text))) & (words("en") | words("fr")), text
        assert not [phrase for phrase in PHRASES if plain(phrase) in plain(text)], text


def test_french_texts_are_typeset_as_french():
    for text in texts("fr"):
        assert not re.search(r"\S[;:!?»]|«\S", re.sub(r"\{[^}]*\}", "", text)), text


def test_both_languages_have_the_same_words_and_figures():
    english, french = SHEET["en"], SHEET["fr"]
    assert english.keys() == french.keys()
    for key, value in english.items():
        if isinstance(value, dict):
            assert value.keys() == french[key].keys()
        else:
            assert {name for name, _ in fields(value)} == {name for name, _ in fields(french[key])}, key
    assert WORDS["en"].keys() == WORDS["fr"].keys()


def test_a_lever_names_no_other_figure_than_its_change():
    for levers in load_levers().by_rule.values():
        for lever in levers:
            for language in ("en", "fr"):
                assert {name for name, _ in fields(lever.text[language])} == {"by"}


def test_the_caution_and_the_verdicts_are_said_in_both_languages():
    assert "not advice" in caution()["en"]
    assert "À faire valider par un avocat" in caution()["fr"]
    assert verdict_name("absorbable_with_plan", "fr") == "absorbable avec un plan"


@pytest.mark.parametrize(
    ("rule", "toward", "level", "language", "said"),
    [
        ("CON-02", "clear", None, "en", "Clears with 1 case fewer in twelve months: the oldest leave the window, no new one comes, 2 runs in a row, a day apart."),
        ("CON-02", "clear", "watch", "fr", "Reviendrait au niveau vigilance avec 1 manquement de moins sur douze mois : les plus anciens sortent de la période, sans nouveau, constaté 2 fois de suite, à un jour d'écart."),
        ("PAY-02", "rise", "alert", "en", "Alert with 1 day more without payment."),
    ],
)  # fmt: skip
def test_a_change_reads_as_a_sentence(rule, toward, level, language, said):
    (lever,) = load_levers().toward(rule, toward)
    assert change(Change(lever=lever, by=1.0, level=level), load().rule(rule), language) == said


def test_a_flip_and_an_exit_limit_read_as_sentences():
    one = Flip(rule="DEP-01", moved="+10%", before="alert", after=None)
    assert flip(one, "fr") == "DEP-01 : alerte deviendrait aucun constat avec des seuils relevés de 10 %."
    assert flip(one, "en") == "DEP-01: alert would be no finding with every limit 10% higher."
    assert beneath(load().rule("DEP-01"), "alert") == {
        "en": "Clears below 10%.",
        "fr": "Prendrait fin en dessous de 10\N{NO-BREAK SPACE}%.",
    }

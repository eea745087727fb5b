"""The aims of the language part, on messages that were written before the lexicons and not looked at while tuning."""

from __future__ import annotations

import pytest

from rules.language import CATEGORIES, classify
from tests.rules.language.messages import ABUSE, measure, rows


@pytest.fixture(scope="module")
def figures():
    return measure("heldout")


@pytest.mark.parametrize("kind", ["fr insult", "en insult", "fr threat", "en threat", "fr violence", "en violence"])
def test_insults_and_threats_are_found(figures, kind):
    assert figures[kind] >= 0.5


@pytest.mark.parametrize("kind", ["fr none", "en none", "fr angry", "en angry"])
def test_no_clean_message_is_called_abuse(figures, kind):
    assert figures[kind] <= 0.005


def test_rude_is_said_with_precision(figures):
    assert figures["rude precision"] >= 0.8
    assert min(figures["fr rude"], figures["en rude"]) >= 0.5


@pytest.mark.parametrize("category", [name for name in CATEGORIES if name != "discrimination_or_harassment"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_category_is_found_in_both_languages(figures, category, language):
    assert figures[f"{language} {category}"] >= 0.5


@pytest.fixture(scope="module")
def second():
    return measure("heldout2")


@pytest.mark.parametrize(
    ("kind", "least"),
    [("fr threat", 0.75), ("en threat", 0.8), ("fr insult", 0.65), ("en insult", 0.75), ("fr rude", 0.75), ("en rude", 0.75)],
)
def test_the_second_set_is_found_as_measured_less_a_margin(second, kind, least):
    assert second[kind] >= least


@pytest.mark.parametrize("kind", ["fr none", "en none", "fr angry", "en angry", "fr profane", "en profane"])
def test_no_clean_or_merely_profane_message_of_the_second_set_is_called_abuse(second, kind):
    assert second[kind] == 0


def test_rude_is_said_with_precision_in_the_second_set(second):
    assert second["rude precision"] >= 0.8


def test_traps_and_angry_customers_are_not_called_abuse():
    flagged = [row["id"] for row in rows("clean") if ABUSE & {hit.category for hit in classify(row["text"], row["lang"])}]
    assert len(flagged) <= len(rows("clean")) * 0.005


@pytest.mark.parametrize("kind", ["fr threat", "en threat", "fr insult", "en insult"])
@pytest.mark.parametrize("name", ["tune3", "tune4"])
def test_what_was_written_to_get_past_the_lexicons_stays_found(name, kind):
    assert measure(name)[kind] >= 0.75


@pytest.mark.parametrize("kind", ["fr angry", "en angry", "fr profane", "en profane"])
def test_anger_and_swearing_written_with_them_stay_free(kind):
    assert measure("tune4")[kind] == 0


@pytest.mark.parametrize(("tuned", "measured"), [("tune", "heldout"), ("tune2", "heldout2")])
def test_no_message_stands_in_both_files(tuned, measured):
    assert not {row["text"] for row in rows(tuned)} & {row["text"] for row in rows(measured)}

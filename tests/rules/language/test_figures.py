"""The aims of the language part, on messages that were written before the lexicons and not looked at while tuning."""

from __future__ import annotations

import pytest

from rules.language import CATEGORIES
from tests.rules.language.messages import measure, rows


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


def test_no_message_stands_in_both_files():
    assert not {row["text"] for row in rows("tune")} & {row["text"] for row in rows("heldout")}

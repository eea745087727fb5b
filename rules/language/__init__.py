"""Inbound French and English text -> categories of incidents, by versioned lexicons.

Pure: no network, no disk but the lexicons of the package. A text goes in, category, confidence and the name of a lexicon rule come out;
the text itself is kept nowhere.
"""

from __future__ import annotations

from functools import cache

from rules.language.detect import Detector, Hit
from rules.language.lexicon import CATEGORIES, Lexicon, LexiconError, builtin, load

__all__ = ["CATEGORIES", "Detector", "Hit", "Lexicon", "LexiconError", "builtin", "classify", "detector", "load"]


@cache
def detector() -> Detector:
    """Give the detector of the package's own lexicons."""
    return Detector(builtin())


def classify(text: str, language: str | None = None, names: tuple[str, ...] = ()) -> tuple[Hit, ...]:
    """Give the categories of a message, empty when nothing is found."""
    return detector().classify(text, language, names)

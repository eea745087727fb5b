"""Patterns over normalised words: "je vais te|vous @hurt" becomes elements, and elements are laid over a list of words.

    words side by side     one after the other
    a|b   a|$              either
    word{,s,e,es}          written out: word, words, worde, wordes
    stem*                  any word that begins so
    @class                 a list of words named in the lexicon
    word?                  may be missing
    _   ..3                any one word, up to three words
    ^   $                  the sentence begins or ends here

A pattern is found by its anchor, its rarest obligatory word, and compared outwards from there. Nothing is ever searched twice, so the time
is proportional to the length of the text whatever the text is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from rules.language.tokens import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MARKS = frozenset('.,;:()"\n')  # punctuation in a list of words; a pattern never reaches across
ENDS = frozenset(".\n")
LONGEST_GAP = 6
MOST_SPELLINGS = 400


class PatternError(ValueError):
    """A pattern that cannot be read; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    words: frozenset[str] = frozenset()
    stems: tuple[str, ...] = ()
    least: int = 1
    most: int = 1
    edge: str = ""

    @property
    def open(self) -> bool:
        return not self.words and not self.stems

    def fits(self, word: str) -> bool:
        if self.open:
            return word not in MARKS
        return word in self.words or (bool(self.stems) and word.startswith(self.stems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    text: str
    elements: tuple[Element, ...]
    anchor: int
    needs: tuple[frozenset[str], ...]  # of each, one word must be somewhere in the text; smallest first

    def span(self, words: Sequence[str], place: int) -> tuple[int, int] | None:
        """First and one past the last word when the anchor stands at `place`."""
        end = _after(self.elements, self.anchor + 1, words, place + 1)
        if end < 0:
            return None
        begin = _before(self.elements, self.anchor - 1, words, place)
        return (begin, end) if begin >= 0 else None


def _after(elements: Sequence[Element], number: int, words: Sequence[str], place: int) -> int:
    if number == len(elements):
        return place
    element = elements[number]
    if element.edge:
        at_edge = place >= len(words) or words[place] in ENDS
        return _after(elements, number + 1, words, place) if at_edge and element.edge == "$" else -1
    for taken in range(element.most + 1):
        if taken >= element.least and (end := _after(elements, number + 1, words, place + taken)) >= 0:
            return end
        if place + taken >= len(words) or not element.fits(words[place + taken]):
            break
    return -1


def _before(elements: Sequence[Element], number: int, words: Sequence[str], place: int) -> int:
    """Lay the elements before the anchor; `place` is one past the last free word."""
    if number < 0:
        return place
    element = elements[number]
    if element.edge:
        at_edge = place == 0 or words[place - 1] in ENDS
        return _before(elements, number - 1, words, place) if at_edge and element.edge == "^" else -1
    for taken in range(element.most + 1):
        if taken >= element.least and (begin := _before(elements, number - 1, words, place - taken)) >= 0:
            return begin
        if place - taken <= 0 or not element.fits(words[place - taken - 1]):
            break
    return -1


def variants(text: str) -> list[str]:
    """Write "a|b|$" out as two patterns: an edge is not a word."""
    parts = text.split()
    for number, part in enumerate(parts):
        if (part.endswith("|$") or part.startswith("^|")) and len(part) > 2:
            edge, rest = (part[-1], part[:-2]) if part.endswith("|$") else (part[0], part[2:])
            return [joined for choice in (edge, rest) for joined in variants(" ".join([*parts[:number], choice, *parts[number + 1 :]]))]
    return [text]


def read(text: str, classes: Mapping[str, Sequence[str]], common: frozenset[str]) -> Pattern:
    """Read one pattern. `common` are the words that make poor anchors. Raises PatternError."""
    elements = tuple(_element(part if part == "_" else fold(part), classes, text) for part in text.split())
    anchors = [number for number, element in enumerate(elements) if element.least and not element.open]
    if not anchors:
        raise PatternError(f"{text!r} has no word that must be there")
    anchor = min(anchors, key=lambda number: _cost(elements[number], common))
    needs = tuple(sorted((elements[number].words for number in anchors if number != anchor and not elements[number].stems), key=len))
    return Pattern(text=text, elements=elements, anchor=anchor, needs=needs)


def _cost(element: Element, common: frozenset[str]) -> tuple[bool, bool, int]:
    return not common.isdisjoint(element.words), bool(element.stems), len(element.words)


def _element(part: str, classes: Mapping[str, Sequence[str]], text: str) -> Element:
    if part in {"^", "$"}:
        return Element(edge=part, least=0, most=0)
    if part == "_":
        return Element()
    if re.fullmatch(r"\.\.[1-9]", part):
        return Element(least=0, most=min(int(part[2:]), LONGEST_GAP))
    least = 0 if part.endswith("?") else 1
    words: set[str] = set()
    stems: set[str] = set()
    for choice in alternatives(part.removesuffix("?"), text):
        if choice.startswith("@"):
            if choice[1:] not in classes:
                raise PatternError(f"{text!r} uses {choice}, which is not among the classes")
            spelled = {word for entry in classes[choice[1:]] for word in spellings(fold(entry), text)}
        else:
            spelled = set(spellings(choice, text))
        stems |= {word[:-1] for word in spelled if word.endswith("*")}
        words |= {word for word in spelled if not word.endswith("*")}
    if not all(words) or any(len(stem) < 3 for stem in stems):
        raise PatternError(f"{text!r} has an empty word or a stem under three letters")
    return Element(words=frozenset(words), stems=tuple(sorted(stems)), least=least)


def alternatives(part: str, text: str) -> list[str]:
    """Split at the bars that stand outside braces."""
    choices, depth, start = [], 0, 0
    for place, letter in enumerate(part):
        depth += (letter == "{") - (letter == "}")
        if letter == "|" and depth == 0:
            choices.append(part[start:place])
            start = place + 1
    if depth:
        raise PatternError(f"{text!r} has a brace that is not closed")
    return [*choices, part[start:]]


def spellings(word: str, text: str) -> list[str]:
    """Write braces out."""
    pieces = [piece.split(",") if number % 2 else [piece] for number, piece in enumerate(re.split(r"[{}]", word))]
    count = 1
    for piece in pieces:
        count *= len(piece)
    if count > MOST_SPELLINGS:
        raise PatternError(f"{text!r} writes out to more than {MOST_SPELLINGS} words")
    return ["".join(choice) for choice in product(*pieces)]

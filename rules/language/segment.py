"""Sentences, quotation marks and the people a phrase is aimed at, over a list of normalised words.

A word such as "idiot" is an insult when it meets somebody ("you idiot", "votre chef est un idiot", "Idiots!") and nothing when it does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.language.patterns import ENDS, MARKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.language.lexicon import Grammar

BEFORE, AFTER = 4, 3  # how near a person must stand
QUOTE = '"'
LONGEST_QUOTE = 60
REPORT_BEFORE, REPORT_AFTER = 9, 7
DENIAL_STEPS = 8


def sentence(words: Sequence[str], begin: int, end: int, farthest: int = 80) -> tuple[int, int]:
    """First and one past the last word of the sentence around a span."""
    first, last = begin, end
    while first > 0 and words[first - 1] not in ENDS and begin - first < farthest:
        first -= 1
    while last < len(words) and words[last] not in ENDS and last - end < farthest:
        last += 1
    return first, last


def aimed(words: Sequence[str], span: tuple[int, int], grammar: Grammar) -> bool:
    """Tell whether the phrase meets somebody: second person, our people, a person spoken of, or an address."""
    begin, end = span
    first, last = sentence(words, begin, end)
    near = set(words[max(first, begin - BEFORE) : begin]) | set(words[end : min(last, end + AFTER)])
    if near & grammar.words("second") or near & grammar.words("staff"):
        return True
    if set(words[max(first, begin - BEFORE) : begin]) & grammar.words("third"):
        return True
    return _address(words, span, (first, last), grammar)


def _address(words: Sequence[str], span: tuple[int, int], around: tuple[int, int], grammar: Grammar) -> bool:
    """Tell an address: alone, at the head or at the tail of its sentence, and without an article."""
    begin, end = span
    first, last = around
    lead = [word for word in words[first:begin] if word not in MARKS and word not in grammar.words("leadin") and word != "@"]
    closed = end >= last or words[end] in MARKS
    if not lead and closed:
        return True
    bare = begin == first or words[begin - 1] not in grammar.words("article")
    return (
        bare and end >= last and (words[begin - 1] == "," or bool(set(words[first:begin]) & grammar.words("second")) or last - first <= 6)
    )


def quoted(words: Sequence[str], place: int) -> tuple[int, int] | None:
    """Give the quotation around a word as the places of its marks."""
    opening = -1
    for number in range(max(0, place - LONGEST_QUOTE), place):
        if words[number] == QUOTE:
            opening = number if opening < 0 else -1
    if opening < 0:
        return None
    closing = next((number for number in range(place, min(len(words), place + LONGEST_QUOTE)) if words[number] == QUOTE), -1)
    return (opening, closing) if closing >= 0 else None


def reported(words: Sequence[str], marks: tuple[int, int], grammar: Grammar) -> bool:
    """Tell whether a verb of saying introduces or follows a quotation."""
    opening, closing = marks
    around = {*words[max(0, opening - REPORT_BEFORE) : opening], *words[closing + 1 : closing + 1 + REPORT_AFTER]}
    return not around.isdisjoint(grammar.words("reporters"))


def denied(words: Sequence[str], begin: int, grammar: Grammar, *, noun: bool) -> bool:
    """Tell "not an idiot", "je ne dis pas que vous etes ...": walk back over small words until a negation or anything else.

    A French noun that is denied has an article ("pas un", "pas de"); "tu ne comprends pas sale ..." denies something else.
    """
    if noun and grammar.bare_denial and begin and words[begin - 1] in grammar.words("negators"):
        return False
    for place in range(begin - 1, max(-1, begin - 1 - DENIAL_STEPS), -1):
        if words[place] in grammar.words("negators"):
            return True
        if words[place] not in grammar.words("skip"):
            return False
    return False

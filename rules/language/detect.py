"""Words -> categories: find the patterns, ask of each who is meant, whether it is denied or reported, and how sure that leaves us.

    text -> clean -> words -> (any anchor of the lexicon there? else done) -> names covered -> spans -> context -> Hit

Most business mail holds no anchor and is done after the tokens. The result depends on nothing but text, language, names and lexicon.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.language import segment
from rules.language.clean import clean
from rules.language.lexicon import CATEGORIES, INNOCENT, LANGUAGES, Grammar, Lexicon, Rule
from rules.language.names import cover, known_names
from rules.language.patterns import MARKS
from rules.language.tokens import REMEMBERED, Tokeniser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.language.lexicon import Candidates
    from rules.language.patterns import Pattern

LEAST = 0.5  # below this nothing is said
UNAIMED = 0.65  # a strong word that meets nobody we can see
IN_QUOTES = 0.6  # between quotation marks, without a verb of saying
EACH_MORE = 0.03
NOUNS = frozenset({"insult", "discrimination_or_harassment"})
NOWHERE: frozenset[int] = frozenset()
MOST_SPANS = 2000  # a text of nothing but insults needs no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One category of one message. `rule` names the lexicon rule, never a word of the message."""

    category: str
    confidence: float
    rule: str


@dataclass(frozen=True, slots=True)
class _Span:
    rule: Rule
    begin: int
    end: int


class Detector:
    """Classifies texts with one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        expand = {word: words for grammar in lexicon.grammars.values() for word, words in grammar.expand.items()}
        self._index = lexicon.index
        self._remembered: dict[str, Candidates] = {}
        self._tokens = Tokeniser(self._index.known | expand.keys(), expand, self._index.masked)
        self._names = frozenset(word for grammar in lexicon.grammars.values() for word in grammar.words("names"))

    def classify(self, text: str, language: str | None = None, names: tuple[str, ...] = ()) -> tuple[Hit, ...]:
        """Give the categories of a message, none when nothing is found. `language` is a hint, "fr" or "fr-FR"."""
        tokens = self._tokens.raw(clean(text))
        words: list[str] = []
        for token in tokens:
            words.extend(self._tokens.words(token))
        possible = self._possible(frozenset(words))
        if not possible:
            return ()
        raws = [token for token in tokens for _ in self._tokens.words(token)]
        cover(words, raws, known_names(names), self._names)
        return self._judge(words, _spans(possible, words, self.languages(words, language)))

    def languages(self, words: Sequence[str], hint: str | None) -> frozenset[str]:
        """Give the languages to read a text in: the hint, and what its small words say."""
        counts = {language: sum(map(self._lexicon.grammars[language].function.__contains__, words)) for language in LANGUAGES}
        known = hint[:2].lower() if hint else ""
        if known in LANGUAGES:
            rivals = [other for other in LANGUAGES if other != known and counts[other] > 1 and counts[other] > counts[known]]
            return frozenset({known, *rivals})
        first, second = sorted(LANGUAGES, key=lambda language: -counts[language])[:2]
        return frozenset({first}) if counts[first] >= 2 * counts[second] + 1 else frozenset({first, second})

    def _candidates(self, word: str) -> Candidates:
        """Give the patterns whose anchor a word is; remembered, because words come back."""
        found = self._remembered.get(word)
        if found is None:
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            found = self._index.words.get(word, ())
            for length in self._index.lengths:
                found += self._index.stems.get(word[:length], ())
            self._remembered[word] = found
        return found

    def _possible(self, present: frozenset[str]) -> dict[str, list[tuple[Rule, Pattern]]]:
        """Give, for each anchor of the text, the patterns all of whose words it has. Empty when only innocent ones are left."""
        found: dict[str, list[tuple[Rule, Pattern]]] = {}
        alarming = False
        for word in present:
            for rule, pattern in self._candidates(word):
                for need in pattern.needs:
                    if need.isdisjoint(present):
                        break
                else:
                    found.setdefault(word, []).append((rule, pattern))
                    alarming = alarming or rule.category != INNOCENT
        return found if alarming else {}

    def _judge(self, words: Sequence[str], spans: Sequence[_Span]) -> tuple[Hit, ...]:
        innocent: dict[str, set[int]] = {}
        for span in spans:
            if span.rule.category == INNOCENT:
                for category in span.rule.only:
                    innocent.setdefault(category, set()).update(range(*_reach(words, span)))
        best: dict[str, tuple[float, str]] = {}
        places: dict[str, set[int]] = {}
        for span in spans:
            if span.rule.category == INNOCENT or not innocent.get(span.rule.category, NOWHERE).isdisjoint(range(span.begin, span.end)):
                continue
            sure = self._confidence(words, span, self._lexicon.grammars[span.rule.language])
            if sure < LEAST:
                continue
            for category in (span.rule.category, *span.rule.also):
                best[category] = max(best.get(category, (0.0, "")), (sure, span.rule.name))
                places.setdefault(category, set()).add(span.begin)
        return tuple(
            Hit(category=category, confidence=_rounded(best[category][0], len(places[category])), rule=best[category][1])
            for category in CATEGORIES
            if category in best
        )

    def _confidence(self, words: Sequence[str], span: _Span, grammar: Grammar) -> float:
        sure = span.rule.weight
        if segment.denied(words, span.begin, grammar, noun=span.rule.category in NOUNS):
            return 0.0
        if span.rule.aim != "free" and not segment.aimed(words, (span.begin, span.end), grammar):
            sure *= UNAIMED if span.rule.aim == "person" else 0.0
        if (marks := segment.quoted(words, span.begin)) is not None:
            sure *= 0.0 if segment.reported(words, marks, grammar) else IN_QUOTES
        return sure


def _spans(possible: dict[str, list[tuple[Rule, Pattern]]], words: Sequence[str], languages: frozenset[str]) -> list[_Span]:
    """Compare the possible patterns, in the languages of the text, around each of their anchors."""
    spans: list[_Span] = []
    for place, word in enumerate(words):
        for rule, pattern in possible.get(word, ()):
            if (rule.everywhere or rule.language in languages) and (span := pattern.span(words, place)) is not None:
                spans.append(_Span(rule, *span))
        if len(spans) > MOST_SPANS:
            break
    return spans


def _reach(words: Sequence[str], span: _Span) -> tuple[int, int]:
    """Widen an innocent match by its reach, not across punctuation other than quotation marks."""
    end = span.end
    while end < len(words) and end - span.end < span.rule.reach and (words[end] not in MARKS or words[end] == segment.QUOTE):
        end += 1
    return span.begin, end


def _rounded(sure: float, times: int) -> float:
    return round(min(0.99, sure + EACH_MORE * (min(times, 5) - 1)), 2)

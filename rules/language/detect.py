"""Words -> categories: find the patterns, ask of each who is meant, whether it is denied or reported, and how sure that leaves us.

    text -> clean -> words -> (any anchor of the lexicon there? else done) -> names covered -> spans -> context -> Hit

Most business mail holds no anchor and is done after the tokens. The result depends on nothing but text, language, names and lexicon.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.language import segment
from rules.language.clean import clean
from rules.language.lexicon import CATEGORIES, INNOCENT, LANGUAGES, Grammar, Index, Lexicon, Rule
from rules.language.names import cover, known_names
from rules.language.patterns import MARKS
from rules.language.tokens import REMEMBERED, Tokeniser

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rules.language.patterns import Pattern

LEAST = 0.5  # below this nothing is said
UNAIMED = 0.65  # a strong word that meets nobody we can see
IN_QUOTES = 0.6  # between quotation marks, without a verb of saying
EACH_MORE = 0.03
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
        self._all = lexicon.index(frozenset(LANGUAGES))
        self._tokens = Tokeniser(self._all.known | expand.keys(), expand)
        self._stems: dict[str, tuple[str, ...]] = {}
        self._names = frozenset(word for grammar in lexicon.grammars.values() for word in grammar.words("names"))

    def classify(self, text: str, language: str | None = None, names: tuple[str, ...] = ()) -> tuple[Hit, ...]:
        """Give the categories of a message, none when nothing is found. `language` is a hint, "fr" or "fr-FR"."""
        tokens = self._tokens.raw(clean(text))
        words: list[str] = []
        for token in tokens:
            words.extend(self._tokens.words(token))
        if not self._anchors(self._all, words):
            return ()
        raws = [token for token in tokens for _ in self._tokens.words(token)]
        cover(words, raws, known_names(names), self._names)
        index = self._lexicon.index(self.languages(words, language))
        return self._judge(words, self._spans(index, words))

    def languages(self, words: Iterable[str], hint: str | None) -> frozenset[str]:
        """Give the languages to read a text in: the hint, and what its small words say."""
        counts = dict.fromkeys(LANGUAGES, 0)
        for word in words:
            for language in LANGUAGES:
                counts[language] += word in self._lexicon.grammars[language].function
        known = hint[:2].lower() if hint else ""
        if known in LANGUAGES:
            rivals = [other for other in LANGUAGES if other != known and counts[other] > 1 and counts[other] > counts[known]]
            return frozenset({known, *rivals})
        first, second = sorted(LANGUAGES, key=lambda language: -counts[language])[:2]
        return frozenset({first}) if counts[first] >= 2 * counts[second] + 1 else frozenset({first, second})

    def _anchors(self, index: Index, words: Iterable[str]) -> bool:
        distinct = set(words)
        return not index.words.keys().isdisjoint(distinct) or any(self._stems_of(index, word) for word in distinct)

    def _stems_of(self, index: Index, word: str) -> tuple[str, ...]:
        """Give the stems that begin a word; remembered, because words come back."""
        found = self._stems.get(word)
        if found is None:
            if len(self._stems) >= REMEMBERED:
                self._stems.clear()
            found = self._stems[word] = tuple(word[:length] for length in self._all.lengths if word[:length] in self._all.stems)
        return tuple(stem for stem in found if stem in index.stems)

    def _spans(self, index: Index, words: Sequence[str]) -> list[_Span]:
        spans: list[_Span] = []
        for place, word in enumerate(words):
            candidates: list[tuple[Rule, Pattern]] = list(index.words.get(word, ()))
            for stem in self._stems_of(index, word):
                candidates.extend(index.stems[stem])
            for rule, pattern in candidates:
                if (span := pattern.span(words, place)) is not None:
                    spans.append(_Span(rule, *span))
            if len(spans) > MOST_SPANS:
                break
        return spans

    def _judge(self, words: Sequence[str], spans: Sequence[_Span]) -> tuple[Hit, ...]:
        taken_back = [_reach(words, span) for span in spans if span.rule.category == INNOCENT]
        covered = {place for begin, end in taken_back for place in range(begin, end)}
        best: dict[str, tuple[float, str]] = {}
        places: dict[str, set[int]] = {}
        for span in spans:
            if span.rule.category == INNOCENT or (span.rule.category in ABUSE and not covered.isdisjoint(range(span.begin, span.end))):
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
        if segment.denied(words, span.begin, grammar):
            return 0.0
        if span.rule.aim != "free" and not segment.aimed(words, (span.begin, span.end), grammar):
            sure *= UNAIMED if span.rule.aim == "person" else 0.0
        if (marks := segment.quoted(words, span.begin)) is not None:
            sure *= 0.0 if segment.reported(words, marks, grammar) else IN_QUOTES
        return sure


ABUSE = frozenset(
    {"insult", "threat", "violence", "discrimination_or_harassment", "rude", "legal_pressure", "leave_threat", "public_exposure"}
)


def _reach(words: Sequence[str], span: _Span) -> tuple[int, int]:
    """Widen an innocent match by its reach, not across punctuation other than quotation marks."""
    end = span.end
    while end < len(words) and end - span.end < span.rule.reach and (words[end] not in MARKS or words[end] == segment.QUOTE):
        end += 1
    return span.begin, end


def _rounded(sure: float, times: int) -> float:
    return round(min(0.99, sure + EACH_MORE * (min(times, 5) - 1)), 2)

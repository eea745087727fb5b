"""The lexicons: TOML files of patterns, read once, laid into one index from words to patterns.

    lexicons/fr-insult.toml ... + a user's files -> rules -> index by anchor -> detect.py

A file says its language, category and version; a rule in it says how sure a match is (weight) and at whom it must be aimed. A user's file
has the same form and may switch off rules of ours, so that judgement stays data.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from rules.language import patterns
from rules.language.patterns import Pattern, PatternError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Aim = Literal["free", "person", "you"]
CATEGORIES = (
    "insult",
    "threat",
    "violence",
    "discrimination_or_harassment",
    "rude",
    "leave_threat",
    "legal_pressure",
    "public_exposure",
    "rush_pressure",
    "complaint",
    "advisory_request",
)
INNOCENT = "innocent"  # patterns that only take matches back
TAKEN_BACK = CATEGORIES[:8]  # what innocent patterns take back unless they say less; the others are no reproach
LANGUAGES = ("fr", "en")


class LexiconError(ValueError):
    """A lexicon file that cannot be used; the message names file, rule and mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Patterns that share a verdict. `name` is what a finding quotes: never a word of the message.

    `reach`, in an innocent rule: so many words behind the match are taken back with it ("he called me ..."); `only`: of these categories.
    """

    name: str
    category: str
    weight: float
    aim: Aim
    also: tuple[str, ...]
    language: str
    everywhere: bool
    reach: int
    only: frozenset[str]
    patterns: tuple[Pattern, ...]


Candidates: TypeAlias = tuple[tuple[Rule, Pattern], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """The small words of one language that decide who is meant and whether it is denied or reported."""

    function: frozenset[str]
    lists: Mapping[str, frozenset[str]]
    expand: Mapping[str, tuple[str, ...]]

    @property
    def bare_denial(self) -> bool:
        """Tell a language whose denied nouns keep an article."""
        return bool(self.words("denial_article"))

    def words(self, name: str) -> frozenset[str]:
        return self.lists.get(name, frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    words: Mapping[str, Candidates]
    stems: Mapping[str, Candidates]
    lengths: tuple[int, ...]  # of the stems
    known: frozenset[str]
    masked: frozenset[str]  # words that are a reproach by themselves


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """Everything read; immutable."""

    rules: tuple[Rule, ...]
    grammars: Mapping[str, Grammar]
    versions: Mapping[str, str]
    index: Index = field(compare=False, repr=False)


def _index(rules: Iterable[Rule]) -> Index:
    words: dict[str, list[tuple[Rule, Pattern]]] = {}
    stems: dict[str, list[tuple[Rule, Pattern]]] = {}
    known: set[str] = set()
    masked: set[str] = set()
    for rule in rules:
        for pattern in rule.patterns:
            if len(pattern.elements) == 1 and rule.category in {"insult", "discrimination_or_harassment"}:
                masked |= pattern.elements[0].words
            anchor = pattern.elements[pattern.anchor]
            for word in anchor.words:
                words.setdefault(word, []).append((rule, pattern))
            for stem in anchor.stems:
                stems.setdefault(stem, []).append((rule, pattern))
            known |= {word for element in pattern.elements for word in element.words}
    return Index(
        words={word: tuple(found) for word, found in words.items()},
        stems={stem: tuple(found) for stem, found in stems.items()},
        lengths=tuple(sorted({len(stem) for stem in stems})),
        known=frozenset(known),
        masked=frozenset(masked),
    )


@cache
def builtin() -> Lexicon:
    """Read the lexicons of the package."""
    return load()


def load(extra: Iterable[Path] = ()) -> Lexicon:
    """Read ours and a user's files. Raises LexiconError."""
    folder = files("rules.language").joinpath("lexicons")
    shipped = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    documents = {entry.name.removesuffix(".toml"): tomllib.loads(entry.read_text(encoding="utf-8")) for entry in shipped}
    for path in extra:
        try:
            documents[path.stem] = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise LexiconError(f"{path}: not readable as TOML: {error}") from error
    grammars = {name[:2]: _grammar(document) for name, document in documents.items() if name.endswith("-grammar")}
    off = {str(name) for document in documents.values() for name in document.get("disable", ())}
    rules = [rule for name, document in documents.items() if not name.endswith("-grammar") for rule in _rules(name, document, grammars)]
    if strange := off - {rule.name for rule in rules}:
        raise LexiconError(f"disable names {min(strange)!r}, which no lexicon has")
    versions = {name: str(document.get("version", "")) for name, document in documents.items()}
    kept = tuple(rule for rule in rules if rule.name not in off)
    return Lexicon(rules=kept, grammars=grammars, versions=versions, index=_index(kept))


def _grammar(document: Mapping[str, Any]) -> Grammar:
    lists = {name: frozenset(str(text).split()) for name, text in document["lists"].items()}
    expand = {word: tuple(str(text).split()) for word, text in document.get("expand", {}).items()}
    return Grammar(function=lists["function"], lists=lists, expand=expand)


def _rules(name: str, document: Mapping[str, Any], grammars: Mapping[str, Grammar]) -> list[Rule]:
    language, category = document.get("language"), document.get("category")
    if language not in LANGUAGES:
        raise LexiconError(f"{name}: language is {language!r}; write one of {', '.join(LANGUAGES)}")
    if category not in (*CATEGORIES, INNOCENT):
        raise LexiconError(f"{name}: category is {category!r}; write one of {', '.join((*CATEGORIES, INNOCENT))}")
    if unknown := set(document) - {"language", "category", "version", "classes", "rule", "disable"}:
        raise LexiconError(f"{name}: unknown key {min(unknown)!r}")
    grammar = grammars[language]
    shared = {key: sorted(words) for key, words in grammar.lists.items()}
    classes = shared | {key: str(text).split() for key, text in document.get("classes", {}).items()}
    return [_rule(name, entry, document, classes, grammar) for entry in document.get("rule", ())]


def _rule(name: str, entry: Mapping[str, Any], document: Mapping[str, Any], classes: Mapping[str, list[str]], grammar: Grammar) -> Rule:
    where = f"{name}/{entry.get('id')}"
    if unknown := set(entry) - {"id", "weight", "aim", "also", "everywhere", "reach", "only", "patterns"}:
        raise LexiconError(f"{where}: unknown key {min(unknown)!r}")
    weight, aim, also = float(entry.get("weight", 0.8)), entry.get("aim", "free"), tuple(entry.get("also", ()))
    if not entry.get("id") or not 0 < weight <= 1 or aim not in {"free", "person", "you"} or not set(also) <= set(CATEGORIES):
        raise LexiconError(f"{where}: a rule has an id, a weight in (0, 1], aim free, person or you, and also out of the categories")
    try:
        found = tuple(
            patterns.read(line, classes, grammar.function) for text in _lines(entry.get("patterns", "")) for line in patterns.variants(text)
        )
    except PatternError as error:
        raise LexiconError(f"{where}: {error}") from error
    return Rule(
        name=where,
        category=cast("str", document["category"]),
        weight=weight,
        aim=cast("Aim", aim),
        also=also,
        language=cast("str", document["language"]),
        everywhere=bool(entry.get("everywhere", False)),
        reach=int(entry.get("reach", 0)),
        only=frozenset(entry.get("only", TAKEN_BACK)),
        patterns=found,
    )


def _lines(text: str) -> list[str]:
    """One pattern a line; # begins a remark."""
    return [line for raw in text.splitlines() if (line := raw.partition("#")[0].strip())]

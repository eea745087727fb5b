"""The answers of rules/clearing.py as sentences, in English and French: what clears, what leads a level up, what a moved limit changes.

"Pour y mettre fin : 180 000 € de CA de plus chez les autres clients."
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rules.explain import label
from rules.figures import Figure, fill, show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.clearing import Change, Flip, Step
    from rules.model import Severity
    from rules.rule import Language, Rule

WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "clears": "Clears with {text}",
        "lowers": "Back to {level} with {text}",
        "rises": "{level} with {text}",
        "once": ".",
        "again": ", {n} runs in a row, a day apart.",
        "waiting": "Already beyond its exit limit: it falls at the next evaluation if it stays so.",
        "far": "Next level {level}: {value} now, limit {limit}.",
        "also": "Next level {level}: the limit of {limit} is reached ({value}), the further condition is not ({when}).",
        "beneath": "Clears {side} {exit}.",
        "up": "below",
        "down": "above",
        "none": "no finding",
        "flip": "{rule}: {before} would be {after} with every limit {moved}.",
        "+10%": "10% higher",
        "-10%": "10% lower",
    },
    "fr": {
        "clears": "Prendrait fin avec {text}",
        "lowers": "Reviendrait au niveau {level} avec {text}",
        "rises": "Niveau {level} avec {text}",
        "once": ".",
        "again": ", constaté {n} fois de suite, à un jour d'écart.",
        "waiting": "Déjà au-delà du seuil de sortie : le niveau baissera à la prochaine évaluation si cela dure.",
        "far": "Niveau suivant, {level} : {value} aujourd'hui, seuil {limit}.",
        "also": "Niveau suivant, {level} : le seuil de {limit} est atteint ({value}), pas l'autre condition ({when}).",
        "beneath": "Prendrait fin {side} {exit}.",
        "up": "en dessous de",
        "down": "au-dessus de",
        "none": "aucun constat",
        "flip": "{rule} : {before} deviendrait {after} avec des seuils {moved}.",
        "+10%": "relevés de 10 %",
        "-10%": "abaissés de 10 %",
    },
}


def change(one: Change, rule: Rule, language: Language, currency: str = "EUR") -> str:
    """Say what one change would do."""
    words = WORDS[language]
    text = lever(one, language, currency)
    if one.lever.toward == "rise":
        return _capital(words["rises"].format(level=_level(one.level, language), text=text)) + "."
    end = words["again"].format(n=rule.falls_after) if rule.falls_after > 1 else words["once"]
    if one.level is None:
        return words["clears"].format(text=text) + end
    return words["lowers"].format(level=_level(one.level, language), text=text) + end


def lever(one: Change, language: Language, currency: str = "EUR") -> str:
    """Say the change alone: `{by} more revenue from the other clients`."""
    return fill(one.lever.text[language], {"by": Figure(one.by, one.lever.unit)}, language, currency)


def step(one: Step, language: Language, currency: str = "EUR") -> str:
    """Say how near the next level is."""
    unit = one.component.unit
    value, limit = (show(number, unit, language, currency) for number in (one.value, one.limit))
    key = "also" if one.when is not None and one.distance == 0 else "far"
    return WORDS[language][key].format(level=_level(one.severity, language), value=value, limit=limit, when=one.when)


def flip(one: Flip, language: Language) -> str:
    """Say what moving the limits would change."""
    words = WORDS[language]
    return words["flip"].format(
        rule=one.rule, before=_level(one.before, language), after=_level(one.after, language), moved=words[one.moved]
    )


def waiting(language: Language) -> str:
    """Say that the finding stands only until the next look."""
    return WORDS[language]["waiting"]


def beneath(rule: Rule, level: Severity | None, currency: str = "EUR") -> dict[Language, str]:
    """Say the exit limit of the main metric, where neither a sum nor a text says more."""
    main = rule.components[0]
    return {
        language: words["beneath"].format(side=words[main.direction], exit=show(main.exit_from(level), main.unit, language, currency))
        for language, words in WORDS.items()
    }


def _level(severity: Severity | None, language: Language) -> str:
    return WORDS[language]["none"] if severity is None else label(severity, language)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

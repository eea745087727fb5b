"""A finding as one sentence with its numbers, in English or French: what, how much, which limit, and what would clear it.

    "34.5% of net revenue comes from this client, 2025-11-25 to 2026-11-24 (alert, limit 30%); clears below 8%, twice in a row: …"

Figures only: no adjective, no person, no word of a message (domain.md E-2).
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, cast

from rules.figures import Figure, fill, show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.criteria import Catalogue
    from rules.model import Finding, Severity
    from rules.rule import Component, Language, Rule

LABELS: Final[Mapping[Language, Mapping[Severity, str]]] = {
    "en": {"info": "info", "watch": "watch", "alert": "alert", "critical": "critical"},
    "fr": {"info": "info", "watch": "vigilance", "alert": "alerte", "critical": "critique"},
}
_METRIC: Final = re.compile(r" \([a-z0-9]+(?:_[a-z0-9]+)+\)$")
"""The name of a metric after what it means: for whoever writes rules, not for whoever reads them."""
_LIMIT: Final = {"en": "limit", "fr": "seuil"}
_CLEARS: Final = {
    ("en", "up"): "clears below {exit}",
    ("en", "down"): "clears above {exit}",
    ("fr", "up"): "fin du constat sous {exit}",
    ("fr", "down"): "fin du constat au-dessus de {exit}",
}
_TIMES: Final = {
    ("en", True): ", twice in a row", ("fr", True): ", à deux relevés de suite",
    ("en", False): ", {n} times in a row", ("fr", False): ", à {n} relevés de suite",
}  # fmt: skip
"""How often it must be found beyond the limit; the key says whether twice, which is the rule."""


def sentence(finding: Finding, language: Language, *, catalogue: Catalogue | None = None, currency: str = "EUR") -> str:
    """Give the finding as one sentence. Without a catalogue the shipped one gives the words."""
    rule = (catalogue or _shipped()).rule(finding.rule)
    component = _component(rule, finding)
    values = {**finding.numbers, **own_figures(finding)}
    said = fill((component.text or rule.text)[language], values, language, currency)
    clears = _clears(rule, component, finding, values, language, currency)
    return f"{said} ({_limit(finding, language, currency)}){clears}."


def label(severity: Severity, language: Language) -> str:
    """Give the level as people read it."""
    return LABELS[language][severity]


def assumptions(finding: Finding, language: Language, *, catalogue: Catalogue | None = None) -> list[str]:
    """Give what the finding takes for granted, in words."""
    known = (catalogue or _shipped()).assumptions
    return [known[code][language] if code in known else code for code in finding.assumptions]


def needs(text: str, language: Language) -> str:
    """Give what a rule lacks in words; `text` is its English form, which stands where there is no other, without the metric's name."""
    return _needs(language).get(text) or _METRIC.sub("", text)


def own_figures(finding: Finding) -> dict[str, object]:
    """Give the names a template may use besides the metrics: value, threshold, start, end, by."""
    start, end = finding.window or (None, None)
    return {
        "value": Figure(finding.value, finding.unit),
        "threshold": Figure(finding.threshold, finding.unit),
        "start": Figure(start, "date"),
        "end": Figure(end, "date"),
    }


def _component(rule: Rule, finding: Finding) -> Component:
    name = finding.numbers.get("component")
    return next((part for part in rule.components if part.name == name), rule.components[0])


def _limit(finding: Finding, language: Language, currency: str) -> str:
    said = label(finding.severity, language)
    if finding.threshold is None:
        return said
    return f"{said}, {_LIMIT[language]} {show(finding.threshold, finding.unit, language, currency)}"


def _clears(rule: Rule, component: Component, finding: Finding, values: Mapping[str, object], language: Language, currency: str) -> str:
    """Say when the finding goes, and where the sum is exact, by how much."""
    exit_limit = component.exit_from(cast("Severity", values.get("rung") or finding.severity))
    if exit_limit is None or any(level.at is None for level in component.levels):
        return ""
    said = fill(_CLEARS[language, component.direction], {"exit": Figure(exit_limit, component.unit)}, language, currency)
    if rule.falls_after > 1:
        said += _TIMES[language, rule.falls_after == 2].format(n=rule.falls_after)
    change = rule.clear(component)
    if change is not None and _positive(values.get("by")):
        by = {**values, **{name: Figure(values.get(name), change.unit) for name in ("by", "by_level")}}
        lowest = component.limit(component.levels[-1].severity)
        near = change.step is not None and _positive(values.get("by_level")) and values["threshold"] != Figure(lowest, component.unit)
        texts = [change.step, change.text] if near else [change.text]
        said += f"{' ' if language == 'fr' else ''}: " + ", ".join(fill(text[language], by, language, currency) for text in texts if text)
    return f"{' ' if language == 'fr' else ''}; {said}"


@cache
def _needs(language: Language) -> Mapping[str, str]:
    text = files("rules").joinpath("catalogue", "needs.toml").read_text(encoding="utf-8")
    return cast("Mapping[str, str]", tomllib.loads(text).get(language, {}))


def _positive(value: object) -> bool:
    return isinstance(value, float) and value > 0


@cache
def _shipped() -> Catalogue:
    from rules.criteria import load  # noqa: PLC0415 - criteria reads the task texts, which are explained here

    return load()

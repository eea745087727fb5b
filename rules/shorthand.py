"""The short form of a rule: a metric with its levels, or one condition, and names; everything else has a default.

    [[rule]]                                          [[rule]]
    id = "OWN-01"                                     id = "OWN-02"
    metric = "credit_note_ratio"                      when = "revenue_share >= 0.25 AND late_count_share > 0.3"
    levels = { watch = 0.10, alert = 0.20 }           level = "alert"

It becomes the long form before it is read, so that a short rule passes exactly the checks of a long one. A finding of a `when` rule
says each clause with the value it was judged by.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from rules import expression
from rules.model import SEVERITIES
from rules.toml import CriteriaError, suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.expression import Expression, Kind, Known

OF_COMPONENT: Final = ("metric", "levels", "direction", "unit", "needs", "exit_margin", "guard", "applies")
FAMILY: Final = "OWN"
"""The family of a rule that names none: it counts in no family of the imbalance index."""
_UNITS: Final[Mapping[str, str]] = {"share": "percent", "ratio": "percent", "pct": "percent", "days": "days", "hours": "hours"}
_WORDS: Final = {"en": "{n} of our own", "fr": "{n}, règle maison"}


def is_short(table: Mapping[str, Any]) -> bool:
    return "component" not in table and ("when" in table or "metric" in table)


def expand(table: Mapping[str, Any], file: str, known: Known) -> dict[str, Any]:
    """Give the long form. Raises CriteriaError with the key that the person wrote."""
    long = dict(table)
    rule = str(long["id"])
    if "when" in long and "metric" in long:
        raise CriteriaError(file, rule, "when", "a short rule has a metric with levels, or a condition `when`, not both")
    if long.get("scope") == "portfolio":
        known = expression.Known(group=known.portfolio, portfolio=known.portfolio, rules=known.rules)
    if "when" in long:
        part, texts = _conditional(long, file, rule, known)
    else:
        part, texts = _measured(long, file, rule, known)
    long["component"] = [part]
    tasks = long.get("tasks", {})
    if isinstance(tasks, list):
        long["tasks"] = {_lowest(part): tasks}
    name = long.get("name", rule)
    long["name"] = name if isinstance(name, dict) else {"en": name, "fr": name}
    defaults = {
        "version": 1,
        "family": FAMILY,
        "window": "now",
        "cooldown_days": 90,
        "reason": "A rule of our own.",
        "text": texts,
        "requires": {},
        "tasks": {},
    }
    return {**defaults, "stages": {"watch": "watch"}, **long}


def _lowest(part: Mapping[str, Any]) -> str:
    levels = part.get("levels")
    return next((level for level in SEVERITIES if isinstance(levels, dict) and level in levels), "watch")


def _conditional(long: dict[str, Any], file: str, rule: str, known: Known) -> tuple[dict[str, Any], dict[str, str]]:
    text, level = long.pop("when"), long.pop("level", "watch")
    if not isinstance(text, str):
        raise CriteriaError(file, rule, "when", f"must be a text, not {text!r}")
    if level not in SEVERITIES:
        raise CriteriaError(file, rule, "level", f"unknown level {level!r}{suggestion(level, SEVERITIES)}")
    try:
        read = expression.condition(text, known)
    except expression.ExpressionError as error:
        raise CriteriaError(file, rule, "when", str(error)) from error
    part: dict[str, Any] = {key: long.pop(key) for key in OF_COMPONENT if key in long and key not in {"metric", "levels"}}
    names = [".".join(filter(None, pair)) for pair in read.names if pair[0] != "severity"]
    part.setdefault("unit", "plain")
    part.setdefault("needs", f"a value of {', '.join(names) or 'what the condition names'} that decides the condition")
    part |= {"levels": {level: {"when": text}}, "name": "when"}
    said = clauses(read, known)
    return part, {"en": said, "fr": said}


def _measured(long: dict[str, Any], file: str, rule: str, known: Known) -> tuple[dict[str, Any], dict[str, str]]:
    metric = long.get("metric")
    part: dict[str, Any] = {key: long.pop(key) for key in OF_COMPONENT if key in long}
    if not isinstance(metric, str):
        raise CriteriaError(file, rule, "metric", f"must be a text, not {metric!r}")
    scope, _, column = metric.rpartition(".")
    if known.kind(scope, column) is None:
        near = known.nearest(scope, column)
        raise CriteriaError(file, rule, "metric", f"unknown metric {metric!r}" + (f", did you mean {near!r}?" if near else ""))
    part["metric"] = metric = known.real(scope, column)
    if known.kind(scope, column) != "number":
        raise CriteriaError(file, rule, "metric", f"{metric} is a {known.kind(scope, column)}: levels compare numbers, use `when`")
    part.setdefault("unit", unit_of(metric))
    part.setdefault("needs", f"a value of {metric}")
    return part, {"en": metric + " is {value}", "fr": metric + " : {value}"}


def unit_of(metric: str) -> str:
    """Guess how a metric prints from the words in its name."""
    return next((unit for word, unit in _UNITS.items() if word in metric.split("_")), "plain")


def clauses(read: Expression, known: Known) -> str:
    """Give the condition as a text template: each clause, and behind it the values it was judged by."""
    parts = []
    for clause in read.clauses():
        names = [(scope, name) for scope, name in clause.names if scope != "severity"]
        values = [
            f"{'.'.join(filter(None, pair))} = {{{'.'.join(filter(None, pair))}{_spec(known.kind(*pair), pair[1])}}}" for pair in names
        ]
        parts.append(f"{_plain(clause.text)} ({', '.join(values)})" if values else _plain(clause.text))
    return "; ".join(parts)


def _spec(kind: Kind | None, name: str) -> str:
    return f":{unit_of(name)}" if kind == "number" and unit_of(name) != "plain" else ""


def _plain(text: str) -> str:
    """Braces mean something in a template; no condition needs one."""
    return re.sub(r"[{}]", "", text)

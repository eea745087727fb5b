"""The tests inside a rule file: [rule.given] is the ordinary situation, each [[rule.test]] changes a little of it.

given = { share = 0.30, "portfolio.conversion_coverage" = 0.94, "severity.GOV-02" = "watch" }
unknown = ["share"]          the metrics that are NULL here
missing = ["orders.is_rush"] required columns that no source fills
open = "alert"               an episode at this level that the evaluation may let fall
others = [{ … }, …]          further groups, for rules that compare
expect = "watch"             or clear, insufficient, blocked (nobody can be judged)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rules.model import SEVERITIES
from rules.rule import Case

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.expression import Known
    from rules.toml import Section

VERDICTS: Final = (*SEVERITIES, "clear", "insufficient", "blocked")


def read_cases(section: Section, known: Known) -> tuple[Case, ...]:
    """Read `given` and `test` of one rule. Raises CriteriaError."""
    usual = section.take("given", dict, {})
    return tuple(_case(part, usual, known) for part in section.sections("test"))


def _case(section: Section, usual: Mapping[str, Any], known: Known) -> Case:
    given = {**usual, **section.take("given", dict, {})}
    unknown = section.words("unknown", ())
    for name in (*given, *unknown):
        _check(section, name, known)
    given.update(dict.fromkeys(unknown))
    scopes: dict[str, dict[str, Any]] = {"": {}, "portfolio": {}, "severity": {}}
    for name, value in given.items():
        scope, _, column = name.rpartition(".")
        scopes[scope][column] = value
    opened = section.maybe("open", str)
    if opened is not None and opened not in SEVERITIES:
        raise section.wrong("open", f"unknown level {opened!r}; levels are {', '.join(SEVERITIES)}")
    case = Case(
        name=section.take("name", str),
        expect=section.one_of("expect", VERDICTS),
        given=scopes[""],
        portfolio=scopes["portfolio"],
        severities=scopes["severity"],
        missing=section.words("missing", ()),
        others=tuple(_known_only({**usual, **other}) for other in section.take("others", list, [])),
        open=opened,
    )
    section.done()
    return case


def _known_only(values: dict[str, Any]) -> dict[str, Any]:
    """Take "unknown" for NULL, which TOML cannot write."""
    return {name: None if value == "unknown" else value for name, value in values.items() if "." not in name}


def _check(section: Section, name: str, known: Known) -> None:
    scope, _, column = name.rpartition(".")
    if scope not in {"", "portfolio", "severity"} or known.kind(scope, column) is None:
        near = known.nearest(scope, column)
        raise section.wrong("given", f"unknown metric {name!r}" + (f", did you mean {near!r}?" if near else ""))

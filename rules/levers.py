"""catalogue/levers.toml -> levers: the changes that move a group's metrics, and what must happen where no sum says it.

Pure data. rules/clearing.py tries them on the rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, cast

from rules.figures import UNITS
from rules.rule import LANGUAGES
from rules.toml import Section, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.rule import Text

STEPS: Final[Mapping[str, int]] = {"money": 100}
"""How many steps one unit has: cents of money, whole things else."""
TOWARDS: Final = ("clear", "rise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """A change of `by` steps: `moves` maps `g.metric` or `p.metric` to its value after it, as SQL. `most` is the largest change that makes sense."""

    rule: str
    toward: str
    unit: str
    most: str | None
    moves: Mapping[str, str]
    text: Text

    @property
    def steps(self) -> int:
        return STEPS.get(self.unit, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Levers:
    """Every lever by rule, in the order of the file, and the texts of what must happen."""

    by_rule: Mapping[str, tuple[Lever, ...]]
    waits: Mapping[str, Text]

    def toward(self, rule: str, toward: str) -> tuple[Lever, ...]:
        return tuple(lever for lever in self.by_rule.get(rule, ()) if lever.toward == toward)


@cache
def load() -> Levers:
    """Read the file that is shipped. Raises CriteriaError for a mistake in it."""
    file = "levers.toml"
    top = Section(parse(files("rules").joinpath("catalogue", file).read_text(encoding="utf-8"), file), file)
    by_rule: dict[str, tuple[Lever, ...]] = {}
    for section in top.sections("lever"):
        lever = _lever(section)
        by_rule[lever.rule] = (*by_rule.get(lever.rule, ()), lever)
    waits = {}
    for section in top.sections("wait"):
        waits[section.take("rule", str)] = _text(section)
        section.done()
    top.done()
    return Levers(by_rule=by_rule, waits=waits)


def _lever(section: Section) -> Lever:
    lever = Lever(
        rule=section.take("rule", str),
        toward=section.one_of("toward", TOWARDS, "clear"),
        unit=section.one_of("unit", UNITS),
        most=section.maybe("most", str),
        moves=section.take("set", dict),
        text=_text(section),
    )
    section.done()
    return lever


def _text(section: Section) -> Text:
    part = section.section("text")
    text = cast("Text", {language: part.take(language, str) for language in LANGUAGES})
    part.done()
    return text

"""Words and numbers of the page in one language: figures as people read them, an unknown one as such and never as zero."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from rules import explain
from rules.figures import show
from sync.reminders import STAGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from rules.rule import Language


MINUS: Final = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Words:
    """Texts by key, and the ways to say a figure."""

    language: Language
    currency: str
    titles: Mapping[str, str] = field(default_factory=dict)
    """The titles of the rules in force by their codes."""

    def __getitem__(self, key: str) -> str:
        return str(_book()[self.language][key])

    def said(self, key: str, **values: object) -> str:
        """A text with its places filled by words that are ready to print."""
        text = self[key]
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def level(self, level: str | None) -> str:
        return str(_book()[self.language]["levels"].get(level or "none", level))

    def rule(self, code: str) -> str:
        """The title of a rule; the code of one that is not in force any more."""
        return self.titles.get(code, code)

    def stage(self, stage: str) -> str:
        return STAGES[self.language].get(stage, stage)

    def kind(self, table: str) -> str:
        return str(_book()[self.language]["kinds"][table])

    def needs(self, text: str) -> str:
        return explain.needs(text, self.language)

    def counted(self, key: str, n: int) -> str:
        """`n` things: the form for one stands before the bar; in French 0 is one of them."""
        singular, _, plural = self[key].partition("|")
        return f"{self.figure(n, 'count')} {singular if n == 1 or (n == 0 and self.language == 'fr') else plural}"

    def listed(self, names: Sequence[str], most: int, between: str = ", ") -> str:
        """Names one after the other, and how many more there are."""
        more = len(names) - most
        return between.join(names[:most]) + (f" {self.said('and_more', n=more)}" if more > 0 else "")

    def state(self, state: str) -> str:
        return str(_book()[self.language]["states"].get(state, state))

    def guard(self, code: str) -> str:
        return str(_book()[self.language]["guards"].get(code, code))

    def money(self, value: object) -> str:
        """Whole units: a page is read, not added up."""
        return _signed(show(None if value is None else round(Decimal(str(value))), "money", self.language, self.currency))

    def percent(self, value: object) -> str:
        return _signed(show(number(value), "percent", self.language))

    def share(self, value: object) -> str:
        """A part of the whole in a column: always one decimal, and a little is never nothing."""
        part = number(value)
        if part is None:
            return self.percent(None)
        text = f"{abs(part) * 100:.1f}" if part == 0 or abs(part) >= 0.0005 else "0.1"
        sign = "< " if 0 < part < 0.0005 else MINUS if part < -0.0005 else ""
        return sign + (f"{text.replace('.', ',')}\N{NO-BREAK SPACE}%" if self.language == "fr" else f"{text}%")

    def figure(self, value: object, unit: str) -> str:
        return _signed(show(number(value), unit, self.language, self.currency))

    def day(self, day: date) -> str:
        return show(day, "date", self.language)


def _signed(text: str) -> str:
    """A minus as wide as a plus, so that columns stay straight and it does not break off its number."""
    return f"{MINUS}{text[1:]}" if text.startswith("-") else text


def number(value: object) -> float | None:
    return None if value is None else float(str(value))


@cache
def _book() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files("sync.reporting").joinpath("words.toml").read_text(encoding="utf-8"))

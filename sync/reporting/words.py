"""Words and numbers of the page in one language: figures as people read them, an unknown one as such and never as zero."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from rules.figures import show

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from rules.rule import Language


@dataclass(frozen=True, slots=True)
class Words:
    """Texts by key, and the ways to say a figure."""

    language: Language
    currency: str

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

    def state(self, state: str) -> str:
        return str(_book()[self.language]["states"].get(state, state))

    def guard(self, code: str) -> str:
        return str(_book()[self.language]["guards"].get(code, code))

    def money(self, value: object) -> str:
        """Whole units: a page is read, not added up."""
        return show(None if value is None else round(Decimal(str(value))), "money", self.language, self.currency)

    def percent(self, value: object) -> str:
        return show(number(value), "percent", self.language)

    def figure(self, value: object, unit: str) -> str:
        return show(number(value), unit, self.language, self.currency)

    def day(self, day: date) -> str:
        return show(day, "date", self.language)


def number(value: object) -> float | None:
    return None if value is None else float(str(value))


@cache
def _book() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files("sync.reporting").joinpath("words.toml").read_text(encoding="utf-8"))

"""Numbers as people read them, in English and French: 34.5% / 34,5 %, €1,234.56 / 1 234,56 €, 2026-11-24 / 24/11/2026.

A template says the unit: `{share:percent}`, a word that follows a number: `{n:count} {n:plural:order|orders}`, and
of whom in French: `{account:de}`. What is unknown prints as — / n.c., never as zero. Rounding is half up.
"""

from __future__ import annotations

import string
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rules.rule import Language

UNKNOWN: Final[Mapping[str, str]] = {"en": "\N{EM DASH}", "fr": "n.c."}
UNITS: Final = (
    "ratio", "percent", "times", "money", "days", "count", "points", "hours", "score", "index", "level", "months", "years", "date", "plain",
    "whole_money", "change",
)  # fmt: skip
_THIN, _HARD = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
_SYMBOLS: Final = {"EUR": "€", "USD": "$", "GBP": "£"}
_DECIMALS: Final = {
    "ratio": 3,
    "percent": 1,
    "change": 1,
    "times": 2,
    "money": 2,
    "whole_money": 0,
    "days": 1,
    "hours": 1,
    "score": 1,
    "points": 1,
}
_WORDS: Final = {
    ("days", "en"): ("day", "days"), ("days", "fr"): ("jour", "jours"), ("months", "en"): ("month", "months"), ("months", "fr"): ("mois", "mois"),
    ("hours", "en"): ("h", "h"), ("hours", "fr"): ("h", "h"), ("times", "en"): ("time", "times"), ("times", "fr"): ("fois", "fois"),
    ("years", "en"): ("year", "years"), ("years", "fr"): ("an", "ans"), ("points", "en"): ("point", "points"), ("points", "fr"): ("point", "points"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with the unit it prints in when the template names none."""

    value: object
    unit: str


def show(value: object, unit: str, language: Language, currency: str = "EUR") -> str:
    """Give a value as text: a number in its unit, a date, a list joined, or the sign for unknown."""
    if value is None:
        return UNKNOWN[language]
    if isinstance(value, date):
        return day(value, language)
    if isinstance(value, bool):
        return {("en", True): "yes", ("en", False): "no", ("fr", True): "oui", ("fr", False): "non"}[language, value]
    if isinstance(value, int | float | Decimal):
        return _number(value, unit, language, currency)
    return str(value)


def day(value: date, language: Language) -> str:
    """Give a date: ISO in English, day first in French."""
    return f"{value:%d/%m/%Y}" if language == "fr" else value.isoformat()


def _number(value: float | Decimal, unit: str, language: Language, currency: str) -> str:
    exact = Decimal(str(value)) * (100 if unit in {"percent", "points", "change"} else 1)
    if not exact.is_finite():
        return UNKNOWN[language]
    decimals = _DECIMALS.get(unit, 0 if exact == exact.to_integral_value() else 2)
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0
    text = _grouped(rounded, decimals, unit, language)
    if unit in {"percent", "change"}:
        text = f"+{text}" if unit == "change" and rounded > 0 else text
        return f"{text}{_HARD}%" if language == "fr" else f"{text}%"
    if unit in {"money", "whole_money"}:
        return _money(text, language, currency)
    singular, plural = _WORDS.get((unit, language), ("", ""))
    one = abs(rounded) < 2 if language == "fr" else abs(rounded) == 1
    return f"{text}{_HARD if language == 'fr' else ' '}{singular if one else plural}" if singular else text


def _grouped(number: Decimal, decimals: int, unit: str, language: Language) -> str:
    """Separate thousands; drop needless zeros, but keep both digits of cents that are there."""
    text = f"{number:,.{decimals}f}"
    whole, _, fraction = text.partition(".")
    fraction = fraction if unit == "money" and fraction.strip("0") else fraction.rstrip("0")
    if language == "fr":
        return whole.replace(",", _THIN) + (f",{fraction}" if fraction else "")
    return whole + (f".{fraction}" if fraction else "")


def _money(text: str, language: Language, currency: str) -> str:
    symbol = _SYMBOLS.get(currency)
    if language == "fr":
        return f"{text}{_HARD}{symbol or currency}"
    if symbol is None:
        return f"{text} {currency}"
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    return f"{sign}{symbol}{digits}"


class _Template(string.Formatter):
    """Fills `{name:unit}`; a name nobody knows is unknown, as a template must never fail in front of a user."""

    def __init__(self, language: Language, currency: str) -> None:
        self.language, self.currency = language, currency

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:  # noqa: ARG002 - the signature of Formatter
        return kwargs.get(str(key))

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return self.get_value(field_name, args, kwargs), field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec.startswith("plural:"):
            return _plural(value.value if isinstance(value, Figure) else value, format_spec.removeprefix("plural:"), self.language)
        if format_spec == "de":
            return _of(str(value))
        if isinstance(value, Figure):
            return show(value.value, format_spec or value.unit, self.language, self.currency)
        return show(value, format_spec or "plain", self.language, self.currency)


def _of(name: str) -> str:
    """Say of whom in French: d'Ardennes, de Bernay. An h may be mute or not, which only who speaks knows: it stays whole."""
    first = unicodedata.normalize("NFD", name[:1]).casefold()[:1]
    return f"d'{name}" if first and first in "aeiouœæ" else f"de {name}"


def _plural(number: Any, words: str, language: Language) -> str:
    """Choose between `order|orders`: in French 0 and 1 are singular, in English 1 alone."""
    singular, _, plural = words.partition("|")
    known = isinstance(number, int | float | Decimal)
    one = known and (abs(number) < 2 if language == "fr" else abs(number) == 1)
    return singular if one else plural


def fill(template: str, values: Mapping[str, object], language: Language, currency: str = "EUR") -> str:
    """Fill a template with values: plain ones print by the unit in the template, figures also by their own."""
    return _Template(language, currency).vformat(template, (), dict(values))


def fields(template: str) -> list[tuple[str, str]]:
    """Give the (name, unit) pairs that a template asks for. Raises ValueError for a broken template."""
    found = [(name, unit or "") for _, name, unit, _ in string.Formatter().parse(template) if name is not None]
    other = {"de": "plain"}
    return [(name, "count" if unit.startswith("plural:") and "|" in unit else other.get(unit, unit)) for name, unit in found]

"""The impact sheet as lines of text, in English or French. Pure: figures in, words of catalogue/sheet.toml out.

Money is rounded to whole units here, the JSON has the cents. A line of which no figure is known is left out; what the reader must
correct is marked as assumed, and what nobody knows is named.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from rules.figures import fields, fill, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from rules.impact import Input, Inputs, Path, Sheet, Verdict
    from rules.notice import Notice
    from rules.rule import Language

UNITS: Final = {
    "share": "percent", "avoidable_share": "percent", "practical_capacity": "percent", "hours": "hours", "hours_per_fte": "hours",
    "cycle_months": "months", "contract_notice_months": "months",
}  # fmt: skip
"""Inputs that are not money."""
ANSWERS: Final = ("depends_on_us", "specific_or_seasonal", "documented_breaches")
"""Inputs that are yes or no."""
EXACT: Final = frozenset(
    ("revenue_at_risk_share", "static_runway_months", "hours_freed_12m", "hours_freed_month", "fte_freed", "coverage", "pressure")
)
"""Figures of the sheet that are no money, and so are not rounded to whole units."""
COLUMNS: Final = 3
MONTHLY: Final = ("we_end", "client_leaves")
"""Scenarios that are printed month by month."""
INSTEAD: Final = {"meetings_cost": "hours_cost", "safety_cushion": "fixed_cost_month"}
"""Inputs that nobody misses when the other one is known."""


def lines(
    account: str,
    as_of: date,
    sheet: Sheet,
    paths: Mapping[str, Path],
    notice: Notice,
    inputs: Inputs,
    *,
    verdict: Verdict,
    answers: Mapping[str, Input],
    extra: Mapping[str, object],
    began: date | None,
    language: Language,
    currency: str,
) -> Iterator[str]:
    """Give the page line by line. `extra`: the figures beside the sums; `began`: first day of the relation."""
    page = _Page(language, currency)
    figures = {**_whole(asdict(sheet)), **_whole(extra), "account": account, "as_of": as_of, "began": began}
    figures |= {"gain": _whole({"": -sheet.contribution_lost_12m})[""], "verdict": page.words["verdict"][verdict]}
    is_gain = sheet.contribution_lost_12m < 0
    yield page.say("title", figures)
    yield page.say("verdict_line", figures)
    yield from page.block(
        "what",
        (
            "revenue",
            "contribution",
            "gained" if is_gain else "lost",
            "after",
            "runway",
            "replace",
            "coverage",
            "hours",
            "upside",
            "receivable",
        ),
        figures,
    )
    yield from page.cash(paths)
    if inputs.ramp.value is None or inputs.cycle_months.value is None:
        yield from page.known("no_ramp", figures)
    yield page.heading("notice")
    yield from page.known("suggested", {**figures, **asdict(notice)})
    yield from () if notice.is_established else page.known("short", figures)
    yield from page.known("caution", figures)
    yield from page.inputs([*inputs, *answers.items()])
    if sheet.assumed:
        yield from page.known("assumed_zero", {"names": ", ".join(page.words["names"][name] for name in sheet.assumed)})
    yield from page.known("referred", figures)


def caution() -> dict[Language, str]:
    """Give the sentence that goes with every suggestion of a notice."""
    return {language: words["caution"] for language, words in _words().items()}


def verdict_name(verdict: Verdict, language: Language) -> str:
    """Give a verdict as people read it."""
    return str(_words()[language]["verdict"][verdict])


class _Page:
    """The words of one language, and the few shapes of line that the sheet is made of."""

    def __init__(self, language: Language, currency: str) -> None:
        self.language, self.currency, self.words = language, currency, _words()[language]
        self.colon = " : " if language == "fr" else ": "

    def say(self, key: str, figures: Mapping[str, object]) -> str:
        return fill(self.words[key], figures, self.language, self.currency)

    def heading(self, key: str) -> str:
        return f"\n{self.words[key]}{self.colon.rstrip()}"

    def known(self, key: str, figures: Mapping[str, object]) -> Iterator[str]:
        """Give the line when any of its figures is known and not nothing; a line without figures always."""
        asked = [name for name, _ in fields(self.words[key])]
        if not asked or any(figures.get(name) for name in asked):
            yield "  " + self.say(key, figures)

    def block(self, title: str, keys: tuple[str, ...], figures: Mapping[str, object]) -> Iterator[str]:
        yield self.heading(title)
        for key in keys:
            yield from self.known(key, figures)

    def cash(self, paths: Mapping[str, Path]) -> Iterator[str]:
        """Give each scenario with its lowest point, then month by month."""
        yield self.heading("paths")
        for name, path in paths.items():
            figures = {**_whole(asdict(path)), "verdict": self.words["verdict"][path.verdict]}
            start = "  " + self.say(name, figures)
            if path.lowest_cash is None:
                yield f"{start}{self.colon}{self.words['no_path']}"
                continue
            parts = [self.say("lowest", figures), *([self.say("back", figures)] if path.back_to_base_month else [])]
            yield f"{start}{self.colon}{(' ; ' if self.language == 'fr' else '; ').join(parts)}"
            if name in MONTHLY:
                yield from self.months(path.cash[1:])

    def months(self, cash: tuple[Decimal, ...]) -> Iterator[str]:
        """Give the months in columns of a year, read from top to bottom."""
        cells = [
            f"{month:>4}  {show(held.quantize(Decimal(1), ROUND_HALF_UP), 'money', self.language, self.currency):>13}"
            for month, held in enumerate(cash, 1)
        ]
        rows = len(cells) // COLUMNS
        for row in range(rows):
            yield "    " + "    ".join(cells[row::rows])

    def inputs(self, given: list[tuple[str, Input]]) -> Iterator[str]:
        """Give every input with its origin, and then the names of what is unknown."""
        yield self.heading("inputs")
        for name, one in given:
            if one.value is not None:
                value = bool(one.value) if name in ANSWERS else one.value
                told = show(value, UNITS.get(name, "money"), self.language, self.currency)
                yield f"  {self.words['names'][name]}{self.colon}{told} ({self.words['origin'][one.origin]})"
        missing = {name for name, one in given if one.value is None}
        unknown = [self.words["names"][name] for name, _ in given if name in missing and (name not in INSTEAD or INSTEAD[name] in missing)]
        if unknown:
            yield from self.known("unknown", {"names": ", ".join(unknown)})


def _whole(figures: Mapping[str, object]) -> dict[str, object]:
    """Round the money among figures to whole units."""
    return {
        name: value.quantize(Decimal(1), ROUND_HALF_UP) if isinstance(value, Decimal) and name not in EXACT else value
        for name, value in figures.items()
    }


@cache
def _words() -> dict[Language, Mapping[str, Any]]:
    text = files("rules").joinpath("catalogue", "sheet.toml").read_text(encoding="utf-8")
    found: dict[Language, Mapping[str, Any]] = tomllib.loads(text)  # type: ignore[assignment]
    return found

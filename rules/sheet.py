"""The impact sheet as lines of text, in English or French. Pure: figures in, words of catalogue/sheet.toml out.

A line of which no figure is known is left out; what the reader must correct is marked as assumed.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from rules.figures import fields, fill, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from rules.impact import Inputs, Path, Sheet
    from rules.notice import Notice
    from rules.rule import Language

UNITS: Final = {
    "share": "percent", "avoidable_share": "percent", "practical_capacity": "percent", "hours": "hours", "hours_per_fte": "hours",
    "cycle_months": "months",
}  # fmt: skip
"""Inputs that are not money."""


def lines(
    account: str,
    as_of: date,
    sheet: Sheet,
    paths: Mapping[str, Path],
    notice: Notice,
    inputs: Inputs,
    *,
    extra: Mapping[str, object],
    language: Language,
    currency: str,
) -> Iterator[str]:
    """Give the page line by line; a heading ends with a colon and is not indented. `extra`: open_receivable, exposed_revenue."""
    words = _words()[language]
    values: dict[str, object] = {**asdict(sheet), **extra, "account": account, "as_of": as_of, "gain": -sheet.contribution_lost_12m}

    def said(key: str, more: Mapping[str, object] | None = None) -> Iterator[str]:
        known = {**values, **(more or {})}
        asked = [name for name, _ in fields(words[key])]
        if any(known.get(name) for name in asked) or not asked:
            yield "  " + fill(words[key], known, language, currency)

    yield fill(words["title"], values, language, currency)
    yield words["what"] + (" :" if language == "fr" else ":")
    is_gain = sheet.contribution_lost_12m < 0
    for key in ("revenue", "contribution", "gained" if is_gain else "lost", "after", "runway", "replace", "hours", "upside", "receivable"):
        yield from said(key)
    yield words["paths"] + (" :" if language == "fr" else ":")
    for name, path in paths.items():
        yield from _path(name, path, words, language, currency)
    yield words["notice"] + (" :" if language == "fr" else ":")
    yield from said("suggested", asdict(notice))
    yield from () if notice.is_established else said("short")
    yield from said("caution")
    yield words["inputs"] + (" :" if language == "fr" else ":")
    for name, one in inputs:
        if one.value is not None:
            told = show(one.value, UNITS.get(name, "money"), language, currency)
            yield f"  {words['names'][name]}: {told} ({words['origin'][one.origin]})".replace(": ", " : " if language == "fr" else ": ", 1)
    if sheet.assumed:
        yield from said("assumed_zero", {"names": ", ".join(words["names"][name] for name in sheet.assumed)})


def _path(name: str, path: Path, words: Mapping[str, Any], language: Language, currency: str) -> Iterator[str]:
    values = {**asdict(path), "verdict": words["verdict"][path.verdict]}
    start = fill(words[name], values, language, currency)
    if path.lowest_cash is None:
        yield f"  {start}: {words['no_path']}".replace(": ", " : " if language == "fr" else ": ", 1)
        return
    parts = [words["lowest"], *([words["back"]] if path.back_to_base_month is not None else [])]
    told = "; ".join(fill(part, values, language, currency) for part in parts).replace("; ", " ; " if language == "fr" else "; ", 1)
    yield f"  {start}{' : ' if language == 'fr' else ': '}{told}"


@cache
def _words() -> Mapping[Language, Mapping[str, Any]]:
    return tomllib.loads(files("rules").joinpath("catalogue", "sheet.toml").read_text(encoding="utf-8"))  # type: ignore[return-value]

"""The texts that a record carries besides its flags, so that people read on the CRM's own page what stands behind them.

    explanation  the findings as sentences, a paragraph each: `CODE Name — level`, then the numbers and what would clear it
    restricted   the same of reports that only a few may read; the explanation then says that there is one
    trend        `2026-10:41a 2026-11:-i`: index (- when hidden) and first letter of the level, twelve months at most
    next_step    one sentence
    at_stake     net revenue of twelve months, three digits of it, for sorting

Pure. No person's name and no message text can get in: the sentences come from the catalogue's templates.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from rules.explain import label
from rules.figures import fill
from rules.model import rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from connectors.contract import Value
    from rules.counsel import Counsel
    from rules.criteria import Catalogue
    from rules.rule import Language

LONGEST: Final = 32_000
"""Characters of a long text: Salesforce takes 32,768."""
SHORT: Final = 255
MONTHS: Final = 12
RESTRICTED: Final = frozenset({"BEH-04"})
"""Rules whose details belong into the restricted field alone (domain.md E-15)."""
HIDDEN: Final[Mapping[Language, str]] = {
    "en": "A report to be examined; who may read it finds the details in the restricted field.",
    "fr": "Signalement à examiner ; qui y est habilité en trouve le détail dans le champ restreint.",
}
MORE: Final[Mapping[Language, str]] = {"en": "… and {n} more.", "fr": "… et {n} autres."}
LETTERS: Final = {None: "n", "none": "n", "info": "i", "watch": "w", "alert": "a", "critical": "c"}
MONTH: Final = re.compile(r"(\d{4}-\d{2}):(-|\d{1,3})([niwac])")


def texts(rows: Sequence[Mapping[str, Any]], catalogue: Catalogue, language: Language) -> dict[str, Value]:
    """`explanation` and `restricted` of the findings of one group, worst first; `rows` as the ledger keeps findings."""
    ordered = sorted(rows, key=lambda row: (-rank(row["severity"]), row["rule"]))
    shown = [_paragraph(row, catalogue, language, hide=row["rule"] in RESTRICTED) for row in ordered]
    kept = [_paragraph(row, catalogue, language, hide=False) for row in ordered if row["rule"] in RESTRICTED]
    return {"explanation": _joined(shown, language) or None, "restricted": _joined(kept, language) or None}


def _paragraph(row: Mapping[str, Any], catalogue: Catalogue, language: Language, *, hide: bool) -> str:
    rule, detail = catalogue.rule(row["rule"]), row["detail"]
    head = f"{rule.id} {rule.name[language]} — {label(row['severity'], language)}"
    if hide:
        return f"{rule.id} — {label(row['severity'], language)}\n{HIDDEN[language]}"
    return "\n".join([head, detail["explanation"][language], *detail.get("assumed", {}).get(language, [])])


def _joined(paragraphs: Iterable[str], language: Language) -> str:
    """Whole paragraphs up to the length of the field, and how many did not fit."""
    kept: list[str] = []
    every = list(paragraphs)
    for paragraph in every:
        if sum(len(one) + 2 for one in kept) + len(paragraph) > LONGEST - 40:
            return "\n\n".join([*kept, MORE[language].format(n=len(every) - len(kept))])
        kept.append(paragraph)
    return "\n\n".join(kept)


def trend(seen: Value, as_of: date, index: float | None, level: str | None) -> str:
    """The months that the record shows already, with this month's value put in; later and unreadable ones are dropped."""
    this = f"{as_of:%Y-%m}"
    months = {month: f"{number}{letter}" for month, number, letter in MONTH.findall(str(seen or "")) if month < this}
    months[this] = f"{'-' if index is None else round(index)}{LETTERS[level]}"
    return " ".join(f"{month}:{months[month]}" for month in sorted(months)[-MONTHS:])


def next_step(advice: Counsel, catalogue: Catalogue, language: Language) -> str | None:
    """What opens the proposed stage, as the title of its task."""
    template = catalogue.tasks.get(advice.next_step)
    if template is None:
        return None
    text = fill(template.title[language], {"account": {"en": "this client", "fr": "ce client"}[language]}, language)
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


def at_stake(revenue: object) -> float | None:
    """Three digits, so that a number that hardly moves is not written every day."""
    if revenue is None:
        return None
    exact = Decimal(str(revenue))
    places = 2 - exact.adjusted() if exact else 2
    return float(exact.quantize(Decimal(1).scaleb(-min(places, 2)), ROUND_HALF_UP))


def gist(text: str) -> str:
    """A text without its figures: sentences that differ in numbers alone say the same findings at the same levels."""
    return re.sub(r"[\d\s.,/%€$£\u202f\u00a0-]+", " ", text).strip()

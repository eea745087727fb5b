"""The 182 elements of the source texts and what answers each (rules/catalogue/elements.toml), as a table for docs/elements.md."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from rules.toml import Section, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE: Final = "elements.toml"
KINDS: Final = ("SIG", "COST", "DEC", "CONS", "NEG", "EXIT", "AFTER", "PRIN")
SIZES: Final = {"S0": 62, "S1": 15, "S2": 20, "S3": 40, "S4": 45}
"""How many elements each of the five texts gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """What a text says, and the rules, monitors, tasks, fields and decisions that answer it; at least one of them is there."""

    id: str
    kind: str
    quote: str
    rules: tuple[str, ...]
    tasks: tuple[str, ...]
    fields: tuple[str, ...]
    design: str


def read() -> tuple[Element, ...]:
    """Read the file. Raises CriteriaError for an element without an answer."""
    top = Section(parse(files("rules").joinpath("catalogue", FILE).read_text(encoding="utf-8"), FILE), FILE)
    found = tuple(_element(section) for section in top.sections("element"))
    top.done()
    return found


def _element(section: Section) -> Element:
    section.rule = section.take("id", str)
    element = Element(
        id=section.rule,
        kind=section.one_of("kind", KINDS),
        quote=section.take("quote", str),
        rules=section.words("rules", ()),
        tasks=section.words("tasks", ()),
        fields=section.words("fields", ()),
        design=section.maybe("design", str) or "",
    )
    section.done()
    if not (element.rules or element.tasks or element.fields or element.design):
        raise section.wrong("", "has no answer: name a rule, a task, a field or a design decision")
    return element


def markdown(elements: Iterable[Element]) -> str:
    """Give the table of docs/elements.md."""
    rows = [
        "| Element | Kind | What the text says | Rules, monitors | Tasks | Fields people fill in | Design |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in elements:
        cells = (one.quote, ", ".join(one.rules), ", ".join(one.tasks), ", ".join(f"`{name}`" for name in one.fields), one.design)
        rows.append("| " + " | ".join([one.id, one.kind, *(cell.replace("|", "\\|") or "\N{EN DASH}" for cell in cells)]) + " |")
    return "\n".join(rows)

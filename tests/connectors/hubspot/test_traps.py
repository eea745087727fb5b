"""The table of traps in docs/hubspot.md names tests; each of them must be there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_every_trap_of_the_document_is_held_by_a_test_that_exists_or_says_why_it_cannot_happen() -> None:
    section = (ROOT / "docs" / "hubspot.md").read_text(encoding="utf-8").split("## Traps of this API")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if re.match(r"\| (\d|also)", line)]
    there = {
        name
        for file in Path(__file__).parent.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
    }
    for row in rows:
        named = set(re.findall(r"`(test_\w+)`", row))
        assert named <= there, f"{named - there} of the row {row}"
        assert named or "cannot happen" in row
    told = {number for row in rows for number in re.findall(r"\b\d+\b", row.split("|")[1].split("`")[0].partition("past")[0])}
    assert {str(number) for number in range(1, 49)} <= told

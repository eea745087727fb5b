"""How much of each family is tried: `make test` tries a part that shows every kind, `make test-all` and CI try all of it.

    family(cases, part)            parameters of a test; what is not in `part` is marked `exhaustive`
    crossed(rows, columns, …)      every row with every column; the part is every row once, the columns in turn
    examples(few, many)            of a property: how many examples it draws

Nothing is tried by `make test` alone: the whole is EQUILIBRE_TESTS=all.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

ALL = os.environ.get("EQUILIBRE_TESTS") == "all"


def family(cases: Iterable[Any], part: Collection[Any]) -> list[Any]:
    """Mark the cases that are not in `part`; every one of `part` must be a case."""
    known = list(cases)
    assert [case for case in part if case not in known] == []
    return [case if case in part else pytest.param(case, marks=pytest.mark.exhaustive) for case in known]


def crossed(rows: Iterable[str], columns: Sequence[str], *, places: int = 0, first: int = 0) -> list[Any]:
    """Pair every row with every column. Of `places` places (0: the columns alone) each row takes its turn at one; ours begin at the place `first`."""
    turns = places or len(columns)
    return [
        pytest.param(row, column, marks=() if number % turns == first + place else pytest.mark.exhaustive, id=f"{row}-{column}")
        for number, row in enumerate(rows)
        for place, column in enumerate(columns)
    ]


def examples(few: int, many: int) -> int:
    return many if ALL else few

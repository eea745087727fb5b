"""What `make test` leaves out is a part of a family, never a family."""

from __future__ import annotations

import pytest

from tests.extent import crossed, family

ROWS, COLUMNS = [f"fault {number}" for number in range(9)], ["reading", "writing"]


def kept(cases):
    return [case for case in cases if not getattr(case, "marks", ())]


def test_every_row_is_tried_once_and_every_column_too():
    chosen = [case.values for case in kept(crossed(ROWS, COLUMNS))]
    assert [row for row, _ in chosen] == ROWS
    assert {column for _, column in chosen} == set(COLUMNS)
    assert len(crossed(ROWS, COLUMNS)) == len(ROWS) * len(COLUMNS)


def test_two_tests_that_share_the_places_try_every_row_once_together():
    first, second = (kept(crossed(ROWS, COLUMNS, places=4, first=first)) for first in (0, 2))
    assert sorted(case.values[0] for case in [*first, *second]) == sorted(ROWS)


def test_a_family_keeps_its_part_unmarked_and_the_rest_marked():
    cases = family("abc", "b")
    assert kept(cases) == ["b"]
    assert [case.values for case in cases if case != "b"] == [("a",), ("c",)]


def test_a_part_that_is_no_case_is_a_mistake():
    with pytest.raises(AssertionError):
        family("abc", "x")

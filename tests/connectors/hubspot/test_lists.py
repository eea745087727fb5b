"""A long list read by several lanes: every record once, in about as many calls as in order, or in order after all."""

from __future__ import annotations

import random
import threading
from bisect import bisect_left
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.failures import Rejected
from connectors.hubspot.lists import OutOfOrder, cut, in_order
from tests.extent import examples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.hubspot.lists import Page


class Shelf:
    """A list of ids, served from a cursor on; `growing` ids appear while it is read. A cursor is the next id, or the last one seen."""

    def __init__(
        self, ids: Sequence[int], *, size: int = 100, short: int = 0, growing: Sequence[int] = (), is_last_seen: bool = False
    ) -> None:
        self.ids, self.size, self.short, self.growing, self.is_last_seen = sorted(ids), size, short, list(growing), is_last_seen
        self.asked: list[int] = []
        self.lock = threading.Lock()

    def __call__(self, cursor: str) -> Page:
        with self.lock:
            self.asked.append(int(cursor))
            if self.growing:
                self.ids = sorted({*self.ids, self.growing.pop()})
            size = self.short if self.short and len(self.asked) % 3 == 0 else self.size
            start = bisect_left(self.ids, int(cursor) + self.is_last_seen)
            found = self.ids[start : start + size + 1]
            after = str(found[size - self.is_last_seen]) if len(found) > size else None
            return [str(one) for one in found[:size]], after


def read(shelf: Shelf, left: int | None = None) -> list[str]:
    lanes = cut(shelf, str(shelf.ids[0]), str(shelf.ids[-1]), left or len(shelf.ids))
    assert lanes is not None
    return [one for ids in lanes for one in ids]


@settings(max_examples=examples(5, 25), deadline=None)
@given(st.integers(0, 10**6), st.integers(4_000, 9_000), st.integers(1, 1_000), st.sampled_from([0, 1, 37]), st.booleans())
def test_every_record_is_given_once_whatever_the_ids_the_cursors_and_the_pages(
    seed: int, count: int, thin: int, short: int, is_last_seen: bool
) -> None:
    ids = random.Random(seed).sample(range(10**6, 10**6 + count * thin), count)
    found = read(Shelf(ids, short=short, is_last_seen=is_last_seen))
    wanted = {str(one) for one in ids if one > min(ids) or not is_last_seen}  # the first cursor has been seen
    assert len(found) == len(wanted)
    assert set(found) == wanted


def test_ids_that_crowd_at_one_end_are_shared_among_the_lanes_within_five_percent_of_the_fewest_calls() -> None:
    ids = [*range(1_000_000, 1_049_000), 900_000_000]
    shelf = Shelf(ids)
    assert len(read(shelf)) == len(ids)
    assert len(shelf.asked) <= -(-len(ids) // 100) * 1.05


def test_records_that_come_while_the_list_is_read_break_nothing() -> None:
    ids, late = list(range(0, 20_000, 2)), list(range(1, 2_000, 2))
    found = read(Shelf(ids, growing=late))
    assert {str(one) for one in ids} <= set(found)
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("after", "highest", "left"), [("1", "90000", 1_000), ("1", None, 50_000), ("MTAw", "90000", 50_000), ("9", "10", 50_000)]
)
def test_a_short_list_or_one_without_numbers_is_not_cut(after: str, highest: str | None, left: int) -> None:
    assert cut(lambda _cursor: ([], None), after, highest, left) is None


@pytest.mark.parametrize(
    ("ids", "asked", "after"),
    [(["5", "4"], 1, None), (["5"], 6, None), (["x"], 1, None), (["5"], 5, "5"), (["5", "9"], 5, "7"), (["5"], 5, "x")],
)
def test_a_page_that_does_not_follow_its_ids_is_told(ids: list[str], asked: int, after: str | None) -> None:
    with pytest.raises(OutOfOrder):
        in_order(ids, asked, after)


def test_a_list_that_takes_no_cursor_but_its_own_is_given_up_and_not_refused() -> None:
    shelf, given = Shelf(list(range(20_000))), {"0"}

    def fetch(cursor: str) -> Page:
        if cursor not in given:
            raise Rejected("hubspot", "list", "the cursor is not known")
        ids, after = shelf(cursor)
        given.add(str(after))
        return ids, after

    lanes = cut(fetch, "0", "19999", 20_000)
    assert lanes is not None
    with pytest.raises(OutOfOrder):
        list(lanes)


def test_what_a_lane_meets_is_raised_when_all_have_stopped() -> None:
    shelf = Shelf(list(range(20_000)))

    def fetch(cursor: str) -> Page:
        if len(shelf.asked) > 50:
            raise OSError("cut")
        return shelf(cursor)

    lanes = cut(fetch, "0", "19999", 20_000)
    assert lanes is not None
    with pytest.raises(OSError, match="cut"):
        list(lanes)
    assert threading.active_count() < 40

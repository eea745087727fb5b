"""A full list read by several lanes at once: where the pages of one object, one after the other, would take minutes of waiting.

    first pages, in order  ->  is the list in the order of its ids, and long?  ->  lanes, each a range of ids  ->  ids as they are landed

HubSpot's cursor is the id of the next record. That is not promised, so it is looked at: every page must begin at or after the cursor
it was asked for and go up, and a cursor of our own making must be taken; else the lanes are given up and the list is read on in order.
A lane that is done takes half of the longest range left. Where two ranges meet, a page may bring records of the next one: they are
landed twice and counted once.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from itertools import pairwise
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from connectors.failures import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LANES: Final = 12
PAGE: Final = 100
LEAD: Final = 5
"""Pages read in order before anything is decided."""
WAITING: Final = 0.006
"""Seconds that a page takes, at which one lane more is worth a thread: below, we are busy with its answer ourselves."""
PER_LANE: Final = 20
"""Pages that a lane must have before it: a range more costs half a page on average, and calls are counted."""
Page = tuple[list[str], str | None]
"""The ids of a page, landed already, and the cursor of the next one."""


class OutOfOrder(Exception):
    """The list does not follow its ids, or takes no cursor but its own, so it cannot be cut into ranges of them."""


@dataclass(slots=True)
class Range:
    """Ids from `begin` to before `end`, asked for from the cursor `at` on; the last range has no end."""

    at: int
    end: int | None
    begin: int = 0


def beginning(at: int, end: int | None) -> Range:
    """Make a range that begins at an id and not where HubSpot said. It asks from one id earlier, so that it does not matter whether a
    cursor is the first record of its page or the last one of the page before.
    """
    return Range(at - 1, end, at)


@dataclass(slots=True, kw_only=True)
class Lanes:
    """One list cut into ranges. `fetch` asks for the page at a cursor and lands it."""

    fetch: Callable[[str], Page]
    ranges: list[Range]
    highest: int
    spare: int
    """How many more ranges may be made of those left."""
    worth: int
    """Ids that a range must have left, about four pages, for its half to be worth a call more."""
    _news: SimpleQueue[list[str] | BaseException | None] = field(default_factory=SimpleQueue)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _halted: bool = False

    def __iter__(self) -> Iterator[list[str]]:
        """Give the ids of each page once. Raises what a lane met, when all lanes have stopped."""
        threads = [threading.Thread(target=self._lane, args=(one,), daemon=True) for one in list(self.ranges)]
        for thread in threads:
            thread.start()
        running, error = len(threads), None
        try:
            while running:
                news = self._news.get()
                if news is None:
                    running -= 1
                elif isinstance(news, BaseException):
                    error, self._halted = error or news, True
                elif error is None:
                    yield news
        finally:
            self._halted = True
            for thread in threads:
                thread.join()
        if error is not None:
            raise error

    def _lane(self, own: Range | None) -> None:
        try:
            while own is not None and not self._halted:
                self._walk(own)
                own = self._half_of_the_longest()
        except BaseException as error:  # noqa: BLE001 - carried to the thread that reads, which raises it
            self._news.put(error)
        finally:
            self._news.put(None)

    def _walk(self, own: Range) -> None:
        while not self._halted:
            asked = own.at
            try:
                ids, after = self.fetch(str(asked))
            except Rejected as error:
                if asked != own.begin - 1:  # a cursor that HubSpot gave
                    raise
                raise OutOfOrder from error
            numbers = in_order(ids, asked, after)
            with self._lock:  # the end may have come nearer while we asked
                mine = [
                    one for one, number in zip(ids, numbers, strict=True) if own.begin <= number and (own.end is None or number < own.end)
                ]
                own.at = int(after) if after is not None else self.highest + 1
                is_done = after is None or (own.end is not None and own.at >= own.end)
                if is_done:
                    own.end = own.at
            self._news.put(mine)
            if is_done:
                return

    def _half_of_the_longest(self) -> Range | None:
        with self._lock:
            longest = max(self.ranges, key=self._left)
            if self.spare <= 0 or self._left(longest) < self.worth:
                return None
            self.spare -= 1
            middle = longest.at + self._left(longest) // 2
            made = beginning(middle, longest.end)
            longest.end = middle
            self.ranges.append(made)
            return made

    def _left(self, one: Range) -> int:
        return max(0, (one.end if one.end is not None else self.highest + 1) - one.at)


def cut(fetch: Callable[[str], Page], after: str, highest: str | None, left: int, most: int = LANES) -> Lanes | None:
    """Cut what follows a cursor into ranges, for about `left` records; None when it is too short or has no numbers to cut by."""
    pages = left // PAGE
    count = min(most, LANES, pages // PER_LANE)
    if count < 2 or highest is None or not (after.isdigit() and highest.isdigit()) or int(highest) - int(after) < count:
        return None
    start, stop = int(after), int(highest)
    starts = [start + (stop - start) * lane // count for lane in range(count)]
    ends: list[int | None] = [*starts[1:], None]
    ranges = [Range(start, ends[0]), *(beginning(at, end) for at, end in zip(starts[1:], ends[1:], strict=True))]
    return Lanes(
        fetch=fetch, ranges=ranges, highest=stop, spare=max(0, pages // PER_LANE - count), worth=max(2, 4 * (stop - start) // pages)
    )


def in_order(ids: Sequence[str], asked: int, after: str | None) -> list[int]:
    """Give the ids as numbers. Raises OutOfOrder unless they go up from the cursor asked for, and the next cursor lies behind them."""
    if not all(one.isdigit() for one in ids) or not (after is None or after.isdigit()):
        raise OutOfOrder
    numbers = [int(one) for one in ids]
    going = [asked, *numbers, *([int(after)] if after is not None else [])]
    if any(one > other for one, other in pairwise(going)) or (after is not None and int(after) <= asked):
        raise OutOfOrder
    return numbers

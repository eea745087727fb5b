"""Who reads a long list when HubSpot's pages come faster than we take them in: one object after another, the shortest first.

Two at a time would only wait for each other, and of what is whole the rest of the run can already be done. Companies, which every table
needs, are few beside what hangs on them.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LOOK: Final = 0.1
"""Seconds after which one that waits looks whether the run was told to end."""


class Turns:
    """The turns of one pull. `order` names the long lists; each must leave, read or not, or those behind it wait for it."""

    def __init__(self, order: Iterable[str] = ()) -> None:
        self._order = list(order)
        self._reads: str | None = None
        self._news = threading.Condition()

    def take(self, kind: str, stopped: Callable[[], bool]) -> None:
        """Wait for this object's turn, or until the run is told to end."""
        with self._news:
            while not self._may(kind) and not stopped():
                self._news.wait(LOOK)
            self._reads = self._reads or kind

    def leave(self, kind: str) -> None:
        """Let the next one read. Leaving twice, or without having had a turn, does no harm."""
        with self._news:
            self._order = [one for one in self._order if one != kind]
            self._reads = None if self._reads == kind else self._reads
            self._news.notify_all()

    def _may(self, kind: str) -> bool:
        return self._reads is None and (kind not in self._order or kind == self._order[0])

"""How many calls of a CRM were made, and how many may still be: the ceiling of a run, and our share of the day."""

from __future__ import annotations

import math
from dataclasses import dataclass

from connectors.failures import QuotaExhausted


@dataclass(slots=True)
class Calls:
    """Calls made to one CRM by this process, and the ceiling; `spend` raises QuotaExhausted rather than pass it.

    `quota_max` and `quota_left` are what the CRM says of its day, whoever uses it; `share` is the part of the day that we go up to.
    """

    crm: str
    ceiling: int | None = None
    share: float = 1.0
    reads: int = 0
    writes: int = 0
    quota_left: int | None = None
    quota_max: int | None = None

    @property
    def made(self) -> int:
        return self.reads + self.writes

    @property
    def room(self) -> int | None:
        """The calls that may still be made now; None: nothing limits them, or nobody has told."""
        used = (self.quota_max - self.quota_left) if self.quota_max is not None and self.quota_left is not None else 0
        return self._least(used)

    @property
    def room_of_a_fresh_day(self) -> int | None:
        """The calls that this run could still make if nobody had used any of the day's."""
        return self._least(0)

    def _least(self, used: int) -> int | None:
        of_run = self.ceiling - self.made if self.ceiling is not None else None
        of_day = math.ceil(self.share * self.quota_max) - used if self.quota_max is not None else None
        known = [limit for limit in (of_run, of_day) if limit is not None]
        return max(0, min(known)) if known else None

    def spend(self, *, write: bool) -> None:
        if self.ceiling is not None and self.made >= self.ceiling:
            raise QuotaExhausted(self.crm, "calls_per_run", f"the ceiling of {self.ceiling} calls per run is reached")
        if write:
            self.writes += 1
        else:
            self.reads += 1

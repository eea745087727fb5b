"""What flows between facts and plan: references, findings, episodes. Frozen values; None is unknown, never zero."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

Severity = Literal["info", "watch", "alert", "critical"]
SEVERITIES: Final[tuple[Severity, ...]] = ("info", "watch", "alert", "critical")
CRM_ORDER: Final = ("salesforce", "hubspot", "files")
"""The order in which a group takes its name and its task: readings.md, "Group id" and 6."""


def rank(severity: str | None) -> int:
    """Position on the ladder info < watch < alert < critical; None (no finding) is below info: -1."""
    return -1 if severity is None else SEVERITIES.index(severity)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class AccountRef:
    """One account in one CRM; prints as the `crm:id` of the JSON."""

    crm: str
    id: str

    def __str__(self) -> str:
        return f"{self.crm}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class RecordRef:
    """A record a person can open: the evidence behind a number."""

    crm: str
    object: str
    id: str


class Mark(NamedTuple):
    """What a task bears in the CRM beside its key: `PAY-01|T-11|alert|2026-11-24`. The episode is a day, or the record that each has its own task."""

    rule: str
    code: str
    level: str
    episode: str

    def __str__(self) -> str:
        return "|".join(self)

    @classmethod
    def read(cls, text: str) -> Mark | None:
        """Give the mark that a text is; None for any other text."""
        parts = text.split("|")
        return cls(*parts) if len(parts) == len(cls._fields) else None

    @property
    def record(self) -> str:
        """The record that has an episode of its own (BEH-01, GOV-01); empty where the episode is named by its day."""
        return "" if DAY.match(self.episode) else self.episode


DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When an evaluation happens: the business date judged, the instant of judging (aware, UTC), the zone's name."""

    as_of: date
    now: datetime
    zone: str = "Europe/Paris"


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One stay of a rule on a group, from the rise until it clears (domain.md C, readings.md 4 and 5).

    `name` stands in the task key: the opening date, or the incident or contact id for BEH-01 and GOV-01.
    `below` counts evaluations in a row that would lower `level`; `below_at` is the instant of the last counted.
    `task_level` is the level of the last task made (or amnestied), None when none was.
    """

    rule: str
    group: str
    name: str
    opened: date
    level: Severity
    last_seen: date
    task_level: Severity | None = None
    task_at: date | None = None
    below: int = 0
    below_at: datetime | None = None
    cleared: date | None = None
    muted: Severity | None = None
    """The level that a person dismissed, while the dismissal holds; `muted_at` is when we first saw it."""
    muted_at: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule speaks about a group (None: about the portfolio). `severity` is after hysteresis, `raw` before it."""

    rule: str
    group: str | None
    severity: Severity
    raw: Severity | None
    value: float | None
    threshold: float | None
    unit: str
    window: tuple[date, date] | None
    since: date
    episode: str
    evidence: tuple[RecordRef, ...] = ()
    assumptions: tuple[str, ...] = ()
    numbers: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Insufficient:
    """A rule could not be judged for a group (None: for all); `needs` names the column, guard or count that is missing."""

    rule: str
    group: str | None
    needs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """A data-quality note (DQ-xx); it never flags an account."""

    code: str
    group: str | None
    records: tuple[str, ...] = ()

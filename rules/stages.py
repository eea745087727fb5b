"""Which stage the facts suggest (domain.md D.1, D.2): pure, and only ever a suggestion.

    balanced -> watch -> repair -> last_round -> decision -> exit_notice -> after_care -> ended

A stage is never skipped on the way down, but for one safety short-cut: a confirmed threat or violence suggests last_round at
once. The step from decision to exit_notice is a person's alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from rules.model import rank
from rules.windows import add_months

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.model import Severity

CHAIN: Final = ("balanced", "watch", "repair", "last_round", "decision", "exit_notice", "after_care", "ended")
CALM_DAYS: Final = 30
REPAIRED_DAYS: Final = 60
KEPT: Final = 0.80
BROKEN: Final = 0.50


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What people entered about a group; the account furthest along the chain speaks for it."""

    stage: str | None = None
    since: date | None = None
    kept: float | None = None
    review: date | None = None
    agreement: date | None = None
    notice_end: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the rules say about a group.

    `suggested` is the furthest stage that a rule's level suggests, `at_once` the same for the short-cut. `quiet_since` is the
    day on which the last finding from watch upwards cleared, `repaired_since` that of the rules that suggest repair.
    """

    levels: Mapping[str, Severity] = field(default_factory=dict)
    families: Mapping[str, str] = field(default_factory=dict)
    suggested: str = "balanced"
    at_once: str = "balanced"
    index: float | None = None
    quiet_since: date | None = None
    repaired_since: date | None = None
    repairing: bool = False
    incident: date | None = None
    leave_threats: bool = False


def propose(standing: Standing, now: Situation, as_of: date) -> str:
    """Give the stage to propose."""
    stage = standing.stage if standing.stage in CHAIN else "balanced"
    if stage in {"balanced", "watch"}:
        return _before_repair(now, as_of)
    return {
        "repair": _in_repair,
        "last_round": _in_last_round,
        "decision": _in_decision,
        "exit_notice": _in_notice,
        "after_care": _in_after_care,
        "ended": _ended,
    }[stage](standing, now, as_of)


def furthest(*stages: str) -> str:
    return max(stages, key=CHAIN.index)


def _wanted(now: Situation) -> str:
    """Give what rules, their combinations and the index suggest, the rules first."""
    at_watch = [rule for rule, level in now.levels.items() if rank(level) >= rank("watch")]
    ops = [rule for rule in at_watch if now.families.get(rule) == "OPS"]
    both = all(rank(now.levels.get(rule)) >= rank("alert") for rule in ("BEH-02", "TEAM-01"))
    return furthest(
        now.suggested,
        "watch" if at_watch else "balanced",
        "repair" if len(ops) >= 2 else "balanced",
        "last_round" if both else "balanced",
        _of_index(now.index, hint=len(ops) >= 3),
    )


def _of_index(index: float | None, *, hint: bool) -> str:
    """Give the band of IMB-01; three OPS rules at watch or above move it one stage (domain.md C.2)."""
    if index is None:
        return "balanced"
    band = sum(index >= limit for limit in (25, 45, 60))
    return CHAIN[min(band + hint, 3)] if band else "balanced"


def _before_repair(now: Situation, as_of: date) -> str:
    if CHAIN.index(now.at_once) > CHAIN.index("repair"):
        return now.at_once
    wanted = min(_wanted(now), "repair", key=CHAIN.index)
    calming = now.quiet_since is not None and as_of - now.quiet_since < timedelta(days=CALM_DAYS)
    return furthest(wanted, "watch" if calming else "balanced")


def _in_repair(standing: Standing, now: Situation, as_of: date) -> str:
    if furthest(_wanted(now), now.at_once) == "last_round":
        return "last_round"
    agreed = standing.agreement is not None and (standing.since is None or standing.agreement >= standing.since)
    started = [day for day in (now.repaired_since, standing.since) if day is not None]
    quiet = not now.repairing and all(as_of - day >= timedelta(days=REPAIRED_DAYS) for day in started)
    return "watch" if agreed or quiet else "repair"


def _in_last_round(standing: Standing, now: Situation, as_of: date) -> str:
    reviewed = standing.kept is not None and standing.review is not None and standing.review <= as_of
    if reviewed and standing.kept is not None and standing.kept < BROKEN:
        return "decision"
    if now.incident is not None and standing.since is not None and now.incident > standing.since:
        return "decision"
    if reviewed and standing.kept is not None and standing.kept >= KEPT and not now.leave_threats:
        return "watch"
    return "last_round"


def _in_decision(_standing: Standing, _now: Situation, _as_of: date) -> str:
    return "decision"


def _in_notice(standing: Standing, _now: Situation, as_of: date) -> str:
    return "after_care" if standing.notice_end is not None and standing.notice_end <= as_of else "exit_notice"


def _in_after_care(standing: Standing, _now: Situation, as_of: date) -> str:
    return "ended" if standing.since is not None and add_months(standing.since, 12) <= as_of else "after_care"


def _ended(standing: Standing, _now: Situation, _as_of: date) -> str:
    """A client that comes back with a new agreement starts again at repair."""
    back = standing.agreement is not None and standing.since is not None and standing.agreement > standing.since
    return "repair" if back else "ended"

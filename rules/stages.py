"""Which stage the facts suggest (domain.md D.1, D.2): pure, and only ever a suggestion.

    balanced -> watch -> repair -> last_round -> decision -> exit_notice -> after_care -> ended

A stage is never skipped on the way down, but for one safety short-cut: a confirmed threat or violence suggests last_round at
once. The step from decision to exit_notice is a person's alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Literal

from rules.model import rank
from rules.windows import add_months

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rules.model import Severity

CHAIN: Final = ("balanced", "watch", "repair", "last_round", "decision", "exit_notice", "after_care", "ended")
CALM_DAYS: Final = 30
REPAIRED_DAYS: Final = 60
KEPT: Final = 0.80
BROKEN: Final = 0.50
COOLING_DAYS: Final = 7
REFUSALS: Final = 2
"""Refused meetings that stand for one held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What people entered about a group; the account furthest along the chain speaks for it."""

    stage: str | None = None
    since: date | None = None
    kept: float | None = None
    review: date | None = None
    agreement: date | None = None
    notice_end: date | None = None
    limits: bool = False
    exit_reason: str | None = None
    consult_team: str | None = None
    consult_accountant: str | None = None
    consult_adviser: str | None = None
    met: date | None = None
    """The day of the last meeting of the last round that was held."""
    refusals: int = 0
    """Meetings of the last round that the client refused, since the stage began."""
    lawyer_done: bool = False
    """Task T-12 is closed."""
    looked_back: bool | None = None
    """Task T-20 is closed; None: there is none."""


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
    if now.incident is not None and standing.since is not None and now.incident > max(standing.since, standing.met or standing.since):
        return "decision"
    if standing.refusals >= REFUSALS:
        return "decision"
    if reviewed and standing.kept is not None and standing.kept >= KEPT and not now.leave_threats:
        return "watch"
    return "last_round"


def _in_decision(_standing: Standing, _now: Situation, _as_of: date) -> str:
    return "decision"


def _in_notice(standing: Standing, _now: Situation, as_of: date) -> str:
    if _came_back(standing):
        return "repair"
    return "after_care" if standing.notice_end is not None and standing.notice_end <= as_of else "exit_notice"


def _in_after_care(standing: Standing, _now: Situation, as_of: date) -> str:
    if _came_back(standing):
        return "repair"
    year_over = standing.since is not None and add_months(standing.since, 12) <= as_of
    return "ended" if year_over and standing.looked_back is not False else "after_care"


def _ended(standing: Standing, _now: Situation, _as_of: date) -> str:
    return "repair" if _came_back(standing) else "ended"


def _came_back(standing: Standing) -> bool:
    """A client that comes back with a new agreement starts again at repair."""
    return standing.agreement is not None and standing.since is not None and standing.agreement > standing.since


# ---------------------------------------------------------------- what stands before an end


State = Literal["ok", "missing", "override"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One of G1 to G7 (domain.md D.2). `reason` is a code: what is missing, or by what it was overridden."""

    code: str
    state: State
    reason: str = ""


def checklist(standing: Standing, *, incident: date | None, verdict: str | None, as_of: date) -> tuple[Guard, ...]:
    """Give the seven points before decision -> exit_notice. They warn, and block nothing: a person decides.

    `incident` is the day of the last serious incident, `verdict` that of the impact sheet (None or "unknown": not computable). Where people
    went on although a point was missing, the reason that they typed stands for it (override); without a reason it stays missing.
    """
    gone_on = standing.stage in CHAIN and CHAIN.index(standing.stage) >= CHAIN.index("exit_notice")
    decided = standing.since if gone_on and standing.since is not None else as_of
    cool = incident is None or incident > decided or decided - incident >= timedelta(days=COOLING_DAYS)
    team, accountant = _consulted(standing.consult_team), _consulted(standing.consult_accountant)
    points = (
        ("G1", gone_on, "choice_not_made"),
        ("G2", cool, "cooling_off"),
        ("G3", team and accountant, "+".join(("team",) * (not team) + ("accountant",) * (not accountant))),
        ("G4", standing.met is not None or standing.refusals >= REFUSALS, "meeting_not_held"),
        ("G5", bool(standing.exit_reason), "reason_not_given"),
        ("G6", standing.lawyer_done, "lawyer_not_asked"),
        ("G7", verdict in {"absorbable", "absorbable_with_plan"}, f"impact_{verdict or 'unknown'}"),
    )
    excused = gone_on and bool(standing.exit_reason)
    return tuple(
        Guard(code=code, state="ok" if ok else "override" if excused else "missing", reason="" if ok else reason)
        for code, ok, reason in points
    )


def written_guards(guards: Iterable[Guard]) -> str:
    """Give the checklist as the text of a field: `G1=missing:choice_not_made;G2=ok;…`."""
    return ";".join(f"{one.code}={one.state}" + (f":{one.reason}" if one.reason else "") for one in guards)


def _consulted(outcome: str | None) -> bool:
    return bool(outcome) and outcome != "not_done"

"""Open episodes + what people entered -> the flags of a group: worst level, open rules, index, proposed stage, next step.

Software proposes and never decides (rules/stages.py). A rule that a person dismissed is silent here; a rule that could not be
judged today still speaks, because unknown is no all-clear.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rules import imbalance
from rules.episodes import silent, written
from rules.model import rank
from rules.stages import CHAIN, Situation, Standing, furthest, propose
from rules.standings import read_standings, read_threats

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from duckdb import DuckDBPyConnection

    from rules.criteria import Catalogue
    from rules.evaluate import Evaluation
    from rules.imbalance import Index
    from rules.model import Episode, Moment, Severity

NEXT_STEP: Final[Mapping[str, str]] = {
    "repair": "T-03", "last_round": "T-10", "decision": "T-07", "exit_notice": "T-15", "after_care": "T-20",
}  # fmt: skip
"""The task that opens a stage, where the proposal goes beyond the stage that people set (domain.md C.3, D.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counsel:
    """What the flags of a group should say. `level` is None when nothing is open; `next_step` a task code or empty."""

    group: str
    level: Severity | None
    open_rules: str
    index: float | None
    coverage: float | None
    stage: str | None
    stage_proposed: str
    next_step: str
    rules: tuple[str, ...] = field(default=())
    standing: Standing = field(default_factory=Standing)
    incident: date | None = None
    """The day of the last serious incident (BEH-01), for the checklist (rules/stages.py)."""


def counsel(
    con: DuckDBPyConnection, catalogue: Catalogue, evaluation: Evaluation, moment: Moment, before: Sequence[Episode] = ()
) -> dict[str, Counsel]:
    """Give the counsel of every group that has or had an episode, or for which people entered a stage.

    `before` are the episodes of the previous evaluation and the cleared ones of the last months. Makes the table
    `imbalance` for all groups.
    """
    imbalance.compute(con, catalogue, evaluation.evaluated, evaluation.episodes)
    standings = read_standings(con, moment.as_of)
    threatened = read_threats(con, moment.as_of)
    mine = _by_group(evaluation.episodes)
    past = _by_group(before)
    groups = sorted(mine.keys() | past.keys() | standings.keys())
    indexes = imbalance.of_groups(con, groups)
    adviser = _Adviser(catalogue, moment.as_of, threatened)
    return {
        group: adviser.advise(group, mine.get(group, []), past.get(group, []), standings.get(group, Standing()), indexes[group])
        for group in groups
        if group in indexes
    }


def _by_group(episodes: Iterable[Episode]) -> dict[str, list[Episode]]:
    found: dict[str, list[Episode]] = {}
    for episode in episodes:
        if episode.group:
            found.setdefault(episode.group, []).append(episode)
    return found


class _Adviser:
    """Advises one group after the other; what depends on the catalogue alone is worked out once."""

    def __init__(self, catalogue: Catalogue, today: date, threatened: Collection[str]) -> None:
        self.catalogue, self.today, self.threatened = catalogue, today, threatened
        self.repairs = {rule.id for rule in catalogue.rules if "repair" in rule.stages.values()}

    def advise(self, group: str, now: list[Episode], past: list[Episode], standing: Standing, index: Index) -> Counsel:
        spoken = [one for one in now if one.cleared is None and not silent(one) and one.rule in self.catalogue.by_id]
        situation = self.situation(spoken, now, past, index.index, threatened=group in self.threatened)
        stage = propose(standing, situation, self.today)
        beyond = CHAIN.index(stage) > CHAIN.index(standing.stage if standing.stage in CHAIN else "balanced")
        return Counsel(
            group=group,
            level=max((one.level for one in spoken), key=rank, default=None),
            open_rules=written(spoken),
            index=index.index,
            coverage=index.coverage,
            stage=standing.stage,
            stage_proposed=stage,
            next_step=NEXT_STEP.get(stage, "") if beyond else "",
            rules=tuple(sorted({one.rule for one in spoken})),
            standing=standing,
            incident=situation.incident,
        )

    def situation(
        self, spoken: list[Episode], now: list[Episode], past: list[Episode], index: float | None, *, threatened: bool
    ) -> Situation:
        levels: dict[str, Severity] = {}
        for one in spoken:
            levels[one.rule] = max(levels.get(one.rule, one.level), one.level, key=rank)
        suggested, at_once = self.suggested(spoken, past)
        return Situation(
            levels=levels,
            families={rule: self.catalogue.by_id[rule].family for rule in levels},
            suggested=suggested,
            at_once=at_once,
            index=index,
            quiet_since=_quiet_since([*now, *past]),
            repaired_since=_quiet_since([one for one in (*now, *past) if one.rule in self.repairs]),
            repairing=any(rule in self.repairs and rank(level) >= rank("watch") for rule, level in levels.items()),
            incident=max((one.opened for one in (*now, *past) if one.rule == "BEH-01"), default=None),
            leave_threats=threatened,
        )

    def suggested(self, spoken: list[Episode], past: list[Episode]) -> tuple[str, str]:
        """Give the furthest stage that a level suggests, and the furthest that may be suggested at once.

        A second look on the same day is no second evaluation: what opened today has been seen once.
        """
        earlier = {(one.rule, one.name): one.level for one in past if one.cleared is None and one.opened < self.today}
        suggested, at_once = "balanced", "balanced"
        for one in spoken:
            rule = self.catalogue.by_id[one.rule]
            lasting = one.level if rule.stage_after < 2 else min(one.level, earlier.get((one.rule, one.name)), key=rank)
            stage = rule.stage_at(lasting)
            suggested = furthest(suggested, stage)
            at_once = furthest(at_once, stage) if rule.stage_at_once else at_once
        return suggested, at_once


def _quiet_since(episodes: Iterable[Episode]) -> date | None:
    """Give the day on which the last finding from watch upwards cleared."""
    return max((one.cleared for one in episodes if one.cleared is not None and rank(one.level) >= rank("watch")), default=None)

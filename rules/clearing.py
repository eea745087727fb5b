"""What would clear a finding, how near the next level is, and what moves when the limits do: answered by the rules themselves.

    one group's metrics + a lever (rules/levers.py) -> the same metrics moved by 1, 2, 4 … steps -> judged -> narrowed to the smallest step

No second arithmetic: each trial is a row that rules/ladder.py judges like any other, so exit margins, conditions, guards and a
company's own limits count. Levels are those of the limits, before "+1 level" and caps. Works on a connection of its own that holds
one group's row in `base`, the portfolio's in `base_portfolio`, and the levels of other rules in `severities`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from rules import ladder
from rules.levers import load
from rules.model import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from rules.levers import Lever
    from rules.model import Severity
    from rules.rule import Component, Rule, Text

MOST: Final[Mapping[str, int]] = {"money": 10**13, "days": 400}
"""Steps of the largest change worth saying, by unit; a hundred thousand of what is counted."""
TRIALS: Final = 100
_BY: Final = re.compile(r"\bby\b")
SHIFTS: Final = {"+10%": 1.1, "-10%": 0.9}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The smallest change of one lever: `by` in its unit; `level` is what the rule says after it, None: clear."""

    lever: Lever
    by: float
    level: Severity | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The nearest higher level: the metric at `value` would have to reach `limit`; `when` is what must hold besides."""

    severity: Severity
    component: Component
    value: float | None
    limit: float | None
    when: str | None
    changes: tuple[Change, ...]

    @property
    def distance(self) -> float | None:
        """How far the metric is from the limit, 0 when it is there and only the condition lacks."""
        if self.value is None or self.limit is None:
            return None
        gap = self.limit - self.value if self.component.direction == "up" else self.value - self.limit
        return max(gap, 0.0)

    @property
    def relative(self) -> float | None:
        """The distance in parts of the limit."""
        return self.distance / abs(self.limit) if self.distance is not None and self.limit else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the limits say of the group today: `raw` as they stand, `held` with the exit margins; 0 clear, 1 info … 4 critical."""

    raw: int
    held: int
    sure: bool
    gaps: tuple[int, ...]
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A level that would be another if every limit of the rule were moved by a tenth."""

    rule: str
    moved: str
    before: Severity | None
    after: Severity | None


class Trials:
    """The trials of one group. `rules` that nobody can be judged by today must be left out by the caller."""

    def __init__(self, con: DuckDBPyConnection) -> None:
        self.con = con
        self.levers = load()
        self.kept = {"": ladder.types(con, "base"), "portfolio": ladder.types(con, "base_portfolio")}

    def can_judge(self, rule: Rule) -> bool:
        """Say whether every metric that the rule reads was kept: a rule may be younger than the run."""
        return all(name in self.kept[scope] for scope, name in _read(rule) if scope in self.kept)

    def standing(self, rule: Rule) -> Standing:
        """Judge the group as it is."""
        self._lay(rule, "SELECT 0 AS place, 0.0 AS change", {})
        columns = self._judge(rule)
        values = ", ".join("NULL" if part.metric is None else columns.metric(part.metric) for part in rule.components)
        row = self.con.execute(f"SELECT j.*, {values} {columns.source()} JOIN judged j ON j.group_id = g.group_id").fetchone()
        names = [name for name, *_ in self.con.execute("DESCRIBE judged").fetchall()]
        found = dict(zip(names, row or (), strict=False))
        size = range(len(rule.components))
        gaps = tuple(int(found.get(f"gap_{place}", 1)) for place in size)
        return Standing(
            raw=max((int(found.get(f"raw_{place}", 0)) for place in size), default=0),
            held=max((int(found.get(f"held_{place}", 0)) for place in size), default=0),
            sure=all(gap <= 0 for gap in gaps),
            gaps=gaps,
            values=tuple((row or ())[len(names) :]),
        )

    def clearing(self, rule: Rule, level: int) -> list[Change]:
        """Give the smallest change of each lever that clears a finding of `level`, and before it the one that brings it down.

        A finding falls when not even the loosened limits hold its level, and then to the level of the limits as they stand.
        """
        found = []
        for lever in self.levers.toward(rule.id, "clear"):
            steps = [self._smallest(rule, lever, f"held < {level}{nothing}") for nothing in ("", " AND raw = 0")]
            found += [Change(lever=lever, by=by, level=after) for by, after in dict.fromkeys(step for step in steps if step is not None)]
        return found

    def wait(self, rule: Rule) -> Text | None:
        """Give what must happen where no sum says it."""
        return self.levers.waits.get(rule.id)

    def next_step(self, rule: Rule, now: Standing) -> Step | None:
        """Give the nearest level above today's, by its distance in parts of the limit; None at the top, or where nothing can be judged."""
        parts = [(part, now.values[place]) for place, part in enumerate(rule.components) if now.gaps[place] == 0 and not _is_event(part)]
        steps = [step for part, value in parts for step in _above(part, value, now.raw)]
        if not steps:
            return None
        nearest = min(steps, key=lambda step: (step.relative is None, step.relative or 0.0, SEVERITIES.index(step.severity)))
        changes = []
        for lever in self.levers.toward(rule.id, "rise"):
            step = self._smallest(rule, lever, f"raw > {now.raw}")
            changes += [Change(lever=lever, by=step[0], level=step[1])] if step is not None else []
        return replace(nearest, changes=tuple(changes))

    def flips(self, rule: Rule, now: Standing) -> Iterator[Flip]:
        """Yield what moving every limit of the rule by a tenth would change."""
        for moved, factor in SHIFTS.items():
            then = self.standing(scaled(rule, factor))
            if then.raw != now.raw:
                yield Flip(rule=rule.id, moved=moved, before=_severity(now.raw), after=_severity(then.raw))

    def _smallest(self, rule: Rule, lever: Lever, wanted: str) -> tuple[float, Severity | None] | None:
        """Find the smallest step after which `wanted` holds: in doubling strides first, then between the last miss and the first hit."""
        most = self._most(lever)
        missed, hit, level = 0, None, 0
        places = [min(2**power, most) for power in range(most.bit_length() + 1)] if most else []
        while places:
            answers = self._try(rule, lever, places, wanted)
            first = next((place for place in places if answers[place][0]), None)
            missed = max((place for place in places if first is None or place < first), default=missed)
            if first is not None:
                hit, level = first, answers[first][1]
            elif hit is None:
                return None
            width = hit - missed - 1
            places = sorted({missed + 1 + width * n // TRIALS for n in range(TRIALS + 1)} - {hit}) if width > 0 else []
        return None if hit is None else (hit / lever.steps, _severity(level))

    def _most(self, lever: Lever) -> int:
        limit = MOST.get(lever.unit, 10**5)
        if lever.most is None:
            return limit
        row = self.con.execute(f"SELECT CAST({lever.most} AS DOUBLE) FROM base AS g CROSS JOIN base_portfolio AS p").fetchone()
        return max(0, min(limit, round((row[0] or 0) * lever.steps))) if row else 0

    def _try(self, rule: Rule, lever: Lever, places: Sequence[int], wanted: str) -> dict[int, tuple[bool, int]]:
        """Judge the group as each of the steps would leave it: place -> (whether `wanted` holds, raw)."""
        listed = ", ".join(f"({place})" for place in places)
        self._lay(rule, f"SELECT place, place / CAST({lever.steps} AS DOUBLE) AS change FROM (VALUES {listed}) AS t(place)", lever.moves)
        columns = self._judge(rule)
        size = range(len(rule.components))
        guards = " AND ".join(f"({guard.require.sql(columns)}) IS TRUE" for guard in rule.portfolio_guards) or "TRUE"
        sure = " AND ".join(f"j.gap_{place} <= 0" for place in size)
        raw, held = (f"greatest({', '.join(f'j.{kind}_{place}' for place in size)})" for kind in ("raw", "held"))
        rows = self.con.execute(
            f"SELECT group_id, sure AND ({wanted}), raw FROM (SELECT j.group_id, ({sure}) AND ({guards}) AS sure, {raw} AS raw, {held} AS held "
            f"{columns.source()} JOIN judged j ON j.group_id = g.group_id)"
        ).fetchall()
        return {int(place): (bool(holds), int(raw_level)) for place, holds, raw_level in rows}

    def _lay(self, rule: Rule, steps: str, moves: Mapping[str, str]) -> None:
        """Lay out the trials: one row per step, of the metrics that the rule reads, and the portfolio that goes with it."""
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE steps AS {steps}")
        for table, alias, key, scope in (("group_metrics", "g", "group_id", ""), ("portfolio_metrics", "p", "trial", "portfolio")):
            columns = [f'{_moved(moves, alias, name)} AS "{name}"' for where, name in sorted(_read(rule)) if where == scope]
            self.con.execute(
                f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {', '.join([f'CAST(s.place AS VARCHAR) AS {key}', *columns])} "
                "FROM base AS g CROSS JOIN base_portfolio AS p CROSS JOIN steps AS s"
            )

    def _judge(self, rule: Rule) -> _Columns:
        columns = _Columns(
            group=ladder.types(self.con, "group_metrics"),
            portfolio=ladder.types(self.con, "portfolio_metrics"),
            rules=tuple(sorted(rule.reads)),
        )
        ladder.run(self.con, rule, columns)
        return columns


class _Columns(ladder.Columns):
    """The columns of trials: each has its own portfolio, and all share the levels that the other rules gave the group."""

    def source(self) -> str:
        joins = "".join(f" LEFT JOIN severities s{i} ON s{i}.rule = '{rule}'" for i, rule in enumerate(self.rules))
        return f"FROM group_metrics g JOIN portfolio_metrics p ON p.trial = g.group_id{joins}"


def _read(rule: Rule) -> set[tuple[str, str]]:
    """Give the (scope, name) of every metric that decides a level of the rule."""
    mains = {("", part.metric) for part in rule.components if part.metric is not None}
    return mains | {name for expression in replace(rule, clears=()).expressions for name in expression.names}


def _moved(moves: Mapping[str, str], alias: str, name: str) -> str:
    """Give a metric as a lever leaves it, or as it is."""
    sql = moves.get(f"{alias}.{name}")
    return f'{alias}."{name}"' if sql is None else f"({_BY.sub('s.change', sql)})"


def scaled(rule: Rule, factor: float) -> Rule:
    """Give the rule with every limit moved."""
    parts = [
        replace(part, levels=tuple(replace(level, at=None if level.at is None else level.at * factor) for level in part.levels))
        for part in rule.components
    ]
    return replace(rule, components=tuple(parts))


def _is_event(part: Component) -> bool:
    """Say whether the metric counts the days since something happened: nothing comes nearer there, it happens or it does not."""
    return part.direction == "down" and part.unit == "days"


def _above(part: Component, value: float | None, raw: int) -> Iterator[Step]:
    for level in part.levels:
        if SEVERITIES.index(level.severity) + 1 > raw and level.at is not None:
            said = level.when.text if level.when is not None else None
            yield Step(severity=level.severity, component=part, value=value, limit=level.at, when=said, changes=())


def _severity(level: int) -> Severity | None:
    return SEVERITIES[level - 1] if level else None

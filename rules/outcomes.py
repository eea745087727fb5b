"""Flagged rows of one rule -> outcomes: raises, caps and G-STAT applied, the deciding component chosen.

Raises come before caps: "+1 level" may lift a watch to alert, and a cap then still holds (readings.md 2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from rules import chance, ladder, statements
from rules.model import SEVERITIES, Severity, rank

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from rules.rule import Chance, Component, Rule

BY_CHANCE: Final = "not_distinguishable_from_chance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a rule says of one group today, before its episode. `component` decided; `sure` False: something was missing."""

    group: str
    raw: Severity | None
    held: Severity | None
    sure: bool
    component: Component
    value: float | None
    reached: Severity | None
    """The level whose limit was reached, before raises and caps."""
    assumptions: tuple[str, ...]
    numbers: Mapping[str, object]
    changes: Mapping[str, float | None] = field(default_factory=dict)
    """What would clear a finding of each level of the component."""


@dataclass(frozen=True, slots=True)
class _Tested:
    p: float
    q: float
    m: int


def judge(con: DuckDBPyConnection, rule: Rule, columns: ladder.Columns, was_open: Sequence[str], wanted: Sequence[str]) -> list[Outcome]:
    """Give the outcome of every group with a level, and of every group in `was_open`, by group.

    Reads the table `judged` of this rule. `wanted` are the numbers a finding carries, named as in a rule.
    """
    rows = _flagged(con, rule, columns, was_open, wanted)
    tested = {place: _tests(con, place, part.chance, rows) for place, part in enumerate(rule.components) if part.chance is not None}
    return [_outcome(rule, row, {place: found.get(row["group_id"]) for place, found in tested.items()}, wanted) for row in rows]


def _flagged(
    con: DuckDBPyConnection, rule: Rule, columns: ladder.Columns, was_open: Sequence[str], wanted: Sequence[str]
) -> list[dict[str, Any]]:
    parts = {**ladder.details(rule, columns), **{f'"{name}"': columns.metric(name) for name in dict.fromkeys(wanted)}}
    listed = ", ".join(f"{sql} AS {name}" for name, sql in parts.items())
    any_level = " OR ".join(f"j.raw_{place} > 0" for place in range(len(rule.components)))
    join = "CROSS JOIN judged j" if columns.portfolio_only else "JOIN judged j ON j.group_id = g.group_id"
    spoken = f"{any_level} OR j.group_id IN (SELECT unnest(CAST($1 AS VARCHAR[])))" if was_open else any_level
    query = f"SELECT j.*{', ' if listed else ''}{listed} {columns.source()} {join} WHERE {spoken} ORDER BY j.group_id"
    found = statements.run(con, query, [list(was_open)] if was_open else [])
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _tests(con: DuckDBPyConnection, place: int, test: Chance | None, rows: Sequence[Mapping[str, Any]]) -> dict[str, _Tested]:
    """Test the groups beyond the watch limit of one component; m counts all groups with enough counts (readings.md 12)."""
    beyond = [row for row in rows if row[f"raw_{place}"] > rank("watch")]
    if test is None or not beyond:
        return {}
    counted = con.execute(f"SELECT count(*) FROM judged WHERE gap_{place} = 0").fetchone()
    m = counted[0] if counted else 0
    p_values = [_p_value(test, row) for row in beyond]
    q_values = chance.benjamini_hochberg(p_values, m)
    return {row["group_id"]: _Tested(p, q, m) for row, p, q in zip(beyond, p_values, q_values, strict=True)}


def _p_value(test: Chance, row: Mapping[str, Any]) -> float:
    """Give the p-value; 1 when there is nothing to compare with, as then nothing rules chance out."""
    values = [row[name] for name in test.metrics]
    if any(value is None for value in values):
        return 1.0
    if test.test == "binomial":
        hits, trials, base = values
        return chance.binomial_tail(round(hits), round(trials), base)
    hits, trials, marked, total = (round(value) for value in values)
    return chance.hypergeometric_tail(hits, trials, marked, total)


def _outcome(rule: Rule, row: Mapping[str, Any], tested: Mapping[int, _Tested | None], wanted: Sequence[str]) -> Outcome:
    assumptions = [part.code for place, part in enumerate(rule.assumptions) if row[f"assume_{place}"]]
    raws, helds, bound = [], [], []
    for place, component in enumerate(rule.components):
        raw, held = row[f"raw_{place}"], row[f"held_{place}"]
        limits = _caps(rule, component, row, tested.get(place))
        raws.append(_changed(rule, component, row, raw, limits))
        helds.append(_changed(rule, component, row, held, limits))
        bound.append([code for code, level in limits.items() if held > 0 and _raised(rule, component, row, held) > level])
    best = max(range(len(raws)), key=lambda place: (raws[place], helds[place], -place))
    numbers = {name: row[name] for name in wanted}
    changes: dict[str, float | None] = {}
    if (change := rule.clear(rule.components[best])) is not None and f"by_level_{best}" in row:
        numbers["by_level"] = _enough(row[f"by_level_{best}"], change.unit)
        levels = rule.components[best].levels
        changes = {level.severity: _enough(row[f"by_{best}_{level.severity}"], change.unit) for level in levels}
    if (test := tested.get(best)) is not None:
        numbers.update(p=test.p, q=test.q, m=test.m)
    reached = row[f"raw_{best}"] or row[f"held_{best}"]
    return Outcome(
        group=row["group_id"],
        raw=_severity(raws[best]),
        held=_severity(max(helds)),
        sure=all(row[f"gap_{place}"] <= 0 for place in range(len(raws))),
        component=rule.components[best],
        value=row.get(f"value_{best}"),
        reached=_severity(reached),
        assumptions=tuple(dict.fromkeys(assumptions + bound[best])),
        numbers=numbers,
        changes=changes,
    )


def _caps(rule: Rule, component: Component, row: Mapping[str, Any], test: _Tested | None) -> dict[str, int]:
    """Give assumption -> highest level number, for every cap that holds here."""
    found = {}
    for place, cap in enumerate(rule.caps):
        if row[f"cap_{place}"] and cap.component in {None, component.name}:
            found[cap.assumption] = rank(cap.level) + 1
    if test is not None and component.chance is not None and test.q > component.chance.fdr:
        found[BY_CHANCE] = rank("info") + 1
    return found


def _raised(rule: Rule, component: Component, row: Mapping[str, Any], level: int) -> int:
    for place, part in enumerate(rule.raises):
        if row[f"raise_{place}"] and part.component in {None, component.name} and level > rank("watch"):
            level = min(level + 1, len(SEVERITIES))
    return level


def _changed(rule: Rule, component: Component, row: Mapping[str, Any], level: int, limits: Mapping[str, int]) -> int:
    return min([_raised(rule, component, row, level), *limits.values()]) if level else 0


def _enough(by: float | None, unit: str) -> float | None:
    """Give the smallest change in cents, or whole things, that passes the limit; one less would not."""
    if by is None or not math.isfinite(by):
        return None
    step = 100 if unit == "money" else 1
    return (math.floor(by * step) + 1) / step


def _severity(level: int) -> Severity | None:
    return SEVERITIES[level - 1] if level else None

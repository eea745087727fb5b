"""A rule as one SQL statement over group_metrics: for every group and component its gap, its raw and its held level.

    gap   -1 the component does not apply · 0 judged · n the n-th thing that is missing (see `needs`)
    raw   0 clear, 1 info … 4 critical, by the limits as they stand
    held  the same with the limits of the main metric loosened by the exit margin

Set-based, so that a million groups cost one pass: only rows with a level, and groups with an open episode, come to Python.
A condition that is NULL where it would decide makes the component a gap: unknown never reads as "no".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from rules import statements
from rules.expression import TOLERANCE
from rules.model import rank

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from duckdb import DuckDBPyConnection

    from rules.rule import Component, Level, Rule

NUMERIC: Final = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where the names of a rule are read: the column types of group_metrics and portfolio_metrics, and the rules it refers to."""

    group: Mapping[str, str]
    portfolio: Mapping[str, str]
    portfolio_only: bool = False
    rules: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, scope: str, name: str) -> str:
        if scope == "severity":
            return f"coalesce(s{self.rules.index(name)}.rank, -1)"
        if not scope and name in self.values:
            return self.values[name]
        types, alias = (self.portfolio, "p") if scope == "portfolio" or self.portfolio_only else (self.group, "g")
        column = f'{alias}."{name}"'
        return f"CAST({column} AS DOUBLE)" if types.get(name, "").split("(")[0] in NUMERIC else column

    def metric(self, name: str) -> str:
        """Give the column of a metric named as in a rule: `share`, `portfolio.hhi`."""
        scope, _, column = name.rpartition(".")
        return self(scope, column)

    def source(self) -> str:
        """Give the FROM clause that all these columns need."""
        if self.portfolio_only:
            return "FROM portfolio_metrics p"
        joins = "".join(
            f" LEFT JOIN severities s{i} ON s{i}.rule = '{rule}' AND s{i}.group_id = g.group_id" for i, rule in enumerate(self.rules)
        )
        return f"FROM group_metrics g CROSS JOIN portfolio_metrics p{joins}"


def needs(component: Component, gap: int) -> str:
    """Say what was missing, for a gap that the statement gave."""
    return component.guards[gap - 1].needs if 0 < gap <= len(component.guards) else component.needs


def run(con: DuckDBPyConnection, rule: Rule, columns: Columns) -> None:
    """Judge every group: makes the table `judged` (no, group_id, gap_i, raw_i, held_i)."""
    key = ["0 AS no", "'' AS group_id"] if columns.portfolio_only else ["g.rowid AS no", "g.group_id"]
    inputs = [part for place, component in enumerate(rule.components) for part in _inputs(place, component, columns)]
    verdicts = [part for place, component in enumerate(rule.components) for part in _verdicts(place, component)]
    inner = f"SELECT {', '.join([*key, *inputs])} {columns.source()}"
    statements.run(con, f"CREATE OR REPLACE TEMP TABLE judged AS SELECT no, group_id, {', '.join(verdicts)} FROM ({inner})")


def _inputs(place: int, component: Component, columns: Columns) -> list[str]:
    """Give what a component looks at: value, the conditions of its levels, and what keeps it from being judged."""
    value = "0.0" if component.metric is None else columns.metric(component.metric)
    missing = [f"WHEN ({component.applies.sql(columns)}) IS NOT TRUE THEN -1"] if component.applies is not None else []
    missing += [f"WHEN ({guard.require.sql(columns)}) IS NOT TRUE THEN {n}" for n, guard in enumerate(component.guards, 1)]
    missing.append(f"WHEN ({value}) IS NULL THEN {len(component.guards) + 1}")
    conditions = {level.when.text: level.when.sql(columns) for level in component.levels if level.when is not None}
    names = {text: f"when_{place}_{n}" for n, text in enumerate(conditions)}
    return [
        f"{value} AS value_{place}",
        f"CASE {' '.join(missing)} ELSE 0 END AS missing_{place}",
        *(f"{conditions[text]} AS {name}" for text, name in names.items()),
    ]


def _verdicts(place: int, component: Component) -> list[str]:
    raw = [(level, _reached(place, level, component, 0.0)) for level in component.levels]
    held = [(level, _reached(place, level, component, component.exit_margin)) for level in component.levels]
    known = " OR ".join(f"({part}) IS TRUE" for _, part in raw)
    unknown = " OR ".join(f"({part}) IS NULL" for _, part in raw)
    gap = f"WHEN missing_{place} <> 0 THEN missing_{place} WHEN {known} THEN 0 WHEN {unknown} THEN {len(component.guards) + 1}"
    return [
        f"CAST(CASE {gap} ELSE 0 END AS TINYINT) AS gap_{place}",
        f"CAST(CASE {_ladder(place, raw)} ELSE 0 END AS TINYINT) AS raw_{place}",
        f"CAST(CASE {_ladder(place, held)} ELSE 0 END AS TINYINT) AS held_{place}",
    ]


def _ladder(place: int, reached: list[tuple[Level, str]]) -> str:
    rungs = [f"WHEN {part} THEN {rank(level.severity) + 1}" for level, part in reached]
    return " ".join([f"WHEN missing_{place} <> 0 THEN 0", *rungs])


def _reached(place: int, level: Level, component: Component, margin: float) -> str:
    up = component.direction == "up"
    parts = (
        []
        if level.at is None
        else [f"value_{place} {'>=' if up else '<='} {_edge(level.at - margin if up else level.at + margin, up=up)!r}"]
    )
    if level.when is not None:
        texts = list(dict.fromkeys(one.when.text for one in component.levels if one.when is not None))
        parts.append(f"when_{place}_{texts.index(level.when.text)}")
    return " AND ".join(parts)


def _edge(limit: float, *, up: bool) -> float:
    """Give the last value that counts as having reached a limit: within 1e-9 of it, relative (readings.md 22)."""
    return limit - TOLERANCE * abs(limit) if up else limit + TOLERANCE * abs(limit)


def details(rule: Rule, columns: Columns) -> dict[str, str]:
    """Give what only a flagged row needs, by its name in the row: values, conditions of raises, caps and assumptions."""
    found = {f"value_{i}": columns.metric(part.metric) for i, part in enumerate(rule.components) if part.metric is not None}
    conditions = {
        "raise": [part.when for part in rule.raises],
        "cap": [part.when for part in rule.caps],
        "assume": [part.when for part in rule.assumptions],
    }
    for kind, whens in conditions.items():
        found.update({f"{kind}_{i}": f"coalesce({when.sql(columns)}, FALSE)" for i, when in enumerate(whens)})
    for i, component in enumerate(rule.components):
        change = rule.clear(component)
        if change is not None and component.exit_limit is not None:
            up = component.direction == "up"
            edges = [(rank(one.severity) + 1, _edge(one.at, up=up)) for one in component.levels if one.at is not None]
            steps = " ".join(f"WHEN {level} THEN CAST({edge!r} AS DOUBLE)" for level, edge in edges)
            for level in component.levels:
                limit = component.exit_from(level.severity)
                said = "NULL" if limit is None else repr(_edge(limit, up=up))
                found[f"by_{i}_{level.severity}"] = change.by.sql(replace(columns, values={"limit": f"CAST({said} AS DOUBLE)"}))
            found[f"by_level_{i}"] = change.by.sql(replace(columns, values={"limit": f"CASE j.raw_{i} {steps} END"}))
    return found


def holding(con: DuckDBPyConnection, conditions: Collection[str]) -> set[str]:
    """Give the conditions on the portfolio that are true, as SQL: one statement for all, each would cost nearly a millisecond to plan."""
    parts = [f"({condition}) IS TRUE" for condition in conditions]
    row = statements.run(con, f"SELECT {', '.join(parts)} FROM portfolio_metrics p").fetchone() if parts else None
    return {condition for condition, true in zip(conditions, row, strict=True) if true} if row else set()


def types(con: DuckDBPyConnection, table: str) -> dict[str, str]:
    """Give the column types of a table."""
    return {name: kind for name, kind, *_ in con.execute(f"DESCRIBE {table}").fetchall()}

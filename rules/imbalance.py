"""IMB-01: one number per group out of the worst open level of each family (domain.md C.2). Set-based for all groups.

    points of a family = level / critical (info 0, watch 1/3, alert 2/3, critical 1)
    index    = sum(weight x points) / sum(weight), over the families that could be judged, times 100
    coverage = sum(weight that could be judged) / sum(weight); below .50 the index is hidden

A family could be judged when any of its rules is a finding or clear (readings.md 20). Rules on the portfolio are not in it:
the index speaks of one relation. It is a metric beside the findings and never hides one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rules.episodes import silent
from rules.model import rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from duckdb import DuckDBPyConnection

    from rules.criteria import Catalogue
    from rules.model import Episode

SHOWN_FROM: Final = 0.50


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """The index of a group, None while its coverage is too low."""

    index: float | None
    coverage: float


def compute(con: DuckDBPyConnection, catalogue: Catalogue, evaluated: Sequence[str], episodes: Iterable[Episode]) -> None:
    """Make the table `imbalance` (group_id, imbalance_index, imbalance_coverage) from the last evaluation on this connection."""
    rules = [rule for rule in catalogue.rules if rule.id in set(evaluated) and rule.scope == "group"]
    judged = {family.id: [rule.id for rule in rules if rule.family in family.members] for family in catalogue.families}
    _points(con, catalogue, episodes)
    con.execute("CREATE OR REPLACE TEMP TABLE family_rules (family VARCHAR, weight DOUBLE, rule_no USMALLINT)")
    numbers = {rule.id: number for number, rule in enumerate(catalogue.rules)}
    rows = [(family.id, family.weight, numbers[rule]) for family in catalogue.families for rule in judged[family.id]]
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        con.execute("INSERT INTO family_rules SELECT unnest($1), unnest($2), unnest($3)", columns)
    total = sum(family.weight for family in catalogue.families)
    known = sum(family.weight for family in catalogue.families if judged[family.id])
    con.execute(_STATEMENT, {"known": known, "total": total, "shown": SHOWN_FROM})


def _points(con: DuckDBPyConnection, catalogue: Catalogue, episodes: Iterable[Episode]) -> None:
    worst: dict[tuple[str, str], int] = {}
    families = {rule.id: family.id for rule in catalogue.rules for family in catalogue.families if rule.family in family.members}
    for episode in episodes:
        family = families.get(episode.rule)
        if family is not None and episode.group and episode.cleared is None and not silent(episode):
            key = (episode.group, family)
            worst[key] = max(worst.get(key, 0), rank(episode.level))
    con.execute("CREATE OR REPLACE TEMP TABLE family_points (group_id VARCHAR, family VARCHAR, points DOUBLE, weight DOUBLE)")
    weights = {family.id: family.weight for family in catalogue.families}
    rows = [(group, family, level / rank("critical"), weights[family]) for (group, family), level in sorted(worst.items())]
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        con.execute("INSERT INTO family_points SELECT unnest($1), unnest($2), unnest($3), unnest($4)", columns)


_STATEMENT: Final = """
CREATE OR REPLACE TEMP TABLE imbalance AS
WITH sizes AS (SELECT family, any_value(weight) AS weight, count(*) AS rules FROM family_rules GROUP BY family),
unjudged AS (  -- groups for which every rule of a family is a gap
    SELECT no, f.family, any_value(s.weight) AS weight
    FROM (SELECT DISTINCT rule_no, no FROM gaps) JOIN family_rules f USING (rule_no) JOIN sizes s USING (family)
    GROUP BY no, f.family HAVING count(*) = any_value(s.rules)
),
lost AS (SELECT no, sum(weight) AS weight FROM unjudged GROUP BY no),
scored AS (
    SELECT p.group_id, sum(p.points * p.weight) AS points
    FROM family_points p JOIN sizes USING (family)
    WHERE NOT EXISTS (SELECT 1 FROM unjudged u JOIN group_metrics g ON g.rowid = u.no WHERE g.group_id = p.group_id AND u.family = p.family)
    GROUP BY p.group_id
),
covered AS (
    SELECT g.group_id, $known - coalesce(l.weight, 0) AS weight, coalesce(s.points, 0) AS points
    FROM group_metrics g LEFT JOIN lost l ON l.no = g.rowid LEFT JOIN scored s ON s.group_id = g.group_id
)
SELECT group_id, CASE WHEN weight >= $shown * $total THEN 100 * points / weight END AS imbalance_index, weight / $total AS imbalance_coverage
FROM covered
"""


def of_groups(con: DuckDBPyConnection, groups: Sequence[str]) -> dict[str, Index]:
    """Give index and coverage of some groups, from the table `imbalance`."""
    rows = con.execute(
        "SELECT group_id, imbalance_index, imbalance_coverage FROM imbalance WHERE group_id IN (SELECT unnest(CAST($1 AS VARCHAR[])))",
        [list(groups)],
    ).fetchall()
    return {group: Index(index=index, coverage=coverage) for group, index, coverage in rows}

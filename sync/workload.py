"""How many tasks a replay would have made, and how they would have fallen on people: what a rule costs before it is switched on.

    the evaluation of each day -> tasks of its rises (readings.md 5, first-run amnesty) -> their owners -> tasks per owner and week

Owners are those of the last pull, limits and digests do not hold anything back: this is what the rules ask for.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from rules.episodes import tasked
from rules.model import CRM_ORDER
from rules.tasks import wanted
from sync.owners import directory

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    import duckdb

    from rules.criteria import Catalogue
    from rules.evaluate import Evaluation
    from rules.model import Episode
    from sync.config import Config

NOBODY: Final = ""
"""The owner of a task for whom no active person was found."""
HOMES: Final = """
WITH net AS (SELECT source, account_id, sum(amount_home) AS net FROM lines, params WHERE date >= w12_start AND date < w12_end GROUP BY ALL)
SELECT m.group_id, m.source, a.owner_id
FROM members m JOIN accounts a USING (source, account_id) LEFT JOIN net n USING (source, account_id)
WHERE m.group_id IN (SELECT unnest($1::VARCHAR[])) ORDER BY coalesce(n.net, 0) DESC, m.account_id
"""


@dataclass(slots=True, kw_only=True)
class Workload:
    """The tasks of a replay so far, by rule and by (owner, Monday of the week)."""

    config: Config
    book: Catalogue
    by_rule: Counter[str] = field(default_factory=Counter)
    by_week: Counter[tuple[str, date]] = field(default_factory=Counter)

    def note(self, con: duckdb.DuckDBPyConnection, evaluation: Evaluation, day: date) -> list[Episode]:
        """Count the tasks of one day; gives the episodes as they are once these tasks exist."""
        tasks = wanted(evaluation.episodes, evaluation.findings, self.book, min_severity=self.config.tasks.min_severity)
        if not tasks:
            return list(evaluation.episodes)
        homes = self._homes(con, {task.group for task in tasks if task.group is not None})
        monday = day.fromordinal(day.toordinal() - day.weekday())
        for task in tasks:
            crm, account_owner = homes.get(task.group or "", (self._crms[0], None))
            owner = directory(con, crm, self.config.tasks).route(self.book.tasks[task.code].role, account_owner)
            self.by_rule[task.rule] += 1
            self.by_week[f"{crm}:{owner.id}" if owner is not None else NOBODY, monday] += 1
        served = {(task.rule, task.group or "", task.episode) for task in tasks}
        return [tasked(one, day) if (one.rule, one.group, one.name) in served else one for one in evaluation.episodes]

    @property
    def _crms(self) -> list[str]:
        return [crm for crm in dict.fromkeys((self.config.tasks.crm, *CRM_ORDER)) if crm in self.config.enabled]

    def _homes(self, con: duckdb.DuckDBPyConnection, groups: Iterable[str]) -> dict[str, tuple[str, str | None]]:
        """Group -> CRM of its tasks and the owner of its largest account there."""
        rows = con.execute(HOMES, [sorted(groups)]).fetchall()
        found: dict[str, tuple[str, str | None]] = {}
        for crm in reversed(self._crms):
            found |= {group: (crm, owner) for group, source, owner in reversed(rows) if source == crm}
        return found

    def document(self, start: date, end: date) -> dict[str, Any]:
        """Tasks in all and by rule; `per_owner_per_week`: their mean over all weeks and owners that got any, and the fullest week of one person."""
        weeks = (end.toordinal() - end.weekday() - start.toordinal() + start.weekday()) // 7 + 1
        owners = {owner for owner, _ in self.by_week}
        tasks = sum(self.by_rule.values())
        mean = tasks / (weeks * len(owners)) if owners else 0.0
        return {
            "tasks": tasks,
            "by_rule": dict(sorted(self.by_rule.items())),
            "owners": len(owners),
            "weeks": weeks,
            "per_owner_per_week": {"mean": round(mean, 2), "most": max(self.by_week.values(), default=0)},
        }

"""How many tasks a replay would have made, and how they would have fallen on people: what a rule costs before it is switched on.

    the evaluation of each day -> tasks of its rises (readings.md 5, first-run amnesty) -> their owners -> tasks per owner and week

Owners are those of the last pull, limits and digests do not hold anything back: this is what the rules ask for.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from rules.episodes import tasked
from rules.tasks import wanted
from sync import kept
from sync.homes import homes, order
from sync.owners import directory

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from rules.criteria import Catalogue
    from rules.evaluate import Evaluation
    from rules.model import Episode
    from sync.config import Config

NOBODY: Final = ""
"""The owner of a task for whom no active person was found."""


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
        kept.group_accounts(con)
        places = homes(con, {task.group for task in tasks if task.group is not None})
        crms = order(self.config)
        people = {crm: directory(con, crm, self.config.tasks) for crm in crms}
        for task in tasks:
            known = places.get(task.group or "", {})
            crm = next((crm for crm in crms if crm in known), crms[0])
            owner = people[crm].route(self.book.tasks[task.code].role, known[crm].owner if crm in known else None)
            self.by_rule[task.rule] += 1
            self.by_week[f"{crm}:{owner.id}" if owner is not None else NOBODY, monday_of(day)] += 1
        served = {(task.rule, task.group or "", task.episode) for task in tasks}
        return [tasked(one, day) if (one.rule, one.group, one.name) in served else one for one in evaluation.episodes]

    def document(self, start: date, end: date) -> dict[str, Any]:
        """Tasks in all and by rule; `per_owner_per_week`: their mean over all weeks and owners that got any, and the fullest week of one person."""
        weeks = (monday_of(end) - monday_of(start)).days // 7 + 1
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


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())

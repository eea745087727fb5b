"""Snapshot of a run + the catalogue -> what would clear each finding of an account, how near the other limits are, what moved limits change.

Reads the Parquet of the run, never the mirror, so `explain` answers while a sync holds it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import duckdb

from rules import outlook
from rules.clearing import Trials
from rules.model import SEVERITIES, rank
from sync.figures import UNITS, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from rules.clearing import Change, Standing, Step
    from rules.criteria import Catalogue
    from rules.model import Severity
    from rules.rule import Language, Rule

LANGUAGES: Final[tuple[Language, ...]] = ("en", "fr")


class Outlook:
    """One group's prospects under the rules in force. `open_levels` are its findings' levels by rule; `blocked` rules judge nobody in this run."""

    def __init__(
        self, folder: Path, group: str, catalogue: Catalogue, *, open_levels: Mapping[str, str], blocked: Iterable[str], currency: str
    ) -> None:
        self.currency = currency
        self.open = open_levels
        self.con = duckdb.connect(config={"threads": 1})
        for table, file, where in (("base", "group_metrics", "group_id = ?"), ("base_portfolio", "portfolio_metrics", "TRUE")):
            path = str(folder / f"{file}.parquet").replace("'", "''")
            self.con.execute(
                f"CREATE TABLE {table} AS SELECT * FROM read_parquet('{path}') WHERE {where}", [group] if table == "base" else []
            )
        self.con.execute("CREATE TABLE severities (rule VARCHAR, group_id VARCHAR, rank INTEGER)")
        self.con.executemany(
            "INSERT INTO severities VALUES (?, ?, ?)", [[rule, group, rank(level)] for rule, level in open_levels.items()] or [["", "", -1]]
        )
        left_out = set(blocked)
        self.trials = Trials(self.con)
        judged = (rule for rule in catalogue.rules if rule.enabled and rule.scope == "group" and rule.id not in left_out)
        self.rules = [rule for rule in judged if self.trials.can_judge(rule)]
        self.standings = {rule.id: self.trials.standing(rule) for rule in self.rules} if self._known() else {}

    def _known(self) -> bool:
        """Whether the run kept metrics of the group: those of natural persons are not kept."""
        return self.con.execute("SELECT 1 FROM base").fetchone() is not None

    def close(self) -> None:
        self.con.close()

    def of_finding(self, rule_id: str) -> dict[str, Any] | None:
        """What would clear a finding and how near its next level is; None for a rule that is gone or judges nobody now."""
        rule = next((rule for rule in self.rules if rule.id == rule_id), None)
        if rule is None or rule_id not in self.standings:
            return None
        now = self.standings[rule_id]
        level = rank(self.open.get(rule_id)) + 1
        raised = int(bool(rule.raises) and level > max(now.raw, now.held))
        waits = now.sure and now.held < level - raised
        changes = [_shown(one, raised) for one in self.trials.clearing(rule, level - raised)] if not waits or now.raw else []
        must = {language: outlook.waiting(language) for language in LANGUAGES} if waits else self.trials.wait(rule)
        return {
            "evaluations": max(rule.falls_after, 1),
            "changes": [self._change(one, rule) for one in changes],
            "must": None
            if any(one.level is None for one in changes)
            else dict(must or outlook.beneath(rule, _severity(level - raised), self.currency)),
            "next_level": None if raised else self._step(rule, now),
        }

    def near(self) -> list[dict[str, Any]]:
        """Rules that find nothing here, the nearest to its limit first."""
        found = []
        for rule in self.rules:
            now = self.standings.get(rule.id)
            if now is not None and rule.id not in self.open and now.raw == 0 and any(gap == 0 for gap in now.gaps):
                step = self._step(rule, now)
                found += [{"rule": rule.id, "name": dict(rule.name), **step}] if step is not None else []
        return sorted(found, key=lambda row: (not row["relative"], row["relative"] or 0.0, row["rule"]))

    def flips(self) -> list[dict[str, Any]]:
        """What would be found otherwise if every limit were a tenth higher or lower."""
        return [
            {
                "rule": one.rule,
                "moved": one.moved,
                "before": one.before,
                "after": one.after,
                "text": {lang: outlook.flip(one, lang) for lang in LANGUAGES},
            }
            for rule in self.rules
            if rule.id in self.standings
            for one in self.trials.flips(rule, self.standings[rule.id])
        ]

    def _change(self, one: Change, rule: Rule) -> dict[str, Any]:
        return {
            "by": text_of(one.by, one.lever.unit),
            "unit": UNITS.get(one.lever.unit, one.lever.unit),
            "level": one.level,
            "text": {language: outlook.change(one, rule, language, self.currency) for language in LANGUAGES},
        }

    def _step(self, rule: Rule, now: Standing) -> dict[str, Any] | None:
        step: Step | None = self.trials.next_step(rule, now)
        if step is None:
            return None
        unit = step.component.unit
        return {
            "severity": step.severity,
            "metric": step.component.metric,
            "value": text_of(step.value, unit),
            "limit": text_of(step.limit, unit),
            "distance": text_of(step.distance, unit),
            "relative": None if step.relative is None else round(step.relative, 4),
            "unit": UNITS.get(unit, unit),
            "condition": step.when,
            "changes": [self._change(one, rule) for one in step.changes],
            "text": {language: outlook.step(step, language, self.currency) for language in LANGUAGES},
        }


def _severity(level: int) -> Severity | None:
    return SEVERITIES[level - 1] if level else None


def _shown(one: Change, raised: int) -> Change:
    """A change whose level people would see one higher, because the rule's "+1 level" holds."""
    return replace(one, level=SEVERITIES[min(rank(one.level) + raised, len(SEVERITIES) - 1)]) if one.level in SEVERITIES[1:] else one

"""Metrics x rules -> findings, insufficient verdicts and episodes.

    group_metrics, portfolio_metrics
        -> one SELECT per rule (rules/ladder.py)     gaps stay in DuckDB, flagged rows come to Python
        -> raises, caps, G-STAT                      (rules/outcomes.py)
        -> episodes                                  (rules/episodes.py)
        -> findings with their evidence              (rules/evidence/*.sql, the 20 heaviest records)

Reads the derived tables of this connection and makes only temporary ones. Every (rule, group) gets one verdict: a finding,
a row of `insufficient(rule, group_id, needs)`, or neither, which is clear.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rules import gaps, ladder, proof
from rules.briefly import briefly
from rules.episodes import Sighting, Terms, advance, silent
from rules.model import Diagnostic, Episode, Finding, Insufficient, rank
from rules.outcomes import Outcome, judge
from rules.windows import window_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import date

    from duckdb import DuckDBPyConnection

    from rules.criteria import Catalogue
    from rules.model import Moment, RecordRef
    from rules.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What one evaluation says.

    `insufficient` holds what blocks a rule for all; the verdicts per group are in the table of that name (see `insufficient`).
    `episodes` are the open ones and those that cleared now; `evaluated` are the rules that could be judged.
    """

    findings: tuple[Finding, ...]
    insufficient: tuple[Insufficient, ...]
    diagnostics: tuple[Diagnostic, ...]
    portfolio: Mapping[str, Any]
    episodes: tuple[Episode, ...]
    evaluated: tuple[str, ...]


def evaluate(
    con: DuckDBPyConnection,
    catalogue: Catalogue,
    moment: Moment,
    episodes: Sequence[Episode] = (),
    *,
    complete: bool = True,
    objects: Mapping[tuple[str, str], str] | None = None,
    new_rules: AbstractSet[str] = frozenset(),
    backlog: bool = False,
) -> Evaluation:
    """Judge every enabled rule.

    `objects` maps (source, canonical table) to the vendor object of evidence ids; None: no evidence is wanted. `new_rules` are those that no run of ours
    ever evaluated: what they open now gets no task (first-run amnesty), unless `backlog`.
    """
    with briefly(con):
        run = _Run(con, catalogue, moment, complete=complete, objects=objects)
        amnesty = frozenset() if backlog else new_rules
        for rule in catalogue.rules:
            mine = [episode for episode in episodes if episode.rule == rule.id]
            if not rule.enabled:
                run.close(mine)
            elif run.blocked(rule):
                run.keep(mine)
            else:
                run.judge(rule, mine, amnesty=rule.id in amnesty)
        run.close([episode for episode in episodes if episode.rule not in catalogue.by_id])
        return run.result()


def insufficient(con: DuckDBPyConnection) -> Iterator[Insufficient]:
    """Yield every insufficient verdict of the last evaluation on this connection, those for all (group None) included.

    Read it to the end before the connection is used for anything else: temporary tables belong to one connection.
    """
    rows = con.execute("SELECT rule, group_id, needs FROM insufficient ORDER BY rule, group_id NULLS FIRST, needs")
    while many := rows.fetchmany(10_000):
        for rule, group, needs in many:
            yield Insufficient(rule=rule, group=group, needs=needs)


class _Run:
    """One evaluation in progress: the connection, and what has been found so far."""

    def __init__(
        self,
        con: DuckDBPyConnection,
        catalogue: Catalogue,
        moment: Moment,
        *,
        complete: bool,
        objects: Mapping[tuple[str, str], str] | None,
    ) -> None:
        self.con, self.catalogue, self.moment, self.complete, self.objects = con, catalogue, moment, complete, objects
        self.findings: list[Finding] = []
        self.insufficient: list[Insufficient] = []
        self.episodes: list[Episode] = []
        self.evaluated: list[str] = []
        self.group_types, self.portfolio_types = ladder.types(con, "group_metrics"), ladder.types(con, "portfolio_metrics")
        self.filled = {
            f"{table}.{column}" for table, column in con.execute("SELECT DISTINCT table_name, column_name FROM filled").fetchall()
        }
        wanted = [rule for rule in catalogue.rules if rule.enabled and not self.missing(rule)]
        guards = [guard.require.sql(self.columns(rule)) for rule in wanted for guard in rule.portfolio_guards]
        self.holding = ladder.holding(con, dict.fromkeys(guards))
        self.dismissals = proof.dismissals(con)
        gaps.prepare(con, catalogue)
        con.execute("CREATE OR REPLACE TEMP TABLE severities (rule VARCHAR, group_id VARCHAR, rank INTEGER)")

    def keep(self, episodes: Sequence[Episode]) -> None:
        """Leave open episodes as they are: what could not be judged neither clears nor counts."""
        kept = [episode for episode in episodes if episode.cleared is None]
        self.episodes += kept
        self.remember([(episode.rule, episode.group, rank(episode.level)) for episode in kept])

    def remember(self, levels: Sequence[tuple[str, str, int]]) -> None:
        """Note open levels for the rules that read them: `severity."GOV-02"`."""
        if levels:
            columns = [list(column) for column in zip(*levels, strict=True)]
            self.con.execute(
                "INSERT INTO severities SELECT unnest(CAST($1 AS VARCHAR[])), unnest(CAST($2 AS VARCHAR[])), unnest(CAST($3 AS INTEGER[]))",
                columns,
            )

    def close(self, episodes: Sequence[Episode]) -> None:
        """Clear the episodes of a rule that is switched off or gone."""
        self.episodes += [replace(episode, cleared=self.moment.as_of) for episode in episodes if episode.cleared is None]

    def columns(self, rule: Rule) -> ladder.Columns:
        alone = rule.scope == "portfolio"
        return ladder.Columns(group=self.group_types, portfolio=self.portfolio_types, portfolio_only=alone, rules=tuple(sorted(rule.reads)))

    def blocked(self, rule: Rule) -> bool:
        """Say whether nobody can be judged, and note why: a column that no source fills, or a portfolio guard."""
        missing = self.missing(rule)
        needs = ", ".join(missing)
        for guard in () if missing else rule.portfolio_guards:
            if guard.require.sql(self.columns(rule)) not in self.holding:
                needs = guard.needs
                break
        if needs:
            self.insufficient.append(Insufficient(rule=rule.id, group=None, needs=needs))
            gaps.note_for_all(self.con, rule, needs)
        return bool(needs)

    def missing(self, rule: Rule) -> list[str]:
        """Name the columns a rule cannot do without and no source fills."""
        return [
            f"{table}.{column}" for table, columns in rule.requires.items() for column in columns if f"{table}.{column}" not in self.filled
        ]

    def judge(self, rule: Rule, episodes: Sequence[Episode], *, amnesty: bool) -> None:
        """Judge one rule: SQL for all groups, Python for those that are flagged or were."""
        columns = self.columns(rule)
        was_open = sorted({episode.group for episode in episodes if episode.cleared is None})
        ladder.run(self.con, rule, columns)
        outcomes = judge(self.con, rule, columns, was_open, self.catalogue.wanted(rule))
        needs = gaps.note(self.con, self.catalogue, rule, [outcome.group for outcome in outcomes if outcome.held is not None])
        self.insufficient += [Insufficient(rule=rule.id, group=None, needs=needs)] if needs is not None else []
        terms = Terms(
            rule=rule.id,
            falls_after=rule.falls_after,
            cooldown_days=rule.cooldown_days,
            by_record=rule.by_record,
            amnesty=amnesty,
            complete=self.complete,
        )
        after = advance(terms, episodes, self.sightings(rule, outcomes), self.moment, proof.dismissed(self.dismissals, rule.id))
        self.episodes += after
        self.evaluated.append(rule.id)
        self.find(rule, outcomes, after)

    def sightings(self, rule: Rule, outcomes: Sequence[Outcome]) -> dict[str, list[Sighting]]:
        if rule.records is not None:
            return _by_record(self.con, rule.records, outcomes)
        return {outcome.group: [Sighting(raw=outcome.raw, held=outcome.held, sure=outcome.sure)] for outcome in outcomes}

    def find(self, rule: Rule, outcomes: Sequence[Outcome], episodes: Sequence[Episode]) -> None:
        """Make the findings of a rule: one for each group with an open episode that could be judged."""
        by_group: dict[str, list[Episode]] = {}
        for episode in episodes:
            if episode.cleared is None:
                by_group.setdefault(episode.group, []).append(episode)
        spoken = [outcome for outcome in outcomes if outcome.group in by_group and (outcome.sure or outcome.held is not None)]
        groups = [outcome.group for outcome in spoken]
        records = {} if self.objects is None else proof.records(self.con, rule, groups, self.objects)
        for outcome in spoken:
            episode = _spokesman(by_group[outcome.group], outcome.numbers.get(rule.names_by or ""))
            self.findings.append(_finding(rule, outcome, episode, self.moment.as_of, records.get(outcome.group, ())))
        self.remember([(rule.id, group, max(rank(one.level) for one in many)) for group, many in by_group.items()])

    def result(self) -> Evaluation:
        self.findings.sort(key=lambda one: (one.rule, one.group or "", one.episode))
        self.episodes.sort(key=lambda one: (one.rule, one.group, one.name))
        return Evaluation(
            findings=tuple(self.findings),
            insufficient=tuple(self.insufficient),
            diagnostics=proof.diagnostics(self.con),
            portfolio=proof.portfolio(self.con),
            episodes=tuple(self.episodes),
            evaluated=tuple(self.evaluated),
        )


def _spokesman(episodes: Sequence[Episode], latest: object) -> Episode:
    """Choose the episode that a finding shows: the gravest, then the one of the latest record, then the newest."""
    return max(episodes, key=lambda one: (rank(one.level), one.name == latest, one.opened, one.name))


def _by_record(con: DuckDBPyConnection, relation: str, outcomes: Sequence[Outcome]) -> dict[str, list[Sighting]]:
    """Give one sighting per record, where every record is an episode of its own: no record above what the rule says of its group."""
    found: dict[str, list[Sighting]] = {}
    for outcome in outcomes:
        found[outcome.group] = [] if outcome.sure else [Sighting(raw=None, held=None, sure=False)]
    levels = {outcome.group: outcome.raw for outcome in outcomes}
    severity = "severity" if "severity" in ladder.types(con, relation) else "'critical'"
    rows = con.execute(f"SELECT DISTINCT group_id, record_id, {severity} FROM {relation} ORDER BY ALL").fetchall()
    for group, record, level in rows:
        lower = min(level, levels.get(group), key=rank)
        if lower is not None:
            found[group].append(Sighting(raw=lower, held=lower, name=record))
    return found


def _clearing(outcome: Outcome, episode: Episode) -> dict[str, object]:
    """Give the rung that holds the finding, without raises and caps, and what would clear it from there."""
    standing = outcome.reached is not None and rank(outcome.raw) >= rank(episode.level)
    rung = min(episode.level, outcome.reached, key=rank) if standing and outcome.reached is not None else episode.level
    if not outcome.changes:
        return {"rung": rung}
    known = [level for level in outcome.changes if rank(level) <= rank(rung)]
    return {"rung": rung, "by": outcome.changes[max(known, key=rank) if known else min(outcome.changes, key=rank)]}


def _finding(rule: Rule, outcome: Outcome, episode: Episode, as_of: date, records: tuple[RecordRef, ...]) -> Finding:
    component = outcome.component
    reached = episode.level if outcome.reached is None or rank(outcome.raw) < rank(episode.level) else outcome.reached
    limit = component.limit(reached)
    return Finding(
        rule=rule.id,
        group=outcome.group or None,
        severity=episode.level,
        raw=outcome.raw,
        value=outcome.value,
        threshold=component.limit(outcome.reached) if limit is None else limit,
        unit=component.unit,
        window=window_of(rule.window, as_of, outcome.numbers),
        since=episode.opened,
        episode=episode.name,
        evidence=records,
        assumptions=(*outcome.assumptions, *(("dismissed",) if silent(episode) else ())),
        numbers={**outcome.numbers, **_clearing(outcome, episode), "component": component.name},
    )

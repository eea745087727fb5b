"""Group metrics made by hand: the smallest tables that an evaluation reads, and one call that evaluates them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import duckdb

from rules.criteria import load
from rules.evaluate import evaluate, insufficient
from rules.model import Episode, Moment
from rules.vocabulary import empty_facts

AS_OF = date(2026, 6, 30)
NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)
MOMENT = Moment(as_of=AS_OF, now=NOW)
SQL_TYPES = {"number": "DOUBLE", "text": "VARCHAR", "boolean": "BOOLEAN", "date": "DATE", "any": "VARCHAR"}
PORTFOLIO = {
    "positive_total": 1_000_000.0,
    "conversion_coverage": 1.0,
    "history_days": 900,
    "orphan_share": 0.0,
    "lines_unconverted": 0,
    "as_of_in_past": False,
}
EVERYTHING = object()


class Metrics:
    """A portfolio as its metrics: `groups` maps a group id to the metrics that matter, the rest is NULL."""

    def __init__(self, groups, portfolio=None, *, filled=EVERYTHING, catalogue=None):
        self.catalogue = catalogue or load()
        self.con = duckdb.connect(config={"threads": 1})
        empty_facts(self.con)
        self._table("group_metrics", self.catalogue.known.group, groups)
        self._table("portfolio_metrics", self.catalogue.known.portfolio, {"": PORTFOLIO | (portfolio or {})})
        self.con.execute("CREATE TABLE members (group_id VARCHAR, source VARCHAR, account_id VARCHAR, is_person_group BOOLEAN)")
        self.con.execute("CREATE TABLE diagnostics (code VARCHAR, group_id VARCHAR, source VARCHAR, record_id VARCHAR)")
        self.con.execute("CREATE TABLE filled (source VARCHAR, table_name VARCHAR, column_name VARCHAR)")
        self.con.execute("CREATE TABLE serious_incidents (group_id VARCHAR, record_id VARCHAR, severity VARCHAR)")
        self.con.execute("CREATE TABLE decision_changes (group_id VARCHAR, record_id VARCHAR)")
        for group in groups:
            self.member(group)
        required = {(table, column) for rule in self.catalogue.rules for table, columns in rule.requires.items() for column in columns}
        for table, column in sorted(required) if filled is EVERYTHING else filled:
            self.con.execute("INSERT INTO filled VALUES ('files', ?, ?)", [table, column])

    def _table(self, name, kinds, rows):
        columns = ", ".join(f'"{column}" {SQL_TYPES[kind]}' for column, kind in kinds.items())
        self.con.execute(f"CREATE TABLE {name} (group_id VARCHAR, {columns})")
        for group, values in rows.items():
            names = "".join(f', "{column}"' for column in values)
            self.con.execute(f"INSERT INTO {name} (group_id{names}) VALUES (?{', ?' * len(values)})", [group, *values.values()])

    def member(self, group, **typed):
        source, _, account = group.partition(":")
        self.con.execute("INSERT INTO members VALUES (?, ?, ?, FALSE)", [group, source, account])
        row = {"source": source, "account_id": account} | typed
        names, marks = ", ".join(row), ", ".join("?" for _ in row)
        self.con.execute(f"INSERT INTO accounts ({names}) VALUES ({marks})", list(row.values()))
        return self

    def only(self, *rules):
        return replace(self.catalogue, rules=tuple(rule for rule in self.catalogue.rules if rule.id in rules))

    def evaluate(self, *rules, episodes=(), moment=MOMENT, **options):
        return evaluate(self.con, self.only(*rules) if rules else self.catalogue, moment, episodes, **options)

    def set(self, group, **values):
        changes = ", ".join(f'"{name}" = ?' for name in values)
        self.con.execute(f"UPDATE group_metrics SET {changes} WHERE group_id = ?", [*values.values(), group])
        return self

    def insufficient(self):
        return {(one.rule, one.group): one.needs for one in insufficient(self.con)}


def episode(rule, group, level, *, opened=date(2026, 1, 10), name=None, **changes):
    known = {"rule": rule, "group": group, "name": name or opened.isoformat(), "opened": opened, "level": level, "last_seen": opened}
    return Episode(**(known | changes))


def severities(evaluation):
    return {(finding.rule, finding.group): finding.severity for finding in evaluation.findings}

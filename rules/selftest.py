"""The test cases inside the rule files, through the real evaluation over an in-memory DuckDB.

Each case is one group of a small group_metrics table made of what the case gives; everything after that table is the
code that judges a company's clients. `rules test` and the test suite call it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Self

import duckdb

from rules.evaluate import evaluate, insufficient
from rules.model import Episode, Moment, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rules.criteria import Catalogue
    from rules.expression import Kind
    from rules.rule import Case, Rule

AS_OF: Final = date(2026, 6, 30)
NOW: Final = datetime(2026, 7, 1, 4, tzinfo=UTC)
_SQL_TYPES: Final[Mapping[str, str]] = {"number": "DOUBLE", "text": "VARCHAR", "boolean": "BOOLEAN", "date": "DATE", "any": "VARCHAR"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A case that did not come out as the rule file says."""

    file: str
    rule: str
    case: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.file}: {self.rule}: {self.case!r}: expected {self.expected}, found {self.found}"


def run(catalogue: Catalogue, rules: Iterable[str] | None = None) -> list[Failure]:
    """Run the cases of all rules, or of those named; give the failures in the order of the files."""
    chosen = catalogue.rules if rules is None else [catalogue.rule(rule) for rule in rules]
    return [failure for rule in chosen for failure in run_rule(catalogue, rule)]


def run_rule(catalogue: Catalogue, rule: Rule) -> list[Failure]:
    """Run the cases of one rule."""
    failures = []
    with Bench(catalogue, rule) as bench:
        for batch in bench.batches():
            bench.lay(batch)
            failures += [
                Failure(file=rule.file, rule=rule.id, case=case.name, expected=case.expect, found=verdict)
                for case, verdict in zip(batch, bench.verdicts(rule, batch), strict=True)
                if verdict != case.expect
            ]
    return failures


class Bench:
    """The cases of one rule laid out as facts. `lay` one batch, then ask for the verdicts of the rule or of a changed copy of it."""

    def __init__(self, catalogue: Catalogue, rule: Rule) -> None:
        referred = tuple(catalogue.rule(name) for name in sorted(rule.reads))
        self.rule, self.referred, self.catalogue = rule, referred, catalogue
        self.con = duckdb.connect(config={"threads": 1})
        self.con.execute(_facts())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.con.close()

    def batches(self) -> list[list[Case]]:
        """Give the cases, those that share a portfolio together; where groups are compared, each case stands alone."""
        batches: dict[str, list[Case]] = {}
        for number, case in enumerate(self.rule.cases):
            compared = case.others or self.rule.scope == "portfolio" or any(part.chance is not None for part in self.rule.components)
            key = str(number) if compared else repr((sorted(case.portfolio.items()), case.missing))
            batches.setdefault(key, []).append(case)
        return sorted(batches.values(), key=len, reverse=True)

    def lay(self, batch: Sequence[Case]) -> None:
        """Put the facts of a batch into the tables."""
        _tables(self.con, self.small(self.rule), self.rule, batch)

    def small(self, rule: Rule) -> Catalogue:
        return replace(self.catalogue, rules=(*self.referred, replace(rule, enabled=True)))

    def verdicts(self, rule: Rule, batch: Sequence[Case]) -> list[str]:
        """Give what the rule says of each case of the batch that was laid."""
        names = [f"case:{number}" if rule.scope == "group" else "" for number in range(len(batch))]
        episodes = [episode for name, case in zip(names, batch, strict=True) for episode in _episodes(rule, name, case)]
        evaluation = evaluate(self.con, self.small(rule), Moment(as_of=AS_OF, now=NOW), episodes)
        found = {finding.group or "": finding.severity for finding in evaluation.findings if finding.rule == rule.id}
        gaps = {one.group or "" for one in insufficient(self.con) if one.rule == rule.id}
        blocked = rule.id not in evaluation.evaluated
        return ["blocked" if blocked else found.get(name) or ("insufficient" if name in gaps else "clear") for name in names]


@cache
def _facts() -> str:
    return files("rules").joinpath("facts.sql").read_text(encoding="utf-8")


def _episodes(rule: Rule, group: str, case: Case) -> Iterable[Episode]:
    if case.open is not None:
        yield _episode(rule.id, group, case.open, "before")
    for other, level in case.severities.items():
        yield _episode(other, group, level, "before")


def _episode(rule: str, group: str, level: Any, name: str) -> Episode:
    """Give an episode that was below its level once already, long enough ago to count a second time now."""
    opened, below_at = AS_OF - timedelta(days=30), NOW - timedelta(days=1)
    severity: Severity = level
    return Episode(rule=rule, group=group, name=name, opened=opened, level=severity, last_seen=opened, below=1, below_at=below_at)


def _tables(con: duckdb.DuckDBPyConnection, catalogue: Catalogue, rule: Rule, batch: Sequence[Case]) -> None:
    groups = [(f"case:{number}", case.given) for number, case in enumerate(batch) if rule.scope == "group"]
    groups += [(f"other:{number}", other) for case in batch for number, other in enumerate(case.others)]
    alone = rule.scope == "portfolio"
    used = {name.rpartition(".")[2] for one in catalogue.rules for name in catalogue.wanted(one)}
    used |= {name for one in catalogue.rules for part in one.expressions for _, name in part.names}
    _fill(con, "group_metrics", _only(catalogue.known.group, used), groups)
    given = {**batch[0].given, **batch[0].portfolio} if alone else batch[0].portfolio
    _fill(con, "portfolio_metrics", _only(catalogue.known.portfolio, used), [("", given)])
    if rule.records is not None:
        con.execute(f"CREATE OR REPLACE TABLE {rule.records} AS SELECT group_id, 'before' AS record_id FROM group_metrics")
    con.execute("CREATE OR REPLACE TABLE members (group_id VARCHAR, source VARCHAR, account_id VARCHAR, is_person_group BOOLEAN)")
    con.execute("CREATE OR REPLACE TABLE diagnostics (code VARCHAR, group_id VARCHAR, source VARCHAR, record_id VARCHAR)")
    con.execute("CREATE OR REPLACE TABLE filled (source VARCHAR, table_name VARCHAR, column_name VARCHAR)")
    filled = {
        (table, column) for table, columns in rule.requires.items() for column in columns if f"{table}.{column}" not in batch[0].missing
    }
    for table, column in sorted(filled):
        con.execute("INSERT INTO filled VALUES ('case', ?, ?)", [table, column])


def _only(kinds: Mapping[str, Kind], names: set[str]) -> dict[str, Kind]:
    return {name: kind for name, kind in kinds.items() if name in names}


def _fill(con: duckdb.DuckDBPyConnection, table: str, kinds: Mapping[str, Kind], rows: Sequence[tuple[str, Mapping[str, object]]]) -> None:
    columns = {name: _SQL_TYPES[kind] for name, kind in kinds.items()}
    listed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    con.execute(f"CREATE OR REPLACE TABLE {table} (group_id VARCHAR{', ' if listed else ''}{listed})")
    for group, given in rows:
        used = [name for name in given if name in columns]
        names = "".join(f', "{name}"' for name in used)
        con.execute(f"INSERT INTO {table} (group_id{names}) VALUES (?{', ?' * len(used)})", [group, *(given[name] for name in used)])

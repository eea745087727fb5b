"""Random companies that tell a changed metric from the original: loaded once, asked in the order of what they told so far.

    the changed file alone is run again -> its tables are the same as before: this company does not tell it (some 20 ms)
                                        -> a figure that the plain program knows has moved: told
                                        -> else everything is measured and judged, and compared with the plain program

So a change that means the same costs the tables of one file, and almost every other one is told by the first companies.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass, field
from string import Template
from typing import TYPE_CHECKING, Any, Self
from unittest.mock import patch

import duckdb

from rules import derive, metrics
from rules.briefly import lean, put
from tests.rules.oracle.compare import differences, figures, portfolio
from tests.rules.oracle.edges import company_of
from tests.rules.oracle.product import answer, loaded
from tests.rules.oracle.verdicts import Verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from rules.model import Moment
    from tests.rules.oracle.portfolios import Company
    from tests.rules.sqlmutants import Mutant

    Script = Callable[[str, str, dict[str, str]], str]

ORIGINAL = derive.script
MADE = re.compile(r"CREATE OR REPLACE TEMP (?:TABLE|VIEW) (\w+)")
NEAR = 1e-6
ENOUGH = 12


@dataclass(eq=False, slots=True)
class Sample:
    """One loaded company with everything measured, and what the plain program says of it."""

    con: DuckDBPyConnection
    moment: Moment
    plain: Verdicts
    names: set[str]
    told: int = 0
    whole: bool = False
    before: dict[str, list[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, con: DuckDBPyConnection, moment: Moment, company: Company) -> Self:
        plain = Verdicts(company.book)
        put(con, disabled_optimizers=lean(con)["disabled_optimizers"])
        names = set(figures(plain, plain.book.groups[0])) if plain.book.groups else set()
        sample = cls(con, moment, plain, names | set(portfolio(plain)))
        sample.measure()
        return sample

    def measure(self) -> None:
        """Every table of rules/metrics as it should be, those included that `metrics.compute` drops."""
        values = derive.literals(self.con)
        for name in (*metrics.FAMILIES, "portfolio"):
            self.con.execute(ORIGINAL("metrics", name, values))

    def tells(self, mutant: Mutant) -> bool | None:
        """Say whether this company tells the mutant from the specification; None: nothing moved at all. SQL that cannot run is told at once."""
        try:
            found = self._asked(mutant)
        except (duckdb.Error, ValueError, ArithmeticError):
            found = True
            self.whole = True
        if found is not None:
            self._mend(mutant)
        self.told += bool(found)
        return found

    def _asked(self, mutant: Mutant) -> bool | None:
        self.whole = mutant.folder != "metrics"
        run = {"metrics": self._metric, "metrics/columns": self._columns, "derive": self._derived}[mutant.folder]
        moved = run(mutant)
        if moved is None or moved:
            return moved
        self.whole = True
        with _changed(mutant):
            if mutant.folder == "derive":
                derive.derive(self.con, self.moment)
            return next(differences(self.plain, answer(self.con, self.moment)), None) is not None

    def _metric(self, mutant: Mutant) -> bool | None:
        """Run one file of metrics again; False: something moved that is no figure of the plain program."""
        if mutant.name == "notes":
            return False
        original = ORIGINAL("metrics", mutant.name, {**derive.literals(self.con)})
        names = [name for name in dict.fromkeys(MADE.findall(original)) if f"DROP TABLE {name}" not in original]
        before = self._kept(names)
        self.con.execute(Template(mutant.text).substitute(derive.literals(self.con)))
        after = {name: self._rows(name) for name in names}
        if before == after:
            return None
        target = "portfolio_metrics" if mutant.name == "portfolio" else f"m_{mutant.name}"
        return self._moved(target, before[target], after[target])

    def _kept(self, names: list[str]) -> dict[str, list[Any]]:
        for name in names:
            if name not in self.before:
                self.before[name] = self._rows(name)
        return {name: self.before[name] for name in names}

    def _rows(self, name: str) -> list[Any]:
        found = self.con.execute(f"SELECT * FROM {name}")
        columns = [column[0] for column in found.description or ()]
        return [columns, *sorted(found.fetchall(), key=repr)]

    def _moved(self, name: str, before: list[Any], after: list[Any]) -> bool:
        if before[0] != after[0] or name == "portfolio_metrics":
            pairs = [(before[1], after[1])]
        else:
            old, new = ({row[0]: row for row in rows[1:]} for rows in (before, after))
            if len(new) != len(after) - 1:
                return True
            shown = {number for (number,) in self.con.execute("SELECT group_no FROM groups WHERE NOT is_person_group").fetchall()}
            pairs = [(old[number], new[number]) for number in old.keys() & new.keys() & shown]
        return any(
            one is not None and other is not None and not _near(one, other)
            for was, now in pairs
            for column, one, other in zip(before[0], was, now, strict=True)
            if column in self.names
        )

    def _columns(self, mutant: Mutant) -> bool | None:
        if "group_metrics" not in self.before:
            metrics.compute(self.con)
            self.before["group_metrics"] = self._rows("group_metrics")
            self.measure()
        with _changed(mutant):
            metrics.compute(self.con)
        return None if self._rows("group_metrics") == self.before["group_metrics"] else False

    def _derived(self, mutant: Mutant) -> bool | None:
        names = [
            name
            for (name,) in self.con.execute(
                "SELECT table_name FROM duckdb_tables() WHERE temporary UNION SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal"
            ).fetchall()
            if name in DERIVED
        ]
        before = self._kept(sorted(names))
        with _changed(mutant):
            derive.derive(self.con, self.moment)
        return None if all(self._rows(name) == rows for name, rows in before.items()) else False

    def _mend(self, mutant: Mutant) -> None:
        if mutant.folder == "derive":
            derive.derive(self.con, self.moment)
        if self.whole:
            self.measure()
        else:
            self.con.execute(ORIGINAL("metrics", mutant.name, derive.literals(self.con)))


DERIVED = {
    "account_groups", "groups", "identities", "booked", "lines", "calendar", "diagnostics", "params", "rate_days", "facts_invoices", "facts_contracts",
    "facts_orders", "facts_order_changes", "facts_cases", "facts_incidents", "facts_activities", "facts_contacts", "facts_hours", "facts_pipeline",
    "facts_repairs", "valued_lines",
}  # fmt: skip
"""What the metrics read of rules/derive."""


def _near(one: Any, other: Any) -> bool:
    try:
        return abs(float(one) - float(other)) <= NEAR * max(1.0, abs(float(one)))
    except (TypeError, ValueError):
        return bool(one == other)


def _changed(mutant: Mutant) -> ExitStack:
    """Rules with one file changed, for a while."""

    def script(folder: str, name: str, values: dict[str, str]) -> str:
        if (folder, name) == (mutant.folder, mutant.name):
            return Template(mutant.text).substitute(values)
        return ORIGINAL(folder, name, values)

    stack = ExitStack()
    stack.enter_context(patch.object(metrics, "script", script))
    stack.enter_context(patch.object(derive, "script", script))
    return stack


class Companies:
    """Random companies, loaded when those before did not tell a mutant."""

    def __init__(self, folder: Path, seeds: Iterable[int]) -> None:
        self.folder = folder
        self.left = list(seeds)
        self.samples: list[Sample] = []
        self.stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def kill(self, mutant: Mutant) -> bool:
        """Say whether any company tells the mutant from the specification. Many in which something moved and nobody cares are enough."""
        moved = 0
        for sample in self._in_turn():
            found = sample.tells(mutant)
            if found:
                return True
            moved += found is False
            if moved >= ENOUGH:
                break
        return False

    def _in_turn(self) -> Iterator[Sample]:
        self.samples.sort(key=lambda sample: -sample.told)
        yield from list(self.samples)
        while self.left:
            yield self._load(self.left.pop(0))

    def _load(self, seed: int) -> Sample:
        company = company_of(seed)
        con, moment = self.stack.enter_context(loaded(self.folder / str(seed), company))
        self.samples.append(Sample.of(con, moment, company))
        return self.samples[-1]

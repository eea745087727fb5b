"""What the random companies of tests/rules/oracle reach: levels of every rule, every limit met exactly, every figure that varies.

    python -m benchmarks.reached [--companies 400] [--first 0] [--missing]

Asks the plain program only. A level, a limit or a figure without a company is one that the comparison with the product never tries.
`--missing` prints these alone and ends with 1 when there are any.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from rules.criteria import load
from tests.rules.oracle.compare import figures, portfolio
from tests.rules.oracle.edges import company_of
from tests.rules.oracle.ladder import LADDER, REQUIRED, UNKNOWN
from tests.rules.oracle.verdicts import Verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.expression import Expression
    from rules.rule import Rule

    Limit = tuple[str, str, float]

BLOCKED = "blocked"
COMPARISONS = (exp.GTE, exp.GT, exp.LTE, exp.LT, exp.EQ)
HAIR = Fraction(1, 10**12)
NEVER = {("BEH-01", UNKNOWN), ("BEH-03", UNKNOWN), ("BEH-04", UNKNOWN), ("CON-02", UNKNOWN), ("CON-03", UNKNOWN), ("DEP-01", UNKNOWN), ("DEP-04", UNKNOWN), ("DEP-04", "clear"),
         ("DEP-05", UNKNOWN), ("DEP-06", UNKNOWN), ("FIX-01", UNKNOWN), ("GOV-01", UNKNOWN), ("OPS-03", UNKNOWN), ("PAY-03", UNKNOWN)}  # fmt: skip
"""Verdicts that no group can get: what these rules count is known as soon as their columns are there; what DEP-04 cannot say blocks it."""
UNREACHABLE = {"portfolio.hours_coverage"}
"""A year has 52 or 53 Mondays, so that no count of weeks is exactly 80 % of them."""


def limits(rule: Rule) -> Iterator[Limit]:
    """(rule, figure, limit): of levels, conditions, guards, caps and raises."""
    scope = "portfolio." if rule.scope == "portfolio" else ""
    conditions: list[Expression] = [guard.require for guard in rule.portfolio_guards]
    conditions += [part.when for part in (*rule.caps, *rule.raises)]
    for component in rule.components:
        yield from ((rule.id, scope + component.metric, level.at) for level in component.levels if level.at is not None)
        conditions += [level.when for level in component.levels if level.when is not None]
        conditions += [guard.require for guard in component.guards]
        conditions += [component.applies] if component.applies is not None else []
    for condition in conditions:
        for node in condition.tree.find_all(*COMPARISONS):
            name, number = node.this, node.expression
            negative = isinstance(number, exp.Neg)
            literal = number.this if negative else number
            if isinstance(name, exp.Column) and isinstance(literal, exp.Literal) and not literal.is_string:
                table = f"{name.table}." if name.table else scope
                yield rule.id, table + name.name, (-1 if negative else 1) * float(literal.this)


class Reached:
    """Counts over companies."""

    def __init__(self) -> None:
        rules = load().rules
        self.limits = sorted({limit for rule in rules for limit in limits(rule)})
        self.levels: dict[str, Counter[str]] = {rule: Counter() for rule in REQUIRED}
        self.met: Counter[Limit] = Counter()
        self.values: dict[str, set[Any]] = defaultdict(set)
        self.possible = {rule.id: _possible(rule) for rule in rules if rule.id in REQUIRED}

    def add(self, plain: Verdicts) -> None:
        for (rule, group), level in plain.found.items():
            self.levels[rule][BLOCKED if group is None and level == UNKNOWN else level] += 1
        shared = {f"portfolio.{name}": value for name, value in portfolio(plain).items()}
        rows = [figures(plain, group) | shared for group in plain.book.groups]
        for name, value in shared.items() if not rows else (item for row in rows for item in row.items()):
            if len(self.values[name]) < 4:
                self.values[name].add(str(value))
        for limit in self.limits:
            _, name, at = limit
            self.met[limit] += any(_at(row.get(name), at) for row in rows)

    def missing(self) -> Iterator[str]:
        for rule, wanted in self.possible.items():
            yield from (f"{rule} is never {level}" for level in wanted if not self.levels[rule][level] and (rule, level) not in NEVER)
        known = set(self.values)
        for limit in self.limits:
            if not limit[1].startswith("severity") and limit[1] not in UNREACHABLE and not self.met[limit]:
                yield f"{limit[0]}: {limit[1]} is never exactly {limit[2]:g}" + ("" if limit[1] in known else ", nobody computes it")
        yield from (f"{name} is always {min(values)}" for name, values in sorted(self.values.items()) if len(values) == 1)

    def table(self) -> Iterator[str]:
        columns = (BLOCKED, UNKNOWN, *LADDER)
        yield f"{'rule':8}" + "".join(f"{column:>13}" for column in columns) + f"{'limits met':>13}"
        for rule in sorted(REQUIRED):
            mine = [limit for limit in self.limits if limit[0] == rule]
            met = f"{sum(self.met[limit] > 0 for limit in mine)} of {len(mine)}"
            yield f"{rule:8}" + "".join(f"{self.levels[rule][column]:13}" for column in columns) + f"{met:>13}"


def _possible(rule: Rule) -> set[str]:
    levels = {level.severity for component in rule.components for level in component.levels}
    levels |= {"info"} if any(component.chance for component in rule.components) or (rule.caps and rule.caps[0].level == "info") else set()
    return {*levels, "clear", UNKNOWN} | ({BLOCKED} if rule.requires or rule.portfolio_guards else set())


def _at(value: Any, limit: float) -> bool:
    if value is None or isinstance(value, str | list) or hasattr(value, "toordinal"):
        return False
    exact = Fraction(str(limit))
    return abs(Fraction(value) - exact) <= HAIR * max(abs(exact), HAIR)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--companies", type=int, default=400, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--missing", action="store_true", help="only what is never reached")
    chosen = parser.parse_args()
    reached = Reached()
    for seed in range(chosen.first, chosen.first + chosen.companies):
        reached.add(Verdicts(company_of(seed).book))
    missing = list(reached.missing())
    print("\n".join([*([] if chosen.missing else reached.table()), *missing]))
    return 1 if chosen.missing and missing else 0


if __name__ == "__main__":
    sys.exit(main())

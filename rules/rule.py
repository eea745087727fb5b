"""A rule as a value: what rules/catalogue/*.toml says once it is read and checked. Nothing here computes.

Rule
  requires          canonical columns without which nobody can be judged
  portfolio_guards  conditions on the portfolio without which nobody can be judged
  components        each a metric with its ladder and its own minimum evidence; the highest level counts
  raises, caps      +1 level from watch upwards, then "never above", each with its condition
  cases             the tests that stand inside the file
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from rules.model import rank

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.expression import Expression
    from rules.model import Severity

Language = Literal["en", "fr"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "fr")
Scope = Literal["group", "portfolio"]
ChanceTest = Literal["binomial", "hypergeometric"]
Direction = Literal["up", "down"]
"""up: large values are reached (>=); down: small ones (<=)."""

Text = dict[Language, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One rung: the metric at or beyond `at` (None: no limit) and `when` true (None: nothing more)."""

    severity: Severity
    at: float | None
    when: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Minimum evidence: unless `require` is true the verdict is insufficient, and says `needs`."""

    require: Expression
    needs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """G-STAT (domain.md 0): could the count `hits` be chance? All but `fdr` name metrics.

    binomial: `hits` of `trials` against the others' share `base`. hypergeometric: `hits` among `trials` weeks drawn out of
    `total`, of which `marked` count (readings.md 12).
    """

    test: ChanceTest
    hits: str
    trials: str
    base: str | None
    marked: str | None
    total: str | None
    fdr: float

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(name for name in (self.hits, self.trials, self.base, self.marked, self.total) if name is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """`applies` not true: the component is left out, neither found nor missed. `needs` is said when the metric is NULL."""

    name: str
    metric: str | None
    direction: Direction
    levels: tuple[Level, ...]
    unit: str
    needs: str
    exit_margin: float = 0.0
    applies: Expression | None = None
    guards: tuple[Guard, ...] = ()
    chance: Chance | None = None
    text: Text | None = None

    @property
    def exit_limit(self) -> float | None:
        """Give the limit that must be passed for the finding to clear: that of the lowest level, loosened by the margin."""
        lowest = self.levels[-1].at
        if lowest is None:
            return None
        return lowest - self.exit_margin if self.direction == "up" else lowest + self.exit_margin

    def exit_from(self, severity: Severity | None) -> float | None:
        """Give the limit that must be passed for a finding of that level to clear: its own, loosened, and the lowest as it stands.

        A finding falls once its loosened limit holds no more, and then to the level of the limits as they stand (readings.md 4).
        """
        lowest = self.levels[-1].at
        own = next((level.at for level in self.levels if rank(level.severity) <= rank(severity)), lowest)
        if lowest is None or own is None:
            return None
        return min(lowest, own - self.exit_margin) if self.direction == "up" else max(lowest, own + self.exit_margin)

    def limit(self, severity: str | None) -> float | None:
        """Give the limit of a level of this ladder."""
        return next((level.at for level in self.levels if level.severity == severity), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """While `when` is true the level is at most `level`; `assumption` is the code the finding then bears."""

    level: Severity
    when: Expression
    assumption: str
    component: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """While `when` is true a level from watch upwards is one higher."""

    when: Expression
    component: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    code: str
    when: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """The smallest change that clears the finding: `by` in `unit`, with {by} in the text. `limit` in the sum is the exit limit.

    `step` says, with {by_level}, what would bring it under the limit of its level, where that is not the lowest.
    """

    by: Expression
    unit: str
    text: Text
    step: Text | None = None
    component: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test inside a rule file (rules/cases.py). `open` is the level of an episode that this evaluation may let fall."""

    name: str
    expect: str
    given: Mapping[str, object]
    portfolio: Mapping[str, object]
    severities: Mapping[str, str]
    missing: tuple[str, ...] = ()
    others: tuple[Mapping[str, object], ...] = ()
    open: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`window`: w3, w6, w12, now, days:N, or two date columns `a..b`. `falls_after` 0 falls at once.

    `records` is the relation (group_id, record_id, and severity where records differ) when each record makes an episode of its
    own, named by it; `names_by` the metric that holds the latest of them. `stages` are the stages that levels
    suggest, once they lasted `stage_after` evaluations; `stage_at_once` may skip one (domain.md D.2).
    """

    id: str
    version: int
    name: Text
    family: str
    scope: Scope
    window: str
    stages: Mapping[Severity, str]
    reason: str
    sources: tuple[str, ...]
    text: Text
    components: tuple[Component, ...]
    requires: Mapping[str, tuple[str, ...]]
    tasks: Mapping[Severity, tuple[str, ...]]
    numbers: tuple[str, ...]
    cases: tuple[Case, ...]
    file: str
    portfolio_guards: tuple[Guard, ...] = ()
    caps: tuple[Cap, ...] = ()
    raises: tuple[Raise, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    clears: tuple[Clear, ...] = ()
    falls_after: int = 2
    cooldown_days: int = 0
    names_by: str | None = None
    records: str | None = None
    stage_after: int = 1
    stage_at_once: bool = False
    enabled: bool = True
    money: bool = False

    @property
    def by_record(self) -> bool:
        """Say whether a record names the episode, so that a new record is a new episode."""
        return self.records is not None

    @property
    def expressions(self) -> list[Expression]:
        """Give every condition and sum of the rule."""
        found = [guard.require for guard in self.portfolio_guards]
        for component in self.components:
            found += [level.when for level in component.levels if level.when is not None]
            found += [guard.require for guard in component.guards]
            found += [component.applies] if component.applies is not None else []
        found += [cap.when for cap in self.caps] + [part.when for part in self.raises] + [part.when for part in self.assumptions]
        return found + [clear.by for clear in self.clears]

    @property
    def reads(self) -> set[str]:
        """Give the rules whose severity this one reads."""
        return {name for part in self.expressions for scope, name in part.names if scope == "severity"}

    def stage_at(self, severity: Severity | None) -> str:
        """Give the stage that a level suggests: that of the highest rung at or below it."""
        found = [stage for level, stage in self.stages.items() if rank(level) <= rank(severity)]
        return found[-1] if found else "balanced"

    def clear(self, component: Component) -> Clear | None:
        """Give the change that clears a finding of a component."""
        return next((part for part in self.clears if part.component in {None, component.name}), None)

    def component(self, name: str) -> Component:
        return next(component for component in self.components if component.name == name)

    def codes(self, severity: str) -> tuple[str, ...]:
        """Give the task codes of a level: its own and those of the levels below it."""
        return tuple(code for level, codes in self.tasks.items() if rank(level) <= rank(severity) for code in codes)

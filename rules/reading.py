"""One [[rule]] table -> Rule: keys, ladders, conditions and the test cases inside. Mistakes are told by rules/toml.py."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from rules import expression
from rules.cases import read_cases
from rules.figures import UNITS, fields
from rules.model import SEVERITIES, Severity
from rules.rule import (
    LANGUAGES,
    Assumption,
    Cap,
    Chance,
    ChanceTest,
    Clear,
    Component,
    Direction,
    Guard,
    Level,
    Raise,
    Rule,
    Scope,
    Text,
)
from rules.toml import Section, suggestion

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.expression import Expression, Known

SAID: Final = ("value", "threshold", "start", "end", "by", "by_level")
"""What a text may say besides the metrics (rules/explain.py)."""
_ID: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
WINDOWS: Final = ("now", "w3", "w6", "w12")
DEFAULT_FDR: Final = 0.10


def read_rule(section: Section, known: Known, stages: tuple[str, ...], families: tuple[str, ...]) -> Rule:
    """Read one rule; `section` is used up. Raises CriteriaError."""
    section.rule = section.take("id", str)
    if not _ID.fullmatch(section.rule):
        raise section.wrong(
            "id", "must be letters, digits, '.', '_' and '-', beginning with a letter: it stands in CRM fields and task keys"
        )
    reader = _Reader(section, known)
    rule = Rule(
        id=section.rule,
        version=section.take("version", int),
        name=reader.text(section, "name"),
        family=section.one_of("family", families),
        scope=cast("Scope", reader.scope),
        window=reader.window(),
        stages=reader.stages(stages),
        reason=section.take("reason", str),
        sources=section.words("sources", ()),
        text=reader.text(section, "text"),
        components=reader.components(),
        requires=reader.requires(),
        tasks=reader.tasks(),
        portfolio_guards=tuple(reader.guard(part) for part in section.sections("portfolio_guard")),
        caps=tuple(reader.cap(part) for part in section.sections("cap")),
        raises=tuple(reader.raises(part) for part in section.sections("raise")),
        assumptions=tuple(reader.assumption(part) for part in section.sections("assumption")),
        clears=tuple(reader.clear(part) for part in section.sections("clear")),
        falls_after=section.take("falls_after", int, 2),
        cooldown_days=section.take("cooldown_days", int),
        names_by=section.maybe("names_by", str),
        records=section.maybe("records", str),
        enabled=section.take("enabled", bool, default=True),
        money=section.take("money", bool, default=False),
        cases=read_cases(section, reader.known),
        stage_after=section.take("stage_after", int, 1),
        stage_at_once=section.take("stage_at_once", bool, default=False),
        numbers=(),
        file=section.file,
    )
    rule = replace(rule, numbers=reader.numbers(rule))
    section.done()
    return rule


class _Reader:
    """Reads the parts of one rule that need the known names or each other."""

    def __init__(self, section: Section, known: Known) -> None:
        self.section, self.known = section, known
        self.scope = section.one_of("scope", ("group", "portfolio"), "group")
        if self.scope == "portfolio":
            self.known = expression.Known(group=known.portfolio, portfolio=known.portfolio, rules=known.rules)
        self.names: list[str] = []

    def text(self, section: Section, key: str) -> Text:
        part = section.section(key)
        text: Text = {language: part.take(language, str) for language in LANGUAGES}
        part.done()
        return text

    def window(self) -> str:
        window = self.section.take("window", str)
        if window in WINDOWS or (window.startswith("days:") and window[5:].isdigit()):
            return window
        start, dots, end = window.partition("..")
        if dots and self.known.kind("", start) and self.known.kind("", end):
            return window
        raise self.section.wrong("window", f"unknown window {window!r}: {', '.join(WINDOWS)}, days:N or two date metrics a..b")

    def requires(self) -> dict[str, tuple[str, ...]]:
        part = self.section.section("requires")
        return {table: part.words(table) for table in list(part.values)}

    def tasks(self) -> dict[Severity, tuple[str, ...]]:
        part = self.section.section("tasks")
        tasks = {severity: part.words(severity) for severity in SEVERITIES if severity in part.values}
        part.asked.extend(SEVERITIES)
        part.done()
        return tasks

    def stages(self, allowed: tuple[str, ...]) -> dict[Severity, str]:
        part = self.section.section("stages")
        found = {severity: part.one_of(severity, allowed) for severity in SEVERITIES if severity in part.values}
        part.asked.extend(SEVERITIES)
        part.done()
        return found

    def numbers(self, rule: Rule) -> tuple[str, ...]:
        """Gather the metrics that a finding carries; those of a text must be known, a misspelt one would print as unknown."""
        named = list(self.section.words("numbers", ()))
        named += [rule.names_by] if rule.names_by is not None else []
        if (rule.records is None) is not (rule.names_by is None):
            raise self.section.wrong("records", "and names_by go together: the records, and the metric that holds the latest")
        named += list(rule.window.split("..")) if ".." in rule.window else []
        for component in rule.components:
            test = component.chance
            named += test.metrics if test is not None else ()
        texts = [rule.text, *(part.text for part in rule.components if part.text is not None)]
        texts += [text for part in rule.clears for text in (part.text, part.step) if text is not None]
        for text in texts:
            for language in LANGUAGES:
                named += [name for name, unit in self.fields(text[language]) if name not in SAID]
        for name in named:
            self.metric(self.section, "numbers", name)
        return tuple(dict.fromkeys(named))

    def fields(self, template: str) -> list[tuple[str, str]]:
        try:
            found = fields(template)
        except ValueError as error:
            raise self.section.wrong("text", f"{template!r} cannot be read: {error}") from error
        for name, unit in found:
            if unit and unit not in UNITS:
                raise self.section.wrong("text", f"unknown unit {unit!r} of {name!r}{suggestion(unit, UNITS)}")
        return found

    def metric(self, section: Section, key: str, name: str) -> str:
        scope, _, column = name.rpartition(".")
        if self.known.kind(scope, column) is None:
            near = self.known.nearest(scope, column)
            raise section.wrong(key, f"unknown metric {name!r}" + (f", did you mean {near!r}?" if near else ""))
        return name

    def expression(self, section: Section, key: str, read: Callable[[str, Known], Expression] = expression.condition) -> Expression:
        text = section.take(key, str)
        known = self.known
        if read is expression.number:
            known = expression.Known(group={**known.group, "limit": "number"}, portfolio=known.portfolio, rules=known.rules)
        try:
            return read(text, known)
        except expression.ExpressionError as error:
            raise section.wrong(key, str(error)) from error

    def maybe_expression(self, section: Section, key: str) -> Expression | None:
        section.asked.append(key)
        return self.expression(section, key) if key in section.values else None

    def guard(self, section: Section) -> Guard:
        guard = Guard(require=self.expression(section, "require"), needs=section.take("needs", str))
        section.done()
        return guard

    def components(self) -> tuple[Component, ...]:
        parts = self.section.sections("component")
        if not parts:
            raise self.section.wrong("component", "is missing: a rule has at least one [[rule.component]]")
        found = tuple(self.component(part, alone=len(parts) == 1) for part in parts)
        self.names = [component.name for component in found]
        return found

    def component(self, section: Section, *, alone: bool) -> Component:
        metric = section.maybe("metric", str)
        name = section.take("name", str, metric if alone or metric else None)
        direction = cast("Direction", section.one_of("direction", ("up", "down"), "up"))
        component = Component(
            name=name,
            metric=None if metric is None else self.metric(section, "metric", metric),
            direction=direction,
            unit=section.one_of("unit", UNITS),
            needs=section.take("needs", str),
            levels=self.levels(section, direction),
            exit_margin=abs(section.take("exit_margin", float, 0.0)),
            applies=self.maybe_expression(section, "applies"),
            guards=tuple(self.guard(part) for part in section.sections("guard")),
            chance=self.chance(section.maybe_section("chance")),
            text=self.text(section, "text") if "text" in section.values else None,
        )
        section.done()
        return component

    def levels(self, section: Section, direction: Direction) -> tuple[Level, ...]:
        """Read the ladder, highest first."""
        part = section.section("levels")
        levels = [self.level(part, severity) for severity in SEVERITIES if severity in part.values]
        part.asked.extend(SEVERITIES)
        part.done()
        if not levels:
            raise section.wrong("levels", f"is empty; levels are {', '.join(SEVERITIES)}")
        self.in_order(section, levels, direction)
        return tuple(reversed(levels))

    def level(self, section: Section, severity: Severity) -> Level:
        value = section.values[severity]
        if not isinstance(value, dict):
            return Level(severity=severity, at=section.take(severity, float), when=None)
        part = section.section(severity)
        at, key = part.maybe("at", float), "and" if "and" in part.values else "when"
        level = Level(severity=severity, at=at, when=self.maybe_expression(part, key))
        part.asked.extend(("at", "and", "when"))
        part.done()
        if at is None and level.when is None:
            raise section.wrong(severity, "needs a limit `at` or a condition `when`")
        return level

    def in_order(self, section: Section, levels: list[Level], direction: Direction) -> None:
        """Refuse a ladder on which a higher level has the easier limit under the same condition."""
        for lower, higher in itertools.pairwise(levels):
            if lower.at is None or higher.at is None or lower.when != higher.when:
                continue
            if (higher.at > lower.at) if direction == "down" else (higher.at < lower.at):
                raise section.wrong("levels", f"{higher.severity} ({higher.at:g}) is reached before {lower.severity} ({lower.at:g})")

    def chance(self, section: Section | None) -> Chance | None:
        if section is None:
            return None
        test = cast("ChanceTest", section.one_of("test", ("binomial", "hypergeometric"), "binomial"))
        needed = ("hits", "trials", "base") if test == "binomial" else ("hits", "trials", "marked", "total")
        named = {key: self.metric(section, key, section.take(key, str)) for key in needed}
        chance = Chance(
            test=test,
            hits=named["hits"],
            trials=named["trials"],
            base=named.get("base"),
            marked=named.get("marked"),
            total=named.get("total"),
            fdr=section.take("fdr", float, DEFAULT_FDR),
        )
        section.done()
        return chance

    def of_component(self, section: Section) -> str | None:
        name = section.maybe("component", str)
        if name is not None and name not in self.names:
            raise section.wrong("component", f"unknown component {name!r}{suggestion(name, self.names)}")
        return name

    def cap(self, section: Section) -> Cap:
        cap = Cap(
            level=cast("Severity", section.one_of("level", SEVERITIES)),
            when=self.expression(section, "when"),
            assumption=section.take("assumption", str),
            component=self.of_component(section),
        )
        section.done()
        return cap

    def raises(self, section: Section) -> Raise:
        raised = Raise(when=self.expression(section, "when"), component=self.of_component(section))
        section.done()
        return raised

    def assumption(self, section: Section) -> Assumption:
        assumption = Assumption(code=section.take("code", str), when=self.expression(section, "when"))
        section.done()
        return assumption

    def clear(self, section: Section) -> Clear:
        clear = Clear(
            by=self.expression(section, "by", expression.number),
            unit=section.one_of("unit", UNITS),
            text=self.text(section, "text"),
            step=self.text(section, "step") if "step" in section.values else None,
            component=self.of_component(section),
        )
        section.done()
        return clear

"""TOML -> Catalogue: rules/catalogue/*.toml, then a company's own files, then the overrides of its configuration.

A rule is data: a new one needs no Python. Each error is one line that names file, rule, key and the mend.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files as package_files
from typing import TYPE_CHECKING, Any, Final

from rules import overriding, own, shorthand
from rules.expression import ExpressionError, Known, condition
from rules.monitors import Book, read_book
from rules.reading import read_rule
from rules.rule import LANGUAGES, Assumption
from rules.tasks import Template, read_template
from rules.toml import CriteriaError, Section, located, parse, suggestion
from rules.vocabulary import documented

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from rules.overriding import Profile
    from rules.own import OwnMetric
    from rules.rule import Rule, Text
    from rules.selftest import Failure

__all__ = ["Catalogue", "CriteriaError", "Family", "load", "selftest"]

STAGES: Final = ("watch", "repair", "last_round")
BOOKS: Final = (
    "tasks.toml", "families.toml", "assumptions.toml", "sheet.toml", "levers.toml", "monitors.toml", "elements.toml", "needs.toml",
)  # fmt: skip
"""The files of rules/catalogue that hold no rules."""
RESERVED: Final = ("STAGE", "DIGEST", "STG-01", "STG-02", "AFT-01", "AFT-02", "AFT-03", "AFT-04", "AFT-05")
"""What marks of tasks and episodes of monitors bear in the place of a rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family of the imbalance index IMB-01: `members` are the rule families that it gathers."""

    id: str
    weight: float
    members: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Every rule in the order of evaluation (a rule after those whose severity it reads), and what goes with them."""

    rules: tuple[Rule, ...]
    tasks: Mapping[str, Template]
    families: tuple[Family, ...]
    assumptions: Mapping[str, Text]
    known: Known
    metrics: tuple[OwnMetric, ...] = ()
    """A company's own metrics, which join the shipped ones (rules/own.py)."""
    monitors: Book = field(default_factory=read_book)

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    def rule(self, rule_id: str) -> Rule:
        """Give a rule by its id. Raises CriteriaError with a suggestion."""
        if rule_id not in self.by_id:
            raise CriteriaError("", rule_id, "", f"unknown rule{suggestion(rule_id, self.by_id)}")
        return self.by_id[rule_id]

    def wanted(self, rule: Rule) -> tuple[str, ...]:
        """Give the metrics that a finding of the rule carries: those it names, compares, says, and those its tasks say."""
        named = [*rule.numbers, *(part.metric for part in rule.components if part.metric is not None)]
        for code in (code for codes in rule.tasks.values() for code in codes):
            named += [metric for metrics, _ in self.tasks[code].fields.values() for metric in metrics]
        return tuple(name for name in dict.fromkeys(named) if self._exists(rule, name))

    def _exists(self, rule: Rule, name: str) -> bool:
        scope, _, column = name.rpartition(".")
        return self.known.kind("portfolio" if rule.scope == "portfolio" else scope, column) is not None


def load(
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    files: Sequence[Path] = (),
    *,
    profile: Profile = "default",
    packs: Sequence[str] = ("builtin",),
    metrics: Sequence[Path] = (),
    replacing: Path | None = None,
) -> Catalogue:
    """Read the catalogue; disabled rules are in it, with `enabled` False. Raises CriteriaError, one line.

    The rules of the file `replacing` take the place of those with the same id, which otherwise is an error.
    """
    if not (overrides or files or metrics or replacing) and tuple(packs) == ("builtin",):
        return _shipped(profile)
    tables = [*_builtin_tables(packs), *_own_tables(files)]
    if replacing is not None:
        taken = {table["id"] for file, table in tables if file == str(replacing)}
        tables = [(file, table) for file, table in tables if file == str(replacing) or table["id"] not in taken]
    try:
        return _read(tables, overrides, profile, metrics)
    except CriteriaError as error:
        raise located(error, files) from error


@cache
def _shipped(profile: Profile) -> Catalogue:
    """The rules as they come, read once in a process: nothing about a catalogue changes."""
    return _read(list(_builtin_tables(("builtin",))), None, profile, ())


def _read(
    tables: list[tuple[str, dict[str, Any]]],
    overrides: Mapping[str, Mapping[str, Any]] | None,
    profile: Profile,
    files: Sequence[Path],
) -> Catalogue:
    group, portfolio = documented()
    metrics = own.read_files(files, group)
    known = Known(group={**group, **own.documented(metrics)} if metrics else group, portfolio=portfolio, rules=_ids(tables))
    overriding.check_ids(overrides or {}, known.rules)
    tasks = {template.code: template for template in map(read_template, _sections("tasks.toml", "task"))}
    families = tuple(_family(section) for section in _sections("families.toml", "family"))
    assumptions: dict[str, Text] = {}
    standing: list[Assumption] = []
    for section in _sections("assumptions.toml", "assumption", key="code"):
        assumptions[section.rule] = _assumption(section, known, standing)
    members = (*(member for family in families for member in family.members), shorthand.FAMILY)
    rules = []
    for file, table in tables:
        if table["id"] in RESERVED:
            raise CriteriaError(file, table["id"], "id", "is the id of a monitor, choose another")
        long = shorthand.expand(table, file, known) if shorthand.is_short(table) else table
        changed = overriding.apply(long, file, profile, (overrides or {}).get(table["id"], {}))
        rule = read_rule(Section(changed, file), known, STAGES, members)
        rules.append(replace(rule, assumptions=(*rule.assumptions, *standing)) if rule.money else rule)
    for rule in rules:
        _check_codes(rule, tasks, assumptions)
    return Catalogue(rules=_ordered(rules), tasks=tasks, families=families, assumptions=assumptions, known=known, metrics=metrics)


def selftest(catalogue: Catalogue, rules: Iterable[str] | None = None) -> list[Failure]:
    """Run the test cases of the rules (all, or those named) through the real evaluation; the failures, best none."""
    from rules.selftest import run  # noqa: PLC0415 - it evaluates, and evaluation needs a catalogue

    return run(catalogue, rules)


def _builtin_tables(packs: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for pack in packs:
        if pack != "builtin":
            raise CriteriaError("configuration", "", "rules.packs", f"unknown pack {pack!r}{suggestion(pack, ('builtin',))}")
        for entry in sorted(package_files("rules").joinpath("catalogue").iterdir(), key=lambda entry: entry.name):
            if entry.name.endswith(".toml") and entry.name not in BOOKS:
                yield from _rule_tables(entry.read_text(encoding="utf-8"), entry.name)


def _own_tables(files: Sequence[Path]) -> Iterator[tuple[str, dict[str, Any]]]:
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise CriteriaError(str(file), "", "", "does not exist; [rules] files names it") from None
        except (OSError, UnicodeDecodeError) as error:
            raise CriteriaError(str(file), "", "", f"cannot be read: {error}") from error
        yield from _rule_tables(text, str(file))


def _rule_tables(text: str, file: str) -> Iterator[tuple[str, dict[str, Any]]]:
    top = Section(parse(text, file), file)
    for place, section in enumerate(top.sections("rule"), 1):
        if not isinstance(section.values.get("id"), str):
            raise CriteriaError(file, f"rule {place}", "id", "is missing")
        yield file, section.values
    top.done()


def _ids(tables: Iterable[tuple[str, dict[str, Any]]]) -> tuple[str, ...]:
    seen: dict[str, str] = {}
    for file, table in tables:
        if table["id"] in seen:
            raise CriteriaError(file, table["id"], "id", f"is already the id of a rule in {seen[table['id']]}")
        seen[table["id"]] = file
    return tuple(seen)


def _sections(file: str, name: str, key: str = "id") -> Iterator[Section]:
    text = package_files("rules").joinpath("catalogue", file).read_text(encoding="utf-8")
    for section in Section(parse(text, file), file).sections(name):
        section.rule = str(section.values.get("code" if name == "task" else key))
        yield section


def _family(section: Section) -> Family:
    family = Family(id=section.take("id", str), weight=section.take("weight", float), members=section.words("members"))
    section.done()
    return family


def _assumption(section: Section, known: Known, standing: list[Assumption]) -> Text:
    """Read what a code says; with `money_when` every money rule makes the assumption while that holds of the portfolio."""
    code, when = section.take("code", str), section.maybe("money_when", str)
    if when is not None:
        try:
            standing.append(Assumption(code=code, when=condition(when, known)))
        except ExpressionError as error:
            raise section.wrong("money_when", str(error)) from error
    text: Text = {language: section.take(language, str) for language in LANGUAGES}
    section.done()
    return text


def _check_codes(rule: Rule, tasks: Mapping[str, Template], assumptions: Mapping[str, Text]) -> None:
    for severity, codes in rule.tasks.items():
        for code in codes:
            if code not in tasks:
                raise CriteriaError(rule.file, rule.id, f"tasks.{severity}", f"unknown task {code!r}{suggestion(code, tasks)}")
    for code in (*(cap.assumption for cap in rule.caps), *(assumption.code for assumption in rule.assumptions)):
        if code not in assumptions:
            raise CriteriaError(rule.file, rule.id, "assumption", f"unknown code {code!r}{suggestion(code, assumptions)}")


def _ordered(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Put a rule after those whose severity it reads. Raises CriteriaError for a circle."""
    waiting, done = sorted(rules, key=lambda rule: rule.id), []
    while waiting:
        ready = [rule for rule in waiting if not rule.reads & {other.id for other in waiting}]
        if not ready:
            raise CriteriaError(waiting[0].file, waiting[0].id, "severity", "rules read each other's severity in a circle")
        done += ready
        waiting = [rule for rule in waiting if rule not in ready]
    return tuple(done)

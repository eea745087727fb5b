"""Which tasks a rise asks for, when they are due and what they say. Pure: the start date and the country are arguments.

    Episode that rose + Rule.tasks -> Wanted(code, level, episode) -> key, due date, subject and body

The key is the same on every machine and every run, so that the CRM itself refuses a second task (readings.md 5). Texts
come from rules/catalogue/tasks.toml; they are filled with figures and record ids, never with a message or a person.
"""

from __future__ import annotations

import calendar
import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final, cast

from rules import explain
from rules.episodes import wants_task
from rules.figures import Figure, fill
from rules.model import Mark, Severity, rank
from rules.rule import LANGUAGES, Text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from rules.criteria import Catalogue
    from rules.model import Episode, Finding
    from rules.rule import Language
    from rules.toml import Section

ROLES: Final = ("owner", "owner_manager", "manager", "finance", "operations", "sales", "marketing")
PRIORITIES: Final[Mapping[Severity, str]] = {"info": "low", "watch": "normal", "alert": "high", "critical": "high"}
IMPACT: Final = "impact."
"""What the names of the impact sheet's figures begin with, in the fields of a task."""
RECORDS: Final[Mapping[Language, str]] = {"en": "Records: ", "fr": "Fiches : "}
ANCHORS: Final = ("start", "notice", "end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One task of domain.md C.3. `fields` says which metric, in which unit, stands for a placeholder; the first known one.

    `anchor`: the due date counts from the rise (start), from the start of notice, or from the end of the relation. `records`: the text
    ends with the ids of what stands behind the finding.
    """

    code: str
    role: str
    also: tuple[str, ...]
    anchor: str
    days: int
    months: int
    repeats: bool
    title: Text
    body: Text
    fields: Mapping[str, tuple[tuple[str, ...], str]]
    records: bool = False

    @property
    def asks_impact(self) -> bool:
        """Say whether the text names a figure of the impact sheet."""
        return any(metric.startswith(IMPACT) for metrics, _ in self.fields.values() for metric in metrics)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A task that a rise asks for. `group` is None for the portfolio."""

    rule: str
    group: str | None
    code: str
    severity: Severity
    episode: str
    finding: Finding

    @property
    def mark(self) -> str:
        """What the task bears in the CRM beside its key, so that a lost ledger finds its episodes again."""
        return str(Mark(self.rule, self.code, self.severity, self.episode))

    @property
    def priority(self) -> str:
        return PRIORITIES[self.severity]

    def key(self, org: str) -> str:
        """Give the key; `org` is the organisation or portal id of the CRM that holds the task."""
        return key(org, self.rule, self.group or "", self.episode, self.code, self.severity)


def key(org: str, rule: str, group: str, episode: str, code: str, level: str) -> str:
    """Give the key of a task (readings.md 5): the same on every machine and in every run."""
    return "eq1-" + hashlib.sha256(f"{org}|{rule}|{group}|{episode}|{code}|{level}".encode()).hexdigest()[:32]


def wanted(
    episodes: Iterable[Episode], findings: Iterable[Finding], catalogue: Catalogue, *, min_severity: Severity = "watch"
) -> list[Wanted]:
    """Give the tasks of every episode whose level has risen above that of its last task, the worst first."""
    spoken = {(finding.rule, finding.group or ""): finding for finding in findings}
    found: list[Wanted] = []
    for episode in episodes:
        finding = spoken.get((episode.rule, episode.group))
        if finding is not None and wants_task(episode, min_severity):
            found.extend(_of_episode(episode, finding, catalogue))
    found.sort(key=lambda task: (-rank(task.severity), task.rule, task.group or "", task.episode, task.code))
    return found


def _of_episode(episode: Episode, finding: Finding, catalogue: Catalogue) -> Iterator[Wanted]:
    for code in catalogue.rule(episode.rule).codes(episode.level):
        group = episode.group or None
        yield Wanted(rule=episode.rule, group=group, code=code, severity=episode.level, episode=episode.name, finding=finding)


def due_date(template: Template, start: date, country: str = "FR", closed: Collection[date] = ()) -> date:
    """Give the due date: counted in calendar days, then moved to the next working day of the country.

    `start` is the day of the rise, or of the template's anchor; `closed` are the company's own days off.
    """
    due = start + timedelta(days=template.days)
    if template.months:
        month = due.month - 1 + template.months
        year, month = due.year + month // 12, month % 12 + 1
        due = due.replace(year=year, month=month, day=min(due.day, calendar.monthrange(year, month)[1]))
    return working_day(due, country, closed)


def working_day(day: date, country: str = "FR", closed: Collection[date] = ()) -> date:
    """Give the day itself, or the next one that is no weekend, public holiday or day in `closed`."""
    while day.weekday() >= 5 or day in _holidays(country, day.year) or day in closed:
        day += timedelta(days=1)
    return day


@cache
def _holidays(country: str, year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415 - heavy, and only a run that makes tasks needs it

    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


def subject(
    task: Wanted, template: Template, language: Language, *, account: str, currency: str = "EUR", more: Mapping[str, object] | None = None
) -> str:
    """Give the title, at most 255 characters as both CRMs allow. `more`: figures beside those of the finding (`impact.fte`)."""
    text = fill(template.title[language], _values(task, template, account, more or {}), language, currency)
    return text if len(text) <= 255 else text[:254] + "…"


def body(
    task: Wanted,
    template: Template,
    catalogue: Catalogue,
    language: Language,
    *,
    account: str,
    currency: str = "EUR",
    more: Mapping[str, object] | None = None,
    head: str | None = None,
) -> str:
    """Give the text: a first line with the numbers, then what to do, then the records. `more`: as for the title; `head`: the first line of
    what is no rule's.
    """
    numbers = explain.sentence(task.finding, language, catalogue=catalogue, currency=currency) if head is None else head
    parts = [numbers, fill(template.body[language], _values(task, template, account, more or {}), language, currency)]
    if template.records and task.finding.evidence:
        parts.append(RECORDS[language] + ", ".join(record.id for record in task.finding.evidence))
    return "\n\n".join(parts)


def _values(task: Wanted, template: Template, account: str, more: Mapping[str, object]) -> dict[str, object]:
    finding = task.finding
    values: dict[str, object] = {**finding.numbers, **more, **explain.own_figures(finding)}
    values["account"] = " ".join(account.split())  # as the CRMs keep a subject: one line, no spaces around
    if values.get("hours_share") is None and not values.get("hours_12m"):
        values["hours_12m"] = None  # a firm that keeps no hours has not found that there are none
    values["n"] = len(finding.evidence) or None
    for name, (metrics, unit) in template.fields.items():
        known = [values[metric] for metric in metrics if values.get(metric) is not None]
        first = known[0] if known else None
        values[name] = first if isinstance(first, Figure) else Figure(first, unit)
    return values


def read_template(section: Section) -> Template:
    """Read one [[task]] of tasks.toml. Raises CriteriaError."""
    due = section.section("due")
    template = Template(
        code=section.take("code", str),
        role=section.one_of("role", ROLES),
        also=section.words("also", ()),
        anchor=due.one_of("from", ANCHORS, "start"),
        days=due.take("days", int, 0),
        months=due.take("months", int, 0),
        repeats=due.take("repeats", bool, default=False),
        records=section.take("records", bool, default=False),
        title=_text(section, "title"),
        body=_text(section, "body"),
        fields=dict(_field(part, name) for name, part in _parts(section, "fields")),
    )
    due.done()
    section.done()
    return template


def _text(section: Section, key: str) -> Text:
    part = section.section(key)
    text = cast("Text", {language: part.take(language, str) for language in LANGUAGES})
    part.done()
    return text


def _parts(section: Section, key: str) -> Iterator[tuple[str, Section]]:
    table = section.take(key, dict, {})
    for name in table:
        yield name, section.under(f"{key}.{name}", table[name])


def _field(section: Section, name: str) -> tuple[str, tuple[tuple[str, ...], str]]:
    found = name, (section.words("metric"), section.take("unit", str))
    section.done()
    return found

"""The monitors STG-01, STG-02 and AFT-01 … AFT-05, and the playbook of each stage (domain.md C.2, D.2): what follows a decision.

    stage_standing (rules/monitors/standing.sql) + open episodes of the rules + tasks as the CRM shows them
        -> sightings of each monitor -> episodes (rules/episodes.py) -> notices, and the tasks that a rise asks for

Monitors watch ourselves, not the client: whether a stage has a next step, whether a grave finding was acted on, whether a notice is
kept. They are not among the rules: they flag no account, move no index and suggest no stage. Their episodes are named after what they
watch (`DEP-01@2026-06-01`), so that a lost ledger makes no second reminder.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from rules.derive import literals, script
from rules.episodes import Sighting, Terms, advance, silent, wants_task
from rules.figures import UNITS, Figure, fill
from rules.model import SEVERITIES, Finding, rank
from rules.rule import LANGUAGES
from rules.statements import run
from rules.tasks import Wanted, read_template
from rules.toml import Section, parse
from rules.windows import add_months

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from rules.model import Episode, Moment, Severity
    from rules.rule import Language, Text
    from rules.tasks import Template

PLAYBOOK: Final = "STAGE"
"""What stands for a rule in the keys and marks of a stage's tasks."""
YEAR: Final = 12
MONTHS_APART: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    id: str
    name: Text
    text: Text
    unit: str
    limits: Mapping[str, float]
    tasks: Mapping[Severity, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Everything of monitors.toml. `tasks` are the reminders, which the catalogue of domain.md C.3 does not have."""

    monitors: Mapping[str, Monitor]
    playbooks: Mapping[str, tuple[str, ...]]
    tasks: Mapping[str, Template]

    @property
    def ids(self) -> tuple[str, ...]:
        """What the ledger knows them by."""
        return (PLAYBOOK, *self.monitors)

    def codes(self, rule: str, level: Severity, name: str) -> tuple[str, ...]:
        """Give the tasks of an episode: those of its level alone, as a reminder is not repeated with the next one."""
        if rule == PLAYBOOK:
            return self.playbooks[name.partition("@")[0]]
        return self.monitors[rule].tasks.get(level, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A monitor speaks about a group. `wanted` is empty while nothing new is to be done; what is not `shown` only keeps a figure."""

    monitor: str
    group: str
    level: Severity
    value: float | None
    unit: str
    since: date
    episode: str
    numbers: Mapping[str, object] = field(default_factory=dict)
    shown: bool = True
    wanted: tuple[Wanted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One thing that a monitor sees today; `numbers["value"]` is what it compares."""

    group: str
    name: str
    level: Severity
    numbers: Mapping[str, object] = field(default_factory=dict)


def read_book() -> Book:
    """Read monitors.toml. Raises CriteriaError."""
    file = "monitors.toml"
    top = Section(parse(files("rules").joinpath("catalogue", file).read_text(encoding="utf-8"), file), file)
    monitors = {one.id: one for one in map(_monitor, top.sections("monitor"))}
    playbooks = {part.take("stage", str): part.words("tasks") for part in top.sections("playbook")}
    tasks = {one.code: one for one in map(read_template, top.sections("task"))}
    top.done()
    return Book(monitors=monitors, playbooks=playbooks, tasks=tasks)


def _monitor(section: Section) -> Monitor:
    section.rule = section.take("id", str)
    tasks, limits = section.take("tasks", dict, {}), section.take("limits", dict)
    monitor = Monitor(
        id=section.rule,
        name=_text(section, "name"),
        text=_text(section, "text"),
        unit=section.one_of("unit", UNITS),
        limits={name: float(value) for name, value in limits.items()},
        tasks={level: tuple(tasks[level]) for level in SEVERITIES if level in tasks},
    )
    section.done()
    return monitor


def _text(section: Section, key: str) -> Text:
    part = section.section(key)
    text: Text = {language: part.take(language, str) for language in LANGUAGES}
    part.done()
    return text


def sentence(book: Book, notice: Notice, language: Language, currency: str = "EUR") -> str:
    """Give a notice as one sentence, the number first."""
    values = {**notice.numbers, "value": Figure(notice.value, notice.unit)}
    return fill(book.monitors[notice.monitor].text[language], values, language, currency) + "."


# ---------------------------------------------------------------- one evaluation


def observe(
    con: DuckDBPyConnection,
    book: Book,
    ours: Sequence[Episode],
    rules: Sequence[Episode],
    moment: Moment,
    *,
    complete: bool,
    amnesty: bool,
    min_severity: Severity = "watch",
) -> tuple[list[Notice], list[Episode]]:
    """Give what the monitors say and their episodes from now on.

    `ours` are their episodes until now, `rules` those of the rules after this evaluation. `amnesty`: this is the first
    evaluation ever, so what is old makes no tasks.
    """
    run(con, script("monitors", "standing", literals(con)))
    rows = _rows(con)
    today = moment.as_of
    seen = {
        PLAYBOOK: [one for row in rows for one in _playbooks(row, today)],
        "STG-01": list(_next_steps(book.monitors["STG-01"], rows, today)),
        "STG-02": [*_inaction(con, book.monitors["STG-02"], rules, today), *_snoozes(con, book.monitors["STG-02"], ours, today)],
        "AFT-01": list(_refill(book.monitors["AFT-01"], rows, today)),
        "AFT-02": list(_notice_kept(rows, today)),
        "AFT-03": list(_contact(book.monitors["AFT-03"], rows, today)),
        "AFT-04": list(_pulse(book.monitors["AFT-04"], rows, ours, today)),
        "AFT-05": list(_others(book.monitors["AFT-05"], rows, today)),
    }
    notices: list[Notice] = []
    episodes: list[Episode] = []
    for rule, many in seen.items():
        terms = Terms(rule=rule, falls_after=0, cooldown_days=0, by_record=True, amnesty=amnesty, complete=complete)
        sightings: dict[str, list[Sighting]] = {}
        for one in many:
            sightings.setdefault(one.group, []).append(Sighting(raw=one.level, held=one.level, name=one.name))
        after = advance(terms, [episode for episode in ours if episode.rule == rule], sightings, moment)
        episodes += after
        numbers = {(one.group, one.name): one.numbers for one in many}
        notices += [_notice(book, one, numbers.get((one.group, one.name), {}), min_severity) for one in after if one.cleared is None]
    return notices, episodes


def _rows(con: DuckDBPyConnection) -> list[dict[str, Any]]:
    found = con.execute("SELECT * FROM stage_standing ORDER BY group_id")
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _notice(book: Book, episode: Episode, numbers: Mapping[str, object], min_severity: Severity) -> Notice:
    value = numbers.get("value")
    unit = book.monitors[episode.rule].unit if episode.rule in book.monitors else "plain"
    finding = Finding(
        rule=episode.rule, group=episode.group, severity=episode.level, raw=episode.level, value=value if isinstance(value, float | int) else None,
        threshold=None, unit=unit, window=None, since=episode.opened, episode=episode.name, numbers=numbers,
    )  # fmt: skip
    codes = book.codes(episode.rule, episode.level, episode.name) if wants_task(episode, min_severity) else ()
    wanted = (
        Wanted(rule=episode.rule, group=episode.group, code=code, severity=episode.level, episode=episode.name, finding=finding)
        for code in codes
    )
    return Notice(
        monitor=episode.rule, group=episode.group, level=episode.level, value=finding.value, unit=unit, since=episode.opened,
        episode=episode.name, numbers=numbers, shown=episode.rule != PLAYBOOK and bool(numbers.get("shown", True)), wanted=tuple(wanted),
    )  # fmt: skip


def _stage_name(row: Mapping[str, Any]) -> str:
    return f"{row['stage']}@{row['stage_since'] or ''}"


# ---------------------------------------------------------------- stages


def _playbooks(row: Mapping[str, Any], today: date) -> Iterator[_Seen]:
    """Give the playbook of a stage, and during a notice one more each week."""
    left = row["stage"] == "after_care" and row["notice_start"] is None
    yield _Seen(group=row["group_id"], name=f"left@{row['stage_since'] or ''}" if left else _stage_name(row), level="watch", numbers=row)
    if row["stage"] == "exit_notice" and row["notice_start"] is not None and row["notice_start"] <= today:
        monday = today - timedelta(days=today.weekday())
        yield _Seen(group=row["group_id"], name=f"weekly@{monday}", level="watch", numbers=row)


def _next_steps(monitor: Monitor, rows: Sequence[Mapping[str, Any]], today: date) -> Iterator[_Seen]:
    """STG-01: a stage from repair to decision without limits or review date after 14 days."""
    for row in rows:
        since = row["stage_since"]
        if row["stage"] not in {"repair", "last_round", "decision"} or since is None:
            continue
        days = (today - since).days
        if days >= monitor.limits["days"] and not (row["has_limits"] and row["review_date"] is not None):
            yield _Seen(group=row["group_id"], name=_stage_name(row), level="watch", numbers={"value": days, "stage": row["stage"]})


def _inaction(con: DuckDBPyConnection, monitor: Monitor, rules: Sequence[Episode], today: date) -> Iterator[_Seen]:
    """STG-02: a finding from alert on that is 30 days old without a task done; at 60 days it goes to the manager."""
    done = set(
        con.execute(
            "SELECT m.group_id, split_part(t.mark, '|', 1), split_part(t.mark, '|', 4) FROM tasks t "
            "JOIN members m ON m.source = t.source AND m.account_id = t.account_id WHERE t.is_closed AND NOT coalesce(t.is_deleted, FALSE)"
        ).fetchall()
    )
    for one in rules:
        days = (today - one.opened).days
        acted = (one.group, one.rule, one.name) in done
        if not one.group or one.cleared is not None or silent(one) or rank(one.level) < rank("alert") or acted:
            continue
        if days >= monitor.limits["remind_days"]:
            level: Severity = "alert" if days >= monitor.limits["manager_days"] else "watch"
            yield _Seen(group=one.group, name=f"{one.rule}@{one.name}", level=level, numbers={"value": days, "finding": one.rule})


def _snoozes(con: DuckDBPyConnection, monitor: Monitor, ours: Sequence[Episode], today: date) -> Iterator[_Seen]:
    """STG-02: the third time within twelve months that people set a finding aside; each new end date is one time."""
    rows = con.execute(
        "SELECT DISTINCT m.group_id, coalesce(a.dismissed_rules, ''), a.dismissed_until FROM accounts a "
        "JOIN members m ON m.source = a.source AND m.account_id = a.account_id WHERE a.dismissed_until > ? ORDER BY ALL",
        [today],
    ).fetchall()
    for group, typed, until in rows:
        for rule in [word.strip() for word in typed.replace(",", ";").split(";") if word.strip()] or ["all"]:
            name = f"snooze:{rule}:{until}"
            before = {
                one.name
                for one in ours
                if one.rule == monitor.id
                and one.group == group
                and one.name.startswith(f"snooze:{rule}:")
                and one.opened > add_months(today, -YEAR)
            }
            times = len(before | {name})
            level: Severity = "critical" if times >= monitor.limits["snoozes"] else "info"
            yield _Seen(group=group, name=name, level=level, numbers={"value": None, "finding": rule, "shown": level == "critical"})


# ---------------------------------------------------------------- after the decision


def _refill(monitor: Monitor, rows: Sequence[Mapping[str, Any]], today: date) -> Iterator[_Seen]:
    """AFT-01: half of what is to be replaced at half of the notice, all of it at its end."""
    for row in rows:
        start, end, lost = row["notice_start"], row["notice_end"], row["to_replace"]
        if (
            start is None
            or end is None
            or row["pipeline"] is None
            or not lost
            or lost <= 0
            or row["stage"] not in {"exit_notice", "after_care"}
        ):
            continue
        target = monitor.limits["end"] if today >= end else monitor.limits["half"] if today >= start + (end - start) / 2 else 0.0
        coverage = row["pipeline"] / lost
        if target and coverage < target:
            numbers = {"value": coverage, "target": target}
            yield _Seen(group=row["group_id"], name=f"notice@{start}", level="watch", numbers=numbers)


def _notice_kept(rows: Sequence[Mapping[str, Any]], today: date) -> Iterator[_Seen]:
    """AFT-02: no late obligation during the notice, and no worse service than in the half-year before."""
    for row in rows:
        start = row["notice_start"]
        if row["stage"] != "exit_notice" or start is None or start > today:
            continue
        worse = row["on_time"] is not None and row["on_time_before"] is not None and row["on_time"] < row["on_time_before"]
        if row["late_orders"] or worse:
            numbers = {"value": row["on_time"], "before": row["on_time_before"], "late": row["late_orders"]}
            yield _Seen(group=row["group_id"], name=f"notice@{start}", level="watch", numbers=numbers)


def _contact(monitor: Monitor, rows: Sequence[Mapping[str, Any]], today: date) -> Iterator[_Seen]:
    """AFT-03: a courteous contact every six months, and what we announced done."""
    for row in rows:
        since = row["stage_since"]
        if row["stage"] != "after_care" or since is None:
            continue
        done = row["done"] / row["actions"] if row["actions"] else None
        waited = add_months(since, MONTHS_APART) <= today
        silent_half = waited and row["contacts_6m"] is not None and row["contacts_6m"] < monitor.limits["contacts"]
        if silent_half or (done is not None and done < monitor.limits["done"]):
            half = (today.year - since.year) * YEAR + today.month - since.month
            numbers = {"value": done, "contacts": row["contacts_6m"]}
            yield _Seen(group=row["group_id"], name=f"{since}+{half // MONTHS_APART}", level="watch", numbers=numbers)


def _pulse(monitor: Monitor, rows: Sequence[Mapping[str, Any]], ours: Sequence[Episode], today: date) -> Iterator[_Seen]:
    """AFT-04: the team's pulse against the one first seen with the decision, which the episode's name keeps."""
    for row in rows:
        pulse, group = row["pulse"], row["group_id"]
        if row["stage"] not in {"decision", "exit_notice", "after_care"} or pulse is None:
            continue
        kept = [one for one in ours if one.rule == monitor.id and one.group == group and one.name.startswith("pulse:")]
        kept = [one for one in kept if one.opened > add_months(today, -2 * YEAR)]
        first = min(kept, key=lambda one: (one.opened, one.name), default=None)
        name = f"pulse:{pulse:g}" if first is None else first.name
        delta = round(pulse - float(name.partition(":")[2]), 6)
        ended = row["notice_end"] or (row["stage_since"] if row["stage"] == "after_care" else None)
        due = ended is not None and today >= ended + timedelta(days=round(monitor.limits["days"]))
        level: Severity = "watch" if delta <= monitor.limits["drop"] else "info"
        shown = level == "watch" or (due and delta < monitor.limits["better"])
        yield _Seen(group=group, name=name, level=level, numbers={"value": delta, "pulse": pulse, "shown": shown})


def _others(monitor: Monitor, rows: Sequence[Mapping[str, Any]], today: date) -> Iterator[_Seen]:
    """AFT-05: ninety days into the notice the other clients' orders are on time more often than before it."""
    for row in rows:
        start, now, before = row["notice_start"], row["others_on_time"], row["others_before"]
        if row["stage"] not in {"exit_notice", "after_care"} or start is None or now is None or before is None:
            continue
        if today >= start + timedelta(days=round(monitor.limits["days"])) and now - before < monitor.limits["better"]:
            yield _Seen(
                group=row["group_id"], name=f"notice@{start}", level="info", numbers={"value": now - before, "now": now, "before": before}
            )


def split(episodes: Sequence[Episode], book: Book) -> tuple[list[Episode], list[Episode]]:
    """Part the episodes of the rules from those of the monitors."""
    mine = set(book.ids)
    return [one for one in episodes if one.rule not in mine], [one for one in episodes if one.rule in mine]

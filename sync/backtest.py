"""`equilibre backtest`: the rules as they would have spoken on past days, over the facts of the last pull.

    for each day: derive as of it (nothing dated later is seen) -> metrics -> evaluate with the episodes of the day before

Episodes are carried from day to day, so hysteresis and the exit margins work as they did. Undated fields (a status, what people typed)
are as of the last pull: what they would have said then nobody kept; the findings that read them say so (readings.md 11). The facts are
opened for reading only and nothing is written anywhere.
"""

from __future__ import annotations

import csv
import statistics
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

import duckdb

from rules import metrics, own
from rules.derive import derive
from rules.evaluate import evaluate
from rules.model import Moment, rank
from rules.windows import add_months
from sync.config import ConfigError
from sync.derivation import settings as derive_settings
from sync.judge import catalogue
from sync.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from rules.criteria import Catalogue
    from rules.model import Episode
    from sync.config import Config

SPEAKS: Final = "watch"
"""From this level on a finding counts as a warning; info is for information."""
LIMITS: Final = ("fields without a date (status, open amount, what people typed) are as of the last pull",)


def backtest(
    config: Config, start: date, end: date, *, every: str, rule: str | None, outcomes: Path | None, horizon: int
) -> dict[str, Any]:
    """Replay. Raises ConfigError: no facts yet, an outcomes file that cannot be read; CriteriaError: no such rule."""
    book = catalogue(config)
    if rule is not None:
        book = _only(book, rule)
    moments = list(steps(start, end, every))
    load = Workload(config=config, book=book)
    with _facts(config) as con:
        episodes, judged = replay(con, book, config, moments, load)
        members = dict(con.execute("SELECT source || ':' || account_id, group_id FROM members").fetchall())
        names = dict(con.execute("SELECT source || ':' || account_id, name FROM accounts").fetchall())
        plain: dict[str, set[str]] = {}
        for name, group in members.items():
            plain.setdefault(name.partition(":")[2], set()).add(group)
    firings = [_firing(episode) | {"name": names.get(episode.group)} for episode in episodes]
    document = {
        "from": start.isoformat(),
        "to": end.isoformat(),
        "every": every,
        "evaluations": len(moments),
        "not_judged": {name: len(moments) - count for name, count in judged.items() if count < len(moments)},
        "findings": firings,
        "load": load.document(start, end),
        "limits": list(LIMITS),
    }
    if outcomes is not None:
        said = read_outcomes(outcomes, members, plain)
        document["outcomes"] = {name: score(rows, said, start, end, horizon) for name, rows in _by_rule(firings, book).items()}
        document["unknown_accounts"] = sum(group is None for group, _ in said)
    return document


def steps(start: date, end: date, every: str) -> Iterator[date]:
    """Each day; each Sunday; each last day of a month; and always the last day asked for."""
    day = start
    while day <= end:
        tomorrow = day + timedelta(days=1)
        if every == "day" or day == end or (every == "week" and day.weekday() == 6) or (every == "month" and tomorrow.day == 1):
            yield day
        day = tomorrow


def replay(
    con: duckdb.DuckDBPyConnection, book: Catalogue, config: Config, days: Sequence[date], load: Workload
) -> tuple[list[Episode], dict[str, int]]:
    """Give every episode that would have opened, and on how many of the days each rule could be judged; tasks are counted into `load`.

    What is open on the first day makes no task, as in the first run of a new installation.
    """
    alive: list[Episode] = []
    ended: list[Episode] = []
    judged = dict.fromkeys((one.id for one in book.rules if one.enabled), 0)
    for day in days:
        instant = datetime.combine(day, time(23, 59, 59), tzinfo=config.zone).astimezone(UTC)
        moment = Moment(as_of=day, now=instant, zone=config.company.timezone)
        derive(con, moment, derive_settings(config))
        metrics.compute(con)
        own.install(con, book.metrics)
        evaluation = evaluate(con, book, moment, [*ended, *alive], new_rules=frozenset(judged) if day == days[0] else frozenset())
        after = load.note(con, evaluation, day)
        ended += [episode for episode in after if episode.cleared is not None]
        alive = [episode for episode in after if episode.cleared is None]
        for name in evaluation.evaluated:
            judged[name] += 1
    return sorted([*ended, *alive], key=lambda one: (one.opened, one.rule, one.group, one.name)), judged


def _only(book: Catalogue, rule: str) -> Catalogue:
    """The rule asked for, and those whose severity it reads."""
    wanted, waiting = set[str](), [book.rule(rule).id]
    while waiting:
        name = waiting.pop()
        wanted.add(name)
        waiting += book.rule(name).reads - wanted
    return replace(book, rules=tuple(one for one in book.rules if one.id in wanted))


class _facts:  # noqa: N801 - used as a function
    """The facts for reading, with everything this makes in a place that vanishes."""

    def __init__(self, config: Config) -> None:
        self.path = config.store.directory / "facts.duckdb"

    def __enter__(self) -> duckdb.DuckDBPyConnection:
        if not self.path.exists():
            raise ConfigError(f"{self.path} does not exist: run `equilibre sync` first")
        try:
            self.con = duckdb.connect(str(self.path), read_only=True)
        except duckdb.IOException as error:
            raise ConfigError(f"{self.path} is in use by a run: try again when it is over") from error
        return self.con

    def __exit__(self, *_: object) -> None:
        self.con.close()


def _firing(episode: Episode) -> dict[str, Any]:
    return {
        "rule": episode.rule,
        "group": episode.group or None,
        "level": episode.level,
        "opened": episode.opened.isoformat(),
        "cleared": episode.cleared.isoformat() if episode.cleared else None,
    }


def _by_rule(firings: Sequence[Mapping[str, Any]], book: Catalogue) -> dict[str, list[Mapping[str, Any]]]:
    rows: dict[str, list[Mapping[str, Any]]] = {one.id: [] for one in book.rules if one.enabled and one.scope == "group"}
    for row in firings:
        if row["rule"] in rows and rank(row["level"]) >= rank(SPEAKS):
            rows[row["rule"]].append(row)
    return rows | {"any": [row for many in rows.values() for row in many]}


# ---------------------------------------------------------------- outcomes


Outcomes = list[tuple[str | None, date]]
"""(group, day); group None for an account that nobody knows."""


def read_outcomes(file: Path, members: Mapping[str, str], plain: Mapping[str, set[str]]) -> Outcomes:
    """Read account (crm:id or id) and date of what became of clients. Raises ConfigError with the line."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.DictReader(opened))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from error
    found: Outcomes = []
    for line, row in enumerate(rows, 2):
        account, day = (row.get("account") or "").strip(), (row.get("date") or "").strip()
        try:
            when = date.fromisoformat(day)
        except ValueError as error:
            raise ConfigError(f"{file}:{line}: columns account and date are needed, the date as 2026-11-24, not {day!r}") from error
        groups = {members[account]} if account in members else plain.get(account, set())
        found.append((next(iter(groups)) if len(groups) == 1 else None, when))
    return found


def score(rows: Sequence[Mapping[str, Any]], outcomes: Outcomes, start: date, end: date, horizon: int) -> dict[str, Any]:
    """Give precision, recall and days of warning.

    A warning is right when an outcome of its client follows within `horizon` days while or after it stands; one that is too young to be
    right or wrong (the last day asked for is nearer than the horizon, no outcome yet) is not counted. An outcome is foreseen when a
    warning opened before it, within the horizon; its lead time counts from the earliest such warning. None where nothing can be divided.
    """
    known = [
        (group, when) for group, when in outcomes if group is not None and start <= when <= add_months(end, 0) + timedelta(days=horizon)
    ]
    right = wrong = 0
    for row in rows:
        opened = date.fromisoformat(row["opened"])
        hit = any(group == row["group"] and opened < when <= opened + timedelta(days=horizon) for group, when in known)
        right += hit
        wrong += not hit and opened + timedelta(days=horizon) <= end
    leads = []
    for group, when in known:
        before = [(when - date.fromisoformat(row["opened"])).days for row in rows if row["group"] == group]
        timely = [days for days in before if 0 < days <= horizon]
        if timely:
            leads.append(max(timely))
    return {
        "warnings": len(rows),
        "right": right,
        "wrong": wrong,
        "outcomes": len(known),
        "foreseen": len(leads),
        "precision": right / (right + wrong) if right + wrong else None,
        "recall": len(leads) / len(known) if known else None,
        "lead_days": statistics.median(leads) if leads else None,
    }


def lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Give the page for people."""
    yield f"{document['evaluations']} evaluations from {document['from']} to {document['to']}, one each {document['every']}"
    for row in document["findings"]:
        until = f"cleared {row['cleared']}" if row["cleared"] else "still open"
        yield f"{row['opened']}  {row['rule']}  {row['level']:<8}  {row['name'] or row['group'] or 'portfolio'}  {until}"
    for name, count in document["not_judged"].items():
        yield f"{name}: could not be judged at {count} of {document['evaluations']} evaluations"
    load = document["load"]
    most = (
        f"{load['per_owner_per_week']['mean']:g} per owner and week, {load['per_owner_per_week']['most']} in the fullest week of one person"
    )
    yield {0: "No task", 1: "1 task"}.get(load["tasks"], f"{load['tasks']} tasks") + (f": {most}" if load["tasks"] else "")
    for name, row in document.get("outcomes", {}).items():
        if row["warnings"] or name == "any":
            shown = {key: "-" if row[key] is None else f"{row[key]:.2f}" for key in ("precision", "recall")}
            lead = "-" if row["lead_days"] is None else f"{row['lead_days']:g} days"
            yield f"{name}: {row['warnings']} warnings, precision {shown['precision']}, recall {shown['recall']}, median warning {lead}"
    if document.get("unknown_accounts"):
        yield f"{document['unknown_accounts']} outcomes name no known account"
    yield from (f"Note: {note}" for note in document["limits"])

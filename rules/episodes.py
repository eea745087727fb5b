"""What a rule sees today, set against what it saw before: rises at once, falls slowly, and keeps its name. Pure.

    Sighting (today's raw level, and the level with limits loosened by the exit margin)
        + Episode (until yesterday) -> Episode (from today)

An episode falls only after `falls_after` evaluations in a row, 20 hours apart, beyond the exit limit, and then to the raw
level (readings.md 4). What could not be judged, or was judged on incomplete data, neither clears nor counts: a flag never
goes away because something failed to load. `EQ_Open_Rules__c` carries the open episodes, so a lost ledger is no loss.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from rules.model import SEVERITIES, Episode, Severity, rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rules.model import Moment

APART: Final = timedelta(hours=20)
DISMISSED_DAYS: Final = 180
"""How long a dismissal without an end date holds (domain.md C)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one evaluation saw. `held` is the level with loosened limits, at least `raw`; `sure` False: not all could be judged.

    `name` is the record that names the episode (BEH-01, GOV-01); empty: the opening date does.
    """

    raw: Severity | None
    held: Severity | None
    sure: bool = True
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How episodes of one rule behave in this evaluation. `amnesty`: what opens now is older than the rule, so no task."""

    rule: str
    falls_after: int
    cooldown_days: int
    by_record: bool = False
    amnesty: bool = False
    complete: bool = True


def advance(
    terms: Terms,
    before: Sequence[Episode],
    sightings: Mapping[str, Sequence[Sighting]],
    moment: Moment,
    dismissed: Mapping[str, date | None] | None = None,
) -> list[Episode]:
    """Give the episodes of one rule after this evaluation: open ones, and those that cleared in it, by group and name.

    `before` holds open and cleared episodes; `sightings` every group that is seen now or was open, a group that is absent
    no longer exists. `dismissed` maps a group to the day on which the rule speaks again (None: 180 days).
    """
    past = [episode for episode in before if episode.rule == terms.rule]
    open_now = {_key(terms, episode): episode for episode in past if episode.cleared is None}
    seen = {(group, sighting.name if terms.by_record else ""): sighting for group, many in sightings.items() for sighting in many}
    after = []
    for group, name in sorted(open_now.keys() | seen.keys()):
        sighting = seen.get((group, name)) or _absent(terms, group, sightings)
        episode = open_now.get((group, name))
        moved = _open(terms, group, sighting, moment) if episode is None else _moved(terms, episode, sighting, moment)
        if moved is not None and episode is None:
            moved = _warmed(terms, moved, [old for old in past if old.group == group], moment)
        if moved is not None:
            after.append(_muted(moved, episode, group in (dismissed or {}), (dismissed or {}).get(group), moment))
    return after


def silent(episode: Episode) -> bool:
    """Say whether a person dismissed the rule here and the level has not risen since."""
    return episode.muted is not None and rank(episode.level) <= rank(episode.muted)


def tasked(episode: Episode, day: date) -> Episode:
    """Give the episode once its task for the present level exists (made, updated or found)."""
    return replace(episode, task_level=episode.level, task_at=day)


def wants_task(episode: Episode, min_severity: Severity) -> bool:
    """Say whether the level has risen above that of the last task (readings.md 5)."""
    high_enough = rank(episode.level) >= rank(min_severity) and rank(episode.level) > rank(episode.task_level)
    return high_enough and episode.cleared is None and not silent(episode)


def _key(terms: Terms, episode: Episode) -> tuple[str, str]:
    return episode.group, episode.name if terms.by_record else ""


def _absent(terms: Terms, group: str, sightings: Mapping[str, Sequence[Sighting]]) -> Sighting:
    """Judge an open episode nobody saw: its record has aged out, or its group is gone; unless the group was not judged."""
    judged = all(sighting.sure for sighting in sightings.get(group, ()))
    return Sighting(raw=None, held=None, sure=judged and terms.complete)


def _open(terms: Terms, group: str, sighting: Sighting, moment: Moment) -> Episode | None:
    if sighting.raw is None:
        return None
    name = sighting.name if terms.by_record else moment.as_of.isoformat()
    return Episode(rule=terms.rule, group=group, name=name, opened=moment.as_of, level=sighting.raw, last_seen=moment.as_of)


def _moved(terms: Terms, episode: Episode, sighting: Sighting, moment: Moment) -> Episode:
    level, raw = rank(episode.level), rank(sighting.raw)
    if raw >= level and sighting.raw is not None:
        return replace(episode, level=sighting.raw, last_seen=moment.as_of, below=0, below_at=None)
    if not (sighting.sure and terms.complete):
        return episode
    if rank(sighting.held) >= level:
        return replace(episode, last_seen=moment.as_of, below=0, below_at=None)
    if terms.falls_after:
        counted = episode.below_at is None or moment.now - episode.below_at >= APART
        if counted:
            episode = replace(episode, below=episode.below + 1, below_at=moment.now)
        if episode.below < terms.falls_after:
            return replace(episode, last_seen=moment.as_of)
    if sighting.raw is None:
        return replace(episode, cleared=moment.as_of, below=0, below_at=None)
    return replace(episode, level=sighting.raw, last_seen=moment.as_of, below=0, below_at=None)


def _warmed(terms: Terms, episode: Episode, past: Sequence[Episode], moment: Moment) -> Episode:
    """Give a new episode what holds back its task: the amnesty, or the cooldown after the last one (readings.md 5)."""
    if terms.amnesty:
        return replace(episode, task_level=episode.level)
    tasks = [old for old in past if old.cleared is not None and old.task_at is not None and not terms.by_record]
    last = max(tasks, key=lambda old: (old.task_at or date.min, old.opened), default=None)
    if last is None or last.task_at is None or moment.as_of - last.task_at >= timedelta(days=terms.cooldown_days):
        return episode
    return replace(episode, task_level=last.task_level, task_at=last.task_at)


def _muted(after: Episode, before: Episode | None, dismissed: bool, until: date | None, moment: Moment) -> Episode:  # noqa: FBT001 - one call, above
    """Remember the level that a person dismissed, while the dismissal holds."""
    if not dismissed or after.cleared is not None:
        return after if after.muted is None and after.muted_at is None else replace(after, muted=None, muted_at=None)
    since = after.muted_at or moment.as_of
    if moment.as_of >= (until or since + timedelta(days=DISMISSED_DAYS)):
        return replace(after, muted=None, muted_at=since if until is None else None)
    muted = after.muted or (before or after).level
    quiet = max((after.task_level, muted), key=rank)
    return replace(after, muted=muted, muted_at=since, task_level=quiet)


_ENTRY: Final = re.compile(rf"([A-Za-z0-9_.-]+):({'|'.join(SEVERITIES)})@([^;]+)")


def written(episodes: Iterable[Episode]) -> str:
    """Give open episodes as the text of EQ_Open_Rules__c, worst first: `DEP-01:alert@2026-11-22;OPS-01:watch@2026-10-03`."""
    spoken = [episode for episode in episodes if episode.cleared is None and not silent(episode)]
    spoken.sort(key=lambda episode: (-rank(episode.level), episode.rule, episode.name))
    return ";".join(f"{episode.rule}:{episode.level}@{quote(episode.name, safe='-.')}" for episode in spoken)


def restored(text: str | None, group: str, seen: date, tasks: Mapping[tuple[str, str], Severity] | None = None) -> list[Episode]:
    """Read EQ_Open_Rules__c back when the ledger does not know better.

    `tasks` maps (rule, episode) to the highest level among the tasks that the CRM holds; where it is silent the task
    of the written level counts as made: a lost ledger must not repeat what people were already told.
    """
    found = []
    for rule, level, name in _ENTRY.findall(text or ""):
        plain = unquote(name)
        opened = _day(plain) or seen
        severity = _severity(level)
        made = (tasks or {}).get((rule, plain), severity)
        found.append(Episode(rule=rule, group=group, name=plain, opened=opened, level=severity, last_seen=seen, task_level=made))
    return found


def _severity(word: str) -> Severity:
    return next(severity for severity in SEVERITIES if severity == word)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

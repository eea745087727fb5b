"""Two tasks of one client never bear the same title: what tells them apart is added, the rule's name or else the record.

Two rules may ask for the same thing (an old balance and a habit of paying late: a payment follow-up each), and readings.md 5 gives each its own task.
A person who sees the same line twice takes it for a mistake. The title is no part of the key, so nothing is made twice because of it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rules.model import Mark

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from sync.plan import ShownTask, Want

LONGEST: Final = 255
RECORD: Final = {"en": "record", "fr": "fiche"}
Place = tuple[str, str | None, str | None]
"""CRM, account, title: what a person sees in a list."""


def told_apart(wants: Iterable[Want], shown: Iterable[ShownTask], names: Mapping[str, str], language: str) -> list[Want]:
    """Give the wants with titles of their own. `names`: rule -> its name in the company's language; `shown`: tasks that are in the CRMs."""
    told = list(wants)
    there: dict[Place, set[str]] = defaultdict(set)
    for task in shown:
        if not (task.is_closed or task.is_deleted):
            there[task.crm, task.account_id, task.subject].add(_matter(task.mark))
    told = _each(told, there, lambda mark: names.get(mark.rule, "")[:1].lower() + names.get(mark.rule, "")[1:])
    return _each(told, there, lambda mark: f"{RECORD[language]} {mark.record}" if mark.record else "")


def _each(wants: Collection[Want], there: Mapping[Place, set[str]], more: Callable[[Mark], str]) -> list[Want]:
    """Add to the titles that are still the same what tells their marks apart."""
    same = _same_titles(wants, there)
    return [_named(want, more(want.mark)) if want.task.key in same else want for want in wants]


def _same_titles(wants: Collection[Want], there: Mapping[Place, set[str]]) -> set[str]:
    """The keys of the wants whose title stands for another matter too, among themselves or in the CRM."""
    places = {want.task.key: (want.crm, want.task.account.id if want.task.account else None, want.task.subject) for want in wants}
    matters: dict[Place, set[str]] = defaultdict(set, {place: set(found) for place, found in there.items()})
    for want in wants:
        matters[places[want.task.key]].add(_matter(want.task.mark))
    return {key for key, place in places.items() if len(matters[place]) > 1}


def _matter(text: str) -> str:
    """What a task is about: its rule, and the record where every record has a task of its own."""
    mark = Mark.read(text)
    return f"{mark.rule} {mark.record}" if mark is not None else text


def _named(want: Want, more: str) -> Want:
    title = want.title or want.task.subject
    subject = f"{title} ({more})"
    return replace(want, title=title, task=replace(want.task, subject=subject)) if more and len(subject) <= LONGEST else want

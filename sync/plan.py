"""Findings and what the CRM shows -> the changes to make, as a value. Pure: nothing is read or written here.

    targets (flags that should be)  --+
    wants   (tasks that should be)  --+--> Plan(changes, withheld, unchanged)
    observed flags and tasks        --+

The printed plan, the reviewed file and the apply walk the same list. A person's value is never overwritten: a value in one of
our fields that is neither what we last wrote nor what stood there before is theirs, and is reported until they clear it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from math import isclose
from typing import TYPE_CHECKING, Any

from connectors.contract import CloseTask, OpenTask, SetFlags, Task, UpdateTask
from rules.model import CRM_ORDER, AccountRef, Mark, rank
from sync.carried import gist

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from connectors.contract import Change, Value

STAMPS = ("computed_at", "run")
"""Fields that say when the others last changed; they never make a change by themselves."""
SENTENCES = ("explanation", "restricted")
"""Texts whose figures move every day; they make a change when they say something else, and go along with any other change."""
EMPTY: dict[str, Any] = {"level": "none", "stage_proposed": "balanced"}
"""What an untouched account shows for a field; everything else is empty."""


Served = tuple[str, str, str, str]
"""(rule, group, episode, level): an episode at the level for which its task was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the flags of one account should show."""

    account: AccountRef
    values: Mapping[str, Value]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """A task that a rise asks for, already routed and worded. `weight` ranks it against others for the same owner.

    `reason` is for the log and the JSON, `about` for people: the finding and its level in the company's language.
    """

    crm: str
    group: str
    task: Task
    level: str
    weight: float = 0.0
    reason: str = ""
    about: str = ""
    title: str = ""
    """The task's subject before something was added that tells it apart (titles.py); empty: nothing was."""
    serves: tuple[Served, ...] = ()
    """The episodes whose task this is; a digest serves many."""

    @property
    def mark(self) -> Mark:
        return Mark(*self.task.mark.split("|"))

    @property
    def trio(self) -> tuple[str, str, str]:
        return self.mark.rule, self.group, self.mark.code


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTask:
    """A task of ours as the last pull showed it."""

    crm: str
    id: str
    key: str
    mark: str
    account_id: str | None
    is_closed: bool
    is_deleted: bool
    subject: str | None
    due_date: date | None
    priority: str | None
    owner_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """A change that was thought of and not made, and why."""

    change: Mapping[str, Any]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`id` is the hash of the content: the same changes for the same day are the same plan."""

    id: str
    as_of: date
    changes: tuple[Change, ...]
    withheld: tuple[Withheld, ...]
    unchanged: int
    groups: Mapping[str, str] = field(default_factory=dict)
    """Task key -> group, which the ledger keeps and the CRM does not need."""
    served: frozenset[Served] = frozenset()
    """Episodes whose task exists already: they are not asked again."""
    serves: Mapping[str, tuple[Served, ...]] = field(default_factory=dict)
    """Task key -> the episodes that are served once the CRM has answered that the task is there."""


def build(*, as_of: date, parts: Sequence[Plan]) -> Plan:
    """One plan out of the flag part and the task part, in a stable order: Salesforce, HubSpot, files; flags before tasks."""
    changes = sorted((change for part in parts for change in part.changes), key=_order)
    groups = {key: group for part in parts for key, group in part.groups.items()}
    content = json.dumps([as_of.isoformat(), [document(change, groups) for change in changes]], sort_keys=True)
    return Plan(
        id=hashlib.sha256(content.encode()).hexdigest()[:16],
        as_of=as_of,
        changes=tuple(changes),
        withheld=tuple(item for part in parts for item in part.withheld),
        unchanged=sum(part.unchanged for part in parts),
        groups=groups,
        served=frozenset().union(*(part.served for part in parts)),
        serves={key: served for part in parts for key, served in part.serves.items()},
    )


# ---------------------------------------------------------------- flags


def plan_flags(
    targets: Iterable[Target],
    observed: Mapping[AccountRef, Mapping[str, Value]],
    *,
    written: Mapping[tuple[str, str], Mapping[str, tuple[Value, Value]]],
    writable: Mapping[str, frozenset[str]],
    stamp: Mapping[str, Value],
    as_of: date,
    complete: bool,
) -> Plan:
    """Set the fields that differ, and only those. On incomplete data nothing is lowered or cleared."""
    changes: list[Change] = []
    withheld: list[Withheld] = []
    unchanged = 0
    for target in targets:
        seen = observed.get(target.account, {})
        fields = writable.get(target.account.crm, frozenset())
        differing = {name: value for name, value in target.values.items() if name in fields and not same(name, seen.get(name), value)}
        ours = written.get((target.account.crm, target.account.id), {})
        foreign = {name for name in differing if _is_foreign(name, seen.get(name), ours.get(name))}
        after = {name: value for name, value in differing.items() if name not in foreign}
        withheld += [
            Withheld(change=_flag_part(target, seen, {name: differing[name]}), why=f"a person changed {name}; clear it to let it be set")
            for name in sorted(foreign)
        ]
        if after and not complete and rank(_level(target.values)) < rank(_level(seen)):
            withheld.append(
                Withheld(change=_flag_part(target, seen, after), why="the data is incomplete, and incomplete data lowers no flag")
            )
            continue
        if not after:
            unchanged += 1
            continue
        fresh = {name: target.values[name] for name in SENTENCES if name in fields and name in target.values and name not in foreign}
        after |= {name: value for name, value in fresh.items() if _plain(name, seen.get(name)) != _plain(name, value)}
        after |= {name: value for name, value in stamp.items() if name in fields}
        before = {name: seen.get(name) for name in after}
        changes.append(SetFlags(account=target.account, before=before, after=after, reason=target.reason))
    return Plan(id="", as_of=as_of, changes=tuple(changes), withheld=tuple(withheld), unchanged=unchanged)


def same(name: str, seen: Value, wanted: Value) -> bool:
    """Whether a field already shows what it should: '' is empty, 1 is 1.0, spaces at the ends do not count."""
    left, right = _plain(name, seen), _plain(name, wanted)
    if name in SENTENCES and isinstance(left, str) and isinstance(right, str):
        return gist(left) == gist(right)
    if isinstance(left, float) and isinstance(right, float):
        return isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)
    return left == right


def _plain(name: str, value: Value) -> Value:
    if value is None or (isinstance(value, str) and not value.strip()):
        value = EMPTY.get(name)
    if isinstance(value, str):
        return value.strip()
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _is_foreign(name: str, seen: Value, ours: tuple[Value, Value] | None) -> bool:
    """Somebody else's value: not empty, and neither what we wrote last nor what stood there before we did."""
    if ours is None or same(name, seen, None):
        return False
    return not any(same(name, seen, value) for value in ours)


def _level(values: Mapping[str, Value]) -> str | None:
    level = values.get("level")
    return None if level in (None, "", "none") else str(level)


def _flag_part(target: Target, seen: Mapping[str, Value], after: Mapping[str, Value]) -> dict[str, Any]:
    change = SetFlags(account=target.account, before={name: seen.get(name) for name in after}, after=dict(after), reason=target.reason)
    return document(change, {})


# ---------------------------------------------------------------- tasks


def plan_tasks(
    wants: Iterable[Want],
    shown: Iterable[ShownTask],
    *,
    made: Mapping[str, Any],
    per_account: int,
    per_owner: Callable[[str], int],
    digest: Callable[[Sequence[Want]], Sequence[Want]],
    as_of: date,
) -> Plan:
    """Open what is wanted and not there. One task a key for ever; one open task a (rule, group, code), brought up to date on a rise
    when no person touched it. What passes the limits goes into `digest`; critical always passes. `made` are the ledger's task rows by key.
    """
    state = _TaskState(shown, made)
    changes: list[Change] = []
    withheld: list[Withheld] = []
    groups: dict[str, str] = {}
    served: set[Served] = set()
    serves: dict[str, tuple[Served, ...]] = {}
    unchanged = 0
    opened: Counter[tuple[str, str]] = Counter()
    overflow: list[Want] = []
    for want in sorted(wants, key=lambda want: (-rank(want.level), -want.weight, want.task.key)):
        places = (("account", want.group), ("owner", want.task.owner_id or ""))
        if want.task.key in state.keys:
            unchanged += 1
            opened.update(places)  # made by a run that was cut off: it counts as one of this run's
            served.update(want.serves)
            continue
        earlier = state.open_task(want)
        change = _open(want) if earlier is None else state.update(earlier, want)
        if change is None:
            served.update(want.serves)
            withheld.append(
                Withheld(
                    change=document(_open(want), {want.task.key: want.group}),
                    why="an earlier task for this is still open and a person works on it",
                )
            )
        elif (
            isinstance(change, OpenTask)
            and want.level != "critical"
            and any(opened[place] >= limit for place, limit in zip(places, (per_account, per_owner(want.task.owner_id or "")), strict=True))
        ):
            overflow.append(want)
        else:
            opened.update(places if isinstance(change, OpenTask) else ())
            changes.append(change)
            serves[want.task.key if isinstance(change, OpenTask) else change.key] = want.serves
            groups[want.task.key if isinstance(change, OpenTask) else change.key] = want.group
    for want in digest(overflow) if overflow else ():
        if want.task.key in state.keys:
            served.update(want.serves)
        else:
            changes.append(_open(want))
            serves[want.task.key] = want.serves
            groups[want.task.key] = want.group
    return Plan(
        id="",
        as_of=as_of,
        changes=tuple(changes),
        withheld=tuple(withheld),
        unchanged=unchanged,
        groups=groups,
        served=frozenset(served),
        serves=serves,
    )


class _TaskState:
    """The tasks that exist, from the CRM first and the ledger second (a search index may lag behind our own writes)."""

    def __init__(self, shown: Iterable[ShownTask], made: Mapping[str, Any]) -> None:
        self.shown = {task.key: task for task in shown}
        self.made = made
        self.keys = set(self.shown) | set(made)

    def open_task(self, want: Want) -> ShownTask | None:
        """The open task of the same (rule, group, code), BEH-01 and GOV-01 apart: there each incident or change has its own."""
        for key, task in self.shown.items():
            if task.is_closed or task.is_deleted or task.crm != want.crm:
                continue
            row, mark = self.made.get(key), Mark.read(task.mark)
            if row is not None:
                alike = (row.rule, row.group_id, row.code) == want.trio
            else:  # the ledger was lost: the mark in the CRM and the account tell
                account = want.task.account.id if want.task.account else None
                alike = mark is not None and (mark.rule, mark.code, task.account_id) == (want.trio[0], want.trio[2], account)
            if alike and (mark is None or mark.record == want.mark.record):
                return task
        return None

    def update(self, earlier: ShownTask, want: Want) -> UpdateTask | None:
        """The change that brings an untouched open task up to the new level; None when a person touched it."""
        row = self.made.get(earlier.key)
        content = row.content if row is not None else {}
        now: dict[str, Value] = {
            "subject": earlier.subject,
            "due_date": earlier.due_date.isoformat() if earlier.due_date else None,
            "priority": earlier.priority,
            "owner_id": earlier.owner_id,
        }
        if not content or any(name in content and now[name] is not None and now[name] != content[name] for name in now):
            return None
        due = min(want.task.due_date, earlier.due_date or want.task.due_date)
        after = {
            "subject": want.task.subject,
            "body": want.task.body,
            "priority": want.task.priority,
            "due_date": due.isoformat(),
            "mark": want.task.mark,
        }
        return UpdateTask(
            crm=want.crm, account=want.task.account, id=earlier.id, key=earlier.key, before=now, after=after, reason=want.reason
        )


def _open(want: Want) -> OpenTask:
    return OpenTask(crm=want.crm, account=want.task.account, task=want.task, reason=want.reason)


# ---------------------------------------------------------------- the plan as JSON


def _order(change: Change) -> tuple[int, int, str, str]:
    crm = change.account.crm if isinstance(change, SetFlags) else change.crm
    key = change.task.key if isinstance(change, OpenTask) else "" if isinstance(change, SetFlags) else change.key
    account = change.account.id if change.account else ""
    return CRM_ORDER.index(crm), int(not isinstance(change, SetFlags)), account, key


def document(change: Change, groups: Mapping[str, str]) -> dict[str, Any]:
    """A change in the shape of contract.md."""
    row: dict[str, Any] = {
        "crm": "",
        "account": None,
        "kind": change.kind,
        "key": None,
        "before": None,
        "after": None,
        "task": None,
        "reason": change.reason,
    }
    row["account"] = change.account.id if change.account else None
    if isinstance(change, SetFlags):
        return row | {"crm": change.account.crm, "before": dict(change.before), "after": dict(change.after)}
    row["crm"] = change.crm
    if isinstance(change, OpenTask):
        task = {name: getattr(change.task, name) for name in ("subject", "body", "owner_id", "priority", "mark")}
        row |= {"key": change.task.key, "task": task | {"due_date": change.task.due_date.isoformat()}}
    elif isinstance(change, UpdateTask):
        row |= {"key": change.key, "before": dict(change.before), "after": dict(change.after), "id": change.id}
    else:
        row |= {"key": change.key, "id": change.id}
    return row | {"group": groups.get(row["key"])}


def from_document(row: Mapping[str, Any]) -> Change:
    """The change that `document` printed. Raises KeyError or ValueError for a file that is not a plan."""
    from datetime import date as day  # noqa: PLC0415 - the name is an annotation elsewhere in this module

    account = AccountRef(crm=row["crm"], id=row["account"]) if row["account"] is not None else None
    reason = row.get("reason", "")
    if row["kind"] == "set_flags" and account is not None:
        return SetFlags(account=account, before=row["before"], after=row["after"], reason=reason)
    if row["kind"] == "open_task":
        parts = {name: row["task"][name] for name in ("subject", "body", "owner_id", "priority", "mark")}
        task = Task(**parts, key=row["key"], account=account, due_date=day.fromisoformat(row["task"]["due_date"]))
        return OpenTask(crm=row["crm"], account=account, task=task, reason=reason)
    if row["kind"] == "update_task":
        return UpdateTask(
            crm=row["crm"], account=account, id=row["id"], key=row["key"], before=row["before"], after=row["after"], reason=reason
        )
    if row["kind"] == "close_task":
        return CloseTask(crm=row["crm"], account=account, id=row["id"], key=row["key"], reason=reason)
    raise ValueError(f"unknown kind of change {row['kind']!r}")

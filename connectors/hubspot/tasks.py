"""Our tasks in HubSpot's words and back: fields, due times, and where the key stands.

    unique    equilibre_key is a property that HubSpot keeps unique: tasks are found by it, and a second one is refused
    plain     equilibre_key is a plain property: tasks are found among those of their company
    marker    the portal allows no property on tasks: the key stands in the last line of the text, found the same way

The search index is never asked: a task that was made a moment ago is not in it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from connectors.contract import OpenTask, SeenTask
from connectors.hubspot import KEY, MARK
from connectors.hubspot.answer import properties_of
from connectors.hubspot.associations import BATCH, TASK_COMPANY, associated, ids_of
from connectors.hubspot.marker import as_html, from_body, with_marker
from connectors.hubspot.search import chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from connectors.contract import Task, TaskChange, Value
    from connectors.hubspot.client import Client
    from connectors.hubspot.schema import TaskKey

PRIORITIES: Final = {"low": "LOW", "normal": "MEDIUM", "high": "HIGH"}
SHOWN_PRIORITIES: Final = {word: name for name, word in PRIORITIES.items()}
SHOWN: Final = ("hs_task_priority", "hs_task_status", "hs_task_subject", "hs_timestamp", "hubspot_owner_id")
NINE: Final = time(9)
CLOSED: Final = "COMPLETED"
UNTOUCHED: Final = "NOT_STARTED"


def due(day: date, zone: str) -> str:
    """Give nine o'clock of a day where the portal is, as UTC text: HubSpot reads a time without Z as it likes."""
    return f"{datetime.combine(day, NINE, ZoneInfo(zone)).astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"


def due_day(text: str | None, zone: str) -> date | None:
    if not text:
        return None
    instant = datetime.fromtimestamp(int(text) / 1000, UTC) if text.isdigit() else datetime.fromisoformat(text)
    return instant.astimezone(ZoneInfo(zone)).date()


def new_task(task: Task, how: TaskKey, zone: str) -> dict[str, Any]:
    """Give the input of a create: the task and its company together, so that no task is ever left where nobody sees it."""
    body = as_html(task.body)
    properties = {
        "hs_timestamp": due(task.due_date, zone),
        "hs_task_subject": task.subject,
        "hs_task_body": with_marker(body, task.key, task.mark) if how == "marker" else body,
        "hs_task_status": UNTOUCHED,
        "hs_task_priority": PRIORITIES[task.priority],
        "hs_task_type": "TODO",
        **({"hubspot_owner_id": task.owner_id} if task.owner_id else {}),
        **({} if how == "marker" else {KEY: task.key, MARK: task.mark}),
    }
    if task.account is None:
        return {"properties": properties, "associations": []}
    link = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": TASK_COMPANY}
    return {"properties": properties, "associations": [{"to": {"id": task.account.id}, "types": [link]}]}


def changed_task(after: Mapping[str, Value], how: TaskKey, zone: str, key: str, body_now: str) -> dict[str, str]:
    """Give the properties of an update; without a property of ours, the marker line is carried over into the new text."""
    properties: dict[str, str] = {}
    if "subject" in after:
        properties["hs_task_subject"] = str(after["subject"] or "")
    if "priority" in after:
        properties["hs_task_priority"] = PRIORITIES[str(after["priority"])]
    if "due_date" in after:
        properties["hs_timestamp"] = due(date.fromisoformat(str(after["due_date"])), zone)
    if "owner_id" in after:
        properties["hubspot_owner_id"] = str(after["owner_id"] or "")
    if how != "marker":
        if "mark" in after:
            properties[MARK] = str(after["mark"] or "")
        if "body" in after:
            properties["hs_task_body"] = as_html(str(after["body"] or ""))
    elif "body" in after or "mark" in after:
        told = from_body(body_now)
        mark = str(after["mark"] or "") if "mark" in after else told[1] if told else ""
        properties["hs_task_body"] = with_marker(as_html(str(after["body"] or "")) if "body" in after else body_now, key, mark)
    return properties


class TaskFinder:
    """Finds tasks by our key, whatever their state, without the search index."""

    def __init__(self, client: Client, how: TaskKey, zone: str) -> None:
        self._client, self.how, self._zone = client, how, zone
        self._bin: dict[str, SeenTask] | None = None

    def find(self, wanted: Sequence[TaskChange]) -> dict[str, SeenTask]:
        """Give the tasks that exist for these changes, by key."""
        found = self._open(wanted)
        lacking = [key_of(change) for change in wanted if key_of(change) not in found]
        return {**found, **self._deleted(lacking)} if lacking else found

    def present(self, wanted: Sequence[TaskChange]) -> dict[str, SeenTask]:
        """As `find`, without the recycle bin: what an interrupted create left behind."""
        return self._open(wanted)

    def texts(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Read tasks by their ids: id -> properties, the text included."""
        return {
            str(row["id"]): properties_of(row) for part in chunks(ids, 100) for row in self._client.read("tasks", part, self._asked).results
        }

    @property
    def _asked(self) -> list[str]:
        return [*SHOWN, *(("hs_task_body",) if self.how == "marker" else (KEY,))]

    def _open(self, wanted: Sequence[TaskChange]) -> dict[str, SeenTask]:
        if self.how == "unique":
            return self._by_key([key_of(change) for change in wanted], archived=False)
        known = [change.id for change in wanted if not isinstance(change, OpenTask)]
        opened = [change for change in wanted if isinstance(change, OpenTask)]
        companies = [change.account.id for change in opened if change.account is not None]
        for part in chunks(companies, BATCH):
            known += [task for entries in associated(self._client, "companies", "tasks", part).values() for task in ids_of(entries)]
        rows = (row for part in chunks(known, 100) for row in self._client.read("tasks", part, self._asked).results)
        found = self._seen(rows)
        if any(change.account is None and change.task.key not in found for change in opened):
            found = {**self._seen(self._listed(archived=False)), **found}  # a task of the whole portfolio hangs on no company
        keys = {key_of(change) for change in wanted}
        return {key: task for key, task in found.items() if key in keys}

    def _deleted(self, keys: Sequence[str]) -> dict[str, SeenTask]:
        if self.how == "unique":
            return self._by_key(keys, archived=True)
        if self._bin is None:
            self._bin = self._seen(self._listed(archived=True))
        return {key: self._bin[key] for key in keys if key in self._bin}

    def _by_key(self, keys: Sequence[str], *, archived: bool) -> dict[str, SeenTask]:
        parts = (self._client.read("tasks", part, self._asked, key=KEY, archived=archived) for part in chunks(keys, 100))
        return self._seen(row for answer in parts for row in answer.results)

    def _listed(self, *, archived: bool) -> Iterable[Mapping[str, Any]]:
        """Go through all tasks of the portal, in memory and by key alone: rare, and the one sure way where nothing is unique."""
        after: str | None = None
        while True:
            answer = self._client.page("tasks", self._asked, after=after, archived=archived)
            yield from answer.results
            if answer.after in (None, after):
                return
            after = answer.after

    def _seen(self, rows: Iterable[Mapping[str, Any]]) -> dict[str, SeenTask]:
        found = {}
        for row in rows:
            shown = properties_of(row)
            told = from_body(shown.get("hs_task_body")) if self.how == "marker" else None
            key = told[0] if told else shown.get(KEY)
            if key:
                found[key] = seen(str(key), row, self._zone)
        return found


def seen(key: str, row: Mapping[str, Any], zone: str) -> SeenTask:
    """Translate a task as HubSpot shows it."""
    properties = properties_of(row)
    deleted = str(row.get("archived", "")).lower() == "true"
    return SeenTask(
        key=key,
        id=str(row["id"]),
        is_closed=deleted or properties.get("hs_task_status") == CLOSED,
        is_deleted=deleted,
        owner_id=properties.get("hubspot_owner_id") or None,
        due_date=due_day(properties.get("hs_timestamp"), zone),
        priority=SHOWN_PRIORITIES.get(properties.get("hs_task_priority") or ""),
        subject=properties.get("hs_task_subject") or None,
    )


def key_of(change: TaskChange) -> str:
    return change.task.key if isinstance(change, OpenTask) else change.key

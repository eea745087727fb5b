"""Writes our flags and our tasks, 200 records a call: the Writer of connectors/contract.py.

    SetFlags          -> PATCH composite/sobjects                  by account id, allOrNone=false, null clears
    OpenTask          -> PATCH composite/sobjects/Task/EQ_Key__c   upsert by key: a repeat after a lost answer makes no second task
    Update/CloseTask  -> PATCH composite/sobjects                  by task id: an upsert would make anew what was deleted a moment ago

Statuses and priorities are the org's own, found by what they mean. A task that a person closed or changed is left alone. How the rows
of an answer are read is in rows.py.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from connectors.contract import FLAG_FIELDS, CloseTask, OpenTask, Receipt, SeenTask
from connectors.failures import Unprepared
from connectors.salesforce import soql, task_words
from connectors.salesforce.allowed import FLAGS, KEY, TASK
from connectors.salesforce.rows import Row, send
from connectors.salesforce.verdicts import CRM

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connectors.contract import SetFlags, TaskChange, UpdateTask, Value
    from connectors.quota import Calls
    from connectors.salesforce.client import Client
    from connectors.salesforce.schema import Description, Field, OrgSchema

IDS_A_QUERY: Final = 200
KEYS_A_QUERY: Final = 200
NUMBERS: Final = frozenset({"double", "currency", "percent", "int"})


class SalesforceWriter:
    """Writes what the fence of its client allows: our fields of Account, our tasks."""

    crm = CRM
    flags_per_call = 200
    tasks_per_call = 200

    def __init__(self, client: Client, schema: OrgSchema) -> None:
        self._client, self._schema = client, schema
        self._seen: dict[str, SeenTask] = {}

    @property
    def calls(self) -> Calls:
        return self._client.calls

    def writable(self) -> frozenset[str]:
        return frozenset(name for name in FLAG_FIELDS if (at := self._account.field(FLAGS[name])) is not None and at.updateable)

    def read_flags(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, Value]]:
        fields = {name: at for name in FLAG_FIELDS if (at := self._account.field(FLAGS[name])) is not None}
        found: dict[str, Mapping[str, Value]] = {}
        for some in _chunks(list(dict.fromkeys(ids)), IDS_A_QUERY):
            text = soql.select(["Id", *(at.name for at in fields.values())], "Account", [soql.among("Id", some)])
            asked = {soql.long_id(one): one for one in some}
            for row in self._client.query(text, "read flags"):
                found[asked.get(row["Id"], row["Id"])] = {name: _plain(at, row.get(at.name)) for name, at in fields.items()}
        return found

    def write_flags(self, changes: Sequence[SetFlags]) -> list[Receipt]:
        rows, receipts = [], []
        for change in changes:
            lacking = sorted(set(change.after) - self.writable())
            if lacking:
                why = f"{', '.join(lacking)} cannot be written here: run equilibre provision, or assign Equilibre_Integration"
                receipts.append(Receipt(change=change, outcome="refused", remote_id=change.account.id, why=why))
                continue
            values = {FLAGS[name]: self._vendor(FLAGS[name], value) for name, value in change.after.items()}
            rows.append(
                Row(
                    change=change, record={"attributes": {"type": "Account"}, "id": change.account.id, **values}, identity=change.account.id
                )
            )
        return [*receipts, *send(self._client, f"{self._client.root}/composite/sobjects", "write flags", rows)]

    def forecast(self, flags: int, tasks: int) -> int:
        """A precondition read and a write a batch; tasks are looked up by key in chunks, and one read tells the org's task words.

        A batch that both opens tasks and changes others takes one call more.
        """
        words = 1 if tasks else 0
        return 2 * -(-flags // self.flags_per_call) + -(-tasks // KEYS_A_QUERY) + -(-tasks // self.tasks_per_call) + words

    def find_tasks(self, wanted: Sequence[TaskChange]) -> Mapping[str, SeenTask]:
        keys = list(dict.fromkeys(_key(change) for change in wanted))
        self._need_key()
        found: dict[str, SeenTask] = {}
        columns = ["Id", KEY, "IsClosed", "IsDeleted", "OwnerId", "ActivityDate", "Priority", "Subject"]
        shown = [name for name in columns if self._task.field(name) is not None]
        for some in _chunks(keys, KEYS_A_QUERY):
            for row in self._client.query(soql.select(shown, "Task", [soql.among(KEY, some)]), "find tasks", deleted=True):
                seen = self._seen_task(row)
                if seen.key not in found or found[seen.key].is_deleted:
                    found[seen.key] = seen
        self._seen |= found
        return found

    def write_tasks(self, changes: Sequence[TaskChange]) -> list[Receipt]:
        self._need_key()
        self._need_place(changes)
        touching = [change for change in changes if not isinstance(change, OpenTask)]
        if unknown := [change for change in touching if _key(change) not in self._seen]:
            self.find_tasks(unknown)
        rows, receipts = [], []
        for change in changes:
            why = "" if isinstance(change, OpenTask) else self._moved(change)
            if why:
                receipts.append(Receipt(change=change, outcome="drifted", remote_id=getattr(change, "id", None), why=why))
            else:
                rows.append(Row(change=change, record=self._record(change), identity=_key(change)))
        path = f"{self._client.root}/composite/sobjects"
        receipts += send(self._client, f"{path}/Task/{KEY}", "open tasks", [row for row in rows if "id" not in row.record])
        receipts += send(self._client, path, "change tasks", [row for row in rows if "id" in row.record])
        for row in rows:
            self._seen.pop(row.identity, None)
        return receipts

    def _moved(self, change: UpdateTask | CloseTask) -> str:
        """Say why a task must be left alone; empty when nobody touched it."""
        seen = self._seen.get(change.key)
        if seen is None or seen.is_deleted or seen.is_closed or seen.id != soql.long_id(change.id):
            return "the task was closed or deleted since the plan"
        before = {} if isinstance(change, CloseTask) else change.before
        now = {
            "subject": seen.subject,
            "due_date": seen.due_date and seen.due_date.isoformat(),
            "priority": seen.priority,
            "owner_id": seen.owner_id,
        }
        moved = sorted(name for name, value in before.items() if value is not None and name in now and now[name] != value)
        return f"a person changed the task since the plan: {', '.join(moved)}" if moved else ""

    def _record(self, change: TaskChange) -> dict[str, Any]:
        """Name the fields of a task that this org has; what it lacks is left out."""
        if isinstance(change, OpenTask):
            task = change.task
            said: dict[str, Any] = {
                "subject": task.subject,
                "body": task.body,
                "due_date": task.due_date.isoformat(),
                "owner_id": task.owner_id,
            }
            said |= {
                "priority": task.priority,
                "mark": task.mark,
                "status": self._words.open,
                "account": task.account.id if task.account else None,
            }
        elif isinstance(change, CloseTask):
            if self._words.closed is None:
                raise Unprepared(CRM, "write tasks", "the org shows no status that closes a task", missing="TaskStatus")
            said = {"status": self._words.closed}
        else:
            said = dict(change.after)
        if said.get("priority") is not None:
            said["priority"] = self._words.priorities.get(said["priority"])
        known = {TASK[name]: value for name, value in said.items() if name in TASK and value is not None}
        which = {} if isinstance(change, OpenTask) else {"id": change.id}
        return {
            "attributes": {"type": "Task"},
            **which,
            KEY: _key(change),
            **{name: value for name, value in known.items() if self._takes(name)},
        }

    def _takes(self, name: str) -> bool:
        at = self._task.field(name)
        return at is not None and (at.updateable or at.createable)

    def _seen_task(self, row: Mapping[str, Any]) -> SeenTask:
        due = row.get("ActivityDate")
        return SeenTask(
            key=row[KEY],
            id=row["Id"],
            is_closed=bool(row.get("IsClosed")),
            is_deleted=bool(row.get("IsDeleted")),
            owner_id=row.get("OwnerId"),
            due_date=date.fromisoformat(due) if due else None,
            priority=self._words.meaning(row.get("Priority")),
            subject=row.get("Subject"),
        )

    def _vendor(self, name: str, value: Value) -> Value:
        """Bring a time to whole seconds with Z: finer ones are refused."""
        at = self._account.field(name)
        if isinstance(value, str) and at is not None and at.type == "datetime":
            return soql.literal(soql.instant(value))
        return value

    def _need_key(self) -> None:
        key = self._task.field(KEY)
        if key is None or not key.external_id:
            what = "is missing or hidden" if key is None else "is not an external id"
            raise Unprepared(
                CRM,
                "tasks",
                f"the field {KEY} of Task {what}: run equilibre provision, and assign Equilibre_Integration",
                missing=f"Task.{KEY}",
            )

    def _need_place(self, changes: Sequence[TaskChange]) -> None:
        """A task that cannot be put on its account would be seen by nobody who looks there: none is made."""
        place = self._task.field(TASK["account"])
        placed = any(isinstance(change, OpenTask) and change.task.account is not None for change in changes)
        if placed and (place is None or not place.createable):
            name = TASK["account"]
            what = f"the field {name} of Task is hidden or not editable: run equilibre provision, and assign Equilibre_Integration"
            raise Unprepared(CRM, "tasks", what, missing=f"Task.{name}")

    @property
    def _account(self) -> Description:
        return self._described("Account")

    @property
    def _task(self) -> Description:
        return self._described("Task")

    @cached_property
    def _words(self) -> task_words.TaskWords:
        return task_words.read(self._client)

    def _described(self, name: str) -> Description:
        described = self._schema.describe(name)
        if described is None:
            raise Unprepared(CRM, f"describe {name}", f"{name} is hidden from the integration user", missing=name)
        return described


def _key(change: TaskChange) -> str:
    return change.task.key if isinstance(change, OpenTask) else change.key


def _plain(at: Field, value: Any) -> Value:
    """Give a value of an answer its type back: numbers travel as text here, times get the form that we write."""
    if value is None or value == "":
        return None
    if at.type in NUMBERS:
        return float(value)
    if at.type == "datetime":
        return soql.literal(soql.instant(str(value)))
    return value if isinstance(value, (str, bool)) else str(value)


def _chunks(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]

"""Writes our flags and our tasks, 100 records a call: the Writer of connectors/contract.py.

    SetFlags           -> companies/batch/update     by record id, "" clears
    OpenTask           -> tasks/batch/create         with its company in the same request; read by key before any repeat
    Update, CloseTask  -> tasks/batch/update         only if nobody touched the task since the plan

Answers are matched by trace id, record id or key, never by position: they come unordered and shorter. A row that is in neither results
nor errors has failed. One bad row never stops the other 99: HubSpot names it, or the batch is halved until it is alone.

Tasks are created, not upserted: an upsert would reopen a task that a person closed in between, and could not carry the association.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from connectors.contract import CloseTask, OpenTask, Receipt, UpdateTask
from connectors.failures import Transient
from connectors.hubspot import FLAGS, KEY
from connectors.hubspot.answer import properties_of
from connectors.hubspot.marker import from_body
from connectors.hubspot.search import chunks
from connectors.hubspot.tasks import CLOSED, UNTOUCHED, TaskFinder, changed_task, new_task, seen
from connectors.hubspot.verdicts import Lacking, Refused
from connectors.hubspot.wire import CRM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from connectors.contract import Change, SeenTask, SetFlags, TaskChange, Value
    from connectors.hubspot.answer import Answer
    from connectors.hubspot.client import Client
    from connectors.hubspot.read import HubspotReader
    from connectors.hubspot.schema import Schema
    from connectors.quota import Calls

BATCH: Final = 100
PAUSES: Final = (1.0, 2.0, 4.0, None)
"""Seconds before a create whose answer was lost is sent again, after reading which of its tasks are there."""
LAG: Final = 1.0
"""Seconds until a property that was just defined can surely be written; 0.25 to 0.7 were measured."""
MISSING: Final = "OBJECT_NOT_FOUND"
READ_ONLY: Final = "READ_ONLY_VALUE"


@dataclass(frozen=True, slots=True)
class Row:
    """One change on its way: `id` is the record's, or the key of a task that is not there yet."""

    change: Change
    id: str
    input: Mapping[str, Any]

    def receipt(self, outcome: Any, why: str = "", *, remote_id: str | None = None, request_id: str | None = None) -> Receipt:
        return Receipt(change=self.change, outcome=outcome, remote_id=remote_id, request_id=request_id, why=why)


class HubspotWriter:
    """Writes; its client's fence knows our flags and our tasks and nothing else."""

    crm = CRM
    flags_per_call = BATCH
    tasks_per_call = BATCH

    def __init__(self, client: Client, schema: Schema, reader: HubspotReader) -> None:
        self._client, self._schema, self._reader = client, schema, reader
        self._found_with: TaskFinder | None = None

    @property
    def calls(self) -> Calls:
        return self._client.calls

    # ------------------------------------------------------------ flags

    def writable(self) -> frozenset[str]:
        defined = self._schema.definitions("companies")
        return frozenset(flag for flag, name in FLAGS.items() if name in defined and not is_read_only(defined[name]))

    def read_flags(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, Value]]:
        defined = self._schema.definitions("companies")
        names = {flag: name for flag, name in FLAGS.items() if name in defined}
        found: dict[str, Mapping[str, Value]] = {}
        for part in chunks(ids, BATCH):
            for row in self._client.read("companies", part, list(names.values()) or ["hs_object_id"]).results:
                shown = properties_of(row)
                found[str(row["id"])] = {flag: _value(shown.get(name), str(defined[name].get("type"))) for flag, name in names.items()}
        return {one: found[one] for one in ids if one in found}  # a merged id is answered with its survivor's: another account

    def write_flags(self, changes: Sequence[SetFlags]) -> Iterable[Receipt]:
        rows = [
            Row(
                change,
                change.account.id,
                {"id": change.account.id, "properties": {FLAGS[flag]: _text(value) for flag, value in change.after.items()}},
            )
            for change in changes
        ]
        return self._told([receipt for part in _without_repeats(rows) for receipt in self._update("companies", part)])

    # ------------------------------------------------------------ tasks

    def forecast(self, flags: int, tasks: int) -> int:
        """A precondition read and a write a batch; tasks are looked up by key among the live and the archived ones."""
        return 2 * -(-flags // self.flags_per_call) + 3 * -(-tasks // self.tasks_per_call)

    def find_tasks(self, wanted: Sequence[TaskChange]) -> Mapping[str, SeenTask]:
        return self._finder.find(wanted)

    def write_tasks(self, changes: Sequence[TaskChange]) -> Iterable[Receipt]:
        how = self._schema.task_key
        opened = [Row(one, one.task.key, new_task(one.task, how, self._zone)) for one in changes if isinstance(one, OpenTask)]
        receipts, rows = self._standing([one for one in changes if not isinstance(one, OpenTask)])
        for part in _without_repeats(rows):
            receipts += self._update("tasks", part)
        for part in _without_repeats(opened):
            receipts += self._create(part)
        return self._told(receipts)

    def _told(self, receipts: list[Receipt]) -> list[Receipt]:
        """After a refusal believe nothing that is remembered: a property, an option or an owner may be gone."""
        if any(receipt.outcome == "refused" for receipt in receipts):
            self._schema.remembered.forget()
        return receipts

    @property
    def _zone(self) -> str:
        return self._reader.org.zone or self._client.runtime.zone

    @property
    def _finder(self) -> TaskFinder:
        if self._found_with is None or self._found_with.how != self._schema.task_key:
            self._found_with = TaskFinder(self._client, self._schema.task_key, self._zone)
        return self._found_with

    def _standing(self, changes: Sequence[UpdateTask | CloseTask]) -> tuple[list[Receipt], list[Row]]:
        """Split into those that may not be made, with the reason, and rows for the tasks that nobody touched."""
        now = self._finder.texts([change.id for change in changes]) if changes else {}
        receipts, rows = [], []
        for change in changes:
            shown = now.get(change.id)
            if why := _touched(change, shown, self._schema.task_key, self._zone):
                receipts.append(Receipt(change=change, outcome="drifted", remote_id=change.id, why=why))
                continue
            if isinstance(change, CloseTask):
                properties = {"hs_task_status": CLOSED}
            else:
                text = str((shown or {}).get("hs_task_body") or "")
                properties = changed_task(change.after, self._schema.task_key, self._zone, change.key, text)
            rows.append(Row(change, change.id, {"id": change.id, "properties": properties}))
        return receipts, rows

    def _create(self, rows: Sequence[Row], *, patient: bool = True) -> list[Receipt]:
        """Create tasks. Whatever goes wrong, what is there by key is read before anything is asked for again."""
        receipts, waiting = list[Receipt](), list(rows)
        for pause in PAUSES:
            try:
                return receipts + self._created(waiting, self._client.create("tasks", _inputs(waiting)))
            except Transient as error:
                there, waiting = self._made(waiting, error.request_id)
                receipts += there
                if not waiting:
                    return receipts
                if not error.ambiguous or pause is None:
                    if not receipts:
                        raise
                    return receipts + _failed(waiting, error)
                self._client.runtime.sleep(pause)
            except (Refused, Lacking) as error:
                there, waiting = self._made(waiting, error.request_id)
                receipts += there
                if waiting and isinstance(error, Lacking) and patient:
                    self._client.runtime.sleep(LAG)
                    return receipts + self._create(waiting, patient=False)
                return receipts + (self._split(waiting, error, lambda part: self._create(part, patient=False)) if waiting else [])
        return receipts  # not reached: the last pause is None

    def _created(self, rows: Sequence[Row], answer: Answer) -> list[Receipt]:
        """Read the answer to a create; of a row that it refuses or leaves out, the task itself is asked for."""
        receipts = _matched(rows, answer)
        doubtful = [row for row, receipt in zip(rows, receipts, strict=True) if receipt.outcome != "applied"]
        there = {id(receipt.change): receipt for receipt in (self._made(doubtful, answer.request_id)[0] if doubtful else ())}
        return [there.get(id(receipt.change), receipt) for receipt in receipts]

    def _made(self, rows: Sequence[Row], request_id: str | None) -> tuple[list[Receipt], list[Row]]:
        """Read which of these tasks are there: receipts for them, and the rows of the others."""
        found = self._finder.present([row.change for row in rows if isinstance(row.change, OpenTask)])
        there = [row.receipt("applied", remote_id=found[row.id].id, request_id=request_id) for row in rows if row.id in found]
        return there, [row for row in rows if row.id not in found]

    # ------------------------------------------------------------ batches

    def _update(self, kind: str, rows: Sequence[Row], *, patient: bool = True) -> list[Receipt]:
        """Update by id. Writing values twice does no harm, so the client repeats it by itself."""
        try:
            answer = self._client.update(kind, _inputs(rows))
        except (Refused, Lacking) as error:
            if isinstance(error, Lacking) and patient:
                self._client.runtime.sleep(LAG)
                return self._update(kind, rows, patient=False)
            return self._split(rows, error, lambda part: self._update(kind, part, patient=False))
        return _matched(rows, answer)

    def _split(self, rows: Sequence[Row], error: Refused | Lacking, send: Callable[[Sequence[Row]], list[Receipt]]) -> list[Receipt]:
        """Take out the rows that the refusal is about and send the others; where it names none, halve."""
        blamed = [row for index, row in enumerate(rows) if _blamed(row, index, error)]
        if len(rows) == 1 or len(blamed) == len(rows):
            return [row.receipt("refused", error.refusal.why, request_id=error.request_id) for row in rows]
        if blamed:
            rest = [row for row in rows if row not in blamed]
            return [row.receipt("refused", error.refusal.why, request_id=error.request_id) for row in blamed] + _gently(send, rest)
        half = len(rows) // 2
        return _gently(send, rows[:half]) + _gently(send, rows[half:])


def _gently(send: Callable[[Sequence[Row]], list[Receipt]], rows: Sequence[Row]) -> list[Receipt]:
    """Send a part of a batch; when nothing comes back, the other parts keep their receipts."""
    try:
        return send(rows)
    except Transient as error:
        return _failed(rows, error)


def _failed(rows: Sequence[Row], error: Transient) -> list[Receipt]:
    return [row.receipt("failed", error.message, request_id=error.request_id) for row in rows]


def is_read_only(definition: Mapping[str, Any]) -> bool:
    return bool((definition.get("modificationMetadata") or {}).get("readOnlyValue"))


def _inputs(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """With a trace id a batch is no longer all or nothing, and its errors name their rows."""
    return [{**row.input, "objectWriteTraceId": str(index)} for index, row in enumerate(rows)]


def _matched(rows: Sequence[Row], answer: Answer) -> list[Receipt]:
    """Give one receipt a row, in their order."""
    traced = {str(index): row for index, row in enumerate(rows)}
    named = {row.id: row for row in rows}
    receipts: dict[int, Receipt] = {}
    for result in answer.results:
        row = traced.get(str(result.get("objectWriteTraceId"))) or named.get(str(result.get("id"))) or named.get(_key(result))
        if row is not None:
            receipts[id(row)] = row.receipt("applied", remote_id=str(result.get("id")), request_id=answer.request_id)
    for refusal in answer.refusals:
        about = [row for row in (*(traced.get(one) for one in refusal.traces), *(named.get(one) for one in refusal.ids)) if row is not None]
        outcome = "drifted" if refusal.category == MISSING else "refused"
        for row in about or [row for row in rows if id(row) not in receipts]:
            receipts[id(row)] = row.receipt(outcome, refusal.why, request_id=refusal.request_id or answer.request_id)
    silence = "HubSpot gave no answer for this record"
    return [receipts.get(id(row)) or row.receipt("failed", silence, request_id=answer.request_id) for row in rows]


def _key(result: Mapping[str, Any]) -> str:
    """The key of a task in the answer to a create."""
    shown = properties_of(result)
    told = from_body(shown.get("hs_task_body"))
    return str(shown.get(KEY) or (told[0] if told else ""))


def _blamed(row: Row, index: int, error: Refused | Lacking) -> bool:
    refusal = error.refusal
    if isinstance(error, Lacking):
        return bool(set(error.names) & set(row.input["properties"]))
    if READ_ONLY in refusal.codes:  # whatever the value, so all rows with this property, and no need to look for them
        return bool(set(refusal.properties) & set(row.input["properties"]))
    return str(index) in refusal.traces or row.id in refusal.ids


def _without_repeats(rows: Sequence[Row]) -> list[list[Row]]:
    """Cut into batches in which no id stands twice: HubSpot would refuse the whole batch."""
    batches: list[dict[str, Row]] = []
    for row in rows:
        free = next((batch for batch in batches if row.id not in batch and len(batch) < BATCH), None)
        if free is None:
            batches.append(free := {})
        free[row.id] = row
    return [list(batch.values()) for batch in batches]


def _touched(change: UpdateTask | CloseTask, shown: Mapping[str, Any] | None, how: str, zone: str) -> str:
    """Say why this task is no longer ours to change; empty text when it is."""
    if shown is None:
        return "the task is no longer there"
    told = from_body(shown.get("hs_task_body")) if how == "marker" else None
    if change.key != (told[0] if told else shown.get(KEY)):
        return "the task does not carry our key"
    if shown.get("hs_task_status") != UNTOUCHED:
        return "a person works on the task or has closed it"
    if isinstance(change, CloseTask):
        return ""
    now = seen(change.key, {"id": change.id, "properties": shown}, zone)
    values = {
        "subject": now.subject,
        "due_date": now.due_date.isoformat() if now.due_date else None,
        "priority": now.priority,
        "owner_id": now.owner_id,
    }
    moved = [name for name, value in change.before.items() if name in values and _plain(values[name]) != _plain(value)]
    return f"changed since the plan: {', '.join(sorted(moved))}" if moved else ""


def _plain(value: Value) -> str:
    return "" if value is None else str(value).strip()


def _text(value: Value) -> str:
    """Give a value as HubSpot takes it; "" clears, leaving a property out would keep it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else format(Decimal(repr(value)), "f")


def _value(text: str | None, kind: str) -> Value:
    """Read a flag: numbers as numbers, instants as ISO text in UTC, empty as None."""
    if text is None or not text.strip():
        return None
    try:
        if kind == "number":
            return float(text)
        if kind == "datetime":
            instant = datetime.fromtimestamp(int(text) / 1000, UTC) if text.isdigit() else datetime.fromisoformat(text)
            return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    except ValueError:
        return text
    return text

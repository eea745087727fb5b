"""Writes flags.csv and tasks.csv, nothing else: both names are fixed here, so no other file can be touched.

The whole batch goes into one replacement of the file. What people changed in tasks.csv is respected: a task they closed stays closed, one
they changed is `drifted`.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Final

from connectors.contract import FLAG_FIELDS, CloseTask, OpenTask, Receipt, SeenTask, UpdateTask
from connectors.failures import Denied, Rejected
from connectors.files import CLOSED, CRM, FLAGS, TASKS
from connectors.files.book import Book, text_of
from connectors.files.lines import rows
from connectors.files.tables import sheets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from connectors.contract import SetFlags, Task, TaskChange, Value
    from connectors.quota import Calls
    from connectors.settings import FilesSettings

NUMBERS: Final = frozenset({"revenue_share", "index", "coverage", "at_stake"})


class FilesWriter:
    """The Writer of connectors/contract.py over two files in the output folder."""

    crm = CRM
    flags_per_call = 1_000_000
    tasks_per_call = 100_000

    def __init__(self, settings: FilesSettings, calls: Calls) -> None:
        self._settings, self._calls = settings, calls

    @property
    def calls(self) -> Calls:
        return self._calls

    def writable(self) -> frozenset[str]:
        return frozenset(FLAG_FIELDS)

    # ------------------------------------------------------------ flags

    def read_flags(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, Value]]:
        """The flags of these accounts as flags.csv shows them, all empty for an account without a row; unknown accounts are absent."""
        there = self._flags("read flags").rows
        return {one: {name: _value(name, there.get(one, {}).get(name, "")) for name in FLAG_FIELDS} for one in self._known(ids)}

    def write_flags(self, changes: Sequence[SetFlags]) -> Iterable[Receipt]:
        book = self._flags("write flags")
        known = self._known([change.account.id for change in changes])
        receipts = []
        for change in changes:
            if change.account.id not in known:
                receipts.append(Receipt(change=change, outcome="refused", why="the account is not in the accounts file"))
                continue
            row = book.rows.setdefault(change.account.id, {"account_id": change.account.id})
            after = {name: text_of(value) for name, value in change.after.items()}
            is_same = all(row.get(name, "") == text for name, text in after.items())
            row.update(after)
            receipts.append(Receipt(change=change, outcome="unchanged" if is_same else "applied", remote_id=change.account.id))
        self._save(book, "write flags")
        return receipts

    def _known(self, ids: Iterable[str]) -> frozenset[str]:
        """Those of `ids` that are accounts."""
        sheet = sheets(self._settings).get("accounts")
        if sheet is None or sheet.trouble or "account_id" not in sheet.columns:
            return frozenset()
        at = sheet.header.index(sheet.columns["account_id"])
        with _told("read accounts"):
            return frozenset(ids) & {row[at].strip(" ") for _, row in rows(sheet.path) if len(row) > at}

    def _flags(self, operation: str) -> Book:
        self._calls.reads += 1
        with _told(operation):
            return Book.read(self._settings.output / "flags.csv", "account_id", FLAGS)

    # ------------------------------------------------------------ tasks

    def forecast(self, flags: int, tasks: int) -> int:
        """Files are read and written, not called."""
        del flags, tasks
        return 0

    def find_tasks(self, wanted: Sequence[TaskChange]) -> Mapping[str, SeenTask]:
        there = self._tasks("find tasks").rows
        keys = [change.task.key if isinstance(change, OpenTask) else change.key for change in wanted]
        return {key: _seen(key, there[key]) for key in keys if key in there}

    def write_tasks(self, changes: Sequence[TaskChange]) -> Iterable[Receipt]:
        book = self._tasks("write tasks")
        receipts = [_changed(book, change) for change in changes]
        self._save(book, "write tasks")
        return receipts

    def _tasks(self, operation: str) -> Book:
        self._calls.reads += 1
        with _told(operation):
            return Book.read(self._settings.output / "tasks.csv", "key", TASKS)

    def _save(self, book: Book, operation: str) -> None:
        with _told(operation):
            if book.save():
                self._calls.writes += 1


def _changed(book: Book, change: TaskChange) -> Receipt:
    key = change.task.key if isinstance(change, OpenTask) else change.key
    row = book.rows.get(key)
    match change:
        case OpenTask(task=task):
            if row is not None:
                return Receipt(change=change, outcome="unchanged", remote_id=key, why="a task with this key is there")
            book.rows[key] = _row(task)
        case UpdateTask(before=before, after=after):
            if row is None or _is_closed(row):
                return Receipt(change=change, outcome="drifted", remote_id=key, why="the task was closed or removed")
            if moved := sorted(
                name for name, value in before.items() if row.get(name, "") not in (text_of(value), text_of(after.get(name, value)))
            ):
                return Receipt(change=change, outcome="drifted", remote_id=key, why=f"a person changed {', '.join(moved)}")
            row.update({name: text_of(value) for name, value in after.items() if name in TASKS})
        case CloseTask():
            if row is None:
                return Receipt(change=change, outcome="drifted", remote_id=key, why="the task was removed")
            if _is_closed(row):
                return Receipt(change=change, outcome="unchanged", remote_id=key)
            row["status"] = "closed"
    return Receipt(change=change, outcome="applied", remote_id=key)


def _row(task: Task) -> dict[str, str]:
    return {
        "key": task.key,
        "account_id": task.account.id if task.account is not None else "",
        "subject": task.subject,
        "body": task.body,
        "due_date": task.due_date.isoformat(),
        "owner_id": task.owner_id or "",
        "priority": task.priority,
        "status": "open",
        "mark": task.mark,
    }


def _seen(key: str, row: Mapping[str, str]) -> SeenTask:
    return SeenTask(
        key=key,
        id=key,
        is_closed=_is_closed(row),
        is_deleted=False,
        owner_id=row.get("owner_id") or None,
        due_date=_day(row.get("due_date", "")),
        priority=row.get("priority") or None,
        subject=row.get("subject") or None,
    )


def _is_closed(row: Mapping[str, str]) -> bool:
    return row.get("status", "").strip().lower() in CLOSED


def _day(text: str) -> date | None:
    """A date that people wrote in another form is unknown, not an error."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _value(name: str, text: str) -> Value:
    """A flag as it is typed; a number that people made unreadable is shown as their text."""
    if not text.strip():
        return None
    if name in NUMBERS:
        try:
            return float(text)
        except ValueError:
            return text
    return text


@contextmanager
def _told(operation: str) -> Iterator[None]:
    """Translate what the file system says."""
    try:
        yield
    except PermissionError as error:
        mend = "close it in the spreadsheet, or give this user the right to write it"
        raise Denied(CRM, operation, f"{error.filename} cannot be opened", missing=str(error.filename), mend=mend) from error
    except UnicodeDecodeError as error:
        raise Rejected(CRM, operation, "the file is not UTF-8: save it as CSV UTF-8") from error
    except OSError as error:
        raise Rejected(CRM, operation, f"{error.filename}: {error.strerror or type(error).__name__}") from error

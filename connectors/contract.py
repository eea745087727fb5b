"""The one contract that every CRM fulfils: what is read and what is written. How it fails stands in failures.py.

streams (raw vendor rows)          tables (SQL: vendor rows -> rules/facts.sql)
|  Reader.forecast, then            |  Reader.tables
|  Reader.pull lands pages         |
v                                  v
sync/land.py files  ->  raw_<crm>."<stream>" in facts.duckdb  ->  accounts, revenue, cases ...

Change  ->  Writer.write_flags / write_tasks  ->  Receipt
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from connectors.quota import Calls
    from connectors.scan import Scan
    from rules.model import AccountRef

# ---------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One vendor object as it is mirrored in raw_<crm>."<name>": text columns, replaced by `key`.

    `version` names the column that orders two copies of one key (SystemModstamp, updatedAt); None: the last landed wins.
    A change of `columns` between two runs makes the stream be pulled in full again.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something read that could not be used. `where` is file:line or crm object id, `column` the field, `what` one sentence."""

    where: str
    what: str
    column: str | None = None
    rows: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """One stream, wholly fetched and lying in files. `relation` is a DuckDB SELECT of the stream's columns as text,
    with `{files}` where the list of file names goes. `full` replaces the stream's mirror, otherwise it is merged.

    `watermark` is opaque text for the next `pull`, stored in the same transaction as the rows. `complete` is False when
    anything asked for was not read; an incomplete full pull never deletes.
    """

    stream: Stream
    files: tuple[Path, ...]
    relation: str
    rows: int
    full: bool
    watermark: str | None
    complete: bool = True
    problems: tuple[Problem, ...] = ()
    kept: bool = False
    """The files are a person's own: they stay where they are, and a full stream is read in place instead of being copied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell that could not be read: its text, and the text columns that name its row."""

    row: Mapping[str, str | None]
    column: str
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One canonical table of rules/facts.sql as one CRM fills it.

    `query` is a DuckDB SELECT over raw_<crm>."<stream>" whose columns bear canonical names (all text; missing ones are NULL).
    `values` maps vendor values to canonical ones per enum column (compared case-insensitively).
    `object` is the vendor object that evidence ids of this table open.
    """

    name: str
    object: str
    streams: tuple[str, ...]
    query: str
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    """The canonical columns that are really filled; the others count as missing columns."""
    locate: Callable[[Sequence[Cell]], Sequence[str]] | None = None
    """Says for each cell where a person finds it (file:line); None: the vendor object and record id say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Org:
    """Who we are signed in to. `id` is the Salesforce organisation or HubSpot portal id: it stands in task keys and must never change."""

    crm: str
    id: str
    link: str
    """URL pattern of a record page with {object} and {id}."""
    api_version: str = ""
    zone: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of `equilibre check`: what was looked at, how it is, and the mend when it is not ok."""

    subject: str
    state: Literal["ok", "warning", "error"]
    detail: str
    mend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The calls that a pull will still make. `at_once` of them must fit into one run for anything to be kept (its dearest stream, and
    what comes before it); None: all of them. What goes beyond may come in later runs, which go on where this one stopped.
    """

    calls: int = 0
    at_once: int | None = None


class Landing(Protocol):
    """Where raw pages are put: private files of this run, removed after load."""

    def file(self, stream: str, suffix: str) -> Path:
        """A new empty file (mode 0600) for one or more pages of a stream."""
        ...


class Reader(Protocol):
    """Reads one CRM. Nothing here can write: a dry run holds no Writer."""

    crm: str

    def sign_in(self) -> Org: ...

    def streams(self) -> Sequence[Stream]:
        """The catalogue resolved against this org: what exists, is readable and is configured."""
        ...

    def tables(self) -> Sequence[Table]: ...

    def missing(self) -> Sequence[Problem]:
        """What the catalogue wanted and the org does not have or does not show: reported, not fatal."""
        ...

    def forecast(self, since: Mapping[str, str], held: Mapping[str, int]) -> Forecast:
        """How many calls `pull(since, ...)` will make. `held` are the rows held of each stream since the last run, none before the first.

        Asks the CRM for what the pull would ask for all the same (sizes, counts) and the pull does not ask again; also for the quota,
        when no header has told it. Raises CrmError.
        """
        ...

    def pull(self, since: Mapping[str, str], landing: Landing) -> Iterator[Landed]:
        """Land every stream: those in `since` from their watermark on, the others in full. Yields each as soon as it is whole.

        Raises CrmError. A failed stream is yielded with complete=False when the others can go on.
        """
        ...

    def check(self) -> Iterator[Check]: ...

    @property
    def calls(self) -> Calls: ...


# ---------------------------------------------------------------- writing

Value = str | float | bool | None
"""A flag value: text, number or None (cleared). Dates and times are ISO text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as we want it or as the CRM shows it. `priority` is low, normal or high; `mark` is
    `rule|code|level|episode`, stored beside the key so that a lost ledger finds its episodes again.
    """

    key: str
    account: AccountRef | None
    subject: str
    body: str
    due_date: date
    owner_id: str | None
    priority: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTask:
    """A task that carries our key, as the CRM shows it now. `touched`: a person changed it since we wrote it."""

    key: str
    id: str
    is_closed: bool
    is_deleted: bool
    owner_id: str | None = None
    due_date: date | None = None
    priority: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFlags:
    """Set our fields of one account from what was seen to what should be; both hold only the fields that differ."""

    account: AccountRef
    before: Mapping[str, Value]
    after: Mapping[str, Value]
    reason: str = ""
    kind: Literal["set_flags"] = "set_flags"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    crm: str
    account: AccountRef | None
    task: Task
    reason: str = ""
    kind: Literal["open_task"] = "open_task"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateTask:
    """Change an open task of ours that no person touched; `before` is the precondition."""

    crm: str
    account: AccountRef | None
    id: str
    key: str
    before: Mapping[str, Value]
    after: Mapping[str, Value]
    reason: str = ""
    kind: Literal["update_task"] = "update_task"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseTask:
    crm: str
    account: AccountRef | None
    id: str
    key: str
    reason: str = ""
    kind: Literal["close_task"] = "close_task"


TaskChange = OpenTask | UpdateTask | CloseTask
Change = SetFlags | TaskChange
Outcome = Literal["applied", "unchanged", "drifted", "refused", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of one change. `why` is the CRM's reason in one line, without personal text."""

    change: Change
    outcome: Outcome
    remote_id: str | None = None
    request_id: str | None = None
    why: str = ""


class Writer(Protocol):
    """Writes our flags and our tasks, nothing else; the fence below refuses the rest."""

    crm: str
    flags_per_call: int
    tasks_per_call: int

    def forecast(self, flags: int, tasks: int) -> int:
        """The calls that writing this many flag changes and new tasks will take, reads before the writes included."""
        ...

    def writable(self) -> frozenset[str]:
        """The canonical flag fields that exist here and may be written (see FLAG_FIELDS)."""
        ...

    def read_flags(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, Value]]:
        """Our fields of these accounts as they are now, read directly (never from a search index). Missing accounts are absent."""
        ...

    def write_flags(self, changes: Sequence[SetFlags]) -> Iterable[Receipt]:
        """One receipt a change, in any order. At most `flags_per_call` changes; raises CrmError when the whole call failed."""
        ...

    def find_tasks(self, wanted: Sequence[TaskChange]) -> Mapping[str, SeenTask]:
        """The tasks that already carry these keys, open, closed or deleted, read without a search index."""
        ...

    def write_tasks(self, changes: Sequence[TaskChange]) -> Iterable[Receipt]:
        """As write_flags. Opening is idempotent by key: an ambiguous failure followed by a repeat makes no second task."""
        ...

    @property
    def calls(self) -> Calls: ...


FLAG_FIELDS = (
    "stage_proposed", "level", "open_rules", "revenue_share", "index", "coverage", "computed_at", "run",
    "explanation", "trend", "next_step", "checklist", "at_stake", "restricted",
)  # fmt: skip
"""Canonical names of the fields that software writes (domain.md D.6): EQ_Level__c, eq_level ..."""


class Provisioner(Protocol):
    """Creates or verifies what the CRM needs to hold our flags and tasks. Idempotent; never deletes a person's data."""

    def provision(self, *, dry_run: bool) -> Iterator[Check]: ...


class Link(Protocol):
    """A configured CRM: one session shared by the three roles."""

    crm: str

    def reader(self) -> Reader: ...
    def writer(self) -> Writer: ...
    def provisioner(self) -> Provisioner: ...
    def close(self) -> None: ...


# ---------------------------------------------------------------- running


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What a connector may use of its surroundings: the clock, the pause between tries, the day's share, and a place to report progress."""

    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    zone: str = "Europe/Paris"
    home_currency: str = "EUR"
    calls_per_run: int | None = None
    day_share: float = 0.8
    progress: Callable[[str, int, int | None], None] = lambda _what, _done, _total: None
    memory: Path | None = None
    """A private folder that outlives the run: what a connector needs to go on with work that a crash cut off. None: it starts anew."""
    scan: Scan | None = None
    """Text scanning, off unless the configuration says otherwise: None, and no text of a message is asked for."""

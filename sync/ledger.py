"""The precious store: what was run, found, planned, sent and answered. SQLite (WAL) or PostgreSQL through SQLAlchemy Core.

    begin -> record (findings, episodes, plan, outbox: one transaction) -> sent -> answered -> end

`status`, `findings` and `explain` read only this, so they answer while a sync holds the facts.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, delete, event, func, insert, inspect, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from rules.model import Episode, Mark
from sync import tables
from sync.config import ConfigError
from sync.privileges import Held

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, Row

BUSY_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The scheduled run before another one, and the slots that nobody ran since it began."""

    ended: str | None
    at: datetime
    missed: int


class LedgerError(Exception):
    """The ledger cannot be used: one line with the mend."""


class Ledger:
    """Opened by `open_ledger`; every method is one transaction unless it says otherwise."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction whose failures speak of the ledger, not of the database driver."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise LedgerError(_mend(error)) from error

    # ------------------------------------------------------------ runs

    def begin(self, run: Mapping[str, Any]) -> None:
        with self.transaction() as connection:
            connection.execute(insert(tables.runs).values(**run))

    def end(self, run: str, **values: Any) -> None:
        with self.transaction() as connection:
            connection.execute(update(tables.runs).where(tables.runs.c.id == run).values(**values))

    def runs(self, limit: int = 10, *, finished: bool = False, real: bool = False) -> Sequence[Row[Any]]:
        """The latest runs, newest first; `finished` leaves out those under way or cut off, `real` the dry ones."""
        query = select(tables.runs).order_by(tables.runs.c.started_at.desc(), tables.runs.c.id.desc()).limit(limit)
        if finished:
            query = query.where(tables.runs.c.ended_at.is_not(None), tables.runs.c.portfolio.is_not(None))
        if real:
            query = query.where(tables.runs.c.dry_run.is_(False))
        with self.transaction() as connection:
            return connection.execute(query).all()

    def run(self, run: str) -> Row[Any] | None:
        with self.transaction() as connection:
            return connection.execute(select(tables.runs).where(tables.runs.c.id == run)).one_or_none()

    def scheduled_before(self, run: str) -> Past | None:
        """The scheduled sync that began last before this one, and how many slots were missed since; None when there was none."""
        runs, slots = tables.runs.c, tables.slots.c
        began = select(runs.started_at).where(runs.id == run).scalar_subquery()
        query = select(runs.outcome, runs.started_at).where(
            runs.trigger == "schedule", runs.kind == "sync", runs.id != run, runs.started_at <= began
        )
        with self.transaction() as connection:
            row = connection.execute(query.order_by(runs.started_at.desc(), runs.id.desc()).limit(1)).one_or_none()
            if row is None:
                return None
            missed = select(func.count()).where(slots.job == "sync", slots.state == "missed", slots.slot > row.started_at)
            return Past(ended=row.outcome, at=row.started_at, missed=connection.execute(missed).scalar_one())

    def close_unfinished(self, now: datetime) -> int:
        """Mark runs that a kill or a power cut left open; the holder of the lease calls it, so none of them is alive."""
        with self.transaction() as connection:
            open_runs = tables.runs.c.ended_at.is_(None)
            done = connection.execute(update(tables.runs).where(open_runs).values(ended_at=now, outcome="killed", complete=False))
            return done.rowcount

    # ------------------------------------------------------------ episodes

    def episodes(self, *, only_open: bool = False) -> list[Episode]:
        """Episodes in the order of their opening: open ones, and the cleared ones that the cooldown still needs."""
        query = select(tables.episodes).order_by(tables.episodes.c.opened, tables.episodes.c.id)
        with self.transaction() as connection:
            rows = connection.execute(query.where(tables.episodes.c.cleared.is_(None)) if only_open else query).all()
        return [_episode(row) for row in rows]

    def rules_seen(self) -> frozenset[str]:
        with self.transaction() as connection:
            return frozenset(connection.execute(select(tables.rules_seen.c.rule)).scalars())

    def privileges_held(self) -> list[Held]:
        """What accounts held when the stage became repair or later, as far as runs saw."""
        with self.transaction() as connection:
            rows = connection.execute(select(tables.privileges_held)).all()
        return [Held(crm=row.crm, account=row.account, since=row.since, codes=tuple(row.codes)) for row in rows]

    # ------------------------------------------------------------ recording a judged run

    def record(
        self,
        run: str,
        *,
        findings: Iterable[Mapping[str, Any]],
        plan: Mapping[str, Any],
        episodes: Iterable[Episode] = (),
        rules: Iterable[str] = (),
        outgoing: Sequence[Mapping[str, Any]] = (),
        held: Iterable[Held] | None = None,
        now: datetime,
    ) -> list[int]:
        """Findings and plan; for a real run also episodes, privileges held and the outbox, all or nothing. Returns the outbox ids in order."""
        with self.transaction() as connection:
            rows = [dict(row, run=run) for row in findings]
            if rows:
                connection.execute(insert(tables.findings), rows)
            connection.execute(delete(tables.plans).where(tables.plans.c.id == plan["id"]))
            connection.execute(insert(tables.plans).values(**plan, run=run))
            _store_episodes(connection, episodes)
            seen = set(connection.execute(select(tables.rules_seen.c.rule)).scalars())
            for rule in sorted(set(rules) - seen):
                connection.execute(insert(tables.rules_seen).values(rule=rule, first_at=now))
            if held is not None:
                _store_held(connection, held)
            connection.execute(update(tables.outbox).where(tables.outbox.c.state.in_(("pending", "sent"))).values(state="superseded"))
            return [_post(connection, run, plan["id"], change) for change in outgoing]

    # ------------------------------------------------------------ the outbox

    def sent(self, ids: Sequence[int], now: datetime) -> None:
        """The intent, before the call."""
        with self.transaction() as connection:
            connection.execute(update(tables.outbox).where(tables.outbox.c.id.in_(ids)).values(state="sent", sent_at=now))

    def answered(self, receipts: Sequence[Mapping[str, Any]], now: datetime) -> None:
        """The outcome, after the call: receipts, and for what was applied the values written and the tasks made."""
        with self.transaction() as connection:
            for receipt in receipts:
                row = {name: receipt[name] for name in ("outbox", "run", "outcome", "remote_id", "request_id", "why")}
                connection.execute(insert(tables.receipts).values(**row, at=now))
                connection.execute(update(tables.outbox).where(tables.outbox.c.id == receipt["outbox"]).values(state="done"))
                if receipt["outcome"] in {"applied", "unchanged"}:
                    _remember(connection, receipt)
                    for rule, group, name, level in receipt.get("serves", ()):
                        _served(connection, (rule, group, name, level), receipt["as_of"])

    def written(self) -> dict[tuple[str, str], dict[str, tuple[Any, Any]]]:
        """What we last wrote: (crm, account) -> field -> (value before, value written)."""
        result: dict[tuple[str, str], dict[str, tuple[Any, Any]]] = {}
        with self.transaction() as connection:
            for row in connection.execute(select(tables.written)):
                result.setdefault((row.crm, row.account), {})[row.field] = (row.before, row.after)
        return result

    def tasks(self) -> dict[str, Row[Any]]:
        """The tasks we made, by key."""
        with self.transaction() as connection:
            return {row.key: row for row in connection.execute(select(tables.tasks))}

    def receipts(self, run: str) -> Sequence[Row[Any]]:
        joined = tables.receipts.join(tables.outbox, tables.receipts.c.outbox == tables.outbox.c.id)
        columns = (*tables.receipts.c, tables.outbox.c.crm, tables.outbox.c.account, tables.outbox.c.kind, tables.outbox.c.key)
        with self.transaction() as connection:
            return connection.execute(select(*columns).select_from(joined).where(tables.receipts.c.run == run)).all()

    def changes(self, account: str, crm: str | None) -> Sequence[Row[Any]]:
        """Everything ever sent for one account, oldest first, with the outcome where there is one."""
        box, answer = tables.outbox, tables.receipts
        columns = (
            box.c.run,
            box.c.crm,
            box.c.account,
            box.c.kind,
            box.c.key,
            box.c.change,
            box.c.state,
            answer.c.outcome,
            answer.c.why,
            answer.c.at,
        )
        query = (
            select(*columns)
            .select_from(box.outerjoin(answer, answer.c.outbox == box.c.id))
            .where(box.c.account == account)
            .order_by(box.c.id)
        )
        with self.transaction() as connection:
            rows: Sequence[Any] = connection.execute(query if crm is None else query.where(box.c.crm == crm)).all()
            return rows

    def findings(self, run: str) -> Sequence[Row[Any]]:
        found = tables.findings
        with self.transaction() as connection:
            return connection.execute(select(found).where(found.c.run == run).order_by(found.c.rule, found.c.group_id)).all()

    def plan(self, run: str) -> Row[Any] | None:
        with self.transaction() as connection:
            return connection.execute(select(tables.plans).where(tables.plans.c.run == run)).one_or_none()

    # ------------------------------------------------------------ slots of the scheduler

    def take_slot(self, job: str, slot: datetime, state: str = "taken") -> bool:
        """Claim one firing of a job; False when another process has it already."""
        try:
            with self.engine.begin() as connection:
                connection.execute(insert(tables.slots).values(job=job, slot=slot, state=state))
        except SQLAlchemyError:
            return False
        return True

    def last_slot(self, job: str) -> datetime | None:
        query = select(tables.slots.c.slot).where(tables.slots.c.job == job).order_by(tables.slots.c.slot.desc()).limit(1)
        with self.transaction() as connection:
            slot: datetime | None = connection.execute(query).scalar_one_or_none()
            return slot


def open_ledger(url: str) -> Ledger:
    """The ledger at this URL, created or migrated when needed. Raises LedgerError or ConfigError with the mend."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = create_engine(parsed, pool_pre_ping=True)
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise ConfigError(f"store.ledger cannot be used: {error}") from error
    except OSError as error:
        raise LedgerError(f"the ledger's folder cannot be made: {error}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_settings)
        event.listen(engine, "begin", _sqlite_begin)
    ledger = Ledger(engine)
    with ledger.transaction() as connection:
        _migrate(connection)
    return ledger


def _sqlite_settings(dbapi: Any, _record: object) -> None:
    dbapi.isolation_level = None  # our own BEGIN IMMEDIATE below, so that two writers queue instead of deadlocking
    cursor = dbapi.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _migrate(connection: Connection) -> None:
    present = inspect(connection).has_table("alembic_version")
    version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() if present else None
    if version == tables.HEAD:
        return
    from alembic import command  # noqa: PLC0415 - heavy, and needed once in a ledger's life
    from alembic.config import Config as AlembicConfig  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    settings = AlembicConfig()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    settings.attributes["connection"] = connection
    try:
        command.upgrade(settings, "head")
    except CommandError as error:
        raise LedgerError(f"the ledger was made by another version of equilibre ({version}): {error}") from error


def _mend(error: DBAPIError) -> str:
    text = str(error.orig)
    if "locked" in text:
        return f"the ledger is locked by another program for more than {BUSY_SECONDS} s; close it and run again"
    if isinstance(error, OperationalError) and "full" in text:
        return "the disk of the ledger is full; free some space and run again, nothing was lost"
    if "malformed" in text or "not a database" in text:
        return "the ledger file is damaged; restore it from a backup, or move it away to start anew (task keys live in the CRM, no task doubles)"
    return f"the ledger answered: {text.splitlines()[0]}"


def _episode(row: Row[Any]) -> Episode:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    values.pop("id")
    return Episode(group=values.pop("group_id"), **values)


def _store_episodes(connection: Connection, episodes: Iterable[Episode]) -> None:
    known = {(row.rule, row.group_id, row.name, row.opened): row for row in connection.execute(select(tables.episodes))}
    for episode in episodes:
        values = asdict(episode)
        values["group_id"] = values.pop("group")
        old = known.get((episode.rule, episode.group, episode.name, episode.opened))
        if old is None:
            connection.execute(insert(tables.episodes).values(**values))
        elif _episode(old) != episode:
            connection.execute(update(tables.episodes).where(tables.episodes.c.id == old.id).values(**values))


def _store_held(connection: Connection, held: Iterable[Held]) -> None:
    table, wanted = tables.privileges_held, {(one.crm, one.account): one for one in held}
    known = {(row.crm, row.account) for row in connection.execute(select(table.c.crm, table.c.account))}
    for crm, account in known - wanted.keys():
        connection.execute(delete(table).where(table.c.crm == crm, table.c.account == account))
    rows = [asdict(wanted[key]) for key in sorted(wanted.keys() - known)]
    if rows:
        connection.execute(insert(table), rows)


def _post(connection: Connection, run: str, plan: str, change: Mapping[str, Any]) -> int:
    row = {name: change.get(name) for name in ("crm", "account", "kind", "key")}
    done = connection.execute(insert(tables.outbox).values(**row, run=run, plan=plan, change=dict(change), state="pending"))
    identity: int = done.inserted_primary_key[0]  # type: ignore[index]
    return identity


def _served(connection: Connection, served: tuple[str, str, str, str], day: date) -> None:
    """Note on an episode that the task of its level exists, so that mere persistence makes no other."""
    rule, group, name, level = served
    same = [
        tables.episodes.c.rule == rule,
        tables.episodes.c.group_id == group,
        tables.episodes.c.name == name,
        tables.episodes.c.level == level,
    ]
    open_one = tables.episodes.c.cleared.is_(None)
    connection.execute(update(tables.episodes).where(*same, open_one).values(task_level=level, task_at=day))


def _remember(connection: Connection, receipt: Mapping[str, Any]) -> None:
    change = receipt["change"]
    if change["kind"] == "set_flags":
        for field, value in change["after"].items():
            where = {"crm": change["crm"], "account": change["account"], "field": field}
            same = [tables.written.c[name] == part for name, part in where.items()]
            connection.execute(delete(tables.written).where(*same))
            connection.execute(insert(tables.written).values(**where, before=change["before"].get(field), after=value, run=receipt["run"]))
    elif change["kind"] == "open_task":
        mark = Mark(*change["task"]["mark"].split("|"))._asdict()
        connection.execute(delete(tables.tasks).where(tables.tasks.c.key == change["key"]))
        content = {name: change["task"][name] for name in ("subject", "due_date", "priority", "owner_id")}
        row = {"key": change["key"], "crm": change["crm"], "remote_id": receipt["remote_id"], "group_id": change["group"] or ""}
        connection.execute(insert(tables.tasks).values(**row, **mark, content=content, run=receipt["run"]))
    elif change["kind"] == "update_task":
        row_ = connection.execute(select(tables.tasks).where(tables.tasks.c.key == change["key"])).one_or_none()
        if row_ is not None:
            merged = {**row_.content, **change["after"]}
            connection.execute(update(tables.tasks).where(tables.tasks.c.key == change["key"]).values(content=merged))

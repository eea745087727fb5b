"""The facts: a mirror of every CRM (raw_<crm>), and the canonical tables of rules/facts.sql that are built from it.

    absorb   landed pages -> raw_<crm>."<stream>" and its watermark, one transaction
    rebuild  raw_<crm>    -> the source's rows of each canonical table, one transaction a table

A table is rebuilt when what it was built from changed: the query, the words, the zone, or a stream. That is remembered in the file,
so a run killed between the two steps is healed by the next one. Problems and diagnostics of a table stay until it is built again.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import duckdb
import structlog

from connectors.contract import Problem
from sync.canonical import Builder, columns_of, filled
from sync.cells import WorkingTime
from sync.mirror import forget, take_in
from sync.schema import FactsError, quoted, specs
from sync.store import is_damage, open_store, out_of_room, set_aside, transaction
from sync.watermarks import remember, seen, shape

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from connectors.contract import Landed, Stream, Table
    from sync.watermarks import Seen

log = structlog.get_logger()

TOLD: Final = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)
"""Errors whose text names columns and tables only; the text of others may hold a person's data."""


class NotAbsorbed(FactsError):
    """One stream's landed files could not be read; the mirror is as before and the others can go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What the canonical tables hold of one source. `complete` is False when a table lacks something that the CRM has."""

    source: str
    rows: Mapping[str, int]
    rebuilt: tuple[str, ...]
    problems: tuple[Problem, ...]
    complete: bool


class Facts:
    """One writer's view of facts.duckdb. `notice` is one line when an unusable file was set aside at opening."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path, zone: str, working: WorkingTime, notice: str = "") -> None:
        self.connection, self.path, self.zone, self.working, self.notice = connection, path, zone, working, notice

    @classmethod
    @contextmanager
    def open(
        cls,
        path: Path,
        *,
        zone: str,
        business_hours: str = "08:00-18:00",
        holidays: Iterable[object] = (),
        memory_limit: str = "2GB",
        threads: int | None = None,
    ) -> Iterator[Facts]:
        """Hold the facts for one run. Raises FactsError: another writer, full disk, no permission."""
        connection, notice = open_store(path, zone=zone, memory_limit=memory_limit, threads=threads)
        is_broken = False
        try:
            yield cls(connection, path, zone, WorkingTime.parse(business_hours, map(str, holidays)), notice)
        except duckdb.Error as error:
            is_broken = is_damage(error)
            told = out_of_room(path, error)
            if told is not None:
                raise told from error
            if is_broken:
                raise FactsError(f"{path} is damaged and was set aside: run again, everything is read from the CRMs") from error
            raise
        finally:
            connection.close()
            if is_broken:
                set_aside(path)

    # ------------------------------------------------------------ the mirror

    def watermarks(self, crm: str, streams: Sequence[Stream]) -> dict[str, str]:
        """Where each stream goes on; a stream that is new, incomplete or has other columns than before has none and is read in full."""
        return self.resuming(crm)(streams)

    def resuming(self, crm: str) -> Callable[[Sequence[Stream]], dict[str, str]]:
        """The watermarks as they are now, for a thread that must not touch the facts: `streams -> where each goes on`."""
        known = seen(self.connection, crm)

        def since(streams: Sequence[Stream]) -> dict[str, str]:
            same = {one.name: known[one.name].watermark for one in streams if one.name in known and known[one.name].shape == shape(one)}
            return {name: mark for name, mark in same.items() if mark is not None}

        return since

    def incomplete(self, crm: str, streams: Sequence[Stream]) -> list[str]:
        """The streams whose mirror lacks something, never read ones included."""
        known = seen(self.connection, crm)
        return [stream.name for stream in streams if stream.name not in known or not known[stream.name].is_complete]

    def held(self, crm: str) -> dict[str, int]:
        """About how many rows the mirror has of each stream; a person's own files are not mirrored."""
        found = self.connection.execute("SELECT table_name, estimated_size FROM duckdb_tables() WHERE schema_name = ?", [f"raw_{crm}"])
        return {str(name): int(rows) for name, rows in found.fetchall()}

    def absorb(self, crm: str, landed: Landed) -> bool:
        """Bring the mirror of one stream up to what landed; says whether it may have changed.

        The watermark moves with the rows, and only when everything was read: an incomplete full stream will be read in full again.
        Raises NotAbsorbed when the files cannot be read, FactsError when there is no room.
        """
        before = seen(self.connection, crm).get(landed.stream.name)
        try:
            with transaction(self.connection):
                changed = take_in(self.connection, crm, landed, is_new=before is None)
                remember(self.connection, crm, landed, before, changed=changed)
        except duckdb.Error as error:
            if is_damage(error):
                raise
            told = out_of_room(self.path, error) or NotAbsorbed(f"{crm} {landed.stream.name}: {_reason(error)}")
            raise told from error
        return changed

    # ------------------------------------------------------------ the canonical tables

    def build(self, crm: str, table: Table) -> bool:
        """Build one table ahead of the others, if its origin changed; says whether it stands."""
        return not self._build(crm, table, seen(self.connection, crm), [])

    def rebuild(
        self, crm: str, tables: Sequence[Table], *, built: Collection[Table] = (), heartbeat: Callable[[], object] = lambda: None
    ) -> LoadReport:
        """Build the source's canonical tables from the mirror, those whose origin changed; tables that are no longer offered are emptied.

        `built` are those that `build` made of all that was read since.
        """
        offered = {table.name for table in tables}
        for (name,) in self.connection.execute("SELECT table_name FROM built WHERE source = ?", [crm]).fetchall():
            if name not in offered:
                with transaction(self.connection):
                    self._empty(crm, name)
        known = seen(self.connection, crm)
        told: list[Problem] = []
        rebuilt: list[str] = []
        for table in (one for one in tables if one not in built):
            heartbeat()
            told += self._build(crm, table, known, rebuilt)
        kept = self._kept_problems(crm)
        counted = self.connection.execute("SELECT table_name, rows FROM built WHERE source = ? ORDER BY ALL", [crm]).fetchall()
        return LoadReport(source=crm, rows=dict(counted), rebuilt=tuple(rebuilt), problems=(*told, *kept), complete=not told and not kept)

    def _build(self, crm: str, table: Table, known: Mapping[str, Seen], rebuilt: list[str]) -> list[Problem]:
        """Build one table when it is due. Gives what kept it from being built; what was wrong in its rows is kept in the facts."""
        where = f"{crm} {table.object}"
        if waiting := [name for name in table.streams if name not in known]:
            return [Problem(where=where, what=f"{table.name} waits for {', '.join(waiting)}, which was not read yet")]
        states = [known[name] for name in table.streams]
        if not all(state.is_readable for state in states):
            return []  # told when it landed; what was there stays
        merge = any(state.is_passing and not state.is_complete for state in states)  # other mirrors keep the unread rows themselves
        try:
            given = columns_of(self.connection, table)
            builder = Builder(
                con=self.connection, source=crm, spec=specs()[table.name], table=table, given=given, zone=self.zone, working=self.working
            )
            fingerprint, before = _fingerprint(builder.insert(), table, states), self._fingerprint_of(crm, table.name)
            if fingerprint not in before:
                with transaction(self.connection):
                    self._replace(builder, fingerprint, merge=merge, is_new=not before)
                rebuilt.append(table.name)
        except duckdb.Error as error:
            if is_damage(error) or out_of_room(self.path, error) is not None:
                raise
            log.warning("table not built", crm=crm, table=table.name, reason=_reason(error))
            return [Problem(where=where, what=f"{table.name} is as before, its new rows could not be read: {_reason(error)}")]
        return []

    def _replace(self, builder: Builder, fingerprint: str, *, merge: bool, is_new: bool) -> None:
        con, source, name, table = self.connection, builder.source, builder.spec.name, builder.table
        if not is_new:
            self._clear_notes(source, name)
        if lacking := [key for key in builder.spec.keys if key not in builder.given]:
            self._empty(source, name)
            loaded_rows = 0
            problems: tuple[Problem, ...] = (
                Problem(where=f"{source} {table.object}", column=lacking[0], what=f"is not there, so no row of {name} can be used"),
            )
        else:
            loaded = builder.build(merge=merge)
            loaded_rows, problems = loaded.rows, loaded.problems
            con.execute("INSERT INTO filled SELECT ?, ?, unnest(?)", [source, name, list(filled(table, builder.spec, builder.given))])
        for one in problems:
            con.execute("INSERT INTO load_problems VALUES (?, ?, ?, ?, ?, ?)", [source, name, one.where, one.column, one.what, one.rows])
        con.execute("INSERT INTO built VALUES (?, ?, ?, ?, ?)", [source, name, table.object, fingerprint, loaded_rows])

    def _clear_notes(self, source: str, name: str) -> None:
        for book in ("built", "filled", "load_problems", "load_diagnostics"):
            self.connection.execute(f"DELETE FROM {book} WHERE source = ? AND table_name = ?", [source, name])

    def _empty(self, source: str, name: str) -> None:
        self.connection.execute(f"DELETE FROM {name} WHERE source = ?", [source])
        self._clear_notes(source, name)

    def _fingerprint_of(self, source: str, name: str) -> list[str]:
        found = self.connection.execute("SELECT fingerprint FROM built WHERE source = ? AND table_name = ?", [source, name])
        return [text for (text,) in found.fetchall()]

    def _kept_problems(self, source: str) -> list[Problem]:
        found = self.connection.execute(
            "SELECT place, column_name, what, rows FROM load_problems WHERE source = ? ORDER BY table_name, rowid", [source]
        )
        return [Problem(where=where, column=column, what=what, rows=rows) for where, column, what, rows in found.fetchall()]

    # ------------------------------------------------------------ all sources

    def objects(self) -> dict[tuple[str, str], str]:
        """(source, canonical table) -> the vendor object that its record ids open."""
        return {
            (source, name): obj for source, name, obj in self.connection.execute("SELECT source, table_name, object FROM built").fetchall()
        }

    def sources(self) -> list[str]:
        """The CRMs that the facts hold anything of."""
        return [crm for (crm,) in self.connection.execute("SELECT DISTINCT crm FROM watermarks ORDER BY crm").fetchall()]

    def forget_streams(self, chosen: Callable[[str], bool]) -> None:
        """Remove the mirrors of the chosen streams, of every CRM; what was built from them goes with the next rebuild."""
        found = self.connection.execute("SELECT crm, stream FROM watermarks ORDER BY ALL").fetchall()
        for crm, stream in found:
            if chosen(stream):
                with transaction(self.connection):
                    forget(self.connection, crm, stream)
                    self.connection.execute("DELETE FROM watermarks WHERE crm = ? AND stream = ?", [crm, stream])

    def forget(self, crm: str) -> None:
        """Remove everything of one CRM, as when it is switched off: its clients must not be judged any more."""
        with transaction(self.connection):
            for name in specs():
                self._empty(crm, name)
            for stream in seen(self.connection, crm):
                forget(self.connection, crm, stream)
            self.connection.execute("DELETE FROM watermarks WHERE crm = ?", [crm])
            self.connection.execute(f"DROP SCHEMA IF EXISTS {quoted(f'raw_{crm}')}")


def _fingerprint(insert: str, table: Table, states: Sequence[Seen]) -> str:
    origin = [insert, table.object, table.columns, [(state.revision, state.is_complete) for state in states]]
    return hashlib.sha256(json.dumps(origin).encode()).hexdigest()


def _reason(error: duckdb.Error) -> str:
    """Why, without the data that other messages of the engine quote."""
    return str(error).splitlines()[0] if isinstance(error, TOLD) else f"{type(error).__name__} in the landed rows"

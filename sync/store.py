"""The file facts.duckdb: opened by one writer, laid out, and set aside when it cannot be used.

It mirrors the CRMs and nothing else, so a damaged file or one of another version is not repaired but put beside
(facts.duckdb.aside, the last one is kept) and filled again from the CRMs.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import duckdb
import structlog

from rules.statements import run
from sync.land import disk
from sync.schema import FactsError, ddl, literal, version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

log = structlog.get_logger()

FULL: Final = ("No space left", "File too large", "Could not write", "failed to offload", "Disk quota")


class Unusable(Exception):
    """A facts file that cannot serve: why, in a few words."""


def open_store(path: Path, *, zone: str, memory_limit: str, threads: int | None) -> tuple[duckdb.DuckDBPyConnection, str]:
    """The connection, and one line about a file that was set aside (empty: none was). Raises FactsError when another process writes."""
    with disk(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        return _connect(path, zone=zone, memory_limit=memory_limit, threads=threads), ""
    except Unusable as error:
        notice = f"{path} was set aside because {error}; everything is read again from the CRMs"
        log.warning("facts set aside", file=str(path), why=str(error))
        set_aside(path)
    return _connect(path, zone=zone, memory_limit=memory_limit, threads=threads), notice


def set_aside(path: Path) -> None:
    """Put the file and its log beside, over an older one that was put there."""
    with disk(path):
        for file in (path, path.with_name(f"{path.name}.wal")):
            if file.exists():
                file.replace(file.with_name(f"{file.name}.aside"))


def _connect(path: Path, *, zone: str, memory_limit: str, threads: int | None) -> duckdb.DuckDBPyConnection:
    try:
        con = duckdb.connect(path)
    except duckdb.Error as error:
        raise opening_failed(path, error) from error
    try:
        path.chmod(0o600)
        spill = path.with_name("spill")
        shutil.rmtree(spill, ignore_errors=True)  # of a killed run: the lock of the file is ours now
        con.execute(f"SET temp_directory = {literal(str(spill))}")
        con.execute(f"SET memory_limit = {literal(memory_limit)}")
        con.execute(f"SET TimeZone = {literal(zone)}")
        con.execute("SET autoinstall_known_extensions = false")
        if threads is not None:
            con.execute(f"SET threads = {threads:d}")
        _lay_out(con)
    except duckdb.Error as error:
        con.close()
        raise opening_failed(path, error) from error
    except BaseException:
        con.close()
        raise
    return con


def _lay_out(con: duckdb.DuckDBPyConnection) -> None:
    """Create the tables in a new file; an old layout is Unusable."""
    tables = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if not tables:
        with transaction(con):
            run(con, ddl())
            con.execute("INSERT INTO layout VALUES (?)", [version()])
    elif "layout" not in tables or con.execute("SELECT version FROM layout").fetchall() != [(version(),)]:
        raise Unusable("it was written by another version of the program")


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing."""
    con.execute("BEGIN")
    try:
        yield
        con.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # an error of the engine may have ended it already
            con.execute("ROLLBACK")
        raise


def opening_failed(path: Path, error: duckdb.Error) -> Exception:
    """What an error while opening means: FactsError when a person must act, Unusable when a new file helps."""
    text = str(error)
    if "Conflicting lock" in text or "Could not set lock" in text:
        holder = text.partition("(PID ")[2].partition(")")[0]
        return FactsError(f"{path} is held by another process{f' ({holder})' if holder else ''}: wait until it is done, or stop it")
    if "Permission denied" in text:
        return FactsError(f"{path} cannot be opened: give this user the right to read and write it")
    return out_of_room(path, error) or Unusable("it is damaged")


def out_of_room(path: Path, error: duckdb.Error) -> FactsError | None:
    """The one line for a full disk or too little memory; None when the error is another one."""
    text = str(error)
    if any(sign in text for sign in FULL):
        return FactsError(f"the disk of {path.parent} is full: free some space, or set store.directory to a larger disk")
    if isinstance(error, duckdb.OutOfMemoryException):
        return FactsError("store.memory_limit is too small for this portfolio: raise it, 3GB suffice for 30 million rows")
    return None


def is_damage(error: duckdb.Error) -> bool:
    """Whether the file itself is broken, not the statement."""
    return isinstance(error, duckdb.FatalException | duckdb.InternalException) or "Corrupt database" in str(error)

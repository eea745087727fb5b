"""Landed files -> raw_<crm>."<stream>": the CRM's rows as text, archived and deleted ones included.

    full, complete     the mirror becomes what landed; a small one that is the same as before counts as unchanged
    full, incomplete   merged: what was not read may still exist, so nothing is deleted
    delta              newest version per key where the stream has one; else the landed rows of a key replace all it had
    kept files         a view: a person's file is read where it lies, in the pass that builds the canonical table
    without a key      the mirror becomes what landed: lines cannot be told apart, so the canonical table keeps what is missing

Any split of the same rows into pages and deltas, in any order, with repeats, ends in the same mirror. Everything happens in the
caller's transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync.schema import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from connectors.contract import Landed, Stream

BATCH: Final = "landed_batch"
COMPARED: Final = 50_000
"""Rows up to which a list that was read whole is compared with what is held; above, comparing costs more than rebuilding."""


def place(crm: str, stream: str) -> str:
    """The SQL name of a stream's mirror."""
    return f"{quoted(f'raw_{crm}')}.{quoted(stream)}"


def take_in(con: DuckDBPyConnection, crm: str, landed: Landed, *, is_new: bool = False) -> bool:
    """Bring the mirror up to what landed; says whether it may have changed. `is_new`: this stream was never mirrored."""
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(f'raw_{crm}')}")
    target = place(crm, landed.stream.name)
    if landed.kept:
        if landed.files:
            forget(con, crm, landed.stream.name)
            con.execute(f"CREATE VIEW {target} AS {_rows(landed)}")
        return bool(landed.files)
    if landed.full and (landed.complete or (landed.files and not landed.stream.key)):
        return _replace(con, crm, target, landed, is_new=is_new)
    _prepare(con, target, landed.stream)
    if not landed.files or not landed.rows:
        return False
    _create(con, BATCH, landed)
    _keep_newest(con, BATCH, landed.stream)
    changed = _differs(con, target, landed.stream)
    if changed:
        _merge(con, target, landed.stream)
    con.execute(f"DROP TABLE {BATCH}")
    return changed


def _replace(con: DuckDBPyConnection, crm: str, target: str, landed: Landed, *, is_new: bool) -> bool:
    """The mirror becomes what landed. Lists that are always read whole (owners, stages) are compared, so that they rebuild nothing."""
    held = None if is_new else _held(con, crm, landed.stream)
    if held == 0 and not landed.rows:
        return False
    if held is not None and held <= COMPARED and landed.files:
        _create(con, BATCH, landed)
        _keep_newest(con, BATCH, landed.stream)
        same = _count(con, f"SELECT count(*) FROM {BATCH}") == held and not _lacks(con, BATCH, target, landed.stream)
        con.execute(f"DROP TABLE {BATCH}")
        if same:
            return False
    if not is_new:
        forget(con, crm, landed.stream.name)
    _create(con, target, landed)
    if landed.rows:
        _keep_newest(con, target, landed.stream)
    return True


def _held(con: DuckDBPyConnection, crm: str, stream: Stream) -> int | None:
    """How many rows the mirror of a stream holds; None when it is no table of just these columns."""
    found = con.execute(
        "SELECT column_name FROM duckdb_columns() WHERE schema_name = ? AND table_name = ?", [f"raw_{crm}", stream.name]
    ).fetchall()
    if {name for (name,) in found} != set(stream.columns):
        return None
    return _count(con, f"SELECT count(*) FROM {place(crm, stream.name)}")


def _differs(con: DuckDBPyConnection, target: str, stream: Stream) -> bool:
    """Whether merging the batch would change anything: windows overlap, so most deltas bring back what is known."""
    if not _count(con, f"SELECT count(*) FROM {BATCH}"):
        return False
    if not stream.key:
        return True
    keys = ", ".join(quoted(name) for name in stream.key)
    known = f"(SELECT * FROM {target} WHERE ({keys}) IN (SELECT ({keys}) FROM {BATCH}))"
    return _lacks(con, BATCH, known, stream) or (stream.version is None and _lacks(con, known, BATCH, stream))


def _lacks(con: DuckDBPyConnection, one: str, other: str, stream: Stream) -> bool:
    """Whether `one` has a row that `other` has not, or has it more often."""
    columns = ", ".join(quoted(name) for name in stream.columns)
    return _count(con, f"SELECT count(*) FROM (SELECT {columns} FROM {one} EXCEPT ALL SELECT {columns} FROM {other})") > 0


def forget(con: DuckDBPyConnection, crm: str, stream: str) -> None:
    """Remove a stream's mirror, table or view."""
    views = con.execute("SELECT count(*) FROM duckdb_views() WHERE schema_name = ? AND view_name = ?", [f"raw_{crm}", stream]).fetchone()
    con.execute(f"DROP {'VIEW' if views != (0,) else 'TABLE'} IF EXISTS {place(crm, stream)}")


def _rows(landed: Landed) -> str:
    files = ", ".join(literal(str(file)) for file in landed.files)
    columns = ", ".join(f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" for name in landed.stream.columns)
    return f"SELECT {columns} FROM ({landed.relation.replace('{files}', f'[{files}]')})"


def _create(con: DuckDBPyConnection, target: str, landed: Landed) -> None:
    if landed.files and landed.rows:
        con.execute(f"CREATE {'TEMP ' if target == BATCH else ''}TABLE {target} AS {_rows(landed)}")
    else:
        columns = ", ".join(f"{quoted(name)} VARCHAR" for name in landed.stream.columns)
        con.execute(f"CREATE {'TEMP ' if target == BATCH else ''}TABLE {target} ({columns})")


def _prepare(con: DuckDBPyConnection, target: str, stream: Stream) -> None:
    """A mirror with at least the stream's columns, for merging into."""
    con.execute(f"CREATE TABLE IF NOT EXISTS {target} ({', '.join(f'{quoted(name)} VARCHAR' for name in stream.columns)})")
    for name in stream.columns:
        con.execute(f"ALTER TABLE {target} ADD COLUMN IF NOT EXISTS {quoted(name)} VARCHAR")


def _merge(con: DuckDBPyConnection, target: str, stream: Stream) -> None:
    columns = ", ".join(quoted(name) for name in stream.columns)
    same = " AND ".join(f"m.{quoted(name)} IS NOT DISTINCT FROM b.{quoted(name)}" for name in stream.key)
    if stream.version is None:
        con.execute(f"DELETE FROM {target} AS m USING {BATCH} AS b WHERE {same}")
    else:
        older = f"{_age(stream.version, 'm')} <= {_age(stream.version, 'b')}"
        con.execute(f"DELETE FROM {target} AS m USING {BATCH} AS b WHERE {same} AND {older}")
        con.execute(
            f"INSERT INTO {target} ({columns}) SELECT {columns} FROM {BATCH} AS b WHERE NOT EXISTS (FROM {target} AS m WHERE {same})"
        )
        return
    con.execute(f"INSERT INTO {target} ({columns}) SELECT {columns} FROM {BATCH}")


def _keep_newest(con: DuckDBPyConnection, target: str, stream: Stream) -> None:
    """One row per key, the newest version of it, the last landed of equals; without a version only repeats of a whole row go.

    Rows of a stream without any key may repeat: they are lines, not records.
    """
    if not stream.key:
        return
    by = stream.key if stream.version is not None else stream.columns
    repeated = repeats(con, target, by)
    if repeated is None:
        return
    newest = f"{_age(stream.version, 't')} DESC, t.rowid DESC" if stream.version is not None else "t.rowid DESC"
    con.execute(f"DELETE FROM {target} WHERE rowid IN (SELECT place FROM ({ranked(target, by, repeated, newest)}) WHERE nth > 1)")
    con.execute(f"DROP TABLE {repeated}")


def repeats(con: DuckDBPyConnection, table: str, by: Sequence[str], where: str = "TRUE") -> str | None:
    """The temporary table of the hashes that occur more than once among the rows of `table`; None when every row is alone.

    Eight bytes a row instead of the key: 20 million keys fit into the memory that a load has.
    """
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT {_hash(by)} AS h FROM {table} AS t WHERE {where} GROUP BY h HAVING count(*) > 1"
    )
    if _count(con, "SELECT count(*) FROM repeated"):
        return "repeated"
    con.execute("DROP TABLE repeated")
    return None


def ranked(table: str, by: Sequence[str], repeated: str, order: str, where: str = "TRUE") -> str:
    """SELECT place (rowid), record and nth (1 is the row to keep) of the rows whose key occurs more than once."""
    keys = ", ".join(f"t.{quoted(name)}" for name in by)
    return (
        f"SELECT t.rowid AS place, t.{quoted(by[0])} AS record, row_number() OVER (PARTITION BY {keys} ORDER BY {order}) AS nth "
        f"FROM {table} AS t WHERE {where} AND {_hash(by)} IN (SELECT h FROM {repeated})"
    )


def _hash(by: Sequence[str]) -> str:
    return f"hash({', '.join(f't.{quoted(name)}' for name in by)})"


def _age(version: str, alias: str) -> str:
    """Comparable age of a row: the instant, else the number, else the text; a row without version is the oldest.

    As text alone 10:00:00Z would be newer than 10:00:00.5Z, and one CRM writes both.
    """
    text = f"{alias}.{quoted(version)}"
    instant = f"coalesce(epoch_us(TRY_CAST({text} AS TIMESTAMPTZ)), TRY_CAST({text} AS BIGINT), -1)"
    return f"{{'at': {instant}, 'text': coalesce({text}, '')}}"


def _count(con: DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    return int(row[0]) if row else 0

"""What the facts remember of each stream: how far it is mirrored, in which shape, and whether anything is lacking.

The row moves in the transaction of the rows it speaks of. A watermark moves only when everything asked for was read: an incomplete
delta goes on from where it was, an incomplete full load is read in full again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from connectors.contract import Landed, Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One stream. `revision` counts the changes of its mirror; a passing mirror holds the last landing only, others also what was not
    read again; one that is not readable is a person's file that could not be opened.
    """

    watermark: str | None
    shape: str
    revision: int
    is_complete: bool
    is_readable: bool
    is_passing: bool


def seen(con: DuckDBPyConnection, crm: str) -> dict[str, Seen]:
    """Every stream of one CRM that was ever absorbed."""
    rows = con.execute(
        "SELECT stream, watermark, shape, revision, is_complete, is_readable, is_passing FROM watermarks WHERE crm = ?", [crm]
    ).fetchall()
    return {
        name: Seen(watermark=mark, shape=form, revision=revision, is_complete=complete, is_readable=readable, is_passing=passing)
        for name, mark, form, revision, complete, readable, passing in rows
    }


def remember(con: DuckDBPyConnection, crm: str, landed: Landed, before: Seen | None, *, changed: bool) -> None:
    """Note what was just taken in."""
    kept = before.watermark if before is not None and not landed.full else None
    mark = landed.watermark if landed.complete else kept
    revision = (before.revision if before is not None else 0) + changed
    is_readable = bool(landed.files) or not landed.kept
    is_passing = landed.kept or not landed.stream.key
    con.execute("DELETE FROM watermarks WHERE crm = ? AND stream = ?", [crm, landed.stream.name])
    con.execute(
        "INSERT INTO watermarks VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [crm, landed.stream.name, mark, shape(landed.stream), revision, landed.complete, is_readable, is_passing],
    )


def shape(stream: Stream) -> str:
    """What must be the same for a stream to go on from its watermark."""
    return json.dumps([stream.columns, stream.key, stream.version])

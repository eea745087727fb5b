"""rules/facts.sql as data: tables, keys, allowed values, and the columns that the load sets beside.

    x_at TIMESTAMP (UTC)  ->  x_date; for the first time of a table also is_weekend and is_out_of_hours; for cases local times too
    account_id            ->  account_key, so that joins read eight bytes and not two texts

`version` names the whole layout: a facts file of another version is not migrated but rebuilt, because it is only a mirror.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import duckdb

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE: Final = re.compile(r"^CREATE TABLE IF NOT EXISTS (\w+) \(\n(.*?)\n\);", re.MULTILINE | re.DOTALL)
COLUMN: Final = re.compile(r'^ +"?(?P<name>\w+)"? (?P<type>[A-Z]+(?:\(\d+, ?\d+\))?),?(?: *-- *(?P<note>.*))?$', re.MULTILINE)
LOCAL: Final = {"cases": {"opened_at": "opened_local", "first_response_at": "first_response_local"}}
"""Times whose local clock matters to a metric (hours until the first answer)."""
UNIQUE: Final[Mapping[str, tuple[str, ...]]] = {
    "hours": (),  # a client's week may be split over several rows (teams, activities): they add up
    "incidents": ("message_id", "category", "confirmed"),  # of one message several categories may be noted
    "order_changes": (),  # an order moves more than once
    "repairs": ("account_id", "kind", "held_at"),
    "company": ("source",),
}
"""What makes a row unique where that is not simply its @key columns; empty: rows may repeat."""
BOOKS: Final = """
CREATE TABLE IF NOT EXISTS watermarks (
    crm VARCHAR, stream VARCHAR, watermark VARCHAR, shape VARCHAR, revision BIGINT, is_complete BOOLEAN, is_readable BOOLEAN, is_passing BOOLEAN
);
CREATE TABLE IF NOT EXISTS built (source VARCHAR, table_name VARCHAR, object VARCHAR, fingerprint VARCHAR, rows BIGINT);
CREATE TABLE IF NOT EXISTS filled (source VARCHAR, table_name VARCHAR, column_name VARCHAR);
CREATE TABLE IF NOT EXISTS load_problems (source VARCHAR, table_name VARCHAR, place VARCHAR, column_name VARCHAR, what VARCHAR, rows BIGINT);
CREATE TABLE IF NOT EXISTS load_diagnostics (code VARCHAR, source VARCHAR, table_name VARCHAR, column_name VARCHAR, record_id VARCHAR, value VARCHAR);
CREATE TABLE IF NOT EXISTS layout (version VARCHAR);
"""
"""What the load remembers: how far each stream is mirrored, what each table was built from, what was wrong with it."""


class FactsError(Exception):
    """The facts cannot be kept or read: disk full, another writer, no permission. The text is one line with the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    name: str
    type: str
    is_key: bool
    allowed: tuple[str, ...]
    otherwise: str = ""
    """What a word that is not allowed becomes; empty: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One canonical table. `columns` are those of rules/facts.sql without `source`."""

    name: str
    columns: tuple[Column, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.is_key)

    @property
    def unique(self) -> tuple[str, ...]:
        """The columns that name one row within a source; empty when rows may repeat."""
        return UNIQUE.get(self.name, self.keys)

    @property
    def record(self) -> str:
        """The column by which diagnostics name a row."""
        return self.keys[0] if self.keys else "source"

    @property
    def times(self) -> tuple[str, ...]:
        """The time columns of the fact itself; `modified_at` belongs to the record and gets nothing beside it."""
        return tuple(column.name for column in self.columns if column.type == "TIMESTAMP" and column.name != "modified_at")

    @property
    def locals(self) -> Mapping[str, str]:
        return LOCAL.get(self.name, {})

    @property
    def beside(self) -> Mapping[str, str]:
        """Column -> type of what the load adds."""
        added = {"account_key": "UBIGINT"} if any(column.name == "account_id" for column in self.columns) else {}
        added |= {date_of(time): "DATE" for time in self.times}
        added |= dict.fromkeys(self.locals.values(), "TIMESTAMP")
        return added | (dict.fromkeys(("is_weekend", "is_out_of_hours"), "BOOLEAN") if self.times else {})


def account_key(source: str, account_id: str) -> str:
    """The account key of two SQL expressions, as rules/derive/groups.sql computes it for every account.

    64 bits: two of a million accounts share a key once in forty million portfolios.
    """
    return f"hash({source}, {account_id})"


def date_of(time: str) -> str:
    """The name of the local date of a time column: opened_at -> opened_date."""
    return f"{time.removesuffix('_at')}_date"


@cache
def specs() -> Mapping[str, Spec]:
    """Every canonical table by name."""
    return {name: Spec(name=name, columns=tuple(_columns(body))) for name, body in TABLE.findall(_text())}


def _columns(body: str) -> list[Column]:
    found = []
    for match in COLUMN.finditer(body):
        note = match["note"] or ""
        allowed, _, otherwise = note.partition("@enum ")[2].partition("@else ")
        words = tuple(re.findall(r"\w+", allowed))
        column = Column(name=match["name"], type=match["type"], is_key="@key" in note, allowed=words, otherwise=otherwise.strip())
        if column.name != "source":
            found.append(column)
    return found


@cache
def ddl() -> str:
    """The statements that create everything in a new facts file."""
    added = [
        f"ALTER TABLE {spec.name} ADD COLUMN IF NOT EXISTS {quoted(name)} {kind};"
        for spec in specs().values()
        for name, kind in spec.beside.items()
    ]
    return "\n".join([_text(), BOOKS, *added])


@cache
def version() -> str:
    """Names the layout, and the hash function of the engine: another one would make the account keys of old rows mean nothing."""
    return hashlib.sha256(f"{ddl()} {_hash_function()}".encode()).hexdigest()[:16]


def _hash_function() -> object:
    with duckdb.connect() as con:
        return con.execute(f"SELECT {account_key(literal('files'), literal('1'))}").fetchone()


@cache
def _text() -> str:
    return files("rules").joinpath("facts.sql").read_text(encoding="utf-8")


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string."""
    return "'" + text.replace("'", "''") + "'"

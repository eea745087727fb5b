"""The parts of a parsed query. `at` is the offset in the text, for the vendor's row and column messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["string", "number", "boolean", "null", "date", "datetime", "period"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A field, by way of its parents: ("Account", "Owner", "Name")."""

    parts: tuple[str, ...]
    at: int
    alias: str | None = None

    @property
    def text(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """`COUNT()` has no argument; FIELDS(ALL) has the word as its path."""

    name: str
    argument: Path | None
    at: int
    alias: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One WHEN of a TYPEOF; `type` None is its ELSE."""

    type: str | None
    fields: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeOf:
    path: Path
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value. A `period` is a date literal: its name, and n where it has one."""

    kind: Kind
    value: Any
    at: int
    n: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`value` is a literal, a list of them, or a query (semi-join)."""

    left: Path | Function
    operator: str
    value: Value | tuple[Value, ...] | Query
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    of: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """AND of all, or OR of all."""

    operator: Literal["and", "or"]
    parts: tuple[Condition, ...]


Condition = Comparison | Not | Both


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorting:
    by: Path | Function
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    text: str
    select: tuple[Path | Function | TypeOf | Query, ...]
    source: str
    source_at: int
    where: Condition | None = None
    group: tuple[Path | Function, ...] = ()
    having: Condition | None = None
    order: tuple[Sorting, ...] = ()
    limit: int | None = None
    offset: int | None = None
    at: int = 0


AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"})
DATE_PARTS = frozenset({"CALENDAR_YEAR", "CALENDAR_QUARTER", "CALENDAR_MONTH", "DAY_IN_MONTH", "DAY_ONLY", "HOUR_IN_DAY"})
VALUE_FUNCTIONS = frozenset({"TOLABEL", "CONVERTCURRENCY", "FORMAT", "FIELDS"})
FUNCTIONS = AGGREGATES | DATE_PARTS | VALUE_FUNCTIONS

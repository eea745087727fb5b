"""The catalogue and the configuration, resolved against one org: which streams are pulled with which fields, and what is missing.

    PARTS + [salesforce.tables.*]  x  describe  ->  a Pull per object, a Bound part per canonical table, a Problem per thing not there

Only fields that describe shows are ever asked for: one hidden field would fail a whole query.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from connectors.contract import Problem, Stream
from connectors.salesforce.catalogue import Part, Source
from connectors.salesforce.soql import CURSORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from connectors.salesforce.schema import Description, Field

    Describe = Callable[[str], Description | None]

SYSTEM: Final = ("Id", "IsDeleted")
FARTHEST: Final = 5
"""Lookups that a query may follow in one path."""
MANY_IN_ONE: Final = {"address": "name one of its parts", "location": "name one of its parts", "base64": "a file and no value"}
"""Types that a mapping cannot name: no cell holds them, and Bulk refuses them."""
KEYS: Final = {
    "accounts": "account_id", "revenue": "line_id", "invoices": "invoice_id", "contracts": "contract_id", "orders": "order_id", "cases": "case_id",
    "incidents": "message_id", "activities": "activity_id", "contacts": "contact_id", "pipeline": "deal_id", "owners": "owner_id",
}  # fmt: skip
"""The key column of a configured table, the record's Id when the configuration gives no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """How one stream is fetched. `datetimes` are the columns whose REST form differs from the form in files."""

    stream: Stream
    object: str
    where: tuple[str, ...] = ()
    cursor: str | None = None
    sortable: bool = False
    datetimes: frozenset[str] = frozenset()
    only_presence: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A part with its columns resolved: column -> field of the stream, or a constant with a leading `=`."""

    table: str
    stream: str
    columns: Mapping[str, str]
    is_custom: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The catalogue as it fits one org. `configured` are the tables that the configuration gave an object of its own."""

    pulls: Mapping[str, Pull]
    bound: tuple[Bound, ...]
    missing: tuple[Problem, ...]
    configured: frozenset[str]


@cache
def canonical() -> Mapping[str, tuple[str, ...]]:
    """Columns of each canonical table, from rules/facts.sql, without `source`."""
    text = files("rules").joinpath("facts.sql").read_text(encoding="utf-8")
    tables = re.findall(r"CREATE TABLE IF NOT EXISTS (\w+) \((.*?)\n\);", text, re.DOTALL)
    return {
        name: tuple(column for column in re.findall(r'^\s+"?(\w+)"? [A-Z]', body, re.MULTILINE) if column != "source")
        for name, body in tables
    }


def resolve(sources: Sequence[Source], parts: Sequence[Part], tables: Mapping[str, Mapping[str, str]], describe: Describe) -> Resolution:
    """Fit the catalogue to this org. Nothing here fails: what does not fit is in `missing`."""
    work = _Resolver(sources, describe)
    work.check_names(tables)
    for table in canonical():
        for part, is_custom in _parts_of(table, parts, tables.get(table, {})):
            work.bind(part, is_custom=is_custom)
    return Resolution(
        pulls={pull.stream.name: pull for pull in work.pulls()},
        bound=tuple(work.bound),
        missing=tuple(
            Problem(where=where, column=column, what="; ".join(dict.fromkeys(what))) for (where, column), what in work.missing.items()
        ),
        configured=frozenset(table for table, given in tables.items() if "object" in given),
    )


def _parts_of(table: str, parts: Sequence[Part], given: Mapping[str, str]) -> Iterator[tuple[Part, bool]]:
    """The built-in parts with the configured columns; a configured object stands in their place, for revenue beside them."""
    obj = given.get("object")
    columns = {name: raw for name, raw in given.items() if name in canonical()[table]}
    for part in parts:
        if part.table == table and (obj is None or table == "revenue"):
            yield (replace(part, columns={**part.columns, **columns}) if obj is None else part), False
    if obj is not None:
        key = {KEYS[table]: "Id"} if table in KEYS else {}
        rest = {
            name: raw for name, raw in (("modified_at", "SystemModstamp?"), ("currency", "CurrencyIsoCode?")) if name in canonical()[table]
        }
        yield Part(table=table, stream=obj, columns={**key, **rest, **columns}, needs=tuple(key)), True


class _Resolver:
    """Collects the fields that each stream needs while parts are bound."""

    def __init__(self, sources: Sequence[Source], describe: Describe) -> None:
        self.sources = {source.name.lower(): source for source in sources}
        self.describe = describe
        self.bound: list[Bound] = []
        self.missing: dict[tuple[str, str | None], list[str]] = {}

    def check_names(self, tables: Mapping[str, Mapping[str, str]]) -> None:
        """Report names in the configuration that no canonical table has."""
        for table, given in tables.items():
            if table not in canonical():
                self._tell(f"salesforce.tables.{table}", None, f"there is no table {table}; known: {', '.join(sorted(canonical()))}")
                continue
            for column in sorted(set(given) - {"object"} - set(canonical()[table])):
                self._tell(f"salesforce.tables.{table}", column, f"the table {table} has no column {column}")

    def bind(self, part: Part, *, is_custom: bool) -> None:
        """Add a part with those of its columns that are there."""
        source = self.sources.setdefault(part.stream.lower(), Source(name=part.stream, object=part.stream))
        described = self._shown(source)
        if described is None:
            return
        found = {
            column: raw for column, asked in part.columns.items() if (raw := self._raw(part, source, described, column, asked)) is not None
        }
        if lacking := [column for column in part.needs if column not in found]:
            self._lost(source.object, part.columns[lacking[0]], f"{part.table} is not filled from {source.object}")
        else:
            self.bound.append(Bound(table=part.table, stream=source.name, columns=found, is_custom=is_custom))

    def pulls(self) -> Iterator[Pull]:
        """Every stream that a part or a join needs, in the order of the catalogue."""
        for source in self.sources.values():
            asked = [raw for part in self.bound if part.stream == source.name for raw in part.columns.values() if not raw.startswith("=")]
            if not asked and not source.fields:
                continue
            described = self._shown(source)
            if described is not None:
                yield self._pull(source, described, [*asked, *source.fields])

    def _raw(self, part: Part, source: Source, described: Description, column: str, asked: str) -> str | None:
        """Resolve a constant, the name of another column's field (`^orders.promised_date`), or a field."""
        raw = asked.rstrip("?")
        if raw.startswith("="):
            return raw
        if raw.startswith("^"):
            table, _, name = raw[1:].partition(".")
            behind = next((one.columns[name] for one in self.bound if one.table == table and name in one.columns), "=")
            return None if behind.startswith("=") else f"={behind}"
        found = field_at(described, raw, self.describe)
        if found is not None and found[1].type in MANY_IN_ONE:
            self._tell(
                f"salesforce {source.object}",
                raw,
                f"{part.table}.{column.lstrip('_')} stays empty: the field is {found[1].type}, {MANY_IN_ONE[found[1].type]}",
            )
            return None
        if found is None and not asked.endswith("?"):
            self._lost(source.object, raw, f"{part.table}.{column.lstrip('_')} stays empty")
        return found[0] if found is not None else None

    def _shown(self, source: Source) -> Description | None:
        """The object when it may be read; told when it may not."""
        described = self.describe(source.object)
        if described is None or not described.queryable:
            if not source.rare:
                what = f"{source.name} is not read: the object does not exist or is hidden from the integration user"
                self._tell(f"salesforce {source.object}", None, what)
            return None
        if source.bound and described.field(source.bound) is None:
            self._lost(source.object, source.bound, f"{source.name} is not read")
            return None
        return described

    def _pull(self, source: Source, described: Description, asked: Sequence[str]) -> Pull:
        cursor = next((at for name in CURSORS if (at := described.field(name)) is not None and at.filterable), None)
        system = [name for name in SYSTEM if described.field(name)] + ([cursor.name] if cursor is not None else [])
        found = [pair for raw in [*system, *asked] if (pair := field_at(described, raw, self.describe)) is not None]
        columns = dict(found)
        constants = {
            name: raw[1:] for part in self.bound if part.stream == source.name for name, raw in part.columns.items() if raw.startswith("=")
        }
        where = [text for name, text in source.where.items() if (asked_of := described.field(name)) is not None and asked_of.filterable]
        return Pull(
            stream=Stream(name=source.name, columns=tuple(columns), key=("Id",), version=cursor.name if cursor is not None else None),
            object=described.name,
            where=tuple(text.format_map(constants) for text in where),
            cursor=cursor.name if cursor is not None else None,
            sortable=cursor is not None and cursor.sortable,
            datetimes=frozenset(name for name, at in columns.items() if at.type == "datetime"),
            only_presence=source.only_presence & columns.keys(),
        )

    def _lost(self, obj: str, asked: str, effect: str) -> None:
        """A field that was wanted is not there, unless nobody needs to be told."""
        if not asked.endswith("?") and not asked.startswith("^"):
            mend = "; run equilibre provision" if asked.startswith("EQ_") else ""
            self._tell(f"salesforce {obj}", asked, f"{effect}: the field does not exist or is hidden from the integration user{mend}")

    def _tell(self, where: str, column: str | None, what: str) -> None:
        self.missing.setdefault((where, column), []).append(what)


def field_at(described: Description, raw: str, describe: Describe) -> tuple[str, Field] | None:
    """Exact name and description of a field, through lookups for `Order__r.Account__c`; None when a step is not there, or too far."""
    if raw.count(".") > FARTHEST:
        return None
    first, _, rest = raw.partition(".")
    if not rest:
        found = described.field(first)
        return (found.name, found) if found is not None else None
    lookup = described.relation(first)
    parent = describe(lookup.refers_to[0]) if lookup is not None and lookup.refers_to else None
    tail = field_at(parent, rest, describe) if parent is not None else None
    return (f"{lookup.relationship}.{tail[0]}", tail[1]) if lookup is not None and tail is not None else None

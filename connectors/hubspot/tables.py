"""facts/*.sql and the configuration's mappings -> the queries that turn raw HubSpot rows into canonical tables.

A file in facts/ is DuckDB SQL, one select a vendor object (joined by UNION ALL BY NAME), one column a line, with these holes:

    {raw.deals}             the mirrored object, aliased deals        {deals.amount}          its property as text, NULL when the portal
    {more deals}            the configured columns that the           {time deals.createdate}   lacks it; as an ISO instant;
                            select does not name already              {day deals.closedate}     as a day where the company is
    {portal currency}       {home currency}  {named stages}           {portal day tasks.x}      as a day where the portal is

`merged` (old_id, new_id) is there for all of them: which company stands for one that was merged away. A select whose object is not
read is left out, and so is a LEFT JOIN on a stream that is not read. A column whose properties are all missing is NULL and not filled.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from connectors.contract import Table
from connectors.hubspot import SOURCES, TABLES, Built

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HOLE: Final = re.compile(r"\{([^{}]+)\}")
COLUMN: Final = re.compile(r'(?P<expression>.+?) AS "?(?P<name>\w+)"?,?', re.DOTALL)
UNION: Final = "UNION ALL BY NAME"
TYPE_IDS: Final = {source.kind: source.type_id for source in SOURCES}
NULL: Final = "CAST(NULL AS VARCHAR)"
MERGED: Final = ("hs_merged_object_ids", "hs_calculated_merged_vids")
"""The properties in which a survivor lists what was merged into it; contacts have both, the second one with times (id:milliseconds)."""
ISO: Final = "%Y-%m-%dT%H:%M:%S.%gZ"
LINES: Final = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """What composing needs to know of a portal: which streams and properties are mirrored, and where and in what it counts.

    `types` gives stream -> column -> HubSpot type (datetime, date, number, string ...), association and stage streams included.
    """

    types: Mapping[str, Mapping[str, str]]
    zone: str
    company_zone: str
    currency: str | None
    home_currency: str
    mappings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Select:
    """One vendor object's part of a table: its SQL, the columns it really fills, the streams it reads."""

    sql: str
    filled: frozenset[str]
    streams: frozenset[str]
    object: str
    """The vendor object whose records these are, by its type id."""


def compose(portal: Portal) -> list[Table]:
    """Compose every table that this portal and its configuration can fill."""
    return [table for table in (_table(portal, name) for name in (*(built.name for built in TABLES), *_only_mapped(portal))) if table]


@cache
def canonical() -> dict[str, dict[str, str]]:
    """Read the tables of rules/facts.sql: table -> column -> type."""
    text = (files("rules") / "facts.sql").read_text(encoding="utf-8")
    tables = {}
    for name, body in re.findall(r"CREATE TABLE IF NOT EXISTS (\w+) \((.*?)\n\);", text, re.DOTALL):
        tables[name] = dict(re.findall(r'^    "?(\w+)"? ([A-Z]+)', body, re.MULTILINE))
    return tables


def key_of(table: str) -> str:
    """Give the canonical column that names a record of a table; it comes first after `source`."""
    return list(canonical()[table])[1]


def _only_mapped(portal: Portal) -> list[str]:
    built = {one.name for one in TABLES}
    return [name for name in portal.mappings if name not in built and name in canonical()]


def _table(portal: Portal, name: str) -> Table | None:
    built = next((one for one in TABLES if one.name == name), None)
    mapping = portal.mappings.get(name, {})
    own = mapping.get("object")
    selects: list[Select] = []
    if own and name != "revenue":
        selects += _mapped(portal, name, mapping)
    elif built:
        selects += _built(portal, built)
    target = own or (built.kind if built else "")
    if name == "revenue":
        added = _mapped(portal, name, mapping) if own else _invoice_lines(portal)
        target = own or (portal.mappings.get("invoices", {}).get("object", "invoices") if added else target)
        selects += added
    if not selects:
        return None
    target = TYPE_IDS.get(target, target)
    selects = [_told_apart(select, name, target) for select in selects]
    return Table(
        name=name,
        object=target,
        streams=tuple(sorted(frozenset().union(*(select.streams for select in selects)))),
        query=with_merged(portal, f"\n{UNION}\n".join(select.sql for select in selects)),
        values=_values(portal, name, built.values if built and not (own and name != "revenue") else {}),
        columns=tuple(sorted(frozenset().union(*(select.filled for select in selects)))),
    )


def _told_apart(select: Select, table: str, target: str) -> Select:
    """Put the object before the ids of records that are not the table's main object: HubSpot counts ids for each object by itself, so
    a call and a meeting may bear the same one, and a person must be led to the right record.
    """
    key = key_of(table)
    if select.object == target:
        return select
    return replace(select, sql=f'SELECT * REPLACE ({_text(select.object + ":")} || "{key}" AS "{key}") FROM (\n{select.sql}\n)')


def _values(portal: Portal, table: str, standard: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    configured = portal.values.get(table, {})
    return {column: {**standard.get(column, {}), **configured.get(column, {})} for column in {**standard, **configured}}


# ---------------------------------------------------------------- built-in objects


def _built(portal: Portal, built: Built) -> list[Select]:
    mapping = {column: name for column, name in portal.mappings.get(built.name, {}).items() if column != "object"}
    if "object" in portal.mappings.get(built.name, {}):
        mapping = {}  # the configured object adds lines of its own; these columns are its
    text = (files("connectors.hubspot") / "facts" / f"{built.name}.sql").read_text(encoding="utf-8")
    parts = "\n".join(line for line in text.splitlines() if not line.startswith("--")).split(f"\n{UNION}\n")
    return [select for part in parts if (select := _select(portal, built.name, part, mapping))]


def _select(portal: Portal, table: str, part: str, mapping: Mapping[str, str]) -> Select | None:
    """Fill in one select; None when its object is not read."""
    listing, tail = part.split("\nFROM ", 1)
    streams = re.findall(r"\{raw\.(\w+)\}", tail)
    kind = streams[0]
    if kind not in portal.types:
        return None
    columns = dict(_columns(listing))
    for column, name in mapping.items():
        if (expression := _mapped_value(portal, table, column, kind, name)) is not None:
            columns[column] = expression
    rendered = {column: _rendered(portal, expression) for column, expression in columns.items()}
    listed = ",\n".join(f'{LINES}{sql} AS "{column}"' for column, (sql, _) in rendered.items())
    joined = [line for line in tail.splitlines() if not _unread_join(portal, line)]
    sql = f"SELECT\n{listed}\nFROM {_fill(portal, chr(10).join(joined))}"
    read = frozenset(stream for stream in streams if stream in portal.types) | {"companies"}
    return Select(sql, frozenset(column for column, (_, filled) in rendered.items() if filled), read, TYPE_IDS.get(kind, kind))


def _columns(listing: str) -> Iterable[tuple[str, str]]:
    """Split a select list into its columns: each ends with the line that names it."""
    waiting: list[str] = []
    for line in listing.removeprefix("SELECT").splitlines():
        if line.strip().startswith("{more"):
            continue
        waiting.append(line.strip())
        found = COLUMN.fullmatch("\n".join(waiting).strip())
        if found:
            yield found["name"], found["expression"]
            waiting = []


def _rendered(portal: Portal, expression: str) -> tuple[str, bool]:
    """Fill in a column's holes, and say whether it is filled: nothing to fill in, or something that this portal has."""
    holes = HOLE.findall(expression)
    if holes and all(_hole(portal, hole) == NULL for hole in holes):
        return NULL, False
    return _fill(portal, expression), True


def _unread_join(portal: Portal, line: str) -> bool:
    found = re.match(r"LEFT JOIN \{raw\.(\w+)\}", line)
    return bool(found) and found is not None and found[1] not in portal.types


def _fill(portal: Portal, text: str) -> str:
    return HOLE.sub(lambda found: _hole(portal, found[1]), text)


def _hole(portal: Portal, hole: str) -> str:
    stages = ", ".join(_text(name) for name in portal.values.get("pipeline", {}).get("stage", {}))
    constants = {
        "portal currency": _text(portal.currency),
        "home currency": _text(portal.home_currency),
        "named stages": f"({stages or _text('')})",
    }
    if hole in constants:
        return constants[hole]
    if hole.startswith("raw."):
        stream = hole.removeprefix("raw.")
        return f'{standing(portal, stream)} AS "{stream}"'
    form, _, name = hole.rpartition(" ")
    value = _property(portal, name)
    if value == NULL or not form:
        return value
    return (
        moment(value) if form == "time" else day(value, _type(portal, name), portal.zone if form == "portal day" else portal.company_zone)
    )


def _type(portal: Portal, name: str) -> str:
    stream, _, column = name.partition(".")
    return portal.types.get(stream, {}).get(column, "")


def _property(portal: Portal, name: str) -> str:
    stream, _, column = name.partition(".")
    return f"""nullif("{stream}"."{column}", '')""" if _type(portal, name) else NULL


def moment(value: str) -> str:
    """Give an instant as ISO text in UTC; some portals answer in epoch milliseconds."""
    epoch = f"strftime(make_timestamp(CAST(TRY_CAST({value} AS DOUBLE) * 1000 AS BIGINT)), '{ISO}')"
    return f"CASE WHEN substr({value}, 5, 1) = '-' THEN {value} ELSE coalesce({epoch}, {value}) END"


def day(value: str, kind: str, zone: str) -> str:
    """Give a day. A date, and an instant of exactly midnight UTC which stands for one, is never shifted; other instants are local."""
    instant = moment(value)
    plain = f"substr({instant}, 1, 10)"
    if kind != "datetime":
        return plain
    local = f"CAST(CAST(timezone({_text(zone)}, timezone('UTC', TRY_CAST({instant} AS TIMESTAMP))) AS DATE) AS VARCHAR)"
    midnight = f"length({value}) = 10 OR regexp_full_match({instant}, '.{{10}}T00:00:00(\\.0+)?Z')"
    return f"CASE WHEN {midnight} THEN {plain} ELSE coalesce({local}, {value}) END"


# ---------------------------------------------------------------- configured objects


def _mapped_value(portal: Portal, table: str, column: str, kind: str, name: str) -> str | None:
    """Give the expression of a configured column: a constant, or a property in the form of the canonical type; None when absent."""
    if column not in canonical()[table]:
        return None
    if name.startswith("="):
        return _text(name[1:])
    if not _type(portal, f"{kind}.{name}"):
        return None
    wanted = canonical()[table].get(column, "")
    form = {"DATE": "day ", "TIMESTAMP": "time "}.get(wanted, "")
    return f"{{{form}{kind}.{name}}}"


def _mapped(portal: Portal, table: str, mapping: Mapping[str, str]) -> list[Select]:
    """Compose the select of a table that the configuration reads from an object of its own."""
    kind = mapping["object"]
    if kind not in portal.types:
        return []
    key, links = key_of(table), f"{kind}_companies"
    columns: dict[str, str] = {} if key == "account_id" else {key: f'"{kind}".id'}
    account = f'"{kind}".id' if kind == "companies" else f'"{links}".to_id' if links in portal.types else NULL
    for column, name in mapping.items():
        if column != "object" and (value := _mapped_value(portal, table, column, kind, name)) is not None:
            columns[column] = _fill(portal, value)
    if "account_id" in canonical()[table]:
        account = columns.get("account_id", account)
        columns["account_id"] = f"coalesce(merged.new_id, {account})"
    if "modified_at" in canonical()[table]:
        columns.setdefault("modified_at", f'"{kind}".updated_at')
    listed = ",\n".join(f'{LINES}{sql} AS "{column}"' for column, sql in columns.items())
    joins = [f'FROM {standing(portal, kind)} AS "{kind}"']
    if links in portal.types:
        joins.append(f'LEFT JOIN raw_hubspot."{links}" AS "{links}" ON "{links}".id = "{kind}".id')
    joins.append(f"LEFT JOIN merged ON merged.old_id = {account}")
    gone = "" if kind != "companies" else " AND merged.old_id IS NULL"
    sql = f"SELECT\n{listed}\n" + "\n".join(joins) + f"\nWHERE \"{kind}\".archived IS DISTINCT FROM 'true'{gone}"
    return [Select(sql, frozenset(columns), frozenset({kind, "companies"} | ({links} & portal.types.keys())), TYPE_IDS.get(kind, kind))]


def _invoice_lines(portal: Portal) -> list[Select]:
    """Compose revenue lines from the invoices of the portal, drafts and voided ones left out."""
    mapping = portal.mappings.get("invoices", {})
    built = next(one for one in TABLES if one.name == "invoices")
    selects = _mapped(portal, "invoices", mapping) if "object" in mapping else _built(portal, built)
    void = [
        value.lower() for value, meaning in portal.values.get("invoices", {}).get("status", {}).items() if meaning in {"draft", "voided"}
    ]
    lines = []
    for select in selects:
        if not {"account_id", "issue_date", "amount"} <= select.filled:
            continue
        kept = [
            ("invoice_id", "line_id"),
            ("account_id", "account_id"),
            ("issue_date", "date"),
            ("amount", "amount"),
            ("currency", "currency"),
            ("modified_at", "modified_at"),
        ]
        named = [(old, new) for old, new in kept if old in select.filled]
        listed = ",\n".join(f'{LINES}invoices."{old}" AS "{new}"' for old, new in named)
        status = (
            f"\nWHERE lower(coalesce(invoices.status, '')) NOT IN ({', '.join(_text(word) for word in ('draft', 'voided', *void))})"
            if "status" in select.filled
            else ""
        )
        sql = f"SELECT\n{listed},\n{LINES}'invoice' AS kind\nFROM (\n{select.sql}\n) AS invoices{status}"
        lines.append(Select(sql, frozenset(new for _, new in named) | {"kind"}, select.streams, select.object))
    return lines


def _text(value: str | None) -> str:
    return NULL if value is None else "'" + value.replace("'", "''") + "'"


# ---------------------------------------------------------------- merged records


def standing(portal: Portal, kind: str) -> str:
    """Give the relation of an object's records without those that were merged into others: they vanish from every list and lie in no
    recycle bin, so their survivor alone tells. Companies are looked after by `merged`, which also passes on what hangs on them.
    """
    table, known = f'raw_hubspot."{kind}"', portal.types.get(kind, {})
    lists = [name for name in MERGED if name in known] if kind != "companies" else []
    if not lists:
        return table
    told = " UNION ALL ".join(f"SELECT id, unnest(string_split({name}, ';')) AS one FROM {table} WHERE {name} <> ''" for name in lists)
    gone = f"SELECT trim(split_part(one, ':', 1)) AS gone FROM ({told}) WHERE gone <> id AND gone <> ''"
    return f"(SELECT * FROM {table} WHERE id NOT IN ({gone}))"


def with_merged(portal: Portal, sql: str) -> str:
    """Add `merged`: survivors list the ids they took in, and a survivor may be merged again, so the list is followed to its end."""
    if "hs_merged_object_ids" not in portal.types.get("companies", {}):
        return f"WITH merged AS (SELECT CAST(NULL AS VARCHAR) AS old_id, CAST(NULL AS VARCHAR) AS new_id WHERE FALSE)\n{sql}"
    return f"""WITH RECURSIVE taken AS (
    SELECT trim(unnest(string_split(hs_merged_object_ids, ';'))) AS old_id, id AS new_id
    FROM raw_hubspot."companies" WHERE hs_merged_object_ids <> ''
), steps(old_id, new_id, step) AS (
    SELECT old_id, new_id, 1 FROM taken WHERE old_id <> new_id
    UNION ALL
    SELECT steps.old_id, taken.new_id, step + 1 FROM steps JOIN taken ON taken.old_id = steps.new_id AND taken.new_id <> steps.old_id WHERE step < 20
), merged AS (SELECT old_id, arg_max(new_id, step) AS new_id FROM steps WHERE old_id <> '' GROUP BY old_id)
{sql}"""

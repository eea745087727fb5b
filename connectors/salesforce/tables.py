"""Renders facts/<table>.sql for one org: the SELECTs by which the raw mirror becomes the canonical tables.

A template is one SELECT. {column} becomes the field of this org or NULL, {stream} the raw table (alias r), {alive} the test for deleted rows,
{Object(A, B)} the living rows of another stream with these columns (none when the org has no such object), {values.status} the vendor words
that are mapped, {home} the home currency. A trailing `-- from Object` says what fills a column that is not a field of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from connectors.contract import Table
from connectors.salesforce.mapping import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connectors.salesforce.mapping import Bound, Resolution

    Words = Mapping[str, Mapping[str, Mapping[str, str]]]

RAW: Final = "raw_salesforce"
_PLACE: Final = re.compile(r"\{(?P<name>[\w.]+)(?:\((?P<columns>[^)]*)\))?\}")
_ITEM: Final = re.compile(r'AS "?(?P<name>\w+)"?,?(?:\s*-- from (?P<stream>\w+))?$')
_EMPTY: Final = "CAST(NULL AS VARCHAR)"


def tables(found: Resolution, words: Words, home: str) -> tuple[Table, ...]:
    """Every canonical table that this org fills. `words` are the vendor's values per table and column, in lower case."""
    made = {name: table for name in canonical() if (table := _table(name, found, words, home)) is not None}
    if "invoices" in made and "revenue" not in found.configured:
        made["revenue"] = _with_invoices(made.get("revenue"), made["invoices"], words)
    return tuple(made.values())


def vendor_words(builtin: Words, configured: Words) -> Words:
    """The built-in value maps with the configuration's on top, vendor words in lower case."""
    merged: dict[str, dict[str, dict[str, str]]] = {}
    for source in (builtin, configured):
        for table, columns in source.items():
            for column, pairs in columns.items():
                merged.setdefault(table, {}).setdefault(column, {}).update({vendor.lower(): word for vendor, word in pairs.items()})
    return merged


@dataclass(frozen=True, slots=True)
class _Renderer:
    """Fills the places of one template for one part."""

    part: Bound
    found: Resolution
    words: Mapping[str, Mapping[str, str]]
    home: str

    def render(self, template: str) -> str:
        return _PLACE.sub(self._place, template)

    def _place(self, place: re.Match[str]) -> str:
        name, columns = place["name"], place["columns"]
        if columns is not None:
            return self._other(name, [column.strip() for column in columns.split(",")])
        if name == "stream":
            return f"{_raw(self.part.stream)} AS r"
        if name == "alive":
            return self._alive(self.part.stream, "r.")
        if name == "home":
            return _text(self.home)
        if name.startswith("values."):
            column = name.partition(".")[2]
            return f"({', '.join(_text(word) for word in sorted({*self.words.get(column, {}), *self.words.get(column, {}).values(), ''}))})"
        return self.column(name)

    def column(self, name: str) -> str:
        raw = self.part.columns.get(name)
        if raw is None:
            return _EMPTY
        return _text(raw[1:]) if raw.startswith("=") else f"r.{_name(raw)}"

    def _alive(self, stream: str, alias: str = "") -> str:
        has = stream in self.found.pulls and "IsDeleted" in self.found.pulls[stream].stream.columns
        return f"""coalesce({alias}"IsDeleted", 'false') <> 'true'""" if has else "TRUE"

    def _other(self, stream: str, columns: Sequence[str]) -> str:
        pull = self.found.pulls.get(stream)
        if pull is None:
            return f"(SELECT {', '.join(f'{_EMPTY} AS {_name(column)}' for column in columns)} WHERE FALSE)"
        shown = [_name(column) if column in pull.stream.columns else f"{_EMPTY} AS {_name(column)}" for column in columns]
        return f"(SELECT {', '.join(shown)} FROM {_raw(stream)} WHERE {self._alive(stream)})"


def _table(name: str, found: Resolution, words: Words, home: str) -> Table | None:
    parts = [part for part in found.bound if part.table == name]
    if not parts:
        return None
    queries, filled, streams = [], set(), dict.fromkeys(part.stream for part in parts)
    for part in parts:
        template = _plain(part) if part.is_custom else _template(name)
        queries.append(_Renderer(part, found, words.get(name, {}), home).render(template))
        filled |= set(_filled(template, part, found))
        streams.update(
            dict.fromkeys(place["name"] for place in _PLACE.finditer(template) if place["columns"] and place["name"] in found.pulls)
        )
    return Table(
        name=name,
        object=found.pulls[parts[-1 if parts[-1].is_custom else 0].stream].object,
        streams=tuple(streams),
        query=_union(queries),
        values=words.get(name, {}),
        columns=tuple(column for column in canonical()[name] if column in filled),
    )


def _with_invoices(revenue: Table | None, invoices: Table, words: Words) -> Table:
    """Invoices that are neither drafts nor voided are revenue lines too, of kind invoice."""
    status = words.get("invoices", {}).get("status", {})
    idle = sorted({"draft", "voided"} | {vendor for vendor, word in status.items() if word in {"draft", "voided"}})
    columns = {
        "line_id": "invoice_id",
        "account_id": "account_id",
        "date": "issue_date",
        "amount": "amount",
        "currency": "currency",
        "modified_at": "modified_at",
    }
    shown = {line: own for line, own in columns.items() if own in {"invoice_id", *invoices.columns}}
    chosen = ", ".join(f"i.{own} AS {line}" for line, own in shown.items())
    only = (
        f" WHERE lower(coalesce(i.status, '')) NOT IN ({', '.join(_text(word) for word in idle)})" if "status" in invoices.columns else ""
    )
    query = f"SELECT {chosen}, 'invoice' AS kind FROM (\n{invoices.query}\n) AS i{only}"
    return Table(
        name="revenue",
        object=invoices.object,
        streams=tuple(dict.fromkeys([*(revenue.streams if revenue is not None else ()), *invoices.streams])),
        query=_union([*([revenue.query] if revenue is not None else []), query]),
        values=words.get("revenue", {}),
        columns=tuple(
            name for name in canonical()["revenue"] if name in {*shown, "kind", *(revenue.columns if revenue is not None else ())}
        ),
    )


@cache
def _template(name: str) -> str:
    text = files("connectors.salesforce").joinpath("facts", f"{name}.sql").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("--")) + "\n"


def _plain(part: Bound) -> str:
    """The template of a configured object: its columns and nothing else."""
    return "SELECT\n" + ",\n".join(f'    {{{name}}} AS "{name}"' for name in part.columns) + "\nFROM {stream}\nWHERE {alive}\n"


def _filled(template: str, part: Bound, found: Resolution) -> Iterator[str]:
    """The columns of the outer SELECT that hold anything in this org."""
    body = template.rpartition("SELECT\n")[2].partition("\nFROM ")[0]
    text = ""
    for line in body.splitlines():
        text += line
        end = _ITEM.search(line)
        if end is None:
            continue
        places = [place["name"] for place in _PLACE.finditer(text)]
        if end["stream"] in found.pulls or end["name"] in part.columns or not places or any(name in part.columns for name in places):
            yield end["name"]
        text = ""


def _union(queries: Sequence[str]) -> str:
    return "\nUNION ALL BY NAME\n".join(f"(\n{query}\n)" for query in queries) if len(queries) > 1 else queries[0]


def _raw(stream: str) -> str:
    return f"{RAW}.{_name(stream)}"


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

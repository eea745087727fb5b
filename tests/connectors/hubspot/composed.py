"""Raw rows of a made-up portal into the canonical tables, for the tests of facts/*.sql and of the mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from connectors.hubspot import SOURCES
from connectors.hubspot.schema import ENVELOPE, LINK, OWNER, STAGE
from connectors.hubspot.tables import Portal, compose

DATES = {
    "closedate",
    "createdate",
    "hs_timestamp",
    "hs_meeting_start_time",
    "hs_meeting_end_time",
    "closed_date",
    "hs_last_closed_date",
    "hs_invoice_date",
    "hs_due_date",
}
TYPES = {
    source.kind: {name: "datetime" if name in DATES else "string" for name in (*source.properties, *source.extra, "hs_merged_object_ids")}
    for source in SOURCES
}
JOINS = {f"{source.kind}_{to}": dict.fromkeys(LINK, "string") for source in SOURCES for to in source.links}
STAGES = {f"{source.kind}_stages": dict.fromkeys(STAGE, "string") for source in SOURCES if source.stages}
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def portal(**changes: Any) -> Portal:
    types = {**TYPES, **JOINS, **STAGES, "owners": dict.fromkeys(OWNER, "string"), **changes.pop("types", {})}
    types = {name: columns for name, columns in types.items() if columns is not None}
    usual = {"zone": "Europe/Paris", "company_zone": "Europe/Paris", "currency": "EUR", "home_currency": "EUR"}
    return Portal(types=types, **{**usual, **changes})


def ask(table: str, rows: Rows, place: Portal) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Fill the mirror with these rows and ask for the canonical table."""
    found = next(one for one in compose(place) if one.name == table)
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA raw_hubspot")
        for stream in found.streams:
            columns = place.types[stream]
            names = tuple(columns) if "id" in columns else (*ENVELOPE, *columns)
            connection.execute(f'CREATE TABLE raw_hubspot."{stream}" ({", ".join(f"{name} VARCHAR" for name in names)})')
            for row in rows.get(stream, ()):
                filled = {"archived": "false", **row} if "archived" in names else dict(row)
                marks = ", ".join("?" for _ in filled)
                connection.execute(f'INSERT INTO raw_hubspot."{stream}" ({", ".join(filled)}) VALUES ({marks})', list(filled.values()))
        cursor = connection.execute(f"SELECT * FROM ({found.query}) ORDER BY 1")
        return [column[0] for column in cursor.description], cursor.fetchall()


def read(table: str, rows: Rows, place: Portal | None = None) -> list[dict[str, Any]]:
    names, found = ask(table, rows, place or portal())
    return [dict(zip(names, row, strict=True)) for row in found]


def deal(**properties: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "pipeline": "default",
        "dealstage": "closedwon",
        "amount": "100",
        "closedate": "2026-03-10T10:00:00Z",
        "hs_is_closed": "true",
        "hs_is_closed_won": "true",
        **properties,
    }


def revenue(place: Portal | None = None, **properties: Any) -> dict[str, Any]:
    return read("revenue", {"deals": [deal(**properties)]}, place)[0]

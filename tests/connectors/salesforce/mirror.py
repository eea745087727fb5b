"""A hand-written org: its describe and its raw mirror, for tests of mapping.py and facts/*.sql."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from connectors.salesforce import PARTS, SOURCES, VALUES
from connectors.salesforce.mapping import canonical, resolve
from connectors.salesforce.schema import Description, Field
from connectors.salesforce.tables import tables, vendor_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.contract import Table

DATES = frozenset({"CreatedDate", "SystemModstamp", "ClosedDate", "StartDateTime", "CompletedDateTime"})


class Mirror:
    """A hand-written org: object -> rows. Its describe shows the fields that any row has, and the system's."""

    def __init__(self, **objects: list[dict[str, Any]]) -> None:
        self.objects = objects

    def describe(self, name: str) -> Description | None:
        rows = next((rows for obj, rows in self.objects.items() if obj.lower() == name.lower()), None)
        if rows is None:
            return None
        shown = {"Id": None, "IsDeleted": None, "SystemModstamp": None, **{key: None for row in rows for key in row}}
        fields = {key.lower(): Field(name=key, type="datetime" if key in DATES else "string") for key in shown if "." not in key}
        for key in shown:
            relation, _, _ = key.partition(".")
            if "." in key:
                fields[relation.lower()] = Field(
                    name=f"{relation}Id", type="reference", relationship=relation, refers_to=(relation.removesuffix("__r"),)
                )
        return Description(name=name, fields=fields)

    def read(self, name: str, configured: Mapping[str, Mapping[str, str]] | None = None, home: str = "EUR") -> list[dict[str, Any]]:
        return self._rows(self.table(name, configured, home), configured)

    def table(self, name: str, configured: Mapping[str, Mapping[str, str]] | None = None, home: str = "EUR") -> Table:
        found = resolve(SOURCES, PARTS, configured or {}, self.describe)
        return next(table for table in tables(found, vendor_words(VALUES, {}), home) if table.name == name)

    def _rows(self, table: Table, configured: Mapping[str, Mapping[str, str]] | None) -> list[dict[str, Any]]:
        found = resolve(SOURCES, PARTS, configured or {}, self.describe)
        with duckdb.connect() as connection:
            connection.execute("CREATE SCHEMA raw_salesforce")
            for stream, pull in found.pulls.items():
                columns = pull.stream.columns
                connection.execute(
                    f'CREATE TABLE raw_salesforce."{stream}" ({", ".join(f"{chr(34)}{column}{chr(34)} VARCHAR" for column in columns)})'
                )
                for row in next(rows for obj, rows in self.objects.items() if obj.lower() == pull.object.lower()):
                    marks = ", ".join("?" * len(columns))
                    connection.execute(
                        f'INSERT INTO raw_salesforce."{stream}" VALUES ({marks})',
                        [row.get(column, "false" if column == "IsDeleted" else None) for column in columns],
                    )
            found_rows = connection.execute(table.query)
            names = [column[0] for column in found_rows.description]
            assert set(names) <= set(canonical()[table.name]), "a column that the table does not have"
            return [dict(zip(names, row, strict=True)) for row in found_rows.fetchall()]


def account(**fields: Any) -> dict[str, Any]:
    return {"Id": "001A", "Name": "Acme", **fields}

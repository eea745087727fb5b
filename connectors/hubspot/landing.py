"""Raw HubSpot pages as files, and the DuckDB selects that read them back: one line a page, no Python object a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.hubspot.schema import LINK

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def line(raw: bytes) -> bytes:
    """Put a page on one line: line ends inside JSON are only layout, those in texts are escaped."""
    return raw.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n"


class PageFile:
    """The file that one stream's pages go to."""

    def __init__(self, path: Path) -> None:
        self.path, self.rows = path, 0
        self._out = path.open("ab")

    def add(self, content: bytes, rows: int) -> None:
        self._out.write(content)
        self.rows += rows

    def close(self) -> None:
        self._out.close()


def objects(properties: Sequence[str], where: str = "TRUE") -> str:
    """Give the relation of an object's pages. Of a record that is both listed and in the recycle bin, the bin is the later news."""
    inside = ", ".join(f'"{name}" VARCHAR' for name in properties) or '"hs_object_id" VARCHAR'
    form = f'STRUCT(id VARCHAR, "updatedAt" VARCHAR, archived VARCHAR, "archivedAt" VARCHAR, properties STRUCT({inside}))[]'
    columns = ", ".join(f'r.properties."{name}" AS "{name}"' for name in properties)
    return (
        f"""SELECT * FROM (SELECT r.id AS id, r."updatedAt" AS updated_at, coalesce(r.archived, 'false') AS archived, r."archivedAt" AS archived_at"""
        f"{', ' if columns else ''}{columns} FROM {_unnested(form)}) WHERE {where} "
        "QUALIFY row_number() OVER (PARTITION BY id ORDER BY archived DESC, updated_at DESC) = 1"
    )


def owners() -> str:
    """Give the relation of owners; one who is in both lists is active."""
    form = 'STRUCT(id VARCHAR, email VARCHAR, "firstName" VARCHAR, "lastName" VARCHAR, archived VARCHAR)[]'
    return (
        """SELECT r.id AS id, r.email AS email, r."firstName" AS first_name, r."lastName" AS last_name, coalesce(r.archived, 'false') AS archived """
        f"FROM {_unnested(form)} QUALIFY row_number() OVER (PARTITION BY r.id ORDER BY archived) = 1"
    )


def stages() -> str:
    """Give the relation of an object's pipelines, one row a stage; its metadata are texts, `"true"` included."""
    form = (
        'STRUCT(id VARCHAR, stages STRUCT(id VARCHAR, metadata STRUCT("isClosed" VARCHAR, probability VARCHAR, "ticketState" VARCHAR))[])[]'
    )
    return (
        """SELECT s.id AS id, pipeline_id, s.metadata."isClosed" AS is_closed, s.metadata.probability AS probability, s.metadata."ticketState" AS ticket_state """
        f"FROM (SELECT r.id AS pipeline_id, unnest(r.stages) AS s FROM {_unnested(form)})"
    )


def links() -> str:
    """Give the relation of the association lines, one a record."""
    form = ", ".join(f"{name} := 'VARCHAR'" for name in LINK)
    return f"SELECT {', '.join(LINK)} FROM read_json({{files}}, format = 'newline_delimited', columns = struct_pack({form}))"


def _unnested(form: str) -> str:
    return (
        f"(SELECT unnest(results) AS r FROM read_json({{files}}, format = 'newline_delimited', columns = struct_pack(results := '{form}')))"
    )

"""Raw HubSpot records as files, and the DuckDB selects that read them back: one line a record, as it came.

A page a line would save writing it anew, and is read sixteen times slower: the engine reads lists of records with one core and much
memory.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from connectors.hubspot.associations import PRIMARY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

OBJECT: Final = (
    "id := 'VARCHAR', \"updatedAt\" := 'VARCHAR', archived := 'VARCHAR', \"archivedAt\" := 'VARCHAR', properties := 'STRUCT({inside})'"
)
OWNER: Final = "id := 'VARCHAR', email := 'VARCHAR', \"firstName\" := 'VARCHAR', \"lastName\" := 'VARCHAR', archived := 'VARCHAR'"
PIPELINE: Final = (
    "id := 'VARCHAR', stages := 'STRUCT(id VARCHAR, metadata STRUCT(\"isClosed\" VARCHAR, probability VARCHAR, \"ticketState\" VARCHAR))[]'"
)
LINKED: Final = (
    '"from" := \'STRUCT(id VARCHAR)\', "to" := '
    '\'STRUCT("toObjectId" VARCHAR, "associationTypes" STRUCT(category VARCHAR, "typeId" INTEGER, label VARCHAR)[])[]\''
)


class PageFile:
    """The file that one stream's records go to, from several threads."""

    def __init__(self, path: Path) -> None:
        self.path, self.rows = path, 0
        self._out = path.open("ab")
        self._lock = threading.Lock()

    def add(self, content: bytes, rows: int) -> None:
        with self._lock:
            self._out.write(content)
            self.rows += rows

    def close(self) -> None:
        self._out.close()


def without_links(asked: Iterable[str], found: Iterable[str]) -> list[Mapping[str, Any]]:
    """Give what is landed for those that an association page leaves out: they have none, which must be known too."""
    there = set(found)
    return [{"from": {"id": one}, "to": []} for one in asked if one not in there]


def objects(properties: Sequence[str], where: str = "TRUE", *, binned: bool = True) -> str:
    """Give the relation of an object's records. Of one that is both listed and in the recycle bin, the bin is the later news."""
    inside = ", ".join(f'"{name}" VARCHAR' for name in properties) or '"hs_object_id" VARCHAR'
    columns = "".join(f', properties."{name}" AS "{name}"' for name in properties)
    rows = (
        f"""SELECT id, "updatedAt" AS updated_at, coalesce(archived, 'false') AS archived, "archivedAt" AS archived_at{columns} """
        f"FROM {_read(OBJECT.format(inside=inside))}"
    )
    if not binned:
        return rows if where == "TRUE" else f"SELECT * FROM ({rows}) WHERE {where}"
    return f"SELECT * FROM ({rows}) WHERE {where} QUALIFY row_number() OVER (PARTITION BY id ORDER BY archived DESC, updated_at DESC) = 1"


def owners() -> str:
    """Give the relation of owners; one who is in both lists is active."""
    return (
        """SELECT id, email, "firstName" AS first_name, "lastName" AS last_name, coalesce(archived, 'false') AS archived """
        f"FROM {_read(OWNER)} QUALIFY row_number() OVER (PARTITION BY id ORDER BY archived) = 1"
    )


def stages() -> str:
    """Give the relation of an object's pipelines, one row a stage; its metadata are texts, `"true"` included."""
    return (
        """SELECT s.id AS id, pipeline_id, s.metadata."isClosed" AS is_closed, s.metadata.probability AS probability, s.metadata."ticketState" AS ticket_state """
        f"FROM (SELECT id AS pipeline_id, unnest(stages) AS s FROM {_read(PIPELINE)})"
    )


def links(only: int | None = None) -> str:
    """Give the relation of association lines: a row for each record asked for, the one that counts, and how many there are.

    The one labelled Primary counts, else the lowest id, so that every run chooses the same; `only` keeps one of HubSpot's own types. A
    portal's own labels count from one again, so a number means something only with its category. Most records have one company, and
    nothing is chosen for them.
    """
    primary = f"(x.label = 'Primary' OR (x.category = 'HUBSPOT_DEFINED' AND x.\"typeId\" IN {PRIMARY}))"
    kept = "to_id IS NOT NULL"
    if only is not None:
        kept += f" AND len(list_filter(types, lambda x: x.category = 'HUBSPOT_DEFINED' AND x.\"typeId\" = {only})) > 0"
    rank = f"if(len(list_filter(types, lambda x: {primary})) > 0, 0, 1)"
    return f"""
WITH told AS MATERIALIZED (
    SELECT id, e."toObjectId" AS to_id, e."associationTypes" AS types
    FROM (SELECT "from".id AS id, unnest(if(len("to") > 0, "to", [NULL])) AS e FROM {_read(LINKED)})
), several AS (SELECT id FROM told GROUP BY id HAVING count(*) > 1)
SELECT id, CASE WHEN {kept} THEN to_id END AS to_id, if(to_id IS NULL, '0', '1') AS number FROM told WHERE id NOT IN (FROM several)
UNION ALL
SELECT id, best.id AS to_id, CAST(number AS VARCHAR) AS number FROM (
    SELECT id, min(struct_pack(rank := {rank}, size := length(to_id), id := to_id)) FILTER (WHERE {kept}) AS best,
        count(DISTINCT to_id) AS number
    FROM told WHERE id IN (FROM several) GROUP BY id
)"""


def _read(columns: str) -> str:
    return f"read_json({{files}}, format = 'newline_delimited', columns = struct_pack({columns}))"

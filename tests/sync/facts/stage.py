"""Builds what a connector would land, as real files, and opens real facts."""

from __future__ import annotations

import csv
import itertools
from contextlib import contextmanager

from connectors.contract import Landed, Stream, Table
from sync.facts import Facts

ZONE = "Europe/Paris"
NUMBERS = itertools.count()


@contextmanager
def opened(folder, **options):
    with Facts.open(folder / "facts.duckdb", **{"zone": ZONE, "memory_limit": "300MB", "threads": 1, **options}) as facts:
        yield facts


def landed(folder, stream, rows, *, full=True, complete=True, watermark="w", problems=()):
    """Rows (dicts of text) as one landed CSV file; a column that a row lacks is empty, which is NULL."""
    path = folder / f"{next(NUMBERS)}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, stream.columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in stream.columns)
    relation = f"SELECT * FROM read_csv({{files}}, header = true, auto_detect = false, columns = {{{columns}}})"
    return Landed(
        stream=stream,
        files=(path,),
        relation=relation,
        rows=len(rows),
        full=full,
        watermark=watermark,
        complete=complete,
        problems=problems,
    )


def stream_of(rows, name="Thing", key=("id",), version=None):
    columns = dict.fromkeys(column for row in rows for column in row)
    return Stream(name=name, columns=tuple(columns), key=key, version=version)


def table_of(name, columns, *, stream="Thing", values=None, obj="Thing", locate=None, crm="crm"):
    """A canonical table straight from one stream whose columns bear the canonical names."""
    listed = ", ".join(f'"{column}"' for column in columns)
    return Table(
        name=name,
        object=obj,
        streams=(stream,),
        query=f'SELECT {listed} FROM raw_{crm}."{stream}"',
        values=values or {},
        columns=tuple(columns),
        locate=locate,
    )


def load(facts, folder, name, rows, *, crm="crm", values=None, complete=True, full=True):
    """Absorb rows that bear canonical names and build the canonical table of that name."""
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    stream = Stream(name=name, columns=columns, key=())
    facts.absorb(crm, landed(folder, stream, rows, complete=complete, full=full))
    return facts.rebuild(crm, [table_of(name, columns, stream=name, values=values, crm=crm, obj=name)])


def rows_of(facts, query):
    found = facts.connection.execute(query)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def column_of(facts, query):
    return [row[0] for row in facts.connection.execute(query).fetchall()]

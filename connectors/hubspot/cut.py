"""A long page cut into its records without reading them: a list of a hundred, or the associations of a thousand.

    {"results":[{"id":"1","properties":{...},...},{"id":"2",...}],"paging":{...}}   ->   one line a record, the ids, the cursor

Most of a pull would otherwise be spent on building a Python object for each value and writing it down again. A cut needs no reading: a
quotation mark inside a JSON text is always escaped, so `},{"id":"` with plain ones can only stand between two objects. Whatever is not
exactly as HubSpot writes it (other order of keys, layout, nested lists, errors, a text cut off) is not cut, and is read by the parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Final

SMALL: Final = 4_096
"""Bytes below which reading costs nothing."""
HEAD: Final = re.compile(rb'\{(?:"total":(?P<total>\d{1,15}),)?"results":\[(?=\{"id":")')
TAIL: Final = re.compile(rb'\}\](?:,"paging":\{"next":\{"after":"([^"\\]{1,200})"(?:,"link":"[^"\\]*")?\}\})?\}\Z')
LINK_HEAD: Final = re.compile(rb'\{(?:"\w{1,20}":"[^"\\]*",){0,4}"results":\[(?=\{"from":\{"id":")')
LINK_TAIL: Final = re.compile(rb'\}\](?:,"\w{1,20}":"[^"\\]*"){0,4}\}\Z')
HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")
"""Half a character, escaped: whole ones come in twos, which the parser sorts out."""
LONGEST_ID: Final = 40
FIRST, SECOND, LAST = itemgetter(0), itemgetter(1), itemgetter(-1)
LONGEST_TAIL: Final = 4_000


@dataclass(frozen=True, slots=True)
class Cut:
    """Records as lines of JSON, each record's id (of associations: whose they are), the cursor of the next page, and the index's count."""

    lines: bytes
    ids: list[str]
    after: str | None
    total: int | None = None


def cut(raw: bytes) -> Cut | None:
    """Cut a page; None when it is short, or not written as expected."""
    if len(raw) < SMALL or b"\n" in raw or b"\r" in raw or (b"\\" in raw and HALF.search(raw)):  # one byte is looked for at once
        return None
    if (head := HEAD.match(raw)) is not None:
        page = _cut(raw, head.end(), TAIL, b'{"id":"', b'","properties":{')
        return page if page is None or head["total"] is None else replace(page, total=int(head["total"]))
    if (head := LINK_HEAD.match(raw)) is not None:
        return _cut(raw, head.end(), LINK_TAIL, b'{"from":{"id":"', b'"},"to":[{', closing=b"]")
    return None


def _cut(raw: bytes, start: int, ending: re.Pattern[bytes], opening: bytes, behind_id: bytes, closing: bytes = b"") -> Cut | None:
    """Cut where a record opens behind another one. Each piece must begin with an id and what stands behind it, or it is none of them;
    with `closing` it must also end so (associations that go on end otherwise).
    """
    end = ending.search(raw, max(start, len(raw) - LONGEST_TAIL))
    if end is None:
        return None
    pieces = raw.split(b"}," + opening)
    pieces[-1] = pieces[-1][: len(pieces[-1]) - (len(raw) - end.start())]
    pieces[0] = pieces[0][start + len(opening) :]
    parts = [piece.partition(behind_id) for piece in pieces]
    ids = list(map(FIRST, parts))
    told = b"\n".join(ids)
    if not all(map(SECOND, parts)) or max(map(len, ids)) > LONGEST_ID or b'"' in told or b"\\" in told or not told.isascii():
        return None
    if closing and set(map(LAST, pieces)) != {closing[0]}:
        return None
    pieces[0] = opening + pieces[0]
    pieces[-1] += b"}\n"  # of a page of one record they are the same
    after = end[1].decode() if ending.groups and end[1] is not None else None
    return Cut((b"}\n" + opening).join(pieces), told.decode().split("\n"), after)

"""A long page cut into its records without reading them: a list of a hundred, or the associations of a thousand.

    {"results":[{"id":"1","properties":{...},...},{"id":"2",...}],"paging":{...}}   ->   one line a record, the ids, the cursor

Most of a pull would otherwise be spent on building a Python object for each value and writing it down again. A cut needs no reading: a
quotation mark inside a JSON text is always escaped, so `},{"id":"` with plain ones can only stand between two objects. Whatever is not
exactly as HubSpot writes it (other order of keys, layout, nested lists, errors, a text cut off) is not cut, and is read by the parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
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
    if len(raw) < SMALL or b"\n" in raw or b"\r" in raw or (b"\\u" in raw and HALF.search(raw)):
        return None
    if (head := HEAD.match(raw)) is not None:
        page = _cut(raw, head.end(), TAIL, b'{"id":"', b'","properties":{')
        return page if page is None or head["total"] is None else replace(page, total=int(head["total"]))
    if (head := LINK_HEAD.match(raw)) is not None and b'"paging"' not in raw:
        return _cut(raw, head.end(), LINK_TAIL, b'{"from":{"id":"', b'"},"to":[{')
    return None


def _cut(raw: bytes, start: int, ending: re.Pattern[bytes], opening: bytes, behind_id: bytes) -> Cut | None:
    """Cut where a record opens behind another one. Each piece must begin with an id and what stands behind it, or it is none of them."""
    end = ending.search(raw, max(start, len(raw) - LONGEST_TAIL))
    if end is None:
        return None
    pieces = raw[start + len(opening) : end.start() + 1].split(b"}," + opening)
    try:
        ids = [piece[: piece.index(behind_id, 0, LONGEST_ID + len(behind_id))].decode() for piece in pieces]
    except ValueError:
        return None
    if any('"' in one or "\\" in one for one in ids):
        return None
    lines = b"".join([opening, (b"}\n" + opening).join(pieces), b"\n"])
    return Cut(lines, ids, end[1].decode() if ending.groups and end[1] is not None else None)

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
RECORD: Final = re.compile(rb'\{"id":"([^"\\]{1,40})","properties":\{')
LINK_HEAD: Final = re.compile(rb'\{(?:"\w{1,20}":"[^"\\]*",){0,4}"results":\[(?=\{"from":\{"id":")')
LINK_TAIL: Final = re.compile(rb'\}\](?:,"\w{1,20}":"[^"\\]*"){0,4}\}\Z')
LINK: Final = re.compile(rb'\{"from":\{"id":"([^"\\]{1,40})"\},"to":\[\{')
LONGEST_TAIL: Final = 4_000


@dataclass(frozen=True, slots=True)
class Cut:
    """Records as lines of JSON, each record's id (of associations: whose they are), the cursor of the next page, and the index's count."""

    lines: bytes
    ids: list[str]
    after: str | None
    total: int | None = None


def cut(raw: bytes) -> Cut | None:
    """Cut a page; None when it is short, or not written as expected. Half a character (an escaped surrogate) is the parser's business."""
    if (
        len(raw) < SMALL
        or b"\n" in raw
        or b"\r" in raw
        or b"\\ud" in raw
        or b"\\uD" in raw
        or raw.count(b"{") != raw.count(b"}")
        or raw.count(b"[") != raw.count(b"]")
    ):
        return None
    if (head := HEAD.match(raw)) is not None:
        page = _cut(raw, head.end(), TAIL, b'},{"id":"', b'}\n{"id":"', RECORD)
        return page if page is None or head["total"] is None else replace(page, total=int(head["total"]))
    if (head := LINK_HEAD.match(raw)) is not None and b'"paging"' not in raw:
        return _cut(raw, head.end(), LINK_TAIL, b'},{"from":{"id":"', b'}\n{"from":{"id":"', LINK)
    return None


def _cut(raw: bytes, start: int, ending: re.Pattern[bytes], seam: bytes, opened: bytes, record: re.Pattern[bytes]) -> Cut | None:
    end = ending.search(raw, max(start, len(raw) - LONGEST_TAIL))
    if end is None:
        return None
    lines = raw[start : end.start() + 1].replace(seam, opened) + b"\n"
    ids = record.findall(lines)
    if len(ids) != lines.count(b"\n"):
        return None
    return Cut(lines, [one.decode() for one in ids], end[1].decode() if ending.groups and end[1] is not None else None)

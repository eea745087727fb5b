"""What changed, asked of the search index: the ids inside a frozen window of modification times, without loss and without end.

    [since - overlap, until)   sorted by hs_object_id, each page asking for ids greater than the last one seen

Paging by offset ends at 10,000 and shifts when a record leaves the window; a time cursor loops when a bulk import stamps more than
that with one instant. The index lags behind the records, so the next window overlaps this one, and nothing here ever decides whether
a record exists: values are read by id afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from connectors.hubspot.client import Client

PAGE: Final = 200
OVERLAP_MS: Final = 10 * 60 * 1000
"""How far a window reaches back before the last one's end: the index lags by moments, sometimes minutes."""
Filter = dict[str, str]


@dataclass(slots=True)
class Found:
    """Ids in the order they were found, and how many the index says there are."""

    ids: list[str] = field(default_factory=list)
    total: int = 0
    complete: bool = True


def changed(modified: str, since_ms: int, until_ms: int) -> list[Filter]:
    """Give the filters of a frozen window; `modified` is lastmodifieddate for contacts and hs_lastmodifieddate elsewhere."""
    return [
        {"propertyName": modified, "operator": "GTE", "value": str(since_ms - OVERLAP_MS)},
        {"propertyName": modified, "operator": "LT", "value": str(until_ms)},
    ]


def before(modified: str, until_ms: int) -> list[Filter]:
    return [{"propertyName": modified, "operator": "LT", "value": str(until_ms)}]


def find(client: Client, kind: str, filters: Sequence[Filter]) -> Found:
    """Find all ids that match. Ends only when a page brings no new id; a short page or absent paging proves nothing."""
    found, seen = Found(), set[str]()
    last: str | None = None
    while True:
        document = client.search(kind, _body(filters, last)).document
        if last is None:
            found.total = int(document.get("total") or 0)
        fresh = [one for one in _ids(document) if one not in seen]
        if not fresh:
            break
        seen.update(fresh)
        found.ids += dict.fromkeys(fresh)
        last = fresh[-1]
    if len(found.ids) < found.total:  # some may have left the window while we read: ask again how many there are
        found.complete = len(found.ids) >= count(client, kind, filters)
    return found


def count(client: Client, kind: str, filters: Sequence[Filter]) -> int:
    """Ask the index how many records match."""
    body = _body(filters, None) | {"limit": 1}
    return int(client.search(kind, body).document.get("total") or 0)


def _body(filters: Sequence[Filter], last: str | None) -> dict[str, Any]:
    """Ids are opaque text: they are handed back as they came, never counted up."""
    after = [{"propertyName": "hs_object_id", "operator": "GT", "value": last}] if last is not None else []
    return {
        "filterGroups": [{"filters": [*filters, *after]}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": ["hs_object_id"],
        "limit": PAGE,
    }


def _ids(document: Mapping[str, Any]) -> Iterator[str]:
    return (str(row["id"]) for row in document.get("results") or ())


def chunks(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    """Cut into lists of at most `size`, each id once."""
    unique = list(dict.fromkeys(ids))
    return (unique[start : start + size] for start in range(0, len(unique), size))

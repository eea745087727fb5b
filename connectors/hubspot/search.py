"""What changed, asked of the search index: the records inside a frozen window of modification times, without loss and without end.

    [since - overlap, until)   sorted by hs_object_id, each page asking for ids greater than the last one seen

Paging by offset ends at 10,000 and shifts when a record leaves the window; a time cursor loops when a bulk import stamps more than
that with one instant. The index lags behind the records, so the next window overlaps this one: what a page shows may be a moment old,
and the newer version comes with the next window. Nothing here ever decides that a record is gone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from connectors.hubspot.answer import Answer
    from connectors.hubspot.client import Client

PAGE: Final = 200
OVERLAP_MS: Final = 10 * 60 * 1000
"""How far a window reaches back before the last one's end: the index lags by moments, sometimes minutes."""
LONGEST_BODY: Final = 2_800
"""Characters; HubSpot refuses 3,000, and the id of the last record seen comes on top."""
ID: Final = "hs_object_id"
Filter = dict[str, str]


def changed(modified: str, since_ms: int, until_ms: int) -> list[Filter]:
    """Give the filters of a frozen window; `modified` is lastmodifieddate for contacts and hs_lastmodifieddate elsewhere."""
    return [
        {"propertyName": modified, "operator": "GTE", "value": str(since_ms - OVERLAP_MS)},
        {"propertyName": modified, "operator": "LT", "value": str(until_ms)},
    ]


def before(modified: str, until_ms: int) -> list[Filter]:
    return [{"propertyName": modified, "operator": "LT", "value": str(until_ms)}]


def fits(filters: Sequence[Filter], properties: Sequence[str]) -> bool:
    """Whether so many properties can be asked of the index; else it gives ids, and the values are read by id."""
    return len(json.dumps(_body(filters, "0" * 20, properties), separators=(",", ":"))) <= LONGEST_BODY


@dataclass(slots=True, kw_only=True)
class Search:
    """All records that match, page by page. When it has been gone through: the ids found, how many the index says there are, and
    whether these are all.
    """

    client: Client
    kind: str
    filters: Sequence[Filter]
    properties: Sequence[str] = (ID,)
    first: Answer | None = None
    """The first page, where it was asked for already."""
    ids: list[str] = field(default_factory=list)
    total: int = 0
    complete: bool = True

    def __iter__(self) -> Iterator[tuple[Answer, list[str]]]:
        """Give each page, and those of its ids that no page had before.

        Ends when a page brings no new id, or holds all that the index counts behind the last one and names no next page: a short page
        or absent paging alone proves nothing.
        """
        seen: set[str] = set()
        last: str | None = None
        while True:
            answer = self.first if last is None and self.first is not None else self.ask(last)
            left = answer.total
            if last is None:
                self.total = left
            fresh = [one for one in dict.fromkeys(answer.ids) if one not in seen]
            if not fresh:
                break
            seen.update(fresh)
            self.ids += fresh
            yield answer, fresh
            if answer.after is None and 0 < left <= len(fresh):
                break
            last = fresh[-1]
        if len(self.ids) < self.total:  # some may have left the window while we read: ask again how many there are
            self.complete = len(self.ids) >= count(self.client, self.kind, self.filters)

    def ask(self, last: str | None) -> Answer:
        """Ask for the page behind an id."""
        return self.client.search(self.kind, _body(self.filters, last, self.properties))


def find(client: Client, kind: str, filters: Sequence[Filter]) -> Search:
    """Find all ids that match."""
    found = Search(client=client, kind=kind, filters=filters)
    for _ in found:
        pass
    return found


def count(client: Client, kind: str, filters: Sequence[Filter]) -> int:
    """Ask the index how many records match."""
    return extent(client, kind, filters)[0]


def extent(client: Client, kind: str, filters: Sequence[Filter]) -> tuple[int, str | None]:
    """Ask the index how many records match, and for the highest id among them."""
    body = _body(filters, None, (ID,)) | {"limit": 1, "sorts": [{"propertyName": ID, "direction": "DESCENDING"}]}
    answer = client.search(kind, body)
    return answer.total, next(iter(answer.ids), None)


def _body(filters: Sequence[Filter], last: str | None, properties: Sequence[str]) -> dict[str, Any]:
    """Ids are opaque text: they are handed back as they came, never counted up."""
    after = [{"propertyName": ID, "operator": "GT", "value": last}] if last is not None else []
    return {
        "filterGroups": [{"filters": [*filters, *after]}],
        "sorts": [{"propertyName": ID, "direction": "ASCENDING"}],
        "properties": list(properties) or [ID],
        "limit": PAGE,
    }


def chunks(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    """Cut into lists of at most `size`, each id once."""
    unique = list(dict.fromkeys(ids))
    return (unique[start : start + size] for start in range(0, len(unique), size))

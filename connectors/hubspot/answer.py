"""What HubSpot answered: looked at as a document, and landed as lines, one a record.

Long pages are cut instead of read (cut.py). Everything else is read by the parser that pydantic brings, in half the time of the
library's own.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json

from connectors.hubspot import verdicts
from connectors.hubspot.cut import Cut, cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Answer:
    """A successful answer: its status, and the JSON object in it."""

    def __init__(self, status: int, document: Mapping[str, Any] | None, request_id: str | None = None, page: Cut | None = None) -> None:
        self.status, self.request_id = status, request_id
        self._document, self._page = document, page

    @classmethod
    def of(cls, status: int, raw: bytes, request_id: str | None = None) -> Answer:
        """Read an answer. Raises ValueError when it holds no JSON object."""
        page = cut(raw)
        document = None if page is not None else parsed(raw)
        if page is None and not isinstance(document, dict):
            raise ValueError("no JSON object")
        return cls(status, document, request_id, page)

    @cached_property
    def document(self) -> Mapping[str, Any]:
        if self._document is None and self._page is not None:
            following = {"paging": {"next": {"after": self._page.after}}} if self._page.after else {}
            counted = {} if self._page.total is None else {"total": self._page.total}
            return {**counted, "results": parsed(b"[" + self._page.lines[:-1].replace(b"\n", b",") + b"]"), **following}
        return self._document or {}

    @property
    def results(self) -> Sequence[Mapping[str, Any]]:
        return self.document.get("results") or ()

    @cached_property
    def ids(self) -> list[str]:
        """The ids of the records; of associations, whose they are."""
        if self._page is not None:
            return self._page.ids
        return [str((row.get("from") or row)["id"]) for row in self.results]

    @property
    def total(self) -> int:
        """Of a search: how many records the index counts behind the cursor."""
        found = self._page.total if self._page is not None else self.document.get("total")
        return int(found or 0)

    @property
    def lines(self) -> bytes:
        """The records as they are landed."""
        return self._page.lines if self._page is not None else lines(self.results)

    @property
    def first(self) -> Mapping[str, Any]:
        """The first record, without reading the others of a long page."""
        if self._page is not None:
            return dict(parsed(self._page.lines[: self._page.lines.index(b"\n")]))
        return next(iter(self.results), {})

    def values(self, name: str) -> set[str]:
        """The values that a property has among the records, as text."""
        return {str(value) for row in self.results if (value := properties_of(row).get(name)) not in (None, "")}

    @property
    def after(self) -> str | None:
        """The cursor of the next page; the last page has no paging at all, or an empty one."""
        if self._page is not None:
            return self._page.after
        following = (self.document.get("paging") or {}).get("next") or {}
        return str(following["after"]) if following.get("after") else None

    @property
    def unfinished(self) -> list[tuple[str, str]]:
        """Of an association page: the records that have more, each with its own cursor."""
        if self._page is not None:
            return []
        cursors = [(row, ((row.get("paging") or {}).get("next") or {}).get("after")) for row in self.results]
        return [(str(row["from"]["id"]), str(after)) for row, after in cursors if after]

    @property
    def refusals(self) -> Sequence[verdicts.Refusal]:
        """The rows of a batch that were refused; HubSpot reports them in a 207 and in a plain 200 alike."""
        if self._page is not None:
            return ()
        return [verdicts.from_body(self.status, entry, self.request_id) for entry in self.document.get("errors") or ()]


def properties_of(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the properties of a record; one that shows none has none."""
    return record.get("properties") or {}


def lines(records: Iterable[Mapping[str, Any]]) -> bytes:
    """Write records one a line."""
    return b"".join([to_json(record) + b"\n" for record in records])


def parsed(raw: bytes) -> Any:
    """Give the document. Half a character (a text cut inside an emoji) is JSON for Python's parser and for nobody else, so it is taken
    out. Raises ValueError when there is no JSON in it.
    """
    try:
        return from_json(raw, cache_strings="keys")
    except ValueError:
        text = json.dumps(json.loads(raw), ensure_ascii=False)
    return from_json(text.encode("utf-8", "replace"))

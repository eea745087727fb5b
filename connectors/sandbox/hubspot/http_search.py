"""POST /objects/{type}/search, with all its caps. The index may lag; archived records are never in it; no quota headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.hubspot.call import Answer, Call, Route
from connectors.sandbox.hubspot.render import View
from connectors.sandbox.hubspot.search import Query
from connectors.sandbox.hubspot.shapes import integer, members
from connectors.sandbox.hubspot.wire import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST: Final = 3_000
MOST_GROUPS: Final = 5
MOST_FILTERS: Final = 6
"""Filters in one group."""
MOST_TOGETHER: Final = 18
MOST_ROWS: Final = 200
LAST: Final = 10_000
"""The offset at which paging ends."""


def search(call: Call) -> Answer:
    kind = call.kind()
    call.token.need(kind.record_scopes("read"))
    text = call.raw.decode("utf-8", "replace")
    if len(text) > LONGEST:
        raise invalid(f"The request body is {len(text)} characters long; the limit is {LONGEST}")
    body = call.json()
    _check_size(body)
    limit, after = integer(body, "limit", 10), integer(body, "after", 0)
    if not 1 <= limit <= MOST_ROWS:
        raise invalid(f"Invalid limit {limit}: it must be between 1 and {MOST_ROWS}")
    if not 0 <= after < LAST:
        raise invalid(f"Paging beyond {LAST} results is not supported")
    matches = Query(call.portal, kind, body).run(call.now)
    view = View(call.portal, kind, members(body, "properties", str))
    short = call.effect("short_page")
    page = min(limit, int(short)) if short else limit
    answer: dict[str, Any] = {"total": len(matches), "results": [view.of(row) for row in matches[after : after + page]]}
    if after + page < len(matches):
        answer["paging"] = {"next": {"after": str(after + page)}}
    return Answer(body=answer)


def _check_size(body: Mapping[str, Any]) -> None:
    groups = members(body, "filterGroups", dict)
    counts = [len(members(group, "filters", dict)) for group in groups]
    if len(groups) > MOST_GROUPS:
        raise invalid(f"Maximum number of filterGroups is {MOST_GROUPS}")
    if any(count > MOST_FILTERS for count in counts):
        raise invalid(f"Maximum number of filters in a group is {MOST_FILTERS}")
    if sum(counts) > MOST_TOGETHER:
        raise invalid(f"Maximum number of filters is {MOST_TOGETHER}")


ROUTES = (Route(method="POST", pattern="objects/{type}/search", handler=search, bucket="search"),)

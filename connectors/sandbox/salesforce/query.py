"""REST queries: a page at a time, the rest under a locator that dies after two days.

GET /query?q=…      live rows              GET /query/01g…-2000    the next page, of either kind
GET /queryAll?q=…   deleted and archived ones too
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce.errors import Refused
from connectors.sandbox.salesforce.soql.run import Result, Run, run
from connectors.sandbox.salesforce.soql.source import OrgSource
from connectors.sandbox.salesforce.tooling import ToolingSource
from connectors.sandbox.salesforce.web import Answer, Call, Routes

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from connectors.sandbox.salesforce.soql.source import Source
    from connectors.sandbox.salesforce.store import Row

SMALLEST_PAGE, LARGEST_PAGE = 200, 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Rows found by one user's query, as they were then."""

    user: str
    rows: list[Any]
    render: Callable[[Any], dict[str, Any]]
    made: datetime


def query(call: Call, *, deleted: bool = False) -> Answer:
    """Run the query in `q` and show its first page."""
    return _answer(call, OrgSource(call.org, call.view), deleted=deleted)


def query_all(call: Call) -> Answer:
    return query(call, deleted=True)


def tooling_query(call: Call) -> Answer:
    return _answer(call, ToolingSource(call.org), deleted=False)


def _answer(call: Call, source: Source, *, deleted: bool) -> Answer:
    text = call.query.get("q")
    if not text:
        raise Refused("MALFORMED_QUERY", "SOQL statements cannot be empty or null.")
    result = run(Run(source=source, version=call.version, deleted=deleted, page=partial(_children, call)), text)
    if result.is_count:
        return Answer(body={"totalSize": result.total, "done": True, "records": []})
    size = page_size(call) if result.columns else max(len(result.rows), 1)  # aggregates come whole
    return Answer(body=_first(call, result, size))


def _first(call: Call, result: Result, size: int) -> dict[str, Any]:
    cursor = Cursor(user=call.user, rows=result.rows, render=result.render, made=call.org.clock())
    return page(call, cursor, 0, size)


def page(call: Call, cursor: Cursor, start: int, size: int, name: str | None = None) -> dict[str, Any]:
    """Show one page of a cursor, putting the cursor on the shelf when there is more."""
    end = min(start + size, len(cursor.rows))
    shown = cursor.rows[start:end]
    if start and call.effect("duplicate_rows") is not None:
        shown = [cursor.rows[start - 1], *shown]  # rows moved between pages while they were read
    body: dict[str, Any] = {"totalSize": len(cursor.rows), "done": end >= len(cursor.rows)}
    if not body["done"]:
        name = name or call.org.cursors.add(cursor)
        body["nextRecordsUrl"] = f"/services/data/v{call.version}/query/{name}-{end}"
    return {**body, "records": [cursor.render(row) for row in shown]}


def _children(call: Call, rows: list[Row], render: Callable[[Row], Any]) -> dict[str, Any]:
    cursor = Cursor(user=call.user, rows=rows, render=render, made=call.org.clock())
    return page(call, cursor, 0, call.org.knobs.child_page)


def page_size(call: Call) -> int:
    """Take batchSize as the hint it is: within 200 and 2,000, and less when the org's rows are wide."""
    asked = re.search(r"batchSize\s*=\s*(\d+)", call.headers.get("sforce-query-options", ""))
    size = min(max(int(asked[1]), SMALLEST_PAGE), LARGEST_PAGE) if asked else LARGEST_PAGE
    forced = call.effect("page_size")
    return min(size, call.org.knobs.page_size, int(forced) if forced else size)


def more(call: Call, locator: str) -> Answer:
    """Show the page of a locator; Refused when it is unknown, another user's, or too old."""
    name, _, offset = locator.rpartition("-")
    cursor = call.org.cursors.get(name)
    gone = Refused("INVALID_QUERY_LOCATOR", "invalid query locator")
    if not isinstance(cursor, Cursor) or cursor.user != call.user or not offset.isdigit() or not 0 < int(offset) <= len(cursor.rows):
        raise gone
    if call.org.clock() - cursor.made > timedelta(hours=call.org.knobs.locator_hours) or call.effect("locator_expired") is not None:
        raise gone
    return Answer(body=page(call, cursor, int(offset), page_size(call), name))


def routes(table: Routes) -> None:
    table.add("/query", GET=query)
    table.add("/queryAll", GET=query_all)
    table.add("/query/{locator}", GET=more)
    table.add("/queryAll/{locator}", GET=more)
    table.add("/tooling/query", GET=tooling_query)
    table.add("/tooling/query/{locator}", GET=more)

"""Several small reads in one call: POST composite, which Salesforce counts as one request whatever it holds.

    the list of objects, describes of 20  ->  25 a call        counts of small ones, the first pages of their changes  ->  5 a call

(composite/batch takes 25 queries, and counts each.) It only saves calls. A part that is not answered with 200 is given as None, and
whoever asked asks it alone, where its error is told and repeated by the rules of every other request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import structlog

from connectors.failures import CrmError, QuotaExhausted, Transient
from connectors.salesforce.verdicts import CRM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.salesforce.client import Client

MOST: Final = 25
"""Parts a call may hold."""
MOST_QUERIES: Final = 5
"""Parts a call may hold that are queries."""
OBJECTS: Final = "sobjects"
"""The list of all objects."""

log = structlog.get_logger()


def ask(client: Client, urls: Sequence[str], operation: str) -> list[Any]:
    """The JSON answers of GETs below /services/data/vXX.X, by position; None for each that must be asked alone."""
    return [answer for part in parts(urls) for answer in _call(client, part, operation)]


def parts(urls: Sequence[str]) -> list[list[str]]:
    """Cut into calls, in order, none with a single part: that one would not be asked here, and a forecast would lack its answer."""
    calls: list[list[str]] = []
    for url in urls:
        last = calls[-1] if calls else []
        is_full = len(last) == MOST or (_is_query(url) and sum(map(_is_query, last)) == MOST_QUERIES)
        if is_full or not calls:
            calls.append([])
        calls[-1].append(url)
    if len(calls) > 1 and len(calls[-1]) == 1:
        calls[-1].insert(0, calls[-2].pop())
    return calls


def describe(name: str) -> str:
    return f"sobjects/{name}/describe"


def query_all(soql: str) -> str:
    return f"queryAll?q={quote(soql, safe='')}"


def _is_query(url: str) -> bool:
    return url.startswith("query")


def _call(client: Client, urls: Sequence[str], operation: str) -> list[Any]:
    if len(urls) < 2 or client.asks_apart:  # nothing to save
        return [None] * len(urls)
    names = [f"part{place}" for place in range(len(urls))]
    asked = [{"method": "GET", "url": f"{client.root}/{url}", "referenceId": name} for name, url in zip(names, urls, strict=True)]
    try:
        answer = client.send("POST", f"{client.root}/composite", operation, body={"allOrNone": False, "compositeRequest": asked})
    except QuotaExhausted:
        raise
    except CrmError as error:
        client.asks_apart = not isinstance(error, Transient)
        log.info("asked one by one", crm=CRM, operation=operation, why=error.message)
        return [None] * len(urls)
    told = answer.get("compositeResponse") if isinstance(answer, dict) else None
    found = {
        one["referenceId"]: one.get("body")
        for one in (told if isinstance(told, list) else ())
        if isinstance(one, dict) and one.get("httpStatusCode") == 200 and "referenceId" in one
    }
    return [found.get(name) for name in names]

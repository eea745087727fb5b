"""Several small reads in one call: POST composite/batch, which Salesforce counts as one request whatever it holds.

    the list of objects, describes of 20, counts of small ones, the first pages of their changes  ->  25 a call instead of one each

It only saves calls. A part that is not answered with 200 is given as None, and whoever asked asks it alone, where its error is told and
repeated by the rules of every other request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import structlog

from connectors.failures import CrmError, QuotaExhausted
from connectors.salesforce.verdicts import CRM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.salesforce.client import Client

MOST: Final = 25
"""Parts a call may hold."""
OBJECTS: Final = "sobjects"
"""The list of all objects."""

log = structlog.get_logger()


def ask(client: Client, urls: Sequence[str], operation: str) -> list[Any]:
    """The JSON answers of GETs below /services/data/vXX.X, by position; None for each that must be asked alone."""
    answers: list[Any] = []
    for start in range(0, len(urls), MOST):
        answers += _call(client, urls[start : start + MOST], operation)
    return answers


def describe(name: str) -> str:
    return f"sobjects/{name}/describe"


def query_all(soql: str) -> str:
    return f"queryAll?q={quote(soql, safe='')}"


def _call(client: Client, urls: Sequence[str], operation: str) -> list[Any]:
    if len(urls) < 2:  # nothing to save
        return [None] * len(urls)
    body = {"haltOnError": False, "batchRequests": [{"method": "GET", "url": f"v{client.version}/{url}"} for url in urls]}
    try:
        answer = client.send("POST", f"{client.root}/composite/batch", operation, body=body)
    except QuotaExhausted:
        raise
    except CrmError as error:
        log.info("asked one by one", crm=CRM, operation=operation, why=error.message)
        return [None] * len(urls)
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list) or len(results) != len(urls):
        return [None] * len(urls)
    return [one.get("result") if isinstance(one, dict) and one.get("statusCode") == 200 else None for one in results]

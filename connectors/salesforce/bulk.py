"""Bulk API 2.0 query: a job per large object, its result streamed to files as the server compressed it.

    POST job -> poll -> GET results?locator=... (each page to its own file, counted before it is believed) -> DELETE job

What Bulk refuses (some setup objects, some orgs, its own daily limits) is told by NotBulk, and the reader takes REST instead.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import duckdb
import structlog
import urllib3

from connectors.contract import CrmError, Transient
from connectors.salesforce.landed import NULL_LOCATOR, header, measure
from connectors.salesforce.verdicts import CRM, Refused, request_id, transient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import requests

    from connectors.contract import Landing
    from connectors.salesforce.client import Client
    from connectors.salesforce.mapping import Pull

ROWS_A_PAGE: Final = 100_000
LONGEST_JOB: Final = 4 * 3600.0
"""Seconds of waiting after which a job counts as lost."""
LONGEST_PAUSE: Final = 20.0
OVER: Final = frozenset({"JobComplete", "Failed", "Aborted"})

log = structlog.get_logger()


class NotBulk(Exception):
    """Bulk cannot read this; REST can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One landed page: rows as they stand, distinct records, the newest stamp, and the rows that the whole job found."""

    file: Path
    rows: int
    records: int
    newest: str | None
    total: int | None = None


def pages(client: Client, pull: Pull, soql: str, landing: Landing, pause: Pause) -> Iterator[Page]:
    """Run one query job and land its pages. Raises NotBulk before the first page, CrmError after."""
    operation = f"bulk query {pull.object}"
    job = _create(client, soql, operation)
    try:
        total = _wait(client, job, operation, pause)
        locator: str | None = None
        while locator != NULL_LOCATOR:
            page, locator = _page(client, pull, job, locator, landing, operation)
            yield replace(page, total=total)
    finally:
        with contextlib.suppress(CrmError):  # an orphan is removed by Salesforce after seven days
            client.send("DELETE", f"{client.root}/jobs/query/{job}", f"remove {operation}")


class Pause:
    """Waits between two looks at a job: from half a second up, never longer than LONGEST_PAUSE."""

    def __init__(self, sleep: Any) -> None:
        self._sleep = sleep
        self.waited = 0.0
        self._next = 0.5

    def __call__(self) -> None:
        self._sleep(self._next)
        self.waited += self._next
        self._next = min(LONGEST_PAUSE, self._next * 1.6)


def _create(client: Client, soql: str, operation: str) -> str:
    body = {"operation": "queryAll", "query": soql, "contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF"}
    try:
        job = client.send("POST", f"{client.root}/jobs/query", operation, body=body)
    except Refused as error:  # INVALIDENTITY, API_ERROR, LIMIT_EXCEEDED, FEATURENOTENABLED ...
        raise NotBulk(error.code) from error
    return str(job["id"])


def _wait(client: Client, job: str, operation: str, pause: Pause) -> int | None:
    """Look until the job is over; the number of rows it found, where the server says it."""
    while True:
        state = client.get(f"{client.root}/jobs/query/{job}", operation)
        if state["state"] == "JobComplete":
            found = state.get("numberRecordsProcessed")
            return int(found) if found is not None else None
        if state["state"] in OVER:
            log.warning("bulk query job failed", crm=CRM, operation=operation, job=job, state=state["state"])
            raise NotBulk(str(state["state"]))
        if pause.waited > LONGEST_JOB:
            raise transient(operation, f"the job did not end within {LONGEST_JOB / 3600:.0f} hours")
        pause()


def _page(client: Client, pull: Pull, job: str, locator: str | None, landing: Landing, operation: str) -> tuple[Page, str]:
    """Download one page until it is whole; the locator may be asked again while the job exists."""
    params: dict[str, str | int] = {"maxRecords": ROWS_A_PAGE, **({"locator": locator} if locator else {})}

    def download() -> tuple[Page, str]:
        headers = {"Accept": "text/csv", "Accept-Encoding": "gzip"}
        response = client.once("GET", f"{client.root}/jobs/query/{job}/results", operation, params=params, headers=headers, stream=True)
        with response:
            if response.status_code != 200:
                raise transient(operation, "the results are not ready yet")
            packed = response.headers.get("Content-Encoding", "").lower() == "gzip"
            file = landing.file(pull.stream.name, ".csv.gz" if packed else ".csv")
            try:
                _save(response, file, operation)
                return _believed(response, pull, file, operation), response.headers.get("Sforce-Locator") or NULL_LOCATOR
            except Transient:
                file.unlink(missing_ok=True)
                raise

    return client.retry(download)


def _save(response: requests.Response, file: Path, operation: str) -> None:
    """Write the body as it comes, still compressed. An OSError is our own disk's."""
    try:
        with file.open("wb") as out:
            for chunk in response.raw.stream(1 << 18, decode_content=False):
                out.write(chunk)
    except urllib3.exceptions.HTTPError as error:
        raise transient(operation, f"the results broke off ({type(error).__name__})", mark=request_id(response)) from error


def _believed(response: requests.Response, pull: Pull, file: Path, operation: str) -> Page:
    """Compare what lies on disk with what the server says it sent: a body cut at a row's end looks whole."""
    said = response.headers.get("Sforce-NumberOfRecords", "")
    try:
        rows, records, newest = measure(pull, [file])
        names = header(file)
    except (duckdb.Error, OSError, EOFError, UnicodeDecodeError) as error:
        raise transient(operation, "a page of results is cut short", mark=request_id(response)) from error
    if said.isdigit() and rows != int(said):
        raise transient(operation, f"a page holds {rows} of {said} rows", mark=request_id(response))
    if names and (missing := [name for name in pull.stream.columns if name not in names]):
        raise Refused(operation, f"the results lack the column {missing[0]}", code="RESULT_COLUMNS", request_id=request_id(response))
    return Page(file=file, rows=rows, records=records, newest=newest)

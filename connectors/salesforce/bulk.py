"""Bulk API 2.0 query: a job per large object, its result streamed to files as the server compressed it.

    POST job -> poll -> GET results?locator=... (each page to its own file, counted before it is believed) -> DELETE job
    what a run could not finish is in unfinished.py, and the next run goes on behind the last page

What Bulk refuses (some setup objects, some orgs, its own daily limits) is told by NotBulk, and the reader takes REST instead.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import duckdb
import structlog
import urllib3

from connectors.failures import CrmError, Denied, QuotaExhausted, Transient, Unprepared
from connectors.salesforce.beforehand import A_DOWNLOAD
from connectors.salesforce.landed import NULL_LOCATOR, Short, Tally, header
from connectors.salesforce.unfinished import Got
from connectors.salesforce.verdicts import CRM, Refused, request_id, transient

if TYPE_CHECKING:
    from pathlib import Path

    import requests

    from connectors.contract import Landing, Runtime
    from connectors.salesforce.client import Client
    from connectors.salesforce.mapping import Pull
    from connectors.salesforce.unfinished import Job, Unfinished

LONGEST_JOB: Final = 4 * 3600.0
"""Seconds of waiting after which a job counts as lost."""
LONGEST_PAUSE: Final = 20.0
OVER: Final = frozenset({"JobComplete", "Failed", "Aborted"})

log = structlog.get_logger()


class NotBulk(Exception):
    """Bulk cannot read this; REST can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """All pages of one job: distinct records in them, the newest stamp, and the rows that the job found (None: it does not say).

    `resumed` is the server's time at which the job was made, when that was in an earlier run: what changed since is not in it.
    """

    files: tuple[Path, ...]
    records: int
    newest: str | None
    total: int | None
    resumed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every step of a job needs."""

    client: Client
    pull: Pull
    query: str
    landing: Landing
    runtime: Runtime
    unfinished: Unfinished

    @property
    def operation(self) -> str:
        return f"bulk query {self.pull.object}"


def read(desk: Desk, expected: int | None = None) -> Read:
    """Run one query job, or go on with the one that an earlier run left. Raises NotBulk, CrmError."""
    left = desk.unfinished.find(desk.query)
    if left is not None:
        try:
            return _finish(desk, left, expected, resumed=left.started)
        except (NotBulk, Unprepared, Refused, duckdb.Error, OSError, EOFError, UnicodeDecodeError) as error:
            log.info("an earlier job is of no use any more", crm=CRM, operation=desk.operation, why=type(error).__name__)
            desk.unfinished.end(desk.query)
    started = desk.client.server_date
    job = desk.unfinished.begin(desk.query, _create(desk.client, desk.query, desk.operation), started)
    try:
        return _finish(desk, job, expected, resumed=None)
    except (Refused, Denied, Unprepared) as error:  # a job that was taken, and whose result is then refused or gone
        raise NotBulk(getattr(error, "code", "") or error.message) from error


def _finish(desk: Desk, job: Job, expected: int | None, *, resumed: str | None) -> Read:
    """Wait for the job and fetch the pages that are not here yet. A job that can still be gone on with is left standing."""
    may_go_on = False
    try:
        with Tally(desk.pull) as tally:
            files = [desk.unfinished.path(page) for page in job.pages]
            for file in files:
                tally.add(file)
            total = _wait(desk, job.id)
            while not job.pages or job.pages[-1].next != NULL_LOCATOR:
                files.append(_page(desk, job, tally))
                desk.runtime.progress(f"{CRM} {desk.pull.stream.name}", tally.rows, expected)
            landed = tuple(_landed(desk, file) for file in files)
            return Read(files=landed, records=tally.records, newest=tally.newest, total=total, resumed=resumed)
    except (Transient, QuotaExhausted, KeyboardInterrupt, SystemExit):
        may_go_on = desk.unfinished.is_kept
        raise
    finally:
        if not may_go_on:
            desk.unfinished.end(desk.query)
            with contextlib.suppress(CrmError):  # an orphan is removed by Salesforce after seven days
                desk.client.send("DELETE", f"{desk.client.root}/jobs/query/{job.id}", f"remove {desk.operation}")


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
        job = client.send("POST", f"{client.root}/jobs/query", operation, body=body, needs=("id",))
    except (Refused, Denied) as error:  # INVALIDENTITY, API_ERROR, LIMIT_EXCEEDED, FEATURENOTENABLED ..., or no right to use Bulk
        raise NotBulk(getattr(error, "code", "") or error.message) from error
    except Unprepared as error:
        if error.missing:  # a field or object that is not there is not there for REST either
            raise
        raise NotBulk(error.message) from error
    return str(job["id"])


def _wait(desk: Desk, job: str) -> int | None:
    """Look until the job is over; the number of rows it found, where the server says it."""
    pause = Pause(desk.runtime.sleep)
    while True:
        state = desk.client.get(f"{desk.client.root}/jobs/query/{job}", desk.operation, needs=("state",))
        if state["state"] == "JobComplete":
            found = state.get("numberRecordsProcessed")
            return int(found) if found is not None else None
        if state["state"] in OVER:
            log.warning("bulk query job failed", crm=CRM, operation=desk.operation, job=job, state=state["state"])
            raise NotBulk(str(state["state"]))
        if pause.waited > LONGEST_JOB:
            raise transient(desk.operation, f"the job did not end within {LONGEST_JOB / 3600:.0f} hours")
        pause()


def _page(desk: Desk, job: Job, tally: Tally) -> Path:
    """Download one page until it is whole; its locator may be asked again while the job exists."""
    locator = {"locator": job.pages[-1].next} if job.pages else {}
    params: dict[str, str | int] = {"maxRecords": A_DOWNLOAD, **locator}
    path = f"{desk.client.root}/jobs/query/{job.id}/results"
    headers = {"Accept": "text/csv", "Accept-Encoding": "gzip"}

    def download() -> tuple[Path, Got]:
        response = desk.client.once("GET", path, desk.operation, params=params, headers=headers, stream=True)
        with response:
            if response.status_code != 200:
                raise transient(desk.operation, "the results are not ready yet")
            following = response.headers.get("Sforce-Locator") or NULL_LOCATOR
            if following == locator.get("locator"):
                raise transient(desk.operation, "a page of results names itself as the next")
            packed = response.headers.get("Content-Encoding", "").lower() == "gzip"
            suffix = ".csv.gz" if packed else ".csv"
            file = desk.unfinished.page(desk.query, len(job.pages) + 1, suffix) or desk.landing.file(desk.pull.stream.name, suffix)
            try:
                _save(response, file, desk.operation)
                rows = _believed(response, desk, file, tally)
            except Transient:
                file.unlink(missing_ok=True)
                raise
            return file, Got(file=file.name, rows=rows, next=following)

    file, page = desk.client.retry(download)
    job.pages.append(page)
    desk.unfinished.save(desk.query, job)
    return file


def _landed(desk: Desk, file: Path) -> Path:
    """Move a page that was kept to the landing place, from where it is removed after the load."""
    if not desk.unfinished.is_kept:
        return file
    suffix = ".csv.gz" if file.suffix == ".gz" else file.suffix
    return file.replace(desk.landing.file(desk.pull.stream.name, suffix))


def _save(response: requests.Response, file: Path, operation: str) -> None:
    """Write the body as it comes, still compressed. An OSError is our own disk's."""
    try:
        with file.open("wb") as out:
            for chunk in response.raw.stream(1 << 18, decode_content=False):
                out.write(chunk)
    except urllib3.exceptions.HTTPError as error:
        raise transient(operation, f"the results broke off ({type(error).__name__})", mark=request_id(response)) from error


def _believed(response: requests.Response, desk: Desk, file: Path, tally: Tally) -> int:
    """Compare what lies on disk with what the server says it sent: a body cut at a row's end looks whole. Gives the rows."""
    said, mark = response.headers.get("Sforce-NumberOfRecords", ""), request_id(response)
    try:
        names = header(file)
        if names and (missing := [name for name in desk.pull.stream.columns if name not in names]):
            raise transient(desk.operation, f"the results lack the column {missing[0]}", mark=mark)
        return tally.add(file, said=int(said) if said.isdigit() else None)
    except Short as error:
        raise transient(desk.operation, f"a page holds {error.rows} of {said} rows", mark=mark) from error
    except (duckdb.Error, OSError, EOFError, UnicodeDecodeError) as error:
        raise transient(desk.operation, "a page of results is cut short", mark=mark) from error

"""Bulk API 2.0 query jobs: a query that is run once, its rows handed out as CSV pages for as long as the job is kept.

Effects of a fault on a request for results: `results_204`, `page_size:n`.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from connectors.sandbox.salesforce import jobs
from connectors.sandbox.salesforce.errors import Refused
from connectors.sandbox.salesforce.jobs import Job
from connectors.sandbox.salesforce.soql.aggregate import is_grouped
from connectors.sandbox.salesforce.soql.parse import parse
from connectors.sandbox.salesforce.soql.run import Result, Run, run
from connectors.sandbox.salesforce.soql.source import OrgSource
from connectors.sandbox.salesforce.soql.tree import Function, Query, TypeOf
from connectors.sandbox.salesforce.web import Answer, Call, Routes

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from connectors.sandbox.salesforce.store import Row

KIND = "V2Query"
MOST_RESULT_PAGES = 5


def create(call: Call) -> Answer:
    """Create a job; what it could never run is refused at once."""
    body = call.object()
    operation, text = body.get("operation"), body.get("query")
    if operation not in {"query", "queryAll"} or not isinstance(text, str):
        raise Refused("INVALIDJOB", "operation must be query or queryAll, with a query")
    delimiter, ending = jobs.settings(body)
    now = call.org.clock()
    if call.org.usage.count_jobs(now) >= call.org.knobs.query_jobs_per_day:
        raise Refused("LIMIT_EXCEEDED", "Max query jobs per day exceeded")
    found = check(call, text, deleted=operation == "queryAll")
    call.org.usage.jobs.append(now)
    job = Job(
        type=KIND, user=call.user, version=call.version, operation=operation, object=found.kind.name, made=call.org.now(), state="UploadComplete",
        delimiter=delimiter, ending=ending, query=text, stuck=call.effect("stuck_job") is not None, failure=call.effect("failed_job"),
    )  # fmt: skip
    job.id = call.org.jobs.add(job)
    return Answer(body=job.shown())


def check(call: Call, text: str, *, deleted: bool) -> Result:
    """Refuse what Bulk cannot do, though REST can; then run the query as REST would."""
    query = parse(text)
    reason = _unsupported(query)
    if reason is not None:
        raise Refused("API_ERROR", reason)
    kind = call.view.kind(query.source)
    if kind is not None and not kind.blueprint.bulk:
        raise Refused("INVALIDENTITY", f"Entity '{kind.name}' is not supported by the Bulk API.")
    result = run(Run(source=OrgSource(call.org, call.view), version=call.version, deleted=deleted, page=_no_children), text)
    if any(bound.field.type == "address" for bound in result.columns):
        raise Refused("API_ERROR", "Selecting compound data not supported in Bulk Query")
    return result


def _unsupported(query: Query) -> str | None:
    if any(isinstance(item, Query) for item in query.select):
        return "Aggregate Relationships not supported in Bulk Query"
    if is_grouped(query):
        return "Aggregate functions and GROUP BY not supported in Bulk Query"
    if any(isinstance(item, TypeOf) for item in query.select):
        return "TYPEOF not supported in Bulk Query"
    if any(isinstance(item, Function) and item.name == "FIELDS" for item in query.select):
        return "FIELDS not supported in Bulk Query"
    return "OFFSET not supported in Bulk Query" if query.offset is not None else None


def _no_children(_rows: list[Row], _render: Callable[[Row], Any]) -> dict[str, Any]:
    raise Refused("API_ERROR", "Aggregate Relationships not supported in Bulk Query")


def look(call: Call, job_id: str) -> Answer:
    job = jobs.found(call, job_id, KIND)
    if job.state not in jobs.FINISHED:
        job.state = jobs.next_state(call, job)
        if job.state == "JobComplete":
            _complete(call, job)
        elif job.state == "Failed":
            job.error = job.failure or "InternalServerError : An internal error occurred"
    return Answer(body=job.looked_at())


def _complete(call: Call, job: Job) -> None:
    try:
        job.result = check(call, job.query, deleted=job.operation == "queryAll")
    except Refused as refused:  # a field went away after the job was accepted
        job.state, job.error = "Failed", f"{refused.code}: {refused.message}"
    else:
        job.processed = len(job.result.rows)


def change(call: Call, job_id: str) -> Answer:
    job = jobs.found(call, job_id, KIND)
    if call.object().get("state") != "Aborted":
        raise Refused("INVALIDJOBSTATE", "The only state that a query job may be set to is Aborted")
    if job.state in jobs.FINISHED:
        raise jobs.wrong_state(job)
    job.state = "Aborted"
    return Answer(body=job.looked_at())


def delete(call: Call, job_id: str) -> Answer:
    return jobs.delete(call, jobs.found(call, job_id, KIND))


def listed(call: Call) -> Answer:
    return jobs.listed(call, KIND)


def results(call: Call, job_id: str) -> Answer:
    """Hand out one page of CSV; the locator of the next one is in a header, the word null on the last page."""
    job = jobs.found(call, job_id, KIND)
    if call.effect("results_204") is not None:
        return Answer(status=204)
    if job.state != "JobComplete":
        raise jobs.wrong_state(job)
    found: Result = job.result
    start = _offset(call.query.get("locator"), len(found.rows))
    end = min(start + _page_size(call), len(found.rows))
    rows = ([jobs.cell(bound.get(row), bound.field.type) for bound in found.columns] for row in found.rows[start:end])
    header = [bound.text for bound in found.columns]
    is_empty = not found.rows and call.org.knobs.empty_bulk_body
    return Answer(
        body=b"" if is_empty else jobs.write_csv(header, rows, job),
        headers={
            "Content-Type": "text/csv",
            "Sforce-NumberOfRecords": str(end - start),
            "Sforce-Locator": locator(end) if end < len(found.rows) else "null",
        },
    )


def _page_size(call: Call) -> int:
    asked, forced = call.query.get("maxRecords", ""), call.effect("page_size")
    size = min(call.org.knobs.bulk_page, int(asked) if asked.isdigit() and int(asked) else call.org.knobs.bulk_page)
    return min(size, int(forced)) if forced else size


def locator(offset: int) -> str:
    """Hide an offset as the vendor does: MTAwMDA is 10000."""
    return base64.urlsafe_b64encode(str(offset).encode()).decode().rstrip("=")


def _offset(text: str | None, rows: int) -> int:
    if text is None:
        return 0
    try:
        offset = int(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())
    except (binascii.Error, ValueError) as error:
        raise _bad_locator() from error
    if not 0 < offset < rows:
        raise _bad_locator()
    return offset


def _bad_locator() -> Refused:
    return Refused("INVALID_QUERY_LOCATOR", "invalid query locator")


def result_pages(call: Call, job_id: str) -> Answer:
    """List the addresses of up to five pages, to be fetched side by side."""
    job = jobs.found(call, job_id, KIND)
    if job.state != "JobComplete":
        raise jobs.wrong_state(job)
    rows, size = len(job.result.rows), call.org.knobs.bulk_page
    start = _offset(call.query.get("locator"), rows)
    root = f"/services/data/v{call.version}/jobs/query/{job.id}"
    offsets = list(range(start, max(rows, 1), size))
    urls = [f"{root}/results" + (f"?locator={locator(offset)}" if offset else "") for offset in offsets[:MOST_RESULT_PAGES]]
    rest = offsets[MOST_RESULT_PAGES:]
    return Answer(
        body={
            "resultPages": [{"resultUrl": url} for url in urls],
            "nextRecordsUrl": f"{root}/resultPages?locator={locator(rest[0])}" if rest else None,
            "done": not rest,
        }
    )


def routes(table: Routes) -> None:
    table.add("/jobs/query", POST=create, GET=listed)
    table.add("/jobs/query/{job_id}", GET=look, PATCH=change, DELETE=delete)
    table.add("/jobs/query/{job_id}/results", GET=results)
    table.add("/jobs/query/{job_id}/resultPages", GET=result_pages)

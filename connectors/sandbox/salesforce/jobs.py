"""What the two kinds of Bulk API 2.0 jobs share: their record, their states as time goes by, who may see them, and CSV.

A job moves on when it is looked at: Knobs.job_states gives its state at the 1st, 2nd … look, so a test needs no clock to wait for.
Effects of a fault on the creating request: `stuck_job`, `failed_job:<message>`.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce.errors import Refused, not_found
from connectors.sandbox.salesforce.stamps import csv_datetime
from connectors.sandbox.salesforce.web import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connectors.sandbox.salesforce.web import Call

DELIMITERS = {"COMMA": ",", "SEMICOLON": ";", "TAB": "\t", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
FINISHED = frozenset({"JobComplete", "Failed", "Aborted"})


@dataclass(slots=True, kw_only=True)
class Job:
    """One job. `result` is what it left when it completed: rows and columns of a query, outcomes of an ingest."""

    type: str
    user: str
    version: str
    operation: str
    object: str
    made: str
    state: str
    delimiter: str
    ending: str
    id: str = ""
    looks: int = 0
    stuck: bool = False
    failure: str | None = None
    error: str | None = None
    processed: int = 0
    failed: int = 0
    query: str = ""
    key: str | None = None
    data: str | None = None
    result: Any = field(default=None)

    def shown(self) -> dict[str, Any]:
        """Show what creating it answers; `looked_at` adds the rest."""
        body = {
            "id": self.id, "operation": self.operation, "object": self.object, "createdById": self.user, "createdDate": self.made, "systemModstamp": self.made,
            "state": self.state, "concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": float(self.version), "lineEnding": self.ending,
            "columnDelimiter": self.delimiter,
        }  # fmt: skip
        if self.type == "V2Ingest":
            body["contentUrl"] = f"services/data/v{self.version}/jobs/ingest/{self.id}/batches"
            if self.key:
                body["externalIdFieldName"] = self.key
        return body

    def looked_at(self) -> dict[str, Any]:
        body = {
            **self.shown(), "jobType": self.type, "numberRecordsProcessed": self.processed, "retries": 0, "totalProcessingTime": 334 if self.state in FINISHED else 0,
        }  # fmt: skip
        if self.type == "V2Query":
            body["isPkChunkingSupported"] = True
        else:
            body |= {"numberRecordsFailed": self.failed, "apiActiveProcessingTime": 200, "apexProcessingTime": 0}
        if self.error:
            body["errorMessage"] = self.error
        return body


def settings(body: dict[str, Any]) -> tuple[str, str]:
    """Read delimiter and line ending; Refused when the vendor has no such word."""
    delimiter, ending = str(body.get("columnDelimiter", "COMMA")), str(body.get("lineEnding", "LF"))
    if delimiter not in DELIMITERS or ending not in LINE_ENDINGS or body.get("contentType", "CSV") != "CSV":
        raise Refused("INVALIDJOB", "Invalid columnDelimiter, lineEnding or contentType")
    return delimiter, ending


def found(call: Call, job_id: str, kind: str) -> Job:
    """Find a job of this user; to others it does not exist. Another API version than the job's is a conflict."""
    job = call.org.jobs.get(job_id)
    if not isinstance(job, Job) or job.user != call.user or job.type != kind:
        raise not_found()
    if job.version != call.version:
        raise Refused("API_VERSION_MISMATCH", f"The job was created with API version {job.version}", status=409)
    return job


def next_state(call: Call, job: Job) -> str:
    """Tell the state that this look finds a running job in."""
    states = call.org.knobs.job_states
    state = states[min(job.looks, len(states) - 1)]
    job.looks += 1
    if job.stuck and state in FINISHED:
        return "InProgress"
    return "Failed" if job.failure is not None and state == "JobComplete" else state


def delete(call: Call, job: Job) -> Answer:
    if job.state not in FINISHED:
        raise wrong_state(job)
    del call.org.jobs.things[job.id]
    return Answer(status=204)


def wrong_state(job: Job) -> Refused:
    return Refused("INVALIDJOBSTATE", f"Operation not allowed in state {job.state}")


def listed(call: Call, kind: str) -> Answer:
    mine = [job.looked_at() for job in call.org.jobs.things.values() if job.user == call.user and job.type == kind]
    return Answer(body={"done": True, "nextRecordsUrl": None, "records": mine[:1000]})


def write_csv(header: list[str], rows: Iterable[Iterable[Any]], job: Job) -> bytes:
    """Write CSV as the vendor does: everything quoted, null as an empty string."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=DELIMITERS[job.delimiter], lineterminator=LINE_ENDINGS[job.ending], quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def cell(value: Any, kind: str) -> str:
    """Show one value in a CSV."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        text = format(Decimal(repr(value)), "f")
        return text if "." in text else f"{text}.0"
    return csv_datetime(value) if kind == "datetime" else str(value)

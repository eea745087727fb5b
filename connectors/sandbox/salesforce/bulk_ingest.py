"""Bulk API 2.0 ingest jobs: CSV up, one PUT, then rows are saved one by one. A complete job may have failed in every row.

POST job  ->  PUT batches  ->  PATCH UploadComplete  ->  looks  ->  successfulResults / failedResults / unprocessedrecords
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce import jobs
from connectors.sandbox.salesforce.coerce import cell
from connectors.sandbox.salesforce.errors import Refused
from connectors.sandbox.salesforce.jobs import Job
from connectors.sandbox.salesforce.web import Answer, Call, Routes
from connectors.sandbox.salesforce.write import Saver, as_row, note

if TYPE_CHECKING:
    from connectors.sandbox.salesforce.schema import ObjectType

KIND = "V2Ingest"
OPERATIONS = frozenset({"insert", "update", "upsert", "delete", "hardDelete"})
NULL = "#N/A"


@dataclass(slots=True)
class Outcome:
    """What became of the rows; each keeps its columns as they came."""

    header: list[str] = field(default_factory=list)
    done: list[tuple[str, bool, list[str]]] = field(default_factory=list)
    failed: list[tuple[str, str, list[str]]] = field(default_factory=list)
    left: list[list[str]] = field(default_factory=list)


def create(call: Call) -> Answer:
    body = call.object()
    operation, name, key = body.get("operation"), str(body.get("object", "")), body.get("externalIdFieldName")
    kind = call.view.kind(name)
    if kind is None or not kind.blueprint.bulk:
        raise Refused("INVALIDENTITY", f"Entity '{name}' is not supported by the Bulk API.")
    if operation not in OPERATIONS or (operation == "upsert") != (key is not None):
        raise Refused("INVALIDJOB", "operation is invalid, or externalIdFieldName is missing or out of place")
    if key is not None:
        Saver(call).key(kind, str(key))
    delimiter, ending = jobs.settings(body)
    job = Job(
        type=KIND, user=call.user, version=call.version, operation=operation, object=kind.name, made=call.org.now(), state="Open", delimiter=delimiter,
        ending=ending, key=key, result=Outcome(), stuck=call.effect("stuck_job") is not None, failure=call.effect("failed_job"),
    )  # fmt: skip
    job.id = call.org.jobs.add(job)
    return Answer(body=job.shown())


def upload(call: Call, job_id: str) -> Answer:
    """Take the data, once."""
    job = jobs.found(call, job_id, KIND)
    if job.state != "Open" or job.data is not None:
        raise Refused("INVALIDJOBSTATE", "Data can be uploaded once, while the job is open")
    if call.headers.get("content-type", "").split(";")[0].strip() != "text/csv":
        raise Refused("UNSUPPORTED_MEDIA_TYPE", "Content type must be text/csv", status=415)
    try:
        job.data = call.body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("INVALIDBATCH", "CSV data must be UTF-8") from error
    return Answer(status=201)


def change(call: Call, job_id: str) -> Answer:
    job = jobs.found(call, job_id, KIND)
    state = call.object().get("state")
    if state == "UploadComplete" and job.state == "Open" and job.data is not None:
        job.state = "UploadComplete"
    elif state == "Aborted" and job.state not in jobs.FINISHED:
        job.state = "Aborted"
        _read(job)
    else:
        raise jobs.wrong_state(job)
    return Answer(body=job.shown())


def look(call: Call, job_id: str) -> Answer:
    job = jobs.found(call, job_id, KIND)
    if job.state not in jobs.FINISHED and job.state != "Open":
        job.state = jobs.next_state(call, job)
        if job.state == "JobComplete":
            _process(call, job)
        elif job.state == "Failed":
            _read(job)
            job.error = job.failure or "InternalServerError : An internal error occurred"
    return Answer(body=job.looked_at())


def _read(job: Job) -> list[list[str]]:
    """Parse the data; every row counts as unprocessed until it is."""
    outcome: Outcome = job.result
    rows = list(csv.reader(io.StringIO(job.data or "", newline=""), delimiter=jobs.DELIMITERS[job.delimiter]))
    outcome.header = rows[0] if rows else []
    outcome.left = rows[1:]
    return outcome.left


def _process(call: Call, job: Job) -> None:
    rows = _read(job)
    kind = call.org.schema.of(job.object)
    ends_with_crlf = "\r\n" in (job.data or "")
    if ends_with_crlf != (job.ending == "CRLF") and "\n" in (job.data or ""):
        job.state, job.error = (
            "Failed",
            f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {job.ending}",
        )
        return
    unknown = next((name for name in job.result.header if not _is_known(call, kind, name)), None)
    if unknown is not None:
        job.state, job.error = "Failed", f"InvalidBatch : Field name not found : {unknown}"
        return
    saver = Saver(call, read=cell)
    for row in rows:
        _save(call, job, kind, saver, row)
    outcome: Outcome = job.result
    outcome.left = []
    job.processed, job.failed = len(rows), len(outcome.failed)
    note(call, kind.name, [one[0] for one in outcome.done], [dict.fromkeys(outcome.header)], 200, refused=job.failed)


def _is_known(call: Call, kind: ObjectType, name: str) -> bool:
    way, _, field_name = name.rpartition(".")
    if not way:
        return name.lower() in call.view.fields(kind)
    target, _, relation = way.rpartition(":")
    up = kind.up.get(relation.lower())
    if up is None or bool(target) != up.polymorphic or up.lower not in call.view.fields(kind):
        return False
    parent = call.view.kind(target or up.reference_to[0])
    found = call.view.fields(parent).get(field_name.lower()) if parent else None
    return found is not None and found.is_key


def _save(call: Call, job: Job, kind: ObjectType, saver: Saver, row: list[str]) -> None:
    outcome: Outcome = job.result
    try:
        with call.org.store.atomic():
            changed, created = _row(job, kind, saver, _body(call, job, kind, row))
    except Refused as refused:
        refused = as_row(refused)
        fields = f"{', '.join(refused.fields)} --" if refused.fields else "--"
        outcome.failed.append(("", f"{refused.code}:{refused.message}:{fields}", row))
    else:
        outcome.done.append((changed, created, row))


def _body(call: Call, job: Job, kind: ObjectType, row: list[str]) -> dict[str, Any]:
    """Read one row: an empty cell says nothing, #N/A clears, `Parent.Key__c` looks the parent up."""
    if len(row) != len(job.result.header):
        raise Refused("INVALID_CSV", f"Number of columns {len(row)} does not match the header {len(job.result.header)}", fields=())
    body: dict[str, Any] = {}
    for name, text in zip(job.result.header, row, strict=True):
        if text == "":
            continue
        value = None if text == NULL else text
        if "." in name:
            way, _, field_name = name.rpartition(".")
            target, _, relation = way.rpartition(":")
            up = kind.up[relation.lower()]
            body[up.name] = None if value is None else _parent(call, target or up.reference_to[0], field_name, text)
        else:
            body[name] = value
    return body


def _parent(call: Call, target: str, field_name: str, value: str) -> str:
    kind = call.org.schema.of(target)
    found = call.org.store.matching(kind.name, kind.field(field_name), value)
    if not found:
        raise Refused(
            "INVALID_FIELD", f"Foreign key external ID: {value} not found for field {field_name} in entity {kind.name}", fields=()
        )
    return str(found[0]["Id"])


def _row(job: Job, kind: ObjectType, saver: Saver, body: dict[str, Any]) -> tuple[str, bool]:
    record_id = next((str(value) for name, value in body.items() if name.lower() == "id"), "")
    others = {name: value for name, value in body.items() if name.lower() != "id"}
    if job.operation == "insert":
        return saver.create(kind, others), True
    if job.operation == "upsert":
        key = saver.key(kind, job.key or "")
        value = next((one for name, one in body.items() if name.lower() == key.lower), None)
        return saver.upsert(kind, key, value, {name: one for name, one in others.items() if name.lower() != key.lower})
    if not record_id:
        raise Refused("MISSING_ARGUMENT", "Id not specified in an update call", fields=())
    if job.operation == "update":
        return saver.update(kind, record_id, others), False
    removed = saver.remove(kind, record_id)
    if job.operation == "hardDelete":
        saver.org.store.drop(kind.name, removed)
    return removed, False


def results(call: Call, job_id: str, which: str) -> Answer:
    job = jobs.found(call, job_id, KIND)
    if job.state not in jobs.FINISHED:
        raise jobs.wrong_state(job)
    outcome: Outcome = job.result
    if which == "successfulResults":
        header, rows = ["sf__Id", "sf__Created"], [[one, str(made).lower(), *row] for one, made, row in outcome.done]
    elif which == "failedResults":
        header, rows = ["sf__Id", "sf__Error"], [[one, error, *row] for one, error, row in outcome.failed]
    else:
        header, rows = [], outcome.left
    return Answer(body=jobs.write_csv([*header, *outcome.header], rows, job), headers={"Content-Type": "text/csv"})


def successful(call: Call, job_id: str) -> Answer:
    return results(call, job_id, "successfulResults")


def failed(call: Call, job_id: str) -> Answer:
    return results(call, job_id, "failedResults")


def unprocessed(call: Call, job_id: str) -> Answer:
    return results(call, job_id, "unprocessedrecords")


def listed(call: Call) -> Answer:
    return jobs.listed(call, KIND)


def delete(call: Call, job_id: str) -> Answer:
    return jobs.delete(call, jobs.found(call, job_id, KIND))


def routes(table: Routes) -> None:
    table.add("/jobs/ingest", POST=create, GET=listed)
    table.add("/jobs/ingest/{job_id}", GET=look, PATCH=change, DELETE=delete)
    table.add("/jobs/ingest/{job_id}/batches", PUT=upload)
    table.add("/jobs/ingest/{job_id}/successfulResults", GET=successful)
    table.add("/jobs/ingest/{job_id}/failedResults", GET=failed)
    table.add("/jobs/ingest/{job_id}/unprocessedrecords", GET=unprocessed)

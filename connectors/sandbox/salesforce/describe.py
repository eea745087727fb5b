"""What the org says of itself: versions, objects, fields, limits, and what changed. Fields a user may not see are simply absent."""

from __future__ import annotations

from datetime import UTC, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce.errors import Refused, not_found
from connectors.sandbox.salesforce.schema import as_json_kind
from connectors.sandbox.salesforce.stamps import moment_of, read_datetime, stamp
from connectors.sandbox.salesforce.web import Answer, Call, Routes

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.sandbox.salesforce.access import View
    from connectors.sandbox.salesforce.org import Org
    from connectors.sandbox.salesforce.schema import ObjectType

OLDEST, RETIRED_UP_TO, NEWEST = 31, 30, 68
SEASONS = ("Winter", "Spring", "Summer")
FARTHEST_UPDATES, FARTHEST_DELETES = timedelta(days=30), timedelta(days=15)


def versions() -> list[dict[str, str]]:
    """List the API versions as `GET /services/data/` does; 66.0 is Spring '26, three releases a year."""
    listed = []
    for number in range(OLDEST, NEWEST + 1):
        years, season = divmod(number - 65, 3)
        listed.append(
            {"label": f"{SEASONS[season]} '{(26 + years) % 100:02d}", "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        )
    return listed


def resources(call: Call) -> Answer:
    root = f"/services/data/v{call.version}"
    names = ("sobjects", "query", "queryAll", "limits", "composite", "tooling", "jobs", "search", "recent")
    return Answer(
        body={**{name: f"{root}/{name}" for name in names}, "identity": f"https://login.salesforce.com/id/{call.org.id}/{call.user}"}
    )


def readable(call: Call, name: str) -> ObjectType:
    """Find an object for a path segment; one that is unknown or withheld is NOT_FOUND."""
    kind = call.view.kind(name)
    if kind is None:
        raise not_found()
    return kind


def everything(call: Call) -> Answer:
    kinds = [kind for kind in call.org.schema.objects.values() if call.view.may(kind, "read")]
    listed = [{**_kind(call.view, kind), "urls": _urls(call, kind)} for kind in sorted(kinds, key=lambda kind: kind.name)]
    return Answer(body={"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": listed})


def basic(call: Call, name: str) -> Answer:
    kind = readable(call, name)
    return Answer(body={"objectDescribe": {**_kind(call.view, kind), "urls": _urls(call, kind)}, "recentItems": []})


def describe(call: Call, name: str) -> Answer:
    """Describe one object as this user sees it."""
    kind = readable(call, name)
    fields = [
        {
            **field.describe(call.org.choices(kind, field)),
            **_rights(call.view, kind, field.createable, field.updateable, call.view.editable(kind, field)),
        }
        for field in call.view.fields(kind).values()
    ]
    body = {
        "actionOverrides": [],
        "childRelationships": _children(call.org, call.view, kind),
        "compactLayoutable": True,
        "fields": fields,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [
            {"active": True, "available": True, "defaultRecordTypeMapping": True, "developerName": "Master", "master": True, "name": "Master", "recordTypeId": "012000000000000AAA", "urls": {}}
        ],
        "searchLayoutable": True,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": "All records", "name": "everything"}, {"label": "My records", "name": "mine"}],
        **_kind(call.view, kind),
        "urls": _urls(call, kind),
    }  # fmt: skip
    return Answer(body=body)


def _kind(view: View, kind: ObjectType) -> dict[str, Any]:
    shown = as_json_kind(kind)
    for flag, verb in (("createable", "create"), ("updateable", "edit"), ("deletable", "delete")):
        shown[flag] = shown[flag] and view.may(kind, verb)
    return shown


def _rights(view: View, kind: ObjectType, createable: bool, updateable: bool, editable: bool) -> dict[str, bool]:  # noqa: FBT001 # three flags of one field
    writes = kind.blueprint.writes == "all"
    return {
        "createable": writes and createable and editable and view.may(kind, "create"),
        "updateable": writes and kind.blueprint.updates and updateable and editable and view.may(kind, "edit"),
    }


def _urls(call: Call, kind: ObjectType) -> dict[str, str]:
    root = f"/services/data/v{call.version}/sobjects/{kind.name}"
    return {"sobject": root, "describe": f"{root}/describe", "rowTemplate": f"{root}/{{ID}}"}


def _children(org: Org, view: View, kind: ObjectType) -> list[dict[str, Any]]:
    return [
        {
            "cascadeDelete": field.on_delete == "cascade", "childSObject": child.name, "deprecatedAndHidden": False, "field": field.name, "junctionIdListNames": [],
            "junctionReferenceTo": [], "relationshipName": f"{field.children}__r" if field.children and field.custom else field.children,
            "restrictedDelete": field.on_delete == "restrict",
        }
        for child, field in org.schema.references(kind.name)
        if view.may(child, "read") and field.lower in view.fields(child)
    ]  # fmt: skip


# ---------------------------------------------------------------- limits


def limits(call: Call) -> Answer:
    org, now = call.org, call.org.clock()
    daily, jobs = org.knobs.daily_requests, org.knobs.query_jobs_per_day

    def of(most: int, used: int = 0) -> dict[str, int]:
        return {"Max": most, "Remaining": max(most - used, 0)}

    return Answer(
        body={
            "ConcurrentAsyncGetReportInstances": of(200),
            "DailyApiRequests": of(daily, org.usage.count(now)),
            "DailyAsyncApexExecutions": of(250_000),
            "DailyBulkApiBatches": of(15_000),
            "DailyBulkV2QueryFileStorageMB": of(976_562),
            "DailyBulkV2QueryJobs": of(jobs, org.usage.count_jobs(now)),
            "DataStorageMB": of(10_240, 512),
            "FileStorageMB": of(10_240, 12),
            "PermissionSets": {
                **of(1_500, len(org.store.rows("PermissionSet"))),
                "CreateCustom": of(1_000, len(org.store.rows("PermissionSet"))),
            },
        }
    )


def record_count(call: Call) -> Answer:
    """Count rows; an object with none is left out, and the figure is only said to be near the truth."""
    wanted = [name for name in call.query.get("sObjects", "").split(",") if name] or [
        kind.name for kind in call.org.schema.objects.values()
    ]
    counted = []
    for name in wanted:
        kind = call.view.kind(name.strip())
        live = 0 if kind is None else sum(1 for row in call.org.store.rows(kind.name).values() if not row.get("IsDeleted"))
        if kind is not None and live:
            counted.append({"count": live + (1 if call.org.knobs.approximate_counts else 0), "name": kind.name})
    return Answer(body={"sObjects": counted})


# ---------------------------------------------------------------- what changed


def updated(call: Call, name: str) -> Answer:
    """List the ids changed in a span of at most 30 days back."""
    kind, start, end = _span(call, name, FARTHEST_UPDATES)
    rows = call.org.store.rows(kind.name).values()
    found = [row["Id"] for row in rows if start <= row.get("SystemModstamp", "") < end and not row.get("IsDeleted")]
    return Answer(body={"ids": found, "latestDateCovered": _covered(call.org, end)})


def deleted(call: Call, name: str) -> Answer:
    """List what was deleted in a span of at most 15 days back."""
    kind, start, end = _span(call, name, FARTHEST_DELETES)
    rows = call.org.store.rows(kind.name).values()
    found = [
        {"deletedDate": row["SystemModstamp"], "id": row["Id"]}
        for row in rows
        if row.get("IsDeleted") and start <= row["SystemModstamp"] < end
    ]
    earliest = stamp(call.org.clock() - FARTHEST_DELETES)
    return Answer(body={"deletedRecords": found, "earliestDateAvailable": earliest, "latestDateCovered": _covered(call.org, end)})


def _span(call: Call, name: str, farthest: timedelta) -> tuple[ObjectType, str, str]:
    kind = readable(call, name)
    start, end = read_datetime(call.query.get("start", "")), read_datetime(call.query.get("end", ""))
    if start is None or end is None:
        raise Refused("INVALID_REPLICATION_DATE", "start and end must be valid dates with a time zone")
    if "systemmodstamp" not in kind.fields:
        raise Refused("INVALID_TYPE_FOR_OPERATION", f"object type {kind.name} is not replicable")
    if moment_of(end) - moment_of(start) <= timedelta(minutes=1):
        raise Refused("INVALID_REPLICATION_DATE", "endDate must be at least one minute greater than startDate")
    if call.org.clock() - moment_of(start) > farthest:
        raise Refused("INVALID_REPLICATION_DATE", f"startDate cannot be more than {farthest.days} days ago")
    return kind, start, end


def _covered(org: Org, end: str) -> str:
    """Give the time up to which nothing can appear any more: the start of the oldest transaction still open."""
    return min([end, stamp(org.clock()), *(late.at for late in org.pending)])


def http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def routes(table: Routes) -> None:
    table.add("", GET=resources)
    table.add("/limits", GET=limits)
    table.add("/limits/recordCount", GET=record_count)
    table.add("/sobjects", GET=everything)
    table.add("/sobjects/{name}/describe", GET=describe)
    table.add("/sobjects/{name}/updated", GET=updated)
    table.add("/sobjects/{name}/deleted", GET=deleted)

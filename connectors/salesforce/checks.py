"""`equilibre check` for Salesforce: one line a thing, each that is not right with the permission or field to mend it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, Literal

from connectors.contract import Check
from connectors.failures import CrmError, Denied
from connectors.salesforce import package
from connectors.salesforce.allowed import FLAGS, KEY, TASK
from connectors.salesforce.org import versions
from connectors.salesforce.provision import differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connectors.contract import Org, Runtime
    from connectors.salesforce.client import Client
    from connectors.salesforce.mapping import Resolution
    from connectors.salesforce.package import Wanted
    from connectors.salesforce.schema import OrgSchema

SKEW: Final = 60.0
"""Seconds by which two clocks may differ; a signed sign-in is refused at three minutes."""
ASSIGN: Final = f"assign the permission set {package.INTEGRATION} to the integration user"


def examine(
    runtime: Runtime, client: Client, schema: OrgSchema, sign_in: Callable[[], Org], resolution: Callable[[], Resolution]
) -> Iterator[Check]:
    """Look at everything a sync needs. Stops after the sign-in when that fails."""
    try:
        org = sign_in()
    except CrmError as error:
        mend = error.mend if isinstance(error, Denied) else ""
        yield Check(subject="sign-in", state="error", detail=error.message, mend=mend or "see docs/salesforce.md, Sign-in")
        return
    yield Check(subject="sign-in", state="ok", detail=f"organisation {org.id}")
    try:
        yield _version(client)
        yield _skew(runtime, client)
        yield _quota(runtime, client)
        found = resolution()  # describes every object in one call
        yield from _fields(client, schema)
        yield from _tasks(schema)
        yield from _objects(schema, found)
    except CrmError as error:
        yield Check(subject=error.operation, state="error", detail=error.message, mend=error.mend if isinstance(error, Denied) else "")


def _version(client: Client) -> Check:
    served = versions(client)
    newest = max(served, key=float, default=client.version)
    return Check(subject="API version", state="ok", detail=f"{client.version} (the org serves up to {newest})")


def _skew(runtime: Runtime, client: Client) -> Check:
    subject = "clock"
    if client.server_date is None:
        return Check(subject=subject, state="warning", detail="the server does not tell its time", mend="keep this machine's clock by NTP")
    there = parsedate_to_datetime(client.server_date)
    there = there if there.tzinfo else there.replace(tzinfo=UTC)
    skew = (runtime.clock() - there).total_seconds()
    if abs(skew) > SKEW:
        return Check(
            subject=subject,
            state="error",
            detail=f"this machine is {skew:+.0f} s off Salesforce's time",
            mend="set the clock by NTP; sign-in fails at 180 s",
        )
    return Check(subject=subject, state="ok", detail=f"{skew:+.0f} s from Salesforce's time")


def _quota(runtime: Runtime, client: Client) -> Check:
    subject = "API calls"
    try:
        limits = client.get(f"{client.root}/limits", "limits")["DailyApiRequests"]
    except (CrmError, KeyError) as error:
        return Check(
            subject=subject,
            state="warning",
            detail=f"the limits are not shown ({type(error).__name__})",
            mend="grant View Setup and Configuration to see them here",
        )
    most, left = int(limits["Max"]), int(limits["Remaining"])
    ours = int(runtime.day_share * most) - (most - left)
    detail = f"{left} of {most} left today, {max(0, ours)} within our share"
    if ours <= 0:
        return Check(
            subject=subject, state="error", detail=detail, mend="wait, find what else uses them, or raise limits.calls_per_day_share"
        )
    return Check(subject=subject, state="ok", detail=detail)


def _fields(client: Client, schema: OrgSchema) -> Iterator[Check]:
    """Our own fields, grouped when all is well: thirty lines of ok hide the one that is not."""
    found = differences(schema)
    wrong = {one: what for one, what in found.items() if what}
    deployed = _deployed(client) if wrong else frozenset()
    for one, what in wrong.items():
        is_there = f"{one.object}.{one.name}" in deployed
        detail = "deployed, but hidden from the integration user" if is_there and what.startswith("missing") else what
        yield Check(
            subject=f"field {one.object}.{one.name}", state=_weight(one), detail=detail, mend=ASSIGN if is_there else "equilibre provision"
        )
    if fine := len(found) - len(wrong):
        yield Check(subject="fields of Équilibre", state="ok", detail=f"{fine} of {len(found)} as they should be")


def _deployed(client: Client) -> frozenset[str]:
    """Our fields that exist, whoever may see them: a field without permissions looks like none at all, and the mend differs."""
    found = set()
    for obj in ("Account", "Task"):
        asked = f"SELECT QualifiedApiName FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = '{obj}'"
        with suppress(CrmError):
            answer = client.get(f"{client.root}/tooling/query", "list fields", {"q": asked})
            found |= {f"{obj}.{row['QualifiedApiName']}" for row in answer["records"]}
    return frozenset(found)


def _weight(one: Wanted) -> Literal["warning", "error"]:
    return "error" if one.name in {*FLAGS.values(), KEY} else "warning"


def _tasks(schema: OrgSchema) -> Iterator[Check]:
    """Whether our tasks are found again, and whether each of their fields may be filled in."""
    task = schema.describe("Task")
    if task is None or not task.createable:
        yield Check(subject="tasks", state="error", detail="the integration user may not create tasks", mend=f"grant Edit Tasks: {ASSIGN}")
        return
    for name in TASK.values():
        at = task.field(name)
        if name != TASK["mark"] and (at is None or not at.createable):  # the mark is told among our own fields
            what = "a task could not be made" if name == TASK["account"] else "tasks are made without it"
            detail = f"hidden from the integration user, or not editable: {what}"
            state: Literal["warning", "error"] = "error" if name == TASK["account"] else "warning"
            mend = ASSIGN if name in {TASK["account"], TASK["body"]} else "grant Edit on it to the integration user"
            yield Check(subject=f"field Task.{name}", state=state, detail=detail, mend=mend)
    key = task.field(KEY)
    if key is None or not (key.external_id and key.unique):
        yield Check(
            subject="tasks", state="error", detail=f"{KEY} is no unique external id: a task could be made twice", mend="equilibre provision"
        )
        return
    yield Check(subject="tasks", state="ok", detail=f"found again by {KEY}, whatever happens to the local store")


def _objects(schema: OrgSchema, found: Resolution) -> Iterator[Check]:
    """Each object that is read, and each field that was wanted and is not shown."""
    account = schema.describe("Account")
    if account is not None and not account.updateable:
        yield Check(subject="object Account", state="error", detail="the integration user may not edit accounts", mend=ASSIGN)
    for name, pull in found.pulls.items():
        yield Check(subject=f"object {name}", state="ok", detail=f"{len(pull.stream.columns)} fields of {pull.object} are read")
    ours = {one.name for one in package.wanted()}
    for problem in found.missing:
        if problem.column in ours:  # told above
            continue
        subject = f"{problem.where}{f'.{problem.column}' if problem.column else ''}".removeprefix("salesforce ")
        mend = (
            "correct the configuration"
            if problem.where.startswith("salesforce.tables")
            else "grant Read on it to the integration user, or map another field"
        )
        yield Check(subject=subject, state="warning", detail=problem.what, mend=mend)

"""What `equilibre check` looks at in HubSpot: one line a thing, with the mend; sync/doctor.py says whose lines they are. Nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.contract import Check
from connectors.failures import CrmError, Denied, QuotaExhausted
from connectors.hubspot import COMPANY_PROPERTIES, FLAGS, SOURCES
from connectors.hubspot.write import is_read_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connectors.contract import Org
    from connectors.hubspot.client import Client
    from connectors.hubspot.schema import Schema
    from connectors.settings import HubspotSettings

WRITING: Final = {
    "write our flags on companies": ("crm.objects.companies.write",),
    "make our tasks": ("crm.objects.contacts.write",),
    "read owners": ("crm.objects.owners.read",),
}
PROVISIONING: Final = {
    "make our company properties": ("crm.schemas.companies.write",),
    "make our task properties": ("crm.schemas.contacts.write",),
}
CUSTOM_READ: Final = "crm.objects.custom.read"
ALWAYS_GRANTED: Final = frozenset({"oauth"})
TEXTS: Final = "read the texts of e-mails, which are empty without it"
SKEW: Final = (30.0, 300.0)
"""Seconds of difference between the clocks that deserve a warning, and an error."""
TASK_KEYS: Final = {
    "unique": Check(subject="task key", state="ok", detail="equilibre_key is unique on tasks"),
    "plain": Check(
        subject="task key",
        state="warning",
        detail="equilibre_key is there and not unique",
        mend="nothing to do: a company's own tasks are read before each new one",
    ),
    "marker": Check(
        subject="task key",
        state="warning",
        detail="tasks have no property equilibre_key, so their key stands in the last line of their text",
        mend="run `equilibre provision`; it needs the scope crm.schemas.contacts.write",
    ),
}


def examine(settings: HubspotSettings, client: Client, schema: Schema, sign_in: Callable[[], Org]) -> Iterator[Check]:
    """Look at everything. Raises CrmError when the portal cannot be signed in to at all."""
    schema.forget()
    org = sign_in()
    yield Check(
        subject="sign-in",
        state="ok",
        detail=f"portal {org.id}, zone {org.zone or 'not told'}, currency {org.currency or 'not told'}",
    )
    yield Check(subject="API version", state="ok", detail=settings.api_version)
    yield from _scopes(settings, client)
    yield from _objects(schema)
    yield from _properties(schema)
    yield TASK_KEYS[schema.task_key]
    yield _quota(client)
    yield _clock(client)


def _scopes(settings: HubspotSettings, client: Client) -> Iterator[Check]:
    """Compare what the token may do with what is needed: less is an error, much more is a risk."""
    try:
        granted = {str(one) for one in client.token_info().document.get("scopes") or ()}
    except CrmError as error:
        detail = f"HubSpot does not tell the scopes of this token ({error.message})"
        yield Check(subject="scopes", state="warning", detail=detail, mend="the lines below show what can be read and written")
        return
    reading = {f"read {source.kind}": source.scopes for source in SOURCES}
    optional = {f"read {source.kind}" for source in SOURCES if source.optional}
    own = {mapping["object"] for mapping in settings.tables.values() if "object" in mapping} - {source.kind for source in SOURCES}
    custom = {f"read {', '.join(sorted(own))}": (CUSTOM_READ,)} if own else {}
    texts = {TEXTS: ("sales-email-read",)} if client.runtime.scan is not None else {}
    needed = {**reading, **custom, **texts, **WRITING, **PROVISIONING}
    for purpose, any_of in needed.items():
        have = sorted(granted & set(any_of))
        if have:
            yield Check(subject=f"scope {have[0]}", state="ok", detail=purpose)
        else:
            soft = purpose in optional or purpose in PROVISIONING or purpose == TEXTS
            mend = f"grant {any_of[0]} to the private app or service key"
            yield Check(subject=f"scope {any_of[0]}", state="warning" if soft else "error", detail=f"not granted: {purpose}", mend=mend)
    known = {scope for any_of in needed.values() for scope in any_of}
    surplus = sorted(scope for scope in granted - known - ALWAYS_GRANTED if not scope.endswith(".read"))
    if surplus:
        mend = f"a token of its own needs only: {', '.join(sorted({any_of[0] for any_of in needed.values()}))}"
        yield Check(subject="scopes", state="warning", detail=f"the token may do more than is needed: {', '.join(surplus)}", mend=mend)


def _objects(schema: Schema) -> Iterator[Check]:
    """Ask each object for one record: a definition may be readable where records are not."""
    for kind in schema.objects:
        try:
            schema.client.page(kind, ["hs_object_id"], limit=1)
        except QuotaExhausted:
            break  # the line about the quota says it
        except CrmError as error:
            mend = error.mend if isinstance(error, Denied) else ""
            yield Check(subject=f"{kind}", state="error", detail=error.message, mend=mend)
        else:
            yield Check(subject=f"{kind}", state="ok", detail="readable")
    optional = {source.kind for source in SOURCES if source.optional}
    for kind, refusal in schema.refused.items():
        mend = refusal.mend if isinstance(refusal, Denied) else "look at the name under hubspot.tables, or ask HubSpot"
        yield Check(
            subject=f"{kind}",
            state="warning" if kind in optional else "error",
            detail=f"not readable: {refusal.message}",
            mend=mend,
        )


def _properties(schema: Schema) -> Iterator[Check]:
    for problem in schema.problems:
        if problem.column:
            yield Check(
                subject=f"{problem.where.removeprefix('hubspot ')} {problem.column}",
                state="warning",
                detail=problem.what,
                mend=_mend(problem.column),
            )
    defined = schema.definitions("companies")
    for name in COMPANY_PROPERTIES:
        if name not in defined:
            yield Check(subject=f"companies.{name}", state="error", detail="not there", mend="run `equilibre provision`")
        elif name in FLAGS.values() and is_read_only(defined[name]):
            mend = "let the property be edited through the API in its settings"
            yield Check(subject=f"companies.{name}", state="error", detail="there, but its values are read-only", mend=mend)
        else:
            yield Check(subject=f"companies.{name}", state="ok", detail="writable" if name in FLAGS.values() else "there")


def _mend(name: str) -> str:
    return (
        "run `equilibre provision`" if name.startswith(("eq_", "equilibre_")) else "correct the name in the configuration, or leave it out"
    )


def _quota(client: Client) -> Check:
    left, most = client.calls.quota_left, client.calls.quota_max
    if left is None or not most:
        return Check(
            subject="quota",
            state="warning",
            detail="HubSpot does not tell how many calls are left today",
            mend="nothing to do for an OAuth app",
        )
    share = f"{client.runtime.day_share:.0%}"
    used = most - left
    if used >= client.runtime.day_share * most:
        mend = "wait until midnight where the portal is, or raise limits.calls_per_day_share"
        return Check(subject="quota", state="error", detail=f"{left} of {most} calls are left today, and {share} is our limit", mend=mend)
    return Check(subject="quota", state="ok", detail=f"{left} of {most} calls are left today")


def _clock(client: Client) -> Check:
    told = client.wire.server_time
    if told is None:
        return Check(
            subject="clock",
            state="warning",
            detail="HubSpot's answers carry no time",
            mend="keep this machine's clock right by NTP",
        )
    skew = abs((client.runtime.clock() - told).total_seconds())
    state = "ok" if skew < SKEW[0] else "warning" if skew < SKEW[1] else "error"
    mend = "" if state == "ok" else "set this machine's clock, best by NTP"
    return Check(subject="clock", state=state, detail=f"{skew:.0f} s apart from HubSpot's", mend=mend)  # type: ignore[arg-type] # one of the three

"""Exports: one file of many records, made in the background and fetched without a token for five minutes.

POST export/async  -->  PENDING  --a few seconds of the portal's clock-->  COMPLETE with a URL  -->  CSV
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.hubspot.call import Answer, Call, Route
from connectors.sandbox.hubspot.shapes import members
from connectors.sandbox.hubspot.wire import Refusal, invalid, not_found, refuse, stamp, unset

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.kinds import Kind

WORK: Final = 3_000
VALID: Final = 300_000
DAY: Final = 86_400_000
"""Milliseconds of work, of a link's validity and of the rolling day."""
MOST: Final = 30
"""Exports per rolling day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    id: str
    kind: Kind
    names: tuple[str, ...]
    started: int

    @property
    def ready(self) -> int:
        return self.started + WORK


def start(call: Call) -> Answer:
    call.token.need(frozenset({"crm.export"}), nested=False)
    body = call.json()
    if lacking := [
        key for key in ("exportType", "exportName", "format", "language", "objectType", "objectProperties") if not body.get(key)
    ]:
        raise unset(*lacking)
    if body["exportType"] not in {"VIEW", "LIST"} or body["format"] != "CSV":
        raise invalid("Only exportType VIEW or LIST in format CSV is served here")
    exports: dict[str, Export] = call.portal.exports
    if any(one.ready > call.now for one in exports.values()):
        raise refuse(429, "An export is already running", "RATE_LIMITS")
    if sum(1 for one in exports.values() if one.started > call.now - DAY) >= MOST:
        raise refuse(429, f"You have reached the limit of {MOST} exports in 24 hours", "RATE_LIMITS")
    kind = call.kind_of(str(body["objectType"]))
    made = Export(id=str(90_151_673 + len(exports)), kind=kind, names=tuple(members(body, "objectProperties", str)), started=call.now)
    exports[made.id] = made
    return Answer(status=202, body={"id": made.id, "links": {"status": f"https://api.hubapi.com{call.path}/tasks/{made.id}/status"}})


def _find(call: Call) -> Export:
    found = call.portal.exports.get(call.args["id"])
    if not isinstance(found, Export):
        raise not_found()
    return found


def status(call: Call) -> Answer:
    """Each look at a finished export gives a fresh link."""
    call.token.need(frozenset({"crm.export"}), nested=False)
    made = _find(call)
    body: dict[str, Any] = {"status": "COMPLETE", "requestedAt": stamp(made.started), "startedAt": stamp(made.started)}
    if call.now < made.ready:
        return Answer(body=body | {"status": "PENDING", "completedAt": stamp(call.now)})
    link = f"{call.host}/exports/files/{made.id}?expires={call.now + VALID}"
    return Answer(body=body | {"completedAt": stamp(made.ready), "result": link})


def fetch(call: Call) -> Answer:
    made, expires = _find(call), call.one("expires")
    if not expires.isdigit() or int(expires) < call.now or call.now < made.ready:
        raise Refusal(403, "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>")
    out = io.StringIO()
    writer = csv.writer(out)
    names = [name for name in made.names if call.portal.definitions[made.kind.id].get(name, call.now)]
    writer.writerow(["Record ID", *names])
    for row in call.portal.tables[made.kind.id].live():
        writer.writerow([row.id, *(call.portal.value(made.kind, row, name) or "" for name in names)])
    return Answer(body=out.getvalue(), headers={"content-type": "text/csv; charset=utf-8"})


ROUTES = (
    Route(method="POST", pattern="exports/export/async", handler=start),
    Route(method="GET", pattern="exports/export/async/tasks/{id}/status", handler=status),
    Route(method="GET", pattern="exports/files/{id}", handler=fetch, families=frozenset({"files"}), bucket="open"),
)

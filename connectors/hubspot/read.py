"""Reads one portal: the Reader of connectors/contract.py.

    definitions -> what is there of the catalogue -> each object by a thread -> raw pages in files -> Landed -> (sync/facts.py)

A watermark is the instant, by HubSpot's clock, at which the window of the pull ended, never the newest stamp that was seen: the search
index lags, and the next window reaches back over it. It carries the portal's id, so that another portal is read from the beginning.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from connectors.contract import Forecast, Landed, Org, Problem, Stream
from connectors.failures import CrmError, QuotaExhausted
from connectors.hubspot import landing as pages
from connectors.hubspot.answer import Answer
from connectors.hubspot.messages import Messages
from connectors.hubspot.pull import ObjectPull, Stopped
from connectors.hubspot.remembered import OWNERS, stages_of
from connectors.hubspot.schema import OWNER, STAGE
from connectors.hubspot.tables import Portal, compose
from connectors.hubspot.verdicts import NoScope, transient
from connectors.hubspot.wire import CRM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from connectors.contract import Calls, Check, Landing, Table
    from connectors.hubspot.schema import Resolved, Schema
    from connectors.settings import HubspotSettings

WORKERS: Final = 8
"""Objects read at once."""
COLUMNS: Final = dict.fromkeys(("id", "pipeline_id", "is_closed", "probability", "ticket_state", "to_id", "number"), "string")

log = structlog.get_logger()

DATE_CUT_MS: Final = 1000
"""How much of the time a Date header may leave out."""


class HubspotReader:
    """Reads; its client's fence knows no request that could change a record."""

    crm = CRM

    def __init__(self, settings: HubspotSettings, schema: Schema) -> None:
        self._settings, self._schema, self._client = settings, schema, schema.client
        scan = schema.client.runtime.scan
        self._messages = Messages(schema.client, scan) if scan is not None else None

    @property
    def calls(self) -> Calls:
        return self._client.calls

    # ------------------------------------------------------------ who and what

    def sign_in(self) -> Org:
        return self.org

    @cached_property
    def org(self) -> Org:
        account = self._client.account().document
        if not account.get("portalId"):
            raise transient("sign in", "the answer names no portal", ambiguous=False)
        portal, host = str(account["portalId"]), account.get("uiDomain") or "app.hubspot.com"
        zone = _known_zone(account.get("timeZone"))
        if zone:
            self._client.wire.pace.zone = zone
        return Org(
            crm=CRM,
            id=portal,
            link=f"https://{host}/contacts/{portal}/record/{{object}}/{{id}}",
            api_version=self._settings.api_version,
            zone=zone,
            currency=account.get("companyCurrency") or None,
        )

    def streams(self) -> Sequence[Stream]:
        return [*self._schema.streams(), *(self._messages.streams() if self._messages is not None else ())]

    def tables(self) -> Sequence[Table]:
        runtime, types = self._client.runtime, {kind: one.types for kind, one in self._schema.objects.items()}
        joined = {stream.name: COLUMNS for stream in self._schema.streams() if stream.name not in types}
        portal = Portal(
            types={**joined, **types},
            zone=self.org.zone or runtime.zone,
            company_zone=runtime.zone,
            currency=self.org.currency,
            home_currency=runtime.home_currency,
            mappings=self._settings.tables,
            values=self._settings.values,
        )
        found = compose(portal)
        return self._messages.tables(found, portal) if self._messages is not None else found

    def missing(self) -> Sequence[Problem]:
        self._schema.streams()
        return (*self._schema.problems, *(self._messages.missing() if self._messages is not None else ()))

    def check(self) -> Iterator[Check]:
        from connectors.hubspot.checks import examine  # noqa: PLC0415 - only the doctor needs it

        yield from examine(self._settings, self._client, self._schema, lambda: self.org)
        if self._messages is not None:
            yield from self._messages.check()

    # ------------------------------------------------------------ pulling

    def forecast(self, since: Mapping[str, str], held: Mapping[str, int]) -> Forecast:
        """From the rows held: a page of a hundred each, their associations in thousands; of what has a watermark one window."""
        calls = 2  # the owners, and those who left
        for kind, one in self._schema.objects.items():
            rows = 0 if kind in since else held.get(kind, 0)
            calls += max(1, -(-rows // 100)) + sum(-(-rows // 1000) for _ in one.links) + bool(one.stages)
        return Forecast(calls=calls)

    def pull(self, since: Mapping[str, str], landing: Landing) -> Iterator[Landed]:
        """Land every stream, a few objects at a time. Raises CrmError when the token is refused or the quota is used up; any other
        failure leaves its own object incomplete.
        """
        org, objects = self.org, self._schema.objects
        marks = {name: int(text.partition(" ")[0]) for name, text in since.items() if text.partition(" ")[2] == org.id}
        until = self._server_ms()
        stop = threading.Event()
        jobs: list[Callable[[], list[Landed]]] = [self._object(one, landing, since, marks, until, stop) for one in objects.values()]
        jobs.append(partial(self._owners, landing, f"{until} {org.id}", is_held="owners" in marks))
        jobs += self._messages.jobs(since, landing, org.id, until, stop.is_set) if self._messages is not None else []
        with ThreadPoolExecutor(WORKERS) as pool:
            try:
                yield from _finished([pool.submit(job) for job in jobs], stop)
            finally:
                stop.set()
                pool.shutdown(wait=True, cancel_futures=True)

    def _object(
        self, one: Resolved, landing: Landing, since: Mapping[str, str], marks: Mapping[str, int], until: int, stop: threading.Event
    ) -> Callable[[], list[Landed]]:
        """An object and its associations go together: in full when any of their streams has no watermark, else from the oldest on."""
        streams = [stream.name for stream in one.streams() if not stream.name.endswith("_stages")]
        known = [marks[name] for name in streams if name in marks]
        pull = ObjectPull(
            client=self._client,
            schema=self._schema,
            resolved=one,
            into=landing,
            since_ms=min(known) if len(known) == len(streams) else None,
            until_ms=max(until, *known) if known else until,
            portal=self.org.id,
            watermarks=since,
            stopped=stop.is_set,
        )
        return lambda: pull.run() + (self._stages(pull, landing) if one.stages else [])

    def _stages(self, pull: ObjectPull, landing: Landing) -> list[Landed]:
        """Land an object's stages: as remembered where only changes were read and all of them are in stages that we know."""
        kind = pull.resolved.kind
        stream = Stream(name=f"{kind}_stages", columns=STAGE, key=("pipeline_id", "id"))
        known = self._schema.remembered.find(stages_of(kind)) if pull.since_ms is not None else None
        if known is not None and pull.stages <= {str(stage.get("id")) for pipeline in known for stage in pipeline.get("stages") or ()}:
            return self._small(stream, landing, pages.stages(), lambda: iter([Answer(200, {"results": known})]))

        def asked() -> Iterator[Answer]:
            answer = self._client.pipelines(kind)
            self._schema.remembered.keep(stages_of(kind), [dict(one) for one in answer.results])
            yield answer

        return self._small(stream, landing, pages.stages(), asked)

    def _owners(self, landing: Landing, watermark: str, *, is_held: bool) -> list[Landed]:
        """Land the owners. The deactivated ones, whom only the archived list shows, are asked for once a day, and when somebody who was
        active is no longer: until then the mirror has them.
        """
        remembered, active = self._schema.remembered, set[str]()
        known = remembered.find(OWNERS) if is_held else None
        is_delta = False

        def listed() -> Iterator[Answer]:
            nonlocal is_delta
            for answer in self._owners_listed(archived=False):
                active.update(answer.ids)
                yield answer
            is_delta = known is not None and active >= set(known)
            if not is_delta:
                yield from self._owners_listed(archived=True)
            if known != (ids := sorted(active)):
                remembered.keep(OWNERS, ids)

        landed = self._small(Stream(name="owners", columns=OWNER, key=("id",)), landing, pages.owners(), listed)
        return [replace(one, full=not is_delta, watermark=watermark if one.complete else None) for one in landed]

    def _owners_listed(self, *, archived: bool) -> Iterator[Answer]:
        after: str | None = None
        while True:
            answer = self._client.owners(after=after, archived=archived)
            yield answer
            if answer.after in (None, after):
                return
            after = answer.after

    def _small(self, stream: Stream, landing: Landing, relation: str, ask: Callable[[], Iterator[Answer]]) -> list[Landed]:
        """Land a stream that is read whole."""
        file = pages.PageFile(landing.file(stream.name, ".ndjson"))
        problems: tuple[Problem, ...] = ()
        try:
            for answer in ask():
                file.add(answer.lines, len(answer.results))
        except QuotaExhausted:
            raise
        except NoScope as error:
            self._schema.leave_out(stream.name, error)
            return []
        except CrmError as error:
            problems = (Problem(where=f"hubspot {stream.name}", what=str(error)),)
        finally:
            file.close()
        whole = not problems
        return [
            Landed(
                stream=stream,
                files=(file.path,),
                relation=relation,
                rows=file.rows,
                full=True,
                watermark=None,
                complete=whole,
                problems=problems,
            )
        ]

    def _server_ms(self) -> int:
        """Now, by HubSpot's clock: what its last answer told, and what has passed since by ours.

        A Date header is cut to the second, so the second is let run out: what changed in it belongs to this window, and what
        comes later in it is found by the overlap of the next.
        """
        wire, now = self._client.wire, self._client.runtime.clock()
        if wire.server_time is None:
            return int(now.timestamp() * 1000)
        return int((wire.server_time + (now - wire.heard_at)).timestamp() * 1000) + DATE_CUT_MS


def _known_zone(name: object) -> str | None:
    """Give a zone that this machine knows too; days are then counted where the company is."""
    try:
        return ZoneInfo(str(name)).key if name else None
    except (ValueError, OSError, ZoneInfoNotFoundError):
        log.warning("unknown time zone", crm=CRM, zone=str(name)[:40])
        return None


def _finished(futures: Sequence[Any], stop: threading.Event) -> Iterator[Landed]:
    """Give the streams as they become whole. What was fetched before the quota ended is given too, and then the error is raised."""
    ending: CrmError | None = None
    for future in as_completed(futures):
        if future.cancelled():
            continue
        try:
            yield from future.result()
        except Stopped:
            continue
        except CrmError as error:
            stop.set()
            ending = ending or error
            log.warning("pull ends early", crm=CRM, error=str(error))
    if ending is not None:
        raise ending

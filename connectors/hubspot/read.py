"""Reads one portal: the Reader of connectors/contract.py.

    definitions -> what is there of the catalogue -> each object by a thread -> raw pages in files -> Landed -> (sync/facts.py)

A watermark is the instant, by HubSpot's clock, at which the window of the pull ended, never the newest stamp that was seen: the search
index lags, and the next window reaches back over it. It carries the portal's id, so that another portal is read from the beginning.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from connectors.contract import Forecast, Org
from connectors.failures import CrmError
from connectors.hubspot.beforehand import calls, look
from connectors.hubspot.messages import Messages
from connectors.hubspot.pull import ObjectPull, Stopped
from connectors.hubspot.small import Small
from connectors.hubspot.tables import Portal, compose
from connectors.hubspot.turns import Turns
from connectors.hubspot.verdicts import transient
from connectors.hubspot.wire import CRM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from connectors.contract import Check, Landed, Landing, Problem, Stream, Table
    from connectors.hubspot.schema import Resolved, Schema
    from connectors.quota import Calls
    from connectors.settings import HubspotSettings

WORKERS: Final = 8
"""Objects read at once."""
COLUMNS: Final = dict.fromkeys(("id", "pipeline_id", "is_closed", "probability", "ticket_state", "to_id", "number"), "string")

log = structlog.get_logger()

LATER: Final = 3
"""Calls that an object which was read in an earlier run takes in the next: its changes, their associations, the recycle bin."""
DATE_CUT_MS: Final = 1000
"""How much of the time a Date header may leave out."""


class HubspotReader:
    """Reads; its client's fence knows no request that could change a record."""

    crm = CRM

    def __init__(self, settings: HubspotSettings, schema: Schema) -> None:
        self._settings, self._schema, self._client = settings, schema, schema.client
        scan = schema.client.runtime.scan
        self._messages = Messages(schema.client, scan) if scan is not None else None
        self._ahead: tuple[dict[str, str], list[ObjectPull], dict[str, int]] | None = None

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
        """Ask what the pull would ask beforehand, and count what is left; the pull from the same marks goes on from there."""
        pulls = self._pulls(since)
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(look, pulls))
        small = self._small
        costs = {one.resolved.kind: calls(one, held.get(one.resolved.kind, 0)) + small.forecast(one) for one in pulls}
        others = small.forecast(is_held="owners" in self._marks(since)) + (self._messages.forecast() if self._messages is not None else 0)
        self._ahead = dict(since), pulls, costs
        dearest = max(costs.values(), default=0)
        return Forecast(calls=sum(costs.values()) + others, at_once=dearest + others + LATER * len(costs))

    def pull(self, since: Mapping[str, str], landing: Landing) -> Iterator[Landed]:
        """Land every stream, a few objects at a time; one by one, the small ones first, where the calls that are left do not suffice
        for all, so that the next run finds some of them done. Raises CrmError when the token is refused or the quota is used up; any
        other failure leaves its own object incomplete.
        """
        ahead, self._ahead = self._ahead, None
        pulls, costs = (ahead[1], ahead[2]) if ahead is not None and ahead[0] == since else (self._pulls(since), {})
        room = self.calls.room
        is_scarce = room is not None and sum(costs.values()) > room
        pulls = sorted(pulls, key=lambda one: costs.get(one.resolved.kind, 0))
        turns = Turns(one.resolved.kind for one in pulls if one.is_long)
        until = pulls[0].until_ms if pulls else self._server_ms()
        stop = threading.Event()
        jobs: list[Callable[[], list[Landed]]] = [
            partial(self._small.owners, landing, f"{until} {self.org.id}", is_held="owners" in self._marks(since))
        ]
        jobs += [partial(self._object, one, landing, stop, turns) for one in pulls]
        jobs += self._messages.jobs(since, landing, self.org.id, until, stop.is_set) if self._messages is not None else []
        with ThreadPoolExecutor(1 if is_scarce else WORKERS) as pool:
            try:
                yield from _finished([pool.submit(job) for job in jobs], stop)
            finally:
                stop.set()
                pool.shutdown(wait=True, cancel_futures=True)

    def _object(self, pull: ObjectPull, landing: Landing, stop: threading.Event, turns: Turns) -> list[Landed]:
        return pull.run(landing, stop.is_set, turns) + (self._small.stages(pull, landing) if pull.resolved.stages else [])

    @property
    def _small(self) -> Small:
        return Small(client=self._client, schema=self._schema)

    def _marks(self, since: Mapping[str, str]) -> dict[str, int]:
        """The ends of the last windows, in milliseconds; another portal's are not believed."""
        return {name: int(text.partition(" ")[0]) for name, text in since.items() if text.partition(" ")[2] == self.org.id}

    def _pulls(self, since: Mapping[str, str]) -> list[ObjectPull]:
        objects, marks = self._schema.objects, self._marks(since)
        until = self._server_ms()  # told by the answers to the questions before
        return [self._pull(one, since, marks, until) for one in objects.values()]

    def _pull(self, one: Resolved, since: Mapping[str, str], marks: Mapping[str, int], until: int) -> ObjectPull:
        """An object and its associations go together: in full when any of their streams has no watermark, else from the oldest on."""
        streams = [stream.name for stream in one.streams() if not stream.name.endswith("_stages")]
        known = [marks[name] for name in streams if name in marks]
        return ObjectPull(
            client=self._client,
            schema=self._schema,
            resolved=one,
            since_ms=min(known) if len(known) == len(streams) else None,
            until_ms=max(until, *known) if known else until,
            portal=self.org.id,
            watermarks=since,
        )

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

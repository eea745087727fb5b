"""Reads one org: the Reader of connectors/contract.py.

    describe -> mapping -> for each stream: REST pages, or a Bulk job above the threshold -> CSV files -> Landed -> (sync/facts.py)

The watermark is the newest stamp among the rows that were landed, never this machine's clock; the next pull looks ten minutes further
back. Reads go through queryAll, so that deleted, merged and archived rows are seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from connectors.contract import Forecast, Landed, Problem
from connectors.failures import CrmError, Denied, QuotaExhausted, Transient, Unprepared
from connectors.salesforce import PARTS, SOURCES, VALUES
from connectors.salesforce.beforehand import look, outlook
from connectors.salesforce.fetch import Fetcher, going_on
from connectors.salesforce.landed import PageFile, header, relation
from connectors.salesforce.mapping import resolve
from connectors.salesforce.messages import Messages
from connectors.salesforce.org import identify
from connectors.salesforce.tables import tables, vendor_words
from connectors.salesforce.unfinished import Unfinished
from connectors.salesforce.verdicts import CRM

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from connectors.contract import Check, Landing, Org, Runtime, Stream, Table
    from connectors.quota import Calls
    from connectors.salesforce.beforehand import Beforehand
    from connectors.salesforce.client import Client
    from connectors.salesforce.fetch import Fetched
    from connectors.salesforce.mapping import Pull, Resolution
    from connectors.salesforce.schema import OrgSchema
    from connectors.settings import SalesforceSettings

FITTINGS: Final = 3
"""How often a stream is fitted to the org in one pull, when its fields vanish between describe and query."""

log = structlog.get_logger()


class SalesforceReader:
    """Reads; its client's fence knows no request that could change a record."""

    crm = CRM

    def __init__(self, settings: SalesforceSettings, runtime: Runtime, client: Client, schema: OrgSchema) -> None:
        self._settings, self._runtime, self._client, self._schema = settings, runtime, client, schema
        self._org: Org | None = None
        self._found: Resolution | None = None
        self._found_at = schema.generation
        self._ahead: tuple[dict[str, str | None], Beforehand] | None = None
        self._messages = Messages(client, schema, runtime.scan) if runtime.scan is not None else None

    @property
    def calls(self) -> Calls:
        return self._client.calls

    def sign_in(self) -> Org:
        if self._org is None:
            self._org = identify(self._client)
        return self._org

    @property
    def resolution(self) -> Resolution:
        """The catalogue as it fits this org now."""
        if self._found is None or self._found_at != self._schema.generation:
            self._found_at = self._schema.generation
            configured = [given["object"] for given in self._settings.tables.values() if "object" in given]
            scanned = self._messages.objects if self._messages is not None else ()
            self._schema.prefetch([*(source.object for source in SOURCES), *configured, *scanned])
            self._found = resolve(SOURCES, PARTS, self._settings.tables, self._schema.describe)
        return self._found

    def streams(self) -> Sequence[Stream]:
        messages = self._messages.streams() if self._messages is not None else ()
        return (*(pull.stream for pull in self.resolution.pulls.values()), *messages)

    def tables(self) -> Sequence[Table]:
        found = tables(self.resolution, vendor_words(VALUES, self._settings.values), self._runtime.home_currency)
        return self._messages.tables(found, self.resolution) if self._messages is not None else found

    def missing(self) -> Sequence[Problem]:
        return (*self.resolution.missing, *(self._messages.missing() if self._messages is not None else ()))

    def check(self) -> Iterator[Check]:
        from connectors.salesforce.checks import examine  # noqa: PLC0415 - only the doctor needs it

        yield from examine(self._runtime, self._client, self._schema, self.sign_in, lambda: self.resolution)
        if self._messages is not None:
            yield from self._messages.check()

    def forecast(self, since: Mapping[str, str], held: Mapping[str, int]) -> Forecast:
        """Ask what the pull would ask beforehand, and count what is left; the pull from the same marks goes on from there."""
        org = self.sign_in()
        self._client.learn_quota()
        marks = {name: _stamp(since.get(name), org) for name in self.resolution.pulls}
        known = look(self._client, self.resolution.pulls, marks, self._settings.bulk_threshold)
        self._ahead = marks, known
        streams = outlook(known, self.resolution.pulls, marks, self._settings.bulk_threshold, held)
        streams += self._messages.forecast(since, org.id) if self._messages is not None else []
        return Forecast(calls=sum(streams), at_once=max(streams, default=0))

    def pull(self, since: Mapping[str, str], landing: Landing) -> Iterator[Landed]:
        """Land every stream. One that fails is yielded incomplete; two in a row that the org does not answer end the pull."""
        org = self.sign_in()
        marks = {name: _stamp(since.get(name), org) for name in self.resolution.pulls}
        threshold = self._settings.bulk_threshold
        looked, self._ahead = self._ahead, None
        known = looked[1] if looked is not None and looked[0] == marks else look(self._client, self.resolution.pulls, marks, threshold)
        memory = self._runtime.memory
        unfinished = Unfinished(memory / CRM if memory is not None else None, org.id, self._runtime.clock)
        fetcher = Fetcher(
            client=self._client, runtime=self._runtime, landing=landing, threshold=threshold, unfinished=unfinished, known=known
        )
        silent = 0
        for name, mark in marks.items():
            pull = self.resolution.pulls.get(name)
            if pull is None:  # vanished while another stream was fitted anew: told by missing()
                continue
            try:
                yield self._stream(fetcher, pull, mark)
                silent = 0
            except QuotaExhausted:
                raise
            except CrmError as error:
                silent = silent + 1 if isinstance(error, Transient) else 0
                if silent > 1:
                    raise
                log.warning("stream not read", crm=CRM, stream=name, error=str(error))
                yield _failed(pull, since.get(name), error, landing)
        if self._messages is not None:
            yield from self._messages.pull(since, landing, org.id)

    def _stream(self, fetcher: Fetcher, pull: Pull, mark: str | None) -> Landed:
        """Fetch one stream; a field that vanished since describe is left out and told, and the others are read."""
        fittings = 0
        while True:
            try:
                return self._landed(fetcher, pull, mark, fetcher.fetch(pull, mark))
            except Unprepared as error:
                fittings += 1
                self._schema.forget(pull.object)
                again = self.resolution.pulls.get(pull.stream.name)
                if again is None or again == pull or fittings == FITTINGS:
                    raise
                log.warning("a field vanished", crm=CRM, stream=pull.stream.name, field=error.missing)
                pull, mark = again, None  # other columns: everything is read again

    def _landed(self, fetcher: Fetcher, pull: Pull, mark: str | None, fetched: Fetched) -> Landed:
        fetched = fetcher.checked(pull, mark, fetched)
        complete = fetched.expected is None or fetched.records >= fetched.expected
        lacking = (
            () if complete else (Problem(where=f"{CRM} {pull.object}", what=f"{fetched.records} of {fetched.expected} records were read"),)
        )
        stamp = going_on(fetched, mark) if complete else mark
        files = tuple(file for file in fetched.files if header(file))
        return Landed(
            stream=pull.stream,
            files=files or _empty(pull, fetcher.landing),
            relation=relation(pull, header(files[0]) if files else pull.stream.columns),
            rows=fetched.records,
            full=mark is None,
            watermark=f"{stamp} {self.sign_in().id}" if stamp else None,
            complete=complete,
            problems=lacking,
        )


def _failed(pull: Pull, mark: str | None, error: CrmError, landing: Landing) -> Landed:
    mend = f"; {error.mend}" if isinstance(error, Denied) and error.mend else ""
    return Landed(
        stream=pull.stream,
        files=_empty(pull, landing),
        relation=relation(pull, pull.stream.columns),
        rows=0,
        full=False,
        watermark=mark,
        complete=False,
        problems=(Problem(where=f"{CRM} {pull.object}", what=f"not read: {error.message}{mend}"),),
    )


def _empty(pull: Pull, landing: Landing) -> tuple[Path]:
    """A file with the header only: no rows, but something that a relation can read."""
    file = landing.file(pull.stream.name, ".csv")
    PageFile(file, pull).close()
    return (file,)


def _stamp(watermark: str | None, org: Org) -> str | None:
    """The stamp in a watermark of ours; None for another org's (a refreshed sandbox has new ids): then everything is read again."""
    stamp, _, of = (watermark or "").partition(" ")
    return stamp if stamp and of == org.id else None

"""CRMs -> facts: sign in, read what changed since the watermarks, absorb stream by stream, rebuild the canonical tables.

    reader threads, one per CRM --landed streams, two at most wait--> this thread, the only one that touches the facts

A canonical table is built as soon as all that it comes from has landed, while the rest is still being read.
One CRM that fails does not lose the others: what it gave before failing is kept, its report is incomplete and names the error, and
incomplete data never clears a flag. A quota that ran out is remembered, so that the run ends with its own exit code and the next goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from connectors.failures import CrmError, QuotaExhausted
from sync.ahead import Ahead, Reading
from sync.facts import NotAbsorbed
from sync.sparing import Sparing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from connectors.contract import Landed, Org, Problem, Reader, Table
    from sync.facts import Facts
    from sync.land import RunLanding

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Pulled:
    """What came from one CRM. `rows` are those landed in this run, by stream; `tables` those now in the facts, by canonical table.
    `forecast` are the calls that reading was thought to take, sign-in included; None when it did not come to that.
    """

    crm: str
    org: Org | None = None
    rows: dict[str, int] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=dict)
    watermarks: dict[str, str] = field(default_factory=dict)
    missing: tuple[Problem, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    quota: dict[str, Any] = field(default_factory=dict)
    forecast: int | None = None
    error: str = ""
    stopped: str = ""
    is_whole: bool = False

    @property
    def complete(self) -> bool:
        return self.is_whole and not self.error and not self.stopped


@dataclass(slots=True, kw_only=True)
class PullReport:
    """What came from all CRMs of the run. `objects` maps (crm, canonical table) to the vendor object that record ids open."""

    crms: dict[str, Pulled] = field(default_factory=dict)
    objects: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return all(one.complete for one in self.crms.values())

    @property
    def orgs(self) -> dict[str, Org]:
        """The CRMs that could be signed in to."""
        return {crm: one.org for crm, one in self.crms.items() if one.org is not None}

    @property
    def rows(self) -> dict[str, dict[str, int]]:
        return {crm: one.rows for crm, one in self.crms.items()}

    @property
    def tables(self) -> dict[str, dict[str, int]]:
        return {crm: one.tables for crm, one in self.crms.items()}

    @property
    def watermarks(self) -> dict[str, dict[str, str]]:
        return {crm: one.watermarks for crm, one in self.crms.items()}

    @property
    def missing(self) -> dict[str, tuple[Problem, ...]]:
        """What the catalogue or the configuration wanted and the CRM does not have."""
        return {crm: one.missing for crm, one in self.crms.items()}

    @property
    def problems(self) -> list[Problem]:
        """Everything worth telling a person; what is only missing comes last and does not make the run incomplete."""
        return [problem for one in self.crms.values() for problem in one.problems] + [
            problem for one in self.crms.values() for problem in one.missing
        ]

    @property
    def errors(self) -> dict[str, str]:
        return {crm: one.error for crm, one in self.crms.items() if one.error}

    @property
    def stopped(self) -> str:
        """Why reading was stopped at a quota or ceiling; empty when it was not."""
        return "; ".join(one.stopped for one in self.crms.values() if one.stopped)

    @property
    def forecasts(self) -> dict[str, int]:
        """The calls that reading each CRM was thought to take."""
        return {crm: one.forecast for crm, one in self.crms.items() if one.forecast is not None}

    @property
    def quota(self) -> dict[str, dict[str, Any]]:
        return {crm: one.quota for crm, one in self.crms.items() if one.quota}


def pull(
    facts: Facts,
    readers: Mapping[str, Reader],
    landing: RunLanding,
    *,
    full: bool = False,
    progress: Callable[[str, int, int | None], None] = lambda _what, _done, _total: None,
    heartbeat: Callable[[], object] = lambda: None,
) -> PullReport:
    """Bring the facts up to date with every reader; `full` forgets the watermarks. `heartbeat` is called after each stream and table.

    Raises FactsError when the facts cannot be kept (disk full); errors of a CRM are in the report.
    """
    report = PullReport(crms={crm: Pulled(crm=crm) for crm in readers})
    readings = {
        crm: Reading(
            reader=reader, desk=landing.of(crm), resume=(lambda _streams: {}) if full else facts.resuming(crm), held=facts.held(crm)
        )
        for crm, reader in readers.items()
    }
    sparing = Sparing(facts.connection)
    early = {crm: Early(facts=facts, crm=crm, rows=facts.held(crm), sparing=sparing) for crm in readers}
    with Ahead(readings) as ahead:
        for crm, landed in ahead.landed(heartbeat):
            pulled = report.crms[crm]
            if landed is None:
                _conclude(early[crm], readers[crm], pulled, ahead, heartbeat)  # while the others are still being read
                continue
            early[crm].expect(landed)
            _absorb(facts, landed, pulled)
            landing.of(crm).release(landed.files)
            progress(f"{crm} {landed.stream.name}", landed.rows, landed.rows)
            heartbeat()
            early[crm].build(landed.stream.name, ahead.tables[crm], heartbeat)
    sparing.expect(None)
    report.objects = facts.objects()
    return report


def _absorb(facts: Facts, landed: Landed, pulled: Pulled) -> None:
    name = landed.stream.name
    try:
        facts.absorb(pulled.crm, landed)
    except NotAbsorbed as error:
        log.warning("stream not absorbed", crm=pulled.crm, stream=name, error=str(error))
        pulled.error = str(error)
    pulled.rows[name] = landed.rows
    pulled.problems += landed.problems


@dataclass(slots=True, kw_only=True)
class Early:
    """The canonical tables of one CRM that were built before all of it was read."""

    facts: Facts
    crm: str
    rows: dict[str, int]
    """About how many rows the mirror of each stream has."""
    sparing: Sparing
    built: list[Table] = field(default_factory=list)
    _read: set[str] = field(default_factory=set)

    def expect(self, landed: Landed) -> None:
        """Prepare for taking in what landed."""
        name = landed.stream.name
        self.rows[name] = max(landed.rows, self.rows.get(name, 0))
        self.sparing.expect(self.rows[name])

    def build(self, stream: str, tables: Sequence[Table], heartbeat: Callable[[], object]) -> None:
        """Build what waited for this stream only; what cannot be built is tried again, and told, when everything is read."""
        self._read.add(stream)
        self.built = [table for table in self.built if stream not in table.streams]
        for table in tables:
            if stream in table.streams and self._read.issuperset(table.streams):
                heartbeat()
                self.sparing.expect(max(self.rows[name] for name in table.streams))
                self.built += [table] if self.facts.build(self.crm, table) else []


def _conclude(early: Early, reader: Reader, pulled: Pulled, ahead: Ahead, heartbeat: Callable[[], object]) -> None:
    """Note how the reading of one CRM ended, and rebuild what changed."""
    pulled.org, error = ahead.orgs.get(pulled.crm), ahead.errors.get(pulled.crm)
    pulled.forecast = ahead.forecasts.get(pulled.crm)
    if isinstance(error, QuotaExhausted):
        pulled.stopped = str(error)
    elif error is not None:
        log.warning("pull failed", crm=pulled.crm, error=str(error))
        pulled.error = str(error)
    if pulled.org is not None:
        _settle(early, reader, pulled, heartbeat)
    calls = reader.calls
    pulled.quota = {"made": calls.made, "left": calls.quota_left, "of": calls.quota_max} if calls.quota_max is not None else {}


def _settle(early: Early, reader: Reader, pulled: Pulled, heartbeat: Callable[[], object]) -> None:
    """Rebuild what changed, also after a failure: what was absorbed is newer than what the tables hold."""
    facts = early.facts
    try:
        streams, tables = reader.streams(), reader.tables()
        pulled.missing = tuple(reader.missing())
    except CrmError as error:
        pulled.error = pulled.error or str(error)
        return
    early.sparing.expect(None)
    loaded = facts.rebuild(pulled.crm, tables, built=early.built, heartbeat=heartbeat)
    pulled.tables = dict(loaded.rows)
    pulled.problems += loaded.problems
    pulled.watermarks = facts.watermarks(pulled.crm, streams)
    pulled.is_whole = loaded.complete and not facts.incomplete(pulled.crm, streams)

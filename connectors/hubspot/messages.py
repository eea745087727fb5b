"""What clients wrote in HubSpot -> incident rows. Only with text scanning switched on; a text is never landed.

    search: incoming e-mails, tickets of forms and chats -> page in memory -> Scan -> whose is it? -> Scan with names covered -> incident rows

Whose a message is, and how that company is called, is asked only of messages in which something was found. Windows and watermarks are
those of every search here (search.py), and the mark of the lexicons.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import structlog

from connectors.contract import Check, Landed, Problem, Table
from connectors.failures import CrmError, Denied, QuotaExhausted, Rejected, Unprepared
from connectors.hubspot import search
from connectors.hubspot.associations import PRIMARY, associated
from connectors.hubspot.pull import READ, Stopped
from connectors.hubspot.tables import TYPE_IDS, with_merged
from connectors.hubspot.verdicts import NoScope
from connectors.hubspot.wire import CRM
from connectors.scan import COLUMNS, KEPT, Findings, relation, stream, together
from rules.language.scan import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from connectors.contract import Landing, Stream
    from connectors.hubspot.associations import Entry
    from connectors.hubspot.client import Client
    from connectors.hubspot.tables import Portal
    from connectors.scan import Scan

CREATED: Final = "createdate"
MODIFIED: Final = "hs_lastmodifieddate"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An object that holds what clients wrote.

    texts   properties that are classified together; of `either` the first that holds anything
    sent    when it was written
    inbound (property, values) that say that a client wrote it: without the property nothing is read
    """

    kind: str
    scopes: str
    texts: tuple[str, ...]
    sent: str
    inbound: tuple[str, tuple[str, ...]]
    either: tuple[str, ...] = ()
    is_case: bool = False


SOURCES: Final = (
    Source(
        kind="emails",
        scopes="crm.objects.contacts.read and sales-email-read",
        texts=("hs_email_subject",),
        either=("hs_email_text", "hs_email_html"),
        sent="hs_timestamp",
        inbound=("hs_email_direction", ("INCOMING_EMAIL",)),
    ),
    Source(
        kind="tickets",
        scopes="tickets",
        texts=("subject", "content"),
        sent=CREATED,
        inbound=("source_type", ("FORM", "CHAT")),
        is_case=True,
    ),
)
"""A ticket that came by e-mail repeats the e-mail, and one taken down on the phone is in our own people's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A message in which something was found, held until it is known whose it is."""

    message: Message
    takes_back: bool


@dataclass(slots=True)
class Messages:
    """The part of the reader that reads texts."""

    client: Client
    scan: Scan
    _problems: list[Problem] = field(default_factory=list)
    _found: dict[str, tuple[str, ...]] | None = None

    @property
    def readable(self) -> Mapping[str, tuple[str, ...]]:
        """The objects that may be read here, each with the properties asked for; looked at once."""
        if self._found is None:
            wanted = [source for source in SOURCES if self.scan.cases or not source.is_case]
            self._found = {source.kind: names for source in wanted if (names := self._look(source))}
        return self._found

    def streams(self) -> Sequence[Stream]:
        return [stream(kind) for kind in self.readable]

    def missing(self) -> Sequence[Problem]:
        """The objects that clients write into and that are not read here."""
        return self._problems if self.readable is not None else ()

    def tables(self, found: Sequence[Table], portal: Portal) -> Sequence[Table]:
        """The tables, with what messages became in `incidents`, beside what people entered."""
        scanned = [one.name for one in self.streams()]
        if not scanned:
            return found
        entered = next((table for table in found if table.name == "incidents"), None)
        linked = "tickets_companies" in portal.types
        own = entered.streams if entered is not None else ()
        made = Table(
            name="incidents",
            object=entered.object if entered is not None else TYPE_IDS["tickets"],
            streams=tuple(dict.fromkeys([*own, *scanned, "companies", *(["tickets_companies"] if linked else [])])),
            query=together(entered.query if entered is not None else None, with_merged(portal, _query(scanned, linked=linked))),
            values=entered.values if entered is not None else {},
            columns=tuple(dict.fromkeys([*(entered.columns if entered is not None else ()), *KEPT])),
        )
        return [*(table for table in found if table is not entered), made]

    def forecast(self) -> int:
        """The searches that the messages will take, at least: one for each word that says that a client wrote."""
        return sum(len(source.inbound[1]) for source in SOURCES if source.kind in self.readable)

    def jobs(
        self, since: Mapping[str, str], landing: Landing, portal: str, until_ms: int, stopped: Callable[[], bool]
    ) -> list[Callable[[], list[Landed]]]:
        """Give one job for each object."""
        wanted = [source for source in SOURCES if source.kind in self.readable]
        return [
            partial(self._pull, source, since.get(stream(source.kind).name, ""), landing, portal, until_ms, stopped) for source in wanted
        ]

    def check(self) -> Iterator[Check]:
        """One line for each object whose texts are wanted."""
        for kind in self.readable:
            yield Check(subject=f"texts of {kind}", state="ok", detail="what clients wrote is read in memory")
        for problem in self._problems:
            subject = f"texts of {problem.where.removeprefix(f'{CRM} ')}"
            yield Check(subject=subject, state="warning", detail=problem.what, mend="grant the scope, or switch privacy.text_scan off")

    # ------------------------------------------------------------ one object

    def _look(self, source: Source) -> tuple[str, ...]:
        """Ask for the definitions, and for one record, since definitions may be open where records are not."""
        try:
            there = {str(one["name"]) for one in self.client.definitions(source.kind).results if not one.get("archived")}
            self.client.page(source.kind, [search.ID], limit=1)
        except (NoScope, Unprepared, Rejected) as error:
            why = f"the scopes {source.scopes} are needed" if isinstance(error, Denied) else error.message
            self._problems.append(Problem(where=f"{CRM} {source.kind}", what=f"messages are not read: {why}"))
            return ()
        needed = {source.inbound[0], source.sent, MODIFIED}
        texts = [name for name in (*source.texts, *source.either) if name in there]
        if lacking := sorted(needed - there):
            what = "messages are not read: without this property nobody can tell what a client wrote, and when"
            self._problems.append(Problem(where=f"{CRM} {source.kind}", column=lacking[0], what=what))
            return ()
        return tuple(dict.fromkeys([search.ID, CREATED, MODIFIED, source.sent, *texts])) if texts else ()

    def _pull(self, source: Source, before: str, landing: Landing, portal: str, until_ms: int, stopped: Callable[[], bool]) -> list[Landed]:
        at, _, of = before.partition(" ")
        mark = int(at) if of == f"{portal} {self.scan.mark}" else None
        until = max(until_ms, mark or 0)
        found = Findings(landing.file(stream(source.kind).name, ".csv"))
        problems: list[Problem] = []
        try:
            for filters in self._filters(source, mark, until):
                self._go_through(source, filters, found, problems, stopped, is_full=mark is None)
        except (QuotaExhausted, Stopped):
            raise
        except CrmError as error:
            if isinstance(error, Denied) and not isinstance(error, NoScope):
                raise
            log.warning("messages not read", crm=CRM, object=source.kind, error=type(error).__name__)
            problems.append(Problem(where=f"{CRM} {source.kind}", what=f"messages not read: {error.message}"))
        return [
            Landed(
                stream=stream(source.kind),
                files=(found.path,),
                relation=relation(),
                rows=found.rows,
                full=mark is None and not problems,
                watermark=f"{until} {portal} {self.scan.mark}" if not problems else before or None,
                complete=not problems,
                problems=tuple(problems),
            )
        ]

    def _filters(self, source: Source, mark: int | None, until: int) -> Iterator[list[search.Filter]]:
        window = search.before(MODIFIED, until) if mark is None else search.changed(MODIFIED, mark, until)
        oldest = {"propertyName": source.sent, "operator": "GTE", "value": str(int(self.scan.since.timestamp() * 1000))}
        name, values = source.inbound
        for value in values:
            yield [{"propertyName": name, "operator": "EQ", "value": value}, oldest, *window]

    def _go_through(
        self,
        source: Source,
        filters: Sequence[search.Filter],
        found: Findings,
        problems: list[Problem],
        stopped: Callable[[], bool],
        *,
        is_full: bool,
    ) -> None:
        pages = search.Search(client=self.client, kind=source.kind, filters=filters, properties=self.readable[source.kind])
        for answer, fresh in pages:
            if stopped():
                raise Stopped
            wanted = set(fresh)
            hits: list[Hit] = []
            for record in answer.results:
                if str(record["id"]) in wanted:
                    hits += self._take(source, record, found, is_full=is_full)
            for ids in search.chunks([hit.message.message_id.partition(":")[2] for hit in hits], READ):
                self._settle(source, [hit for hit in hits if hit.message.message_id.partition(":")[2] in ids], ids, found)
        if not pages.complete:
            what = f"the index names {pages.total} messages and gave {len(pages.ids)}"
            problems.append(Problem(where=f"{CRM} {source.kind}", what=what))

    def _take(self, source: Source, record: Mapping[str, Any], found: Findings, *, is_full: bool) -> Iterator[Hit]:
        """Classify one record; of most nothing is kept. One changed since it was made may have to be taken back."""
        told: Mapping[str, Any] = record.get("properties") or {}
        body = next((text for name in source.either if (text := told.get(name))), None)
        identity = str(record["id"])
        message = Message(
            message_id=f"{source.kind}:{identity}",
            sent_at=told.get(source.sent),
            texts=tuple(str(text) for text in (*(told.get(name) for name in source.texts), body) if text),
            case_id=identity if source.is_case else None,
            direction="in",
        )
        takes_back = not is_full and told.get(CREATED) != told.get(MODIFIED)
        if self.scan.found(message):
            yield Hit(message=message, takes_back=takes_back)
        else:
            found.add(message.message_id, (), takes_back=takes_back)

    def _settle(self, source: Source, hits: Sequence[Hit], ids: Sequence[str], found: Findings) -> None:
        """Say whose the messages are, and judge them again with the names of these companies covered."""
        companies = associated(self.client, source.kind, "companies", ids)
        tickets = {} if source.is_case else associated(self.client, source.kind, "tickets", ids)
        chosen = {one: _chosen(companies.get(one, ())) for one in ids}
        names = self._names(sorted({one for one in chosen.values() if one}))
        for hit in hits:
            identity = hit.message.message_id.partition(":")[2]
            company = chosen[identity]
            message = replace(hit.message, account_id=company, case_id=hit.message.case_id or _chosen(tickets.get(identity, ())))
            found.add(message.message_id, self.scan.found(message, (names.get(company or "", ""),)), takes_back=hit.takes_back)

    def _names(self, ids: Sequence[str]) -> dict[str, str]:
        rows = [row for some in search.chunks(ids, READ) for row in self.client.read("companies", some, ["name"]).results]
        return {str(row["id"]): str((row.get("properties") or {}).get("name") or "") for row in rows}


def _chosen(entries: Sequence[Entry]) -> str | None:
    """Give the record that counts: the one labelled Primary, else the lowest id, so that every run chooses the same."""

    def rank(entry: Entry) -> tuple[bool, int, str]:
        types = entry.get("associationTypes") or ()
        primary = any(
            one.get("label") == "Primary" or (one.get("category") == "HUBSPOT_DEFINED" and one.get("typeId") in PRIMARY) for one in types
        )
        identity = str(entry["toObjectId"])
        return not primary, len(identity), identity

    return str(min(entries, key=rank)["toObjectId"]) if entries else None


def _query(scanned: Sequence[str], *, linked: bool) -> str:
    """The incidents of all objects; a message without a company of its own belongs to the company of its ticket."""
    rows = "\nUNION ALL\n".join(f'SELECT {", ".join(COLUMNS)} FROM raw_{CRM}."{name}"' for name in scanned)
    kept = ", ".join(f"m.{name}" for name in KEPT if name != "account_id")
    whose = "coalesce(m.account_id, l.to_id)" if linked else "m.account_id"
    join = f'\nLEFT JOIN raw_{CRM}."tickets_companies" AS l ON l.id = m.case_id' if linked else ""
    return f"""SELECT {kept}, coalesce(merged.new_id, {whose}) AS account_id
FROM (
{rows}
) AS m{join}
LEFT JOIN merged ON merged.old_id = {whose}
WHERE m.category IS NOT NULL"""

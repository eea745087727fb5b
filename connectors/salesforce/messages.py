"""What clients wrote in Salesforce -> incident rows. Only with text scanning switched on; a text is never landed.

    describe -> what may be asked -> REST page in memory -> Scan -> incident rows in a file -> Landed -> (tables.py) `incidents`

Incoming e-mails, published comments of portal users, and, when asked for, the text of cases that came by a form. Never through Bulk,
whose files would hold the texts. The watermark is the newest stamp seen, as of every stream here, and the mark of the lexicons.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import structlog

from connectors.contract import Check, Landed, Problem, Table
from connectors.failures import CrmError, QuotaExhausted
from connectors.salesforce import soql
from connectors.salesforce.client import next_page
from connectors.salesforce.fetch import BROKEN_PAGINGS, Fetched, going_on
from connectors.salesforce.mapping import field_at
from connectors.salesforce.together import ask, query_all
from connectors.salesforce.verdicts import CRM, Refused
from connectors.scan import COLUMNS, KEPT, Findings, relation, stream, together
from rules.language.scan import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connectors.contract import Landing, Stream
    from connectors.salesforce.client import Client
    from connectors.salesforce.mapping import Resolution
    from connectors.salesforce.schema import Description, OrgSchema
    from connectors.scan import Scan

A_PAGE: Final = 200
PAGE: Final = {"Sforce-Query-Options": f"batchSize={A_PAGE}"}
"""The least that Salesforce takes: a page of texts is held in memory."""
OURS: Final = "('Standard', 'AutomatedProcess', 'CloudIntegrationUser')"
"""Kinds of users who are no client: employees and machines."""
STAMPED: Final = "CreatedDate"
OWNED: Final = ("Case", "Opportunity", "Order", "Contract")
"""Objects by which a message belongs to an account, when it is not related to the account itself."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An object that holds what clients wrote.

    texts   the fields that are classified together; of `either` the first that holds anything
    sent    when it was written; case and related: the fields that say whose it is; names: what is covered in it
    only    conditions by the field they need: without it nobody can tell who wrote, so nothing is read
    """

    object: str
    texts: tuple[str, ...]
    sent: str
    case: str
    only: Mapping[str, str]
    either: tuple[str, ...] = ()
    related: str = ""
    names: tuple[str, ...] = ()
    is_case: bool = False


SOURCES: Final = (
    Source(
        object="EmailMessage",
        texts=("Subject",),
        either=("TextBody", "HtmlBody"),
        sent="MessageDate",
        case="ParentId",
        related="RelatedToId",
        names=("FromName", "Parent.Account.Name"),
        only={"Incoming": "Incoming = true"},
    ),
    Source(
        object="CaseComment",
        texts=("CommentBody",),
        sent=STAMPED,
        case="ParentId",
        names=("Parent.Account.Name",),
        only={"IsPublished": "IsPublished = true", "CreatedBy.UserType": f"CreatedBy.UserType NOT IN {OURS}"},
    ),
    Source(
        object="Case",
        texts=("Subject", "Description"),
        sent=STAMPED,
        case="Id",
        names=("SuppliedName", "Account.Name"),
        only={"SuppliedEmail": "SuppliedEmail != null", "Origin": "Origin NOT IN ('Email', 'E-mail')"},
        is_case=True,
    ),
)
"""A case that came by e-mail repeats the e-mail, and one without the sender's address was written down by our own people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A source as this org shows it."""

    source: Source
    columns: tuple[str, ...]
    cursor: str
    is_sortable: bool

    @property
    def stream(self) -> Stream:
        return stream(self.source.object)


@dataclass(slots=True)
class Messages:
    """The part of the reader that reads texts."""

    client: Client
    schema: OrgSchema
    scan: Scan
    _missing: list[Problem] = field(default_factory=list)
    _fitted: list[Fitted] | None = None

    @property
    def fitted(self) -> Sequence[Fitted]:
        """What may be read here, looked at once."""
        if self._fitted is None:
            self.schema.prefetch(self.objects)
            self._fitted = [one for source in self._wanted if (one := self._fit(source)) is not None]
        return self._fitted

    @property
    def _wanted(self) -> Sequence[Source]:
        return [source for source in SOURCES if self.scan.cases or not source.is_case]

    @property
    def objects(self) -> Sequence[str]:
        """The objects that have to be described."""
        return [*(source.object for source in self._wanted), "User", "Account"]

    def streams(self) -> Sequence[Stream]:
        return [one.stream for one in self.fitted]

    def missing(self) -> Sequence[Problem]:
        """The objects that clients write into and that are not read here."""
        return self._missing if self.fitted is not None else ()

    def tables(self, found: Sequence[Table], resolution: Resolution) -> Sequence[Table]:
        """The tables, with what messages became in `incidents`, beside what people entered."""
        if not self.fitted:
            return found
        entered = next((table for table in found if table.name == "incidents"), None)
        scanned = [one.stream.name for one in self.fitted]
        owners = [name for name in OWNED if name in resolution.pulls and "AccountId" in resolution.pulls[name].stream.columns]
        made = Table(
            name="incidents",
            object=entered.object if entered is not None else "Case",
            streams=(
                *(entered.streams if entered is not None else ()),
                *scanned,
                *owners,
                *(["Account"] if "Account" in resolution.pulls else []),
            ),
            query=together(entered.query if entered is not None else None, _query(scanned, owners)),
            values=entered.values if entered is not None else {},
            columns=tuple(dict.fromkeys([*(entered.columns if entered is not None else ()), *KEPT])),
        )
        return [*(table for table in found if table is not entered), replace(made, streams=tuple(dict.fromkeys(made.streams)))]

    def forecast(self, since: Mapping[str, str], org: str) -> list[int]:
        """The calls that each object will take: what is read in full is counted, of the others a page is expected."""
        whole = [one for one in self.fitted if self._mark(one, since, org) is None]
        texts = [soql.select(["COUNT()"], one.source.object, self._where(one, None)) for one in whole]
        answers = ask(self.client, [query_all(text) for text in texts], "count messages")
        sizes = [int(answer["totalSize"]) if answer is not None else 0 for answer in answers]
        return [1] * (len(self.fitted) - len(whole)) + [max(1, -(-size // A_PAGE)) for size in sizes]

    def pull(self, since: Mapping[str, str], landing: Landing, org: str) -> Iterator[Landed]:
        """Read each object; one that cannot be read is told, and its incidents stay as they were."""
        for one in self.fitted:
            mark = self._mark(one, since, org)
            try:
                yield self._read(one, mark, landing, org)
            except QuotaExhausted:
                raise
            except CrmError as error:
                log.warning("messages not read", crm=CRM, object=one.source.object, error=type(error).__name__)
                lacking = Problem(where=f"{CRM} {one.source.object}", what=f"messages not read: {error.message}")
                empty = Findings(landing.file(one.stream.name, ".csv"))
                yield _landed(one, empty, full=False, watermark=since.get(one.stream.name), problems=(lacking,))

    def check(self) -> Iterator[Check]:
        """One line for each object whose texts are wanted."""
        for one in self.fitted:
            yield Check(subject=f"texts of {one.source.object}", state="ok", detail="what clients wrote is read in memory")
        for problem in self._missing:
            subject = f"texts of {problem.where.removeprefix(f'{CRM} ')}{f'.{problem.column}' if problem.column else ''}"
            yield Check(subject=subject, state="warning", detail=problem.what, mend="grant Read on it, or switch privacy.text_scan off")

    # ------------------------------------------------------------ one object

    def _mark(self, one: Fitted, since: Mapping[str, str], org: str) -> str | None:
        """Where to go on; None for the marks of another org or of other lexicons."""
        stamp, _, of = since.get(one.stream.name, "").partition(" ")
        return stamp if of == f"{org} {self.scan.mark}" else None

    def _where(self, one: Fitted, mark: str | None) -> list[str]:
        recent = f"{one.source.sent} >= {soql.literal(self.scan.since)}"
        return [*one.source.only.values(), recent, *([soql.since(one.cursor, mark)] if mark else [])]

    def _fit(self, source: Source) -> Fitted | None:
        described = self.schema.describe(source.object)
        if described is None or not described.queryable:
            self._tell(source, None, "the object does not exist or is hidden from the integration user")
            return None
        cursor = next((at for name in soql.CURSORS if (at := described.field(name)) is not None and at.filterable), None)
        lacking = next((name for name in (source.sent, *source.only) if self._shown(described, name) is None), None)
        texts = [name for name in (*source.texts, *source.either) if self._shown(described, name)]
        if lacking is not None or cursor is None or not texts:
            self._tell(source, lacking or "SystemModstamp", "without this field nobody can tell what a client wrote, and when")
            return None
        wanted = ("Id", "IsDeleted", cursor.name, STAMPED, source.sent, source.case, source.related, *source.names, *texts)
        columns = dict.fromkeys(found for name in wanted if name and (found := self._shown(described, name)))
        return Fitted(source=source, columns=tuple(columns), cursor=cursor.name, is_sortable=cursor.sortable)

    def _shown(self, described: Description, name: str) -> str | None:
        found = field_at(described, name, self.schema.describe)
        return found[0] if found is not None else None

    def _tell(self, source: Source, column: str | None, why: str) -> None:
        self._missing.append(Problem(where=f"{CRM} {source.object}", column=column, what=f"messages are not read: {why}"))

    def _read(self, one: Fitted, mark: str | None, landing: Landing, org: str) -> Landed:
        started, found = self.client.server_date, Findings(landing.file(one.stream.name, ".csv"))
        newest, expected = None, None
        for page in self._pages(one, mark):
            expected = int(page["totalSize"]) if expected is None else expected
            for record in page["records"]:
                self._take(one, record, found, is_full=mark is None)
                newest = str(record[one.cursor])
        fetched = Fetched(files=(), records=found.messages, newest=newest, started=started)
        stamp = going_on(fetched, mark)
        lacking: tuple[Problem, ...] = ()
        if found.messages < (expected or 0):
            lacking = (Problem(where=f"{CRM} {one.source.object}", what=f"{found.messages} of {expected} messages were read"),)
            stamp = mark
        return _landed(one, found, full=mark is None, watermark=f"{stamp} {org} {self.scan.mark}" if stamp else None, problems=lacking)

    def _pages(self, one: Fitted, mark: str | None) -> Iterator[Mapping[str, Any]]:
        """Page in the order of the stamps; a place that Salesforce has forgotten is found again behind the last row."""
        source, path, operation = one.source, f"{self.client.root}/queryAll", f"read {one.source.object}"
        where = self._where(one, mark)
        order = (one.cursor, "Id") if one.is_sortable else ()
        at, params = path, {"q": soql.select(one.columns, source.object, where, order)}
        last: Mapping[str, Any] | None = None
        broken = 0
        while True:
            try:
                page = self.client.page(at, operation, params or None, PAGE)
            except Refused as error:
                broken += 1
                if error.code != "INVALID_QUERY_LOCATOR" or broken > BROKEN_PAGINGS:
                    raise
                behind = [soql.after(one.cursor, str(last[one.cursor]), str(last["Id"]))] if last is not None and one.is_sortable else []
                at, params = path, {"q": soql.select(one.columns, source.object, [*where, *behind], order)}
                continue
            yield page
            if page["done"]:
                return
            last = page["records"][-1] if page["records"] else last
            at, params = next_page(page), {}

    def _take(self, one: Fitted, record: Mapping[str, Any], found: Findings, *, is_full: bool) -> None:
        """Classify one record and forget it. What was changed or deleted since it was made may have to be taken back."""
        source, is_gone = one.source, bool(record.get("IsDeleted"))
        body = next((text for name in source.either if (text := record.get(name))), None)
        message = Message(
            message_id=f"{source.object}:{record['Id']}",
            sent_at=record.get(source.sent),
            texts=() if is_gone else tuple(text for text in (*(record.get(name) for name in source.texts), body) if text),
            case_id=record.get(source.case),
            account_id=record.get(source.related) if source.related else None,
            direction="in",
        )
        names = tuple(str(name) for path in source.names if (name := _at(record, path)))
        is_news = record.get(STAMPED) == record.get(one.cursor) and not is_gone
        found.add(message.message_id, self.scan.found(message, names), takes_back=not is_full and not is_news)


def _landed(one: Fitted, found: Findings, *, full: bool, watermark: str | None, problems: tuple[Problem, ...]) -> Landed:
    return Landed(
        stream=one.stream,
        files=(found.path,),
        relation=relation(),
        rows=found.rows,
        full=full,
        watermark=watermark,
        complete=not problems,
        problems=problems,
    )


def _at(record: Mapping[str, Any], path: str) -> Any:
    value: Any = record
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _query(scanned: Sequence[str], owners: Sequence[str]) -> str:
    """The incidents of all objects. Whose they are is said by the records of today, since accounts are merged and cases change hands."""
    rows = "\nUNION ALL\n".join(f'SELECT {", ".join(COLUMNS)} FROM raw_{CRM}."{name}"' for name in scanned)
    owned = "\nUNION ALL\n".join(
        ['SELECT "Id" AS id, "Id" AS account_id FROM raw_salesforce."Account"']
        + [f'SELECT "Id" AS id, "AccountId" AS account_id FROM raw_{CRM}."{name}"' for name in owners]
    )
    kept = ", ".join(f"m.{name}" for name in KEPT if name not in {"account_id", "case_id"})
    return f"""WITH m AS (
{rows}
), whose AS (
{owned}
)
SELECT {kept},
    CASE WHEN coalesce(m.case_id, m.account_id) LIKE '500%' THEN coalesce(m.case_id, m.account_id) END AS case_id,
    coalesce(c.account_id, r.account_id) AS account_id
FROM m
LEFT JOIN whose AS c ON c.id = m.case_id
LEFT JOIN whose AS r ON r.id = m.account_id
WHERE m.category IS NOT NULL"""

"""What a generated portfolio is: canonical rows, who holds them, and the stories hidden in them. Values only; nothing here knows a CRM's API.

rows      plain dicts with the columns of rules/facts.sql: dates, aware UTC datetimes, Decimals; None is unknown
held_in   which CRM holds a row: most clients live in one, some in both
profile   what a CRM shows and no rule reads: town, trade, the client's own turnover (a trap), how it is linked to its twin
stories   what a reader is meant to see, and what must not be flagged
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from connectors.sandbox.portfolio.days import Days
    from rules.model import Severity

Row = dict[str, Any]
Twin = Literal["", "domain", "registration_id", "id"]
SALESFORCE, HUBSPOT = "salesforce", "hubspot"
BOTH = (SALESFORCE, HUBSPOT)

TABLES: Final = (
    "accounts",
    "revenue",
    "invoices",
    "contracts",
    "orders",
    "order_changes",
    "cases",
    "incidents",
    "activities",
    "contacts",
    "hours",
    "pipeline",
    "rates",
    "owners",
    "company",
)
"""The canonical tables that a portfolio fills."""

SUPPORT: Final = frozenset({"cases", "incidents"})
"""What HubSpot holds of a client that is in both CRMs: the help desk lives there, the rest in Salesforce."""

NINE: Final = ("DEP-01", "VOL-01", "PAY-01", "PAY-02", "BEH-02", "OPS-01", "CTS-01", "GOV-01", "CON-01")
"""The account rules that stay silent on everything ordinary."""


class Profile(NamedTuple):
    """What surrounds a client in a CRM. `twin` tells how two records of one client can be linked: by domain, registration_id or id."""

    city: str
    trade: str
    branch: str
    turnover: int
    twin: Twin = ""


class Person(NamedTuple):
    """An invented person; `email` ends in a domain that nobody can own."""

    first: str
    last: str
    email: str


class Text(NamedTuple):
    """What a record says in words. No rule reads it and nothing of ours may repeat it."""

    subject: str
    body: str = ""


class Duplicate(NamedTuple):
    """A record that was merged into `winner` and is gone; it had received the documents issued at most `ago` days before today."""

    account_id: str
    winner: str
    crm: str
    ago: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One client a manager would recognise.

    `expected` gives the least level of each rule that must speak, `at_most` the highest level a rule may reach (None: it stays
    silent). `once_typed` is expected after people have typed what `Portfolio.entries` holds. `account` None: the whole portfolio.
    """

    slug: str
    account: str | None
    crm: str
    expected: Mapping[str, Severity]
    sentence: str
    sentence_en: str
    at_most: Mapping[str, Severity | None] = field(default_factory=dict)
    once_typed: Mapping[str, Severity] = field(default_factory=dict)

    @property
    def must_not_flag(self) -> bool:
        return not self.expected


def quiet(**loosened: Severity) -> dict[str, Severity | None]:
    """Give the limits of a client that no rule may single out: DEP-01 may note its share (info), the other eight stay silent."""
    return {rule: "info" if rule == "DEP-01" else None for rule in NINE} | {
        name.replace("_", "-"): level for name, level in loosened.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """Three years of a company's clients, as of `days.today`.

    `documents` are invoices and credit notes: a row has the columns of `invoices` and those of `revenue`; `rows` gives either table.
    `entries` is what people type into our fields once they exist. `copied`: clients in both CRMs whose recent documents an accounting
    tool also pushes to HubSpot; they are the same documents and count once.
    """

    days: Days
    seed: int
    home_currency: str
    zone: str
    tables: Mapping[str, list[Row]]
    documents: list[Row]
    crms: Mapping[str, tuple[str, ...]]
    profiles: Mapping[str, Profile]
    people: Mapping[str, Person]
    texts: Mapping[str, Text]
    entries: Mapping[str, Row]
    duplicates: tuple[Duplicate, ...]
    copied: frozenset[str]
    stories: tuple[Story, ...]

    @property
    def today(self) -> date:
        return self.days.today

    def rows(self, table: str) -> Iterator[Row]:
        """Canonical rows of one table, each client once, as a single export of everything would give them."""
        if table == "invoices":
            return ({name: row[name] for name in INVOICE} for row in self.documents if row["kind"] == "invoice")
        if table == "revenue":
            return (_line(row) for row in self.documents if row["status"] in BOOKED)
        if table == "accounts":
            return (row | self.entries.get(row["account_id"], {}) for row in self.tables["accounts"])
        return iter(self.tables[table])

    def held_in(self, table: str, account_id: str) -> tuple[str, ...]:
        """The CRMs that hold this client's rows of a table (documents of `copied` clients are in HubSpot besides)."""
        crms = self.crms[account_id]
        if table == "accounts" or len(crms) == 1:
            return crms
        return (HUBSPOT,) if table in SUPPORT else (SALESFORCE,)

    def story(self, slug: str) -> Story:
        return next(story for story in self.stories if story.slug == slug)

    def confidential(self) -> frozenset[str]:
        """Every name, address and sentence planted in the records that nothing of ours may ever repeat."""
        people = {part for person in self.people.values() for part in (f"{person.first} {person.last}", person.email)}
        return frozenset(people | {text.body for text in self.texts.values() if text.body})


def chosen(wanted: str, offered: Sequence[str]) -> str:
    """Give what a person would tick in a pick list: the wanted entries where the list has them, else as many others of it."""
    if not offered:
        return wanted
    entries = wanted.split(";")
    same = [entry for entry in entries if entry in offered]
    others = [entry for entry in offered if entry not in same]
    return ";".join([*same, *others][: len(entries)])


BOOKED: Final = frozenset({"open", "paid"})
"""Statuses of a document that is in the books; a draft or a cancelled one brings no revenue."""

INVOICE: Final = (
    "invoice_id",
    "account_id",
    "issue_date",
    "due_date",
    "paid_date",
    "amount",
    "open_amount",
    "currency",
    "status",
    "disputed",
    "own_fault",
)


def _line(row: Row) -> Row:
    return {
        "line_id": row["invoice_id"],
        "account_id": row["account_id"],
        "date": row["issue_date"],
        "amount": row["amount"],
        "currency": row["currency"],
        "kind": row["kind"],
        "category": row["category"],
        "direct_cost": row["direct_cost"],
    }

"""Who the clients are and what they owe: accounts, contacts, contracts, invoices, quotes, and the story that each one stands for.

With diary.py, which it extends, the portfolio while it is being written: the same calls give the same portfolio.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from connectors.sandbox.portfolio import names
from connectors.sandbox.portfolio.days import term_end, worked
from connectors.sandbox.portfolio.diary import Client, Diary
from connectors.sandbox.portfolio.model import BOTH, Duplicate, Profile, Row, Story

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from connectors.sandbox.portfolio.model import Person, Twin
    from rules.model import Severity


def money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


class Book(Diary):
    """The portfolio while it is being written."""

    def __init__(self, today: date, seed: int, zone: str) -> None:
        super().__init__(today, zone)
        self.seed = seed
        self.documents: list[Row] = []
        self.crms: dict[str, tuple[str, ...]] = {}
        self._domains: set[str] = set()
        self._invented = 0
        self.profiles: dict[str, Profile] = {}
        self.people: dict[str, Person] = {}
        self.entries: dict[str, Row] = {}
        self.duplicates: list[Duplicate] = []
        self.copied: set[str] = set()
        self.stories: list[Story] = []

    def client(
        self,
        crms: tuple[str, ...],
        since: int,
        *,
        name: str = "",
        trade: str = "",
        twin: Twin = "",
        branch: str | None = None,
        owner: str | None = None,
        parent: str | None = None,
        currency: str = "EUR",
        country: str = "FR",
        terms: int = 30,
    ) -> Client:
        """Open an account `since` days ago. Without a name it gets the next invented one."""
        index = len(self.crms)
        rnd = Random(self.seed * 1_000_003 + index)
        if not name:
            name, trade = self._unused_name()
        branch = branch or names.BRANCHES[int(rnd.random() * 3)]
        towns = names.CITIES[branch]
        account_id = f"C{index + 1:06d}"
        domain = names.domain(name)
        self._domains.add(domain)
        owner = owner or OWNERS[branch][index % len(OWNERS[branch])]
        self.crms[account_id] = crms
        self.profiles[account_id] = Profile(
            towns[int(rnd.random() * len(towns))], trade, branch, 400_000 + int(rnd.random() * 60_000) * 1000, twin
        )
        self._add(
            "accounts",
            account_id=account_id,
            name=name,
            parent_id=parent,
            owner_id=owner,
            created_at=self.days.at(since, 95),
            domain=domain,
            registration_id=names.siren(index) if country == "FR" else None,
            country=country,
            is_person=False,
            currency=currency,
            payment_terms_days=terms,
        )
        return Client(id=account_id, name=name, domain=domain, crms=crms, owner=owner, currency=currency, terms=terms, trade=trade, rnd=rnd)

    def _unused_name(self) -> tuple[str, str]:
        """Invent a company that no story has taken."""
        while True:
            name, trade = names.company(self._invented)
            self._invented += 1
            if names.domain(name) not in self._domains:
                return name, trade

    def document(
        self,
        client: Client,
        ago: int,
        cents: int,
        *,
        late: int | None = 0,
        status: str = "",
        kind: str = "invoice",
        direct: float | None = None,
        disputed: bool = False,
        own_fault: bool = False,
        terms: int | None = None,
    ) -> str:
        """An invoice or credit note. It is paid `late` days after it falls due (before: negative), never when None."""
        issued = self.days.ago(ago)
        due = issued + timedelta(days=client.terms if terms is None else terms)
        paid = None if late is None else worked(due + timedelta(days=late))
        if paid is not None and paid >= self.days.today:
            paid = None
        status = status or ("open" if paid is None else "paid")
        amount = money(cents)
        document_id = f"F{len(self.documents) + 1:07d}"
        self.documents.append(
            {
                "invoice_id": document_id,
                "account_id": client.id,
                "issue_date": issued,
                "due_date": due,
                "paid_date": paid if status == "paid" else None,
                "amount": amount,
                "open_amount": amount if status == "open" else Decimal(0),
                "currency": client.currency,
                "status": status,
                "disputed": disputed,
                "own_fault": own_fault,
                "kind": kind,
                "category": client.trade,
                "direct_cost": None if direct is None else money(int(cents * direct)),
            }
        )
        return document_id

    def contact(self, client: Client, since: int, title: str, *, decides: bool, role: str = "", until: int | None = None) -> str:
        number = len(self.tables["contacts"]) + 1
        contact_id = f"P{number:06d}"
        self.people[contact_id] = names.person(number, client.domain)
        self._add(
            "contacts",
            contact_id=contact_id,
            account_id=client.id,
            title=title,
            role=role or None,
            is_decision_maker=decides,
            since=self.days.ago(since),
            until=None if until is None else self.days.ago(until),
        )
        return contact_id

    def contract(
        self, client: Client, since: int, *, months: int | None = None, committed: int | None = None, notice: int = 3, special: bool = False
    ) -> None:
        """A contract in force; without `months` it runs until someone ends it. `committed` is in whole units of the client's currency."""
        start = self.days.ago(since)
        self._add(
            "contracts",
            contract_id=f"X{len(self.tables['contracts']) + 1:06d}",
            account_id=client.id,
            start_date=start,
            end_date=None if months is None else term_end(start, months),
            committed_amount=None if committed is None else Decimal(committed),
            currency=client.currency,
            notice_months=notice,
            status="active",
            special_terms=special,
        )

    def deal(self, client: Client, ago: int, cents: int, *, stage: str, lasts: int = 60, new: bool = False) -> None:
        """A quote: asked for `ago` days ago, decided `lasts` days later (in the future while it is open)."""
        closed = stage in {"won", "lost"}
        chance = {"qualification": 0.2, "proposal": 0.4, "negotiation": 0.6, "won": 1.0, "lost": 0.0}[stage]
        self._add(
            "pipeline",
            deal_id=f"D{len(self.tables['pipeline']) + 1:06d}",
            account_id=client.id,
            amount=money(cents),
            currency=client.currency,
            probability=chance,
            stage=stage,
            created_at=self.days.at(ago, 120),
            expected_close=self.days.today - timedelta(days=ago - lasts),
            closed_at=self.days.at(ago - lasts, 300) if closed else None,
            is_won=stage == "won",
            is_new_business=new,
        )

    def story(
        self,
        slug: str,
        client: Client | None,
        expected: Mapping[str, Severity],
        sentence: str,
        sentence_en: str,
        *,
        at_most: Mapping[str, Severity | None] | None = None,
        once_typed: Mapping[str, Severity] | None = None,
    ) -> None:
        self.stories.append(
            Story(
                slug=slug,
                account=client.id if client else None,
                crm=client.crm if client else BOTH[0],
                expected=expected,
                sentence=sentence,
                sentence_en=sentence_en,
                at_most=at_most or {},
                once_typed=once_typed or {},
            )
        )


OWNERS: dict[str, tuple[str, ...]] = {"Lyon": ("U05", "U06"), "Nantes": ("U07", "U10"), "Lille": ("U08", "U09")}
"""Who looks after the clients of each branch; U10 has left and nobody has taken his clients over yet."""

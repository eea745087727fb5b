"""Everybody else: the regular clients of some size, the many small ones, the people who look after them, and the company itself."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from connectors.sandbox.portfolio.book import OWNERS
from connectors.sandbox.portfolio.model import BOTH, HUBSPOT, SALESFORCE, Person, Text
from connectors.sandbox.portfolio.rhythm import HISTORY, Trade, bill, buy, regular, serve, staff

if TYPE_CHECKING:
    from connectors.sandbox.portfolio.book import Book
    from connectors.sandbox.portfolio.diary import Client
    from connectors.sandbox.portfolio.model import Twin

COMPANY: Final = "Rivoalec Industrie & Services"
HOUSE: Final = "rivoalec.example"
_STAFF: Final = (
    ("U01", "Hélène", "Rivoalec", "manager", None),
    ("U02", "Jérôme", "Castelvieux", "sales", "U01"),
    ("U03", "Nadège", "Lamouricet", "finance", "U01"),
    ("U04", "Pascal", "Ternoizel", "operations", "U01"),
    ("U05", "Clément", "Basterot", "account owner", "U02"),
    ("U06", "Leïla", "Montagnier-Roz", "account owner", "U02"),
    ("U07", "Soizic", "Quélennec-Mor", "account owner", "U02"),
    ("U08", "Fabien", "Wasquehart", "account owner", "U02"),
    ("U09", "Justine", "Delorval", "account owner", "U02"),
    ("U10", "Olivier", "Pornizelle", "account owner", "U02"),
    ("U11", "Amandine", "Grivelot", "marketing", "U01"),
)
GONE: Final = "U10"
"""He left last spring; his clients still bear his name."""


def people(book: Book) -> None:
    """Enter who works here, in both CRMs."""
    for owner_id, first, last, role, manager in _STAFF:
        email = f"{owner_id.lower()}@{HOUSE}"
        book.people[owner_id] = Person(first, last, email)
        book.tables["owners"].append(
            {
                "owner_id": owner_id,
                "name": f"{first} {last}",
                "email": email,
                "role": role,
                "manager_id": manager,
                "active": owner_id != GONE,
                "language": "fr",
            }
        )


def company(book: Book, scale: float) -> None:
    """Enter what only the accountant knows."""
    book.tables["company"].append(
        {
            "cash": Decimal(round(780_000 * scale)),
            "operating_result_12m": Decimal(round(410_000 * scale)),
            "fixed_cost_month": Decimal(round(165_000 * scale)),
            "hourly_cost": 42.0,
            "annual_penalty_rate": 0.1215,
            "finance_rate": 0.06,
            "rush_cost_per_order": Decimal(90),
        }
    )


def middle(book: Book, scale: float) -> None:
    """Nine regular clients of 70 000 to 130 000 a year, so that the first twenty are all clients with a rhythm."""
    for number in range(9):
        crms = ((SALESFORCE,), (HUBSPOT,), BOTH)[number % 3]
        client = book.client(crms, 1150, twin="domain" if crms == BOTH else "")
        if crms == BOTH and number == 8:
            book.copied.add(client.id)
        regular(book, client, Trade(yearly=(70_000 + 7_500 * number) * scale, habit=number % 2))
        book.deal(client, 40, round(9_000_00 * scale), stage=("proposal", "negotiation", "qualification")[number % 3], lasts=75)
        book.deal(client, 200, round(14_000_00 * scale), stage="won", lasts=45)


def small(book: Book, *, lean: bool) -> Client:
    """One small client: a few orders and invoices a year, a question now and then. `lean` keeps a year and a half of it."""
    number = len(book.crms)
    crms = BOTH if number % 9 == 4 else ((SALESFORCE,) if number % 9 < 5 else (HUBSPOT,))
    client = book.client(crms, HISTORY, twin=_TWINS[number // 9 % 3] if crms == BOTH else "")
    chance = client.rnd.random()
    yearly = 400 + 1_500 * chance if number % 10 < 6 else (1_800 + 4_000 * chance if number % 10 < 9 else 6_000 + 12_000 * chance)
    every = 130 if number % 10 < 6 else (75 if number % 10 < 9 else 35)
    first, last = _span(number, client.rnd.random(), lean=lean)
    trade = Trade(
        yearly=yearly,
        every=every * 2 if lean else every,
        first=first,
        last=last,
        growth=0.10 * client.rnd.random() - 0.03,
        direct=0.5 + 0.08 * client.rnd.random(),
        hours=0.09 + 0.05 * client.rnd.random(),
        habit=int(client.rnd.random() * 1.4),
    )
    _live(book, client, trade, lean=lean)
    return client


def _span(number: int, chance: float, *, lean: bool) -> tuple[int, int]:
    """The ages of the first and the last invoice: most clients go on, some began lately, some have stopped."""
    whole = 540 if lean else HISTORY
    if number % 13 == 6:
        return 60 + int(chance * 240), 5 + int(chance * 30)
    if number % 13 == 11:
        return whole, 200 + int(chance * 150)
    return whole - int(chance * 200), 4 + int(chance * 50)


def _live(book: Book, client: Client, trade: Trade, *, lean: bool) -> None:
    decider = staff(book, client, trade.first + 60)
    bill(book, client, trade)
    pace = trade.every * 2 if lean else trade.every
    buy(book, client, first=trade.first + 16, last=max(trade.last - 20, 1), every=pace, lead=10)
    serve(book, client, trade, first=trade.first, last=trade.last - 1, every=pace, overtime=0.01)
    book.contract(client, trade.first + 25)
    number = len(book.crms)
    if not lean or number % 3 == 0:
        ago = trade.last + int(client.rnd.random() * 200)
        book.activity(client, ago, "meeting" if number % 2 else "call", 60 if number % 2 else 15, contact=decider, topic="other")
        book.case(
            client,
            ago + 20,
            ("question", "request", "incident", "complaint")[number % 4],
            own_fault=number % 8 == 3,
            text=_SMALL[number % 4],
        )
    if number % 11 == 5:
        book.deal(
            client,
            30 + number % 50,
            round(trade.yearly * 40),
            stage=("qualification", "proposal")[number % 2],
            lasts=90,
            new=number % 22 == 5,
        )
    if number % 17 == 3 and len(trade.ages()) > 2:
        book.document(client, trade.last + 9, round(trade.yearly * 3), kind="credit_note", status="paid", direct=0.0)
    if number % 97 == 50:
        book.document(client, 2, round(trade.yearly * 10), late=None, status="draft")
        book.document(client, trade.last + 30, round(trade.yearly * 10), late=None, status="voided")
        book.order(client, 40, lead=10, status="cancelled")


_TWINS: Final[tuple[Twin, ...]] = ("domain", "registration_id", "id")
_SMALL: Final = (
    Text("Question sur un devis"),
    Text("Demande de certificat matière"),
    Text("Palette abîmée au transport"),
    Text("Réclamation sur une cote"),
)

__all__ = ["COMPANY", "GONE", "HOUSE", "OWNERS", "company", "middle", "people", "small"]

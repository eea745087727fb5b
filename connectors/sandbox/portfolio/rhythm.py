"""How an ordinary client lives: it orders, is served, is invoiced and pays, has a question now and then, and is met.

The irregularities are bounded, not only rare: whatever the seed, an ordinary client stays on the quiet side of every account rule.

    payment    at most every second invoice late, by 11 days at most       (PAY-01 asks for a mean of 15, or .70 of the invoices)
    rush       at most one order in eight                                  (OPS-01 asks for .25)
    service    direct cost and hours leave more than .25 of the revenue    (CTS-01 asks for .10)
    deciders   nobody new in the last 200 days                             (GOV-01 looks at 180)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from connectors.sandbox.portfolio.model import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.sandbox.portfolio.book import Book
    from connectors.sandbox.portfolio.diary import Client

HOURLY: Final = 42.0
"""What an hour of ours costs, in euros."""
YEAR: Final = 365
HISTORY: Final = 1090
"""Days of history: three years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """What a client buys: `yearly` euros over the last twelve months, invoiced `every` so many days from `first` to `last` days ago.

    `direct` and `hours` are shares of the revenue: bought-in cost, and our time at HOURLY. `season` weighs an invoice by its age;
    `units` gives the foreign units of one euro at an age. `habit` 1: pays every second invoice late.

    The pace of 30 days from day 10 puts the same number of invoices into the last three months and into the same months a year ago,
    whatever the lengths of the months.
    """

    yearly: float
    every: int = 30
    first: int = HISTORY
    last: int = 10
    growth: float = 0.03
    direct: float = 0.54
    hours: float = 0.12
    habit: int = 0
    season: Callable[[int], float] | None = None
    units: Callable[[int], float] | None = None

    def ages(self) -> range:
        """The ages of the invoices, oldest first."""
        return range(self.last + (self.first - self.last) // self.every * self.every, self.last - 1, -self.every)

    def cents(self, client: Client, ago: int) -> int:
        """What is invoiced at this age, in the client's currency."""
        growth = (1 + self.growth) ** (0.5 - ago / YEAR)
        euros = self.yearly * self.every / YEAR * float(growth) * (0.94 + 0.12 * client.rnd.random())
        return round(100 * euros * (self.season(ago) if self.season else 1) * (self.units(ago) if self.units else 1))


def bill(book: Book, client: Client, trade: Trade, late: Callable[[int, int], int | None] | None = None) -> None:
    """Invoice and be paid. `late` (number, age) gives the delay of a client that does not pay as most do."""
    shift = int(client.rnd.random() * 4)
    for number, ago in enumerate(trade.ages()):
        delay = late(number, ago) if late else usual_delay(client, number + shift, trade.habit)
        book.document(client, ago, trade.cents(client, ago), late=delay, direct=trade.direct)


def usual_delay(client: Client, number: int, habit: int) -> int:
    """Days between the due date and the payment; three or fewer do not count as late."""
    chance = client.rnd.random()
    if number % (2 if habit else 4) == 0:
        return 4 + int(chance * 8)
    return int(chance * 9) - 5


def buy(book: Book, client: Client, *, first: int, last: int, every: int, lead: int = 14, urgent: int = 8) -> None:
    """Order at a steady pace; one order in `urgent` is a rush (0: none), one in eleven leaves us two days late."""
    shift = int(client.rnd.random() * 88)
    for number, ago in enumerate(range(first, last, -every), start=shift):
        rush = urgent > 0 and number % urgent == 0
        asked = lead * 2 // 5 if rush else lead + int(client.rnd.random() * 6)
        book.order(client, ago, lead=lead, asked=asked, slip=2 if number % 11 == 5 else -int(client.rnd.random() * 3), rush=rush)


def serve(book: Book, client: Client, trade: Trade, *, first: int, last: int, every: int = 7, overtime: float = 0.02) -> None:
    """Hand in a time sheet `every` so many days; `overtime` is the share of the hours paid at a premium."""
    per_sheet = trade.yearly * trade.hours / HOURLY * every / YEAR
    for ago in range(first, last, -every):
        hours = per_sheet * (1 + trade.growth) ** (0.5 - ago / YEAR) * (0.9 + 0.2 * client.rnd.random())
        extra = hours * overtime
        book.worked(client, ago, hours, overtime_25=extra * 0.7, overtime_50=extra * 0.3, weekend=extra * 0.2)


_ASKS: Final = (
    ("question", "low", Text("Question sur un bon de livraison")),
    ("request", "normal", Text("Demande de duplicata de facture")),
    ("incident", "normal", Text("Colis incomplet à réception")),
    ("question", "normal", Text("Délai pour une nouvelle référence")),
    ("request", "low", Text("Changement d'adresse de livraison")),
    ("complaint", "high", Text("Réclamation sur un lot non conforme")),
)


def ask(book: Book, client: Client, *, first: int, last: int, every: int) -> None:
    """Open a case now and then; one in six is a complaint, and every other one of those is right."""
    shift = int(client.rnd.random() * 12)
    for number, ago in enumerate(range(first, last, -every), start=shift):
        category, priority, text = _ASKS[number % len(_ASKS)]
        faulty = category == "complaint" and number // len(_ASKS) % 2 == 0
        answered = 40 + int(client.rnd.random() * 240)
        book.case(
            client,
            ago,
            category,
            priority=priority,
            answered=answered,
            closed=1 + int(client.rnd.random() * 6),
            own_fault=faulty,
            text=text,
        )


def meet(book: Book, client: Client, contact: str, *, first: int, last: int, every: int) -> None:
    """Visit or call the client on our initiative; advice and routine take turns, and so do visits and calls.

    Each client begins at another step: the companies of one family must not all talk strategy in the same half-year.
    """
    for number, ago in enumerate(range(first, last, -every), start=int(client.id.lstrip("C")) % 6):
        if number % 3 == 2:
            book.activity(client, ago, "call", 20, contact=contact)
        else:
            book.activity(
                client, ago, "meeting", 60, contact=contact, topic="advisory" if number % 2 else "transactional", on_site=number % 2 == 0
            )


DECIDERS: Final = ("Directeur général", "Directrice des achats", "Gérant", "Responsable de production", "Présidente")


def staff(book: Book, client: Client, since: int, *, more: bool = False) -> str:
    """Give the client its decision maker, long in place, and with `more` someone who decides nothing. Gives the decider's id."""
    title = DECIDERS[int(client.rnd.random() * len(DECIDERS))]
    decider = book.contact(client, max(since, 240), title, decides=True, role="Decision Maker")
    if more:
        book.contact(client, max(since - 150, 220), "Assistante logistique", decides=False)
    return decider


def regular(
    book: Book, client: Client, trade: Trade, *, late: Callable[[int, int], int | None] | None = None, orders: int = 30, asks: int = 55
) -> str:
    """Write the whole life of a client of some size: monthly orders and invoices, weekly hours, a meeting every six weeks."""
    decider = staff(book, client, trade.first + 60, more=True)
    buy(book, client, first=trade.first + 15, last=max(trade.last - 3, 1), every=orders)
    bill(book, client, trade, late)
    serve(book, client, trade, first=trade.first, last=max(trade.last - 3, 1))
    ask(book, client, first=trade.first - 20, last=max(trade.last, 2), every=asks)
    meet(book, client, decider, first=trade.first - 10, last=max(trade.last, 5), every=42)
    book.contract(client, trade.first + 30)
    return decider

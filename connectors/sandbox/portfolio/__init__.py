"""A believable company's client portfolio, out of nothing but a date and a seed.

    generate(today)  ->  Portfolio  ->  seed_salesforce, seed_hubspot   (the two CRMs of the sandbox)
                                    ->  as_csv                          (the same facts as canonical CSV files)

The company is a French maker and maintainer of some 12 M€ a year with three branches: industry and key accounts are run in Salesforce, services
and the web in HubSpot, and some clients are in both. Twenty-odd clients have a story; the others are meant to be ordinary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from connectors.sandbox.portfolio import crowd, quiet, trouble
from connectors.sandbox.portfolio.book import Book
from connectors.sandbox.portfolio.model import NINE, TABLES, Person, Portfolio, Profile, Row, Story, Text
from connectors.sandbox.portfolio.money import rate_rows
from connectors.sandbox.portfolio.table_files import as_csv

if TYPE_CHECKING:
    from datetime import date

Size = Literal["demo", "small"] | int

SIZES: Final = {"demo": 500, "small": 60}
SMALLEST: Final = 60
"""Below this the stories would not have a portfolio around them."""
LEAN: Final = 5_000
"""From this size on a small client brings some ten rows instead of forty: what a benchmark of accounts needs."""

_TROUBLE: Final = (
    trouble.threatens_to_leave,
    trouble.insults_staff,
    trouble.our_own_fault,
    trouble.late_payer,
    trouble.commitment_not_kept,
    trouble.costs_more_than_it_brings,
    trouble.new_marketing_director,
    trouble.branch_leader_stops,
    trouble.terms_beyond_the_ceiling,
)
_QUIET: Final = (
    quiet.seasonal,
    quiet.merged_duplicate,
    quiet.merged_in_hubspot,
    quiet.two_currencies,
    quiet.family_group,
    quiet.small_subsidiaries,
    quiet.brand_new,
    quiet.silent_but_small,
    quiet.forgotten_remainder,
    quiet.big_and_healthy,
    quiet.two_rushes,
    quiet.one_bad_day,
)


def generate(today: date, size: Size = "demo", seed: int = 20, zone: str = "Europe/Paris") -> Portfolio:
    """Write the portfolio as of `today`: `size` accounts (demo 500, small 60), the same for the same arguments.

    Only dates depend on `today`: an event lies the same number of days back whatever the day, moved to a working day.
    Raises ValueError for fewer than 60 accounts.
    """
    accounts = SIZES[size] if isinstance(size, str) else size
    if accounts < SMALLEST:
        raise ValueError(f"a portfolio has at least {SMALLEST} accounts, not {accounts}")
    scale = max(1.0, accounts / SIZES["demo"])
    book = Book(today, seed, zone)
    crowd.people(book)
    crowd.company(book, scale)
    book.tables["rates"] = rate_rows(today)
    historic = trouble.historic_client(book, scale)
    for write in _TROUBLE + _QUIET:
        write(book, scale)
    crowd.middle(book, scale)
    while len(book.crms) < accounts:
        crowd.small(book, lean=accounts >= LEAN)
    trouble.displaced(book, historic)
    _concentrated(book)
    return _finished(book, zone)


def _concentrated(book: Book) -> None:
    book.story(
        "portefeuille-concentre",
        None,
        {"DEP-04": "watch"},
        "Cinq clients font près des deux tiers du chiffre d'affaires : le tableau de bord est au vert, et il tient à cinq personnes.",
        "Five clients make nearly two thirds of the revenue: the dashboard is green, and it hangs on five people.",
    )


def _finished(book: Book, zone: str) -> Portfolio:
    return Portfolio(
        days=book.days,
        seed=book.seed,
        home_currency="EUR",
        zone=zone,
        tables=book.tables,
        documents=book.documents,
        crms=book.crms,
        profiles=book.profiles,
        people=book.people,
        texts=book.texts,
        entries=book.entries,
        duplicates=tuple(book.duplicates),
        copied=frozenset(book.copied),
        stories=tuple(book.stories),
    )


__all__ = ["NINE", "TABLES", "Person", "Portfolio", "Profile", "Row", "Size", "Story", "Text", "as_csv", "generate"]

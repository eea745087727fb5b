"""The data-quality notes that a company must get: (code, group), the group None where a note is about no client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.rules.oracle.money import KINDS

if TYPE_CHECKING:
    from datetime import date

    from tests.rules.oracle.book import Book, Row
    from tests.rules.oracle.verdicts import Verdicts

Note = tuple[str, str | None]
HAPPENED = {
    "revenue": ("date",), "invoices": ("issue_date", "paid_date"), "orders": ("ordered_at", "delivered_date"), "order_changes": ("changed_at",),
    "cases": ("opened_at", "first_response_at", "closed_at", "escalated_at"), "incidents": ("occurred_at",), "pipeline": ("created_at",),
    "hours": ("week",), "contacts": ("since",),
}  # fmt: skip
"""What cannot lie in the future; meetings, repairs and due dates may."""


def notes(plain: Verdicts) -> set[Note]:
    book, money = plain.book, plain.money
    found = _rates(plain) | _invoices(plain) | _load(book) | _future(book)
    found |= {(code, _named(book, book.group_of[account])) for code, account in book.clients.doubts}
    found |= {("DQ-03", group) for group in book.groups if money.net(group, money.year) < 0}
    if money.total(money.year) <= 0:
        found.add(("DQ-01", None))
    if money.first and min(money.first.values()) > money.year[0]:
        found.add(("DQ-07", None))
    kinds = KINDS[money.source]
    lines = [row for row in book.tables["revenue"] if (row.get("kind") or "invoice") in kinds and row.get("amount") is not None]
    if any(book.day(row, "date") is not None and row.get("account_id") is None for row in lines):
        found.add(("DQ-10", None))
    return found


def _named(book: Book, group: str | None) -> str | None:
    return None if group in book.persons else group


def _rates(plain: Verdicts) -> set[Note]:
    """DQ-02: lines of this year and the one before, invoices due in the year or open, running commitments, without a rate."""
    book, money = plain.book, plain.money
    found: set[Note] = set()
    for group, row in money.booked:
        if row["date"] >= money.last_year[0] and book.home(row["amount"], row.get("currency"), row["date"]) is None:
            found.add(("DQ-02", _named(book, group)))
    for group, bills in plain.payments.every.items():
        if any(bill.home is None and (bill.due >= money.year[0] or bill.is_open) for bill in bills):
            found.add(("DQ-02", _named(book, group)))
    for group, row in book.rows("contracts"):
        if money.covers(row) and row.get("committed_amount") is not None:
            home = book.home(row["committed_amount"], row.get("currency"), row["start_date"])
            found |= set() if home is not None else {("DQ-02", _named(book, group))}
    return found


def _invoices(plain: Verdicts) -> set[Note]:
    """DQ-06: a due date that nobody wrote, of an invoice due in the year or open."""
    start, end = plain.money.year
    return {
        ("DQ-06", _named(plain.book, group))
        for group, bills in plain.payments.bills.items()
        if any(bill.inferred and bill.issued is not None and (start <= bill.due < end or (bill.balance or 0) > 0) for bill in bills)
    }


def _load(book: Book) -> set[Note]:
    """DQ-08: a word that nobody knows; DQ-11: an id twice in one file."""
    found: set[Note] = {("DQ-11", None)} if book.spare else set()
    orders = {row["order_id"]: row.get("account_id") for row in book.tables["orders"]}
    for name, rows in book.tables.items():
        for row in rows:
            if row["odd"]:
                found.add(("DQ-08", _named(book, _group(book, name, row, orders))))
    return found


def _future(book: Book) -> set[Note]:
    orders = {row["order_id"]: row.get("account_id") for row in book.tables["orders"]}
    return {
        ("DQ-09", _named(book, _group(book, name, row, orders)))
        for name, columns in HAPPENED.items()
        for row in book.tables[name]
        if any(_day(row, column) is not None and _day(row, column) > book.now for column in columns)
        and not (name == "order_changes" and row["order_id"] not in orders)
    }


def _group(book: Book, name: str, row: Row, orders: dict[str, str | None]) -> str | None:
    account = orders.get(row["order_id"]) if name == "order_changes" else row.get("account_id")
    return book.group_of.get(account or "")


def _day(row: Row, column: str) -> date | None:
    value = row.get(column)
    return value.date() if hasattr(value, "date") else value

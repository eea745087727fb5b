"""Invoices once more: late payment, old balances, terms, receivables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from tests.rules.oracle.book import Book, Row, month_end

ZERO = Decimal(0)
GRACE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """One invoice that was sent: in euro, None where there is no rate. `due` is the last of all days where nobody can say."""

    issued: date | None
    due: date
    inferred: bool
    paid: date | None
    undated: bool
    unknown: bool
    home: Decimal | None
    balance: Decimal | None
    own_fault: bool

    @property
    def is_open(self) -> bool:
        return self.paid is None and not self.undated and not self.unknown

    def days_late(self, as_of: date) -> int:
        late = ((self.paid or as_of) - self.due).days
        return late if late > GRACE else 0


class Payments:
    """What the invoices of a book say, by group."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.every: dict[str, list[Bill]] = {group: [] for group in book.everyone}
        self.bills: dict[str, list[Bill]] = {group: [] for group in book.everyone}
        for group, row in book.rows("invoices"):
            if row.get("issue_date") is not None and row["issue_date"] > book.as_of:
                continue
            if row.get("status") not in {"draft", "voided"} and row.get("amount") is not None:
                self.every[group].append(self._bill(row))
                self.bills[group] += [self.every[group][-1]] if row["amount"] > 0 else []

    def _bill(self, row: Row) -> Bill:
        book, issued = self.book, row.get("issue_date")
        terms = self._terms(row["account_id"])
        due = row.get("due_date") or (issued + timedelta(days=30 if terms is None else terms) if issued else date.max)
        paid, settled = book.day(row, "paid_date"), row.get("status") == "paid"
        if row.get("status") == "open" and (row.get("open_amount") or ZERO) > 0:
            paid = None  # in part only
        later = row.get("paid_date") is not None and row["paid_date"] > book.as_of
        unknown = not self.book.given[row["crm"]] & {"invoices.paid_date", "invoices.status", "invoices.open_amount"}
        undated = row.get("paid_date") is None and (settled or row.get("open_amount") == 0)
        open_amount = ZERO if paid is not None or undated or unknown else row["amount"]
        if not later and paid is None and not undated and row.get("open_amount") is not None:
            open_amount = max(row["open_amount"], ZERO)
        return Bill(
            issued=issued,
            due=due,
            inferred=row.get("due_date") is None,
            paid=paid,
            undated=undated,
            unknown=unknown,
            home=book.home(row["amount"], row.get("currency"), issued or row.get("due_date")),
            balance=book.home(open_amount, row.get("currency"), issued or row.get("due_date")),
            own_fault=bool(row.get("disputed")) and bool(row.get("own_fault")),
        )

    def _terms(self, account: str) -> int | None:
        """What was agreed with the account, else what another CRM says of the same client."""
        own, clients = self.book.accounts[account].get("payment_terms_days"), self.book.clients
        if own is not None:
            return int(own)
        same = [
            self.book.accounts[name].get("payment_terms_days")
            for name in clients.order
            if clients.client_of[name] == clients.client_of[account]
        ]
        return next((int(days) for days in same if days is not None), None)

    @cached_property
    def coverage(self) -> Decimal | None:
        """Of the invoices that are due in the year or open, those with a rate."""
        start, end = self.book.window(12)
        bills = [bill for every in self.bills.values() for bill in every]
        seen = [bill.home for bill in bills if start <= bill.due < end or bill.is_open]
        return Decimal(sum(home is not None for home in seen)) / len(seen) if seen else None

    def due(self, group: str) -> list[Bill]:
        """Invoices due in the year, without those closed on an unknown day and those disputed for our own fault."""
        start, end = self.book.window(12)
        return [
            bill
            for bill in self.bills[group]
            if start <= bill.due < end and bill.home is not None and not bill.undated and not bill.unknown and not bill.own_fault
        ]

    def habits(self, group: str) -> dict[str, Decimal | int | None]:
        due = self.due(group)
        if len(due) < 3:
            return dict.fromkeys(("weighted_days_late", "late_count_share", "late_amount_share", "inferred_due_share", "largest"))
        late = [bill for bill in due if bill.days_late(self.book.as_of)]
        total = sum((bill.home or ZERO for bill in due), ZERO)
        weighted = sum(((bill.home or ZERO) * bill.days_late(self.book.as_of) for bill in due), ZERO)
        return {
            "weighted_days_late": weighted / total,
            "late_count_share": Decimal(len(late)) / len(due),
            "late_amount_share": sum((bill.home or ZERO for bill in late), ZERO) / total,
            "inferred_due_share": Decimal(sum(bill.inferred for bill in due)) / len(due),
            "largest": max((bill.home or ZERO for bill in late), default=ZERO) / total,
        }

    def claims(self, group: str) -> tuple[Decimal | None, int]:
        """(penalty interest, indemnities) of the late invoices with a due date that somebody wrote."""
        late = [bill for bill in self.due(group) if not bill.inferred and bill.days_late(self.book.as_of)]
        rate = self.book.firm("annual_penalty_rate")
        interest = sum(((bill.home or ZERO) * bill.days_late(self.book.as_of) for bill in late), ZERO) / 365
        return None if rate is None else interest * rate, 40 * len(late)

    def open_receivable(self, group: str) -> Decimal | None:
        """None where a file says nothing about payment at all."""
        return None if self.silent(group) else self._open(group)

    def silent(self, group: str) -> bool:
        return any(bill.unknown for bill in self.bills[group])

    def _open(self, group: str) -> Decimal:
        return sum((bill.balance or ZERO for bill in self.bills[group]), ZERO)

    @cached_property
    def open_total(self) -> Decimal:
        return sum((self._open(group) for group in self.book.everyone), ZERO)

    def debtors(self) -> int:
        return sum(self._open(group) > 0 for group in self.book.everyone)

    def overdue(self, group: str) -> list[Bill]:
        """Open, past a due date that somebody wrote, and not disputed for our own fault."""
        as_of = self.book.as_of
        return [
            bill
            for bill in self.bills[group]
            if (bill.balance or ZERO) > 0 and bill.due < as_of and not bill.inferred and not bill.own_fault
        ]

    def receivable_share(self, group: str) -> Decimal | None:
        mine = self.open_receivable(group)
        return mine / self.open_total if mine is not None and self.open_total else None

    def overdue_share(self, group: str) -> Decimal | None:
        mine, overdue = self.open_receivable(group), self.open_overdue(group)
        return overdue / mine if mine and overdue is not None else None

    def open_overdue(self, group: str) -> Decimal | None:
        return None if self.silent(group) else sum((bill.balance or ZERO for bill in self.overdue(group)), ZERO)

    def oldest(self, group: str) -> int | None:
        """Days of the oldest of them; None when all that has passed is a date that nobody wrote."""
        as_of = self.book.as_of
        if self.silent(group):
            return None
        days = [(as_of - bill.due).days for bill in self.overdue(group)]
        guessed = [
            bill for bill in self.bills[group] if (bill.balance or ZERO) > 0 and bill.due < as_of and bill.inferred and not bill.own_fault
        ]
        return max(days, default=None if guessed else 0)

    def bearing(self, group: str) -> bool:
        """Whether an invoice of the client was sent, and is open or was paid on a known day within the year."""
        start, _ = self.book.window(12)
        return any(
            bill.home is not None
            and bill.issued is not None
            and not bill.undated
            and not bill.unknown
            and (bill.paid is None or max(bill.due, bill.issued, bill.paid) >= start)
            for bill in self.bills[group]
        )

    def beyond_ceiling(self, group: str) -> int:
        start, end = self.book.window(12)
        return sum(
            _beyond(bill.issued, bill.due) for bill in self.bills[group] if bill.issued and start <= bill.issued < end and not bill.inferred
        )

    def average_open(self, group: str) -> Decimal:
        """Receivable of every day of the year, averaged."""
        start, end = self.book.window(12)
        total = ZERO
        for bill in self.bills[group]:
            if bill.home is None or bill.undated or bill.unknown or bill.issued is None:
                continue
            owed = bill.home if bill.paid is not None else bill.balance or ZERO
            first, last = max(bill.issued, start), min(bill.paid or end, end)
            total += owed * max((last - first).days, 0)
        return total / (end - start).days


def _beyond(issued: date, due: date) -> bool:
    ends = (month_end(issued + timedelta(days=45)), month_end(issued) + timedelta(days=45))
    return (due - issued).days > 60 and due > max(ends)

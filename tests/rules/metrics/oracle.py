"""Dependence, volume, payment and commitments once more, row by row in Decimal, from the specification and not from the SQL.

Slow and plain on purpose: what two so different programs agree on is likely to be what was meant.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Any

Row = dict[str, Any]


def add_months(on: date, months: int) -> date:
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))


@dataclass
class Case:
    """A random portfolio: what the rows of the tables are, before anybody measures them."""

    as_of: date
    parents: dict[str, str | None]
    lines: list[Row] = field(default_factory=list)
    rates: list[Row] = field(default_factory=list)
    invoices: list[Row] = field(default_factory=list)
    contracts: list[Row] = field(default_factory=list)


class Oracle:
    """Measures a Case; every method gives group -> figure, None where the specification says unknown."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.end = case.as_of + timedelta(days=1)
        self.group = {account: self.top(account) for account in case.parents}
        self.groups = sorted(set(self.group.values()))
        self.booked: dict[str, list[tuple[date, Decimal | None]]] = defaultdict(list)
        for line in case.lines:
            if line["account"] in self.group and line["date"] <= case.as_of:
                amount = line["amount"]
                signed = -abs(amount) if line["kind"] == "credit_note" else amount
                self.booked[self.group[line["account"]]].append((line["date"], self.home(signed, line["currency"], line["date"])))

    def top(self, account: str) -> str:
        """Walk up; a member of a cycle is its own group, and whoever hangs below one belongs to it."""
        seen: list[str] = []
        while account not in seen:
            seen.append(account)
            parent = self.case.parents[account]
            if parent is None or parent not in self.case.parents:
                return account
            account = parent
        ring = seen[seen.index(account) :]
        return next(step for step in seen if step in ring)

    def home(self, amount: Decimal, currency: str, on: date) -> Decimal | None:
        if currency == "EUR":
            return amount
        fitting = [
            rate
            for rate in self.case.rates
            if rate["currency"] == currency and rate["from"] <= on and (rate["to"] is None or on < rate["to"])
        ]
        if not fitting:
            return None
        units = Decimal(str(max(fitting, key=lambda rate: rate["from"])["units"]))
        return (amount / units).quantize(Decimal("0.000001")) if units > 0 else None

    def window(self, months: int, back: int = 0) -> tuple[date, date]:
        start, end = add_months(self.end, -months), self.end
        return add_months(start, -back), add_months(end, -back)

    def inside(self, group: str, months: int, back: int = 0) -> list[Decimal]:
        start, end = self.window(months, back)
        return [home for on, home in self.booked[group] if start <= on < end and home is not None]

    def net(self, months: int, back: int = 0) -> dict[str, Decimal]:
        return {group: sum(self.inside(group, months, back), Decimal(0)) for group in self.groups}

    def share(self, back: int = 0) -> dict[str, Decimal | None]:
        nets = {group: max(net, Decimal(0)) for group, net in self.net(12, back).items()}
        total = sum(nets.values())
        return {group: net / total if total > 0 else None for group, net in nets.items()}

    def volume_change(self) -> dict[str, Decimal | None]:
        now, then = self.net(3), self.net(3, 12)
        enough = {group: len(self.inside(group, 3, 12)) >= 3 and then[group] > 0 for group in self.groups}
        return {group: now[group] / then[group] - 1 if enough[group] else None for group in self.groups}

    def positive_days(self, group: str) -> list[date]:
        return sorted({on for on, home in self.booked[group] if home is not None and home > 0})

    def days_since_revenue(self) -> dict[str, int | None]:
        days = {group: self.positive_days(group) for group in self.groups}
        return {group: (self.case.as_of - found[-1]).days if found else None for group, found in days.items()}

    def median_revenue_gap_days(self) -> dict[str, float | None]:
        found: dict[str, float | None] = {}
        for group in self.groups:
            days = self.positive_days(group)
            kept = [on for on in days if on >= add_months(days[-1] + timedelta(days=1), -24)]
            gaps = [(later - earlier).days for earlier, later in pairwise(kept)]
            ranked = self.net(12)[group] > 0 or self.net(12, 12)[group] > 0
            found[group] = float(median(gaps)) if len(kept) >= 6 and ranked else None
        return found

    def due(self, group: str) -> list[tuple[Decimal, int, bool]]:
        """Give (amount, days late, inferred) of the invoices due in the last twelve months."""
        start, end = self.window(12)
        found = []
        for invoice in self.case.invoices:
            if self.group.get(invoice["account"]) != group or invoice["issue_date"] > self.case.as_of or invoice["amount"] <= 0:
                continue
            due = invoice["due_date"] or invoice["issue_date"] + timedelta(days=30)
            home = self.home(invoice["amount"], invoice["currency"], invoice["issue_date"])
            if (
                home is None
                or not start <= due < end
                or invoice["status"] in {"draft", "voided"}
                or (invoice["disputed"] and invoice["own_fault"])
            ):
                continue
            paid = invoice["paid_date"] if invoice["paid_date"] is not None and invoice["paid_date"] <= self.case.as_of else None
            if invoice["paid_date"] is None and invoice["status"] == "paid":
                continue
            late = ((paid or self.case.as_of) - due).days
            found.append((home, late if late > 3 else 0, invoice["due_date"] is None))
        return found

    def payment(self) -> dict[str, tuple[int, Decimal | None, Decimal | None, Decimal | None]]:
        """Give (due invoices, weighted days late, share of late ones, share of inferred ones)."""
        found: dict[str, tuple[int, Decimal | None, Decimal | None, Decimal | None]] = {}
        for group in self.groups:
            due = self.due(group)
            n = len(due)
            if n < 3:
                found[group] = (n, None, None, None)
                continue
            weighted = sum((home * late for home, late, _ in due), Decimal(0)) / sum((home for home, _, _ in due), Decimal(0))
            found[group] = (
                n,
                weighted,
                Decimal(sum(late > 0 for _, late, _ in due)) / n,
                Decimal(sum(inferred for _, _, inferred in due)) / n,
            )
        return found

    def open_receivable(self) -> dict[str, Decimal]:
        found = dict.fromkeys(self.groups, Decimal(0))
        for invoice in self.case.invoices:
            group = self.group.get(invoice["account"])
            paid = invoice["paid_date"] is not None and invoice["paid_date"] <= self.case.as_of
            closed = invoice["paid_date"] is None and invoice["status"] == "paid"
            if (
                group is None
                or invoice["issue_date"] > self.case.as_of
                or invoice["amount"] <= 0
                or invoice["status"] in {"draft", "voided"}
                or paid
                or closed
            ):
                continue
            found[group] += self.home(invoice["amount"], invoice["currency"], invoice["issue_date"]) or Decimal(0)
        return found

    def fulfilment(self) -> dict[str, Decimal | None]:
        found: dict[str, Decimal | None] = dict.fromkeys(self.groups)
        for contract in self.case.contracts:
            group, start, end = self.group.get(contract["account"]), contract["start_date"], contract["end_date"]
            if group is None or contract["status"] != "active" or not start <= self.case.as_of <= end:
                continue
            elapsed, total = (self.case.as_of - start).days + 1, (end - start).days + 1
            if Decimal(elapsed) / total < Decimal("0.25"):
                continue
            invoiced = sum((home for on, home in self.booked[group] if on >= start and home is not None), Decimal(0))
            value = invoiced / (contract["amount"] * elapsed / total)
            found[group] = value if found[group] is None else min(value, found[group])
        return found

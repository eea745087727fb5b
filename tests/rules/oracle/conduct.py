"""Incidents and cases once more: behaviour, breaches, own fault, claims."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.rules.oracle.book import Book, Row, add_months

if TYPE_CHECKING:
    from datetime import date

WEIGHTS = {"rude": 1, "insult": 3, "threat": 5, "violence": 8, "discrimination_or_harassment": 8, "harassment": 8}
SEVERE = {"threat", "violence", "discrimination_or_harassment", "harassment"}
COMPLAINTS = {"complaint", "public_complaint"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One inbound message with its heaviest category for one rule."""

    id: str
    case: str
    category: str
    on: date
    confirmed: bool


class Conduct:
    """What incidents and cases say, by group."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.rows: dict[str, list[Row]] = defaultdict(list)
        for group, row in book.rows("incidents", dated="occurred_at"):
            if row.get("direction") != "out" and row.get("category") is not None:
                self.rows[group].append(row)
        self.cases: dict[str, list[Row]] = defaultdict(list)
        for group, row in book.rows("cases", dated="opened_at"):
            self.cases[group].append(row)

    def messages(self, group: str, wanted: set[str]) -> list[Message]:
        """Each message once, with its heaviest of the wanted categories, confirmed if any copy is."""
        copies: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows[group]:
            if row["category"] in wanted:
                copies[row["message_id"]].append(row)
        found = []
        for message, rows in copies.items():
            row = max(rows, key=lambda one: WEIGHTS.get(one["category"], 0))
            confirmed = any(one.get("confirmed") is True for one in rows)
            case = row.get("case_id") or f"message {message}"
            found.append(Message(id=message, case=case, category=row["category"], on=row["occurred_at"].date(), confirmed=confirmed))
        return found

    def in_year(self, on: date) -> bool:
        start, end = self.book.window(12)
        return start <= on < end

    def hostile(self, group: str, *, confirmed: bool = False) -> list[Message]:
        return [one for one in self.messages(group, set(WEIGHTS)) if self.in_year(one.on) and (one.confirmed or not confirmed)]

    def hostility(self, messages: list[Message]) -> float:
        return sum(WEIGHTS[one.category] * 2.0 ** (-self.book.age(one.on) / 90) for one in messages)

    def incidents(self, group: str) -> list[Message]:
        """Every serious incident of the last thirty days (BEH-01): messages, and cases that a person typed harassment.

        With a message of the same case, the first of several, such a case is one incident under the message's id.
        """
        told = [one for one in self.messages(group, set(WEIGHTS) - {"rude"}) if self.book.age(one.on) <= 30]
        for row in self.cases[group]:
            on, case = row["opened_at"].date(), row["case_id"]
            if row.get("category") != "harassment" or self.book.age(on) > 30:
                continue
            first = min((one for one in told if one.case == case), key=lambda one: (one.on, one.id), default=None)
            if first is None:
                told.append(Message(id=case, case=f"typed {case}", category="harassment", on=on, confirmed=True))
            else:
                category = first.category if first.category in {"violence", "harassment"} else "discrimination_or_harassment"
                told[told.index(first)] = replace(first, category=category, confirmed=True)
        return told

    def serious(self, group: str) -> list[str]:
        """The level of each of them."""
        levels = {(True, True): "critical", (True, False): "alert", (False, True): "watch", (False, False): "info"}
        return [levels[one.category in SEVERE, one.confirmed] for one in self.incidents(group)]

    def threats(self, group: str) -> list[Message]:
        return [one for one in self.messages(group, {"leave_threat"}) if self.in_year(one.on)]

    def threat_weight(self, group: str) -> Decimal:
        """A threat counts half while a deal of the client was in proposal or negotiation."""
        deals = [row for owner, row in self.book.rows("pipeline", dated="created_at") if owner == group]
        halves = sum(any(_negotiating(row, one.on) for row in deals) for one in self.threats(group))
        return len(self.threats(group)) - Decimal(halves) / 2

    def threat_months(self, group: str) -> int:
        """How many of the six one-month slices of W6 hold a whole threat (two halves make one)."""
        deals = [row for owner, row in self.book.rows("pipeline", dated="created_at") if owner == group]
        halves = [(one.on, 1 if any(_negotiating(row, one.on) for row in deals) else 2) for one in self.threats(group)]
        bounds = [add_months(self.book.end, -n) for n in range(7)]
        return sum(sum(weight for on, weight in halves if bounds[n + 1] <= on < bounds[n]) >= 2 for n in range(6))

    def reports(self, group: str) -> int:
        """Reports of a values conflict or of harassment in the year, a case once."""
        wanted = {"values_conflict", "harassment"}
        cases = {
            row["case_id"]
            for row in self.cases[group]
            if row.get("category") in wanted and self.book.inside(row, "opened_at", self.book.window(12))
        }
        return len(cases | {one.case for one in self.messages(group, wanted) if self.in_year(one.on)})

    def cases_of(self, group: str, categories: set[str], months: int = 12) -> list[Row]:
        window = self.book.window(months)
        return [row for row in self.cases[group] if row.get("category") in categories and self.book.inside(row, "opened_at", window)]

    def breaches(self, group: str) -> int:
        return sum(
            row.get("own_fault") is not True and row.get("unfounded") is not True for row in self.cases_of(group, {"contract_breach"})
        )

    def public(self, group: str) -> int:
        return sum(row.get("own_fault") is not True for row in self.cases_of(group, {"public_complaint"}))

    def closed_claims(self, group: str) -> list[Row]:
        """Claims closed in the year, those of our own fault left out."""
        window = self.book.window(12)
        return [
            row
            for row in self.cases[group]
            if row.get("category") in COMPLAINTS and row.get("own_fault") is not True and self.book.inside(row, "closed_at", window)
        ]

    def own_fault_share(self, group: str) -> Fraction | None:
        """The larger of own-fault complaints and orders that we delivered late, each with enough behind it."""
        found = []
        complaints = self.cases_of(group, COMPLAINTS)
        if len(complaints) >= 2:
            found.append(Fraction(sum(row.get("own_fault") is True for row in complaints), len(complaints)))
        delivered = [
            row
            for owner, row in self.book.rows("orders", dated="ordered_at")
            if owner == group
            and row.get("status") != "draft"
            and self.book.inside(row, "ordered_at", self.book.window(12))
            and self.book.day(row, "delivered_date") is not None
            and row.get("promised_date") is not None
        ]
        if len(delivered) >= 4:
            found.append(Fraction(sum(row["delivered_date"] > row["promised_date"] for row in delivered), len(delivered)))
        return max(found, default=None)

    def confrontations(self, group: str) -> int:
        """Days of the year with a confirmed incident or an escalated case."""
        days = {one.on for one in self.messages(group, {*WEIGHTS, "leave_threat"}) if one.confirmed and self.in_year(one.on)}
        window = self.book.window(12)
        days |= {row["escalated_at"].date() for row in self.cases[group] if self.book.inside(row, "escalated_at", window)}
        days |= {row["opened_at"].date() for row in self.cases_of(group, {"harassment"})}
        return len(days)


def _negotiating(deal: Row, on: date) -> bool:
    closed = deal.get("closed_at")
    return deal.get("stage") in {"proposal", "negotiation"} and deal["created_at"].date() <= on and (closed is None or closed.date() > on)

"""Orders, hours, meetings and answers once more: what a client costs."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING

from tests.rules.oracle.conduct import COMPLAINTS, Conduct

if TYPE_CHECKING:
    from tests.rules.oracle.book import Book, Row
    from tests.rules.oracle.money import Money
    from tests.rules.oracle.payment import Payments

ZERO = Decimal(0)
OPENING, CLOSING = time(8), time(18)


class Work:
    """What orders, changes, hours, activities and cases say, by group."""

    def __init__(self, book: Book, money: Money, payments: Payments, conduct: Conduct) -> None:
        self.book, self.money, self.payments, self.conduct = book, money, payments, conduct
        self.orders: dict[str, list[Row]] = defaultdict(list)
        for group, row in book.rows("orders", dated="ordered_at"):
            if row.get("status") != "draft":
                self.orders[group].append(row)

    def ordered(self, group: str, months: int) -> list[Row]:
        return [row for row in self.orders[group] if self.book.inside(row, "ordered_at", self.book.window(months))]

    def rush(self, group: str, months: int) -> list[Row]:
        return [row for row in self.ordered(group, months) if is_rush(row)]

    def rush_shares(self, group: str) -> tuple[Fraction, Fraction] | None:
        """(client, rest) of W6; None with fewer than 5 orders of the client or 10 of the rest."""
        others = [other for other in self.book.everyone if other != group]
        own, rest = len(self.ordered(group, 6)), sum(len(self.ordered(other, 6)) for other in others)
        if own < 5 or rest < 10:
            return None
        return Fraction(len(self.rush(group, 6)), own), Fraction(sum(len(self.rush(other, 6)) for other in others), rest)

    # ---------------------------------------------------------------- other clients delayed

    @cached_property
    def owners(self) -> dict[str, str]:
        return {row["order_id"]: group for group, row in self.book.rows("orders")}

    @cached_property
    def moves(self) -> list[tuple[str, str, date, int, str | None, bool]]:
        """(owner, order, day, days moved, who caused it, cause known) of every promise moved later in W6."""
        owners, found = self.owners, []
        for row in self.book.tables["order_changes"]:
            old, new = row.get("old_promised_date"), row.get("new_promised_date")
            if row["order_id"] not in owners or not self.book.inside(row, "changed_at", self.book.window(6)):
                continue
            if old is None or new is None or new <= old:
                continue
            culprit, cause = self._culprit(row), row.get("cause")
            known = cause in {"supplier", "us", "other"} or culprit is not None
            named = culprit
            found.append((owners[row["order_id"]], row["order_id"], row["changed_at"].date(), (new - old).days, named, known))
        return found

    def _culprit(self, row: Row) -> str | None:
        """The group that a change names: an account without cause, or with the cause client; a word that nobody knows accuses nobody."""
        if row.get("cause") not in {None, "client"} or "cause" in row["odd"]:
            return None
        return self.book.group_of.get(row.get("cause_account_id") or "")

    def displaced(self, group: str) -> tuple[int, int, int, Decimal]:
        """Orders, customers, days and their revenue, named causes only."""
        mine = [move for move in self.moves if move[4] == group and move[0] != group]
        customers = {move[0] for move in mine}
        revenue = sum((max(self.money.net(owner, self.money.year), ZERO) for owner in customers), ZERO)
        return len({move[1] for move in mine}), len(customers), sum(move[3] for move in mine), revenue

    def near(self, group: str) -> set[tuple[str, str]]:
        """(owner, order) of others, moved without a known cause within five business days of a rush order of this client."""
        rushed = [row["ordered_at"].date() for row in self.rush(group, 6)]
        return {
            (owner, order)
            for owner, order, on, _, _, known in self.moves
            if owner != group and not known and any(0 <= business_days(day, on) <= 5 for day in rushed if day <= on)
        }

    def with_correlated(self, group: str) -> tuple[int, int]:
        """Orders and customers, those moved for a named cause added."""
        every = self.near(group) | {(owner, order) for owner, order, _, _, named, _ in self.moves if owner != group and named == group}
        return len(every), len({owner for owner, _ in every})

    def weeks(self, group: str) -> tuple[int, int, int, int]:
        """(N weeks that touch W6, with an unexplained move of others, with a rush order, both)."""
        start, end = self.book.window(6)
        every = {monday(start + timedelta(days=n)) for n in range((end - start).days)}
        marked = {monday(on) for owner, _, on, _, _, known in self.moves if owner != group and not known}
        drawn = {monday(row["ordered_at"].date()) for row in self.rush(group, 6)}
        return len(every), len(marked), len(drawn), len(marked & drawn)

    def priority_changes(self, group: str) -> Fraction:
        start, end = self.book.window(3)
        mine = [
            row
            for row in self.book.tables["order_changes"]
            if self._culprit(row) == group and self.book.inside(row, "changed_at", (start, end))
        ]
        return Fraction(len(mine) * 7, (end - start).days)

    # ---------------------------------------------------------------- load

    def escalations(self, group: str) -> tuple[int, int]:
        """(escalated, opened) cases of W6."""
        opened = [row for row in self.conduct.cases[group] if self.book.inside(row, "opened_at", self.book.window(6))]
        return sum(self.book.day(row, "escalated_at") is not None for row in opened), len(opened)

    def complaints(self, group: str) -> tuple[int, int]:
        return len(self.conduct.cases_of(group, COMPLAINTS, 6)), len(self.ordered(group, 6))

    def meeting_hours(self, group: str, months: int, *, people: bool = False) -> Decimal:
        window = self.book.window(months)
        return sum(
            (
                row["duration_minutes"] / 60 * ((row.get("people") or 1) if people else 1)
                for owner, row in self.book.rows("activities", dated="started_at")
                if owner == group
                and row.get("kind") == "meeting"
                and row.get("duration_minutes") is not None
                and self.book.inside(row, "started_at", window)
            ),
            ZERO,
        )

    # ---------------------------------------------------------------- answers

    @cached_property
    def answers(self) -> dict[str, list[tuple[str | None, str | None, float]]]:
        """(priority, owner, working hours to the first answer) of the answered cases of W3."""
        found: dict[str, list[tuple[str | None, str | None, float]]] = defaultdict(list)
        for group, rows in self.conduct.cases.items():
            for row in rows:
                if not self.book.inside(row, "opened_at", self.book.window(3)) or self.book.day(row, "first_response_at") is None:
                    continue
                if row["first_response_at"] < row["opened_at"]:
                    continue
                hours = working_hours(row["opened_at"], row["first_response_at"])
                found[group].append((row.get("priority"), row.get("owner_id"), hours))
        return found

    def avoidance(self, group: str) -> float | None:
        mine = self.answers[group]
        if len(mine) < 8 or len({owner for _, owner, _ in mine if owner is not None}) < 3:
            return None
        everyone: dict[str | None, list[float]] = defaultdict(list)
        for answers in self.answers.values():
            for priority, _, hours in answers:
                everyone[priority].append(hours)
        usual = {priority: median(hours) for priority, hours in everyone.items()}
        ratios = [hours / usual[priority] for priority, _, hours in mine if usual[priority] > 0]
        return median(ratios) if ratios else None

    # ---------------------------------------------------------------- hours and cost

    def weeks_of(self, group: str, months: int) -> list[Row]:
        start, end = self.book.window(months)
        return [row for owner, row in self.book.rows("hours") if owner == group and start <= monday(row["week"]) < end]

    def hours(self, group: str, months: int) -> Decimal:
        return sum((row.get("hours") or ZERO for row in self.weeks_of(group, months)), ZERO)

    def overtime(self, group: str, months: int) -> Decimal:
        return sum(((row.get("overtime_25") or ZERO) + (row.get("overtime_50") or ZERO) for row in self.weeks_of(group, months)), ZERO)

    def hours_coverage(self) -> Fraction:
        start, end = self.book.window(12)
        every = {monday(start + timedelta(days=n)) for n in range((end - start).days)}
        every = {week for week in every if start <= week < end}
        seen = {monday(row["week"]) for _, row in self.book.rows("hours")} & every
        return Fraction(len(seen), len(every))

    def costs(self, group: str) -> dict[str, Decimal | None]:
        """The cost components of the year; None is unknown."""
        usual, rush_cost, finance_rate = (self.book.firm(name) for name in ("hourly_cost", "rush_cost_per_order", "finance_rate"))
        weeks = self.weeks_of(group, 12)
        found: dict[str, Decimal | None] = dict.fromkeys(("hours", "premium", "rush", "finance", "meetings", "direct"))
        priced = [(row, row.get("hourly_cost") or usual) for row in weeks]
        worked = [(row["hours"], rate) for row, rate in priced if row.get("hours") is not None]
        if worked and all(rate is not None for _, rate in worked):
            found["hours"] = sum((hours * (rate or ZERO) for hours, rate in worked), ZERO)
        extra = [
            (_premium_hours(row), rate) for row, rate in priced if row.get("overtime_25") is not None or row.get("overtime_50") is not None
        ]
        if extra and all(rate is not None for hours, rate in extra if hours):
            found["premium"] = sum((hours * (rate or ZERO) for hours, rate in extra), ZERO)
        if rush_cost is not None and self.ordered(group, 12):
            found["rush"] = rush_cost * len(self.rush(group, 12))
        if self.payments.bearing(group):
            found["finance"] = self.payments.average_open(group) * (Decimal("0.06") if finance_rate is None else finance_rate)
        if not weeks and usual is not None and self.meeting_hours(group, 12):
            found["meetings"] = self.meeting_hours(group, 12, people=True) * usual
        found["direct"] = self.money.costs.get(group)
        return found


def is_rush(row: Row) -> bool:
    wanted, usual = row.get("requested_date"), row.get("standard_lead_days")
    soon = wanted is not None and usual is not None and (wanted - row["ordered_at"].date()).days * 2 < usual
    return row.get("is_rush") is True or soon


def monday(on: date) -> date:
    return on - timedelta(days=on.weekday())


def business_days(start: date, end: date) -> int:
    """Working days after `start` up to `end`."""
    return sum((start + timedelta(days=n)).weekday() < 5 for n in range(1, (end - start).days + 1))


def working_hours(start: datetime, end: datetime) -> float:
    total, day = timedelta(0), start.date()
    while day <= end.date():
        if day.weekday() < 5:
            opening, closing = max(start, datetime.combine(day, OPENING)), min(end, datetime.combine(day, CLOSING))
            total += max(closing - opening, timedelta(0))
        day += timedelta(days=1)
    return total.total_seconds() / 3600


def _premium_hours(row: Row) -> Decimal:
    return (row.get("overtime_25") or ZERO) / 4 + (row.get("overtime_50") or ZERO) / 2

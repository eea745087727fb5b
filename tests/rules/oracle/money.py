"""Revenue once more: nets, shares, concentration, volume, contracts."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from statistics import median

from tests.rules.oracle.book import Book, Row, add_months
from tests.rules.oracle.clients import CRMS

ZERO = Decimal(0)
KINDS = {"invoices": ("invoice", "credit_note"), "orders": ("order",), "won_deals": ("won_deal",)}
Line = tuple[date, Decimal | None]


class Money:
    """What the revenue lines of a book say, by group (persons included: their revenue stays in the totals)."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.lines: dict[str, list[Line]] = defaultdict(list)
        self.costs: dict[str, Decimal] = {}
        self.source = self._source()
        self.booked = [
            (group, row)
            for group, row in book.rows("revenue", dated="date")
            if (row.get("kind") or "invoice") in KINDS[self.source] and row.get("amount") is not None
        ]
        speaks: dict[str, str] = {}
        for _, row in self.booked:
            client = book.clients.client_of[row["account_id"]]
            speaks[client] = min(speaks.get(client, row["crm"]), row["crm"], key=CRMS.index)
        self.booked = [(group, row) for group, row in self.booked if speaks[book.clients.client_of[row["account_id"]]] == row["crm"]]
        for group, row in self.booked:
            self._enter(group, row)

    def _source(self) -> str:
        """The first kind that any line has; where a CRM names none at all, it sells by invoice."""
        kinds: set[str] = set()
        for crm in CRMS:
            said = {row.get("kind") for row in self.book.tables["revenue"] if row["crm"] == crm}
            kinds |= {"invoice"} if said == {None} else {kind for kind in said if kind is not None}
        return next((name for name, wanted in KINDS.items() if kinds & set(wanted)), "invoices")

    def _enter(self, group: str, row: Row) -> None:
        amount = -abs(row["amount"]) if row.get("kind") == "credit_note" else row["amount"]
        home = self.book.home(amount, row.get("currency"), row["date"])
        self.lines[group].append((row["date"], home))
        cost = self.book.home(row.get("direct_cost"), row.get("currency"), row["date"])
        if cost is not None and amount != row["amount"]:
            cost = -cost  # what came back cost us nothing
        if home is not None and cost is not None and self.book.inside(row, "date", self.book.window(12)):
            self.costs[group] = self.costs.get(group, ZERO) + cost

    def inside(self, group: str, window: tuple[date, date]) -> list[Line]:
        return [line for line in self.lines[group] if window[0] <= line[0] < window[1]]

    def net(self, group: str, window: tuple[date, date]) -> Decimal:
        return sum((home for _, home in self.inside(group, window) if home is not None), ZERO)

    def total(self, window: tuple[date, date]) -> Decimal:
        return sum((max(self.net(group, window), ZERO) for group in self.book.everyone), ZERO)

    def share(self, group: str, window: tuple[date, date]) -> Decimal | None:
        total = self.total(window)
        return max(self.net(group, window), ZERO) / total if total > 0 else None

    @cached_property
    def year(self) -> tuple[date, date]:
        return self.book.window(12)

    @cached_property
    def last_year(self) -> tuple[date, date]:
        return self.book.window(12, year_before=True)

    @cached_property
    def shares(self) -> dict[str, Decimal | None]:
        return {group: self.share(group, self.year) for group in self.book.everyone}

    @cached_property
    def shares_before(self) -> dict[str, Decimal | None]:
        return {group: self.share(group, self.last_year) for group in self.book.everyone}

    @cached_property
    def coverage(self) -> Decimal:
        lines = [home for group in self.book.everyone for _, home in self.inside(group, self.year)]
        return Decimal(sum(home is not None for home in lines)) / len(lines) if lines else Decimal(1)

    def active_months(self, window: tuple[date, date]) -> int:
        lines = [line for group in self.book.everyone for line in self.inside(group, window)]
        return len({(on.year, on.month) for on, home in lines if home is not None})

    @cached_property
    def first(self) -> dict[str, date]:
        """The first converted positive line of every group that has one."""
        days = {group: [on for on, home in lines if home is not None and home > 0] for group, lines in self.lines.items()}
        return {group: min(found) for group, found in days.items() if found}

    def history(self) -> int | None:
        return self.book.age(min(self.first.values())) if self.first else None

    def concentration(self) -> dict[str, Decimal | int | None]:
        shares = sorted((share for share in self.shares.values() if share), reverse=True)
        if not shares:
            return {"hhi": None, "top1": None, "top5": None, "active_customers": 0, "hhi_normalized": None, "effective_customers": None}
        hhi, n = sum((share * share for share in shares), ZERO), len(shares)
        even = Decimal(1) / n
        normal = None if n == 1 else (hhi - even) / (1 - even)
        return {"hhi": hhi, "top1": shares[0], "top5": sum(shares[:5], ZERO), "active_customers": n, "hhi_normalized": normal,
                "effective_customers": 1 / hhi}  # fmt: skip

    def volume_change(self, group: str) -> Decimal | None:
        then = self.book.window(3, year_before=True)
        lines = [home for _, home in self.inside(group, then) if home is not None]
        before = self.net(group, then)
        return self.net(group, self.book.window(3)) / before - 1 if len(lines) >= 3 and before > 0 else None

    def positive_days(self, group: str) -> list[date]:
        return sorted({on for on, home in self.lines[group] if home is not None and home > 0})

    def silence(self, group: str) -> int | None:
        days = self.positive_days(group)
        return self.book.age(days[-1]) if days else None

    def rhythm(self, group: str) -> float | None:
        """The median gap of the 24 months that end with the last revenue day; None with fewer than six days."""
        days = self.positive_days(group)
        kept = [on for on in days if on >= add_months(days[-1] + timedelta(days=1), -24)]
        return float(median((later - earlier).days for earlier, later in pairwise(kept))) if len(kept) >= 6 else None

    def ranked(self, window: tuple[date, date]) -> list[str]:
        """Clients by net revenue of a window, natural persons and those without any left out."""
        nets = {group: self.net(group, window) for group in self.book.groups}
        return sorted(
            (group for group in nets if nets[group] > 0), key=lambda group: (-nets[group], CRMS.index(group.partition(":")[0]), group)
        )

    def notes(self, group: str) -> Decimal | None:
        """Credit notes and other lines that took back, by what was sold in the year."""
        lines = [home for _, home in self.inside(group, self.year) if home is not None]
        sold = sum((home for home in lines if home > 0), ZERO)
        return -sum((home for home in lines if home < 0), ZERO) / sold if sold else None

    def fulfilments(self, group: str) -> list[Decimal | None]:
        """Of every running contract with a commitment; None where less than a quarter of it has passed."""
        found: list[Decimal | None] = []
        for owner, row in self.book.rows("contracts"):
            start, end, promised = row.get("start_date"), row.get("end_date"), row.get("committed_amount")
            committed = self.book.home(promised, row.get("currency"), start)
            if owner != group or not self.covers(row) or start is None or end is None or committed is None or committed <= 0:
                continue
            elapsed, whole = (self.book.as_of - start).days + 1, (end - start).days + 1
            due = committed * elapsed / whole
            found.append(self.net(group, (start, self.book.end)) / due if 4 * elapsed >= whole else None)
        return found

    def covers(self, row: Row) -> bool:
        """Active (an empty status counts as active) and running on the day judged; no end is open-ended."""
        start, end = row.get("start_date"), row.get("end_date")
        return (
            row.get("status") in {None, "active"}
            and start is not None
            and start <= self.book.as_of
            and (end is None or self.book.as_of <= end)
        )

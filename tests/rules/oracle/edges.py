"""Companies whose figures meet the limits: each seed chooses which, and whether exactly, a hair below or a hair above.

    Edges(seed).company()     shares, change against last year, margins, terms, delays, meetings … built backwards from the limit

`portfolios.py` makes the trouble that real data has, and almost never a share of exactly 30 %; this makes what every limit must be tried
with: equality. benchmarks/reached.py shows which limits some company meets. Money here, what people do in edges_work.py.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.rules.oracle.book import Tables, add_months
from tests.rules.oracle.edges_work import EdgesOfWork
from tests.rules.oracle.portfolios import Company, Maker

if TYPE_CHECKING:
    from collections.abc import Iterable

DAYS = (
    date(2026, 6, 30),
    date(2026, 6, 29),
    date(2027, 3, 31),
    date(2026, 12, 15),
    date(2028, 2, 29),
    date(2026, 9, 15),
    date(2026, 9, 13),
)
SHARES = {
    "alert": (60, 40, 20, 20, 20, 20, 10, 10), "hhi .15": (40, 40, 40, 20, 20, 10, 10, 10, 10), "hhi .25": (50, 50, 50, 50),
    "hhi .25 of six": (80, 40, 30, 30, 10, 10), "top5 of ten": (40, 20, 20, 20, 20, 16, 16, 16, 16, 16), "top5 of nine": (40, 20, 20, 20, 20, 20, 20, 20, 20),
    "half": (100, 50, 20, 20, 4, 4, 2), "many": (20, *(9,) * 20), "two": (100, 100), "ranks": (*(8,) * 22, 24),
}  # fmt: skip
"""Shares of the year in units of half a per cent."""
TOTALS = (1_800_000, 1_200_000, 2_400_000, 3_600_000)
CENT = Fraction(1, 100)


class Edges(EdgesOfWork):
    """One company at its limits."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.as_of = self.one(*DAYS)
        self.end = self.as_of + timedelta(days=1)
        self.total = self.one(*TOTALS)
        self.profile = self.one(*SHARES)
        shares = SHARES[self.profile]
        self.names = [f"A{n:02}" for n in range(len(shares))]
        self.share = {name: Fraction(units, 200) for name, units in zip(self.names, shares, strict=True)}
        self.net = {name: self.total * share for name, share in self.share.items()}
        self.tables: Tables = {}
        self.number = 0

    # ---------------------------------------------------------------- tools

    def one(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def maybe(self, share: float) -> bool:
        return self.random.random() < share

    def some(self) -> str:
        """One of the first clients, mostly."""
        return self.names[min(int(self.random.expovariate(0.5)), len(self.names) - 1)]

    def back(self, days: int) -> str:
        return str(self.as_of - timedelta(days=days))

    def start(self, months: int) -> date:
        return add_months(self.end, -months)

    def add(self, table: str, **row: Any) -> dict[str, str]:
        self.number += 1
        keys = {"revenue": "line_id", "invoices": "invoice_id", "contracts": "contract_id", "orders": "order_id", "cases": "case_id", "incidents": "message_id",
                "activities": "activity_id", "contacts": "contact_id", "pipeline": "deal_id"}  # fmt: skip
        given = {keys[table]: f"{table[0]}{self.number}"} if table in keys else {}
        text = {name: str(value) if not isinstance(value, bool) else str(value).lower() for name, value in {**given, **row}.items()}
        self.tables.setdefault(table, []).append(text)
        return text

    def company(self) -> Company:
        self._accounts()
        self._revenue()
        self._costs()
        self._invoices()
        self._contracts()
        self.work()
        now = datetime.combine(self.as_of, time(12), UTC)
        tables = {name: _filled(rows) for name, rows in self.tables.items()}
        return Company(sources={"files": tables}, as_of=self.as_of, now=now)

    # ---------------------------------------------------------------- accounts, revenue

    def _accounts(self) -> None:
        for name in self.names:
            self.add("accounts", account_id=name, name=f"Client {name}", privileges=self.one("", "", "a;b", "a;b;c", "a;b;c;d", "a;b;c;d;e"),
                     pulse_mean=self.one("", "1.9", "2.0", "2.1", "2.5", "2.6"), pulse_n=self.one("4", "5", "6"),
                     departures_linked_24m=self.one("", "", "", "0", "1"), manager_position=self.one("", "", "ok", "no longer"))  # fmt: skip

    def line(self, name: str, on: date, amount: Fraction | int, **columns: Any) -> None:
        if amount:
            row = {"currency": "EUR", "kind": "invoice", "direct_cost": "", "category": self.one("", "x", "y"), **columns}
            self.add("revenue", account_id=name, date=on, amount=decimal(Fraction(amount)), **row)

    def _revenue(self) -> None:
        """W12 sums to the total; W3, the same months last year and the year before are built from the changes wanted."""
        self.months = self.one(12, 12, 12, 6, 5)
        """Calendar months with revenue, in either year."""
        last = [self.as_of.replace(day=1), *(add_months(self.as_of.replace(day=1), -n) for n in range(1, self.months))]
        hairs = self.one((0,), (0, 0, 0, CENT, -CENT))
        before = self._last_year()
        for name in self.names:
            hair = self.one(*hairs)
            self._year(name, self.net[name] + hair, before[name], last)
            self.net[name] += hair
        self._first_lines()
        self._silent()
        self._without_rate()

    def _last_year(self) -> dict[str, Fraction]:
        """Shares of last year: this year's less a rise, what is left goes to the last clients."""
        rises = {name: Fraction(self.one(0, 0, 5, 10, -10, 4), 100) for name in self.names[:4]}
        shares = {name: max(self.share[name] - rises.get(name, Fraction(0)), Fraction(0)) for name in self.names}
        if self.maybe(0.5):
            shares[self.names[0]] = self.one(Fraction(1, 10), shares[self.names[0]])
        rest = 1 - sum(shares.values())
        shares[self.names[-1]] = max(shares[self.names[-1]] + rest, Fraction(0))
        return {name: self.total * share for name, share in shares.items()}

    def _year(self, name: str, net: Fraction, before: Fraction, months: list[date]) -> None:
        change = self.one(Fraction(-15, 100), Fraction(-30, 100), Fraction(0), None)
        count = self.one(2, 3, 3, 4)
        then = before / 4 if before else Fraction(0)
        now = then * (1 + change) if change is not None else Fraction(0)
        now += self.one(0, 0, CENT, -CENT) if now else 0
        now = now if now <= net else Fraction(0)
        three = self.start(3)
        early = [on for on in months if add_months(three, -1) < on < three] or [add_months(three, -1)]
        recent = [on for on in months if three <= on] or [three]
        earlier = [on for on in months if self.start(12) <= on < three] or early
        for place, part in enumerate(_parts(now, 2)):
            self.line(name, recent[place % len(recent)], part)
        for place, part in enumerate(_parts(net - now, max(len(earlier), 1))):
            self.line(name, earlier[place], part)
        old = [add_months(on, -12) for on in recent]
        for place, part in enumerate(_parts(then, count)):
            self.line(name, old[place % len(old)], part)
        old = [add_months(on, -12) for on in earlier]
        for place, part in enumerate(_parts(before - then, max(len(old), 1))):
            self.line(name, old[place], part)

    def _first_lines(self) -> None:
        """Tenure of exactly five years; a last line of exactly 90 days."""
        for name in self.names[:3]:
            if self.maybe(0.6):
                self.line(name, add_months(self.as_of, -60) + timedelta(days=self.one(-1, 0, 0, 1)), 1)

    def _silent(self) -> None:
        """A client of every twentieth day that stopped exactly sixty or ninety days ago, or a day later."""
        if self.maybe(0.25):
            name, last = self.names[-1], self.one(59, 60, 60, 89, 90)
            self.tables["revenue"] = [row for row in self.tables["revenue"] if row["account_id"] != name or row["date"] < self.back(last)]
            for place in range(self.one(5, 6, 7)):
                self.line(name, self.as_of - timedelta(days=last + 20 * place), 50)

    def _without_rate(self) -> None:
        """Of every twenty lines of the year one without a rate, exactly, or one more."""
        if self.maybe(0.4):
            converted = [row for row in self.tables["revenue"] if str(self.start(12)) <= row["date"] <= str(self.as_of)]
            for _ in range(-len(converted) % 19):
                self.add(
                    "revenue",
                    account_id=self.names[0],
                    date=self.as_of,
                    amount="0",
                    currency="EUR",
                    kind="invoice",
                    direct_cost="",
                    category="",
                )
            for _ in range(-(-len(converted) // 19) + self.one(0, 0, 1)):
                self.add(
                    "revenue",
                    account_id=self.names[-1],
                    date=self.start(12),
                    amount="5",
                    currency="GBP",
                    kind="invoice",
                    direct_cost="",
                    category="",
                )

    # ---------------------------------------------------------------- hours and costs

    def _costs(self) -> None:
        """Hours that make the effort 1.5 or 2 times the share; direct cost that leaves the margin wanted."""
        self.add("company", hourly_cost=self.one("50", "50", "50", ""), rush_cost_per_order="", finance_rate="0", annual_penalty_rate="0.1")
        monday = self.as_of - timedelta(days=self.as_of.weekday())
        weeks = [monday - timedelta(days=7 * back) for back in range(53) if self.start(12) <= monday - timedelta(days=7 * back)]
        covered = weeks[: self.one(len(weeks), len(weeks), -(-len(weeks) * 4 // 5), -(-len(weeks) * 4 // 5) - 1)]
        whole = self.one(2000, 400)
        asked = {name: self.one(1, Fraction(3, 2), 2) * self.share[name] * whole for name in self.names[1:4]}
        served = {name: hours for name, hours in asked.items() if sum(asked.values()) < whole}
        served[self.names[0]] = whole - sum(served.values())
        if self.maybe(0.3):
            served = {name: Fraction(self.one(49, 50, 100)) for name in self.names[: self.one(2, 3)]}
        overtime = self._overtime(weeks)
        for name, hours in served.items():
            for place, week in enumerate(covered):
                self.add(
                    "hours",
                    account_id=name,
                    week=week,
                    hours=decimal(hours) if place == len(covered) - 1 else "0",
                    overtime_25="",
                    overtime_50="",
                    hourly_cost="",
                )
        margins = self._margins()
        for name, margin in margins.items():
            service = 50 * served.get(name, Fraction(0)) + 50 * overtime.get(name, Fraction(0)) / 4
            cost = self.net[name] - service - margin
            row = next(
                (
                    row
                    for row in self.tables["revenue"]
                    if row["account_id"] == name and str(self.start(12)) <= row["date"] and row["currency"] == "EUR"
                ),
                None,
            )
            if row is not None:
                row["direct_cost"] = decimal(cost)

    def _margins(self) -> dict[str, Fraction]:
        """By what is left of a client's revenue, or by its share of all margins; of all clients, or of exactly 80 % of revenue."""
        if self.maybe(0.5):
            return {
                name: self.net[name] * self.one(Fraction(1, 10), 0, Fraction(-1, 5), Fraction(3, 10)) + self.one(0, 0, CENT, -CENT)
                for name in self.names
            }
        parts = self.one((30, 25, 10, 10, 10, 10, 5), (50, 30, 10, 10), (25, 25, 50), (25, 24, 51))
        known = [*self.names[: len(parts)]]
        if self.profile == "hhi .15" and self.maybe(0.5):
            known = [self.names[n] for n in (0, 1, 2, 3, 4)][: len(parts)]
        return {name: Fraction(part * 1000) for name, part in zip(known, parts, strict=False)}

    def _overtime(self, weeks: list[date]) -> dict[str, Fraction]:
        """Exactly twenty hours of all, a share of exactly 30 or 50 %."""
        if self.maybe(0.4):
            return {}
        whole = self.one(20, 20, 40, Fraction(1999, 100))
        recent = [week for week in weeks if self.start(6) <= week]
        first = self.one(Fraction(3, 10), Fraction(1, 2), Fraction(3, 10) - CENT) * whole
        share = {self.names[0]: first, self.names[1]: whole - first}
        ratio = self.one(Fraction(3, 2), 2, 2)
        served = {self.names[0]: first / whole / ratio * 100, self.names[1]: 100 - first / whole / ratio * 100}
        if self.maybe(0.2):
            served = {self.names[0]: Fraction(0), self.names[1]: self.one(Fraction(0), Fraction(10))}
        for name, hours in share.items():
            self.add(
                "hours",
                account_id=name,
                week=recent[-1],
                hours=decimal(served[name]),
                overtime_25=decimal(hours),
                overtime_50="",
                hourly_cost="",
            )
        return share

    # ---------------------------------------------------------------- invoices, contracts

    def _invoices(self) -> None:
        for name in self.names:
            if self.maybe(0.7):
                self._habit(name)
        month = Fraction(self.total, 12)
        parts = self.one((20, 35, 45), (50, 30, 20), (35, 35, 30), (50, 50), (20, 20, 20, 20, 20))
        for name, part in zip(self.names, parts, strict=False):
            left = month * Fraction(part, 100)
            if part == parts[0] and self.maybe(0.7):
                small = self.one(500, 500, Fraction(49999, 100), Fraction(self.total, 2400), Fraction(self.total, 2400) - CENT)
                days = self.one(29, 30, 59, 60, 89, 90)
                left -= small
                self.add("invoices", account_id=name, issue_date=self.back(days + 30), due_date=self.back(days), paid_date="", amount=decimal(small),
                         open_amount=decimal(small), status="open", currency="EUR")  # fmt: skip
            hair = self.one(0, 0, -CENT) if part == parts[-1] else 0
            self.add("invoices", account_id=name, issue_date=self.back(5), due_date=str(self.as_of + timedelta(days=25)), paid_date="", amount=decimal(left + hair),
                     open_amount=decimal(left + hair), status="open", currency="EUR")  # fmt: skip
        self._terms()
        self._invoices_without_rate()

    def _habit(self, name: str) -> None:
        """Invoices all paid, with the weighted lateness wanted."""
        days = self.one((50, 50, 50, *(0,) * 7), (100, 100, 100, *(0,) * 7), (200, 200, 200, *(0,) * 7), (30, 0), (20, 20, 20, 0), (8, 7, 7, 7, 7, 7, 7, 0, 0, 0),
                        (5, 5, 5, 5, 5, 5), (15, 15, 15), (3, 4, 4), (60, 60, 60), (30, 30, 30), (19, 20, 20, 0), (5, 5, 5, 5, 5))  # fmt: skip
        for place, late in enumerate(days):
            due = self.as_of - timedelta(days=210 + place)
            inferred = len(days) == 4 and place < self.one(2, 3)
            issued = due - timedelta(days=30)
            self.add("invoices", account_id=name, issue_date=issued, due_date="" if inferred else due, paid_date=due + timedelta(days=late), amount="1000",
                     open_amount="0", status="paid", currency="EUR")  # fmt: skip
        if self.maybe(0.2):  # one large late invoice is half of what was due
            due = self.as_of - timedelta(days=250)
            self.add("invoices", account_id=name, issue_date=due - timedelta(days=30), due_date=due, paid_date=due + timedelta(days=self.one(30, 60, 120)),
                     amount=1000 * len(days) + self.one(0, 0, -1), open_amount="0", status="paid", currency="EUR")  # fmt: skip

    def _terms(self) -> None:
        """Terms at the legal ceiling: 60 days, 45 days end of month either way, one day more."""
        for _ in range(self.one(0, 1, 2, 3, 4)):
            issued = self.as_of - timedelta(days=self.random.randrange(120, 200))
            if self.maybe(0.5):  # at the end of a month the sixty days are the longest of the three
                issued = add_months(issued.replace(day=1), self.one(0, 1)) - timedelta(days=1)
            month_end = add_months(issued.replace(day=1), 1) - timedelta(days=1)
            after = add_months((issued + timedelta(days=45)).replace(day=1), 1) - timedelta(days=1)
            due = max(issued + timedelta(days=60), month_end + timedelta(days=45), after) + timedelta(days=self.one(0, 1, 1))
            self.add(
                "invoices",
                account_id=self.names[0],
                issue_date=issued,
                due_date=due,
                paid_date=due,
                amount="1000",
                open_amount="0",
                status="paid",
                currency="EUR",
            )

    def _invoices_without_rate(self) -> None:
        if self.maybe(0.4):
            rows = self.tables["invoices"]
            seen = [
                row
                for row in rows
                if ((row["due_date"] or "x") <= str(self.as_of) and str(self.start(12)) <= (row["due_date"] or ""))
                or row["status"] == "open"
            ]
            inferred = sum(row["due_date"] == "" for row in rows)
            known = len(seen) + inferred
            for _ in range(-known % 19):
                self.add("invoices", account_id=self.names[-1], issue_date=self.back(60), due_date=self.back(30), paid_date=self.back(30), amount="1", open_amount="0",
                         status="paid", currency="EUR")  # fmt: skip
            for _ in range(-(-known // 19) + self.one(0, 0, 1)):
                self.add("invoices", account_id=self.names[-1], issue_date=self.back(60), due_date=self.back(30), paid_date="", amount="1", open_amount="1", status="open",
                         currency="GBP")  # fmt: skip

    def _contracts(self) -> None:
        """A commitment of which exactly 90 or 75 % came; a quarter of the period, a day less."""
        for name in self.names[:4]:
            start = self.one(self.start(12), self.start(6), self.as_of - timedelta(days=29))
            elapsed = (self.as_of - start).days + 1
            got = sum(
                (
                    Fraction(row["amount"])
                    for row in self.tables["revenue"]
                    if row["account_id"] == name and row["date"] >= str(start) and row["currency"] == "EUR"
                ),
                Fraction(0),
            )
            whole = self.one(2 * elapsed, 4 * elapsed, 4 * elapsed + 1, elapsed)
            asked = got * whole / elapsed / self.one(Fraction(9, 10), Fraction(3, 4), 1)
            if self.maybe(0.7) and asked.denominator in {1, 2, 4, 5, 10, 20, 25, 50, 100}:
                self.add("contracts", account_id=name, start_date=start, end_date=start + timedelta(days=whole - 1), committed_amount=decimal(asked), currency="EUR",
                         status=self.one("active", ""), special_terms=self.one("", "true", "false"))  # fmt: skip
            elif self.maybe(0.4):
                self.add("contracts", account_id=name, start_date=self.one(self.as_of, self.end), end_date=self.one("", self.as_of, self.back(1)), committed_amount="",
                         currency="EUR", status=self.one("active", "ended"), special_terms=self.one("", "true"))  # fmt: skip


def company_of(seed: int) -> Company:
    """Every other company is one of trouble, every other one at the limits."""
    return Maker(seed).company() if seed % 2 == 0 else Edges(seed).company()


def decimal(value: Fraction | int) -> str:
    """As many digits as a file can hold."""
    return f"{float(round(Fraction(value), 4)):.4f}"


def _parts(amount: Fraction, count: int) -> Iterable[Fraction]:
    """`amount` in `count` parts of whole cents, none if there is nothing."""
    if not amount:
        return []
    part = Fraction(int(amount / count * 100), 100)
    return [part] * (count - 1) + [amount - part * (count - 1)]


def _filled(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [{name: row.get(name, "") for name in names} for row in rows]

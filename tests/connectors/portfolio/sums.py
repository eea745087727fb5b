"""The rules' figures again, by plain loops over the generated rows: no SQL, no code of the product.

Only what the stories need. Windows follow domain.md 0: half-open, whole months, the day clipped to the month's end.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from connectors.sandbox.portfolio import Portfolio, Row

WEIGHTS = {"rude": 1, "insult": 3, "threat": 5, "violence": 8, "discrimination_or_harassment": 8}


def add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


class Sums:
    def __init__(self, portfolio: Portfolio) -> None:
        self.portfolio = portfolio
        self._nets: dict[tuple[date, date], dict[str, float]] = {}
        self._by_group: dict[str, dict[str, list[Row]]] = {}
        self.end = self.portfolio.today + timedelta(days=1)
        self.parents = {row["account_id"]: row["parent_id"] for row in self.portfolio.rows("accounts") if row["parent_id"]}
        self.zone = ZoneInfo(self.portfolio.zone)
        self.rates = list(self.portfolio.rows("rates"))

    def group(self, account: str) -> str:
        return self.parents.get(account, account)

    def window(self, months: int, back: int = 0) -> tuple[date, date]:
        return add_months(add_months(self.end, -months), -back), add_months(self.end, -back)

    def by_group(self, table: str) -> dict[str, list[Row]]:
        if table not in self._by_group:
            rows: dict[str, list[Row]] = defaultdict(list)
            for row in self.portfolio.rows(table):
                rows[self.group(row["account_id"])].append(row)
            self._by_group[table] = rows
        return self._by_group[table]

    def local(self, moment) -> date:
        return moment.astimezone(self.zone).date()

    def home(self, row: Row, when: str) -> float:
        if row["currency"] == self.portfolio.home_currency:
            return float(row["amount"])
        rates = [r["units_per_home"] for r in self.rates if r["currency"] == row["currency"] and r["from"] <= row[when] < r["to_exclusive"]]
        assert len(rates) == 1, (row, rates)
        return float(row["amount"]) / rates[0]

    def revenue(self, start: date, end: date) -> dict[str, float]:
        """Net revenue per group, in euros."""
        if (start, end) in self._nets:
            return self._nets[start, end]
        net = self._nets[start, end] = defaultdict(float)
        for row in self.portfolio.rows("revenue"):
            if start <= row["date"] < end:
                net[self.group(row["account_id"])] += self.home(row, "date") * (-1 if row["kind"] == "credit_note" else 1)
        return net

    def shares(self, months: int = 12, back: int = 0) -> dict[str, float]:
        net = self.revenue(*self.window(months, back))
        total = sum(value for value in net.values() if value > 0)
        return {group: max(value, 0.0) / total for group, value in net.items()}

    # ------------------------------------------------------------ PAY

    def days_late(self, row: Row) -> int:
        late = ((row["paid_date"] or self.portfolio.today) - row["due_date"]).days
        return late if late > 3 else 0

    def lateness(self, rows: list[Row]) -> tuple[int, float, float]:
        """Due invoices, their weighted days late, the share of late ones."""
        start, end = self.window(12)
        due = [
            r for r in rows if start <= r["due_date"] < end and r["status"] in {"open", "paid"} and not (r["disputed"] and r["own_fault"])
        ]
        amount = sum(float(r["amount"]) for r in due)
        if not due:
            return 0, 0.0, 0.0
        weighted = sum(float(r["amount"]) * self.days_late(r) for r in due) / amount
        return len(due), weighted, sum(self.days_late(r) > 0 for r in due) / len(due)

    def payment_level(self, rows: list[Row]) -> str | None:
        count, weighted, share = self.lateness(rows)
        if count >= 3 and share >= 0.30 and weighted >= 15:
            return "critical" if weighted >= 60 else "alert" if weighted >= 30 else "watch"
        return "watch" if count >= 6 and share >= 0.70 and weighted >= 5 else None

    def overdue_level(self, rows: list[Row]) -> str | None:
        month = sum(value for value in self.revenue(*self.window(12)).values() if value > 0) / 12
        overdue = [
            r for r in rows if r["status"] == "open" and r["due_date"] < self.portfolio.today and not (r["disputed"] and r["own_fault"])
        ]
        if sum(float(r["open_amount"]) for r in overdue) < max(500, 0.005 * month):
            return None
        oldest = max((self.portfolio.today - r["due_date"]).days for r in overdue)
        return "critical" if oldest >= 90 else "alert" if oldest >= 60 else "watch" if oldest >= 30 else None

    # ------------------------------------------------------------ OPS, BEH, GOV, CON, CTS, VOL

    def is_rush(self, order: Row) -> bool:
        lead = (order["requested_date"] - self.local(order["ordered_at"])).days
        return bool(order["is_rush"]) or lead < 0.5 * order["standard_lead_days"]

    def rush(self) -> dict[str, tuple[int, int]]:
        """Orders and rush orders of the last six months per group."""
        start, end = self.window(6)
        counts: dict[str, tuple[int, int]] = {}
        for group, rows in self.by_group("orders").items():
            recent = [r for r in rows if start <= self.local(r["ordered_at"]) < end]
            counts[group] = (len(recent), sum(self.is_rush(r) for r in recent))
        return counts

    def rush_level(self, group: str, counts: dict[str, tuple[int, int]]) -> str | None:
        orders, rush = counts.get(group, (0, 0))
        rest = [sum(value[i] for other, value in counts.items() if other != group) for i in (0, 1)]
        if orders < 5 or rest[0] < 10:
            return None
        share, others = rush / orders, rest[1] / rest[0]
        ratio = share / others if others else float("inf")
        return "alert" if share >= 0.40 and ratio >= 2 else "watch" if share >= 0.25 and ratio >= 1.5 else None

    def hostility(self, rows: list[Row]) -> tuple[float, int, int]:
        """Index, distinct cases, distinct days of the weighted inbound incidents of the last year."""
        start, end = self.window(12)
        counted = [r for r in rows if r["direction"] == "in" and r["category"] in WEIGHTS and start <= self.local(r["occurred_at"]) < end]
        ages = [(self.portfolio.today - self.local(r["occurred_at"])).days for r in counted]
        index = sum(WEIGHTS[r["category"]] * 2 ** (-age / 90) for r, age in zip(counted, ages, strict=True))
        return index, len({r["case_id"] for r in counted}), len(set(ages))

    def own_fault(self, group: str) -> float | None:
        """The larger of our share in its complaints and in the late deliveries of the last year."""
        start, end = self.window(12)
        complaints = [
            r
            for r in self.by_group("cases")[group]
            if r["category"] in {"complaint", "public_complaint"} and start <= self.local(r["opened_at"]) < end
        ]
        orders = [
            r
            for r in self.by_group("orders")[group]
            if start <= self.local(r["ordered_at"]) < end and r["delivered_date"] and r["promised_date"]
        ]
        shares = []
        if len(complaints) >= 2:
            shares.append(sum(r["own_fault"] for r in complaints) / len(complaints))
        if len(orders) >= 4:
            shares.append(sum(r["delivered_date"] > r["promised_date"] for r in orders) / len(orders))
        return max(shares, default=None)

    def respect_level(self, group: str, incidents: list[Row]) -> str | None:
        index, cases, days = self.hostility(incidents)
        if index < 3 or cases < 2 or days < 2:
            return None
        if (self.own_fault(group) or 0) >= 0.50:
            return "info"
        return "critical" if index >= 10 else "alert" if index >= 6 else "watch"

    def new_deciders(self, group: str, contacts: list[Row], first_revenue: date | None) -> list[Row]:
        deciding = [r for r in contacts if r["is_decision_maker"]]
        return [
            r
            for r in deciding
            if (self.portfolio.today - r["since"]).days <= 180
            and (any(other["since"] < r["since"] for other in deciding) or (first_revenue is not None and first_revenue < r["since"]))
        ]

    def fulfilment(self, group: str, contract: Row) -> float | None:
        today = self.portfolio.today
        if not contract["committed_amount"] or not contract["start_date"] <= today <= contract["end_date"]:
            return None
        elapsed = ((today - contract["start_date"]).days + 1) / ((contract["end_date"] - contract["start_date"]).days + 1)
        if elapsed < 0.25:
            return None
        return self.revenue(contract["start_date"], self.end)[group] / (float(contract["committed_amount"]) * elapsed)

    def margins(self) -> dict[str, float]:
        """Margin after direct cost, hours, overtime premium, rush and the finance of receivables, over the revenue of the year."""
        start, end = self.window(12)
        company = next(iter(self.portfolio.rows("company")))
        net, cost = self.revenue(start, end), defaultdict(float)
        for row in self.portfolio.rows("revenue"):
            if start <= row["date"] < end and row["direct_cost"] is not None:
                cost[self.group(row["account_id"])] += self.home(row | {"amount": row["direct_cost"]}, "date")
        for row in self.portfolio.rows("hours"):
            if start <= row["week"] < end:
                cost[self.group(row["account_id"])] += (row["hours"] + 0.25 * row["overtime_25"] + 0.5 * row["overtime_50"]) * company[
                    "hourly_cost"
                ]
        for group, rows in self.by_group("orders").items():
            rush = sum(self.is_rush(r) for r in rows if start <= self.local(r["ordered_at"]) < end)
            cost[group] += rush * float(company["rush_cost_per_order"])
        for row in self.portfolio.rows("invoices"):
            if row["status"] in {"open", "paid"}:
                owed = (min(row["paid_date"] or end, end) - max(row["issue_date"], start)).days
                cost[self.group(row["account_id"])] += self.home(row, "issue_date") * max(owed, 0) / 365 * company["finance_rate"]
        return {group: (value - cost[group]) / value for group, value in net.items() if value > 0}

    def fading_level(self, group: str, shares_before: dict[str, float]) -> str | None:
        days = sorted({r["date"] for r in self.by_group("revenue")[group] if r["kind"] == "invoice"})
        if not days:
            return None
        silent = (self.portfolio.today - days[-1]).days
        rank = sorted(shares_before, key=lambda g: -shares_before[g]).index(group) if group in shares_before else 999
        level = None
        if shares_before.get(group, 0) >= 0.10:
            now, then = self.revenue(*self.window(3))[group], self.revenue(*self.window(3, 12))[group]
            change = now / then - 1 if then > 0 else 0.0
            level = "critical" if silent >= 90 else "alert" if change <= -0.30 else "watch" if change <= -0.15 else None
        recent = [day for day in days if add_months(days[-1], -24) < day]
        gaps = sorted((b - a).days for a, b in pairwise(recent))
        if level is None and len(recent) >= 6 and rank < 20 and silent >= max(60, 3 * gaps[len(gaps) // 2]):
            level = "watch"
        return level

    def margin_level(self, margin: float) -> str | None:
        return "critical" if margin <= -0.20 else "alert" if margin <= 0 else "watch" if margin <= 0.10 else None

    def fulfilment_level(self, group: str) -> str | None:
        found = [self.fulfilment(group, row) for row in self.by_group("contracts").get(group, []) if row["committed_amount"]]
        worst = min((one for one in found if one is not None), default=9.0)
        return "alert" if worst <= 0.75 else "watch" if worst <= 0.90 else None

    def leave_level(self, rows: list[Row]) -> str | None:
        start, end = self.window(12)
        threats = [self.local(r["occurred_at"]) for r in rows if r["category"] == "leave_threat"]
        months = sum(any(self.window(n)[0] <= day < (self.window(n - 1)[0] if n > 1 else end) for day in threats) for n in range(1, 7))
        count = sum(start <= day < end for day in threats)
        return "alert" if count >= 4 or months >= 3 else "watch" if count >= 2 else None

    def decider_level(self, group: str) -> str | None:
        first = min((row["date"] for row in self.by_group("revenue").get(group, [])), default=None)
        if not self.new_deciders(group, self.by_group("contacts").get(group, []), first):
            return None
        return "watch" if self.main_contact(group, 0, 90) != self.main_contact(group, 91, 270) else "info"

    def main_contact(self, group: str, newest: int, oldest: int) -> str | None:
        counts: dict[str, int] = defaultdict(int)
        for row in self.by_group("activities").get(group, []):
            if row["contact_id"] and newest <= (self.portfolio.today - self.local(row["started_at"])).days <= oldest:
                counts[row["contact_id"]] += 1
        return min(counts, key=lambda one: (-counts[one], one), default=None)

    def levels(self) -> dict[str, dict[str, str]]:
        """What the rules of the stories say about every group, silent ones left out."""
        shares, before, margins, rush = self.shares(), self.shares(12, 12), self.margins(), self.rush()
        found: dict[str, dict[str, str]] = {}
        for group in {self.group(row["account_id"]) for row in self.portfolio.rows("accounts")}:
            share = shares.get(group, 0.0)
            levels = {
                "DEP-01": "critical"
                if share >= 0.5
                else "alert"
                if share >= 0.3
                else "watch"
                if share >= 0.2
                else "info"
                if share >= 0.1
                else None,
                "PAY-01": self.payment_level(self.by_group("invoices").get(group, [])),
                "PAY-02": self.overdue_level(self.by_group("invoices").get(group, [])),
                "OPS-01": self.rush_level(group, rush),
                "BEH-02": self.respect_level(group, self.by_group("incidents").get(group, [])),
                "BEH-03": self.leave_level(self.by_group("incidents").get(group, [])),
                "GOV-01": self.decider_level(group),
                "CON-01": self.fulfilment_level(group),
                "CTS-01": self.margin_level(margins[group]) if share >= 0.02 else None,
                "VOL-01": self.fading_level(group, before),
                "PAY-03": self.ceiling_level(self.by_group("invoices").get(group, [])),
            }
            found[group] = {rule: level for rule, level in levels.items() if level}
        return {group: levels for group, levels in found.items() if levels}

    def ceiling_level(self, rows: list[Row]) -> str | None:
        """More than 60 days and beyond 45 days end of month, both ways of counting: by hand for terms that are clear cut."""
        start, end = self.window(12)
        beyond = [r for r in rows if start <= r["issue_date"] < end and (r["due_date"] - r["issue_date"]).days > 60]
        beyond = [r for r in beyond if r["due_date"] > month_end(r["issue_date"] + timedelta(days=45))]
        beyond = [r for r in beyond if r["due_date"] > month_end(r["issue_date"]) + timedelta(days=45)]
        return "watch" if len(beyond) >= 3 else "info" if beyond else None

    def concentration(self) -> tuple[float, float]:
        """HHI and the share of the five first."""
        shares = sorted(self.shares().values(), reverse=True)
        return sum(share**2 for share in shares), sum(shares[:5])

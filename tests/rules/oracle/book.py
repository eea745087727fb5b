"""CSV rows as a person reads them: typed cells, local days, the last row of an id, groups, windows, the rate of a day."""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
Tables = dict[str, list[dict[str, str]]]
ZONE = ZoneInfo("Europe/Paris")

KEYS = {
    "accounts": "account_id", "revenue": "line_id", "invoices": "invoice_id", "contracts": "contract_id", "orders": "order_id", "cases": "case_id",
    "activities": "activity_id", "contacts": "contact_id", "pipeline": "deal_id", "incidents": "message_id",
}  # fmt: skip
WORDS = {
    ("revenue", "kind"): {"invoice", "credit_note", "order", "won_deal"},
    ("invoices", "status"): {"draft", "open", "paid", "voided"},
    ("contracts", "status"): {"draft", "active", "ended"},
    ("orders", "status"): {"draft", "open", "delivered", "cancelled"},
    ("order_changes", "cause"): {"client", "supplier", "us", "other"},
    ("cases", "priority"): {"low", "normal", "high", "urgent"},
    ("cases", "category"): {
        "complaint",
        "public_complaint",
        "contract_breach",
        "values_conflict",
        "harassment",
        "supplier_review",
        "tender",
        "insolvency",
        "question",
        "incident",
        "request",
        "other",
    },
    ("incidents", "category"): {
        "rude",
        "insult",
        "threat",
        "violence",
        "discrimination_or_harassment",
        "leave_threat",
        "legal_pressure",
        "public_exposure",
        "rush_pressure",
        "complaint",
        "advisory_request",
        "values_conflict",
        "harassment",
        "none",
    },
    ("incidents", "direction"): {"in", "out"},
    ("activities", "kind"): {"meeting", "call", "email", "task"},
    ("activities", "initiated_by"): {"us", "client"},
    ("activities", "topic"): {"advisory", "transactional", "other"},
    ("pipeline", "stage"): {"qualification", "proposal", "negotiation", "won", "lost"},
    ("repairs", "kind"): {"repair", "last_round"},
}
TRUTHS = {
    "is_person",
    "insolvent",
    "disputed",
    "own_fault",
    "special_terms",
    "is_rush",
    "unfounded",
    "confirmed",
    "is_decision_maker",
    "on_site",
    "is_won",
    "is_new_business",
}
WHOLE = {"payment_terms_days", "departures_linked_24m", "pulse_n", "notice_months", "standard_lead_days", "reopened_count", "people"}
NUMBERS = {
    "amount",
    "open_amount",
    "committed_amount",
    "direct_cost",
    "units_per_home",
    "kept_ratio",
    "pulse_mean",
    "hours",
    "overtime_25",
    "overtime_50",
    "weekend_hours",
    "hourly_cost",
    "duration_minutes",
    "probability",
    "rush_cost_per_order",
    "commitments_kept",
    "annual_penalty_rate",
    "finance_rate",
}
DAYS = {"date", "issue_date", "due_date", "paid_date", "start_date", "end_date", "requested_date", "promised_date", "delivered_date", "from", "to_exclusive", "week", "since", "until", "review_date", "expected_close", "stage_since", "old_promised_date", "new_promised_date", "held_at"}  # fmt: skip


def add_months(on: date, months: int) -> date:
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))


def month_end(on: date) -> date:
    return on.replace(day=calendar.monthrange(on.year, on.month)[1])


def cell(table: str, column: str, text: str) -> Any:
    """One cell. Empty, or a word that nobody knows, is None."""
    if text == "":
        return None
    if (table, column) in WORDS:
        return text if text in WORDS[table, column] else None
    for columns, read in ((TRUTHS, "true".__eq__), (WHOLE, int), (NUMBERS, Decimal), (DAYS, date.fromisoformat)):
        if column in columns:
            return read(text)
    return local(text) if column.endswith("_at") else text


def local(text: str) -> datetime:
    """The wall clock in the portfolio's zone: an offset is converted, without one the time is local already."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is None else moment.astimezone(ZONE).replace(tzinfo=None)


@dataclass
class Book:
    """One company as of one day."""

    raw: Tables
    as_of: date
    tables: dict[str, list[Row]] = field(init=False)
    columns: set[str] = field(init=False)
    group_of: dict[str, str] = field(init=False)
    persons: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.columns = {f"{table}.{column}" for table, rows in self.raw.items() for row in rows for column in row}
        self.tables = defaultdict(list, {name: self._read(name, rows) for name, rows in self.raw.items()})
        self.accounts = {row["account_id"]: row for row in self.tables["accounts"]}
        self.group_of = {account: self._top(account) for account in self.accounts}
        self.persons = {group for group in self.group_of.values() if self.accounts[group].get("is_person")}
        self.everyone = sorted(set(self.group_of.values()))
        self.groups = [group for group in self.everyone if group not in self.persons]
        self.end = self.as_of + timedelta(days=1)

    @staticmethod
    def _read(name: str, rows: list[dict[str, str]]) -> list[Row]:
        typed = [{column: cell(name, column, text) for column, text in row.items()} for row in rows]
        key = KEYS.get(name)
        if key is None:
            return typed
        return list({row[key]: row for row in typed}.values())

    def _top(self, account: str) -> str:
        """Walk up. A member of a cycle is its own group, and whoever hangs below a member belongs to that one."""
        seen: list[str] = []
        while account not in seen:
            seen.append(account)
            parent = self.accounts[account].get("parent_id")
            if parent is None or parent not in self.accounts:
                return account
            account = parent
        ring = seen[seen.index(account) :]
        return next(step for step in seen if step in ring)

    def window(self, months: int, *, year_before: bool = False) -> tuple[date, date]:
        start, end = add_months(self.end, -months), self.end
        return (add_months(start, -12), add_months(end, -12)) if year_before else (start, end)

    def before(self, months: int) -> tuple[date, date]:
        """The months right before the window of as many months."""
        return add_months(self.end, -2 * months), add_months(self.end, -months)

    def age(self, on: date) -> int:
        return (self.as_of - on).days

    def day(self, row: Row, column: str) -> date | None:
        """The local day of a time, None when unknown or after the day judged."""
        value = row.get(column)
        found = value.date() if isinstance(value, datetime) else value
        return None if found is None or found > self.as_of else found

    def inside(self, row: Row, column: str, window: tuple[date, date]) -> bool:
        on = self.day(row, column)
        return on is not None and window[0] <= on < window[1]

    def rows(self, table: str, *, dated: str | None = None) -> list[tuple[str, Row]]:
        """(group, row) of every row with a known account; those without a day, or after the day judged, left out when `dated`."""
        found = []
        for row in self.tables[table]:
            group = self.group_of.get(row.get("account_id") or "")
            if group is not None and (dated is None or self.day(row, dated) is not None):
                found.append((group, row))
        return found

    def has(self, table: str, columns: str) -> bool:
        return all(f"{table}.{column}" in self.columns for column in columns.split())

    def home(self, amount: Decimal | None, currency: str | None, on: date | None) -> Decimal | None:
        """An amount in euro at the rate of that day; None where there is none."""
        if amount is None or currency in {None, "EUR"}:
            return amount
        fitting = [
            rate
            for rate in self.tables["rates"]
            if on is not None
            and rate["currency"] == currency
            and rate["from"] <= on
            and (rate.get("to_exclusive") is None or on < rate["to_exclusive"])
        ]
        if not fitting:
            return None
        units = max(fitting, key=lambda rate: rate["from"]).get("units_per_home")
        return None if units is None or units <= 0 else (amount / units).quantize(Decimal("0.000001"))

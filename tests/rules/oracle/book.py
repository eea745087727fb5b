"""CSV rows of one or several CRMs as a person reads them: typed cells, local days, the last row of an id, windows, the rate of a day.

Every id is written `crm:id` here, so that the books of several CRMs are one; who is whose client is in clients.py.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.rules.oracle.clients import CRMS, Clients

Row = dict[str, Any]
Tables = dict[str, list[dict[str, str]]]
Sources = dict[str, Tables]
"""The tables of each CRM."""

KEYS = {
    "accounts": "account_id", "revenue": "line_id", "invoices": "invoice_id", "contracts": "contract_id", "orders": "order_id", "cases": "case_id",
    "activities": "activity_id", "contacts": "contact_id", "pipeline": "deal_id",
}  # fmt: skip
NAMED = {"incidents": ("message_id", "category", "confirmed"), "repairs": ("account_id", "kind", "held_at"), "rates": ("currency", "from")}
"""What makes a row the same one where it is not its id alone: of a message several categories may be noted."""
PARIS = ZoneInfo("Europe/Paris")
OWN_IDS = {
    "account_id",
    "line_id",
    "invoice_id",
    "contract_id",
    "order_id",
    "case_id",
    "activity_id",
    "contact_id",
    "deal_id",
    "message_id",
}
"""Columns that name a record of the same CRM."""
WORDS = {
    ("accounts", "stage"): {"balanced", "watch", "repair", "last_round", "decision", "exit_notice", "after_care", "ended"},
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


def cell(table: str, column: str, text: str, zone: ZoneInfo) -> Any:
    """One cell. Empty, or a word that nobody knows, is None."""
    if text == "":
        return None
    if (table, column) in WORDS:
        return text if text in WORDS[table, column] else None
    for columns, read in ((TRUTHS, "true".__eq__), (WHOLE, int), (NUMBERS, Decimal), (DAYS, date.fromisoformat)):
        if column in columns:
            return read(text)
    return local(text, zone) if column.endswith("_at") else text


def local(text: str, zone: ZoneInfo) -> datetime:
    """The wall clock in the portfolio's zone: an offset is converted, without one the time is local already."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is None else moment.astimezone(zone).replace(tzinfo=None)


@dataclass
class Book:
    """One company as of one day, seen on `today`. `held`: privileges by account of groups in repair or later, as an earlier run saw them."""

    raw: Sources
    as_of: date
    today: date | None = None
    zone: ZoneInfo = PARIS
    held: dict[str, set[str]] = field(default_factory=dict)
    tables: dict[str, list[Row]] = field(init=False)
    columns: set[str] = field(init=False)
    given: dict[str, set[str]] = field(init=False)
    spare: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        crms = [crm for crm in CRMS if crm in self.raw]
        self.columns = {f"{table}.{column}" for crm in crms for table, rows in self.raw[crm].items() for row in rows for column in row}
        self.given = {crm: {f"{table}.{column}" for table, rows in self.raw[crm].items() for row in rows for column in row} for crm in crms}
        self.clients = Clients({crm: self.raw[crm].get("accounts", []) for crm in crms})
        self.tables = defaultdict(list)
        for crm in crms:
            for name, rows in self.raw[crm].items():
                self.tables[name] += self._read(crm, name, rows)
        self.accounts = {row["account_id"]: row for row in self.tables["accounts"]}
        self.group_of, self.persons = self.clients.group_of, self.clients.persons
        self.everyone = sorted(set(self.group_of.values()))
        self.groups = [group for group in self.everyone if group not in self.persons]
        self.end = self.as_of + timedelta(days=1)
        self.now = max(self.as_of, self.today or self.as_of)

    def _read(self, crm: str, name: str, rows: list[dict[str, str]]) -> list[Row]:
        if name == "order_changes":
            rows = [row for row in rows if row.get("order_id")]
        record = "message_id" if name == "incidents" else KEYS.get(name, "account_id")
        if not any(record in row for row in rows):  # a file without ids: each row is a record of its own
            rows = [{record: f"row {number}", **row} for number, row in enumerate(rows)]
        typed = [self._row(crm, name, row) for row in rows]
        names = NAMED.get(name, (KEYS[name],) if name in KEYS else ())
        if not names:
            return typed
        last: dict[tuple[Any, ...], Row] = {}
        for row in typed:
            same = tuple(row.get(column) for column in names)
            row["odd"] = [*last.get(same, row)["odd"], *row["odd"]]
            last[same] = row
        self.spare += [name] * (len(typed) - len(last))
        return list(last.values())

    def _row(self, crm: str, name: str, row: dict[str, str]) -> Row:
        found = {column: cell(name, column, text, self.zone) for column, text in row.items()}
        for column in OWN_IDS & found.keys():
            if found[column] is not None and (column, name) != ("contact_id", "activities"):
                found[column] = f"{crm}:{found[column]}"
        if name != "accounts":
            for column in {"account_id", "cause_account_id"} & found.keys():
                found[column] = self.clients.meant(crm, row[column])
        found["crm"] = crm
        found["odd"] = [column for column, text in row.items() if (name, column) in WORDS and text not in {"", *WORDS[name, column]}]
        return found

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

    def firm(self, column: str) -> Any:
        """A figure of the firm: the first CRM that gives it."""
        return next((row[column] for row in self.tables["company"] if row.get(column) is not None), None)

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
        units = max(fitting, key=lambda rate: (rate["from"], -CRMS.index(rate["crm"]))).get("units_per_home")
        return None if units is None or units <= 0 else (amount / units).quantize(Decimal("0.000001"))

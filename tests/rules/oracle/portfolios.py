"""Random companies with the trouble that real ones have, as CSV rows; the same seed gives the same company.

Hierarchies with cycles, missing parents and natural persons, clients in several CRMs (spread.py), currencies with gaps and overlapping
rates, credit notes, rows without account, duplicate ids, words that nobody knows, times around midnight and the change of clocks, rows
from the future, columns and tables that are missing, figures that meet a limit exactly.
"""

from __future__ import annotations

import calendar
import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.rules.oracle.book import KEYS, Book, Sources, Tables, add_months
from tests.rules.oracle.spread import spread
from tests.rules.oracle.yesterday import yesterday

DAYS = (
    date(2026, 6, 30),
    date(2028, 2, 29),
    date(2028, 2, 28),
    date(2027, 3, 31),
    date(2026, 12, 31),
    date(2026, 3, 29),
    date(2026, 10, 25),
)
KEPT = ("revenue", "accounts")
"""Tables that are seldom missing."""
STAGES = ("", "", "balanced", "watch", "repair", "last_round", "decision", "exit_notice", "after_care", "ended", "parted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The tables of each CRM, judged as of a day by a program whose clock says `now`; `held` as in book.py; `before`
    is what an earlier read found."""

    sources: Sources
    as_of: date
    now: datetime
    zone: str = "Europe/Paris"
    held: dict[str, set[str]] = field(default_factory=dict)
    before: Sources = field(default_factory=dict)

    @property
    def book(self) -> Book:
        zone = ZoneInfo(self.zone)
        return Book(self.sources, self.as_of, self.now.astimezone(zone).date(), zone, self.held)


def of_files(tables: Tables, as_of: date) -> Company:
    """A company whose tables are files, judged on the day itself."""
    return Company(sources={"files": tables}, as_of=as_of, now=datetime.combine(as_of, time(12), UTC))


class Maker:
    """One random company."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.as_of = self.random.choice(DAYS)
        self.size = self.random.choice((1, 2, 4, 6, 6, 12))
        self.names = [f"A{n}" for n in range(self.size)]
        self.tables: Tables = {}
        self.scale = self.random.choice((4, 12, 40))
        self.round = self.random.choice((False, False, True))

    # ---------------------------------------------------------------- cells

    def one(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def maybe(self, share: float) -> bool:
        return self.random.random() < share

    def flag(self, *, empty: float = 0.3, true: float = 0.5) -> str:
        return "" if self.maybe(empty) else str(self.maybe(true)).lower()

    def account(self) -> str:
        """Mostly one client, sometimes another, seldom nobody."""
        if self.maybe(0.03):
            return self.one("", "nobody")
        return self.names[min(int(self.random.expovariate(0.6)), self.size - 1)]

    def day(self, months: int = 26) -> date:
        """A day, often one at the edge of a window or of a month."""
        if self.maybe(0.25):
            return add_months(self.as_of + timedelta(days=1), -self.one(0, 3, 6, 12, 15, 24)) + timedelta(days=self.one(-2, -1, 0, 1))
        if self.maybe(0.1):
            some = add_months(self.as_of, -self.random.randrange(months))
            return some.replace(day=calendar.monthrange(some.year, some.month)[1])
        if self.maybe(0.02):
            return self.as_of + timedelta(days=self.random.randrange(1, 60))
        return self.as_of - timedelta(days=self.random.randrange(30 * self.one(1, 3, 6, months)))

    def time(self, months: int = 14) -> str:
        on, clock = self.day(months), self.one("08:00:00", "09:30:00", "12:15:00", "17:59:00", "22:30:00", "23:59:59", "00:00:00")
        return f"{on}T{clock}{self.one('', '', 'Z', '+02:00', '-05:00')}"

    def money(self) -> str:
        if self.maybe(0.04):
            return self.one("0", "0.40", "0.75", "1")
        if self.round:
            return str(1000 * self.one(1, 1, 2, 2, 3, 4, 5, 10, 20))
        return f"{self.one(1, 1, 1, 3, 10) * self.random.randrange(1, 500_000) / 100:.2f}"

    def currency(self) -> str:
        return self.one("EUR", "EUR", "EUR", "EUR", "", "USD", "GBP") if self.foreign else self.one("EUR", "")

    # ---------------------------------------------------------------- tables

    def company(self) -> Company:
        """The tables of `make`, often spread over several CRMs, and what surrounds them."""
        sources = spread(self.random, self.make())
        late = datetime.combine(self.as_of + timedelta(days=self.one(0, 0, 0, 1, 20, 90)), time(self.one(0, 11, 12, 23)), UTC)
        held = {}
        for crm, tables in sources.items():
            for row in tables.get("accounts", []):
                if self.maybe(0.7 if row.get("stage") in STAGES[4:10] else 0.1):  # a note may be older than the stage of today
                    held[f"{crm}:{row['account_id']}"] = set(self.one("", "rebate", "rebate;priority", "a;b;c;d").split(";")) - {""}
        return Company(
            sources=sources,
            as_of=self.as_of,
            now=late,
            zone=self.one("Europe/Paris", "Europe/Paris", "America/New_York", "Pacific/Auckland"),
            held=held,
            before=yesterday(self.random, sources) if self.maybe(0.2) else {},
        )

    def make(self) -> Tables:
        self.foreign = self.maybe(0.4)
        self._accounts()
        for name in ("revenue", "rates", "invoices", "contracts", "orders", "order_changes", "cases", "incidents", "activities", "contacts", "hours",
                     "pipeline", "repairs", "company"):  # fmt: skip
            if name in KEPT or not self.maybe(0.12):
                rows = [row for row in getattr(self, f"_{name}")() if row is not None]
                if rows:
                    self.tables[name] = rows
        self._spoil()
        return self.tables

    def _accounts(self) -> None:
        self.tables["accounts"] = [
            {
                "account_id": name,
                "name": f"Client {name}",
                "parent_id": self.one("", "", "", "", *self.names, "gone"),
                "is_person": "true" if self.maybe(0.05) else "",
                "stage": self.one(*STAGES),
                "payment_terms_days": self.one("", "30", "45", "0"),
                "privileges": self.one("", "", "rebate", "rebate;priority", "rebate; terms ;rebate;", "a;b;c", "a;b;c;d;e"),
                "insolvent": self.one("", "", "", "", "false", "true") if self.maybe(0.4) else "",
                "departures_linked_24m": self.one("", "", "", "0", "1"),
                "manager_position": self.one("", "", "", "ok", "strained", "no longer", "No_longer"),
                "pulse_mean": (pulse := self.one("", "", "1.9", "2.0", "2.4", "2.5", "2.6", "4")),
                "pulse_n": "" if pulse == "" else self.one("", "4", "5", "12"),
            }
            for name in self.names
        ]

    def _some(self, factor: float = 1) -> range:
        return range(int(self.random.randrange(self.scale) * factor) + 1)

    def _revenue(self) -> Any:
        kinds = self.one(
            ("invoice", "invoice", "invoice", "credit_note"), ("order",), ("invoice", "order", "won_deal", "credit_note", "", "gift")
        )
        for n in self._some(4):
            amount = self.money() if not self.maybe(0.06) else f"-{self.money()}"
            cost = self.one("", "", f"{self.random.randrange(1, 900)}.50")
            yield {"line_id": f"l{n}", "account_id": self.account(), "date": str(self.day()), "amount": amount, "currency": self.currency(),
                   "kind": self.one(*kinds), "direct_cost": cost, "category": self.one("", "a", "b", "c")}  # fmt: skip
        if self.maybe(0.8):
            yield {"line_id": "old", "account_id": self.account(), "date": str(self.as_of - timedelta(days=self.one(179, 180, 700, 2200))),
                   "amount": "1", "currency": "EUR", "kind": kinds[0], "direct_cost": "", "category": ""}  # fmt: skip

    def _rates(self) -> Any:
        for currency in ("USD", "GBP"):
            for _ in range(self.one(0, 1, 2, 3)):
                start = self.day(30) - timedelta(days=self.one(0, 0, 800))
                end = self.one("", "", str(start + timedelta(days=self.one(1, 90, 900))))
                yield {
                    "currency": currency,
                    "from": str(start),
                    "to_exclusive": end,
                    "units_per_home": self.one("1.1", "1.25", "0.8", "7", "0", "-1"),
                }

    def _invoices(self) -> Any:
        for n in self._some(3):
            issued = self.day()
            due = issued + timedelta(days=self.one(0, 30, 30, 45, 60, 61, 75, 76, 105))
            paid = self.one("", "", str(due + timedelta(days=self.one(-5, 0, 3, 4, 15, 33, 64, 95))))
            amount = self.money() if not self.maybe(0.05) else f"-{self.money()}"
            status = self.one("open", "open", "open", "", "draft", "voided", "late") if paid == "" else self.one("paid", "open", "")
            status = "paid" if paid == "" and self.maybe(0.05) else status
            left = self.one("", "", amount, "0.01") if paid == "" and status != "paid" else self.one("", "", "", "0", "12.50")
            yield {"invoice_id": f"i{n}", "account_id": self.account(), "issue_date": str(issued), "due_date": self.one("", str(due), str(due), str(due)),
                   "paid_date": paid, "amount": amount, "open_amount": left, "currency": self.currency(), "status": status,
                   "disputed": self.flag(true=0.1), "own_fault": self.flag()}  # fmt: skip

    def _contracts(self) -> Any:
        for n in self._some(0.3):
            start = self.day(20)
            end = start + timedelta(days=self.one(90, 364, 365, 366, 1000))
            yield {"contract_id": f"k{n}", "account_id": self.account(), "start_date": str(start), "end_date": self.one("", str(end), str(end)),
                   "committed_amount": self.one("", self.money(), "50000", "0", "0.5"), "currency": self.currency(),
                   "status": self.one("active", "active", "", "ended", "draft", "signed"), "special_terms": self.flag(true=0.3)}  # fmt: skip

    def _orders(self) -> Any:
        for n in self._some(4):
            at = self.time(self.one(6, 14))
            on = date.fromisoformat(at[:10])
            promised = on + timedelta(days=self.one(5, 10, 20))
            yield {"order_id": f"o{n}", "account_id": self.account(), "ordered_at": at,
                   "requested_date": self.one("", str(on + timedelta(days=self.one(2, 4, 5, 9, 20)))), "promised_date": self.one("", str(promised)),
                   "delivered_date": self.one("", str(promised + timedelta(days=self.one(-1, 0, 1, 9)))), "is_rush": self.flag(true=0.2),
                   "standard_lead_days": self.one("", "10", "9"), "status": self.one("open", "delivered", "cancelled", "", "draft", "lost")}  # fmt: skip

    def _order_changes(self) -> Any:
        orders = [row["order_id"] for row in self.tables.get("orders", [])] or ["o0"]
        for _ in self._some(self.one(0.3, 2)):
            old = self.day(6)
            yield {"order_id": self.one(*orders, "nowhere"), "changed_at": self.time(self.one(2, 6)), "old_promised_date": self.one("", *[str(old)] * 6),
                   "new_promised_date": self.one("", *[str(old + timedelta(days=self.one(-3, 0, 1, 5, 12)))] * 6),
                   "cause_account_id": self.one("", "", self.account(), self.account()),
                   "cause": self.one("", "", "client", "client", "supplier", "us", "other", "weather")}  # fmt: skip

    def _cases(self) -> Any:
        favourite = self.one("complaint", "question", "contract_breach", "incident")
        for n in self._some(4):
            opened = self.time(self.one(3, 6, 14))
            on = date.fromisoformat(opened[:10])
            answered = f"{on + timedelta(days=self.one(0, 1, 3, 7))}T{self.one('18:30:00', '23:59:59', '10:00:00Z')}"
            yield {"case_id": f"c{n}", "account_id": self.account(), "opened_at": opened,
                   "first_response_at": self.one("", answered, answered),
                   "closed_at": self.one("", f"{on + timedelta(days=self.one(1, 4, 30))}T12:00:00"), "priority": self.one("", "low", "normal", "high", "asap"),
                   "category": self.one("", favourite, favourite, "complaint", "public_complaint", "request", "other", "gossip",
                                        *(["contract_breach", "values_conflict", "harassment", "supplier_review", "tender", "insolvency"] if self.maybe(.2) else [])),
                   "own_fault": self.flag(true=0.3), "unfounded": self.flag(true=0.4), "owner_id": self.one("", "w1", "w2", "w3", "w4"),
                   "escalated_at": self.one("", "", "", f"{on + timedelta(days=self.one(0, 2, 20))}T09:00:00")}  # fmt: skip

    def _incidents(self) -> Any:
        for n in self._some(self.one(0.3, 1)):
            yield {"message_id": f"m{n}", "case_id": self.one("", "c0", "c1", "c2", f"x{n}"), "account_id": self.account(),
                   "occurred_at": self.time(self.one(1, 6, 14)), "direction": self.one("", "in", "in", "in", "out", "sideways"),
                   "category": self.one("rude", "insult", "threat", "violence", "leave_threat", "leave_threat", "leave_threat", "legal_pressure", "harassment",
                                        "values_conflict", "discrimination_or_harassment", "none", "", "shouting"),
                   "confirmed": self.flag()}  # fmt: skip

    def _activities(self) -> Any:
        for n in self._some(4):
            yield {"activity_id": f"v{n}", "account_id": self.account(), "kind": self.one("meeting", "meeting", "meeting", "call", "email", "task", "", "lunch"),
                   "started_at": self.time(14), "duration_minutes": self.one("", "30", "90", "240", "600"), "people": self.one("", "1", "3"),
                   "initiated_by": self.one("", "us", "client"), "topic": self.one("advisory", "transactional", "transactional", "other", ""),
                   "contact_id": self.one("", "p0", "p1", "p2")}  # fmt: skip

    def _contacts(self) -> Any:
        often = (str(self.day(14)), str(self.day(14)))  # one person, known to two CRMs
        for n in self._some(0.4):
            yield {"contact_id": f"p{n}", "account_id": self.account(), "title": self.one("", "Directeur achats", "Comptable", "Head of Operations"),
                   "is_decision_maker": self.flag(), "since": self.one("", *often, str(self.day(14)))}  # fmt: skip

    def _hours(self) -> Any:
        monday = self.as_of - timedelta(days=self.as_of.weekday())
        for n, name in enumerate(self.names):
            if self.maybe(0.3):
                continue
            kept = not self.maybe(0.1)
            for back in range(self.one(10, 30, 60)):
                if self.maybe(0.15):
                    continue
                worked = self.random.randrange(1, 60)
                yield {"account_id": name, "week": str(monday - timedelta(days=7 * back)), "hours": str(worked) if kept else "",
                       "overtime_25": self.one("", "0", str(worked // 4)), "overtime_50": self.one("", "0", str(worked // 8)),
                       "hourly_cost": self.one("", "", "45") if n else ""}  # fmt: skip

    def _pipeline(self) -> Any:
        for n in self._some(0.3):
            opened = self.time(14)
            closed = self.one("", "", f"{date.fromisoformat(opened[:10]) + timedelta(days=self.one(1, 20, 90))}T10:00:00")
            yield {"deal_id": f"d{n}", "account_id": self.account(), "amount": self.money(), "created_at": opened, "closed_at": closed,
                   "stage": self.one("qualification", "proposal", "negotiation", "won", "lost", "")}  # fmt: skip

    def _repairs(self) -> Any:
        often = self.day(14)
        for n in self._some(0.3):
            held = often if self.maybe(0.3) else self.day(14)  # one meeting, typed twice
            yield {"account_id": self.account(), "kind": self.one("", "repair", "last_round"), "held_at": str(held + timedelta(days=0 * n)),
                   "review_date": self.one("", str(held + timedelta(days=self.one(30, 60)))), "kept_ratio": self.one("", "0.2", "0.5", "0.49", "0.9")}  # fmt: skip

    def _company(self) -> Any:
        yield {"hourly_cost": self.one("", "50", "50"), "rush_cost_per_order": self.one("", "40"), "finance_rate": self.one("", "", "0.1", "0"),
               "annual_penalty_rate": self.one("", "0.1215")}  # fmt: skip

    # ---------------------------------------------------------------- trouble

    def _spoil(self) -> None:
        """Rows twice, columns gone."""
        for name, rows in self.tables.items():
            key = KEYS.get(name)
            if key is not None and name != "accounts" and rows and self.maybe(0.2):
                rows.append({**self.one(*rows), key: self.one(*rows)[key]})
            if name == "incidents" and rows and self.maybe(0.3):  # a message of which several categories are noted
                rows.append(
                    {**self.one(*rows), "category": self.one("rude", "insult", "leave_threat", "violence"), "confirmed": self.flag()}
                )
        if self.maybe(0.03):
            self.tables.pop("revenue")
        if self.maybe(0.02):
            self.tables["accounts"] = [
                {column: text for column, text in row.items() if column != "privileges"} for row in self.tables["accounts"]
            ]
        if "invoices" in self.tables and self.maybe(0.04):
            silent = {"paid_date", "status", "open_amount"}  # nothing says whether anything was paid
            self.tables["invoices"] = [
                {column: text for column, text in row.items() if column not in silent} for row in self.tables["invoices"]
            ]
        if self.maybe(0.15):
            name = self.one(*self.tables)
            columns = [
                column
                for column in self.tables[name][0]
                if (column != KEYS.get(name) or name not in {"accounts", "orders"})
                and column not in {"currency", "from", "account_id", "week", "held_at"}
            ]
            if columns:
                gone = self.one(*columns)
                self.tables[name] = [{column: text for column, text in row.items() if column != gone} for row in self.tables[name]]

"""What happens between a client and us, day by day: orders and their delays, cases, incidents, meetings and calls, hours of work.

Every call says how many days ago it happened and adds one canonical row; ids count up in the order of writing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from connectors.sandbox.portfolio.days import Days, worked
from connectors.sandbox.portfolio.model import TABLES, Row, Text

if TYPE_CHECKING:
    from datetime import date
    from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client as the writers of its history need it. `rnd` is its own, so that one client's story never shifts another's."""

    id: str
    name: str
    domain: str
    crms: tuple[str, ...]
    owner: str
    currency: str
    terms: int
    trade: str
    rnd: Random

    @property
    def crm(self) -> str:
        """The CRM after which its group is named."""
        return self.crms[0]


class Diary:
    """The rows of what happened."""

    def __init__(self, today: date, zone: str) -> None:
        self.days = Days(today, zone)
        self.tables: dict[str, list[Row]] = {name: [] for name in TABLES if name not in {"revenue", "invoices"}}
        self.texts: dict[str, Text] = {}

    def _add(self, table: str, **row: Any) -> Row:
        self.tables[table].append(row)
        return row

    def order(
        self, client: Client, ago: int, *, lead: int = 14, asked: int | None = None, slip: int = 0, rush: bool = False, status: str = ""
    ) -> str:
        """An order with `lead` days of usual lead time, asked for in `asked` days, delivered `slip` days after the promise."""
        ordered = self.days.ago(ago)
        wanted = ordered + timedelta(days=lead if asked is None else asked)
        delivered = worked(wanted + timedelta(days=slip)) if slip <= 0 else wanted + timedelta(days=slip)
        done = delivered < self.days.today
        order_id = f"K{len(self.tables['orders']) + 1:07d}"
        self._add(
            "orders",
            order_id=order_id,
            account_id=client.id,
            ordered_at=self.days.at(ago, 30 + 7 * len(self.tables["orders"]) % 500),
            requested_date=wanted,
            promised_date=wanted,
            delivered_date=max(delivered, ordered) if done and not status else None,
            is_rush=rush,
            standard_lead_days=lead,
            status=status or ("delivered" if done else "open"),
        )
        return order_id

    def order_moved(self, order: Row, ago: int, days: int, *, by: Client | None, cause: str) -> None:
        """An order's promised date was put off by `days`, and the delivery with it, because of a client, a supplier or ourselves."""
        promised = order["promised_date"]
        order["promised_date"] = promised + timedelta(days=days)
        if order["delivered_date"] is not None:
            order["delivered_date"] += timedelta(days=days)
        self._add(
            "order_changes",
            order_id=order["order_id"],
            changed_at=self.days.at(ago, 420),
            old_promised_date=promised,
            new_promised_date=order["promised_date"],
            cause_account_id=by.id if by else None,
            cause=cause,
        )

    def case(
        self,
        client: Client,
        ago: int,
        category: str,
        *,
        priority: str = "normal",
        answered: int = 150,
        closed: int | None = 3,
        own_fault: bool = False,
        unfounded: bool = False,
        text: Text | None = None,
    ) -> str:
        """A case answered after so many minutes and closed after so many days (None: still open)."""
        number = len(self.tables["cases"]) + 1
        opened = self.days.at(ago, 20 + 13 * number % 460)
        finished = None if closed is None or closed > ago else self.days.at(ago - closed, 540)
        case_id = f"T{number:06d}"
        self._add(
            "cases",
            case_id=case_id,
            account_id=client.id,
            opened_at=opened,
            first_response_at=opened + timedelta(minutes=answered),
            closed_at=finished,
            priority=priority,
            status="closed" if finished else "open",
            category=category,
            own_fault=own_fault,
            unfounded=unfounded,
            reopened_count=0,
            escalated_at=None,
            owner_id=client.owner,
        )
        if text:
            self.texts[case_id] = text
        return case_id

    def incident(
        self, client: Client, case_id: str | None, ago: int, category: str, *, confirmed: bool = True, direction: str = "in"
    ) -> str:
        """What a message turned out to be, as someone of the team entered it."""
        message_id = f"M{len(self.tables['incidents']) + 1:06d}"
        self._add(
            "incidents",
            message_id=message_id,
            case_id=case_id,
            account_id=client.id,
            occurred_at=self.days.at(ago, 200),
            direction=direction,
            category=category,
            confirmed=confirmed,
        )
        return message_id

    def activity(
        self,
        client: Client,
        ago: int,
        kind: str,
        minutes: int,
        *,
        contact: str | None,
        topic: str = "other",
        by: str = "us",
        people: int = 1,
        on_site: bool = False,
    ) -> None:
        number = len(self.tables["activities"]) + 1
        self._add(
            "activities",
            activity_id=f"A{number:06d}",
            account_id=client.id,
            kind=kind,
            started_at=self.days.at(ago, 60 + 17 * number % 420),
            duration_minutes=float(minutes),
            people=people,
            initiated_by=by,
            topic=topic,
            contact_id=contact,
            owner_id=client.owner,
            on_site=on_site,
        )

    def worked(
        self, client: Client, ago: int, hours: float, *, overtime_25: float = 0.0, overtime_50: float = 0.0, weekend: float = 0.0
    ) -> None:
        """The time sheet of one client and week."""
        self._add(
            "hours",
            account_id=client.id,
            week=self.days.monday(ago),
            hours=round(hours, 2),
            overtime_25=round(overtime_25, 2),
            overtime_50=round(overtime_50, 2),
            weekend_hours=round(weekend, 2),
        )

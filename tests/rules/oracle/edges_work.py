"""What people do at the limits: orders, changes, cases, messages, meetings, contacts, answers, repairs. Half of edges.py."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

    from tests.rules.oracle.book import Tables

AGES = {"threat": 5, "insult": 3, "rude": 1, "violence": 8}
MIXES = (
    (("rude", 0), ("rude", 0), ("rude", 90), ("rude", 90)),
    (("insult", 0), ("insult", 90), ("insult", 90)),
    (("violence", 0), ("rude", 0), ("rude", 90), ("rude", 90)),
    (("insult", 0), ("insult", 0)),
    (("insult", 0), ("insult", 1)),
    (("violence", 31), ("threat", 30)),
    (("rude", 364), ("rude", 365)),
)
"""Messages by age that make 3, 6 and 10 points exactly; a sum on one day; ages at the edge of thirty days and of the year."""


class EdgesOfWork:
    """The half of Edges that is no money."""

    random: random.Random
    as_of: date
    end: date
    names: list[str]
    share: dict[str, Fraction]
    tables: Tables

    def one(self, *choices: Any) -> Any:
        raise NotImplementedError

    def maybe(self, share: float) -> bool:
        raise NotImplementedError

    def back(self, days: int) -> str:
        raise NotImplementedError

    def some(self) -> str:
        raise NotImplementedError

    def line(self, name: str, on: date, amount: Fraction | int, **columns: Any) -> None:
        raise NotImplementedError

    def start(self, months: int) -> date:
        raise NotImplementedError

    def add(self, table: str, **row: Any) -> dict[str, str]:
        raise NotImplementedError

    def at(self, days: int, clock: str = "10:00:00") -> str:
        return f"{self.back(days)}T{clock}"

    def work(self) -> None:
        for part in (
            self._orders,
            self._changes,
            self._cases,
            self._answers,
            self._messages,
            self._threats,
            self._meetings,
            self._contacts,
            self._repairs,
        ):
            if self.maybe(0.85):
                part()

    # ---------------------------------------------------------------- orders

    def order(self, name: str, days: int, **columns: Any) -> str:
        row = {
            "requested_date": "",
            "promised_date": "",
            "delivered_date": "",
            "is_rush": "",
            "standard_lead_days": "",
            "status": "open",
            **columns,
        }
        return self.add("orders", account_id=name, ordered_at=self.at(days), **row)["order_id"]

    def _orders(self) -> None:
        """25 % of eight or 40 % of five or twenty; the rest at exactly two thirds or half of it."""
        rush, count = self.one((2, 8), (5, 20), (2, 5), (8, 20), (1, 4), (2, 4), (10, 20))
        other = self.one((2, 10), (4, 20), (1, 10), (0, 10), (0, 9), (3, 20), (30, 120), (36, 216), (2, 12))
        first = self.one(0, 1)
        for name, (hits, whole) in ((self.names[first], (rush, count)), (self.names[1 - first], other)):
            for place in range(whole):
                lead = self.one(4, 5) if self.maybe(0.2) else ""
                on = self.as_of - timedelta(days=place % 150)
                asked = {"requested_date": on + timedelta(days=lead), "standard_lead_days": 10} if lead != "" and place >= hits else {}
                self.order(name, place % 150, is_rush="true" if place < hits else "", **asked)
        for name in self.names[:3]:
            for place in range(self.one(0, 2, 3, 4, 4, 8)):  # delivered late: half of four
                promised = self.as_of - timedelta(days=200 + place)
                self.order(name, 230 + place, promised_date=promised, delivered_date=promised + timedelta(days=place % 2))

    def _changes(self) -> None:
        """Five orders, two customers, thirty days; three changes a week; moves near a rush order without a cause."""
        count, days = self.one((5, 1), (5, 5), (2, 15), (3, 10), (6, 5), (2, 14), (4, 7), (1, 30), (1, 29))
        owners = self.names[2 : 2 + self.one(1, 2, 2)] or self.names[-1:]
        for place in range(count):
            moved = self.order(owners[place % len(owners)], 60)
            old = self.as_of - timedelta(days=20)
            self.change(moved, self.one(0, 40, 10), old, old + timedelta(days=days), self.names[0], self.one("", "client"))
        if self.maybe(0.4):
            days = (self.end - self.start(3)).days
            mine = self.order(self.names[0], 100)
            for _ in range(3 * days // 7 + self.one(0, 0, -1)):
                self.change(mine, (self.as_of - self.start(3)).days, self.as_of, self.as_of - timedelta(days=1), self.names[0], "client")
        gap = self.one(1, 1, 3)
        for week in range(self.one(0, 0, 4, 8)):
            monday = self.as_of - timedelta(days=self.as_of.weekday() + 7 * gap * week + 14)
            self.add("orders", account_id=self.names[0], ordered_at=f"{monday}T09:00:00", requested_date="", promised_date="", delivered_date="", is_rush="true",
                     standard_lead_days="", status="open")  # fmt: skip
            other = self.order(self.one(*self.names[1:3]), 190)
            on = (self.as_of - monday).days - self.one(0, 4, 7, 8)
            self.change(
                other,
                max(on, 0),
                self.as_of,
                self.as_of + timedelta(days=3),
                self.one("", "", "", self.names[1]),
                self.one("", "", "weather"),
            )

    def change(self, order: str, days: int, old: date, new: date, account: str, cause: str) -> None:
        self.add(
            "order_changes",
            order_id=order,
            changed_at=self.at(days),
            old_promised_date=old,
            new_promised_date=new,
            cause_account_id=account,
            cause=cause,
        )

    # ---------------------------------------------------------------- cases

    def case(self, name: str, days: int, category: str = "question", **columns: Any) -> None:
        row = {
            "first_response_at": "",
            "closed_at": "",
            "priority": "",
            "own_fault": "",
            "unfounded": "",
            "escalated_at": "",
            "owner_id": "",
            **columns,
        }
        self.add("cases", account_id=name, opened_at=self.at(days), category=category, **row)

    def _cases(self) -> None:
        """Escalations at twice and three times the portfolio's; complaints per order too; breaches, reviews, claims."""
        own, whole, others, rest = self.one(
            (3, 6, 1, 10), (4, 8, 0, 16), (6, 6, 2, 18), (3, 3, 0, 6), (3, 6, 3, 18), (2, 2, 0, 8), (3, 4, 1, 8), (9, 10, 1, 20)
        )
        for place in range(whole):
            self.case(self.names[0], place, escalated_at=self.at(max(place - 1, 0)) if place < own else "")
        for place in range(rest):
            self.case(self.names[1], place % 150, escalated_at=self.at(0) if place < others else "")
        if self.maybe(0.6):
            self._claims()

    def _claims(self) -> None:
        for place in range(self.one(0, 3, 4, 4, 6)):
            self.case(self.names[0], 30 + place, "complaint", own_fault=self.one("", "true") if place % 2 else "true")
        for place in range(self.one(0, 1, 2, 4)):
            self.case(self.names[1], 40 + place, "complaint", own_fault="true" if place % 2 else "")
        for place in range(self.one(0, 1, 2, 4)):
            self.case(self.names[0], 300 + place, "contract_breach")
        for name in self.names[:3]:
            self.case(name, self.one(180, 181), self.one("supplier_review", "tender", "other"))
            if self.maybe(0.3):
                self.case(
                    name,
                    (self.as_of - self.start(12)).days + self.one(0, 1),
                    self.one("values_conflict", "harassment", "public_complaint", "contract_breach"),
                )
        hits, closed = self.one((2, 4), (3, 4), (4, 8), (12, 16), (1, 4), (3, 3))
        for place in range(closed):
            self.case(self.names[1], 100, "complaint", closed_at=self.at(90), unfounded="true" if place < hits else "false")
        for _ in range(self.one(0, 4, 40)):
            self.case(self.names[-1], 200, "complaint", closed_at=self.at(190), unfounded="false")

    def _answers(self) -> None:
        """Eight answers by three people that take exactly twice as long as usual."""
        on = next(self.as_of - timedelta(days=n) for n in range(7, 14) if (self.as_of - timedelta(days=n)).weekday() == 0)
        slow, count, owners = self.one(8, 8, 7), self.one(8, 8, 7), self.one(3, 3, 2)
        for place in range(count):
            self.answered(self.names[0], on, slow, f"w{place % owners}")
        for place in range(self.one(20, 30)):
            self.answered(self.one(*self.names[1:3]), on, 4, f"w{place % 4}")
        self.answered(self.names[0], self.start(3), 1, "w0")
        for _ in range(self.one(0, 3, 9)):  # answered at once, as always: no measure
            self.answered(self.names[0], on, 0, "w1", priority="low")
        if self.maybe(0.4):  # of the year before and closed in this one
            self.case(self.names[-2], 400, "complaint", closed_at=self.at(100), unfounded=self.one("", "true"))

    def answered(self, name: str, on: date, hours: int, owner: str, priority: str = "normal") -> None:
        row = {"closed_at": "", "own_fault": "", "unfounded": "", "escalated_at": "", "category": "question", "priority": priority}
        self.add(
            "cases", account_id=name, opened_at=f"{on}T08:00:00", first_response_at=f"{on}T{8 + hours:02}:00:00", owner_id=owner, **row
        )

    # ---------------------------------------------------------------- small figures and repeats

    def _small(self) -> None:
        """Half an hour, a minute, one row of overtime without a price, an order moved twice, complaints without an order of the half-year."""
        first, other, last = self.names[0], self.names[1], self.names[-1]
        week = self.as_of - timedelta(days=self.as_of.weekday() + 7)
        self.add("hours", account_id=other, week=week, hours=self.one("0.5", "1"), overtime_25="1", overtime_50="1", hourly_cost="40")
        quarter, half = self.one(("", "1"), ("1", ""), ("0.5", ""), ("", "0.5"), ("1", "1"), ("0", "0"))
        self.add("hours", account_id=other, week=week, hours=self.one("", "2"), overtime_25=quarter, overtime_50=half, hourly_cost="")
        self.meet(last, 10, minutes=self.one(0, 1, 60))
        moved, mine = self.order(last, 30), self.order(first, 30)
        for days in (9, 10):
            self.change(moved, days, self.as_of, self.as_of + timedelta(days=2), first, "client")
            self.change(mine, days, self.as_of, self.as_of + timedelta(days=2), "", "")
        self.order(first, 10, is_rush="true")
        bare = self.names[2 % len(self.names)]
        self.order(bare, 200)
        for days in (50, 51, 52, 53):
            self.case(bare, days, "complaint")
        self.line(bare, self.as_of - timedelta(days=3), Fraction(1, 2))

    # ---------------------------------------------------------------- days at the edge of a window

    def _bounds(self) -> None:
        """One record of every dated table on the first day of a window, the day before, the last day and the day after."""
        days = [on - timedelta(days=back) for on in (self.start(3), self.start(6), self.start(12), self.end) for back in (0, 1)]
        days += [self.as_of - timedelta(days=back) for back in (30, 31, 89, 90, 91)]
        for on in self.random.sample(days, 6):
            name, age = self.some(), (self.as_of - on).days
            self.line(name, on, 100)
            self.order(name, age, is_rush=self.one("true", ""), promised_date=on, delivered_date=on + timedelta(days=self.one(0, 1)))
            self.change(self.order(self.names[-1], 20), age, on, on + timedelta(days=2), name, self.one("", "client", "us"))
            self.case(
                name,
                age,
                self.one("complaint", "contract_breach", "harassment", "public_complaint"),
                closed_at=self.at(max(age - 1, 0)),
                escalated_at=self.one("", self.at(age)),
            )
            self.case(name, age + 100, "complaint", closed_at=self.at(age), escalated_at=self.at(age), unfounded=self.one("", "true"))
            self.message(name, age, self.one("rude", "insult", "leave_threat", "values_conflict"))
            self.meet(name, age, self.one("advisory", "transactional"), 60, initiated_by="us")
            self.add("repairs", account_id=name, kind="repair", held_at=on, review_date="", kept_ratio="0.1")
            monday = on - timedelta(days=on.weekday())
            self.add(
                "hours",
                account_id=name,
                week=self.one(monday, on),
                hours="7",
                overtime_25="1",
                overtime_50=self.one("", "2"),
                hourly_cost="",
            )
            self.add("invoices", account_id=name, issue_date=on - timedelta(days=30), due_date=on, paid_date=self.one("", on + timedelta(days=4)), amount="900",
                     open_amount="", status="", currency="EUR")  # fmt: skip
            self.add("invoices", account_id=name, issue_date=on, due_date=on + timedelta(days=75), paid_date=self.one("", on), amount="800", open_amount="", status="",
                     currency="EUR")  # fmt: skip

    # ---------------------------------------------------------------- messages

    def message(self, name: str, days: int, category: str, *, sure: str = "true", case: str = "") -> None:
        self.add(
            "incidents",
            account_id=name,
            case_id=case,
            occurred_at=self.at(days),
            direction=self.one("", "in"),
            category=category,
            confirmed=sure,
        )

    def _messages(self) -> None:
        for name in self.names[:4]:
            if self.maybe(0.7):
                sure = self.one("true", "true", "false")
                for category, age in self.one(*MIXES):
                    self.message(name, age, category, sure=sure)
        for place in range(self.one(0, 9, 10, 11)):  # days of confrontation
            self.message(self.names[0], 40 + place, "leave_threat")
        if self.maybe(0.3):
            self.message(
                self.names[1],
                30,
                self.one("harassment", "insult"),
                sure="",
                case=self.tables["cases"][0]["case_id"] if "cases" in self.tables else "",
            )

    def _threats(self) -> None:
        """Two or four whole threats, three months of six, exactly half of them within three days of a rush order; halves while a deal stands."""
        name = self.names[1]
        for place in range(self.one(1, 2, 3, 4)):
            age = self.one(1, 10 + place, 35 * place + 5)
            self.message(name, age, "leave_threat", sure=self.one("true", "true", ""))
            if place % 2:
                self.order(name, max(age + self.one(-3, 3, 4), 0), is_rush="true")
        bounds = [self.start(n) for n in range(1, 7)]
        for on in bounds[: self.one(0, 2, 3, 6)]:
            self.message(self.names[2 % len(self.names)], (self.as_of - on).days + self.one(0, 0, 1), "leave_threat")
        for _ in range(self.one(0, 1)):
            self.add("pipeline", account_id=name, amount="10", stage=self.one("proposal", "negotiation", "won"), created_at=self.at(self.one(5, 10, 40)),
                     closed_at=self.one("", self.at(5), self.at(1)))  # fmt: skip

    # ---------------------------------------------------------------- meetings, contacts

    def meet(self, name: str, days: int, topic: str = "", minutes: int | str = "", **columns: Any) -> None:
        row = {"kind": "meeting", "people": "", "initiated_by": "", "contact_id": "", **columns}
        self.add("activities", account_id=name, started_at=self.at(days), topic=topic, duration_minutes=minutes, **row)

    def _meetings(self) -> None:
        """70 % now against 45 % before; half of the advice."""
        last, before = self.one(
            ((7, 3), (9, 11)), ((15, 5), (5, 5)), ((4, 2), (2, 4)), ((5, 1), (3, 3)), ((7, 3), (5, 5)), ((3, 2), (2, 4)), ((3, 2), (3, 4))
        )
        edge = (self.as_of - self.start(6)).days
        for counts, first in ((last, edge), (before, edge + 1)):
            for topic, count in zip(("transactional", "advisory"), counts, strict=True):
                for _ in range(count):
                    self.meet(self.names[0], first, topic)
        self._long_meetings()
        self._activity_of_half()
        self._young_client()

    def _long_meetings(self) -> None:
        """Ten hours at twice or three times the share of revenue."""
        wanted = self.one(2, 3)
        if self.share[self.names[1]] * wanted < 1:
            mine = wanted * self.share[self.names[1]]
            hours = self.one(10, 10, 20)
            self.meet(self.names[1], 20, minutes=60 * hours)
            rest = hours * (1 - mine) / mine
            if (60 * rest).denominator == 1:
                self.meet(self.names[-1], 20, minutes=int(60 * rest))

    def _activity_of_half(self) -> None:
        """Half of the accounts have an activity, or one fewer."""
        seen = {row["account_id"] for row in self.tables["activities"]}
        wanted = -(-len(self.tables["accounts"]) // 2) - self.one(0, 0, 1)
        for name in [name for name in self.names if name not in seen][: max(wanted - len(seen), 0)]:
            self.meet(
                name, self.one(89, 90, 179, 180), initiated_by=self.one("us", "us", "client"), kind=self.one("meeting", "call", "email")
            )

    def _young_client(self) -> None:
        """Two contacts in the first ninety days of a client, or one; one on the day after."""
        if self.maybe(0.3):
            age = self.one(89, 90, 179, 180)
            for row in self.tables["revenue"]:
                if row["account_id"] == self.names[-1]:
                    row["date"] = max(row["date"], self.back(age))
            for days in (age, age - 89, age - 90)[: self.one(1, 2, 3, 3)]:
                self.meet(self.names[-1], max(days, 0), initiated_by="us")

    def _contacts(self) -> None:
        if self.maybe(0.3):  # one that bought nothing yet: only an earlier decider makes a change
            self.add("accounts", account_id="N", name="Client N")
            self.add("contracts", account_id="N", start_date=self.start(6), end_date=self.as_of + timedelta(days=90), committed_amount="1000", currency="EUR",
                     status="active", special_terms="")  # fmt: skip
            for days in self.one((400, 100), (100,), (181, 180)):
                self.add("contacts", account_id="N", title="", is_decision_maker="true", since=self.back(days))
        if self.maybe(0.3):  # as old as the client's first line: no change
            name = self.some()
            first = min(
                (row["date"] for row in self.tables["revenue"] if row["account_id"] == name and row["amount"] > "0"), default=self.back(9)
            )
            self.add("contacts", account_id=name, title="", is_decision_maker="true", since=first)
        for name in self.names[:4]:
            self.add(
                "contacts",
                account_id=name,
                title=self.one("", "Head of Operations"),
                is_decision_maker=self.one("true", "true", ""),
                since=self.back(self.one(180, 181, 90)),
            )
            if self.maybe(0.4):
                self.add("contacts", account_id=name, title="", is_decision_maker="true", since=self.back(self.one(400, 181, 180)))
            for days, who in ((self.one(90, 91), "p1"), (self.one(91, 270, 271), self.one("p1", "p2"))):
                if self.maybe(0.6):
                    self.meet(name, days, kind=self.one("call", "meeting"), contact_id=who)

    def _repairs(self) -> None:
        for name in self.names[:3]:
            for place in range(self.one(0, 2, 2, 3)):
                self.add("repairs", account_id=name, kind=self.one("repair", "last_round"), held_at=self.back(30 + place), review_date=self.one("", self.as_of, self.end),
                         kept_ratio=self.one("0.49", "0.49", "0.5"))  # fmt: skip

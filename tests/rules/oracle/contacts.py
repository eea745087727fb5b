"""Contacts, meetings, what people typed and repair attempts once more."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.rules.oracle.clients import CRMS

if TYPE_CHECKING:
    from decimal import Decimal

    from tests.rules.oracle.book import Book, Row
    from tests.rules.oracle.money import Money

DECIDING = ("directeur", "directrice", "achats", "head of")


class Contacts:
    """What contacts and activities say, by group."""

    def __init__(self, book: Book, money: Money) -> None:
        self.book, self.money = book, money
        self.people: dict[str, list[Row]] = defaultdict(list)
        for group, row in book.rows("contacts"):
            self.people[group].append(row)
        self.activities: dict[str, list[Row]] = defaultdict(list)
        for group, row in book.rows("activities", dated="started_at"):
            self.activities[group].append(row)

    # ---------------------------------------------------------------- new decision maker

    def new_deciders(self, group: str) -> list[Row]:
        """The deciding contacts that came after an earlier one, or after the first revenue; of a client and day the first CRM speaks."""
        deciding = [row for row in self.people[group] if _decides(row) and self.book.day(row, "since") is not None]
        first = self.money.first.get(group)
        speaks: dict[tuple[str, date], str] = {}
        for row in deciding:
            place = self._of_client(row)
            speaks[place] = min(speaks.get(place, row["crm"]), row["crm"], key=CRMS.index)
        found = []
        for row in deciding:
            earlier = any(other["since"] < row["since"] for other in deciding if other["contact_id"] != row["contact_id"])
            if (earlier or (first is not None and first < row["since"])) and speaks[self._of_client(row)] == row["crm"]:
                found.append(row)
        return found

    def _of_client(self, row: Row) -> tuple[str, date]:
        return self.book.clients.client_of[row["account_id"]], row["since"]

    def changes(self, group: str) -> list[int]:
        """Ages of the changes of decision maker."""
        return [self.book.age(row["since"]) for row in self.new_deciders(group)]

    def newest_decider(self, group: str) -> str | None:
        """The contact of the latest change, ties by id."""
        found = min(((-row["since"].toordinal(), row["contact_id"].partition(":")[2]) for row in self.new_deciders(group)), default=None)
        return found and found[1]

    def main_contact(self, group: str, ages: range) -> str | None:
        counts: dict[tuple[str, str], int] = defaultdict(int)
        for row in self.activities[group]:
            if (
                row.get("kind") in {"meeting", "call", "email"}
                and row.get("contact_id")
                and self.book.age(row["started_at"].date()) in ages
            ):
                counts[row["contact_id"], row["crm"]] += 1
        return min(counts, key=lambda contact: (-counts[contact], contact))[0] if counts else None

    def main_contact_changed(self, group: str) -> bool:
        now, before = self.main_contact(group, range(91)), self.main_contact(group, range(91, 271))
        return now is not None and before is not None and now != before

    # ---------------------------------------------------------------- partner or vendor

    def tagged(self, group: str, window: tuple[date, date]) -> tuple[int, int]:
        """(transactional, advisory) meetings."""
        topics = [
            row.get("topic")
            for row in self.activities[group]
            if row.get("kind") == "meeting" and self.book.inside(row, "started_at", window)
        ]
        return topics.count("transactional"), topics.count("advisory")

    # ---------------------------------------------------------------- our initiative

    def proactive(self, group: str) -> list[date]:
        return [
            row["started_at"].date()
            for row in self.activities[group]
            if row.get("kind") in {"meeting", "call"} and row.get("initiated_by") == "us"
        ]

    def days_without_contact(self, group: str) -> int | None:
        days = self.proactive(group)
        first = self.money.first.get(group)
        if days:
            return self.book.age(max(days))
        return None if first is None else self.book.age(first)

    def first_contacts(self, group: str) -> int | None:
        """Contacts of the first ninety days of a client that is between 90 and 179 days old; None for another."""
        first = self.money.first.get(group)
        if first is None or not 90 <= self.book.age(first) <= 179:
            return None
        return sum(first <= on < first + timedelta(days=90) for on in self.proactive(group))

    def coverage(self) -> Fraction | None:
        """Accounts with an activity in the year by all accounts."""
        start, end = self.book.window(12)
        seen = {row["account_id"] for _, row in self.book.rows("activities", dated="started_at") if start <= row["started_at"].date() < end}
        return Fraction(len(seen), len(self.book.accounts)) if self.book.accounts else None

    def logged(self) -> bool:
        """At least one activity in the year on half of the accounts."""
        found = self.coverage()
        return found is not None and 2 * found >= 1

    # ---------------------------------------------------------------- typed by people

    def typed(self, group: str, column: str) -> list[object]:
        rows = [row for account, row in self.book.accounts.items() if self.book.group_of[account] == group]
        return [row[column] for row in rows if row.get(column) is not None]

    def positions(self, group: str) -> list[str]:
        return [str(position).replace("_", " ").strip().lower() for position in self.typed(group, "manager_position")]

    def noted_since(self, group: str) -> date | None:
        """The latest day on which an account of the group was noted; None as `added_privileges`."""
        known = [noted_on(account) for account in self.book.clients.accounts_of(group) if account in self.book.held]
        return max(known) if self.added_privileges(group) is not None else None

    def privileges(self, group: str) -> set[str]:
        return {name for account in self.book.clients.accounts_of(group) for name in self.granted(account)}

    def granted(self, account: str) -> set[str]:
        return {name.strip().lower() for name in str(self.book.accounts[account].get("privileges") or "").split(";")} - {""}

    def added_privileges(self, group: str) -> int | None:
        """What was granted since an earlier run saw the group in repair or later; None when it is not, or was not seen so."""
        accounts = self.book.clients.accounts_of(group)
        later = {"repair", "last_round", "decision", "exit_notice", "after_care", "ended"}
        if not any(self.book.accounts[account].get("stage") in later for account in accounts) or not self.book.held.keys() & set(accounts):
            return None
        before = {name for account in accounts for name in self.book.held.get(account, self.granted(account))}
        return len(self.privileges(group) - before)

    def lowest_pulse(self, group: str) -> tuple[Decimal, int] | None:
        """(mean, answers) of the lowest pulse with at least five answers; of equals the one with most."""
        rows = [self.book.accounts[account] for account in self.book.clients.accounts_of(group)]
        known = [
            (row["pulse_mean"], row["pulse_n"]) for row in rows if row.get("pulse_mean") is not None and (row.get("pulse_n") or 0) >= 5
        ]
        return min(known, key=lambda pair: (pair[0], -pair[1]), default=None)

    def pulse(self, group: str) -> Decimal | None:
        found = self.lowest_pulse(group)
        return found and found[0]

    def departures(self, group: str) -> int | None:
        """The largest number typed per client, summed over the clients of the group."""
        typed: dict[str, int] = {}
        for account in self.book.clients.accounts_of(group):
            count, client = self.book.accounts[account].get("departures_linked_24m"), self.book.clients.client_of[account]
            if count is not None:
                typed[client] = max(typed.get(client, 0), count)
        return sum(typed.values()) if typed else None

    def failed_attempts(self, group: str) -> int:
        return len({self._meeting(row) for row in self.held(group) if self._failed(row)})

    def attempts(self, group: str) -> int:
        return len({self._meeting(row) for row in self.held(group)})

    def held(self, group: str) -> list[Row]:
        """Meetings held in the year."""
        window = self.book.window(12)
        return [row for owner, row in self.book.rows("repairs") if owner == group and self.book.inside(row, "held_at", window)]

    def _meeting(self, row: Row) -> tuple[str, str, date]:
        """The same meeting typed in two CRMs, or twice, is one."""
        return self.book.clients.client_of[row["account_id"]], row.get("kind") or "repair", row["held_at"]

    def _failed(self, row: Row) -> bool:
        review = row.get("review_date") or row["held_at"]
        return row.get("kept_ratio") is not None and bool(2 * row["kept_ratio"] < 1) and bool(review <= self.book.as_of)


def _decides(row: Row) -> bool:
    said = row.get("is_decision_maker")
    if said is not None:
        return bool(said)
    words = f"{row.get('title') or ''} {row.get('role') or ''}".lower()
    return any(word in words for word in DECIDING)


def noted_on(account: str) -> date:
    """When the stand notes what an account holds."""
    return date(2020, 1, 1 + sum(map(ord, account)) % 28)


def years(first: date, last: date) -> int:
    """Full years between two days."""
    return last.year - first.year - ((last.month, last.day) < (first.month, first.day))


def ratio(transactional: int, advisory: int) -> Fraction | None:
    return Fraction(transactional, transactional + advisory) if transactional + advisory else None

"""One company's tables -> the tables of several CRMs: each client at home in one, many known to a second one, linked or not.

Ids are those of each CRM (`001A0`, `77A0`, `A0`). Links are explicit, by registration number or by domain, written as people write them;
some numbers stand on two accounts of one CRM, some twins have no link at all. Rows of a client lie in either of its CRMs; files also name
accounts of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from tests.rules.oracle.book import Sources, Tables

PREFIX = {"salesforce": "001", "hubspot": "77", "files": ""}
CHOICES = (
    ("files",), ("files",), ("files",), ("salesforce",), ("hubspot", "files"), ("salesforce", "files"), ("salesforce", "hubspot"),
    ("salesforce", "hubspot", "files"),
)  # fmt: skip


def spread(dice: random.Random, tables: Tables) -> Sources:
    """Give the tables of each CRM; every row of the company is in exactly one of them, accounts in one or two."""
    return Spread(dice, tables, dice.choice(CHOICES)).sources


class Spread:
    """The work of `spread`: first the accounts, then the rows."""

    def __init__(self, dice: random.Random, tables: Tables, crms: tuple[str, ...]) -> None:
        self.dice, self.tables, self.crms = dice, tables, crms
        self.sources: Sources = {crm: {} for crm in crms}
        self.known = {row["account_id"]: self._homes() for row in tables["accounts"]}
        for number, row in enumerate(tables["accounts"]):
            self._account(number, row)
        if len(crms) > 1:
            self._confuse()
        orders = {row["order_id"]: self._home(row.get("account_id", "")) for row in tables.get("orders", [])}
        for name, rows in tables.items():
            for row in rows if name != "accounts" else []:
                crm = orders.get(row["order_id"]) if "order_id" in row else None
                self._row(crm or self._home(row.get("account_id", "")), name, row)
        for crm in crms:  # a CRM without any table could not be read
            self.sources[crm].setdefault("accounts", [{"account_id": f"{PREFIX[crm]}Z", "name": "Client Z"}])

    def _homes(self) -> tuple[str, ...]:
        return tuple(self.dice.sample(self.crms, min(len(self.crms), self.dice.choice((1, 1, 2)))))

    def _account(self, number: int, row: dict[str, str]) -> None:
        homes = self.known[row["account_id"]]
        link = self.dice.choice(("explicit", "explicit", "registration", "domain", "none"))
        for place, crm in enumerate(homes):
            new = {**row, "account_id": f"{PREFIX[crm]}{row['account_id']}", "parent_id": self._parent(crm, row.get("parent_id", ""))}
            if place:
                changed = {
                    "privileges": ("", "rebate", "a;b"),
                    "payment_terms_days": ("", "60"),
                    "stage": ("", "watch", "repair"),
                    "manager_position": ("", "ok", "no longer"),
                    "departures_linked_24m": ("", "0", "2"),
                    "is_person": ("", row.get("is_person", "")),
                }
                new |= {column: self.dice.choice(values) for column, values in changed.items() if column in row}
            if len(self.crms) > 1:
                new |= self._identity(number, homes, place, link)
            self.sources[crm].setdefault("accounts", []).append(new)

    def _identity(self, number: int, homes: tuple[str, ...], place: int, link: str) -> dict[str, str]:
        siren, host = f"{552100500 + number}", f"client{number}.fr"
        numbers = (siren, f"FR40{siren}", f"{siren[:3]} {siren[3:6]} {siren[6:]} 00013", "")
        hosts = (host, f"https://www.{host}/contact", host.upper(), "", "gmail.com")
        other = f"{homes[1 - place]}:{PREFIX[homes[1 - place]]}A{number}" if len(homes) == 2 else ""
        same = other if link == "explicit" and place else self.dice.choice(("", "", "", "nobody")) if self.dice.random() < 0.1 else ""
        return {
            "same_as": same.partition(":")[2] if self.dice.random() < 0.3 and same == other else same,
            "registration_id": self.dice.choice(numbers[:3])
            if link == "registration"
            else self.dice.choice(("", "", f"{700000000 + 10 * number + place}")),
            "domain": self.dice.choice(hosts[:3])
            if link == "domain"
            else self.dice.choice(("", "", "gmail.com", f"only{number}x{place}.fr")),
        }

    def _confuse(self) -> None:
        """One number or domain on two accounts more."""
        if self.dice.random() < 0.3:
            column = self.dice.choice(("registration_id", "domain"))
            every = [row for tables in self.sources.values() for row in tables.get("accounts", [])]
            value = self.dice.choice([row[column] for row in every])
            for row in self.dice.sample(every, min(2, len(every))):
                row[column] = value

    def _parent(self, crm: str, parent: str) -> str:
        homes = self.known.get(parent)
        if homes is None or crm in homes:
            return f"{PREFIX[crm]}{parent}" if parent else ""
        return self._reference(parent) if crm == "files" else ""

    def _reference(self, account: str) -> str:
        """How a file names an account of another CRM."""
        crm = self.known[account][0]
        return self.dice.choice((f"{crm}:{PREFIX[crm]}{account}", f"{PREFIX[crm]}{account}"))

    def _home(self, account: str) -> str:
        homes = self.known.get(account, self.crms)
        return "files" if "files" in self.crms and self.dice.random() < 0.2 else self.dice.choice(homes)

    def _row(self, crm: str, name: str, row: dict[str, str]) -> None:
        new = dict(row)
        for column in {"account_id", "cause_account_id"} & row.keys():
            account = row[column]
            homes = self.known.get(account)
            if homes is not None:
                new[column] = f"{PREFIX[crm]}{account}" if crm in homes else self._reference(account) if crm == "files" else ""
        self.sources[crm].setdefault(name, []).append(new)

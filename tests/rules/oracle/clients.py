"""Which accounts are one client, and which clients one group: identities across CRMs, parents, cycles, natural persons.

explicit `same_as` -> registration number -> domain; never the name. Then the ultimate parent of every client.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

CRMS = ("salesforce", "hubspot", "files")
Accounts = dict[str, list[dict[str, str]]]


class Clients:
    """From the account rows of each CRM: `group_of` (crm:id -> crm:id of its group), `client_of`, `persons`, `doubts` (code, account)."""

    def __init__(self, accounts: Accounts) -> None:
        self.rows = {f"{crm}:{row['account_id']}": row | {"crm": crm} for crm in CRMS for row in accounts.get(crm, [])}
        self.order = sorted(self.rows, key=lambda name: (CRMS.index(self.rows[name]["crm"]), name))
        self.doubts: set[tuple[str, str]] = set()
        self.client_of = {name: name for name in self.order}
        if len({row["crm"] for row in self.rows.values()}) > 1:
            self._explicit()
            self._by_key(registration)
            self._by_key(domain)
        people = {self.client_of[name] for name, row in self.rows.items() if row.get("is_person") == "true"}
        self.parent = self._parents(people)
        self.top = {client: self._top(client) for client in set(self.client_of.values())}
        self.group_of = {name: self.top[client] for name, client in self.client_of.items()}
        self.persons = people & set(self.top.values())

    def accounts_of(self, group: str) -> list[str]:
        return [name for name in self.order if self.group_of[name] == group]

    def meant(self, crm: str, text: str) -> str | None:
        """The account that a cell means: one of the same CRM; in files also one of another, by `crm:id` or an id that fits only one."""
        if f"{crm}:{text}" in self.rows:
            return f"{crm}:{text}"
        return self._elsewhere(crm, text) if crm == "files" else None

    def _elsewhere(self, crm: str, text: str) -> str | None:
        if text in self.rows:
            return text
        found = [name for name in self.order if name.partition(":")[2] == text and self.rows[name]["crm"] != crm]
        return found[0] if len(found) == 1 else None

    # ---------------------------------------------------------------- one client

    def _explicit(self) -> None:
        for name, row in self.rows.items():
            if not row.get("same_as"):
                continue
            other = self._elsewhere(row["crm"], row["same_as"])
            if other is not None and self.rows[other]["crm"] != row["crm"]:
                self._join({self.client_of[name], self.client_of[other]})
            elif row["same_as"].partition(":")[0] not in set(CRMS) - set(self._crms()):
                self.doubts.add(("DQ-12", name))

    def _crms(self) -> set[str]:
        return {row["crm"] for row in self.rows.values()}

    def _by_key(self, key_of: Callable[[dict[str, str]], str | None]) -> None:
        """Join the clients that share a key; one that two accounts of a CRM carry links nobody."""
        holders: dict[str, list[str]] = defaultdict(list)
        for name in self.order:
            key = key_of(self.rows[name])
            if key is not None:
                holders[key].append(name)
        linked: list[set[str]] = []
        for names in holders.values():
            crms = [self.rows[name]["crm"] for name in names]
            if len(set(crms)) == len(crms):
                linked.append({self.client_of[name] for name in names})
            else:
                self._unlinked(names)
        for clients in _connected(linked):
            known = [{self.rows[name]["crm"] for name in self.order if self.client_of[name] == client} for client in clients]
            if sum(map(len, known)) == len(set().union(*known)):
                self._join(clients)
            else:
                self.doubts |= {("DQ-12", name) for name in self.order if self.client_of[name] in clients}

    def _unlinked(self, names: list[str]) -> None:
        """A key that leads nowhere is in doubt for those that are known to one CRM only, when they are of two."""
        alone = [
            name for name in names if len({self.rows[one]["crm"] for one in self.order if self.client_of[one] == self.client_of[name]}) == 1
        ]
        if len({self.rows[name]["crm"] for name in alone}) > 1:
            self.doubts |= {("DQ-12", name) for name in alone}

    def _join(self, clients: set[str]) -> None:
        first = min(clients, key=self.order.index)
        self.client_of = {name: first if client in clients else client for name, client in self.client_of.items()}

    # ---------------------------------------------------------------- one group

    def _parents(self, people: set[str]) -> dict[str, str]:
        """The client above each client: what the first of its CRMs says that is in the data. A natural person is in no company's group."""
        found: dict[str, str] = {}
        said: dict[str, set[str]] = defaultdict(set)
        for name in self.order:
            row = self.rows[name]
            if not row.get("parent_id"):
                continue
            parent = self.meant(row["crm"], row["parent_id"])
            if parent is None:
                self.doubts.add(("DQ-05", name))
                continue
            if parent == name:
                self.doubts.add(("DQ-04", name))
            child, above = self.client_of[name], self.client_of[parent]
            if child != above and not {child, above} & people:
                found.setdefault(child, above)
                said[child].add(above)
        for name in self.order:
            row = self.rows[name]
            if len(said[self.client_of[name]]) > 1 and row.get("parent_id"):
                self.doubts.add(("DQ-12", name))
        return found

    def _top(self, client: str) -> str:
        """Walk up. A member of a cycle is its own group, and whoever hangs below a member belongs to that one."""
        seen: list[str] = []
        while client not in seen:
            seen.append(client)
            if client not in self.parent:
                return client
            client = self.parent[client]
        ring = seen[seen.index(client) :]
        for name, row in self.rows.items():
            if self.client_of[name] in ring and row.get("parent_id") and self.meant(row["crm"], row["parent_id"]) is not None:
                self.doubts.add(("DQ-04", name))
        return next(step for step in seen if step in ring)


def registration(row: dict[str, str]) -> str | None:
    """French numbers meet at the nine digits of the company."""
    text = re.sub("[^0-9A-Z]", "", (row.get("registration_id") or "").upper())
    if re.fullmatch("FR[0-9]{11}", text):
        return text[-9:]
    if re.fullmatch("[0-9]{14}", text):
        return text[:9]
    return text if len(text) >= 6 else None


def domain(row: dict[str, str]) -> str | None:
    text = (row.get("domain") or "").lower().removeprefix("https://").removeprefix("www.").partition("/")[0]
    return None if text in {"", "gmail.com"} else text


def _connected(sets: list[set[str]]) -> list[set[str]]:
    found: list[set[str]] = []
    for one in sets:
        touching = [other for other in found if other & one]
        found = [other for other in found if not other & one] + [one.union(*touching)]
    return found

"""Who gets a task: the role's person of the config, else the account's owner, their manager, the default owner; active people only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

    from sync.config import Tasks


SHORT: Final = 15
"""Characters of a Salesforce id as its older pages show it; the other three are a check sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A user of one CRM as the facts know them."""

    id: str
    email: str | None
    manager_id: str | None
    active: bool
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The users of one CRM and the config's role map; roles and default may name an id or an e-mail address."""

    owners: Mapping[str, Owner]
    roles: Mapping[str, str]
    default: str = ""

    def route(self, role: str, account_owner: str | None) -> Owner | None:
        """The first active one of the chain; None when nobody is active (the task is made without owner, never dropped)."""
        return next((owner for owner in self._chain(role, account_owner) if owner.active), None)

    def _chain(self, role: str, account_owner: str | None) -> Iterator[Owner]:
        named = self._find(self.roles.get(role, "")) if role != "owner" else None
        if named is not None:
            yield named
        mine = self.owners.get(account_owner or "")
        if role in {"manager", "owner_manager"} and mine is not None and mine.manager_id in self.owners:
            yield self.owners[mine.manager_id or ""]
        seen: set[str] = set()
        while mine is not None and mine.id not in seen:  # managers of managers, a ring of them ends it
            yield mine
            seen.add(mine.id)
            mine = self.owners.get(mine.manager_id or "")
        fallback = self._find(self.default)
        if fallback is not None:
            yield fallback

    def _find(self, name: str) -> Owner | None:
        if "@" in name:
            return next((owner for owner in self.owners.values() if (owner.email or "").casefold() == name.casefold()), None)
        return self.owners.get(name) or next(
            (owner for id_, owner in self.owners.items() if SHORT in {len(name), len(id_)} and id_[:SHORT] == name[:SHORT]), None
        )


def directory(con: duckdb.DuckDBPyConnection, crm: str, tasks: Tasks) -> Directory:
    """Read the users of one CRM from the facts."""
    rows = con.execute(
        "SELECT owner_id, email, manager_id, coalesce(active, TRUE), language FROM owners WHERE source = ?", [crm]
    ).fetchall()
    people = {row[0]: Owner(id=row[0], email=row[1], manager_id=row[2], active=row[3], language=row[4]) for row in rows}
    return Directory(owners=people, roles=tasks.owners, default=tasks.default_owner)

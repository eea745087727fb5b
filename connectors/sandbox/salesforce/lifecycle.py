"""What happens to records beyond saving: the recycle bin, merges, the archive, and transactions that commit late."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce import ids
from connectors.sandbox.salesforce.errors import Refused
from connectors.sandbox.salesforce.schema import ACTIVITIES
from connectors.sandbox.salesforce.stamps import moment_of, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from connectors.sandbox.salesforce.fields import Field
    from connectors.sandbox.salesforce.org import Org
    from connectors.sandbox.salesforce.schema import ObjectType
    from connectors.sandbox.salesforce.store import Row


def children(org: Org, record_id: str) -> Iterator[tuple[ObjectType, Field, Row]]:
    """Walk the live records that point to a record, with the field by which they do."""
    target = org.schema.of_id(record_id)
    for kind, field in org.schema.references(target or ""):
        if kind.blueprint.system == "setup" or field.name in {"MasterRecordId", "CreatedById", "LastModifiedById"}:
            continue
        for row in list(org.store.rows(kind.name).values()):
            if row.get(field.name) == record_id and not row.get("IsDeleted"):
                yield kind, field, row


def delete(org: Org, row: Row, at: str, *, master: str | None = None) -> None:
    """Move a row to the recycle bin; objects without one (setup, grants) lose it for good. Refused when something forbids it."""
    kind = org.schema.of(org.schema.of_id(row["Id"]) or "")
    if "isdeleted" not in kind.fields:
        org.store.drop(kind.name, row["Id"])
        return
    hanging = list(children(org, row["Id"]))
    blocked = sorted({child.label.lower() for child, field, _ in hanging if field.on_delete == "restrict"})
    if blocked:
        message = f"Your attempt to delete {row.get('Name', row['Id'])} could not be completed because it is associated with the following {blocked[0]}s."
        raise Refused("DELETE_FAILED", message, fields=())
    org.bump(row, at, IsDeleted=True, MasterRecordId=master)
    for child, field, below in hanging:
        if field.on_delete == "cascade" or child.name in ACTIVITIES:
            current = org.store.rows(child.name).get(below["Id"])
            if current is not None and not current.get("IsDeleted"):
                delete(org, current, at)
        else:
            org.bump(org.store.rows(child.name)[below["Id"]], at, **{field.name: None})


def undelete(org: Org, record_id: str) -> None:
    row = org.store.find(ids.canonical(record_id))
    if row is None or not row.get("IsDeleted"):
        raise ValueError(f"{record_id} is not in the recycle bin")
    kind = org.schema.of(org.schema.of_id(row["Id"]) or "")
    for field in kind.fields.values():
        if field.unique and row.get(field.name) is not None and org.store.same_key(kind.name, field, row[field.name]):
            raise ValueError(f"DUPLICATE_VALUE: another record has this {field.name} by now")
    org.bump(row, org.now(), IsDeleted=False)


def merge(org: Org, kind: ObjectType, winner: str, losers: tuple[str, ...], at: str) -> None:
    """Re-parent first, so that deleting the loser takes nothing with it. Children keep their LastModifiedDate."""
    if not kind.blueprint.merges:
        raise ValueError(f"{kind.name} cannot be merged")
    rows = org.store.rows(kind.name)
    master = rows[ids.canonical(winner) or winner]
    for loser in losers:
        row = rows[ids.canonical(loser) or loser]
        for child, field, below in list(children(org, row["Id"])):
            org.bump(org.store.rows(child.name)[below["Id"]], at, **{field.name: master["Id"]})
        for activity in ACTIVITIES if kind.name == "Account" else ():
            for below in list(org.store.rows(activity).values()):
                if below.get("AccountId") == row["Id"]:
                    org.bump(below, at, AccountId=master["Id"])
        delete(org, rows[row["Id"]], at, master=master["Id"])
    org.bump(rows[master["Id"]], at)


def purge(org: Org, days: float) -> int:
    oldest = stamp(org.clock() - timedelta(days=days))
    gone = [
        (kind, row["Id"])
        for kind, rows in org.store.tables.items()
        for row in rows.values()
        if row.get("IsDeleted") and row.get("SystemModstamp", "") <= oldest
    ]
    for kind, record_id in gone:
        org.store.drop(kind, record_id)
    return len(gone)


def archive(org: Org, days: int) -> int:
    day = (org.clock() - timedelta(days=days)).date().isoformat()
    old = [
        row
        for kind in ACTIVITIES
        for row in org.store.rows(kind).values()
        if (row.get("IsClosed", kind == "Event"))
        and row.get("ActivityDate", "9999") < day
        and not row.get("IsArchived")
        and not row.get("IsDeleted")
    ]
    for row in old:
        org.bump(row, org.now(), IsArchived=True)
    return len(old)


def after_save(org: Org, kind: ObjectType, old: Row, row: Row) -> None:
    """Do what a save sets off on other records."""
    if kind.name in ACTIVITIES:
        _touch_account(org, kind, row)
    elif kind.name == "Contact" and "account_contact_relation" in org.features and row.get("AccountId") != old.get("AccountId"):
        _relate(org, row, old)


def _touch_account(org: Org, kind: ObjectType, row: Row) -> None:
    """Move Account.LastActivityDate when a task is closed or an event is past: this is how our own task comes back as a changed account."""
    account = org.store.find(row.get("AccountId"))
    day = row.get("ActivityDate") or row.get("CompletedDateTime", "")[:10]
    is_over = row.get("IsClosed") if kind.name == "Task" else day <= org.now()[:10]
    if account is not None and day and is_over and day > account.get("LastActivityDate", ""):
        org.bump(account, row["SystemModstamp"], LastActivityDate=day)


def _relate(org: Org, contact: Row, old: Row) -> None:
    """Keep the direct relation of a contact to its account."""
    kind = org.schema.of("AccountContactRelation")
    known = {row["AccountId"]: row for row in org.store.matching(kind.name, kind.field("ContactId"), contact["Id"])}
    if old.get("AccountId") in known:
        org.bump(known[old["AccountId"]], contact["SystemModstamp"], IsDirect=False)
    if contact.get("AccountId") in known:
        org.bump(known[contact["AccountId"]], contact["SystemModstamp"], IsDirect=True)
    elif contact.get("AccountId"):
        values: Row = {"AccountId": contact["AccountId"], "ContactId": contact["Id"], "IsDirect": True, "IsActive": True}
        at = contact["SystemModstamp"]
        org.save_new(kind, values, created=at, modified=at, by=contact["CreatedById"], given=frozenset(values))


class Late:
    """A transaction in flight: its records bear the time it began, but nobody sees them before it commits."""

    def __init__(self, org: Org, at: str) -> None:
        self.org, self.at = org, at
        self._inserts: list[tuple[str, dict[str, Any]]] = []
        self._updates: list[tuple[str, str, dict[str, Any]]] = []
        org.pending.append(self)

    def insert(self, sobject: str, record: Mapping[str, Any]) -> str:
        """Prepare a record; its id is final already, and lower than those of records made before the commit."""
        record_id = self.org.store.new_id(self.org.schema.of(sobject).name)
        self._inserts.append((sobject, {"Id": record_id, **record}))
        return record_id

    def update(self, sobject: str, record_id: str, changes: Mapping[str, Any]) -> None:
        self._updates.append((sobject, record_id, dict(changes)))

    def commit(self) -> None:
        at = moment_of(self.at)
        with self.org.lock:
            for sobject, record in self._inserts:
                self.org.insert(sobject, record, created=at, modified=at)
            for sobject, record_id, changes in self._updates:
                self.org.update(sobject, record_id, changes, modified=at)
            self.org.pending.remove(self)

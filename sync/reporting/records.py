"""Evidence as people look for it: grouped by what the record is, each id a link into the CRM that holds it.

    {"crm": "hubspot", "object": "0-53", "id": "757"}  ->  Invoices: 757

The vendor's name of an object is turned back into our table by what the run noted (`objects` of its summary).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from connectors.scan import is_hash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.reporting.gather import Material
    from sync.reporting.words import Words

SHOWN: Final = 8
"""Records of one finding that are listed; the number of the others is said."""
CRMS: Final = {"salesforce": "Salesforce", "hubspot": "HubSpot"}
KINDS: Final = (
    *("accounts", "invoices", "revenue", "contracts", "orders", "order_changes", "cases", "incidents"),
    *("hours", "activities", "contacts", "repairs", "pipeline", "tasks"),
)
"""The tables that have a word, in the order in which one is chosen when an object fills several."""


def shown(material: Material, words: Words, evidence: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One entry a kind of record: `kind` in words and `records` with label and url (None where there is no page to open)."""
    kinds: dict[str, list[dict[str, str | None]]] = {}
    for record in evidence[:SHOWN]:
        label = {"label": _label(words, record["id"]), "url": link(material, record)}
        kinds.setdefault(words.kind(_kind(material, record)), []).append(label)
    return [{"kind": kind, "records": records} for kind, records in kinds.items()]


def places(material: Material, group: str) -> list[dict[str, str | None]]:
    """The accounts of a group, each with its CRM and its page there."""
    objects = {crm: {table: name for name, table in known.items()} for crm, known in material.kinds.items()}
    return [
        {
            "label": f"{CRMS.get(row['source'], row['source'])} {row['account_id']}",
            "url": link(
                material,
                {"crm": row["source"], "object": objects.get(row["source"], {}).get("accounts", ""), "id": row["account_id"]},
            ),
        }
        for row in material.names.get(group, [])
    ]


def link(material: Material, record: Mapping[str, Any]) -> str | None:
    """The web address of a record; None for a file's row, a hash, a key of several parts or an object that is not known."""
    address = material.links.get(record["crm"], "")
    known = record["object"] and " " not in record["id"] and not is_hash(record["id"])
    return address.format(**record) if address.startswith("https://") and known else None


def kinds_of(objects: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """CRM -> vendor's object -> our table, the first of KINDS where it fills several."""
    return {
        crm: {tables[table]: table for table in sorted(tables, key=_place, reverse=True) if table in KINDS}
        for crm, tables in objects.items()
    }


def _place(table: str) -> int:
    return KINDS.index(table) if table in KINDS else len(KINDS)


def _kind(material: Material, record: Mapping[str, Any]) -> str:
    found = material.kinds.get(record["crm"], {}).get(record["object"], record["object"])
    return found if found in KINDS else "records"


def _label(words: Words, record: str) -> str:
    """The id; of a week of hours, which has none of its own, the week."""
    _, _, last = record.rpartition(" ")
    try:
        return words.day(date.fromisoformat(last)) if last != record else record
    except ValueError:
        return record

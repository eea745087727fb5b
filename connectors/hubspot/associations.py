"""Associations read in batches of a thousand, and which one of several counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from connectors.hubspot.verdicts import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from connectors.hubspot.client import Client

BATCH: Final = 1000
COMPANY_PARENT: Final = 14
"""Association type of a child company to its parent; 13 is the other way round."""
TASK_COMPANY: Final = 192
"""Association type of a task to its company; 191 is the other way round."""
PRIMARY: Final = frozenset({1, 5, 26})
"""Association types of contact, deal and ticket to their primary company."""
NONE_FOUND: Final = "crm.associations.NO_ASSOCIATIONS_FOUND"
Entry = dict[str, Any]


def associated(client: Client, kind: str, to: str, ids: Sequence[str]) -> dict[str, list[Entry]]:
    """Read what at most 1000 records are associated with: id as text -> entries. One without any has none, which is no failure."""
    found: dict[str, list[Entry]] = {}
    pending: list[dict[str, str]] = [{"id": one} for one in ids]
    while pending:
        answer = client.associations(kind, to, pending)
        for refusal in answer.refusals:
            if refusal.category != "OBJECT_NOT_FOUND" and NONE_FOUND not in refusal.codes:
                raise Refused(f"associations of {kind} to {to}", refusal)
        pending = []
        for row in answer.results:
            one = str(row["from"]["id"])
            found.setdefault(one, []).extend(row.get("to") or ())
            after = ((row.get("paging") or {}).get("next") or {}).get("after")
            if after:  # each record pages by itself
                pending.append({"id": one, "after": str(after)})
    return found


def ids_of(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """Give the ids at the other end as text; HubSpot writes them as numbers here and as text everywhere else."""
    return [str(entry["toObjectId"]) for entry in entries]


def chosen(entries: Iterable[Mapping[str, Any]], only_type: int | None = None) -> str | None:
    """Choose the one that counts: labelled Primary, else the lowest id so that every run chooses the same. None when there is none."""
    kept = {str(entry["toObjectId"]): _types(entry) for entry in entries}
    if only_type is not None:
        kept = {one: types for one, types in kept.items() if only_type in {number for number, _ in types}}
    primary = [one for one, types in kept.items() if any(label == "Primary" or number in PRIMARY for number, label in types)]
    return min(primary or kept, key=lambda one: (len(one), one), default=None)


def _types(entry: Mapping[str, Any]) -> list[tuple[int, str | None]]:
    """Give type numbers and labels; a portal's own labels count from one again, so only HubSpot's numbers are kept."""
    kinds = entry.get("associationTypes") or ()
    return [(int(one["typeId"]) if one.get("category") == "HUBSPOT_DEFINED" else 0, one.get("label")) for one in kinds]

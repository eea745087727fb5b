"""Associations read in batches of a thousand. Which one of several counts is said in SQL, over the pages as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from connectors.hubspot.verdicts import Refused, transient

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from connectors.hubspot.answer import Answer
    from connectors.hubspot.client import Client

BATCH: Final = 1000
COMPANY_PARENT: Final = 14
"""Association type of a child company to its parent; 13 is the other way round."""
TASK_COMPANY: Final = 192
"""Association type of a task to its company; 191 is the other way round."""
PRIMARY: Final = (1, 5, 26)
"""Association types of contact, deal and ticket to their primary company."""
NONE_FOUND: Final = "crm.associations.NO_ASSOCIATIONS_FOUND"
Entry = dict[str, Any]


def pages(client: Client, kind: str, to: str, ids: Sequence[str]) -> Iterator[tuple[list[str], Answer]]:
    """Read what at most 1000 records are associated with: what was asked for, and the answer. One without any has none, no failure."""
    pending: list[dict[str, str]] = [{"id": one} for one in ids]
    while pending:
        answer = client.associations(kind, to, pending)
        for refusal in answer.refusals:
            if refusal.category != "OBJECT_NOT_FOUND" and NONE_FOUND not in refusal.codes:
                raise Refused(f"associations of {kind} to {to}", refusal)
        yield [one["id"] for one in pending], answer
        following = [{"id": one, "after": after} for one, after in answer.unfinished]  # each record pages by itself
        if again := [one for one in following if one in pending]:
            raise transient(f"associations of {kind} to {to}", f"the same page came again for {len(again)} records", ambiguous=False)
        pending = following


def associated(client: Client, kind: str, to: str, ids: Sequence[str]) -> dict[str, list[Entry]]:
    """Read what at most 1000 records are associated with: id as text -> entries."""
    found: dict[str, list[Entry]] = {}
    for _, answer in pages(client, kind, to, ids):
        for row in answer.results:
            found.setdefault(str(row["from"]["id"]), []).extend(row.get("to") or ())
    return found


def ids_of(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """Give the ids at the other end as text; HubSpot writes them as numbers here and as text everywhere else."""
    return [str(entry["toObjectId"]) for entry in entries]

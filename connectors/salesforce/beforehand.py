"""What a pull asks before it reads stream by stream, in a handful of calls however many streams there are.

    full pull:  approximate sizes  ->  exact counts of the small ones
    increment:  first pages of all changes + counts of what has no watermark  ->  the small lists among these
                                                                              ->  the calls that are left to make (outlook)

A large object is not counted, since its Bulk job tells how many rows it found; where only a part of it is read, the part is counted
alone, since a count may take minutes. Every answer is kept under the text of its query and used once: a stream that is fitted anew, or
asked again, has another text and asks for itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from connectors.failures import CrmError, QuotaExhausted
from connectors.salesforce import soql, together
from connectors.salesforce.verdicts import TOO_HEAVY, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connectors.salesforce.client import Client
    from connectors.salesforce.mapping import Pull

A_PAGE: Final = 2_000
A_CALL: Final = 10_000
"""Rows that first pages may bring in one call: more would only be held in memory."""
A_DOWNLOAD: Final = 100_000
"""Rows of a Bulk result that are asked for at once."""
AROUND_A_JOB: Final = 4
"""Calls of a Bulk job besides its downloads: made, looked at twice, removed. A slow one is looked at more often."""


@dataclass(slots=True, kw_only=True)
class Beforehand:
    """`large` are the streams that go to Bulk at once, with their approximate rows. `at` is the server's time before anything below was
    asked.
    """

    large: Mapping[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    pages: dict[str, dict[str, Any]] = field(default_factory=dict)
    at: str | None = None

    def count(self, text: str) -> int | None:
        return self.counts.pop(text, None)

    def page(self, text: str) -> dict[str, Any] | None:
        return self.pages.pop(text, None)


def counting(pull: Pull) -> str:
    return soql.select(["COUNT()"], pull.object, pull.where)


def where_since(pull: Pull, mark: str | None) -> list[str]:
    """The conditions of a read: the stream's own, and with a mark only what changed since."""
    return [*pull.where, *([soql.since(pull.cursor, mark)] if mark and pull.cursor else [])]


def reading(pull: Pull, where: Sequence[str]) -> str:
    """The query of a REST read, in the order that lets a broken paging go on."""
    return soql.select(pull.stream.columns, pull.object, where, (pull.cursor, "Id") if pull.cursor and pull.sortable else ())


def counted(client: Client, pull: Pull, where: Sequence[str]) -> int | None:
    """How many records these conditions meet; None where counting itself takes too long."""
    try:
        return client.count(soql.select(["COUNT()"], pull.object, where), f"count {pull.stream.name}")
    except Refused as error:
        if error.code not in TOO_HEAVY:
            raise
        return None


def outlook(
    found: Beforehand, pulls: Mapping[str, Pull], marks: Mapping[str, str | None], threshold: int, held: Mapping[str, int]
) -> list[int]:
    """The calls that each stream will still take. What nobody could count is taken to be as many rows as are held."""
    return [_calls(found, pull, marks[name], threshold, held.get(name, 0)) for name, pull in pulls.items()]


def _calls(found: Beforehand, pull: Pull, mark: str | None, threshold: int, held: int) -> int:
    text, name = reading(pull, where_since(pull, mark)), pull.stream.name
    page = found.pages.get(text)
    if page is not None:
        total, here = int(page["totalSize"]), len(page["records"])
        if total > threshold:
            return _job(total)
        return 0 if page["done"] else -(-(total - here) // max(1, here))  # pages are as long as the first, which may be less than asked for
    if mark is not None:
        return 1
    size = found.large.get(name, found.counts.get(counting(pull), held))
    asked = name not in found.large and counting(pull) not in found.counts
    return asked + (_job(size) if size > threshold or (size and not _fits(text)) else -(-size // A_PAGE))


def _job(rows: int) -> int:
    return AROUND_A_JOB + max(1, -(-rows // A_DOWNLOAD))


def look(client: Client, pulls: Mapping[str, Pull], marks: Mapping[str, str | None], threshold: int) -> Beforehand:
    """Ask what can be asked together. Raises QuotaExhausted; any other failure leaves the question to the stream."""
    found = Beforehand(at=client.server_date)
    whole = [name for name in pulls if marks[name] is None]
    sizes = _sizes(client, [pulls[name] for name in whole]) if len(whole) == len(pulls) else {}
    found.large = {name: size for name in whole if not pulls[name].where and (size := sizes.get(pulls[name].object, 0)) > threshold}
    counts = [counting(pulls[name]) for name in whole if sizes.get(pulls[name].object, 0) <= threshold]
    changes = [
        text for name in pulls if marks[name] is not None and _fits(text := reading(pulls[name], where_since(pulls[name], marks[name])))
    ]
    answers = together.ask(client, [together.query_all(text) for text in [*counts, *changes]], "look at what changed")
    told = dict(zip([*counts, *changes], answers, strict=True))
    found.counts = {text: int(told[text]["totalSize"]) for text in counts if told[text] is not None}
    found.pages = {text: told[text] for text in changes if told[text] is not None}
    found.counts |= _parts(
        client, [pulls[name] for name in whole if name not in found.large and sizes.get(pulls[name].object, 0) > threshold]
    )
    if len(whole) < len(pulls):  # a full pull reads pages for pages' sake and gains nothing
        _small(client, [pulls[name] for name in whole], found)
    return found


def _parts(client: Client, pulls: Sequence[Pull]) -> dict[str, int]:
    """Count the streams that are a part of a large object, each in a call of its own."""
    found: dict[str, int] = {}
    for pull in pulls:
        try:
            size = counted(client, pull, pull.where)
        except QuotaExhausted:
            raise
        except CrmError:  # the stream asks again, and its failure is told there
            continue
        found |= {} if size is None else {counting(pull): size}
    return found


def _small(client: Client, whole: Sequence[Pull], found: Beforehand) -> None:
    """Read the lists of one page together, as many in a call as it should carry."""
    texts: list[str] = []
    rows = 0
    for pull in [*whole, None]:
        size = found.counts.get(counting(pull), 0) if pull is not None else A_CALL + 1
        if size > A_PAGE and pull is not None:
            continue
        if rows + size > A_CALL:
            answers = together.ask(client, [together.query_all(text) for text in texts], "read small objects")
            found.pages |= {text: page for text, page in zip(texts, answers, strict=True) if page is not None}
            texts, rows = [], 0
        if pull is not None and size and _fits(text := reading(pull, pull.where)):
            texts.append(text)
            rows += size


def _sizes(client: Client, pulls: Sequence[Pull]) -> dict[str, int]:
    """Rows by object. Approximate, which is enough to choose the way and for nothing else."""
    names = ",".join(sorted({pull.object for pull in pulls}))
    try:
        answer = client.get(f"{client.root}/limits/recordCount", "count records", {"sObjects": names})
    except QuotaExhausted:
        raise
    except CrmError:
        return {}
    return {str(one["name"]): int(one["count"]) for one in answer.get("sObjects", ())}


def _fits(text: str) -> bool:
    return len(text) <= soql.LONGEST

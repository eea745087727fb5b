"""Messages in memory -> incident rows: what a connector calls before anything of a message is landed.

    vendor's page -> connector makes Message rows -> incidents() -> rows of the table `incidents` -> landed instead of the messages

A row holds category, date, direction and ids; the id is a hash of the message id, the text is dropped with the page. Of the categories
that BEH-01 and BEH-02 weigh a message keeps the heaviest; leave_threat, legal_pressure and the others are rows of their own, since other
rules count them. Nothing is confirmed by software: a person does that in the CRM.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.language import Detector, detector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HEAVIEST_FIRST = ("violence", "discrimination_or_harassment", "threat", "insult", "rude")  # the weights of BEH-02, 8 8 5 3 1
ID_DIGITS = 40
OUTBOUND = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as a connector read it, in the words of facts.md. `texts`: subject and body; `account_id` or `case_id` says whose it is."""

    message_id: str
    sent_at: str | None
    texts: tuple[str, ...]
    account_id: str | None = None
    case_id: str | None = None
    direction: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A row of the table `incidents`; the columns are its names."""

    message_id: str
    case_id: str | None
    account_id: str | None
    occurred_at: str | None
    direction: str
    category: str
    confirmed: bool


def incidents(messages: Iterable[Message], names: tuple[str, ...] = (), reader: Detector | None = None) -> Iterator[Incident]:
    """Yield the incidents of inbound messages, one message after the other. An empty direction is inbound."""
    chosen = reader or detector()
    seen: set[str] = set()
    for message in messages:
        if message.direction == OUTBOUND or message.message_id in seen:
            continue
        seen.add(message.message_id)
        text = "\n\n".join(part for part in message.texts if part)
        found = {hit.category for hit in chosen.classify(text, message.language, names)}
        for category in _counted(found):
            yield Incident(
                message_id=incident_id(message.message_id, category),
                case_id=message.case_id,
                account_id=message.account_id,
                occurred_at=message.sent_at,
                direction="in",
                category=category,
                confirmed=False,
            )


def incident_id(message_id: str, category: str) -> str:
    """Name an incident: the same message gives the same id on every run, and nobody reads the message's id from it."""
    digest = hashlib.sha256(message_id.encode()).hexdigest()[:ID_DIGITS]
    return digest if category in HEAVIEST_FIRST else f"{digest}-{category}"


def _counted(found: set[str]) -> list[str]:
    """The heaviest reproach, then the other signals by name."""
    heaviest = next((category for category in HEAVIEST_FIRST if category in found), None)
    return [*([heaviest] if heaviest else []), *sorted(found - set(HEAVIEST_FIRST))]

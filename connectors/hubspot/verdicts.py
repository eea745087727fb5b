"""What HubSpot's refusals mean: status, headers and body of an answer -> one error of connectors/contract.py.

Only client.py calls this. A refusal's own sentence may quote what a person typed, so the errors are worded from its category, codes,
property names and scopes; the correlation id stands first for HubSpot's support.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.failures import CrmError, Denied, QuotaExhausted, Rejected, Throttled, Transient, Unprepared

CRM: Final = "hubspot"
LONGEST_WAIT: Final = 300.0
"""Seconds; a longer pause (a portal that is being moved asks for up to a day) ends the run, the next one goes on."""
PAUSES: Final = {"TEN_SECONDLY_ROLLING": 10.0, "SECONDLY": 1.0}
"""HubSpot seldom says how long to wait; its policies tell."""
UNKNOWN_OBJECT: Final = re.compile(r"(?:Unable to infer object type from|Invalid object or event type id): (\S+)")
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,99}")
WORD: Final = re.compile(r"[A-Za-z0-9_.:-]{1,80}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One error body, or one entry of a batch answer's errors."""

    status: int
    category: str = ""
    codes: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    traces: tuple[str, ...] = ()
    request_id: str | None = None
    policy: str = ""
    unknown_object: str = ""

    @property
    def why(self) -> str:
        """The reason in one line, without a word that a person may have typed."""
        parts = [self.category or f"HTTP {self.status}", *self.codes]
        if self.properties:
            parts.append(f"property {', '.join(self.properties)}")
        if self.scopes:
            parts.append(f"scope {', '.join(self.scopes)}")
        return " ".join(parts)


class Refused(Rejected):
    """A whole request was refused; `refusal` tells which rows or properties it was about, as far as HubSpot says."""

    def __init__(self, operation: str, refusal: Refusal) -> None:
        super().__init__(CRM, operation, refusal.why, request_id=refusal.request_id)
        self.refusal = refusal


class Lacking(Unprepared):
    """A property or an object that the request names is not defined in the portal."""

    def __init__(self, operation: str, refusal: Refusal, missing: Sequence[str]) -> None:
        named = ", ".join(missing)
        super().__init__(CRM, operation, f"not defined in this portal: {named}", missing=named, request_id=refusal.request_id)
        self.refusal = refusal
        self.names = tuple(missing)


class NoScope(Denied):
    """The token is good and this one thing is closed to it, for want of a scope or of the plan that brings it; the rest can go on."""

    @property
    def told(self) -> str:
        return f"the scope {self.missing} is not granted" if self.missing else self.message


def read(status: int, headers: Mapping[str, str], raw: bytes) -> Refusal:
    """Read an error answer; one that is not JSON (an HTML page of a gateway) has a status only."""
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    header = headers.get("X-HubSpot-Correlation-Id")
    return from_body(status, body if isinstance(body, Mapping) else {}, header)


def from_body(status: int, body: Mapping[str, Any], request_id: str | None = None) -> Refusal:
    """Read the JSON of an error: scopes, ids and property names stand at the top, in errors[], or as JSON inside the message."""
    message = str(body.get("message") or "")
    entries = [body, *(entry for entry in body.get("errors") or () if isinstance(entry, Mapping)), *_inside(message)]
    contexts = [entry["context"] for entry in entries if isinstance(entry.get("context"), Mapping)]
    unknown = UNKNOWN_OBJECT.search(message)
    return Refusal(
        status=status,
        category=_word(body.get("category")) or _word(body.get("errorType")),
        codes=_unique(_word(entry.get("code") or entry.get("error") or entry.get("subCategory")) for entry in entries),
        properties=_unique(
            name
            for name in (*_gather(contexts, "propertyName"), *(str(entry.get("name") or "") for entry in entries))
            if NAME.fullmatch(name)
        ),
        scopes=_unique((*_gather(contexts, "requiredGranularScopes"), *_gather(contexts, "requiredScopes"))),
        ids=_unique((*_gather(contexts, "ids"), *_gather(contexts, "id"), *_gather(contexts, "objectId"))),
        traces=_unique(_gather(contexts, "objectWriteTraceId")),
        request_id=_word(body.get("correlationId")) or request_id,
        policy=_word(body.get("policyName"))
        or ("DAILY" if "daily limit" in message.lower() else "SECONDLY" if "secondly limit" in message.lower() else ""),
        unknown_object=_word(unknown.group(1)) if unknown else "",
    )


def verdict(refusal: Refusal, headers: Mapping[str, str], operation: str, *, write: bool) -> CrmError:
    """Give the error to raise. `write`: the request may have changed something even though the answer is an error."""
    status = refusal.status
    if status in {401, 403}:
        return _denied(refusal, operation)
    if status in {423, 429, 477}:
        return _slower(refusal, headers, operation)
    if status == 408 or status >= 500:
        return transient(operation, refusal.why, ambiguous=write, request_id=refusal.request_id)
    missing = _missing(refusal, operation)
    return Lacking(operation, refusal, missing) if missing else Refused(operation, refusal)


def _missing(refusal: Refusal, operation: str) -> Sequence[str]:
    if refusal.unknown_object:
        return [refusal.unknown_object]
    if "PROPERTY_DOESNT_EXIST" in refusal.codes:
        return refusal.properties
    return [operation.partition(" ")[2]] if refusal.status == 404 else ()


def transient(operation: str, why: str, *, ambiguous: bool, request_id: str | None = None) -> Transient:
    error = Transient(CRM, operation, why, request_id=request_id)
    error.ambiguous = ambiguous
    return error


def is_day(error: CrmError) -> bool:
    """Whether the error says that the portal's calls of the day are used up."""
    return isinstance(error, QuotaExhausted) and "daily limit" in error.message


def _denied(refusal: Refusal, operation: str) -> Denied:
    scopes = ", ".join(refusal.scopes)
    if refusal.status == 401:
        mend = "create a new access token in HubSpot and put it into hubspot.access_token or the file of hubspot.access_token_file"
        return Denied(CRM, operation, refusal.why, missing="a valid access token", mend=mend, request_id=refusal.request_id)
    is_account = refusal.category == "BANNED"
    mend = "ask HubSpot why this account may not use its API" if is_account else "do without it, or ask HubSpot which plan brings it"
    if scopes:
        mend = f"grant {scopes} to the private app or service key in HubSpot's settings"
    why = refusal.why if scopes or refusal.category else f"closed to this key or plan ({refusal.why})"
    kind = Denied if is_account else NoScope
    return kind(CRM, operation, why, missing=scopes, mend=mend, request_id=refusal.request_id)


def _slower(refusal: Refusal, headers: Mapping[str, str], operation: str) -> CrmError:
    if refusal.status == 429 and refusal.policy == "DAILY":
        return QuotaExhausted(CRM, operation, "HubSpot's daily limit of calls is reached", request_id=refusal.request_id)
    asked = seconds(headers.get("Retry-After"))
    if asked is not None and asked > LONGEST_WAIT:
        return QuotaExhausted(CRM, operation, f"HubSpot asks to come back in {asked:.0f} s ({refusal.why})", request_id=refusal.request_id)
    least = 2.0 if refusal.status == 423 else 0.0
    pause = max(asked, least) if asked is not None else PAUSES.get(refusal.policy) or least or None
    return Throttled(CRM, operation, f"{refusal.why} {refusal.policy}".strip(), retry_after=pause, request_id=refusal.request_id)


def seconds(text: str | None) -> float | None:
    """Read a Retry-After header in seconds; HubSpot sends no dates here."""
    return float(text) if text and re.fullmatch(r"\d+(?:\.\d+)?", text.strip()) else None


def _inside(message: str) -> list[Mapping[str, Any]]:
    """Find the list that HubSpot puts as JSON text behind 'Property values were not valid: '."""
    start = message.find("[{")
    if start < 0:
        return []
    try:
        found = json.loads(message[start:])
    except ValueError:
        return []
    return [entry for entry in found if isinstance(entry, Mapping)]


def _gather(contexts: Sequence[Mapping[str, Any]], key: str) -> list[str]:
    found: list[str] = []
    for context in contexts:
        value = context.get(key)
        found += (
            [str(one) for one in value]
            if isinstance(value, Sequence) and not isinstance(value, str)
            else [str(value)]
            if value is not None
            else []
        )
    return [text for text in found if WORD.fullmatch(text)]


def _unique(texts: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _word(value: object) -> str:
    """Keep a code of HubSpot's own; a sentence becomes empty."""
    text = str(value or "")
    return text if WORD.fullmatch(text) else ""

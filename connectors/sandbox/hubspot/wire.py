"""What the vendor says when it refuses, and how it writes times: every error body of the sandbox is made here.

    handler  --raise Refusal-->  app.py  -->  {"status": "error", "message": ..., "correlationId": ..., "category": ...}

Bodies follow recorded answers. Where no recording of a body was found, the function says so; its status is documented.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from connectors.sandbox.hubspot.values import Problem

DOCUMENTATION = "https://developers.hubspot.com/docs/methods/auth/oauth-overview"
SCOPES_PAGE = "https://developers.hubspot.com/scopes"
LOST = "<!DOCTYPE html><html><head><title>Page not found</title></head><body><h1>Not Found</h1><p>HTTP ERROR 404</p></body></html>"


class Refusal(Exception):
    """The answer instead of the wished one. `body` is a JSON document (its correlationId is added on the way out) or HTML text."""

    def __init__(self, status: int, body: Mapping[str, Any] | str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {body if isinstance(body, str) else body.get('message')}")
        self.status, self.body, self.headers = status, body, dict(headers or {})


def stamp(ms: int) -> str:
    """Write an instant (epoch milliseconds) the vendor's way: 2026-03-01T19:25:58.039Z."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def millis(moment: datetime) -> int:
    """Epoch milliseconds of an aware datetime; a naive one is refused, since a seed without a zone is a mistake."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return round(moment.timestamp() * 1000)


def correlation(now: int) -> str:
    """Make a version 7 UUID of the portal's clock, as recent answers carry."""
    raw = (now << 80) | random.getrandbits(80)
    raw = (raw & ~(0xF << 76)) | (7 << 76)
    raw = (raw & ~(0x3 << 62)) | (2 << 62)
    text = f"{raw:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def refuse(status: int, message: str, category: str | None = None, **extra: Any) -> Refusal:
    """Make a refusal of the usual form; `extra` are further keys (errors, context, subCategory, links)."""
    body: dict[str, Any] = {"status": "error", "message": message, "correlationId": "", **extra}
    if category:
        body["category"] = category
    return Refusal(status, body)


def invalid(message: str, **extra: Any) -> Refusal:
    return refuse(400, message, "VALIDATION_ERROR", **extra)


def lost() -> Refusal:
    """Answer an unknown URL: HTML, not JSON."""
    return Refusal(404, LOST)


def not_found() -> Refusal:
    return refuse(404, "resource not found", "OBJECT_NOT_FOUND")


def unknown_type(asked: str) -> Refusal:
    """No category, as recorded. A numeric id gets a message of its own."""
    if asked[:2] in {"0-", "2-"} and asked[2:].isdigit():
        return refuse(400, f"Invalid object or event type id: {asked}")
    return refuse(400, f"Unable to infer object type from: {asked}")


def bad_json(reason: str, line: int = 1, column: int = 2) -> Refusal:
    return refuse(400, f"Invalid input JSON on line {line}, column {column}: {reason}")


def unset(*names: str) -> Refusal:
    """Answer a body that lacks a required key."""
    return invalid(f"Invalid input JSON on line 1, column 2. Some required fields were not set: [{', '.join(names)}]")


def unauthenticated() -> Refusal:
    message = (
        f"Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at {DOCUMENTATION}"
    )
    return refuse(401, message, "INVALID_AUTHENTICATION")


def expired(at: int, now: int) -> Refusal:
    message = f"The OAuth token used to make this call expired {(now - at) // 1000} second(s) ago."
    return refuse(401, message, "EXPIRED_AUTHENTICATION", context={"expire time": [stamp(at)]})


def missing_scopes(scopes: Iterable[str], *, nested: bool) -> Refusal:
    """The scopes stand in errors[].context (`nested`, as record endpoints answer) or in the top context (schemas and settings)."""
    wanted = sorted(scopes)
    if nested:
        message = (
            f"This app hasn't been granted all required scopes to make this call. Read more about required scopes here: {SCOPES_PAGE}."
        )
        detail = {"message": "One or more of the following scopes are required.", "context": {"requiredGranularScopes": wanted}}
        return refuse(403, message, "MISSING_SCOPES", errors=[detail], links={"scopes": SCOPES_PAGE})
    context = {"requiredGranularScopes": wanted, "links": [SCOPES_PAGE]}
    return refuse(403, "One or more of the following scopes are required.", "MISSING_SCOPES", context=context)


def bad_values(problems: Sequence[Problem], portal_id: int) -> Refusal:
    """Refuse property values: the list stands as JSON text inside the message, and again as errors[]."""
    return invalid(values_message(problems, portal_id), errors=[problem.as_error() for problem in problems])


def values_message(problems: Sequence[Problem], portal_id: int) -> str:
    inner = json.dumps([problem.as_result(portal_id) for problem in problems], ensure_ascii=False, separators=(",", ":"))
    return f"Property values were not valid: {inner}"


def duplicate_ids(ids: Sequence[str]) -> Refusal:
    return invalid(f"Duplicate IDs found in batch input: [{', '.join(ids)}]. IDs must be unique", context={"ids": list(ids)})


def non_unique(type_id: str, name: str, portal_id: int) -> Refusal:
    return invalid(f"Unable to perform update/upsert by non-unique {type_id} property {name} in portal ID {portal_id}")


def missing_objects(singular: str, ids: Sequence[str]) -> dict[str, Any]:
    """One entry of a batch answer's errors for all ids that were not found."""
    message = f"Could not get some {singular.upper()} objects, they may be deleted or not exist. Check that ids are valid."
    return {"status": "error", "category": "OBJECT_NOT_FOUND", "message": message, "context": {"ids": list(ids)}}


def throttled(policy: str, group: str) -> Refusal:
    """Answer a full bucket. No Retry-After: the vendor sends none here."""
    words = {"TEN_SECONDLY_ROLLING": "ten_secondly_rolling", "SECONDLY": "secondly", "DAILY": "daily"}[policy]
    message = f"You have reached your {words} limit."
    return refuse(429, message, "RATE_LIMITS", errorType="RATE_LIMIT", policyName=policy, groupName=group)

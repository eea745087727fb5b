"""Several requests in one: composite (they may refer to each other, and be undone together) and batch (they may not).

A composite counts as one API request, and of a batch each sub-request does. Sub-requests go through the same routes as everything else.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors.sandbox.salesforce.errors import Refused, not_found
from connectors.sandbox.salesforce.store import Undo
from connectors.sandbox.salesforce.web import Answer, Call, Routes, split_query

if TYPE_CHECKING:
    from collections.abc import Callable

MOST, MOST_HEAVY = 25, 5
_REFERENCE = re.compile(r"@\{([^}]+)\}")
_NAME = re.compile(r"[A-Za-z]\w*")
HALTED = {
    "errorCode": "PROCESSING_HALTED",
    "message": "The transaction was rolled back since another operation in the same transaction failed.",
}
BATCH_HALTED = {"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request."}


def routes_with(table: Routes) -> Callable[[Call, str], Answer]:
    """Register both; they answer their sub-requests from the same table."""

    def inner(call: Call, url: str) -> Answer:
        parts = urlsplit(url)
        found = re.fullmatch(r"(?:/services/data)?/v(\d+\.\d)(/.*)", parts.path)
        if found is None:
            raise not_found()
        return table.dispatch(replace(call, path=found[2], version=found[1], query=split_query(parts.query)))

    table.add("/composite", POST=lambda call: composite(call, inner))
    table.add("/composite/batch", POST=lambda call: batch(call, inner))
    return inner


# ---------------------------------------------------------------- composite


def composite(call: Call, inner: Callable[[Call, str], Answer]) -> Answer:
    body = call.object()
    parts = body.get("compositeRequest")
    if not isinstance(parts, list) or not parts:
        raise Refused("JSON_PARSER_ERROR", "Required field compositeRequest is missing")
    _check_parts(parts)
    strict = body.get("allOrNone") is True
    done: dict[str, Answer] = {}
    noted = len(call.audit.writes)
    with call.org.store.atomic():
        for part in parts:
            done[part["referenceId"]] = _one(call, part, done, inner)
        failed = {name for name, answer in done.items() if answer.status >= 300}
        if strict and failed:
            for name in done.keys() - failed:
                done[name] = Answer(status=400, body=[HALTED])
            call.audit.undo(noted)
            raise Undo
    return Answer(body={"compositeResponse": [_shown(name, answer) for name, answer in done.items()]})


def _check_parts(parts: list[dict[str, Any]]) -> None:
    if len(parts) > MOST:
        raise Refused("LIMIT_EXCEEDED", f"Limit exceeded. The request can't have more than {MOST} operations.")
    heavy = [part for part in parts if "/query" in str(part.get("url")) or "/composite/sobjects" in str(part.get("url"))]
    if len(heavy) > MOST_HEAVY:
        raise Refused("LIMIT_EXCEEDED", f"Limit exceeded. The request can't have more than {MOST_HEAVY} query or collection operations.")
    names = [part.get("referenceId") for part in parts]
    if any(not isinstance(name, str) or not _NAME.fullmatch(name) for name in names):
        raise Refused(
            "JSON_PARSER_ERROR", "Provided referenceId must start with a letter and contain only letters, digits and underscores."
        )
    if len(set(names)) < len(names):
        raise Refused("INVALID_INPUT", "Duplicate referenceId provided in composite request.")


def _one(call: Call, part: dict[str, Any], done: dict[str, Answer], inner: Callable[[Call, str], Answer]) -> Answer:
    try:
        url = str(_filled(str(part["url"]), done))
        if not url.startswith("/services/data/"):
            raise not_found()
        body = json.dumps(_filled(part.get("body"), done)).encode() if part.get("body") is not None else b""
        headers = {**call.headers, **{str(name).lower(): str(value) for name, value in (part.get("httpHeaders") or {}).items()}}
        with call.org.store.atomic():
            return inner(replace(call, method=str(part.get("method", "")).upper(), body=body, headers=headers), url)
    except Refused as refused:
        return Answer(status=refused.status, body=refused.whole())


def _filled(value: Any, done: dict[str, Answer]) -> Any:
    """Put results of earlier parts in the place of `@{name.path}`."""
    if isinstance(value, dict):
        return {name: _filled(one, done) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, done) for one in value]
    return _REFERENCE.sub(lambda found: str(_looked_up(found[1], done)), value) if isinstance(value, str) else value


def _looked_up(expression: str, done: dict[str, Answer]) -> Any:
    name, *way = re.findall(r"\w+", expression)
    answer = done.get(name)
    missing = Refused("PROCESSING_HALTED", f"Invalid reference specified. No value for {expression} found")
    if answer is None or answer.status >= 300:
        raise missing
    found: Any = answer.body
    try:
        for step in way:
            found = found[int(step)] if isinstance(found, list) else found[step]
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise missing from error
    return found


def _shown(name: str, answer: Answer) -> dict[str, Any]:
    return {"body": answer.body, "httpHeaders": dict(answer.headers), "httpStatusCode": answer.status, "referenceId": name}


# ---------------------------------------------------------------- batch


def batch(call: Call, inner: Callable[[Call, str], Answer]) -> Answer:
    body = call.object()
    parts = body.get("batchRequests")
    if not isinstance(parts, list) or not parts:
        raise Refused("JSON_PARSER_ERROR", "Required field batchRequests is missing")
    if len(parts) > MOST:
        raise Refused("LIMIT_EXCEEDED", f"Limit exceeded. The request can't have more than {MOST} operations.")
    call.org.usage.requests.extend([call.org.clock()] * (len(parts) - 1))
    results: list[dict[str, Any]] = []
    for part in parts:
        if body.get("haltOnError") is True and any(result["statusCode"] >= 300 for result in results):
            results.append({"statusCode": 412, "result": [BATCH_HALTED]})
            continue
        answer = _batched(call, part, inner)
        results.append({"statusCode": answer.status, "result": answer.body})
    return Answer(body={"hasErrors": any(result["statusCode"] >= 300 for result in results), "results": results})


def _batched(call: Call, part: dict[str, Any], inner: Callable[[Call, str], Answer]) -> Answer:
    try:
        url = "/" + str(part.get("url", "")).lstrip("/")
        body = json.dumps(part["richInput"]).encode() if part.get("richInput") is not None else b""
        with call.org.store.atomic():
            return inner(replace(call, method=str(part.get("method", "")).upper(), body=body), url)
    except Refused as refused:
        return Answer(status=refused.status, body=refused.whole())

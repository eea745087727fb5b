"""An answer or a failure of the wire -> one error of the contract. Decided on Salesforce's error code, never on the HTTP class alone.

    403 + REQUEST_LIMIT_EXCEEDED TotalRequests   the day is used up        QuotaExhausted
    403 + REQUEST_LIMIT_EXCEEDED Concurrent...   too many at this moment   Throttled
    403 + anything else                          a permission              Denied

Messages of Salesforce echo queries and field values, so only codes, field names and our own words go into an error.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import requests

from connectors.failures import CrmError, Denied, QuotaExhausted, Rejected, Throttled, Transient, Unprepared

if TYPE_CHECKING:
    from collections.abc import Mapping

CRM: Final = "salesforce"
REQUEST_ID_HEADERS: Final = ("X-SFDC-Request-Id", "Sfdc-Request-Id", "X-Request-Id")
NEVER_A_NEW_SESSION: Final = ("Connected app is not attached to Agent", "This session is not valid for use with the REST API")
"""401 bodies that a new sign-in does not mend: asking again would go on for ever."""
TOO_HEAVY: Final = frozenset({"QUERY_TIMEOUT", "REQUEST_RUNNING_TOO_LONG", "QUERY_TOO_COMPLICATED", "OPERATION_TOO_LARGE"})
"""A query that REST could not carry to its end; a Bulk job may."""
UNAVAILABLE: Final = frozenset({420, 429, 500, 502, 503, 504})


class Refused(Rejected):
    """A request or a row that Salesforce refused; `code` is its error code, for the few places that know another way."""

    def __init__(self, operation: str, message: str, *, code: str, request_id: str | None = None) -> None:
        super().__init__(CRM, operation, message, request_id=request_id)
        self.code = code


class SessionOver(CrmError):
    """The token is no longer accepted; the client signs in again, once."""


def request_id(response: requests.Response) -> str | None:
    return next((response.headers[name] for name in REQUEST_ID_HEADERS if name in response.headers), None)


def verdict(response: requests.Response, operation: str) -> CrmError:
    """Translate an answer with a status of 300 or above. Bodies may be JSON arrays, JSON objects or the HTML of a maintenance page."""
    code, message, fields = _first_error(response)
    status, mark = response.status_code, request_id(response)
    if status == 401:
        return _unauthorised(code, message, operation, mark)
    if code == "REQUEST_LIMIT_EXCEEDED":
        return _limit(message, operation, mark)
    if status in UNAVAILABLE:
        return _unavailable(response, code, operation, mark)
    if code == "UNABLE_TO_LOCK_ROW":
        return transient(operation, "a record is locked by another process", mark=mark)
    return _final(status, code, message, fields, operation, mark)


def _final(status: int, code: str, message: str, fields: tuple[str, ...], operation: str, mark: str | None) -> CrmError:
    """Translate what no repetition can change."""
    if code in _DENIED or (status == 403 and code not in _UNPREPARED):
        return _denied(code, operation, mark)
    if code in _UNPREPARED or status in {404, 410}:
        return _unprepared(status, code, message, operation, mark)
    shown = ", ".join(name for name in fields if re.fullmatch(r"\w+", name))
    return Refused(
        operation,
        f"{code or f'HTTP {status}'}{f' ({shown})' if shown else ''}: {_REASONS.get(code, 'refused')}",
        code=code,
        request_id=mark,
    )


def wire(error: requests.RequestException, operation: str) -> CrmError:
    """Translate a request that got no answer. Its own text is left out: it holds the URL with the query."""
    name = type(error).__name__
    if isinstance(error, requests.exceptions.SSLError):
        mend = "check the host name, or set salesforce.ca_bundle to your certificate authority"
        return Denied(CRM, operation, "the server's certificate is not trusted", missing="a trusted certificate", mend=mend)
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema)):
        return Denied(
            CRM,
            operation,
            "the address cannot be used",
            missing="a valid domain",
            mend="set salesforce.domain to login, test or your My Domain",
        )
    never_sent = isinstance(error, (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError)) or "NewConnectionError" in repr(
        error
    )
    return transient(operation, f"no answer ({name})", ambiguous=not never_sent)


def transient(operation: str, message: str, *, ambiguous: bool = False, mark: str | None = None) -> Transient:
    error = Transient(CRM, operation, message, request_id=mark)
    error.ambiguous = ambiguous
    return error


def row_reason(error: Mapping[str, Any]) -> str:
    """Say in one line why a row was refused, from a member of `errors`; the value that Salesforce echoes stays out."""
    code = _code(error.get("statusCode") or error.get("errorCode")) or "UNKNOWN"
    fields = ", ".join(str(name) for name in error.get("fields") or () if re.fullmatch(r"\w+", str(name)))
    reason = _REASONS.get(code, "refused by Salesforce")
    text = str(error.get("message") or "").strip().splitlines()[:1]
    if code == "FIELD_CUSTOM_VALIDATION_EXCEPTION" and text:
        reason = f"a validation rule of your org refused it: {text[0][:160]}"  # the admin's own fixed sentence
    elif code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" and (found := re.match(r"(\w+): execution of (\w+)", text[0] if text else "")):
        reason = f"the automation {found[1]} of your org failed ({found[2]})"
    return f"{code}{f' ({fields})' if fields else ''}: {reason}"


def _first_error(response: requests.Response) -> tuple[str, str, tuple[str, ...]]:
    """Code, message and fields of a body, which is not always JSON and not always the array that the reference promises."""
    try:
        body = json.loads(response.content or b"null")
    except ValueError:
        return "", response.text[:2000] if response.content else "", ()
    first = body[0] if isinstance(body, list) and body else body
    if not isinstance(first, dict):
        return "", "", ()
    code = first.get("errorCode") or first.get("statusCode") or first.get("exceptionCode") or first.get("error") or ""
    message = first.get("message") or first.get("exceptionMessage") or first.get("error_description") or ""
    fields = first.get("fields")
    return _code(code), str(message), tuple(str(name) for name in fields) if isinstance(fields, list) else ()


def _code(value: object) -> str:
    """An error code as it may be shown: one word, never a sentence."""
    return value if isinstance(value, str) and re.fullmatch(r"[A-Za-z]\w{0,60}", value) else ""


def _unauthorised(code: str, message: str, operation: str, mark: str | None) -> CrmError:
    if any(text in message for text in NEVER_A_NEW_SESSION):
        mend = "let the External Client App use the REST API: OAuth scope api, and no agent binding"
        return Denied(CRM, operation, "the session may not use the REST API", missing="OAuth scope api", mend=mend, request_id=mark)
    return SessionOver(CRM, operation, f"the session is over ({code or 'HTTP 401'})", request_id=mark)


def _unavailable(response: requests.Response, code: str, operation: str, mark: str | None) -> CrmError:
    told = response.headers.get("Retry-After", "")
    if response.status_code == 429 or told.isdigit():
        pause = float(told) if told.isdigit() else None
        return Throttled(CRM, operation, f"asked to slow down (HTTP {response.status_code})", retry_after=pause, request_id=mark)
    carried_out = response.status_code not in {420, 503}  # neither reached a server of the org
    return transient(operation, f"unavailable (HTTP {response.status_code}{f', {code}' if code else ''})", ambiguous=carried_out, mark=mark)


def _limit(message: str, operation: str, mark: str | None) -> CrmError:
    if re.search("concurrent|burst", message, re.IGNORECASE):
        return Throttled(CRM, operation, "too many long requests at this moment", request_id=mark)
    return QuotaExhausted(CRM, operation, "the org's API calls of the last 24 hours are used up; resume later", request_id=mark)


def _denied(code: str, operation: str, mark: str | None) -> Denied:
    missing, mend = _DENIED.get(code, ("access", "check the integration user's profile, permission sets and trusted IP ranges"))
    return Denied(CRM, operation, f"{code or 'HTTP 403'}: not allowed, {missing} is missing", missing=missing, mend=mend, request_id=mark)


def _unprepared(status: int, code: str, message: str, operation: str, mark: str | None) -> Unprepared:
    if status == 410:
        return Unprepared(
            CRM, operation, "this API version is retired; raise salesforce.api_version", missing="API version", request_id=mark
        )
    found = re.search(r"No such column '([\w.]+)'|sObject type '(\w+)'|not accessible: (\w+)|create/update fields: ([\w, ]+)", message)
    missing = next((part for part in found.groups() if part), "") if found else ""
    what = f"{missing} does not exist or the integration user may not see it" if missing else "what was asked for does not exist here"
    return Unprepared(CRM, operation, f"{code or f'HTTP {status}'}: {what}", missing=missing, request_id=mark)


_UNPREPARED: Final = frozenset({"INVALID_FIELD", "INVALID_TYPE", "NOT_FOUND", "INVALID_FIELD_FOR_INSERT_UPDATE"})
_DENIED: Final[Mapping[str, tuple[str, str]]] = {
    "API_DISABLED_FOR_ORG": ("API access", "this edition has no API: Enterprise, Unlimited, Developer, or Professional with API add-on"),
    "API_CURRENTLY_DISABLED": ("API Enabled", "grant the permission API Enabled to the integration user (Equilibre_Integration does)"),
    "INSUFFICIENT_ACCESS": ("access to this object", "assign the permission set Equilibre_Integration to the integration user"),
    "INSUFFICIENT_ACCESS_OR_READONLY": ("edit access", "assign the permission set Equilibre_Integration to the integration user"),
    "TXN_SECURITY_METERING_ERROR": ("an exception of a transaction security policy", "exempt the integration user from the policy"),
    "FUNCTIONALITY_NOT_ENABLED": ("a feature of the org", "enable the feature or leave the object out of the configuration"),
}
_REASONS: Final[Mapping[str, str]] = {
    "STRING_TOO_LONG": "the text is too long for the field",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "the value is not in the restricted picklist; run equilibre provision",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "the field is not editable for the integration user; assign Equilibre_Integration",
    "REQUIRED_FIELD_MISSING": "the org requires a field that is not ours",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "a validation rule of your org refused it",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "an automation of your org failed",
    "UNABLE_TO_LOCK_ROW": "the record stayed locked by another process",
    "INACTIVE_OWNER_OR_USER": "the owner is inactive",
    "DUPLICATE_VALUE": "another record carries this key",
    "DUPLICATES_DETECTED": "a duplicate rule of your org blocks saving",
    "INVALID_CROSS_REFERENCE_KEY": "the owner or the related record does not exist or cannot own it",
    "ENTITY_IS_DELETED": "the record was deleted or merged",
    "INSUFFICIENT_ACCESS_OR_READONLY": "the integration user may not edit this record",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "the integration user may not see the related record",
    "MALFORMED_ID": "the id is not one of this object",
    "ENTITY_IS_LOCKED": "an approval process locks the record",
    "CANNOT_EXECUTE_FLOW_TRIGGER": "a flow of your org failed",
    "FIELD_FILTER_VALIDATION_EXCEPTION": "a lookup filter of your org refused it",
    "TRANSFER_REQUIRES_READ": "the owner may not read this kind of record",
    "NUMBER_OUTSIDE_VALID_RANGE": "the number is too large for the field",
    "REQUEST_RUNNING_TOO_LONG": "the request ran for too long",
    "QUERY_TOO_COMPLICATED": "the query is too complicated for the org",
    "QUERY_TIMEOUT": "the query ran for too long",
    "INVALID_QUERY_LOCATOR": "the result is no longer kept by the server",
    "STORAGE_LIMIT_EXCEEDED": "the org's data storage is full",
}

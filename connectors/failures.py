"""How a CRM fails: verdicts under one root, translated once, in each client.py.

CrmError(crm, operation, request_id)
Transient          try again later: time-outs, 5xx, locks, resets
Throttled        the CRM said slow down; retry_after in seconds or None
Denied             credential, permission or scope; `missing` says what to grant
QuotaExhausted     the day's budget or our own ceiling: stop cleanly, resume later (exit code 4)
Rejected           one record was refused; the others went through
Unprepared         a field, property or object we need does not exist; `missing` names it
"""

from __future__ import annotations


class CrmError(Exception):
    """A CRM said no, or nothing. `request_id` is the vendor's id of the answer, for their support."""

    def __init__(self, crm: str, operation: str, message: str, *, request_id: str | None = None) -> None:
        self.crm, self.operation, self.message, self.request_id = crm, operation, message, request_id
        super().__init__(f"{f'[{request_id}] ' if request_id else ''}{crm} {operation}: {message}")


class Transient(CrmError):
    """Worth another try. `ambiguous`: the request may have been carried out, so only an idempotent one may be repeated."""

    ambiguous: bool = False


class Throttled(Transient):
    """The CRM asked for a pause of `retry_after` seconds (None: it did not say)."""

    def __init__(self, crm: str, operation: str, message: str, *, retry_after: float | None = None, request_id: str | None = None) -> None:
        super().__init__(crm, operation, message, request_id=request_id)
        self.retry_after = retry_after


class Denied(CrmError):
    """The credential is wrong or may not do this. `missing` is the permission or scope to grant, `mend` what to do."""

    def __init__(self, crm: str, operation: str, message: str, *, missing: str = "", mend: str = "", request_id: str | None = None) -> None:
        super().__init__(crm, operation, message, request_id=request_id)
        self.missing, self.mend = missing, mend


class QuotaExhausted(CrmError):
    """The budget of the day, or our own ceiling, is used up: stop cleanly and resume later."""


class Rejected(CrmError):
    """The CRM refused the request for what it contains; retrying it unchanged cannot help."""


class Unprepared(CrmError):
    """A field, property or object is not there; `equilibre provision` or the admin makes it."""

    def __init__(self, crm: str, operation: str, message: str, *, missing: str = "", request_id: str | None = None) -> None:
        super().__init__(crm, operation, message, request_id=request_id)
        self.missing = missing

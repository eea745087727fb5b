"""What Salesforce says no with. One refusal has two dresses: `errorCode` for a whole request, `statusCode` for a row of many."""

from __future__ import annotations

from typing import Any


class Refused(Exception):  # the vendor's word for it; it is an answer, not a fault of ours
    """A request or a row that is refused. `fields` is None where the vendor's body has no such key."""

    def __init__(
        self, code: str, message: str, *, status: int = 400, fields: tuple[str, ...] | None = None, more: dict[str, Any] | None = None
    ) -> None:
        super().__init__(code, message)
        self.status, self.code, self.message, self.fields, self.more = status, code, message, fields, more or {}

    def whole(self) -> list[dict[str, Any]]:
        """Dress it as the body of a refused request."""
        body: dict[str, Any] = {"message": self.message, "errorCode": self.code, **self.more}
        if self.fields is not None:
            body["fields"] = list(self.fields)
        return [body]

    def row(self) -> dict[str, Any]:
        """Dress it as one error of one row."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields or ()), **self.more}


def not_found() -> Refused:
    return Refused("NOT_FOUND", "The requested resource does not exist", status=404)


def no_external_id(name: str) -> Refused:
    return Refused("NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {name}", status=404)


def deleted() -> Refused:
    return Refused("ENTITY_IS_DELETED", "entity is deleted", status=404, fields=())


def expired() -> Refused:
    return Refused("INVALID_SESSION_ID", "Session expired or invalid", status=401)


def wrong_id(label: str, value: object, field: str) -> Refused:
    return Refused("MALFORMED_ID", f"{label}: id value of incorrect type: {value}", fields=(field,))


def no_reference() -> Refused:
    return Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=())


def unwritable(names: list[str]) -> Refused:
    return Refused(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field and verify that it is "
        "read/write for your profile or permission set.",
        fields=tuple(names),
    )


def too_many_rows() -> Refused:
    return Refused("EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than 200 records into this call")


def rolled_back() -> Refused:
    """Say to an innocent row why it was not written."""
    return Refused(
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "Record rolled back because not all records were valid and the request was using AllOrNone header",
        fields=(),
    )


ON_DEMAND = {
    "QUERY_TIMEOUT": (400, "QUERY_TIMEOUT", "Your query request was running for too long."),
    "CONCURRENT": (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
    "LONG_TRANSACTIONS": (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."),
    "TOTAL": (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    "NOT_ATTACHED": (401, "INVALID_SESSION_ID", "Connected app is not attached to Agent"),
    "NOT_FOR_REST": (401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API"),
    "API_CURRENTLY_DISABLED": (403, "API_CURRENTLY_DISABLED", "API is currently disabled for this User or Organization"),
    "UNKNOWN_EXCEPTION": (
        500,
        "UNKNOWN_EXCEPTION",
        "An unexpected error occurred. Please include this ErrorId if you contact support: 1694616325-10203 (1234567890)",
    ),
    "SERVER_UNAVAILABLE": (503, "SERVER_UNAVAILABLE", "Server temporarily unavailable"),
}
"""Refusals that follow from nothing the sandbox models; the effect `refuse:<name>` asks for one."""


def on_demand(name: str) -> Refused:
    status, code, message = ON_DEMAND[name]
    return Refused(code, message, status=status)

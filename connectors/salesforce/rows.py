"""Up to 200 records in one call, and what became of each: HTTP 200 says nothing about the rows.

Rows are matched by position, since a refused row may come without an id. A locked row is sent again, and so is, once, a key that another
process created in the same second; every other refusal is a receipt with its reason, and the other rows stand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from connectors.contract import Receipt
from connectors.failures import CrmError, Transient
from connectors.salesforce.verdicts import CRM, request_id, row_reason, transient

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connectors.contract import Change, Outcome
    from connectors.salesforce.client import Client

MOST: Final = 200
HEADERS: Final = {
    "Sforce-Duplicate-Rule-Header": "allowSave=true",
    "Sforce-Auto-Assign": "FALSE",
    "Sforce-Mru": "updateMru=false",
    "Sforce-Call-Options": "client=equilibre",
}
"""No duplicate rule, no assignment rule, no "recently viewed": a flag changes the flag and nothing around it."""
GONE: Final = frozenset({"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One change as the record that carries it. Two rows with one identity never share a call: the second would be refused."""

    change: Change
    record: Mapping[str, Any]
    identity: str


class _Locked(Transient):
    """Some rows were locked; the others of the call are decided."""


def send(client: Client, path: str, operation: str, rows: Sequence[Row]) -> Iterator[Receipt]:
    """Send rows in as few calls as the rules allow; one receipt a row. Raises CrmError when a whole call failed."""
    for wave in _waves(rows):
        yield from _call(client, path, operation, wave)


def _waves(rows: Sequence[Row]) -> Iterator[list[Row]]:
    waiting = list(rows)
    while waiting:
        wave: dict[str, Row] = {}
        rest: list[Row] = []
        for row in waiting:
            if row.identity in wave or len(wave) == MOST:
                rest.append(row)
            else:
                wave[row.identity] = row
        yield list(wave.values())
        waiting = rest


def _call(client: Client, path: str, operation: str, rows: Sequence[Row]) -> list[Receipt]:
    """One wave until every row is decided. Rows that are decided are not sent again, and their receipts are never lost."""
    wave = _Wave(client, path, operation, list(rows))
    try:
        client.retry(wave.attempt)
    except _Locked:
        pass
    except CrmError as error:
        if not wave.receipts:
            raise
        wave.undecided = [
            Receipt(change=row.change, outcome="failed", request_id=error.request_id, why=error.message) for row in wave.pending
        ]
    return [*wave.receipts, *wave.undecided]


@dataclass(slots=True)
class _Wave:
    """`pending` shrinks with each attempt; `undecided` says how the rows of `pending` stood last."""

    client: Client
    path: str
    operation: str
    pending: list[Row]
    receipts: list[Receipt] = field(default_factory=list)
    undecided: list[Receipt] = field(default_factory=list)
    raced: set[str] = field(default_factory=set)

    def attempt(self) -> None:
        """Send what is pending. Raises _Locked while rows are left that another try may settle."""
        body = {"allOrNone": False, "records": [row.record for row in self.pending]}
        response = self.client.once("PATCH", self.path, self.operation, body=body, headers=HEADERS)
        answers, mark = self.client.json(response, self.operation), request_id(response)
        if not isinstance(answers, list) or len(answers) != len(self.pending):
            raise transient(self.operation, "the answer does not fit the request", ambiguous=True, mark=mark)
        again = []
        self.undecided = []
        for row, answer in zip(self.pending, answers, strict=True):
            receipt = _receipt(row, answer, mark)
            if self._may_settle(row, answer):
                again.append(row)
                self.undecided.append(receipt)
            else:
                self.receipts.append(receipt)
        self.pending = again
        if again:
            raise _Locked(CRM, self.operation, f"{len(again)} record(s) locked by another process", request_id=mark)

    def _may_settle(self, row: Row, answer: Mapping[str, Any]) -> bool:
        code = _code(answer)
        if code == "DUPLICATE_VALUE" and row.identity not in self.raced:
            self.raced.add(row.identity)
            return True
        return code == "UNABLE_TO_LOCK_ROW"


def _first_error(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    errors = answer.get("errors") or [{}]
    return errors[0] if isinstance(errors[0], dict) else {}


def _code(answer: Mapping[str, Any]) -> str:
    return "" if answer.get("success") else str(_first_error(answer).get("statusCode") or "UNKNOWN")


def _receipt(row: Row, answer: Mapping[str, Any], mark: str | None) -> Receipt:
    code = _code(answer)
    if not code:
        return Receipt(change=row.change, outcome="applied", remote_id=answer.get("id"), request_id=mark)
    outcome: Outcome = "refused"
    if code == "UNABLE_TO_LOCK_ROW":
        outcome = "failed"
    elif code in GONE and "id" in row.record and "OwnerId" not in _first_error(answer).get("fields", ()):  # merged or deleted meanwhile
        outcome = "drifted"
    return Receipt(change=row.change, outcome=outcome, remote_id=answer.get("id"), request_id=mark, why=row_reason(_first_error(answer)))

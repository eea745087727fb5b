"""What Salesforce works out itself when a record is saved: names, closed and won, a task's account, the end of a contract, history rows.

new row + old row  ->  derive()  ->  the row that is stored        (fields that a seed gives explicitly are left alone)
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce.setup import VALUE_LISTS
from connectors.sandbox.salesforce.stamps import moment_of, stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.sandbox.salesforce.store import Row, Store


def derive(store: Store, kind: str, old: Row, new: Row, *, given: frozenset[str] = frozenset()) -> Row:
    """Complete `new` with what follows from it. `old` is the row before (empty on insert); names in `given` are kept as they are."""
    rule = _RULES.get(kind)
    if rule is None:
        return new
    worked_out = {name: value for name, value in rule(store, old, new).items() if name not in given}
    return {name: value for name, value in (new | worked_out).items() if value is not None}


def listed(store: Store, kind: str, field: str, value: Any) -> Row:
    """Find the record behind a picklist value (TaskStatus, OpportunityStage …); empty when there is none."""
    rows = store.rows(VALUE_LISTS[kind, field]).values()
    return next((row for row in rows if row["ApiName"] == value), {})


def _person(_store: Store, _old: Row, new: Row) -> Row:
    return {"Name": " ".join(part for part in (new.get("FirstName"), new.get("LastName")) if part)}


def _opportunity(store: Store, old: Row, new: Row) -> Row:
    stage = listed(store, "Opportunity", "StageName", new.get("StageName"))
    changed = new.get("StageName") != old.get("StageName")
    found: Row = {name: stage.get(name) for name in ("IsClosed", "IsWon", "ForecastCategory", "ForecastCategoryName")} if stage else {}
    if changed:
        found["LastStageChangeDate"] = new["SystemModstamp"]
        if new.get("Probability") == old.get("Probability"):
            found["Probability"] = stage.get("DefaultProbability")
    chance = found.get("Probability", new.get("Probability"))
    if new.get("Amount") is not None and chance is not None:
        found["ExpectedRevenue"] = round(new["Amount"] * chance / 100, 2)
    if new.get("CloseDate"):
        year, quarter = int(new["CloseDate"][:4]), (int(new["CloseDate"][5:7]) + 2) // 3
        found |= {"FiscalYear": year, "FiscalQuarter": quarter, "Fiscal": f"{year} {quarter}"}
    return found


def account_of(store: Store, row: Row) -> str | None:
    """Find the account of an activity: what it relates to, or that thing's account, or the account of its person."""
    what = store.find(row.get("WhatId"))
    if what is not None:
        if store.schema.of_id(what["Id"]) == "Account":
            return str(what["Id"])
        account = what.get("AccountId") or what.get("BillingAccountId")
        if account:
            return str(account)
    who = store.find(row.get("WhoId")) or {}
    return who.get("AccountId")


def _task(store: Store, old: Row, new: Row) -> Row:
    closed = bool(listed(store, "Task", "Status", new.get("Status")).get("IsClosed"))
    high = bool(listed(store, "Task", "Priority", new.get("Priority")).get("IsHighPriority"))
    found: Row = {"AccountId": account_of(store, new), "IsClosed": closed, "IsHighPriority": high}
    if closed and not old.get("IsClosed"):
        found["CompletedDateTime"] = new["SystemModstamp"]
    elif not closed:
        found["CompletedDateTime"] = None
    if not new.get("IsReminderSet"):
        found["ReminderDateTime"] = None
    return found


def _event(store: Store, old: Row, new: Row) -> Row:
    found: Row = {"AccountId": account_of(store, new)}
    start, end, minutes = new.get("StartDateTime") or new.get("ActivityDateTime"), new.get("EndDateTime"), new.get("DurationInMinutes")
    if start is None:
        return found
    if end and (minutes is None or end != old.get("EndDateTime")):
        minutes = int((moment_of(end) - moment_of(start)).total_seconds() // 60)
    elif minutes is not None:
        end = stamp(moment_of(start) + timedelta(minutes=minutes))
    found |= {
        "StartDateTime": start,
        "ActivityDateTime": start,
        "ActivityDate": start[:10],
        "EndDateTime": end,
        "DurationInMinutes": minutes,
    }
    return found | {"EndDate": end[:10] if end else None}


def _case(store: Store, old: Row, new: Row) -> Row:
    closed = bool(listed(store, "Case", "Status", new.get("Status")).get("IsClosed"))
    found: Row = {"IsClosed": closed}
    if closed and not old.get("IsClosed"):
        found["ClosedDate"] = new["SystemModstamp"]
    elif not closed:
        found["ClosedDate"] = None  # a reopened case loses its closing date
    who = store.find(new.get("ContactId")) or {}
    return found | {"ContactPhone": who.get("Phone"), "ContactEmail": who.get("Email"), "ContactMobile": who.get("MobilePhone")}


def _order(store: Store, old: Row, new: Row) -> Row:
    code = listed(store, "Order", "Status", new.get("Status")).get("StatusCode")
    found: Row = {"StatusCode": code, "TotalAmount": new.get("TotalAmount", 0.0)}
    if code == "Activated" and old.get("StatusCode") != "Activated":
        found["ActivatedDate"] = new["SystemModstamp"]
    return found


def _contract(store: Store, _old: Row, new: Row) -> Row:
    found: Row = {"StatusCode": listed(store, "Contract", "Status", new.get("Status")).get("StatusCode"), "EndDate": None}
    if new.get("StartDate") and new.get("ContractTerm") is not None:
        found["EndDate"] = contract_end(date.fromisoformat(new["StartDate"]), int(new["ContractTerm"])).isoformat()
    return found


def contract_end(start: date, months: int) -> date:
    """Give the last day of a term of whole months: from 31 January, one month ends on the last of February."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, last) if start.day > last else date(year, month + 1, start.day) - timedelta(days=1)


_RULES: dict[str, Callable[[Store, Row, Row], Row]] = {
    "Contact": _person,
    "User": _person,
    "Opportunity": _opportunity,
    "Task": _task,
    "Event": _event,
    "Case": _case,
    "Order": _order,
    "Contract": _contract,
}


def history_rows(store: Store, kind: str, tracked: tuple[str, ...], old: Row, new: Row) -> list[Row]:
    """List the history of one change: a row per tracked field, two (ids, then names) when the field points to a record."""
    rows: list[Row] = []
    for name in tracked:
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        reference = store.schema.of(kind).field(name).type == "reference"
        shown = name.removesuffix("Id") if reference else name
        pairs = [(before, after)]
        if reference:
            pairs.append(tuple((store.find(one) or {}).get("Name") for one in (before, after)))  # type: ignore[arg-type]
        rows += [
            {
                "Field": shown,
                "DataType": "EntityId" if reference and pair is pairs[0] else "Text",
                "OldValue": _cut(pair[0]),
                "NewValue": _cut(pair[1]),
            }
            for pair in pairs
        ]
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def _cut(value: Any) -> Any:
    return value[:255] if isinstance(value, str) else value

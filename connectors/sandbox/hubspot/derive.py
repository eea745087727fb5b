"""What the portal works out by itself: values that follow from a write, and values that follow from associations.

write     -->  consequences()   kept like any value, with history (closed flags, home currency, completion dates)
read      -->  COMPUTED         never kept (counts of associated records, parent and primary company)
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from connectors.sandbox.hubspot.pipelines import PROPERTIES
from connectors.sandbox.hubspot.values import instant
from connectors.sandbox.hubspot.wire import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.sandbox.hubspot.kinds import Kind
    from connectors.sandbox.hubspot.portal import Portal
    from connectors.sandbox.hubspot.records import Record


def consequences(portal: Portal, kind: Kind, row: Record, written: Mapping[str, str], at: int) -> dict[str, str]:
    """Values that follow from `written`, which the record already holds; a value that was written itself is not overruled."""
    work = {"deals": _deal, "tickets": _ticket, "tasks": _task, "line_items": _line_item}.get(kind.name)
    found = work(portal, row, written, at) if work else {}
    if "hubspot_owner_id" in written:
        found["hubspot_owner_assigneddate"] = stamp(at) if written["hubspot_owner_id"] else ""
    return {name: value for name, value in found.items() if name not in written}


def number(text: str | None) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


def _plain(value: Decimal | None) -> str:
    return "" if value is None else format(value.normalize(), "f")


def _deal(portal: Portal, row: Record, written: Mapping[str, str], at: int) -> dict[str, str]:
    found: dict[str, str] = {}
    stage = portal.stage("deals", row.properties.get("dealstage", ""))
    if stage is not None and "dealstage" in written:
        closed, won = stage.is_closed, stage.is_won
        found |= {"hs_is_closed": _bool(closed), "hs_is_closed_won": _bool(won), "hs_is_closed_lost": _bool(closed and not won)}
        found["hs_deal_stage_probability"] = stage.metadata.get("probability", "")
        found[f"hs_v2_date_entered_{stage.id}"] = stamp(at)
        if closed and not row.properties.get("closedate"):
            found["closedate"] = stamp(at)
    if {"amount", "dealstage", "deal_currency_code"} & set(written):
        amount, currency = number(row.properties.get("amount")), row.properties.get("deal_currency_code", "")
        rate = portal.rate(currency)
        home = amount * rate if amount is not None and rate is not None else None
        found["amount_in_home_currency"] = _plain(home)
        found["hs_exchange_rate"] = _plain(rate) if currency and rate is not None else ""
        won = stage is not None and stage.is_won
        found["hs_closed_amount"] = (_plain(amount) if won else "0") if amount is not None else ""
        found["hs_closed_amount_in_home_currency"] = (_plain(home) if won else "0") if home is not None else ""
    return found


def _bool(value: bool) -> str:  # noqa: FBT001 - one argument, named by the function
    return "true" if value else "false"


def _ticket(portal: Portal, row: Record, written: Mapping[str, str], at: int) -> dict[str, str]:
    found = {"hs_ticket_id": row.id}
    stage = portal.stage("tickets", row.properties.get("hs_pipeline_stage", ""))
    if stage is not None and "hs_pipeline_stage" in written:
        found["closed_date"] = (row.properties.get("closed_date") or stamp(at)) if stage.is_closed else ""
    closed = instant(written.get("closed_date") or found.get("closed_date", row.properties.get("closed_date", "")) or "-")
    opened = instant(row.properties.get("createdate", "-")) or row.created
    found["time_to_close"] = str(closed - opened) if closed is not None else ""
    return found


def _task(_portal: Portal, _row: Record, written: Mapping[str, str], at: int) -> dict[str, str]:
    if "hs_task_status" not in written:
        return {}
    done = written["hs_task_status"] == "COMPLETED"
    return {"hs_task_is_completed": "1" if done else "0", "hs_task_completion_date": stamp(at) if done else ""}


def _line_item(_portal: Portal, row: Record, _written: Mapping[str, str], _at: int) -> dict[str, str]:
    price, quantity = number(row.properties.get("price")), number(row.properties.get("quantity"))
    if price is None or quantity is None:
        return {}
    discount = number(row.properties.get("discount")) or Decimal(0)
    return {"amount": _plain((price - discount) * quantity)}


# ---------------------------------------------------------------- on read


def _one(portal: Portal, kind: Kind, row: Record, end: str, type_id: int) -> str | None:
    held = portal.associated_rows(kind, row, end)
    return next((other.id for other, types in held if type_id in types), None)


def _count(end: str, type_id: int | None = None) -> Callable[[Portal, Kind, Record], str | None]:
    def count(portal: Portal, kind: Kind, row: Record) -> str | None:
        return str(sum(1 for _, types in portal.associated_rows(kind, row, end) if type_id is None or type_id in types))

    return count


def _open_deals(portal: Portal, kind: Kind, row: Record) -> str | None:
    return str(sum(1 for deal, _ in portal.associated_rows(kind, row, "0-3") if deal.properties.get("hs_is_closed") != "true"))


def _revenue(portal: Portal, kind: Kind, row: Record) -> str | None:
    sums = [number(deal.properties.get("hs_closed_amount_in_home_currency")) for deal, _ in portal.associated_rows(kind, row, "0-3")]
    known = [amount for amount in sums if amount]
    return _plain(sum(known, Decimal(0))) if known else None


COMPUTED: Final[Mapping[tuple[str, str], Callable[[Portal, Kind, Record], str | None]]] = {
    ("companies", "hs_parent_company_id"): lambda portal, kind, row: _one(portal, kind, row, "0-2", 14),
    ("companies", "hs_num_child_companies"): _count("0-2", 13),
    ("companies", "num_associated_contacts"): _count("0-1"),
    ("companies", "num_associated_deals"): _count("0-3"),
    ("companies", "hs_num_open_deals"): _open_deals,
    ("companies", "total_revenue"): _revenue,
    ("contacts", "associatedcompanyid"): lambda portal, kind, row: _one(portal, kind, row, "0-2", 1),
    ("deals", "num_associated_contacts"): _count("0-1"),
}
"""(object type, property) -> what it is now. A seed that sets one of the first two of companies or contacts associates instead."""

AS_ASSOCIATION: Final = {("companies", "hs_parent_company_id"): (14,), ("contacts", "associatedcompanyid"): (1,)}
"""Mirrored properties: setting one in a seed makes this association to a company."""


def stage_property(kind: Kind) -> tuple[str, str] | None:
    return PROPERTIES.get(kind.name)

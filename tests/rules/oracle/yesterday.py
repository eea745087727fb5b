"""What a company's CRMs held at an earlier read: rows that came since, rows that changed, an account that was merged into another since.

    today's tables -> yesterday's tables, which are read first

Whatever was read before, the figures are those of today: a record that is gone counts no more, one that came back counts again, and what
belonged to an account that was merged away belongs to the one that took it over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.rules.oracle.book import KEYS

if TYPE_CHECKING:
    import random

    from tests.rules.oracle.book import Sources, Tables

CHANGED = {
    "amount": "77.70", "status": "open", "category": "complaint", "is_rush": "true", "parent_id": "", "stage": "repair", "hours": "3", "confirmed": "true",
    "currency": "EUR", "paid_date": "",
}  # fmt: skip
"""What a cell may have said before."""


def yesterday(dice: random.Random, sources: Sources) -> Sources:
    return {crm: _tables(dice, tables) for crm, tables in sources.items()}


def _tables(dice: random.Random, tables: Tables) -> Tables:
    merged = dice.choice(tables["accounts"])
    old = {**merged, "account_id": f"{merged['account_id']}old"}
    found: Tables = {}
    for name, rows in tables.items():
        kept = [_before(dice, name, row, (merged["account_id"], old["account_id"])) for row in rows if dice.random() < 0.85]
        gone = [{**row, KEYS[name]: f"{row[KEYS[name]]}gone"} for row in rows if name in KEYS and KEYS[name] in row and dice.random() < 0.1]
        found[name] = [*kept, *gone] or rows
    found["accounts"].append(old)
    return found


def _before(dice: random.Random, name: str, row: dict[str, str], merged: tuple[str, str]) -> dict[str, str]:
    new = {column: CHANGED[column] if column in CHANGED and dice.random() < 0.1 else text for column, text in row.items()}
    now, then = merged
    if name != "accounts" and new.get("account_id") == now and dice.random() < 0.5:
        new["account_id"] = then
    return new

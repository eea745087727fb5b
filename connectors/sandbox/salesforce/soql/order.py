"""ORDER BY: several keys, each up or down, nulls first unless said otherwise, text without case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.sandbox.salesforce.soql.bind import Bound
    from connectors.sandbox.salesforce.soql.tree import Sorting
    from connectors.sandbox.salesforce.store import Row


def sort(rows: list[Row], keys: list[tuple[Bound, Sorting]]) -> list[Row]:
    """Sort by the last key first: Python's sort is stable, so the first key has the last word."""
    for bound, sorting in reversed(keys):
        nulls = [row for row in rows if bound.get(row) is None]
        others = [row for row in rows if bound.get(row) is not None] if nulls else rows
        others = sorted(others, key=_key(bound), reverse=sorting.descending)
        rows = others + nulls if sorting.nulls_last else nulls + others
    return rows


def _key(bound: Bound) -> Callable[[Row], Any]:
    get = bound.get
    if bound.field.type in {"string", "picklist", "combobox", "email", "url", "phone", "textarea"}:
        return lambda row: get(row).casefold()
    return get

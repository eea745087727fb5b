"""The org's own words for tasks: which status is the default, which one closes, which priority is high. Names vary, meanings do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from connectors.failures import Denied, Unprepared
from connectors.salesforce import together

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connectors.salesforce.client import Client

_LOW: Final = frozenset({"low", "basse", "faible", "niedrig", "bajo", "baja"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskWords:
    """`open` and `closed` are None where the org does not show its list; the field is then left to the org's default."""

    open: str | None
    closed: str | None
    priorities: Mapping[str, str]
    """low, normal, high -> the org's value; a missing one is left to the org's default."""
    meanings: Mapping[str, str]
    """The org's value -> low, normal, high."""

    def meaning(self, value: str | None) -> str | None:
        return None if value is None else self.meanings.get(value, value.lower())


def read(client: Client) -> TaskWords:
    """Ask the org for its lists; both are small and Bulk does not know them."""
    lists = {"TaskStatus": "IsClosed", "TaskPriority": "IsHighPriority"}
    asked = [f"SELECT MasterLabel, ApiName, IsDefault, {flag} FROM {obj}" for obj, flag in lists.items()]
    answers = together.ask(client, [together.query_all(text) for text in asked], "read the words of tasks")
    statuses, levels = (
        page["records"] if page is not None and page["done"] else _rows(client, text) for text, page in zip(asked, answers, strict=True)
    )
    opened = _first(statuses, lambda row: row["IsDefault"] and not row["IsClosed"]) or _first(statuses, lambda row: not row["IsClosed"])
    closed = _first(statuses, lambda row: row["IsDefault"] and row["IsClosed"]) or _first(statuses, lambda row: row["IsClosed"])
    meanings = {_value(row): _meaning(row) for row in levels}
    priorities = {
        "high": _first(levels, lambda row: row["IsHighPriority"]),
        "normal": _first(levels, lambda row: _meaning(row) == "normal") or _first(levels, lambda row: not row["IsHighPriority"]),
        "low": _first(levels, lambda row: _value(row).lower() in _LOW) or _first(levels, lambda row: _meaning(row) == "low"),
    }
    return TaskWords(open=opened, closed=closed, priorities={name: value for name, value in priorities.items() if value}, meanings=meanings)


def _rows(client: Client, text: str) -> Sequence[Mapping[str, Any]]:
    try:
        return client.query(text, "read the words of tasks")
    except (Unprepared, Denied):
        return ()


def _first(rows: Sequence[Mapping[str, Any]], test: Any) -> str | None:
    return next((_value(row) for row in rows if test(row)), None)


def _value(row: Mapping[str, Any]) -> str:
    return str(row.get("ApiName") or row["MasterLabel"])


def _meaning(row: Mapping[str, Any]) -> str:
    return "high" if row["IsHighPriority"] else "normal" if row["IsDefault"] else "low"

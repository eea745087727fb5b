"""What a query is run against: an org as one user sees it, or the org's own description (Tooling)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from connectors.sandbox.salesforce.access import View
    from connectors.sandbox.salesforce.fields import Choice, Field
    from connectors.sandbox.salesforce.org import Org
    from connectors.sandbox.salesforce.schema import ObjectType
    from connectors.sandbox.salesforce.store import Row


class Source(Protocol):
    zone: ZoneInfo
    multi_currency: bool

    def kind(self, name: str) -> ObjectType | None: ...
    def fields(self, kind: ObjectType) -> Mapping[str, Field]: ...
    def rows(self, kind: ObjectType) -> Iterable[Row]: ...
    def find(self, record_id: str | None) -> Row | None: ...
    def type_of(self, record_id: str | None) -> str | None: ...
    def object_of(self, row: Row) -> str: ...
    def children(self, kind: ObjectType, name: str) -> tuple[ObjectType, Field] | None: ...
    def choices(self, kind: ObjectType, field: Field) -> tuple[Choice, ...]: ...
    def rate(self, code: str | None) -> float: ...
    def own_rate(self) -> float: ...
    def today(self) -> date: ...


class OrgSource:
    """The records of an org as a user sees them."""

    def __init__(self, org: Org, view: View) -> None:
        self.org, self.view = org, view
        self.multi_currency = "multi_currency" in org.features
        user = org.store.find(view.user) or {}
        self.zone = ZoneInfo(user.get("TimeZoneSidKey", "UTC"))
        self._currency = user.get("DefaultCurrencyIsoCode", org.currency)

    def kind(self, name: str) -> ObjectType | None:
        return self.view.kind(name)

    def fields(self, kind: ObjectType) -> Mapping[str, Field]:
        return self.view.fields(kind)

    def rows(self, kind: ObjectType) -> Iterable[Row]:
        return self.org.store.rows(kind.name).values()

    def find(self, record_id: str | None) -> Row | None:
        return self.org.store.find(record_id)

    def type_of(self, record_id: str | None) -> str | None:
        """Name what `X.Type` shows: the object, or Queue for a group that owns records."""
        kind = self.org.schema.of_id(record_id) if record_id else None
        if kind == "Group":
            return str((self.find(record_id) or {}).get("Type", kind))
        return kind

    def object_of(self, row: Row) -> str:
        return self.org.schema.of_id(row["Id"]) or "Name"

    def children(self, kind: ObjectType, name: str) -> tuple[ObjectType, Field] | None:
        """Find the object and field behind a child relationship name."""
        wanted = name.lower().removesuffix("__r")
        is_custom = name.lower().endswith("__r")
        for child, field in self.org.schema.references(kind.name):
            if field.children and field.children.lower() == wanted and field.custom == is_custom and self.view.kind(child.name):
                return child, field
        return None

    def choices(self, kind: ObjectType, field: Field) -> tuple[Choice, ...]:
        return self.org.choices(kind, field)

    def rate(self, code: str | None) -> float:
        """Give the units of a currency for one of the corporate currency."""
        rows = self.org.store.rows("CurrencyType").values() if self.multi_currency else ()
        return next((row["ConversionRate"] for row in rows if row["IsoCode"] == code), 1.0)

    def own_rate(self) -> float:
        """Give the rate of the running user's currency, into which convertCurrency() converts."""
        return self.rate(self._currency)

    def today(self) -> date:
        return self.org.clock().astimezone(self.zone).date()

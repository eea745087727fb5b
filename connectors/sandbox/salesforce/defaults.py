"""What stands in every org from the first day: its record, two users, lists of values, currencies; and what a new record starts with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.sandbox.salesforce.fields import Choice, Field
from connectors.sandbox.salesforce.setup import VALUE_LISTS

if TYPE_CHECKING:
    from connectors.sandbox.salesforce.org import Org
    from connectors.sandbox.salesforce.schema import ObjectType
    from connectors.sandbox.salesforce.store import Row

TASK_STATUS = (
    (True, False, "Not Started"),
    (False, False, "In Progress"),
    (False, True, "Completed"),
    (False, False, "Waiting on someone else"),
    (False, False, "Deferred"),
)
TASK_PRIORITY = ((False, True, "High"), (True, False, "Normal"), (False, False, "Low"))
CASE_STATUS = ((True, False, "New"), (False, False, "Working"), (False, False, "Escalated"), (False, True, "Closed"))
ORDER_STATUS = ((True, "Draft", "Draft"), (False, "Activated", "Activated"), (False, "Canceled", "Cancelled"))
CONTRACT_STATUS = (
    (True, "Draft", "Draft"),
    (False, "InApproval", "In Approval Process"),
    (False, "Activated", "Activated"),
    (False, "Terminated", "Terminated"),
)
STAGES = (
    ("Prospecting", 10, "Pipeline", "Pipeline"), ("Qualification", 10, "Pipeline", "Pipeline"), ("Needs Analysis", 20, "Pipeline", "Pipeline"),
    ("Proposal/Price Quote", 75, "Pipeline", "Pipeline"), ("Negotiation/Review", 90, "BestCase", "Best Case"),
    ("Closed Won", 100, "Closed", "Closed"), ("Closed Lost", 0, "Omitted", "Omitted"),
)  # fmt: skip
CURRENCIES = ("EUR", "USD", "GBP", "CHF")


def furnish(org: Org) -> tuple[str, str]:
    """Fill a new org; gives the ids of its administrator and of its integration user."""
    org.admin = org.user = ""
    profile = org.insert("Profile", {"Name": "System Administrator", "UserType": "Standard"})
    org.admin = org.insert("User", _person("Camille", "Admin", f"admin@{org.domain}.example", profile))
    org.user = org.insert("User", _person("Equilibre", "Integration", f"equilibre@{org.domain}.example", profile))
    for row in (*org.store.rows("Profile").values(), *org.store.rows("User").values()):
        row |= {"CreatedById": org.admin, "LastModifiedById": org.admin}  # the first rows had nobody to be made by
    org.insert(
        "Organization",
        {
            "Id": org.id, "Name": org.domain.title(), "OrganizationType": "Enterprise Edition", "InstanceName": "FRA42", "IsSandbox": org.is_sandbox,
            "TimeZoneSidKey": org.zone, "LanguageLocaleKey": "fr", "DefaultLocaleSidKey": "fr_FR", "FiscalYearStartMonth": 1,
        },
    )  # fmt: skip
    for name, rows, flag in (
        ("TaskStatus", TASK_STATUS, "IsClosed"),
        ("TaskPriority", TASK_PRIORITY, "IsHighPriority"),
        ("CaseStatus", CASE_STATUS, "IsClosed"),
    ):
        for order, (default, other, value) in enumerate(rows, start=1):
            org.insert(name, {"ApiName": value, "MasterLabel": value, "SortOrder": order, "IsDefault": default, flag: other})
    for name, coded in (("OrderStatus", ORDER_STATUS), ("ContractStatus", CONTRACT_STATUS)):
        for order, (default, code, value) in enumerate(coded, start=1):
            org.insert(name, {"ApiName": value, "MasterLabel": value, "SortOrder": order, "IsDefault": default, "StatusCode": code})
    for order, (value, chance, category, shown) in enumerate(STAGES, start=1):
        org.insert(
            "OpportunityStage",
            {
                "ApiName": value, "MasterLabel": value, "SortOrder": order, "IsActive": True, "IsClosed": value.startswith("Closed"), "IsWon": value == "Closed Won",
                "ForecastCategory": category, "ForecastCategoryName": shown, "DefaultProbability": chance,
            },
        )  # fmt: skip
    if "multi_currency" in org.features:
        corporate = {"IsoCode": org.currency, "ConversionRate": 1, "DecimalPlaces": 2, "IsActive": True, "IsCorporate": True}
        org.insert("CurrencyType", corporate)
    return org.admin, org.user


def _person(first: str, last: str, username: str, profile: str) -> Row:
    return {
        "FirstName": first,
        "LastName": last,
        "Username": username,
        "Email": username,
        "Alias": last[:8].lower(),
        "IsActive": True,
        "ProfileId": profile,
    }


def add_currency_fields(org: Org) -> None:
    """Give CurrencyIsoCode to every object that has an amount, and to users; it exists nowhere without multi-currency."""
    for kind in list(org.schema.objects.values()):
        has_amount = any(one.type == "currency" for one in kind.fields.values())
        if (
            has_amount or kind.blueprint.system == "full" or kind.name in {"User", "Organization"}
        ) and "currencyisocode" not in kind.fields:
            kind.add(Field(name="CurrencyIsoCode", label="Currency ISO Code", type="picklist", length=3, restricted=True))
            if kind.name == "User":
                kind.add(Field(name="DefaultCurrencyIsoCode", label="Information Currency", type="picklist", length=3, restricted=True))
    org.schema.version += 1


def choices(org: Org, kind: ObjectType, field: Field) -> tuple[Choice, ...]:
    """Give the values of a picklist: fixed ones, or the records that stand behind it."""
    source = VALUE_LISTS.get((kind.name, field.name))
    if source is not None:
        rows = sorted(org.store.rows(source).values(), key=lambda row: row.get("SortOrder", 0))
        return tuple(
            Choice(value=row["ApiName"], label=row["MasterLabel"], default=row.get("IsDefault", False), active=row.get("IsActive", True))
            for row in rows
        )
    if field.name in {"CurrencyIsoCode", "DefaultCurrencyIsoCode"}:
        rows = list(org.store.rows("CurrencyType").values())
        return tuple(Choice(value=row["IsoCode"], label=row["IsoCode"], active=row.get("IsActive", True)) for row in rows)
    if kind.name == "CurrencyType" and field.name == "IsoCode":
        return tuple(Choice(value=code, label=code) for code in CURRENCIES)
    return field.choices


def of(org: Org, kind: ObjectType, by: str) -> Row:
    """Give the values that a new record has before anybody says anything."""
    version, fixed = org.start_values.get(kind.name, (-1, {}))
    if version != org.schema.version:
        fixed = _fixed(org, kind)
        org.start_values[kind.name] = (org.schema.version, fixed)
    row = dict(fixed)
    for listed, name in VALUE_LISTS:
        if listed == kind.name:
            default = next((choice.value for choice in choices(org, kind, kind.field(name)) if choice.default), None)
            if default is not None:
                row[name] = default
    if by and "ownerid" in kind.fields:
        row["OwnerId"] = by
    return row


def _fixed(org: Org, kind: ObjectType) -> Row:
    row: Row = {}
    for field in kind.fields.values():
        if field.type == "boolean":
            row[field.name] = bool(field.default)
        elif field.default is not None:
            row[field.name] = field.default
        elif field.name in {"CurrencyIsoCode", "DefaultCurrencyIsoCode"}:
            row[field.name] = org.currency
        elif field.type == "picklist" and (kind.name, field.name) not in VALUE_LISTS:
            default = next((choice.value for choice in field.choices if choice.default), None)
            row |= {field.name: default} if default is not None else {}
    return row

"""Puts the portfolio's Salesforce half into an Org, as a company of this size would have set it up.

    standard objects     Account Contact Contract Order Case Event Task Opportunity User, with a few custom fields
    its own objects      Invoice__c (pushed by the accounting software), Time_Sheet__c, Client_Incident__c
    French pick lists    the words its people chose (seed_salesforce_setup.py says what they mean)

Everything is dated as it happened, so a first pull meets years of stamps and a later one only what changed.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.portfolio.model import BOOKED, SALESFORCE, SUPPORT, chosen
from connectors.sandbox.seed_salesforce_setup import (
    CASE_TYPES,
    CAUSES,
    FIELDS,
    INCIDENTS,
    KINDS,
    PRIORITIES,
    SIDES,
    STAGES,
    STATUSES,
    TOPICS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from connectors.sandbox.portfolio import Portfolio, Row
    from connectors.sandbox.salesforce.org import Org


def seed(org: Org, portfolio: Portfolio) -> dict[str, str]:
    """Fill the org and give portfolio id -> Salesforce id, for accounts, people, contracts, orders, cases and invoices."""
    for sobject, fields in FIELDS.items():
        org.define(sobject, fields)
    seeding = _Seeding(org, portfolio)
    for step in (
        seeding.currencies, seeding.users, seeding.accounts, seeding.contacts, seeding.contracts, seeding.orders, seeding.order_changes,
        seeding.cases, seeding.incidents, seeding.activities, seeding.hours, seeding.invoices, seeding.opportunities, seeding.merges,
    ):  # fmt: skip
        step()
    return seeding.ids


def type_entries(org: Org, portfolio: Portfolio, ids: Mapping[str, str]) -> int:
    """Type what people know about their clients into the EQ_ fields; KeyError before they exist. Gives the number of accounts."""
    kind = org.schema.of("Account")
    mine = {account: entry for account, entry in portfolio.entries.items() if SALESFORCE in portfolio.crms[account]}
    for account, entry in mine.items():
        typed: Row = {}
        for name, value in entry.items():
            field = kind.field(f"EQ_{name.title()}__c")
            typed[field.name] = chosen(value, [one.value for one in field.choices]) if isinstance(value, str) else value
        org.update("Account", ids[account], typed)
    return len(mine)


class _Seeding:
    """One pass over the portfolio, in the order in which records refer to each other."""

    def __init__(self, org: Org, portfolio: Portfolio) -> None:
        self.org, self.portfolio = org, portfolio
        self.ids: dict[str, str] = {}
        self._mornings: dict[date, datetime] = {}
        self._accounts = {account for account, crms in portfolio.crms.items() if SALESFORCE in crms}
        self._alone = {account for account, crms in portfolio.crms.items() if crms == (SALESFORCE,)}

    def _mine(self, table: str) -> Iterator[Row]:
        held = self._alone if table in SUPPORT else self._accounts
        return (row for row in self.portfolio.tables[table] if row["account_id"] in held)

    def _morning(self, day: date) -> datetime:
        found = self._mornings.get(day)
        if found is None:
            found = self._mornings[day] = datetime.combine(day, time(7, 30), UTC)
        return found

    def currencies(self) -> None:
        newest: dict[str, float] = {}
        for row in self.portfolio.tables["rates"]:
            newest.setdefault(row["currency"], row["units_per_home"])
        for code, units in newest.items():
            self.org.insert(
                "CurrencyType", {"IsoCode": code, "ConversionRate": units, "DecimalPlaces": 2, "IsActive": True, "IsCorporate": False}
            )
        for row in self.portfolio.tables["rates"]:
            self.org.insert(
                "DatedConversionRate",
                {
                    "IsoCode": row["currency"],
                    "StartDate": row["from"],
                    "NextStartDate": row["to_exclusive"],
                    "ConversionRate": row["units_per_home"],
                },
            )

    def users(self) -> None:
        """Enter who works here; the one who left is inactive, and his accounts still bear his name."""
        profile = self.org.records("Profile")[0]["Id"]
        roles = {row["role"]: "" for row in self.portfolio.tables["owners"]}
        for role in roles:
            roles[role] = self.org.insert("UserRole", {"Name": role, "DeveloperName": role.replace(" ", "_")})
        for row in self.portfolio.tables["owners"]:
            person = self.portfolio.people[row["owner_id"]]
            values = {
                "FirstName": person.first,
                "LastName": person.last,
                "Username": person.email,
                "Email": person.email,
                "Alias": row["owner_id"].lower(),
                "ProfileId": profile,
                "UserRoleId": roles[row["role"]],
                "ManagerId": self.ids.get(row["manager_id"]),
                "IsActive": row["active"],
            }
            self.ids[row["owner_id"]] = self.org.insert("User", values, created=self.portfolio.days.at(4200))

    def accounts(self) -> None:
        for row in self._mine("accounts"):
            profile = self.portfolio.profiles[row["account_id"]]
            values = {
                "Name": row["name"],
                "ParentId": self.ids.get(row["parent_id"]),
                "OwnerId": self.ids[row["owner_id"]],
                "Website": f"https://www.{row['domain']}",
                "BillingCity": profile.city if row["country"] == "FR" else None,
                "BillingCountry": _COUNTRIES[row["country"]],
                "AnnualRevenue": profile.turnover,
                "CurrencyIsoCode": row["currency"],
                "SIREN__c": row["registration_id"],
                "Payment_Terms_Days__c": row["payment_terms_days"],
                "Branch__c": profile.branch,
                "Trade__c": profile.trade,
            }
            self.ids[row["account_id"]] = self.org.insert("Account", values, created=row["created_at"])
        for double in self.portfolio.duplicates:
            if double.crm == SALESFORCE:
                twin = self.org.record(self.ids[double.winner])
                values = {
                    "Name": f"{twin['Name']} SAS",
                    "OwnerId": twin["OwnerId"],
                    "Website": twin["Website"],
                    "SIREN__c": twin.get("SIREN__c"),
                }
                self.ids[double.account_id] = self.org.insert("Account", values, created=self.portfolio.days.at(double.ago + 8))

    def contacts(self) -> None:
        for row in self._mine("contacts"):
            person = self.portfolio.people[row["contact_id"]]
            values = {
                "FirstName": person.first,
                "LastName": person.last,
                "Email": person.email,
                "Title": row["title"],
                "AccountId": self.ids[row["account_id"]],
                "Is_Decision_Maker__c": row["is_decision_maker"],
                "In_Role_Since__c": row["since"],
                "In_Role_Until__c": row["until"],
            }
            self.ids[row["contact_id"]] = self.org.insert("Contact", values, created=self._morning(row["since"]))

    def contracts(self) -> None:
        for row in self._mine("contracts"):
            values = {
                "AccountId": self.ids[row["account_id"]],
                "StartDate": row["start_date"],
                "ContractTerm": _term(row),
                "Status": "Activated",
                "CurrencyIsoCode": row["currency"],
                "SpecialTerms": "Conditions particulières en annexe." if row["special_terms"] else None,
                "Committed_Amount__c": row["committed_amount"],
                "Notice_Months__c": row["notice_months"],
            }
            self.ids[row["contract_id"]] = self.org.insert("Contract", values, created=self._morning(row["start_date"]))

    def orders(self) -> None:
        for row in self._mine("orders"):
            values = {
                "AccountId": self.ids[row["account_id"]],
                "EffectiveDate": row["ordered_at"].date(),
                "Status": _ORDER_STATUSES[row["status"]],
                "Requested_Date__c": row["requested_date"],
                "Promised_Date__c": row["promised_date"],
                "Delivered_Date__c": row["delivered_date"],
                "Is_Rush__c": row["is_rush"],
                "Standard_Lead_Days__c": row["standard_lead_days"],
            }
            last = self._morning(row["delivered_date"]) if row["delivered_date"] else row["ordered_at"]
            self.ids[row["order_id"]] = self.org.insert("Order", values, created=row["ordered_at"], modified=max(last, row["ordered_at"]))

    def order_changes(self) -> None:
        """Let the field history tell when a promise moved, and the order for whom."""
        for row in self.portfolio.tables["order_changes"]:
            order = self.ids.get(row["order_id"])
            if order is None:
                continue
            cause = {"Delay_Cause_Account__c": self.ids.get(row["cause_account_id"]), "Delay_Cause__c": CAUSES[row["cause"]]}
            self.org.update("Order", order, cause, modified=row["changed_at"])
            values = {
                "OrderId": order,
                "Field": "Promised_Date__c",
                "DataType": "DateOnly",
                "OldValue": row["old_promised_date"],
                "NewValue": row["new_promised_date"],
            }
            self.org.insert("OrderHistory", values, created=row["changed_at"])

    def cases(self) -> None:
        for row in self._mine("cases"):
            text = self.portfolio.texts.get(row["case_id"])
            values = {
                "AccountId": self.ids[row["account_id"]],
                "OwnerId": self.ids[row["owner_id"]],
                "Subject": text.subject if text else "Demande",
                "Description": text.body if text else None,
                "Origin": "Email",
                "Type": CASE_TYPES[row["category"]],
                "Priority": PRIORITIES[row["priority"]],
                "Status": "Closed" if row["closed_at"] else "New",
                "ClosedDate": row["closed_at"],
                "First_Response_At__c": row["first_response_at"],
                "Own_Fault__c": row["own_fault"],
                "Unfounded__c": row["unfounded"],
            }
            self.ids[row["case_id"]] = self.org.insert(
                "Case", values, created=row["opened_at"], modified=row["closed_at"] or row["opened_at"]
            )

    def incidents(self) -> None:
        for row in self._mine("incidents"):
            values = {
                "Name": row["message_id"],
                "Account__c": self.ids[row["account_id"]],
                "Case__c": self.ids.get(row["case_id"]),
                "Occurred_At__c": row["occurred_at"],
                "Category__c": INCIDENTS[row["category"]],
                "Confirmed__c": row["confirmed"],
            }
            self.org.insert("Client_Incident__c", values, created=row["occurred_at"])

    def activities(self) -> None:
        for row in self._mine("activities"):
            values: dict[str, Any] = {
                "WhatId": self.ids[row["account_id"]],
                "WhoId": self.ids.get(row["contact_id"]),
                "OwnerId": self.ids[row["owner_id"]],
                "Type": TOPICS[row["topic"]],
                "Initiated_By__c": SIDES[row["initiated_by"]],
                "Attendees__c": row["people"],
                "On_Site__c": row["on_site"],
            }
            start, minutes = row["started_at"], int(row["duration_minutes"])
            if row["kind"] == "meeting":
                values |= {"Subject": _MEETINGS[row["topic"]], "StartDateTime": start, "DurationInMinutes": minutes}
            else:
                values |= {"Subject": "Appel", "TaskSubtype": "Call", "CallType": "Outbound" if row["initiated_by"] == "us" else "Inbound"}
                values |= {
                    "CallDurationInSeconds": minutes * 60,
                    "ActivityDate": start.date(),
                    "Status": "Completed",
                    "CompletedDateTime": start,
                }
            self.org.insert("Event" if row["kind"] == "meeting" else "Task", values, created=start)

    def hours(self) -> None:
        for number, row in enumerate(self._mine("hours"), start=1):
            values = {
                "Name": f"FT-{number:06d}",
                "Account__c": self.ids[row["account_id"]],
                "Week__c": row["week"],
                "Hours__c": row["hours"],
                "Overtime_25__c": row["overtime_25"],
                "Overtime_50__c": row["overtime_50"],
                "Weekend_Hours__c": row["weekend_hours"],
            }
            self.org.insert("Time_Sheet__c", values, created=self._morning(row["week"]))

    def invoices(self) -> None:
        doubles = {double.winner: double for double in self.portfolio.duplicates if double.crm == SALESFORCE}
        for row in self.portfolio.documents:
            if row["account_id"] not in self._accounts:
                continue
            double = doubles.get(row["account_id"])
            on_double = double is not None and row["issue_date"] >= self.portfolio.days.ago(double.ago)
            self.ids[row["invoice_id"]] = self.org.insert(
                "Invoice__c",
                self._invoice(row, double.account_id if double is not None and on_double else row["account_id"]),
                created=self._morning(row["issue_date"]),
                modified=self._morning(row["paid_date"] or row["issue_date"]),
            )

    def _invoice(self, row: Row, account: str) -> Row:
        return {
            "Name": row["invoice_id"],
            "Account__c": self.ids[account],
            "Issue_Date__c": row["issue_date"],
            "Due_Date__c": row["due_date"],
            "Paid_Date__c": row["paid_date"],
            "Posted_On__c": row["issue_date"] if row["status"] in BOOKED else None,
            "Amount__c": row["amount"],
            "Balance__c": row["open_amount"],
            "CurrencyIsoCode": row["currency"],
            "Kind__c": KINDS[row["kind"]],
            "Status__c": "Avoir" if row["kind"] == "credit_note" else STATUSES[row["status"]],
            "Disputed__c": row["disputed"],
            "Own_Fault__c": row["own_fault"],
            "Family__c": row["category"],
            "Direct_Cost__c": row["direct_cost"],
        }

    def opportunities(self) -> None:
        for row in self._mine("pipeline"):
            values = {
                "Name": f"Devis {row['deal_id']}",
                "AccountId": self.ids[row["account_id"]],
                "Amount": row["amount"],
                "CurrencyIsoCode": row["currency"],
                "StageName": STAGES[row["stage"]],
                "Probability": round(row["probability"] * 100),
                "CloseDate": row["closed_at"].date() if row["closed_at"] else row["expected_close"],
                "Type": "New Customer" if row["is_new_business"] else "Existing Customer - Upgrade",
            }
            self.ids[row["deal_id"]] = self.org.insert(
                "Opportunity", values, created=row["created_at"], modified=row["closed_at"] or row["created_at"]
            )

    def merges(self) -> None:
        """Merge the duplicates away, as an administrator did the day before yesterday: what hung on them moves to the survivor."""
        for double in self.portfolio.duplicates:
            if double.crm == SALESFORCE:
                self.org.merge("Account", self.ids[double.winner], self.ids[double.account_id], at=self.portfolio.days.at(2))


def _term(contract: Row) -> int | None:
    """The contract's length in whole months, from which Salesforce works out the end."""
    if contract["end_date"] is None:
        return None
    start, after = contract["start_date"], contract["end_date"] + timedelta(days=1)
    return int((after.year - start.year) * 12 + after.month - start.month)


_COUNTRIES: Final = {"FR": "France", "CZ": "République tchèque", "US": "États-Unis"}
_ORDER_STATUSES: Final = {"draft": "Draft", "open": "Activated", "delivered": "Activated", "cancelled": "Cancelled"}
_MEETINGS: Final = {"advisory": "Point marché et projets", "transactional": "Revue des indicateurs", "other": "Visite"}

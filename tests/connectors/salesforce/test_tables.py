"""facts/*.sql: what vendor rows become. Each test writes a raw mirror by hand and reads one canonical table."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from connectors.salesforce import PARTS, SOURCES, VALUES
from connectors.salesforce.mapping import canonical, resolve
from connectors.salesforce.schema import Description, Field
from connectors.salesforce.tables import tables, vendor_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.contract import Table

DATES = frozenset({"CreatedDate", "SystemModstamp", "ClosedDate", "StartDateTime", "CompletedDateTime"})


class Mirror:
    """A hand-written org: object -> rows. Its describe shows the fields that any row has, and the system's."""

    def __init__(self, **objects: list[dict[str, Any]]) -> None:
        self.objects = objects

    def describe(self, name: str) -> Description | None:
        rows = next((rows for obj, rows in self.objects.items() if obj.lower() == name.lower()), None)
        if rows is None:
            return None
        shown = {"Id": None, "IsDeleted": None, "SystemModstamp": None, **{key: None for row in rows for key in row}}
        fields = {key.lower(): Field(name=key, type="datetime" if key in DATES else "string") for key in shown if "." not in key}
        for key in shown:
            relation, _, _ = key.partition(".")
            if "." in key:
                fields[relation.lower()] = Field(
                    name=f"{relation}Id", type="reference", relationship=relation, refers_to=(relation.removesuffix("__r"),)
                )
        return Description(name=name, fields=fields)

    def read(self, name: str, configured: Mapping[str, Mapping[str, str]] | None = None, home: str = "EUR") -> list[dict[str, Any]]:
        return self._rows(self.table(name, configured, home), configured)

    def table(self, name: str, configured: Mapping[str, Mapping[str, str]] | None = None, home: str = "EUR") -> Table:
        found = resolve(SOURCES, PARTS, configured or {}, self.describe)
        return next(table for table in tables(found, vendor_words(VALUES, {}), home) if table.name == name)

    def _rows(self, table: Table, configured: Mapping[str, Mapping[str, str]] | None) -> list[dict[str, Any]]:
        found = resolve(SOURCES, PARTS, configured or {}, self.describe)
        with duckdb.connect() as connection:
            connection.execute("CREATE SCHEMA raw_salesforce")
            for stream, pull in found.pulls.items():
                columns = pull.stream.columns
                connection.execute(
                    f'CREATE TABLE raw_salesforce."{stream}" ({", ".join(f"{chr(34)}{column}{chr(34)} VARCHAR" for column in columns)})'
                )
                for row in next(rows for obj, rows in self.objects.items() if obj.lower() == pull.object.lower()):
                    marks = ", ".join("?" * len(columns))
                    connection.execute(
                        f'INSERT INTO raw_salesforce."{stream}" VALUES ({marks})',
                        [row.get(column, "false" if column == "IsDeleted" else None) for column in columns],
                    )
            found_rows = connection.execute(table.query)
            names = [column[0] for column in found_rows.description]
            assert set(names) <= set(canonical()[table.name]), "a column that the table does not have"
            return [dict(zip(names, row, strict=True)) for row in found_rows.fetchall()]


def account(**fields: Any) -> dict[str, Any]:
    return {"Id": "001A", "Name": "Acme", **fields}


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("https://www.acme.example/fr?x=1", "acme.example"),
        ("ACME.example", "acme.example"),
        ("http://shop.acme.example:8080", "shop.acme.example"),
        ("  www2.acme.example ", "acme.example"),
        (None, None),
        ("", None),
    ],
)
def test_a_web_address_becomes_the_bare_domain(website: str | None, domain: str | None) -> None:
    assert Mirror(Account=[account(Website=website)]).read("accounts")[0]["domain"] == domain


def test_trap_40_the_clients_own_turnover_is_never_read() -> None:
    assert "AnnualRevenue" not in str([part.columns for part in PARTS])
    assert "AnnualRevenue" not in str(Mirror(Account=[account(AnnualRevenue="9")]).table("accounts").query)


def test_trap_51_without_person_accounts_nobody_is_one_and_with_them_the_field_says() -> None:
    assert Mirror(Account=[account()]).read("accounts")[0]["is_person"] == "false"
    assert Mirror(Account=[account(IsPersonAccount="true")]).read("accounts")[0]["is_person"] == "true"


def test_people_of_person_accounts_are_no_contacts() -> None:
    people = [
        {"Id": "003A", "AccountId": "001A", "IsPersonAccount": "true"},
        {"Id": "003B", "AccountId": "001A", "IsPersonAccount": "false"},
    ]
    assert [row["contact_id"] for row in Mirror(Contact=people).read("contacts")] == ["003B"]


def test_a_country_code_wins_over_a_country_name() -> None:
    rows = [account(BillingCountryCode="FR", BillingCountry="France"), account(Id="001B", BillingCountryCode=None, BillingCountry="Italie")]
    assert [row["country"] for row in Mirror(Account=rows).read("accounts")] == ["FR", "Italie"]


def test_trap_34_won_is_the_flag_of_the_orgs_own_stage_and_not_its_name() -> None:
    deals = [
        {
            "Id": "006A",
            "AccountId": "001A",
            "Amount": "10",
            "CloseDate": "2026-01-05",
            "IsWon": "true",
            "IsClosed": "true",
            "StageName": "Gagnée",
        },
        {
            "Id": "006B",
            "AccountId": "001A",
            "Amount": "20",
            "CloseDate": "2026-01-06",
            "IsWon": "false",
            "IsClosed": "true",
            "StageName": "Closed Won (old)",
        },
    ]
    mirror = Mirror(Opportunity=deals)
    assert [(row["line_id"], row["kind"]) for row in mirror.read("revenue")] == [("006A", "won_deal")]
    assert [row["stage"] for row in mirror.read("pipeline")] == ["won", "lost"]


def test_without_the_won_flag_no_deal_is_revenue_rather_than_every_deal() -> None:
    mirror = Mirror(Opportunity=[{"Id": "006A", "AccountId": "001A", "Amount": "10", "CloseDate": "2026-01-05"}])
    with pytest.raises(StopIteration):
        mirror.table("revenue")


def test_activated_orders_are_revenue_and_reductions_take_away() -> None:
    orders = [
        {
            "Id": "801A",
            "AccountId": "001A",
            "EffectiveDate": "2026-01-05",
            "TotalAmount": "100.0",
            "StatusCode": "Activated",
            "Status": "Livrée",
            "IsReductionOrder": "false",
        },
        {
            "Id": "801B",
            "AccountId": "001A",
            "EffectiveDate": "2026-01-06",
            "TotalAmount": "30.0",
            "StatusCode": "Activated",
            "Status": "Avoir",
            "IsReductionOrder": "true",
        },
        {
            "Id": "801C",
            "AccountId": "001A",
            "EffectiveDate": "2026-01-07",
            "TotalAmount": "-5.0",
            "StatusCode": "Activated",
            "Status": "Avoir",
            "IsReductionOrder": "true",
        },
        {
            "Id": "801D",
            "AccountId": "001A",
            "EffectiveDate": "2026-01-08",
            "TotalAmount": "900.0",
            "StatusCode": "Draft",
            "Status": "Draft",
            "IsReductionOrder": "false",
        },
    ]
    assert [(row["line_id"], float(row["amount"])) for row in Mirror(Order=orders).read("revenue")] == [
        ("801A", 100.0),
        ("801B", -30.0),
        ("801C", -5.0),
    ]


def test_trap_37_amounts_keep_their_own_currency() -> None:
    deals = [{"Id": "006A", "AccountId": "001A", "Amount": "10", "CloseDate": "2026-01-05", "IsWon": "true", "CurrencyIsoCode": "USD"}]
    assert Mirror(Opportunity=deals).read("revenue")[0]["currency"] == "USD"
    assert "convertCurrency" not in str(PARTS)


def test_trap_38_each_kind_of_revenue_says_what_it_is_so_that_none_is_added_to_another() -> None:
    mirror = Mirror(
        Opportunity=[{"Id": "006A", "AccountId": "001A", "Amount": "10", "CloseDate": "2026-01-05", "IsWon": "true"}],
        Order=[{"Id": "801A", "AccountId": "001A", "EffectiveDate": "2026-01-05", "TotalAmount": "10", "StatusCode": "Activated"}],
        Invoice=[{"Id": "3tt", "BillingAccountId": "001A", "InvoiceDate": "2026-01-05", "TotalAmountWithTax": "10", "Status": "Posted"}],
        CreditMemo=[{"Id": "50g", "BillingAccountId": "001A", "CreditDate": "2026-01-05", "TotalAmountWithTax": "10", "Status": "Posted"}],
    )
    assert sorted(row["kind"] for row in mirror.read("revenue")) == ["credit_note", "invoice", "order", "won_deal"]


def test_drafts_and_voided_invoices_are_no_revenue() -> None:
    parts = {"BillingAccountId": "001A", "InvoiceDate": "2026-01-05", "TotalAmountWithTax": "10"}
    mirror = Mirror(
        Invoice=[
            {"Id": f"3tt{number}", "Status": status, **parts}
            for number, status in enumerate(["Draft", "Posted", "Voided", "Canceled", "Pending"])
        ]
    )
    assert [row["line_id"] for row in mirror.read("revenue")] == ["3tt1"]
    assert len(mirror.read("invoices")) == 5


def test_a_posted_invoice_without_a_balance_is_paid() -> None:
    parts = {"BillingAccountId": "001A", "TotalAmountWithTax": "10", "Status": "Posted"}
    rows = Mirror(Invoice=[{"Id": "1", "Balance": "0.0", **parts}, {"Id": "2", "Balance": "4.5", **parts}]).read("invoices")
    assert [row["status"] for row in rows] == ["paid", "Posted"]


def test_the_status_category_decides_where_the_name_is_the_orgs_own() -> None:
    orders = [
        {"Id": "801A", "Status": "En atelier", "StatusCode": "Activated"},
        {"Id": "801B", "Status": "Delivered", "StatusCode": "Activated"},
        {"Id": "801C", "Status": "Draft", "StatusCode": "Draft"},
        {"Id": "801D", "Status": "Activated", "StatusCode": "Activated", "Delivered_Date__c": "2026-01-05"},
    ]
    assert [row["status"] for row in Mirror(Order=orders).read("orders")] == ["Activated", "Delivered", "Draft", "delivered"]
    assert Mirror(Order=orders).table("orders").values["status"]["activated"] == "open"


def test_trap_41_the_moment_of_escalation_is_the_first_history_row_of_its_flag() -> None:
    history = [
        {
            "Id": "1",
            "CaseId": "500A",
            "Field": "IsEscalated",
            "OldValue": "false",
            "NewValue": "true",
            "CreatedDate": "2026-02-02T10:00:00.000Z",
        },
        {
            "Id": "2",
            "CaseId": "500A",
            "Field": "IsEscalated",
            "OldValue": "true",
            "NewValue": "false",
            "CreatedDate": "2026-02-03T10:00:00.000Z",
        },
        {
            "Id": "3",
            "CaseId": "500A",
            "Field": "IsEscalated",
            "OldValue": "false",
            "NewValue": "true",
            "CreatedDate": "2026-02-04T10:00:00.000Z",
        },
        {
            "Id": "4",
            "CaseId": "500B",
            "Field": "ownerEscalated",
            "OldValue": None,
            "NewValue": None,
            "CreatedDate": "2026-03-01T10:00:00.000Z",
        },
    ]
    cases = [{"Id": name, "IsEscalated": "true", "Type": "Question"} for name in ("500A", "500B", "500C")]
    found = {row["case_id"]: row["escalated_at"] for row in Mirror(Case=cases, CaseHistory=history).read("cases")}
    assert found == {"500A": "2026-02-02T10:00:00.000Z", "500B": "2026-03-01T10:00:00.000Z", "500C": None}


def test_without_history_the_moment_of_escalation_is_unknown_and_the_column_not_filled() -> None:
    mirror = Mirror(Case=[{"Id": "500A", "IsEscalated": "true", "Type": "Question"}])
    assert mirror.read("cases")[0]["escalated_at"] is None
    assert {"escalated_at", "reopened_count"}.isdisjoint(mirror.table("cases").columns)


def test_reopening_is_counted_by_the_orgs_closed_words_and_unknown_without_any_tracked_status() -> None:
    statuses = [
        {"Id": "1", "MasterLabel": "Clos", "ApiName": "Closed", "IsClosed": "true"},
        {"Id": "2", "MasterLabel": "Ouvert", "ApiName": "New", "IsClosed": "false"},
    ]
    moves = [("500A", "Ouvert", "Clos"), ("500A", "Clos", "Ouvert"), ("500A", "Ouvert", "Clos"), ("500A", "Clos", "Ouvert")]
    history = [
        {"Id": f"{n}", "CaseId": c, "Field": "Status", "OldValue": a, "NewValue": b, "CreatedDate": "2026-02-02T10:00:00.000Z"}
        for n, (c, a, b) in enumerate(moves)
    ]
    cases = [{"Id": "500A", "Type": "x"}, {"Id": "500B", "Type": "x"}]
    assert [row["reopened_count"] for row in Mirror(Case=cases, CaseHistory=history, CaseStatus=statuses).read("cases")] == ["2", "0"]
    other = [{**history[0], "Field": "IsEscalated"}]
    assert [row["reopened_count"] for row in Mirror(Case=cases, CaseHistory=other, CaseStatus=statuses).read("cases")] == [None, None]


def test_a_contact_has_the_roles_of_its_account_and_of_opportunities_and_a_deciding_one_is_said() -> None:
    relations = [
        {
            "Id": "07k1",
            "AccountId": "001A",
            "ContactId": "003A",
            "Roles": "Decision Maker;Influencer",
            "IsActive": "true",
            "StartDate": "2026-05-01",
            "EndDate": None,
        },
        {
            "Id": "07k2",
            "AccountId": "001A",
            "ContactId": "003B",
            "Roles": "Economic Buyer",
            "IsActive": "false",
            "StartDate": None,
            "EndDate": "2026-06-30",
        },
    ]
    roles = [{"Id": "00K1", "ContactId": "003C", "Role": "Evaluator"}, {"Id": "00K2", "ContactId": "003A", "Role": "Influencer"}]
    people = [{"Id": f"003{letter}", "AccountId": "001A", "Title": "x", "CreatedDate": "2020-01-02T10:00:00.000Z"} for letter in "ABCD"]
    found = {
        row["contact_id"]: row
        for row in Mirror(Contact=people, AccountContactRelation=relations, OpportunityContactRole=roles).read("contacts")
    }
    assert [(found[f"003{letter}"]["role"], found[f"003{letter}"]["is_decision_maker"]) for letter in "ABCD"] == [
        ("Decision Maker;Influencer", "true"), (None, None), ("Evaluator", None), (None, None),
    ]  # fmt: skip
    assert [found[f"003{letter}"]["since"] for letter in "AB"] == ["2026-05-01", "2020-01-02"]
    assert found["003B"]["until"] == "2026-06-30"


def test_meetings_are_counted_once_for_all_who_were_invited() -> None:
    events = [
        {
            "Id": "00UA",
            "AccountId": "001A",
            "StartDateTime": "2026-01-05T09:00:00.000Z",
            "DurationInMinutes": "60",
            "IsChild": "false",
            "IsRecurrence": "false",
            "ActivityDate": "2026-01-05",
        },
        {
            "Id": "00UB",
            "AccountId": "001A",
            "StartDateTime": "2026-01-05T09:00:00.000Z",
            "DurationInMinutes": "60",
            "IsChild": "true",
            "IsRecurrence": "false",
            "ActivityDate": "2026-01-05",
        },
        {
            "Id": "00UC",
            "AccountId": "001A",
            "StartDateTime": "2026-01-05T09:00:00.000Z",
            "DurationInMinutes": "60",
            "IsChild": "false",
            "IsRecurrence": "true",
            "ActivityDate": "2026-01-05",
        },
    ]
    assert [row["activity_id"] for row in Mirror(Event=events).read("activities")] == ["00UA"]


def test_an_all_day_event_keeps_its_day() -> None:
    events = [{"Id": "00UA", "StartDateTime": "2026-01-05T00:00:00.000Z", "IsAllDayEvent": "true", "ActivityDate": "2026-01-05"}]
    assert Mirror(Event=events).read("activities")[0]["started_at"] == "2026-01-05"


def test_only_completed_calls_count_on_their_own_day_in_minutes_and_by_who_called() -> None:
    calls = [
        {
            "Id": "00TA",
            "IsClosed": "true",
            "TaskSubtype": "Call",
            "ActivityDate": "2026-01-05",
            "CompletedDateTime": "2026-01-09T10:00:00.000Z",
            "CallDurationInSeconds": "90",
            "CallType": "Inbound",
            "WhoId": "003A",
        },
        {
            "Id": "00TB",
            "IsClosed": "true",
            "TaskSubtype": "Call",
            "ActivityDate": "2026-01-09",
            "CompletedDateTime": "2026-01-09T10:00:00.000Z",
            "CallDurationInSeconds": None,
            "CallType": "Internal",
            "WhoId": "00QA",
        },
        {"Id": "00TC", "IsClosed": "false", "TaskSubtype": "Call", "ActivityDate": "2026-01-09"},
    ]
    rows = Mirror(Task=calls).read("activities")
    assert [
        (row["activity_id"], row["kind"], row["started_at"], row["duration_minutes"], row["initiated_by"], row["contact_id"])
        for row in rows
    ] == [
        ("00TA", "call", "2026-01-05", "1.5", "Inbound", "003A"),
        ("00TB", "call", "2026-01-09T10:00:00.000Z", None, None, None),
    ]


def test_the_priority_of_a_task_is_read_by_the_orgs_own_list() -> None:
    levels = [
        {"Id": "1", "ApiName": "Haute", "IsHighPriority": "true", "IsDefault": "false"},
        {"Id": "2", "ApiName": "Normale", "IsHighPriority": "false", "IsDefault": "true"},
        {"Id": "3", "ApiName": "Basse", "IsHighPriority": "false", "IsDefault": "false"},
    ]
    tasks = [
        {"Id": f"00T{n}", "EQ_Key__c": f"eq1-{n}", "Priority": name, "WhatId": "001A"}
        for n, name in enumerate(["Haute", "Normale", "Basse", "Autre"])
    ]
    assert [row["priority"] for row in Mirror(Task=tasks, TaskPriority=levels).read("tasks")] == ["high", "normal", "low", "autre"]


def test_deleted_tasks_stay_known_and_deleted_accounts_go() -> None:
    assert [row["is_deleted"] for row in Mirror(Task=[{"Id": "00T1", "EQ_Key__c": "eq1-1", "IsDeleted": "true"}]).read("tasks")] == ["true"]
    assert Mirror(Account=[account(IsDeleted="true")]).read("accounts") == []


def test_probability_is_a_share_and_open_deals_have_no_closing_day() -> None:
    deals = [
        {
            "Id": "006A",
            "Amount": "10",
            "Probability": "25",
            "IsWon": "false",
            "IsClosed": "false",
            "StageName": "Prospecting",
            "CloseDate": "2026-12-01",
            "Type": "New Customer",
        }
    ]
    row = Mirror(Opportunity=deals).read("pipeline")[0]
    assert (float(row["probability"]), row["closed_at"], row["is_new_business"], row["stage"]) == (0.25, None, "true", "Prospecting")


CURRENCIES = [
    {"Id": "1", "IsoCode": "EUR", "ConversionRate": "1"}, {"Id": "2", "IsoCode": "USD", "ConversionRate": "1.1"}, {"Id": "3", "IsoCode": "GBP", "ConversionRate": "0.88"},
]  # fmt: skip
DATED = [
    {"Id": "a", "IsoCode": "USD", "StartDate": "2026-01-01", "NextStartDate": "2026-07-01", "ConversionRate": "1.2"},
    {"Id": "b", "IsoCode": "USD", "StartDate": "2026-07-01", "NextStartDate": "9999-12-31", "ConversionRate": "1.1"},
    {"Id": "c", "IsoCode": "GBP", "StartDate": "2026-04-01", "NextStartDate": "9999-12-31", "ConversionRate": "0.8"},
]


def rates(home: str, **objects: list[dict[str, Any]]) -> list[tuple[str, str, str | None, float]]:
    rows = Mirror(**objects).read("rates", home=home)
    return sorted((row["currency"], row["from"], row["to_exclusive"] or "", round(float(row["units_per_home"]), 6)) for row in rows)


def test_rates_are_units_of_the_currency_for_one_of_home() -> None:
    assert rates("EUR", CurrencyType=CURRENCIES) == [
        ("EUR", "1900-01-01", "", 1.0),
        ("GBP", "1900-01-01", "", 0.88),
        ("USD", "1900-01-01", "", 1.1),
    ]


def test_dated_rates_stand_beside_todays_for_the_time_they_run() -> None:
    found = rates("EUR", CurrencyType=CURRENCIES, DatedConversionRate=DATED)
    assert ("USD", "2026-01-01", "2026-07-01", 1.2) in found
    assert ("USD", "1900-01-01", "", 1.1) in found
    assert len(found) == 6


def test_a_home_currency_that_is_not_the_corporate_one_is_converted_through_it() -> None:
    found = rates("GBP", CurrencyType=CURRENCIES, DatedConversionRate=DATED)
    assert ("USD", "1900-01-01", "", 1.25) in found
    assert ("USD", "2026-04-01", "2026-07-01", 1.5) in found
    assert ("GBP", "2026-04-01", "9999-12-31", 1.0) in found


def test_a_configured_object_is_read_with_exactly_its_columns() -> None:
    configured = {"hours": {"object": "Time_Sheet__c", "account_id": "Client__c", "week": "Week__c", "hours": "Hours__c"}}
    mirror = Mirror(Time_Sheet__c=[{"Client__c": "001A", "Week__c": "2026-01-05", "Hours__c": "12.5"}])
    assert mirror.read("hours", configured) == [{"account_id": "001A", "week": "2026-01-05", "hours": "12.5"}]
    assert mirror.table("hours", configured).object == "Time_Sheet__c"


def test_configured_invoices_become_revenue_unless_revenue_is_configured_too() -> None:
    invoices = {"object": "Invoice__c", "account_id": "Client__c", "issue_date": "Date__c", "amount": "Amount__c", "status": "Status__c"}
    rows = [
        {"Id": "a0A", "Client__c": "001A", "Date__c": "2026-01-05", "Amount__c": "12.5", "Status__c": "Paid"},
        {"Id": "a0B", "Client__c": "001A", "Status__c": "Draft", "Date__c": None, "Amount__c": None},
    ]
    mirror = Mirror(Invoice__c=rows)
    assert [(row["line_id"], row["amount"], row["kind"]) for row in mirror.read("revenue", {"invoices": invoices})] == [
        ("a0A", "12.5", "invoice")
    ]
    both = {
        "invoices": invoices,
        "revenue": {"object": "Invoice__c", "account_id": "Client__c", "date": "Date__c", "amount": "Amount__c", "kind": "=invoice"},
    }
    assert sorted(row["line_id"] for row in mirror.read("revenue", both)) == ["a0A", "a0B"]


def test_a_configured_revenue_object_adds_lines_to_the_built_in_ones() -> None:
    mirror = Mirror(
        Opportunity=[{"Id": "006A", "AccountId": "001A", "Amount": "10", "CloseDate": "2026-01-05", "IsWon": "true"}],
        Line__c=[{"Id": "a01", "Client__c": "001A", "Amount__c": "5", "Date__c": "2026-01-06"}],
    )
    configured = {"revenue": {"object": "Line__c", "account_id": "Client__c", "date": "Date__c", "amount": "Amount__c", "kind": "=order"}}
    assert sorted((row["line_id"], row["kind"]) for row in mirror.read("revenue", configured)) == [("006A", "won_deal"), ("a01", "order")]


def test_a_configured_column_replaces_the_built_in_one_and_names_are_found_without_regard_to_case() -> None:
    mirror = Mirror(Account=[account(Website="a.example", Web_Site__c="b.example", Terms__c="45")])
    row = mirror.read("accounts", {"accounts": {"domain": "WEB_SITE__C", "payment_terms_days": "Terms__c"}})[0]
    assert (row["domain"], row["payment_terms_days"]) == ("b.example", "45")


def test_a_column_may_come_from_a_parent_record() -> None:
    mirror = Mirror(
        Time_Sheet__c=[{"Id": "a1", "Week__c": "2026-01-05", "Project__r.Client__c": "001A"}], Project=[{"Id": "p", "Client__c": "001A"}]
    )
    configured = {"hours": {"object": "Time_Sheet__c", "account_id": "Project__r.client__c", "week": "Week__c"}}
    assert mirror.read("hours", configured) == [{"account_id": "001A", "week": "2026-01-05"}]


def test_changes_of_the_promised_date_are_changes_of_that_field_only() -> None:
    mirror = Mirror(
        Order=[{"Id": "801A", "Promised_Date__c": "2026-02-09", "Delay_Cause_Account__c": "001B"}],
        OrderHistory=[
            {
                "Id": "1",
                "OrderId": "801A",
                "Field": "Promised_Date__c",
                "OldValue": "2026-02-02",
                "NewValue": "2026-02-09",
                "CreatedDate": "2026-01-20T10:00:00.000Z",
            },
            {
                "Id": "2",
                "OrderId": "801A",
                "Field": "Status",
                "OldValue": "Draft",
                "NewValue": "Activated",
                "CreatedDate": "2026-01-20T10:00:00.000Z",
            },
        ],
    )
    rows = mirror.read("order_changes")
    assert [(row["order_id"], row["old_promised_date"], row["new_promised_date"], row["cause_account_id"]) for row in rows] == [
        ("801A", "2026-02-02", "2026-02-09", "001B")
    ]
    found = resolve(SOURCES, PARTS, {}, mirror.describe)
    assert found.pulls["OrderHistory"].where == ("Field = 'Promised_Date__c'",)


def test_without_a_promised_date_no_history_of_orders_is_read() -> None:
    found = resolve(
        SOURCES,
        PARTS,
        {},
        Mirror(
            Order=[{"Id": "801A"}],
            OrderHistory=[{"Id": "1", "OrderId": "801A", "Field": "Status", "OldValue": "", "NewValue": "", "CreatedDate": ""}],
        ).describe,
    )
    assert "OrderHistory" not in found.pulls


def test_a_misspelt_table_or_column_in_the_configuration_is_told() -> None:
    found = resolve(
        SOURCES,
        PARTS,
        {"acounts": {"name": "Name"}, "accounts": {"payment_terms": "X__c"}, "hours": {"object": "Nope__c"}},
        Mirror(Account=[account()]).describe,
    )
    told = {(problem.where, problem.column) for problem in found.missing}
    assert {("salesforce.tables.acounts", None), ("salesforce.tables.accounts", "payment_terms"), ("salesforce Nope__c", None)} <= told


def test_quotes_in_constants_and_words_cannot_leave_their_place() -> None:
    configured = {"incidents": {"object": "Incident__c", "direction": "=i'n", "category": "Kind__c"}}
    assert Mirror(Incident__c=[{"Id": "a1", "Kind__c": "x"}]).read("incidents", configured)[0]["direction"] == "i'n"


def test_every_template_gives_columns_that_its_table_has_and_lists_each_on_a_line_of_its_own() -> None:
    for file in files("connectors.salesforce").joinpath("facts").iterdir():
        body = file.read_text(encoding="utf-8").rpartition("SELECT\n")[2].partition("\nFROM ")[0]
        named = re.findall(r'AS "?(\w+)"?,?(?: -- from \w+)?$', body, re.MULTILINE)
        columns = canonical()[file.name.removesuffix(".sql")]
        assert set(named) <= set(columns), file.name
        assert len(named) == len(set(named))


def test_every_canonical_table_with_a_built_in_part_has_a_template() -> None:
    names = {file.name.removesuffix(".sql") for file in files("connectors.salesforce").joinpath("facts").iterdir()}
    assert {part.table for part in PARTS} == names

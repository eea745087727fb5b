"""[salesforce.tables.*]: how an org's own fields and objects find their way into the canonical tables."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from connectors.salesforce import PARTS, SOURCES
from connectors.salesforce.mapping import canonical, resolve
from connectors.salesforce.schema import Description, Field
from tests.connectors.salesforce.mirror import Mirror, account


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


@pytest.mark.parametrize("kind", ["address", "location", "base64"])
def test_trap_13_a_field_that_holds_many_values_in_one_is_told_and_not_asked(kind: str) -> None:
    described = Description(
        name="Account", fields={"id": Field(name="Id", type="id"), "billingaddress": Field(name="BillingAddress", type=kind)}
    )
    found = resolve(SOURCES, PARTS, {"accounts": {"country": "BillingAddress"}}, {"Account": described}.get)
    assert "BillingAddress" not in found.pulls["Account"].stream.columns
    assert any(problem.column == "BillingAddress" and kind in problem.what for problem in found.missing)


def test_a_path_over_more_lookups_than_a_query_may_follow_is_told_and_not_asked() -> None:
    parent = Field(name="ParentId", type="reference", relationship="Parent", refers_to=("Account",))
    described = Description(
        name="Account", fields={"id": Field(name="Id", type="id"), "name": Field(name="Name", type="string"), "parentid": parent}
    )
    steps = ".".join(["Parent"] * 5)
    found = resolve(
        SOURCES, PARTS, {"accounts": {"country": f"{steps}.Name", "domain": f"Parent.{steps}.Name"}}, {"Account": described}.get
    )
    assert f"{steps}.Name" in found.pulls["Account"].stream.columns
    assert any(problem.column == f"Parent.{steps}.Name" for problem in found.missing)


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

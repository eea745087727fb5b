"""facts/*.sql: what clients, revenue and orders become. Each test writes a raw mirror by hand and reads one canonical table."""

from __future__ import annotations

import pytest

from connectors.salesforce import PARTS
from tests.connectors.salesforce.mirror import Mirror, account


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

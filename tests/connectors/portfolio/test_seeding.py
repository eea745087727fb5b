"""What the two CRMs hold after seeding, compared with the portfolio and with its files: nothing lost, nothing counted twice."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from connectors.sandbox import seed_hubspot, seed_salesforce
from connectors.sandbox.hubspot.portal import Portal
from connectors.sandbox.portfolio import as_csv, generate
from connectors.sandbox.salesforce.org import Org

TODAY = date(2026, 11, 24)


def clock() -> datetime:
    return datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Filled:
    def __init__(self, size="demo") -> None:
        self.portfolio = generate(TODAY, size)
        self.org = Org(clock, features=("multi_currency", "dated_rates"))
        self.portal = Portal(clock)
        self.there = seed_salesforce.seed(self.org, self.portfolio)
        self.here, self.types = seed_hubspot.seed(self.portal, self.portfolio, self.there)

    def companies(self, *, archived=False) -> dict[str, dict[str, str]]:
        return {one: self.portal.get("companies", one) for one in self.portal.ids("companies", archived=archived)}

    def invoices(self) -> list[dict[str, str]]:
        return [
            self.portal.get("invoices", one) | {"company": next(iter(self.portal.associated("invoices", one, "companies")))}
            for one in self.portal.ids("invoices")
        ]


@pytest.fixture(scope="module")
def filled() -> Filled:
    return Filled()


def test_each_crm_holds_the_accounts_it_should_and_no_duplicate(filled):
    held = Counter(crm for crms in filled.portfolio.crms.values() for crm in crms)
    assert len(filled.org.records("Account")) == held["salesforce"]
    assert len(filled.companies()) == held["hubspot"]


def test_revenue_of_the_crms_each_client_from_one_equals_the_files_to_the_cent(filled, tmp_path):
    there = [row for row in filled.org.records("Invoice__c") if row.get("Posted_On__c")]
    only_here = {filled.here[account] for account, crms in filled.portfolio.crms.items() if crms == ("hubspot",)}
    here = [row for row in filled.invoices() if row.get("comptabilisee_le") and row["company"] in only_here]
    crms = sum(Decimal(str(row["Amount__c"])) * (-1 if row["Kind__c"] == "Avoir" else 1) for row in there)
    crms += sum(Decimal(row["hs_amount_billed"]) * (-1 if row["nature"] == "avoir" else 1) for row in here)
    text = as_csv(filled.portfolio, tmp_path)["revenue"].read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    assert crms == sum(Decimal(row["amount"]) * (-1 if row["kind"] == "credit_note" else 1) for row in rows)
    assert len(there) + len(here) == len(list(filled.portfolio.rows("revenue")))


def test_some_documents_of_clients_in_both_crms_stand_in_both_under_one_number(filled):
    numbers = {row["Name"] for row in filled.org.records("Invoice__c")}
    twice = [row for row in filled.invoices() if row["hs_number"] in numbers]
    copied = {filled.here[account] for account in filled.portfolio.copied}
    assert len(copied) >= 3
    assert {row["company"] for row in twice} == copied


@pytest.mark.parametrize(
    ("sobject", "table"),
    [("Contact", "contacts"), ("Contract", "contracts"), ("Order", "orders"), ("Time_Sheet__c", "hours"), ("Opportunity", "pipeline")],
)
def test_salesforce_has_every_row_of_its_clients(filled, sobject, table):
    mine = [row for row in filled.portfolio.rows(table) if "salesforce" in filled.portfolio.held_in(table, row["account_id"])]
    assert len(filled.org.records(sobject)) == len(mine) > 0


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        ("contacts", "contacts"),
        ("client_contracts", "contracts"),
        ("client_orders", "orders"),
        ("time_sheets", "hours"),
        ("deals", "pipeline"),
        ("tickets", "cases"),
        ("client_incidents", "incidents"),
    ],
)
def test_hubspot_has_every_row_of_its_clients(filled, kind, table):
    mine = [row for row in filled.portfolio.rows(table) if "hubspot" in filled.portfolio.held_in(table, row["account_id"])]
    assert len(filled.portal.ids(kind)) == len(mine) > 0


def test_the_help_desk_of_clients_in_both_crms_is_in_hubspot_and_their_orders_in_salesforce(filled):
    account = filled.portfolio.story("menaces-de-depart").account
    tickets = filled.portal.associated("companies", filled.here[account], "tickets")
    assert len(tickets) == len([row for row in filled.portfolio.rows("cases") if row["account_id"] == account])
    assert not [row for row in filled.org.records("Case") if row.get("AccountId") == filled.there[account]]
    assert not filled.portal.associated("companies", filled.here[account], "client_orders")
    assert [row for row in filled.org.records("Order") if row["AccountId"] == filled.there[account]]


def test_clients_in_both_crms_can_be_matched_only_by_what_links_them(filled):
    accounts, companies = {row["Id"]: row for row in filled.org.records("Account")}, filled.companies()
    for account, crms in filled.portfolio.crms.items():
        if len(crms) == 2:
            there, here = accounts[filled.there[account]], companies[filled.here[account]]
            links = {
                "domain": there["Website"] == f"https://www.{here.get('domain')}",
                "registration_id": there.get("SIREN__c") == here.get("siren"),
                "id": here.get("fiche_salesforce") == f"salesforce:{there['Id']}",
            }
            assert [how for how, holds in links.items() if holds] == [filled.portfolio.profiles[account].twin], there["Name"]


def test_the_duplicate_is_deleted_points_to_its_survivor_and_took_no_invoice_with_it(filled):
    account = filled.portfolio.story("doublon-fusionne").account
    [gone] = [row for row in filled.org.records("Account", deleted=True) if row["IsDeleted"]]
    assert gone["MasterRecordId"] == filled.there[account]
    mine = [row for row in filled.portfolio.rows("invoices") if row["account_id"] == account]
    assert len([row for row in filled.org.records("Invoice__c") if row["Account__c"] == filled.there[account]]) == len(mine)


def test_the_duplicate_in_hubspot_vanished_into_its_survivor_with_its_invoices(filled):
    account = filled.portfolio.story("doublon-fusionne-hubspot").account
    survivor = filled.here[account]
    double = filled.here[f"{account}D"]
    assert double in filled.portal.get("companies", survivor)["hs_merged_object_ids"].split(";")
    assert double not in filled.companies() | filled.companies(archived=True)
    mine = [row for row in filled.portfolio.rows("invoices") if row["account_id"] == account]
    assert len(filled.portal.associated("companies", survivor, "invoices")) == len(mine)


def test_one_user_is_inactive_and_one_owner_archived_and_both_still_own_clients(filled):
    [gone] = [row["Id"] for row in filled.org.records("User") if not row["IsActive"]]
    assert [row for row in filled.org.records("Account") if row["OwnerId"] == gone]
    [left] = [owner.id for owner in filled.portal.owners.values() if owner.archived]
    assert [row for row in filled.companies().values() if row["hubspot_owner_id"] == left]


def test_foreign_invoices_keep_their_currency_and_the_org_has_dated_rates_for_it(filled):
    account = filled.there[filled.portfolio.story("multidevise").account]
    assert {row["CurrencyIsoCode"] for row in filled.org.records("Invoice__c") if row["Account__c"] == account} == {"CZK"}
    rates = [row for row in filled.org.records("DatedConversionRate") if row["IsoCode"] == "CZK"]
    assert len(rates) >= 12
    assert len({row["ConversionRate"] for row in rates}) > 5


def test_the_clients_own_turnover_stands_where_a_careless_reader_would_take_it_for_ours(filled):
    assert all(row["AnnualRevenue"] >= 400_000 for row in filled.org.records("Account"))


def test_promised_dates_that_moved_are_in_the_field_history_with_the_order_saying_for_whom(filled):
    rows = [row for row in filled.org.records("OrderHistory") if row["Field"] == "Promised_Date__c"]
    orders = {row["Id"]: row for row in filled.org.records("Order")}
    historic = filled.there[filled.portfolio.story("client-historique").account]
    assert len([row for row in rows if orders[row["OrderId"]].get("Delay_Cause_Account__c") == historic]) >= 3
    assert all(row["NewValue"] == orders[row["OrderId"]]["Promised_Date__c"] > row["OldValue"] for row in rows)


def test_no_record_is_dated_after_the_clock(filled):
    now = filled.org.now()
    for sobject in ("Account", "Invoice__c", "Order", "Case", "Event", "Task", "Time_Sheet__c", "Contact"):
        assert max(row["SystemModstamp"] for row in filled.org.records(sobject, deleted=True)) <= now, sobject


def test_records_are_dated_as_they_happened_so_that_a_second_pull_is_small(filled):
    recent = [row for row in filled.org.records("Invoice__c") if row["SystemModstamp"] >= "2026-11-20"]
    assert len(recent) < 0.1 * len(filled.org.records("Invoice__c"))


def test_what_people_type_can_only_be_typed_once_the_fields_exist(filled):
    fresh = Filled("small")
    with pytest.raises(KeyError, match="EQ_Privileges__c"):
        seed_salesforce.type_entries(fresh.org, fresh.portfolio, fresh.there)
    with pytest.raises(KeyError, match="eq_privileges"):
        seed_hubspot.type_entries(fresh.portal, fresh.portfolio, fresh.here)


def test_people_type_five_privileges_of_whatever_list_the_fields_offer(filled):
    fresh = Filled("small")
    offered = ["rush_priority", "a", "b", "c", "d", "e", "f"]
    fresh.org.define("Account", [f"EQ_Privileges__c multi({'|'.join(offered)})", "EQ_Pulse_Mean__c number(3,2)", "EQ_Pulse_N__c int"])
    listed = "; ".join(offered)
    fresh.portal.define("companies", {"eq_privileges": f"checkbox: {listed}", "eq_pulse_mean": "number", "eq_pulse_n": "number"})
    assert seed_salesforce.type_entries(fresh.org, fresh.portfolio, fresh.there) == 1
    assert seed_hubspot.type_entries(fresh.portal, fresh.portfolio, fresh.here) == 2
    account = fresh.portfolio.story("client-historique").account
    there = fresh.org.record(fresh.there[account])["EQ_Privileges__c"]
    assert there == fresh.portal.get("companies", fresh.here[account])["eq_privileges"] == "rush_priority;a;b;c;d"
    insulted = fresh.portfolio.story("insultes").account
    assert fresh.portal.get("companies", fresh.here[insulted])["eq_pulse_mean"] == "2.3"

"""Raw rows into canonical ones: what is filled, and what the configuration maps."""

from __future__ import annotations

from connectors.hubspot import TABLES
from connectors.hubspot.schema import ENVELOPE, LINK
from connectors.hubspot.tables import Portal, canonical, compose
from tests.connectors.hubspot.composed import TYPES, ask, deal, portal, read

# ---------------------------------------------------------------- what is filled, what is mapped


def columns(place: Portal, table: str) -> tuple[str, ...]:
    return next(one for one in compose(place) if one.name == table).columns


def test_a_column_whose_properties_are_all_missing_is_not_filled() -> None:
    types = {name: kind for name, kind in TYPES["invoices"].items() if name != "hs_payment_date"}
    assert "paid_date" not in columns(portal(types={"invoices": types}), "invoices")
    assert "paid_date" in columns(portal(), "invoices")
    assert "payment_terms_days" not in columns(portal(), "accounts")


def test_an_object_that_is_not_read_leaves_its_tables_out_and_a_half_leaves_the_other_half() -> None:
    place = portal(types={"tickets": None, "meetings": None})
    assert "cases" not in {one.name for one in compose(place)}
    assert [row["kind"] for row in read("activities", {"calls": [{"id": "1"}]}, place)] == ["call"]


def test_a_configured_property_fills_a_column_that_hubspot_does_not_have() -> None:
    place = portal(
        types={"companies": {**TYPES["companies"], "delai": "number"}},
        mappings={"accounts": {"payment_terms_days": "delai", "currency": "=EUR"}},
    )
    row = read("accounts", {"companies": [{"id": "1", "delai": "45"}]}, place)[0]
    assert (row["payment_terms_days"], row["currency"]) == ("45", "EUR")
    assert {"payment_terms_days", "currency"} <= set(columns(place, "accounts"))


def test_a_configured_property_replaces_a_built_in_column() -> None:
    place = portal(types={"tickets": {**TYPES["tickets"], "motif": "enumeration"}}, mappings={"cases": {"category": "motif"}})
    assert (
        read("cases", {"tickets": [{"id": "1", "motif": "reclamation", "hs_ticket_category": "X"}]}, place)[0]["category"] == "reclamation"
    )


def test_a_configured_property_that_does_not_exist_leaves_the_built_in_column() -> None:
    place = portal(mappings={"cases": {"category": "mtoif"}})
    assert read("cases", {"tickets": [{"id": "1", "hs_ticket_category": "X"}]}, place)[0]["category"] == "X"


ORDERS = {
    "orders": {"numero": "string", "commandee": "datetime", "promise": "date", "client": "string"},
    "orders_companies": dict.fromkeys(LINK, "string"),
}


def test_an_object_of_the_portals_own_fills_a_table_with_its_primary_company() -> None:
    place = portal(
        types=ORDERS, mappings={"orders": {"object": "orders", "ordered_at": "commandee", "promised_date": "promise", "is_rush": "=true"}}
    )
    rows = {
        "orders": [{"id": "5", "commandee": "2026-01-01T08:00:00Z", "promise": "2026-01-09"}],
        "orders_companies": [{"id": "5", "to_id": "7", "number": "1"}],
    }
    row = read("orders", rows, place)[0]
    assert {name: row[name] for name in ("order_id", "account_id", "ordered_at", "promised_date", "is_rush")} == {
        "order_id": "5",
        "account_id": "7",
        "ordered_at": "2026-01-01T08:00:00Z",
        "promised_date": "2026-01-09",
        "is_rush": "true",
    }


def test_key_and_client_may_be_properties_too_and_merges_are_followed() -> None:
    place = portal(types=ORDERS, mappings={"orders": {"object": "orders", "order_id": "numero", "account_id": "client"}})
    rows = {"orders": [{"id": "5", "numero": "C-12", "client": "1"}], "companies": [{"id": "2", "hs_merged_object_ids": "1"}]}
    row = read("orders", rows, place)[0]
    assert (row["order_id"], row["account_id"]) == ("C-12", "2")


def test_contracts_may_stand_on_the_company_itself() -> None:
    types = {"companies": {**TYPES["companies"], "debut": "date"}}
    place = portal(types=types, mappings={"contracts": {"object": "companies", "start_date": "debut", "status": "=active"}})
    row = read("contracts", {"companies": [{"id": "1", "debut": "2026-01-01"}]}, place)[0]
    assert (row["contract_id"], row["account_id"], row["start_date"], row["status"]) == ("1", "1", "2026-01-01", "active")


def test_invoices_become_revenue_lines_except_drafts_and_voided_ones() -> None:
    invoices = [
        {"id": str(index), "hs_invoice_status": status, "hs_amount_billed": "5", "hs_invoice_date": "2026-01-01"}
        for index, status in enumerate(["open", "paid", "DRAFT", "voided", None])
    ]
    rows = read("revenue", {"invoices": invoices, "deals": [deal(id="9")]})
    assert [(row["line_id"], row["kind"], row["date"]) for row in rows] == [
        ("0", "invoice", "2026-01-01"),
        ("0-3:9", "won_deal", "2026-03-10"),
        ("1", "invoice", "2026-01-01"),
        ("4", "invoice", "2026-01-01"),
    ]


def test_the_words_for_draft_and_voided_may_be_the_portals_own() -> None:
    place = portal(
        types={"factures": {"etat": "string", "montant": "number", "le": "date"}, "factures_companies": dict.fromkeys(LINK, "string")},
        mappings={"invoices": {"object": "factures", "issue_date": "le", "amount": "montant", "status": "etat"}},
        values={"invoices": {"status": {"Brouillon": "draft", "Émise": "open"}}},
    )
    rows = {
        "factures": [
            {"id": "1", "etat": "brouillon", "montant": "1", "le": "2026-01-01"},
            {"id": "2", "etat": "Émise", "montant": "2", "le": "2026-01-02"},
        ]
    }
    assert [row["line_id"] for row in read("revenue", rows, place)] == ["2"]
    assert next(one for one in compose(place) if one.name == "revenue").object == "factures"


def test_a_configured_revenue_object_adds_lines_to_the_won_deals() -> None:
    types = {"factures": {"montant": "number", "le": "date", "nature": "string"}, "factures_companies": dict.fromkeys(LINK, "string")}
    place = portal(types=types, mappings={"revenue": {"object": "factures", "date": "le", "amount": "montant", "kind": "nature"}})
    rows = {"factures": [{"id": "2", "montant": "-5", "le": "2026-01-02", "nature": "avoir"}], "invoices": [{"id": "3"}], "deals": [deal()]}
    assert [(row["line_id"], row["kind"], row["amount"]) for row in read("revenue", rows, place)] == [
        ("0-3:1", "won_deal", "100"),
        ("2", "avoir", "-5"),
    ]


def test_every_column_of_every_file_is_one_of_the_canonical_table() -> None:
    known = canonical()
    for table in compose(portal()):
        names, _ = ask(table.name, {}, portal())
        assert set(table.columns) <= set(names) <= set(known[table.name]), table.name


def test_evidence_opens_the_object_by_its_type_id() -> None:
    assert {one.name: one.object for one in compose(portal())}["accounts"] == "0-2"


def test_archived_records_are_in_no_table_but_tasks() -> None:
    gone = {"id": "1", "archived": "true", "equilibre_key": "eq1-1"}
    for table in compose(portal()):
        stream = {"activities": "meetings"}.get(table.name, next(one.kind for one in TABLES if one.name == table.name))
        if stream == "owners" or table.name == "rates":
            continue
        row = {name: value for name, value in gone.items() if name in (*ENVELOPE, *portal().types[stream])}
        assert len(read(table.name, {stream: [row]})) == (1 if table.name == "tasks" else 0), table.name

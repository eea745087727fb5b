"""Raw rows into canonical ones: what the SQL of facts/ says about deals, tickets, meetings, money and days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pytest

from connectors.hubspot import SOURCES, TABLES
from connectors.hubspot.schema import ENVELOPE, LINK, OWNER, STAGE
from connectors.hubspot.tables import Portal, canonical, compose

DATES = {
    "closedate",
    "createdate",
    "hs_timestamp",
    "hs_meeting_start_time",
    "hs_meeting_end_time",
    "closed_date",
    "hs_last_closed_date",
    "hs_invoice_date",
    "hs_due_date",
}
TYPES = {
    source.kind: {name: "datetime" if name in DATES else "string" for name in (*source.properties, *source.extra)} for source in SOURCES
}
JOINS = {f"{source.kind}_{to}": dict.fromkeys(LINK, "string") for source in SOURCES for to in source.links}
STAGES = {f"{source.kind}_stages": dict.fromkeys(STAGE, "string") for source in SOURCES if source.stages}
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def portal(**changes: Any) -> Portal:
    types = {**TYPES, **JOINS, **STAGES, "owners": dict.fromkeys(OWNER, "string"), **changes.pop("types", {})}
    types = {name: columns for name, columns in types.items() if columns is not None}
    usual = {"zone": "Europe/Paris", "company_zone": "Europe/Paris", "currency": "EUR", "home_currency": "EUR"}
    return Portal(types=types, **{**usual, **changes})


def ask(table: str, rows: Rows, place: Portal) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Fill the mirror with these rows and ask for the canonical table."""
    found = next(one for one in compose(place) if one.name == table)
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA raw_hubspot")
        for stream in found.streams:
            columns = place.types[stream]
            names = tuple(columns) if "id" in columns else (*ENVELOPE, *columns)
            connection.execute(f'CREATE TABLE raw_hubspot."{stream}" ({", ".join(f"{name} VARCHAR" for name in names)})')
            for row in rows.get(stream, ()):
                filled = {"archived": "false", **row} if "archived" in names else dict(row)
                marks = ", ".join("?" for _ in filled)
                connection.execute(f'INSERT INTO raw_hubspot."{stream}" ({", ".join(filled)}) VALUES ({marks})', list(filled.values()))
        cursor = connection.execute(f"SELECT * FROM ({found.query}) ORDER BY 1")
        return [column[0] for column in cursor.description], cursor.fetchall()


def read(table: str, rows: Rows, place: Portal | None = None) -> list[dict[str, Any]]:
    names, found = ask(table, rows, place or portal())
    return [dict(zip(names, row, strict=True)) for row in found]


def deal(**properties: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "pipeline": "default",
        "dealstage": "closedwon",
        "amount": "100",
        "closedate": "2026-03-10T10:00:00Z",
        "hs_is_closed": "true",
        "hs_is_closed_won": "true",
        **properties,
    }


def revenue(place: Portal | None = None, **properties: Any) -> dict[str, Any]:
    return read("revenue", {"deals": [deal(**properties)]}, place)[0]


# ---------------------------------------------------------------- deals


def test_a_stage_named_closedwon_is_not_won_unless_the_deal_says_so() -> None:
    assert read("revenue", {"deals": [deal(hs_is_closed_won="false")]}) == []


def test_a_deal_of_a_custom_pipeline_is_won_by_its_stages_metadata() -> None:
    stages = [
        {"id": "98765", "pipeline_id": "777", "is_closed": "true", "probability": "1.0"},
        {"id": "98766", "pipeline_id": "777", "is_closed": "true", "probability": "0.0"},
    ]
    deals = [
        deal(id=str(index), pipeline="777", dealstage=stage["id"], hs_is_closed_won=None, hs_is_closed=None)
        for index, stage in enumerate(stages)
    ]
    rows = {"deals": deals, "deals_stages": stages}
    assert [row["line_id"] for row in read("revenue", rows)] == ["0"]
    assert [(row["stage"], row["is_won"]) for row in read("pipeline", rows)] == [("won", "true"), ("lost", "false")]


@pytest.mark.parametrize(
    ("probability", "stage"),
    [
        ("0.2", "qualification"),
        ("0.4", "qualification"),
        ("0.5", "proposal"),
        ("0.6", "proposal"),
        ("0.75", "negotiation"),
        ("0.9", "negotiation"),
    ],
)
def test_an_open_deal_stands_where_the_probability_of_its_stage_puts_it(probability: str, stage: str) -> None:
    stages = [{"id": "s", "pipeline_id": "default", "is_closed": "false", "probability": probability}]
    row = read("pipeline", {"deals": [deal(dealstage="s", hs_is_closed="false", hs_is_closed_won="false")], "deals_stages": stages})[0]
    assert (row["stage"], row["probability"], row["closed_at"], row["is_won"]) == (stage, probability, None, "false")


def test_a_stage_that_the_configuration_names_is_handed_on_for_its_own_meaning() -> None:
    place = portal(values={"pipeline": {"stage": {"98765": "negotiation"}}})
    rows = {"deals": [deal(dealstage="98765", hs_is_closed="false", hs_is_closed_won="false")]}
    assert read("pipeline", rows, place)[0]["stage"] == "98765"
    assert next(one for one in compose(place) if one.name == "pipeline").values["stage"] == {"98765": "negotiation"}


def test_a_deal_in_another_currency_counts_with_hubspots_own_conversion() -> None:
    row = revenue(deal_currency_code="USD", amount="120", amount_in_home_currency="100", hs_closed_amount_in_home_currency="101")
    assert (row["amount"], row["currency"]) == ("101", "EUR")


def test_without_a_converted_amount_the_deals_rate_is_used() -> None:
    row = revenue(deal_currency_code="USD", amount="120", hs_exchange_rate="0.8", hs_closed_amount_in_home_currency="0")
    assert (float(row["amount"]), row["currency"]) == (96.0, "EUR")


def test_without_any_conversion_the_deal_keeps_its_own_currency() -> None:
    row = revenue(deal_currency_code="USD", amount="120")
    assert (row["amount"], row["currency"]) == ("120", "USD")


def test_a_deal_without_currency_code_is_in_the_portals_currency() -> None:
    assert revenue(portal(currency="CHF"))["currency"] == "CHF"


def test_when_the_portal_counts_in_another_currency_than_we_do_amounts_stay_as_they_are() -> None:
    row = revenue(portal(currency="USD"), deal_currency_code="EUR", amount="120", amount_in_home_currency="140")
    assert (row["amount"], row["currency"]) == ("120", "EUR")


def test_rates_are_those_of_closed_deals_from_their_day_to_the_next() -> None:
    deals = [
        deal(id="1", deal_currency_code="USD", amount="110", amount_in_home_currency="100", closedate="2026-01-05T10:00:00Z"),
        deal(id="2", deal_currency_code="USD", amount="240", hs_exchange_rate="0.8333333333", closedate="2026-02-05T10:00:00Z"),
        deal(
            id="3",
            deal_currency_code="USD",
            amount="999",
            amount_in_home_currency="1",
            closedate="2026-03-05T10:00:00Z",
            hs_is_closed="false",
        ),
    ]
    rows = read("rates", {"deals": deals})
    assert [(row["currency"], row["from"], row["to_exclusive"], round(float(row["units_per_home"]), 4)) for row in rows] == [
        ("USD", "2026-01-05", "2026-02-05", 1.1),
        ("USD", "2026-02-05", None, 1.2),
    ]


# ---------------------------------------------------------------- days


@pytest.mark.parametrize(
    ("closed", "day"),
    [
        ("2026-03-31T22:30:00.123Z", "2026-04-01"),  # half past midnight in Paris
        ("2026-03-31T21:30:00Z", "2026-03-31"),
        ("2026-03-31T00:00:00.000Z", "2026-03-31"),
        ("2026-03-31", "2026-03-31"),
        ("1774996200000", "2026-04-01"),  # the first one in epoch milliseconds
        ("1.7749962E12", "2026-04-01"),
        ("", None),
        (None, None),
    ],
)
def test_an_instant_is_a_local_day_and_a_date_is_never_shifted(closed: str | None, day: str | None) -> None:
    assert revenue(closedate=closed)["date"] == day


def test_midnight_utc_stands_for_a_date_also_west_of_greenwich() -> None:
    assert revenue(portal(company_zone="America/New_York"), closedate="2026-03-31T00:00:00Z")["date"] == "2026-03-31"
    assert revenue(portal(company_zone="America/New_York"), closedate="2026-03-31T01:00:00Z")["date"] == "2026-03-30"


def test_a_date_property_is_not_shifted_whatever_the_zone() -> None:
    place = portal(
        company_zone="Pacific/Auckland", types={"deals": {**TYPES["deals"], "posted": "date"}}, mappings={"revenue": {"date": "posted"}}
    )
    assert revenue(place, posted="2026-03-31")["date"] == "2026-03-31"
    assert revenue(place, posted="1774915200000")["date"] == "2026-03-31"


def test_a_tasks_day_is_read_where_the_portal_is() -> None:
    rows = {
        "tasks": [
            {
                "id": "1",
                "equilibre_key": "eq1-1",
                "hs_timestamp": "2026-11-30T20:00:00Z",
                "hs_task_priority": "MEDIUM",
                "hs_task_status": "NOT_STARTED",
            }
        ]
    }
    row = read("tasks", rows, portal(zone="Pacific/Auckland"))[0]
    assert (row["due_date"], row["priority"], row["is_closed"], row["is_deleted"]) == ("2026-12-01", "normal", "false", "false")


# ---------------------------------------------------------------- tickets


OPEN = {"id": "1", "pipeline_id": "0", "ticket_state": "OPEN"}
SHUT = {"id": "4", "pipeline_id": "0", "ticket_state": "CLOSED"}


def case(**properties: Any) -> dict[str, Any]:
    ticket = {"id": "1", "hs_pipeline": "0", "hs_pipeline_stage": "4", "createdate": "2026-01-01T08:00:00Z", **properties}
    return read("cases", {"tickets": [ticket], "tickets_stages": [OPEN, SHUT]})[0]


def test_a_closed_ticket_has_its_closing_date() -> None:
    assert case(closed_date="2026-01-02T08:00:00Z")["closed_at"] == "2026-01-02T08:00:00Z"


def test_a_reopened_ticket_is_open_although_it_was_closed_once() -> None:
    row = case(
        hs_pipeline_stage="1",
        hs_last_closed_date="2026-01-02T08:00:00Z",
        hs_ticket_reopened_at="2026-01-03T08:00:00Z",
        time_to_close="86400000",
    )
    assert (row["closed_at"], row["status"], row["reopened_count"]) == (None, "open", "1")


def test_a_ticket_closed_again_without_closed_date_was_closed_at_the_last_closing() -> None:
    assert (
        case(hs_last_closed_date="2026-01-05T08:00:00Z", hs_ticket_reopened_at="2026-01-03T08:00:00Z")["closed_at"]
        == "2026-01-05T08:00:00Z"
    )


def test_the_time_to_close_is_believed_only_when_the_ticket_was_never_reopened() -> None:
    assert case(time_to_close="3600000")["closed_at"] == "2026-01-01T09:00:00.000Z"
    assert case(time_to_close="3600000", hs_ticket_reopened_at="2026-01-03T08:00:00Z")["closed_at"] is None


def test_of_several_categories_the_first_one_counts() -> None:
    assert case(hs_ticket_category="BILLING_ISSUE;GENERAL_INQUIRY")["category"] == "BILLING_ISSUE"


def test_hubspots_own_words_have_their_canonical_ones_and_the_configuration_adds_to_them() -> None:
    table = next(one for one in compose(portal(values={"cases": {"category": {"reclamation": "complaint"}}})) if one.name == "cases")
    assert table.values["priority"]["MEDIUM"] == "normal"
    assert table.values["category"] == {
        **dict(next(one for one in TABLES if one.name == "cases").values["category"]),
        "reclamation": "complaint",
    }


# ---------------------------------------------------------------- people and meetings


@pytest.mark.parametrize(("role", "deciding"), [("BUDGET_HOLDER;DECISION_MAKER", "true"), ("END_USER", "false"), ("", None), (None, None)])
def test_a_buying_role_decides_and_its_absence_decides_nothing(role: str | None, deciding: str | None) -> None:
    assert read("contacts", {"contacts": [{"id": "1", "hs_buying_role": role}]})[0]["is_decision_maker"] == deciding


def test_only_meetings_that_took_place_or_will_count() -> None:
    meetings = [
        {"id": str(index), "hs_meeting_outcome": outcome}
        for index, outcome in enumerate(["COMPLETED", "SCHEDULED", None, "CANCELED", "NO_SHOW", "RESCHEDULED"])
    ]
    assert [row["activity_id"] for row in read("activities", {"meetings": meetings})] == ["0", "1", "2"]


def test_only_calls_that_were_answered_count_with_their_direction_and_minutes() -> None:
    calls = [
        {"id": "1", "hs_call_status": "COMPLETED", "hs_call_direction": "OUTBOUND", "hs_call_duration": "90000"},
        {"id": "2", "hs_call_status": None, "hs_call_direction": "INBOUND", "hs_call_duration": ""},
        {"id": "3", "hs_call_status": "NO_ANSWER", "hs_call_direction": "OUTBOUND"},
    ]
    rows = read("activities", {"calls": calls})
    assert [(row["activity_id"], row["kind"], row["initiated_by"], row["duration_minutes"]) for row in rows] == [
        ("1", "call", "us", "1.5"),
        ("2", "call", "client", None),
    ]


@pytest.mark.parametrize(("source", "by"), [("MEETINGS_PUBLIC", "client"), ("CRM_UI", "us"), ("BIDIRECTIONAL_SYNC", None), (None, None)])
def test_who_asked_for_a_meeting_is_known_only_where_hubspot_knows_it(source: str | None, by: str | None) -> None:
    assert read("activities", {"meetings": [{"id": "1", "hs_meeting_source": source}]})[0]["initiated_by"] == by


def test_a_meeting_with_two_contacts_is_with_nobody_in_particular() -> None:
    rows = {
        "meetings": [{"id": "1"}, {"id": "2"}],
        "meetings_contacts": [{"id": "1", "to_id": "7", "number": "1"}, {"id": "2", "to_id": "7", "number": "2"}],
    }
    assert [row["contact_id"] for row in read("activities", rows)] == ["7", None]


def test_a_deactivated_owner_stays_as_inactive_and_is_known_by_the_owner_id() -> None:
    rows = {
        "owners": [
            {"id": "96879917", "first_name": "A", "last_name": None, "archived": "true"},
            {"id": "96879918", "first_name": None, "last_name": None, "archived": "false"},
        ]
    }
    assert [(row["owner_id"], row["name"], row["active"]) for row in read("owners", rows)] == [
        ("96879917", "A", "false"),
        ("96879918", None, "true"),
    ]


# ---------------------------------------------------------------- companies


def test_a_parent_is_read_from_the_association_where_the_portal_lacks_the_property() -> None:
    types = {name: kind for name, kind in TYPES["companies"].items() if name != "hs_parent_company_id"}
    place = portal(types={"companies": types, "companies_companies": dict.fromkeys(LINK, "string")})
    rows = {"companies": [{"id": "1"}, {"id": "2"}], "companies_companies": [{"id": "1", "to_id": "2", "number": "1"}]}
    assert [(row["account_id"], row["parent_id"]) for row in read("accounts", rows, place)] == [("1", "2"), ("2", None)]


def test_a_company_that_was_merged_twice_ends_at_the_last_survivor() -> None:
    rows = {
        "companies": [
            {"id": "1"},
            {"id": "2", "hs_merged_object_ids": "1"},
            {"id": "3", "hs_merged_object_ids": "2; 9"},
            {"id": "4", "hs_parent_company_id": "1"},
        ],
        "deals": [deal()],
        "deals_companies": [{"id": "1", "to_id": "1", "number": "1"}],
    }
    assert [(row["account_id"], row["parent_id"]) for row in read("accounts", rows)] == [("3", None), ("4", "3")]
    assert read("revenue", rows)[0]["account_id"] == "3"


def test_merge_lists_that_point_at_each_other_end() -> None:
    rows = {"companies": [{"id": "1", "hs_merged_object_ids": "2"}, {"id": "2", "hs_merged_object_ids": "1;2"}]}
    assert read("accounts", rows) == []


def test_a_portal_without_merges_needs_no_list_of_them() -> None:
    types = {name: kind for name, kind in TYPES["companies"].items() if name != "hs_merged_object_ids"}
    assert len(read("accounts", {"companies": [{"id": "1"}]}, portal(types={"companies": types}))) == 1


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
        ("1", "invoice", "2026-01-01"),
        ("4", "invoice", "2026-01-01"),
        ("9", "won_deal", "2026-03-10"),
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
        ("1", "won_deal", "100"),
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

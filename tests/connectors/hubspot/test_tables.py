"""Raw rows into canonical ones: deals, money and days."""

from __future__ import annotations

import pytest

from connectors.hubspot.tables import compose
from tests.connectors.hubspot.composed import TYPES, deal, portal, read, revenue

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
    assert [row["line_id"] for row in read("revenue", rows)] == ["0-3:0"]
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

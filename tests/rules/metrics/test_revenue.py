"""Revenue lines: signs, currencies, which source and which CRM counts, and what dependence and volume make of them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.rules.metrics.world import World

AS_OF = "2026-06-30"


def net(world: World, account: str = "A") -> Decimal:
    return Decimal(world.group(account)["net_revenue"])


def test_a_credit_note_subtracts_whatever_its_sign() -> None:
    world = World("A", "B", "C")
    for account, amount, kind in (("A", -30, "credit_note"), ("B", 30, "credit_note"), ("C", -30, "invoice")):
        world.line(account, "2026-01-01", 100).line(account, "2026-01-02", amount, kind=kind)
    assert world.at(AS_OF).of("net_revenue") == {"A": 70, "B": 70, "C": 70}


def test_direct_cost_turns_with_an_unsigned_credit_note() -> None:
    world = (
        World("A").line("A", "2026-01-01", 100, direct_cost=60).line("A", "2026-01-02", 50, kind="credit_note", direct_cost=30).at(AS_OF)
    )
    assert world.group("A")["direct_cost"] == 30


def test_refunds_only_leave_no_share_and_no_ratio() -> None:
    world = World("A").line("A", "2026-01-01", -100, kind="credit_note").at(AS_OF)
    found = world.group("A")
    assert found["net_revenue"] == -100
    assert found["share"] is found["credit_note_ratio"] is found["first_revenue"] is found["days_since_revenue"] is None
    assert world.portfolio["top1"] is world.portfolio["hhi"] is None


def test_home_amounts_are_themselves_to_the_last_digit() -> None:
    world = World("A").line("A", "2026-01-01", "99999999999999.9999").line("A", "2026-01-01", "0.0001").at(AS_OF)
    assert net(world) == Decimal("100000000000000.0000")


def test_a_converted_amount_is_rounded_at_six_decimals() -> None:
    world = World("A").add("rates", currency="USD", **{"from": "2025-01-01"}, units_per_home=1.10)
    world.line("A", "2026-01-01", 110000, currency="USD").at(AS_OF)
    assert str(net(world)) == "100000.000000"


def test_an_empty_currency_is_the_home_currency() -> None:
    written = {"A": None, "B": "", "C": "EUR", "D": "eur", "E": " EUR "}
    world = World(*written)
    for account, currency in written.items():
        world.line(account, "2026-01-01", 5, currency=currency)
    assert world.at(AS_OF).of("net_revenue") == dict.fromkeys(written, 5)
    assert world.portfolio["conversion_coverage"] == 1.0


def rated(**currencies: list[tuple[str, str | None, float | None]]) -> World:
    """Build a client by currency, who bought for 100 of it on 2026-03-01, and the rates of each."""
    world = World(*currencies)
    for currency, rates in currencies.items():
        world.line(currency, "2026-03-01", 100, currency=currency, line_id=currency)
        for start, end, units in rates:
            world.add("rates", currency=currency, **{"from": start}, to_exclusive=end, units_per_home=units)
    return world.at(AS_OF)


def test_of_overlapping_rates_the_latest_start_wins_and_an_older_one_counts_again_once_a_newer_one_ended() -> None:
    world = rated(
        USD=[("2025-01-01", None, 1.0), ("2026-02-01", None, 2.0)],
        GBP=[("2026-02-01", None, 2.0), ("2025-01-01", None, 1.0)],
        CHF=[("2025-01-01", None, 4.0), ("2026-01-01", "2026-02-01", 2.0)],
    )
    assert world.of("net_revenue") == {"USD": 50, "GBP": 50, "CHF": 25}


def test_a_rate_that_is_not_above_zero_is_missing() -> None:
    units = {"USD": 0.0, "GBP": -1.1, "CHF": None, "SEK": float("nan"), "NOK": float("inf")}
    world = rated(**{currency: [("2025-01-01", None, 1.0), ("2026-02-01", None, no_rate)] for currency, no_rate in units.items()})
    assert world.of("net_revenue") == dict.fromkeys(units, 0)
    assert world.portfolio["lines_unconverted"] == len(units)
    assert world.of("unconverted_lines_12m") == dict.fromkeys(units, 1)
    assert world.diagnosed("DQ-02") == {(f"files:{currency}", currency) for currency in units}


def test_a_gap_between_rates_is_missing_and_the_end_is_exclusive() -> None:
    world = rated(
        USD=[("2025-01-01", "2026-03-01", 1.0), ("2026-03-02", None, 1.0)],
        GBP=[("2025-01-01", "2026-03-02", 1.0)],
        CHF=[("2026-03-01", None, 1.0)],
    )
    assert world.of("unconverted_lines_12m") == {"USD": 1, "GBP": 0, "CHF": 0}
    assert world.portfolio["lines_unconverted"] == 1


def test_the_first_kind_with_any_line_is_the_revenue_source() -> None:
    world = World("A").line("A", "2026-01-01", 1, kind="won_deal").line("A", "2026-01-01", 2, kind="order")
    assert net(world.at(AS_OF)) == 2
    assert world.portfolio["revenue_source"] == "orders"
    assert net(world.line("A", "2026-01-01", 4, kind="credit_note").at(AS_OF)) == -4
    assert net(world.at(AS_OF, revenue_source="won_deals")) == 1


def test_a_source_that_names_no_kind_sells_by_invoice() -> None:
    world = World("A").line("A", "2026-01-01", 8, kind=None).line("A", "2026-01-01", 1, kind="won_deal", source="hubspot")
    world.add("accounts", source="hubspot", account_id="A")
    world.at(AS_OF)
    assert world.portfolio["revenue_source"] == "invoices"
    assert world.group("files:A")["net_revenue"] == 8


def test_one_line_of_unknown_kind_does_not_turn_a_portfolio_of_deals_into_invoices() -> None:
    world = World("A").line("A", "2026-01-01", 8, kind=None).line("A", "2026-01-01", 1, kind="won_deal").at(AS_OF)
    assert world.portfolio["revenue_source"] == "won_deals"
    assert net(world) == 1


def both_crms() -> World:
    world = World()
    world.add("accounts", source="salesforce", account_id="S").add("accounts", source="hubspot", account_id="H", same_as="salesforce:S")
    return world.add("accounts", source="hubspot", account_id="only")


def test_a_client_in_two_crms_is_counted_from_the_first_only() -> None:
    world = both_crms().line("S", "2026-01-01", 10, source="salesforce").line("H", "2026-02-01", 99, source="hubspot")
    world.line("only", "2026-01-01", 5, source="hubspot").at(AS_OF)
    assert world.group("salesforce:S")["net_revenue"] == 10
    assert world.group("hubspot:only")["net_revenue"] == 5
    assert world.portfolio["lines_in_window"] == 2


def test_only_lines_of_the_chosen_kind_decide_which_crm_counts() -> None:
    world = (
        both_crms()
        .line("S", "2026-01-01", 10, source="salesforce", kind="won_deal")
        .line("H", "2026-02-01", 99, source="hubspot")
        .at(AS_OF)
    )
    assert world.group("salesforce:S")["net_revenue"] == 99


def test_a_file_of_invoices_that_names_crm_accounts_counts_for_them() -> None:
    world = both_crms().line("salesforce:S", "2026-01-01", 10).line("hubspot:H", "2026-01-01", 5).line("S", "2026-01-01", 1).at(AS_OF)
    assert world.group("salesforce:S")["net_revenue"] == 16


def test_lines_without_a_known_account_are_left_out_and_listed() -> None:
    world = (
        World("A")
        .line("A", "2026-01-01", 10)
        .line(None, "2026-01-01", 5, line_id="n")
        .line("ghost", "2026-01-01", 5, line_id="g")
        .at(AS_OF)
    )
    assert world.portfolio["positive_total"] == 10
    assert world.portfolio["lines_in_window"] == 1
    assert world.portfolio["lines_orphaned"] == 2
    assert world.portfolio["orphan_share"] == pytest.approx(2 / 3)
    assert world.diagnosed("DQ-10") == {(None, "n"), (None, "g")}


def test_lines_after_the_day_judged_are_hidden_and_those_after_today_listed() -> None:
    world = World("A").line("A", "2026-06-30", 1).line("A", "2026-07-01", 2).line("A", "2026-08-01", 4, line_id="future")
    world.at(AS_OF, now="2026-07-15")
    assert net(world) == 1
    assert world.diagnosed("DQ-09") == {("files:A", "future")}
    assert world.portfolio["as_of_in_past"] is True
    assert net(world.at("2026-07-01")) == 3


def test_a_new_client_had_share_zero_a_year_ago_and_not_unknown() -> None:
    world = World("A", "B")
    for month in range(1, 13):
        world.line("B", f"2025-{month:02}-01", 100).line("B", f"2024-{month:02}-01", 100)
    for month in range(1, 7):
        world.line("A", f"2026-{month:02}-01", 300).line("B", f"2026-{month:02}-01", 100)
    found = world.at(AS_OF).group("A")
    assert found["share_previous_year"] == 0
    assert found["share_delta_12m"] == found["share"] == pytest.approx(0.6)


def test_the_change_of_a_share_needs_six_active_months_in_both_windows() -> None:
    world = World("A")
    for month in range(1, 6):
        world.line("A", f"2025-{month:02}-01", 100)
    for month in range(1, 7):
        world.line("A", f"2026-{month:02}-01", 100)
    assert world.at(AS_OF).group("A")["share_delta_12m"] is None
    assert world.portfolio["active_months_previous_year"] == 5
    assert world.line("A", "2024-07-01", 100).at(AS_OF).group("A")["share_delta_12m"] == 0


def test_volume_change_needs_three_lines_and_something_positive_last_year() -> None:
    world = World("A", "B").line("A", "2026-05-01", 50).line("A", "2025-05-01", 50).line("A", "2025-06-01", 70)
    assert world.at(AS_OF).group("A")["volume_change"] is None
    world.line("A", "2025-06-02", -20, kind="credit_note").line("B", "2025-05-01", 100).line("B", "2026-05-01", 120)
    found = world.at(AS_OF).group("A")
    assert found["lines_3m_last_year"] == 3
    assert found["volume_change"] == -0.5
    assert found["rest_volume_change"] == pytest.approx(0.2)
    world.line("A", "2025-06-03", -100)
    assert world.at(AS_OF).group("A")["volume_change"] is None


def test_rhythm_is_the_median_gap_of_the_24_months_that_end_with_the_last_positive_day() -> None:
    world = World("A")
    days = ["2023-02-20", "2025-01-01", "2025-01-11", "2025-01-21", "2025-02-10", "2025-02-20"]
    for on in [*days, "2025-01-11"]:
        world.line("A", on, 10)
    world.line("A", "2025-03-01", -10)
    found = world.at(AS_OF).group("A")
    assert found["revenue_days"] == 5
    assert found["median_revenue_gap_days"] is None
    found = world.line("A", "2025-03-02", 10).at(AS_OF).group("A")
    assert (found["revenue_days"], found["median_revenue_gap_days"]) == (6, 10)
    assert found["days_since_revenue"] == 485


def test_mix_shift_is_half_the_change_of_the_category_shares() -> None:
    world = World("A").line("A", "2025-01-01", 80, category="x").line("A", "2025-01-01", 20, category="y")
    world.line("A", "2026-01-01", 30, category="x").line("A", "2026-01-01", 70, category="z").at(AS_OF)
    assert world.group("A")["mix_shift"] == pytest.approx(0.7)


def test_ranks_ignore_people_and_break_ties_by_id() -> None:
    world = World("B", "A", "C")
    world.add("accounts", account_id="P", is_person=True).line("P", "2026-01-01", 1000)
    world.line("A", "2026-01-01", 10).line("B", "2026-01-01", 10).line("C", "2025-01-01", 5).at(AS_OF)
    assert world.of("revenue_rank") == {"A": 1, "B": 2, "C": 1001}
    assert world.of("rank_previous_year") == {"A": 1001, "B": 1001, "C": 1}


def test_tenure_is_in_full_years() -> None:
    years = {"2021-06-30": 5, "2021-07-01": 4, "2026-06-30": 0}
    world = World(*years)
    for first in years:
        world.line(first, first, 10)
    assert world.at(AS_OF).of("tenure_years") == years


def test_short_history_is_noted() -> None:
    world = World("A").line("A", "2025-07-02", 10).at(AS_OF)
    assert world.diagnosed("DQ-07") == {(None, None)}
    assert world.line("A", "2025-07-01", 10).at(AS_OF).diagnosed("DQ-07") == set()


def test_top_five_and_the_gap_to_the_second() -> None:
    world = World(*"ABCDEFG")
    for account, amount in zip("ABCDEFG", (40, 20, 10, 10, 10, 5, 5), strict=True):
        world.line(account, "2026-01-01", amount)
    world.at(AS_OF)
    assert world.portfolio["top5"] == pytest.approx(0.9)
    assert world.portfolio["top1_gap"] == pytest.approx(2)

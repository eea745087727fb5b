"""The exit-impact sheet: the worked example, and what must hold for every firm and every client."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.impact import MONTHS, Input, Inputs, cushion, path, sheet, verdict, worst

EXAMPLES = {row["id"]: row for row in json.loads((Path(__file__).parents[2] / "examples.json").read_text(encoding="utf-8"))["examples"]}
CENT = Decimal("0.01")

amounts = st.decimals(min_value=-1_000_000, max_value=1_000_000, places=2)
positive = st.decimals(min_value=0, max_value=1_000_000, places=2)
months = st.integers(min_value=0, max_value=24)
cycles = st.decimals(min_value=0, max_value=12, places=1)


def known(value):
    return Input(Decimal(str(value)), "crm")


def example(**changes):
    client = next(row for row in EXAMPLES["EX-11"]["input"]["accounts"] if row["id"] == "A")
    firm = EXAMPLES["EX-12"]["input"]
    rate = Decimal(EXAMPLES["EX-11"]["input"]["hourly_cost_rate"])
    given_inputs = Inputs(
        revenue=known(client["revenue"]),
        direct_cost=known(client["direct_cost"]),
        hours=known(client["service_hours"]),
        hours_cost=known(Decimal(client["service_hours"]) * rate),
        overtime_premium=known(client["overtime_premium"]),
        rush_cost=known(client["rush_cost"]),
        finance_cost=known(client["late_payment_finance_cost"]),
        avoidable_share=known(firm["avoidable_share_of_service_hours"]),
        operating_result=known(firm["operating_result_12m"]),
        cash=known(firm["cash"]),
        safety_cushion=known(firm["safety_cushion"]),
        ramp=known(firm["new_contribution_per_month_won_each_month"]),
        cycle_months=known(firm["sales_cycle_months"]),
    )
    return replace(given_inputs, **changes)


def rounded(value, places="0.01"):
    return str(value.quantize(Decimal(places), ROUND_HALF_UP))


def test_the_worked_example_comes_out_to_the_cent():
    found, expected = sheet(example()), EXAMPLES["EX-12"]["expected"]
    for name in ("contribution_before_service", "avoidable_cost_to_serve", "contribution_lost_12m", "contribution_lost_month",
                 "result_after_exit_12m", "monthly_result_after"):  # fmt: skip
        assert rounded(getattr(found, name)) == expected[name], name
    assert rounded(found.static_runway_months, "0.1") == expected["static_runway_months"]
    assert rounded(found.fte_freed) == expected["fte_freed"]
    assert found.replacement_months == expected["replacement_months"]


@pytest.mark.parametrize(
    ("name", "notice", "changes"),
    [("notice_9_months", 9, {}), ("no_notice", 0, {}), ("no_notice_cash_20000", 0, {"cash": known(20_000)})],
)
def test_the_three_paths_of_the_worked_example(name, notice, changes):
    inputs = example(**changes)
    found, expected = path(inputs, sheet(inputs).contribution_lost_12m, notice), EXAMPLES["EX-12"]["expected"]["simulation"][name]
    assert (rounded(found.lowest_cash), found.lowest_at_month, found.verdict) == tuple(expected.values())


def test_a_client_that_costs_more_than_it_leaves_is_a_gain_and_shown_so():
    found = sheet(Inputs(revenue=known(50_000), direct_cost=known(35_000), hours_cost=known(100_000), avoidable_share=known("0.5")))
    assert found.contribution_lost_12m == -35_000
    assert found.replacement_months == 0
    assert path(example(), found.contribution_lost_12m, 3).back_to_base_month == 0


def test_an_unknown_cost_counts_nothing_and_is_named():
    found = sheet(Inputs(revenue=known(1000)))
    assert found.contribution_lost_12m == 1000
    assert found.assumed == ("direct_cost", "hours_cost", "overtime_premium", "rush_cost", "finance_cost")


def test_without_cash_or_result_nothing_is_judged():
    for missing in ("cash", "operating_result"):
        found = path(example(**{missing: Input(None)}), Decimal(107_900), 0)
        assert (found.verdict, found.cash, found.lowest_cash) == ("unknown", (), None)


def test_without_a_pace_of_selling_there_is_no_date_of_replacement_and_nothing_is_won_back():
    inputs = example(ramp=Input(None))
    assert sheet(inputs).replacement_months is None
    found = path(inputs, Decimal(107_900), 0)
    assert found.back_to_base_month is None
    assert found.lowest_at_month == MONTHS


def test_the_cushion_is_two_months_of_fixed_cost_unless_it_is_given():
    assert cushion(Inputs(revenue=known(1), fixed_cost_month=known(30_000))) == 60_000
    assert cushion(Inputs(revenue=known(1), fixed_cost_month=known(30_000), safety_cushion=known(5))) == 5
    assert cushion(Inputs(revenue=known(1))) is None


@given(positive)
def test_the_verdict_changes_exactly_at_the_cushion_and_at_nothing(needed):
    assert verdict(needed, needed) == "absorbable"
    assert verdict(needed - CENT, needed) == ("absorbable_with_plan" if needed >= CENT else "not_absorbable")
    assert verdict(Decimal(0), needed + CENT) == "absorbable_with_plan"
    assert verdict(-CENT, needed) == "not_absorbable"


def test_without_a_known_cushion_nothing_is_absorbable_without_a_plan():
    assert verdict(Decimal(10**9), None) == "absorbable_with_plan"


def test_the_graver_of_two_verdicts_counts_and_unknown_above_all():
    assert worst(["absorbable", "not_absorbable"]) == "not_absorbable"
    assert worst(["absorbable_with_plan", "absorbable"]) == "absorbable_with_plan"
    assert worst(["unknown", "not_absorbable"]) == "unknown"


@given(cash=amounts, base=amounts, lost=amounts, ramp=positive, cycle=cycles, notice=months)
def test_the_path_is_the_sum_of_its_months(cash, base, lost, ramp, cycle, notice):
    inputs = example(cash=known(cash), operating_result=known(base), ramp=known(ramp), cycle_months=known(cycle))
    found = path(inputs, lost, notice)
    for month in range(MONTHS + 1):
        naive = (
            cash
            + base / 12 * month
            - lost / 12 * max(0, month - notice)
            + sum(ramp * max(Decimal(0), t - cycle) for t in range(1, month + 1))
        )
        assert abs(found.cash[month] - naive) < CENT
    assert found.lowest_cash == min(found.cash)
    assert found.cash[found.lowest_at_month] == found.lowest_cash
    assert found.lowest_cash not in found.cash[: found.lowest_at_month]


@given(lost=positive, notice=months, longer=st.integers(min_value=0, max_value=12))
def test_a_longer_notice_never_leaves_less_cash_when_the_client_contributes(lost, notice, longer):
    short, long = path(example(), lost, notice), path(example(), lost, notice + longer)
    assert all(after >= before for before, after in zip(short.cash, long.cash, strict=True))
    assert long.lowest_cash >= short.lowest_cash


@given(lost=amounts, notice=months, more=positive)
def test_more_cash_today_is_as_much_more_in_every_month(lost, notice, more):
    poor, rich = path(example(), lost, notice), path(example(cash=known(180_000 + more)), lost, notice)
    assert all(abs(after - before - more) < CENT for before, after in zip(poor.cash, rich.cash, strict=True))
    assert ("absorbable", "absorbable_with_plan", "not_absorbable").index(rich.verdict) <= (
        "absorbable", "absorbable_with_plan", "not_absorbable").index(poor.verdict)  # fmt: skip


@given(lost=st.decimals(min_value=1, max_value=500_000, places=2), ramp=st.decimals(min_value=1, max_value=5000, places=2), notice=months)
def test_from_the_month_back_to_base_on_the_result_is_that_of_before(lost, ramp, notice):
    inputs = example(ramp=known(ramp))
    found = path(inputs, lost, notice)
    net = [after - before for before, after in zip(found.cash, found.cash[1:], strict=False)]
    if found.back_to_base_month is None:
        assert net[-1] < inputs.operating_result.value / 12
    else:
        assert all(month >= inputs.operating_result.value / 12 - CENT for month in net[found.back_to_base_month - 1 :])
        before = found.back_to_base_month - 1
        assert before <= notice or net[before - 1] < inputs.operating_result.value / 12

"""Each story carries the figures it claims, and nobody else does: by plain sums over the rows, on any day and for any seed."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from connectors.sandbox.portfolio import NINE, generate
from rules.model import rank
from tests.connectors.portfolio.sums import Sums

TODAY = date(2026, 11, 24)


@cache
def demo() -> Sums:
    return Sums(generate(TODAY))


@cache
def levels() -> dict[str, dict[str, str]]:
    return demo().levels()


def of(slug: str) -> dict[str, str]:
    return levels().get(demo().portfolio.story(slug).account, {})


STORIES = [story.slug for story in generate(TODAY, "small").stories]


@pytest.mark.parametrize("slug", [slug for slug in STORIES if slug != "portefeuille-concentre"])
def test_a_story_reaches_the_levels_it_promises_and_stays_below_those_it_excludes(slug):
    story, found = demo().portfolio.story(slug), of(slug)
    for rule, least in story.expected.items():
        assert rank(found.get(rule)) >= rank(least), (rule, found)
    for rule, most in story.at_most.items():
        assert rank(found.get(rule)) <= rank(most), (rule, found)


def test_the_historic_client_makes_a_third_of_the_revenue_and_grew_into_it():
    account = demo().portfolio.story("client-historique").account
    assert 0.30 <= demo().shares()[account] < 0.50
    assert demo().shares()[account] - demo().shares(12, 12)[account] >= 0.05


def test_nearly_every_second_order_of_the_historic_client_is_a_rush_while_one_in_ten_of_the_others_is():
    account = demo().portfolio.story("client-historique").account
    rush = demo().rush()
    orders, urgent = rush.pop(account)
    assert urgent / orders >= 0.40
    assert sum(n for _, n in rush.values()) / sum(n for n, _ in rush.values()) < 0.20


def test_his_rush_orders_put_off_the_orders_of_at_least_five_other_clients():
    account = demo().portfolio.story("client-historique").account
    owners = {row["order_id"]: row["account_id"] for row in demo().portfolio.rows("orders")}
    displaced = {owners[row["order_id"]] for row in demo().portfolio.rows("order_changes") if row["cause_account_id"] == account}
    assert len(displaced) >= 5
    assert account not in displaced


def test_the_portfolio_is_concentrated_by_its_five_first_clients():
    hhi, five = demo().concentration()
    assert five >= 0.60 or hhi >= 0.15
    assert len(demo().shares()) >= 10


def test_the_insults_are_the_same_with_and_without_our_own_fault_but_the_levels_are_not():
    portfolio = demo().portfolio
    outbursts = {
        slug: sorted(
            (row["category"], row["occurred_at"].date())
            for row in portfolio.rows("incidents")
            if row["account_id"] == portfolio.story(slug).account
        )
        for slug in ("insultes", "notre-faute")
    }
    assert outbursts["insultes"] == outbursts["notre-faute"]
    assert of("insultes")["BEH-02"] == "alert"
    assert of("notre-faute")["BEH-02"] == "info"


def test_the_withheld_invoice_is_overdue_for_two_months_but_disputed_for_our_fault():
    account = demo().portfolio.story("notre-faute").account
    withheld = [row for row in demo().portfolio.rows("invoices") if row["account_id"] == account and row["disputed"]]
    assert [(TODAY - row["due_date"]).days >= 60 and row["own_fault"] and row["status"] == "open" for row in withheld] == [True]


def test_a_reader_who_ignores_currencies_would_take_the_czech_branch_for_the_biggest_client():
    start, end = demo().window(12)
    plain: dict[str, float] = {}
    for row in demo().portfolio.rows("revenue"):
        if start <= row["date"] < end:
            plain[row["account_id"]] = plain.get(row["account_id"], 0.0) + float(row["amount"])
    account = demo().portfolio.story("multidevise").account
    assert max(plain, key=plain.__getitem__) == account
    assert demo().shares()[account] < 0.05


def test_a_reader_who_ignores_the_season_would_see_a_fall_of_more_than_half():
    account = demo().portfolio.story("saisonnier").account
    quarter = demo().revenue(*demo().window(3))[account]
    assert quarter < 0.5 * demo().revenue(*demo().window(12))[account] / 4
    assert abs(quarter / demo().revenue(*demo().window(3, 12))[account] - 1) < 0.15
    assert demo().shares(12, 12)[account] >= 0.10


def test_the_five_companies_of_the_group_together_stay_below_the_limits():
    account = demo().portfolio.story("groupe-familial").account
    assert sum(parent == account for parent in demo().parents.values()) == 5
    assert demo().shares()[account] < 0.10


@settings(max_examples=6, deadline=None, phases=(Phase.explicit, Phase.generate))  # a portfolio does not shrink
@given(
    today=st.dates(date(2025, 1, 1), date(2030, 12, 31)),
    seed=st.integers(0, 10_000),
    size=st.sampled_from(["small", "demo"]),
)
def test_whatever_the_day_and_the_seed_only_the_stories_are_flagged(today, seed, size):
    sums = Sums(generate(today, size, seed))
    found = sums.levels()
    told = {story.account: story for story in sums.portfolio.stories if story.account}
    for account, story in told.items():
        for rule, least in story.expected.items():
            assert rank(found.get(account, {}).get(rule)) >= rank(least), (story.slug, rule)
        for rule, most in story.at_most.items():
            assert rank(found.get(account, {}).get(rule)) <= rank(most), (story.slug, rule)
    for account, rules in found.items():
        if account not in told:
            assert not set(rules) & set(NINE), account


def test_a_larger_portfolio_keeps_the_weight_of_its_stories():
    large = Sums(generate(TODAY, 2_000))
    account = large.portfolio.story("client-historique").account
    assert 0.30 <= large.shares()[account] < 0.50
    assert large.fading_level(large.portfolio.story("arret-de-commandes").account, large.shares(12, 12)) == "critical"

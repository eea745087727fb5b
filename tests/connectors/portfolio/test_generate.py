"""What every portfolio has in common: it repeats, it follows the day, it holds together, and nobody in it is real."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.portfolio import TABLES, generate, names

TODAY = date(2026, 11, 24)
EVENTS = {
    "cases": "opened_at",
    "incidents": "occurred_at",
    "orders": "ordered_at",
    "activities": "started_at",
    "hours": "week",
    "contracts": "start_date",
    "contacts": "since",
}


def plain(portfolio) -> dict[str, object]:
    return {one.name: getattr(portfolio, one.name) for one in fields(portfolio) if one.name != "days"}


def test_the_same_arguments_give_the_same_portfolio():
    assert plain(generate(TODAY, "small")) == plain(generate(TODAY, "small"))


def test_another_seed_gives_other_amounts_for_the_same_clients():
    one, other = generate(TODAY, "small", 1), generate(TODAY, "small", 2)
    assert [row["name"] for row in one.rows("accounts")] == [row["name"] for row in other.rows("accounts")]
    assert [row["amount"] for row in one.documents] != [row["amount"] for row in other.documents]


def test_demo_is_500_accounts_of_which_some_are_in_both_crms():
    portfolio = generate(TODAY)
    held = Counter(portfolio.crms.values())
    assert sum(held.values()) == 500
    assert min(held[("salesforce",)], held[("hubspot",)]) >= 150
    assert 20 <= held["salesforce", "hubspot"] <= 100


@pytest.mark.parametrize(("size", "accounts"), [("small", 60), ("demo", 500), (777, 777)])
def test_the_size_is_the_number_of_accounts(size, accounts):
    assert len(list(generate(TODAY, size).rows("accounts"))) == accounts


def test_a_portfolio_too_small_for_its_stories_is_refused():
    with pytest.raises(ValueError, match="at least 60"):
        generate(TODAY, 59)


def test_every_client_in_both_crms_says_how_its_two_records_are_linked():
    portfolio = generate(TODAY)
    twins = {account: portfolio.profiles[account].twin for account, crms in portfolio.crms.items() if len(crms) == 2}
    assert set(twins.values()) == {"domain", "registration_id", "id"}
    assert not any(profile.twin for account, profile in portfolio.profiles.items() if account not in twins)


def test_it_tells_three_years_of_orders_cases_meetings_and_hours():
    portfolio = generate(TODAY)
    for table, column in EVENTS.items():
        if table in {"orders", "cases", "activities", "hours"}:
            oldest = min(str(row[column])[:10] for row in portfolio.rows(table))
            assert oldest <= str(TODAY - timedelta(days=2 * 365)), table


def test_it_has_one_inactive_owner_who_still_owns_accounts():
    portfolio = generate(TODAY)
    gone = [row["owner_id"] for row in portfolio.rows("owners") if not row["active"]]
    assert len(gone) == 1
    assert any(row["owner_id"] == gone[0] for row in portfolio.rows("accounts"))


@settings(max_examples=8, deadline=None)
@given(today=st.dates(date(2024, 1, 1), date(2035, 12, 31)), seed=st.integers(0, 1000))
def test_nothing_has_happened_after_today(today, seed):
    portfolio = generate(today, "small", seed)
    end = datetime.combine(today, datetime.min.time(), UTC) + timedelta(hours=18)
    for table, column in EVENTS.items():
        for row in portfolio.rows(table):
            assert row[column] < end if isinstance(row[column], datetime) else row[column] <= today, (table, row)
    for row in portfolio.documents:
        assert row["issue_date"] <= today
        assert row["paid_date"] is None or row["issue_date"] <= row["paid_date"] < today
    for row in portfolio.rows("cases"):
        assert row["closed_at"] is None or row["opened_at"] <= row["closed_at"] < end


@settings(max_examples=6, deadline=None)
@given(shift=st.integers(-700, 700))
def test_on_another_day_everything_lies_as_many_days_back_give_or_take_a_weekend(shift):
    one, other = generate(TODAY, "small"), generate(TODAY + timedelta(days=shift), "small")
    assert [len(list(one.rows(table))) for table in TABLES if table != "pipeline"] == [
        len(list(other.rows(table))) for table in TABLES if table != "pipeline"
    ]
    for here, there in zip(one.documents, other.documents, strict=True):
        assert here["amount"] == there["amount"]
        assert abs((there["issue_date"] - here["issue_date"]).days - shift) <= 2


def test_every_row_belongs_to_an_account_and_every_id_is_used_once():
    portfolio = generate(TODAY)
    accounts = {row["account_id"] for row in portfolio.rows("accounts")}
    keys = {
        "accounts": ("account_id",),
        "revenue": ("line_id",),
        "invoices": ("invoice_id",),
        "contracts": ("contract_id",),
        "orders": ("order_id",),
        "cases": ("case_id",),
        "incidents": ("message_id",),
        "activities": ("activity_id",),
        "contacts": ("contact_id",),
        "hours": ("account_id", "week"),
        "pipeline": ("deal_id",),
        "rates": ("currency", "from"),
        "owners": ("owner_id",),
    }
    for table, key in keys.items():
        rows = list(portfolio.rows(table))
        seen = Counter(tuple(row[name] for name in key) for row in rows)
        assert max(seen.values()) == 1, (table, seen.most_common(1))
        assert all(row["account_id"] in accounts for row in rows if "account_id" in row), table


def test_parents_come_before_their_children():
    seen: set[str] = set()
    for row in generate(TODAY).rows("accounts"):
        assert row["parent_id"] is None or row["parent_id"] in seen
        seen.add(row["account_id"])


def test_a_due_or_paid_invoice_owes_what_its_status_says():
    for row in generate(TODAY).rows("invoices"):
        assert row["open_amount"] == (row["amount"] if row["status"] == "open" else Decimal(0))
        assert (row["paid_date"] is not None) == (row["status"] == "paid")
        assert row["due_date"] > row["issue_date"]


def test_rates_follow_each_other_without_gap_or_overlap():
    portfolio = generate(TODAY)
    for currency in ("CZK", "USD"):
        periods = sorted((row["from"], row["to_exclusive"]) for row in portfolio.rows("rates") if row["currency"] == currency)
        assert all(end == start for (_, end), (start, _) in pairwise(periods))
        assert periods[0][0] < min(row["issue_date"] for row in portfolio.documents) - timedelta(days=1)
        assert periods[-1][1] > TODAY


# ------------------------------------------------------------ nobody is real


def check_digit_holds(siren: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(siren)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def test_the_check_of_siren_numbers_knows_a_valid_one():
    assert check_digit_holds("732829320")
    assert not check_digit_holds("732829321")


def test_no_siren_can_be_that_of_a_company_and_no_domain_can_be_registered():
    portfolio = generate(TODAY)
    rows = list(portfolio.rows("accounts"))
    for row in rows:
        assert row["domain"].endswith(".example")
        assert row["registration_id"] is None or (len(row["registration_id"]) == 9 and not check_digit_holds(row["registration_id"]))
    assert len({row["domain"] for row in rows}) == len(rows) == len({row["name"] for row in rows})
    assert all(person.email.endswith(".example") for person in portfolio.people.values())


@settings(max_examples=50)
@given(number=st.integers(0, 5_000_000))
def test_no_number_ever_makes_a_valid_siren(number):
    assert not check_digit_holds(names.siren(number))


def test_a_hundred_thousand_companies_have_as_many_names():
    assert len({names.company(number)[0] for number in range(100_000)}) == 100_000


def test_everything_said_and_everybody_named_is_listed_as_confidential():
    portfolio = generate(TODAY, "small")
    hidden = portfolio.confidential()
    assert {person.email for person in portfolio.people.values()} <= hidden
    assert any(" " in word and word.endswith(".") for word in hidden)
    assert not {story.sentence for story in portfolio.stories} & hidden

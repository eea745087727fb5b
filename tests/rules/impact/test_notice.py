"""The notice suggestion: twenty cases with their months, and what holds for all."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.notice import month_end, suggest
from sync.impact import full_years

START = date(2026, 6, 30)

CASES = [
    # tenure, contract, depends, specific, breaches -> low, high, suggested
    (8, 3, False, False, False, 6, 12, 9),
    (1, 0, False, False, False, 1, 3, 2),
    (12, 0, True, True, False, 12, 18, 18),
    (3, 0, False, False, True, 3, 6, 4),
    (3, 24, False, False, False, 3, 6, 24),
    (0, 0, False, False, False, 1, 3, 2),
    (0, 0, True, True, False, 1, 3, 3),
    (1, 0, False, False, True, 1, 3, 2),
    (2, 0, False, False, False, 3, 6, 5),
    (4, 0, False, False, False, 3, 6, 5),
    (4, 0, True, False, False, 3, 6, 6),
    (5, 0, False, False, False, 6, 12, 9),
    (5, 0, False, False, True, 6, 12, 8),
    (9, 0, True, True, True, 6, 12, 11),
    (10, 0, False, False, False, 12, 18, 15),
    (10, 0, False, False, True, 12, 18, 14),
    (40, 0, True, True, False, 12, 18, 18),
    (8, 12, False, False, False, 6, 12, 12),
    (1, 18, False, False, False, 1, 3, 18),
    (12, 19, True, True, False, 12, 18, 19),
]


@pytest.mark.parametrize(("tenure", "contract", "depends", "specific", "breaches", "low", "high", "months"), CASES)
def test_the_months_of_twenty_relations(tenure, contract, depends, specific, breaches, low, high, months):
    found = suggest(tenure, START, contract_months=contract, depends_on_us=depends, specific=specific, breaches=breaches)
    assert (found.low, found.high, found.suggested) == (low, high, months)


@given(tenure=st.integers(0, 60), contract=st.integers(0, 30), depends=st.booleans(), specific=st.booleans(), breaches=st.booleans())
def test_the_contract_is_the_least_and_eighteen_months_the_most_unless_the_contract_says_more(
    tenure, contract, depends, specific, breaches
):
    found = suggest(tenure, START, contract_months=contract, depends_on_us=depends, specific=specific, breaches=breaches)
    assert found.suggested >= contract
    assert found.suggested <= max(18, contract)
    assert 0 <= found.pressure <= 1


@given(tenure=st.integers(0, 59))
def test_a_longer_relation_never_means_a_shorter_notice(tenure):
    assert suggest(tenure + 1, START).suggested >= suggest(tenure, START).suggested


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 6, 30), 9, date(2027, 3, 31)),
        (date(2026, 11, 24), 15, date(2028, 2, 29)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 1, 1), 0, date(2026, 1, 31)),
    ],
)
def test_the_notice_ends_with_a_month(start, months, end):
    assert month_end(start, months) == end


@pytest.mark.parametrize(("tenure", "purchases", "established"), [(0, 50, False), (3, 2, False), (3, 3, True), (3, None, True)])
def test_a_young_or_rare_relation_may_not_be_established_and_the_months_stay(tenure, purchases, established):
    found = suggest(tenure, START, purchases=purchases)
    assert found.is_established is established
    assert found.suggested == suggest(tenure, START).suggested


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        (date(2018, 6, 30), date(2026, 6, 30), 8),
        (date(2018, 7, 1), date(2026, 6, 30), 7),
        (date(2024, 2, 29), date(2025, 2, 28), 0),
        (date(2024, 2, 29), date(2025, 3, 1), 1),
        (date(2027, 1, 1), date(2026, 6, 30), 0),
    ],
)
def test_tenure_counts_full_years(start, end, years):
    assert full_years(start, end) == years

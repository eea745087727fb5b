from __future__ import annotations

import random
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chance import benjamini_hochberg, binomial_tail, hypergeometric_tail


def exact(hits, trials, share):
    share = Fraction(share).limit_denominator(10**9)
    return sum(comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(hits, trials + 1))


@given(st.integers(0, 80), st.integers(0, 80), st.sampled_from([0.01, 0.1, 0.15, 0.5, 0.9, 0.999]))
def test_the_binomial_tail_is_that_of_exact_fractions(hits, trials, share):
    assert binomial_tail(hits, trials, share) == pytest.approx(float(exact(hits, trials, share)), rel=1e-9, abs=1e-300)


def test_the_worked_example_has_one_chance_in_twenty():
    assert round(binomial_tail(4, 10, 0.15), 4) == 0.05
    assert [round(q, 4) for q in benjamini_hochberg([binomial_tail(4, 10, 0.15)], 1)] == [0.05]


@pytest.mark.parametrize(("hits", "trials", "share", "p"), [(0, 10, 0.0, 1.0), (1, 10, 0.0, 0.0), (10, 10, 1.0, 1.0), (5, 4, 0.5, 0.0)])
def test_the_ends_of_the_scale(hits, trials, share, p):
    assert binomial_tail(hits, trials, share) == p


def test_thousands_of_trials_lose_no_digits():
    assert binomial_tail(250, 2000, 0.1) == pytest.approx(float(exact(250, 2000, 0.1)), rel=1e-9)
    assert 0 < binomial_tail(10_500, 100_000, 0.1) < binomial_tail(10_400, 100_000, 0.1) < 1e-4


@given(st.integers(1, 30), st.data())
def test_the_hypergeometric_tail_adds_up(total, data):
    draws, marked = data.draw(st.integers(0, total)), data.draw(st.integers(0, total))
    hits = data.draw(st.integers(0, min(draws, marked)))
    ways = sum(comb(marked, k) * comb(total - marked, draws - k) for k in range(hits, min(draws, marked) + 1))
    assert hypergeometric_tail(hits, draws, marked, total) == pytest.approx(ways / comb(total, draws))


def test_more_overlap_than_possible_has_no_chance_and_impossible_counts_prove_nothing():
    assert hypergeometric_tail(4, 3, 5, 26) == 0
    assert hypergeometric_tail(4, 30, 5, 26) == 1.0


def test_q_is_ranked_among_the_tests_that_count_and_never_falls_with_p():
    assert benjamini_hochberg([0.01, 0.04, 0.03], 3) == pytest.approx([0.03, 0.04, 0.04])
    assert benjamini_hochberg([0.04, 0.01], 10) == pytest.approx([0.2, 0.1])
    assert benjamini_hochberg([0.9], 50) == [1.0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_q_is_never_below_p_and_keeps_the_order_of_p(p_values):
    q_values = benjamini_hochberg(p_values, len(p_values))
    assert all(q >= p for p, q in zip(p_values, q_values, strict=True))
    by_p = [q for _, q in sorted(zip(p_values, q_values, strict=True))]
    assert by_p == sorted(by_p)


def test_a_portfolio_of_pure_chance_raises_almost_nothing():
    dice, raised = random.Random(20260630), 0
    for _ in range(200):
        counts = [(sum(dice.random() < 0.15 for _ in range(12)), 12) for _ in range(30)]
        beyond = [binomial_tail(hits, trials, 0.15) for hits, trials in counts if hits / trials >= 0.25]
        raised += any(q <= 0.10 for q in benjamini_hochberg(beyond, len(counts)))
    assert raised / 200 <= 0.10

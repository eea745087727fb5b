"""Random companies through the real path and through the plain program: every figure and every verdict must be the same.

`EQUILIBRE_PORTFOLIOS=5000 pytest tests/rules/oracle` compares that many; the seed of a company that differs is in the test's name. Even seeds
make companies with the trouble of real data, odd ones companies at the limits (edges.py).
"""

from __future__ import annotations

import os
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.extent import examples, family
from tests.rules.oracle.chance import binomial_tail, false_discovery, overlap_tail
from tests.rules.oracle.compare import differences
from tests.rules.oracle.edges import company_of
from tests.rules.oracle.product import ask
from tests.rules.oracle.verdicts import Verdicts

MANY = int(os.environ.get("EQUILIBRE_PORTFOLIOS", "0"))
SEEDS = range(MANY) if MANY else (3, 6, 7, 16, 22, 25, 30, 37, 38, 45, 61, 97, 2040)


@pytest.mark.parametrize("seed", SEEDS if MANY else family(SEEDS, (3, 25, 38, 97)))
def test_a_random_company_is_measured_and_judged_as_the_plain_program_does(tmp_path, seed):
    company = company_of(seed)
    assert list(differences(Verdicts(company.book), ask(tmp_path, company))) == []


@given(seed=st.integers(min_value=100_000, max_value=10_000_000))
@settings(max_examples=examples(1, 5), deadline=None, suppress_health_check=list(HealthCheck))
def test_any_other_company_too(tmp_path_factory, seed):
    company = company_of(seed)
    folder = tmp_path_factory.mktemp("company")
    assert list(differences(Verdicts(company.book), ask(folder, company))) == []


def test_the_same_seed_makes_the_same_company():
    assert company_of(7) == company_of(7)


def test_the_plain_chances_are_those_of_the_worked_example():
    assert round(float(binomial_tail(10, 4, Fraction(15, 100))), 4) == 0.05
    assert false_discovery({"A": Fraction(1, 20), "B": Fraction(1, 10)}, 3) == {"A": Fraction(3, 20), "B": Fraction(3, 20)}
    assert overlap_tail(4, 2, 2, 2) == Fraction(1, 6)

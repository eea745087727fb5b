"""G-STAT: is a share of counts more than chance? (domain.md 0, readings.md 12).

    hits of trials against the others' share  -> p, one-sided and exact
    p of every group beyond the watch limit   -> q (Benjamini-Hochberg, m = all groups with enough counts)

Exact rather than normal: the counts are small, and a wrong tail there would accuse somebody.
"""

from __future__ import annotations

from math import comb, exp, fsum, lgamma, log, log1p
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def binomial_tail(hits: int, trials: int, share: float) -> float:
    """Give P(X >= hits) for X ~ Binomial(trials, share). With share 0 any hit is impossible by chance: 0."""
    if hits <= 0:
        return 1.0
    if hits > trials or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    odds = share / (1 - share)
    term = exp(lgamma(trials + 1) - lgamma(hits + 1) - lgamma(trials - hits + 1) + hits * log(share) + (trials - hits) * log1p(-share))
    terms = [term]
    for k in range(hits, trials):
        term *= (trials - k) / (k + 1) * odds
        terms.append(term)
        if term < terms[0] * 1e-18 and k > trials * share:
            break
    return min(1.0, fsum(terms))


def hypergeometric_tail(hits: int, draws: int, marked: int, total: int) -> float:
    """Give P(X >= hits) when `draws` of `total` weeks are chosen at random and `marked` of them count. Exact integers."""
    if hits <= max(0, draws + marked - total) or max(draws, marked) > total:
        return 1.0
    ways = sum(comb(marked, k) * comb(total - marked, draws - k) for k in range(hits, min(draws, marked) + 1))
    return ways / comb(total, draws)


def benjamini_hochberg(p_values: Sequence[float], tested: int) -> list[float]:
    """Give the q of each p, in the order given. `tested` counts all tests made, also those whose p was not needed."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place], reverse=True)
    q_values, lowest = [1.0] * len(p_values), 1.0
    for back, place in enumerate(order):
        position = len(order) - back
        lowest = min(lowest, p_values[place] * (tested / position))
        q_values[place] = lowest
    return q_values

"""The two exact tests and the ranking over all groups, in fractions."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import TypeVar

Key = TypeVar("Key")


def binomial_tail(n: int, k: int, share: Fraction) -> Fraction:
    """P(X >= k) of n draws."""
    return sum((comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(k, n + 1)), Fraction(0))


def overlap_tail(weeks: int, marked: int, drawn: int, overlap: int) -> Fraction:
    """P(X >= overlap) when `drawn` of `weeks` weeks are taken at random and `marked` of them are marked."""
    found = sum(comb(marked, i) * comb(weeks - marked, drawn - i) for i in range(overlap, min(marked, drawn) + 1))
    return Fraction(found, comb(weeks, drawn))


def false_discovery(p_values: dict[Key, Fraction], tested: int) -> dict[Key, Fraction]:
    """Benjamini-Hochberg q of those beyond the limit, as if `tested` had been looked at."""
    order = sorted(p_values, key=lambda key: p_values[key])
    found: dict[Key, Fraction] = {}
    least = Fraction(1)
    for rank in range(len(order), 0, -1):
        key = order[rank - 1]
        least = min(least, p_values[key] * tested / rank)
        found[key] = least
    return found

"""How long a notice is usual before a relation of some years ends (domain.md D.5). A hint for the talk with a lawyer, never a decision.

The tenure gives a band of months; dependence, specific products and breaches say where in the band; the contract's own notice is the least.
"""

from __future__ import annotations

import calendar
import math
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

BANDS: Final = ((2, 1, 3), (5, 3, 6), (10, 6, 12))
"""(below so many full years, least, most months); from ten years on LONGEST_BAND. Source: droitdelaconcurrence.fr, a reading of decisions."""
LONGEST_BAND: Final = (12, 18)
CAP: Final = 18
"""Months beyond which L442-1 II of the French commercial code lets no one be liable; a longer contractual notice binds all the same."""
QUARTER: Final = Decimal("0.25")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`low` and `high` months of the band, `pressure` 0 to 1 between them, `suggested` months, `end` the month end they lead to."""

    tenure_years: int
    low: int
    high: int
    pressure: Decimal
    contract_months: int
    suggested: int
    end: date
    is_established: bool


def suggest(
    tenure_years: int,
    start: date,
    *,
    contract_months: int = 0,
    depends_on_us: bool = False,
    specific: bool = False,
    breaches: bool = False,
    purchases: int | None = None,
) -> Notice:
    """Suggest the months of notice for a relation of `tenure_years` full years, given on `start`.

    `purchases` (orders or invoices ever, None: unknown): two or fewer, or less than one year, and the relation may not be an established
    one; that changes the words, not the number.
    """
    low, high = next(((low, high) for below, low, high in BANDS if tenure_years < below), LONGEST_BAND)
    pressure = min(max(Decimal("0.5") + QUARTER * depends_on_us + QUARTER * specific - QUARTER * breaches, Decimal(0)), Decimal(1))
    usual = math.ceil(low + (high - low) * pressure)
    suggested = contract_months if contract_months > CAP else min(CAP, max(usual, contract_months))
    return Notice(
        tenure_years=tenure_years,
        low=low,
        high=high,
        pressure=pressure,
        contract_months=contract_months,
        suggested=suggested,
        end=month_end(start, suggested),
        is_established=tenure_years >= 1 and (purchases is None or purchases > 2),
    )


def month_end(start: date, months: int) -> date:
    """The last day of the month that lies `months` after `start`."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])

"""The foreign currencies of the portfolio and their dated rates: foreign units for one euro, changing every quarter."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from connectors.sandbox.portfolio.model import Row

PERIOD: Final = 91
"""Days that a rate lasts."""
RATES: Final = {
    "CZK": (25.1, 24.8, 24.6, 24.9, 25.3, 25.2, 24.7, 24.4, 24.0, 23.8, 24.2, 24.5, 24.6, 24.9),
    "USD": (1.15, 1.14, 1.12, 1.09, 1.08, 1.10, 1.11, 1.07, 1.06, 1.08, 1.09, 1.05, 1.07, 1.08),
}
"""Newest first."""
FOR_EVER: Final = date(9999, 12, 31)


def units(currency: str, ago: int) -> float:
    """Foreign units for one euro so many days ago; the oldest rate holds before it."""
    rates = RATES[currency]
    return rates[min(ago // PERIOD, len(rates) - 1)]


def rate_rows(today: date) -> list[Row]:
    """The rows of the table `rates`: periods that follow each other without a gap, the newest one open."""
    return [
        {
            "currency": currency,
            "from": today - timedelta(days=PERIOD * (number + 1) - 1) if number < len(rates) - 1 else date(2000, 1, 1),
            "to_exclusive": FOR_EVER if number == 0 else today - timedelta(days=PERIOD * number - 1),
            "units_per_home": rate,
        }
        for currency, rates in RATES.items()
        for number, rate in enumerate(rates)
    ]

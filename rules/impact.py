"""What the end of one relation would do to the firm: the exit-impact sheet of domain.md D.4. Pure arithmetic in Decimal.

    Inputs (each with where it comes from) -> Sheet: what is lost, what is freed -> two Paths of cash over 36 months

The sheet says what would be, not what to do. Losing a client may improve the result: then `contribution_lost_12m` is negative, and shown so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Origin = Literal["crm", "config", "assumed"]
Verdict = Literal["absorbable", "absorbable_with_plan", "not_absorbable", "unknown"]

GRAVITY: Final[tuple[Verdict, ...]] = ("absorbable", "absorbable_with_plan", "not_absorbable", "unknown")
MONTHS: Final = 36
TWELVE: Final = Decimal(12)
ZERO: Final = Decimal(0)
CUSHION_MONTHS: Final = 2
"""Months of fixed cost that must stay in cash for a loss to count as absorbable without a plan."""


@dataclass(frozen=True, slots=True)
class Input:
    """A figure and where it comes from; `value` None: nobody knows it."""

    value: Decimal | None
    origin: Origin = "assumed"


UNKNOWN: Final = Input(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Money per twelve months in home currency, hours per twelve months, rates as ratios, `ramp` money a month for each month of selling."""

    revenue: Input
    share: Input = UNKNOWN
    direct_cost: Input = UNKNOWN
    hours: Input = UNKNOWN
    hours_cost: Input = UNKNOWN
    meetings_cost: Input = UNKNOWN
    overtime_premium: Input = UNKNOWN
    rush_cost: Input = UNKNOWN
    finance_cost: Input = UNKNOWN
    avoidable_share: Input = Input(Decimal("0.25"))
    hours_per_fte: Input = Input(Decimal(1607))
    practical_capacity: Input = Input(Decimal("0.80"))
    operating_result: Input = UNKNOWN
    cash: Input = UNKNOWN
    fixed_cost_month: Input = UNKNOWN
    safety_cushion: Input = UNKNOWN
    ramp: Input = UNKNOWN
    cycle_months: Input = UNKNOWN

    def __iter__(self) -> Iterator[tuple[str, Input]]:
        return ((one.name, getattr(self, one.name)) for one in fields(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """Cash month by month from the decision (month 0); empty when cash or result are unknown.

    `back_to_base_month`: first month after the notice from which the monthly result is that of before again; 0 when it never falls below it.
    """

    notice_months: int
    cash: tuple[Decimal, ...]
    lowest_cash: Decimal | None
    lowest_at_month: int | None
    back_to_base_month: int | None
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What would be lost and freed. None: an input is missing. `assumed` names the costs that nobody knows and that count 0 here."""

    revenue_at_risk: Decimal
    revenue_at_risk_share: Decimal | None
    contribution_before_service: Decimal
    avoidable_cost_to_serve: Decimal
    contribution_lost_12m: Decimal
    contribution_lost_month: Decimal
    result_after_exit_12m: Decimal | None
    monthly_result_after: Decimal | None
    static_runway_months: Decimal | None
    replacement_months: int | None
    hours_freed_12m: Decimal | None
    hours_freed_month: Decimal | None
    fte_freed: Decimal | None
    assumed: tuple[str, ...]


def sheet(given: Inputs) -> Sheet:
    """Work out the sheet. An unknown cost counts 0, so that the loss is rather too high than too low."""
    costs = {name: getattr(given, name) for name in ("direct_cost", "hours_cost", "overtime_premium", "rush_cost", "finance_cost")}
    revenue, avoidable = _or_zero(given.revenue), _or_zero(given.avoidable_share)
    before = revenue - _or_zero(given.direct_cost)
    service = (_or_zero(given.hours_cost) + _or_zero(given.meetings_cost)) * avoidable
    service += _or_zero(given.overtime_premium) + _or_zero(given.rush_cost) + _or_zero(given.finance_cost)
    lost = before - service
    base = given.operating_result.value
    after = None if base is None else base - lost
    return Sheet(
        revenue_at_risk=revenue,
        revenue_at_risk_share=given.share.value,
        contribution_before_service=before,
        avoidable_cost_to_serve=service,
        contribution_lost_12m=lost,
        contribution_lost_month=lost / TWELVE,
        result_after_exit_12m=after,
        monthly_result_after=None if after is None else after / TWELVE,
        static_runway_months=_runway(given.cash.value, after),
        replacement_months=_replacement(lost / TWELVE, given.ramp.value, given.cycle_months.value),
        hours_freed_12m=given.hours.value,
        hours_freed_month=None if given.hours.value is None else given.hours.value / TWELVE,
        fte_freed=_fte(given),
        assumed=tuple(name for name, one in costs.items() if one.value is None),
    )


def path(given: Inputs, contribution_lost: Decimal, notice_months: int) -> Path:
    """Follow the cash over 36 months when the client contributes for `notice_months` more and selling starts at once.

    net(t) = result/12 - (t > notice: lost/12) + ramp x max(0, t - cycle); without a ramp nothing is won back.
    """
    cash, base = given.cash.value, given.operating_result.value
    if cash is None or base is None:
        return Path(
            notice_months=notice_months, cash=(), lowest_cash=None, lowest_at_month=None, back_to_base_month=None, verdict="unknown"
        )
    held, back = [cash], None if contribution_lost > 0 else 0
    for month in range(1, MONTHS + 1):
        won = _won(given, month)
        gone = contribution_lost / TWELVE if month > notice_months else ZERO
        held.append(held[-1] + base / TWELVE - gone + won)
        if back is None and month > notice_months and won >= gone:
            back = month
    lowest = min(held)
    return Path(
        notice_months=notice_months,
        cash=tuple(held),
        lowest_cash=lowest,
        lowest_at_month=held.index(lowest),
        back_to_base_month=back,
        verdict=verdict(lowest, cushion(given)),
    )


def cushion(given: Inputs) -> Decimal | None:
    """The cash that must remain: as given, else two months of fixed cost; None when neither is known."""
    if given.safety_cushion.value is not None:
        return given.safety_cushion.value
    return None if given.fixed_cost_month.value is None else CUSHION_MONTHS * given.fixed_cost_month.value


def verdict(lowest: Decimal, needed: Decimal | None) -> Verdict:
    """Judge the lowest cash. Without a known cushion nothing is called absorbable without a plan."""
    if lowest < 0:
        return "not_absorbable"
    return "absorbable" if needed is not None and lowest >= needed else "absorbable_with_plan"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Give the verdict that a decision must reckon with: unknown when any is, else the gravest."""
    return max(verdicts, key=GRAVITY.index)


def _won(given: Inputs, month: int) -> Decimal:
    ramp, cycle = given.ramp.value, given.cycle_months.value
    return ZERO if ramp is None or cycle is None else ramp * max(ZERO, month - cycle)


def _runway(cash: Decimal | None, after: Decimal | None) -> Decimal | None:
    """Months until the cash is gone with nothing won back; None: not needed, or unknown."""
    return max(cash, ZERO) / (-after / TWELVE) if cash is not None and after is not None and after < 0 else None


def _replacement(lost_month: Decimal, ramp: Decimal | None, cycle: Decimal | None) -> int | None:
    if lost_month <= 0:
        return 0
    return None if not ramp or ramp < 0 or cycle is None else math.ceil(cycle + lost_month / ramp)


def _fte(given: Inputs) -> Decimal | None:
    hours, year, capacity = given.hours.value, given.hours_per_fte.value, given.practical_capacity.value
    return None if hours is None or not year or not capacity else hours / (year * capacity)


def _or_zero(one: Input) -> Decimal:
    return ZERO if one.value is None else one.value

"""Where the plain program and the product differ, as lines that name the figure."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.rules.oracle.verdicts import REQUIRED, Verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rules.oracle.product import Answer

PORTFOLIO = ("positive_total", "hhi", "top1", "top5", "hhi_normalized", "effective_customers", "active_customers", "conversion_coverage", "open_receivable")


def differences(plain: Verdicts, product: Answer) -> Iterator[str]:
    yield from _verdicts(plain, product)
    if set(product.metrics) != set(plain.book.groups):
        yield f"groups: {sorted(product.metrics)} instead of {plain.book.groups}"
        return
    yield from _figures("portfolio", portfolio(plain), product.portfolio)
    for group in plain.book.groups:
        yield from _figures(group, figures(plain, group), product.metrics[group])


def _verdicts(plain: Verdicts, product: Answer) -> Iterator[str]:
    for rule in REQUIRED:
        for group in (None, *plain.book.groups):
            wanted = plain.found.get((rule, group), "clear")
            found = product.verdicts.get((rule, group), "clear")
            if found != wanted:
                yield f"{rule} {group}: {found} instead of {wanted}"


def _figures(where: str, wanted: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    for name, value in wanted.items():
        if not _same(value, found[name]):
            yield f"{where} {name}: {found[name]} instead of {None if value is None else float(value)}"


def _same(wanted: Any, found: Any) -> bool:
    if wanted is None or found is None:
        return wanted is found
    return abs(Fraction(wanted) - Fraction(found)) <= Fraction(1, 10**6) * max(1, abs(Fraction(wanted)))


def portfolio(plain: Verdicts) -> dict[str, Any]:
    concentration = plain.money.concentration()
    own = {"positive_total": plain.money.total(plain.money.year), "conversion_coverage": plain.money.coverage, "open_receivable": plain.payments.open_total}
    return {name: (concentration | own)[name] for name in PORTFOLIO}


def figures(plain: Verdicts, group: str) -> dict[str, Any]:
    """The metrics of readings.md that a group's rows decide."""
    money, payments, conduct, work, contacts, book = plain.money, plain.payments, plain.conduct, plain.work, plain.contacts, plain.book
    share, before = money.shares[group], money.shares_before[group]
    habits, rush = payments.habits(group), work.rush_shares(group)
    hostile, displaced = conduct.hostile(group), work.displaced(group)
    known = [value for value in money.fulfilments(group) if value is not None]
    last, previous = contacts.tagged(group, book.window(6)), contacts.tagged(group, book.before(6))
    return {
        "net_revenue": money.net(group, money.year),
        "share": share,
        "share_previous_year": before,
        "revenue_3m": money.net(group, book.window(3)),
        "revenue_3m_last_year": money.net(group, book.window(3, year_before=True)),
        "volume_change": money.volume_change(group),
        "days_since_revenue": money.silence(group),
        "due_invoices": len(payments.due(group)),
        **{name: habits[name] for name in ("weighted_days_late", "late_count_share", "late_amount_share", "inferred_due_share")},
        "open_receivable": payments.open_receivable(group),
        "receivable_share": payments.open_receivable(group) / payments.open_total if payments.open_total else None,
        "open_overdue": payments.open_overdue(group),
        "oldest_open_overdue_days": payments.oldest(group),
        "hostility_index": conduct.hostility(hostile),
        "hostility_confirmed": conduct.hostility([one for one in hostile if one.confirmed]),
        "hostile_cases": len({one.case for one in hostile}),
        "hostile_days": len({one.on for one in hostile}),
        "leave_threats_12m": len(conduct.threats(group)),
        "own_fault_share": conduct.own_fault_share(group),
        "orders": len(work.ordered(group, 6)),
        "rush_orders": len(work.rush(group, 6)),
        "rush_share": rush and rush[0],
        "rush_share_rest": rush and rush[1],
        **dict(zip(("displaced_orders", "displaced_customers", "collateral_delay_days", "exposed_revenue"), displaced, strict=True)),
        "hours_12m": work.hours(group, 12),
        "overtime_hours": work.overtime(group, 6),
        "direct_cost": money.costs.get(group),
        "overtime_premium_cost": work.costs(group)["premium"],
        "commitment_fulfilment": min(known, default=None),
        "tagged_meetings_last": sum(last),
        "tagged_meetings_prev": sum(previous),
        "days_since_proactive_contact": contacts.days_without_contact(group),
        "privileges": contacts.privileges(group),
    }

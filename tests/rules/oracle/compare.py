"""Where the plain program and the product differ, as lines that name the figure."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.rules.oracle.balance import index
from tests.rules.oracle.contacts import ratio
from tests.rules.oracle.ladder import REQUIRED
from tests.rules.oracle.notes import notes
from tests.rules.oracle.shown import about_all, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rules.oracle.product import Answer
    from tests.rules.oracle.verdicts import Verdicts

PORTFOLIO = (
    "positive_total",
    "hhi",
    "top1",
    "top5",
    "hhi_normalized",
    "effective_customers",
    "active_customers",
    "conversion_coverage",
    "open_receivable",
)


def differences(plain: Verdicts, product: Answer) -> Iterator[str]:
    yield from _verdicts(plain, product)
    told = notes(plain)
    yield from (f"diagnostic {one} is missing" for one in sorted(told - product.diagnostics, key=str))
    yield from (f"diagnostic {one} is one too many" for one in sorted(product.diagnostics - told, key=str))
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
            yield f"{where} {name}: {found[name]} instead of {float(value) if isinstance(value, Fraction) else value}"


def _same(wanted: Any, found: Any) -> bool:
    if wanted is None or found is None:
        return wanted is found
    if isinstance(wanted, date | str | list) or isinstance(found, str | list):
        return bool(wanted == found)
    if isinstance(found, date):
        found = found.toordinal()
    return abs(Fraction(wanted) - Fraction(found)) <= Fraction(1, 10**6) * max(1, abs(Fraction(wanted)))


def portfolio(plain: Verdicts) -> dict[str, Any]:
    concentration = plain.money.concentration()
    own = {
        "positive_total": plain.money.total(plain.money.year),
        "conversion_coverage": plain.money.coverage,
        "open_receivable": plain.payments.open_total,
    }
    return {name: (concentration | own)[name] for name in PORTFOLIO} | about_all(plain)


def figures(plain: Verdicts, group: str) -> dict[str, Any]:
    """The metrics of readings.md that a group's rows decide."""
    money, payments, conduct, work, contacts, book = plain.money, plain.payments, plain.conduct, plain.work, plain.contacts, plain.book
    share, before = money.shares[group], money.shares_before[group]
    habits, rush = payments.habits(group), work.rush_shares(group)
    first = money.first.get(group)
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
        "median_revenue_gap_days": money.rhythm(group),
        "due_invoices": len(payments.due(group)),
        **{name: habits[name] for name in ("weighted_days_late", "late_count_share", "late_amount_share", "inferred_due_share")},
        "open_receivable": payments.open_receivable(group),
        "receivable_share": payments.receivable_share(group),
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
        "privileges": len(contacts.privileges(group)),
        "privileges_added": contacts.added_privileges(group),
        "overdue_share": payments.overdue_share(group),
        "credit_note_ratio": money.notes(group),
        "first_revenue": first and first.toordinal(),
        "days_since_decision_change": min(contacts.changes(group), default=None),
        **dict(zip(("penalty_interest", "recovery_indemnities"), payments.claims(group), strict=True)),
        **dict(zip(("imbalance_index", "imbalance_coverage"), index(plain, group), strict=True)),
        **_of_work(plain, group),
        **_of_cost(plain, group),
        **_of_meetings(last, previous),
        **shown(plain, group),
    }


def _of_work(plain: Verdicts, group: str) -> dict[str, Any]:
    work, everyone, rush = plain.work, plain.book.everyone, plain.work.rush_shares(group)
    overtime, hours = sum(work.overtime(other, 6) for other in everyone), sum(work.hours(other, 6) for other in everyone)
    paid = Fraction(work.overtime(group, 6)) / Fraction(overtime) if overtime >= 20 else None
    served = Fraction(work.hours(group, 6)) / Fraction(hours) if hours else None
    return {
        "rush_ratio": rush[0] / rush[1] if rush and rush[1] else None,
        "overtime_share": paid,
        "service_hours_share": served,
        "overtime_ratio": paid / served if paid is not None and served else None,
    }


def _of_cost(plain: Verdicts, group: str) -> dict[str, Any]:
    work, money, everyone = plain.work, plain.money, plain.book.everyone
    costs, margin, net, share = work.costs(group), plain.margins[group], money.net(group, money.year), money.shares[group]
    service = [cost for name, cost in costs.items() if name != "direct" and cost is not None]
    hours, total = work.hours(group, 12), sum(work.hours(other, 12) for other in everyone)
    enough = hours >= 50 and share and sum(work.hours(other, 12) > 0 for other in everyone) >= 3
    return {
        "hours_share": hours / total if total else None,
        "effort_ratio": Fraction(hours) / Fraction(total) / Fraction(share or 1) if enough else None,
        "cost_to_serve": sum(service) if service else None,
        "margin_after_cts": margin,
        "margin_pct": margin / net if margin is not None and net > 0 else None,
        "margin_share": plain.margin_share(group),
    }


def _of_meetings(last: tuple[int, int], previous: tuple[int, int]) -> dict[str, Any]:
    now, then = (ratio(*pair) if sum(pair) >= 6 else None for pair in (last, previous))
    both = now is not None and then is not None
    return {
        "transactional_ratio_last": now,
        "transactional_ratio_prev": then,
        "transactional_delta": now - then if now is not None and then is not None else None,
        "advisory_requests_change": Fraction(last[1], previous[1]) - 1 if both and previous[1] >= 4 else None,
    }

"""The first part of the report: the portfolio as a whole. Who weighs what, how concentrated, who leaves what after service, who pays late."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from rules import whale
from sync.reporting import charts
from sync.reporting.words import number
from sync.serving import served

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

    from sync.reporting.gather import Material
    from sync.reporting.words import Words

BARS: Final = 12
LINES: Final = 8
"""Rows of a small table."""
NONE: Final = "\N{EN DASH}"
"""In a cell: nothing, which is known; what is not known says so."""


def section(material: Material, words: Words) -> dict[str, Any]:
    """What the template's first part shows."""
    return {
        "figures": _figures(material, words),
        "shares": _shares(material, words),
        "months": _months(material, words),
        "whale": _whale(material, words),
        "service": _service(material, words),
        "payment": _payment(material, words),
        "general": material.of_group(None),
        "lacking": _lacking(material, words),
    }


def _figures(material: Material, words: Words) -> list[tuple[str, str, str]]:
    """(label, value, how it was a year ago)."""
    portfolio = material.portfolio
    past = sorted((number(one.get("share_previous_year")) or 0.0 for one in material.metrics.values()), reverse=True)
    known = any(past)
    rows = [
        ("total", words.money(portfolio.get("positive_total")), None),
        ("clients", words.figure(portfolio.get("active_customers"), "count"), sum(share > 0 for share in past)),
        ("top1", words.share(portfolio.get("top1")), words.share(past[0]) if known else None),
        ("top5", words.share(portfolio.get("top5")), words.share(sum(past[:5])) if known else None),
        ("hhi", words.figure(portfolio.get("hhi"), "ratio"), words.figure(sum(one * one for one in past), "ratio") if known else None),
        ("effective", words.said("equal", n=words.figure(portfolio.get("effective_customers"), "score")), None),
    ]
    return [(words[key], value, words.said("year_ago", value=then) if known and then is not None else "") for key, value, then in rows]


def _shares(material: Material, words: Words) -> Markup:
    levels = material.levels
    shares = sorted(((number(one.get("share")) or 0.0, group) for group, one in material.metrics.items()), reverse=True)
    rows: list[tuple[str, float, str, str | None]] = [
        (material.name(group), share, words.share(share), levels.get(group)) for share, group in shares[:BARS] if share > 0
    ]
    rest = [share for share, _ in shares[BARS:] if share > 0]
    if rest:
        top = max(share for share, _ in shares)
        rows.append((f"{len(rest)} {words['others']}", min(sum(rest), top), words.share(sum(rest)), "other"))
    limits = sorted({float(row["threshold"]) for row in material.findings if row["rule"] == "DEP-01" and row["threshold"]})
    return charts.bars(words["shares"], rows, [(limit, words.percent(limit)) for limit in limits]) if rows else charts.NOTHING


def _months(material: Material, words: Words) -> Markup:
    return charts.columns(words["months"], material.by_month(""), words.money)


def _whale(material: Material, words: Words) -> dict[str, Any] | None:
    """Cumulated contribution over the clients whose margin is known, best first."""
    curve = whale.curve(list(_served(material).values()))
    if len(curve.points) < 3:
        return None
    best = sum(point.margin > 0 for point in curve.points)
    peak, last = words.money(curve.positive_total), words.money(curve.total)
    told = words.said("whale_told", n=best, peak=peak, last=last)
    picture = charts.curve(
        words["whale"],
        [float(point.cumulated) for point in curve.points],
        told,
        peak=words.said("whale_peak", n=best, value=peak),
        last=words.said("whale_last", value=last),
    )
    return {"picture": picture, "told": told}


def _service(material: Material, words: Words) -> list[dict[str, str]]:
    """The clients that cost most to serve, what they leave, and the change of every price that would bring that to zero."""
    clients = _served(material)
    costly = sorted(((number(material.metrics[group].get("cost_to_serve")) or 0.0, group) for group in clients), reverse=True)[:LINES]
    return [
        {
            "name": material.name(group),
            "cost": words.money(cost),
            "left": words.money(clients[group].margin),
            "margin": words.share(material.metrics[group].get("margin_pct")),
            "price": f"+{words.share(price)}" if (price := whale.balance(clients[group], None).price or 0) > 0 else NONE,
            "hours": words.figure(round(number(material.metrics[group].get("hours_12m")) or 0.0), "count"),
            "effort": words.figure(material.metrics[group].get("effort_ratio"), "times"),
        }
        for cost, group in costly
        if cost > 0
    ]


def _served(material: Material) -> dict[str, whale.Served]:
    """The clients with a margin figure."""
    return {group: served({"group_id": group, **one}) for group, one in material.metrics.items() if one.get("margin_after_cts") is not None}


def _payment(material: Material, words: Words) -> dict[str, Any] | None:
    open_now = material.portfolio.get("open_receivable")
    overdue = sum(number(one.get("open_overdue")) or 0.0 for one in material.metrics.values())
    late = [
        (number(one["weighted_days_late"]) or 0.0, group)
        for group, one in material.metrics.items()
        if (number(one.get("weighted_days_late")) or 0) > 0
    ]
    if open_now is None and not late:
        return None
    return {
        "open": words.money(open_now),
        "overdue": words.money(overdue),
        "late": [_payer(material, words, group) for _, group in sorted(late, reverse=True)[:LINES]],
    }


def _payer(material: Material, words: Words, group: str) -> Mapping[str, str]:
    one = material.metrics[group]
    return {
        "name": material.name(group),
        "days": words.figure(one.get("weighted_days_late"), "score"),
        "overdue": words.money(one.get("open_overdue")) if number(one.get("open_overdue")) else NONE,
        "oldest": words.figure(one.get("oldest_open_overdue_days"), "count") if number(one.get("open_overdue")) else NONE,
    }


def _lacking(material: Material, words: Words) -> list[dict[str, Any]]:
    """What a rule could not judge, and for want of what; a gap of everybody bears no number."""
    counts = Counter((row["rule"], row["needs"], row["group"] is None) for row in material.insufficient)
    return [
        {
            "rule": rule,
            "title": words.rule(rule),
            "needs": words.needs(needs),
            "count": words["everybody"] if all_of_them else words.figure(count, "count"),
        }
        for (rule, needs, all_of_them), count in sorted(counts.items())
    ]

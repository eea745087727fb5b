"""The second part of the report: the flagged accounts by money at stake, what changed since the last report, and a page for each."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from connectors.scan import is_hash
from rules.impact import cushion
from rules.model import rank
from rules.windows import add_months
from sync import impact, weighing
from sync.reporting import charts
from sync.reporting.words import number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

    from sync.config import Config
    from sync.reporting.gather import Material
    from sync.reporting.words import Words

PAGES: Final = 60
"""Accounts with a page of their own at most; the list names all."""
RECORDS: Final = 8
SIGNS: Final = {"ok": "✓", "override": "✎"}
SCENARIOS: Final = ("we_end", "client_leaves")


def ranked(material: Material) -> list[str]:
    """The flagged groups, those with most money at stake first."""
    return sorted(material.levels, key=lambda group: (-_stake(material, group), material.name(group)))


def paged(material: Material, groups: list[str]) -> list[str]:
    """Those of `groups` that get a page: from watch upwards, the first by money at stake."""
    return [group for group in groups if rank(material.levels[group]) >= rank("watch")][:PAGES]


def listed(material: Material, words: Words, groups: list[str]) -> list[dict[str, Any]]:
    """The rows of the list of flagged accounts."""
    levels = material.levels
    return [
        {
            "id": group,
            "name": material.name(group),
            "severity": levels[group],
            "mark": charts.MARKS[levels[group]],
            "level": words.level(levels[group]),
            "revenue": words.money(material.metrics.get(group, {}).get("net_revenue")),
            "share": words.percent(material.metrics.get(group, {}).get("share")),
            "rules": ", ".join(row["rule"] for row in material.of_group(group)),
            "change": _change(material, words, group),
        }
        for group in groups
    ]


def gone(material: Material) -> list[str]:
    """Names of the clients that the last report flagged and this one does not."""
    return sorted(material.name(group) for group in (material.before or {}).keys() - material.levels.keys())


def page(config: Config, material: Material, words: Words, group: str, *, place: int = 1) -> dict[str, Any]:
    """One client: findings with their records, revenue, trend, impact, checklist, tasks."""
    found = _impact(config, material, group)
    months = sorted(material.months.get(group, {}).items())
    return {
        "place": place,
        "name": material.name(group),
        "places": ", ".join(f"{row['source']} {row['account_id']}" for row in material.names.get(group, [])),
        "findings": [item(material, words, row) for row in material.of_group(group)],
        "months": charts.columns(words["months"], [(f"{month:%m/%y}", net) for month, net in months], words.money),
        "trend": _trend(material, words, group),
        "sheet": [] if found is None else _sheet(found, words),
        "cash": charts.NOTHING if found is None else _cash(words, found.impact),
        "checklist": [
            {
                "code": row["code"],
                "text": words.guard(row["code"]),
                "sign": SIGNS.get(row["state"], "○"),
                "state": words.state(row["state"]),
            }
            for row in material.guards.get(group, [])
        ],
        "tasks": material.tasks.get(group, []),
    }


def item(material: Material, words: Words, row: Mapping[str, Any]) -> dict[str, Any]:
    """One finding in words, with links into the CRM where it has a web address."""
    records = [{"label": f"{record['object']} {record['id']}", "url": _link(material, record)} for record in row["evidence"][:RECORDS]]
    return {
        "rule": row["rule"],
        "severity": row["severity"],
        "mark": charts.MARKS[row["severity"]],
        "level": words.level(row["severity"]),
        "since": words.day(date.fromisoformat(row["since"])),
        "text": row["explanation"][words.language],
        "records": records,
        "unshown": max(len(row["evidence"]) - RECORDS, 0),
        "assumed": row.get("assumed", {}).get(words.language, []),
    }


def _impact(config: Config, material: Material, group: str) -> weighing.Found | None:
    metrics = material.metrics.get(group)
    if metrics is None:
        return None
    members = material.names.get(group, [])
    accounts = tuple({"crm": row["source"], "id": row["account_id"], "name": row["name"]} for row in members)
    asked = impact.configured(config, impact.NOTHING_ASKED, {group, *(f"{one['crm']}:{one['id']}" for one in accounts)})
    found = impact.compute(config, metrics, material.terms.get(group, {}), material.firm, material.as_of, asked)
    return weighing.Found(
        run=material.run, as_of=material.as_of, group=group, accounts=accounts, currency=config.company.home_currency, impact=found
    )


def _sheet(found: weighing.Found, words: Words) -> list[str]:
    """The impact sheet without its title and without the months in figures, which the picture shows."""
    return [line for line in list(weighing.page(found, words.language))[1:] if not line.lstrip()[:1].isdigit()]


def _cash(words: Words, found: impact.Impact) -> Markup:
    paths = [
        (words.said(name, n=path.notice_months), [float(one) for one in path.cash])
        for name, path in found.paths.items()
        if name in SCENARIOS
    ]
    held = cushion(found.inputs)
    return charts.cash(words["cash_chart"], paths, words.money, cushion=None if held is None else float(held), month=words["month"])


def _trend(material: Material, words: Words, group: str) -> Markup:
    """Twelve months of levels, this month included; before the first run nothing is known."""
    levels = material.history.get(group, {})
    seen = {month for one in material.history.values() for month in one}
    months = [add_months(material.as_of.replace(day=1), -n) for n in range(11, -1, -1)]
    rows = [(f"{month:%m/%y}", levels.get(month, "none") if month in seen else None) for month in months]
    return charts.steps(words["trend"], rows, lambda level: words["no_run"] if level is None else words.level(level))


def _link(material: Material, record: Mapping[str, Any]) -> str | None:
    link = material.links.get(record["crm"], "")
    return link.format(**record) if link.startswith("https://") and not is_hash(record["id"]) else None


def _change(material: Material, words: Words, group: str) -> str:
    if material.before is None:
        return ""
    now, then = material.levels[group], material.before.get(group)
    if then is None:
        return words["new"]
    key = "same" if then == now else "risen" if rank(now) > rank(then) else "fallen"
    return words.said(key, level=words.level(then))


def _stake(material: Material, group: str) -> float:
    return number(material.metrics.get(group, {}).get("net_revenue")) or 0.0

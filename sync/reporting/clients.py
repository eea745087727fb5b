"""The second part of the report: the flagged accounts by money at stake, what changed since the last report, and a page for each."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from rules.impact import cushion
from rules.model import SEVERITIES, rank
from rules.windows import add_months
from sync import impact, weighing
from sync.reporting import charts, records
from sync.reporting.words import number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

    from sync.config import Config
    from sync.reporting.gather import Material
    from sync.reporting.words import Words

PAGES: Final = 60
"""Clients with a page of their own at most; the lists name more."""
ROWS: Final = 250
"""Rows of a list at most; with thousands of flagged clients the page must stay one that a person opens."""
NAMES: Final = 12
REASONS: Final = 4
SIGNS: Final = {"ok": "✓", "override": "✎"}
SCENARIOS: Final = ("we_end", "client_leaves")
WORST: Final = tuple(reversed(SEVERITIES[1:]))
"""The levels that ask for something, the gravest first."""


def ranked(material: Material) -> list[str]:
    """The flagged groups, those with most money at stake first."""
    return sorted(material.levels, key=lambda group: (-_stake(material, group), material.name(group)))


def asking(material: Material, groups: list[str]) -> list[str]:
    """Those of `groups` that ask for something: from watch upwards."""
    return [group for group in groups if material.levels[group] in WORST]


def glance(material: Material, words: Words, groups: list[str]) -> list[str]:
    """The first sentences: how many clients to look at, what they weigh, and what changed since the last report."""
    wanted = asking(material, groups)
    said = []
    if wanted:
        counts = Counter(material.levels[group] for group in wanted)
        figures = [material.metrics.get(group, {}) for group in wanted]
        said.append(
            words.said(
                "at_a_glance",
                clients=words.counted("clients_counted", len(wanted)),
                levels=", ".join(f"{counts[level]} {words.level(level)}" for level in WORST if counts[level]),
                revenue=words.money(sum(number(one.get("net_revenue")) or 0.0 for one in figures)),
                share=words.percent(sum(number(one.get("share")) or 0.0 for one in figures)),
            )
        )
    if wanted and len(groups) > len(wanted):
        said[-1] += " " + words.said("at_a_glance_rest", n=words.figure(len(groups) - len(wanted), "count"))
    return [*said, _compared(material, words, groups)]


def _compared(material: Material, words: Words, groups: list[str]) -> str:
    if material.before is None or material.before_as_of is None:
        return words["first_report"]
    changed: dict[str, list[str]] = {key: [] for key in ("new", "risen", "fallen", "same")}
    for group in groups:
        changed[_changed(material, group)].append(material.name(group))
    changed["gone"] = sorted(material.name(group) for group in material.before.keys() - material.levels.keys())
    parts = [
        words.said(f"changes_{key}", names=words.listed(changed[key], NAMES)) for key in ("new", "risen", "fallen", "gone") if changed[key]
    ]
    day = words.day(material.before_as_of)
    return words.said("changes", date=day, changes=" ; ".join(parts)) if parts else words.said("no_changes", date=day)


def listed(material: Material, words: Words, groups: list[str]) -> list[dict[str, Any]]:
    """The first rows of a list of flagged clients."""
    levels = material.levels
    return [
        {
            "id": group,
            "name": material.name(group),
            "severity": levels[group],
            "mark": charts.MARKS[levels[group]],
            "level": words.level(levels[group]),
            "revenue": words.money(material.metrics.get(group, {}).get("net_revenue")),
            "share": words.share(material.metrics.get(group, {}).get("share")),
            "why": words.listed(list(dict.fromkeys(words.rule(row["rule"]) for row in material.of_group(group))), REASONS, " · "),
            "change": _change(material, words, group),
        }
        for group in groups[:ROWS]
    ]


def page(config: Config, material: Material, words: Words, group: str, *, place: int = 1) -> dict[str, Any]:
    """One client: key figures, findings with their records, revenue, trend, impact, checklist, tasks."""
    found = _impact(config, material, group)
    level = material.levels.get(group)
    return {
        "place": place,
        "name": material.name(group),
        "severity": level or "",
        "mark": charts.MARKS.get(level or "", ""),
        "level": words.level(level) if level else "",
        "places": records.places(material, group),
        "figures": _figures(material, words, group),
        "next_step": material.counsel.get(group, {}).get("next_step") or "",
        "findings": [item(material, words, row) for row in material.of_group(group)],
        "months": charts.columns(words["months"], material.by_month(group), words.money),
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
        "tasks": [
            {**task, "due": words.day(date.fromisoformat(task["due"][:10])) if task["due"] else ""}
            for task in sorted(material.tasks.get(group, []), key=lambda task: (task["due"], task["subject"]))
        ],
    }


def _figures(material: Material, words: Words, group: str) -> list[tuple[str, str, str]]:
    """(label, value, what belongs to it) of the client, the unknown ones left out."""
    one = material.metrics.get(group, {})
    share, index, open_now = one.get("share"), number(one.get("imbalance_index")), one.get("open_receivable")
    stage = material.counsel.get(group, {}).get("stage_proposed")
    rows = []
    if one.get("net_revenue") is not None:
        part = "" if share is None else words.said("of_revenue", share=words.percent(share))
        rows.append((words["revenue"], words.money(one["net_revenue"]), part))
    if number(open_now):
        rows.append((words["open_receivable"], words.money(open_now), f"{words['overdue']} {words.money(one.get('open_overdue') or 0)}"))
    if index is not None:
        rows.append((words["index"], words.figure(round(index), "count"), ""))
    if stage:
        rows.append((words["stage_proposed"], words.stage(str(stage)), ""))
    return rows


def item(material: Material, words: Words, row: Mapping[str, Any]) -> dict[str, Any]:
    """One finding in words, with links into the CRM where it has a web address."""
    return {
        "rule": row["rule"],
        "title": words.rule(row["rule"]),
        "severity": row["severity"],
        "mark": charts.MARKS[row["severity"]],
        "level": words.level(row["severity"]),
        "since": words.day(date.fromisoformat(row["since"])),
        "text": row["explanation"][words.language],
        "records": records.shown(material, words, row["evidence"]),
        "unshown": max(len(row["evidence"]) - records.SHOWN, 0),
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


def _sheet(found: weighing.Found, words: Words) -> list[dict[str, Any]]:
    """The impact sheet in its parts, without its title and the months in figures, which the picture shows; the inputs come last."""
    parts: list[dict[str, Any]] = []
    for line in list(weighing.page(found, words.language))[1:]:
        if not line.startswith(" "):
            if line.strip():
                parts.append({"head": line.strip(), "lines": []})
        elif parts and not line.lstrip()[:1].isdigit():
            parts[-1]["lines"].append(line.strip())
    return parts


def _cash(words: Words, found: impact.Impact) -> Markup:
    paths = [
        (words.said(name, n=path.notice_months), [float(one) for one in path.cash])
        for name, path in found.paths.items()
        if name in SCENARIOS
    ]
    held = cushion(found.inputs)
    return charts.cash(
        words["cash_chart"],
        paths,
        words.money,
        cushion=None if held is None else (float(held), words.said("cushion", value=words.money(held))),
        month=words["month"],
    )


def _trend(material: Material, words: Words, group: str) -> Markup | str:
    """Twelve months of levels, this month included; before the first run nothing is known, and one month is no line yet."""
    levels = material.history.get(group, {})
    seen = {month for one in material.history.values() for month in one}
    months = [add_months(material.as_of.replace(day=1), -n) for n in range(11, -1, -1)]
    rows = [(f"{month:%m/%y}", levels.get(month, "none") if month in seen else None) for month in months]
    known = [label for label, level in rows if level is not None]
    if len(known) < 2:
        return words.said("trend_short", month=known[0] if known else f"{material.as_of:%m/%y}")
    return charts.steps(words["trend"], rows, lambda level: words["no_run"] if level is None else words.level(level))


def _changed(material: Material, group: str) -> str:
    now, then = material.levels[group], (material.before or {}).get(group)
    if then is None:
        return "new"
    return "same" if then == now else "risen" if rank(now) > rank(then) else "fallen"


def _change(material: Material, words: Words, group: str) -> str:
    if material.before is None:
        return ""
    return words.said(_changed(material, group), level=words.level(material.before.get(group)))


def _stake(material: Material, group: str) -> float:
    return number(material.metrics.get(group, {}).get("net_revenue")) or 0.0

"""One self-contained HTML page: the portfolio, the flagged accounts, the findings with their records. No script, prints on A4."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, select_autoescape

from rules.model import rank
from sync import lookup, snapshot
from sync.files import write_atomically
from sync.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sync.config import Config

BARS = 12
WIDTH = 400
THIN, FIXED = "\u202f", "\u00a0"
"""French numbers: a narrow no-break space between thousands, a no-break space before the unit."""
MARKS = {"info": "○", "watch": "◔", "alert": "◑", "critical": "●"}
COLOURS = {None: "#9db2c4", "info": "#2f6690", "watch": "#c98f00", "alert": "#d2691e", "critical": "#a4161a"}
TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Balance of client relations",
        "as_of": "As of",
        "window": "twelve months",
        "portfolio": "Portfolio",
        "shares": "Revenue by client, twelve months",
        "flagged": "Accounts to look at",
        "account": "Account",
        "level": "Level",
        "revenue": "Revenue, 12 months",
        "share": "Share",
        "rules": "Rules",
        "since": "since",
        "nothing": "No account is flagged.",
        "general": "About the portfolio as a whole",
        "records": "Records:",
        "lacking": "What could not be judged",
        "incomplete": "The last read was incomplete: some figures may lack records. No flag was lowered because of it.",
        "foot": "Facts and figures with their records. Équilibre proposes, people decide.",
        "total": "Revenue, 12 months",
        "clients": "Active clients",
        "top1": "First client",
        "top5": "Five first clients",
        "hhi": "Concentration (HHI)",
        "effective": "Equivalent equal clients",
        "info_": "info",
        "watch_": "watch",
        "alert_": "alert",
        "critical_": "critical",
        "others": "other clients",
    },
    "fr": {
        "title": "Équilibre des relations clients",
        "as_of": "Au",
        "window": "douze mois",
        "portfolio": "Portefeuille",
        "shares": "Chiffre d'affaires par client, douze mois",
        "flagged": "Comptes à regarder",
        "account": "Compte",
        "level": "Niveau",
        "revenue": "CA 12 mois",
        "share": "Part",
        "rules": "Règles",
        "since": "depuis le",
        "nothing": "Aucun compte signalé.",
        "general": "Sur l'ensemble du portefeuille",
        "records": "Pièces :",
        "lacking": "Ce qui n'a pas pu être évalué",
        "incomplete": "La dernière lecture est incomplète : il peut manquer des pièces. Aucun signalement n'a été abaissé pour cette raison.",
        "foot": "Des faits et des chiffres avec leurs pièces. Équilibre propose, les personnes décident.",
        "total": "CA 12 mois",
        "clients": "Clients actifs",
        "top1": "Premier client",
        "top5": "Cinq premiers clients",
        "hhi": "Concentration (HHI)",
        "effective": "Équivalent en clients égaux",
        "info_": "info",
        "watch_": "vigilance",
        "alert_": "alerte",
        "critical_": "critique",
        "others": "autres clients",
    },
}


def write(config: Config, path: Path) -> Path | None:
    """Render the report of the last finished run into `path`; None when there is none yet."""
    document = lookup.findings(config, metrics=True)
    if document["as_of"] is None:
        return None
    page = render(config, document, _names(config, document["run"]), _links(config, document["run"]))
    write_atomically(path, page)
    return path


def _names(config: Config, run: str) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in snapshot.rows(config.store.directory / "runs" / run, "group_accounts"):
        groups.setdefault(row["group_id"], []).append(row)
    return groups


def _links(config: Config, run: str) -> dict[str, str]:
    ledger = open_ledger(config.ledger_url)
    row = ledger.run(run)
    ledger.engine.dispose()
    return {crm: org["link"] for crm, org in ((row.summary if row else None) or {}).get("orgs", {}).items()}


def render(config: Config, document: Mapping[str, Any], names: Mapping[str, list[dict[str, Any]]], links: Mapping[str, str]) -> str:
    """The page as text, in the company's language."""
    language = config.company.language
    words = TEXTS[language]
    view = _View(config, document, names, links, words)
    environment = Environment(
        loader=PackageLoader("sync"), autoescape=select_autoescape(["html", "j2"], default=True), trim_blocks=True, lstrip_blocks=True
    )
    first = next((row["window"] for row in document["findings"] if row["window"]), None)
    return environment.get_template("report.html.j2").render(
        language=language,
        t=words,
        company=config.company.name,
        as_of=view.day(document["as_of"]),
        window=" – ".join(map(view.day, document["portfolio"].get("window") or first or [])),
        complete=document["complete"],
        figures=view.figures(),
        bars=view.bars(),
        limits=view.limits(),
        accounts=view.accounts(),
        general=[view.item(row) for row in document["findings"] if row["group"] is None],
        lacking=view.lacking(),
    )


class _View:
    """The document in words and positions of one language."""

    def __init__(
        self,
        config: Config,
        document: Mapping[str, Any],
        names: Mapping[str, list[dict[str, Any]]],
        links: Mapping[str, str],
        words: Mapping[str, str],
    ) -> None:
        self.config, self.document, self.names, self.links, self.words = config, document, names, links, words
        self.language = config.company.language
        self.metrics = document.get("metrics", {})
        self.scale = max([0.05, *(float(row.get("share") or 0) for row in self.metrics.values())])

    def day(self, iso: str) -> str:
        year, month, number = iso[:10].split("-")
        return f"{number}/{month}/{year}" if self.language == "fr" else iso[:10]

    def money(self, value: str | None) -> str:
        if value is None:
            return "n.c." if self.language == "fr" else "n/a"
        text = f"{round(float(value)):,}"
        symbol = {"EUR": "€", "USD": "$", "GBP": "£"}.get(self.config.company.home_currency, self.config.company.home_currency)
        return text.replace(",", THIN) + FIXED + symbol if self.language == "fr" else f"{text} {symbol}"

    def percent(self, value: str | float | None) -> str:
        if value is None:
            return "n.c." if self.language == "fr" else "n/a"
        text = f"{float(value) * 100:.1f}"
        return text.replace(".", ",") + FIXED + "%" if self.language == "fr" else f"{text}%"

    def number(self, value: str | float | None, digits: int) -> str:
        if value is None:
            return "–"
        text = f"{float(value):.{digits}f}"
        return text.replace(".", ",") if self.language == "fr" else text

    def name(self, group: str) -> str:
        rows = self.names.get(group, [])
        own = next((row["name"] for row in rows if f"{row['source']}:{row['account_id']}" == group), None)
        return own or next((row["name"] for row in rows if row["name"]), group)

    def figures(self) -> list[tuple[str, str]]:
        portfolio, words = self.document["portfolio"], self.words
        return [
            (words["total"], self.money(portfolio.get("positive_total"))),
            (words["clients"], str(portfolio.get("active_customers", "–"))),
            (words["top1"], self.percent(portfolio.get("top1"))),
            (words["top5"], self.percent(portfolio.get("top5"))),
            (words["hhi"], self.number(portfolio.get("hhi"), 3)),
            (words["effective"], self.number(portfolio.get("effective_customers"), 1)),
        ]

    def bars(self) -> list[dict[str, Any]]:
        levels: dict[str, str] = {}
        for row in self.document["findings"]:
            if row["group"] is not None and rank(row["severity"]) > rank(levels.get(row["group"])):
                levels[row["group"]] = row["severity"]
        shares = sorted(((float(row.get("share") or 0), group) for group, row in self.metrics.items()), reverse=True)
        rows = [
            {
                "name": _short(self.name(group)),
                "width": round(WIDTH * share / self.scale, 1),
                "label": self.percent(share),
                "colour": COLOURS[levels.get(group)],
            }
            for share, group in shares[:BARS]
            if share > 0
        ]
        rest = sum(share for share, _ in shares[BARS:])
        if rest > 0:
            rows.append(
                {
                    "name": f"{sum(share > 0 for share, _ in shares[BARS:])} {self.words['others']}",
                    "width": round(WIDTH * min(rest, self.scale) / self.scale, 1),
                    "label": self.percent(rest),
                    "colour": "#cfd8e0",
                }
            )
        return rows

    def limits(self) -> list[dict[str, Any]]:
        """The watch and alert limits of the share as dashed lines, where they fall inside the picture."""
        seen = {row["threshold"] for row in self.document["findings"] if row["rule"] == "DEP-01" and row["threshold"]}
        return [
            {"x": round(236 + WIDTH * float(limit) / self.scale, 1), "label": self.percent(limit)}
            for limit in sorted(seen)
            if float(limit) <= self.scale
        ]

    def accounts(self) -> list[dict[str, Any]]:
        groups: dict[str, list[Mapping[str, Any]]] = {}
        for row in self.document["findings"]:
            if row["group"] is not None:
                groups.setdefault(row["group"], []).append(row)
        rows = [self._account(group, found) for group, found in groups.items()]
        return sorted(rows, key=lambda row: (-rank(row["severity"]), -row["stake"], row["name"]))

    def _account(self, group: str, found: list[Mapping[str, Any]]) -> dict[str, Any]:
        worst = max(found, key=lambda row: rank(row["severity"]))["severity"]
        metrics = self.metrics.get(group, {})
        places = ", ".join(f"{row['source']} {row['account_id']}" for row in self.names.get(group, []))
        return {
            "name": self.name(group), "severity": worst, "mark": MARKS[worst], "level": self.words[f"{worst}_"], "places": places,
            "revenue": self.money(metrics.get("net_revenue")), "share": self.percent(metrics.get("share")), "stake": float(metrics.get("net_revenue") or 0),
            "rules": ", ".join(row["rule"] for row in found), "findings": [self.item(row) for row in sorted(found, key=lambda row: -rank(row["severity"]))],
        }  # fmt: skip

    def item(self, row: Mapping[str, Any]) -> dict[str, Any]:
        records = [
            dict(
                record, url=self.links[record["crm"]].format(**record) if self.links.get(record["crm"], "").startswith("https://") else None
            )
            for record in row["evidence"][:8]
        ]
        return {
            "rule": row["rule"], "severity": row["severity"], "mark": MARKS[row["severity"]], "level": self.words[f"{row['severity']}_"], "since": self.day(row["since"]),
            "text": row["explanation"][self.language], "records": records,
        }  # fmt: skip

    def lacking(self) -> list[dict[str, Any]]:
        counts = Counter((row["rule"], row["needs"]) for row in self.document["insufficient"])
        return [{"rule": rule, "needs": needs, "count": count} for (rule, needs), count in sorted(counts.items())]


def _short(name: str) -> str:
    return name if len(name) <= 32 else f"{name[:31]}…"

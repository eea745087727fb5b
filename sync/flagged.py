"""Findings for a terminal: a line for each client to look at, or each finding with its sentence. Reads what `findings --json` gives."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from rich.markup import escape
from rich.table import Table

from rules.figures import show
from rules.model import rank

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

COLOURS: Final = {"info": "cyan", "watch": "yellow", "alert": "dark_orange", "critical": "red"}
REASONS: Final = 2
"""Findings of a client that its line names; the number of the others is said."""


def table(console: Console, document: Mapping[str, Any], titles: Mapping[str, str], *, currency: str) -> None:
    """A line for each client that asks for something, those with most revenue first; what is for information only in one line."""
    groups = _grouped(document)
    asking = {group: rows for group, rows in groups.items() if group and rank(rows[0]["severity"]) >= rank("watch")}
    informed = [rows for group, rows in groups.items() if group and group not in asking]
    found = Table(title=f"Clients to look at, {document['as_of']}, most revenue first", box=None, pad_edge=False, title_justify="left")
    found.add_column("Client", overflow="fold")
    found.add_column("Level")
    found.add_column("Revenue, 12 months", justify="right")
    found.add_column("Share", justify="right")
    found.add_column("Why", overflow="fold")
    metrics = document["metrics"]
    for group, rows in sorted(asking.items(), key=lambda one: -float(metrics.get(one[0], {}).get("net_revenue") or 0)):
        revenue, share = (metrics.get(group, {}).get(name) for name in ("net_revenue", "share"))
        found.add_row(
            escape(_name(rows[0])),
            coloured(rows[0]["severity"]),
            show(None if revenue is None else float(revenue), "whole_money", "en", currency),
            show(None if share is None else float(share), "percent", "en"),
            escape(_why(rows, titles)),
        )
    console.print(found if asking else "No client to look at.")
    for row in groups.get("", []):
        console.print(f"The portfolio: {coloured(row['severity'])}, {escape(row['explanation']['en'])}")
    if informed:
        counts = Counter(titles.get(row["rule"], row["rule"]) for rows in informed for row in rows)
        console.print(
            f"For information only: {len(informed)} more clients ({', '.join(f'{title} {n}' for title, n in counts.most_common())})"
        )


def lines(console: Console, document: Mapping[str, Any], titles: Mapping[str, str], *, language: str = "en") -> None:
    """Each finding with its sentence, the gravest first."""
    console.print(f"Findings as of {document['as_of']}")
    for row in sorted(document["findings"], key=lambda row: (-rank(row["severity"]), row["rule"], row["group"] or "")):
        crms = ", ".join(sorted({account["crm"] for account in row["accounts"]}))
        title = titles.get(row["rule"], "")
        console.print(
            f"\n{coloured(row['severity'])} [bold]{escape(_name(row))}[/]{f' ({crms})' if crms else ''}: "
            f"{row['rule']} {escape(title)}, since {row['since']}\n  {escape(row['explanation'][language])}"
        )


def lacking(console: Console, document: Mapping[str, Any]) -> None:
    """What could not be judged, and the notes on the data: codes and counts."""
    gaps = Counter(row["rule"] for row in document["insufficient"])
    if gaps:
        console.print("Not enough to judge: " + ", ".join(f"{rule} ({count})" for rule, count in sorted(gaps.items())))
    codes = Counter(row["code"] for row in document["diagnostics"])
    if codes:
        console.print("Data quality: " + ", ".join(f"{code} ({count})" for code, count in sorted(codes.items())))


def coloured(word: str) -> str:
    return f"[{COLOURS[word]}]{word}[/]" if word in COLOURS else word


def _grouped(document: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in sorted(document["findings"], key=lambda row: (-rank(row["severity"]), row["rule"])):
        groups.setdefault(row["group"] or "", []).append(row)
    return groups


def _name(row: Mapping[str, Any]) -> str:
    names = sorted({account["name"] or account["id"] for account in row["accounts"]})
    return str(names[0]) if names else "The portfolio"


def _why(rows: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> str:
    said = list(dict.fromkeys(titles.get(row["rule"], row["rule"]) for row in rows))
    more = len(said) - REASONS
    return ", ".join(said[:REASONS]) + (f" and {more} more" if more > 0 else "")

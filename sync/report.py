"""`equilibre report`: the page of the whole portfolio, or the decision file of one client, in the company's language."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, select_autoescape

from rules.model import SEVERITIES
from sync import lookup
from sync.files import write_atomically
from sync.judge import catalogue
from sync.reporting import charts, clients, portfolio
from sync.reporting.gather import gather, remember
from sync.reporting.words import Words

if TYPE_CHECKING:
    from pathlib import Path

    from sync.config import Config
    from sync.reporting.gather import Material


def write(config: Config, path: Path, account: str | None = None) -> Path | None:
    """Render the report of the last finished run into `path`, or the file of one account; None when there is no run yet.

    Raises ConfigError when the account is unknown. The next report compares itself with this one; a decision file changes nothing.
    """
    material = gather(config)
    if material is None:
        return None
    if account is not None:
        group = lookup.group_of(config.store.directory / "runs" / material.run, account)
        write_atomically(path, decision_file(config, material, group))
    else:
        write_atomically(path, render(config, material))
        remember(config, material.run)
    return path


def render(config: Config, material: Material) -> str:
    """The whole page as text."""
    words = _words(config)
    groups = clients.ranked(material)
    wanted = clients.asking(material, groups)
    informed = [group for group in groups if group not in set(wanted)]
    paged = wanted[: clients.PAGES]
    lists = [
        {"rows": clients.listed(material, words, wanted), "more": len(wanted) - clients.ROWS, "note": ""},
        {"rows": clients.listed(material, words, informed), "more": len(informed) - clients.ROWS, "note": words["informed_why"]},
    ]
    return _fill(
        config,
        material,
        words,
        title=words["title"],
        glance=clients.glance(material, words, groups),
        overview=portfolio.section(material, words),
        general=[clients.item(material, words, row) for row in material.of_group(None)],
        lists=[one for one in lists if one["rows"]],
        paged={group: place for place, group in enumerate(paged, 1)},
        pages=[clients.page(config, material, words, group, place=place) for place, group in enumerate(paged, 1)],
        more=len(wanted) - len(paged),
    )


def decision_file(config: Config, material: Material, group: str) -> str:
    """The page of one client alone, for a meeting."""
    words = _words(config)
    title = f"{words['decision_title']} · {material.name(group)}"
    return _fill(config, material, words, title=title, overview=None, pages=[clients.page(config, material, words, group)], more=0)


def _fill(config: Config, material: Material, words: Words, **parts: object) -> str:
    environment = Environment(
        loader=PackageLoader("sync"), autoescape=select_autoescape(["html", "j2"], default=True), trim_blocks=True, lstrip_blocks=True
    )
    window = material.portfolio.get("window") or []
    return environment.get_template("report.html.j2").render(
        t=words,
        company=config.company.name,
        as_of=words.day(material.as_of),
        window=" – ".join(words.day(date.fromisoformat(one[:10])) for one in window),
        complete=material.complete,
        levels=[(level, charts.MARKS[level], words.level(level)) for level in reversed(SEVERITIES)],
        **parts,
    )


def _words(config: Config) -> Words:
    language = config.company.language
    return Words(language, config.company.home_currency, {rule.id: rule.name[language] for rule in catalogue(config).rules})

"""Commands that look: status, findings, explain, report. They read the ledger, so they answer while a sync runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sync.cli import ConfigFile, Json, LogFormat, Verbose, command, configuration, emit, fail, now, say


@command()
def status(
    *,
    as_json: Json = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """Last and next runs, watermarks, quota, open episodes, and what is incomplete and why."""
    from sync import show
    from sync.lookup import status as look

    document = look(configuration(config), now())
    emit(document) if as_json else show.status(document)


@command()
def findings(
    *,
    account: Annotated[str | None, typer.Option("--account", help="Only this account (id or crm:id).")] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Only this rule.")] = None,
    run: Annotated[str, typer.Option("--run", help="The findings of this run (dry runs included), or `last`.")] = "",
    metrics: Annotated[bool, typer.Option("--metrics", help="Also every metric of every group.")] = False,
    as_json: Json = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """The current findings, or those of one run."""
    from sync import show
    from sync.judge import catalogue
    from sync.lookup import findings as look

    settings = configuration(config)
    document = look(settings, account=account, rule=rule, run=run, metrics=metrics)
    emit(document) if as_json else show.findings(document, {rule.id: rule.name["en"] for rule in catalogue(settings).rules})


@command()
def explain(
    account: Annotated[str, typer.Argument(help="Account id, crm:id or name.")],
    *,
    rule: Annotated[str | None, typer.Option("--rule", help="Only this rule.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="As it was found on this day (YYYY-MM-DD).")] = None,
    as_json: Json = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """Why an account is flagged: numbers, records, and what would clear it."""
    from sync.cli import day
    from sync.explained import lines
    from sync.judge import catalogue
    from sync.lookup import explain as look

    settings = configuration(config)
    document = look(settings, account, rule=rule, at=day(at))
    if as_json:
        emit(document)
        return
    language = settings.company.language
    for line in lines(document, language, {rule.id: rule.name[language] for rule in catalogue(settings).rules}):
        say(line)


@command()
def report(
    *,
    output: Annotated[Path | None, typer.Option("--output", help="The HTML file to write; default report.html in the store.")] = None,
    account: Annotated[str | None, typer.Option("--account", help="The decision file of this account (id or crm:id) alone.")] = None,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """One self-contained HTML page: the portfolio, the flagged accounts, a page for each; or the decision file of one account."""
    from sync.report import write

    settings = configuration(config)
    path = write(settings, output or settings.store.directory / ("report.html" if account is None else "decision.html"), account)
    if path is None:
        fail("there is no finished run yet; run `equilibre sync` first", 1)
    say(f"Report written to {path}")


@command()
def history(
    account: Annotated[str, typer.Argument(help="Account id or crm:id.")],
    *,
    as_json: Json = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """What was written to an account, when and why."""
    from sync import show
    from sync.lookup import history as look

    document = look(configuration(config), account)
    emit(document) if as_json else show.history(document)

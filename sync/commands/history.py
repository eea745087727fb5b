"""Commands about the past: undo puts back what a run wrote, backtest replays the rules as of past days."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from sync.cli import ConfigFile, Json, LogFormat, Verbose, command, configuration, day, emit, say, surroundings


@command()
def undo(
    run: Annotated[str, typer.Argument(help="The run whose writes are put back; `equilibre status` lists the last ones.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Make no write call; show what would be put back and what stays.")] = False,
    as_json: Json = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """Put back what a run wrote, where nobody changed it since; tasks are closed only if untouched."""
    from sync.undo import undo as put_back

    outcome = put_back(configuration(config), run, surroundings(quiet=as_json), dry_run=dry_run)
    document = outcome.document()
    if as_json:
        emit(document)
    else:
        for change in document["changes"]:
            what = ", ".join(change["after"] or {}) or change["key"]
            say(f"{'would put back' if dry_run else 'put back'}  {change['crm']}:{change['account'] or ''}  {change['kind']}  {what}")
        for kept in document["withheld"]:
            say(f"stays  {kept['change']['crm']}:{kept['change']['account'] or ''}  {kept['change']['kind']}: {kept['why']}")
        said = ", ".join(f"{count} {name}" for name, count in document["receipts"].items())
        say(f"Run {outcome.run}: " + (said or f"{len(document['changes'])} changes, nothing written"))
    raise typer.Exit(outcome.exit_code)


@command()
def backtest(
    *,
    since: Annotated[str, typer.Option("--from", help="First day (YYYY-MM-DD).")],
    until: Annotated[str, typer.Option("--to", help="Last day (YYYY-MM-DD).")],
    rule: Annotated[str | None, typer.Option("--rule", help="Only this rule.")] = None,
    every: Annotated[Literal["day", "week", "month"], typer.Option("--every", help="How often it would have been judged.")] = "week",
    outcomes: Annotated[Path | None, typer.Option("--outcomes", help="CSV with account, date[, outcome]: what became of clients.")] = None,
    horizon: Annotated[int, typer.Option("--horizon", help="Days within which an outcome counts as foreseen.")] = 365,
    as_json: Json = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """Replay the rules as of past days, without look-ahead; with outcomes: precision, recall and days of warning."""
    from sync.backtest import backtest as replay
    from sync.backtest import lines

    start, end = day(since), day(until)
    if start is None or end is None or start > end:
        raise typer.BadParameter("--from must not be after --to")
    document = replay(configuration(config), start, end, every=every, rule=rule, outcomes=outcomes, horizon=horizon)
    if as_json:
        emit(document)
        return
    for line in lines(document):
        say(line)

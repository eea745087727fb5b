"""Commands that run: sync, plan, apply, run (the scheduler), demo."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated

import typer

from sync.cli import ConfigFile, Json, LogFormat, Verbose, command, configuration, day, emit, fail, now, perform, say, surroundings


@command()
def sync(
    *,
    full: Annotated[bool, typer.Option("--full", help="Read everything again, not only what changed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Make no write call; show exactly what would be written.")] = False,
    only: Annotated[str | None, typer.Option("--only", help="Only this CRM: salesforce, hubspot or files.")] = None,
    account: Annotated[str | None, typer.Option("--account", help="Write only for this account (id or crm:id) and its group.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Judge as of this day (YYYY-MM-DD).")] = None,
    backlog: Annotated[bool, typer.Option("--backlog", help="Make tasks also for conditions older than the first run.")] = False,
    as_json: Json = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """Pull, evaluate, plan and apply once."""
    from sync.run import Mode

    settings = configuration(config)
    mode = Mode(full=full, dry_run=dry_run, only=only, account=account, as_of=day(as_of), backlog=backlog)
    raise typer.Exit(perform(settings, mode, as_json=as_json).exit_code)


@command()
def plan(
    *,
    output: Annotated[Path | None, typer.Option("--output", help="Write the plan to this file, for `equilibre apply`.")] = None,
    detailed_exitcode: Annotated[bool, typer.Option("--detailed-exitcode", help="Exit 10 when changes are pending.")] = False,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Judge as of this day (YYYY-MM-DD).")] = None,
    backlog: Annotated[bool, typer.Option("--backlog", help="Plan tasks also for conditions older than the first run.")] = False,
    as_json: Json = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """Show what a sync would write, and keep it in a file for review."""
    import json

    from sync.run import Mode

    settings = configuration(config)
    outcome = perform(settings, Mode(dry_run=True, kind="plan", as_of=day(as_of), backlog=backlog), as_json=as_json)
    if output is not None:
        output.write_text(json.dumps(outcome.document(), ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8")
        if not as_json:
            say(f"Plan written to {output}; `equilibre apply {output}` writes exactly this.")
    raise typer.Exit(outcome.exit_code or (10 if detailed_exitcode and outcome.plan.changes else 0))


@command()
def apply(
    file: Annotated[Path, typer.Argument(help="A plan written by `equilibre plan --output`.")],
    *,
    as_json: Json = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """Write exactly the reviewed plan; records that moved since are refused one by one."""
    from sync import show
    from sync.reviewed import apply_file

    outcome = apply_file(configuration(config), file, surroundings(quiet=as_json))
    if as_json:
        emit(outcome.document())
    else:
        show.receipts(outcome)
    raise typer.Exit(outcome.exit_code)


@command(name="run")
def run_scheduler(
    *,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """Run on the schedule of the configuration until SIGTERM; the batch in hand is finished first."""
    from sync.daemon import serve

    serve(configuration(config), clock=now, stopping=threading.Event())


@command()
def demo(
    *,
    directory: Annotated[Path | None, typer.Option("--directory", help="Where the demo keeps its files; default a new ./demo.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the sandbox running after the two syncs, until Ctrl-C.")] = False,
    as_json: Json = False,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """Two CRMs on loopback, one whole sync with both, and a second one that finds nothing left to write. No account needed."""
    from sync import demo as show_case

    code = show_case.perform(
        directory or Path("demo"), keep=keep, as_json=as_json, now=now(), around=lambda: surroundings(quiet=as_json), emit=emit, say=say
    )
    if code:
        fail("the demo did not end as it should, see above", code)

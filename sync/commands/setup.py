"""Commands that prepare: check (the doctor), provision, sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from sync.cli import ConfigFile, Json, LogFormat, Verbose, command, configuration, emit, fail, now, say, surroundings


@command()
def check(
    *,
    as_json: Json = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """The doctor: configuration, sign-in, fields, permissions, quota, clock; one line each with the mend."""
    from sync import doctor, show

    checks = doctor.examine(configuration(config), surroundings(quiet=True))
    if as_json:
        emit([{"subject": c.subject, "state": c.state, "detail": c.detail, "mend": c.mend} for c in checks])
    else:
        show.checks(checks)
    raise typer.Exit(1 if any(c.state == "error" for c in checks) else 0)


@command()
def provision(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be created.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write the Salesforce and HubSpot projects into this folder instead.")
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take away the pages and reports of Équilibre; fields and what people typed stay.")
    ] = False,
    only: Annotated[str | None, typer.Option("--only", help="Only this CRM: salesforce, hubspot or files.")] = None,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """Create or verify the fields, properties and permissions that flags and tasks need."""
    from sync import doctor, show

    if output is not None:  # an admin deploys it before anything is configured
        checks = doctor.write_projects(output)
    elif remove:
        checks = doctor.remove(configuration(config), surroundings(quiet=True), dry_run=dry_run, only=only)
    else:
        checks = doctor.provision(configuration(config), surroundings(quiet=True), dry_run=dry_run, only=only)
    show.checks(checks)
    raise typer.Exit(1 if any(c.state == "error" for c in checks) else 0)


@command()
def sandbox(
    *,
    salesforce_port: Annotated[int, typer.Option("--salesforce-port", help="0 = any free port.")] = 0,
    hubspot_port: Annotated[int, typer.Option("--hubspot-port", help="0 = any free port.")] = 0,
    portfolio: Annotated[str, typer.Option("--portfolio", help="demo, small, or a number of accounts.")] = "demo",
    directory: Annotated[Path, typer.Option("--directory", help="Where credentials and the config file are put.")] = Path("sandbox"),
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """Serve the two CRMs on loopback until stopped, and print the config that reaches them."""
    import signal
    import threading

    from connectors.sandbox import start, toml

    size: Literal["demo", "small"] | int
    if portfolio == "demo":
        size = "demo"
    elif portfolio == "small":
        size = "small"
    elif portfolio.isdigit():
        size = int(portfolio)
    else:
        fail(f"--portfolio {portfolio}: demo, small, or a number of accounts", 2)
    running = start(size, today=now().date(), salesforce_port=salesforce_port, hubspot_port=hubspot_port, directory=directory)
    text = toml(running.config)
    (directory / "config.toml").write_text(text, encoding="utf-8")
    say(text)
    say(f"# Written to {directory / 'config.toml'}; try: equilibre provision --config {directory / 'config.toml'}")
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    stopping.wait()
    running.stop()


@command()
def purge(
    *,
    as_json: Json = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """Delete what is older than the configured retention; `equilibre run` does it daily."""
    from sync.retention import purge as clean

    counts = clean(configuration(config), now())
    if as_json:
        emit(counts)
    else:
        say("Deleted: " + ", ".join(f"{count} {name}" for name, count in counts.items()))

"""The commands. Thin: options in, one call, text or JSON out; heavy packages are imported inside the commands.

Exit codes: 0 done · 1 error · 2 usage or configuration · 3 incomplete or some records refused · 4 stopped at a quota or ceiling ·
5 another run holds the lease · 10 changes pending (`plan --detailed-exitcode`).
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.config import Config
    from sync.run import Mode, Outcome, Surroundings

app = typer.Typer(
    name="equilibre",
    help="Watches the balance of client relationships inside the CRM you already use.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
rules_app = typer.Typer(no_args_is_help=True, help="The catalogue of rules: list, test, compare.")
app.add_typer(rules_app, name="rules")

ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="Configuration file; default config.toml, then $EQUILIBRE_CONFIG.", show_default=False)
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show details and tracebacks in the log.")]
LogFormat = Annotated[Literal["text", "json"], typer.Option("--log-format", help="Form of the log on standard error.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def fail(message: str, code: int) -> NoReturn:
    """One line on standard error and the exit code."""
    typer.secho(f"equilibre: {' '.join(str(message).split())}", err=True, fg="red" if sys.stderr.isatty() else None)
    raise typer.Exit(code)


def command(*, group: typer.Typer = app, name: str | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command whose failures are one line with the mend; the traceback is in the log with --verbose."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        @wraps(function)
        def guarded(*args: Any, **options: Any) -> None:
            from sync.log import configure  # noqa: PLC0415 - after typer has read the options

            configure(verbose=options.get("verbose", False), form=options.get("log_format", "text"))
            try:
                function(*args, **options)
            except (typer.Exit, typer.Abort):
                raise
            except BrokenPipeError:
                raise typer.Exit(0) from None
            except Exception as error:  # noqa: BLE001 - the last line of defence: a user never sees a traceback
                _explain_failure(error, verbose=options.get("verbose", False))

        return group.command(name=name)(guarded)

    return register


def _explain_failure(error: Exception, *, verbose: bool) -> NoReturn:
    import structlog  # noqa: PLC0415

    from connectors.failures import CrmError, Denied, QuotaExhausted  # noqa: PLC0415
    from rules.toml import CriteriaError  # noqa: PLC0415
    from sync.config import ConfigError  # noqa: PLC0415
    from sync.lease import LeaseHeld  # noqa: PLC0415
    from sync.ledger import LedgerError  # noqa: PLC0415
    from sync.schema import FactsError  # noqa: PLC0415

    if verbose:
        structlog.get_logger().error("traceback", exc_info=error)
    match error:
        case ConfigError() | CriteriaError():
            fail(str(error), 2)
        case LeaseHeld():
            fail(str(error), 5)
        case QuotaExhausted():
            fail(f"{error}; run again later, it goes on where it stopped", 4)
        case Denied() if error.mend:
            fail(f"{error}: {error.mend}", 1)
        case CrmError() | FactsError() | LedgerError():
            fail(str(error), 1)
        case OSError():
            fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", 1)
        case _:
            fail(f"unexpected {type(error).__name__}: {error} (run again with --verbose for the traceback)", 1)


def say(text: str) -> None:
    """A line for people."""
    typer.echo(text)


def emit(document: Any) -> None:
    """The one JSON document of a --json command."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))


def configuration(path: Path | None) -> Config:
    """Load the configuration; its warnings go to standard error."""
    from sync.config import load  # noqa: PLC0415

    config, warnings = load(path)
    for warning in warnings:
        typer.secho(f"warning: {warning}", err=True)
    return config


def day(text: str | None) -> date | None:
    """An option that is a date. Raises a usage error."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"--as-of {text}: a date is written 2026-11-24", 2)


def now() -> datetime:
    """The one place besides the scheduler that asks what time it is."""
    return datetime.now(UTC)


def surroundings(*, quiet: bool) -> Surroundings:
    """The clock and, on a terminal, a progress line."""
    from sync.run import Surroundings  # noqa: PLC0415
    from sync.show import Progress  # noqa: PLC0415

    return Surroundings(clock=now, progress=Progress() if sys.stderr.isatty() and not quiet else lambda _what, _done, _total: None)


def perform(config: Config, mode: Mode, *, as_json: bool) -> Outcome:
    """Run and print the outcome."""
    from sync import show  # noqa: PLC0415
    from sync.run import run  # noqa: PLC0415

    outcome = run(config, mode, surroundings(quiet=as_json))
    if as_json:
        emit(outcome.document())
    else:
        from sync.lookup import names  # noqa: PLC0415

        folder = config.store.directory / "runs" / outcome.run
        show.outcome(outcome, dry_run=mode.dry_run, names=names(folder) if mode.dry_run else None)
    return outcome


from sync.commands import history, inspecting, rulebook, running, setup, weighing, wording  # noqa: E402 - they register themselves on `app`

__all__ = ["app", "history", "inspecting", "rulebook", "running", "setup", "weighing", "wording"]

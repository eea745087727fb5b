"""What the demo shows once its CRMs are on their way: provision, one whole sync with both, the flagged accounts, the report, and a
second sync that proves that nothing is left to write.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rules.vocabulary import documented
from sync import lookup, show
from sync.config import load
from sync.doctor import provision
from sync.judge import catalogue
from sync.report import write
from sync.run import Mode, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from connectors.contract import Check
    from connectors.sandbox.apart import Apart
    from sync.config import Config
    from sync.run import Outcome, Surroundings


def whole(
    sandbox: Apart,
    directory: Path,
    *,
    keep: bool,
    as_json: bool,
    around: Surroundings,
    emit: Callable[[Any], None],
    say: Callable[[str], None],
) -> int:
    """Returns the exit code: 0 when both syncs went through and the second wrote nothing."""
    documented()  # half a second that the CRMs need to fill themselves
    (directory / "config.toml").write_text(sandbox.toml(), encoding="utf-8")
    (directory / "config.toml").chmod(0o600)
    config, _ = load(directory / "config.toml", {})
    prepared = provision(config, around, dry_run=False, only=None)
    sandbox.type_entries()
    first = run(config, Mode(backlog=True, trigger="demo"), around)
    page = write(config, directory / "report.html")
    second = run(config, Mode(trigger="demo"), around)
    if as_json:
        emit({"first": first.document(), "second": second.document(), "report": str(page)})
    else:
        _tell(say, config, first, second, page, [check for check in prepared if check.state == "error"])
    if keep:
        _keep(say if not as_json else lambda _line: None, directory)
    wrote = any(second.write_calls.values()) or bool(second.plan.changes)
    return first.exit_code or second.exit_code or int(wrote)


def _tell(say: Callable[[str], None], config: Config, first: Outcome, second: Outcome, page: Path | None, errors: list[Check]) -> None:
    if errors:
        show.checks(errors)
    titles = {rule.id: rule.name["en"] for rule in catalogue(config).rules}
    show.clients(lookup.findings(config, metrics=True), titles, currency=config.company.home_currency)
    say("")
    show.tasks(first)
    say("")
    say("First sync (with --backlog, so that there are tasks):")
    show.outcome(first, dry_run=False)
    say("")
    say("Second sync, which finds nothing left to write:")
    show.outcome(second, dry_run=False)
    say("")
    say(f"The report, to open in a browser: {page}")
    say(f"Why, for one of them: equilibre explain NAME --config {config.store.directory.parent / 'config.toml'}")


def _keep(say: Callable[[str], None], directory: Path) -> None:
    say(f"The two CRMs keep running; try `equilibre explain ... --config {directory / 'config.toml'}`. Ctrl-C ends them.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        say("stopped")

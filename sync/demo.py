"""`equilibre demo`: two CRMs on loopback, in a process of their own, and all that sync/showing.py does with them.

The CRMs are started first: they fill themselves while this process imports what a run needs.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from connectors.sandbox import ZONE
from connectors.sandbox.apart import Apart

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from sync.run import Surroundings

LEFTOVERS = ("var", "landing", "report.html", "config.toml", "secrets")


def perform(
    directory: Path,
    *,
    keep: bool,
    as_json: bool,
    now: datetime,
    around: Callable[[], Surroundings],
    emit: Callable[[Any], None],
    say: Callable[[str], None],
) -> int:
    """Show everything in `directory`; returns the exit code. `around` gives the surroundings once they are needed."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in LEFTOVERS:  # an earlier demo; its CRMs are gone, so its store means nothing
        shutil.rmtree(directory / name, ignore_errors=True) if (directory / name).is_dir() else (directory / name).unlink(missing_ok=True)
    with Apart("demo", now.astimezone(ZoneInfo(ZONE)).date(), directory) as sandbox:
        from sync import showing  # noqa: PLC0415 - heavy, and the CRMs are busy meanwhile

        return showing.whole(sandbox, directory, keep=keep, as_json=as_json, around=around(), emit=emit, say=say)

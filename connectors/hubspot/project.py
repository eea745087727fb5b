"""The HubSpot app as files: what `hs project upload` needs, copied out of the installed package. No call, no sign-in.

    connectors/hubspot/app/hsproject.json, src/   ->   FOLDER/hsproject.json, src/

Tests, preview and tooling of the cards stay behind: HubSpot builds what is under src and nothing else.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

from connectors.contract import Check

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

UPLOADED: Final = ("hsproject.json", "src")
LEFT: Final = frozenset({"node_modules", "build", "dist"})


def project(folder: Path) -> Check:
    """Write the project into a folder; files of ours that are there are replaced, others are left alone."""
    subject = "hubspot: app"
    try:
        count = write_project(folder)
    except OSError as error:
        return Check(subject=subject, state="error", detail=f"{folder} cannot be written: {error.strerror}", mend="name another folder")
    return Check(
        subject=subject,
        state="ok",
        detail=f"{count} files written to {folder}",
        mend=f"an admin uploads it: cd {folder}, hs account auth, hs project upload",
    )


def write_project(folder: Path) -> int:
    """Write every file and give their number."""
    count = 0
    for path, source in _files():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
        count += 1
    return count


def _files() -> Iterator[tuple[str, Traversable]]:
    root = files("connectors.hubspot") / "app"
    waiting = [(name, root / name) for name in UPLOADED]
    while waiting:
        path, item = waiting.pop()
        if item.is_file():
            yield path, item
        elif item.is_dir():
            waiting += [(f"{path}/{inner.name}", inner) for inner in item.iterdir() if inner.name not in LEFT]

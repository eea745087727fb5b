"""A vendor's project, as it ships in the package, written out for a person to deploy: no configuration, no sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.contract import Check

if TYPE_CHECKING:
    from collections.abc import Collection
    from importlib.resources.abc import Traversable
    from pathlib import Path


def write_project(home: Traversable, folder: Path, *, top: Collection[str], left: Collection[str]) -> int:
    """Write what stands under `top` names of `home`, without anything called as in `left`; give the number of files.

    Files of ours that are there are replaced, others stay. Raises OSError.
    """
    count = 0
    waiting = [(name, home / name) for name in top if name not in left]
    while waiting:
        path, item = waiting.pop()
        if item.is_file():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(item.read_bytes())
            count += 1
        elif item.is_dir():
            waiting += [(f"{path}/{inner.name}", inner) for inner in item.iterdir() if inner.name not in left]
    return count


def told(subject: str, home: Traversable, folder: Path, *, top: Collection[str], left: Collection[str], deploy: str) -> Check:
    """Write a project and say how it went, and what an admin does with it in the folder."""
    try:
        count = write_project(home, folder, top=top, left=left)
    except OSError as error:
        return Check(subject=subject, state="error", detail=f"{folder} cannot be written: {error.strerror}", mend="name another folder")
    return Check(subject=subject, state="ok", detail=f"{count} files written to {folder}", mend=f"an admin {deploy.format(folder=folder)}")

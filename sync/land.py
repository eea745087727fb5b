"""Where raw pages lie between the CRM's answer and the facts: private files of one run, gone after the load.

    <store>/landing/<run>/<crm>/0007-Account.csv.gz

Only one run works at a time (the lease), so whatever other runs left here belongs to killed ones and is removed at the start.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Final, Self

from sync.schema import FactsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Landing:
    """The landing place of one CRM in this run."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._numbers = count(1)  # connectors land several streams at once

    def file(self, stream: str, suffix: str) -> Path:
        """Make a new empty file that only this user can read. Raises FactsError when the disk is full."""
        path = self.directory / f"{next(self._numbers):04d}-{re.sub(r'[^A-Za-z0-9_-]', '_', stream)}{suffix}"
        with disk(self.directory):
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        return path

    def release(self, files: Iterable[Path]) -> None:
        """Remove those of `files` that lie here; a person's own files elsewhere are never touched."""
        for file in files:
            if file.is_relative_to(self.directory):
                file.unlink(missing_ok=True)


class RunLanding:
    """All landing places of one run; leaving it removes them, entering it removes what killed runs left."""

    def __init__(self, root: Path, run: str) -> None:
        self.root, self.directory = root, root / run
        self._places: dict[str, Landing] = {}

    def __enter__(self) -> Self:
        with disk(self.root):
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            for leftover in self.root.iterdir():
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
            self.directory.mkdir(mode=0o700)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)

    def of(self, crm: str) -> Landing:
        """The landing place of one CRM."""
        return self._places.setdefault(crm, Landing(self.directory / crm))


@contextmanager
def disk(place: Path) -> Iterator[None]:
    """Translate what the file system says about a full disk or a closed door into one line with the mend."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise FactsError(f"the disk of {place} is full: free some space, or set store.directory to a larger disk") from error
        if isinstance(error, PermissionError) and str(error.filename or place).startswith(str(place)):
            raise FactsError(f"{error.filename or place} cannot be written: give this user the right, or set store.directory") from error
        raise

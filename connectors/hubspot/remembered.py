"""What a portal told about itself, kept for a day, so that an hourly run does not ask again what seldom changes.

    <store>/unfinished/hubspot/<portal>.json      property definitions, stages, ids of active owners and of records in the
                                                  recycle bin, objects without any record

Kept are names of properties, ids and words of the portal's set-up, no value of a record and nothing of a person. Who uses it also looks whether it still
holds: a value that is not told, a stage or an owner that is unknown, a write that is refused makes us ask again. `check` and
`provision` never believe it. Without a folder nothing is kept, and everything is asked each time.
"""

from __future__ import annotations

import json
import os
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

KEPT: Final = timedelta(hours=24)
EMPTY: Final = "empty"
OWNERS: Final = "owners"


def definitions_of(kind: str) -> str:
    return f"definitions {kind}"


def bin_of(kind: str) -> str:
    return f"bin {kind}"


def stages_of(kind: str) -> str:
    return f"stages {kind}"


class Remembered:
    """The notes about one portal. Safe to use from several threads; every change is written at once, whole or not at all."""

    def __init__(self, folder: Path | None, clock: Callable[[], datetime], portal: Callable[[], str]) -> None:
        self._folder, self._clock, self._portal = folder, clock, portal
        self._notes: dict[str, dict[str, Any]] | None = None
        self._lock = threading.RLock()

    @property
    def is_kept(self) -> bool:
        return self._folder is not None

    def find(self, name: str) -> Any:
        """What was kept under a name less than a day ago; None when nothing was."""
        with self._lock:
            note = self._all.get(name)
            if note is None or not timedelta(0) <= self._clock() - datetime.fromisoformat(note["at"]) < KEPT:
                return None
            return note["told"]

    def held(self, name: str) -> Any:
        """What was kept under a name, however long ago: what we did does not grow old."""
        with self._lock:
            return self._all.get(name, {"told": None})["told"]

    def keep(self, name: str, told: Any) -> None:
        if self._folder is None:
            return
        with self._lock:
            self._all[name] = {"at": self._clock().isoformat(), "told": told}
            self._write()

    def forget(self) -> None:
        """Believe nothing any more."""
        if self._folder is None:
            return
        with self._lock:
            self._notes = {}
            self._file.unlink(missing_ok=True)

    # ------------------------------------------------------------ objects without any record

    def is_empty(self, kind: str) -> bool:
        """Whether no record of this object ever landed: then none can have been deleted either."""
        return kind in (self.held(EMPTY) or ())

    def count(self, kind: str, rows: int, *, is_all: bool) -> None:
        """Note how many records landed; `is_all`: these are all that there are."""
        with self._lock:
            before = set(self.held(EMPTY) or ())
            now = before - {kind} if rows else before | ({kind} if is_all else set())
            if now != before:
                self.keep(EMPTY, sorted(now))

    # ------------------------------------------------------------ the file

    @property
    def _file(self) -> Path:
        if self._folder is None:
            raise ValueError("nothing is kept")
        return self._folder / f"{self._portal()}.json"

    @property
    def _all(self) -> dict[str, dict[str, Any]]:
        if self._notes is None:
            self._notes = _read(self._file) if self._folder is not None else {}
        return self._notes

    def _write(self) -> None:
        file = self._file
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = file.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
            out.write(json.dumps(self._notes))  # in one piece; `dump` writes word by word
        draft.replace(file)


def _read(file: Path) -> dict[str, dict[str, Any]]:
    """Notes that were cut off by a crash, or written by another version, are none."""
    try:
        found: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return {name: {"at": datetime.fromisoformat(one["at"]).isoformat(), "told": one["told"]} for name, one in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}

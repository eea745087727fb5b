"""Bulk jobs that a run did not live to finish: the next run goes on with the job and the page where it stopped.

    <store>/unfinished/salesforce/<query>.json            job id, when it was made, and each page that is here with the locator behind it
                                  <query>-0001.csv.gz     private files, moved to the landing place when the last page is here

A job of a large org takes an hour and one of the day's jobs; its result stays with Salesforce for seven days. Here it is used for six
hours, then forgotten: what changed after the job was made is read beside it, and that would grow without end. Without a folder nothing
is remembered.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEPT: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """One page that lies in the folder, and the locator of the next."""

    file: str
    rows: int
    next: str


@dataclass(slots=True, kw_only=True)
class Job:
    """One query job. `started` is the server's time before it was made, as an HTTP date."""

    id: str
    made: str
    started: str | None
    pages: list[Got] = field(default_factory=list)


class Unfinished:
    """The jobs of one org that may be gone on with."""

    def __init__(self, folder: Path | None, org: str, clock: Callable[[], datetime]) -> None:
        self._folder, self._org, self._clock = folder, org, clock
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._forget_old(folder)

    @property
    def is_kept(self) -> bool:
        return self._folder is not None

    def find(self, query: str) -> Job | None:
        """The job that was made for this very query, when all its pages are still here."""
        if self._folder is None:
            return None
        job = _read(self._note(query))
        return job if job is not None and all((self._folder / page.file).is_file() for page in job.pages) else None

    def begin(self, query: str, job: str, started: str | None) -> Job:
        made = Job(id=job, made=self._clock().isoformat(), started=started)
        self.save(query, made)
        return made

    def save(self, query: str, job: Job) -> None:
        """Write the note anew, whole or not at all."""
        if self._folder is None:
            return
        note = self._note(query)
        draft = note.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
            json.dump(asdict(job), out)
        draft.replace(note)

    def page(self, query: str, number: int, suffix: str) -> Path | None:
        """A new private file for a page; None when nothing is kept."""
        if self._folder is None:
            return None
        path = self._folder / f"{self._name(query)}-{number:04d}{suffix}"
        path.unlink(missing_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        return path

    def path(self, page: Got) -> Path:
        if self._folder is None:
            raise ValueError("nothing is kept")
        return self._folder / page.file

    def end(self, query: str) -> None:
        """Forget a job and what is left of it."""
        if self._folder is not None:
            for file in self._folder.glob(f"{self._name(query)}*"):
                file.unlink(missing_ok=True)

    def _note(self, query: str) -> Path:
        if self._folder is None:
            raise ValueError("nothing is kept")
        return self._folder / f"{self._name(query)}.json"

    def _name(self, query: str) -> str:
        return hashlib.sha256(f"{self._org}\n{query}".encode()).hexdigest()[:20]

    def _forget_old(self, folder: Path) -> None:
        for note in folder.glob("*.json"):
            job = _read(note)
            if job is None or not timedelta(0) <= self._clock() - datetime.fromisoformat(job.made) < KEPT:
                for file in folder.glob(f"{note.stem}*"):
                    file.unlink(missing_ok=True)


def _read(note: Path) -> Job | None:
    """A note that was cut off by a crash, or written by another version, is none."""
    try:
        said: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
        datetime.fromisoformat(said["made"])
        return Job(id=said["id"], made=said["made"], started=said["started"], pages=[Got(**page) for page in said["pages"]])
    except (OSError, ValueError, KeyError, TypeError):
        return None

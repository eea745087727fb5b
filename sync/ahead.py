"""Reading ahead: every CRM is read in a thread of its own, while the caller takes in what has landed.

The CRMs keep their own pace (one waits for its rate limit while another answers), and fetching overlaps with loading. Threads only
fetch and land; the queue is short, so at most two landed streams wait on the disk for the caller.
"""

from __future__ import annotations

import contextvars
import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from connectors.failures import CrmError
from sync.afford import afford
from sync.land import disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from connectors.contract import Landed, Org, Reader, Stream, Table
    from sync.land import Landing

    Resume = Callable[[Sequence[Stream]], Mapping[str, str]]

WAITING: Final = 2
"""Landed streams that may wait for the caller."""
PATIENCE: Final = 5.0
"""Seconds without news after which the caller's heartbeat is called again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One CRM to be read: its landing desk, the watermarks to go on from, and the rows held of each stream."""

    reader: Reader
    desk: Landing
    resume: Resume
    held: Mapping[str, int]


class Stopped(Exception):
    """Ends a reading thread whose caller is gone."""


class Ahead:
    """Context manager over CRM -> Reading.

    `tables` has a CRM's canonical tables, as they are before it is read, from its first landed stream on. When a CRM has ended, `orgs`
    has it if it could be signed in to, `forecasts` the calls that reading it was thought to take in all, and `errors` what ended it early.
    """

    def __init__(self, readings: Mapping[str, Reading]) -> None:
        self.orgs: dict[str, Org] = {}
        self.forecasts: dict[str, int] = {}
        self.errors: dict[str, CrmError] = {}
        self.tables: dict[str, Sequence[Table]] = {}
        self._news: queue.Queue[tuple[str, Landed | BaseException | None]] = queue.Queue(WAITING)
        self._is_left = threading.Event()
        self._threads = [
            threading.Thread(target=contextvars.copy_context().run, args=(self._read, crm, reading), name=f"read {crm}", daemon=True)
            for crm, reading in readings.items()
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for the threads; one that is in the middle of a call ends after it."""
        self._is_left.set()
        for thread in self._threads:
            thread.join()

    def landed(self, heartbeat: Callable[[], object]) -> Iterator[tuple[str, Landed | None]]:
        """Give (CRM, landed stream) as they come, and (CRM, None) when nothing more comes from it.

        A failure that is not the CRM's (a full disk) is raised here.
        """
        reading = len(self._threads)
        while reading:
            try:
                crm, news = self._news.get(timeout=PATIENCE)
            except queue.Empty:
                heartbeat()
                continue
            if isinstance(news, CrmError):
                self.errors[crm], news = news, None
            if isinstance(news, BaseException):
                raise news
            reading -= news is None
            yield crm, news

    # ------------------------------------------------------------ in the threads

    def _read(self, crm: str, reading: Reading) -> None:
        end: BaseException | None = None
        reader = reading.reader
        try:
            self.orgs[crm] = reader.sign_in()
            since = reading.resume(reader.streams())
            forecast = reader.forecast(since, reading.held)
            self.forecasts[crm] = reader.calls.made + forecast.calls
            afford(reader.calls, forecast)
            self.tables[crm] = reader.tables()
            with disk(reading.desk.directory):
                for landed in reader.pull(since, reading.desk):
                    self._tell(crm, landed)
        except Stopped:
            return
        except BaseException as error:  # noqa: BLE001 - whatever it is, the caller must hear of it
            end = error
        try:
            self._tell(crm, end)
        except Stopped:
            return

    def _tell(self, crm: str, news: Landed | BaseException | None) -> None:
        while not self._is_left.is_set():
            try:
                self._news.put((crm, news), timeout=0.2)
            except queue.Full:
                continue
            return
        raise Stopped

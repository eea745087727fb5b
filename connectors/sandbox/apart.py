"""The sandbox in a process of its own, as a CRM is: the demo and its CRMs then use two cores, and meet over HTTP alone.

    parent  {"portfolio": …, "today": …}  ->  child fills and serves  ->  {"toml": config that reaches both}
    parent  {"do": "type_entries"}        ->                          ->  {"records": n}
    parent  closes the pipe, or dies      ->  child stops

One JSON line each way.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

CHILD = "from connectors.sandbox.apart import serve; serve()"


class Apart:
    """Context manager. Starts at once and fills while the caller does other things; `toml()` waits until both CRMs serve."""

    def __init__(self, portfolio: str, today: date, directory: Path) -> None:
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
            [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._say({"portfolio": portfolio, "today": today.isoformat(), "directory": str(directory)})
        self._toml: str | None = None

    def toml(self) -> str:
        """The text of a config.toml that reaches both CRMs."""
        if self._toml is None:
            self._toml = str(self._hear()["toml"])
        return self._toml

    def type_entries(self) -> int:
        """As Running.type_entries."""
        self.toml()
        self._say({"do": "type_entries"})
        return int(self._hear()["records"])

    def stop(self) -> None:
        """End the child; a second call does nothing."""
        if self._child.stdin is not None and not self._child.stdin.closed:
            self._child.stdin.close()
        try:
            self._child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _say(self, words: dict[str, Any]) -> None:
        assert self._child.stdin is not None  # noqa: S101 - opened above
        self._child.stdin.write(json.dumps(words) + "\n")
        self._child.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self._child.stdout is not None  # noqa: S101 - opened above
        line = self._child.stdout.readline()
        if not line:
            raise OSError("the sandbox CRMs could not be started; what went wrong stands above")
        answer: dict[str, Any] = json.loads(line)
        return answer


def serve() -> None:
    """The child: fill, serve, answer until the pipe is closed."""
    from connectors.sandbox import start, toml  # noqa: PLC0415 - the parent needs none of it

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes the pipe
    asked = json.loads(sys.stdin.readline())
    with start(asked["portfolio"], today=date.fromisoformat(asked["today"]), directory=Path(asked["directory"])) as running:
        _answer({"toml": toml(running.config)})
        for line in sys.stdin:
            if json.loads(line).get("do") == "type_entries":
                _answer({"records": running.type_entries()})


def _answer(words: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()

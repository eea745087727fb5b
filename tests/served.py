"""One served address for all tests of a process, and sandbox states that are made once and copied: what each test of a CRM stands on.

    state as a customer makes it, over HTTP  ->  frozen  ->  every test thaws a copy of its own, with its own clock
    Address  <-  the app of the test that runs now

A server of its own costs a test a tenth of a second to stop, and a package half a second to deploy; tests that are about these do them anyway.
"""

from __future__ import annotations

import io
import pickle
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCK = type(threading.RLock())


class Address:
    """Answers at `url` with the app that a test put behind it last."""

    def __init__(self) -> None:
        self.app: Any = None
        self.url = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


class _Freezer(pickle.Pickler):
    """Leaves out the parts that a copy gets anew, and those that never change and are shared; makes locks anew."""

    def __init__(self, file: io.BytesIO, parts: Mapping[str, Any], shared: list[Any]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._names: dict[int, str | int] = {id(thing): name for name, thing in parts.items()}
        self._shared = shared

    def persistent_id(self, thing: Any) -> str | int | None:
        told = getattr(type(thing), "__dataclass_params__", None)
        if told is not None and told.frozen and id(thing) not in self._names:
            self._names[id(thing)] = len(self._shared)
            self._shared.append(thing)
        return self._names.get(id(thing))

    def reducer_override(self, thing: Any) -> Any:
        return (threading.RLock, ()) if isinstance(thing, LOCK) else NotImplemented


class _Thawer(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, known: Mapping[str | int, Any]) -> None:
        super().__init__(file)
        self._known = known

    def persistent_load(self, name: str | int) -> Any:
        return self._known[name]


class Frozen:
    """The state of a sandbox as it was. `parts` are what each copy gets anew, such as its clock."""

    def __init__(self, thing: Any, **parts: Any) -> None:
        file = io.BytesIO()
        shared: list[Any] = []
        _Freezer(file, parts, shared).dump(thing)
        self._bytes, self._shared = file.getvalue(), dict(enumerate(shared))

    def thawed(self, **parts: Any) -> Any:
        """Give a copy that shares nothing that can change with the others."""
        return _Thawer(io.BytesIO(self._bytes), {**self._shared, **parts}).load()

"""Carries a sandbox over real HTTP: an ASGI app on a loopback socket, in a thread of this process.

    test or demo  --requests-->  127.0.0.1:port  -->  uvicorn  -->  Audit  -->  Faults  -->  vendor app

A client under test must meet the things that only a real socket does (keep-alive, resets, half an answer, a URL that is too long),
so the sandboxes are never called in process. Each connection hands the app a way to cut itself, which is how `faults.py` resets it.
"""

from __future__ import annotations

import socket
import struct
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio
    from types import TracebackType

    from starlette.types import ASGIApp, Receive, Scope, Send

LONGEST_HEAD = 1 << 20
"""Bytes of request line and headers that reach the app: it, not the server, answers 414 or 431."""
CUT = "sandbox.cut"
"""Key of the ASGI scope under which the app finds the function that resets this connection."""


def reset(transport: asyncio.Transport) -> None:
    """Drop the connection with an RST: the peer sees a reset, as when a load balancer dies."""
    peer = transport.get_extra_info("socket")
    if peer is not None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class Connection(H11Protocol):
    """An HTTP/1.1 connection that its own requests may cut."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn narrows it the same way
        super().connection_made(transport)
        self.app: Any = partial(_with_cut, self.app, partial(reset, transport))


async def _with_cut(app: ASGIApp, cut: partial[None], scope: Scope, receive: Receive, send: Send) -> None:
    scope[CUT] = cut
    await app(scope, receive, send)


class Server:
    """A served app. `url` has no trailing slash; `stop` returns once the port is free."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # without it each small answer waits 40 ms for an ACK
        try:
            self._socket.bind(("127.0.0.1", port))
        except OSError:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=LONGEST_HEAD,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name=f"sandbox-{self.port}", daemon=True)

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def start(self, patience: float = 10.0) -> None:
        """Listen; raises when the app does not come up within `patience` seconds."""
        self._socket.listen(128)  # from here on requests queue, so the first one cannot be refused
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(patience * 200)):
            if self._server.started:
                return
            if not self._thread.is_alive():
                break
            waited.wait(0.005)
        raise RuntimeError(f"the sandbox did not start on port {self.port}")

    def stop(self) -> None:
        """Stop at once: whoever still holds a connection open is not waited for."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def serve(app: ASGIApp, port: int = 0) -> Server:
    """Serve an app on 127.0.0.1 (port 0: any free one) and return when it listens. Also a context manager that stops it."""
    server = Server(app, port)
    server.start()
    return server

"""The long-running process behind `equilibre run`: the schedule, the work it starts, and the loopback health page."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import structlog

from sync.lease import LeaseHeld
from sync.ledger import open_ledger
from sync.run import Mode, Surroundings, run
from sync.schedule import Scheduler, health

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sync.config import Config
    from sync.ledger import Ledger

log = structlog.get_logger()


def serve(config: Config, *, clock: Callable[[], datetime], stopping: threading.Event) -> None:
    """Run the schedule until a signal; returns when the batch in hand is done."""
    ledger = open_ledger(config.ledger_url)
    page = _health_page(config, ledger, clock) if config.schedule.health_port else None

    def work(job: str, slot: datetime) -> None:
        if job == "purge":
            from sync.retention import purge  # noqa: PLC0415 - once a day

            log.info("purged", **purge(config, clock()))
            return
        around = Surroundings(clock=clock, sleep=lambda seconds: _pause(stopping, seconds), stop=stopping.is_set)
        try:
            outcome = run(config, Mode(full=job == "full_sync", trigger="schedule", slot=slot), around)
        except LeaseHeld as error:
            log.warning("skipped", job=job, why=str(error))
            return
        log.info("run ended", job=job, run=outcome.run, exit_code=outcome.exit_code, changes=len(outcome.plan.changes))

    try:
        Scheduler(config=config, ledger=ledger, work=work, clock=clock, stopping=stopping).serve()
    finally:
        if page is not None:
            page.shutdown()
        ledger.engine.dispose()


def _pause(stopping: threading.Event, seconds: float) -> None:
    """A wait for a retry that a signal cuts short."""
    stopping.wait(seconds)


def _health_page(config: Config, ledger: Ledger, clock: Callable[[], datetime]) -> ThreadingHTTPServer:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/healthz":
                state = health(ledger, config, clock())
                self._answer(200 if state["ok"] else 503, json.dumps(state), "application/json")
            elif self.path == "/metrics":
                self._answer(200, _metrics(health(ledger, config, clock())), "text/plain; version=0.0.4")
            else:
                self._answer(404, "not found\n", "text/plain")

        def _answer(self, status: int, body: str, kind: str) -> None:
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Quiet: a probe every few seconds is no news."""

    server = ThreadingHTTPServer(("127.0.0.1", config.schedule.health_port), Page)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server


def _metrics(state: dict[str, object]) -> str:
    """The Prometheus text form; three gauges need no client library."""
    return (
        "# TYPE equilibre_up gauge\n"
        f"equilibre_up {int(bool(state['ok']))}\n"
        "# TYPE equilibre_missed_slots gauge\n"
        f"equilibre_missed_slots {state['missed_slots']}\n"
    )

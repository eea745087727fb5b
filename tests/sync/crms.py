"""Both CRMs with the small portfolio in them and our fields provisioned: made once in a process over HTTP, then copied for each test.

start          a provisioned copy
start_synced   a copy after the first run, with the store that the run left and its outcome
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors import sandbox
from connectors.sandbox import seed_config
from connectors.sandbox.portfolio import generate
from sync.config import Config
from sync.doctor import provision
from sync.run import Mode, Surroundings, run
from tests.served import Frozen

if TYPE_CHECKING:
    from connectors.sandbox.portfolio import Portfolio
    from sync.run import Outcome


@dataclass(frozen=True)
class _Kept:
    portfolio: Portfolio
    crms: Frozen
    ids: Any
    types: Any


@dataclass(frozen=True)
class _Synced:
    crms: Frozen
    store: Path
    outcome: Outcome


@cache
def _key() -> tuple[bytes, str]:
    return seed_config.new_key()


def clock() -> datetime:
    return datetime.now(UTC)


@cache
def _kept() -> _Kept:
    portfolio = generate(clock().date(), "small", 20, sandbox.ZONE)
    filled = sandbox._fill(portfolio, clock)
    with tempfile.TemporaryDirectory() as place, _served(portfolio, filled, Path(place)) as first:
        checks = provision(Config.model_validate(first.config), Surroundings(clock=clock, sleep=lambda _: None), dry_run=False, only=None)
        assert not [check for check in checks if check.state == "error"]
        first.type_entries()
    filled.org.deployments.things.clear()  # what they left is in the org; the packages themselves are the bulk of it
    return _Kept(portfolio=portfolio, crms=Frozen((filled.org, filled.portal), clock=clock), ids=filled.ids, types=filled.types)


@cache
def _synced() -> _Synced:
    place = Path(tempfile.mkdtemp(prefix="eq-crms-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    with start(place) as first:
        first.hubspot.knobs.search_second = None
        outcome = run(Config.model_validate(first.config), Mode(backlog=True), Surroundings(clock=clock, sleep=lambda _: None))
        assert outcome.exit_code == 0, outcome.document()["problems"]
    return _Synced(Frozen((first.salesforce, first.hubspot), clock=clock), Path(first.config["store"]["directory"]), outcome)


def _served(portfolio: Portfolio, filled: sandbox._Filled, directory: Path) -> sandbox.Running:
    with ExitStack() as stack:
        return sandbox._serve(portfolio, filled, directory.resolve(), stack, ports=(0, 0), keys=_key())


def start(directory: Path) -> sandbox.Running:
    """Serve a provisioned copy of both CRMs, with what people know typed into our fields, and the secrets in `directory`."""
    return _copy(_kept().crms, directory)


def start_synced(directory: Path) -> tuple[sandbox.Running, Outcome]:
    """The same after a first run with backlog, whose store is copied too."""
    synced = _synced()
    running = _copy(synced.crms, directory)
    shutil.copytree(synced.store, running.config["store"]["directory"])
    return running, synced.outcome


def _copy(crms: Frozen, directory: Path) -> sandbox.Running:
    kept = _kept()
    directory.mkdir(parents=True, exist_ok=True)
    org, portal = crms.thawed(clock=clock)
    return _served(kept.portfolio, sandbox._Filled(org=org, portal=portal, ids=kept.ids, types=kept.types), directory)

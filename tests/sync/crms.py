"""Both CRMs with the small portfolio in them and our fields provisioned: made once in a process over HTTP, then copied for each test."""

from __future__ import annotations

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
from sync.run import Surroundings
from tests.served import Frozen

if TYPE_CHECKING:
    from connectors.sandbox.portfolio import Portfolio


@dataclass(frozen=True)
class _Kept:
    portfolio: Portfolio
    crms: Frozen
    ids: Any
    types: Any


@cache
def _key() -> tuple[bytes, str]:
    return seed_config.new_key()


def clock() -> datetime:
    return datetime.now(UTC)


@cache
def _kept(*, typed: bool) -> _Kept:
    portfolio = generate(clock().date(), "small", 20, sandbox.ZONE)
    filled = sandbox._fill(portfolio, clock)
    with tempfile.TemporaryDirectory() as place, _served(portfolio, filled, Path(place)) as first:
        checks = provision(Config.model_validate(first.config), Surroundings(clock=clock, sleep=lambda _: None), dry_run=False, only=None)
        assert not [check for check in checks if check.state == "error"]
        if typed:
            first.type_entries()
    filled.org.deployments.things.clear()  # what they left is in the org; the packages themselves are the bulk of it
    return _Kept(portfolio=portfolio, crms=Frozen((filled.org, filled.portal), clock=clock), ids=filled.ids, types=filled.types)


def _served(portfolio: Portfolio, filled: sandbox._Filled, directory: Path) -> sandbox.Running:
    with ExitStack() as stack:
        return sandbox._serve(portfolio, filled, directory.resolve(), stack, ports=(0, 0), keys=_key())


def start(directory: Path, *, typed: bool = True) -> sandbox.Running:
    """Serve a provisioned copy of both CRMs, with the secrets in `directory`; `typed`: with what people know typed into our fields."""
    kept = _kept(typed=typed)
    directory.mkdir(parents=True, exist_ok=True)
    org, portal = kept.crms.thawed(clock=clock)
    return _served(kept.portfolio, sandbox._Filled(org=org, portal=portal, ids=kept.ids, types=kept.types), directory)

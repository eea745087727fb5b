"""Two CRMs on loopback, filled with a company that could exist: what `equilibre demo` shows and what the tests are made of.

    generate(today)  ->  Org, Portal        portfolio/, seed_salesforce.py, seed_hubspot.py
                     ->  HTTP on 127.0.0.1  salesforce/app.py, hubspot/app.py, behind audit.py and faults.py
                     ->  Running            URLs, the config that reaches them, and the hand on what they hold

Nothing here is needed by a real run: only the sandbox command, the demo and the tests import it.
"""

from __future__ import annotations

import gc
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from connectors.sandbox.audit import Audit
    from connectors.sandbox.faults import Faults
    from connectors.sandbox.hubspot.portal import Portal
    from connectors.sandbox.portfolio import Portfolio, Size, Story
    from connectors.sandbox.salesforce.org import Org

ZONE = "Europe/Paris"
DOMAIN = "rivoalec"
"""My Domain of the Salesforce org."""


@dataclass(slots=True, kw_only=True)
class Running:
    """Both sandboxes, serving. Also a context manager that stops them.

    `ids` gives, per CRM, portfolio id -> record id. `config` reaches both; `audit` sees the calls and writes of both.
    """

    portfolio: Portfolio
    salesforce: Org
    hubspot: Portal
    salesforce_url: str
    hubspot_url: str
    salesforce_faults: Faults
    hubspot_faults: Faults
    audit: Audit
    config: dict[str, Any]
    ids: Mapping[str, Mapping[str, str]]
    clock: Callable[[], datetime]
    directory: Path
    _open: ExitStack

    def group(self, story: Story) -> str | None:
        """The group of a story's client as the product prints it, `crm:id`; None for a story of the whole portfolio."""
        return None if story.account is None else f"{story.crm}:{self.ids[story.crm][story.account]}"

    def type_entries(self) -> int:
        """Type what the portfolio's people know into the EQ_ fields of both CRMs, once `provision` has made them.

        Gives the number of records; KeyError names a field that does not exist yet.
        """
        from connectors.sandbox import seed_hubspot, seed_salesforce  # noqa: PLC0415 - as in start

        typed = seed_salesforce.type_entries(self.salesforce, self.portfolio, self.ids["salesforce"])
        return typed + seed_hubspot.type_entries(self.hubspot, self.portfolio, self.ids["hubspot"])

    def stop(self) -> None:
        """Stop serving and remove what was only for this run; a second call does nothing."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def start(
    portfolio: Size = "demo",
    today: date | None = None,
    salesforce_port: int = 0,
    hubspot_port: int = 0,
    directory: Path | None = None,
    *,
    seed: int = 20,
) -> Running:
    """Fill both CRMs as of `today` (None: the real one) and serve them; port 0 takes any free one.

    Credentials are written to `directory`/secrets (None: a directory that `stop` removes), mode 0600. The clock of both CRMs runs, and stands on `today`:
    whoever reads them should be told the same day. Raises OSError when a port is taken.
    """
    from connectors.sandbox import seed_config  # noqa: PLC0415 - the parts of the sandbox import this package; they must not load each other
    from connectors.sandbox.portfolio import generate  # noqa: PLC0415

    with ExitStack() as stack:
        place = directory.resolve() if directory else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="equilibre-sandbox-")))
        place.mkdir(parents=True, exist_ok=True)
        clock = _clock_on(today)
        with ThreadPoolExecutor(1) as pool, _no_collection():
            key = pool.submit(seed_config.new_key)  # half a second of arithmetic that needs nobody
            made = generate(today or datetime.now(ZoneInfo(ZONE)).date(), portfolio, seed, ZONE)
            filled = _fill(made, clock)
            keys = key.result()
        return _serve(made, filled, place, stack, ports=(salesforce_port, hubspot_port), keys=keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filled:
    org: Org
    portal: Portal
    ids: Mapping[str, Mapping[str, str]]
    types: Mapping[str, str]


def _fill(made: Portfolio, clock: Callable[[], datetime]) -> _Filled:
    from connectors.sandbox import seed_hubspot, seed_salesforce  # noqa: PLC0415 - as in start
    from connectors.sandbox.hubspot.portal import Portal  # noqa: PLC0415
    from connectors.sandbox.salesforce.org import Org  # noqa: PLC0415

    org = Org(clock, features=("multi_currency", "dated_rates"), domain=DOMAIN, currency=made.home_currency, zone=made.zone)
    portal = Portal(clock, zone=made.zone, currency=made.home_currency)
    there = seed_salesforce.seed(org, made)
    here, types = seed_hubspot.seed(portal, made, there)
    return _Filled(org=org, portal=portal, ids={"salesforce": there, "hubspot": here}, types=types)


def _serve(made: Portfolio, filled: _Filled, place: Path, stack: ExitStack, *, ports: tuple[int, int], keys: tuple[bytes, str]) -> Running:
    """Serve what was filled; `stack` closes on a failure, and belongs to the Running otherwise."""
    from connectors.sandbox import seed_config  # noqa: PLC0415 - as in start
    from connectors.sandbox.audit import Audit  # noqa: PLC0415
    from connectors.sandbox.faults import Faults  # noqa: PLC0415
    from connectors.sandbox.hubspot import app as hubspot_app  # noqa: PLC0415
    from connectors.sandbox.salesforce import app as salesforce_app  # noqa: PLC0415
    from connectors.sandbox.salesforce.oauth import App  # noqa: PLC0415
    from connectors.sandbox.serve import serve  # noqa: PLC0415

    audit, faults = Audit(), (Faults(), Faults())
    username = str(filled.org.record(filled.org.user)["Username"])
    filled.org.sessions.register(App(key=seed_config.CLIENT_ID, public_key=keys[1], users=(username,)))
    first = stack.enter_context(serve(salesforce_app.build(filled.org, faults[0], audit), ports[0]))
    second = stack.enter_context(serve(hubspot_app.build(filled.portal, faults[1], audit), ports[1]))
    config = _configured(made, filled, place, urls=(first.url, second.url), username=username, private_key=keys[0])
    return Running(
        portfolio=made,
        salesforce=filled.org,
        hubspot=filled.portal,
        salesforce_url=first.url,
        hubspot_url=second.url,
        salesforce_faults=faults[0],
        hubspot_faults=faults[1],
        audit=audit,
        config=config,
        ids=filled.ids,
        clock=filled.org.clock,
        directory=place,
        _open=stack.pop_all(),
    )


def _configured(
    made: Portfolio, filled: _Filled, place: Path, *, urls: tuple[str, str], username: str, private_key: bytes
) -> dict[str, Any]:
    """Keep the credentials in files and give the configuration that names them."""
    from connectors.sandbox import seed_config  # noqa: PLC0415 - as in start

    secrets = place / "secrets"
    secrets.mkdir(mode=0o700, exist_ok=True)
    key_file = seed_config.keep(secrets / "salesforce.key", private_key)
    token_file = seed_config.keep(secrets / "hubspot.token", filled.portal.access_token.encode())
    signing_in = {"domain": f"{DOMAIN}.my", "auth": "jwt", "client_id": seed_config.CLIENT_ID, "username": username}
    return seed_config.config(
        made,
        place,
        salesforce=signing_in | {"private_key_file": str(key_file), "endpoint": urls[0]},
        hubspot={"access_token_file": str(token_file), "endpoint": urls[1]},
        types=filled.types,
    )


def toml(config: Mapping[str, Any]) -> str:
    """Print a configuration such as `Running.config` as the text of a config.toml."""
    from connectors.sandbox import seed_config  # noqa: PLC0415 - as in start

    return seed_config.toml(config)


def _clock_on(today: date | None) -> Callable[[], datetime]:
    """Give the real clock, moved by whole days so that the local date is `today`."""
    shift = timedelta(0) if today is None else timedelta(days=(today - datetime.now(ZoneInfo(ZONE)).date()).days)
    return lambda: datetime.now(UTC) + shift


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector from walking through half a million new rows again and again; nothing here is in a cycle."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

"""What every test finds as if it were the first: a log that is not bound to the captured output of another one, and an address to serve at."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import hypothesis
import pytest
import structlog
import zeep

from connectors.sandbox.serve import serve
from tests.extent import ALL
from tests.served import Address

if TYPE_CHECKING:
    from collections.abc import Iterator


hypothesis.settings.register_profile("equilibre", deadline=None)  # a busy machine is no mistake
hypothesis.settings.load_profile("equilibre")


MEMORY: Final = Path("/dev/shm")
ROOM: Final = 4 * 2**30
"""Bytes, more than a run ever has at a time."""


def pytest_configure(config: pytest.Config) -> None:
    """Leave the exhaustive part of each family out unless all is asked for, or a choice of marks is given. Work in memory where there is
    room: what is tested waits for the disk after each step, thousands of times.
    """
    if not ALL and not config.option.markexpr:
        config.option.markexpr = "not exhaustive"
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


LONG: Final = {
    "test_crm_trouble.py",
    "test_kill.py",
    "test_demo_portfolio.py",
    "test_text_scan.py",
    "test_undo.py",
    "test_catalogue.py",
    "test_life.py",
    "test_monitors.py",
}
"""Files of ten seconds and more: begun first, so that no process is left alone with one at the end."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files go to the processes as wholes (`--dist loadfile`): what a file makes once is made once. Their order is random otherwise."""
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(autouse=True)
def _fresh_log():
    """A command that runs in this process configures the log for its own standard error, which is closed after the test."""
    handlers = list(logging.root.handlers)
    yield
    structlog.reset_defaults()
    for handler in set(logging.root.handlers) - set(handlers):
        logging.root.removeHandler(handler)


@pytest.fixture(scope="session", autouse=True)
def _wsdl_once() -> Iterator[None]:
    """Salesforce's WSDL is parsed once in a process, not for each link that deploys: half a second each time, for the same file."""
    known: dict[str, zeep.wsdl.Document] = {}
    begin = zeep.Client.__init__

    def begin_with_known(client: zeep.Client, wsdl: str, **options: Any) -> None:
        if wsdl not in known:
            known[wsdl] = zeep.wsdl.Document(wsdl, zeep.Transport(), settings=options["settings"])
        begin(client, known[wsdl], **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zeep.Client, "__init__", begin_with_known)
        yield


@pytest.fixture(scope="session")
def address():
    """The served address of this process; a test puts its app behind it."""
    made = Address()
    with serve(made) as server:
        made.url = server.url
        yield made

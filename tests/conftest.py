"""What every test finds as if it were the first: a log that is not bound to the captured output of another one, and an address to serve at."""

from __future__ import annotations

import logging

import pytest
import structlog

from connectors.sandbox.serve import serve
from tests.served import Address


@pytest.fixture(autouse=True)
def _fresh_log():
    """A command that runs in this process configures the log for its own standard error, which is closed after the test."""
    handlers = list(logging.root.handlers)
    yield
    structlog.reset_defaults()
    for handler in set(logging.root.handlers) - set(handlers):
        logging.root.removeHandler(handler)


@pytest.fixture(scope="session")
def address():
    """The served address of this process; a test puts its app behind it."""
    made = Address()
    with serve(made) as server:
        made.url = server.url
        yield made

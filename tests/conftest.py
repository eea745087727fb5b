"""What every test finds as if it were the first: a log that is not bound to the captured output of another one."""

from __future__ import annotations

import logging

import pytest
import structlog


@pytest.fixture(autouse=True)
def _fresh_log():
    """A command that runs in this process configures the log for its own standard error, which is closed after the test."""
    handlers = list(logging.root.handlers)
    yield
    structlog.reset_defaults()
    for handler in set(logging.root.handlers) - set(handlers):
        logging.root.removeHandler(handler)

"""Structured logs on standard error: text for people, JSON for collectors; secrets and personal text never pass."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog


def configure(*, verbose: bool = False, form: Literal["text", "json"] = "text") -> None:
    """Route structlog and the standard library to standard error. Without `verbose` only warnings of libraries show."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    level = logging.DEBUG if verbose else logging.INFO
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_secrets,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, force=True)


def _without_secrets(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    from connectors.redact import redact  # noqa: PLC0415 - the connectors are needed only once something is logged

    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}

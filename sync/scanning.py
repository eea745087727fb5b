"""[privacy] text_scan -> the switch that every connector gets, and what is left of scanning when it is off.

config -> Scan (lexicons, oldest day) -> connectors.contract.Runtime.scan -> each reader
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from connectors.contract import Check
from connectors.scan import SUFFIX, Scan
from rules.language import LexiconError
from sync.config import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sync.config import Config
    from sync.facts import Facts

MONTH_DAYS: Final = 30.44
CASES: Final = (f"Case{SUFFIX}", f"tickets{SUFFIX}")
"""The streams that text_scan_cases switches by itself."""
READS: Final = {
    "salesforce": ("incoming e-mails and published comments of portal users", "cases that came by a form"),
    "hubspot": ("incoming e-mails", "tickets that came by a form or chat"),
    "files": ("messages.csv", ""),
}
"""CRM -> what is read, and what besides with text_scan_cases."""


def scanning(config: Config, now: datetime) -> Scan | None:
    """Give the switch; None is off. Messages older than the retention of incidents are never read. Raises ConfigError."""
    privacy = config.privacy
    if not privacy.text_scan:
        return None
    since = now - timedelta(days=round(privacy.retention_incidents_months * MONTH_DAYS))
    try:
        return Scan.of(privacy.lexicons, since, cases=privacy.text_scan_cases)
    except LexiconError as error:
        raise ConfigError(f"privacy.lexicons: {error}") from error
    except OSError as error:
        raise ConfigError(f"privacy.lexicons: {error.filename} cannot be read: {error.strerror}") from error


def forget_unscanned(config: Config, facts: Facts) -> None:
    """Remove what messages had become where reading them is off now: a consent that is taken back holds for the past too."""
    if not config.privacy.text_scan:
        facts.forget_streams(lambda name: name.endswith(SUFFIX))
    elif not config.privacy.text_scan_cases:
        facts.forget_streams(lambda name: name in CASES)


def examine(config: Config) -> Iterator[Check]:
    """Say whether texts are read, and which."""
    privacy, subject = config.privacy, "text scan"
    if not privacy.text_scan:
        yield Check(subject=subject, state="ok", detail="off: no text of a message is asked for")
        return
    months, own = privacy.retention_incidents_months, len(privacy.lexicons)
    for crm in config.enabled:
        always, with_cases = READS[crm]
        what = " and ".join(one for one in (always, with_cases if privacy.text_scan_cases else "") if one)
        detail = f"on: {what} of the last {months} months are read in memory; lexicons: ours{f' and {own} of yours' if own else ''}"
        yield Check(subject=f"{crm}: {subject}", state="ok", detail=detail)

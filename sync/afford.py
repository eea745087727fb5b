"""Whether a read can be paid for, asked before its first page.

    forecast of the reader  x  what is left of the ceiling and of the day's share  ->  go, go in parts, or stop with nothing read

A read that today's remainder cannot carry waits for another day rather than use up what other programs of the org need. One that no
day could carry is done in parts, stream by stream, and each run keeps what it got; unless not even its dearest stream fits, which only
the configuration can change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from connectors.failures import QuotaExhausted

if TYPE_CHECKING:
    from connectors.contract import Forecast
    from connectors.quota import Calls

log = structlog.get_logger()


def afford(calls: Calls, forecast: Forecast) -> None:
    """Let a read begin. Raises QuotaExhausted when it should not, in one line that says why and what to do."""
    room, fresh = calls.room, calls.room_of_a_fresh_day
    log.info("forecast", crm=calls.crm, calls=forecast.calls, made=calls.made, room=room, left=calls.quota_left, of=calls.quota_max)
    if room is None or fresh is None or forecast.calls <= room:
        return
    needed = f"reading needs about {forecast.calls} calls"
    at_once = forecast.calls if forecast.at_once is None else min(forecast.at_once, forecast.calls)
    if at_once > fresh:
        mend = f"raise limits.{_tighter(calls)}"
        raise _refusal(calls, f"{needed}, {at_once} of them in one run, and at most {fresh} are allowed: nothing was read; {mend}")
    if forecast.calls <= fresh or at_once > room:
        raise _refusal(calls, f"{needed} and {room} are left of today's share: nothing was read; run again later")
    log.warning("more than one run may use: read in parts", crm=calls.crm, calls=forecast.calls, room=room)


def _refusal(calls: Calls, what: str) -> QuotaExhausted:
    return QuotaExhausted(calls.crm, "forecast", what)


def _tighter(calls: Calls) -> str:
    """The setting that allows the fewest calls."""
    of_day = calls.share * calls.quota_max if calls.quota_max is not None else None
    return "calls_per_run" if calls.ceiling is not None and (of_day is None or calls.ceiling <= of_day) else "calls_per_day_share"

"""The one place where a request is tried again, and the only user of tenacity.

    retry = Retry(runtime)
    answer = retry(lambda: self._send(request))                      an idempotent request: GET, upsert by key, PATCH of values
    answer = retry(lambda: self._send(request), idempotent=False)    a create: repeated only when it surely was not carried out

Transient is repeated, everything else is a verdict and passes. A server that names its pause is obeyed; otherwise the pause doubles from
one second, with jitter, so that many clients do not come back together. One run may repeat `run_budget` times in all: one bad request
is tolerated, a bad day is not. Only single requests belong in here, never a generator that has already yielded.
"""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, TypeVar

import structlog
import tenacity  # noqa: TID251 - this is the module that the ban points to

from connectors.failures import Throttled, Transient

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.contract import Runtime

T = TypeVar("T")
LONGEST_PAUSE = 60.0
"""Seconds between two tries when the server does not say."""
PATIENCE = 900.0
"""A server that asks for more seconds than this is not waited for; the run ends and the next one resumes."""

log = structlog.get_logger()


class Retry:
    """Repeats single requests of one CRM. Shared by threads; the budget is the run's."""

    def __init__(self, runtime: Runtime, attempts: int = 6, run_budget: int = 200) -> None:
        self._runtime, self._attempts = runtime, attempts
        self._left = run_budget
        self._lock = threading.Lock()
        self._jitter = random.Random()  # noqa: S311 - spreads pauses, keeps no secret

    def __call__(self, request: Callable[[], T], *, idempotent: bool = True) -> T:
        """Return what `request` returns. Raises its last error when the tries or the run's budget are used up."""
        try:
            return request()
        except Transient as error:
            failed = [error]

        def try_again() -> T:
            if failed:
                raise failed.pop()  # the first try, of which the pause and the count go on
            return request()

        again = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda error: self._may_repeat(error, idempotent=idempotent)),
            stop=self._must_stop,
            wait=self._pause,
            sleep=self._runtime.sleep,
            before_sleep=_note,
            reraise=True,
        )
        return again(try_again)

    def _may_repeat(self, error: BaseException, *, idempotent: bool) -> bool:
        return isinstance(error, Transient) and (idempotent or not error.ambiguous)

    def _must_stop(self, state: tenacity.RetryCallState) -> bool:
        asked = getattr(_error(state), "retry_after", None)
        if state.attempt_number >= self._attempts or (asked is not None and asked > PATIENCE):
            return True
        with self._lock:
            self._left -= 1
            return self._left < 0

    def _pause(self, state: tenacity.RetryCallState) -> float:
        error = _error(state)
        if isinstance(error, Throttled) and error.retry_after is not None:
            return max(0.0, error.retry_after) + self._jitter.uniform(0.0, 0.25)
        longest = min(LONGEST_PAUSE, 2.0 ** (state.attempt_number - 1))
        return self._jitter.uniform(longest / 2, longest)


def _error(state: tenacity.RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None


def _note(state: tenacity.RetryCallState) -> None:
    error = _error(state)
    if isinstance(error, Transient):
        pause = round(state.next_action.sleep, 1) if state.next_action else 0.0
        log.info("tried again", crm=error.crm, operation=error.operation, attempt=state.attempt_number, pause=pause, why=error.message)

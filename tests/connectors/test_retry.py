from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from connectors.contract import Runtime
from connectors.failures import Denied, Rejected, Throttled, Transient
from connectors.retry import Retry

if TYPE_CHECKING:
    from collections.abc import Callable


def retry(naps: list[float], **changes: int) -> Retry:
    return Retry(Runtime(clock=lambda: datetime(2026, 1, 1, tzinfo=UTC), sleep=naps.append), **changes)


def failing(*errors: Exception) -> Callable[[], str]:
    waiting = list(errors)

    def request() -> str:
        if waiting:
            raise waiting.pop(0)
        return "done"

    return request


def lost(*, ambiguous: bool = False) -> Transient:
    error = Transient("crm", "read", "no answer")
    error.ambiguous = ambiguous
    return error


def test_a_transient_failure_is_repeated_until_it_succeeds() -> None:
    naps: list[float] = []
    assert retry(naps)(failing(lost(), lost(), lost())) == "done"
    assert len(naps) == 3


def test_pauses_double_with_jitter_and_have_an_end() -> None:
    naps: list[float] = []
    with pytest.raises(Transient):
        retry(naps, attempts=10)(failing(*[lost() for _ in range(10)]))
    assert len(naps) == 9
    assert all(min(60.0, 2.0**place) / 2 <= nap <= min(60.0, 2.0**place) for place, nap in enumerate(naps))


def test_the_servers_own_pause_is_obeyed() -> None:
    naps: list[float] = []
    retry(naps)(failing(Throttled("crm", "read", "slow down", retry_after=42)))
    assert 42 <= naps[0] < 43


def test_a_pause_beyond_our_patience_is_raised_at_once() -> None:
    naps: list[float] = []
    with pytest.raises(Throttled):
        retry(naps)(failing(Throttled("crm", "read", "slow down", retry_after=86_400)))
    assert naps == []


@pytest.mark.parametrize("error", [Denied("crm", "x", "no"), Rejected("crm", "x", "no"), ValueError("ours")])
def test_a_verdict_is_not_repeated(error: Exception) -> None:
    naps: list[float] = []
    with pytest.raises(type(error)):
        retry(naps)(failing(error))
    assert naps == []


def test_a_create_whose_answer_was_lost_is_never_sent_again() -> None:
    naps: list[float] = []
    with pytest.raises(Transient):
        retry(naps)(failing(lost(ambiguous=True)), idempotent=False)
    assert naps == []
    assert retry(naps)(failing(lost(ambiguous=True)), idempotent=True) == "done"


def test_a_create_that_surely_did_not_happen_is_sent_again() -> None:
    assert retry([])(failing(lost()), idempotent=False) == "done"


def test_tries_of_one_request_end() -> None:
    naps: list[float] = []
    with pytest.raises(Transient):
        retry(naps, attempts=3)(failing(*[lost() for _ in range(3)]))
    assert len(naps) == 2


def test_a_bad_day_ends_when_the_runs_budget_is_used_up() -> None:
    naps: list[float] = []
    one = retry(naps, run_budget=4)
    one(failing(lost(), lost()))
    with pytest.raises(Transient):
        one(failing(*[lost() for _ in range(5)]))
    assert len(naps) == 4
    with pytest.raises(Transient):
        one(failing(lost()))
    assert one(failing()) == "done"

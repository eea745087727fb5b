"""How fast: buckets filled from headers, searches by themselves, associations outside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Runtime
from connectors.hubspot.pace import Bucket, Pace
from connectors.quota import Calls
from tests.connectors.hubspot.conftest import START, Clock


def pace(clock: Clock) -> Pace:
    return Pace(Runtime(clock=clock, sleep=clock.sleep), Calls(crm="hubspot"))


def headers(most: int, left: int, span: int = 10_000) -> dict[str, str]:
    return {
        "X-HubSpot-RateLimit-Max": str(most),
        "X-HubSpot-RateLimit-Remaining": str(left),
        "X-HubSpot-RateLimit-Interval-Milliseconds": str(span),
    }


@given(
    gaps=st.lists(st.floats(min_value=0, max_value=3), min_size=1, max_size=120),
    capacity=st.integers(min_value=1, max_value=20),
)
def test_no_span_of_a_bucket_ever_holds_more_than_its_capacity(gaps: list[float], capacity: int) -> None:
    bucket, now, slots = Bucket(capacity, 10.0), 0.0, []
    for gap in gaps:
        now += gap
        slots.append(now + bucket.reserve(now))
    for first, later in zip(slots, slots[capacity:], strict=False):
        assert later - first >= 10.0 - 1e-6


def test_a_hundred_calls_go_out_before_the_portal_has_told_its_limit(clock: Clock) -> None:
    one = pace(clock)
    for _ in range(100):
        one.wait("general", write=False)
    assert not clock.slept
    one.wait("general", write=False)
    assert clock.slept == [10.0]


def test_a_larger_plan_is_used_with_a_margin(clock: Clock) -> None:
    one = pace(clock)
    one.told(headers(190, 189))
    for _ in range(181):
        one.wait("general", write=False)
    assert not clock.slept
    one.wait("general", write=False)
    assert clock.slept


def test_searches_have_five_a_second_of_their_own_and_leave_the_others_alone(clock: Clock) -> None:
    one = pace(clock)
    for _ in range(5):
        one.wait("search", write=False)
    assert not clock.slept
    one.wait("search", write=False)
    assert clock.slept == [pytest.approx(1.1)]
    for _ in range(100):
        one.wait("general", write=False)
    assert len(clock.slept) == 1


def test_association_batches_do_not_use_up_the_ten_seconds(clock: Clock) -> None:
    one = pace(clock)
    for _ in range(300):
        one.wait("exempt", write=False)
    one.wait("general", write=False)
    assert not clock.slept


def test_when_another_process_uses_the_same_token_the_window_is_waited_for(clock: Clock) -> None:
    one = pace(clock)
    one.told(headers(190, 1))
    one.wait("general", write=False)
    assert clock.slept == [10.0]


def test_answers_without_headers_teach_nothing(clock: Clock) -> None:
    one = pace(clock)
    one.told({})
    assert one._calls.quota_left is None


def test_a_clock_that_stands_still_does_not_make_the_pauses_grow() -> None:
    slept: list[float] = []
    one = Pace(Runtime(clock=lambda: START, sleep=slept.append), Calls(crm="hubspot"))
    for _ in range(1000):
        one.wait("general", write=False)
    assert max(slept) <= 10.0


def test_a_search_too_many_slows_searches_down_once_for_all_that_were_under_way(clock: Clock) -> None:
    one = pace(clock)
    for _ in range(3):
        one.too_many("search")
        one.hold(1.0, "search")
    for _ in range(5):
        one.wait("search", write=False)
    assert clock.slept == [pytest.approx(1.0), pytest.approx(1.1)], "four go out in a span from now on"


def test_association_batches_are_counted_once_an_answer_says_that_they_are(clock: Clock) -> None:
    one = pace(clock)
    one.too_many("exempt")
    for _ in range(60):
        one.wait("exempt", write=False)
        one.wait("general", write=False)
    assert clock.slept == [10.0]

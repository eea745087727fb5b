"""The due day and the marker of a task, as HubSpot keeps them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.hubspot.marker import from_body, with_marker
from connectors.hubspot.tasks import due, due_day

MARK = "DEP-01|T-02|alert|2026-11-22"


@pytest.mark.parametrize(
    ("day", "zone", "text"),
    [
        (date(2026, 12, 1), "Europe/Paris", "2026-12-01T08:00:00.000Z"),
        (date(2026, 7, 1), "Europe/Paris", "2026-07-01T07:00:00.000Z"),
        (date(2026, 12, 1), "Pacific/Auckland", "2026-11-30T20:00:00.000Z"),
        (date(2026, 12, 1), "America/New_York", "2026-12-01T14:00:00.000Z"),
    ],
)
def test_a_due_day_is_nine_o_clock_where_the_portal_is_with_its_z(day: date, zone: str, text: str) -> None:
    assert due(day, zone) == text
    assert due_day(text, zone) == day


@given(
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["Europe/Paris", "Pacific/Auckland", "America/Los_Angeles", "Pacific/Kiritimati", "UTC"]),
)
def test_every_due_day_comes_back_as_itself(day: date, zone: str) -> None:
    assert due_day(due(day, zone), zone) == day


@given(st.text(max_size=200), st.integers(min_value=0, max_value=10**9))
def test_a_marker_is_found_again_and_stands_once(text: str, number: int) -> None:
    key = f"eq1-{number:032x}"
    body = with_marker(with_marker(text, "eq1-old", MARK), key, MARK)
    assert from_body(body) == (key, MARK)
    assert body.count("[equilibre:eq1-") == 1


def test_a_marker_survives_the_editors_html() -> None:
    assert from_body("<p>Texte</p><p>[equilibre:eq1-7&nbsp;DEP-01|T-02|alert|2026-11-22]</p>") == ("eq1-7", MARK)
    assert from_body(None) is None
    assert from_body("equilibre: rien") is None

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce import soql
from connectors.salesforce.landed import as_in_files
from connectors.sandbox.salesforce import ids


def test_a_watermark_looks_ten_minutes_back_and_includes_its_own_second() -> None:
    assert soql.since("SystemModstamp", "2026-11-20T10:00:00.000Z") == "SystemModstamp >= 2026-11-20T09:50:00Z"


def test_a_broken_paging_goes_on_behind_the_last_row_of_its_second() -> None:
    found = soql.select(
        ["Id"], "Account", ["Name != null", soql.after("SystemModstamp", "2026-11-20T10:00:00.000Z", "001")], ("SystemModstamp", "Id")
    )
    assert found == (
        "SELECT Id FROM Account WHERE Name != null AND ((SystemModstamp = 2026-11-20T10:00:00Z AND Id > '001') OR SystemModstamp > 2026-11-20T10:00:00Z)"
        " ORDER BY SystemModstamp, Id"
    )


def test_quotes_and_backslashes_in_values_are_escaped() -> None:
    assert soql.among("Name", ["O'Neil \\ fils"]) == r"Name IN ('O\'Neil \\ fils')"


def test_an_empty_list_is_not_asked() -> None:
    with pytest.raises(ValueError, match="nothing to look for"):
        soql.among("Id", [])


@pytest.mark.parametrize(
    "told", ["2026-11-20T10:00:00.000+0000", "2026-11-20T10:00:00.000+00:00", "2026-11-20T10:00:00.000Z", "2026-11-20T11:00:00.000+0100"]
)
def test_trap_50_a_stamp_has_one_form_whatever_its_offset_looks_like(told: str) -> None:
    assert as_in_files(told) == "2026-11-20T10:00:00.000Z"


def test_a_naive_time_is_refused_because_it_would_mean_this_machines_zone() -> None:
    with pytest.raises(ValueError, match="naive"):
        soql.literal(datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2090, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_every_form_of_a_time_is_read_as_the_same_instant(naive: datetime, minutes: int) -> None:
    at = naive.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    rest = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    file = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert soql.instant(rest) == soql.instant(file) == soql.instant(at.isoformat()) == soql.instant(soql.literal(at)) == at


@given(st.from_regex(r"001[A-Za-z0-9]{12}", fullmatch=True))
def test_the_long_form_of_an_id_is_the_servers(short: str) -> None:
    assert soql.long_id(short) == ids.canonical(short)
    assert soql.long_id(soql.long_id(short)) == soql.long_id(short)

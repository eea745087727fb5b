from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simple_salesforce.format import format_soql

from connectors.sandbox.salesforce import ids
from connectors.sandbox.salesforce.fields import parse as parse_field
from connectors.sandbox.salesforce.soql.lex import tokens, unquote
from connectors.sandbox.salesforce.soql.periods import period
from connectors.sandbox.salesforce.stamps import moment_of, read_datetime, stamp

FIFTEEN = st.text(alphabet=ids.DIGITS, min_size=15, max_size=15)


@given(FIFTEEN)
def test_an_id_of_15_characters_has_one_form_of_18(fifteen):
    whole = ids.canonical(fifteen)
    assert whole is not None
    assert (len(whole), whole[:15], ids.canonical(whole)) == (18, fifteen, whole)


@given(FIFTEEN, FIFTEEN)
def test_ids_that_differ_by_case_only_differ_in_their_last_three_characters(one, other):
    assert (ids.suffix(one) == ids.suffix(other)) == ([c.isupper() for c in one] == [c.isupper() for c in other])


@pytest.mark.parametrize(("fifteen", "whole"), [("001A0000006Vm9r", "001A0000006Vm9rIAC"), ("00Dx0000000BV7z", "00Dx0000000BV7zEAG")])
def test_known_ids_are_completed_as_the_vendor_does(fifteen, whole):
    assert ids.canonical(fifteen) == whole


@pytest.mark.parametrize("wrong", ["", "001", "001A0000006Vm9rIAD", "001A0000006Vm9rIA", "001A0000006Vm9é", "001A0000006Vm9r "])
def test_what_is_no_id_is_none(wrong):
    assert ids.canonical(wrong) is None


@given(st.integers(0, 62**8), st.integers(0, 62**8))
def test_ids_sort_as_they_were_made(first, second):
    made = [ids.make("001", number) for number in (first, second)]
    assert (made[0] < made[1]) == (first < second)
    assert all(ids.canonical(one[:15]) == one for one in made)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",))))
def test_every_text_survives_the_librarys_quoting(text):
    quoted = format_soql("{}", text)
    found = tokens(quoted)
    assert [one.kind for one in found] == ["string", "end"]
    assert unquote(found[0].text) == text


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-14 * 4, 14 * 4))  # noqa: DTZ001 # the zone is added below
def test_a_moment_is_the_same_in_every_zone(moment, quarters):
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=15 * quarters)))
    assert read_datetime(aware.isoformat(timespec="milliseconds")) == stamp(aware)
    assert moment_of(stamp(aware)) == aware.astimezone(UTC).replace(microsecond=0)


@given(st.dates(min_value=datetime(1990, 1, 1, tzinfo=UTC).date(), max_value=datetime(2090, 1, 1, tzinfo=UTC).date()))
def test_running_periods_hold_today_and_touch_their_neighbours(today):
    for unit in ("WEEK", "MONTH", "QUARTER", "YEAR"):
        last, this, following = (period(f"{which}_{unit}", None, today) for which in ("LAST", "THIS", "NEXT"))
        assert this[0] <= today < this[1]
        assert (last[1], following[0]) == this
        assert period(f"LAST_N_{unit}S", 1, today) == last == period(f"N_{unit}S_AGO", 1, today)
        assert period(f"NEXT_N_{unit}S", 1, today) == following
    assert period("LAST_N_DAYS", 3, today) == (today - timedelta(days=3), today + timedelta(days=1))


@pytest.mark.parametrize("line", ["Name", "Name wrong(5)", "Name text(5) shiny", "Name text(5) shape=round"])
def test_a_field_line_that_is_not_understood_is_refused(line):
    with pytest.raises(ValueError, match=r"not a field|unknown flags"):
        parse_field(line)

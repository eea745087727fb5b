"""Whether a read may begin, by what it needs and what is left."""

import pytest

from connectors.contract import Forecast
from connectors.failures import QuotaExhausted
from connectors.quota import Calls
from sync.afford import afford


def calls(**given):
    return Calls(**{"crm": "salesforce", **given})


def refused(counted, forecast):
    with pytest.raises(QuotaExhausted) as error:
        afford(counted, forecast)
    return error.value.message


@pytest.mark.parametrize(
    "counted",
    [
        calls(),
        calls(ceiling=23, reads=3),
        calls(quota_max=100, quota_left=40, share=0.8),
        calls(ceiling=50, quota_max=1000, quota_left=900),
    ],
)
def test_a_read_that_fits_begins(counted):
    afford(counted, Forecast(calls=20))


def test_a_read_waits_for_a_day_that_can_carry_it():
    told = refused(calls(quota_max=100, quota_left=40, share=0.8), Forecast(calls=21, at_once=2))
    assert told == "reading needs about 21 calls and 20 are left of today's share: nothing was read; run again later"


def test_a_read_that_no_run_could_carry_is_done_in_parts():
    afford(calls(ceiling=25, reads=5), Forecast(calls=400, at_once=19))
    afford(calls(quota_max=100, quota_left=100, share=0.5), Forecast(calls=400, at_once=50))


def test_parts_wait_until_the_dearest_of_them_fits():
    told = refused(calls(quota_max=100, quota_left=60, share=0.5), Forecast(calls=400, at_once=11))
    assert told.endswith("10 are left of today's share: nothing was read; run again later")


@pytest.mark.parametrize(
    ("counted", "setting"),
    [
        (calls(ceiling=25), "calls_per_run"),
        (calls(ceiling=25, quota_max=100, quota_left=100, share=0.5), "calls_per_run"),
        (calls(ceiling=60, quota_max=100, quota_left=100, share=0.5), "calls_per_day_share"),
    ],
)
def test_what_can_never_be_read_names_the_setting_to_raise(counted, setting):
    told = refused(counted, Forecast(calls=400, at_once=61))
    assert told.endswith(f"nothing was read; raise limits.{setting}")
    assert refused(counted, Forecast(calls=400)).endswith(setting), "a reader that does not say is read in one run or not at all"


def test_local_files_need_no_calls():
    afford(calls(), Forecast())

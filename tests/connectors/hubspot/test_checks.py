"""The doctor: one line a thing, and the mend where it is not well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from connectors.failures import Denied
from connectors.sandbox.faults import Fault

if TYPE_CHECKING:
    from connectors.contract import Check
    from tests.connectors.hubspot.conftest import Bench


def look(bench: Bench, **changes: Any) -> dict[str, Check]:
    return {check.subject: check for check in bench.connect(**changes).reader().check()}


def needed() -> list[str]:
    return [
        *(f"crm.objects.{name}.read" for name in ("companies", "deals", "tickets", "contacts", "owners", "invoices")),
        *("crm.objects.companies.write", "crm.objects.contacts.write", "crm.schemas.companies.write", "crm.schemas.contacts.write"),
    ]


def test_a_ready_portal_with_exactly_the_needed_scopes_is_all_well(bench: Bench) -> None:
    bench.provisioned()
    bench.faults.add(Fault(headers={"Date": "Mon, 23 Nov 2026 09:00:00 GMT"}, times=None))
    checks = look(bench, access_token=bench.portal.token(needed()))
    assert {subject: check.detail for subject, check in checks.items() if check.state != "ok"} == {}


def test_checking_writes_nothing(bench: Bench) -> None:
    look(bench)
    assert not bench.audit.writes


def test_each_missing_scope_is_an_error_with_the_one_to_grant(bench: Bench) -> None:
    bench.provisioned()
    checks = look(bench, access_token=bench.portal.token([one for one in needed() if one != "crm.objects.companies.write"]))
    check = checks["scope crm.objects.companies.write"]
    assert (check.state, check.detail) == ("error", "not granted: write our flags on companies")
    assert "grant crm.objects.companies.write" in check.mend


def test_the_scope_of_invoices_is_only_a_warning_because_many_portals_have_none(bench: Bench) -> None:
    bench.provisioned()
    checks = look(bench, access_token=bench.portal.token([one for one in needed() if "invoices" not in one]))
    assert checks["scope crm.objects.invoices.read"].state == "warning"
    assert checks["invoices"].state == "warning"


def test_the_old_name_of_the_ticket_scope_will_do(bench: Bench) -> None:
    token = bench.portal.token([*(one for one in needed() if "tickets" not in one), "tickets"])
    assert look(bench, access_token=token)["scope tickets"].state == "ok"


def test_a_token_that_may_do_more_than_is_needed_is_told(bench: Bench) -> None:
    check = look(bench)["scopes"]
    assert check.state == "warning"
    assert "crm.objects.deals.write" in check.detail
    assert "crm.objects.companies.write" in check.mend


def test_a_service_key_whose_scopes_are_not_told_is_a_warning(bench: Bench) -> None:
    bench.faults.add(Fault(path="access-token-info", status=404, body="<html></html>"))
    assert look(bench)["scopes"].state == "warning"


def test_our_properties_are_looked_at_one_by_one(bench: Bench) -> None:
    checks = look(bench)
    assert checks["companies.eq_level"].state == "error"
    assert checks["companies.eq_level"].mend == "run `equilibre provision`"
    bench.provisioned()
    assert look(bench)["companies.eq_level"].detail == "writable"


@pytest.mark.parametrize("mode", ["unique", "plain", "marker"])
def test_the_support_for_task_keys_is_told(bench: Bench, mode: str) -> None:
    if mode == "plain":
        bench.portal.knobs.unique_refused.add("tasks")
    if mode != "marker":
        bench.provisioned()
    check = look(bench)["task key"]
    assert (check.state == "ok") == (mode == "unique")
    assert "equilibre_key" in check.detail


def test_the_quota_is_told_and_its_end_is_an_error(bench: Bench) -> None:
    assert "625000" in look(bench)["quota"].detail
    left = {"X-HubSpot-RateLimit-Daily": "1000", "X-HubSpot-RateLimit-Daily-Remaining": "1000"}
    bench.faults.add(Fault(path="/objects/", headers=left, times=None))
    assert look(bench)["quota"].state == "ok"


def test_a_day_that_is_used_up_to_our_share_is_an_error_with_the_key_to_raise(bench: Bench) -> None:
    told = {"X-HubSpot-RateLimit-Daily": "1000", "X-HubSpot-RateLimit-Daily-Remaining": "200"}
    bench.faults.add(Fault(path=r"/objects/companies\?", headers=told))
    check = look(bench)["quota"]
    assert (check.state, check.detail) == ("error", "200 of 1000 calls are left today, and 80% is our limit")
    assert "limits.calls_per_day_share" in check.mend


def test_an_oauth_app_is_told_no_quota(bench: Bench) -> None:
    assert look(bench, access_token=bench.portal.token(kind="oauth"))["quota"].state == "warning"


def test_an_object_that_does_not_answer_is_told(bench: Bench) -> None:
    bench.faults.add(Fault(path=r"/objects/deals\?", status=503, body="", times=6))
    assert look(bench)["deals"].state == "error"


@pytest.mark.parametrize(
    ("date", "state"),
    [("Mon, 23 Nov 2026 09:00:05 GMT", "ok"), ("Mon, 23 Nov 2026 09:01:00 GMT", "warning"), ("Mon, 23 Nov 2026 10:00:00 GMT", "error")],
)
def test_clocks_that_differ_are_told(bench: Bench, date: str, state: str) -> None:
    bench.faults.add(Fault(headers={"Date": date}, times=None))
    assert look(bench)["clock"].state == state


def test_a_misspelt_property_of_the_configuration_is_told(bench: Bench) -> None:
    checks = look(bench, tables={"accounts": {"country": "contry"}})
    check = checks["hubspot.tables.accounts.country contry"]
    assert check.state == "warning"
    assert "did you mean country?" in check.detail


def test_an_object_without_scope_is_told(bench: Bench) -> None:
    checks = look(bench, access_token=bench.portal.token([one for one in needed() if "deals" not in one]))
    assert checks["deals"].state == "error"
    assert "crm.objects.deals.read" in checks["deals"].mend


def test_a_wrong_token_ends_the_check_with_the_mend(bench: Bench) -> None:
    with pytest.raises(Denied) as caught:
        look(bench, access_token="pat-eu1-wrong")
    assert "access_token" in caught.value.mend


def test_who_we_are_signed_in_to_is_told_with_zone_currency_and_link(bench: Bench) -> None:
    org = bench.connect().reader().sign_in()
    assert (org.id, org.zone, org.currency) == ("145302917", "Europe/Paris", "EUR")
    assert org.link.format(object="0-2", id="7") == "https://app-eu1.hubspot.com/contacts/145302917/record/0-2/7"

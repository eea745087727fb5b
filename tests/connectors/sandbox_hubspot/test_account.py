"""The portal around the records: account, owners, pipelines, currency, schemas, limits tracking."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from connectors.sandbox.hubspot.kinds import STANDARD
from tests.connectors.sandbox_hubspot.conftest import START

if TYPE_CHECKING:
    from tests.connectors.sandbox_hubspot.conftest import Bench


@pytest.mark.parametrize(
    ("moment", "offset", "ms"),
    [(datetime(2026, 11, 23, tzinfo=UTC), "+01:00", 3_600_000), (datetime(2026, 7, 1, tzinfo=UTC), "+02:00", 7_200_000)],
)
def test_account_details_tell_zone_currency_and_where_records_are_opened(bench: Bench, moment: datetime, offset: str, ms: int) -> None:
    bench.clock.now = moment
    assert bench.http.get("/account-info/v3/details").json() == {
        "portalId": bench.portal.portal_id,
        "accountType": "STANDARD",
        "timeZone": "Europe/Paris",
        "companyCurrency": "EUR",
        "additionalCurrencies": [],
        "utcOffset": offset,
        "utcOffsetMilliseconds": ms,
        "uiDomain": "app-eu1.hubspot.com",
        "dataHostingLocation": "eu1",
    }


def test_a_portal_west_of_greenwich_has_a_negative_offset(bench: Bench) -> None:
    bench.portal.zone = "America/St_Johns"
    assert bench.http.get("/account-info/v3/details").json()["utcOffset"] == "-03:30"


def test_account_details_need_no_scope_but_a_token(bench: Bench) -> None:
    assert bench.http("GET", "/account-info/v3/details", token=bench.portal.token([])).status_code == 200
    assert bench.http("GET", "/account-info/v3/details", token="no").status_code == 401


def test_daily_usage_counts_private_apps_but_not_service_keys(bench: Bench) -> None:
    path = "/account-info/v3/api-usage/daily/private-apps"
    app = bench.portal.token(kind="private_app")
    assert bench.http.get(path).json()["results"][0]["currentUsage"] == 0
    used = bench.http("GET", path, token=app).json()["results"][0]
    assert (used["currentUsage"], used["usageLimit"]) == (2, 625_000)


def test_the_company_currency_needs_a_scope(bench: Bench) -> None:
    path = "/settings/currencies/2026-03/company-currency"
    assert bench.http.get(path).json()["currencyCode"] == "EUR"
    answer = bench.http("GET", path, token=bench.portal.token([]))
    assert answer.json()["context"]["requiredGranularScopes"] == ["multi-currency-read", "settings.currencies.read"]


def test_exchange_rates_are_listed_and_the_current_ones_apart(bench: Bench) -> None:
    bench.portal.exchange_rate("USD", "0.95", START - timedelta(days=30))
    bench.portal.exchange_rate("USD", "0.90", START)
    rates = bench.http.get("/settings/v3/currencies/exchange-rates").json()["results"]
    assert [(one["fromCurrencyCode"], one["conversionRate"], one["effectiveAt"]) for one in rates] == [
        ("USD", 0.95, "2026-10-24T09:00:00.000Z"),
        ("USD", 0.9, "2026-11-23T09:00:00.000Z"),
    ]
    current = bench.http.get("/settings/v3/currencies/exchange-rates/current").json()["results"]
    assert [one["conversionRate"] for one in current] == [0.9]
    assert bench.http("GET", "/settings/v3/currencies/exchange-rates", token=bench.portal.token([])).status_code == 403
    assert bench.http.get("/account-info/v3/details").json()["additionalCurrencies"] == ["USD"]


# ---------------------------------------------------------------- owners


def test_owners_are_people_and_queues_with_ids_that_are_not_user_ids(bench: Bench) -> None:
    person = bench.portal.owner("ana@rivoal.fr", "Ana", "Roy", teams=[("12", "Ventes"), ("13", "Lyon")])
    queue = bench.portal.owner("", "Support", type="QUEUE")
    owners = {one["id"]: one for one in bench.http.get("/crm/v3/owners/").json()["results"]}
    assert owners[person]["teams"] == [{"id": "12", "name": "Ventes", "primary": True}, {"id": "13", "name": "Lyon", "primary": False}]
    assert owners[person]["userId"] == owners[person]["userIdIncludingInactive"] != int(person)
    assert (owners[person]["type"], owners[queue]["type"]) == ("PERSON", "QUEUE")
    assert bench.http.get(f"/crm/v3/owners/{owners[person]['userId']}", idProperty="userId").json()["id"] == person


def test_a_deactivated_owner_is_seen_only_when_asked_for(bench: Bench) -> None:
    here, gone = bench.portal.owner("a@rivoal.fr"), bench.portal.owner("b@rivoal.fr", archived=True)
    assert [one["id"] for one in bench.http.get("/crm/v3/owners/").json()["results"]] == [here]
    archived = bench.http.get("/crm/v3/owners/", archived="True").json()["results"]
    assert [(one["id"], one["archived"], one["userId"]) for one in archived] == [(gone, True, None)]
    assert bench.http.get(f"/crm/v3/owners/{gone}").status_code == 404
    assert bench.http.get(f"/crm/v3/owners/{gone}", archived="true").status_code == 200


def test_owners_page_and_can_be_found_by_address(bench: Bench) -> None:
    made = [bench.portal.owner(f"o{n}@rivoal.fr") for n in range(5)]
    first = bench.http.get("/crm/v3/owners/", limit=3).json()
    rest = bench.http.get("/crm/v3/owners/", limit=3, after=first["paging"]["next"]["after"]).json()
    assert [one["id"] for one in [*first["results"], *rest["results"]]] == made
    assert "paging" not in rest
    assert [one["id"] for one in bench.http.get("/crm/v3/owners/", email="o3@rivoal.fr").json()["results"]] == [made[3]]
    assert bench.http.get("/crm/v3/owners/", limit=501).status_code == 400
    assert bench.http.get("/crm/v3/owners/", after="x").status_code == 400


def test_owners_need_their_scope(bench: Bench) -> None:
    token = bench.portal.token(["crm.objects.companies.read"])
    for path in ("/crm/v3/owners/", "/crm/v3/owners/1"):
        answer = bench.http("GET", path, token=token)
        assert answer.json()["context"]["requiredGranularScopes"] == ["crm.objects.owners.read"]


# ---------------------------------------------------------------- pipelines


def test_the_sales_pipeline_is_the_vendors_with_text_metadata(bench: Bench) -> None:
    pipeline = bench.http.get("/crm/v3/pipelines/deals").json()["results"][0]
    assert (pipeline["id"], pipeline["createdAt"]) == ("default", "1970-01-01T00:00:00Z")
    assert [(one["id"], one["metadata"]["isClosed"], one["metadata"]["probability"]) for one in pipeline["stages"]] == [
        ("appointmentscheduled", "false", "0.2"),
        ("qualifiedtobuy", "false", "0.4"),
        ("presentationscheduled", "false", "0.6"),
        ("decisionmakerboughtin", "false", "0.8"),
        ("contractsent", "false", "0.9"),
        ("closedwon", "true", "1.0"),
        ("closedlost", "true", "0.0"),
    ]
    assert pipeline["stages"][0]["writePermissions"] == "CRM_PERMISSIONS_ENFORCEMENT"
    assert bench.http.get("/crm/v3/pipelines/deals/default").json() == pipeline
    assert bench.http.get("/crm/v3/pipelines/deals/default/stages").json()["results"] == pipeline["stages"]
    assert bench.http.get("/crm/v3/pipelines/deals/default/stages/closedwon").json() == pipeline["stages"][5]


def test_the_support_pipeline_closes_in_stage_four(bench: Bench) -> None:
    stages = bench.http.get("/crm/v3/pipelines/tickets/0/stages").json()["results"]
    assert [(one["id"], one["metadata"]["ticketState"]) for one in stages] == [("1", "OPEN"), ("2", "OPEN"), ("3", "OPEN"), ("4", "CLOSED")]


def test_a_pipeline_of_ones_own_has_numeric_stages_and_offers_them_as_options(bench: Bench) -> None:
    made = bench.portal.pipeline("deals", "Travaux", [("Devis", {"isClosed": "false", "probability": "0.5"})])
    assert made.stages[0].id.isdigit()
    assert [one["id"] for one in bench.http.get("/crm/v3/pipelines/deals").json()["results"]] == ["default", made.id]
    options = bench.http.get("/crm/v3/properties/deals/dealstage").json()["options"]
    assert made.stages[0].id in {one["value"] for one in options}
    assert bench.http.get(f"/crm/v3/properties/deals/hs_v2_date_entered_{made.stages[0].id}").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/crm/v3/pipelines/companies", 400),
        ("/crm/v3/pipelines/butterflies", 400),
        ("/crm/v3/pipelines/deals/none", 404),
        ("/crm/v3/pipelines/deals/none/stages", 404),
        ("/crm/v3/pipelines/deals/default/stages/none", 404),
    ],
)
def test_pipelines_that_are_not_there(bench: Bench, path: str, status: int) -> None:
    assert bench.http.get(path).status_code == status


def test_pipelines_need_a_scope_of_the_object(bench: Bench) -> None:
    assert bench.http("GET", "/crm/v3/pipelines/deals", token=bench.portal.token(["crm.objects.companies.read"])).status_code == 403
    assert bench.http("GET", "/crm/v3/pipelines/deals", token=bench.portal.token(["crm.schemas.deals.read"])).status_code == 200


# ---------------------------------------------------------------- schemas and limits


def test_schemas_list_only_custom_objects_with_all_their_names(bench: Bench) -> None:
    assert bench.http.get("/crm-object-schemas/v3/schemas").json() == {"results": []}
    kind = bench.portal.define("time_sheets", {"hours": "number"})
    found = bench.http.get("/crm/v3/schemas").json()["results"]
    assert [(one["objectTypeId"], one["name"], one["fullyQualifiedName"]) for one in found] == [
        (kind, "time_sheets", f"p{bench.portal.portal_id}_time_sheets")
    ]
    assert "hours" in {prop["name"] for prop in found[0]["properties"]}
    assert any(one["toObjectTypeId"] == "0-2" for one in found[0]["associations"])
    assert bench.http.get(f"/crm/v3/schemas/{kind}").json() == found[0]
    assert bench.http.get("/crm/v3/schemas/2-999").status_code == 400
    assert bench.http.get("/crm/v3/schemas", archived="true").json() == {"results": []}


def test_custom_records_show_their_own_creation_property(bench: Bench) -> None:
    kind = bench.portal.define("time_sheets", {"hours": "number"})
    bench.portal.create(kind, {"hours": "4"})
    shown = bench.http.get(f"/crm/v3/objects/{kind}", properties="hours").json()["results"][0]["properties"]
    assert list(shown) == ["hours", "hs_createdate", "hs_lastmodifieddate", "hs_object_id"]


def test_limits_tracking_counts_custom_properties_and_needs_a_record_scope(bench: Bench) -> None:
    bench.portal.define("companies", {"siren": "string"})
    lines = {one["objectTypeId"]: one for one in bench.http.get("/crm/limits/2026-09/custom-properties").json()["byObjectType"]}
    assert (lines["0-2"]["usage"], lines["0-2"]["limit"], lines["0-3"]["usage"]) == (1, 1_000, 0)
    schema_only = bench.portal.token(["crm.schemas.companies.read"])
    assert bench.http("GET", "/crm/limits/2026-09/custom-properties", token=schema_only).status_code == 403
    bench.portal.define("time_sheets", {"hours": "number"})
    assert bench.http.get("/crm/limits/2026-09/custom-object-types").json()["usage"] == 1
    assert bench.http("GET", "/crm/limits/2026-09/custom-object-types", token=schema_only).status_code == 403


@pytest.mark.parametrize("kind", [one.name for one in STANDARD])
def test_every_standard_object_defines_its_default_and_required_properties(bench: Bench, kind: str) -> None:
    names = {one["name"] for one in bench.http.get(f"/crm/v3/properties/{kind}").json()["results"]}
    found = bench.portal.kind(kind)
    assert set(found.defaults) <= names
    assert {name for group in found.required for name in group} | set(found.any_of) <= names
    assert found.modified in names
    assert len(names) > 15

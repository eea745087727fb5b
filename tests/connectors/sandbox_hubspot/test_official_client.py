"""The vendor's own Python library against the sandbox: an independent client that knows shapes we did not choose."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hubspot import HubSpot
from hubspot.crm import companies, contacts, deals
from hubspot.crm.associations import v4
from hubspot.crm.objects import tasks
from hubspot.crm.properties import BatchInputPropertyCreate, PropertyCreate, PropertyGroupCreate, PropertyUpdate

from tests.connectors.sandbox_hubspot.conftest import START

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.connectors.sandbox_hubspot.conftest import Bench

DUE = "2026-12-01T09:00:00.000Z"


class Transport:
    """The library's network layer over one session, as its api_factory allows; `dated` rewrites paths to the date-versioned family."""

    def __init__(self, host: str, token: str, *, dated: bool) -> None:
        self.session, self.dated, self.made = requests.Session(), dated, {}
        self.client = HubSpot(access_token=token, host=host, api_factory=self.build)

    def build(self, package: Any, name: str, config: dict[str, Any]) -> Any:
        made = package.Configuration()
        made.access_token, made.host = config["access_token"], config["host"]
        client = package.ApiClient(configuration=made)
        client.rest_client = _Rest(self, package)
        return self.made.setdefault((package.__name__, name), getattr(package, name)(client))

    def rewrite(self, url: str) -> str:
        if not self.dated:
            return url
        for area in ("objects", "associations", "properties", "owners", "pipelines"):
            url = url.replace(f"/crm/v3/{area}/", f"/crm/{area}/2026-03/").replace(f"/crm/v4/{area}/", f"/crm/{area}/2026-03/")
        return url.rstrip("/")


class _Answer:
    def __init__(self, answer: requests.Response) -> None:
        self.status, self.reason, self.data, self.headers = answer.status_code, answer.reason, answer.content, answer.headers

    def getheaders(self) -> Any:
        return self.headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        return self.headers.get(name, default)


class _Rest:
    def __init__(self, transport: Transport, package: Any) -> None:
        self.transport, self.package = transport, package

    def __getattr__(self, verb: str) -> Any:
        def call(url: str, headers: Any = None, query_params: Any = None, body: Any = None, **_: Any) -> _Answer:
            answer = self.transport.session.request(
                verb, self.transport.rewrite(url), params=query_params, headers=headers, json=body, timeout=10
            )
            if answer.status_code >= 300:
                raise self.package.exceptions.ApiException(http_resp=_Answer(answer))
            return _Answer(answer)

        return call


@pytest.fixture(params=["v3", "2026-03"])
def sdk(bench: Bench, request: pytest.FixtureRequest) -> Iterator[HubSpot]:
    transport = Transport(bench.http.url, bench.portal.access_token, dated=request.param != "v3")
    yield transport.client
    transport.session.close()


def test_the_library_pages_through_a_list(bench: Bench, sdk: HubSpot) -> None:
    made = {bench.portal.create("companies", {"name": f"C{n}"}) for n in range(230)}
    bench.portal.archive("companies", gone := made.pop())
    assert {row.id for row in sdk.crm.companies.get_all(properties=["name"])} == made
    page = sdk.crm.companies.basic_api.get_page(limit=100, archived=True)
    assert [row.id for row in page.results] == [gone]
    assert page.results[0].archived_at == START
    assert page.paging is None


def test_the_library_reads_and_writes_one_record(bench: Bench, sdk: HubSpot) -> None:
    made = sdk.crm.companies.basic_api.create(
        companies.SimplePublicObjectInputForCreate(properties={"name": "Aulne", "annualrevenue": "12"})
    )
    changed = sdk.crm.companies.basic_api.update(made.id, companies.SimplePublicObjectInput(properties={"city": "Lyon"}))
    assert changed.properties["city"] == "Lyon"
    seen = sdk.crm.companies.basic_api.get_by_id(made.id, properties=["name", "city", "phone"])
    assert (seen.properties["name"], seen.properties["city"], seen.properties["phone"]) == ("Aulne", "Lyon", None)
    assert seen.created_at == START
    sdk.crm.companies.basic_api.archive(made.id)
    with pytest.raises(companies.exceptions.ApiException) as refused:
        sdk.crm.companies.basic_api.get_by_id(made.id)
    assert refused.value.status == 404


def test_the_library_sees_partial_success_as_a_model_with_errors(bench: Bench, sdk: HubSpot) -> None:
    held = bench.portal.create("contacts", {"email": "ana@rivoal.fr"})
    rows = [
        contacts.SimplePublicObjectBatchInputForCreate(properties={"email": email}, associations=[], object_write_trace_id=str(n))
        for n, email in enumerate(["leo@rivoal.fr", "ana@rivoal.fr"])
    ]
    answer = sdk.crm.contacts.batch_api.create(contacts.BatchInputSimplePublicObjectBatchInputForCreate(inputs=rows))
    assert type(answer).__name__ == "BatchResponseSimplePublicObjectWithErrors"
    assert answer.num_errors == 1
    assert answer.errors[0].context["existingId"] == [held]


def test_the_library_reads_updates_and_archives_batches(bench: Bench, sdk: HubSpot) -> None:
    made = [bench.portal.create("deals", {"dealname": f"D{n}", "dealstage": "contractsent"}) for n in range(3)]
    changes = [deals.SimplePublicObjectBatchInput(id=one, properties={"dealstage": "closedwon"}) for one in made]
    assert len(sdk.crm.deals.batch_api.update(deals.BatchInputSimplePublicObjectBatchInput(inputs=changes)).results) == 3
    ids = [deals.SimplePublicObjectId(id=one) for one in made]
    wish = deals.BatchReadInputSimplePublicObjectId(inputs=ids, properties=["hs_is_closed_won"], properties_with_history=["dealstage"])
    rows = sdk.crm.deals.batch_api.read(wish).results
    assert {row.properties["hs_is_closed_won"] for row in rows} == {"true"}
    assert [one.value for one in rows[0].properties_with_history["dealstage"]] == ["closedwon", "contractsent"]
    assert sdk.crm.deals.batch_api.archive(deals.BatchInputSimplePublicObjectId(inputs=ids)) is None
    assert bench.portal.ids("deals") == []


def test_the_library_upserts_tasks_by_key(bench: Bench, sdk: HubSpot) -> None:
    bench.portal.define("tasks", [{"name": "equilibre_key", "type": "string", "fieldType": "text", "hasUniqueValue": True}])
    row = tasks.SimplePublicObjectBatchInputUpsert(id="k1", id_property="equilibre_key", properties={"hs_timestamp": DUE})
    wish = tasks.BatchInputSimplePublicObjectBatchInputUpsert(inputs=[row])
    assert [one.new for one in sdk.crm.objects.tasks.batch_api.upsert(wish).results] == [True]
    assert [one.new for one in sdk.crm.objects.tasks.batch_api.upsert(wish).results] == [False]


def test_the_library_searches(bench: Bench, sdk: HubSpot) -> None:
    for n in range(3):
        bench.portal.create("companies", {"name": f"C{n}"}, created=START - timedelta(days=n))
    since = str(round((START - timedelta(days=1)).timestamp() * 1000))
    groups = [{"filters": [{"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": since}]}]
    wish = companies.PublicObjectSearchRequest(filter_groups=groups, sorts=["hs_object_id"], properties=["name"], limit=1)
    answer = sdk.crm.companies.search_api.do_search(wish)
    assert (answer.total, len(answer.results), answer.paging.next.after) == (2, 1, "1")


def test_the_library_associates_and_reads_associations(bench: Bench, sdk: HubSpot) -> None:
    company = bench.portal.create("companies", {"name": "A"})
    deal, alone = (bench.portal.create("deals", {"dealstage": "closedwon"}) for _ in range(2))
    spec = v4.AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=5)
    post = v4.PublicAssociationMultiPost(types=[spec], _from=v4.PublicObjectId(deal), to=v4.PublicObjectId(company))
    made = sdk.crm.associations.v4.batch_api.create("deals", "companies", v4.BatchInputPublicAssociationMultiPost(inputs=[post]))
    assert made.results[0].labels == ["Primary"]
    asked = [v4.PublicFetchAssociationsBatchRequest(id=one) for one in (deal, alone)]
    batch = v4.BatchInputPublicFetchAssociationsBatchRequest(inputs=asked)
    answer = sdk.crm.associations.v4.batch_api.get_page("deals", "companies", batch)
    assert answer.results[0].to[0].association_types[0].label == "Primary"
    assert answer.errors[0].context["fromObjectId"] == [alone]
    page = sdk.crm.associations.v4.basic_api.get_page("deals", deal, "companies")
    assert [str(one.to_object_id) for one in page.results] == [company]
    default = sdk.crm.associations.v4.basic_api.create_default("deals", alone, "companies", company)
    assert default.results[0].association_spec.association_type_id == 341
    sdk.crm.associations.v4.basic_api.archive("deals", deal, "companies", company)
    assert bench.portal.associated("deals", deal, "companies") == {}


def test_the_library_provisions_properties(sdk: HubSpot) -> None:
    sdk.crm.properties.groups_api.create("companies", PropertyGroupCreate(name="equilibre", label="Équilibre"))
    new = PropertyCreate(name="eq_run", label="Run", group_name="equilibre", type="string", field_type="text")
    made = sdk.crm.properties.batch_api.create("companies", BatchInputPropertyCreate(inputs=[new]))
    assert made.results[0].modification_metadata.archivable is True
    assert sdk.crm.properties.core_api.update("companies", "eq_run", PropertyUpdate(label="Passage")).label == "Passage"
    assert "eq_run" in {one.name for one in sdk.crm.properties.core_api.get_all("companies").results}
    sdk.crm.properties.core_api.archive("companies", "eq_run")
    assert [one.name for one in sdk.crm.properties.core_api.get_all("companies", archived=True).results] == ["eq_run"]


def test_the_library_reads_owners_and_pipelines(bench: Bench, sdk: HubSpot) -> None:
    owner = bench.portal.owner("ana@rivoal.fr", "Ana", "Roy")
    assert [one.id for one in sdk.crm.owners.owners_api.get_page(limit=100, archived=False).results] == [owner]
    assert sdk.crm.pipelines.pipelines_api.get_all("deals").results[0].stages[5].metadata["isClosed"] == "true"


def test_the_library_merges_and_erases(bench: Bench, sdk: HubSpot) -> None:
    first, second = (bench.portal.create("companies", {"name": name}) for name in "AB")
    wish = companies.PublicMergeInput(primary_object_id=first, object_id_to_merge=second)
    assert sdk.crm.companies.basic_api.merge(wish).id == first
    contact = bench.portal.create("contacts", {"email": "ana@rivoal.fr"})
    sdk.crm.contacts.basic_api.purge(contacts.PublicGdprDeleteInput(object_id=contact))
    assert bench.portal.ids("contacts") == []


def test_the_library_over_its_own_network_layer(bench: Bench) -> None:
    record = bench.portal.create("companies", {"name": "A"})
    client = HubSpot(access_token=bench.portal.access_token, host=bench.http.url)
    api = client.crm.companies.basic_api
    assert [row.id for row in api.get_page().results] == [record]
    api.api_client.configuration.access_token = "nobody"
    with pytest.raises(companies.exceptions.UnauthorizedException):
        api.get_page()
    owners = client.crm.owners.owners_api
    assert owners.get_page().results == []
    for one in (api, owners):
        one.api_client.rest_client.pool_manager.clear()

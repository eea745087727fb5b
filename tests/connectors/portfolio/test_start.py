"""The sandbox as a whole: it serves, its config is one the product accepts, and its credentials are private."""

from __future__ import annotations

import stat
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests

from connectors.sandbox import start, toml
from sync.config import load

TODAY = date(2026, 5, 12)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with start("small", today=TODAY, directory=tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


def test_both_crms_answer_on_loopback(running):
    assert requests.get(f"{running.salesforce_url}/services/data/", timeout=5).status_code == 200
    companies = requests.get(
        f"{running.hubspot_url}/crm/v3/objects/companies", headers={"Authorization": f"Bearer {running.hubspot.access_token}"}, timeout=5
    )
    assert companies.status_code == 200
    assert companies.json()["results"]
    assert running.audit.calls


def test_the_config_is_accepted_by_the_product_and_survives_toml(running, tmp_path):
    text = toml(running.config)
    assert tomllib.loads(text) == running.config
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    config, warnings = load(file, {})
    assert warnings == []
    assert config.enabled == ("salesforce", "hubspot")
    assert (config.salesforce.endpoint, config.hubspot.endpoint) == (running.salesforce_url, running.hubspot_url)


def test_secrets_lie_in_files_that_only_their_owner_can_read(running):
    files = [Path(running.config["salesforce"]["private_key_file"]), Path(running.config["hubspot"]["access_token_file"])]
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]
    assert all(file.is_relative_to(running.directory) for file in files)
    assert running.hubspot.access_token not in toml(running.config)


def test_the_clock_of_both_crms_stands_on_the_day_that_was_asked_for(running):
    assert running.clock().astimezone(ZoneInfo("Europe/Paris")).date() == TODAY
    assert abs(running.salesforce.clock() - running.hubspot.clock()) < timedelta(seconds=1)
    assert running.portfolio.today == TODAY


def test_a_story_names_its_group_as_the_product_prints_it(running):
    story = running.portfolio.story("client-historique")
    crm, _, record = running.group(story).partition(":")
    assert crm == "salesforce"
    assert running.salesforce.record(record)["Name"] == "Vaubréal Équipements"
    assert running.group(running.portfolio.story("portefeuille-concentre")) is None
    assert running.group(running.portfolio.story("insultes")).startswith("hubspot:")


OBJECTS = {
    "accounts": "Account",
    "contacts": "Contact",
    "contracts": "Contract",
    "orders": "Order",
    "order_changes": "OrderHistory",
    "cases": "Case",
    "activities": "Event",
}


def test_every_field_mapped_in_salesforce_exists_there(running):
    schema = running.salesforce.schema
    for table, columns in running.config["salesforce"]["tables"].items():
        for column, name in columns.items():
            kind = schema.of(columns.get("object") or OBJECTS[table])
            *parents, field = name.split(".")
            for parent in parents:
                kind = schema.of(kind.up[parent.lower()].reference_to[0])
            assert column == "object" or name.startswith("=") or field.lower() in kind.fields, (table, name)


def test_every_property_mapped_in_hubspot_exists_there(running):
    kinds = {"accounts": "companies", "cases": "tickets", "activities": "meetings"}
    for table, columns in running.config["hubspot"]["tables"].items():
        kind = running.hubspot.kind(columns.get("object", kinds.get(table, table)))
        known = {prop.name for prop in running.hubspot.definitions[kind.id].listed(running.hubspot.now())}
        for column, name in columns.items():
            assert column == "object" or name.startswith("=") or name in known, (table, name)


def test_a_port_that_is_taken_is_said_and_leaves_nothing_serving(running):
    port = int(running.hubspot_url.rsplit(":", 1)[1])
    with pytest.raises(OSError, match="in use"):
        start("small", today=TODAY, hubspot_port=port)


def test_without_a_day_it_is_today_and_without_a_directory_nothing_stays():
    with start("small") as sandbox:
        directory = sandbox.directory
        assert abs(sandbox.clock() - datetime.now(UTC)) < timedelta(seconds=1)
        assert (directory / "secrets").is_dir()
    assert not directory.exists()


def test_two_sandboxes_run_beside_each_other(running):
    with start("small", today=TODAY) as other:
        assert {other.salesforce_url, other.hubspot_url}.isdisjoint({running.salesforce_url, running.hubspot_url})

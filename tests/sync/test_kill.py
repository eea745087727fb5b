"""kill -9 at every kind of place, then the same command again: no task twice, no flag lost, the same end as undisturbed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from connectors import sandbox
from connectors.sandbox.faults import Fault
from tests.extent import family
from tests.sync.crms import start, start_synced

LONG = 30.0
PLACES = {
    "salesforce sign-in": ("salesforce", {"path": "/services/oauth2/token", "delay": LONG}),
    "salesforce first page": ("salesforce", {"path": "FROM Account", "slow": LONG}),
    "salesforce later object": ("salesforce", {"path": "FROM Invoice__c", "slow": LONG}),
    "hubspot list": ("hubspot", {"path": "/crm/v3/objects/companies", "method": "GET", "slow": LONG}),
    "hubspot associations": ("hubspot", {"path": "/crm/v4/associations/.*/batch/read", "slow": LONG}),
    "salesforce flags before they are set": ("salesforce", {"path": "/composite/sobjects$", "method": "PATCH", "delay": LONG}),
    "salesforce flags after they are set": ("salesforce", {"path": "/composite/sobjects$", "method": "PATCH", "slow": LONG}),
    "salesforce tasks before they are made": ("salesforce", {"path": "/composite/sobjects/Task", "method": "PATCH", "delay": LONG}),
    "salesforce tasks after they are made": ("salesforce", {"path": "/composite/sobjects/Task", "method": "PATCH", "slow": LONG}),
    "hubspot flags after they are set": ("hubspot", {"path": "/companies/batch/update", "method": "POST", "slow": LONG}),
    "hubspot tasks after they are made": ("hubspot", {"path": "/tasks/batch/(create|upsert)", "method": "POST", "slow": LONG}),
    "hubspot tasks before they are made": ("hubspot", {"path": "/tasks/batch/(create|upsert)", "method": "POST", "delay": LONG}),
}


def prepared(directory):
    running = start(directory)
    (directory / "config.toml").write_text(sandbox.toml(running.config), encoding="utf-8")
    return running


def sync(directory, **options):
    command = [
        sys.executable,
        "-c",
        "from sync.cli import app; app()",
        "sync",
        "--backlog",
        "--json",
        "--config",
        str(directory / "config.toml"),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def state(running):
    """What people see: our flags per account without the stamps, our tasks by key and record, in both CRMs."""
    ours = ["EQ_Level__c", "EQ_Open_Rules__c", "EQ_Revenue_Share__c", "EQ_Stage_Proposed__c", "EQ_Index__c"]
    flags = {row["Id"]: tuple(row.get(name) for name in ours) for row in running.salesforce.records("Account") if row.get("EQ_Level__c")}
    tasks = Counter((row["EQ_Key__c"], row.get("WhatId")) for row in running.salesforce.records("Task") if row.get("EQ_Key__c"))
    portal = running.hubspot
    names = [name.lower().removesuffix("__c") for name in ours]
    for id_ in portal.ids("companies"):
        properties = portal.get("companies", id_)
        if properties.get("eq_level"):
            flags[id_] = tuple(properties.get(name) for name in names)
    for id_ in portal.ids("tasks"):
        properties = portal.get("tasks", id_)
        if properties.get("equilibre_key"):
            tasks[properties["equilibre_key"], next(iter(portal.associated("tasks", id_, "companies")), None)] += 1
    return flags, tasks


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    running, _ = start_synced(tmp_path_factory.mktemp("calm"))
    result = state(running)
    running.stop()
    return result


@pytest.mark.parametrize("place", family(PLACES, ("salesforce tasks after they are made",)))
def test_killed_and_run_again(place, tmp_path, undisturbed):
    running = prepared(tmp_path)
    crm, fault = PLACES[place]
    faults = getattr(running, f"{crm}_faults")
    faults.add(Fault(**fault, times=1))
    process = sync(tmp_path, start_new_session=True)
    deadline = time.monotonic() + 40
    while faults.pending and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.poll() is None, process.communicate()[1]
    time.sleep(0.3)  # let what comes after the head happen: the request is carried out, its answer hangs
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    faults.clear()
    again = sync(tmp_path)
    _, errors = again.communicate(timeout=60)
    assert again.returncode == 0, errors
    flags, tasks = state(running)
    running.stop()
    assert flags == undisturbed[0]
    assert tasks == undisturbed[1]
    assert max(tasks.values()) == 1

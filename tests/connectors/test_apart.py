"""The sandbox in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tomllib
from datetime import date

import pytest
import requests

from connectors.sandbox.apart import Apart

TODAY = date(2026, 6, 30)


def lives(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_serves_both_crms_until_it_is_stopped(tmp_path):
    with Apart("small", TODAY, tmp_path) as crms:
        config = tomllib.loads(crms.toml())
        urls = [config[crm]["endpoint"] for crm in ("salesforce", "hubspot")]
        assert [requests.get(url, timeout=10).status_code < 500 for url in urls] == [True, True]
    for url in urls:
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=10)


def test_it_ends_when_its_parent_is_killed(tmp_path):
    code = (
        "import os, datetime, pathlib; from connectors.sandbox.apart import Apart; "
        f"crms = Apart('small', datetime.date(2026, 6, 30), pathlib.Path({str(tmp_path)!r})); crms.toml(); "
        "print(crms._child.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    child = int(done.stdout)
    deadline = time.monotonic() + 20
    while lives(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not lives(child)


def test_a_sandbox_that_cannot_start_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with Apart("small", TODAY, tmp_path / "file") as crms, pytest.raises(OSError, match="could not be started"):
        crms.toml()

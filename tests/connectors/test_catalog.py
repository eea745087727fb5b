from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from connectors import catalog
from connectors.contract import Runtime
from connectors.settings import SalesforceSettings

RUNTIME = Runtime(clock=lambda: datetime(2026, 1, 1, tzinfo=UTC), sleep=lambda _seconds: None)


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        catalog.connect("sugar", SalesforceSettings(), RUNTIME)


def test_a_link_is_made_without_a_request() -> None:
    link = catalog.connect("salesforce", SalesforceSettings(), RUNTIME)
    assert link.crm == "salesforce"
    assert link.reader() is link.reader()
    link.close()


def test_the_catalog_loads_no_vendor_library_before_it_is_asked() -> None:
    code = "import sys, connectors.catalog; sys.exit(any(name in sys.modules for name in ('simple_salesforce', 'hubspot', 'zeep', 'requests')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

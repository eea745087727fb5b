"""Airbyte's Salesforce source over Bulk API 2.0; of the last two days, which is one job an object: the server gives all whatever is asked."""

from datetime import UTC, datetime, timedelta

from airbyte_source import read
from loopback import redirect

redirect()
start = (datetime.now(UTC) - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
read("source_salesforce", {"client_id": "x", "client_secret": "x", "refresh_token": "x", "start_date": start})

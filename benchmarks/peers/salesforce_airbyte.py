"""Airbyte's Salesforce source by its own entry point, over Bulk API 2.0: one line of JSON a record into a file. Nothing is loaded."""

import json
import logging
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from loopback import FOLDER, WANTED, measured, redirect

redirect()
config, catalog = Path(FOLDER) / "config.json", Path(FOLDER) / "catalog.json"
start = (datetime.now(UTC) - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")  # one job an object: the server gives all whatever is asked
config.write_text(json.dumps({"client_id": "x", "client_secret": "x", "refresh_token": "x", "start_date": start}))
streams = [
    {
        "stream": {"name": name, "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]},
        "sync_mode": "full_refresh",
        "destination_sync_mode": "overwrite",
    }
    for name in WANTED
]
catalog.write_text(json.dumps({"streams": streams}))
sys.argv[1:] = ["read", "--config", str(config), "--catalog", str(catalog)]

from source_salesforce.run import run  # noqa: E402 - reads the arguments

logging.disable(logging.WARNING)
with measured(b'"type":"RECORD"'):
    run()

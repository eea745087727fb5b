"""Airbyte's HubSpot source by its own entry point: one line of JSON a record into a file. No destination, nothing is loaded."""

import json
import logging
import sys
from pathlib import Path

from loopback import FOLDER, WANTED, measured, redirect

ENTITIES = {"companies": "company", "deals": "deal", "tickets": "ticket"}

redirect([(f"/crm/v3/objects/{one}", f"/crm/v3/objects/{kind}") for kind, one in ENTITIES.items()])
config, catalog = Path(FOLDER) / "config.json", Path(FOLDER) / "catalog.json"
config.write_text(
    json.dumps(
        {
            "start_date": "2006-06-01T00:00:00Z",
            "credentials": {"credentials_title": "Private App Credentials", "access_token": "pat"},
        }
    )
)
streams = [
    {
        "stream": {"name": kind, "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]},
        "sync_mode": "full_refresh",
        "destination_sync_mode": "overwrite",
    }
    for kind in WANTED
]
catalog.write_text(json.dumps({"streams": streams}))
sys.argv[1:] = ["read", "--config", str(config), "--catalog", str(catalog)]

from source_hubspot.run import run  # noqa: E402 - reads the arguments

logging.disable(logging.WARNING)
with measured(b'"type":"RECORD"'):
    run()

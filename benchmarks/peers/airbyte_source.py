"""An Airbyte source by its own entry point: one line of JSON a record into a file. No destination, nothing is loaded."""

import importlib
import json
import logging
import sys
from pathlib import Path

from loopback import FOLDER, WANTED, measured


def read(package: str, settings: dict) -> None:
    """Read the wanted streams in full; `settings` are the source's configuration."""
    config, catalog = Path(FOLDER) / "config.json", Path(FOLDER) / "catalog.json"
    config.write_text(json.dumps(settings))
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
    program = importlib.import_module(f"{package}.run")  # reads the arguments
    logging.disable(logging.WARNING)
    with measured(b'"type":"RECORD"'):
        program.run()

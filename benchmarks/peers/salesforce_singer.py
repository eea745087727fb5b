"""Stitch's Singer tap over Bulk API 1.0, the one it speaks: one line of JSON a record into a file. No target, nothing is loaded."""

import logging

import tap_salesforce
from loopback import WANTED, measured, redirect
from singer import metadata
from tap_salesforce.salesforce import Salesforce
from tap_salesforce.sync import sync_stream

logging.disable(logging.WARNING)
redirect()
sf = Salesforce(refresh_token="x", sf_client_id="x", sf_client_secret="x", default_start_date="2000-01-01T00:00:00Z", api_type="BULK")
with measured(b'"type": "RECORD"'):
    sf.login()
    for name in WANTED:
        properties, told = {}, metadata.new()
        for field in sf.describe(name)["fields"]:
            properties[field["name"]], told = tap_salesforce.create_property_schema(field, told, "Id")
            told = metadata.write(told, ("properties", field["name"]), "selected", True)  # noqa: FBT003 - theirs
        entry = {
            "stream": name,
            "tap_stream_id": name,
            "schema": {"type": "object", "properties": properties},
            "metadata": metadata.to_list(told),
        }
        sync_stream(sf, entry, {})

"""Airbyte's HubSpot source; the server knows its objects by their plural names only."""

from airbyte_source import read
from loopback import redirect

ENTITIES = {"companies": "company", "deals": "deal", "tickets": "ticket"}

redirect([(f"/crm/v3/objects/{one}", f"/crm/v3/objects/{kind}") for kind, one in ENTITIES.items()])
credentials = {"credentials_title": "Private App Credentials", "access_token": "pat"}
read("source_hubspot", {"start_date": "2006-06-01T00:00:00Z", "credentials": credentials})

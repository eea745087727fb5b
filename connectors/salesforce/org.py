"""Who we are signed in to, and whether the configured API version is served."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from connectors.contract import Org
from connectors.failures import Denied, Rejected, Unprepared
from connectors.salesforce.soql import long_id
from connectors.salesforce.verdicts import CRM

if TYPE_CHECKING:
    from connectors.salesforce.client import Client


def identify(client: Client) -> Org:
    """Sign in and look at the org. Raises Denied for a bad credential, Unprepared for a version that is not served."""
    grant = client.grant
    served = versions(client)
    if client.version not in served:
        newest = max(served, key=float, default="")
        what = f"API version {client.version} is not served here; the newest is {newest}: set salesforce.api_version"
        raise Unprepared(CRM, "sign-in", what, missing=f"API version {client.version}")
    org_id = grant.org_id or _organization(client)
    if not org_id:
        raise Denied(
            CRM,
            "sign-in",
            "the organisation id is not told",
            missing="the organisation id",
            mend="let the integration user read Organization",
        )
    return Org(
        crm=CRM,
        id=org_id,
        link=f"https://{grant.instance}/lightning/r/{{object}}/{{id}}/view",
        api_version=client.version,
    )


def versions(client: Client) -> tuple[str, ...]:
    """List the API versions that the instance serves."""
    return tuple(str(one["version"]) for one in client.get("/services/data/", "API versions") or ())


def _organization(client: Client) -> str:
    """The organisation's id, when the token answer did not say it."""
    with suppress(Denied, Unprepared, Rejected):
        rows = client.query("SELECT Id FROM Organization", "query Organization")
        return long_id(str(rows[0]["Id"])) if rows else ""
    return ""

"""Name -> connector. The chosen package is imported when asked for, so that a command which needs one CRM does not pay for two."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.contract import Link, Runtime
    from connectors.settings import FilesSettings, HubspotSettings, SalesforceSettings

    Settings = SalesforceSettings | HubspotSettings | FilesSettings

CONNECTORS: Final = {"salesforce": "connectors.salesforce", "hubspot": "connectors.hubspot", "files": "connectors.files"}
"""Each package offers `connect(settings, runtime) -> Link`. Nothing is sent before a role of the link is used."""


def connect(name: str, settings: Settings, runtime: Runtime) -> Link:
    """Give the link to a CRM by its name. Raises KeyError for a name that is not in CONNECTORS."""
    package = import_module(CONNECTORS[name])
    return cast("Callable[[Settings, Runtime], Link]", package.connect)(settings, runtime)

"""One portal, three roles: they share session, pace and count of calls, and each has a fence of its own."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from connectors.hubspot.allowed import provisioning, reading, writing
from connectors.hubspot.client import Client
from connectors.hubspot.read import HubspotReader
from connectors.hubspot.remembered import Remembered
from connectors.hubspot.schema import Schema
from connectors.hubspot.wire import CRM, Wire

if TYPE_CHECKING:
    from connectors.contract import Provisioner, Reader, Runtime, Writer
    from connectors.settings import HubspotSettings


class HubspotLink:
    """The Link of connectors/contract.py. Roles are made when asked for; asking again gives the same one."""

    crm = CRM

    def __init__(self, settings: HubspotSettings, runtime: Runtime) -> None:
        self._settings = settings
        self._wire = Wire(settings, runtime)
        folder = runtime.memory / CRM if runtime.memory is not None else None
        remembered = Remembered(folder, runtime.clock, lambda: self._reader.org.id)
        self._schema = Schema(client=Client(self._wire, reading(settings.api_version)), settings=settings, remembered=remembered)

    def reader(self) -> Reader:
        return self._reader

    def writer(self) -> Writer:
        return self._writer

    def provisioner(self) -> Provisioner:
        return self._provisioner

    def close(self) -> None:
        self._wire.close()

    @cached_property
    def _reader(self) -> HubspotReader:
        return HubspotReader(self._settings, self._schema)

    @cached_property
    def _writer(self) -> Writer:
        from connectors.hubspot.write import HubspotWriter  # noqa: PLC0415 - a run that only reads never loads it

        return HubspotWriter(Client(self._wire, writing(self._settings.api_version)), self._schema, self._reader)

    @cached_property
    def _provisioner(self) -> Provisioner:
        from connectors.hubspot.provision import HubspotProvisioner  # noqa: PLC0415 - a sync never loads it

        return HubspotProvisioner(Client(self._wire, provisioning(self._settings.api_version)), self._schema)

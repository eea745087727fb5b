"""One org, three roles: they share the sign-in, the describes and the count of calls, and each has a fence of its own."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from connectors.quota import Calls
from connectors.retry import Retry
from connectors.salesforce.allowed import READING, WRITING, provisioning
from connectors.salesforce.client import Client, access_for
from connectors.salesforce.read import SalesforceReader
from connectors.salesforce.schema import OrgSchema
from connectors.salesforce.verdicts import CRM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.contract import Provisioner, Reader, Runtime, Writer
    from connectors.fence import Rule
    from connectors.settings import SalesforceSettings


class SalesforceLink:
    """The Link of connectors/contract.py. Roles are made when asked for; asking again gives the same one."""

    crm = CRM

    def __init__(self, settings: SalesforceSettings, runtime: Runtime) -> None:
        self._settings, self._runtime = settings, runtime
        self._calls = Calls(crm=CRM, ceiling=runtime.calls_per_run, share=runtime.day_share)
        self._retry = Retry(runtime)
        self._access = access_for(settings, self._calls, READING)
        self._clients: list[Client] = []

    def reader(self) -> Reader:
        return self._reader

    def writer(self) -> Writer:
        return self._writer

    def provisioner(self) -> Provisioner:
        return self._provisioner

    def close(self) -> None:
        self._access.close()
        for client in self._clients:
            client.close()

    @cached_property
    def _reader(self) -> SalesforceReader:
        return SalesforceReader(self._settings, self._runtime, self._reading, self._schema)

    @cached_property
    def _writer(self) -> Writer:
        from connectors.salesforce.write import SalesforceWriter  # noqa: PLC0415 - a dry run never loads it

        return SalesforceWriter(self._client(WRITING), self._schema)

    @cached_property
    def _provisioner(self) -> Provisioner:
        from connectors.salesforce.package import judge  # noqa: PLC0415 - a sync never loads it
        from connectors.salesforce.provision import SalesforceProvisioner  # noqa: PLC0415

        return SalesforceProvisioner(self._runtime, self._client(provisioning(judge)), self._schema)

    @cached_property
    def _reading(self) -> Client:
        return self._client(READING)

    @cached_property
    def _schema(self) -> OrgSchema:
        return OrgSchema(self._reading)

    def _client(self, rules: Sequence[Rule]) -> Client:
        client = Client(self._settings, self._runtime, self._access, self._calls, self._retry, rules)
        self._clients.append(client)
        return client

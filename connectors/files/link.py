"""One directory, three roles that share the count of files read and written."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from connectors.files import CRM
from connectors.files.provision import FilesProvisioner
from connectors.files.read import FilesReader
from connectors.quota import Calls

if TYPE_CHECKING:
    from connectors.contract import Provisioner, Reader, Runtime, Writer
    from connectors.settings import FilesSettings


class FilesLink:
    """The Link of connectors/contract.py. Local files have no quota, so the ceiling of calls does not apply to them."""

    crm = CRM

    def __init__(self, settings: FilesSettings, runtime: Runtime) -> None:
        self._settings, self._runtime = settings, runtime
        self._calls = Calls(crm=CRM)

    def reader(self) -> Reader:
        return self._reader

    def writer(self) -> Writer:
        return self._writer

    def provisioner(self) -> Provisioner:
        return FilesProvisioner(self._settings)

    def close(self) -> None:
        """Nothing is held open between calls."""

    @cached_property
    def _reader(self) -> FilesReader:
        return FilesReader(self._settings, self._runtime, self._calls)

    @cached_property
    def _writer(self) -> Writer:
        from connectors.files.write import FilesWriter  # noqa: PLC0415 - a dry run never loads it

        return FilesWriter(self._settings, self._calls)

"""Makes the output folder, private to this user. Nothing else is needed, and nothing is ever removed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from connectors.contract import Check
from connectors.files import CRM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.settings import FilesSettings


class FilesProvisioner:
    """The Provisioner of connectors/contract.py."""

    def __init__(self, settings: FilesSettings) -> None:
        self._folder = settings.output

    def provision(self, *, dry_run: bool) -> Iterator[Check]:
        subject = f"{CRM} output"
        if self._folder.is_dir():
            is_open = os.access(self._folder, os.W_OK | os.X_OK)
            mend = "" if is_open else "give this user the right to write there, or set files.output"
            yield Check(
                subject=subject,
                state="ok" if is_open else "error",
                detail=f"{self._folder} {'is there' if is_open else 'cannot be written'}",
                mend=mend,
            )
        elif dry_run:
            yield Check(subject=subject, state="warning", detail=f"{self._folder} would be made")
        else:
            try:
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as error:
                yield Check(
                    subject=subject,
                    state="error",
                    detail=f"{self._folder}: {error.strerror}",
                    mend="set files.output to a folder that this user may write",
                )
            else:
                yield Check(subject=subject, state="ok", detail=f"{self._folder} was made")

"""A directory of files with a link to it, and facts that hold what was read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.contract import Runtime
from connectors.files import connect
from connectors.settings import FilesSettings
from sync.facts import Facts
from sync.land import RunLanding
from sync.pull import pull


class Place:
    """The files of one test. `pull` is a whole run's reading."""

    def __init__(self, root):
        self.root, self.data, self.out = root, root / "data", root / "out"
        self.data.mkdir()
        self.options = {}

    def write(self, name, content):
        file = self.data / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    @property
    def link(self):
        settings = FilesSettings(enabled=True, directory=self.data, output=self.out, **self.options)
        return connect(settings, Runtime(clock=lambda: datetime(2026, 3, 31, tzinfo=UTC), sleep=lambda _seconds: None))

    def pull(self, query="SELECT 1", **options):
        """Pull into the facts of this test; gives the report and the rows of a query."""
        with (
            RunLanding(self.root / "landing", "r") as landing,
            Facts.open(self.root / "facts.duckdb", zone="Europe/Paris", threads=1) as facts,
        ):
            report = pull(facts, {"files": self.link.reader()}, landing, **options)
            return report, facts.connection.execute(query).fetchall()


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)

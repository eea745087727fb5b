"""One stream into files: through REST pages for few rows, through a Bulk job for many, each where the other cannot.

REST counts as it goes and hands over to Bulk when the first page says there are too many rows, or the query runs too long; what Bulk
refuses comes back to REST. Neither skips a page: what is read is counted by distinct record and compared with what there should be.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

import structlog

from connectors.salesforce import bulk, soql
from connectors.salesforce.beforehand import Beforehand, counted, counting, reading, where_since
from connectors.salesforce.client import next_page
from connectors.salesforce.landed import PageFile, Tally
from connectors.salesforce.verdicts import CRM, TOO_HEAVY, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from connectors.contract import Landing, Runtime
    from connectors.salesforce.client import Client
    from connectors.salesforce.mapping import Pull
    from connectors.salesforce.unfinished import Unfinished

PAGE: Final = {"Sforce-Query-Options": "batchSize=2000"}
BROKEN_PAGINGS: Final = 5
"""How often a stream may lose its place before it is given up."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The files of one stream, the distinct records in them, and how many there should be (None: not known)."""

    files: tuple[Path, ...]
    records: int
    newest: str | None
    expected: int | None = None
    started: str | None = None
    """The server's own time (as an HTTP date) before the first row was asked for."""


class TooMany(Exception):
    """The first page says that this is work for Bulk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """Fetches streams of one org. `threshold` is the number of rows from which Bulk is used."""

    client: Client
    runtime: Runtime
    landing: Landing
    threshold: int
    unfinished: Unfinished
    known: Beforehand = field(default_factory=Beforehand)

    def fetch(self, pull: Pull, mark: str | None) -> Fetched:
        """Fetch the rows since the mark, all without one. Raises CrmError."""
        started = self.known.at or self.client.server_date
        return replace(self._fetch(pull, mark), started=started)

    def _fetch(self, pull: Pull, mark: str | None) -> Fetched:
        where = where_since(pull, mark)
        is_large = mark is None and pull.stream.name in self.known.large
        expected = self.count(pull) if mark is None and not is_large else None
        if expected == 0:
            file = self.landing.file(pull.stream.name, ".csv")
            PageFile(file, pull).close()
            return Fetched(files=(file,), records=0, newest=None, expected=0)
        fits = len(reading(pull, where)) <= soql.LONGEST
        if is_large or not fits or (expected or 0) > self.threshold:
            return self._bulk_else_rest(pull, where, expected)
        try:
            return self._through_rest(pull, where, expected, most=self.threshold)
        except TooMany:
            return self._bulk_else_rest(pull, where, expected)
        except Refused as error:
            if error.code not in TOO_HEAVY:
                raise
            return self._bulk_else_rest(pull, where, expected)

    def count(self, pull: Pull) -> int | None:
        """How many records the whole stream has now; None where counting itself takes too long."""
        known = self.known.count(counting(pull))
        return counted(self.client, pull, pull.where) if known is None else known

    def checked(self, pull: Pull, mark: str | None, fetched: Fetched) -> Fetched:
        """Count once more when a stream came out short: records may have been purged for good, or moved on, while it was read."""
        if fetched.expected is None or fetched.records >= fetched.expected:
            return fetched
        now = counted(self.client, pull, where_since(pull, mark))
        return fetched if now is None else replace(fetched, expected=min(now, fetched.expected))

    def _bulk_else_rest(self, pull: Pull, where: Sequence[str], expected: int | None) -> Fetched:
        try:
            return self._through_bulk(pull, where, expected)
        except bulk.NotBulk as error:
            log.info("read through REST instead of Bulk", crm=CRM, stream=pull.stream.name, why=str(error))
        return self._through_rest(pull, where, expected, most=None)

    def _through_bulk(self, pull: Pull, where: Sequence[str], expected: int | None) -> Fetched:
        text = soql.select(pull.stream.columns, pull.object, where)  # no ORDER BY: it would switch off the server's own chunking
        desk = bulk.Desk(client=self.client, pull=pull, query=text, landing=self.landing, runtime=self.runtime, unfinished=self.unfinished)
        got = bulk.read(desk, expected)
        files, records, newest = got.files, got.records, got.newest
        if got.resumed is not None and pull.cursor:
            began = soql.literal(parsedate_to_datetime(got.resumed))
            since = self._through_rest(pull, [*where, soql.since(pull.cursor, began)], None, most=None)
            files, newest = (*files, *since.files), max((stamp for stamp in (newest, since.newest) if stamp), default=None)
            with Tally(pull) as tally:
                for file in files:
                    tally.add(file)
                records = tally.records
        if expected is None:
            expected = counted(self.client, pull, where) if got.total is None else got.total
        return Fetched(files=files, records=records, newest=newest, expected=expected)

    def _through_rest(self, pull: Pull, where: Sequence[str], expected: int | None, *, most: int | None) -> Fetched:
        file = self.landing.file(pull.stream.name, ".csv")
        rows = PageFile(file, pull)
        try:
            for page in self._pages(pull, where, rows):
                _few(page, most)
                rows.add(page["records"])
                expected = int(page["totalSize"]) if expected is None else expected
                self.runtime.progress(f"{CRM} {pull.stream.name}", rows.records, expected)
        except BaseException:
            rows.close()
            file.unlink(missing_ok=True)
            raise
        rows.close()
        return Fetched(files=(file,), records=rows.records, newest=rows.newest, expected=expected)

    def _pages(self, pull: Pull, where: Sequence[str], rows: PageFile) -> Iterator[dict[str, Any]]:
        """Page by the server's locator; when the server has forgotten it, go on behind the last row."""
        operation, start = f"query {pull.stream.name}", f"{self.client.root}/queryAll"
        path, params = start, {"q": reading(pull, where)}
        first = self.known.page(params["q"])
        broken = 0
        while True:
            try:
                page = first or self.client.page(path, operation, params or None, PAGE)
                first = None
            except Refused as error:
                broken += 1
                if error.code != "INVALID_QUERY_LOCATOR" or broken > BROKEN_PAGINGS:
                    raise
                resumed = (
                    [soql.after(pull.cursor, rows.newest, rows.last_id)]
                    if pull.sortable and pull.cursor and rows.newest and rows.last_id
                    else []
                )
                path, params = start, {"q": reading(pull, [*where, *resumed])}
                continue
            yield page
            if page["done"]:
                return
            path, params = next_page(page), {}


def going_on(fetched: Fetched, mark: str | None) -> str | None:
    """Where the next pull goes on: the newest stamp seen, but not after the server's time when the read began.

    A large read takes long. A row that changed meanwhile may have been passed already, while rows stamped later were still met.
    """
    newest = fetched.newest
    if newest and fetched.started:
        began = soql.literal(parsedate_to_datetime(fetched.started))
        newest = min(newest, began, key=soql.instant)
    return max((stamp for stamp in (newest, mark) if stamp), default=None, key=soql.instant)


def _few(page: dict[str, Any], most: int | None) -> None:
    if most is not None and int(page["totalSize"]) > most:
        raise TooMany

"""One stream into files: through REST pages for few rows, through a Bulk job for many, each where the other cannot.

REST counts as it goes and hands over to Bulk when the first page says there are too many rows, or the query runs too long; what Bulk
refuses comes back to REST. Neither skips a page: what is read is counted by distinct record and compared with what there should be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import structlog

from connectors.salesforce import bulk, soql
from connectors.salesforce.client import next_page
from connectors.salesforce.landed import PageFile, measure
from connectors.salesforce.verdicts import CRM, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from connectors.contract import Landing, Runtime
    from connectors.salesforce.client import Client
    from connectors.salesforce.mapping import Pull

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


class TooMany(Exception):
    """The first page says that this is work for Bulk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """Fetches streams of one org. `threshold` is the number of rows from which Bulk is used."""

    client: Client
    runtime: Runtime
    landing: Landing
    threshold: int

    def fetch(self, pull: Pull, mark: str | None, *, bulk_first: bool) -> Fetched:
        """Fetch the rows since the mark, all without one. Raises CrmError."""
        where = [*pull.where, *([soql.since(pull.cursor, mark)] if mark and pull.cursor else [])]
        expected = self.count(pull) if mark is None else None
        if expected == 0:
            file = self.landing.file(pull.stream.name, ".csv")
            PageFile(file, pull).close()
            return Fetched(files=(file,), records=0, newest=None, expected=0)
        fits = len(soql.select(pull.stream.columns, pull.object, where)) <= soql.LONGEST
        if bulk_first or not fits or (expected or 0) > self.threshold:
            return self._bulk_else_rest(pull, where, expected)
        try:
            return self._through_rest(pull, where, expected, most=self.threshold)
        except TooMany:
            return self._bulk_else_rest(pull, where, expected)
        except Refused as error:
            if error.code != "QUERY_TIMEOUT":
                raise
            return self._bulk_else_rest(pull, where, expected)

    def count(self, pull: Pull) -> int | None:
        """How many records the whole stream has now; None where counting itself takes too long."""
        try:
            return self.client.count(soql.select(["COUNT()"], pull.object, pull.where), f"count {pull.stream.name}")
        except Refused as error:
            if error.code != "QUERY_TIMEOUT":
                raise
            return None

    def _bulk_else_rest(self, pull: Pull, where: Sequence[str], expected: int | None) -> Fetched:
        try:
            return self._through_bulk(pull, where, expected)
        except bulk.NotBulk as error:
            log.info("read through REST instead of Bulk", crm=CRM, stream=pull.stream.name, why=str(error))
        return self._through_rest(pull, where, expected, most=None)

    def _through_bulk(self, pull: Pull, where: Sequence[str], expected: int | None) -> Fetched:
        text = soql.select(pull.stream.columns, pull.object, where)  # no ORDER BY: it would switch off the server's own chunking
        pages: list[bulk.Page] = []
        for page in bulk.pages(self.client, pull, text, self.landing, bulk.Pause(self.runtime.sleep)):
            pages.append(page)
            self.runtime.progress(f"{CRM} {pull.stream.name}", sum(one.rows for one in pages), expected)
        files = tuple(page.file for page in pages)
        records = pages[0].records if len(pages) == 1 else measure(pull, files)[1]
        newest = max((page.newest for page in pages if page.newest), default=None)
        return Fetched(files=files, records=records, newest=newest, expected=pages[0].total if expected is None else expected)

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
        order = (pull.cursor, "Id") if pull.cursor and pull.sortable else ()
        path, params = start, {"q": soql.select(pull.stream.columns, pull.object, where, order)}
        broken = 0
        while True:
            try:
                page = self.client.get(path, operation, params or None, PAGE)
            except Refused as error:
                broken += 1
                if error.code != "INVALID_QUERY_LOCATOR" or broken > BROKEN_PAGINGS:
                    raise
                resumed = (
                    [soql.after(pull.cursor, rows.newest, rows.last_id)] if order and pull.cursor and rows.newest and rows.last_id else []
                )
                path, params = start, {"q": soql.select(pull.stream.columns, pull.object, [*where, *resumed], order)}
                continue
            yield page
            if page["done"]:
                return
            path, params = next_page(page), {}


def _few(page: dict[str, Any], most: int | None) -> None:
    if most is not None and int(page["totalSize"]) > most:
        raise TooMany


def checked(fetcher: Fetcher, pull: Pull, fetched: Fetched) -> Fetched:
    """Count once more when a whole stream came out short: records may have been purged for good while it was read."""
    if fetched.expected is None or fetched.records >= fetched.expected:
        return fetched
    now = fetcher.count(pull)
    return fetched if now is None else replace(fetched, expected=min(now, fetched.expected))

"""Fetches one object with its associations and stages, in full or since a watermark, and leaves raw pages behind.

    in full     list 100 a page; associations of all, a thousand records a call
    since       search the window, read by id 100 at a time; associations of what changed; list the recycle bin

Only the recycle bin tells of deletions since the last pull. A full pull replaces the mirror, and what is not in it is gone; of our own
tasks it reads the bin too, for a task that a person deleted must stay known. A company that was merged away is told by its survivor.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from connectors.contract import CrmError, Denied, Landed, Problem, QuotaExhausted, Stream
from connectors.hubspot import KEY, MARK, landing, search
from connectors.hubspot.associations import BATCH, COMPANY_PARENT, associated, chosen, ids_of
from connectors.hubspot.marker import from_body
from connectors.hubspot.verdicts import NoScope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from connectors.contract import Landing
    from connectors.hubspot.client import Answer, Client
    from connectors.hubspot.schema import Resolved, Schema

T = TypeVar("T")
READ: Final = 100
LONGEST_QUERY: Final = 6000
"""Characters of property names in a URL; beyond them the list gives ids and the values are read by id."""
RECOUNTS: Final = (0.0, 2.0, 5.0)
"""Pauses before the index is asked again how many there are: it lags behind a deletion by moments."""


class Stopped(Exception):
    """The run was told to end."""


@dataclass(slots=True, kw_only=True)
class ObjectPull:
    """The pull of one object. `since_ms` None: in full. `until_ms` is the frozen end of the window, by HubSpot's clock.

    `watermarks` are what the streams keep when something was not read.
    """

    client: Client
    schema: Schema
    resolved: Resolved
    into: Landing
    since_ms: int | None
    until_ms: int
    portal: str
    watermarks: Mapping[str, str]
    stopped: Callable[[], bool]
    problems: list[Problem] = field(default_factory=list)
    complete: bool = True

    def run(self) -> list[Landed]:
        """Fetch everything. A failure that others need not share leaves what was fetched, marked incomplete."""
        pages = landing.PageFile(self.into.file(self.resolved.kind, ".ndjson"))
        linked = {to: landing.PageFile(self.into.file(f"{self.resolved.kind}_{to}", ".ndjson")) for to in self.resolved.links}
        try:
            for ids in _regrouped(self._live(pages), BATCH):
                for to, file in linked.items():
                    self._link(ids, to, file)
            if self.since_ms is not None or self.resolved.kind == "tasks":
                self._bin(pages)
        except (QuotaExhausted, Denied) as error:
            if not isinstance(error, NoScope):
                raise
            self._incomplete(str(error))
        except CrmError as error:
            self._incomplete(str(error))
        finally:
            for file in (pages, *linked.values()):
                file.close()
        return self._landed(pages, linked)

    def _landed(self, pages: landing.PageFile, linked: Mapping[str, landing.PageFile]) -> list[Landed]:
        streams = {stream.name: stream for stream in self.resolved.streams()}
        kind = self.resolved.kind
        ours = f'"{KEY}" IS NOT NULL' if kind == "tasks" else "TRUE"
        parts = [self._one(streams[f"{kind}_{to}"], file, landing.links()) for to, file in linked.items()]
        return [*parts, self._one(streams[kind], pages, landing.objects(self.resolved.properties, ours))]

    def _one(self, stream: Stream, file: landing.PageFile, relation: str) -> Landed:
        return Landed(
            stream=stream,
            files=(file.path,),
            relation=relation,
            rows=file.rows,
            full=self.since_ms is None,
            watermark=f"{self.until_ms} {self.portal}" if self.complete else self.watermarks.get(stream.name),
            complete=self.complete,
            problems=tuple(self.problems) if stream.name == self.resolved.kind else (),
        )

    # ------------------------------------------------------------ records

    def _live(self, pages: landing.PageFile) -> Iterator[list[str]]:
        """Land the records that are there, and give their ids."""
        if self.resolved.kind == "tasks":
            yield from self._own_tasks(pages)
        elif self.since_ms is not None:
            yield from self._found(pages, search.changed(self.resolved.modified, self.since_ms, self.until_ms))
        else:
            listed, before = 0, frozenset[str]()
            for answer in self._listed(self.resolved.properties, archived=False):
                ids = self._land(pages, answer)
                yield ids
                listed += len(set(ids) - before)  # a page may begin with the last record of the one before
                before = frozenset(ids)
                self.client.runtime.progress(f"hubspot {self.resolved.kind}", listed, None)
            self._compare(listed)

    def _found(self, pages: landing.PageFile, filters: Sequence[search.Filter]) -> Iterator[list[str]]:
        found = search.find(self.client, self.resolved.kind, filters)
        if not found.complete:
            self._incomplete(f"the index names {found.total} changed records and gave {len(found.ids)}")
        for ids in search.chunks(found.ids, READ):
            yield self._land(pages, self._read(ids))

    def _own_tasks(self, pages: landing.PageFile) -> Iterator[list[str]]:
        """Land our own tasks only: other people's are none of our business, and their subjects are never asked for."""
        if self.schema.task_key == "marker":
            yield from self._marked_tasks(pages)
            return
        modified = self.resolved.modified
        window = search.before(modified, self.until_ms) if self.since_ms is None else search.changed(modified, self.since_ms, self.until_ms)
        yield from self._found(pages, [{"propertyName": KEY, "operator": "HAS_PROPERTY"}, *window])

    def _marked_tasks(self, pages: landing.PageFile) -> Iterator[list[str]]:
        """Find our tasks where only a line of their text tells: by association, through the companies that we flagged."""
        flagged: list[str] = []
        if "eq_run" in self.schema.definitions("companies"):
            flagged = search.find(self.client, "companies", [{"propertyName": "eq_run", "operator": "HAS_PROPERTY"}]).ids
        properties = [*(name for name in self.resolved.properties if name not in (KEY, MARK)), "hs_task_body"]
        for companies in search.chunks(flagged, BATCH):
            rows = self._asked(partial(associated, self.client, "companies", "tasks", companies)).values()
            for ids in search.chunks((task for entries in rows for task in ids_of(entries)), READ):
                answer = self._asked(partial(self.client.read, "tasks", ids, properties))
                ours = [row for task in answer.results if (row := _with_key(task))]
                pages.add(json.dumps({"results": ours}).encode() + b"\n", len(ours))
                yield [str(row["id"]) for row in ours]

    def _bin(self, pages: landing.PageFile) -> None:
        """Land what lies in the recycle bin. Of tasks, most of which are not ours, no subject is asked for."""
        if self.resolved.kind == "tasks":
            names = [name for name in (KEY, MARK) if name in self.schema.definitions("tasks")]
            properties: Sequence[str] = [*names, "hs_task_status"] if names else ()
        else:
            properties = self.resolved.properties or ("hs_object_id",)
        for answer in self._listed(properties, archived=True) if properties else ():
            self._land(pages, answer)

    def _listed(self, properties: Sequence[str], *, archived: bool) -> Iterator[Answer]:
        """List page by page. Only an absent cursor ends the list, and one that comes back would never end it."""
        wide = sum(len(f"&properties={name}") for name in properties) > LONGEST_QUERY
        asked = ["hs_object_id"] if wide or not properties else properties
        after: str | None = None
        while True:
            answer = self._asked(partial(self.client.page, self.resolved.kind, asked, after=after, archived=archived))
            ids = [str(row["id"]) for row in answer.results]
            yield self._read(ids, archived=archived) if wide and ids else answer
            if answer.after is None:
                return
            if answer.after == after:
                self._incomplete("HubSpot gave the same page again")
                return
            after = answer.after

    def _read(self, ids: Sequence[str], *, archived: bool = False) -> Answer:
        """Read records by id. One that is not found was archived or merged a moment ago, which other lists tell."""
        answer = self._asked(
            lambda: self.client.read(self.resolved.kind, ids, self.resolved.properties or ["hs_object_id"], archived=archived)
        )
        if failed := [refusal for refusal in answer.refusals if refusal.category != "OBJECT_NOT_FOUND"]:
            self._incomplete(f"{len(failed)} records could not be read: {failed[0].why}")
        return answer

    def _land(self, pages: landing.PageFile, answer: Answer) -> list[str]:
        pages.add(landing.line(answer.raw), len(answer.results))
        return [str(row["id"]) for row in answer.results]

    def _compare(self, listed: int) -> None:
        """Compare with the index's count of what was there before the list began, so that a lost page is noticed."""
        filters = search.before(self.resolved.modified, self.until_ms)
        total = 0
        for pause in RECOUNTS:
            if pause:
                self.client.runtime.sleep(pause)
            total = self._asked(lambda: search.count(self.client, self.resolved.kind, filters))
            if listed >= total:
                return
        self._incomplete(f"{listed} records were listed and the index counts {total}")

    # ------------------------------------------------------------ associations

    def _link(self, ids: Sequence[str], to: str, file: landing.PageFile) -> None:
        """Land one line a record, also for one without any: a company that was taken off a deal must not linger."""
        found = self._asked(lambda: associated(self.client, self.resolved.kind, to, ids))
        only = COMPANY_PARENT if self.resolved.kind == "companies" else None
        for one in ids:
            entries = found.get(one, [])
            row = {"id": one, "to_id": chosen(entries, only), "number": str(len(set(ids_of(entries))))}
            file.add(json.dumps(row).encode() + b"\n", 1)

    def _asked(self, ask: Callable[[], T]) -> T:
        if self.stopped():
            raise Stopped
        return ask()

    def _incomplete(self, what: str) -> None:
        self.complete = False
        self.problems.append(Problem(where=f"hubspot {self.resolved.kind}", what=what))


def _regrouped(groups: Iterable[list[str]], size: int) -> Iterator[list[str]]:
    """Collect pages of ids into groups of `size`, each id once."""
    waiting: dict[str, None] = {}
    for group in groups:
        waiting.update(dict.fromkeys(group))
        while len(waiting) >= size:
            ready = list(waiting)[:size]
            yield ready
            waiting = dict.fromkeys(list(waiting)[size:])
    if waiting:
        yield list(waiting)


def _with_key(task: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give a task of ours with key and mark as properties and without its text; None for anybody else's."""
    properties = dict(task["properties"])
    marker = from_body(properties.pop("hs_task_body", None))
    return {**task, "properties": {**properties, KEY: marker[0], MARK: marker[1]}} if marker else None

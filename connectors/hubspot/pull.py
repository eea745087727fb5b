"""Fetches one object with its associations, in full or since a watermark, and leaves raw pages behind.

    in full     list 100 a page, a long list by several lanes at once; associations of all, a thousand records a call
    since       search the window, 200 a page; associations of what changed; list the recycle bin

Only the recycle bin tells of deletions since the last pull. A full pull replaces the mirror, and what is not in it is gone; of our own
tasks it reads the bin too, for a task that a person deleted must stay known. A company that was merged away is told by its survivor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Final, TypeVar

from connectors.contract import Landed, Problem, Stream
from connectors.failures import CrmError, Denied, QuotaExhausted
from connectors.hubspot import KEY, landing, search
from connectors.hubspot.answer import lines, properties_of
from connectors.hubspot.associations import BATCH, COMPANY_PARENT
from connectors.hubspot.associations import pages as linked_pages
from connectors.hubspot.lists import LEAD, WAITING, OutOfOrder, Page, cut
from connectors.hubspot.owntasks import OwnTasks
from connectors.hubspot.remembered import bin_of
from connectors.hubspot.turns import Turns
from connectors.hubspot.verdicts import NoScope
from connectors.hubspot.wanted import LONGEST_QUERY, Known, Wanted, length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from connectors.contract import Landing
    from connectors.hubspot.answer import Answer

T = TypeVar("T")
READ: Final = 100
STAGES: Final = {"deals": "dealstage", "tickets": "hs_pipeline_stage"}
"""The property that names the stage of a record."""
RECOUNTS: Final = (0.0, 2.0, 5.0)
"""Pauses before the index is asked again how many there are: it lags behind a deletion by moments."""


class Stopped(Exception):
    """The run was told to end."""


@dataclass(slots=True, kw_only=True)
class ObjectPull(Wanted):
    """The pull of one object. `watermarks` are what the streams keep when something was not read."""

    portal: str
    watermarks: Mapping[str, str]
    stopped: Callable[[], bool] = lambda: False
    problems: list[Problem] = field(default_factory=list)
    complete: bool = True
    stages: set[str] = field(default_factory=set)
    """The stages that changed records are in."""
    is_looked_at: bool = False
    """Whether a record was looked at for what it shows."""
    quickest: float = math.inf
    """Seconds of the quickest page: what is waited for HubSpot, whatever the pace asks for besides."""
    turns: Turns = field(default_factory=Turns)

    def run(self, into: Landing, stopped: Callable[[], bool], turns: Turns | None = None) -> list[Landed]:
        """Fetch everything. A failure that others need not share leaves what was fetched, marked incomplete."""
        self.stopped, self.turns = stopped, turns or self.turns
        pages = landing.PageFile(into.file(self.resolved.kind, ".ndjson"))
        linked = {to: landing.PageFile(into.file(f"{self.resolved.kind}_{to}", ".ndjson")) for to in self.resolved.links}
        try:
            live = chain(self._live(pages), self._bin(pages) if self._reads_the_bin else self._note_the_bin())
            for ids in _regrouped(live, BATCH):
                for to, file in linked.items():
                    self._link(ids, to, file)
            self.schema.remembered.count(self.resolved.kind, pages.rows, is_all=self.since_ms is None and self.complete)
        except (QuotaExhausted, Denied) as error:
            if not isinstance(error, NoScope):
                raise
            self._incomplete(str(error))
        except CrmError as error:
            self._incomplete(str(error))
        finally:
            self.turns.leave(self.resolved.kind)
            for file in (pages, *linked.values()):
                file.close()
        return self._landed(pages, linked)

    @property
    def is_long(self) -> bool:
        """Whether it is known beforehand that the list is longer than its beginning."""
        return not self.is_searched and self.known is not None and self.known.total > LEAD * READ

    # ------------------------------------------------------------ what has landed

    @property
    def _reads_the_bin(self) -> bool:
        """Whether what lies in the recycle bin is landed."""
        return self.since_ms is not None or self.resolved.kind == "tasks"

    def _landed(self, pages: landing.PageFile, linked: Mapping[str, landing.PageFile]) -> list[Landed]:
        streams = {stream.name: stream for stream in self.resolved.streams()}
        kind = self.resolved.kind
        ours = f'"{KEY}" IS NOT NULL' if kind == "tasks" else "TRUE"
        only = COMPANY_PARENT if kind == "companies" else None
        parts = [self._one(streams[f"{kind}_{to}"], file, landing.links(only)) for to, file in linked.items()]
        rows = landing.objects(self.resolved.properties, ours, binned=self._reads_the_bin)
        return [*parts, self._one(streams[kind], pages, rows)]

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
            yield from self._found(pages)
        else:
            yield from self._whole(pages)

    def _found(self, pages: landing.PageFile) -> Iterator[list[str]]:
        """Land what the index finds: with its values, or by id where so many properties cannot be asked of it."""
        found, fits = self.searching, self.fits
        for answer, fresh in found:
            self._go_on()
            for part in [answer] if fits else map(self._read, search.chunks(fresh, READ)):
                self._look_at(part, self.resolved.properties)
                self._land(pages, part)
            yield fresh
        if not found.complete:
            self._incomplete(f"the index names {found.total} changed records and gave {len(found.ids)}")

    def _own_tasks(self, pages: landing.PageFile) -> Iterator[list[str]]:
        """Land our own tasks only: other people's are none of our business, and their subjects are never asked for."""
        if not self.is_by_marker:
            yield from self._found(pages)
            return
        for rows in OwnTasks(self.client, self.schema, self.resolved.properties).by_marker():
            self._go_on()
            pages.add(lines(rows), len(rows))
            yield [str(row["id"]) for row in rows]

    def _bin(self, pages: landing.PageFile) -> Iterator[list[str]]:
        """Land what lies in the recycle bin, and give the ids of what was taken out of it. Of tasks, most of which are not ours, no
        subject is asked for.
        """
        if not self.looks_into_the_bin(pages.rows):
            return
        properties: Sequence[str] = self.resolved.properties
        if self.resolved.kind == "tasks":
            properties = OwnTasks(self.client, self.schema, properties).of_the_bin()
        binned = [one for ids, _ in self._listed(partial(self._page, pages, properties or (search.ID,), archived=True)) for one in ids]
        if self.since_ms is not None:
            yield from self._restored(pages, set(self.binned_before) - set(binned))
        self._note(binned)

    def _note_the_bin(self) -> Iterator[list[str]]:
        """Note what is in the recycle bin when everything else is read: what comes out of it later was never landed."""
        if self.looks_into_the_bin(0):

            def fetch(after: str | None) -> Page:
                answer = self._asked(partial(self.client.page, self.resolved.kind, (search.ID,), after=after, archived=True))
                return answer.ids, answer.after

            self._note([one for ids, _ in self._listed(fetch) for one in ids])
        yield from ()

    def _note(self, binned: list[str]) -> None:
        name = bin_of(self.resolved.kind)
        if self.complete and binned != self.binned_before:
            self.schema.remembered.keep(name, binned)

    def _restored(self, pages: landing.PageFile, gone: set[str]) -> Iterator[list[str]]:
        """Land those of the bin that are no longer in it and not erased: HubSpot does not say that a restored record counts as changed."""
        for ids in search.chunks(sorted(gone), READ):
            answer = self._read(ids)
            self._land(pages, answer)
            yield answer.ids

    # ------------------------------------------------------------ lists

    def _whole(self, pages: landing.PageFile) -> Iterator[list[str]]:
        """Land the whole list. Its beginning is read in order; what follows by several lanes, when it is long and goes by ids."""
        fetch = partial(self._page, pages, self.resolved.properties, archived=False)
        known = self.known if self.known is not None and self.known.is_counted else None
        listed, total = 0, known.total if known is not None else None
        cursor: str | None = None
        for place, (ids, after) in enumerate(self._listed(fetch)):
            yield ids
            listed, cursor = listed + len(ids), after
            self.client.runtime.progress(f"hubspot {self.resolved.kind}", listed, total)
            if place + 1 == LEAD and after is not None:
                break
        else:
            cursor = None
        if cursor is not None:
            known = known or self._counted()
            total, highest = known.total, known.highest
            for ids in self._rest(fetch, cursor, highest, total - listed):
                yield ids
                listed += len(ids)
                self.client.runtime.progress(f"hubspot {self.resolved.kind}", listed, total)
        self._compare(listed, total)

    def _counted(self) -> Known:
        total, highest = self._asked(lambda: search.extent(self.client, self.resolved.kind, self.all_filters))
        return Known(total=total, highest=highest)

    def _rest(self, fetch: Callable[[str | None], Page], cursor: str, highest: str | None, left: int) -> Iterator[list[str]]:
        if self.quickest < WAITING:
            self.turns.take(self.resolved.kind, self.stopped)
        else:
            self.turns.leave(self.resolved.kind)
        lanes = cut(fetch, cursor, highest, left, int(self.quickest / WAITING))
        given: set[str] = set()
        try:
            for ids in lanes or ():
                given.update(ids)
                yield ids
        except OutOfOrder:
            lanes = None
        if lanes is None:
            for ids, _ in self._listed(fetch, cursor):
                yield [one for one in ids if one not in given]

    def _page(self, pages: landing.PageFile, properties: Sequence[str], after: str | None, *, archived: bool) -> Page:
        """Land one page of the list; with very many properties it gives ids, and the values are read by id."""
        answer = self.known.page if self.known is not None and after is None and not archived else None
        if answer is None:
            began = self.client.runtime.clock()
            answer = self._asked(partial(self.listed, properties, after=after, archived=archived))
            self.quickest = min(self.quickest, (self.client.runtime.clock() - began).total_seconds())
        ids = answer.ids
        wide = self.is_wide or length(properties) > LONGEST_QUERY
        shown = self._read(ids, archived=archived) if wide and ids else answer
        self._look_at(shown, properties)
        self._land(pages, shown)
        return ids, answer.after

    def _listed(self, fetch: Callable[[str | None], Page], after: str | None = None) -> Iterator[Page]:
        """List page by page. Only an absent cursor ends the list, and one that comes back would never end it."""
        before: frozenset[str] = frozenset()
        asked: set[str | None] = set()
        while True:
            ids, following = fetch(after)
            yield (
                [one for one in dict.fromkeys(ids) if one not in before],
                following,
            )  # a page may begin with the last record of the one before
            if following is None:
                return
            asked.add(after)
            if following in asked:
                self._incomplete("HubSpot gave the same page again")
                return
            after, before = following, frozenset(ids)

    def _read(self, ids: Sequence[str], *, archived: bool = False) -> Answer:
        """Read records by id. One that is not found was archived or merged a moment ago, which other lists tell."""
        answer = self._asked(
            lambda: self.client.read(self.resolved.kind, ids, self.resolved.properties or ["hs_object_id"], archived=archived)
        )
        if failed := [refusal for refusal in answer.refusals if refusal.category != "OBJECT_NOT_FOUND"]:
            self._incomplete(f"{len(failed)} records could not be read: {failed[0].why}")
        return answer

    def _look_at(self, answer: Answer, asked: Sequence[str]) -> None:
        """Look at the first record for what it shows: HubSpot leaves out a property that is no longer defined, without a word. And note
        the stages of changed records, since there may be new ones.
        """
        if self.resolved.stages and self.since_ms is not None:
            self.stages |= answer.values(STAGES[self.resolved.kind])
        if self.is_looked_at or not answer.ids:
            return
        self.is_looked_at = True
        if not set(asked) <= properties_of(answer.first).keys() and not self.schema.still_holds(self.resolved.kind):
            self._incomplete("properties were changed in HubSpot; the next run looks at them anew")

    def _land(self, pages: landing.PageFile, answer: Answer) -> None:
        pages.add(answer.lines, len(answer.ids))

    def _compare(self, listed: int, told: int | None) -> None:
        """Compare with the index's count of what was there before the list began, so that a lost page is noticed."""
        total = told
        if total is not None and listed >= total:
            return
        for pause in RECOUNTS:
            if pause:
                self.client.runtime.sleep(pause)
            total = self._asked(lambda: search.count(self.client, self.resolved.kind, self.all_filters))
            if listed >= total:
                return
        self._incomplete(f"{listed} records were listed and the index counts {total}")

    # ------------------------------------------------------------ associations

    def _link(self, ids: Sequence[str], to: str, file: landing.PageFile) -> None:
        """Land the answers with what was asked: a record without any is a row too, or a company taken off a deal would linger."""
        for asked, answer in linked_pages(self.client, self.resolved.kind, to, ids):
            self._go_on()
            without = landing.without_links(asked, answer.ids)
            file.add(answer.lines + lines(without), len(asked))

    def _asked(self, ask: Callable[[], T]) -> T:
        self._go_on()
        return ask()

    def _go_on(self) -> None:
        if self.stopped():
            raise Stopped

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

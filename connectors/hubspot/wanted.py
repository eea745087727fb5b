"""What the pull of one object asks for, known before anything is asked: list or search, which window, which properties, which bin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from connectors.hubspot import KEY, search
from connectors.hubspot.owntasks import OwnTasks
from connectors.hubspot.remembered import bin_of
from connectors.hubspot.verdicts import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.hubspot.answer import Answer
    from connectors.hubspot.client import Client
    from connectors.hubspot.schema import Resolved, Schema

URL_TOO_LONG: Final = 414
LONGEST_QUERY: Final = 6000
"""Characters of property names in a URL; beyond them the list gives ids and the values are read by id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was asked beforehand: how many records there are, as the index counts them or as a list of one page shows, the highest id of
    a longer list, and the first page of what will be read.
    """

    total: int
    highest: str | None = None
    page: Answer | None = None
    is_counted: bool = True
    """Whether the index has told the total."""


@dataclass(slots=True, kw_only=True)
class Wanted:
    """One object, in full (`since_ms` None) or what changed. `until_ms` is the frozen end of the window, by HubSpot's clock."""

    client: Client
    schema: Schema
    resolved: Resolved
    since_ms: int | None
    until_ms: int
    known: Known | None = None
    is_wide: bool = False
    """A URL with these property names was refused as too long (a proxy may allow less than HubSpot does)."""

    @property
    def is_by_marker(self) -> bool:
        """Whether these are our tasks of a portal that has no property of ours on tasks."""
        return self.resolved.kind == "tasks" and self.schema.task_key == "marker"

    @property
    def is_searched(self) -> bool:
        """Whether the index is asked for records, and not the list: for changes, and for our own tasks among all."""
        return (self.since_ms is not None or self.resolved.kind == "tasks") and not self.is_by_marker

    @property
    def filters(self) -> list[search.Filter]:
        """What a search looks for."""
        modified = self.resolved.modified
        window = self.all_filters if self.since_ms is None else search.changed(modified, self.since_ms, self.until_ms)
        ours: list[search.Filter] = [{"propertyName": KEY, "operator": "HAS_PROPERTY"}] if self.resolved.kind == "tasks" else []
        return [*ours, *window]

    @property
    def all_filters(self) -> list[search.Filter]:
        """Everything that was there when the pull began."""
        return search.before(self.resolved.modified, self.until_ms)

    @property
    def fits(self) -> bool:
        """Whether the index can be asked for all properties at once."""
        return search.fits(self.filters, self.resolved.properties)

    @property
    def searching(self) -> search.Search:
        names = self.resolved.properties if self.fits else (search.ID,)
        first = self.known.page if self.known is not None else None
        return search.Search(client=self.client, kind=self.resolved.kind, filters=self.filters, properties=names, first=first)

    @property
    def is_too_wide(self) -> bool:
        """Whether so many properties do not fit into a URL."""
        return self.is_wide or length(self.resolved.properties) > LONGEST_QUERY

    def listed(self, properties: Sequence[str], *, after: str | None = None, archived: bool = False) -> Answer:
        """Ask for a page of the list; of very many properties it gives no values, which are then read by id."""
        wide = self.is_wide or length(properties) > LONGEST_QUERY
        asked = [search.ID] if wide or not properties else properties
        try:
            return self.client.page(self.resolved.kind, asked, after=after, archived=archived)
        except Refused as error:
            if error.refusal.status != URL_TOO_LONG or wide:
                raise
            self.is_wide = True
            return self.listed(properties, after=after, archived=archived)

    @property
    def binned_before(self) -> Sequence[str]:
        """What the recycle bin held the last time."""
        return self.schema.remembered.held(bin_of(self.resolved.kind)) or ()

    def looks_into_the_bin(self, rows: int) -> bool:
        """Whether the recycle bin is listed, when so many records were found: an object that never had one has none to be deleted, and
        among tasks ours are not known without a property.
        """
        remembered, kind = self.schema.remembered, self.resolved.kind
        if kind == "tasks" and not OwnTasks(self.client, self.schema, ()).of_the_bin():
            return False
        if self.since_ms is None:
            return kind == "tasks" or remembered.is_kept
        return bool(rows) or not remembered.is_empty(kind)


def length(properties: Sequence[str]) -> int:
    """The characters that property names take in a URL."""
    return sum(len(f"&properties={name}") for name in properties)

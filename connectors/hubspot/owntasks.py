"""Our own tasks among everybody's: where a property tells them apart the index finds them; where only a line of their text does, here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.hubspot import KEY, MARK, search
from connectors.hubspot.answer import properties_of
from connectors.hubspot.associations import BATCH, associated, ids_of
from connectors.hubspot.marker import from_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connectors.hubspot.client import Client
    from connectors.hubspot.schema import Schema


class OwnTasks:
    """Finds tasks of ours that carry no property of ours."""

    def __init__(self, client: Client, schema: Schema, properties: Sequence[str]) -> None:
        self._client, self._schema, self._properties = client, schema, properties

    def by_marker(self) -> Iterator[list[dict[str, Any]]]:
        """Give our tasks page by page, by association, through the companies that we flagged. No text is landed."""
        flagged: list[str] = []
        if "eq_run" in self._schema.definitions("companies"):
            flagged = search.find(self._client, "companies", [{"propertyName": "eq_run", "operator": "HAS_PROPERTY"}]).ids
        properties = [*(name for name in self._properties if name not in (KEY, MARK)), "hs_task_body"]
        for companies in search.chunks(flagged, BATCH):
            rows = associated(self._client, "companies", "tasks", companies).values()
            for ids in search.chunks((task for entries in rows for task in ids_of(entries)), 100):
                yield [row for task in self._client.read("tasks", ids, properties).results if (row := _with_key(task))]

    def of_the_bin(self) -> list[str]:
        """Give what may be asked of the recycle bin, where most tasks are other people's; nothing where no property tells ours."""
        names = [name for name in (KEY, MARK) if name in self._schema.definitions("tasks")]
        return [*names, "hs_task_status"] if names else []


def _with_key(task: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give a task of ours with key and mark as properties and without its text; None for anybody else's."""
    properties = dict(properties_of(task))
    marker = from_body(properties.pop("hs_task_body", None))
    return {**task, "properties": {**properties, KEY: marker[0], MARK: marker[1]}} if marker else None

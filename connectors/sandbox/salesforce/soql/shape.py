"""What a query selects, as a function that turns a row into the JSON record of the vendor: nested parents, attributes first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.sandbox.salesforce.soql.source import Source
    from connectors.sandbox.salesforce.store import Row

    Getter = Callable[[Row], Any]


@dataclass(slots=True)
class Shape:
    """One level of a record: its fields in the order asked for, and the parents below it by relationship name."""

    fields: dict[str, Getter] = field(default_factory=dict)
    parents: dict[str, tuple[str, Shape]] = field(default_factory=dict)

    def add(self, way: tuple[str, ...], references: tuple[str, ...], get: Getter) -> None:
        """Add a field; `references` are the reference fields along the way, `get` fetches it from the top row."""
        if len(way) == 1:
            self.fields[way[0]] = get
            return
        _, below = self.parents.setdefault(way[0], (references[0], Shape()))
        self.fields.setdefault(way[0], _nothing)  # keeps the parent's place in the order
        below.add(way[1:], references[1:], get)


def _nothing(_row: Row) -> None:
    return None


class Renderer:
    """Renders rows of one object. Every getter starts from the top row, so that parents need no row of their own here."""

    def __init__(self, source: Source, version: str, shape: Shape, children: Mapping[str, Getter]) -> None:
        self.source, self.version, self.shape, self.children = source, version, shape, children

    def record(self, row: Row) -> dict[str, Any]:
        record = self._level(self.shape, row, row)
        for name, get in self.children.items():
            record[name] = get(row)
        return record

    def _level(self, shape: Shape, top: Row, own: Row) -> dict[str, Any]:
        record: dict[str, Any] = {"attributes": attributes(self.source, self.version, own)}
        for name, get in shape.fields.items():
            parent = shape.parents.get(name)
            if parent is None:
                record[name] = get(top)
                continue
            reference, below = parent
            found = self.source.find(own.get(reference))
            record[name] = None if found is None else self._level(below, top, found)
        return record


def attributes(source: Source, version: str, row: Row) -> dict[str, str]:
    kind = source.object_of(row)
    return {"type": kind, "url": f"/services/data/v{version}/sobjects/{kind}/{row['Id']}"}

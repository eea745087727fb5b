"""How records look on the wire: which properties a read shows, in alphabetical order, empty ones as null, unknown ones left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.hubspot import derive, writes
from connectors.sandbox.hubspot.wire import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from connectors.sandbox.hubspot.call import Call
    from connectors.sandbox.hubspot.kinds import Kind
    from connectors.sandbox.hubspot.portal import Portal
    from connectors.sandbox.hubspot.records import Record, Version

INLINE: Final = 500
"""Associations per record and type that a GET inlines before it pages."""


class View:
    """What one request wants to see of each record; made once a request, used for every row."""

    def __init__(self, portal: Portal, kind: Kind, asked: Iterable[str], history: Iterable[str] = ()) -> None:
        self.portal, self.kind = portal, kind
        definitions, now = portal.definitions[kind.id], portal.now()
        wanted = {name for name in asked if definitions.get(name, now)} if (asked := list(asked)) else set(kind.defaults)
        names = sorted(wanted | set(always(kind)))
        self._getters = [(name, self._getter(name)) for name in names]
        self.history = sorted({name for name in history if definitions.get(name, now)})
        self._url = f"https://{ui_domain()}/contacts/{portal.portal_id}/record/{kind.id}/"

    def _getter(self, name: str) -> Callable[[Record], str | None]:
        special = {"hs_object_id", "createdate", "hs_createdate", self.kind.modified}
        if name in special or (self.kind.name, name) in derive.COMPUTED:
            return lambda row: self.portal.value(self.kind, row, name)
        return lambda row: row.properties.get(name)

    def of(self, row: Record, **extra: Any) -> dict[str, Any]:
        """One record as JSON."""
        body: dict[str, Any] = {
            "id": row.id,
            "properties": {name: get(row) for name, get in self._getters},
            "createdAt": stamp(row.created),
            "updatedAt": stamp(row.updated),
            "archived": row.archived_at is not None,
        }
        if row.archived_at is not None:
            body["archivedAt"] = stamp(row.archived_at)
        if self.history:
            body["propertiesWithHistory"] = {name: [_version(one) for one in writes.past(row, name)] for name in self.history}
        return body | extra | {"url": self._url + row.id}


def always(kind: Kind) -> tuple[str, ...]:
    """Properties that every answer carries."""
    return ("hs_createdate" if kind.is_custom else "createdate", "hs_object_id", kind.modified)


def ui_domain() -> str:
    return "app-eu1.hubspot.com"


def _version(one: Version) -> dict[str, Any]:
    body: dict[str, Any] = {
        "value": one.value,
        "timestamp": stamp(one.at),
        "sourceType": one.source,
        "sourceId": one.source_id,
        "sourceLabel": None,
    }
    if one.source == writes.PERSON[0]:
        body["updatedByUserId"] = 9
    return body


def inline_associations(call: Call, kind: Kind, row: Record, ends: Sequence[Kind]) -> dict[str, Any]:
    """The associations of a v3 GET: the same id once for every association type."""
    found: dict[str, Any] = {}
    for end in ends:
        lines = [
            {"id": other.id, "type": one.name}
            for other, types in sorted(call.portal.associated_rows(kind, row, end.id), key=lambda pair: pair[0].number)
            for one in call.portal.links.specs(kind.id, end.id, types)
        ]
        if lines:
            found[end.name] = {"results": lines[:INLINE]}
            if len(lines) > INLINE:
                found[end.name]["paging"] = call.next_link(lines[INLINE]["id"])
    return {"associations": found} if found else {}

"""What an org shows of itself: objects and fields as describe gives them to this user. What it hides is simply not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.failures import Denied, Unprepared
from connectors.salesforce import together

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from connectors.salesforce.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """The part of a field's describe that decides anything here."""

    name: str
    type: str
    label: str = ""
    length: int = 0
    filterable: bool = True
    sortable: bool = True
    createable: bool = True
    updateable: bool = True
    unique: bool = False
    external_id: bool = False
    relationship: str | None = None
    refers_to: tuple[str, ...] = ()
    values: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """One object. Field names are looked up without regard to case, as Salesforce does."""

    name: str
    fields: Mapping[str, Field]
    queryable: bool = True
    createable: bool = True
    updateable: bool = True

    def field(self, name: str) -> Field | None:
        return self.fields.get(name.lower())

    def relation(self, name: str) -> Field | None:
        """The lookup field behind a path like `Order__r`."""
        return next((field for field in self.fields.values() if (field.relationship or "").lower() == name.lower()), None)


def description(body: Mapping[str, Any]) -> Description:
    """Read a describe answer."""
    fields = [
        Field(
            name=str(one["name"]),
            type=str(one.get("type", "string")),
            label=str(one.get("label") or one["name"]),
            length=int(one.get("length") or 0),
            filterable=bool(one.get("filterable", True)),
            sortable=bool(one.get("sortable", True)),
            createable=bool(one.get("createable", True)),
            updateable=bool(one.get("updateable", True)),
            unique=bool(one.get("unique", False)),
            external_id=bool(one.get("externalId", False)),
            relationship=one.get("relationshipName"),
            refers_to=tuple(one.get("referenceTo") or ()),
            values=frozenset(str(value["value"]) for value in one.get("picklistValues") or () if value.get("active", True)),
        )
        for one in body["fields"]
    ]
    return Description(
        name=str(body["name"]),
        fields={field.name.lower(): field for field in fields},
        queryable=bool(body.get("queryable", True)),
        createable=bool(body.get("createable", True)),
        updateable=bool(body.get("updateable", True)),
    )


class OrgSchema:
    """The describes of one link, each asked once until somebody knows better. `generation` grows when what was known may be wrong."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, Description | None] = {}
        self._names: dict[str, str] | None = None
        self.generation = 0

    def describe(self, name: str) -> Description | None:
        """Give the object as this user sees it, None when they do not see it."""
        key = name.lower()
        if key not in self._known:
            self._known[key] = self._ask(self.objects[key]) if key in self.objects else None
        return self._known[key]

    def prefetch(self, names: Iterable[str]) -> None:
        """Describe several objects in one call, those that are not known yet; the first time with the list of all objects."""
        wanted = {key: name for name in names if (key := name.lower()) not in self._known and (self._names is None or key in self._names)}
        first = [together.OBJECTS] if self._names is None else []
        answers = together.ask(self._client, [*first, *map(together.describe, wanted.values())], "describe objects")
        if first and (listed := answers.pop(0)) is not None:
            self._names = _names(listed)
        self._known |= {key: description(body) for key, body in zip(wanted, answers, strict=True) if body is not None}

    @property
    def objects(self) -> Mapping[str, str]:
        """Name of every object this user sees, by lower-case name."""
        if self._names is None:
            self._names = _names(self._client.get(f"{self._client.root}/{together.OBJECTS}", "list objects", needs=("sobjects",)))
        return self._names

    def forget(self, name: str | None = None) -> None:
        """Ask anew when next asked, for one object or for all: the org changed under us, or we changed it."""
        self.generation += 1
        if name is None:
            self._known.clear()
            self._names = None
        else:
            self._known.pop(name.lower(), None)

    def _ask(self, name: str) -> Description | None:
        try:
            body = self._client.get(f"{self._client.root}/sobjects/{name}/describe", f"describe {name}", needs=("name", "fields"))
        except (Unprepared, Denied):
            return None
        return description(body)


def _names(answer: Mapping[str, Any]) -> dict[str, str]:
    return {str(one["name"]).lower(): str(one["name"]) for one in answer["sobjects"]}

"""The catalogue against one portal: which objects and properties are there, what is missing, and the streams that follow.

HubSpot answers a misspelt property with silence, so every wanted name is looked up in the definitions first. What is missing is
reported and left out; only companies must be readable, since everything hangs on them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, Literal

from connectors.contract import Problem, Stream
from connectors.failures import CrmError, Denied, Rejected, Unprepared
from connectors.hubspot import COMPANY_PROPERTIES, KEY, MARK, SOURCES, TABLES, TASK_PROPERTIES, Source
from connectors.hubspot.remembered import definitions_of
from connectors.hubspot.tables import MERGED, canonical
from connectors.hubspot.verdicts import NoScope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from connectors.hubspot.client import Client
    from connectors.hubspot.remembered import Remembered
    from connectors.settings import HubspotSettings

WORKERS: Final = 8
"""Definitions asked for at once."""
ENVELOPE: Final = ("id", "updated_at", "archived", "archived_at")
LINK: Final = ("id", "to_id", "number")
STAGE: Final = ("id", "pipeline_id", "is_closed", "probability", "ticket_state")
OWNER: Final = ("id", "email", "first_name", "last_name", "archived")
OURS: Final = frozenset({*COMPANY_PROPERTIES, *TASK_PROPERTIES})
USED: Final = ("name", "type", "hasUniqueValue", "modificationMetadata")
"""What is looked at in a definition."""
TaskKey = Literal["unique", "plain", "marker"]
"""How a task carries our key: a property that HubSpot keeps unique, a plain property, or a line of its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """One object as it can be read here. `types` is property -> HubSpot type."""

    kind: str
    modified: str
    types: Mapping[str, str]
    links: tuple[str, ...]
    stages: bool

    @property
    def properties(self) -> tuple[str, ...]:
        return tuple(sorted(self.types))

    def streams(self) -> Iterator[Stream]:
        yield Stream(name=self.kind, columns=(*ENVELOPE, *self.properties), key=("id",), version="updated_at")
        for to in self.links:
            yield Stream(name=f"{self.kind}_{to}", columns=LINK, key=("id",))
        if self.stages:
            yield Stream(name=f"{self.kind}_stages", columns=STAGE, key=("pipeline_id", "id"))


@dataclass(slots=True)
class Schema:
    """Definitions of one portal, fetched once when first asked for, or remembered from a run before."""

    client: Client
    settings: HubspotSettings
    remembered: Remembered
    problems: list[Problem] = field(default_factory=list)
    refused: dict[str, CrmError] = field(default_factory=dict)
    """Objects that could not be looked at, and why."""
    left_out: set[str] = field(default_factory=set)
    """Streams beside the objects that may not be read."""
    _believed: set[str] = field(default_factory=set)
    """Objects whose definitions are remembered ones."""
    _definitions: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    _objects: dict[str, Resolved] = field(default_factory=dict)

    @property
    def objects(self) -> Mapping[str, Resolved]:
        """Every readable object by its kind. Raises CrmError when companies cannot be read."""
        if not self._objects:
            self._load()
        return self._objects

    def definitions(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        return self._definitions.get(kind, {}) if self.objects else {}

    def forget(self) -> None:
        """Look again next time: the definitions have changed, or must be seen as they are now."""
        self.remembered.forget()
        self._definitions, self._objects, self.problems, self.refused, self.left_out = {}, {}, [], {}, set()
        self._believed = set()

    def still_holds(self, kind: str) -> bool:
        """Ask again when a record did not show all that was asked of it: whether what is remembered of this object is still so."""
        if kind not in self._believed:
            return True
        self._believed.discard(kind)
        now, before = self._asked(kind), self._definitions[kind]
        if all(name in now and now[name].get("type") == before[name].get("type") for name in self._objects[kind].types if name in before):
            return True
        self.remembered.forget()
        return False

    @property
    def task_key(self) -> TaskKey:
        key = self.definitions("tasks").get(KEY)
        return "marker" if key is None else "unique" if key.get("hasUniqueValue") else "plain"

    def streams(self) -> list[Stream]:
        every = [stream for one in self.objects.values() for stream in one.streams()] + [Stream(name="owners", columns=OWNER, key=("id",))]
        return [stream for stream in every if stream.name not in self.left_out]

    def leave_out(self, stream: str, error: NoScope) -> None:
        """Do without a stream that the token may not read: it is missing, and told, but no run waits for it."""
        self.left_out.add(stream)
        self.problems.append(Problem(where=f"hubspot {stream}", what=f"not read: {error.told}"))

    # ------------------------------------------------------------ loading

    def _load(self) -> None:
        sources = {source.kind: source for source in (*SOURCES, *self._configured())}
        with ThreadPoolExecutor(WORKERS) as pool:
            looked = dict(zip(sources, pool.map(self._look, sources.values()), strict=True))
        for kind, found in looked.items():
            if isinstance(found, CrmError):
                self._refuse(sources[kind], found)
            else:
                self._definitions[kind] = found
        self._objects = {kind: self._resolve(sources[kind]) for kind in self._definitions}
        self.problems += _unusable(self.settings.tables)

    def _look(self, source: Source) -> dict[str, Mapping[str, Any]] | CrmError:
        """Fetch the definitions of one object; an optional one is also asked for a record, since its definitions may be open to all."""
        known = self.remembered.find(definitions_of(source.kind))
        if known is not None and self._suffices(source, known):
            self._believed.add(source.kind)
            return {str(one["name"]): one for one in known}
        try:
            found = self._asked(source.kind)
            if source.optional:
                self.client.page(source.kind, ["hs_object_id"], limit=1)
        except (Denied, Unprepared, Rejected) as error:
            return error
        self.remembered.keep(definitions_of(source.kind), [{name: one.get(name) for name in USED} for one in found.values()])
        return found

    def _asked(self, kind: str) -> dict[str, Mapping[str, Any]]:
        return {str(one["name"]): one for one in self.client.definitions(kind).results if not one.get("archived")}

    def _suffices(self, source: Source, known: Sequence[Mapping[str, Any]]) -> bool:
        """Whether nothing that we want is missing from what is remembered: what was missing may have been made since."""
        names = {str(one["name"]) for one in known}
        wanted = {*source.properties, *(OURS & set(source.extra))}
        for table, mapping in self.settings.tables.items():
            kinds = _kinds_of(table, mapping)
            if source.kind in kinds:
                others = (self.remembered.find(definitions_of(kind)) or () for kind in kinds if kind != source.kind)
                elsewhere = {str(one["name"]) for found in others for one in found}  # a property of either object will do
                named = {name for column, name in mapping.items() if column != "object" and not name.startswith("=")}
                wanted |= named - elsewhere
        return names >= wanted

    def _refuse(self, source: Source, error: CrmError) -> None:
        if source.kind == "companies" or (isinstance(error, Denied) and not isinstance(error, NoScope)):
            raise error
        self.refused[source.kind] = error
        asked = error.missing.split(", ") if isinstance(error, Denied) else [""]
        scope = next((one for one in source.scopes if one in asked), asked[0])  # any of those asked for would do
        what = f"not read: the scope {scope} is not granted" if scope else f"not read: {error.message}"
        self.problems.append(Problem(where=f"hubspot {source.kind}", what=what))

    def _configured(self) -> Iterator[Source]:
        """Objects that only the configuration names; they bring what is mapped, and the company they belong to."""
        known = {source.kind for source in SOURCES}
        for mapping in self.settings.tables.values():
            kind = mapping.get("object", "")
            if kind and kind not in known:
                known.add(kind)
                yield Source(kind=kind, type_id=kind, scopes=("crm.objects.custom.read",), properties=())

    def _resolve(self, source: Source) -> Resolved:
        defined = self._definitions[source.kind]
        wanted = {**dict.fromkeys(source.properties, ""), **self._mapped(source.kind)}
        for name, where in wanted.items():
            self._report(source.kind, name, where)
        if source.kind in {"companies", "tasks"} and (absent := sorted((OURS & set(source.extra)) - defined.keys())):
            what = f"{len(absent)} of our {len(OURS & set(source.extra))} properties are not there, the first is {absent[0]}; `equilibre provision` creates them"
            self.problems.append(Problem(where=f"hubspot {source.kind}", what=what, column=absent[0]))
        merged = MERGED if source.kind != "tasks" else ()
        names = {name for name in (*wanted, *source.extra, *merged) if name in defined and name not in ENVELOPE}
        types = {name: str(defined[name].get("type") or "string") for name in names}
        if source.kind == "tasks":
            types |= {KEY: "string", MARK: "string"}  # taken out of the task's text where the portal lacks them
        links = ("companies",) if source.kind == "companies" and "hs_parent_company_id" not in defined else source.links
        return Resolved(kind=source.kind, modified=source.modified, types=types, links=links, stages=source.stages)

    def _mapped(self, kind: str) -> dict[str, str]:
        """Give the properties of this object that the configuration names, each with its configuration key."""
        found: dict[str, str] = {}
        for table, mapping in self.settings.tables.items():
            kinds = _kinds_of(table, mapping)
            if kind in kinds:
                names = {
                    name: f"hubspot.tables.{table}.{column}"
                    for column, name in mapping.items()
                    if column != "object" and not name.startswith("=")
                }
                if len(kinds) > 1:  # a property of either object will do
                    names = {
                        name: where
                        for name, where in names.items()
                        if name in self._definitions.get(kind, {}) or not self._elsewhere(name, kind, kinds)
                    }
                found |= names
        return found

    def _elsewhere(self, name: str, kind: str, kinds: tuple[str, ...]) -> bool:
        return any(name in self._definitions.get(other, {}) for other in kinds if other != kind)

    def _report(self, kind: str, name: str, where: str) -> None:
        defined = self._definitions[kind]
        if name in ENVELOPE:
            self.problems.append(
                Problem(
                    where=where or f"hubspot {kind}", what=f"the property {name} has a name that the mirror needs for itself", column=name
                )
            )
        elif name not in defined:
            self.problems.append(
                Problem(
                    where=where or f"hubspot {kind}",
                    what=f"{kind} have no property {name} in this portal{_hint(name, defined)}",
                    column=name,
                )
            )


def _kinds_of(table: str, mapping: Mapping[str, str]) -> tuple[str, ...]:
    """Give the objects whose properties the configuration maps onto a table."""
    built = next((one for one in TABLES if one.name == table), None)
    own = mapping.get("object")
    return (own,) if own else (built.kinds or (built.kind,)) if built else ()


def _unusable(mappings: Mapping[str, Mapping[str, str]]) -> Iterator[Problem]:
    """Tell what the configuration maps onto nothing: tables and columns that are not in rules/facts.sql, tables without an object."""
    known = canonical()
    built = {one.name for one in TABLES}
    for table, mapping in mappings.items():
        where = f"hubspot.tables.{table}"
        if table not in known:
            yield Problem(where=where, what=f"there is no table {table}{_hint(table, known)}")
            continue
        if table not in built and "object" not in mapping:
            yield Problem(where=where, what="names no object; add object = the HubSpot object that holds these records")
        for column in mapping.keys() - known[table].keys() - {"object"}:
            yield Problem(where=f"{where}.{column}", what=f"{table} have no column {column}{_hint(column, known[table])}", column=column)


def _hint(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""

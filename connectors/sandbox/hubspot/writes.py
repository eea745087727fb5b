"""One write to one record: check the values, keep them, remember what was there, and follow the consequences.

raw values  --check-->  stored text or Problems  --commit-->  record, history, unique index, search index lag
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.sandbox.hubspot import derive
from connectors.sandbox.hubspot.records import Record, Version
from connectors.sandbox.hubspot.values import Problem, absent, accept, read_only, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.sandbox.hubspot.kinds import Kind
    from connectors.sandbox.hubspot.portal import Portal
    from connectors.sandbox.hubspot.records import Table

PERSON: Final = ("CRM_UI", "userId:9")
INTEGRATION: Final = ("INTEGRATION", "19083857")
"""Who a value is from: source type and id, as the history tells it."""


def check(
    portal: Portal, kind: Kind, values: Mapping[str, object], row: Record | None, *, system: bool = False
) -> tuple[dict[str, str], list[Problem]]:
    """Give the storable form of `values` and everything wrong with them. A system write may set read-only properties and any owner."""
    good: dict[str, str] = {}
    problems: list[Problem] = []
    definitions, now = portal.definitions[kind.id], portal.now()
    owners = None if system else portal.active_owners
    staged = derive.stage_property(kind)
    for name, raw in values.items():
        text = text_of(raw)
        prop = definitions.get(name, now)
        if prop is None:
            problems.append(absent(name))
        elif prop.read_only and not system:
            problems.append(read_only(name))
        elif staged and name in staged:
            good[name] = text
        else:
            kept = accept(prop, _appended(prop.field_type, text, name, row), owners)
            if isinstance(kept, Problem):
                problems.append(kept)
            else:
                good[name] = kept
    if staged and set(staged) & set(good):
        problems += _check_stage(portal, kind, good, row, staged, system=system)
    if not system:
        problems += _unfulfilled(portal, kind, good, row)
    return good, problems


def _unfulfilled(portal: Portal, kind: Kind, good: Mapping[str, str], row: Record | None) -> list[Problem]:
    """What the validation rules of the portal require and the record would lack after this write."""
    held: Mapping[str, str] = {**(row.properties if row else {}), **good}
    wanted = sorted(portal.knobs.required.get(kind.name, ()))
    return [Problem(name, "MISSING_REQUIRED_PROPERTY", f"{name} is required.") for name in wanted if not held.get(name)]


def _appended(field_type: str, text: str, name: str, row: Record | None) -> str:
    """A checkbox value that starts with ";" is added to what is there."""
    if field_type != "checkbox" or not text.startswith(";"):
        return text
    held = [one for one in (row.properties.get(name, "") if row else "").split(";") if one]
    return ";".join(dict.fromkeys([*held, *[one for one in text.split(";") if one]]))


def _check_stage(
    portal: Portal, kind: Kind, good: dict[str, str], row: Record | None, names: tuple[str, str], *, system: bool
) -> list[Problem]:
    """A stage must belong to the record's pipeline; without one given or held it is the portal's first (for a seed: the stage's own)."""
    pipeline_name, stage_name = names
    pipelines = portal.pipelines[kind.name]
    held = row.properties.get(pipeline_name, "") if row else ""
    asked = good.get(pipeline_name) or held
    if not asked:
        owner = next((one for one in pipelines if one.stage(good.get(stage_name, ""))), pipelines[0]) if system else pipelines[0]
        asked = owner.id
    pipeline = next((one for one in pipelines if one.id == asked), None)
    if pipeline is None:
        names_of = ", ".join(one.id for one in pipelines)
        return [Problem(pipeline_name, "INVALID_OPTION", f"{asked} is not a valid pipeline ID. Valid options are: [{names_of}]")]
    good[pipeline_name] = asked
    stage = good.get(stage_name, row.properties.get(stage_name, "") if row else "")
    if stage and pipeline.stage(stage) is None:
        valid = ", ".join(one.id for one in pipeline.stages)
        message = f"{stage} is not a valid pipeline stage ID. Valid options are: pipelineId={pipeline.id} : [{valid}]"
        return [Problem(stage_name, "INVALID_OPTION", message)]
    return []


def lacking(kind: Kind, good: Mapping[str, str]) -> list[str]:
    """Names that a create must set and does not."""
    missing = [name for group in kind.required for name in group if not good.get(name)]
    if kind.any_of and not any(good.get(name) for name in kind.any_of):
        missing.append(kind.any_of[0])
    return missing


def conflict(portal: Portal, kind: Kind, good: Mapping[str, str], row: Record | None) -> tuple[str, Record] | None:
    """The unique property whose value another live record holds, and that record."""
    table = portal.tables[kind.id]
    for prop in portal.definitions[kind.id].uniques():
        value = good.get(prop.name)
        other = table.by_unique(prop.name, value) if value else None
        if other is not None and (row is None or other.number != row.number) and other.archived_at is None:
            return prop.name, other
    return None


def commit(portal: Portal, kind: Kind, row: Record, values: Mapping[str, str], at: int, source: tuple[str, str]) -> dict[str, str]:
    """Keep checked values and their consequences; give all that was set. The record counts as modified even if nothing differs."""
    table = portal.tables[kind.id]
    uniques = {prop.name for prop in portal.definitions[kind.id].uniques()}
    _keep(table, uniques, row, values, at, source)
    follow = derive.consequences(portal, kind, row, values, at)
    _keep(table, uniques, row, follow, at, source)
    table.touch(row, at)
    return {**values, **follow}


def _keep(table: Table, uniques: set[str], row: Record, values: Mapping[str, str], at: int, source: tuple[str, str]) -> None:
    for name, value in values.items():
        held = row.properties.get(name, "")
        if held == value:
            continue
        if name in uniques:
            table.claim(name, value, row)
        if held or name in row.history:
            versions = row.history.setdefault(name, [Version(held, row.created, *_born(row))])
            versions.insert(0, Version(value, at, *source))
        elif at > row.created:
            row.history[name] = [Version(value, at, *source)]
        if value:
            row.properties[name] = value
        else:
            row.properties.pop(name, None)


def _born(row: Record) -> tuple[str, str]:
    return INTEGRATION if row.properties.get("hs_object_source") == "INTEGRATION" else PERSON


def past(row: Record, name: str) -> list[Version]:
    """The versions of one property, newest first."""
    if name in row.history:
        return row.history[name]
    value = row.properties.get(name)
    return [Version(value, row.created, *_born(row))] if value else []

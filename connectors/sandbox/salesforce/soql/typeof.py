"""TYPEOF: other fields of a polymorphic parent for each type that it may have."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce.soql import say
from connectors.sandbox.salesforce.soql.shape import Renderer, Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.sandbox.salesforce.schema import ObjectType
    from connectors.sandbox.salesforce.soql.bind import Binder
    from connectors.sandbox.salesforce.soql.source import Source
    from connectors.sandbox.salesforce.soql.tree import TypeOf
    from connectors.sandbox.salesforce.store import Row


def type_of(binder: Binder, kind: ObjectType, item: TypeOf, version: str) -> dict[str, Callable[[Row], Any]]:
    """Give the parent's name in the record and the function that renders it."""
    up = binder.relation(kind, item.path.parts[0], item.path.at)
    shapes: dict[str | None, Shape] = {}
    for branch in item.branches:
        target = binder.source.kind(branch.type or "User")  # what ELSE may name exists on every type; User has all of it
        if target is None:
            raise say.no_object(binder.text, item.path.at, branch.type or "")
        shape = Shape()
        for path in branch.fields:
            bound = binder.path(target, path)
            shape.add(bound.way, bound.references, bound.get)
        shapes[target.name if branch.type else None] = shape
    renderers = {name: Renderer(binder.source, version, shape, {}).record for name, shape in shapes.items()}
    return {up.relationship or up.name: partial(_render, binder.source, up.name, renderers)}


def _render(
    source: Source, reference: str, renderers: Mapping[str | None, Callable[[Row], dict[str, Any]]], row: Row
) -> dict[str, Any] | None:
    parent = source.find(row.get(reference))
    if parent is None:
        return None
    render = renderers.get(source.object_of(parent), renderers.get(None))
    return render(parent) if render else None

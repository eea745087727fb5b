"""Every small change of a rule that should change what it says: thresholds, operators, guards, caps, raises, margins.

A mutant that survives all test cases of its rule file shows a threshold or operator that no case pins down.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from rules.expression import Expression
from rules.model import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.rule import Component, Rule

SWAPS = {
    exp.GTE: exp.GT, exp.GT: exp.GTE, exp.LTE: exp.LT, exp.LT: exp.LTE, exp.EQ: exp.NEQ, exp.NEQ: exp.EQ,
    exp.And: exp.Or, exp.Or: exp.And, exp.Add: exp.Sub, exp.Sub: exp.Add, exp.Mul: exp.Div, exp.Div: exp.Mul,
}  # fmt: skip


def mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Yield every changed copy of a rule with a few words that say what was changed."""
    for place, component in enumerate(rule.components):
        for said, changed in _components(component):
            yield f"{component.name}: {said}", replace(rule, components=_with(rule.components, place, changed))
        if len(rule.components) > 1:
            yield f"{component.name}: gone", replace(rule, components=_without(rule.components, place))
    yield from _conditions(rule, "portfolio_guards", "require")
    yield from _conditions(rule, "caps", "when")
    yield from _conditions(rule, "raises", "when")
    for place, cap in enumerate(rule.caps):
        level = SEVERITIES[(SEVERITIES.index(cap.level) + 1) % len(SEVERITIES)]
        yield f"cap {cap.when.text}: {level}", replace(rule, caps=_with(rule.caps, place, replace(cap, level=level)))
    yield "falls after", replace(rule, falls_after=3)
    if rule.requires:
        yield "requires nothing", replace(rule, requires={})


def _conditions(rule, parts, key):
    """Yield the rule without each guard, cap or raise, and with each changed condition of it."""
    for place, part in enumerate(getattr(rule, parts)):
        condition = getattr(part, key)
        yield f"{parts} {condition.text}: gone", replace(rule, **{parts: _without(getattr(rule, parts), place)})
        for said, changed in _expressions(condition):
            yield said, replace(rule, **{parts: _with(getattr(rule, parts), place, replace(part, **{key: changed}))})


def _components(component: Component) -> Iterator[tuple[str, Component]]:
    if any(level.at is not None for level in component.levels):
        yield "direction turned", replace(component, direction="down" if component.direction == "up" else "up")
    for place, level in enumerate(component.levels):
        for said, changed in _levels(level):
            yield said, replace(component, levels=_with(component.levels, place, changed))
        if len(component.levels) > 1:
            yield f"{level.severity}: gone", replace(component, levels=_without(component.levels, place))
    if component.exit_margin:
        yield "no exit margin", replace(component, exit_margin=0.0)
        yield "twice the exit margin", replace(component, exit_margin=2 * component.exit_margin)
    for place, guard in enumerate(component.guards):
        for said, changed in _expressions(guard.require):
            yield said, replace(component, guards=_with(component.guards, place, replace(guard, require=changed)))
    yield from _scope(component)


def _levels(level):
    for limit in () if level.at is None else nudged(level.at):
        yield f"{level.severity} at {limit:g}", replace(level, at=limit)
    for said, changed in () if level.when is None else _expressions(level.when):
        yield f"{level.severity}: {said}", replace(level, when=changed)


def _scope(component):
    if component.applies is not None:
        yield "applies always", replace(component, applies=None)
        for said, changed in _expressions(component.applies):
            yield said, replace(component, applies=changed)
    if component.chance is not None:
        yield "chance is not tested", replace(component, chance=None)
        for fdr in (component.chance.fdr / 2.01, component.chance.fdr * 2.01):
            yield f"fdr {fdr:.3f}", replace(component, chance=replace(component.chance, fdr=fdr))


def _expressions(expression: Expression) -> Iterator[tuple[str, Expression]]:
    """Yield the expression with one operator swapped or one number nudged, for each of them."""
    count = sum(1 for _ in expression.tree.walk())
    for place in range(count):
        for choice in range(2):
            tree = expression.tree.copy()
            node = list(tree.walk())[place]
            changed = _changed(node, choice)
            if changed is not None:
                root = changed if node is tree else tree
                if node is not tree:
                    node.replace(changed)
                yield root.sql(dialect="duckdb"), Expression(root.sql(dialect="duckdb"), expression.names, root)


def _changed(node: exp.Expr, choice: int) -> exp.Expr | None:
    if isinstance(node, exp.Literal):
        if node.is_string:
            return exp.Literal.string(node.this + "x") if choice == 0 else None
        return exp.Literal.number(repr(nudged(float(node.this))[choice]))
    if choice:
        return None
    if isinstance(node, exp.Is):
        return exp.Not(this=node.copy())
    if isinstance(node, exp.Not):
        return node.this.copy()
    swap = SWAPS.get(type(node))
    return None if swap is None else swap(this=node.this.copy(), expression=node.expression.copy())


def nudged(limit: float) -> tuple[float, float]:
    """Give a little less and a little more: one, for whole numbers that count things, else about one per cent."""
    step = 1.0 if limit >= 1 and limit == round(limit) else 0.01 * abs(limit) or 0.01
    return limit - step, limit + step


def _with(items, place, item):
    return (*items[:place], item, *items[place + 1 :])


def _without(items, place):
    return (*items[:place], *items[place + 1 :])

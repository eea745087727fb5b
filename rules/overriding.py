"""What a company changes about the shipped rules: [rules."DEP-01"] in its configuration, and the strict profile.

Both change the table before it is read, so that a changed rule passes exactly the checks of a new one.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final, Literal

from rules.model import SEVERITIES
from rules.toml import CriteriaError, suggestion

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

Profile = Literal["default", "strict"]
_OF_RULE: Final = ("enabled", "cooldown_days", "falls_after", "stages", "tasks")
_OF_COMPONENT: Final = ("levels", "exit_margin", "fdr")


def check_ids(overrides: Iterable[str], known: Collection[str]) -> None:
    """Refuse an override of a rule that does not exist."""
    for rule_id in overrides:
        if rule_id not in known:
            raise CriteriaError("configuration", f"rules.{rule_id}", "", f"unknown rule{suggestion(rule_id, known)}")


def apply(table: Mapping[str, Any], file: str, profile: Profile, change: Mapping[str, Any]) -> dict[str, Any]:
    """Give the table of a rule with the profile and the company's change applied. Raises CriteriaError."""
    changed = deepcopy(dict(table))
    components = changed.get("component", [])
    for component in components if isinstance(components, list) else []:
        strict = component.pop("strict", None)
        if profile == "strict" and strict is not None:
            _set_levels(component, strict, file, changed["id"], "strict")
    for key, value in change.items():
        if key in _OF_RULE:
            changed[key] = value
        elif key in _OF_COMPONENT:
            _change_component(components[0], key, value, changed["id"])
        elif key == "components":
            _change_components(components, value, changed["id"])
        else:
            allowed = (*_OF_RULE, *_OF_COMPONENT, "components")
            raise CriteriaError("configuration", f"rules.{changed['id']}", key, f"unknown key{suggestion(key, allowed)}")
    return changed


def _change_components(components: list[dict[str, Any]], value: Any, rule_id: str) -> None:
    named = {str(component.get("name", component.get("metric"))): component for component in components}
    for name, change in _table(value, rule_id, "components").items():
        key = f"components.{name}"
        if name not in named:
            raise CriteriaError("configuration", f"rules.{rule_id}", key, f"unknown component{suggestion(name, named)}")
        for part, setting in _table(change, rule_id, key).items():
            if part not in _OF_COMPONENT:
                raise CriteriaError("configuration", f"rules.{rule_id}", f"{key}.{part}", f"unknown key{suggestion(part, _OF_COMPONENT)}")
            _change_component(named[name], part, setting, rule_id)


def _change_component(component: dict[str, Any], key: str, value: Any, rule_id: str) -> None:
    if key == "levels":
        _set_levels(component, _table(value, rule_id, key), "configuration", f"rules.{rule_id}", key)
    elif key == "fdr":
        if "chance" not in component:
            raise CriteriaError("configuration", f"rules.{rule_id}", key, "this rule makes no test against chance")
        component["chance"]["fdr"] = value
    else:
        component[key] = value


def _set_levels(component: dict[str, Any], limits: Mapping[str, Any], file: str, rule: str, key: str) -> None:
    """Set levels: a bare number moves the limit and keeps the level's condition; `false` takes the level away."""
    levels = component.setdefault("levels", {})
    for severity, limit in limits.items():
        if severity not in SEVERITIES:
            raise CriteriaError(file, rule, key, f"unknown level {severity!r}{suggestion(severity, SEVERITIES)}")
        if limit is False:
            levels.pop(severity, None)
        elif isinstance(levels.get(severity), dict) and not isinstance(limit, dict):
            if "at" not in levels[severity]:
                raise CriteriaError(file, rule, f"{key}.{severity}", "this level has a condition and no limit to move")
            levels[severity]["at"] = limit
        else:
            levels[severity] = limit


def _table(value: Any, rule_id: str, key: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise CriteriaError("configuration", f"rules.{rule_id}", key, f"must be a table, not {value!r}")
    return value

"""The shape of JSON bodies: what is not of the declared type is refused as the vendor's JSON mapper does, before anything happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from connectors.sandbox.hubspot.wire import bad_json, unset

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


def members(body: Mapping[str, Any], name: str, of: type[T]) -> list[T]:
    """A list of one type; absent and null are the empty list."""
    found = body.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, of) for one in found):
        raise bad_json(f"Cannot deserialize value of `{name}`")
    return found


def integer(body: Mapping[str, Any], name: str, default: int) -> int:
    """A whole number, also as text; absent and null are the default."""
    found = body.get(name)
    if found is None:
        return default
    text = str(found)
    if isinstance(found, bool) or not text.lstrip("-").isdigit():
        raise bad_json(f"Cannot deserialize value of type `int` from {text!r} for `{name}`")
    return int(text)


def as_id(value: object) -> str:
    """An id of a JSON body: text or a whole number."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise unset("id")
    return str(value)


def child_id(one: Mapping[str, Any], name: str) -> str:
    """The id in `{"from": {"id": …}}`."""
    inner = one.get(name)
    if not isinstance(inner, dict):
        raise unset(name)
    return as_id(inner.get("id"))

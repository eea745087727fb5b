"""The words in which __init__.py lists what is read: objects as raw streams, and their part in a canonical table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One object as it is mirrored.

    name    of the raw stream; object: what it reads, when the two differ
    fields  read besides those that the parts name
    where   conditions by the field they need; a condition whose field is not there is left out, the others still hold
    bound   the field without which nothing of this object may be read
    rare    True when many orgs lack it and nobody needs to be told
    only_presence  long texts of which only "there is one" is kept
    """

    name: str
    object: str
    fields: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    bound: str = ""
    rare: bool = False
    only_presence: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one stream gives to one canonical table: canonical column (or `_name`, which only facts/<table>.sql uses) -> field.

    A trailing `?` marks a field that an org may lack without anybody being told, a leading `=` a constant, a leading `^` the name of
    the field that another table's column comes from.
    Without the columns of `needs` the part would say something wrong, so it is left out.
    """

    table: str
    stream: str
    columns: Mapping[str, str]
    needs: tuple[str, ...]

"""The line at the end of a task's text that carries our key where a portal allows no property of ours on tasks."""

from __future__ import annotations

import re
from typing import Final

MARKER: Final = re.compile(r"\[equilibre:(?P<key>eq1-[0-9A-Za-z-]{1,60})(?:\s|&nbsp;)+(?P<mark>[^\s\]<]*)\]")


def with_marker(text: str, key: str, mark: str) -> str:
    """Give the text with exactly one marker line at its end."""
    return f"{MARKER.sub('', text).rstrip()}\n\n[equilibre:{key} {mark}]"


def from_body(text: str | None) -> tuple[str, str] | None:
    """Read key and mark from a task's text, which HubSpot's editor may have turned into HTML since."""
    found = MARKER.search(text or "")
    return (found["key"], found["mark"]) if found else None

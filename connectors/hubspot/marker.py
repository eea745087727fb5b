"""The text of a task as HubSpot wants it, which is HTML, and the line at its end that carries our key where a portal allows no property
of ours on tasks.
"""

from __future__ import annotations

import html
import re
from typing import Final

MARKER: Final = re.compile(r"\[equilibre:(?P<key>eq1-[0-9A-Za-z-]{1,60})(?:\s|&nbsp;)+(?P<mark>[^\s\]<]*)\]")
_END: Final = re.compile(r"(?:\s|<br ?/?>)+$")


def as_html(text: str) -> str:
    """Give plain text as the HTML that shows it: a name with < or & in it stays readable, and a line stays a line."""
    return html.escape(text, quote=False).replace("\n", "<br>")


def with_marker(text: str, key: str, mark: str) -> str:
    """Give the text, which is HTML, with exactly one marker line at its end."""
    return f"{_END.sub('', MARKER.sub('', text))}<br><br>[equilibre:{key} {mark}]"


def from_body(text: str | None) -> tuple[str, str] | None:
    """Read key and mark from a task's text, which HubSpot's editor may have turned into HTML since."""
    found = MARKER.search(text or "")
    return (found["key"], found["mark"]) if found else None

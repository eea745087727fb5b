"""Record ids as Salesforce makes them: 15 case-sensitive characters, and three more that keep them apart where case is lost."""

from __future__ import annotations

import re
from functools import lru_cache

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
POD = "Qy"
_SHAPE = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?")


def suffix(fifteen: str) -> str:
    """Three characters, one per group of five: bit i is set when character i of the group is a capital."""
    return "".join(
        SUFFIX[sum(1 << i for i, character in enumerate(fifteen[start : start + 5]) if character.isascii() and character.isupper())]
        for start in (0, 5, 10)
    )


@lru_cache(maxsize=200_000)
def canonical(value: str) -> str | None:
    """Complete an id to its 18 characters; None when the text is not an id (wrong length, characters or check letters)."""
    if not _SHAPE.fullmatch(value):
        return None
    whole = value[:15] + suffix(value[:15])
    return whole if len(value) == 15 or value == whole else None


def make(prefix: str, number: int) -> str:
    """Make the 18-character id of the `number`-th record of a prefix; ids of one prefix sort in the order of their numbers."""
    tail = ""
    for _ in range(12 - len(POD)):
        number, digit = divmod(number, 62)
        tail = DIGITS[digit] + tail
    fifteen = prefix + POD + tail
    return fifteen + suffix(fifteen)

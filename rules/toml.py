"""One TOML table being read: every key is taken once with its type, and what is left over is an error with a suggestion.

A rule file is written by people, so a mistake is told as file, rule, key and mend in one line, never as a traceback.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

T = TypeVar("T")
_SAID = {str: "a text", bool: "true or false", int: "a whole number", float: "a number", dict: "a table", list: "a list"}


class CriteriaError(ValueError):
    """A rule file or an override cannot be used. The text is one line: file, rule, key, what, mend."""

    def __init__(self, file: str, rule: str, key: str, what: str) -> None:
        self.file, self.rule, self.key, self.what = file, rule, key, what
        super().__init__(": ".join(part for part in (file, rule, key, what) if part))


def parse(text: str, file: str) -> dict[str, Any]:
    """Read TOML text. Raises CriteriaError with the line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CriteriaError(file, "", "", f"is not valid TOML: {error}") from error


def located(error: CriteriaError, files: Iterable[Path]) -> CriteriaError:
    """Give the error with the line of one's own file on which its rule, or better its key, stands."""
    file = next((file for file in files if str(file) == error.file), None)
    if file is None or not error.rule:
        return error
    rows = file.read_text(encoding="utf-8", errors="replace").splitlines()
    start = next((number for number, row in enumerate(rows) if re.match(rf"""\s*id\s*=\s*["']{re.escape(error.rule)}["']""", row)), None)
    if start is None:
        return error
    parts = [part for part in re.sub(r"\[\d+\]", "", error.key).split(".") if part]
    end = next((number for number in range(start + 1, len(rows)) if rows[number].strip() == "[[rule]]"), len(rows))
    said = ((number, part) for part in reversed(parts) for number in range(start, end))
    place = next((number for number, part in said if re.match(rf"\s*{re.escape(part)}\b", rows[number])), start)
    return CriteriaError(f"{error.file}:{place + 1}", error.rule, error.key, error.what)


def suggestion(word: object, known: Collection[str]) -> str:
    """Say `, did you mean 'x'?`, or list the few words that would do."""
    near = difflib.get_close_matches(str(word), sorted(known), 1)
    if near:
        return f", did you mean {near[0]!r}?"
    return f"; known here: {', '.join(sorted(known))}" if len(known) <= 30 else ""


class Section:
    """A table of a file: `take` removes a key, `done` refuses what nobody took."""

    def __init__(self, values: dict[str, Any], file: str, rule: str = "", path: str = "") -> None:
        self.values, self.file, self.rule, self.path = dict(values), file, rule, path
        self.asked: list[str] = []

    def wrong(self, key: str, what: str) -> CriteriaError:
        return CriteriaError(self.file, self.rule, f"{self.path}.{key}".strip("."), what)

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """Give the value of a key, checked for its type; without a default it must be there."""
        self.asked.append(key)
        if key not in self.values:
            if default is None:
                raise self.wrong(key, "is missing" + self._misspelt(key))
            return default
        return self._typed(key, self.values.pop(key), kind)

    def maybe(self, key: str, kind: type[T]) -> T | None:
        self.asked.append(key)
        return self._typed(key, self.values.pop(key), kind) if key in self.values else None

    def words(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Give a list of texts."""
        found = self.take(key, list, None if default is None else list(default))
        if not all(isinstance(word, str) for word in found):
            raise self.wrong(key, "must be a list of texts")
        return tuple(found)

    def one_of(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        word = self.take(key, str, default)
        if word not in allowed:
            raise self.wrong(key, f"unknown value {word!r}{suggestion(word, allowed)}")
        return word

    def section(self, key: str) -> Section:
        return self.under(key, self.take(key, dict))

    def maybe_section(self, key: str) -> Section | None:
        table = self.maybe(key, dict)
        return None if table is None else self.under(key, table)

    def sections(self, key: str) -> list[Section]:
        """Give the tables of an array of tables, none when it is absent."""
        if isinstance(self.values.get(key), dict):
            raise self.wrong(key, f"must be a list of tables: write [[{key}]], not [{key}]")
        rows = self.take(key, list, [])
        if not all(isinstance(row, dict) for row in rows):
            raise self.wrong(key, f"must be tables: [[rule.{key}]]")
        return [self.under(f"{key}[{place}]", row) for place, row in enumerate(rows, 1)]

    def under(self, key: str, table: dict[str, Any]) -> Section:
        return Section(table, self.file, self.rule, f"{self.path}.{key}".strip("."))

    def done(self) -> None:
        for key in self.values:
            raise self.wrong(key, f"unknown key{suggestion(key, self.asked)}")

    def _misspelt(self, key: str) -> str:
        near = difflib.get_close_matches(key, [name for name in self.values if name not in self.asked], 1)
        return f"; {near[0]!r} is not a key, did you mean {key!r}?" if near else ""

    def _typed(self, key: str, value: Any, kind: type[T]) -> T:
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            shown = repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:57]}..."
            raise self.wrong(key, f"must be {_SAID.get(kind, kind.__name__)}, not {shown}")
        return value

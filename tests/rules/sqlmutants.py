"""Every small change of the SQL behind the metrics that should change a figure or a verdict, one at a time.

    rules/metrics/*.sql, rules/metrics/columns/*.sql, rules/derive/*.sql
        -> comparisons swapped, numbers moved, AND and OR, NOT, IS NULL, least and greatest, arithmetic, LEFT JOIN, DISTINCT,
           the last choice of a coalesce, and each word of a list changed
        -> Mutant (the whole file with one change)

Whether a mutant is told from the original is asked in samples.py. A change that means the same stands in equivalent.toml, with its reason.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Change = tuple[int, int, str]

FAMILIES = {
    **{name: ("metrics", name) for name in ("dep", "vol", "cases", "pay", "con", "beh", "ops", "cts", "gov", "people", "portfolio", "notes")},
    "columns": ("metrics/columns", "beh cases con cts dep derived gov ops pay people vol"),
    "derive": ("derive", "accounts calendar diagnostics facts groups identity_keys identity_merge identity_normal lines loaded nodes params parents"),
}  # fmt: skip
"""What a family is: a folder of rules/ and the files in it."""
SWAPS = {
    ">=": ">", "<=": "<", ">": ">=", "<": "<=", "<>": "=", "=": "<>", "+": "-", "-": "+", "*": "/", "/": "*", "AND": "OR", "OR": "AND",
    "NOT ": "", "NOT NULL": "NULL", "NULL": "NOT NULL", "LEFT JOIN": "JOIN", "DISTINCT ": "", " DESC": "", "UNION": "UNION ALL",
    "min(": "max(", "max(": "min(", "least(": "greatest(", "greatest(": "least(", "arg_min(": "arg_max(", "arg_max(": "arg_min(",
    "bool_or(": "bool_and(", "TRUE": "FALSE", "FALSE": "TRUE",
}  # fmt: skip
PATTERNS = tuple(
    re.compile(text)
    for text in (
        r">=|<=|<>|(?<![<>=-])[<>](?![<>=])|(?<![<>=-])=(?![<>=])",
        r"(?<=[\w)\]]) ([-+*/]) (?=[\w($])",
        r"(?<!CREATE )\b(AND|OR)\b",
        r"\b(NOT )(?!NULL)",
        r"\bIS (NOT NULL|NULL)",
        r"\bLEFT JOIN\b",
        r"\bDISTINCT (?!FROM)",
        r" DESC\b",
        r"\bUNION\b(?! ALL)",
        r"\b(?:arg_min|arg_max|min|max|least|greatest|bool_or)\(",
        r"\b(?:TRUE|FALSE)\b",
    )
)
NO_CHANGE = re.compile(r"SELECT@|BETWEEN \S+ @|\w\.\w+ @= \w+\.\w+")
"""At the place @: a star that is no product, an AND that is no condition, the keys of a join."""
NUMBERS = re.compile(r"(?<![\w.$])\d+(?:\.\d+)?(?![\w.])")
NO_NUMBERS = re.compile(r"DECIMAL\(\d+, \d+\)|SELECT \d+|count\(\*\) > 1|THEN 1\b")
WORDS = re.compile(r"(?<!date_diff\()(?<!generate_series\()'([a-z_ ]+)'")
REASONS = Path(__file__).with_name("equivalent.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One changed file of rules/<folder>/. `said` names the line and the change, without a line number: it is the key of a reason."""

    folder: str
    name: str
    line: int
    said: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.folder}/{self.name}.sql:{self.line}"


def sql_mutants(families: Iterable[str] = FAMILIES) -> Iterator[Mutant]:
    for family in families:
        folder, names = FAMILIES[family]
        for name in names.split():
            text = files("rules").joinpath(folder, f"{name}.sql").read_text(encoding="utf-8")
            yield from _of_file(folder, name, text)


def _of_file(folder: str, name: str, text: str) -> Iterator[Mutant]:
    plain = re.sub(r"--.*", lambda found: " " * len(found.group()), text)
    lines = text.splitlines()
    for start, end, new in sorted(set(_changes(plain))):
        number = text.count("\n", 0, start) + 1
        column = start - (text.rfind("\n", 0, start) + 1)
        near = lines[number - 1][max(column - 24, 0) : column + 24].strip()
        said = f"{lines[number - 1].strip()}  [{near}: {text[start:end].strip()} -> {new.strip() or 'gone'}]"
        yield Mutant(folder=folder, name=name, line=number, said=said, text=text[:start] + new + text[end:])


def _changes(text: str) -> Iterator[Change]:
    """Places and what stands there instead; quoted words are no operators and no numbers."""
    bare = re.sub(r"'[^']*'", lambda found: "'" * len(found.group()), text)
    for pattern in PATTERNS:
        for found in pattern.finditer(bare):
            group = pattern.groups
            if not NO_CHANGE.search(bare[: found.start()] + "@" + bare[found.start() :][:40]):
                yield *found.span(group), SWAPS[found.group(group)]
    kept = NO_NUMBERS.sub(lambda found: " " * len(found.group()), bare)
    for found in NUMBERS.finditer(kept):
        yield *found.span(), _more(found.group())
    for found in WORDS.finditer(text):
        yield *found.span(1), f"{found.group(1)}x"
    yield from _choices(bare)


def _choices(text: str) -> Iterator[Change]:
    """Each coalesce without its last choice."""
    for found in re.finditer(r"\bcoalesce\(", text):
        depth, last = 1, None
        for place in range(found.end(), len(text)):
            depth += {"(": 1, ")": -1}.get(text[place], 0)
            if depth == 1 and text[place] == ",":
                last = place
            if depth == 0:
                if last is not None:
                    yield last, place, ""
                break


def _more(number: str) -> str:
    return f"{float(number) * 1.01:.6f}" if "." in number else str(int(number) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why the changes of some files that a pattern finds mean the same."""

    files: re.Pattern[str]
    change: re.Pattern[str]
    why: str

    def covers(self, mutant: Mutant) -> bool:
        return self.files.fullmatch(f"{mutant.folder}/{mutant.name}") is not None and self.change.search(mutant.said) is not None


def reasons() -> list[Reason]:
    """What stands in equivalent.toml."""
    found = tomllib.loads(REASONS.read_text(encoding="utf-8"))["equivalent"]
    return [Reason(files=re.compile(one["files"]), change=re.compile(change), why=one["why"]) for one in found for change in one["changes"]]

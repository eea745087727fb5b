"""Every small change of a metric's SQL that should change a figure: a comparison swapped, a limit or an interval moved.

A mutant is killed when the plain program of tests/rules/oracle and the changed SQL differ on any of the loaded companies.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Self
from unittest.mock import patch

import duckdb

from rules import metrics
from rules.derive import script
from tests.rules.oracle.compare import differences
from tests.rules.oracle.portfolios import Maker
from tests.rules.oracle.product import answer, loaded
from tests.rules.oracle.verdicts import Verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from rules.model import Moment

FAMILIES = ("dep", "vol", "cases", "pay", "con", "beh", "ops", "cts", "gov", "people", "portfolio")
SWAPS = {">=": ">", "<=": "<", ">": ">=", "<": "<=", "<>": "="}
COMPARED = re.compile(r"(>=|<=|<>|(?<![<>=-])[<>](?![<>=])) *(\d+(?:\.\d+)?)?")
SPANS = re.compile(r"INTERVAL (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One changed metric file."""

    family: str
    line: int
    said: str
    text: str


def sql_mutants(families: Iterable[str] = FAMILIES) -> Iterator[Mutant]:
    for family in families:
        text = files("rules").joinpath("metrics", f"{family}.sql").read_text(encoding="utf-8")
        for start, end, new in _changes(_without_comments(text)):
            number = text.count("\n", 0, start) + 1
            said = f"{text.splitlines()[number - 1].strip()}  [{text[start:end]} -> {new}]"
            yield Mutant(family=family, line=number, said=said, text=text[:start] + new + text[end:])


def _without_comments(text: str) -> str:
    """The same text with comments blanked, so that places stay."""
    return re.sub(r"--.*", lambda found: " " * len(found.group()), text)


def _changes(text: str) -> Iterator[tuple[int, int, str]]:
    for found in COMPARED.finditer(text):
        yield *found.span(1), SWAPS[found.group(1)]
        if found.group(2):
            yield *found.span(2), _more(found.group(2))
    for found in SPANS.finditer(text):
        yield *found.span(1), _more(found.group(1))


def _more(number: str) -> str:
    return f"{float(number) * 1.01:.6f}" if "." in number else str(int(number) + 1)


class Companies:
    """Random companies in memory, each with what the plain program says of it."""

    def __init__(self, folder: Path, seeds: Iterable[int]) -> None:
        self.folder, self.seeds = folder, tuple(seeds)
        self.known: list[tuple[DuckDBPyConnection, Moment, Verdicts]] = []
        self.stack = ExitStack()

    def __enter__(self) -> Self:
        for seed in self.seeds:
            company = Maker(seed).company()
            con, moment = self.stack.enter_context(loaded(self.folder / str(seed), company))
            self.known.append((con, moment, Verdicts(company.book)))
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def kill(self, mutant: Mutant) -> bool:
        """Say whether any company tells the mutant from the specification. SQL that cannot run is told at once."""

        def changed(folder: str, name: str, values: dict[str, str]) -> str:
            if (folder, name) == ("metrics", mutant.family):
                return Template(mutant.text).substitute(values)
            return script(folder, name, values)

        with patch.object(metrics, "script", changed):
            return any(self._told(*company) for company in self.known)

    @staticmethod
    def _told(con: DuckDBPyConnection, moment: Moment, plain: Verdicts) -> bool:
        try:
            return next(differences(plain, answer(con, moment)), None) is not None
        except duckdb.Error:
            return True

"""Mutation run: each operator and threshold of the catalogue, each comparison and limit of the metrics' SQL, changed once.

    python -m benchmarks.mutants [--catalogue] [--metrics] [--family ops] [--companies 120]

Prints killed / all and every survivor with its line: a limit that no test pins down. Changes that mean the same stand, with their reasons, in
tests/rules/equivalent.toml, and are not tried.
The catalogue's mutants are run in the suite too (all of them), those of the SQL as a sample (tests/rules/oracle/test_mutants.py).
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
import tempfile
import time
from pathlib import Path

import structlog

from rules.criteria import load
from rules.selftest import Bench
from tests.rules.mutants import mutants
from tests.rules.samples import Companies
from tests.rules.sqlmutants import FAMILIES, reasons, sql_mutants


def catalogue() -> tuple[int, list[str]]:
    book, tried, alive = load(), 0, []
    for rule in book.rules:
        left = list(mutants(rule))
        tried += len(left)
        with Bench(book, rule) as bench:
            for batch in bench.batches():
                bench.lay(batch)
                expected = [case.expect for case in batch]
                left = [(said, mutant) for said, mutant in left if bench.verdicts(mutant, batch) == expected]
        alive += [f"{rule.id}: {said}" for said, _ in left]
    return tried, alive


def sql(families: tuple[str, ...], companies: int, again: set[str]) -> tuple[int, list[str]]:
    """Of `again` only these, as an earlier run printed them; empty: all."""
    tried, alive, known = 0, [], reasons()
    with tempfile.TemporaryDirectory() as folder, Companies(Path(folder), range(companies)) as samples:
        for mutant in sql_mutants(families):
            if (again and f"{mutant.folder}/{mutant.name} {mutant.said}" not in again) or any(reason.covers(mutant) for reason in known):
                continue
            tried += 1
            if not samples.kill(mutant):
                alive.append(f"{mutant.place}: {mutant.said}")
                print(f"survived {alive[-1]}", file=sys.stderr, flush=True)
    return tried, alive


def _survivors(paths: list[Path]) -> set[str]:
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return {re.sub(r"\.sql:\d+:", "", line.removeprefix("survived ")) for line in lines if line.startswith("survived ")}


def main() -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--catalogue", action="store_true", help="only the rules")
    parser.add_argument("--metrics", action="store_true", help="only the SQL")
    parser.add_argument("--family", choices=tuple(FAMILIES), action="append", help="only these metrics")
    parser.add_argument("--companies", type=int, default=120, help="how many random companies have to tell a mutant")
    parser.add_argument("--again", type=Path, action="append", default=[], help="only the survivors that this file of an earlier run names")
    chosen = parser.parse_args()
    both = not (chosen.catalogue or chosen.metrics)
    survived = 0
    for name, wanted, run in (
        ("catalogue", both or chosen.catalogue, catalogue),
        ("metrics", both or chosen.metrics, lambda: sql(tuple(chosen.family or FAMILIES), chosen.companies, _survivors(chosen.again))),
    ):
        if wanted:
            started = time.process_time()
            tried, alive = run()
            survived += len(alive)
            print(f"{name}: {tried - len(alive)} of {tried} killed, {len(alive)} survived, {time.process_time() - started:.0f} s CPU")
            print("".join(f"  {line}\n" for line in alive), end="")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())

"""A sample of the changed SQL of benchmarks/mutants.py: limits that decide a verdict must be told from their neighbours."""

from __future__ import annotations

from importlib.resources import files

import pytest

from tests.rules.samples import Companies
from tests.rules.sqlmutants import FAMILIES, Mutant, reasons, sql_mutants

TOLD = {"pay": ("p.due_invoices >= 3 THEN CAST(p.late AS",)}
"""Parts of the lines whose mutants are tried here, by file."""


@pytest.fixture(scope="module")
def companies(tmp_path_factory):
    with Companies(tmp_path_factory.mktemp("companies"), (25, 3)) as known:
        yield known


@pytest.mark.parametrize("family", TOLD)
def test_a_moved_limit_is_told(companies, family):
    chosen = [mutant for mutant in sql_mutants([family]) if any(part in mutant.said for part in TOLD[family])]
    assert chosen
    assert [mutant.said for mutant in chosen if not companies.kill(mutant)] == []


def test_unchanged_sql_is_no_mutant(companies):
    text = files("rules").joinpath("metrics", "con.sql").read_text(encoding="utf-8")
    assert not companies.kill(Mutant(folder="metrics", name="con", line=1, said="nothing", text=text))


def test_every_change_that_means_the_same_is_still_a_change_of_the_sql():
    made = list(sql_mutants(FAMILIES))
    assert [reason for reason in reasons() if not any(reason.covers(mutant) for mutant in made)] == []

"""The portfolio as files: the canonical tables, nothing else, each client once."""

from __future__ import annotations

import csv
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import rules
from connectors.sandbox.portfolio import TABLES, as_csv, generate

TODAY = date(2026, 11, 24)
FACTS = (Path(rules.__file__).parent / "facts.sql").read_text(encoding="utf-8")


def canonical() -> dict[str, dict[str, list[str]]]:
    """Columns of each table in facts.sql and the values their @enum allows."""
    found: dict[str, dict[str, list[str]]] = {}
    for name, body in re.findall(r"CREATE TABLE IF NOT EXISTS (\w+) \((.*?)\n\);", FACTS, re.DOTALL):
        found[name] = {}
        for column, comment in re.findall(r'^ {4}"?(\w+)"? [A-Z][^-\n]*(?:--(.*))?$', body, re.MULTILINE):
            allowed = comment.partition("@enum")[2]
            found[name][column] = [word.strip() for word in allowed.split(",") if word.strip()]
    return found


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> dict[str, list[dict[str, str]]]:
    files = as_csv(generate(TODAY), tmp_path_factory.mktemp("csv") / "data")
    assert {path.name for path in files.values()} == {f"{table}.csv" for table in TABLES}
    return {table: list(csv.DictReader(path.read_text(encoding="utf-8").splitlines())) for table, path in files.items()}


@pytest.mark.parametrize("table", TABLES)
def test_a_file_has_only_columns_of_its_canonical_table(tables, table):
    assert tables[table]
    assert set(tables[table][0]) <= set(canonical()[table])


@pytest.mark.parametrize("table", TABLES)
def test_every_enumerated_cell_holds_an_allowed_value(tables, table):
    for column, allowed in canonical()[table].items():
        found = {row[column] for row in tables[table] if row.get(column)}
        assert not allowed or found <= set(allowed), (table, column, found)


def test_times_are_utc_dates_are_iso_and_truth_is_lower_case(tables):
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["opened_at"]) for row in tables["cases"])
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", row["due_date"]) for row in tables["invoices"])
    assert {row["is_rush"] for row in tables["orders"]} == {"true", "false"}


def test_the_files_hold_the_revenue_of_the_portfolio_to_the_cent(tables):
    portfolio = generate(TODAY)
    assert sum(Decimal(row["amount"]) for row in tables["revenue"]) == sum(row["amount"] for row in portfolio.rows("revenue"))
    assert {row["kind"] for row in tables["revenue"]} == {"invoice", "credit_note"}


def test_drafts_and_cancelled_invoices_are_no_revenue(tables):
    out = {row["invoice_id"] for row in tables["invoices"] if row["status"] in {"draft", "voided"}}
    assert out
    assert not out & {row["line_id"] for row in tables["revenue"]}


def test_what_people_typed_stands_in_the_accounts(tables):
    assert [row["privileges"].count(";") + 1 for row in tables["accounts"] if row["privileges"]] == [5]

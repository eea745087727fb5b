"""The catalogue against a portal: what is missing is told, and nothing else stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from connectors.failures import Unprepared
from connectors.hubspot import COMPANY_PROPERTIES, SOURCES
from connectors.hubspot.fields import COMPANY, TASK
from connectors.sandbox.faults import Fault

if TYPE_CHECKING:
    from tests.connectors.hubspot.conftest import Bench


def told(bench: Bench, **changes: object) -> dict[str | None, str]:
    return {problem.column: f"{problem.where}: {problem.what}" for problem in bench.connect(**changes).reader().missing()}


def test_a_misspelt_property_of_the_configuration_is_told_with_the_nearest_name(bench: Bench) -> None:
    bench.portal.define("companies", {"payment_terms_days": "number"})
    problems = told(bench, tables={"accounts": {"payment_terms_days": "payment_term_days"}})
    assert problems["payment_term_days"] == (
        "hubspot.tables.accounts.payment_terms_days: companies have no property payment_term_days in this portal; did you mean payment_terms_days?"
    )


def test_what_every_portal_should_have_is_told_and_what_only_some_have_is_not(bench: Bench) -> None:
    problems = told(bench)
    assert not [name for name in problems if name and not name.startswith(("eq_", "equilibre_"))]


def test_our_own_properties_are_told_in_one_line_with_the_command_that_makes_them(bench: Bench) -> None:
    lines = [text for text in told(bench).values() if "companies" in text]
    count = len(COMPANY_PROPERTIES)
    assert len(lines) == 1
    assert f"{count} of our {count} properties are not there" in lines[0]
    assert "`equilibre provision`" in lines[0]
    bench.provisioned()
    assert not told(bench)


def test_an_unknown_object_of_the_configuration_is_told(bench: Bench) -> None:
    problems = bench.connect(tables={"orders": {"object": "p_commandes", "ordered_at": "le"}}).reader().missing()
    assert [problem.what for problem in problems if problem.where == "hubspot p_commandes"] == [
        "not read: not defined in this portal: p_commandes"
    ]


def test_a_table_or_column_that_does_not_exist_is_told_and_stops_nothing(bench: Bench) -> None:
    tables = {"acounts": {"object": "companies"}, "hours": {"week": "=2026-01-05"}, "accounts": {"payment_terms": "createdate"}}
    reader = bench.connect(tables=tables).reader()
    texts = {problem.where: problem.what for problem in reader.missing()}
    assert texts["hubspot.tables.acounts"] == "there is no table acounts; did you mean accounts?"
    assert "names no object" in texts["hubspot.tables.hours"]
    assert texts["hubspot.tables.accounts.payment_terms"] == "accounts have no column payment_terms; did you mean payment_terms_days?"
    assert {"acounts", "hours"} & {table.name for table in reader.tables()} == set()


def test_a_property_that_meetings_have_and_calls_lack_is_no_news(bench: Bench) -> None:
    bench.portal.define("meetings", {"objet": "string"})
    assert "objet" not in told(bench, tables={"activities": {"topic": "objet"}})
    assert "objte" in told(bench, tables={"activities": {"topic": "objte"}})


def test_a_property_that_bears_a_name_of_the_mirror_is_told_and_left_out(bench: Bench) -> None:
    bench.portal.define("companies", {"archived": "string"})
    assert "needs for itself" in told(bench, tables={"accounts": {"country": "archived"}})["archived"]


def test_streams_list_only_columns_that_the_portal_has_in_a_stable_order(bench: Bench) -> None:
    stream = next(one for one in bench.connect().reader().streams() if one.name == "companies")
    assert not [name for name in stream.columns if name.startswith("eq_")]
    assert list(stream.columns[4:]) == sorted(stream.columns[4:])
    bench.provisioned()
    again = next(one for one in bench.connect().reader().streams() if one.name == "companies")
    assert set(COMPANY_PROPERTIES) <= set(again.columns)


def test_definitions_are_fetched_once_a_run_and_object(bench: Bench) -> None:
    reader = bench.connect().reader()
    reader.streams()
    reader.missing()
    reader.tables()
    assert len(bench.asked("/properties/")) == len(SOURCES)


def test_trouble_with_the_portal_is_no_missing_object(bench: Bench) -> None:
    bench.faults.add(Fault(path="/properties/deals", status=404, body="<html></html>"))
    reader = bench.connect().reader()
    assert "deals" not in {stream.name for stream in reader.streams()}
    bench.faults.add(Fault(path="/properties/companies", status=404, body="<html></html>"))
    with pytest.raises(Unprepared):
        bench.connect().reader().streams()


def test_every_property_that_the_fence_knows_is_defined_and_the_other_way_round() -> None:
    assert {one["name"] for one in COMPANY} == set(COMPANY_PROPERTIES)
    assert [one["name"] for one in TASK] == ["equilibre_key", "equilibre_mark"]

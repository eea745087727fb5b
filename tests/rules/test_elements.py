"""Every element of the source texts has an answer, every answer exists, and every task of the catalogue can be asked for."""

from __future__ import annotations

from pathlib import Path

from rules.criteria import load
from rules.elements import SIZES, markdown, read
from rules.monitors import read_book
from rules.vocabulary import empty_facts

BOOK = load()
MONITORS = read_book()
ELEMENTS = read()
ROOT = Path(__file__).parents[2]


def test_all_182_elements_are_there_once():
    wanted = [f"{text}-{number:02d}" for text, size in SIZES.items() for number in range(1, size + 1)]
    assert [one.id for one in ELEMENTS] == wanted
    assert len(wanted) == 182


def test_every_rule_monitor_and_task_that_an_element_names_exists():
    known = {*BOOK.by_id, *MONITORS.monitors, "IMB-01"}
    assert {name for one in ELEMENTS for name in one.rules} <= known
    assert {code for one in ELEMENTS for code in one.tasks} <= set(BOOK.tasks)


def test_every_field_that_an_element_names_is_one_that_people_fill_in():
    import duckdb

    with duckdb.connect() as con:
        empty_facts(con)
        columns = {row[0] for row in con.execute("DESCRIBE accounts").fetchall()}
    assert {name for one in ELEMENTS for name in one.fields} <= columns


def test_the_page_of_the_elements_is_generated_from_the_file():
    assert markdown(ELEMENTS) in (ROOT / "docs/elements.md").read_text(encoding="utf-8"), "run `equilibre rules elements`"


def test_every_task_of_the_catalogue_is_asked_for_by_a_rule_a_stage_or_a_monitor():
    asked = {code for rule in BOOK.rules for codes in rule.tasks.values() for code in codes}
    asked |= {code for codes in MONITORS.playbooks.values() for code in codes}
    asked |= {code for one in MONITORS.monitors.values() for codes in one.tasks.values() for code in codes}
    assert sorted({*BOOK.tasks, *MONITORS.tasks} - asked) == []
    assert sorted(asked - {*BOOK.tasks, *MONITORS.tasks}) == []
    assert {f"T-{number:02d}" for number in range(1, 32)} == set(BOOK.tasks)

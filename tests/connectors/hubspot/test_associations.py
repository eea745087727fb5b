"""Which company a record belongs to, read from the pages as they were landed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from connectors.hubspot import landing
from connectors.hubspot.answer import Answer, lines
from connectors.hubspot.associations import COMPANY_PARENT, associated, ids_of, pages
from connectors.hubspot.verdicts import Refused

if TYPE_CHECKING:
    from pathlib import Path


def entry(to: int, *types: tuple[str, int, str | None]) -> dict[str, Any]:
    return {
        "toObjectId": to,
        "associationTypes": [{"category": category, "typeId": number, "label": label} for category, number, label in types],
    }


PLAIN = ("HUBSPOT_DEFINED", 341, None)
PRIMARY = ("HUBSPOT_DEFINED", 5, "Primary")


Found = tuple[list[str], list[dict[str, Any]]]


def read(place: Path, *answers: Found, only: int | None = None) -> dict[str, tuple[str | None, str]]:
    """id -> (who counts, how many) as the relation says over what was landed of these answers."""
    file = place / "links.ndjson"
    file.unlink(missing_ok=True)
    out = landing.PageFile(file)
    for asked, rows in answers:
        answer = Answer(207, {"results": rows})
        out.add(answer.lines + lines(landing.without_links(asked, answer.ids)), len(asked))
    out.close()
    with duckdb.connect() as connection:
        rows = connection.execute(landing.links(only).replace("{files}", f"['{file}']")).fetchall()
    return {one: (to, number) for one, to, number in rows}


def line(asked: list[str], *found: tuple[str, list[dict[str, Any]]]) -> Found:
    return asked, [{"from": {"id": one}, "to": entries} for one, entries in found]


def chosen(place: Path, *entries: dict[str, Any], only: int | None = None) -> str | None:
    return read(place, line(["9"], ("9", list(entries))), only=only)["9"][0]


def test_the_primary_company_counts_and_not_the_first_one(tmp_path: Path) -> None:
    assert chosen(tmp_path, entry(1, PLAIN), entry(20, PLAIN, PRIMARY), entry(3, PLAIN)) == "20"


def test_a_primary_company_is_known_by_its_type_when_its_label_is_translated(tmp_path: Path) -> None:
    assert chosen(tmp_path, entry(1, PLAIN), entry(20, ("HUBSPOT_DEFINED", 5, "Principale"))) == "20"


def test_the_lowest_id_counts_when_none_is_primary_and_length_comes_before_letters(tmp_path: Path) -> None:
    assert chosen(tmp_path, entry(1_000, PLAIN), entry(999, PLAIN), entry(2_000, PLAIN)) == "999"


def test_a_portals_own_label_is_not_taken_for_primary_because_its_number_is_the_same(tmp_path: Path) -> None:
    assert chosen(tmp_path, entry(1, PLAIN), entry(20, PLAIN, ("USER_DEFINED", 5, "Facturation"))) == "1"


def test_a_parent_is_the_company_at_the_other_end_of_type_14_and_not_of_13(tmp_path: Path) -> None:
    child, parent = entry(1, ("HUBSPOT_DEFINED", 13, None)), entry(2, ("HUBSPOT_DEFINED", 14, None))
    assert chosen(tmp_path, child, parent, only=COMPANY_PARENT) == "2"
    assert chosen(tmp_path, child, only=COMPANY_PARENT) is None


def test_a_record_that_was_asked_for_and_not_answered_has_no_company(tmp_path: Path) -> None:
    assert read(tmp_path, line(["1", "2"], ("1", [entry(10, PLAIN)]))) == {"1": ("10", "1"), "2": (None, "0")}
    assert read(tmp_path, line(["3"])) == {"3": (None, "0")}


def test_pages_of_one_record_count_together_and_a_repeat_counts_once(tmp_path: Path) -> None:
    first, second = line(["1"], ("1", [entry(10, PLAIN), entry(11, PLAIN)])), line(["1"], ("1", [entry(11, PLAIN), entry(12, PRIMARY)]))
    assert read(tmp_path, first, second) == {"1": ("12", "3")}


class Book:
    """Answers association reads from a list, and notes what was asked."""

    def __init__(self, *documents: dict[str, Any]) -> None:
        self.documents, self.asked = list(documents), []

    def associations(self, _kind: str, _to: str, inputs: list[dict[str, str]]) -> Answer:
        self.asked.append(inputs)
        return Answer(207, self.documents.pop(0))


NONE_FOUND = {
    "status": "error",
    "category": "OBJECT_NOT_FOUND",
    "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
    "message": "No company is associated with deal 502.",
    "context": {"fromObjectId": ["502"]},
}


def test_from_is_text_and_to_is_a_number_and_both_end_as_text() -> None:
    book = Book({"results": [{"from": {"id": "501"}, "to": [entry(29_022_297_485, PRIMARY)]}]})
    found = associated(book, "deals", "companies", ["501"])  # type: ignore[arg-type]
    assert ids_of(found["501"]) == ["29022297485"]


def test_a_record_without_associations_is_empty_and_no_failure() -> None:
    book = Book({"results": [{"from": {"id": "501"}, "to": [entry(1, PRIMARY)]}], "numErrors": 1, "errors": [NONE_FOUND]})
    assert associated(book, "deals", "companies", ["501", "502"]).keys() == {"501"}  # type: ignore[arg-type]


def test_another_error_is_raised() -> None:
    book = Book({"results": [], "errors": [{"category": "VALIDATION_ERROR", "message": "no"}]})
    with pytest.raises(Refused):
        associated(book, "deals", "companies", ["501"])  # type: ignore[arg-type]


def test_each_record_pages_by_itself() -> None:
    first = {"from": {"id": "1"}, "to": [entry(10, PLAIN)], "paging": {"next": {"after": "x"}}}
    book = Book(
        {"results": [first, {"from": {"id": "2"}, "to": [entry(20, PLAIN)]}]},
        {"results": [{"from": {"id": "1"}, "to": [entry(11, PRIMARY)]}]},
    )
    found = [asked for asked, _ in pages(book, "deals", "companies", ["1", "2"])]  # type: ignore[arg-type]
    assert book.asked == [[{"id": "1"}, {"id": "2"}], [{"id": "1", "after": "x"}]]
    assert found == [["1", "2"], ["1"]]

"""Which company a record belongs to."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.hubspot.associations import COMPANY_PARENT, associated, chosen
from connectors.hubspot.client import Answer
from connectors.hubspot.verdicts import Refused


def entry(to: int, *types: tuple[str, int, str | None]) -> dict[str, Any]:
    return {
        "toObjectId": to,
        "associationTypes": [{"category": category, "typeId": number, "label": label} for category, number, label in types],
    }


PLAIN = ("HUBSPOT_DEFINED", 341, None)
PRIMARY = ("HUBSPOT_DEFINED", 5, "Primary")


def test_the_primary_company_counts_and_not_the_first_one() -> None:
    assert chosen([entry(1, PLAIN), entry(20, PLAIN, PRIMARY), entry(3, PLAIN)]) == "20"


def test_a_primary_company_is_known_by_its_type_when_its_label_is_translated() -> None:
    assert chosen([entry(1, PLAIN), entry(20, ("HUBSPOT_DEFINED", 5, "Principale"))]) == "20"


def test_the_lowest_id_counts_when_none_is_primary_and_length_comes_before_letters() -> None:
    assert chosen([entry(1_000, PLAIN), entry(999, PLAIN), entry(2_000, PLAIN)]) == "999"


def test_a_portals_own_label_is_not_taken_for_primary_because_its_number_is_the_same() -> None:
    assert chosen([entry(1, PLAIN), entry(20, PLAIN, ("USER_DEFINED", 5, "Facturation"))]) == "1"


def test_no_association_is_no_company() -> None:
    assert chosen([]) is None


def test_a_parent_is_the_company_at_the_other_end_of_type_14_and_not_of_13() -> None:
    child, parent = entry(1, ("HUBSPOT_DEFINED", 13, None)), entry(2, ("HUBSPOT_DEFINED", 14, None))
    assert chosen([child, parent], COMPANY_PARENT) == "2"
    assert chosen([child], COMPANY_PARENT) is None


class Pages:
    """Answers association reads from a list, and notes what was asked."""

    def __init__(self, *documents: dict[str, Any]) -> None:
        self.documents, self.asked = list(documents), []

    def associations(self, _kind: str, _to: str, inputs: list[dict[str, str]]) -> Answer:
        self.asked.append(inputs)
        return Answer(207, b"", self.documents.pop(0))


NONE_FOUND = {
    "status": "error",
    "category": "OBJECT_NOT_FOUND",
    "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
    "message": "No company is associated with deal 502.",
    "context": {"fromObjectId": ["502"]},
}


def test_from_is_text_and_to_is_a_number_and_both_end_as_text() -> None:
    pages = Pages({"results": [{"from": {"id": "501"}, "to": [entry(29_022_297_485, PRIMARY)]}]})
    found = associated(pages, "deals", "companies", ["501"])  # type: ignore[arg-type]
    assert chosen(found["501"]) == "29022297485"


def test_a_record_without_associations_is_empty_and_no_failure() -> None:
    pages = Pages({"results": [{"from": {"id": "501"}, "to": [entry(1, PRIMARY)]}], "numErrors": 1, "errors": [NONE_FOUND]})
    assert associated(pages, "deals", "companies", ["501", "502"]).keys() == {"501"}  # type: ignore[arg-type]


def test_another_error_is_raised() -> None:
    pages = Pages({"results": [], "errors": [{"category": "VALIDATION_ERROR", "message": "no"}]})
    with pytest.raises(Refused):
        associated(pages, "deals", "companies", ["501"])  # type: ignore[arg-type]


def test_each_record_pages_by_itself() -> None:
    first = {"from": {"id": "1"}, "to": [entry(10, PLAIN)], "paging": {"next": {"after": "x"}}}
    pages = Pages(
        {"results": [first, {"from": {"id": "2"}, "to": [entry(20, PLAIN)]}]},
        {"results": [{"from": {"id": "1"}, "to": [entry(11, PRIMARY)]}]},
    )
    found = associated(pages, "deals", "companies", ["1", "2"])  # type: ignore[arg-type]
    assert pages.asked == [[{"id": "1"}, {"id": "2"}], [{"id": "1", "after": "x"}]]
    assert (chosen(found["1"]), chosen(found["2"])) == ("11", "20")

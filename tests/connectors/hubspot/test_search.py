"""The frozen window: nothing lost, no loop, ids as opaque text."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.hubspot import search
from connectors.hubspot.answer import Answer

CLOCK_MS = 1_795_500_000_000


@dataclass
class Index:
    """A search index over (id, modified) that sorts and compares ids as numbers or as text, and cheats where it is told to."""

    rows: dict[str, int]
    as_text: bool = False
    lost: set[str] = field(default_factory=set)
    forget_paging: bool = False
    short: int = search.PAGE
    asked: list[dict[str, Any]] = field(default_factory=list)

    def order(self, one: str) -> Any:
        return one if self.as_text else int(one)

    def search(self, _kind: str, body: dict[str, Any]) -> Answer:
        self.asked.append(body)
        found = [
            one
            for one, modified in self.rows.items()
            if all(self._meets(one, modified, rule) for rule in body["filterGroups"][0]["filters"])
        ]
        found.sort(key=self.order)
        page = [one for one in found if one not in self.lost][: min(body["limit"], self.short)]
        document: dict[str, Any] = {"total": len(found), "results": [{"id": one, "properties": {}} for one in page]}
        if not self.forget_paging and len(page) < len(found):
            document["paging"] = {"next": {"after": str(len(page))}}
        return Answer(200, document)

    def _meets(self, one: str, modified: int, rule: dict[str, str]) -> bool:
        if rule["propertyName"] == "hs_object_id":
            return bool(self.order(one) > self.order(rule["value"]))
        at = int(rule["value"])
        return modified >= at if rule["operator"] == "GTE" else modified < at


WINDOW = search.changed("hs_lastmodifieddate", CLOCK_MS, CLOCK_MS + 3_600_000)


def inside(count: int, width: int = 5) -> dict[str, int]:
    return {str(10 ** (width + index % 3) + index * 7): CLOCK_MS + index for index in range(count)}


@pytest.mark.parametrize("as_text", [False, True])
def test_more_than_ten_thousand_records_of_one_import_are_all_found(as_text: bool) -> None:
    rows = dict.fromkeys(inside(12345, 9), CLOCK_MS + 5)
    index = Index(rows, as_text=as_text)
    found = search.find(index, "deals", WINDOW)  # type: ignore[arg-type]
    assert set(found.ids) == set(rows)
    assert found.complete
    assert not any("after" in body for body in index.asked)


@settings(max_examples=60)
@given(
    ids=st.sets(st.integers(min_value=1, max_value=10**12).map(str), max_size=900),
    as_text=st.booleans(),
    short=st.sampled_from([200, 77, 1_000]),
    forget=st.booleans(),
)
def test_every_record_is_found_once_whatever_the_order_page_size_or_paging(ids: set[str], as_text: bool, short: int, forget: bool) -> None:
    index = Index(dict.fromkeys(ids, CLOCK_MS), as_text=as_text, short=short, forget_paging=forget)
    found = search.find(index, "deals", WINDOW)  # type: ignore[arg-type]
    assert sorted(found.ids) == sorted(ids)


def test_the_window_reaches_back_ten_minutes_and_ends_before_the_pull_began() -> None:
    rows = {"1": CLOCK_MS - 600_001, "2": CLOCK_MS - 600_000, "3": CLOCK_MS + 3_599_999, "4": CLOCK_MS + 3_600_000}
    assert search.find(Index(rows), "deals", WINDOW).ids == ["2", "3"]  # type: ignore[arg-type]


def test_ids_are_handed_back_as_they_came_and_never_counted_up() -> None:
    index = Index({"9": CLOCK_MS, "10": CLOCK_MS, "100": CLOCK_MS}, as_text=True, short=1)
    search.find(index, "deals", WINDOW)  # type: ignore[arg-type]
    cursors = [
        rule["value"] for body in index.asked for rule in body["filterGroups"][0]["filters"] if rule["propertyName"] == "hs_object_id"
    ]
    assert cursors == ["10", "100"]


@pytest.mark.parametrize(("changed", "searches"), [(0, 1), (1, 1), (200, 1), (201, 2), (400, 2)])
def test_a_page_that_holds_all_that_is_left_is_the_last_one(changed: int, searches: int) -> None:
    index = Index(inside(changed))
    assert len(search.find(index, "deals", WINDOW).ids) == changed  # type: ignore[arg-type]
    assert len(index.asked) == searches


def test_no_body_reaches_three_thousand_characters_and_none_has_two_sorts() -> None:
    names = [f"a_property_with_a_name_of_some_length_{place:03d}" for place in range(100)]
    fitting = max(count for count in range(101) if search.fits(WINDOW, names[:count]))
    assert 20 < fitting < 100
    index = Index(inside(300, width=19))
    for _ in search.Search(client=index, kind="deals", filters=WINDOW, properties=names[:fitting]):  # type: ignore[arg-type]
        pass
    assert len(index.asked) == 2
    assert all(len(json.dumps(body)) < 3_000 and len(body["sorts"]) == 1 and body["limit"] <= 200 for body in index.asked)


def test_records_that_the_index_counts_and_does_not_give_make_the_window_incomplete() -> None:
    rows = inside(450)
    assert not search.find(Index(rows, lost=set(list(rows)[200:210])), "deals", WINDOW).complete  # type: ignore[arg-type]


def test_chunks_hold_each_id_once() -> None:
    assert list(search.chunks(["1", "2", "1", "3"], 2)) == [["1", "2"], ["3"]]

"""Pages cut into records without being read: the same records as a parser finds, or no cut at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.hubspot.answer import Answer
from connectors.hubspot.cut import SMALL, cut

TEXTS = st.text(max_size=30) | st.sampled_from(['},{"id":"', '}],"paging":{', '"results":[', "}]}", "\\", '\\"', "{", "]", "\n", "é\u2028"])
ROWS = st.lists(st.dictionaries(st.sampled_from(["name", "domain", "country"]), st.none() | TEXTS), min_size=1, max_size=40)
FILLER = "x" * SMALL


def record(one: int, properties: dict[str, Any]) -> dict[str, Any]:
    stamp = "2026-11-23T09:00:00.000Z"
    return {"id": str(one), "properties": {**properties, "filler": FILLER}, "createdAt": stamp, "updatedAt": stamp, "archived": False}


def written(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def landed(answer: Answer) -> list[Any]:
    return [json.loads(line) for line in answer.lines.splitlines()]


@settings(deadline=None)
@given(ROWS, st.sampled_from(["", "171591000198", "NTI1Cg%3D%3D"]), st.booleans())
def test_a_cut_page_holds_what_a_parser_finds_whatever_people_typed(rows: list[dict[str, Any]], after: str, total: bool) -> None:
    records = [record(place, row) for place, row in enumerate(rows)]
    paging = {"paging": {"next": {"after": after, "link": f"https://api.hubapi.com/x?after={after}"}}} if after else {}
    document = {**({"total": 7} if total else {}), "results": records, **paging}
    answer = Answer.of(200, written(document))
    assert landed(answer) == records
    assert (answer.ids, answer.after) == ([one["id"] for one in records], after or None)
    assert list(answer.results) == records
    assert answer.total == answer.document.get("total", 0) == (7 if total else 0)


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(1, 10**12), min_size=1, max_size=3), min_size=60, max_size=90), TEXTS)
def test_cut_associations_hold_what_a_parser_finds(ends: list[list[int]], label: str) -> None:
    kinds = [{"category": "USER_DEFINED", "typeId": 5, "label": label}]
    rows = [
        {"from": {"id": str(place)}, "to": [{"toObjectId": one, "associationTypes": kinds} for one in to]} for place, to in enumerate(ends)
    ]
    document = {"completedAt": "2026-11-23T09:00:00Z", "status": "COMPLETE", "results": rows}
    answer = Answer.of(200, written(document))
    assert landed(answer) == rows
    assert (answer.ids, answer.unfinished) == ([str(place) for place in range(len(ends))], [])


def test_a_page_as_hubspot_writes_it_is_cut() -> None:
    raw = written({"results": [record(1, {}), record(2, {})], "paging": {"next": {"after": "3", "link": "https://api.hubapi.com/x"}}})
    assert cut(raw) is not None


WHOLE = {"results": [record(1, {"name": "A"}), record(2, {"name": "B"})]}


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(WHOLE, indent=1).encode(),
        json.dumps(WHOLE).encode(),
        written({"results": [dict(reversed(list(one.items()))) for one in WHOLE["results"]]}),
        written({**WHOLE, "errors": [{"category": "OBJECT_NOT_FOUND"}], "numErrors": 1}),
        written({"results": [{**WHOLE["results"][0], "associations": {"companies": {"results": [{"id": "1"}, {"id": "2"}]}}}]}),
        written({"results": []}) + b" " * SMALL,
    ],
)
def test_a_page_that_is_written_otherwise_is_read_and_not_cut(raw: bytes) -> None:
    assert cut(raw) is None
    assert Answer.of(200, raw).document == json.loads(raw)


@pytest.mark.parametrize("going_on", [0, 45, 89])
def test_associations_of_a_record_that_has_more_are_read_and_not_cut(going_on: int) -> None:
    kinds = [{"category": "HUBSPOT_DEFINED", "typeId": 5, "label": "Primary"}]
    rows: list[dict[str, Any]] = [{"from": {"id": str(one)}, "to": [{"toObjectId": 7, "associationTypes": kinds}]} for one in range(90)]
    rows[going_on]["paging"] = {"next": {"after": "NTA%3D", "link": "https://api.hubapi.com/x"}}
    answer = Answer.of(200, written({"status": "COMPLETE", "results": rows}))
    assert answer.unfinished == [(str(going_on), "NTA%3D")]
    assert landed(answer) == rows


def test_a_piece_without_the_rest_of_a_record_is_none() -> None:
    whole = written({"results": [record(1, {}), record(2, {})]})
    assert cut(whole.replace(b'{"id":"2","properties":{', b'{"id":"2","archived":{')) is None
    assert cut(whole.replace(b'{"id":"2",', '{"id":"é",'.encode())) is None


@pytest.mark.parametrize("length", [1, 100, SMALL + 1, -300, -2, -1])
def test_a_page_that_was_cut_off_is_no_answer(length: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        Answer.of(200, written(WHOLE)[:length])


def test_half_a_character_is_taken_out_so_that_the_rest_can_be_landed() -> None:
    raw = json.dumps({"results": [{"id": "1", "properties": {"name": "caf\ud83d"}}]}).encode()
    assert Answer.of(200, raw).results[0]["properties"]["name"] == "caf?"


def test_half_a_character_in_a_long_page_is_not_landed_as_it_came() -> None:
    raw = json.dumps({"results": [record(1, {"name": "caf\ud83d"}), record(2, {})]}, separators=(",", ":")).encode()
    assert cut(raw) is None
    assert landed(Answer.of(200, raw))[0]["properties"]["name"] == "caf?"


def test_records_that_a_page_tells_in_a_row_have_one_line_each_and_the_order_of_the_page() -> None:
    answer = Answer.of(200, written({"results": [record(9, {"name": "a\nb"}), record(1, {"name": "c"})]}))
    assert [row["id"] for row in landed(answer)] == ["9", "1"]

"""Flags reach their companies, and every change gets exactly the receipt it deserves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import FLAG_FIELDS, SetFlags
from connectors.failures import Transient
from connectors.hubspot import FLAGS
from connectors.hubspot.answer import Answer
from connectors.hubspot.write import Row, _matched, _text, _value
from connectors.sandbox.faults import Fault
from rules.model import AccountRef

if TYPE_CHECKING:
    from connectors.contract import Receipt
    from connectors.hubspot.write import HubspotWriter
    from tests.connectors.hubspot.conftest import Bench

UPDATE = "/objects/companies/batch/update"


def change(account: str, **after: Any) -> SetFlags:
    return SetFlags(account=AccountRef(crm="hubspot", id=account), before=dict.fromkeys(after), after=after)


def outcomes(receipts: Any) -> dict[str, str]:
    return {receipt.change.account.id: receipt.outcome for receipt in receipts}


def companies(bench: Bench, count: int) -> list[str]:
    return [bench.portal.create("companies", {"name": f"C{index}"}) for index in range(count)]


def write(bench: Bench, *changes: SetFlags) -> list[Receipt]:
    return list(bench.connect().writer().write_flags(changes))


def test_flags_are_written_in_hubspots_words_and_read_back_as_they_were(bench: Bench) -> None:
    (one,) = [bench.provisioned() and bench.portal.create("companies", {"name": "A"})]
    flags = {
        "level": "alert",
        "stage_proposed": "repair",
        "open_rules": "DEP-01:alert@2026-11-22",
        "revenue_share": 0.3456789012345,
        "index": 42.0,
        "coverage": 1e-05,
        "computed_at": "2026-11-23T09:00:00Z",
        "run": "20261123T090000-abcdef",
    }
    receipt = write(bench, change(one, **flags))[0]
    assert (receipt.outcome, receipt.remote_id) == ("applied", one)
    assert bench.connect().writer().read_flags([one]) == {one: dict.fromkeys(FLAGS) | flags}
    assert bench.portal.get("companies", one)["eq_coverage"] == "0.00001"


def test_a_flag_is_cleared_with_empty_text_because_leaving_it_out_would_keep_it(bench: Bench) -> None:
    bench.provisioned()
    one = bench.portal.create("companies", {"name": "A", "eq_level": "watch", "eq_index": "4"})
    write(bench, change(one, level=None, index=None))
    assert bench.connect().writer().read_flags([one])[one]["level"] is None
    assert not {"eq_level", "eq_index"} & bench.portal.get("companies", one).keys()


def test_a_hundred_companies_take_one_call(bench: Bench) -> None:
    bench.provisioned()
    ids = companies(bench, 100)
    receipts = write(bench, *(change(one, level="watch") for one in ids))
    assert set(outcomes(receipts).values()) == {"applied"}
    assert len(bench.asked(UPDATE)) == 1


def test_one_bad_row_never_blocks_the_other_ninety_nine(bench: Bench) -> None:
    bench.provisioned()
    ids = companies(bench, 100)
    receipts = write(bench, *(change(one, level="watch" if one != ids[42] else "nonsense") for one in ids))
    found = outcomes(receipts)
    assert found.pop(ids[42]) == "refused"
    assert set(found.values()) == {"applied"}
    assert "INVALID_OPTION" in next(receipt.why for receipt in receipts if receipt.outcome == "refused")


def test_a_batch_that_is_refused_as_a_whole_without_naming_a_row_is_halved_until_the_bad_row_is_alone(bench: Bench) -> None:
    bench.provisioned()
    ids = companies(bench, 8)
    writer = bench.connect().writer()
    bad = {ids[5]}

    def refuse_whole(kind: str, inputs: list[dict[str, Any]]) -> Answer:
        if bad & {row["id"] for row in inputs}:
            bench.faults.add(Fault(path=UPDATE, status=400, body={"category": "VALIDATION_ERROR", "message": "x", "correlationId": "c"}))
        return update(kind, inputs)

    update = writer._client.update  # type: ignore[attr-defined]
    writer._client.update = refuse_whole  # type: ignore[attr-defined]
    receipts = list(writer.write_flags([change(one, level="watch") for one in ids]))
    found = outcomes(receipts)
    assert found.pop(ids[5]) == "refused"
    assert set(found.values()) == {"applied"}
    assert [receipt.request_id for receipt in receipts if receipt.outcome == "refused"] == ["c"]


def test_a_property_that_became_read_only_refuses_the_rows_that_hold_it_and_costs_one_call_more(bench: Bench) -> None:
    bench.provisioned()
    ids = companies(bench, 9)
    writer = bench.connect().writer()
    writer.writable()
    bench.portal.definitions["0-2"].known["eq_level"].read_only = True
    bench.portal.knobs.whole_batch_refused = True
    receipts = list(writer.write_flags([change(one, **({"level": "watch"} if one in ids[:6] else {"index": 4.0})) for one in ids]))
    assert outcomes(receipts) == {**dict.fromkeys(ids[:6], "refused"), **dict.fromkeys(ids[6:], "applied")}
    assert len(bench.asked(UPDATE)) == 2
    assert "level" not in bench.connect().writer().writable()


def test_a_company_that_breaks_a_validation_rule_is_refused_alone_and_the_rule_is_named(bench: Bench) -> None:
    bench.provisioned()
    ids = companies(bench, 5)
    for one in (*ids[:2], *ids[3:]):
        bench.portal.update("companies", one, {"city": "Lyon"})
    bench.portal.knobs.required["companies"] = {"city"}
    receipts = write(bench, *(change(one, level="watch") for one in ids))
    assert outcomes(receipts) == {**dict.fromkeys(ids, "applied"), ids[2]: "refused"}
    assert [one.why for one in receipts if one.outcome == "refused"] == ["VALIDATION_ERROR MISSING_REQUIRED_PROPERTY property city"]


def test_a_company_that_is_gone_has_drifted_and_the_others_are_written(bench: Bench) -> None:
    bench.provisioned()
    ids = companies(bench, 3)
    bench.portal.archive("companies", ids[1])
    assert outcomes(write(bench, *(change(one, level="watch") for one in ids))) == {ids[0]: "applied", ids[1]: "drifted", ids[2]: "applied"}


def test_the_same_company_twice_goes_into_two_batches_because_hubspot_refuses_repeats(bench: Bench) -> None:
    bench.provisioned()
    (one,) = companies(bench, 1)
    receipts = write(bench, change(one, level="watch"), change(one, index=5.0))
    assert [receipt.outcome for receipt in receipts] == ["applied", "applied"]
    assert len(bench.asked(UPDATE)) == 2


def test_rows_that_are_in_neither_results_nor_errors_have_failed(bench: Bench) -> None:
    bench.provisioned()
    ids = companies(bench, 3)
    bench.faults.add(Fault(path=UPDATE, effects=("silent",)))
    assert set(outcomes(write(bench, *(change(one, level="watch") for one in ids))).values()) == {"failed"}


def test_a_lost_answer_to_an_update_is_asked_again_since_values_may_be_written_twice(bench: Bench) -> None:
    bench.provisioned()
    (one,) = companies(bench, 1)
    bench.faults.add(Fault(path=UPDATE, drop="after"))
    assert outcomes(write(bench, change(one, level="watch"))) == {one: "applied"}


def test_when_hubspot_answers_nothing_the_whole_call_fails(bench: Bench) -> None:
    bench.provisioned()
    (one,) = companies(bench, 1)
    bench.faults.add(Fault(path=UPDATE, status=503, body="", times=None))
    with pytest.raises(Transient):
        write(bench, change(one, level="watch"))


def test_a_property_that_was_defined_a_moment_ago_is_waited_for(bench: Bench) -> None:
    bench.provisioned()
    (one,) = companies(bench, 1)
    error = {"message": 'Property "eq_level" does not exist', "code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["eq_level"]}}
    bench.faults.add(Fault(path=UPDATE, status=400, body={"category": "VALIDATION_ERROR", "message": "x", "errors": [error]}))
    assert outcomes(write(bench, change(one, level="watch"))) == {one: "applied"}
    assert bench.clock.slept


def test_a_property_that_is_really_missing_refuses_only_the_rows_that_need_it(bench: Bench) -> None:
    bench.provisioned()
    first, second = companies(bench, 2)
    error = {"message": "x", "code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["eq_index"]}}
    bench.faults.add(Fault(path=UPDATE, status=400, body={"category": "VALIDATION_ERROR", "message": "x", "errors": [error]}, times=2))
    assert outcomes(write(bench, change(first, level="watch"), change(second, index=3.0))) == {first: "applied", second: "refused"}


def test_only_fields_that_exist_and_may_be_written_are_offered(bench: Bench) -> None:
    assert not bench.connect().writer().writable()
    bench.provisioned()
    assert bench.connect().writer().writable() == set(FLAG_FIELDS)


def test_flags_are_read_by_id_and_never_from_the_search_index(bench: Bench) -> None:
    bench.provisioned()
    bench.portal.knobs.search_lag = 3600
    (one,) = companies(bench, 1)
    write(bench, change(one, level="watch"))
    assert bench.connect().writer().read_flags([one])[one]["level"] == "watch"
    assert not bench.asked("/search")


def test_a_merged_company_is_absent_when_read_by_its_old_id(bench: Bench) -> None:
    bench.provisioned()
    winner, loser = companies(bench, 2)
    bench.portal.merge("companies", winner, loser)
    found = bench.connect().writer().read_flags([loser, winner])
    assert loser not in found


def test_nothing_but_our_fields_of_companies_was_ever_sent(bench: Bench) -> None:
    bench.provisioned()
    ids = companies(bench, 3)
    write(bench, *(change(one, level="watch", run="r") for one in ids))
    assert bench.audit.written_fields() == {"eq_level", "eq_run"}
    assert {write.object for write in bench.audit.writes} == {"companies"}


# ---------------------------------------------------------------- answers and rows


def rows(*ids: str) -> list[Row]:
    return [Row(change(one, level="watch"), one, {"id": one, "properties": {}}) for one in ids]


def test_results_are_matched_by_id_and_never_by_their_place() -> None:
    answer = Answer(207, {"results": [{"id": "3"}, {"id": "1"}]})
    assert [receipt.outcome for receipt in _matched(rows("1", "2", "3"), answer)] == ["applied", "failed", "applied"]


def test_errors_are_matched_by_trace_id_or_record_id() -> None:
    errors = [
        {"category": "VALIDATION_ERROR", "context": {"objectWriteTraceId": ["0"]}},
        {"category": "OBJECT_NOT_FOUND", "context": {"ids": ["3"]}},
    ]
    answer = Answer(200, {"results": [{"id": "2"}], "numErrors": 2, "errors": errors})
    assert [receipt.outcome for receipt in _matched(rows("1", "2", "3"), answer)] == ["refused", "applied", "drifted"]


def test_an_error_that_names_no_row_is_about_those_that_were_not_answered() -> None:
    answer = Answer(207, {"results": [{"id": "2"}], "errors": [{"category": "VALIDATION_ERROR", "message": "?"}]})
    assert [receipt.outcome for receipt in _matched(rows("1", "2"), answer)] == ["refused", "applied"]


@given(st.permutations(["1", "2", "3", "4", "5"]), st.integers(min_value=0, max_value=5))
def test_every_row_has_exactly_one_receipt_whatever_the_order_and_length(order: list[str], kept: int) -> None:
    answer = Answer(200, {"results": [{"id": one} for one in order[:kept]]})
    receipts = _matched(rows("1", "2", "3", "4", "5"), answer)
    assert [receipt.change.account.id for receipt in receipts] == ["1", "2", "3", "4", "5"]
    assert {receipt.change.account.id for receipt in receipts if receipt.outcome == "applied"} == set(order[:kept])


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_a_number_goes_out_without_exponent_and_comes_back_the_same(number: float) -> None:
    text = _text(number)
    assert "e" not in text.lower()
    assert _value(text, "number") == number


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-11-23T09:00:00.000Z", "2026-11-23T09:00:00Z"),
        ("2026-11-23T10:00:00+01:00", "2026-11-23T09:00:00Z"),
        ("1795424400000", "2026-11-23T09:00:00Z"),
        ("", None),
        (None, None),
    ],
)
def test_an_instant_is_read_as_utc_however_it_is_written(text: str | None, read: str | None) -> None:
    assert _value(text, "datetime") == read


def test_a_number_field_that_holds_something_else_is_shown_as_it_is() -> None:
    assert _value("3092727991;3881228353", "number") == "3092727991;3881228353"


def test_the_writer_names_its_batch_sizes(bench: Bench) -> None:
    writer: HubspotWriter = bench.connect().writer()  # type: ignore[assignment]
    assert (writer.flags_per_call, writer.tasks_per_call) == (100, 100)

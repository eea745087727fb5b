"""The same org through a server that says everything in other words: what is read and written must not differ."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from connectors.sandbox.salesforce.app import build
from connectors.sandbox.serve import serve
from tests.connectors.salesforce.otherwise import Otherwise, said
from tests.connectors.salesforce.stage import canonical, flags, opening, rows, update, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.contract import Landed, Link
    from tests.connectors.salesforce.stage import Stage


@pytest.fixture
def other(ready: Stage) -> Iterator[str]:
    """A second address of the same org."""
    server = serve(Otherwise(build(ready.org, ready.faults, ready.audit)))
    yield server.url
    server.stop()


def stocked(stage: Stage) -> list[str]:
    made = [stage.account(f"Société « {number} »\nà Lyon", Website=f"{number}.example") for number in range(23)]
    for number, account in enumerate(made):
        amount = 12_345_678.5 if number == 3 else 10_000_000 if number == 4 else 100.25 * number
        deal = {"AccountId": account, "Name": "Deal", "StageName": "Closed Won", "CloseDate": "2026-05-01", "Amount": amount}
        stage.org.insert("Opportunity", deal)
        stage.org.insert("Case", {"AccountId": account, "Status": "Closed" if number % 2 else "New", "Priority": "High"})
    stage.org.knobs.page_size = stage.org.knobs.bulk_page = 10
    return made


def tables(stage: Stage, link: Link, since: dict[str, str] | None = None) -> tuple[dict[str, Any], dict[str, Landed]]:
    """The canonical tables of one read, numbers as numbers."""
    pulled = stage.pull(link.reader(), since)
    found = canonical(pulled, link.reader().tables())
    return {
        name: sorted(({key: _plain(value) for key, value in row.items()} for row in rows), key=str) for name, rows in found.items()
    }, pulled


def _plain(value: Any) -> Any:
    return Decimal(value).normalize() if isinstance(value, str) and value[-2:-1] == "E" and value[:1].isdigit() else _number(value)


def _number(value: Any) -> Any:
    try:
        return Decimal(value).normalize() if isinstance(value, str) and "." in value else value
    except ArithmeticError:
        return value


@pytest.mark.parametrize("threshold", [15, 10_000])
def test_a_read_in_other_words_brings_the_same_facts_and_the_same_watermarks(ready: Stage, other: str, threshold: int) -> None:
    stocked(ready)
    plain, first = tables(ready, ready.link(bulk_threshold=threshold))
    worded, second = tables(ready, ready.link(bulk_threshold=threshold, endpoint=other))
    assert worded == plain
    assert all(landed.complete for landed in second.values())
    assert {name: landed.watermark for name, landed in second.items()} == {name: landed.watermark for name, landed in first.items()}
    ready.clock.pass_by(hours=1)
    ready.org.update("Account", ready.org.records("Account")[0]["Id"], {"Name": "Renamed"})
    marks = {name: landed.watermark for name, landed in second.items() if landed.watermark}
    increment = ready.pull(ready.link(endpoint=other).reader(), marks)
    assert "Renamed" in {row["Name"] for row in rows(increment["Account"])}
    assert all(landed.complete for landed in increment.values())


def test_a_write_in_other_words_is_the_same_write(ready: Stage, other: str) -> None:
    accounts = stocked(ready)
    writer = ready.link(endpoint=other).writer()
    one = opening(1, accounts[0])
    assert [receipt.outcome for receipt in written(writer, flags(accounts[0], level="watch", computed_at="2026-11-23T09:00:00Z"))] == [
        "applied"
    ]
    assert writer.read_flags(accounts[:1])[accounts[0]]["computed_at"] == "2026-11-23T09:00:00Z"
    assert [receipt.outcome for receipt in written(writer, one)] == ["applied"]
    seen = writer.find_tasks([one])[one.task.key]
    assert (seen.priority, seen.subject, seen.due_date) == ("high", one.task.subject, one.task.due_date)
    assert [receipt.outcome for receipt in written(writer, update(one, seen.id, {"subject": seen.subject}, subject="New"))] == ["applied"]


def test_other_words_are_other_words() -> None:
    text = said({"state": "InProgress", "at": "2026-11-23T09:00:00.000+0000", "amount": 12345678.5, "nextRecordsUrl": "/q"})
    for part in ("PreparingResults", "+00:00", "1.23456785E7", "https://acme.my.salesforce.com/q", "eventLogId__x"):
        assert part in text

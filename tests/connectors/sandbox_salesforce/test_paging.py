from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.sandbox.faults import Fault
from tests.connectors.sandbox_salesforce.desk import error

GONE = (400, "INVALID_QUERY_LOCATOR", "invalid query locator")
TEXT = "SELECT Id, Name FROM Account ORDER BY Id"


@pytest.fixture
def many(desk):
    desk.ids = [desk.account(f"A{number}") for number in range(450)]
    return desk


def more(desk, url: str):
    return desk.http.get(desk.base + url, headers={"Sforce-Query-Options": "batchSize=200"}, timeout=20)


def first(desk, path: str = "/query") -> dict:
    return desk.get(path, params={"q": TEXT}, headers={"Sforce-Query-Options": "batchSize=200"}).json()


def all_pages(desk, path: str = "/query") -> list[dict]:
    pages = [first(desk, path)]
    while not pages[-1]["done"]:
        pages.append(more(desk, pages[-1]["nextRecordsUrl"]).json())
    return pages


def test_pages_follow_each_other_to_the_end(many):
    pages = all_pages(many)
    assert [len(page["records"]) for page in pages] == [200, 200, 50]
    assert {page["totalSize"] for page in pages} == {450}
    assert pages[0]["nextRecordsUrl"].endswith("-200")
    assert "nextRecordsUrl" not in pages[-1]
    assert [row["Id"] for page in pages for row in page["records"]] == many.ids


def test_batch_size_is_a_hint_between_200_and_2000(many):
    def size(hint: str) -> int:
        return len(many.get("/query", params={"q": TEXT}, headers={"Sforce-Query-Options": f"batchSize={hint}"}).json()["records"])

    assert (size("1"), size("300"), size("9999")) == (200, 300, 450)
    many.org.knobs.page_size = 120
    assert size("2000") == 120


def test_a_locator_of_query_all_still_shows_deleted_rows_though_it_says_query(many):
    many.org.delete("Account", many.ids[-1])
    pages = all_pages(many, "/queryAll")
    assert "/query/01g" in pages[0]["nextRecordsUrl"]
    assert pages[-1]["records"][-1]["Id"] == many.ids[-1]


def test_a_locator_dies_after_two_days(many):
    url = first(many)["nextRecordsUrl"]
    many.clock.move(hours=48)
    assert more(many, url).status_code == 200
    many.clock.move(seconds=1)
    assert error(more(many, url)) == GONE


@pytest.mark.parametrize(
    "locator", ["01gQy0000000009IAA-200", "01gQy0000000001IAA-0", "01gQy0000000001IAA-451", "01gQy0000000001IAA", "nonsense"]
)
def test_a_bad_locator_is_refused(many, locator):
    first(many)
    assert error(more(many, f"/services/data/v66.0/query/{locator}")) == GONE


def test_a_locator_is_of_no_use_to_another_user(many):
    url = first(many)["nextRecordsUrl"]
    many.sign_in(many.org.admin)
    assert error(more(many, url)) == GONE


def test_a_locator_can_be_made_to_expire(many):
    url = first(many)["nextRecordsUrl"]
    many.faults.add(Fault(path="/query/01g", effects=("locator_expired",)))
    assert error(more(many, url)) == GONE
    assert more(many, url).status_code == 200


def test_pages_show_the_rows_as_they_were_when_the_query_ran(many):
    url = first(many)["nextRecordsUrl"]
    many.org.update("Account", many.ids[300], {"Name": "changed"})
    many.org.delete("Account", many.ids[301])
    names = {row["Id"]: row["Name"] for row in more(many, url).json()["records"]}
    assert (names[many.ids[300]], names[many.ids[301]]) == ("A300", "A301")


def test_rows_may_come_twice_over_pages(many):
    page = first(many)
    many.faults.add(Fault(path="/query/01g", effects=("duplicate_rows",)))
    assert more(many, page["nextRecordsUrl"]).json()["records"][0]["Id"] == page["records"][-1]["Id"]


def test_pages_can_be_made_small_for_one_request(many):
    many.faults.add(Fault(path="/query", effects=("page_size:7",)))
    assert [len(first(many)["records"]) for _ in range(2)] == [7, 200]


def test_children_are_paged_on_their_own(desk):
    account = desk.account()
    for number in range(250):
        desk.org.insert("Contact", {"LastName": f"L{number}", "AccountId": account})
    children = desk.query("SELECT Id, (SELECT Id FROM Contacts) FROM Account")["records"][0]["Contacts"]
    assert (children["totalSize"], children["done"], len(children["records"])) == (250, False, 200)
    assert len(more(desk, children["nextRecordsUrl"]).json()["records"]) == 50


def test_what_commits_late_is_stamped_early(desk):
    begun = desk.clock.now
    late = desk.org.late(begun)
    record = late.insert("Account", {"Name": "late"})
    desk.clock.move(seconds=90)
    desk.account("prompt")
    assert desk.names("SELECT Name FROM Account") == ["prompt"]
    late.commit()
    assert desk.rows("SELECT Id, SystemModstamp FROM Account WHERE Name = 'late'") == [
        {"Id": record, "SystemModstamp": "2026-11-22T09:00:00.000+0000"}
    ]
    assert desk.clock.now - begun == timedelta(seconds=90)


def test_a_late_update_is_stamped_early_too(desk):
    account = desk.org.insert("Account", {"Name": "before"}, created=desk.clock.now - timedelta(days=1))
    late = desk.org.late(desk.clock.now)
    late.update("Account", account, {"Name": "after"})
    desk.clock.move(minutes=5)
    late.commit()
    assert desk.rows("SELECT Name, SystemModstamp FROM Account") == [{"Name": "after", "SystemModstamp": "2026-11-22T09:00:00.000+0000"}]

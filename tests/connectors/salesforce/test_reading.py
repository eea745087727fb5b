"""The traps of reading, each against a served org. The numbers are those of the vendor reference's list of pitfalls."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from connectors.failures import CrmError, Transient
from connectors.sandbox.faults import Fault
from tests.connectors.salesforce.stage import NOW, canonical, rows

if TYPE_CHECKING:
    from connectors.contract import Landed
    from tests.connectors.salesforce.stage import Stage


def marks(pulled: dict[str, Landed]) -> dict[str, str]:
    return {name: landed.watermark for name, landed in pulled.items() if landed.watermark}


def names(landed: Landed) -> set[str]:
    return {row["Name"] for row in rows(landed)}


def test_trap_01_rows_of_the_same_second_are_read_again(stage: Stage) -> None:
    stage.account("first")
    first = stage.pull()
    stage.account("same second")
    assert names(stage.pull(since=marks(first))["Account"]) == {"first", "same second"}


def test_trap_02_a_row_that_was_stamped_before_the_watermark_and_shown_after_it_is_read(stage: Stage) -> None:
    late = stage.org.late(NOW - timedelta(seconds=90))
    late.insert("Account", {"Name": "late"})
    stage.account("early")
    first = stage.pull()
    assert names(first["Account"]) == {"early"}
    late.commit()
    assert "late" in names(stage.pull(since=marks(first))["Account"])


def test_trap_03_the_watermark_is_the_newest_stamp_seen_and_not_a_clock(stage: Stage) -> None:
    stage.org.insert("Account", {"Name": "old"}, created=NOW - timedelta(days=30))
    stage.clock.pass_by(hours=5)
    assert str(stage.pull()["Account"].watermark).startswith("2026-10-24T09:00:00.000Z")


def test_a_delta_without_news_keeps_the_watermark(stage: Stage) -> None:
    stage.account()
    first = stage.pull()
    stage.org.purge(days=0)
    again = stage.pull(since=marks(first))["Account"]
    assert again.watermark == first["Account"].watermark
    assert not again.full


def test_trap_04_the_watermark_does_not_move_when_a_page_could_not_be_read(stage: Stage) -> None:
    stage.org.knobs.page_size = 2
    for number in range(5):
        stage.account(f"{number}")
    stage.fail(path=r"/query/01g", status=400, body=[{"errorCode": "MALFORMED_QUERY", "message": "x"}])
    landed = stage.pull()["Account"]
    assert (landed.complete, landed.full, landed.watermark, landed.rows) == (False, False, None, 0)
    assert "not read" in landed.problems[0].what


def test_trap_06_changes_of_the_system_itself_move_the_cursor(stage: Stage) -> None:
    winner, loser = stage.account("winner"), stage.account("loser")
    case = stage.org.insert("Case", {"AccountId": loser, "Status": "New"})
    first = stage.pull()
    stage.clock.pass_by(days=1)
    stage.org.merge("Account", winner, loser)
    moved = {row["Id"]: row["AccountId"] for row in rows(stage.pull(since=marks(first))["Case"])}
    assert moved[case] == winner


def test_trap_07_deleted_rows_are_seen_with_the_mark_that_says_so(stage: Stage) -> None:
    gone = stage.account("gone")
    first = stage.pull()
    stage.clock.pass_by(hours=1)
    stage.org.delete("Account", gone)
    assert [row["IsDeleted"] for row in rows(stage.pull(since=marks(first))["Account"])] == ["true"]


def test_trap_07_what_was_purged_for_good_is_found_missing_by_the_next_full_pull(stage: Stage) -> None:
    gone, kept = stage.account("gone"), stage.account("kept")
    stage.org.delete("Account", gone)
    stage.org.purge(days=0)
    landed = stage.pull()["Account"]
    assert landed.full
    assert landed.complete
    assert {row["Id"] for row in rows(landed)} == {kept}


def test_trap_08_a_merged_account_names_its_winner(stage: Stage) -> None:
    winner, loser = stage.account("winner"), stage.account("loser")
    stage.org.merge("Account", winner, loser)
    reader = stage.link().reader()
    pulled = stage.pull(reader)
    assert {row["Id"]: row["MasterRecordId"] for row in rows(pulled["Account"])} == {winner: None, loser: winner}
    assert [row["account_id"] for row in canonical(pulled, reader.tables())["accounts"]] == [winner]


def test_trap_09_archived_tasks_of_ours_are_still_known(ready: Stage) -> None:
    old = NOW - timedelta(days=500)
    ready.org.insert(
        "Task", {"EQ_Key__c": "eq1-old", "Subject": "x", "Status": "Completed", "ActivityDate": old.date().isoformat()}, created=old
    )
    assert ready.org.archive() == 1
    reader = ready.link().reader()
    assert [row["key"] for row in canonical(ready.pull(reader), reader.tables())["tasks"]] == ["eq1-old"]


def test_trap_10_and_11_pages_are_followed_by_the_servers_own_locator_whatever_their_size(stage: Stage) -> None:
    stage.org.knobs.page_size = 7
    made = {stage.account(f"{number}") for number in range(50)}
    landed = stage.pull()["Account"]
    assert {row["Id"] for row in rows(landed)} == made
    assert (landed.rows, landed.complete) == (50, True)


def test_a_locator_that_the_server_forgot_is_replaced_by_the_place_reached(stage: Stage) -> None:
    stage.org.knobs.page_size = 10
    made = {stage.account(f"{number}") for number in range(35)}
    stage.fail(
        Fault(path=r"/query/01g", effects=("locator_expired",), skip=1), Fault(path=r"/query/01g", effects=("locator_expired",), skip=1)
    )
    landed = stage.pull()["Account"]
    assert {row["Id"] for row in rows(landed)} == made
    assert landed.complete


def test_rows_that_come_twice_count_once(stage: Stage) -> None:
    stage.org.knobs.page_size = 10
    for number in range(25):
        stage.account(f"{number}")
    stage.fail(path=r"/query/01g", effects=("duplicate_rows",), times=None)
    landed = stage.pull()["Account"]
    assert landed.rows == 25
    assert landed.complete


def test_trap_31_and_41_what_the_org_lacks_or_hides_is_told_and_the_rest_is_read(stage: Stage) -> None:
    stage.account("Acme", Website="https://www.acme.example/fr")
    stage.org.hide("Account", "Website", "ParentId")
    stage.org.deny("Contract", "read")
    reader = stage.link().reader()
    made = canonical(stage.pull(reader), reader.tables())
    assert made["accounts"][0]["name"] == "Acme"
    assert made["accounts"][0]["domain"] is None
    assert "contracts" not in made
    told = {(problem.where, problem.column) for problem in reader.missing()}
    assert {("salesforce Account", "Website"), ("salesforce Account", "ParentId"), ("salesforce Contract", None)} <= told
    assert not any(problem.where == "salesforce Invoice" for problem in reader.missing())


def test_a_column_counts_as_filled_only_when_the_org_shows_its_field(stage: Stage) -> None:
    stage.org.hide("Account", "Website")
    accounts = next(table for table in stage.link().reader().tables() if table.name == "accounts")
    assert "name" in accounts.columns
    assert {"domain", "payment_terms_days", "stage"}.isdisjoint(accounts.columns)


def test_trap_32_a_field_that_vanishes_between_describe_and_query_costs_only_itself(stage: Stage) -> None:
    stage.account("Acme", Website="acme.example")
    reader = stage.link().reader()
    assert "Website" in next(stream for stream in reader.streams() if stream.name == "Account").columns
    stage.org.hide("Account", "Website")
    landed = stage.pull(reader)["Account"]
    assert names(landed) == {"Acme"}
    assert "Website" not in landed.stream.columns
    assert ("salesforce Account", "Website") in {(problem.where, problem.column) for problem in reader.missing()}


def test_trap_32_a_new_link_describes_the_org_anew(stage: Stage) -> None:
    before = stage.link().reader().streams()
    stage.org.define("Account", ["Payment_Terms_Days__c int"])
    after = stage.link().reader().streams()
    assert "Payment_Terms_Days__c" in next(one.columns for one in after if one.name == "Account")
    assert "Payment_Terms_Days__c" not in next(one.columns for one in before if one.name == "Account")


def test_an_object_that_vanishes_is_one_failed_stream(stage: Stage) -> None:
    stage.account("Acme")
    reader = stage.link().reader()
    reader.streams()
    stage.org.deny("Contract", "read")
    pulled = stage.pull(reader)
    assert not pulled["Contract"].complete
    assert pulled["Account"].complete
    assert rows(pulled["Contract"]) == []


def test_trap_44_a_query_too_long_for_a_url_goes_through_bulk(stage: Stage) -> None:
    fields = [f"A_rather_long_name_of_a_field_{number:03d}__c" for number in range(400)]
    stage.org.define("Wide__c", [*(f"{name} text(20)" for name in fields), "Account__c ref(Account)"])
    stage.org.insert("Wide__c", {"Account__c": stage.account()})
    columns = ("week", "hours", "overtime_25", "overtime_50", "weekend_hours", "hourly_cost")
    tables = {"hours": {"object": "Wide__c", "account_id": "Account__c", **dict(zip(columns, fields, strict=False))}}
    reader = stage.link(tables=tables).reader()
    pull = reader.resolution.pulls["Wide__c"]  # type: ignore[attr-defined]
    from dataclasses import replace

    wide = replace(pull, stream=replace(pull.stream, columns=("Id", "SystemModstamp", *fields)))
    reader._found = replace(reader.resolution, pulls={"Wide__c": wide})  # type: ignore[attr-defined]
    landed = stage.pull(reader)["Wide__c"]
    assert (landed.rows, landed.complete) == (1, True)
    assert stage.asked("/jobs/query")


def test_trap_49_a_page_that_got_lost_makes_a_full_pull_incomplete(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.org.knobs.page_size = 10
    for number in range(25):
        stage.account(f"{number}")
    reader = stage.link().reader()
    get, lost = reader._client.page, []  # type: ignore[attr-defined]

    def losing(path: str, *args: Any, **kwargs: Any) -> Any:
        answer = get(path, *args, **kwargs)
        if "/query/01g" in path and not lost:
            lost.append(path)
            answer = {**answer, "records": []}
        return answer

    monkeypatch.setattr(reader._client, "page", losing)  # type: ignore[attr-defined]
    landed = stage.pull(reader)["Account"]
    assert (landed.rows, landed.complete, landed.full) == (15, False, True)
    assert landed.problems[0].what == "15 of 25 records were read"
    assert landed.watermark is None


def test_trap_49_the_approximate_counts_of_the_server_decide_nothing_but_the_way(stage: Stage) -> None:
    stage.org.knobs.approximate_counts = True
    made = {stage.account(f"{number}") for number in range(12)}
    landed = stage.pull()["Account"]
    assert {row["Id"] for row in rows(landed)} == made
    assert landed.complete


def test_trap_50_times_of_both_apis_have_one_form_and_dates_are_not_shifted(stage: Stage) -> None:
    account = stage.account()
    stage.org.insert("Opportunity", {"AccountId": account, "Name": "x", "StageName": "Closed Won", "CloseDate": "2026-11-22", "Amount": 10})
    rest, bulk = stage.pull()["Opportunity"], stage.pull(bulk_threshold=0)["Opportunity"]
    assert rows(rest) == rows(bulk)
    assert rows(rest)[0]["CloseDate"] == "2026-11-22"
    assert rows(rest)[0]["SystemModstamp"] == "2026-11-23T09:00:00.000Z"


def test_trap_55_a_watermark_of_another_organisation_is_not_ours(stage: Stage) -> None:
    stage.account("Acme")
    old = stage.org.insert("Account", {"Name": "old"}, created=NOW - timedelta(days=99))
    assert old
    foreign = {"Account": "2026-11-23T09:00:00.000Z 00DXX0000000001EAA"}
    landed = stage.pull(since=foreign)["Account"]
    assert landed.full
    assert names(landed) == {"Acme", "old"}


def test_one_stream_that_fails_does_not_lose_the_others(stage: Stage) -> None:
    stage.org.insert("Contract", {"AccountId": stage.account("Acme"), "Status": "Draft"})
    stage.fail(path=r"FROM Contract", status=403, body=[{"errorCode": "INSUFFICIENT_ACCESS", "message": "no"}], times=None)
    pulled = stage.pull()
    assert not pulled["Contract"].complete
    assert "Equilibre_Integration" in pulled["Contract"].problems[0].what
    assert pulled["Account"].complete
    assert pulled["User"].complete


def test_an_org_that_stops_answering_ends_the_pull(stage: Stage) -> None:
    stage.fail(path=r"/queryAll", status=503, body="<html/>", times=None, skip=1)
    with pytest.raises(Transient):
        stage.pull()


def test_a_version_that_is_not_served_is_named_with_the_newest(stage: Stage) -> None:
    with pytest.raises(CrmError, match=r"99\.0 is not served.*68\.0"):
        stage.link(api_version="99.0").reader().sign_in()


def test_people_of_our_clients_who_may_log_in_are_not_read(stage: Stage) -> None:
    person = {"Username": "u@acme.example", "LastName": "Portail", "Email": "u@acme.example", "Alias": "u", "UserType": "PowerPartner"}
    stage.org.insert("User", person)
    assert "Portail" not in str(rows(stage.pull()["User"]))


def test_no_text_a_person_wrote_is_read(ready: Stage) -> None:
    account = ready.account("Acme", Description="PLANTED")
    who = ready.org.insert("Contact", {"AccountId": account, "LastName": "PLANTED", "Email": "planted@example.com", "Title": "CEO"})
    ready.org.insert("Case", {"AccountId": account, "Subject": "PLANTED", "Description": "PLANTED", "Status": "New", "Comments": "PLANTED"})
    ready.org.insert(
        "Event",
        {"WhatId": account, "WhoId": who, "Subject": "PLANTED", "Description": "PLANTED", "StartDateTime": NOW, "DurationInMinutes": 30},
    )
    ready.org.insert(
        "Task", {"WhatId": account, "Subject": "PLANTED", "Description": "PLANTED", "Status": "Completed", "TaskSubtype": "Call"}
    )
    ready.org.insert("Contract", {"AccountId": account, "Status": "Draft", "SpecialTerms": "PLANTED"})
    ready.org.insert(
        "Opportunity",
        {"AccountId": account, "Name": "PLANTED", "StageName": "Prospecting", "CloseDate": "2026-12-01", "NextStep": "PLANTED"},
    )
    pulled = ready.pull()
    contract = pulled.pop("Contract")
    landed = "".join(file.read_text() for one in pulled.values() for file in one.files)
    assert "planted" not in landed.lower()
    assert [row["SpecialTerms"] for row in rows(contract)] == ["true"]
    assert "PLANTED" not in "".join(file.read_text() for file in contract.files)

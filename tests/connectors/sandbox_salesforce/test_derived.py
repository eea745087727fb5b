"""What follows from a save on other objects: stages, cases and their history, contracts, orders, merges."""

from __future__ import annotations

import pytest


def test_won_and_closed_follow_from_the_stage(desk):
    account = desk.account()
    body = {"Name": "O", "AccountId": account, "StageName": "Prospecting", "CloseDate": "2026-12-31", "Amount": 200}
    deal = desk.post("/sobjects/Opportunity", body).json()["id"]
    row = desk.org.record(deal)
    assert (row["IsClosed"], row["IsWon"], row["Probability"], row["ExpectedRevenue"]) == (False, False, 10.0, 20.0)
    assert (row["FiscalYear"], row["FiscalQuarter"], row["Fiscal"]) == (2026, 4, "2026 4")
    desk.clock.move(days=1)
    desk.patch(f"/sobjects/Opportunity/{deal}", {"StageName": "Closed Won"})
    row = desk.org.record(deal)
    assert (row["IsClosed"], row["IsWon"], row["Probability"], row["LastStageChangeDate"]) == (
        True,
        True,
        100.0,
        "2026-11-23T09:00:00.000+0000",
    )
    history = desk.rows("SELECT Field, OldValue, NewValue FROM OpportunityFieldHistory")
    assert history == [{"Field": "StageName", "OldValue": "Prospecting", "NewValue": "Closed Won"}]


def test_a_case_closes_by_its_status_and_forgets_it_when_reopened(desk):
    case = desk.post("/sobjects/Case", {"Subject": "x", "AccountId": desk.account()}).json()["id"]
    assert desk.org.record(case)["CaseNumber"] == "00000001"
    desk.patch(f"/sobjects/Case/{case}", {"Status": "Closed"})
    assert (desk.org.record(case)["IsClosed"], desk.org.record(case)["ClosedDate"]) == (True, "2026-11-22T09:00:00.000+0000")
    desk.patch(f"/sobjects/Case/{case}", {"Status": "New"})
    assert (desk.org.record(case)["IsClosed"], desk.org.record(case).get("ClosedDate")) == (False, None)


def test_an_escalation_leaves_a_history_row_and_an_owner_two(desk):
    case = desk.org.insert("Case", {"Subject": "x"})
    desk.patch(f"/sobjects/Case/{case}", {"IsEscalated": True})
    desk.patch(f"/sobjects/Case/{case}", {"OwnerId": desk.org.user})
    rows = desk.rows("SELECT CaseId, Field, OldValue, NewValue, CreatedById FROM CaseHistory")
    mine = {"CaseId": case, "CreatedById": desk.org.user}
    assert rows == [
        {**mine, "Field": "IsEscalated", "OldValue": False, "NewValue": True},
        {**mine, "Field": "Owner", "OldValue": desk.org.admin, "NewValue": desk.org.user},
        {**mine, "Field": "Owner", "OldValue": "Camille Admin", "NewValue": "Equilibre Integration"},
    ]
    assert "No such column 'SystemModstamp'" in desk.refused("SELECT SystemModstamp FROM CaseHistory")[2]


@pytest.mark.parametrize(
    ("start", "months", "end"), [("2026-01-01", 12, "2026-12-31"), ("2026-01-31", 1, "2026-02-28"), ("2024-02-15", 24, "2026-02-14")]
)
def test_a_contract_ends_with_its_term(desk, start, months, end):
    body = {"AccountId": desk.account(), "StartDate": start, "ContractTerm": months}
    row = desk.org.record(desk.post("/sobjects/Contract", body).json()["id"])
    assert (row["EndDate"], row["StatusCode"], row["ContractNumber"]) == (end, "Draft", "00000001")


def test_an_orders_code_follows_from_its_status(desk):
    order = desk.post("/sobjects/Order", {"AccountId": desk.account(), "EffectiveDate": "2026-11-01", "Status": "Draft"}).json()["id"]
    assert desk.org.record(order)["StatusCode"] == "Draft"
    desk.patch(f"/sobjects/Order/{order}", {"Status": "Activated"})
    row = desk.org.record(order)
    assert (row["StatusCode"], row["ActivatedDate"]) == ("Activated", "2026-11-22T09:00:00.000+0000")


def test_a_merge_deletes_the_loser_and_moves_its_children(desk):
    winner, loser = desk.account("winner"), desk.account("loser")
    contact = desk.org.insert("Contact", {"LastName": "L", "AccountId": loser})
    task = desk.org.insert("Task", {"Subject": "x", "WhatId": loser})
    before = desk.org.record(contact)
    desk.clock.move(hours=1)
    desk.org.merge("Account", winner, loser)
    assert desk.rows("SELECT Id, MasterRecordId FROM Account WHERE IsDeleted = true", everything=True) == [
        {"Id": loser, "MasterRecordId": winner}
    ]
    moved = desk.org.record(contact)
    assert (moved["AccountId"], moved["SystemModstamp"], moved["LastModifiedDate"]) == (
        winner,
        "2026-11-22T10:00:00.000+0000",
        before["LastModifiedDate"],
    )
    assert (desk.org.record(task)["WhatId"], desk.org.record(task)["AccountId"]) == (winner, winner)
    assert desk.patch(f"/sobjects/Account/{loser}", {"Name": "x"}).status_code == 404
    with pytest.raises(ValueError, match="cannot be merged"):
        desk.org.merge("Task", task, task)


def test_a_contact_brings_its_direct_relation(open_desk):
    desk = open_desk("account_contact_relation")
    first, second = desk.account("1"), desk.account("2")
    contact = desk.post("/sobjects/Contact", {"FirstName": "Ada", "LastName": "L", "AccountId": first}).json()["id"]
    assert desk.org.record(contact)["Name"] == "Ada L"
    desk.patch(f"/sobjects/Contact/{contact}", {"AccountId": second})
    rows = desk.rows("SELECT AccountId, IsDirect FROM AccountContactRelation ORDER BY Id")
    assert rows == [{"AccountId": first, "IsDirect": False}, {"AccountId": second, "IsDirect": True}]


def test_a_parents_change_does_not_touch_its_children(desk):
    account = desk.account()
    case = desk.org.insert("Case", {"Subject": "x", "AccountId": account})
    before = desk.org.record(case)
    desk.clock.move(hours=1)
    desk.patch(f"/sobjects/Account/{account}", {"Name": "renamed"})
    assert desk.org.record(case) == before


def test_a_seed_cannot_lie_about_the_schema(desk):
    with pytest.raises(KeyError, match="Account has no field Nmae"):
        desk.org.insert("Account", {"Nmae": "x"})
    with pytest.raises(ValueError, match="CloseDate"):
        desk.org.insert("Opportunity", {"Name": "x", "CloseDate": "tomorrow"})
    with pytest.raises(KeyError, match="no object Accounts"):
        desk.org.insert("Accounts", {"Name": "x"})

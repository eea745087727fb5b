"""E-mails, comments and cases of an org as incident rows: who wrote, whose it is, what is asked for, what cannot be read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.sandbox.faults import Fault
from connectors.scan import Scan
from tests.connectors.salesforce.stage import NOW, canonical, rows

INSULT = "You are a complete idiot."
THREAT = "Je sais où tu habites, tu vas le regretter."


def scan(**changes):
    return {"scan": Scan.of((), NOW - timedelta(days=400), **changes)}


def mail(stage, text, days=1, **fields):
    at = NOW - timedelta(days=days)
    return stage.org.insert("EmailMessage", {"Incoming": True, "TextBody": text, "MessageDate": at, **fields}, created=at)


def found(stage, **options):
    reader = stage.link(scan(**options)).reader()
    table = canonical(stage.pull(reader), reader.tables())["incidents"]
    return sorted((row["account_id"], row["category"]) for row in table)


def test_a_mail_belongs_to_the_account_of_its_case_or_of_what_it_is_related_to(stage):
    one, two, three = (stage.account(name) for name in ("Acme", "Globex", "Initech"))
    case = stage.org.insert("Case", {"AccountId": one})
    deal = stage.org.insert("Opportunity", {"AccountId": three, "Name": "x", "StageName": "Prospecting", "CloseDate": NOW.date()})
    mail(stage, INSULT, ParentId=case)
    mail(stage, INSULT, RelatedToId=two)
    mail(stage, THREAT, RelatedToId=deal)
    mail(stage, INSULT, ParentId=case, Incoming=False)
    mail(stage, INSULT, ParentId=case, days=500)
    assert found(stage) == sorted([(one, "insult"), (two, "insult"), (three, "threat")])


def test_the_names_of_account_and_sender_insult_nobody_and_html_is_read_where_there_is_no_text(stage):
    account = stage.account("Connard & Fils")
    case = stage.org.insert("Case", {"AccountId": account})
    mail(stage, "Bonjour, espèce de Connard & Fils attend sa facture.", ParentId=case)
    assert found(stage) == []
    mail(stage, None, ParentId=case, HtmlBody=f"<p>{INSULT}</p>")
    assert found(stage) == [(account, "insult")]


def test_comments_of_clients_are_read_and_those_of_employees_are_not_asked_for(stage):
    account = stage.account()
    case = stage.org.insert("Case", {"AccountId": account})
    profile = stage.org.insert("Profile", {"Name": "Partner", "UserType": "PowerPartner"})
    client = stage.org.insert(
        "User",
        {
            "LastName": "Client",
            "Username": "client@example.org",
            "Email": "client@example.org",
            "Alias": "client",
            "ProfileId": profile,
            "UserType": "PowerPartner",
        },
    )
    comment = {"ParentId": case, "CommentBody": INSULT, "IsPublished": True}
    stage.org.insert("CaseComment", comment, by=client)
    stage.org.insert("CaseComment", {**comment, "CommentBody": THREAT}, by=stage.org.admin)
    stage.org.insert("CaseComment", {**comment, "IsPublished": False}, by=client)
    assert found(stage) == [(account, "insult")]


def test_cases_are_read_when_asked_for_and_only_those_that_came_by_a_form(stage):
    account = stage.account()
    case = {"AccountId": account, "Description": INSULT, "SuppliedEmail": "a@example.org"}
    stage.org.insert("Case", {**case, "Origin": "Web"})
    stage.org.insert("Case", {**case, "Origin": "Email"})
    stage.org.insert("Case", {**case, "Origin": "Web", "SuppliedEmail": None})
    assert found(stage) == []
    assert found(stage, cases=True) == [(account, "insult")]


def test_a_deleted_mail_takes_its_incident_along_and_an_unchanged_one_lands_nothing_again(stage):
    case = stage.org.insert("Case", {"AccountId": stage.account()})
    gone = mail(stage, INSULT, ParentId=case)
    mail(stage, "Thank you.", ParentId=case)
    first = stage.pull(stage.link(scan()).reader())
    stage.clock.pass_by(hours=1)
    stage.org.delete("EmailMessage", gone)
    mail(stage, "Thanks again.", days=0, ParentId=case)
    second = stage.pull(stage.link(scan()).reader(), {name: one.watermark for name, one in first.items() if one.watermark})
    (row,) = rows(second["EmailMessage_incidents"])
    assert row["message"] == rows(first["EmailMessage_incidents"])[0]["message"]
    assert row["category"] is None


def test_texts_go_through_rest_pages_however_many_there_are(stage):
    stage.org.knobs.page_size = 3
    case = stage.org.insert("Case", {"AccountId": stage.account()})
    for number in range(8):
        mail(stage, INSULT, days=number, ParentId=case)
    stage.pull(stage.link(bulk_threshold=1).reader())
    jobs = len(bulk_jobs(stage))
    stage.audit.clear()
    landed = stage.pull(stage.link(scan(), bulk_threshold=1).reader())["EmailMessage_incidents"]
    assert landed.rows == 8
    assert landed.complete
    assert len(bulk_jobs(stage)) == jobs > 0


def bulk_jobs(stage):
    return [call for call in stage.audit.calls if call.method == "POST" and call.path.endswith("/jobs/query")]


def test_a_place_that_salesforce_has_forgotten_is_found_again(stage):
    stage.org.knobs.page_size = 3
    case = stage.org.insert("Case", {"AccountId": stage.account()})
    for number in range(8):
        mail(stage, INSULT, days=number, ParentId=case)
    lost = [{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}]
    stage.fail(path=r".*/queryAll/.+|.*/query/.+", status=400, body=lost, times=1)
    landed = stage.pull(stage.link(scan()).reader())["EmailMessage_incidents"]
    assert landed.rows == 8
    assert landed.complete


@pytest.mark.parametrize("hidden", ["Incoming", "MessageDate"])
def test_an_org_that_hides_who_wrote_says_so_and_nothing_of_it_is_read(stage, hidden):
    stage.org.hide("EmailMessage", hidden)
    mail(stage, INSULT, ParentId=stage.org.insert("Case", {"AccountId": stage.account()}))
    reader = stage.link(scan()).reader()
    assert "EmailMessage_incidents" not in stage.pull(reader)
    assert [problem.column for problem in reader.missing() if problem.where == "salesforce EmailMessage"] == [hidden]
    assert not stage.asked("TextBody")


def test_mails_that_cannot_be_read_now_leave_the_rest_whole(stage):
    account = stage.account()
    mail(stage, INSULT, RelatedToId=account)
    first = stage.pull(stage.link(scan()).reader())
    stage.fail(Fault(path=r".*/queryAll\?.*EmailMessage.*", status=400, body=[{"message": "no", "errorCode": "INVALID_TYPE"}], times=9))
    marks = {name: one.watermark for name, one in first.items() if one.watermark}
    second = stage.pull(stage.link(scan()).reader(), marks)
    assert not second["EmailMessage_incidents"].complete
    assert second["EmailMessage_incidents"].watermark == marks["EmailMessage_incidents"]
    assert second["Account"].complete

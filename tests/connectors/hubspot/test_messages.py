"""E-mails and tickets of a portal as incident rows: whose they are, what is asked for, what cannot be read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.sandbox.faults import Fault
from connectors.scan import Scan
from tests.connectors.hubspot.conftest import START, watermarks

INSULT = "You are a complete idiot."
THREAT = "Je sais où tu habites, tu vas le regretter."


def scan(**changes):
    return Scan.of((), START - timedelta(days=400), **changes)


def mail(bench, text, links=(), days=1, **properties):
    at = START - timedelta(days=days)
    told = {"hs_email_direction": "INCOMING_EMAIL", "hs_email_text": text, "hs_timestamp": at.isoformat(), **properties}
    return bench.portal.create("emails", told, [(to, one, ()) for to, one in links], created=at)


def found(bench, link):
    rows = bench.table(link, "incidents")
    return sorted(((row["account_id"], row["case_id"], row["category"], row["confirmed"]) for row in rows), key=str)


@pytest.mark.parametrize("api_version", ["v3", "2026-03"])
def test_an_incoming_mail_belongs_to_its_company_or_to_the_company_of_its_ticket(bench, api_version):
    one, other = (bench.portal.create("companies", {"name": name}) for name in ("Acme", "Globex"))
    ticket = bench.portal.create("tickets", {"subject": "x", "hs_pipeline": "0", "hs_pipeline_stage": "1"}, [("companies", other, ())])
    mail(bench, INSULT, [("companies", one)])
    mail(bench, THREAT, [("tickets", ticket)])
    mail(bench, THREAT)
    mail(bench, INSULT, [("companies", one)], hs_email_direction="EMAIL")
    mail(bench, INSULT, [("companies", one)], days=500)
    link = bench.connect(api_version=api_version, scan=scan())
    bench.pull(link)
    wanted = [(one, None, "insult", "false"), (other, ticket, "threat", "false"), (None, None, "threat", "false")]
    assert found(bench, link) == sorted(wanted, key=str)


def test_html_is_read_where_there_is_no_text_and_the_company_s_name_insults_nobody(bench):
    company = bench.portal.create("companies", {"name": "Connard & Fils"})
    mail(bench, None, [("companies", company)], hs_email_html=f"<p>{INSULT}</p>")
    mail(bench, "Vous avez oublié Connard & Fils, bande de Connard & Fils.", [("companies", company)])
    link = bench.connect(scan=scan())
    bench.pull(link)
    assert found(bench, link) == [(company, None, "insult", "false")]


def test_a_company_that_was_merged_away_passes_its_incidents_on(bench):
    one, other = (bench.portal.create("companies", {"name": name}) for name in ("Acme", "Globex"))
    mail(bench, INSULT, [("companies", other)])
    link = bench.connect(scan=scan())
    first = bench.pull(link)
    bench.clock.tick(3600)
    kept = bench.portal.merge("companies", one, other)
    again = bench.connect(scan=scan())
    bench.pull(again, watermarks(first))
    assert found(bench, again) == [(str(kept or one), None, "insult", "false")]


def test_a_second_pull_asks_for_the_window_only_and_a_changed_mail_takes_back_what_was_said(bench):
    company = bench.portal.create("companies", {"name": "Acme"})
    changed = mail(bench, INSULT, [("companies", company)])
    mail(bench, THREAT, [("companies", company)])
    first = bench.pull(bench.connect(scan=scan()))
    bench.clock.tick(3600)
    bench.portal.update("emails", changed, {"hs_email_text": "Thank you for the quick answer."})
    link = bench.connect(scan=scan())
    second = bench.pull(link, watermarks(first))
    assert not second["emails_incidents"].full
    assert second["emails_incidents"].rows == 1
    assert found(bench, link) == [(company, None, "threat", "false")]


def test_tickets_are_read_when_asked_for_and_only_those_that_came_by_a_form_or_chat(bench):
    for source in ("FORM", "EMAIL", "PHONE"):
        ticket = {"subject": source, "content": INSULT, "source_type": source, "hs_pipeline": "0", "hs_pipeline_stage": "1"}
        bench.portal.create("tickets", ticket)
    silent = bench.connect(scan=scan())
    assert "tickets_incidents" not in bench.pull(silent)
    link = bench.connect(scan=scan(cases=True))
    bench.pull(link)
    assert [(row["category"], row["case_id"] is not None) for row in bench.table(link, "incidents")] == [("insult", True)]


def test_a_portal_whose_mails_are_closed_says_so_and_the_rest_is_read(bench):
    bench.faults.add(Fault(method="GET", path=r".*/objects/emails.*", status=403, body=CLOSED, times=9))
    link = bench.connect(scan=scan())
    landed = bench.pull(link)
    assert "companies" in landed
    assert "emails_incidents" not in landed
    assert any("sales-email-read" in problem.what for problem in link.reader().missing())
    assert [check.state for check in link.reader().check() if check.subject == "texts of emails"] == ["warning"]


CLOSED = {
    "status": "error",
    "message": "This app hasn't been granted all required scopes to make this call.",
    "errors": [
        {"message": "One or more of the following scopes are required.", "context": {"requiredGranularScopes": ["sales-email-read"]}}
    ],
    "category": "MISSING_SCOPES",
}


def test_a_search_that_fails_leaves_the_incidents_as_they_were(bench):
    company = bench.portal.create("companies", {"name": "Acme"})
    mail(bench, INSULT, [("companies", company)])
    first = bench.pull(bench.connect(scan=scan()))
    bench.clock.tick(3600)
    mail(bench, THREAT, [("companies", company)], days=0)
    bench.faults.add(Fault(method="POST", path=r".*/objects/emails/search", status=500, times=50))
    link = bench.connect(scan=scan())
    second = bench.pull(link, watermarks(first))
    assert not second["emails_incidents"].complete
    assert second["emails_incidents"].watermark == first["emails_incidents"].watermark
    assert found(bench, link) == [(company, None, "insult", "false")]


def test_other_lexicons_read_everything_again(bench, tmp_path):
    mail(bench, "Votre service est nullissime de chez nullissime.")
    first = bench.pull(bench.connect(scan=scan()))
    own = tmp_path / "own.toml"
    own.write_text('language = "fr"\ncategory = "rude"\n[[rule]]\nid = "own"\nweight = 0.9\npatterns = "nullissime"\n', encoding="utf-8")
    link = bench.connect(scan=Scan.of((own,), START - timedelta(days=400)))
    second = bench.pull(link, watermarks(first))
    assert second["emails_incidents"].full
    assert [row["category"] for row in bench.table(link, "incidents")] == ["rude"]


class Listening:
    """Notes what is asked, bodies included: the properties of a search stand nowhere else."""

    def __init__(self, app):
        self.app, self.heard = app, []

    async def __call__(self, scope, receive, send):
        async def hearing():
            message = await receive()
            self.heard.append(scope["path"] + scope.get("query_string", b"").decode() + message.get("body", b"").decode())
            return message

        await self.app(scope, hearing, send)


def test_without_the_switch_no_text_is_asked_for_not_even_of_what_changed(bench, stage):
    stage[0].app = listening = Listening(stage[0].app)
    company = bench.portal.create("companies", {"name": "Acme"})
    mail(bench, INSULT, [("companies", company)])
    ticket = bench.portal.create("tickets", {"subject": "x", "content": INSULT, "hs_pipeline": "0", "hs_pipeline_stage": "1"})
    first = bench.pull(bench.connect())
    bench.clock.tick(3600)
    bench.portal.update("tickets", ticket, {"content": THREAT})
    bench.pull(bench.connect(), watermarks(first))
    everything = "\n".join(listening.heard)
    assert "/tickets/search" in everything
    for word in ("/emails", "hs_email", "content", '"subject"', "=subject", "hs_note_body", "hs_call_body"):
        assert word not in everything

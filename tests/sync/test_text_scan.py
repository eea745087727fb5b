"""Messages of both CRMs and of a file become incidents; no byte of a message stays anywhere."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import duckdb
import pytest

from sync.config import Config
from sync.doctor import examine
from sync.land import Landing
from sync.lookup import findings
from sync.run import Mode, Surroundings, run
from tests.extent import examples
from tests.sync.crms import start

if TYPE_CHECKING:
    from connectors import sandbox

SIGN = "tournesol-4711"
"""Stands in every message, so that any copy of any part of one would be found with it."""
INSULT = f"Vous êtes tous des connards. {SIGN}"
THREAT = f"Je sais où tu habites, tu vas le regretter. {SIGN}"
ANGRY = f"Je suis furieux : la livraison est encore en retard et c'est inacceptable. {SIGN}"
LATER = f"<p>You are a complete <b>idiot</b>. {SIGN}</p>"
NAME = "Connard & Fils"


@dataclass
class World:
    """`clients` gives the account of each CRM whose people wrote."""

    running: sandbox.Running
    clients: dict[str, str]

    def run(self, mode, **privacy):
        return run(self.config(**privacy), mode, around(self.running))

    def config(self, **privacy):
        return config_of(self.running, **privacy)


@pytest.fixture
def company(tmp_path):
    """Both CRMs and a folder of files; in each a client who wrote three mails, and the texts that are asked for."""
    running = start(tmp_path / "sandbox")
    running.hubspot.knobs.search_second = None
    running.config["store"]["directory"] = str(tmp_path / "var")
    running.config["files"] = {"enabled": True, "directory": str(tmp_path / "data"), "output": str(tmp_path / "out")}
    clients = {"salesforce": write_to_salesforce(running), "hubspot": write_to_hubspot(running), "files": "F1"}
    write_files(running, tmp_path / "data")
    running.audit.clear()
    yield World(running, clients)
    running.stop()


def config_of(running, **privacy):
    return Config.model_validate({**running.config, "privacy": privacy})


def around(running):
    return Surroundings(clock=running.clock, sleep=lambda _: None)


def days_ago(running, days):
    return running.clock() - timedelta(days=days)


def mails(running):
    """(days ago, text), each in a case of its own."""
    return [(5, INSULT), (3, THREAT), (2, ANGRY), (1, f"{NAME} attend sa facture. {SIGN}")]


def write_to_salesforce(running):
    org = running.salesforce
    account = org.insert("Account", {"Name": NAME})
    for days, text in mails(running):
        at = days_ago(running, days)
        case = org.insert("Case", {"AccountId": account}, created=at)
        mail = {"ParentId": case, "Incoming": True, "TextBody": text, "Subject": SIGN, "MessageDate": at}
        org.insert("EmailMessage", mail, created=at)
        org.insert("EmailMessage", {**mail, "Incoming": False, "TextBody": INSULT}, created=at)  # ours: never read
    return account


def write_to_hubspot(running):
    portal = running.hubspot
    company = portal.create("companies", {"name": NAME})
    for days, text in mails(running):
        at = days_ago(running, days)
        ticket = portal.create("tickets", {"subject": SIGN, "hs_pipeline": "0", "hs_pipeline_stage": "1"}, created=at)
        links = [("companies", company, ()), ("tickets", ticket, ())]
        for direction, said in (("INCOMING_EMAIL", text), ("EMAIL", INSULT)):
            mail = {"hs_email_direction": direction, "hs_email_text": said, "hs_email_subject": SIGN, "hs_timestamp": at.isoformat()}
            portal.create("emails", mail, links, created=at)
    return company


def write_files(running, folder):
    folder.mkdir()
    (folder / "accounts.csv").write_text(f'account_id,name\nF1,"{NAME}"\n', encoding="utf-8")
    with (folder / "messages.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["message_id", "case_id", "account_id", "sent_at", "direction", "text"])
        for days, text in mails(running):
            at = days_ago(running, days).isoformat()
            writer.writerow([f"m{days}", f"c{days}", "F1", at, "in", text])
            writer.writerow([f"o{days}", f"c{days}", "F1", at, "out", INSULT])


def incidents(tmp_path, where="TRUE"):
    """(source, account, days ago by date, category, confirmed) of those that messages became."""
    with duckdb.connect(tmp_path / "var" / "facts.duckdb", read_only=True) as con:
        return con.execute(
            f"SELECT source, account_id, occurred_at::DATE, category, confirmed FROM incidents WHERE length(message_id) = 40 AND {where} ORDER BY ALL"
        ).fetchall()


def planted(company):
    wanted = []
    for crm, account in company.clients.items():
        wanted += [
            (crm, account, days_ago(company.running, 5).date(), "insult", False),
            (crm, account, days_ago(company.running, 3).date(), "threat", False),
        ]
    return sorted(wanted)


@pytest.mark.exhaustive
def test_mails_become_incidents_and_the_findings_say_that_nobody_confirmed_them(company, tmp_path):
    config = company.config(text_scan=True)
    outcome = company.run(Mode(backlog=True), text_scan=True)
    assert outcome.exit_code == 0, outcome.document()["problems"]
    assert incidents(tmp_path) == planted(company)
    for crm, account in company.clients.items():
        found = {row["rule"]: row for row in findings(config, account=f"{crm}:{account}")["findings"]}
        assert found["BEH-02"]["severity"] == "watch"
        assert "unconfirmed" in str(found["BEH-02"]["assumptions"])
        assert "unconfirmed" in str(found["BEH-01"]["assumptions"])


@pytest.mark.exhaustive
def test_a_second_run_brings_nothing_twice_and_a_changed_mail_replaces_what_was_said_of_it(company, tmp_path):
    company.run(Mode(backlog=True), text_scan=True)
    second = company.run(Mode(), text_scan=True)
    assert second.exit_code == 0
    assert incidents(tmp_path) == planted(company)
    assert second.document()["changes"] == []

    org, portal = company.running.salesforce, company.running.hubspot
    for row in org.records("EmailMessage"):
        if row["Incoming"] and row["TextBody"] == INSULT:
            org.update("EmailMessage", row["Id"], {"TextBody": None, "HtmlBody": LATER})
        if row["Incoming"] and row["TextBody"] == THREAT:
            org.delete("EmailMessage", row["Id"])
    for row in mails_of(portal):
        if row["hs_email_direction"] == "INCOMING_EMAIL" and row["hs_email_text"] == INSULT:
            portal.update("emails", row["hs_object_id"], {"hs_email_text": ANGRY})
    company.run(Mode(), text_scan=True)
    left = [(source, category) for source, _, _, category, _ in incidents(tmp_path) if source != "files"]
    assert left == [("hubspot", "threat"), ("salesforce", "insult")]


def mails_of(portal):
    return [{**row.properties, "hs_object_id": row.id} for row in portal.tables["0-49"].rows.values()]


@pytest.mark.exhaustive
def test_switched_off_no_text_is_asked_for_and_what_was_found_is_forgotten(company, tmp_path):
    company.run(Mode(backlog=True), text_scan=True)
    company.running.audit.clear()
    off = company.run(Mode(full=True))
    assert off.exit_code == 0
    assert incidents(tmp_path) == []
    asked = [f"{call.path}?{call.query}" for call in company.running.audit.calls]
    assert asked
    for word in (
        "EmailMessage",
        "CaseComment",
        "TextBody",
        "HtmlBody",
        "CommentBody",
        "Description",
        "/emails",
        "content",
        "hs_email",
        "/notes",
    ):
        assert not [one for one in asked if word in one], word
    with duckdb.connect(tmp_path / "var" / "facts.duckdb", read_only=True) as con:
        assert not con.execute("SELECT 1 FROM information_schema.tables WHERE table_name LIKE '%_incidents'").fetchall()


def test_no_byte_of_a_message_stays_anywhere(company, tmp_path, monkeypatch, capfd):
    landed = []
    release = Landing.release

    def looked_through(self, files):
        landed.extend(file.name for file in files)
        leaks.extend(file.name for file in files if SIGN.encode() in content(file))
        release(self, files)

    leaks: list[str] = []
    monkeypatch.setattr(Landing, "release", looked_through)
    for mode in (Mode(backlog=True), Mode(full=True), Mode())[: examples(2, 3)]:
        company.run(mode, text_scan=True, text_scan_cases=True)
    assert any("incidents" in name for name in landed)
    assert leaks == []
    kept = [file for file in tmp_path.rglob("*") if file.is_file() and file != tmp_path / "data" / "messages.csv"]
    assert [file.name for file in kept if SIGN.encode() in content(file)] == []
    assert stored(tmp_path / "var" / "facts.duckdb") == []
    assert SIGN not in "".join(capfd.readouterr())
    for obj in ("Account", "Task"):
        assert not [row for row in company.running.salesforce.records(obj) if SIGN in str(row)]
    for kind in ("0-2", "0-27"):
        assert not [row for row in company.running.hubspot.tables[kind].rows.values() if SIGN in str(row.properties)]


def content(file):
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


def stored(path):
    """The tables of the facts in which a message's sign stands; the file itself is compressed."""
    with duckdb.connect(path, read_only=True) as con:
        tables = con.execute("SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'").fetchall()
        return [
            name
            for schema, name in tables
            if con.execute(
                f'SELECT count(*) FROM (SELECT t::VARCHAR AS row FROM "{schema}"."{name}" AS t) WHERE row LIKE ?', [f"%{SIGN}%"]
            ).fetchall()[0][0]
        ]


def test_check_says_what_is_read(company):
    off = {check.subject: check for check in examine(company.config(), around(company.running))}
    assert off["text scan"].detail.startswith("off")
    on = {check.subject: check for check in examine(company.config(text_scan=True), around(company.running))}
    assert "incoming e-mails" in on["salesforce: text scan"].detail
    assert "messages.csv" in on["files: text scan"].detail
    assert on["salesforce: texts of EmailMessage"].state == "ok"
    assert on["hubspot: texts of emails"].state == "ok"

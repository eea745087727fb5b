"""messages.csv as incident rows: read in place, row by row, and what cannot be used is told by its line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.contract import Runtime
from connectors.files import connect
from connectors.scan import Scan
from connectors.settings import FilesSettings
from sync.facts import Facts
from sync.land import RunLanding
from sync.pull import pull

HEAD = "message_id,case_id,account_id,sent_at,direction,text\n"
INSULT = "You are a complete idiot."
WHOSE = "SELECT account_id, case_id, category, confirmed FROM incidents ORDER BY ALL"


@pytest.fixture
def scanned(place):
    """Pull with scanning on; gives the report and the incidents."""
    place.write("accounts.csv", "account_id,name\nA1,Connard & Fils\nA2,Globex\n")
    switch = Scan.of((), datetime(2025, 3, 1, tzinfo=UTC))

    def read(query=WHOSE):
        settings = FilesSettings(enabled=True, directory=place.data, output=place.out)
        runtime = Runtime(clock=lambda: datetime(2026, 3, 31, tzinfo=UTC), sleep=lambda _: None, scan=switch)
        with (
            RunLanding(place.root / "landing", "r") as landing,
            Facts.open(place.root / "facts.duckdb", zone="Europe/Paris", threads=1) as facts,
        ):
            report = pull(facts, {"files": connect(settings, runtime).reader()}, landing)
            return report, facts.connection.execute(query).fetchall()

    return read


def test_a_message_belongs_to_its_account_or_to_the_account_of_its_case(place, scanned):
    place.write("cases.csv", "case_id,account_id,opened_at\nC9,A2,2026-03-01T09:00:00\n")
    place.write(
        "messages.csv",
        HEAD
        + f'm1,C1,A1,2026-03-02T09:00:00,in,"{INSULT}"\n'
        + f'm2,C9,,2026-03-02T10:00:00,,"{INSULT}"\n'
        + f'm3,C1,A1,2026-03-02T11:00:00,out,"{INSULT}"\n'
        + f'm4,C1,A1,2020-03-02T11:00:00,in,"{INSULT}"\n'
        + 'm5,C1,A1,2026-03-03,in,"Connard & Fils attend sa facture."\n'
        + f'm1,C1,A1,2026-03-02T09:00:00,in,"{INSULT}"\n',
    )
    report, rows = scanned()
    assert report.complete, report.problems
    assert rows == [("A1", "C1", "insult", False), ("A2", "C9", "insult", False)]


def test_rows_that_cannot_be_used_are_named_by_line_and_never_quoted(place, scanned):
    place.write(
        "messages.csv",
        HEAD
        + f'm1,C1,A1,yesterday,in,"{INSULT}"\n'
        + f',C1,A1,2026-03-02,in,"{INSULT}"\n'
        + f'm3,C1,A1,2026-03-02,sideways,"{INSULT}"\n'
        + f'm4,C1,A2,2026-03-02,in,"two\nlines: {INSULT}"\n',
    )
    report, rows = scanned()
    assert rows == [("A2", "C1", "insult", False)]
    assert [(problem.where, problem.what) for problem in report.problems] == [
        ("messages.csv:2", "sent_at is no ISO 8601 time; the row is left out"),
        ("messages.csv:3", "message_id is empty; the row is left out"),
        ("messages.csv:4", "direction is neither in nor out; the row is left out"),
    ]


def test_a_file_that_did_not_change_is_not_read_again_and_one_that_did_replaces_what_was_found(place, scanned):
    place.write("messages.csv", HEAD + f'm1,C1,A1,2026-03-02,in,"{INSULT}"\nm2,C1,A1,2026-03-03,in,"{INSULT}"\n')
    first, rows = scanned()
    assert len(rows) == 2
    assert "messages_incidents" in first.rows["files"]
    again, _ = scanned()
    assert again.rows["files"] == {}
    place.write("messages.csv", HEAD + 'm1,C1,A1,2026-03-02,in,"Thank you."\n')
    assert scanned()[1] == []


def test_what_a_person_enters_about_an_incident_wins(place, scanned):
    place.write("messages.csv", HEAD + f'm1,C1,A1,2026-03-02T09:00:00,in,"{INSULT}"\nm2,C2,A1,2026-03-03T09:00:00,in,"{INSULT}"\n')
    _, ((identity,), _) = scanned("SELECT message_id FROM incidents ORDER BY occurred_at")
    place.write(
        "incidents.csv",
        f"message_id,case_id,account_id,occurred_at,category,confirmed\n{identity},C1,A1,2026-03-02T09:00:00,insult,true\n",
    )
    assert scanned()[1] == [("A1", "C1", "insult", True), ("A1", "C2", "insult", False)]


def test_incidents_entered_without_ids_are_incidents_of_their_own_beside_the_messages(place, scanned):
    place.write("messages.csv", HEAD + f'm1,C1,A1,2026-03-02T09:00:00,in,"{INSULT}"\n')
    place.write("incidents.csv", "case_id,account_id,occurred_at,category\nC7,A1,2026-03-02T09:00:00,threat\n")
    report, rows = scanned()
    assert rows == [("A1", "C1", "insult", False), ("A1", "C7", "threat", None)]
    assert report.complete


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("message_id,account_id\nm1,A1\n", "must name message_id and text"),
        (b"message_id,text\nm1,\xff\xfe\n", "no CSV in UTF-8"),
        ("message_id;text\nm1;x\n", "not separated by commas"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_keeps_what_was_found(place, scanned, content, what):
    place.write("messages.csv", HEAD + f'm1,C1,A1,2026-03-02,in,"{INSULT}"\n')
    scanned()
    place.write("messages.csv", content)
    report, rows = scanned()
    assert not report.complete
    assert any(what in problem.what for problem in report.problems)
    assert rows == [("A1", "C1", "insult", False)]


def test_without_the_switch_the_file_is_not_opened(place):
    place.write("accounts.csv", "account_id,name\nA1,Acme\n")
    place.write("messages.csv", b"\xff\xfe not even text")
    report, rows = place.pull("SELECT * FROM incidents")
    assert report.complete
    assert rows == []
    assert [problem.where for problem in report.problems] == ["messages.csv"]

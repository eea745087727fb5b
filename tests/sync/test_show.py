"""What a terminal shows: one line for each client, each finding with its sentence, a dry run by account."""

from __future__ import annotations

from connectors.contract import Check
from sync import show

ROW = {
    "severity": "alert",
    "since": "2026-06-01",
    "explanation": {"en": "34% of net revenue."},
    "accounts": [{"crm": "hubspot", "id": "1", "name": "Alpha [x]"}],
}
DOCUMENT = {
    "as_of": "2026-06-01",
    "findings": [
        {**ROW, "rule": "DEP-01", "group": "hubspot:1"},
        {**ROW, "rule": "DEP-02", "group": "hubspot:1", "severity": "info"},
        {**ROW, "rule": "GOV-03", "group": "hubspot:2", "severity": "info"},
        {**ROW, "rule": "DEP-04", "group": None, "accounts": []},
    ],
    "insufficient": [{"rule": "PAY-01"}],
    "diagnostics": [],
    "metrics": {"hubspot:1": {"net_revenue": "340000.00", "share": "0.34"}},
}
TITLES = {"DEP-01": "Revenue share of one client", "DEP-02": "Margin share", "GOV-03": "No proactive contact"}


def test_each_client_to_look_at_has_one_line_and_the_others_share_one(capsys):
    show.clients(DOCUMENT, TITLES, currency="EUR")
    said = " ".join(capsys.readouterr().out.split())
    assert "Alpha [x] alert €340,000 34%" in said
    assert "For information only: 1 more clients (No proactive contact 1)" in said
    assert "The portfolio: alert, 34% of net revenue." in said
    assert "Not enough to judge: PAY-01 (1)" in said


def test_each_finding_is_shown_with_the_title_of_its_rule_and_its_sentence(capsys):
    show.findings(DOCUMENT, TITLES)
    said = capsys.readouterr().out
    assert "alert Alpha [x] (hubspot): DEP-01 Revenue share of one client, since 2026-06-01\n  34% of net revenue." in said
    assert "alert The portfolio: DEP-04" in said


def test_the_doctor_ends_with_a_count_of_what_is_wrong(capsys):
    show.checks([Check(subject="a", state="error", detail="x", mend="y"), Check(subject="b", state="ok", detail="z", mend="")])
    assert capsys.readouterr().out.splitlines() == ["error   a: x → y", "ok      b: z", "1 error, 2 lines in all."]

"""No two tasks of one client under one title."""

from __future__ import annotations

from datetime import date

from connectors.contract import Task
from rules.model import AccountRef
from sync.plan import ShownTask, Want
from sync.titles import told_apart

ACCOUNT = AccountRef(crm="salesforce", id="001A")
NAMES = {"PAY-01": "Retard de paiement", "PAY-02": "Solde échu ancien", "BEH-01": "Incident à vérifier"}
TITLE = "Relance de paiement : Gartignac"


def want(key, rule, episode="2026-11-24", *, code="T-11", title=TITLE, account=ACCOUNT):
    task = Task(
        key=key,
        account=account,
        subject=title,
        body="",
        due_date=date(2026, 11, 27),
        owner_id=None,
        priority="high",
        mark=f"{rule}|{code}|alert|{episode}",
    )
    return Want(crm="salesforce", group="salesforce:001A", task=task, level="alert")


def shown(key, rule, *, title=TITLE, closed=False, episode="2026-11-01"):
    return ShownTask(
        crm="salesforce",
        id="00T1",
        key=key,
        mark=f"{rule}|T-11|watch|{episode}",
        account_id=ACCOUNT.id,
        is_closed=closed,
        is_deleted=False,
        subject=title,
        due_date=None,
        priority="high",
        owner_id=None,
    )


def titles(wants, there=(), language="fr"):
    return [one.task.subject for one in told_apart(wants, there, NAMES, language)]


def test_two_rules_that_ask_for_the_same_add_their_names():
    assert titles([want("a", "PAY-01"), want("b", "PAY-02")]) == [f"{TITLE} (retard de paiement)", f"{TITLE} (solde échu ancien)"]


def test_a_title_that_stands_alone_stays_as_it_is():
    assert titles([want("a", "PAY-01"), want("b", "PAY-02", title="Autre chose")]) == [TITLE, "Autre chose"]
    assert titles([want("a", "PAY-01"), want("b", "PAY-02", account=AccountRef(crm="salesforce", id="001B"))]) == [TITLE, TITLE]


def test_two_incidents_of_one_rule_add_their_records():
    told = titles([want("a", "BEH-01", "5001"), want("b", "BEH-01", "5002")])
    assert told == [f"{TITLE} (fiche 5001)", f"{TITLE} (fiche 5002)"]
    assert titles([want("a", "BEH-01", "5001"), want("b", "BEH-01", "5002")], language="en")[0] == f"{TITLE} (record 5001)"


def test_an_open_task_of_another_rule_in_the_crm_counts_and_a_closed_one_does_not():
    assert titles([want("a", "PAY-01")], [shown("z", "PAY-02")]) == [f"{TITLE} (retard de paiement)"]
    assert titles([want("a", "PAY-01")], [shown("z", "PAY-02", closed=True)]) == [TITLE]


def test_the_task_that_a_rise_will_bring_up_to_date_is_no_second_one():
    assert titles([want("a", "PAY-01")], [shown("z", "PAY-01")]) == [TITLE]


def test_a_title_that_would_become_too_long_or_a_rule_without_a_name_stays():
    long = "x" * 250
    assert titles([want("a", "PAY-01", title=long), want("b", "PAY-02", title=long)]) == [long, long]
    assert titles([want("a", "OWN-01"), want("b", "OWN-02")]) == [TITLE, TITLE]


def test_only_the_title_changes_and_the_first_one_is_kept_for_the_digest():
    one, _ = told_apart([want("a", "PAY-01"), want("b", "PAY-02")], [], NAMES, "fr")
    assert (one.task.key, one.task.mark, one.title) == ("a", "PAY-01|T-11|alert|2026-11-24", TITLE)

"""What random companies found, as small companies with a name: product and plain program agree, and on the answer of the text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.rules.oracle.compare import differences
from tests.rules.oracle.portfolios import Company
from tests.rules.oracle.product import ask
from tests.rules.oracle.verdicts import Verdicts

AS_OF = date(2026, 6, 30)
NOON = datetime(2026, 6, 30, 10, tzinfo=UTC)


@pytest.fixture
def judged(tmp_path):
    """Judge the tables of each CRM; both programs must say the same."""

    def judge(now=NOON, held=None, before=None, **sources):
        company = Company(sources=sources, as_of=AS_OF, now=now, held=held or {}, before=before or {})
        answer = ask(tmp_path, company)
        assert list(differences(Verdicts(company.book), answer)) == []
        return answer

    return judge


def accounts(*names, **columns):
    return [{"account_id": name, "name": name, **columns} for name in names]


def line(account, on, amount="100", **columns):
    return {"line_id": f"{account}{on}{amount}", "account_id": account, "date": on, "amount": amount, "kind": "invoice", **columns}


def incident(message, category, confirmed, on="2026-06-20"):
    return {
        "message_id": message,
        "case_id": message,
        "account_id": "A",
        "occurred_at": f"{on}T10:00:00",
        "category": category,
        "confirmed": confirmed,
    }


def test_a_message_of_two_categories_counts_once_in_each_rule(judged):
    rows = [incident("m1", "insult", "true"), incident("m1", "leave_threat", "true"), incident("m2", "leave_threat", "true", "2026-06-25")]
    found = judged(files={"accounts": accounts("A"), "incidents": rows})
    assert found.verdicts["BEH-03", "files:A"] == "watch"
    assert (found.metrics["files:A"]["leave_threats_12m"], found.metrics["files:A"]["hostile_cases"]) == (2, 1)


def test_a_message_is_confirmed_when_any_copy_is_and_the_same_copy_twice_is_noted(judged):
    rows = [incident("m1", "threat", "true"), incident("m1", "threat", "false")]
    found = judged(files={"accounts": accounts("A"), "incidents": rows})
    assert found.verdicts["BEH-01", "files:A"] == "critical"
    assert ("DQ-11", None) not in found.diagnostics


def test_a_confirmed_category_of_one_rule_confirms_nothing_for_another(judged):
    rows = [incident("m1", "insult", "false"), incident("m1", "leave_threat", "true")]
    found = judged(files={"accounts": accounts("A"), "incidents": rows})
    assert found.verdicts["BEH-01", "files:A"] == "info"


def test_a_cause_that_is_no_word_says_nothing_about_other_changes_of_the_order(judged):
    moved = {"order_id": "o1", "old_promised_date": "2026-06-10", "new_promised_date": "2026-06-12", "cause_account_id": "A"}
    changes = [
        {**moved, "changed_at": "2026-06-01T10:00:00", "cause": "weather"},
        {**moved, "changed_at": "2026-06-02T10:00:00", "cause": ""},
    ]
    orders = [{"order_id": "o1", "account_id": "B", "ordered_at": "2026-05-01T10:00:00"}]
    found = judged(files={"accounts": accounts("A", "B"), "orders": orders, "order_changes": changes})
    assert (found.metrics["files:A"]["displaced_orders"], found.metrics["files:A"]["collateral_delay_days"]) == (1, 2)
    assert ("DQ-08", "files:B") in found.diagnostics


def test_an_invoice_without_paid_date_is_open_also_where_that_column_is_missing(judged):
    invoice = {"account_id": "A", "issue_date": "2026-02-01", "due_date": "2026-03-02", "amount": "9000"}
    rows = [{"invoice_id": "i1", **invoice, "status": ""}, {"invoice_id": "i2", **invoice, "status": "paid"}]
    found = judged(files={"accounts": accounts("A"), "invoices": rows, "revenue": [line("A", "2026-02-01", "9000")]})
    assert found.verdicts["PAY-02", "files:A"] == "critical"
    assert found.metrics["files:A"]["open_receivable"] == 9000


def test_the_rhythm_of_a_client_that_stopped_years_ago_is_still_known(judged):
    days = [f"2023-{month:02}-15" for month in range(1, 8)]
    found = judged(files={"accounts": accounts("A", "B"), "revenue": [line("A", day) for day in days] + [line("B", "2026-06-01")]})
    assert found.metrics["files:A"]["median_revenue_gap_days"] == 30.5


def test_contacts_are_logged_when_half_of_the_accounts_have_one_however_a_file_names_them(judged):
    met = {"kind": "meeting", "started_at": "2026-05-01T10:00:00", "initiated_by": "us"}
    rows = [{"activity_id": "v1", "account_id": "salesforce:A", **met}, {"activity_id": "v2", "account_id": "A", **met}]
    found = judged(
        salesforce={"accounts": accounts("A", "B")},
        files={"activities": rows, "revenue": [line("A", "2026-01-15"), line("B", "2026-01-15")]},
    )
    assert found.portfolio["activity_coverage"] == 0.5
    assert found.verdicts["GOV-03", "salesforce:B"] == "watch"


def test_a_case_typed_harassment_is_a_day_of_confrontation(judged):
    cases = [
        {"case_id": f"c{day}", "account_id": "A", "opened_at": f"2026-05-{day:02}T10:00:00", "category": "harassment"}
        for day in range(1, 11)
    ]
    repairs = [{"account_id": "A", "kind": "repair", "held_at": f"2026-0{month}-10", "kept_ratio": "0.2"} for month in (2, 4)]
    found = judged(files={"accounts": accounts("A"), "cases": cases, "repairs": repairs})
    assert found.verdicts["FIX-01", "files:A"] == "alert"


def test_a_contact_since_a_day_to_come_is_noted_and_changes_nothing(judged):
    rows = [{"contact_id": "p1", "account_id": "A", "is_decision_maker": "true", "since": str(AS_OF + timedelta(days=5))}]
    found = judged(files={"accounts": accounts("A"), "contacts": rows, "revenue": [line("A", "2026-01-15")]})
    assert ("DQ-09", "files:A") in found.diagnostics
    assert found.verdicts.get(("GOV-01", "files:A"), "clear") == "clear"


def test_as_of_a_past_day_what_came_after_is_hidden_and_no_fault_of_the_data(judged):
    rows = [line("A", "2026-06-30"), line("A", "2026-07-01", "900")]
    found = judged(now=NOON + timedelta(days=30), files={"accounts": accounts("A"), "revenue": rows})
    assert found.metrics["files:A"]["net_revenue"] == 100
    assert not any(code == "DQ-09" for code, _ in found.diagnostics)


def test_one_client_in_three_crms_is_one_group_named_by_the_first_and_sells_once(judged):
    found = judged(
        salesforce={"accounts": accounts("001", registration_id="552100554"), "revenue": [line("001", "2026-05-01", "60")]},
        hubspot={
            "accounts": accounts("77", registration_id="FR40552100554", domain="acme.fr"),
            "revenue": [line("77", "2026-05-01", "60")],
        },
        files={"accounts": accounts("A", domain="https://www.acme.fr/"), "revenue": [line("A", "2026-05-01", "60")]},
    )
    assert list(found.metrics) == ["salesforce:001"]
    assert found.metrics["salesforce:001"]["net_revenue"] == 60


def test_a_natural_person_is_no_part_of_a_companys_group_and_stays_in_the_totals(judged):
    people = [{"account_id": "P", "name": "P", "is_person": "true", "parent_id": "A"}, {"account_id": "C", "name": "C", "parent_id": "P"}]
    rows = [line("A", "2026-05-01", "50"), line("P", "2026-05-01", "30"), line("C", "2026-05-01", "20")]
    found = judged(files={"accounts": [*accounts("A", is_person="", parent_id=""), *people], "revenue": rows})
    assert {group: float(row["share"]) for group, row in found.metrics.items()} == {"files:A": 0.5, "files:C": 0.2}
    assert found.portfolio["positive_total"] == 100


def test_privileges_granted_since_repair_are_those_that_no_account_of_the_client_held(judged):
    rows = [{"account_id": "A", "name": "A", "stage": "repair", "privileges": "rush;price", "parent_id": ""},
            {"account_id": "B", "name": "B", "stage": "", "privileges": "Price;gift", "parent_id": "A"}]  # fmt: skip
    found = judged(held={"files:A": {"rush"}}, files={"accounts": rows})
    assert found.metrics["files:A"]["privileges_added"] == 0
    found = judged(held={"files:A": {"rush"}, "files:B": {"price"}}, files={"accounts": rows})
    assert (found.metrics["files:A"]["privileges_added"], found.verdicts["DEP-06", "files:A"]) == (1, "watch")


@pytest.mark.parametrize(("end", "verdict"), [("2026-09-28", "alert"), ("2026-09-29", "insufficient")])
def test_a_commitment_is_judged_from_a_quarter_of_its_period(judged, end, verdict):
    contract = {
        "contract_id": "k1",
        "account_id": "A",
        "start_date": "2026-06-01",
        "end_date": end,
        "committed_amount": "1000",
        "status": "active",
    }
    found = judged(files={"accounts": accounts("A"), "contracts": [contract], "revenue": [line("A", "2026-06-10", "150")]})
    assert found.verdicts["CON-01", "files:A"] == verdict


def test_two_clients_of_a_group_met_on_one_day_are_two_attempts(judged):
    rows = [{"account_id": name, "kind": "repair", "held_at": "2026-03-10", "kept_ratio": "0.2"} for name in ("A", "B")]
    found = judged(files={"accounts": [*accounts("A", parent_id=""), *accounts("B", parent_id="A")], "repairs": rows})
    assert (found.metrics["files:A"]["failed_attempts_12m"], found.verdicts["FIX-01", "files:A"]) == (2, "watch")


def test_a_meeting_with_one_client_typed_in_two_crms_is_one_attempt(judged):
    row = {"kind": "repair", "held_at": "2026-03-10", "kept_ratio": "0.2"}
    found = judged(
        salesforce={"accounts": accounts("001"), "repairs": [{"account_id": "001", **row}]},
        files={"accounts": accounts("A", same_as="salesforce:001"), "repairs": [{"account_id": "A", **row}]},
    )
    assert found.metrics["salesforce:001"]["failed_attempts_12m"] == 1


def test_deciders_of_two_clients_on_one_day_are_two_changes_and_of_one_client_in_two_crms_one(judged):
    person = {"is_decision_maker": "true", "since": "2026-05-01"}
    found = judged(
        salesforce={"accounts": [*accounts("001", parent_id=""), *accounts("002", parent_id="001")], "revenue": [line("001", "2026-01-15")],
                    "contacts": [{"contact_id": "c1", "account_id": "001", **person}]},
        hubspot={"accounts": accounts("77", same_as="salesforce:001"), "contacts": [{"contact_id": "9", "account_id": "77", **person}]},
        files={"accounts": accounts("B", same_as="salesforce:002"), "contacts": [{"contact_id": "p", "account_id": "B", **person}]},
    )  # fmt: skip
    assert found.metrics["salesforce:001"]["decision_changes_180d"] == 2


def test_a_change_asked_for_by_a_client_counts_whoever_ordered(judged):
    days = [f"2026-06-{day:02}T10:00:00" for day in range(1, 31)] + [f"2026-05-{day:02}T10:00:00" for day in range(1, 10)]
    changes = [
        {"order_id": "gone", "changed_at": on, "old_promised_date": "", "new_promised_date": "", "cause_account_id": "A"} for on in days
    ]
    found = judged(
        files={
            "accounts": accounts("A"),
            "order_changes": changes,
            "cases": [{"case_id": "c", "account_id": "A", "opened_at": "2020-01-01T10:00:00"}],
        }
    )
    assert found.metrics["files:A"]["priority_changes_week"] == 3  # 39 changes in the 91 days of W3
    assert found.verdicts["OPS-04", "files:A"] == "watch"


def test_what_belonged_to_an_account_merged_into_another_belongs_to_that_one(judged):
    def tables(*names, owner):
        case = {"case_id": "c1", "account_id": owner, "opened_at": "2026-05-04T10:00:00", "category": "complaint"}
        contact = {"contact_id": "p1", "account_id": owner, "is_decision_maker": "true", "since": "2026-04-01"}
        return {
            "accounts": accounts(*names),
            "revenue": [line("A", "2026-01-15"), line(owner, "2026-02-15")],
            "cases": [case],
            "contacts": [contact],
        }

    found = judged(before={"files": tables("A", "B", owner="B")}, files=tables("A", owner="A"))
    assert list(found.metrics) == ["files:A"]
    figures = found.metrics["files:A"]
    assert (figures["net_revenue"], figures["complaints_12m"], figures["decision_changes_180d"]) == (200, 1, 1)


@pytest.mark.parametrize(("then", "now"), [(2, 1), (1, 2)])
def test_a_record_that_is_gone_counts_no_more_and_one_that_came_back_counts_again(judged, then, now):
    lines = [line("A", "2026-01-15"), line("A", "2026-02-15")]
    found = judged(
        before={"files": {"accounts": accounts("A"), "revenue": lines[:then]}}, files={"accounts": accounts("A"), "revenue": lines[:now]}
    )
    assert found.metrics["files:A"]["net_revenue"] == 100 * now


def test_a_client_that_bought_nothing_and_gave_back_has_no_ratio_of_credit_notes(judged):
    lines = [line("A", "2026-05-01", "0"), line("A", "2026-05-02", "-40"), line("B", "2026-05-02")]
    found = judged(files={"accounts": accounts("A", "B"), "revenue": lines})
    assert found.metrics["files:A"]["credit_note_ratio"] is None

"""Invoices: lateness, balances, terms; and contracts measured against revenue."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.rules.metrics.world import World

AS_OF = "2026-06-30"


def invoice(world: World, due: str | None, paid: str | None, amount: Any = 100, account: str = "A", **columns: Any) -> World:
    columns = {"issue_date": "2026-01-01", "status": "paid" if paid else "open"} | columns
    return world.add("invoices", account_id=account, due_date=due, paid_date=paid, amount=amount, **columns)


def three(**columns: Any) -> World:
    world = World("A")
    for due, paid in (("2026-02-01", "2026-02-11"), ("2026-03-01", "2026-03-01"), ("2026-04-01", "2026-03-20")):
        invoice(world, due, paid, **columns)
    return world


def test_late_payment_counts_from_due_date_and_is_weighted_by_amount() -> None:
    world = World("A")
    invoice(world, "2026-02-01", "2026-03-03", 300)
    invoice(world, "2026-03-01", "2026-03-11", 600)
    invoice(world, "2026-04-01", "2026-01-15", 100)
    found = world.at(AS_OF).group("A")
    assert found["weighted_days_late"] == pytest.approx((300 * 30 + 600 * 10) / 1000)
    assert found["late_count_share"] == pytest.approx(2 / 3)
    assert found["late_amount_share"] == pytest.approx(0.9)
    assert found["largest_late_share"] == pytest.approx(0.6)


def test_three_days_of_grace_count_as_on_time_and_a_fourth_counts_whole() -> None:
    world = World("A", "B")
    for account, paid in (("A", "2026-02-04"), ("B", "2026-02-05")):
        for stated in (paid, "2026-02-01", "2026-01-20"):
            invoice(world, "2026-02-01", stated, account=account)
    assert world.at(AS_OF).of("weighted_days_late") == pytest.approx({"A": 0, "B": 4 / 3})


def test_two_due_invoices_are_too_few_for_any_share() -> None:
    world = World("A")
    invoice(world, "2026-02-01", "2026-03-01")
    invoice(world, "2026-03-01", "2026-04-01")
    found = world.at(AS_OF).group("A")
    assert found["due_invoices"] == 2
    assert found["weighted_days_late"] is found["late_count_share"] is found["inferred_due_share"] is None


def test_an_open_invoice_ages_to_the_day_judged_with_its_full_amount() -> None:
    world = three()
    invoice(world, "2026-06-10", None, 100, open_amount=10)
    found = world.at(AS_OF).group("A")
    assert found["weighted_days_late"] == pytest.approx((10 + 20) / 4)
    assert found["open_receivable"] == 10


def test_invoices_due_outside_the_window_do_not_count() -> None:
    world = three()
    invoice(world, "2025-06-30", "2026-05-01", 9999)
    invoice(world, "2026-07-01", None, 9999)
    assert world.at(AS_OF).group("A")["due_invoices"] == 3
    invoice(world, "2025-07-01", "2025-07-01")
    invoice(world, "2026-06-30", None)
    assert world.at(AS_OF).group("A")["due_invoices"] == 5


def test_drafts_voided_and_credit_notes_are_no_invoices() -> None:
    world = three()
    for status in ("draft", "voided"):
        invoice(world, "2026-02-01", None, status=status)
    invoice(world, "2026-02-01", None, -500)
    found = world.at(AS_OF).group("A")
    assert (found["due_invoices"], found["open_receivable"]) == (3, 0)


def test_an_invoice_closed_without_a_payment_date_is_left_out_and_named() -> None:
    world = three()
    invoice(world, "2026-02-01", None, status="paid")
    invoice(world, "2026-02-01", None, status=None, open_amount=0)
    found = world.at(AS_OF).group("A")
    assert (found["due_invoices"], found["invoices_closed_undated"], found["open_receivable"]) == (3, 2, 0)


def test_a_dispute_for_our_own_fault_is_left_out_and_any_other_dispute_counts() -> None:
    world = three()
    invoice(world, "2026-02-01", None, 900, disputed=True, own_fault=True)
    invoice(world, "2026-02-01", None, 700, disputed=True)
    found = world.at(AS_OF).group("A")
    assert found["due_invoices"] == 4
    assert (found["open_receivable"], found["open_overdue"]) == (1600, 700)


def test_missing_due_dates_come_from_the_accounts_terms_else_thirty_days() -> None:
    world = World()
    world.add("accounts", account_id="A", payment_terms_days=45).add("accounts", account_id="B")
    for account in "AB":
        for _ in range(3):
            invoice(world, None, None, account=account, issue_date="2026-05-01")
    found = world.at(AS_OF).group("A")
    assert found["weighted_days_late"] == 15
    assert found["inferred_due_share"] == 1
    assert world.group("B")["weighted_days_late"] == 30
    assert len(world.diagnosed("DQ-06")) == 6


def test_terms_typed_in_another_crm_serve_the_same_client() -> None:
    world = World()
    world.add("accounts", source="salesforce", account_id="S").add(
        "accounts", source="hubspot", account_id="H", same_as="salesforce:S", payment_terms_days=60
    )
    invoice(world, None, None, account="salesforce:S", issue_date="2026-05-01")
    world.at(AS_OF)
    assert world.con.execute("SELECT due_on FROM facts_invoices").fetchone() == (date(2026, 6, 30),)


def test_without_any_word_on_payment_nothing_is_open_and_nothing_is_clear() -> None:
    world = World("A", "B")
    for _ in range(3):
        invoice(world, "2026-01-15", None, status=None)
    found = world.at(AS_OF).group("A")
    assert found["due_invoices"] == 0
    assert found["open_receivable"] is found["oldest_open_overdue_days"] is found["open_overdue"] is None
    assert world.group("B")["oldest_open_overdue_days"] == 0
    found = world.filled("invoices", "paid_date").at(AS_OF).group("A")
    assert (found["due_invoices"], found["open_receivable"], found["oldest_open_overdue_days"]) == (3, 300, 166)


def test_the_oldest_open_overdue_leaves_inferred_dates_out_and_says_so() -> None:
    world = World("A")
    invoice(world, None, None, issue_date="2026-01-01")
    assert world.at(AS_OF).group("A")["oldest_open_overdue_days"] is None
    invoice(world, "2026-05-31", None)
    found = world.at(AS_OF).group("A")
    assert (found["oldest_open_overdue_days"], found["open_overdue"], found["open_receivable"]) == (30, 100, 200)
    assert found["overdue_share"] == 0.5


def test_an_invoice_due_today_is_not_overdue() -> None:
    world = World("A")
    invoice(world, AS_OF, None)
    assert world.at(AS_OF).group("A")["oldest_open_overdue_days"] == 0


def test_a_part_payment_leaves_the_invoice_open() -> None:
    world = World("A")
    invoice(world, "2026-05-01", "2026-06-01", 100, status="open", open_amount=40)
    found = world.at(AS_OF).group("A")
    assert (found["open_overdue"], found["oldest_open_overdue_days"]) == (40, 60)


def test_receivable_share_is_of_all_open_balances_at_the_rate_of_the_issue_date() -> None:
    world = World("A", "B", "C")
    world.add("rates", currency="USD", **{"from": "2025-01-01"}, to_exclusive="2026-03-01", units_per_home=2.0)
    world.add("rates", currency="USD", **{"from": "2026-03-01"}, units_per_home=4.0)
    invoice(world, "2026-08-01", None, 200, currency="USD", issue_date="2026-02-28")
    invoice(world, "2026-08-01", None, 300, account="B")
    invoice(world, "2026-08-01", None, -50, account="B")
    world.at(AS_OF)
    assert world.of("receivable_share") == {"A": 0.25, "B": 0.75, "C": 0}
    assert (world.portfolio["open_receivable"], world.portfolio["debtors"]) == (400, 2)


def test_invoices_without_a_rate_lower_their_own_coverage() -> None:
    world = three()
    invoice(world, "2026-02-01", None, currency="GBP", invoice_id="pounds")
    world.at(AS_OF)
    assert world.portfolio["invoice_conversion_coverage"] == 0.75
    assert world.portfolio["conversion_coverage"] == 1.0
    assert world.diagnosed("DQ-02") == {("files:A", "pounds")}


def test_interest_and_indemnities_leave_inferred_dates_and_grace_out() -> None:
    world = World("A")
    invoice(world, "2026-02-01", "2026-03-03", 1000)
    invoice(world, "2026-02-01", "2026-02-03", 1000)
    invoice(world, None, "2026-03-03", 1000)
    found = world.at(AS_OF, penalty_rate=0.1215).group("A")
    assert found["penalty_interest"] == pytest.approx(1000 * 0.1215 * 30 / 365)
    assert found["recovery_indemnities"] == 40
    assert world.at(AS_OF).group("A")["penalty_interest"] is None
    assert world.at(AS_OF, home_currency="USD").group("A")["recovery_indemnities"] is None


def test_a_row_of_the_company_wins_over_the_configuration() -> None:
    world = three()
    invoice(world, "2026-02-01", "2026-03-03", 1000)
    world.add("company", annual_penalty_rate=0.20)
    assert world.at(AS_OF, penalty_rate=0.10).group("A")["penalty_interest"] == pytest.approx((1000 * 30 + 100 * 10) * 0.20 / 365)


TERMS = (
    ("2026-01-15", "2026-03-16", 0),  # 60 days
    ("2026-01-10", "2026-03-12", 0),  # 61 days, but the end of January + 45 days is 2026-03-17
    ("2026-01-01", "2026-03-18", 1),  # a day after that, and 45 days after issue end in February
    ("2026-01-20", "2026-03-31", 0),  # 70 days, but 45 days after issue end in March
    ("2026-01-20", "2026-04-01", 1),
    ("2025-06-30", "2026-01-01", 0),  # issued before the window
)


def test_terms_beyond_the_ceiling_fail_sixty_days_and_both_counts_of_forty_five() -> None:
    clients = {f"{issued} to {due}": beyond for issued, due, beyond in TERMS}
    world = World(*clients)
    for account, (issued, due, _) in zip(clients, TERMS, strict=True):
        invoice(world, due, None, account=account, issue_date=issued)
    assert world.at(AS_OF).of("terms_beyond_ceiling") == clients


INSOLVENT = {(None, False): None, (True, False): True, (False, False): False, (None, True): True, (False, True): True}


def test_insolvency_is_what_a_person_or_a_case_says() -> None:
    world = World("B")
    for said, case in INSOLVENT:
        world.add("accounts", account_id=f"{said} {case}", insolvent=said)
        if case:
            world.add("cases", account_id=f"{said} {case}", opened_at="2024-01-01", category="insolvency")
    expected = {f"{said} {case}": insolvent for (said, case), insolvent in INSOLVENT.items()}
    assert world.at(AS_OF).of("insolvent") == {"B": None, **expected}


def contract(world: World, amount: float | None = 365, start: str = "2026-01-01", end: str | None = "2026-12-31", **columns: Any) -> World:
    columns = {"account_id": "A", "status": "active"} | columns
    return world.add("contracts", start_date=start, end_date=end, committed_amount=amount, **columns)


def test_a_commitment_is_prorated_by_inclusive_days() -> None:
    world = contract(World("A")).line("A", "2026-01-01", 100).line("A", "2026-06-30", 62.9).line("A", "2025-12-31", 500).at(AS_OF)
    found = world.group("A")
    assert found["commitment_elapsed_days"] == 181
    assert found["commitment_prorated"] == pytest.approx(181)
    assert found["commitment_revenue"] == Decimal("162.9")
    assert found["commitment_fulfilment"] == pytest.approx(0.9)
    assert (found["commitment_start"], found["commitment_end"]) == (date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(("as_of", "known"), [("2026-04-01", False), ("2026-04-02", True)])
def test_a_quarter_of_the_period_must_have_gone_by(as_of: str, known: bool) -> None:
    found = contract(World("A")).at(as_of).group("A")  # 365 days: day 91 is too early, day 92 counts
    assert (found["commitment_fulfilment"] is not None) is known


def test_of_several_commitments_the_worst_counts() -> None:
    world = contract(contract(World("A"), 100), 1000, start="2025-07-01", end="2026-06-30").line("A", "2026-01-01", 100).at(AS_OF)
    assert world.group("A")["commitment_fulfilment"] == pytest.approx(0.1)
    assert world.group("A")["commitment_start"] == date(2025, 7, 1)


NOT_MEASURED = ({"status": "draft"}, {"status": "ended"}, {"end": None}, {"amount": None}, {"start": "2026-07-01"}, {"end": "2026-06-29"})


def test_drafts_ended_open_ended_and_empty_commitments_are_not_measured() -> None:
    world = World("measured", *map(str, NOT_MEASURED))
    for account, columns in (("measured", {}), *((str(columns), columns) for columns in NOT_MEASURED)):
        contract(world, account_id=account, **columns).line(account, "2026-01-01", 1)
    found = world.at(AS_OF).of("commitment_fulfilment")
    assert found.pop("measured") == pytest.approx(1 / 181)
    assert found == dict.fromkeys(map(str, NOT_MEASURED))


def test_a_contract_without_a_status_counts_as_active() -> None:
    found = contract(World("A"), status=None).at(AS_OF).group("A")
    assert (found["contracts_in_force"], found["commitment_fulfilment"]) == (1, 0)


def test_a_commitment_in_another_currency_is_converted_at_its_start() -> None:
    world = World("A").add("rates", currency="USD", **{"from": "2025-01-01"}, to_exclusive="2026-02-01", units_per_home=2.0)
    contract(world, 730, currency="USD").line("A", "2026-01-01", 181).at(AS_OF)
    assert world.group("A")["commitment_fulfilment"] == pytest.approx(1.0)


def test_trading_without_a_contract_looks_at_lines_less_than_ninety_days_old() -> None:
    cases = {("2026-04-02", "ended"): True, ("2026-04-01", "ended"): False, ("2026-06-01", "active"): False}
    world = World(*(f"{last} {status}" for last, status in cases))
    for last, status in cases:
        contract(world, account_id=f"{last} {status}", end=None, status=status).line(f"{last} {status}", last, 10)
    expected = {f"{last} {status}": without for (last, status), without in cases.items()}
    assert world.at(AS_OF).of("trading_without_contract") == expected

"""As of a past day: what is dated after it is hidden; and notes about the data."""

from __future__ import annotations

from datetime import date

from tests.rules.metrics.world import World

PAST, TODAY = "2026-03-31", "2026-06-30"


def test_a_payment_after_the_day_judged_has_not_happened_yet() -> None:
    world = World("A").add(
        "invoices",
        account_id="A",
        issue_date="2026-01-01",
        due_date="2026-02-01",
        paid_date="2026-05-01",
        amount=900,
        open_amount=0,
        status="paid",
    )
    then = world.at(PAST, now=TODAY).group("A")
    assert (then["open_receivable"], then["oldest_open_overdue_days"], then["due_invoices"]) == (900, 58, 1)
    now = world.at(TODAY).group("A")
    assert (now["open_receivable"], now["oldest_open_overdue_days"]) == (0, 0)


def test_an_invoice_issued_later_is_not_there() -> None:
    world = World("A").add("invoices", account_id="A", issue_date="2026-04-01", due_date="2026-04-30", amount=900, status="open")
    assert world.at(PAST, now=TODAY).portfolio["open_receivable"] == 0


def test_cases_responses_and_escalations_are_known_only_once_they_happened() -> None:
    world = World("A").add(
        "cases", account_id="A", opened_at="2026-03-30", first_response_at="2026-04-02", escalated_at="2026-04-01", closed_at="2026-04-03"
    )
    world.add("cases", account_id="A", opened_at="2026-04-01").at(PAST, now=TODAY)
    row = world.con.execute("SELECT first_response_at, first_response_local, escalated_at, closed_date FROM facts_cases").fetchall()
    assert row == [(None, None, None, None)]
    assert (world.group("A")["cases_6m"], world.group("A")["escalations_6m"]) == (1, 0)


def test_contacts_changes_hours_meetings_repairs_and_deals_of_later_days_are_hidden() -> None:
    world = World("A", "B")
    world.add("contacts", account_id="A", since="2026-04-01", is_decision_maker=True).add("contacts", account_id="A", since=None)
    world.add("orders", account_id="B", order_id="o", ordered_at="2026-01-01", promised_date="2026-02-01", delivered_date="2026-04-02")
    world.add(
        "order_changes",
        order_id="o",
        changed_at="2026-04-01",
        old_promised_date="2026-02-01",
        new_promised_date="2026-03-01",
        cause_account_id="A",
    )
    world.add("hours", account_id="A", week="2026-04-06", hours=5).add("repairs", account_id="A", held_at="2026-04-01", kept_ratio=0)
    world.add("activities", account_id="A", kind="meeting", started_at="2026-04-01").add(
        "incidents", account_id="A", occurred_at="2026-04-01", category="insult"
    )
    world.add("pipeline", account_id="A", created_at="2026-04-01", stage="proposal")
    world.add("pipeline", account_id="A", created_at="2026-01-01", closed_at="2026-05-01", is_won=True, amount=10).at(PAST, now=TODAY)
    counts = {
        name: world.con.execute(f"SELECT count(*) FROM facts_{name}").fetchone()[0]
        for name in ("contacts", "order_changes", "hours", "repairs", "activities", "incidents", "pipeline", "orders")
    }
    assert counts == {
        "contacts": 1,
        "order_changes": 0,
        "hours": 0,
        "repairs": 0,
        "activities": 0,
        "incidents": 0,
        "pipeline": 1,
        "orders": 1,
    }
    assert world.con.execute("SELECT delivered_date FROM facts_orders").fetchone() == (None,)
    assert world.con.execute("SELECT is_won, closed_at, amount_home FROM facts_pipeline").fetchone() == (None, None, 10)


def test_which_crm_counts_is_decided_by_the_lines_known_that_day() -> None:
    world = World()
    world.add("accounts", source="salesforce", account_id="S").add("accounts", source="hubspot", account_id="H", same_as="salesforce:S")
    world.line("H", "2026-01-01", 100, source="hubspot").line("S", "2026-05-01", 7, source="salesforce")
    assert world.at(PAST, now=TODAY).group("salesforce:S")["net_revenue"] == 100
    assert world.at(TODAY).group("salesforce:S")["net_revenue"] == 7


def test_the_day_on_the_clock_is_that_of_the_companys_zone() -> None:
    world = World("A").line("A", "2026-07-01", 1, line_id="l").at(TODAY)
    assert world.diagnosed("DQ-09") == {("files:A", "l")}
    assert world.con.execute("SELECT run_date FROM params").fetchone() == (date(2026, 6, 30),)
    assert world.at(TODAY, now="2026-07-01").diagnosed("DQ-09") == set()


def test_judging_a_day_ahead_makes_nothing_before_it_future() -> None:
    world = World("A").line("A", "2026-07-01", 1).at("2026-07-31", now=TODAY)
    assert world.diagnosed("DQ-09") == set()
    assert world.portfolio["as_of_in_past"] is False


def test_notes_of_the_load_reach_the_group_of_their_record() -> None:
    world = World("A").add("cases", account_id="A", case_id="c", opened_at="2026-01-01").add("hours", account_id="A", week="2026-01-05")
    rows = [
        ("DQ-08", "cases", "c"),
        ("DQ-08", "hours", "A"),
        ("DQ-08", "cases", "gone"),
        ("DQ-11", "cases", "c"),
        ("DQ-08", "owners", "o1"),
    ]
    for code, table, record in rows:
        world.con.execute("INSERT INTO load_diagnostics VALUES (?, 'files', ?, ?)", [code, table, record])
    world.at(TODAY)
    assert world.diagnosed("DQ-08") == {("files:A", "c"), ("files:A", "A"), (None, "gone"), (None, "o1")}
    assert world.diagnosed("DQ-11") == {(None, "c")}


def test_notes_never_name_the_group_of_a_person() -> None:
    world = (
        World()
        .add("accounts", account_id="P", is_person=True, parent_id="gone")
        .line("P", "2026-01-01", -5, currency="GBP", line_id="l")
        .at(TODAY)
    )
    assert world.diagnosed("DQ-05") == {(None, "P")}
    assert world.diagnosed("DQ-02") == {(None, "l")}
    assert world.diagnosed("DQ-03") == set()


def test_measuring_twice_gives_the_same_and_doubles_no_note() -> None:
    world = World("A").line("A", "2026-01-01", -5).line(None, "2026-01-01", 5).at(TODAY)
    first = world.table("SELECT * FROM group_metrics"), world.con.execute("SELECT * FROM diagnostics ORDER BY ALL").fetchall()
    world.at(TODAY)
    assert first == (world.table("SELECT * FROM group_metrics"), world.con.execute("SELECT * FROM diagnostics ORDER BY ALL").fetchall())

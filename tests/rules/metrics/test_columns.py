"""Promises about the SQL itself: names, documentation, portability, evidence for every rule, nothing on empty tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from rules import metrics
from rules.derive import literals, script
from tests.rules.metrics.world import World

FOLDER = Path(metrics.__file__).parent
METRICS = sorted((FOLDER / "metrics").glob("*.sql"))
DERIVED = FOLDER / "metrics" / "columns" / "derived.sql"
EVIDENCE = sorted((FOLDER / "evidence").glob("*.sql"))
CONTRACT = """
net_revenue share share_previous_year share_delta_12m revenue_3m revenue_3m_last_year volume_change credit_note_ratio first_revenue days_since_revenue
median_revenue_gap_days due_invoices weighted_days_late late_count_share late_amount_share inferred_due_share penalty_interest recovery_indemnities
open_receivable receivable_share open_overdue overdue_share oldest_open_overdue_days hostility_index hostility_confirmed hostile_cases hostile_days
leave_threats_12m own_fault_share orders rush_orders rush_share rush_share_rest rush_ratio displaced_orders displaced_customers collateral_delay_days
exposed_revenue hours_12m hours_share effort_ratio overtime_hours overtime_share service_hours_share overtime_ratio overtime_premium_cost direct_cost
cost_to_serve margin_after_cts margin_pct margin_share commitment_elapsed_days commitment_prorated commitment_fulfilment days_since_decision_change
tagged_meetings_last tagged_meetings_prev transactional_ratio_last transactional_ratio_prev transactional_delta advisory_requests_change
days_since_proactive_contact privileges
"""  # imbalance_index and imbalance_coverage come from the verdicts, not from the facts
PORTFOLIO = """
window positive_total active_customers top1 top5 hhi hhi_normalized effective_customers conversion_coverage lines_in_window lines_unconverted open_receivable
"""
RULES = (
    [f"dep-{n:02}" for n in range(1, 7)] + ["vol-01", "pay-01", "pay-02", "pay-03", "con-01", "con-02", "con-03"] + [f"beh-{n:02}" for n in range(1, 6)]
    + [f"ops-{n:02}" for n in range(1, 6)] + ["cts-01", "cts-02", "gov-01", "gov-02", "gov-03", "team-01", "fix-01"]
)  # fmt: skip


def head(path: Path) -> str:
    """Give the comment at the top of a file."""
    return re.match(r"(?:--.*\n)+", path.read_text(encoding="utf-8")).group()


@pytest.fixture(scope="module")
def empty() -> World:
    return World().at("2026-06-30")


def columns(world: World, table: str) -> list[str]:
    return [name for name, *_ in world.con.execute(f"DESCRIBE {table}").fetchall() if name != "rowid"]


def test_every_metric_of_the_contract_is_a_column(empty: World) -> None:
    assert set(CONTRACT.split()) <= set(columns(empty, "group_metrics"))
    assert set(PORTFOLIO.split()) <= set(columns(empty, "portfolio_metrics"))


def test_every_column_is_documented_at_the_head_of_a_file(empty: World) -> None:
    words = {path.stem: set(re.findall(r"\w+", head(path))) for path in [*METRICS, DERIVED]}
    documented = set().union(*(found for stem, found in words.items() if stem != "portfolio"))
    assert [name for name in columns(empty, "group_metrics") if name not in documented] == []
    assert [name for name in columns(empty, "portfolio_metrics") if name not in words["portfolio"]] == []


def test_every_documented_name_is_a_column(empty: World) -> None:
    tables = ("group_metrics", "portfolio_metrics", "impact_terms", "firm_figures")
    known = {name for table in tables for name in columns(empty, table)}
    listed = {
        name
        for path in [*METRICS, DERIVED]
        for line in re.findall(r"^--   ([a-z0-9_]+(?:, [a-z0-9_]+)*) ", head(path), re.MULTILINE)
        for name in line.split(", ")
    }
    assert len(listed) > 100
    assert sorted(listed - known) == []


def test_empty_tables_give_no_group_one_portfolio_row_and_no_error(empty: World) -> None:
    assert empty.con.execute("SELECT count(*) FROM group_metrics").fetchone() == (0,)
    assert empty.portfolio["positive_total"] == 0
    assert empty.portfolio["hhi"] is empty.portfolio["top1"] is None
    assert empty.diagnosed("DQ-01") == {(None, None)}


def test_tables_that_an_older_load_did_not_write_are_not_missed() -> None:
    world = World("A")
    world.con.execute("DROP TABLE filled")
    world.con.execute("DROP TABLE load_diagnostics")
    assert world.line("A", "2026-01-01", 5).at("2026-06-30").group("A")["net_revenue"] == 5


def test_facts_of_one_account_alone_leave_counts_at_zero_and_ratios_unknown() -> None:
    found = World("A").at("2026-06-30").group("A")
    known = {name for name, value in found.items() if value is not None}
    ratios = {name for name in found if re.search(r"share|ratio|_pct|_change$|_delta|coverage|fulfilment", name)}
    assert known & ratios == set()
    assert {name: found[name] for name in ("net_revenue", "due_invoices", "orders", "hostility_index", "oldest_open_overdue_days", "privileges")} == {
        "net_revenue": 0, "due_invoices": 0, "orders": 0, "hostility_index": 0, "oldest_open_overdue_days": 0, "privileges": 0,
    }  # fmt: skip


@pytest.mark.parametrize("path", METRICS, ids=lambda path: path.stem)
def test_metric_sql_stays_in_the_subset_that_postgresql_can_run(path: Path, empty: World) -> None:
    banned = re.compile(r"ISODOW|AT TIME ZONE|PERCENTILE_CONT|QUALIFY|EXCLUDE|REPLACE \(|GROUP BY ALL|getvariable|strftime", re.IGNORECASE)
    text = script("metrics", path.stem, literals(empty.con))
    assert banned.search(re.sub(r"--.*", "", text)) is None
    statements = sqlglot.parse(text, read="duckdb")
    assert all(statement.sql("postgres") for statement in statements)
    assert not any(isinstance(node, exp.Command) for statement in statements for node in statement.walk())


def test_every_rule_has_its_evidence() -> None:
    assert [path.stem for path in EVIDENCE] == sorted(RULES)


def busy() -> World:
    """Build a portfolio in which every rule has something to show about A."""
    world = World("B", "C")
    world.add("accounts", account_id="A", privileges="x;y", pulse_mean=2.0, pulse_n=6)
    world.line("A", "2026-06-01", 500, direct_cost=100, line_id="new").line("A", "2025-05-01", 900, line_id="old").line(
        "B", "2026-05-01", 10
    )
    world.add("invoices", account_id="A", invoice_id="late", issue_date="2026-01-01", due_date="2026-05-01", amount=50, status="open")
    world.add("invoices", account_id="A", invoice_id="later", issue_date="2026-01-02", due_date="2026-05-02", amount=40, status="open")
    world.add(
        "contracts",
        account_id="A",
        contract_id="k",
        start_date="2026-01-01",
        end_date="2026-12-31",
        committed_amount=5000,
        status="active",
        special_terms=True,
    )
    world.add("contracts", account_id="A", contract_id="gone", start_date="2024-01-01", end_date="2024-12-31", status="ended")
    world.add(
        "cases",
        account_id="A",
        case_id="b",
        opened_at="2026-06-01T09:00",
        first_response_at="2026-06-01T11:00",
        category="contract_breach",
        escalated_at="2026-06-02",
    )
    world.add(
        "cases", account_id="A", case_id="p", opened_at="2026-06-03", closed_at="2026-06-04", category="public_complaint", unfounded=True
    )
    world.add("cases", account_id="A", case_id="v", opened_at="2026-06-05", category="harassment").add(
        "cases", account_id="A", case_id="t", opened_at="2026-06-06", category="tender"
    )
    world.add("incidents", account_id="A", message_id="i", occurred_at="2026-06-10", category="insult", confirmed=True)
    world.add("incidents", account_id="A", message_id="l", occurred_at="2026-06-11", category="leave_threat", confirmed=True)
    world.add("orders", account_id="A", order_id="r", ordered_at="2026-05-04", is_rush=True)
    world.add("orders", account_id="B", order_id="d", ordered_at="2026-05-04").add(
        "orders", account_id="C", order_id="u", ordered_at="2026-05-04"
    )
    world.add(
        "order_changes",
        order_id="d",
        changed_at="2026-05-05",
        old_promised_date="2026-05-10",
        new_promised_date="2026-05-20",
        cause_account_id="A",
    )
    world.add("order_changes", order_id="u", changed_at="2026-05-06", old_promised_date="2026-05-10", new_promised_date="2026-05-20")
    world.add("hours", account_id="A", week="2026-05-04", hours=60, overtime_25=25, hourly_cost=50)
    world.add("contacts", account_id="A", contact_id="c", since="2026-05-01", is_decision_maker=True)
    world.add(
        "activities",
        account_id="A",
        activity_id="m",
        kind="meeting",
        started_at="2026-05-01",
        duration_minutes=60,
        topic="transactional",
        initiated_by="us",
    )
    world.add("repairs", account_id="A", kind="repair", held_at="2026-03-01", review_date="2026-04-01", kept_ratio=0.2)
    world.at("2026-06-30", hourly_cost=50.0, rush_cost_per_order=100.0)
    world.con.execute("CREATE TEMP TABLE flagged AS SELECT 'files:A' AS group_id")
    return world


@pytest.fixture(scope="module")
def portfolio() -> World:
    return busy()


def test_figures_are_the_same_whether_they_are_kept_or_computed_by_each_reader(portfolio: World) -> None:
    query = "SELECT rowid, * FROM group_metrics ORDER BY group_id"
    kept, kinds = portfolio.table(query), portfolio.table("DESCRIBE group_metrics")
    computed = busy()
    metrics.compute(computed.con, small=0)
    assert (computed.table(query), computed.table("DESCRIBE group_metrics")) == (kept, kinds)


def test_figures_of_families_without_facts_are_the_same_either_way() -> None:
    query = "SELECT rowid, * FROM group_metrics ORDER BY group_id"
    kept = World("A", "B").line("A", "2026-06-01", 500).at("2026-06-30").table(query)
    computed = World("A", "B").line("A", "2026-06-01", 500).at("2026-06-30")
    metrics.compute(computed.con, small=0)
    assert computed.table(query) == kept


HEAVIEST = {
    "dep-01": ("revenue", "new"), "dep-02": ("revenue", "new"), "dep-03": ("revenue", "old"), "dep-04": ("accounts", "A"), "dep-05": ("invoices", "late"),
    "dep-06": ("accounts", "A"), "vol-01": ("revenue", "old"), "pay-01": ("invoices", "late"), "pay-02": ("invoices", "late"), "pay-03": ("invoices", "late"),
    "con-01": ("contracts", "k"), "con-02": ("cases", "b"), "con-03": ("contracts", "gone"), "beh-01": ("cases", "v"), "beh-02": ("incidents", "i"),
    "beh-03": ("incidents", "l"), "beh-04": ("cases", "v"), "beh-05": ("cases", "p"), "ops-01": ("orders", "r"), "ops-02": ("hours", "A 2026-05-04"),
    "ops-03": ("orders", "d"), "ops-04": ("cases", "p"), "ops-05": ("cases", "b"), "cts-01": ("hours", "A 2026-05-04"), "cts-02": ("hours", "A 2026-05-04"),
    "gov-01": ("contacts", "c"), "gov-02": ("activities", "m"), "gov-03": ("activities", "m"), "team-01": ("accounts", "A"), "fix-01": ("repairs", "A 2026-03-01"),
}  # fmt: skip


@pytest.mark.parametrize("path", EVIDENCE, ids=lambda path: path.stem)
def test_evidence_leads_to_records_of_the_flagged_group_heaviest_first(path: Path, portfolio: World) -> None:
    query = path.read_text(encoding="utf-8")
    rows = portfolio.table(f"SELECT * FROM ({query}) ORDER BY weight DESC, source, record_id")
    assert rows
    assert list(rows[0]) == ["group_id", "source", "object", "record_id", "weight"]
    assert (rows[0]["object"], rows[0]["record_id"]) == HEAVIEST[path.stem]
    assert {row["group_id"] for row in rows} == ({None} if path.stem == "dep-04" else {"files:A"})
    assert all(row["weight"] is not None for row in rows)
    assert len({(row["object"], row["record_id"]) for row in rows}) == len(rows)


@pytest.mark.parametrize("path", EVIDENCE, ids=lambda path: path.stem)
def test_evidence_of_nobody_is_empty(path: Path, portfolio: World) -> None:
    if path.stem == "dep-04":
        return
    query = path.read_text(encoding="utf-8").replace("FROM flagged", "FROM flagged WHERE FALSE")
    assert portfolio.table(query) == []

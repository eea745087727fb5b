"""What a finding says would clear it does so on real facts, and one cent or one thing less does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import duckdb
import pytest

from rules.clearing import Trials
from rules.criteria import load
from rules.evaluate import evaluate
from rules.levers import load as load_levers
from rules.model import Moment, rank
from tests.extent import family
from tests.rules.bench import episode
from tests.rules.metrics.world import World

CATALOGUE = load()
AS_OF = date(2026, 6, 30)
MOMENT = Moment(as_of=AS_OF, now=datetime(2026, 6, 30, 12, tzinfo=UTC))
FIRM = {"hourly_cost": 50.0, "rush_cost_per_order": 100.0}


def trade(**sold):
    """Clients with one invoice each, a former one that gives the portfolio a history, and every column filled."""
    world = World(*sold, "OLD")
    columns = {(table, column) for rule in CATALOGUE.rules for table, names in rule.requires.items() for column in names}
    for table, column in sorted(columns):
        world.filled(table, column)
    world.line("OLD", "2024-01-01", 1)
    for account, amount in sold.items():
        world.line(account, "2026-01-10", amount)
    return world


def share(by=0, lever=0):
    world = trade(A=345_000, B=655_000)
    return world.line("OLD", "2026-02-01", f"{by:.2f}") if lever == 0 else world.line("A", "2026-02-01", f"{-by:.2f}")


def rising_share(by=0, lever=0):
    world = trade(A=200_000, B=800_000)
    for month in range(1, 13):
        world.line("A", date(2024, 7, 1) + timedelta(days=30 * month), 100).line("B", date(2024, 7, 1) + timedelta(days=30 * month), 10_000)
        world.line("B", date(2025, 6, 25) + timedelta(days=30 * month), 1)
    return world.line("B", "2026-02-01", f"{by:.2f}")


def receivables(by=0, lever=0):
    world = trade(A=100_000, B=100_000, C=100_000)
    for account, amount in (("A", 70_000), ("B", 30_000), ("C", 40_000)):
        paid = by if account == "A" else 0
        world.add(
            "invoices",
            account_id=account,
            issue_date=date(2026, 6, 1),
            due_date=date(2026, 7, 31),
            amount=amount,
            open_amount=f"{amount - paid:.2f}",
            status="open",
        )
    return world


def privileges(by=0, lever=0):
    world = trade(B=655_000)
    listed = ["rush", "delivery", "terms", "stock", "discount"][: 5 - int(by)]
    world.add("accounts", account_id="A", privileges=";".join(listed))
    return world.line("A", "2026-01-10", 100)


def fading(by=0, lever=0):
    world = trade(A=1000, B=100_000)
    for on in ("2025-04-10", "2025-05-10", "2025-06-10", "2025-01-15"):
        world.line("A", on, 50_000)
    world.line("A", "2026-05-05", 50_000)
    return world.line("A", "2026-06-30", f"{by:.2f}") if by else world


def overdue(by=0, lever=0):
    world = trade(A=100_000, B=500_000)
    left = f"{3000 - by:.2f}"
    return world.add(
        "invoices", account_id="A", issue_date=date(2026, 4, 1), due_date=date(2026, 5, 10), amount=3000, open_amount=left, status="open"
    )


def long_terms(by=0, lever=0):
    world = trade(A=100_000, B=100_000)
    for number in range(4):
        due = date(2026, 2, 10) if number < by else date(2026, 6, 15)
        world.add(
            "invoices",
            account_id="A",
            issue_date=date(2026, 1, 5 + number),
            due_date=due,
            paid_date=date(2026, 2, 1),
            amount=100,
            open_amount=0,
            status="paid",
        )
    return world


def commitment(by=0, lever=0):
    world = trade(B=500_000)
    world.accounts("A").line("A", "2026-03-10", 30_000)
    world.add(
        "contracts", account_id="A", start_date=date(2026, 1, 1), end_date=date(2026, 12, 31), committed_amount=100_000, status="active"
    )
    return world.line("A", "2026-06-01", f"{by:.2f}") if by else world


def breaches(by=0, lever=0):
    world = trade(A=1000, B=1000)
    for number in range(5 - int(by)):
        world.add("cases", account_id="A", opened_at=datetime(2026, 3, 1 + number, 10), category="contract_breach")  # noqa: DTZ001 - the loader gives UTC without a zone
    return world


def contract(by=0, lever=0):
    world = trade(A=300_000, B=700_000).line("A", "2026-06-01", 10)
    world.add("contracts", account_id="B", start_date=date(2025, 1, 1), status="active")
    for _ in range(int(by)):
        world.add("contracts", account_id="A", start_date=date(2025, 1, 1), status="active")
    return world


def rush(by=0, lever=0):
    world = trade(A=1000, B=1000)
    for number in range(40):
        on = datetime(2026, 3, 1, 10) + timedelta(days=number)  # noqa: DTZ001 - the loader gives UTC without a zone
        world.add("orders", account_id="A", ordered_at=on, is_rush=number < 18 - by, status="open")
        world.add("orders", account_id="B", ordered_at=on, is_rush=number < 6, status="open")
    return world


def overtime(by=0, lever=0):
    world = trade(A=1000, B=1000)
    for account, hours, extra in (("A", 400, 90 - by), ("B", 900, 50)):
        world.add("hours", account_id=account, week=date(2026, 3, 2), hours=hours, overtime_25=extra, overtime_50=0)
    return world


def served(margins, by=0, *, lever=0):
    """Clients with a direct cost and hours in every week; `by` changes the first one's cost, or its price."""
    world = trade()
    for place, (account, (sold, cost)) in enumerate(margins.items()):
        world.accounts(account)
        dearer, leaner = (by, 0) if lever and not place else (0, by if not place else 0)
        world.line(account, "2026-01-10", f"{sold + dearer:.2f}", direct_cost=f"{cost - leaner:.2f}")
        for week in range(53):
            world.add(
                "hours",
                account_id=account,
                week=date(2025, 6, 30) + timedelta(days=7 * week),
                hours=1,
                overtime_25=0,
                overtime_50=0,
                hourly_cost=0.0,
            )
    return world


def margin(by=0, lever=0):
    return served({"A": (400_000, 389_600), "B": (600_000, 300_000)}, by, lever=lever)


def margin_share(by=0, lever=0):
    return served({"B": (600_000, 300_000), "A": (400_000, 100_000), "C": (50_000, 40_000)}, by)


def effort(by=0, lever=0):
    world = trade(A=100_000, B=500_000, C=400_000)
    for account, hours in (("A", 500 - by), ("B", 1000), ("C", 900)):
        world.add("hours", account_id=account, week=date(2026, 3, 2), hours=hours, overtime_25=0, overtime_50=0)
    return world


def meetings(by=0, lever=0):
    world = trade(A=1000, B=1000)
    for account, topic, month, count in (
        ("A", "transactional", 12, 3),
        ("A", "advisory", 12, 7),
        ("A", "transactional", 5, 8),
        ("A", "advisory", 5, 2 + int(by)),
    ):
        for number in range(count):
            on = datetime(2025 if month == 12 else 2026, month, 1 + number, 10)  # noqa: DTZ001 - the loader gives UTC without a zone
            world.add("activities", account_id=account, kind="meeting", topic=topic, started_at=on, initiated_by="client")
    return world


SCENARIOS = {
    "DEP-01": (share, 0), "DEP-01 less": (share, 1), "DEP-02": (margin_share, 0), "DEP-03": (rising_share, 0), "DEP-05": (receivables, 0),
    "DEP-06": (privileges, 0), "VOL-01": (fading, 0), "PAY-02": (overdue, 0), "PAY-03": (long_terms, 0), "CON-01": (commitment, 0),
    "CON-02": (breaches, 0), "CON-03": (contract, 0), "OPS-01": (rush, 0), "OPS-02": (overtime, 0), "CTS-01": (margin, 0),
    "CTS-01 price": (margin, 1), "CTS-02": (effort, 0), "GOV-02": (meetings, 0),
}  # fmt: skip


@cache
def measured(name):
    """A scenario as it stands before anything changes: made once, and only looked at."""
    return SCENARIOS[name][0]().at(AS_OF, **FIRM)


def judged(world, rule, known=(), moment=MOMENT):
    """Judge one rule on what was measured, as a run judges it."""
    return evaluate(world.con, replace(CATALOGUE, rules=(CATALOGUE.rule(rule),)), moment, list(known))


def levels(world, rule, known=(), moment=MOMENT):
    return judged(world.at(moment.as_of, **FIRM), rule, known, moment)


def trials(world, tmp_path, group="files:A"):
    """The trials of one group, from the metrics that the world gives, as a run leaves them."""
    con = duckdb.connect(config={"threads": 1})
    for table, source in (("base", "group_metrics"), ("base_portfolio", "portfolio_metrics")):
        file = tmp_path / f"{table}.parquet"
        world.con.execute(f"COPY (SELECT * FROM {source}) TO '{file}' (FORMAT parquet)")
        where = f"WHERE group_id = '{group}'" if table == "base" else ""
        con.execute(f"CREATE TABLE {table} AS SELECT * FROM read_parquet('{file}') {where}")
    con.execute("CREATE TABLE severities (rule VARCHAR, group_id VARCHAR, rank INTEGER)")
    return Trials(con)


@pytest.mark.parametrize("name", family(SCENARIOS, ("DEP-01", "PAY-02", "CON-02", "CTS-01 price")))
def test_the_change_that_is_named_clears_and_one_step_less_does_not(name, tmp_path):
    rule, (build, lever) = CATALOGUE.rule(name[:6]), SCENARIOS[name]
    world = measured(name)
    (finding,) = [one for one in judged(world, rule.id).findings if one.group == "files:A"]
    trial = trials(world, tmp_path)
    chosen = trial.levers.toward(rule.id, "clear")[lever]
    found = [one for one in trial.clearing(rule, rank(finding.severity) + 1) if one.lever is chosen]
    change = next(one for one in found if one.level is None)
    for by, cleared in ((change.by, True), (change.by - 1 / chosen.steps, False)):
        known = [episode(rule.id, "files:A", finding.severity, below=1, below_at=MOMENT.now)]
        later = replace(MOMENT, now=MOMENT.now + timedelta(days=1))
        after = [one for one in levels(build(by, lever), rule.id, known, later).episodes if one.rule == rule.id and one.group == "files:A"]
        assert (after[0].cleared is not None) is cleared, (by, after[0])


@pytest.mark.parametrize("name", family(["DEP-01", "DEP-06", "OPS-01", "CON-02"], ["DEP-01", "OPS-01", "CON-02"]))
def test_the_step_down_comes_before_the_clearing_and_holds_the_exit_margin(name, tmp_path):
    rule = CATALOGUE.rule(name)
    trial = trials(measured(name), tmp_path)
    now = trial.standing(rule)
    down, clear = trial.clearing(rule, now.held)[:2]
    assert down.by < clear.by
    assert clear.level is None
    assert rank(down.level) + 1 < now.held


def test_more_of_a_client_leads_to_the_next_level_and_one_cent_less_does_not(tmp_path):
    rule = CATALOGUE.rule("DEP-01")
    trial = trials(measured("DEP-01"), tmp_path)
    step = trial.next_step(rule, trial.standing(rule))
    assert (step.severity, step.limit) == ("critical", 0.5)
    (change,) = step.changes
    for by, level in ((change.by, "critical"), (change.by - 0.01, "alert")):
        (found,) = [
            one
            for one in levels(share().line("A", "2026-02-01", f"{by:.2f}"), "DEP-01").findings
            if one.rule == "DEP-01" and one.group == "files:A"
        ]
        assert found.severity == level


def test_a_clear_client_has_a_distance_and_a_flagged_one_at_the_top_none(tmp_path):
    rule = CATALOGUE.rule("DEP-01")
    world = trade(A=60_000, B=940_000).at(AS_OF, **FIRM)
    near = trials(world, tmp_path)
    step = near.next_step(rule, near.standing(rule))
    assert step.severity == "info"
    assert step.distance == pytest.approx(0.04, abs=1e-6)
    top = trials(world, tmp_path, "files:B")
    assert top.next_step(rule, top.standing(rule)) is None


def test_a_level_flips_only_when_its_limit_moves_past_the_metric(tmp_path):
    rule = CATALOGUE.rule("DEP-01")
    world = trade(A=210_000, B=195_000, C=250_000, D=345_000).at(AS_OF, **FIRM)
    for group, expected in (("A", {("+10%", "watch", "info")}), ("B", {("-10%", "info", "watch")}), ("C", set())):
        trial = trials(world, tmp_path, f"files:{group}")
        assert {(one.moved, one.before, one.after) for one in trial.flips(rule, trial.standing(rule))} == expected


def test_a_change_that_takes_the_evidence_away_clears_nothing(tmp_path):
    world = trade(A=1000, B=100_000, C=100_000)
    for account, amount in (("A", 60_000), ("B", 10), ("C", 10)):
        world.add(
            "invoices",
            account_id=account,
            issue_date=date(2026, 6, 1),
            due_date=date(2026, 7, 31),
            amount=amount,
            open_amount=amount,
            status="open",
        )
    rule = CATALOGUE.rule("DEP-05")
    trial = trials(world.at(AS_OF, **FIRM), tmp_path)
    now = trial.standing(rule)
    assert now.raw == rank("critical") + 1
    assert [one.level for one in trial.clearing(rule, now.raw) if one.level is None] == []


def test_an_overridden_limit_is_the_one_that_counts(tmp_path):
    book = load({"DEP-01": {"levels": {"info": 0.3, "watch": 0.32, "alert": 0.34, "critical": 0.5}}})
    trial = trials(measured("DEP-01"), tmp_path)
    change = next(one for one in trial.clearing(book.rule("DEP-01"), rank("info") + 1) if one.level is None)
    assert 345_000 / (1_000_000 + change.by) == pytest.approx(0.28, abs=1e-6)


def test_every_rule_says_what_clears_it():
    levers = load_levers()
    silent = [rule.id for rule in CATALOGUE.rules if not levers.toward(rule.id, "clear") and rule.id not in levers.waits]
    assert silent == []
    assert set(levers.by_rule) | set(levers.waits) <= set(CATALOGUE.by_id)


def test_levers_move_only_metrics_that_exist_and_that_are_numbers():
    for levers in load_levers().by_rule.values():
        for name in (name for lever in levers for name in lever.moves):
            known = CATALOGUE.known.group if name.startswith("g.") else CATALOGUE.known.portfolio
            assert known.get(name[2:]) == "number", name


def test_a_rule_whose_metrics_the_run_did_not_keep_is_left_out(tmp_path):
    trial = trials(measured("DEP-01"), tmp_path)
    assert trial.can_judge(CATALOGUE.rule("DEP-01"))
    trial.con.execute("ALTER TABLE base DROP COLUMN share")
    assert not Trials(trial.con).can_judge(CATALOGUE.rule("DEP-01"))
    assert Trials(trial.con).can_judge(CATALOGUE.rule("CON-02"))

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.criteria import load
from rules.model import RecordRef
from tests.extent import examples
from tests.rules.bench import AS_OF, MOMENT, NOW, Metrics, episode, severities

SHARES = {"a:1": {"share": 0.30, "net_revenue": 300_000.0}, "a:2": {"share": 0.10}, "a:3": {"share": 0.0999}, "a:4": {}}


def test_every_group_gets_exactly_one_verdict():
    metrics = Metrics(SHARES)
    found = metrics.evaluate("DEP-01")
    assert severities(found) == {("DEP-01", "a:1"): "alert", ("DEP-01", "a:2"): "info"}
    assert metrics.insufficient() == {("DEP-01", "a:4"): "net revenue of the last 12 months (share)"}


def test_a_finding_bears_its_sums():
    (finding, *_) = Metrics(SHARES).evaluate("DEP-01").findings
    assert (finding.value, finding.threshold, finding.unit) == (0.30, 0.30, "percent")
    assert finding.window == (date(2025, 7, 1), AS_OF)
    assert (finding.since, finding.episode, finding.raw) == (AS_OF, "2026-06-30", "alert")
    assert finding.numbers["portfolio.positive_total"] == 1_000_000.0


def test_a_missing_column_is_one_entry_for_all_and_keeps_open_episodes():
    metrics = Metrics(SHARES, filled=[("revenue", "account_id"), ("revenue", "date")])
    known = episode("DEP-01", "a:3", "alert")
    found = metrics.evaluate("DEP-01", episodes=[known])
    assert found.findings == ()
    assert [(one.rule, one.group, one.needs) for one in found.insufficient] == [("DEP-01", None, "revenue.amount")]
    assert metrics.insufficient() == {("DEP-01", None): "revenue.amount"}
    assert found.episodes == (known,)
    assert found.evaluated == ()


def test_a_portfolio_guard_is_one_entry_for_all():
    metrics = Metrics(SHARES, {"conversion_coverage": 0.75})
    (one,) = metrics.evaluate("DEP-01").insufficient
    assert one.group is None
    assert "conversion_coverage" in one.needs


def test_an_unknown_portfolio_figure_does_not_pass_a_guard():
    assert Metrics(SHARES, {"history_days": None}).evaluate("DEP-01").evaluated == ()


def test_a_level_within_the_exit_margin_is_held_and_says_so():
    metrics = Metrics({"a:1": {"share": 0.29}})
    (finding,) = metrics.evaluate("DEP-01", episodes=[episode("DEP-01", "a:1", "alert")]).findings
    assert (finding.severity, finding.raw, finding.threshold, finding.since) == ("alert", "watch", 0.30, date(2026, 1, 10))


def test_a_level_beyond_the_margin_is_held_for_one_more_evaluation():
    metrics = Metrics({"a:1": {"share": 0.05}})
    first = metrics.evaluate("DEP-01", episodes=[episode("DEP-01", "a:1", "alert")])
    assert severities(first) == {("DEP-01", "a:1"): "alert"}
    later = replace(MOMENT, now=NOW + timedelta(hours=20), as_of=AS_OF + timedelta(days=1))
    second = metrics.evaluate("DEP-01", episodes=first.episodes, moment=later)
    assert severities(second) == {}
    assert [one.cleared for one in second.episodes] == [later.as_of]


def test_a_group_that_cannot_be_judged_keeps_its_episode_and_shows_no_finding():
    metrics = Metrics({"a:1": {}})
    known = episode("DEP-01", "a:1", "alert")
    found = metrics.evaluate("DEP-01", episodes=[known])
    assert (found.findings, found.episodes) == ((), (known,))
    assert metrics.insufficient() == {("DEP-01", "a:1"): "net revenue of the last 12 months (share)"}


def test_incomplete_data_clears_nothing():
    metrics = Metrics({"a:1": {"share": 0.0}})
    known = (episode("DEP-01", "a:1", "alert"),)
    for day in range(5):
        moment = replace(MOMENT, now=NOW + timedelta(days=day))
        assert severities(metrics.evaluate("DEP-01", episodes=known, moment=moment, complete=False)) == {("DEP-01", "a:1"): "alert"}


def test_a_component_that_is_unknown_does_not_let_another_lower_the_level():
    metrics = Metrics(
        {"a:1": {"share_previous_year": 0.12, "days_since_revenue": 5.0, "revenue_days": 3, "lines_3m_last_year": 1}},
        {"positive_total_previous_year": 1.0},
    )
    known = (episode("VOL-01", "a:1", "critical"),)
    for day in range(3):
        found = metrics.evaluate("VOL-01", episodes=known, moment=replace(MOMENT, now=NOW + timedelta(days=day)))
        known = found.episodes
    assert known[0].level == "critical"


def test_the_highest_component_decides_and_gives_value_and_limit():
    metrics = Metrics({}, {"hhi": 0.16, "top5": 0.80, "active_customers": 30})
    (finding,) = metrics.evaluate("DEP-04").findings
    assert (finding.group, finding.severity, finding.value, finding.threshold) == (None, "watch", 0.16, 0.15)
    (finding,) = Metrics({}, {"hhi": 0.05, "top5": 0.80, "active_customers": 30}).evaluate("DEP-04").findings
    assert (finding.value, finding.threshold, finding.numbers["component"]) == (0.80, 0.60, "top5")


def test_a_portfolio_episode_has_an_empty_group():
    metrics = Metrics({}, {"hhi": 0.30, "top5": 0.80, "active_customers": 30})
    (one,) = metrics.evaluate("DEP-04").episodes
    assert one.group == ""
    assert metrics.evaluate("DEP-04", episodes=[one]).episodes[0].opened == AS_OF


def rush(orders, rushed, rest=0.15, share=None):
    share = rushed / orders if share is None else share
    return {"orders": orders, "rush_orders": rushed, "rush_share": share, "rush_share_rest": rest, "rush_ratio": share / rest}


def test_a_share_that_chance_explains_is_info_with_its_sums():
    groups = {"a:1": rush(10, 4)} | {f"a:{n}": rush(20, 1) for n in range(2, 6)}
    (finding,) = Metrics(groups).evaluate("OPS-01").findings
    assert finding.severity == "info"
    assert finding.assumptions == ("not_distinguishable_from_chance",)
    assert (round(finding.numbers["p"], 4), round(finding.numbers["q"], 4), finding.numbers["m"]) == (0.05, 0.2498, 5)


def test_one_group_tested_alone_keeps_its_alert():
    (finding,) = Metrics({"a:1": rush(10, 4)}).evaluate("OPS-01").findings
    assert (finding.severity, finding.numbers["m"], round(finding.numbers["q"], 4)) == ("alert", 1, 0.05)


def test_groups_with_too_few_orders_are_not_among_those_tested():
    groups = {"a:1": rush(10, 4)} | {f"a:{n}": {"orders": 3, "rush_orders": 0, "rush_share_rest": 0.15} for n in range(2, 9)}
    metrics = Metrics(groups)
    assert severities(metrics.evaluate("OPS-01")) == {("OPS-01", "a:1"): "alert"}
    assert len(metrics.insufficient()) == 7


def test_our_own_fault_caps_repeated_lack_of_respect_at_info():
    hostile = {"hostility_index": 12.0, "hostility_confirmed": 12.0, "hostile_cases": 4, "hostile_days": 5}
    hostile |= {"hostile_cases_confirmed": 4, "hostile_days_confirmed": 5}
    found = Metrics({"a:1": hostile | {"own_fault_share": 0.5}, "a:2": hostile}).evaluate("BEH-02")
    assert severities(found) == {("BEH-02", "a:1"): "info", ("BEH-02", "a:2"): "critical"}
    assert found.findings[0].assumptions == ("own_fault",)


def test_what_a_cap_does_not_lower_is_not_said_to_be_capped():
    hostile = {"hostility_index": 3.0, "hostility_confirmed": 0.0, "hostile_cases": 2, "hostile_days": 2, "own_fault_share": 0.1}
    assert Metrics({"a:1": hostile}).evaluate("BEH-02").findings[0].assumptions == ("unconfirmed",)


def test_a_rule_reads_the_severity_of_another_that_was_judged_before():
    changed = {"days_since_decision_change": 76, "decision_contact_id": "c2", "main_contact_changed": False, "supplier_reviews_180d": 0}
    meetings = {
        "tagged_meetings_last": 10,
        "tagged_meetings_prev": 10,
        "transactional_ratio_last": 0.8,
        "transactional_delta": 0.5,
        "advisory_meetings_prev": 7,
        "advisory_requests_change": -0.7,
    }
    metrics = Metrics({"a:1": changed | meetings})
    metrics.con.execute("INSERT INTO decision_changes VALUES ('a:1', 'c2')")
    assert severities(metrics.evaluate("GOV-01", "GOV-02")) == {("GOV-01", "a:1"): "watch", ("GOV-02", "a:1"): "watch"}
    metrics.set("a:1", tagged_meetings_last=5)
    assert severities(metrics.evaluate("GOV-01", "GOV-02")) == {("GOV-01", "a:1"): "info"}


def test_a_portfolio_rule_that_lacks_its_metric_is_one_entry_for_all():
    metrics = Metrics({}, {"hhi": None, "active_customers": 3})
    assert [(one.rule, one.group) for one in metrics.evaluate("DEP-04").insufficient] == [("DEP-04", None)]
    assert list(metrics.insufficient()) == [("DEP-04", None)]


def test_a_new_decision_maker_is_a_new_episode_named_by_the_contact():
    changed = {"days_since_decision_change": 76, "decision_contact_id": "c2", "main_contact_changed": True, "supplier_reviews_180d": 0}
    metrics = Metrics({"a:1": changed})
    metrics.con.execute("INSERT INTO decision_changes VALUES ('a:1', 'c2')")
    first = metrics.evaluate("GOV-01")
    assert [one.name for one in first.episodes] == ["c2"]
    metrics.set("a:1", decision_contact_id="c1", days_since_decision_change=1)
    metrics.con.execute("INSERT INTO decision_changes VALUES ('a:1', 'c1')")
    second = metrics.evaluate("GOV-01", episodes=first.episodes)
    assert [one.name for one in second.episodes] == ["c1", "c2"]
    assert [one.episode for one in second.findings] == ["c1"]
    metrics.con.execute("DELETE FROM decision_changes WHERE record_id = 'c2'")
    third = metrics.evaluate("GOV-01", episodes=second.episodes)
    assert [(one.name, one.cleared is None) for one in third.episodes] == [("c1", True), ("c2", False)]


def incidents(**kinds):
    return {
        "days_since_incident": 3,
        "severe_incidents_30d": 0,
        "severe_confirmed_30d": 0,
        "insult_incidents_30d": 0,
        "insult_confirmed_30d": 0,
    } | kinds


def test_each_serious_incident_is_an_episode_and_the_gravest_names_the_finding():
    metrics = Metrics({"a:1": incidents(severe_incidents_30d=1, severe_confirmed_30d=1, insult_incidents_30d=1, insult_confirmed_30d=1)})
    metrics.con.execute("INSERT INTO serious_incidents VALUES ('a:1', 'm1', 'critical'), ('a:1', 'm2', 'watch')")
    found = metrics.evaluate("BEH-01")
    assert [(one.name, one.level) for one in found.episodes] == [("m1", "critical"), ("m2", "watch")]
    assert [(one.severity, one.episode) for one in found.findings] == [("critical", "m1")]


def test_a_level_that_the_configuration_took_away_opens_no_incident():
    catalogue = load({"BEH-01": {"levels": {"info": False, "watch": False}}})
    metrics = Metrics({"a:1": incidents(insult_incidents_30d=1, insult_confirmed_30d=1)}, catalogue=catalogue)
    metrics.con.execute("INSERT INTO serious_incidents VALUES ('a:1', 'm2', 'watch')")
    assert metrics.evaluate("BEH-01").episodes == ()


def test_the_first_evaluation_of_a_rule_makes_no_task_unless_the_backlog_is_asked_for():
    metrics = Metrics(SHARES)
    assert {one.task_level for one in metrics.evaluate("DEP-01", new_rules={"DEP-01"}).episodes} == {"alert", "info"}
    assert {one.task_level for one in metrics.evaluate("DEP-01", new_rules={"DEP-01"}, backlog=True).episodes} == {None}
    assert {one.task_level for one in metrics.evaluate("DEP-01", new_rules={"OPS-01"}).episodes} == {None}


@pytest.mark.parametrize(
    ("typed", "muted"),
    [
        ({"dismissed_rules": "DEP-01", "dismissed_until": date(2026, 7, 1)}, True),
        ({"dismissed_rules": "ops-01; dep-01"}, True),
        ({"dismissed_until": date(2026, 12, 1)}, True),
        ({"dismissed_rules": "OPS-01", "dismissed_until": date(2026, 12, 1)}, False),
        ({"dismissed_rules": "DEP-01", "dismissed_until": AS_OF}, False),
        ({"dismissed_rules": " ", "dismiss_reason": "agreed"}, False),
    ],
)
def test_what_a_person_dismissed_is_still_a_finding_that_says_so(typed, muted):
    metrics = Metrics({"a:1": {"share": 0.30}})
    metrics.con.execute("DELETE FROM accounts; DELETE FROM members")
    metrics.member("a:1", **typed)
    found = metrics.evaluate("DEP-01")
    assert ("dismissed" in found.findings[0].assumptions) is muted
    assert (found.episodes[0].muted is not None) is muted


def test_a_rule_switched_off_or_gone_closes_its_episodes():
    known = [episode("DEP-01", "a:1", "alert"), episode("OLD-01", "a:1", "watch")]
    catalogue = load({"DEP-01": {"enabled": False}})
    found = Metrics(SHARES, catalogue=catalogue).evaluate("DEP-01", episodes=known)
    assert [one.cleared for one in found.episodes] == [AS_OF, AS_OF]
    assert found.findings == ()


def test_evidence_is_the_twenty_heaviest_records_under_the_vendors_name():
    metrics = Metrics(SHARES)
    metrics.con.execute("CREATE TABLE params AS SELECT DATE '2025-07-01' AS w12_start")
    metrics.con.execute(
        "CREATE TABLE lines AS SELECT 'a:1' AS group_id, 'crm' AS source, 'l' || i AS line_id, DATE '2026-01-01' AS date, i * 1.0 AS amount_home FROM range(1, 31) t(i)"
    )
    finding = metrics.evaluate("DEP-01", objects={("crm", "revenue"): "Opportunity"}).findings[0]
    assert len(finding.evidence) == 20
    assert finding.evidence[0] == RecordRef(crm="crm", object="Opportunity", id="l30")


def test_money_rules_name_the_lines_they_had_to_leave_out():
    found = Metrics(SHARES, {"orphan_share": 0.06, "lines_unconverted": 2}).evaluate("DEP-01")
    assert found.findings[0].assumptions == ("lines_without_account", "lines_without_rate")
    assert Metrics(SHARES, {"orphan_share": 0.05}).evaluate("DEP-01").findings[0].assumptions == ()


def test_the_portfolios_figures_and_data_notes_come_along():
    metrics = Metrics(SHARES)
    metrics.con.execute(
        "INSERT INTO diagnostics VALUES ('DQ-02', 'a:1', 'crm', 'l2'), ('DQ-02', 'a:1', 'crm', 'l1'), ('DQ-01', NULL, NULL, NULL)"
    )
    found = metrics.evaluate("DEP-01")
    assert found.portfolio["positive_total"] == 1_000_000.0
    assert [(one.code, one.group, one.records) for one in found.diagnostics] == [
        ("DQ-01", None, ()),
        ("DQ-02", "a:1", ("crm:l1", "crm:l2")),
    ]


@settings(max_examples=examples(5, 25), deadline=None)
@given(st.dictionaries(st.integers(1, 40), st.one_of(st.none(), st.floats(0, 1)), min_size=1, max_size=25))
def test_verdicts_follow_the_ladder_for_any_shares(shares):
    metrics = Metrics({f"a:{number}": {"share": share} for number, share in shares.items()})
    found = severities(metrics.evaluate("DEP-01"))
    ladder = [(0.5, "critical"), (0.3, "alert"), (0.2, "watch"), (0.1, "info")]
    for number, share in shares.items():
        expected = None if share is None else next((level for limit, level in ladder if share >= limit - 1e-9 * limit), None)
        assert found.get(("DEP-01", f"a:{number}")) == expected
    assert {group for _, group in metrics.insufficient()} == {f"a:{number}" for number, share in shares.items() if share is None}


def test_the_insufficient_verdicts_of_many_groups_cost_no_python_objects():
    metrics = Metrics({})
    metrics.con.execute("INSERT INTO group_metrics (group_id) SELECT 'a:' || i FROM range(200000) t(i)")
    metrics.evaluate("DEP-01", "OPS-01", "CON-02")
    assert metrics.con.execute("SELECT count(*) FROM insufficient").fetchone() == (600_000,)

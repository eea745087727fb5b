"""Rules and metrics of one's own, from the file that a person writes to the finding that they read."""

from __future__ import annotations

from datetime import date

import pytest

from rules import criteria
from rules.toml import CriteriaError
from sync.backtest import backtest
from sync.diff import diff
from tests.sync.test_life import bring, portfolio

RULE = """
[[rule]]
id = "{id}"
name = "Big and in the files"
when = "revenue_share >= 0.25 AND {second}"
level = "alert"
tasks = ["T-02"]
"""


def with_rule(tmp_path, text, name="mine.toml", **settings):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return portfolio(tmp_path, rules={"files": [tmp_path / name], **settings})


METRIC = """-- invoices_12m: count; w12; NULL: no invoice; revenue lines of the last twelve months
SELECT group_id, count(*) AS invoices_12m FROM lines CROSS JOIN params WHERE date >= w12_start GROUP BY group_id
"""
MINE = "".join(
    [
        RULE.format(id="MY-01", second="net_revenue > 1000"),
        RULE.format(id="MY-02", second="late_count_share > 0.3"),
        RULE.format(id="MY-03", second="1 = 1 OR late_count_share > 0.3"),
        '[[rule]]\nid = "MY-04"\nmetric = "share"\nlevels = { watch = 0.15, alert = 0.33 }\n',
        '[[rule]]\nid = "MY-05"\nmetric = "invoices_12m"\nlevels = { watch = 1 }\n',
    ]
)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A company with five rules and a metric of its own, after one run."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "m.sql").write_text(METRIC, encoding="utf-8")
    company = with_rule(folder, MINE, metrics=[folder / "m.sql"])
    company.sync("2026-06-01", backlog=True)
    return company


def test_a_condition_in_one_line_finds_and_explains_each_clause_with_its_value(own):
    assert own.levels("MY-01") == {"A": "alert"}
    (finding,) = own.findings(rule="MY-01")["findings"]
    assert finding["explanation"]["en"].startswith("share >= 0.25 (share = 33.3%); net_revenue > 1000 (net_revenue = ")
    assert any(task["mark"].startswith("MY-01|T-02|alert|") for task in own.tasks())


def test_what_is_unknown_decides_nothing_unless_the_rest_does(own):
    groups = {row["group"]: row["needs"] for row in own.findings(rule="MY-02")["insufficient"]}
    assert set(groups) == {"files:A"}, "for the others the known clause decides already"
    assert "late_count_share" in groups["files:A"]


def test_a_true_clause_of_an_or_is_enough_beside_an_unknown_one(own):
    assert own.levels("MY-03")["A"] == "alert"


def test_a_metric_with_levels_is_enough_for_a_rule(own):
    assert own.levels("MY-04") == {"A": "alert", "B": "watch", "C": "watch", "D": "watch", "E": "watch"}


def test_a_metric_of_ones_own_is_measured_shown_and_judged(own):
    assert own.levels("MY-05") == dict.fromkeys("ABCDE", "watch")
    assert own.findings(metrics=True)["metrics"]["files:A"]["invoices_12m"] == 1


def test_a_metric_that_gives_a_client_twice_is_refused_when_it_runs(tmp_path):
    (tmp_path / "m.sql").write_text(METRIC.replace("count(*)", "amount_home").replace("GROUP BY group_id", "UNION ALL SELECT 'files:A', 1"))
    company = with_rule(tmp_path, RULE.format(id="MY-01", second="share > 0"), metrics=[tmp_path / "m.sql"])
    with pytest.raises(CriteriaError, match=r"m\.sql: group_id: stands in more than one row"):
        company.sync("2026-06-01")


# ---------------------------------------------------------------- rules diff


def test_the_comparison_says_who_changes_from_what_to_what_and_why(tmp_path):
    company = portfolio(tmp_path)
    company.sync_once("2026-06-01")
    file = tmp_path / "new.toml"
    file.write_text('[rules."DEP-01"]\nlevels = { info = 0.10, watch = 0.15, alert = 0.40 }\n', encoding="utf-8")
    found = diff(company.config, file, company.now)
    rows = {row["group"]: (row["before"], row["after"]) for row in found["changes"]}
    assert rows == {"files:A": ("alert", "watch"), **{f"files:{name}": ("info", "watch") for name in "BCDE"}}
    assert found["rules"] == {"added": [], "changed": ["DEP-01"]}
    assert (found["up"], found["down"]) == (4, 1)
    assert "limit 40%" not in found["changes"][0]["why"]["en"]
    assert "33.3%" in found["changes"][0]["why"]["en"]


def test_a_new_rule_is_compared_with_none(tmp_path):
    company = portfolio(tmp_path)
    company.sync_once("2026-06-01")
    file = tmp_path / "new.toml"
    file.write_text(RULE.format(id="MY-01", second="net_revenue > 1000"), encoding="utf-8")
    found = diff(company.config, file, company.now)
    assert [(row["rule"], row["group"], row["before"], row["after"]) for row in found["changes"]] == [
        ("MY-01", "files:A", "clear", "alert")
    ]


def test_the_rules_in_force_compared_with_themselves_change_nothing(own):
    found = diff(own.config, own.folder / "mine.toml", own.now)
    assert (found["changes"], found["rules"]) == ([], {"added": [], "changed": []})


# ---------------------------------------------------------------- backtest


@pytest.mark.exhaustive
def test_a_replay_sees_nothing_that_came_later(tmp_path):
    company = portfolio(tmp_path)
    company.sync("2026-06-30")
    found = backtest(company.config, date(2026, 1, 1), date(2026, 6, 30), every="month", rule="DEP-01", outcomes=None, horizon=365)
    opened = {row["group"]: (row["opened"], row["level"]) for row in found["findings"] if row["level"] in {"watch", "alert", "critical"}}
    assert opened["files:A"] == ("2026-03-31", "alert"), "the line of mid-March is not seen before"
    assert found["evaluations"] == 6


def test_outcomes_give_precision_recall_and_days_of_warning(tmp_path):
    company = portfolio(tmp_path)
    bring(company, "90000")
    company.sync("2026-06-30")
    csv = tmp_path / "outcomes.csv"
    csv.write_text("account,date,outcome\nA,2026-06-15,lost\nfiles:E,2026-06-20,lost\nZZ,2026-06-20,lost\n", encoding="utf-8")
    found = backtest(company.config, date(2026, 3, 31), date(2026, 6, 30), every="month", rule="DEP-01", outcomes=csv, horizon=90)
    row = found["outcomes"]["DEP-01"]
    assert (row["outcomes"], row["foreseen"], row["recall"]) == (2, 1, 0.5)
    assert row["lead_days"] == (date(2026, 6, 15) - date(2026, 3, 31)).days
    assert found["unknown_accounts"] == 1


def test_a_replay_counts_the_tasks_that_would_have_come_and_whose_they_would_have_been(tmp_path):
    company = portfolio(tmp_path)
    company.sync("2026-06-30")
    asked = {"every": "month", "rule": "DEP-01", "outcomes": None, "horizon": 365}
    rise = criteria.load().rule("DEP-01").codes("alert")
    load = backtest(company.config, date(2026, 2, 1), date(2026, 4, 30), **asked)["load"]
    assert load["by_rule"] == {"DEP-01": len(rise)}, "one rise at the end of March, and nothing while it persists"
    assert (load["tasks"], load["owners"], load["weeks"]) == (len(rise), 1, 14)
    assert load["per_owner_per_week"] == {"mean": round(len(rise) / 14, 2), "most": len(rise)}
    load = backtest(company.config, date(2026, 3, 31), date(2026, 4, 30), **asked)["load"]
    assert load["tasks"] == 0, "what is open on the first day is older than the rules"

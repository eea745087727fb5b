from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.counsel import counsel
from rules.criteria import load
from rules.evaluate import Evaluation
from rules.stages import CHAIN, Situation, Standing, propose
from tests.rules.bench import AS_OF, MOMENT, Metrics, episode

CATALOGUE = load()
EVALUATED = tuple(rule.id for rule in CATALOGUE.rules)


def advise(*episodes, before=(), evaluated=EVALUATED, gaps=(), **typed):
    """Counsel for one group with these open episodes; `gaps` are the rules that could not judge it."""
    metrics = Metrics({"a:1": {}})
    metrics.evaluate("DEP-04")
    metrics.con.execute("DELETE FROM accounts; DELETE FROM members; DELETE FROM gaps")
    metrics.member("a:1", **typed)
    for rule in gaps:
        metrics.con.execute("INSERT INTO gaps SELECT ?, 1, rowid FROM group_metrics", [EVALUATED.index(rule)])
    evaluation = Evaluation(findings=(), insufficient=(), diagnostics=(), portfolio={}, episodes=episodes, evaluated=evaluated)
    return counsel(metrics.con, CATALOGUE, evaluation, MOMENT, before)["a:1"]


def opened(rule, level, **changes):
    return episode(rule, "a:1", level, opened=AS_OF, **changes)


def test_the_worst_open_level_and_the_open_rules_are_shown():
    found = advise(opened("DEP-01", "alert"), opened("OPS-01", "watch"))
    assert (found.level, found.open_rules) == ("alert", "DEP-01:alert@2026-06-30;OPS-01:watch@2026-06-30")
    assert found.rules == ("DEP-01", "OPS-01")


def test_what_a_person_dismissed_counts_for_nothing():
    found = advise(opened("BEH-02", "alert", muted="alert"))
    assert (found.level, found.open_rules, found.index, found.stage_proposed) == (None, "", 0.0, "balanced")


def test_a_group_without_episodes_that_people_put_into_a_stage_has_counsel():
    assert advise(stage="exit_notice").stage_proposed == "exit_notice"


# ---------------------------------------------------------------- the index


def test_a_big_client_is_not_a_bad_client():
    found = advise(opened("DEP-01", "critical"))
    assert (found.index, found.coverage) == (15.0, 1.0)


def test_the_index_takes_the_worst_level_of_each_family():
    found = advise(opened("DEP-01", "alert"), opened("DEP-06", "watch"), opened("BEH-02", "critical"))
    assert found.index == pytest.approx(15 * 2 / 3 + 20)


def test_information_moves_no_index():
    assert advise(opened("DEP-01", "info")).index == 0


def test_the_portfolios_concentration_is_not_a_clients():
    assert advise(opened("DEP-01", "info"), episode("DEP-04", "", "alert")).index == 0


def test_a_family_that_nobody_could_judge_leaves_the_index_and_lowers_its_coverage():
    beh = ("BEH-01", "BEH-02", "BEH-03", "BEH-04", "BEH-05")
    found = advise(opened("DEP-01", "critical"), gaps=beh)
    assert (found.index, found.coverage) == (pytest.approx(100 * 15 / 80), pytest.approx(0.80))
    assert advise(opened("DEP-01", "critical"), gaps=beh[1:]).coverage == 1.0


def test_rules_that_were_blocked_for_all_do_not_count_as_judged():
    found = advise(opened("DEP-01", "critical"), evaluated=tuple(rule for rule in EVALUATED if not rule.startswith("OPS")))
    assert found.coverage == pytest.approx(0.85)


def test_below_half_of_the_weights_the_index_is_hidden():
    found = advise(opened("DEP-01", "critical"), evaluated=("DEP-01", "PAY-01", "CON-01"))
    assert (found.index, found.coverage) == (None, pytest.approx(0.40))
    found = advise(opened("DEP-01", "critical"), evaluated=("DEP-01", "PAY-01", "CON-01", "CTS-01"))
    assert (found.index, found.coverage) == (pytest.approx(30.0), pytest.approx(0.50))


# ---------------------------------------------------------------- stages


@pytest.mark.parametrize(
    ("rule", "level", "stage"),
    [
        ("DEP-01", "info", "balanced"),
        ("DEP-01", "critical", "watch"),
        ("GOV-01", "alert", "watch"),
        ("BEH-02", "watch", "watch"),
        ("BEH-02", "alert", "repair"),
        ("BEH-01", "alert", "repair"),
        ("BEH-01", "critical", "last_round"),
        ("OPS-01", "watch", "watch"),
        ("OPS-01", "alert", "repair"),
        ("CTS-01", "alert", "repair"),
        ("CTS-02", "alert", "watch"),
        ("CON-01", "alert", "repair"),
        ("TEAM-01", "alert", "repair"),
        ("PAY-01", "critical", "watch"),
        ("FIX-01", "alert", "repair"),
    ],
)
def test_one_rule_suggests_the_stage_that_the_domain_gives(rule, level, stage):
    assert advise(opened(rule, level)).stage_proposed == stage


def test_late_payment_suggests_repair_once_it_lasted_two_evaluations():
    yesterday = episode("PAY-01", "a:1", "alert", opened=AS_OF - timedelta(days=1))
    assert advise(yesterday, before=[yesterday]).stage_proposed == "repair"
    assert advise(yesterday, before=[replace(yesterday, level="watch")]).stage_proposed == "watch"


def test_two_operational_rules_at_watch_suggest_repair():
    assert advise(opened("OPS-01", "watch"), opened("OPS-02", "watch")).stage_proposed == "repair"


def test_the_index_suggests_repair_after_the_rules():
    assert propose(Standing(), Situation(levels={"DEP-01": "watch"}, index=44.9), AS_OF) == "watch"
    assert propose(Standing(), Situation(levels={"DEP-01": "watch"}, index=45.0), AS_OF) == "repair"
    assert propose(Standing(), Situation(index=25.0), AS_OF) == "watch"
    assert propose(Standing(), Situation(index=24.9), AS_OF) == "balanced"


def test_no_stage_is_skipped_but_for_the_safety_short_cut():
    assert propose(Standing(stage="watch"), Situation(index=99.0, suggested="last_round"), AS_OF) == "repair"
    assert propose(Standing(stage="watch"), Situation(suggested="last_round", at_once="last_round"), AS_OF) == "last_round"


@pytest.mark.parametrize(
    "situation",
    [
        Situation(suggested="last_round"),
        Situation(index=60.0),
        Situation(levels={"BEH-02": "alert", "TEAM-01": "alert"}, repairing=True),
        Situation(at_once="last_round"),
        Situation(
            levels=dict.fromkeys(("OPS-01", "OPS-02", "OPS-03"), "watch"),
            families=dict.fromkeys(("OPS-01", "OPS-02", "OPS-03"), "OPS"),
            index=45.0,
        ),
    ],
)
def test_repair_goes_on_to_a_last_round(situation):
    assert propose(Standing(stage="repair"), situation, AS_OF) == "last_round"


def test_repair_goes_back_to_watch_after_sixty_quiet_days_or_an_agreement():
    since = AS_OF - timedelta(days=90)
    quiet = Situation(repaired_since=AS_OF - timedelta(days=60))
    assert propose(Standing(stage="repair", since=since), quiet, AS_OF) == "watch"
    assert propose(Standing(stage="repair", since=since), Situation(repaired_since=AS_OF - timedelta(days=59)), AS_OF) == "repair"
    assert propose(Standing(stage="repair", since=since), Situation(repairing=True), AS_OF) == "repair"
    assert propose(Standing(stage="repair", since=AS_OF), Situation(), AS_OF) == "repair"
    assert propose(Standing(stage="repair", since=since, agreement=AS_OF), Situation(repairing=True), AS_OF) == "watch"
    assert propose(Standing(stage="repair", since=AS_OF, agreement=since), Situation(repairing=True), AS_OF) == "repair"


def test_a_last_round_ends_with_what_the_review_says():
    held = Standing(stage="last_round", since=AS_OF - timedelta(days=40), review=AS_OF)
    assert propose(replace(held, kept=0.80), Situation(), AS_OF) == "watch"
    assert propose(replace(held, kept=0.79), Situation(), AS_OF) == "last_round"
    assert propose(replace(held, kept=0.80), Situation(leave_threats=True), AS_OF) == "last_round"
    assert propose(replace(held, kept=0.49), Situation(), AS_OF) == "decision"
    assert propose(replace(held, kept=0.50), Situation(), AS_OF) == "last_round"
    assert propose(replace(held, kept=0.10, review=AS_OF + timedelta(days=1)), Situation(), AS_OF) == "last_round"
    assert propose(held, Situation(incident=AS_OF), AS_OF) == "decision"
    assert propose(held, Situation(incident=AS_OF - timedelta(days=41)), AS_OF) == "last_round"


def test_the_end_of_notice_leads_to_after_care_and_a_year_later_to_the_end():
    assert propose(Standing(stage="exit_notice", notice_end=AS_OF), Situation(), AS_OF) == "after_care"
    assert propose(Standing(stage="exit_notice", notice_end=AS_OF + timedelta(days=1)), Situation(), AS_OF) == "exit_notice"
    assert propose(Standing(stage="after_care", since=date(2025, 6, 30)), Situation(), AS_OF) == "ended"
    assert propose(Standing(stage="after_care", since=date(2025, 7, 1)), Situation(), AS_OF) == "after_care"
    assert propose(Standing(stage="ended", since=date(2025, 7, 1), agreement=AS_OF), Situation(), AS_OF) == "repair"


def test_calm_returns_thirty_days_after_the_last_finding():
    assert propose(Standing(stage="watch"), Situation(quiet_since=AS_OF - timedelta(days=29)), AS_OF) == "watch"
    assert propose(Standing(stage="watch"), Situation(quiet_since=AS_OF - timedelta(days=30)), AS_OF) == "balanced"


SITUATIONS = st.builds(
    Situation,
    levels=st.dictionaries(st.sampled_from(EVALUATED), st.sampled_from(["info", "watch", "alert", "critical"]), max_size=8),
    suggested=st.sampled_from(CHAIN[:4]),
    at_once=st.sampled_from(CHAIN[:4]),
    index=st.one_of(st.none(), st.floats(0, 100)),
    repairing=st.booleans(),
    incident=st.one_of(st.none(), st.just(AS_OF)),
    leave_threats=st.booleans(),
)
STANDINGS = st.builds(
    Standing,
    stage=st.one_of(st.none(), st.sampled_from(CHAIN), st.just("nonsense")),
    since=st.one_of(st.none(), st.dates(date(2024, 1, 1), AS_OF)),
    kept=st.one_of(st.none(), st.floats(0, 1)),
    review=st.one_of(st.none(), st.dates(date(2024, 1, 1), date(2027, 1, 1))),
    agreement=st.one_of(st.none(), st.dates(date(2024, 1, 1), AS_OF)),
    notice_end=st.one_of(st.none(), st.dates(date(2024, 1, 1), date(2028, 1, 1))),
)


@given(STANDINGS, SITUATIONS)
def test_nobody_but_a_person_takes_the_step_from_decision_to_notice(standing, now):
    stage = propose(standing, now, AS_OF)
    assert stage in CHAIN
    assert stage != "exit_notice" or standing.stage == "exit_notice"
    assert stage != "decision" or standing.stage in {"last_round", "decision"}


def test_the_next_step_is_the_task_that_opens_the_stage_proposed():
    assert advise(opened("BEH-02", "alert")).next_step == "T-03"
    assert advise(opened("BEH-02", "alert"), stage="repair").next_step == ""
    assert advise(opened("BEH-01", "critical"), stage="repair").next_step == "T-10"


def test_the_account_furthest_along_speaks_for_its_group():
    metrics = Metrics({"a:1": {}})
    metrics.evaluate("DEP-04")
    metrics.con.execute("INSERT INTO accounts (source, account_id, stage) VALUES ('a', '2', 'repair'), ('b', '3', 'watch')")
    metrics.con.execute("INSERT INTO members VALUES ('a:1', 'a', '2', FALSE), ('a:1', 'b', '3', FALSE)")
    evaluation = Evaluation(findings=(), insufficient=(), diagnostics=(), portfolio={}, episodes=(), evaluated=())
    assert counsel(metrics.con, CATALOGUE, evaluation, MOMENT)["a:1"].stage == "repair"

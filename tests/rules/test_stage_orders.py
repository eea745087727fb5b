"""A relation over months: events in any order, and a person who follows the proposals, does nothing, or does as they like."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.stages import CHAIN, Situation, Standing, checklist, propose

START = date(2026, 1, 5)
FAMILIES = {"OPS-01": "OPS", "OPS-02": "OPS", "BEH-01": "BEH", "PAY-01": "PAY", "DEP-01": "DEP"}
LEVELS = st.sampled_from(["info", "watch", "alert", "critical"])
EVENT = st.one_of(
    st.tuples(st.just("finding"), st.sampled_from(sorted(FAMILIES)), LEVELS),
    st.tuples(st.just("cleared"), st.sampled_from(sorted(FAMILIES)), st.none()),
    st.tuples(st.just("review"), st.floats(0, 1), st.none()),
    st.tuples(st.just("agreement"), st.none(), st.none()),
    st.tuples(st.just("refused"), st.none(), st.none()),
    st.tuples(st.just("met"), st.none(), st.none()),
    st.tuples(st.just("incident"), st.none(), st.none()),
    st.tuples(st.just("threats"), st.booleans(), st.none()),
    st.tuples(st.just("lawyer"), st.none(), st.none()),
    st.tuples(st.just("index"), st.one_of(st.none(), st.integers(0, 100)), st.none()),
    st.tuples(st.just("follow"), st.none(), st.none()),
    st.tuples(st.just("sets"), st.sampled_from(CHAIN), st.none()),
)
LIFE = st.lists(st.tuples(st.integers(0, 40), EVENT), max_size=30)


TYPED = {
    "review": lambda standing, kept, day: {"kept": kept, "review": day},
    "agreement": lambda standing, _, day: {"agreement": day},
    "refused": lambda standing, _, day: {"refusals": standing.refusals + 1},
    "met": lambda standing, _, day: {"met": day},
    "lawyer": lambda standing, _, day: {"lawyer_done": True},
    "sets": lambda standing, stage, day: {"stage": stage, "since": day},
}
"""What a person types -> what changes in the standing."""


def found(event, now, today):
    """The situation after a finding, its end, or another figure."""
    kind, what, level = event
    if kind == "finding":
        serious = level in {"alert", "critical"} and what in {"BEH-01", "OPS-01"}
        suggested = "repair" if serious else now.suggested
        return replace(now, levels={**now.levels, what: level}, families=FAMILIES, suggested=suggested, repairing=now.repairing or serious)
    if kind == "cleared":
        levels = {rule: one for rule, one in now.levels.items() if rule != what}
        quiet = today if all(one == "info" for one in levels.values()) else None
        suggested = now.suggested if levels else "balanced"
        return replace(now, levels=levels, quiet_since=quiet, repaired_since=quiet, suggested=suggested, repairing=bool(levels))
    figures = {"incident": {"incident": today, "at_once": "last_round"}, "threats": {"leave_threats": what}, "index": {"index": what}}
    return replace(now, **figures.get(kind, {}))


def happened(event, standing, now, today):
    """The standing and situation after one event."""
    change = TYPED.get(event[0])
    return (standing, found(event, now, today)) if change is None else (replace(standing, **change(standing, event[1], today)), now)


@given(LIFE)
@settings(max_examples=400, deadline=None)
def test_in_whatever_order_things_happen_the_end_is_only_ever_a_persons_word(life):
    standing, now, today = Standing(), Situation(), START
    for days, event in life:
        today += timedelta(days=days)
        standing, now = happened(event, standing, now, today)
        before = standing.stage if standing.stage in CHAIN else "balanced"
        proposed = propose(standing, now, today)
        assert proposed == propose(standing, now, today), "the same facts give the same proposal"
        assert proposed in CHAIN
        assert proposed != "exit_notice" or before == "exit_notice", "nobody but a person begins a notice"
        assert proposed != "decision" or before in {"last_round", "decision"}, "a decision follows a last round"
        assert proposed not in {"after_care", "ended"} or before in {"exit_notice", "after_care", "ended"}
        if before in {"balanced", "watch"} and now.at_once != "last_round":
            assert CHAIN.index(proposed) <= CHAIN.index("repair"), "repair is not skipped without a serious incident"
        if event[0] == "follow" and proposed != before:
            standing = replace(standing, stage=proposed, since=today)


@given(LIFE)
@settings(max_examples=200, deadline=None)
def test_who_only_follows_the_proposals_never_comes_to_an_end(life):
    standing, now, today = Standing(), Situation(), START
    for days, event in life:
        today += timedelta(days=days)
        if event[0] != "sets":
            standing, now = happened(event, standing, now, today)
        proposed = propose(standing, now, today)
        if proposed != standing.stage:
            standing = replace(standing, stage=proposed, since=today)
        assert standing.stage not in {"exit_notice", "after_care", "ended"}


@given(LIFE, st.sampled_from([None, "unknown", "absorbable", "absorbable_with_plan", "not_absorbable"]))
@settings(max_examples=200, deadline=None)
def test_the_checklist_has_its_seven_points_whatever_happened(life, verdict):
    standing, now, today = Standing(), Situation(), START
    for days, event in life:
        today += timedelta(days=days)
        standing, now = happened(event, standing, now, today)
        points = checklist(standing, incident=now.incident, verdict=verdict, as_of=today)
        assert [one.code for one in points] == ["G1", "G2", "G3", "G4", "G5", "G6", "G7"]
        assert {one.state for one in points} <= {"ok", "missing", "override"}
        assert all(one.reason for one in points if one.state == "missing")

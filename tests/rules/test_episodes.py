from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.episodes import Sighting, Terms, advance, restored, silent, tasked, wants_task, written
from rules.model import SEVERITIES, Moment, rank
from tests.rules.bench import episode

TERMS = Terms(rule="DEP-01", falls_after=2, cooldown_days=180)
START = date(2026, 3, 1)
LEVELS = st.sampled_from([None, *SEVERITIES])


def moment(day, hour=4):
    return Moment(as_of=START + timedelta(days=day), now=datetime(2026, 3, 2, hour, tzinfo=UTC) + timedelta(days=day))


def see(raw, held=None, **more):
    held = max(raw, held, key=rank)
    return {"g": [Sighting(raw=raw, held=held, **more)]}


def days(sightings, terms=TERMS, before=(), **options):
    """Evaluate once a day; give the episodes after every day."""
    known, after = list(before), []
    for day, sighting in enumerate(sightings):
        changed = advance(terms, known, sighting, moment(day), **options)
        names = {(one.group, one.name) for one in changed}
        known = [one for one in known if (one.group, one.name) not in names] + changed
        after.append(known)
    return after


def levels(history):
    return [next((one.level for one in known if one.cleared is None), None) for known in history]


def test_a_rise_shows_at_once_and_names_the_episode_by_its_day():
    (one,) = days([see("alert")])[0]
    assert (one.level, one.name, one.opened, one.cleared) == ("alert", "2026-03-01", START, None)


def test_a_higher_level_shows_at_once_in_the_same_episode():
    (one,) = days([see("watch"), see("critical")])[-1]
    assert (one.level, one.name) == ("critical", "2026-03-01")


def test_it_falls_after_two_evaluations_to_the_raw_level_several_steps_at_once():
    assert levels(days([see("critical"), see("info"), see("info")])) == ["critical", "critical", "info"]


def test_one_evaluation_above_starts_the_count_anew():
    assert levels(days([see("alert"), see("watch"), see("alert"), see("watch"), see("watch")]))[-2:] == ["alert", "watch"]


def test_within_the_exit_margin_it_does_not_count():
    assert levels(days([see("alert"), *[see("watch", held="alert")] * 9])) == ["alert"] * 10


def test_two_evaluations_on_the_same_day_count_once():
    known = advance(TERMS, [], see("alert"), moment(0))
    for hour in (4, 9, 14, 23):
        known = advance(TERMS, known, see(None), moment(1, hour))
    assert known[0].cleared is None
    assert advance(TERMS, known, see(None), moment(2, 0))[0].cleared == START + timedelta(days=2)


def test_a_rule_that_falls_at_once_does():
    assert levels(days([see("critical"), see(None)], replace(TERMS, falls_after=0))) == ["critical", None]


@pytest.mark.parametrize("options", [{"sure": False}, {}])
def test_what_could_not_be_judged_neither_clears_nor_counts(options):
    terms = TERMS if options else replace(TERMS, complete=False)
    history = days([see("alert"), *[see(None, **options)] * 5], terms)
    assert history[-1] == history[0]


def test_a_rise_shows_even_on_incomplete_data():
    assert levels(days([see("watch"), see("alert")], replace(TERMS, complete=False))) == ["watch", "alert"]


def test_a_group_that_is_gone_clears_but_not_on_incomplete_data():
    assert levels(days([see("alert"), {}, {}])) == ["alert", "alert", None]
    assert levels(days([see("alert"), {}, {}], replace(TERMS, complete=False))) == ["alert"] * 3


def test_a_new_rise_after_clearing_is_a_new_episode():
    history = days([see("alert"), see(None), see(None), see("watch")])
    assert sorted((one.name, one.cleared is None) for one in history[-1]) == [("2026-03-01", False), ("2026-03-04", True)]


@given(st.lists(st.floats(0.18, 0.22), min_size=2, max_size=60))
def test_a_value_that_swings_round_its_limit_makes_one_episode(values):
    sightings = [see("watch" if value >= 0.20 else "info", held="watch" if value >= 0.18 else "info") for value in values]
    history = days([see("watch"), *sightings])
    assert {one.name for known in history for one in known} == {"2026-03-01"}
    assert set(levels(history)) == {"watch"}


@given(st.lists(st.tuples(LEVELS, LEVELS, st.booleans()), min_size=1, max_size=30))
def test_a_level_never_falls_before_two_evaluations_in_a_row_that_could_judge_it(seen):
    history = levels(days([see(raw, held, sure=sure) for raw, held, sure in seen]))
    for day in range(1, len(history)):
        if rank(history[day]) < rank(history[day - 1]):
            judged = [(raw, held) for raw, held, sure in seen[: day + 1] if sure or rank(raw) >= rank(history[day - 1])]
            assert len(judged) >= 2
            assert seen[day][2]
            assert all(rank(raw) < rank(history[day - 1]) and rank(held) < rank(history[day - 1]) for raw, held in judged[-2:])
        assert rank(history[day]) >= rank(seen[day][0])


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), LEVELS, min_size=1, max_size=8), st.randoms())
def test_the_order_of_the_groups_does_not_matter(seen, random):
    shuffled = list(seen.items())
    random.shuffle(shuffled)
    sight = [{group: [Sighting(raw=raw, held=raw)] for group, raw in order} for order in (seen.items(), shuffled)]
    assert advance(TERMS, [], sight[0], moment(0)) == advance(TERMS, [], sight[1], moment(0))


@given(st.lists(LEVELS, min_size=1, max_size=20))
def test_evaluating_twice_at_the_same_instant_changes_nothing(seen):
    known = []
    for day, raw in enumerate(seen):
        known = [*[one for one in known if one.cleared], *advance(TERMS, known, see(raw), moment(day))]
        again = advance(TERMS, known, see(raw), moment(day))
        assert again == [one for one in known if one.cleared is None]


# ---------------------------------------------------------------- tasks


def test_a_task_is_wanted_on_the_first_rise_and_on_a_higher_level_only():
    known = advance(TERMS, [], see("watch"), moment(0))
    assert wants_task(known[0], "watch")
    known = [tasked(known[0], START)]
    assert not wants_task(advance(TERMS, known, see("watch"), moment(1))[0], "watch")
    assert wants_task(advance(TERMS, known, see("alert"), moment(2))[0], "watch")


def test_no_task_below_the_configured_level():
    known = advance(TERMS, [], see("info"), moment(0))
    assert not wants_task(known[0], "watch")
    assert wants_task(known[0], "info")


def test_falling_and_rising_to_the_level_of_the_last_task_makes_no_other():
    known = [episode("DEP-01", "g", "alert", task_level="alert", task_at=date(2026, 2, 1))]
    history = days([see("watch"), see("watch"), see("alert")], before=known)
    assert levels(history) == ["alert", "watch", "alert"]
    assert not wants_task(history[-1][0], "watch")


def test_the_first_evaluation_of_a_rule_opens_episodes_without_tasks():
    (one,) = advance(replace(TERMS, amnesty=True), [], see("alert"), moment(0))
    assert not wants_task(one, "watch")
    assert wants_task(advance(TERMS, [one], see("critical"), moment(1))[0], "watch")


def cleared(task_at, task_level="alert"):
    return episode("DEP-01", "g", "alert", opened=task_at, cleared=task_at + timedelta(days=9), task_level=task_level, task_at=task_at)


def test_a_new_episode_inside_the_cooldown_makes_a_task_only_above_the_last_one():
    old = cleared(START - timedelta(days=179))
    assert not wants_task(advance(TERMS, [old], see("alert"), moment(0))[0], "watch")
    assert wants_task(advance(TERMS, [old], see("critical"), moment(0))[0], "watch")


def test_after_the_cooldown_it_does():
    assert wants_task(advance(TERMS, [cleared(START - timedelta(days=180))], see("alert"), moment(0))[0], "watch")


# ---------------------------------------------------------------- dismissals


def test_a_dismissed_level_is_silent_until_the_day_and_resumes_with_the_same_episode():
    known = [tasked(one, START) for one in advance(TERMS, [], see("alert"), moment(0))]
    until = {"g": START + timedelta(days=10)}
    muted = advance(TERMS, known, see("alert"), moment(1), until)
    assert silent(muted[0])
    assert not wants_task(muted[0], "watch")
    resumed = advance(TERMS, muted, see("alert"), moment(10), until)
    assert not silent(resumed[0])
    assert resumed[0].name == known[0].name
    assert not wants_task(resumed[0], "watch")


def test_a_dismissed_rule_speaks_again_when_it_rises():
    known = advance(TERMS, [], see("watch"), moment(0), {"g": None})
    assert silent(known[0])
    risen = advance(TERMS, known, see("alert"), moment(1), {"g": None})
    assert not silent(risen[0])
    assert wants_task(risen[0], "watch")


def test_what_was_dismissed_at_watch_is_not_hidden_when_it_has_risen_since():
    known = advance(TERMS, [], see("watch"), moment(0))
    assert not silent(advance(TERMS, known, see("alert"), moment(1), {"g": None})[0])


def test_a_dismissal_without_a_date_holds_180_days():
    known = advance(TERMS, [], see("watch"), moment(0), {"g": None})
    assert silent(advance(TERMS, known, see("watch"), moment(179), {"g": None})[0])
    known = advance(TERMS, known, see("watch"), moment(180), {"g": None})
    assert not silent(known[0])
    assert not silent(advance(TERMS, known, see("watch"), moment(181), {"g": None})[0])


# ---------------------------------------------------------------- by record

RECORDS = Terms(rule="BEH-01", falls_after=0, cooldown_days=0, by_record=True)


def told(**incidents):
    return {"g": [Sighting(raw=level, held=level, name=name) for name, level in incidents.items()]}


def test_each_new_incident_is_an_episode_and_a_task_of_its_own():
    known = [tasked(one, START) for one in advance(RECORDS, [], told(m1="critical"), moment(0))]
    known = advance(RECORDS, known, told(m1="critical", m2="watch"), moment(1))
    assert [(one.name, one.level, wants_task(one, "watch")) for one in known] == [("m1", "critical", False), ("m2", "watch", True)]


def test_an_incident_that_has_aged_out_clears_at_once_and_the_other_stays():
    known = advance(RECORDS, [], told(m1="critical", m2="watch"), moment(0))
    after = advance(RECORDS, known, told(m2="watch"), moment(1))
    assert [(one.name, one.cleared is None) for one in after] == [("m1", False), ("m2", True)]


# ---------------------------------------------------------------- the field in the CRM

NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1, max_size=12)


@given(
    st.lists(
        st.tuples(st.sampled_from(["DEP-01", "OPS-01", "BEH-01"]), st.sampled_from(SEVERITIES), NAMES),
        unique_by=lambda one: (one[0], one[2]),
        max_size=5,
    )
)
def test_open_episodes_survive_the_field_in_the_crm(entries):
    known = [episode(rule, "g", level, name=name) for rule, level, name in entries]
    found = restored(written(known), "g", START)
    assert {(one.rule, one.level, one.name, one.group) for one in found} == {(one.rule, one.level, one.name, one.group) for one in known}


def test_the_field_reads_as_the_domain_says_worst_first():
    known = [episode("OPS-01", "g", "watch", opened=date(2026, 10, 3)), episode("DEP-01", "g", "alert", opened=date(2026, 11, 22))]
    assert written(known) == "DEP-01:alert@2026-11-22;OPS-01:watch@2026-10-03"


def test_a_restored_episode_keeps_its_day_and_makes_no_task_that_was_made():
    (one,) = restored("DEP-01:alert@2026-02-01", "g", START)
    assert (one.opened, one.level, wants_task(one, "watch")) == (date(2026, 2, 1), "alert", False)
    assert wants_task(advance(TERMS, [one], see("critical"), moment(0))[0], "watch")


def test_the_tasks_in_the_crm_say_up_to_which_level_they_were_made():
    (one,) = restored("DEP-01:alert@2026-02-01", "g", START, {("DEP-01", "2026-02-01"): "watch"})
    assert wants_task(one, "watch")


@pytest.mark.parametrize("text", [None, "", "nonsense", "DEP-01:alert", "DEP-01:high@2026-02-01", ";;@:"])
def test_a_field_that_a_person_spoilt_restores_nothing(text):
    assert restored(text, "g", START) == []


def test_cleared_and_dismissed_episodes_are_not_written():
    assert written([episode("DEP-01", "g", "alert", cleared=START), episode("OPS-01", "g", "watch", muted="watch")]) == ""

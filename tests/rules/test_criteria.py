from __future__ import annotations

import tomllib

import pytest

from rules.criteria import CriteriaError, load, selftest

RULE = """
[[rule]]
id = "OWN-01"
version = 1
name = { en = "Own rule", fr = "Règle maison" }
family = "CTS"
window = "w12"
stages = { watch = "watch" }
cooldown_days = 30
reason = "our own"
text = { en = "Value {value}", fr = "Valeur {value}" }
tasks = { watch = ["T-30"] }
requires = { hours = ["account_id"] }

[[rule.component]]
metric = "effort_ratio"
unit = "times"
levels = { watch = 1.1, alert = { at = 1.3, and = "share >= 0.05" } }
needs = "hours"

[rule.given]
effort_ratio = 1.0
share = 0.10

[[rule.test]]
name = "watch from 1.1"
given = { effort_ratio = 1.1 }
expect = "watch"
"""


@pytest.fixture
def own(tmp_path):
    """Write a rule file with one thing changed; give its path."""

    def write(old="", new="", text=RULE):
        assert old in text
        file = tmp_path / "my-rules.toml"
        file.write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
        return file

    return write


def test_a_companys_own_rule_needs_no_python(own):
    catalogue = load(files=[own()])
    assert catalogue.rule("OWN-01").name["fr"] == "Règle maison"
    assert selftest(catalogue, ["OWN-01"]) == []


def test_a_case_that_does_not_come_out_is_named_with_its_file(own):
    (failure,) = selftest(load(files=[own('expect = "watch"', 'expect = "alert"')]), ["OWN-01"])
    assert str(failure).endswith("my-rules.toml: OWN-01: 'watch from 1.1': expected alert, found watch")


MISTAKES = [
    ("cooldown_days = 30", "cooldown_day = 30", "cooldown_days: is missing; 'cooldown_day' is not a key, did you mean 'cooldown_days'?"),
    ("cooldown_days = 30", 'cooldown_days = "30"', "cooldown_days: must be a whole number, not '30'"),
    ("cooldown_days = 30", "cooldown_days = true", "cooldown_days: must be a whole number"),
    ("version = 1", "version = 1\ncolour = 1", "colour: unknown key"),
    ('family = "CTS"', 'family = "CT"', "family: unknown value 'CT', did you mean 'CTS'?"),
    ('window = "w12"', 'window = "w13"', "window: unknown window 'w13'"),
    ('metric = "effort_ratio"', 'metric = "effort"', "component[1].metric: unknown metric 'effort', did you mean 'effort_ratio'?"),
    ("watch = 1.1", "wach = 1.1", "component[1].levels.wach: unknown key, did you mean 'watch'?"),
    (
        'watch = 1.1, alert = { at = 1.3, and = "share >= 0.05" }',
        "watch = 1.4, alert = 1.3",
        "levels: alert (1.3) is reached before watch (1.4)",
    ),
    ("watch = 1.1", 'watch = "1.1"', "component[1].levels.watch: must be a number, not '1.1'"),
    ('"share >= 0.05"', '"shre >= 0.05"', "component[1].levels.alert.and: unknown metric 'shre', did you mean 'share'?"),
    ('"share >= 0.05"', '"count(share) >= 0.05"', "functions are not allowed"),
    ('unit = "times"', 'unit = "time"', "component[1].unit: unknown value 'time', did you mean 'times'?"),
    ('needs = "hours"', "", "component[1].needs: is missing"),
    ('watch = ["T-30"]', 'watch = ["T-3O"]', "tasks.watch: unknown task 'T-3O', "),
    ('watch = ["T-30"]', 'wach = ["T-30"]', "tasks.wach: unknown key, did you mean 'watch'?"),
    ("Value {value}", "Value {valeur}", "unknown metric 'valeur'"),
    ("Value {value}", "Value {share:percents}", "unknown unit 'percents' of 'share', did you mean 'percent'?"),
    ("Value {value}", "Value {value", "cannot be read"),
    ('fr = "Valeur {value}"', 'de = "Wert {value}"', "text.fr: is missing"),
    ('expect = "watch"', 'expect = "wacht"', "test[1].expect: unknown value 'wacht', did you mean 'watch'?"),
    ("given = { effort_ratio = 1.1 }", "given = { effortratio = 1.1 }", "unknown metric 'effortratio', did you mean 'effort_ratio'?"),
    ('id = "OWN-01"', 'id = "DEP-01"', "is already the id of a rule in dep.toml"),
    ('id = "OWN-01"', 'id = "OWN;01"', "must be letters, digits"),
    ('id = "OWN-01"', "", "rule 1: id: is missing"),
    ("[[rule.component]]", "[[rule.compnent]]", "component: is missing"),
    ("[[rule]]", "[[rules]]", "must be a list of tables: write [[rule]], not [rule]"),
    ("[[rule]]", "[[rule]", "is not valid TOML"),
]


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES)
def test_a_mistake_is_one_line_with_file_rule_key_and_mend(own, old, new, said):
    file = own(old, new)
    with pytest.raises(CriteriaError) as caught:
        load(files=[file])
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(file))
    assert "\n" not in str(caught.value).replace("\n", "", 1) or "TOML" in said


def test_a_missing_rule_file_is_a_user_error(tmp_path):
    with pytest.raises(CriteriaError, match="does not exist"):
        load(files=[tmp_path / "none.toml"])


def test_an_unknown_pack_is_a_user_error():
    with pytest.raises(CriteriaError, match="unknown pack 'bultin', did you mean 'builtin'"):
        load(packs=["bultin"])


def test_rules_that_read_each_other_in_a_circle_are_refused(own):
    file = own('"share >= 0.05"', '"severity.\\"OWN-01\\" >= 1"')
    with pytest.raises(CriteriaError, match="circle"):
        load(files=[file])


def test_a_rule_comes_after_those_whose_severity_it_reads():
    order = [rule.id for rule in load().rules]
    assert order.index("GOV-02") < order.index("GOV-01")


def limits(catalogue, rule, component=0):
    return {level.severity: level.at for level in catalogue.rule(rule).components[component].levels}


def test_the_configuration_moves_limits_and_leaves_conditions():
    catalogue = load({"OPS-01": {"levels": {"watch": 0.3}, "cooldown_days": 7, "exit_margin": 0.1, "fdr": 0.05, "falls_after": 3}})
    rule = catalogue.rule("OPS-01")
    assert limits(catalogue, "OPS-01") == {"watch": 0.3, "alert": 0.40}
    assert rule.components[0].levels[1].when == load().rule("OPS-01").components[0].levels[1].when
    assert (rule.cooldown_days, rule.falls_after, rule.components[0].exit_margin) == (7, 3, 0.1)
    assert rule.components[0].chance.fdr == 0.05


def test_the_configuration_names_a_component_where_there_are_several():
    catalogue = load({"DEP-04": {"components": {"top5": {"levels": {"watch": 0.7}}}}})
    assert limits(catalogue, "DEP-04", 1) == {"watch": 0.7}


def test_the_configuration_takes_a_level_away_and_switches_a_rule_off():
    catalogue = load({"DEP-01": {"levels": {"info": False}}, "GOV-03": {"enabled": False}})
    assert "info" not in limits(catalogue, "DEP-01")
    assert not catalogue.rule("GOV-03").enabled


def test_overriding_twice_leaves_the_shipped_rules_alone():
    load({"DEP-01": {"levels": {"watch": 0.9, "alert": 0.95, "critical": 0.99}}})
    assert limits(load(), "DEP-01")["watch"] == 0.20


def test_the_strict_profile_has_lower_limits():
    assert limits(load(profile="strict"), "DEP-01") == {"info": 0.10, "watch": 0.15, "alert": 0.25, "critical": 0.40}
    assert limits(load(), "DEP-01") == {"info": 0.10, "watch": 0.20, "alert": 0.30, "critical": 0.50}


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"DEP-1": {}}, "configuration: rules.DEP-1: unknown rule, did you mean 'DEP-01'?"),
        ({"DEP-01": {"level": {}}}, "configuration: rules.DEP-01: level: unknown key, did you mean 'levels'?"),
        ({"DEP-01": {"levels": {"wach": 0.2}}}, "unknown level 'wach', did you mean 'watch'?"),
        ({"DEP-01": {"levels": 3}}, "levels: must be a table"),
        ({"DEP-01": {"levels": {"watch": 0.4}}}, "alert (0.3) is reached before watch (0.4)"),
        ({"DEP-01": {"fdr": 0.1}}, "no test against chance"),
        ({"DEP-04": {"components": {"top3": {}}}}, "components.top3: unknown component, did you mean 'top5'?"),
        ({"DEP-04": {"components": {"top5": {"metric": "hhi"}}}}, "components.top5.metric: unknown key"),
        ({"TEAM-01": {"components": {"manager": {"levels": {"alert": 3}}}}}, "has a condition and no limit to move"),
    ],
)
def test_a_mistake_in_the_configuration_is_one_line_too(overrides, said):
    with pytest.raises(CriteriaError) as caught:
        load(overrides)
    assert said in str(caught.value)


def test_the_rule_files_are_plain_toml(own):
    assert tomllib.loads(own().read_text(encoding="utf-8"))["rule"][0]["id"] == "OWN-01"

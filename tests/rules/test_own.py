"""What a person may write as a condition, a short rule or a metric, and how everything else is refused."""

from __future__ import annotations

import contextlib

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules import own
from rules.criteria import load
from rules.expression import Known, condition
from rules.own import read
from rules.shorthand import expand
from rules.toml import CriteriaError

KNOWN = load().known


def refused(tmp_path, text):
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CriteriaError) as caught:
        load(files=[file])
    return str(caught.value).replace(str(file), "mine.toml")


SHORT = '[[rule]]\nid = "MY-01"\nname = "Mine"\nwhen = "{when}"\n'


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("shar >= 0.25", "mine.toml:4: MY-01: when: unknown metric 'shar', did you mean 'share'?"),
        ("share >= 'a'", "mine.toml:4: MY-01: when: a number is needed"),
        ("share = NULL", "write IS NULL"),
        ("share <> NULL", "write IS NOT NULL"),
        ("share IN (1, 2, 3)", "write x = 1 OR x = 2 instead of IN"),
        ("share > (SELECT 1)", "a condition cannot query"),
        ("share::INT > 1", "casts are not allowed"),
        ("CAST(share AS INT) > 1", "functions are not allowed, CAST is one"),
        ("abs(share) > 1", "functions are not allowed, abs is one"),
        ("share > 1; DROP TABLE x", "one condition only"),
        ("share > 1 -- note", "comments are not allowed"),
        ("share > 1 /* note */", "comments are not allowed"),
        ("(" * 40 + "share > 1" + ")" * 40, "nested deeper than 20"),
        ("NOT " * 60 + "share > 1", "nested deeper than 20"),
        (" OR ".join(["share > 1"] * 100), "300 are the most"),
        ("share > 1 AND " + "x" * 3000, "2000 are the most"),
        ("", "the condition is empty"),
    ],
)
def test_a_condition_that_cannot_be_used_is_refused_with_file_line_rule_key_place_and_mend(tmp_path, when, said):
    message = refused(tmp_path, SHORT.format(when=when))
    assert said in message
    assert message.startswith("mine.toml:4: MY-01: when: ")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SHORT.format(when="share > 1") + 'levl = "alert"\n', "mine.toml:5: MY-01: levl: unknown key"),
        (SHORT.format(when="share > 1") + 'level = "alarm"\n', "mine.toml:5: MY-01: level: unknown level 'alarm', did you mean 'alert'?"),
        (SHORT.format(when="share > 1") + 'metric = "share"\n', "not both"),
        (SHORT.format(when="share > 1") + 'tasks = ["T-99"]\n', "mine.toml:5: MY-01: tasks.watch: unknown task 'T-99'"),
        (
            '[[rule]]\nid = "MY-01"\nmetric = "shar"\nlevels = { watch = 1 }\n',
            "mine.toml:3: MY-01: metric: unknown metric 'shar', did you mean 'share'?",
        ),
        ('[[rule]]\nid = "MY-01"\nmetric = "first_revenue"\nlevels = { watch = 1 }\n', "levels compare numbers, use `when`"),
        ('[[rule]]\nid = "MY-01"\nmetric = "share"\nlevels = { watch = 2, alert = 1 }\n', "is reached before"),
        ('[[rule]]\nid = "DEP-01"\nwhen = "share > 1"\n', "is already the id of a rule"),
        ('[[rule]]\nid = "STG-01"\nwhen = "share > 1"\n', "is the id of a monitor"),
    ],
)
def test_a_short_rule_that_cannot_be_used_is_refused_in_the_same_way(tmp_path, text, said):
    assert said in refused(tmp_path, text)


def test_the_name_under_which_the_crm_shows_the_share_may_be_used():
    read_ = condition("revenue_share >= 0.25", KNOWN)
    assert read_.names == (("", "share"),)
    assert '"share"' in read_.sql(lambda _scope, name: f'"{name}"')


def test_every_clause_is_told_with_the_value_it_was_judged_by():
    long = expand({"id": "X", "when": "share >= 0.25 AND (orders > 3 OR insolvent IS NULL)"}, "f", KNOWN)
    assert long["text"]["en"] == (
        "share >= 0.25 (share = {share:percent}); orders > 3 (orders = {orders}); insolvent IS NULL (insolvent = {insolvent})"
    )


WORDS = st.sampled_from(
    ["share", "orders", "revenue_share", "AND", "OR", "NOT", "(", ")", ">=", "=", "<>", "1", "0.25", "'a'", "IS", "NULL", "-", "+", "*", "/", "IN", "CASE", ";", "--", "::", "SELECT", 'severity."DEP-01"', "portfolio.hhi", "{share}", ".", ",", "$1", "\\", "\x00"]
)  # fmt: skip


@settings(max_examples=300)
@example(["share", ">=", "{share}"])
@given(st.lists(WORDS, max_size=12))
def test_no_row_of_words_gives_anything_but_a_rule_or_one_line_of_refusal(words):
    with contextlib.suppress(CriteriaError):
        assert "component" in expand({"id": "X", "when": " ".join(words)}, "file", KNOWN)


@given(
    st.dictionaries(
        st.sampled_from(["when", "metric", "levels", "level", "tasks", "name", "unit", "scope"]),
        st.one_of(st.text(max_size=8), st.integers(), st.lists(st.integers(), max_size=2), st.booleans()),
        max_size=5,
    )
)
def test_no_table_gives_anything_but_a_rule_or_a_refusal(table):
    from rules.reading import read_rule
    from rules.toml import Section

    given_ = {"id": "X", **table}
    with contextlib.suppress(CriteriaError):
        assert read_rule(Section(expand(given_, "file", KNOWN), "file"), KNOWN, ("watch",), ("OWN",)).id == "X"


# ---------------------------------------------------------------- metrics in SQL


HEAD = "-- n: count; w12; NULL: never; how many\n"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT group_id, count(*) AS n FROM read_csv('/etc/passwd') GROUP BY 1", "m.sql:2: READ_CSV('/etc/passwd') is not one of the documented views"),
        ("SELECT group_id, count(*) AS n FROM '/etc/passwd' GROUP BY 1", "unknown view '/etc/passwd'"),
        ("SELECT group_id, count(*) AS n FROM accounts GROUP BY 1", "unknown view 'accounts'"),
        ("SELECT group_id, count(*) AS n FROM raw_salesforce.lines GROUP BY 1", "is not one of the documented views"),
        ("SELECT group_id, count(*) AS n FROM facts_order GROUP BY 1", "did you mean 'facts_orders'?"),
        ("SELECT group_id, getenv('HOME') AS n FROM lines", "the function getenv is not allowed"),
        ("SELECT group_id, read_text('/etc/passwd') AS n FROM lines", "the function read_text is not allowed"),
        ("COPY lines TO 'x.csv'", "m.sql: a metric is one SELECT; nothing else runs"),
        ("ATTACH 'x.db'", "a metric is one SELECT; nothing else runs"),
        ("PRAGMA database_list", "a metric is one SELECT; nothing else runs"),
        ("INSERT INTO lines SELECT 1", "a metric is one SELECT; nothing else runs"),
        ("SET memory_limit = '1GB'", "a metric is one SELECT; nothing else runs"),
        ("SELECT group_id, 1 AS n FROM lines; DROP TABLE lines", "one statement, this has 2"),
        ("SELECT group_id, 1 AS n, 2 AS m FROM lines", "m: is not documented"),
        ("SELECT 1 AS n FROM lines", "group_id: is missing"),
        ("SELECT * FROM lines", "name the columns instead of *"),
        ("SELECT group_id, count(DISTINCT owner_id) AS n FROM facts_cases GROUP BY 1", "names an employee"),
        ("SELECT group_id, (SELECT count(*) FROM (WITH x AS (SELECT 1 AS a) SELECT a FROM x)) AS n FROM lines", "WITH stands at the top"),
        ('WITH "a b" AS (SELECT group_id FROM lines) SELECT group_id, 1 AS n FROM "a b"', "no plain name"),
        ("WITH x AS (SELECT group_id FROM y), y AS (SELECT group_id FROM lines) SELECT group_id, 1 AS n FROM x", "unknown view 'y'"),
        ("SELECT group_id, 1 AS n FROM lines WHERE", "m.sql"),
        ("SELECT group_id, 1 AS n FROM 'unclosed", "m.sql"),
    ],
)  # fmt: skip
def test_a_metric_reads_documented_views_with_known_functions_and_nothing_else(sql, said):
    with pytest.raises(CriteriaError) as caught:
        read(HEAD + sql, "m.sql")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("", "n: is not documented"),
        ("-- n: how many\n", "m.sql:1: n: is documented as `unit; window; NULL: what it means; a sentence`"),
        ("-- n: pieces; w12; NULL: never; how many\n", "unknown unit 'pieces'"),
    ],
)
def test_a_column_is_documented_with_unit_window_and_what_null_means(head, said):
    with pytest.raises(CriteriaError) as caught:
        read(head + "SELECT group_id, count(*) AS n FROM lines GROUP BY group_id", "m.sql")
    assert said in str(caught.value)


def test_what_runs_is_written_back_from_the_checked_tree():
    metric = read(HEAD + "SELECT group_id, /* x */ count(*) AS n FROM lines GROUP BY group_id", "m.sql")
    assert metric.sql == "SELECT group_id, COUNT(*) AS n FROM lines GROUP BY group_id"


def test_an_own_metric_may_not_take_the_name_of_a_shipped_one(tmp_path):
    file = tmp_path / "m.sql"
    file.write_text(
        "-- share: count; w12; NULL: never; x\nSELECT group_id, count(*) AS share FROM lines GROUP BY group_id", encoding="utf-8"
    )
    with pytest.raises(CriteriaError, match="is the name of another metric"):
        own.read_files([file], load().known.group)


def test_an_unknown_column_is_told_when_the_file_is_read(tmp_path):
    file = tmp_path / "m.sql"
    file.write_text(HEAD + "SELECT group_id, sum(amout) AS n FROM lines GROUP BY group_id", encoding="utf-8")
    with pytest.raises(CriteriaError, match="amout"):
        load(metrics=[file])


PIECES = st.sampled_from(["SELECT", "group_id", "1", "AS", "n", "FROM", "lines", "WHERE", "(", ")", ",", "'x.csv'", "read_csv('x')", "WITH", "x", "UNION", "*", ";", "JOIN", "facts_cases", "count(*)", "GROUP", "BY", "COPY", "TO", "$$", '"', "--"])  # fmt: skip


@settings(max_examples=300)
@example(["group_id", "UNION", "SELECT"])
@example(["(", "group_id", ")", "UNION", "SELECT", "group_id"])
@given(st.lists(PIECES, max_size=14))
def test_no_row_of_sql_gives_anything_but_a_metric_that_reads_lines_or_a_refusal(pieces):
    try:
        metric = read(HEAD + " ".join(pieces), "m.sql")
    except CriteriaError:
        return
    assert "read_csv" not in metric.sql.lower()
    assert "x.csv" not in metric.sql


def test_the_override_of_a_rules_stages_is_a_key(tmp_path):
    book = load({"DEP-01": {"stages": {"alert": "repair"}}})
    assert book.rule("DEP-01").stages == {"alert": "repair"}
    with pytest.raises(CriteriaError, match="did you mean 'stages'"):
        load({"DEP-01": {"stage": "repair"}})


def test_unknown_is_three_valued():
    known = Known(group={"a": "number", "b": "number"}, portfolio={})
    cases = {"a > 1 AND b > 1": None, "a > 1 OR b > 1": True, "NOT b > 1": None, "a < 1 AND b > 1": False}
    for text, expected in cases.items():
        sql = condition(text, known).sql(lambda _scope, name: "2.0" if name == "a" else "CAST(NULL AS DOUBLE)")
        assert duckdb.execute(f"SELECT {sql}").fetchone() == (expected,), text

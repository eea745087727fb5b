import duckdb
import pytest

from rules import briefly as module
from rules.briefly import briefly


@pytest.fixture
def con():
    with duckdb.connect(config={"threads": 2}) as one:
        one.execute("CREATE TABLE facts AS FROM range(10) AS t(i)")
        yield one


def threads(con):
    return con.execute("SELECT current_setting('threads')").fetchone()[0]


def test_the_optimizer_is_as_it_was_afterwards_whatever_the_engine_calls_its_steps(con):
    con.execute("SET disabled_optimizers = 'top_n'")
    with briefly(con):
        assert "join_order" in con.execute("SELECT current_setting('disabled_optimizers')").fetchone()[0]
    assert con.execute("SELECT current_setting('disabled_optimizers')").fetchone() == ("top_n",)


def test_few_rows_are_judged_by_one_thread_and_the_threads_come_back(con):
    with briefly(con):
        assert threads(con) == 1
        con.execute("CREATE TEMP TABLE made AS FROM facts")
    assert threads(con) == 2
    assert con.execute("SELECT count(*) FROM made").fetchone() == (10,)


def test_an_error_leaves_nothing_half_made_and_the_connection_usable(con):
    def fail():
        with briefly(con):
            con.execute("CREATE TEMP TABLE made AS FROM facts")
            con.execute("FROM nowhere")

    with pytest.raises(duckdb.CatalogException):
        fail()
    assert threads(con) == 2
    with pytest.raises(duckdb.CatalogException):
        con.execute("FROM made")


def test_many_rows_keep_their_threads_and_give_memory_back_after_each_statement(con, monkeypatch):
    monkeypatch.setattr(module, "FEW", 5)
    with briefly(con):
        assert threads(con) == 2
        con.execute("BEGIN")
        con.execute("ROLLBACK")

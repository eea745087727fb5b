"""Few rows are taken in by one thread and plain plans, many by all there is."""

import duckdb

from sync.sparing import ROW_GROUP, Sparing


def in_force(con):
    return con.execute("SELECT current_setting('threads'), current_setting('disabled_optimizers')").fetchone()


def test_one_thread_for_few_rows_and_what_was_set_before_for_many():
    con = duckdb.connect(config={"threads": 3})
    before = in_force(con)
    sparing = Sparing(con)
    for rows, threads in ((1, 1), (ROW_GROUP, 1), (ROW_GROUP + 1, 3), (7, 1)):
        sparing.expect(rows)
        assert in_force(con)[0] == threads
    assert "join_order" in in_force(con)[1]
    sparing.expect(None)
    assert in_force(con) == before

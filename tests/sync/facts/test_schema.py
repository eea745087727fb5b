from sync.schema import ddl, specs, version
from tests.sync.facts.stage import column_of, load, opened


def test_every_table_of_the_canonical_file_is_known_with_its_keys_and_words():
    cases = specs()["cases"]
    assert cases.keys == ("case_id",)
    words = {column.name: column.allowed for column in cases.columns if column.allowed}
    assert words["priority"] == ("low", "normal", "high", "urgent")
    assert words["category"][:2] == ("complaint", "public_complaint")
    assert specs()["rates"].keys == ("currency", "from")
    assert len(specs()) == ddl().count("CREATE TABLE IF NOT EXISTS") - 6  # six of them are the load's own books


def test_each_time_has_a_local_day_beside_it_and_the_first_of_a_table_more(tmp_path):
    with opened(tmp_path) as facts:
        for name, spec in specs().items():
            there = set(column_of(facts, f"SELECT column_name FROM duckdb_columns() WHERE table_name = '{name}'"))
            assert {f"{time.removesuffix('_at')}_date" for time in spec.times} <= there
            assert ({"is_weekend", "is_out_of_hours"} <= there) == bool(spec.times)
        assert {"opened_local", "first_response_local"} <= set(
            column_of(facts, "SELECT column_name FROM duckdb_columns() WHERE table_name = 'cases'")
        )


def test_the_layout_has_one_name():
    assert version() == version()
    assert len(version()) == 16


def test_rows_of_the_same_week_or_order_may_repeat_but_ids_may_not():
    assert specs()["hours"].unique == ()
    assert specs()["order_changes"].unique == ()
    assert specs()["repairs"].unique == ("account_id", "kind", "held_at")
    assert specs()["revenue"].unique == ("line_id",)


def test_every_row_about_an_account_has_the_key_that_its_group_is_found_by(tmp_path):
    with opened(tmp_path) as facts:
        load(facts, tmp_path, "revenue", [{"line_id": "1", "account_id": " B "}, {"line_id": "2", "account_id": ""}])
        assert column_of(facts, "SELECT line_id FROM revenue WHERE account_key = hash('crm', 'B')") == ["1"]


def test_facts_keyed_by_another_hash_function_are_of_another_layout(monkeypatch):
    before = version()
    version.cache_clear()
    monkeypatch.setattr("sync.schema.account_key", lambda source, account_id: f"hash({account_id}, {source})")
    try:
        assert version() != before
    finally:
        monkeypatch.undo()
        version.cache_clear()
    assert version() == before

import dataclasses
from datetime import date
from decimal import Decimal

import pytest

from connectors.contract import Stream, Table
from tests.sync.facts.stage import column_of, landed, load, opened, rows_of, table_of


@pytest.fixture
def facts(tmp_path):
    with opened(tmp_path) as one:
        yield one


def test_a_bad_cell_in_accounts_is_empty_and_the_account_stays(facts, tmp_path):
    report = load(
        facts, tmp_path, "accounts", [{"account_id": "A", "payment_terms_days": "net 30", "review_date": "soon"}, {"account_id": "B"}]
    )
    assert rows_of(facts, "SELECT account_id, payment_terms_days, review_date FROM accounts ORDER BY 1") == [
        {"account_id": "A", "payment_terms_days": None, "review_date": None},
        {"account_id": "B", "payment_terms_days": None, "review_date": None},
    ]
    assert not report.complete
    assert {one.column for one in report.problems} == {"payment_terms_days", "review_date"}
    assert all(one.what.endswith("it counts as empty") for one in report.problems)


@pytest.mark.parametrize(("table", "key"), [("accounts", "account_id"), ("invoices", "invoice_id")])
def test_a_row_without_key_is_left_out_and_told(facts, tmp_path, table, key):
    report = load(facts, tmp_path, table, [{key: "", "currency": "EUR"}, {key: " ", "currency": "USD"}, {key: "k", "currency": "EUR"}])
    assert column_of(facts, f"SELECT {key} FROM {table}") == ["k"]
    assert [(one.column, one.what) for one in report.problems] == [(key, "is empty, so the row is left out")] * 2
    assert column_of(facts, "SELECT count(*) FROM load_diagnostics") == [0]


def test_a_table_without_its_key_column_gives_no_row_and_says_why(facts, tmp_path):
    report = load(facts, tmp_path, "invoices", [{"account_id": "A", "amount": "1"}])
    assert [(one.column, one.what) for one in report.problems] == [("invoice_id", "is not there, so no row of invoices can be used")]
    assert column_of(facts, "SELECT count(*) FROM filled") == [0]


def test_a_problem_is_told_in_every_run_until_the_cell_is_mended(facts, tmp_path):
    first = load(facts, tmp_path, "invoices", [{"invoice_id": "i", "amount": "1,5"}])
    again = facts.rebuild("crm", [table_of("invoices", ["invoice_id", "amount"], stream="invoices", obj="invoices")])
    assert again.rebuilt == ()
    assert again.problems == first.problems
    assert not again.complete
    assert load(facts, tmp_path, "invoices", [{"invoice_id": "i", "amount": "1.5"}]).complete


def test_many_bad_cells_of_one_column_are_told_as_a_number(facts, tmp_path):
    report = load(facts, tmp_path, "invoices", [{"invoice_id": str(number), "amount": "1,5"} for number in range(50)])
    assert len(report.problems) == 21
    assert report.problems[-1].rows == 30
    assert sum(one.rows for one in report.problems) == 50


def test_of_rows_with_one_id_the_last_stays_and_a_diagnostic_says_so(facts, tmp_path):
    rows = [{"line_id": f"L{number % 400}", "account_id": "A", "amount": str(number)} for number in range(1000)]
    assert load(facts, tmp_path, "revenue", rows).complete
    assert column_of(facts, "SELECT amount FROM revenue WHERE line_id = 'L7'") == [Decimal("807.0000")]
    assert column_of(facts, "SELECT count(*) FROM revenue") == [400]
    assert rows_of(
        facts, "SELECT code, source, table_name, record_id, count(*) AS n FROM load_diagnostics WHERE record_id = 'L7' GROUP BY ALL"
    ) == [{"code": "DQ-11", "source": "crm", "table_name": "revenue", "record_id": "L7", "n": 2}]


def test_the_last_row_of_an_id_counts_even_when_it_cannot_be_read(facts, tmp_path):
    report = load(facts, tmp_path, "invoices", [{"invoice_id": "i", "amount": "1"}, {"invoice_id": "i", "amount": "?"}])
    assert column_of(facts, "SELECT count(*) FROM invoices") == [0]
    assert not report.complete


def test_two_rows_of_a_week_add_up_and_an_order_may_move_twice(facts, tmp_path):
    load(
        facts,
        tmp_path,
        "hours",
        [{"account_id": "A", "week": "2026-03-02", "hours": "3"}, {"account_id": "A", "week": "2026-03-02", "hours": "3"}],
    )
    assert column_of(facts, "SELECT sum(hours) FROM hours") == [6.0]
    load(facts, tmp_path, "order_changes", [{"order_id": "o", "changed_at": day} for day in ("2026-03-01", "2026-03-05")], crm="other")
    assert column_of(facts, "SELECT count(*) FROM order_changes") == [2]


def test_a_firm_is_one_row_the_last_one(facts, tmp_path):
    load(facts, tmp_path, "company", [{"cash": "1"}, {"cash": "2"}])
    assert column_of(facts, "SELECT cash FROM company") == [Decimal("2.0000")]


def test_vendor_words_are_mapped_in_any_case_and_unknown_ones_are_a_diagnostic_not_a_value(facts, tmp_path):
    words = {"category": {"Plainte Client": "complaint"}, "own_fault": {"oui": "true"}}
    rows = [
        {"case_id": "1", "category": "plainte client", "own_fault": "OUI"},
        {"case_id": "2", "category": "tender"},
        {"case_id": "3", "category": "Tender"},
        {"case_id": "4", "category": ""},
    ]
    report = load(facts, tmp_path, "cases", rows, values=words)
    assert column_of(facts, "SELECT category FROM cases ORDER BY case_id") == ["complaint", "tender", None, None]
    assert column_of(facts, "SELECT own_fault FROM cases ORDER BY case_id")[0] is True
    assert rows_of(facts, "SELECT code, table_name, column_name, record_id, value FROM load_diagnostics") == [
        {"code": "DQ-08", "table_name": "cases", "column_name": "category", "record_id": "3", "value": "Tender"}
    ]
    assert report.complete


def test_a_diagnostic_goes_when_its_record_is_mended(facts, tmp_path):
    load(facts, tmp_path, "cases", [{"case_id": "3", "category": "Tender"}])
    load(facts, tmp_path, "cases", [{"case_id": "3", "category": "tender"}])
    assert column_of(facts, "SELECT count(*) FROM load_diagnostics") == [0]


def test_only_tables_whose_origin_changed_are_built_again(facts, tmp_path):
    streams = {
        name: Stream(name=name, columns=(key, "currency"), key=(key,))
        for name, key in (("invoices", "invoice_id"), ("accounts", "account_id"))
    }
    tables = [table_of(name, stream.columns, stream=name) for name, stream in streams.items()]
    for name, stream in streams.items():
        facts.absorb("crm", landed(tmp_path, stream, [{stream.key[0]: name}]))
    assert facts.rebuild("crm", tables).rebuilt == ("invoices", "accounts")
    assert facts.rebuild("crm", tables).rebuilt == ()
    facts.absorb("crm", landed(tmp_path, streams["accounts"], [], full=False))
    assert facts.rebuild("crm", tables).rebuilt == ()
    facts.absorb("crm", landed(tmp_path, streams["accounts"], [{"account_id": "new"}], full=False))
    assert facts.rebuild("crm", tables).rebuilt == ("accounts",)


@pytest.mark.parametrize(
    "change", [{"values": {"status": {"offen": "open"}}}, {"query": 'SELECT "invoice_id", \'paid\' AS status FROM raw_crm."invoices"'}]
)
def test_a_changed_mapping_builds_the_table_again_without_reading_the_crm(facts, tmp_path, change):
    load(facts, tmp_path, "invoices", [{"invoice_id": "i", "status": "Offen"}])
    table = table_of("invoices", ["invoice_id", "status"], stream="invoices", obj="invoices")
    assert column_of(facts, "SELECT status FROM invoices") == [None]
    assert facts.rebuild("crm", [dataclasses.replace(table, **change)]).rebuilt == ("invoices",)
    assert column_of(facts, "SELECT status FROM invoices") != [None]


def test_another_zone_or_other_hours_build_the_tables_with_times_again(tmp_path):
    rows = [{"case_id": "c", "opened_at": "2026-03-31T22:30:00Z"}]
    with opened(tmp_path) as facts:
        load(facts, tmp_path, "cases", rows)
        assert column_of(facts, "SELECT opened_date FROM cases") == [date(2026, 4, 1)]
    with opened(tmp_path, zone="America/New_York") as facts:
        table = table_of("cases", ["case_id", "opened_at"], stream="cases", obj="cases")
        assert facts.rebuild("crm", [table]).rebuilt == ("cases",)
        assert column_of(facts, "SELECT opened_date FROM cases") == [date(2026, 3, 31)]


def test_a_run_that_ended_between_absorb_and_rebuild_is_healed_by_the_next(tmp_path):
    stream = Stream(name="accounts", columns=("account_id",), key=("account_id",))
    table = table_of("accounts", stream.columns, stream="accounts")
    with opened(tmp_path) as facts:
        facts.absorb("crm", landed(tmp_path, stream, [{"account_id": "A"}]))
    with opened(tmp_path) as facts:
        assert facts.watermarks("crm", [stream]) == {"accounts": "w"}  # nothing will be read again
        assert facts.rebuild("crm", [table]).rebuilt == ("accounts",)
        assert column_of(facts, "SELECT account_id FROM accounts") == ["A"]


def test_sources_share_a_table_and_never_touch_each_others_rows(facts, tmp_path):
    load(facts, tmp_path, "accounts", [{"account_id": "1"}, {"account_id": "2"}], crm="salesforce")
    load(facts, tmp_path, "accounts", [{"account_id": "1"}], crm="hubspot")
    load(facts, tmp_path, "accounts", [{"account_id": "9"}], crm="hubspot")
    assert sorted(facts.connection.execute("SELECT source, account_id FROM accounts").fetchall()) == [
        ("hubspot", "9"),
        ("salesforce", "1"),
        ("salesforce", "2"),
    ]
    facts.forget("salesforce")
    assert facts.sources() == ["hubspot"]
    assert facts.connection.execute("SELECT source, account_id FROM accounts").fetchall() == [("hubspot", "9")]
    assert set(facts.objects()) == {("hubspot", "accounts")}


def test_a_table_that_is_no_longer_offered_is_emptied(facts, tmp_path):
    load(facts, tmp_path, "invoices", [{"invoice_id": "i"}])
    facts.rebuild("crm", [])
    assert column_of(facts, "SELECT count(*) FROM invoices") == [0]
    assert column_of(facts, "SELECT count(*) FROM filled") == [0]


def test_filled_names_the_columns_that_a_source_really_has(facts, tmp_path):
    stream = Stream(name="Thing", columns=("id", "amount"), key=("id",))
    facts.absorb("crm", landed(tmp_path, stream, [{"id": "i", "amount": "1"}]))
    query = 'SELECT id AS invoice_id, amount, CAST(NULL AS VARCHAR) AS due_date FROM raw_crm."Thing"'
    facts.rebuild("crm", [Table(name="invoices", object="Invoice__c", streams=("Thing",), query=query, columns=("invoice_id", "amount"))])
    assert sorted(facts.connection.execute("SELECT table_name, column_name FROM filled").fetchall()) == [
        ("invoices", "amount"),
        ("invoices", "invoice_id"),
    ]
    assert facts.objects() == {("crm", "invoices"): "Invoice__c"}


def test_a_table_waits_for_a_stream_that_was_never_read(facts, tmp_path):
    load(facts, tmp_path, "accounts", [{"account_id": "A"}])
    table = dataclasses.replace(table_of("accounts", ["account_id"], stream="accounts", obj="accounts"), streams=("accounts", "History"))
    report = facts.rebuild("crm", [table])
    assert [one.what for one in report.problems] == ["accounts waits for History, which was not read yet"]
    assert not report.complete
    assert column_of(facts, "SELECT account_id FROM accounts") == ["A"]


def test_a_query_that_does_not_fit_the_mirror_keeps_the_old_rows_and_the_other_tables(facts, tmp_path):
    load(facts, tmp_path, "accounts", [{"account_id": "A"}])
    wrong = dataclasses.replace(table_of("invoices", ["invoice_id"], stream="accounts"), query='SELECT nonsense FROM raw_crm."accounts"')
    right = table_of("accounts", ["account_id"], stream="accounts", obj="accounts")
    report = facts.rebuild("crm", [wrong, right])
    assert [one.where for one in report.problems] == ["crm Thing"]
    assert "nonsense" in report.problems[0].what
    assert report.rows == {"accounts": 1}


def test_the_facts_are_plain_again_after_a_load(facts, tmp_path):
    load(facts, tmp_path, "cases", [{"case_id": "c", "category": "?"}, {"case_id": "c", "opened_at": "?"}])
    assert not {"doubt", "fresh"} & set(column_of(facts, "SELECT column_name FROM duckdb_columns() WHERE table_name = 'cases'"))
    left = column_of(facts, "SELECT table_name FROM duckdb_tables() WHERE temporary")
    assert left == []

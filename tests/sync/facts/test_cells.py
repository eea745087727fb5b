from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.schema import specs
from tests.extent import examples
from tests.sync.facts.stage import column_of, load, opened, rows_of

YEAR_1971, YEAR_2037 = (datetime.fromisoformat(f"{year}-06-01") for year in (1971, 2037))
ZONES = ["Europe/Paris", "America/New_York", "Pacific/Auckland", "Asia/Kolkata", "UTC"]


@pytest.fixture(scope="module")
def sheet(tmp_path_factory):
    """Loads rows into a table of facts that are opened once, in a zone."""
    with opened(tmp_path_factory.mktemp("paris")) as facts:
        yield lambda name, rows, **options: load(facts, tmp_path_factory.mktemp("page"), name, rows, **options) and facts


def test_large_amounts_are_read_exactly_in_the_form_that_java_gives_them(sheet):
    """Salesforce writes doubles from ten million on as 1.0E7, in JSON and in CSV."""
    told = {"a": "1.0E7", "b": "1.2345678912E10", "c": "-4.2E7", "d": "9999999.99", "e": "1.25E-3"}
    facts = sheet("revenue", [{"line_id": key, "account_id": "A", "date": "2026-01-02", "amount": text} for key, text in told.items()])
    found = {row["line_id"]: row["amount"] for row in rows_of(facts, "SELECT * FROM revenue")}
    assert {key: str(amount.normalize()) for key, amount in found.items() if key != "e"} == {
        "a": "1E+7",
        "b": "12345678912",
        "c": "-4.2E+7",
        "d": "9999999.99",
    }


def test_days_are_those_of_the_portfolios_zone_not_of_utc(sheet):
    opened_at = {
        "c1": "2025-12-31T23:15:00Z",
        "c2": "2026-03-31T21:59:59Z",
        "c3": "2026-03-31T22:00:00Z",
        "c4": "2025-12-31T22:59:59Z",
        "c5": "2026-03-27T23:30:00Z",
        "sf": "2026-03-31T22:00:00.000+0000",
    }
    facts = sheet("cases", [{"case_id": key, "account_id": "A", "opened_at": text} for key, text in opened_at.items()])
    found = {row["case_id"]: row for row in rows_of(facts, "SELECT * FROM cases")}
    assert {key: row["opened_date"].isoformat() for key, row in found.items()} == {
        "c1": "2026-01-01",
        "c2": "2026-03-31",
        "c3": "2026-04-01",
        "c4": "2025-12-31",
        "c5": "2026-03-28",
        "sf": "2026-04-01",
    }
    assert [key for key, row in found.items() if row["is_weekend"]] == ["c5"]
    assert found["c3"]["opened_at"] == datetime(2026, 3, 31, 22)  # noqa: DTZ001 - UTC without a zone is how facts keep it
    assert found["c3"]["opened_local"] == datetime(2026, 4, 1, 0)  # noqa: DTZ001


@given(st.lists(st.tuples(st.dates(date(1900, 1, 1), date(9999, 12, 31)), st.sampled_from(ZONES)), min_size=1, max_size=5))
@settings(max_examples=examples(5, 15), deadline=None)
def test_a_bare_date_is_never_shifted_in_any_zone(tmp_path_factory, days):
    for day, zone in days:
        folder = tmp_path_factory.mktemp("zone")
        with opened(folder, zone=zone) as facts:
            load(facts, folder, "invoices", [{"invoice_id": "i", "issue_date": day.isoformat()}])
            assert column_of(facts, "SELECT issue_date FROM invoices") == [day]


@given(st.datetimes(YEAR_1971, YEAR_2037), st.sampled_from(ZONES), st.integers(-14, 14))
@settings(max_examples=examples(8, 25), deadline=None)
def test_a_time_with_an_offset_is_that_instant_whatever_the_zone(tmp_path_factory, moment, zone, hours):
    instant = moment.replace(microsecond=0, tzinfo=UTC)
    folder = tmp_path_factory.mktemp("zone")
    with opened(folder, zone=zone) as facts:
        shifted = (instant + timedelta(hours=hours)).replace(tzinfo=None).isoformat() + f"{hours:+03d}:00"
        texts = [
            instant.isoformat().replace("+00:00", "Z"),
            instant.isoformat(),
            instant.isoformat(timespec="milliseconds").replace("+00:00", "+0000"),
            shifted,
        ]
        load(facts, folder, "cases", [{"case_id": str(number), "opened_at": text} for number, text in enumerate(texts)])
        assert column_of(facts, "SELECT DISTINCT opened_at FROM cases") == [instant.replace(tzinfo=None)]
        assert column_of(facts, "SELECT DISTINCT opened_local FROM cases") == [instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)]


def test_a_time_without_offset_is_local_and_a_bare_date_is_local_midnight(sheet):
    texts = ["2026-07-01T09:00:00", "2026-01-05 09:00", "2026-07-01"]
    facts = sheet("cases", [{"case_id": str(number), "opened_at": text} for number, text in enumerate(texts)])
    assert [moment.isoformat() for moment in column_of(facts, "SELECT opened_at FROM cases ORDER BY case_id")] == [
        "2026-07-01T07:00:00",
        "2026-01-05T08:00:00",
        "2026-06-30T22:00:00",
    ]
    assert column_of(facts, "SELECT opened_date FROM cases WHERE case_id = '2'") == [date(2026, 7, 1)]


def test_a_full_time_in_a_date_column_becomes_the_local_day(sheet):
    texts = {"a": "2026-03-31T22:00:00Z", "b": "2026-03-31T21:59:59Z", "c": "2026-03-31T23:30:00", "d": "2026-03-31"}
    facts = sheet("invoices", [{"invoice_id": key, "issue_date": text} for key, text in texts.items()])
    found = column_of(facts, "SELECT issue_date FROM invoices ORDER BY invoice_id")
    assert found == [date(2026, 4, 1), date(2026, 3, 31), date(2026, 3, 31), date(2026, 3, 31)]


@pytest.mark.parametrize(
    ("table", "column", "text", "value"),
    [
        ("invoices", "amount", "1234.50", Decimal("1234.5000")),
        ("invoices", "amount", " -7 ", Decimal("-7.0000")),
        ("invoices", "amount", "0.00005", Decimal("0.0001")),
        ("invoices", "amount", "99999999999999.9999", Decimal("99999999999999.9999")),
        ("invoices", "disputed", "TRUE", True),
        ("invoices", "disputed", "0", False),
        ("contracts", "notice_months", "3.0", 3),
        ("hours", "hours", "7.25", 7.25),
        ("contacts", "title", "  Directrice  ", "Directrice"),
        ("contacts", "title", "   ", None),
        ("cases", "category", "public_complaint", "public_complaint"),
    ],
)
def test_a_plain_cell_is_read_as_it_stands(sheet, table, column, text, value):
    key = {name: "2026-03-02" if name == "week" else "k" for name in specs()[table].keys}
    facts = sheet(table, [{**key, column: text}])
    assert column_of(facts, f"SELECT {column} FROM {table}") == [value]


@pytest.mark.parametrize(
    ("table", "column", "text"),
    [
        ("invoices", "amount", "1 000"),
        ("invoices", "amount", "1,5"),
        ("invoices", "amount", "1_000"),
        ("invoices", "amount", "12 €"),
        ("invoices", "amount", "100000000000000"),
        ("invoices", "amount", "nan"),
        ("hours", "hours", "inf"),
        ("hours", "hours", "1e400"),
        ("hours", "hours", "7h30"),
        ("contracts", "notice_months", "1.5"),
        ("contracts", "notice_months", "0x10"),
        ("invoices", "disputed", "oui"),
        ("invoices", "disputed", "yes"),
        ("invoices", "issue_date", "31/03/2026"),
        ("invoices", "issue_date", "2026-02-30"),
        ("invoices", "issue_date", "12-01-05"),
        ("invoices", "issue_date", "infinity"),
        ("cases", "opened_at", "1774915200000"),
        ("cases", "opened_at", "yesterday"),
        ("cases", "opened_at", "infinity"),
    ],
)
def test_a_cell_that_cannot_be_read_is_told_and_its_row_left_out(tmp_path, table, column, text):
    key = {name: "2026-03-02" if name == "week" else "k" for name in specs()[table].keys}
    good = {name: "2026-03-09" if name == "week" else "good" for name in key}
    with opened(tmp_path) as facts:
        report = load(facts, tmp_path, table, [{**key, column: text}, good])
        assert column_of(facts, f"SELECT {specs()[table].keys[0]} FROM {table}") == ["good"]
    assert not report.complete
    assert [(one.where, one.column) for one in report.problems] == [(f"crm {table} k", column)]
    assert report.problems[0].what.endswith("the row is left out")
    assert text not in report.problems[0].what


def test_out_of_hours_is_half_open_and_follows_the_local_clock(sheet):
    texts = {
        "before": "2026-07-01T05:59:59Z",
        "opening": "2026-07-01T06:00:00Z",
        "last": "2026-07-01T15:59:59Z",
        "closing": "2026-07-01T16:00:00Z",
        "saturday": "2026-07-04T10:00:00Z",
        "winter": "2026-01-05T07:00:00Z",
    }
    facts = sheet("cases", [{"case_id": key, "opened_at": text} for key, text in texts.items()])
    out = {row["case_id"] for row in rows_of(facts, "SELECT case_id FROM cases WHERE is_out_of_hours")}
    assert out == {"before", "closing", "saturday"}


def test_configured_hours_and_listed_holidays_count(tmp_path):
    with opened(tmp_path, business_hours="09:00-17:00", holidays=[date(2026, 7, 14)]) as facts:
        texts = {
            "early": "2026-07-01T08:30:00",
            "work": "2026-07-01T16:30:00",
            "late": "2026-07-01T17:30:00",
            "holiday": "2026-07-14T11:00:00",
        }
        load(facts, tmp_path, "cases", [{"case_id": key, "opened_at": text} for key, text in texts.items()])
        assert column_of(facts, "SELECT case_id FROM cases WHERE NOT is_out_of_hours") == ["work"]


def test_an_unknown_time_has_no_day_weekend_or_hour(sheet):
    facts = sheet("cases", [{"case_id": "c", "opened_at": "", "closed_at": "2026-07-01T10:00:00Z"}])
    assert rows_of(facts, "SELECT opened_at, opened_date, opened_local, is_weekend, is_out_of_hours, closed_date FROM cases") == [
        {
            "opened_at": None,
            "opened_date": None,
            "opened_local": None,
            "is_weekend": None,
            "is_out_of_hours": None,
            "closed_date": date(2026, 7, 1),
        }
    ]

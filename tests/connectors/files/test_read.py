import os
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.failures import Denied, Unprepared
from connectors.files import CATALOGUE
from sync.schema import specs
from tests.connectors.files.conftest import Place
from tests.extent import examples


def told(report):
    return [(one.where, one.column, one.what) for one in report.problems]


def test_the_catalogue_names_every_canonical_table_and_column():
    assert {name: set(columns) for name, columns in CATALOGUE.items()} == {
        name: {column.name for column in spec.columns} for name, spec in specs().items() if name not in {"flags", "tasks"}
    }


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_is_read_with_or_without_byte_order_mark_and_with_any_line_end(place, mark, end):
    lines = ["account_id, name ,country", 'A,"Société ""Été""\nParis, Lyon",FR', "B,,", ""]
    place.write("accounts.csv", mark + end.join(lines))
    report, rows = place.pull("SELECT account_id, name, country FROM accounts ORDER BY 1")
    assert report.complete
    assert rows == [("A", 'Société "Été"\nParis, Lyon', "FR"), ("B", None, None)]


def test_a_file_that_mixes_line_ends_is_read_whole_and_checked_like_any_other(place):
    place.write("accounts.csv", 'account_id,name\nA,1\r\nB,"2\r\n3"\nC,3\r\n')
    report, rows = place.pull("SELECT account_id FROM accounts ORDER BY 1")
    assert report.complete
    assert rows == [("A",), ("B",), ("C",)]
    assert place.pull()[0].rows == {"files": {}}
    place.write("accounts.csv", "account_id,name\nA,new\r\nB,2,3\nD\r\nE,caf\u00e9\r\n")
    report, rows = place.pull("SELECT account_id, name FROM accounts ORDER BY 1")
    assert sorted(where for where, _, _ in told(report)) == ["accounts.csv:3", "accounts.csv:4"]
    assert rows == [("A", "new"), ("B", "2\n3"), ("C", "3"), ("E", "caf\u00e9")]
    place.write("accounts.csv", "account_id,name\nA,new\n")
    report, rows = place.pull("SELECT account_id, name FROM accounts")
    assert report.complete
    assert rows == [("A", "new")]


def test_without_a_column_of_ids_every_row_is_a_record_that_keeps_its_name_while_others_come_and_go(place):
    place.write("revenue.csv", "account_id,date,amount\nA,2026-01-02,5\nA,2026-01-02,5\nB,2026-01-03,\n")
    report, rows = place.pull("SELECT line_id, account_id, amount FROM revenue ORDER BY line_id")
    assert sorted(account for _, account, _ in rows) == ["A", "A", "B"]
    assert len({name for name, _, _ in rows}) == 3
    assert report.complete
    assert ("revenue.csv", "line_id") in [(where, column) for where, column, _ in told(report)]
    place.write("revenue.csv", "account_id,date,amount\nC,2026-01-01,1\nA,2026-01-02,5\nA,2026-01-02,5\n")
    _, later = place.pull("SELECT line_id, account_id, amount FROM revenue WHERE account_id = 'A' ORDER BY line_id")
    assert later == [row for row in rows if row[1] == "A"]


def test_blank_lines_are_no_rows_and_columns_may_stand_in_any_order(place):
    place.write("revenue.csv", "amount,kind,line_id,account_id,date\n1.5,invoice,L,A,2026-01-02\n\n\n")
    report, rows = place.pull("SELECT line_id, account_id, amount, kind FROM revenue")
    assert report.complete
    assert rows == [("L", "A", Decimal("1.5000"), "invoice")]


def test_lines_that_cannot_be_read_are_told_with_file_and_line_and_the_rest_is_loaded(place):
    lines = [b"account_id,name", b"A,good", b'B,"two', b'lines"', b"C", b"D,caf\xe9", b"E,one,too many", b"F,good"]
    place.write("accounts.csv", b"\n".join(lines) + b"\n")
    report, rows = place.pull("SELECT account_id FROM accounts ORDER BY 1")
    assert rows == [("A",), ("B",), ("F",)]
    assert not report.complete
    assert sorted((where, what.split(":")[0].split(";")[0]) for where, _, what in told(report)) == [
        ("accounts.csv:5", "has fewer cells than the header"),
        ("accounts.csv:6", "is not UTF-8"),
        ("accounts.csv:7", "has more cells than the header"),
    ]


def test_lines_are_counted_as_an_editor_counts_them_also_with_windows_line_ends(place):
    place.write("accounts.csv", '\ufeffaccount_id,name\r\nA,"x\r\ny"\r\nB\r\n')
    report, _ = place.pull()
    assert [where for where, _, _ in told(report)] == ["accounts.csv:4"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"A%d,x,y\n", "has more cells than the header"),
        (b"A%d\n", "has fewer cells than the header"),
        (b"A%d,caf\xe9\n", "is not UTF-8: save the file as CSV UTF-8"),
        (b'A%d,"x"y\n', "has a quote that is not closed or stands inside a value; everything up to its end is left out"),
    ],
    ids=["long", "short", "latin", "quote"],
)
def test_a_file_that_is_bad_all_over_is_told_as_one_number(place, line, why):
    place.write("accounts.csv", b"account_id,name\nA,good\n" + b"".join(line % number for number in range(12_000)))
    report, rows = place.pull("SELECT account_id FROM accounts")
    assert rows == [("A",)]
    assert told(report) == [("accounts.csv", None, f"12000 of 12001 rows are left out; the first of them {why}")]
    assert report.problems[0].rows == 12_000
    assert not report.complete


def test_a_bad_cell_is_told_with_file_line_and_column(place):
    place.write(
        "invoices.csv",
        'invoice_id,account_id,amount,issue_date\n1,"A\nB",10,2026-01-01\n2,A,1 000,2026-01-01\n3,A,5,soon\n4,A,1 000,2026-01-01\n',
    )
    report, rows = place.pull("SELECT invoice_id FROM invoices")
    assert rows == [("1",)]
    assert [(where, column) for where, column, _ in told(report)] == [
        ("invoices.csv:4", "amount"),
        ("invoices.csv:6", "amount"),
        ("invoices.csv:5", "issue_date"),
    ]


def test_equal_bad_rows_without_an_id_are_found_one_by_one(place):
    place.write("hours.csv", "account_id,week,hours\nA,2026-03-02,?\nB,2026-03-02,1\nA,2026-03-02,?\n,2026-03-02,1\n")
    report, rows = place.pull("SELECT account_id, hours FROM hours")
    assert rows == [("B", 1.0)]
    assert [(where, column) for where, column, _ in told(report)] == [
        ("hours.csv:5", "account_id"),
        ("hours.csv:2", "hours"),
        ("hours.csv:4", "hours"),
    ]


def test_what_stands_in_a_bad_cell_is_not_repeated_anywhere(place, capfd):
    place.write("accounts.csv", b"account_id,name,review_date\nA,Jeanne Martin,call Jeanne Martin\nB,caf\nC,Jeanne Martin \xe9,\n")
    report, _ = place.pull()
    assert len(report.problems) == 3
    assert "Jeanne" not in repr(report.problems) + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"account_id;name\nA;x\n", "is not separated by commas"),
        ("account_id,name\nA,x\n".encode("utf-16"), "is not UTF-8"),
        (b"foo,bar\n1,2\n", "names none of the columns of accounts"),
    ],
    ids=["empty", "semicolons", "utf-16", "foreign"],
)
def test_a_file_that_cannot_be_read_at_all_keeps_what_it_held_before(place, content, why):
    place.write("accounts.csv", "account_id\nA\n")
    place.pull()
    place.write("accounts.csv", content)
    for _ in range(2):  # until it is mended
        report, rows = place.pull("SELECT account_id FROM accounts")
        assert rows == [("A",)]
        assert not report.complete
        assert any(where == "accounts.csv" and what.startswith(why) for where, _, what in told(report))
    place.write("accounts.csv", "account_id\nB\n")
    report, rows = place.pull("SELECT account_id FROM accounts")
    assert report.complete
    assert rows == [("B",)]


def test_a_client_whose_line_broke_is_kept_until_the_line_is_mended(place):
    place.write("accounts.csv", "account_id,name\nA,a\nB,b\n")
    place.pull()
    place.write("accounts.csv", "account_id,name\nA,new\nB\n")
    report, rows = place.pull("SELECT account_id, name FROM accounts ORDER BY 1")
    assert not report.complete
    assert rows == [("A", "new"), ("B", "b")]
    place.write("accounts.csv", "account_id,name\nA,new\n")
    report, rows = place.pull("SELECT account_id, name FROM accounts")
    assert report.complete
    assert rows == [("A", "new")]


def test_a_file_whose_content_did_not_change_is_not_read_again(place):
    file = place.write("accounts.csv", "account_id\nA\n")
    first, _ = place.pull()
    os.utime(file, (1, 1))
    second, rows = place.pull("SELECT account_id FROM accounts")
    assert first.rows == {"files": {"accounts": 1}}
    assert second.rows == {"files": {}}
    assert second.complete
    assert second.tables == {"files": {"accounts": 1}}
    assert rows == [("A",)]
    file.write_text("account_id\nB\n", encoding="utf-8")  # same size
    os.utime(file, (1, 1))  # same time
    third, rows = place.pull("SELECT account_id FROM accounts")
    assert third.rows == {"files": {"accounts": 1}}
    assert rows == [("B",)]


def test_full_reads_every_file_again(place):
    place.write("accounts.csv", "account_id\nA\n")
    place.pull()
    assert place.pull(full=True)[0].rows == {"files": {"accounts": 1}}


def test_a_missing_file_empties_its_table_and_is_allowed(place):
    place.write("accounts.csv", "account_id\nA\n")
    invoices = place.write("invoices.csv", "invoice_id\nI\n")
    place.pull()
    invoices.unlink()
    report, rows = place.pull("SELECT (SELECT count(*) FROM invoices), (SELECT count(*) FROM filled WHERE table_name = 'invoices')")
    assert report.complete
    assert rows == [(0, 0)]


def test_an_empty_table_that_is_there_is_not_the_same_as_a_missing_one(place):
    place.write("accounts.csv", "account_id\n")
    report, rows = place.pull("SELECT column_name FROM filled")
    assert report.complete
    assert rows == [("account_id",)]


def test_a_directory_that_is_gone_or_empty_empties_nothing(place):
    place.write("accounts.csv", "account_id\nA\n")
    place.pull()
    (place.data / "accounts.csv").unlink()
    report, rows = place.pull("SELECT account_id FROM accounts")
    assert "holds no table" in report.errors["files"]
    assert rows == [("A",)]
    place.data.rmdir()
    report, rows = place.pull("SELECT account_id FROM accounts")
    assert "is no directory" in report.errors["files"]
    assert rows == [("A",)]


def test_unknown_columns_are_told_once_and_do_not_make_the_run_incomplete(place):
    place.write("accounts.csv", "account_id,Name,Zzz,Yyy\nA,x,1,2\n")
    report, rows = place.pull("SELECT name FROM accounts")
    assert report.complete
    assert told(report) == [("accounts.csv", None, "unknown columns are not read: Name, Zzz, Yyy, did you mean name?")]
    assert rows == [(None,)]


def test_files_that_nobody_reads_are_told_with_a_suggestion(place):
    place.write("accounts.csv", "account_id\nA\n")
    place.write("invoice.csv", "invoice_id\n1\n")
    place.write("messages.csv", "message_id,text\n1,Bonjour\n")
    assert [(where, what) for where, _, what in told(place.pull()[0])] == [
        ("invoice.csv", "is not read: no table has this name, did you mean invoices?"),
        ("messages.csv", "is not read: no text is stored; put what the messages mean into incidents.csv"),
    ]


def test_the_configuration_gives_other_files_headers_constants_and_words(place):
    place.options = {
        "tables": {
            "invoices": {
                "object": "Rechnungen",
                "invoice_id": "Nr",
                "account_id": "Kunde",
                "amount": "Betrag €",
                "status": "Status",
                "currency": "=CHF",
            }
        },
        "values": {"invoices": {"status": {"Offen": "open"}}},
    }
    place.write("Rechnungen.csv", "Nr,Kunde,Betrag €,Status\n1,A,10.50,OFFEN\n2,A,x,offen\n")
    report, rows = place.pull("SELECT invoice_id, account_id, amount, status, currency FROM invoices")
    assert rows == [("1", "A", Decimal("10.5000"), "open", "CHF")]
    assert report.objects == {("files", "invoices"): "Rechnungen"}
    assert [(where, column) for where, column, _ in told(report)] == [("Rechnungen.csv:3 Betrag €", "amount")]


def test_a_changed_mapping_counts_although_the_file_did_not_change(place):
    place.write("accounts.csv", "account_id,old,new\nA,1,2\n")
    place.options = {"tables": {"accounts": {"name": "old"}}}
    assert place.pull("SELECT name FROM accounts")[1] == [("1",)]
    place.options = {"tables": {"accounts": {"name": "new"}}}
    assert place.pull("SELECT name FROM accounts")[1] == [("2",)]


def test_what_the_configuration_names_and_nobody_has_is_told_with_a_suggestion(place):
    place.write("accounts.csv", "account_id,Firma\nA,x\n")
    place.options = {"tables": {"acounts": {}, "accounts": {"name": "Firme", "nam": "x"}, "cases": {"object": "tickets"}}}
    report, _ = place.pull()
    assert [(where, column) for where, column, _ in told(report)] == [
        ("[files.tables.acounts]", None),
        ("[files.tables.accounts]", "nam"),
        ("[files.tables.cases]", None),
        ("accounts.csv", "Firme"),
        ("accounts.csv", None),
    ]
    assert "did you mean accounts?" in report.problems[0].what
    assert "did you mean Firma?" in report.problems[3].what


def test_sign_in_names_the_directory_and_the_mend(place):
    with pytest.raises(Unprepared, match="holds no table such as accounts.csv"):
        place.link.reader().sign_in()
    place.write("accounts.csv", "account_id\n")
    org = place.link.reader().sign_in()
    assert (org.crm, org.id) == ("files", "files")
    assert org.link.startswith("file://")


def test_a_file_that_this_user_may_not_open_is_told(place, monkeypatch):
    place.write("accounts.csv", "account_id\nA\n")
    place.write("invoices.csv", "invoice_id\nI\n")
    reader = place.link.reader()
    reader.sign_in()
    (place.data / "invoices.csv").unlink()
    (place.data / "invoices.csv").symlink_to(place.data / "nowhere")
    landed = {one.stream.name: one for one in reader.pull({}, None)}
    assert landed["accounts"].complete
    assert not landed["invoices"].complete
    assert "cannot be read" in landed["invoices"].problems[0].what


def test_a_directory_that_this_user_may_not_read_is_denied_with_the_mend(place, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # as root every directory can be read
    with pytest.raises(Denied) as told_:
        place.link.reader().sign_in()
    assert "right to read" in told_.value.mend


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


@given(st.dictionaries(cells.filter(lambda text: text.strip(" ") == text and text), cells, min_size=1, max_size=8))
@settings(max_examples=examples(10, 40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_quotes_arrives_as_it_was_written(tmp_path_factory, names):
    place = Place(tmp_path_factory.mktemp("any"))
    quoted = [",".join('"' + text.replace('"', '""') + '"' for text in pair) for pair in names.items()]
    place.write("accounts.csv", "account_id,name\n" + "\n".join(quoted) + "\n")
    report, rows = place.pull("SELECT account_id, name FROM accounts")
    assert report.complete
    assert dict(rows) == {key: text.strip(" ") or None for key, text in names.items()}

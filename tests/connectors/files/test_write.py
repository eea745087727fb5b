import csv
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import FLAG_FIELDS, CloseTask, OpenTask, SetFlags, Task, UpdateTask
from connectors.failures import Denied, Rejected
from connectors.files.book import Book, guarded, plain
from rules.model import AccountRef

VALUES = {
    "stage_proposed": "watch",
    "level": "alert",
    "open_rules": "DEP-01:alert@2026-11-22;OPS-01:watch@2026-10-03",
    "revenue_share": 0.3,
    "index": -1.5,
    "coverage": 1.0,
    "computed_at": "2026-03-31T10:00:00+00:00",
    "run": "20260331T100000-abc",
    "explanation": 'DEP-01 Part d\'un client, "grand" — alerte\n32,5 % du CA\n\nOPS-01 …',
    "trend": "2026-02:12w 2026-03:-a",
    "next_step": "Meet the client",
    "checklist": "G1=ok;G2=missing",
    "at_stake": 3970000.0,
    "restricted": None,
}
TASK = Task(
    key="eq1-0123456789abcdef0123456789abcdef",
    account=AccountRef(crm="files", id="A"),
    subject="=Revue, client",
    body="Ligne 1\nLigne 2",
    due_date=date(2026, 4, 14),
    owner_id="o1",
    priority="high",
    mark="DEP-01|T-04|alert|2026-03-31",
)
OPEN = OpenTask(crm="files", account=TASK.account, task=TASK)


@pytest.fixture
def ready(place):
    place.write("accounts.csv", "account_id,name\nA,Atelier\nB,Bureau\n")
    return place


def flags(account="A", **values):
    return SetFlags(account=AccountRef(crm="files", id=account), before={}, after=values)


def outcomes(receipts):
    return [receipt.outcome for receipt in receipts]


def cells(file):
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.reader(text))


def edit(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_what_is_written_is_read_back_as_the_same_values(ready):
    writer = ready.link.writer()
    assert writer.writable() == frozenset(FLAG_FIELDS)
    assert outcomes(writer.write_flags([flags(**VALUES)])) == ["applied"]
    assert writer.read_flags(["A", "B", "gone"]) == {"A": VALUES, "B": dict.fromkeys(FLAG_FIELDS)}
    assert cells(ready.out / "flags.csv")[0] == ["account_id", *FLAG_FIELDS]


def test_flags_and_tasks_come_back_as_facts_with_the_next_pull(ready):
    writer = ready.link.writer()
    writer.write_flags([flags(**VALUES)])
    writer.write_tasks([OPEN])
    report, rows = ready.pull('SELECT account_id, level, revenue_share, "index", computed_at::VARCHAR FROM flags')
    assert report.complete
    assert rows == [("A", "alert", 0.3, -1.5, "2026-03-31 10:00:00")]
    shown = "SELECT task_id, key, account_id, mark, subject, due_date, owner_id, priority, is_closed, is_deleted FROM tasks"
    assert ready.pull(shown)[1] == [(TASK.key, TASK.key, "A", TASK.mark, TASK.subject, TASK.due_date, "o1", "high", False, False)]
    edit(ready.out / "tasks.csv", ",open,", ",Fermé,")
    assert ready.pull("SELECT is_closed FROM tasks")[1] == [(True,)]


def test_writing_the_same_again_writes_nothing(ready):
    link = ready.link
    writer = link.writer()
    writer.write_flags([flags(**VALUES)])
    writer.write_tasks([OPEN])
    before = {file.name: file.stat() for file in ready.out.iterdir()}
    made = writer.calls.writes
    assert outcomes(writer.write_flags([flags(**VALUES)])) == ["unchanged"]
    assert outcomes(writer.write_tasks([OPEN])) == ["unchanged"]
    assert writer.calls.writes == made == 2
    after = {file.name: file.stat() for file in ready.out.iterdir()}
    assert {name: (one.st_ino, one.st_mtime_ns) for name, one in after.items()} == {
        name: (one.st_ino, one.st_mtime_ns) for name, one in before.items()
    }


def test_an_account_that_is_not_in_the_accounts_file_is_refused_alone(ready):
    writer = ready.link.writer()
    assert outcomes(writer.write_flags([flags("gone", level="alert"), flags("B", level="info")])) == ["refused", "applied"]
    assert [row[0] for row in cells(ready.out / "flags.csv")[1:]] == ["B"]


def test_a_cleared_flag_is_an_empty_cell_and_reads_as_nothing(ready):
    writer = ready.link.writer()
    writer.write_flags([flags(level="alert", revenue_share=0.3)])
    writer.write_flags([flags(level=None, revenue_share=None)])
    assert writer.read_flags(["A"])["A"]["level"] is None
    assert writer.read_flags(["A"])["A"]["revenue_share"] is None


def test_columns_and_rows_of_people_stay_in_the_file(ready):
    writer = ready.link.writer()
    writer.write_tasks([OPEN])
    file = ready.out / "tasks.csv"
    rows = cells(file)
    with file.open("w", encoding="utf-8-sig", newline="") as text:  # as a spreadsheet saves it
        csv.writer(text).writerows([[*rows[0], "Kommentar"], [*rows[1], "appelé lundi"], ["", "A", "à la main", *[""] * 6, ""]])
    other = replace(OPEN, task=replace(TASK, key="eq1-other"))
    assert outcomes(writer.write_tasks([other])) == ["applied"]
    after = cells(file)
    assert after[0][-1] == "Kommentar"
    assert [row[-1] for row in after[1:]] == ["appelé lundi", "", ""]
    assert [row[2] for row in after[1:]] == ["'=Revue, client", "'=Revue, client", "à la main"]


@pytest.mark.parametrize("word", ["closed", "Closed", " done ", "terminé", "FERMÉ", "Annulée"])
def test_a_task_that_a_person_closed_stays_closed(ready, word):
    writer = ready.link.writer()
    writer.write_tasks([OPEN])
    edit(ready.out / "tasks.csv", ",open,", f",{word},")
    assert writer.find_tasks([OPEN])[TASK.key].is_closed
    update = UpdateTask(
        crm="files", account=TASK.account, id=TASK.key, key=TASK.key, before={"priority": "high"}, after={"priority": "normal"}
    )
    close = CloseTask(crm="files", account=TASK.account, id=TASK.key, key=TASK.key)
    assert outcomes(writer.write_tasks([OPEN, update, close])) == ["unchanged", "drifted", "unchanged"]
    assert cells(ready.out / "tasks.csv")[1][7] == word


def test_a_task_that_a_person_changed_is_not_overwritten(ready):
    writer = ready.link.writer()
    writer.write_tasks([OPEN])
    edit(ready.out / "tasks.csv", "2026-04-14", "2026-05-01")
    update = UpdateTask(
        crm="files", account=TASK.account, id=TASK.key, key=TASK.key, before={"due_date": "2026-04-14"}, after={"due_date": "2026-04-10"}
    )
    receipt = next(iter(writer.write_tasks([update])))
    assert (receipt.outcome, receipt.why) == ("drifted", "a person changed due_date")
    assert writer.find_tasks([OPEN])[TASK.key].due_date == date(2026, 5, 1)


def test_an_untouched_task_is_updated_and_closed(ready):
    writer = ready.link.writer()
    writer.write_tasks([OPEN])
    after = {"priority": "normal", "subject": "Revue", "due_date": "2026-04-10", "mark": "DEP-01|T-04|critical|2026-03-31"}
    before = {"priority": "high", "subject": TASK.subject, "due_date": "2026-04-14"}
    update = UpdateTask(crm="files", account=TASK.account, id=TASK.key, key=TASK.key, before=before, after=after)
    assert outcomes(writer.write_tasks([update])) == ["applied"]
    seen = writer.find_tasks([OPEN])[TASK.key]
    assert (seen.priority, seen.subject, seen.due_date, seen.is_closed) == ("normal", "Revue", date(2026, 4, 10), False)
    close = CloseTask(crm="files", account=TASK.account, id=TASK.key, key=TASK.key)
    assert outcomes(writer.write_tasks([close])) == ["applied"]
    assert writer.find_tasks([OPEN])[TASK.key].is_closed


def test_a_task_that_a_person_removed_is_drifted_not_made_again_by_an_update(ready):
    writer = ready.link.writer()
    update = UpdateTask(crm="files", account=None, id="k", key="k", before={}, after={"priority": "low"})
    assert outcomes(writer.write_tasks([update, CloseTask(crm="files", account=None, id="k", key="k")])) == ["drifted", "drifted"]
    assert not (ready.out / "tasks.csv").exists()


def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(ready):
    writer = ready.link.writer()
    nasty = ["=HYPERLINK(1)", "+33 1", "-2+3", "@SUM(A1)", "\t=1", "'=1"]
    writer.write_tasks(
        [replace(OPEN, task=replace(TASK, key=f"k{number}", subject=text, owner_id=text)) for number, text in enumerate(nasty)]
    )
    for row in cells(ready.out / "tasks.csv")[1:]:
        assert not any(cell[:1] in tuple("=+-@\t\r") for cell in row if cell)
    assert [
        seen.subject for seen in writer.find_tasks([replace(OPEN, task=replace(TASK, key=f"k{number}")) for number in range(6)]).values()
    ] == nasty
    assert ready.pull("SELECT subject FROM tasks ORDER BY key")[1] == [(text.strip(" "),) for text in nasty]


@given(st.text())
def test_every_text_survives_being_made_harmless(text):
    written = guarded(text)
    assert plain(written) == text
    assert written == text or not written.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_negative_number_stays_a_number():
    assert [guarded(text) for text in ("-1.5", "-0", "-1e-05", "-1-1")] == ["-1.5", "-0", "-1e-05", "'-1-1"]


def test_a_kill_before_the_replacement_leaves_the_old_file_whole(ready, monkeypatch):
    writer = ready.link.writer()
    writer.write_flags([flags(level="info")])
    before = (ready.out / "flags.csv").read_bytes()
    monkeypatch.setattr("connectors.files.book.os.fsync", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        writer.write_flags([flags(level="alert")])
    assert (ready.out / "flags.csv").read_bytes() == before
    monkeypatch.undo()
    assert outcomes(writer.write_flags([flags(level="alert")])) == ["applied"]
    assert sorted(file.name for file in ready.out.iterdir()) == ["flags.csv"]


def test_the_files_are_private_at_first_and_keep_the_rights_that_people_give_them(ready):
    writer = ready.link.writer()
    writer.write_flags([flags(level="info")])
    file = ready.out / "flags.csv"
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o640)
    writer.write_flags([flags(level="alert")])
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_file_that_cannot_be_used_is_told_as_a_verdict_and_left_alone(ready):
    ready.out.mkdir()
    file = ready.out / "tasks.csv"
    file.write_bytes(b"key,subject\nk,caf\xe9\n")
    with pytest.raises(Rejected, match="not UTF-8"):
        ready.link.writer().write_tasks([OPEN])
    assert file.read_bytes() == b"key,subject\nk,caf\xe9\n"


def test_a_locked_file_says_to_close_the_spreadsheet(ready, monkeypatch):
    def locked(*_):
        raise PermissionError(13, "Permission denied", "flags.csv")

    monkeypatch.setattr(Book, "save", locked)
    with pytest.raises(Denied) as told:
        ready.link.writer().write_flags([flags(level="info")])
    assert "close it in the spreadsheet" in told.value.mend

import errno
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.contract import Forecast, Org, Problem, Runtime, Stream
from connectors.failures import CrmError, QuotaExhausted, Transient
from connectors.files import connect
from connectors.quota import Calls
from connectors.settings import FilesSettings
from sync import ahead
from sync.land import RunLanding
from sync.pull import pull
from sync.schema import FactsError
from tests.sync.facts.stage import column_of, landed, opened, table_of

RUNTIME = Runtime(clock=lambda: datetime(2026, 3, 31, tzinfo=UTC), sleep=lambda _seconds: None)


class Crm:
    """A reader of one table that does what a test tells it; its rows are real landed files."""

    def __init__(self, crm, rows, *, fails=None, before=True):
        self.crm, self.rows, self.fails, self.before = crm, rows, fails, before
        self.calls = Calls(crm=crm, quota_left=90, quota_max=100, reads=3)
        self.seen = []
        self.landed_files = []
        self.problems = ()
        self.told = Forecast()
        self.complete = True

    def sign_in(self):
        if self.before and self.fails is not None:
            raise self.fails
        return Org(crm=self.crm, id="org", link="https://x/{object}/{id}")

    def streams(self):
        return [Stream(name=name, columns=("account_id",), key=("account_id",)) for name in ("Account", "Extra")]

    def tables(self):
        return [table_of("accounts", ["account_id"], stream="Account", crm=self.crm)]

    def missing(self):
        return [Problem(where="Account", column="EQ_Stage__c", what="is not there")]

    def forecast(self, since, held):
        self.held = dict(held)
        return self.told

    def pull(self, since, landing):
        self.seen.append(dict(since))
        for stream in self.streams():
            folder = landing.file(stream.name, ".csv").parent
            one = landed(folder, stream, self.rows, watermark=f"{stream.name}-1", complete=self.complete, problems=self.problems)
            self.landed_files += one.files
            yield one
            if self.fails is not None:
                raise self.fails

    def check(self):
        return iter(())


@pytest.fixture
def place(tmp_path):
    with RunLanding(tmp_path / "landing", "r") as landing, opened(tmp_path) as facts:
        yield facts, landing


def test_one_crm_that_fails_does_not_lose_the_others(place):
    facts, landing = place
    broken = Crm("salesforce", [], fails=Transient("salesforce", "sign in", "no answer", request_id="req-1"))
    report = pull(facts, {"salesforce": broken, "hubspot": Crm("hubspot", [{"account_id": "1"}])}, landing)
    assert not report.complete
    assert report.errors == {"salesforce": "[req-1] salesforce sign in: no answer"}
    assert set(report.orgs) == {"hubspot"}
    assert report.crms["hubspot"].complete
    assert column_of(facts, "SELECT account_id FROM accounts") == ["1"]
    assert report.tables == {"salesforce": {}, "hubspot": {"accounts": 1}}


def test_what_came_before_the_failure_is_kept_and_the_rest_is_read_next_time(place):
    facts, landing = place
    crm = Crm("salesforce", [{"account_id": "1"}], fails=CrmError("salesforce", "query Extra", "500"), before=False)
    report = pull(facts, {"salesforce": crm}, landing)
    assert not report.complete
    assert report.rows == {"salesforce": {"Account": 1}}
    assert column_of(facts, "SELECT account_id FROM accounts") == ["1"]
    crm.fails = None
    assert pull(facts, {"salesforce": crm}, landing).complete
    assert crm.seen == [{}, {"Account": "Account-1"}]


def test_a_quota_that_ran_out_stops_cleanly_and_is_remembered(place):
    facts, landing = place
    crm = Crm(
        "salesforce", [{"account_id": "1"}], fails=QuotaExhausted("salesforce", "calls_per_run", "the ceiling is reached"), before=False
    )
    report = pull(facts, {"salesforce": crm, "hubspot": Crm("hubspot", [{"account_id": "2"}])}, landing)
    assert "ceiling" in report.stopped
    assert report.errors == {}
    assert not report.complete
    assert sorted(column_of(facts, "SELECT account_id FROM accounts")) == ["1", "2"]
    assert report.quota["salesforce"] == {"made": 3, "left": 90, "of": 100}


def test_a_read_that_the_day_cannot_carry_any_more_stops_before_its_first_page(place):
    facts, landing = place
    crm = Crm("salesforce", [{"account_id": "1"}])
    crm.calls = Calls(crm="salesforce", share=0.5, quota_left=60, quota_max=100, reads=3)
    crm.told = Forecast(calls=11)
    report = pull(facts, {"salesforce": crm, "hubspot": Crm("hubspot", [{"account_id": "2"}])}, landing)
    assert crm.seen == [], "a page was read"
    assert report.stopped.endswith("reading needs about 11 calls and 10 are left of today's share: nothing was read; run again later")
    assert report.forecasts == {"salesforce": 14, "hubspot": 3}
    assert report.crms["hubspot"].complete
    crm.told = Forecast(calls=10)
    assert pull(facts, {"salesforce": crm}, landing).complete


def test_the_reader_is_told_how_many_rows_are_held(place):
    facts, landing = place
    crm = Crm("hubspot", [{"account_id": "1"}, {"account_id": "2"}])
    pull(facts, {"hubspot": crm}, landing)
    assert crm.held == {}
    pull(facts, {"hubspot": crm}, landing)
    assert crm.held == {"Account": 2, "Extra": 2}


def test_what_the_report_says_of_a_good_pull(place):
    facts, landing = place
    crm = Crm("hubspot", [{"account_id": "1"}])
    report = pull(facts, {"hubspot": crm}, landing)
    assert report.complete
    assert report.stopped == ""
    assert report.objects == {("hubspot", "accounts"): "Thing"}
    assert report.watermarks == {"hubspot": {"Account": "Account-1", "Extra": "Extra-1"}}
    assert report.missing["hubspot"][0].column == "EQ_Stage__c"
    assert report.problems == list(report.missing["hubspot"])


def test_full_forgets_the_watermarks(place):
    facts, landing = place
    crm = Crm("hubspot", [{"account_id": "1"}])
    for full in (False, False, True):
        pull(facts, {"hubspot": crm}, landing, full=full)
    assert [bool(since) for since in crm.seen] == [False, True, False]


def test_an_incomplete_stream_makes_the_run_incomplete_and_tells_why(place):
    facts, landing = place
    crm = Crm("hubspot", [{"account_id": "1"}])
    crm.complete, crm.problems = False, (Problem(where="hubspot companies", what="99 of 100 records were read"),)
    report = pull(facts, {"hubspot": crm}, landing)
    assert not report.complete
    assert crm.problems[0] in report.problems


def test_landed_files_are_gone_as_soon_as_they_are_absorbed_also_after_a_failure(place):
    facts, landing = place
    crm = Crm("hubspot", [{"account_id": "1"}], fails=CrmError("hubspot", "list", "500"), before=False)
    pull(facts, {"hubspot": crm}, landing)
    assert [file.exists() for file in crm.landed_files] == [False]


def test_a_stream_whose_pages_cannot_be_read_does_not_lose_the_others(place):
    facts, landing = place

    class Garbled(Crm):
        def pull(self, since, landing):
            for one in super().pull(since, landing):
                if one.stream.name == "Extra":
                    one.files[0].write_bytes(b"account_id\n\xff\xfe\n")
                yield one

    report = pull(facts, {"hubspot": Garbled("hubspot", [{"account_id": "1"}])}, landing)
    assert list(report.errors) == ["hubspot"]
    assert "Extra" in report.errors["hubspot"]
    assert column_of(facts, "SELECT account_id FROM accounts") == ["1"]
    assert report.watermarks == {"hubspot": {"Account": "Account-1"}}


def test_a_disk_that_is_full_ends_the_run_with_one_clear_line(place):
    facts, landing = place

    class Flooding(Crm):
        def pull(self, since, landing):
            with Path("/dev/full").open("wb", buffering=0) as file:
                file.write(b"a page")
            yield from super().pull(since, landing)

    with pytest.raises(FactsError, match=r"the disk of .* is full"):
        pull(facts, {"hubspot": Flooding("hubspot", [])}, landing)


def test_the_lease_is_renewed_and_progress_told_after_each_stream(place):
    facts, landing = place
    beats, steps = [], []
    crm = Crm("hubspot", [{"account_id": "1"}])
    pull(facts, {"hubspot": crm}, landing, heartbeat=lambda: beats.append(1), progress=lambda *step: steps.append(step))
    assert len(beats) == 3  # two streams, one table
    assert steps == [("hubspot Account", 1, 1), ("hubspot Extra", 1, 1)]


def test_a_table_is_built_while_the_rest_is_still_being_read(place, monkeypatch):
    facts, landing = place
    monkeypatch.setattr(ahead, "PATIENCE", 0.02)
    stands = threading.Event()

    class Waiting(Crm):
        def pull(self, since, landing):
            account, extra = super().pull(since, landing)
            yield account
            assert stands.wait(20), "accounts were not built before Extra was read"
            yield extra

    def look():
        if column_of(facts, "SELECT account_id FROM accounts") == ["1"]:
            stands.set()

    assert pull(facts, {"hubspot": Waiting("hubspot", [{"account_id": "1"}])}, landing, heartbeat=look).complete


def test_a_table_that_reads_on_differently_in_the_end_is_built_again(place):
    facts, landing = place

    class Changing(Crm):
        def tables(self):
            table = super().tables()[0]
            return [replace(table, query=f"SELECT account_id || '{len(self.landed_files)}' AS account_id FROM ({table.query})")]

    assert pull(facts, {"hubspot": Changing("hubspot", [{"account_id": "a"}])}, landing).complete
    assert column_of(facts, "SELECT account_id FROM accounts") == ["a2"]


def test_a_table_whose_stream_lands_again_is_built_of_both(place):
    facts, landing = place

    class Twice(Crm):
        def pull(self, since, landing):
            yield from super().pull(since, landing)
            self.rows = [{"account_id": "2"}]
            yield from super().pull(since, landing)

    report = pull(facts, {"hubspot": Twice("hubspot", [{"account_id": "1"}])}, landing)
    assert (report.complete, report.tables) == (True, {"hubspot": {"accounts": 1}})
    assert column_of(facts, "SELECT account_id FROM accounts") == ["2"]


def test_a_table_that_cannot_be_built_early_is_told_once(place):
    facts, landing = place

    class Wrong(Crm):
        def tables(self):
            return [table_of("accounts", ["account_id", "nothing"], stream="Account", crm=self.crm)]

    report = pull(facts, {"hubspot": Wrong("hubspot", [{"account_id": "1"}])}, landing)
    assert not report.complete
    assert [one.where for one in report.crms["hubspot"].problems] == ["hubspot Thing"]


def test_files_and_a_crm_fill_the_same_tables(place, tmp_path):
    facts, landing = place
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "accounts.csv").write_text("account_id,name\nF1,Atelier\n", encoding="utf-8")
    files = connect(FilesSettings(enabled=True, directory=tmp_path / "data", output=tmp_path / "out"), RUNTIME).reader()
    report = pull(facts, {"hubspot": Crm("hubspot", [{"account_id": "1"}]), "files": files}, landing)
    assert report.complete
    assert sorted(facts.connection.execute("SELECT source, account_id FROM accounts").fetchall()) == [("files", "F1"), ("hubspot", "1")]
    assert (tmp_path / "data" / "accounts.csv").exists()


def test_two_crms_are_read_at_the_same_time(place):
    facts, landing = place
    meeting = threading.Barrier(2, timeout=20)  # breaks, and fails the test, when one is read after the other

    class Together(Crm):
        def sign_in(self):
            meeting.wait()
            return super().sign_in()

    report = pull(facts, {crm: Together(crm, [{"account_id": "1"}]) for crm in ("salesforce", "hubspot")}, landing)
    assert report.complete
    assert column_of(facts, "SELECT source FROM accounts ORDER BY ALL") == ["hubspot", "salesforce"]


def test_a_full_disk_ends_the_reading_of_the_other_crm_too(place):
    facts, landing = place
    fed = []

    class Endless(Crm):
        def pull(self, since, landing):
            while True:
                fed.append(1)
                yield from super().pull(since, landing)

    broken = Crm("salesforce", [{"account_id": "1"}], fails=OSError(errno.ENOSPC, "No space left on device"), before=False)
    with pytest.raises(FactsError, match="full"):
        pull(facts, {"hubspot": Endless("hubspot", [{"account_id": "1"}]), "salesforce": broken}, landing)
    count = len(fed)
    time.sleep(0.3)
    assert len(fed) == count, "a thread goes on reading"


def test_the_lease_is_kept_alive_while_a_crm_takes_its_time(place, monkeypatch):
    facts, landing = place
    monkeypatch.setattr(ahead, "PATIENCE", 0.02)
    beats = []

    class Slow(Crm):
        def sign_in(self):
            time.sleep(0.3)
            return super().sign_in()

    pull(facts, {"salesforce": Slow("salesforce", [])}, landing, heartbeat=lambda: beats.append(1))
    assert len(beats) > 5

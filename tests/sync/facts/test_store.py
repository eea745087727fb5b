import signal
import subprocess
import sys
import textwrap

import duckdb
import pytest

from sync.facts import Facts
from sync.schema import FactsError
from tests.sync.facts.stage import ZONE, column_of, load, opened


def python(code, *arguments, wait=True):
    """Run code in a process of its own, as another run would be."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if not wait:
        process.stdout.readline()
        return process
    with process:
        return process.communicate(timeout=120)[0]


def test_the_facts_file_is_private_to_the_user(tmp_path):
    with opened(tmp_path / "var"):
        pass
    assert (tmp_path / "var" / "facts.duckdb").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_facts_stay_between_two_runs(tmp_path):
    with opened(tmp_path) as facts:
        load(facts, tmp_path, "accounts", [{"account_id": "A"}])
    with opened(tmp_path) as facts:
        assert facts.notice == ""
        assert column_of(facts, "SELECT account_id FROM accounts") == ["A"]


@pytest.mark.parametrize("content", [b"", b"hello", bytes(range(256)) * 1200], ids=["empty", "short", "long"])
def test_a_file_that_is_no_database_is_set_aside_and_rebuilt(tmp_path, content):
    file = tmp_path / "facts.duckdb"
    file.write_bytes(content)
    with opened(tmp_path) as facts:
        assert "set aside because it is damaged" in facts.notice
        assert "\n" not in facts.notice
        assert column_of(facts, "SELECT count(*) FROM accounts") == [0]
    assert (tmp_path / "facts.duckdb.aside").read_bytes() == content


def test_a_cut_off_file_is_set_aside_and_rebuilt(tmp_path):
    with opened(tmp_path) as facts:
        load(facts, tmp_path, "accounts", [{"account_id": str(number), "name": "n" * 90} for number in range(5000)])
    file = tmp_path / "facts.duckdb"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with opened(tmp_path) as facts:
        assert facts.notice
        assert facts.watermarks("crm", []) == {}


def test_facts_of_another_version_are_set_aside_and_rebuilt(tmp_path):
    with opened(tmp_path) as facts:
        load(facts, tmp_path, "accounts", [{"account_id": "A"}])
        facts.connection.execute("UPDATE layout SET version = 'older'")
    with opened(tmp_path) as facts:
        assert "another version" in facts.notice
        assert facts.sources() == []


def test_a_database_that_is_not_ours_is_set_aside_not_used(tmp_path):
    with duckdb.connect(tmp_path / "facts.duckdb") as con:
        con.execute("CREATE TABLE accounts (x INTEGER)")
    with opened(tmp_path) as facts:
        assert facts.notice
        assert "account_id" in column_of(facts, "SELECT column_name FROM duckdb_columns() WHERE table_name = 'accounts'")


def test_another_process_that_writes_is_named(tmp_path):
    holder = python(
        "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('up', flush=True); time.sleep(60)",
        tmp_path / "facts.duckdb",
        wait=False,
    )
    try:
        with (
            pytest.raises(FactsError, match=rf"held by another process \({holder.pid}\): wait until it is done, or stop it"),
            opened(tmp_path),
        ):
            pass
    finally:
        holder.kill()
        holder.communicate()
    assert not (tmp_path / "facts.duckdb.aside").exists()


FULL_DISK = """
    import resource, signal, sys
    from pathlib import Path
    from sync.facts import Facts
    from sync.schema import FactsError
    from tests.sync.facts.stage import load
    folder = Path(sys.argv[1])
    with Facts.open(folder / "facts.duckdb", zone="Europe/Paris", threads=1) as facts:
        load(facts, folder, "accounts", [{"account_id": "A"}])
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
    try:
        with Facts.open(folder / "facts.duckdb", zone="Europe/Paris", threads=1) as facts:
            facts.connection.execute("CREATE TABLE filler AS SELECT hash(i) AS h, hash(i + 1) AS g FROM range(2000000) t(i)")
        print("no error")
    except FactsError as error:
        print(error)
"""


def test_a_disk_that_fills_up_is_one_clear_line_and_what_was_there_stays(tmp_path):
    told = python(FULL_DISK, tmp_path)
    assert told == f"the disk of {tmp_path} is full: free some space, or set store.directory to a larger disk\n"
    with opened(tmp_path) as facts:
        assert facts.notice == ""
        assert column_of(facts, "SELECT account_id FROM accounts") == ["A"]


def test_too_little_memory_says_which_key_to_raise(tmp_path):
    with (
        pytest.raises(FactsError, match="store.memory_limit is too small|the disk of"),
        Facts.open(tmp_path / "facts.duckdb", zone=ZONE, memory_limit="20MB", threads=1) as facts,
    ):
        facts.connection.execute("SELECT list(hash(i)) FROM range(20000000) t(i)").fetchall()


def test_a_directory_without_permission_says_so(tmp_path):
    code = """
        import os, sys
        from pathlib import Path
        from sync.facts import Facts, FactsError
        if os.getuid() == 0:
            os.setuid(65534)
        try:
            with Facts.open(Path(sys.argv[1]) / "var" / "facts.duckdb", zone="Europe/Paris"):
                print("opened")
        except FactsError as error:
            print(error)
    """
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    assert "cannot be written: give this user the right" in python(code, locked)


def test_a_run_killed_in_the_middle_of_a_rebuild_is_healed_by_the_next(tmp_path):
    code = """
        import os, signal, sys
        from pathlib import Path
        from sync import canonical
        from tests.sync.facts.stage import load, opened
        def killed(self):
            os.kill(os.getpid(), signal.SIGKILL)
        folder = Path(sys.argv[1])
        with opened(folder) as facts:
            load(facts, folder, "accounts", [{"account_id": "old"}])
            canonical.Builder._drop_repeated = killed  # after the rows went in, before the commit
            load(facts, folder, "accounts", [{"account_id": "new"}])
    """
    process = python(code, tmp_path, wait=False)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    from tests.sync.facts.stage import table_of

    with opened(tmp_path) as facts:
        assert column_of(facts, "SELECT account_id FROM accounts") == ["old"]
        report = facts.rebuild("crm", [table_of("accounts", ["account_id"], stream="accounts", obj="accounts")])
        assert report.rebuilt == ("accounts",)
        assert column_of(facts, "SELECT account_id FROM accounts") == ["new"]

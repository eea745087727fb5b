import pytest

from sync.land import RunLanding, disk
from sync.schema import FactsError


def mode(path):
    return path.stat().st_mode & 0o777


def test_landed_files_and_their_directories_are_private_to_the_user(tmp_path):
    with RunLanding(tmp_path / "var" / "landing", "r1") as landing:
        file = landing.of("salesforce").file("Account", ".csv.gz")
        assert mode(file) == 0o600
        assert [mode(one) for one in (file.parent, file.parent.parent, file.parent.parent.parent)] == [0o700] * 3


def test_two_pages_of_one_stream_never_share_a_file(tmp_path):
    with RunLanding(tmp_path, "r1") as landing:
        desk = landing.of("hubspot")
        assert desk.file("companies/to:deals", ".ndjson") != desk.file("companies/to:deals", ".ndjson")


def test_pages_are_gone_after_the_load_and_after_the_run(tmp_path):
    with RunLanding(tmp_path, "r1") as landing:
        desk = landing.of("hubspot")
        first, second = desk.file("a", ".ndjson"), desk.file("b", ".ndjson")
        desk.release([first])
        assert not first.exists()
        assert second.exists()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_removed_at_the_next_start(tmp_path):
    leftover = tmp_path / "killed" / "salesforce" / "0001-Account.csv.gz"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"a client's rows")
    with RunLanding(tmp_path, "r2"):
        assert [one.name for one in tmp_path.iterdir()] == ["r2"]


def test_a_persons_own_file_is_never_removed_after_the_load(tmp_path):
    own = tmp_path / "data" / "accounts.csv"
    own.parent.mkdir()
    own.write_text("account_id\n", encoding="utf-8")
    with RunLanding(tmp_path / "landing", "r1") as landing:
        landing.of("files").release([own])
    assert own.exists()


def test_a_full_disk_is_one_clear_line(tmp_path):
    def write():
        with disk(tmp_path), open("/dev/full", "wb", buffering=0) as file:  # noqa: PTH123 - a device, not a file
            file.write(b"a page")

    with pytest.raises(FactsError, match=r"^the disk of .* is full: free some space, or set store\.directory to a larger disk$"):
        write()

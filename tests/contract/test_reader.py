"""What every Reader promises, whatever CRM it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.salesforce.mapping import canonical
from tests.contract.benches import MARK

if TYPE_CHECKING:
    from tests.contract.benches import Bench


def test_signing_in_twice_gives_the_same_organisation_and_its_id_is_stable(bench: Bench) -> None:
    bench.account("Acme")
    link = bench.link()
    org = link.reader().sign_in()
    assert org == link.reader().sign_in() == bench.link().reader().sign_in()
    assert org.crm == link.crm == bench.crm
    assert org.id
    assert "{id}" in org.link


def test_roles_of_a_link_are_made_once_and_count_together(bench: Bench) -> None:
    account = bench.account("Acme")
    link = bench.link()
    link.reader().sign_in()
    assert link.reader() is link.reader()
    assert link.writer() is link.writer()
    before = link.reader().calls.made
    link.writer().read_flags([account])
    assert link.reader().calls.made > before
    assert link.reader().calls is link.writer().calls


def test_every_stream_that_is_promised_lands_once_with_its_own_columns(bench: Bench) -> None:
    bench.account("Acme")
    reader = bench.link().reader()
    reader.sign_in()
    pulled = bench.pull(reader)
    assert set(pulled) == {stream.name for stream in reader.streams()}
    for landed in pulled.values():
        assert landed.complete, (landed.stream.name, landed.problems)
        assert landed.full
        assert len(set(landed.stream.columns)) == len(landed.stream.columns)
        assert set(landed.stream.key) <= set(landed.stream.columns)
        assert landed.stream.version is None or landed.stream.version in landed.stream.columns


def test_a_forecast_is_near_the_calls_that_come_and_changes_nothing_in_what_lands(bench: Bench) -> None:
    bench.account("Acme")
    plain = bench.pull(bench.link().reader())
    reader = bench.link().reader()
    reader.sign_in()
    reader.streams()
    held = {name: landed.rows for name, landed in plain.items()}
    told = reader.forecast({}, held)
    before = reader.calls.made
    pulled = bench.pull(reader)
    assert {name: landed.rows for name, landed in pulled.items()} == held
    assert abs(reader.calls.made - before - told.calls) <= max(3, told.calls // 20)


def test_tables_have_canonical_names_and_columns_and_only_text(bench: Bench) -> None:
    bench.account("Acme")
    reader = bench.link().reader()
    reader.sign_in()
    pulled = bench.pull(reader)
    made = bench.tables(reader, pulled)
    streams = {stream.name for stream in reader.streams()}
    for table in reader.tables():
        assert set(table.columns) <= set(canonical()[table.name])
        assert set(table.streams) <= streams
        assert set(table.values) <= set(canonical()[table.name])
        assert table.object
    assert {"accounts"} <= set(made)
    for rows in made.values():
        assert all(value is None or isinstance(value, str) for row in rows for value in row.values())


def test_an_account_arrives_with_what_people_typed_about_it(bench: Bench) -> None:
    account = bench.account(
        "Acme & fils, « Lyon »", stage="repair", dismissed_rules="DEP-01", review_date="2026-12-01", manager_position="strained"
    )
    reader = bench.link().reader()
    reader.sign_in()
    (row,) = [row for row in bench.tables(reader, bench.pull(reader))["accounts"] if row["account_id"] == account]
    assert row["name"] == "Acme & fils, « Lyon »"
    assert (row["stage"], row["dismissed_rules"], row["review_date"][:10], row["manager_position"]) == (
        "repair",
        "DEP-01",
        "2026-12-01",
        "strained",
    )


def test_an_account_that_is_gone_leaves_the_accounts(bench: Bench) -> None:
    kept, gone = bench.account("kept"), bench.account("gone")
    bench.remove_account(gone)
    reader = bench.link().reader()
    reader.sign_in()
    assert [row["account_id"] for row in bench.tables(reader, bench.pull(reader))["accounts"]] == [kept]


def test_a_pull_from_its_own_watermarks_reads_what_is_new_and_is_no_full_one(bench: Bench) -> None:
    bench.account("old")
    reader = bench.link().reader()
    reader.sign_in()
    marks = {name: landed.watermark for name, landed in bench.pull(reader).items() if landed.watermark}
    assert marks
    bench.clock.sleep(3600)
    new = bench.account("new")
    again = bench.link().reader()
    again.sign_in()
    pulled = bench.pull(again, marks)
    assert all(landed.complete for landed in pulled.values())
    assert new in {row["account_id"] for row in bench.tables(again, bench.pull(again))["accounts"]}
    assert any(landed.rows for landed in pulled.values())


def test_our_own_flags_and_tasks_are_read_back(bench: Bench) -> None:
    account = bench.account("Acme")
    writer = bench.link().writer()
    list(writer.write_flags([bench.flags(account, level="alert", revenue_share=0.3412, open_rules="DEP-01:alert@2026-11-22")]))
    opened = bench.opening(1, account)
    list(writer.write_tasks([opened]))
    bench.clock.sleep(60)
    reader = bench.link().reader()
    reader.sign_in()
    made = bench.tables(reader, bench.pull(reader))
    (flags,) = [row for row in made["flags"] if row["account_id"] == account]
    assert (flags["level"], float(flags["revenue_share"]), flags["open_rules"]) == ("alert", 0.3412, "DEP-01:alert@2026-11-22")
    (task,) = made["tasks"]
    assert (task["key"], task["account_id"], task["mark"], task["subject"]) == (opened.task.key, account, MARK, "Faire le point")
    assert (str(task["due_date"])[:10], task["priority"].lower()) == ("2026-12-08", "high")


def test_reading_changes_nothing(bench: Bench) -> None:
    account = bench.account("Acme")
    link = bench.link()
    link.reader().sign_in()
    bench.pull(link.reader())
    list(link.reader().check())
    link.writer().read_flags([account])
    link.writer().find_tasks([bench.opening(1, account)])
    assert bench.writes() == 0
    assert link.reader().calls.writes == 0


def test_the_doctor_finds_nothing_to_mend_in_a_prepared_crm(bench: Bench) -> None:
    bench.account("Acme")
    checks = list(bench.link().reader().check())
    assert checks
    assert [check for check in checks if check.state == "error"] == []
    assert all(check.subject and check.detail for check in checks)
    assert all(check.mend for check in checks if check.state != "ok")

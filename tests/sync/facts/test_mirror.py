import dataclasses
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Stream
from sync.facts import NotAbsorbed
from tests.extent import examples
from tests.sync.facts.stage import column_of, landed, opened, rows_of

ACCOUNT = Stream(name="Account", columns=("Id", "Name", "SystemModstamp"), key=("Id",), version="SystemModstamp")
LINK = Stream(name="deals_companies", columns=("id", "to_id"), key=("id",))


def mirror(facts, name="Account"):
    return sorted(facts.connection.execute(f'SELECT * FROM raw_crm."{name}"').fetchall(), key=str)


def stamp(second):
    """An instant as one CRM writes it: without a fraction when that is zero, so that text order is not time order."""
    whole, half = divmod(second, 2)
    return f"2026-03-31T22:00:{whole:02d}{'.500' if half else ''}Z"


@st.composite
def histories(draw):
    """Versions of a few records, each version with one content, as a CRM gives them: cut into pages, in any order, with repeats."""
    versions = draw(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 20)), min_size=1, max_size=25, unique=True))
    rows = [{"Id": key, "Name": f"{key}{second}" if second % 5 else "", "SystemModstamp": stamp(second)} for key, second in versions]
    repeats = draw(st.lists(st.sampled_from(rows), max_size=10))
    order = draw(st.permutations(rows + repeats))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=4)))
    return rows, [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]


@given(histories(), st.booleans())
@settings(max_examples=examples(10, 40), deadline=None)
def test_any_split_in_any_order_with_repeats_ends_in_the_mirror_of_one_full_load(history, first_is_full):
    rows, batches = history
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "one").mkdir()
        with opened(folder / "one") as facts:
            facts.absorb("crm", landed(folder, ACCOUNT, rows))
            once = mirror(facts)
        with opened(folder / "many") as facts:
            for number, batch in enumerate(batches):
                facts.absorb("crm", landed(folder, ACCOUNT, batch, full=first_is_full and number == 0))
            assert mirror(facts) == once
            facts.absorb("crm", landed(folder, ACCOUNT, batches[-1], full=False))  # the overlap of the next run
            assert mirror(facts) == once


@given(st.dictionaries(st.sampled_from("abcd"), st.sets(st.sampled_from("xyz")), min_size=1), st.randoms(use_true_random=False))
@settings(max_examples=examples(8, 25), deadline=None)
def test_links_of_a_record_are_replaced_together_however_they_are_split(links, random):
    groups = [[{"id": key, "to_id": to} for to in sorted(targets)] for key, targets in links.items()]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with opened(folder) as facts:
            facts.absorb("crm", landed(folder, LINK, [{"id": key, "to_id": "stale"} for key, targets in links.items() if targets]))
            random.shuffle(groups)
            for group in groups:
                facts.absorb("crm", landed(folder, LINK, [*group, *group], full=False))
            assert mirror(facts, LINK.name) == sorted((row["id"], row["to_id"]) for group in groups for row in group)


def test_of_two_equal_versions_the_last_landed_stays(tmp_path):
    first, second = ({"Id": "a", "Name": name, "SystemModstamp": stamp(1)} for name in ("first", "second"))
    with opened(tmp_path) as facts:
        facts.absorb("crm", landed(tmp_path, ACCOUNT, [first]))
        facts.absorb("crm", landed(tmp_path, ACCOUNT, [second], full=False))
        assert [row[1] for row in mirror(facts)] == ["second"]


def test_a_complete_full_load_forgets_what_the_crm_no_longer_has(tmp_path):
    with opened(tmp_path) as facts:
        facts.absorb("crm", landed(tmp_path, ACCOUNT, [{"Id": "a"}, {"Id": "b"}]))
        facts.absorb("crm", landed(tmp_path, ACCOUNT, [{"Id": "b"}]))
        assert [row[0] for row in mirror(facts)] == ["b"]


def test_an_incomplete_full_load_never_deletes_and_is_read_in_full_again(tmp_path):
    with opened(tmp_path) as facts:
        facts.absorb("crm", landed(tmp_path, ACCOUNT, [{"Id": "a"}, {"Id": "b"}]))
        facts.absorb(
            "crm", landed(tmp_path, ACCOUNT, [{"Id": "b", "Name": "new", "SystemModstamp": stamp(3)}], complete=False, watermark="later")
        )
        assert [row[:2] for row in mirror(facts)] == [("a", None), ("b", "new")]
        assert facts.watermarks("crm", [ACCOUNT]) == {}
        assert facts.incomplete("crm", [ACCOUNT]) == ["Account"]


def test_an_incomplete_delta_keeps_its_rows_and_the_watermark_before_it(tmp_path):
    with opened(tmp_path) as facts:
        facts.absorb("crm", landed(tmp_path, ACCOUNT, [{"Id": "a"}], watermark="monday"))
        facts.absorb("crm", landed(tmp_path, ACCOUNT, [{"Id": "b"}], full=False, complete=False, watermark="tuesday"))
        assert [row[0] for row in mirror(facts)] == ["a", "b"]
        assert facts.watermarks("crm", [ACCOUNT]) == {"Account": "monday"}
        facts.absorb("crm", landed(tmp_path, ACCOUNT, [], full=False, watermark="tuesday"))
        assert facts.watermarks("crm", [ACCOUNT]) == {"Account": "tuesday"}
        assert facts.incomplete("crm", [ACCOUNT]) == []


@pytest.mark.parametrize("change", [{"columns": ("Id", "Name", "SystemModstamp", "EQ_Stage__c")}, {"key": ("Name",)}, {"version": None}])
def test_a_stream_whose_shape_changed_is_read_in_full_again(tmp_path, change):
    other = dataclasses.replace(ACCOUNT, **change)
    with opened(tmp_path) as facts:
        facts.absorb("crm", landed(tmp_path, ACCOUNT, [{"Id": "a"}]))
        assert facts.watermarks("crm", [ACCOUNT]) == {"Account": "w"}
        assert facts.watermarks("crm", [other]) == {}
        facts.absorb("crm", landed(tmp_path, other, [{"Id": "b"}]))
        assert [row[0] for row in mirror(facts)] == ["b"]
        assert facts.watermarks("crm", [other]) == {"Account": "w"}


def test_a_new_column_arriving_with_an_incomplete_load_is_added_to_what_is_there(tmp_path):
    wider = dataclasses.replace(ACCOUNT, columns=(*ACCOUNT.columns, "Website"))
    with opened(tmp_path) as facts:
        facts.absorb("crm", landed(tmp_path, ACCOUNT, [{"Id": "a"}]))
        facts.absorb("crm", landed(tmp_path, wider, [{"Id": "b", "Website": "b.example"}], complete=False))
        assert rows_of(facts, 'SELECT "Id", "Website" FROM raw_crm."Account" ORDER BY 1') == [
            {"Id": "a", "Website": None},
            {"Id": "b", "Website": "b.example"},
        ]


def test_files_that_cannot_be_read_leave_the_mirror_and_the_watermark_as_they_were(tmp_path):
    with opened(tmp_path) as facts:
        facts.absorb("crm", landed(tmp_path, ACCOUNT, [{"Id": "a"}], watermark="monday"))
        broken = landed(tmp_path, ACCOUNT, [{"Id": "b"}], watermark="tuesday")
        broken.files[0].write_text('Id,Name,SystemModstamp\nb,"Jeanne Martin\n', encoding="utf-8")
        with pytest.raises(NotAbsorbed) as told:
            facts.absorb("crm", broken)
        assert "Jeanne" not in str(told.value)
        assert [row[0] for row in mirror(facts)] == ["a"]
        assert facts.watermarks("crm", [ACCOUNT]) == {"Account": "monday"}


def test_a_stream_without_any_row_still_counts_as_read(tmp_path):
    with opened(tmp_path) as facts:
        facts.absorb("crm", dataclasses.replace(landed(tmp_path, ACCOUNT, []), files=()))
        assert mirror(facts) == []
        assert facts.incomplete("crm", [ACCOUNT]) == []


def test_the_newest_of_several_pages_wins_also_when_its_page_came_first(tmp_path):
    pages = [[{"Id": str(number), "Name": f"{turn}", "SystemModstamp": stamp(40 - turn)} for number in range(300)] for turn in range(3)]
    random.Random(7).shuffle(pages[1])
    together = [landed(tmp_path, ACCOUNT, page) for page in pages]
    with opened(tmp_path) as facts:
        facts.absorb("crm", dataclasses.replace(together[0], files=tuple(file for one in together for file in one.files)))
        assert column_of(facts, 'SELECT DISTINCT "Name" FROM raw_crm."Account"') == ["0"]
        assert column_of(facts, 'SELECT count(*) FROM raw_crm."Account"') == [300]


def test_a_records_rows_without_a_key_do_not_pile_up(tmp_path):
    with opened(tmp_path) as facts:
        for name in ("x", "y"):
            facts.absorb("crm", landed(tmp_path, ACCOUNT, [{"Id": "", "Name": name}], full=False))
        assert [row[:2] for row in mirror(facts)] == [(None, "y")]


def test_rows_and_watermark_come_together_or_not_at_all(tmp_path, monkeypatch):
    def cut_off(*_arguments, **_options):
        raise KeyboardInterrupt

    with opened(tmp_path) as facts:
        facts.absorb("crm", landed(tmp_path, ACCOUNT, [{"Id": "a"}], watermark="monday"))
        monkeypatch.setattr("sync.facts.remember", cut_off)
        with pytest.raises(KeyboardInterrupt):
            facts.absorb("crm", landed(tmp_path, ACCOUNT, [{"Id": "b"}], watermark="tuesday"))
        assert [row[0] for row in mirror(facts)] == ["a"]
        assert facts.watermarks("crm", [ACCOUNT]) == {"Account": "monday"}


@pytest.mark.parametrize("full", [True, False])
def test_rows_that_are_known_already_change_nothing(tmp_path, full):
    rows = [{"Id": key, "Name": key, "SystemModstamp": stamp(1)} for key in "ab"]
    links = [{"id": "1", "to_id": "x"}, {"id": "1", "to_id": "y"}, {"id": "2", "to_id": ""}]
    with opened(tmp_path) as facts:
        for stream, known in ((ACCOUNT, rows), (LINK, links)):
            assert facts.absorb("crm", landed(tmp_path, stream, known))
            assert not facts.absorb("crm", landed(tmp_path, stream, known[::-1], full=full))


def test_a_record_that_lost_one_of_its_links_has_changed(tmp_path):
    with opened(tmp_path) as facts:
        facts.absorb("crm", landed(tmp_path, LINK, [{"id": "1", "to_id": "x"}, {"id": "1", "to_id": "y"}]))
        assert facts.absorb("crm", landed(tmp_path, LINK, [{"id": "1", "to_id": "x"}], full=False))
        assert mirror(facts, "deals_companies") == [("1", "x")]


def test_a_whole_list_that_lost_a_row_or_repeats_one_has_changed(tmp_path):
    lines = Stream(name="lines", columns=("amount",), key=())
    with opened(tmp_path) as facts:
        facts.absorb("crm", landed(tmp_path, lines, [{"amount": "1"}, {"amount": "2"}]))
        assert facts.absorb("crm", landed(tmp_path, lines, [{"amount": "1"}]))
        assert facts.absorb("crm", landed(tmp_path, lines, [{"amount": "1"}, {"amount": "1"}]))
        assert mirror(facts, "lines") == [("1",), ("1",)]

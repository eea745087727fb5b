"""The rows that leave instead of messages: one message one key, and a file with nothing of a text in it."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb
import pytest

from connectors.scan import COLUMNS, Findings, Scan, is_hash, relation, together
from rules.language import LexiconError
from rules.language.scan import Message

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
INSULT = "You are a complete idiot."


@pytest.fixture
def kept(tmp_path):
    """The rows that a list of (message id, text) leaves in a file."""

    def rows(messages, **options):
        scan, found = Scan.of((), SINCE), Findings(tmp_path / "rows.csv")
        for identity, text in messages:
            found.add(identity, scan.found(Message(message_id=identity, sent_at="2026-02-01", texts=(text,), account_id="A1")), **options)
        assert INSULT not in found.path.read_text(encoding="utf-8")
        with duckdb.connect() as con:
            told = con.execute(relation().replace("{files}", f"['{found.path}']")).fetchall()
        return [dict(zip(COLUMNS, row, strict=True)) for row in told]

    return rows


def test_a_message_leaves_a_row_for_each_signal_under_one_key(kept):
    left = kept([("m1", f"{INSULT} Otherwise we will take our business elsewhere.")])
    assert {row["category"] for row in left} == {"insult", "leave_threat"}
    assert len({row["message"] for row in left}) == 1
    assert len({row["message_id"] for row in left}) == 2
    assert all(is_hash(row["message_id"]) for row in left)


def test_a_clean_message_leaves_a_row_only_to_take_back(kept):
    assert kept([("m1", "Thank you.")], takes_back=False) == []


def test_what_is_taken_back_names_nothing_but_the_hash(kept):
    (row,) = kept([("m1", "Thank you.")], takes_back=True)
    assert {name for name, value in row.items() if value is not None} == {"message"}


def test_a_message_that_comes_twice_is_counted_once(kept):
    assert len(kept([("m1", INSULT), ("m1", INSULT)])) == 1


def test_ids_of_a_crm_are_no_hashes():
    assert not any(is_hash(one) for one in ("02sQy000000000dIAA", "57672107873", "m1", "a" * 39, "0-49:57672107873"))


def test_of_one_incident_entered_and_found_the_entered_one_stays():
    with duckdb.connect() as con:
        query = together("SELECT 'a' AS message_id, 'true' AS confirmed", "SELECT unnest(['a', 'b']) AS message_id, 'false' AS confirmed")
        assert sorted(con.execute(query).fetchall()) == [("a", "true"), ("b", "false")]


def test_the_mark_changes_with_a_lexicon_of_ones_own(tmp_path):
    own = tmp_path / "own.toml"
    text = 'language = "fr"\ncategory = "rude"\n[[rule]]\nid = "own"\nweight = {}\npatterns = "nullissime"\n'
    own.write_text(text.format(0.8), encoding="utf-8")
    first = Scan.of((own,), SINCE)
    own.write_text(text.format(0.9), encoding="utf-8")
    assert len({Scan.of((), SINCE).mark, first.mark, Scan.of((own,), SINCE).mark}) == 3


def test_a_lexicon_that_cannot_be_used_is_refused(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text("category = 1", encoding="utf-8")
    with pytest.raises(LexiconError, match="own"):
        Scan.of((own,), SINCE)

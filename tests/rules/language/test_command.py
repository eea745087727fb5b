from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from sync.cli import app

runner = CliRunner()


def classify(lines, *options):
    return runner.invoke(app, ["rules", "classify", *options], input="".join(line + "\n" for line in lines))


def test_lines_are_answered_in_order_with_categories():
    result = classify(['{"id": "a", "text": "Bande de connards", "lang": "fr"}', '{"id": 2, "text": "Thank you all."}'])
    first, second = [json.loads(line) for line in result.stdout.splitlines()]
    assert (first["id"], first["categories"][0]["category"]) == ("a", "insult")
    assert set(first["categories"][0]) == {"category", "confidence", "rule"}
    assert second == {"id": 2, "categories": []}
    assert result.exit_code == 0


def test_bad_lines_are_named_by_number_and_the_others_answered():
    result = classify(
        [
            '{"id": 1, "text": "ok"}',
            "secret words",
            '{"id": 3}',
            '{"id": 4, "text": "x", "lang": 5}',
            '{"id": 5, "text": "ok", "lang": null}',
        ]
    )
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [1, 5]
    assert [f"line {number}:" in result.stderr for number in (2, 3, 4)] == [True] * 3
    assert "secret" not in result.output
    assert result.exit_code == 3


def test_names_and_lexicons_come_from_files(tmp_path):
    (tmp_path / "names.txt").write_text("Conard et Fils\n", encoding="utf-8")
    (tmp_path / "own.toml").write_text('language = "en"\ncategory = "rude"\n[[rule]]\nid = "x"\npatterns = "flibbert"\n', encoding="utf-8")
    options = ("--names", str(tmp_path / "names.txt"), "--lexicon", str(tmp_path / "own.toml"))
    result = classify(['{"id": 1, "text": "Conard et Fils, flibbert", "lang": "en"}'], *options)
    assert [found["rule"] for found in json.loads(result.stdout)["categories"]] == ["own/x"]


def test_a_lexicon_that_cannot_be_read_is_a_usage_error(tmp_path):
    (tmp_path / "own.toml").write_text("language = 1", encoding="utf-8")
    assert classify([], "--lexicon", str(tmp_path / "own.toml")).exit_code == 2


BAD = [
    b'{"id": 2, "text"',
    b"[]",
    b'{"text": "secret"}',
    b'{"id": 4, "text": null}',
    b'{"id": true, "text": "secret"}',
    b'{"id": 7, "text": "caf\xe9 secret"}',
    b'{"id": 10, "text": "raw \x00 secret"}',
    b'{"id": 11, "text": "secret", "lang": ["fr"]}',
    b"[" * 100_000,
    b'{"id": ' + b"9" * 5000 + b', "text": "secret"}',
    b"\xff\xfe\x00",
]
ODD = [
    (b'{"id": "\\ud800", "text": "you \\udfff idiot"}', ["insult"]),
    (b'{"id": 8, "text": "you idiot\\u0000"}', ["insult"]),
    (b'{"id": 5, "text": "you idiot", "lang": "de"}', ["insult"]),
    (b'{"id": 6, "text": ""}', []),
    (b'{"id": "\xc3\xa9", "text": "' + b"you idiot " * 100_000 + b'"}', ["insult"]),
    (b'\xef\xbb\xbf{"id": 14, "text": "a mail", "more": 1}', []),
]


def test_whatever_arrives_good_lines_are_answered_in_order_and_bad_ones_named():
    lines = [line for pair in zip(BAD, (line for line, _ in ODD * 2), strict=False) for line in pair]
    result = runner.invoke(app, ["rules", "classify"], input=b"\n\n".join(lines))
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    asked = (ODD * 2)[: len(answers)]
    assert [answer["id"] for answer in answers] == [json.loads(line.decode("utf-8-sig"))["id"] for line, _ in asked]
    assert [[found["category"] for found in answer["categories"]] for answer in answers] == [categories for _, categories in asked]
    assert [f"line {4 * number + 1}:" in result.stderr for number in range(len(BAD))] == [True] * len(BAD)
    assert "secret" not in result.output
    assert result.exit_code == 3


def test_nothing_to_read_is_nothing_wrong():
    assert (classify([]).exit_code, classify([]).stdout) == (0, "")


def test_the_last_line_needs_no_end():
    assert runner.invoke(app, ["rules", "classify"], input='{"id": 1, "text": "x"}').stdout == '{"id": 1, "categories": []}\n'


@pytest.mark.parametrize("option", ["--names", "--lexicon"])
def test_a_file_that_cannot_be_read_is_a_usage_error_in_one_line(tmp_path, option):
    (tmp_path / "latin.txt").write_bytes(b"Caf\xe9")
    for path in (tmp_path / "missing", tmp_path, tmp_path / "latin.txt"):
        result = classify([], option, str(path))
        assert result.exit_code == 2
        assert str(path) in result.stderr
        assert result.stderr.count("\n") == 1

from __future__ import annotations

import json

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

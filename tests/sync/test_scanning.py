"""[privacy] text_scan: off by default, and every mistake of it is one line before anything is read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sync.config import Config, ConfigError, load
from sync.scanning import examine, scanning

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def config(**privacy):
    return Config.model_validate({"privacy": privacy, "files": {"enabled": True}, "salesforce": {"enabled": True}})


def test_scanning_is_off_unless_somebody_says_so():
    assert scanning(config(), NOW) is None
    assert [check.detail for check in examine(config())] == ["off: no text of a message is asked for"]


def test_nothing_older_than_the_retention_of_incidents_is_read():
    scan = scanning(config(text_scan=True, retention_incidents_months=2), NOW)
    assert (NOW - scan.since).days == 61


def test_check_says_for_each_crm_what_is_read():
    told = {check.subject: check.detail for check in examine(config(text_scan=True, text_scan_cases=True))}
    assert "incoming e-mails" in told["salesforce: text scan"]
    assert "cases that came by a form" in told["salesforce: text scan"]
    assert told["files: text scan"].startswith("on: messages.csv of the last 13 months")


def test_a_lexicon_stands_beside_the_configuration_and_its_mistake_is_named(tmp_path):
    (tmp_path / "config.toml").write_text('[privacy]\ntext_scan = true\nlexicons = ["own.toml"]\n', encoding="utf-8")
    read, _ = load(tmp_path / "config.toml", {})
    assert read.privacy.lexicons == (tmp_path / "own.toml",)
    with pytest.raises(ConfigError, match=r"privacy\.lexicons: .*own\.toml cannot be read"):
        scanning(read, NOW)
    (tmp_path / "own.toml").write_text('language = "de"\ncategory = "rude"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"privacy\.lexicons: own: language is 'de'"):
        scanning(read, NOW)

"""The configuration names every mistake with its mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.config import Config, ConfigError, load

ROOT = Path(__file__).parents[2]


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return file


def test_the_example_shows_every_key_at_its_default(tmp_path):
    example = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    config, _ = load(write(tmp_path, example), {})
    plain = Config.model_validate(
        {"store": {"directory": tmp_path / "var"}, "files": {"directory": tmp_path / "data", "output": tmp_path / "out"}}
    )
    assert config == plain
    for section, field in Config.model_fields.items():
        for key in field.annotation.model_fields:
            if key not in {"tables", "values"}:
                assert f"{key} =" in example, f"config.example.toml lacks {section}.{key}"


def test_a_misspelt_key_is_named_with_a_suggestion(tmp_path):
    with pytest.raises(ConfigError, match=r"unknown key company\.home_curency, did you mean 'home_currency'"):
        load(write(tmp_path, '[company]\nhome_curency = "EUR"\n'), {})


def test_a_misspelt_section_is_named_with_a_suggestion(tmp_path):
    with pytest.raises(ConfigError, match=r"unknown key salesfoce, did you mean 'salesforce'"):
        load(write(tmp_path, "[salesfoce]\nenabled = true\n"), {})


def test_a_wrong_value_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"salesforce\.auth: .*jwt"):
        load(write(tmp_path, '[salesforce]\nauth = "password"\n'), {})


def test_broken_toml_names_the_line(tmp_path):
    with pytest.raises(ConfigError, match=r"line 2"):
        load(write(tmp_path, "[company]\nname = \n"), {})


def test_a_missing_file_says_what_to_copy(tmp_path):
    with pytest.raises(ConfigError, match=r"copy config\.example\.toml"):
        load(tmp_path / "none.toml", {})


def test_an_endpoint_off_the_loopback_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="loopback"):
        load(write(tmp_path, '[hubspot]\nendpoint = "https://api.hubapi.com.example"\n'), {})


def test_an_endpoint_that_only_looks_like_the_loopback_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="loopback"):
        load(write(tmp_path, '[salesforce]\nendpoint = "http://127.0.0.1.example.com:80"\n'), {})


def test_the_environment_wins_over_the_file(tmp_path):
    file = write(tmp_path, '[company]\nname = "A"\n')
    config, _ = load(
        file,
        {
            "EQUILIBRE_COMPANY__NAME": "B",
            "EQUILIBRE_HUBSPOT__ACCESS_TOKEN": "12345",
            "EQUILIBRE_LIMITS__CALLS_PER_RUN": "7",
            "EQUILIBRE_FILES__ENABLED": "true",
        },
    )
    assert config.company.name == "B"
    assert config.hubspot.access_token.get_secret_value() == "12345"
    assert config.limits.calls_per_run == 7
    assert config.files.enabled


def test_a_secret_that_others_can_read_is_a_warning_that_does_not_print_it(tmp_path):
    file = write(tmp_path, '[hubspot]\naccess_token = "pat-eu1-secret"\n')
    file.chmod(0o644)
    config, warnings = load(file, {})
    assert len(warnings) == 1
    assert "hubspot.access_token" in warnings[0]
    assert "pat-eu1-secret" not in f"{warnings} {config!r}"


def test_a_secret_file_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match=r"hubspot\.access_token_file: .* cannot be read"):
        load(write(tmp_path, '[hubspot]\nenabled = true\naccess_token_file = "none"\n'), {})


def test_paths_are_relative_to_the_file(tmp_path):
    config, _ = load(write(tmp_path, '[store]\ndirectory = "state"\n'), {})
    assert config.store.directory == tmp_path / "state"


def test_an_unknown_time_zone_is_refused_with_a_suggestion(tmp_path):
    with pytest.raises(ConfigError, match="did you mean 'Europe/Paris'"):
        load(write(tmp_path, '[company]\ntimezone = "Europe/Pariss"\n'), {})


def test_rule_overrides_are_tables_and_a_misspelt_key_is_not(tmp_path):
    config, _ = load(write(tmp_path, "[rules.DEP-01]\nenabled = false\n"), {})
    assert config.rules.overrides == {"DEP-01": {"enabled": False}}
    with pytest.raises(ConfigError, match="did you mean 'profile'"):
        load(write(tmp_path, '[rules]\nprofil = "strict"\n'), {})

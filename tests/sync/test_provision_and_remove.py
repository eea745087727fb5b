"""`provision --remove`: pages go, data stays, and a CRM where nothing can be undone says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connectors.sandbox import start, toml
from sync.config import load
from sync.doctor import provision, remove
from sync.run import Surroundings

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_what_provision_brought_can_be_taken_away_without_touching_data(tmp_path: Path) -> None:
    running = start("small", today=NOW.date(), directory=tmp_path)
    try:
        (tmp_path / "config.toml").write_text(toml(running.config), encoding="utf-8")
        config, _ = load(tmp_path / "config.toml", {})
        around = Surroundings(clock=lambda: NOW, sleep=lambda _seconds: None)
        made = provision(config, around, dry_run=False, only=None)
        assert {check.state for check in made} == {"ok"}
        fields = len(list(running.salesforce.schema.fields_of("Account")))
        forecast = remove(config, around, dry_run=True, only=None)
        assert "warning" in {check.state for check in forecast}
        assert {check.subject.partition(":")[0] for check in forecast} == {"salesforce", "hubspot"}
        done = remove(config, around, dry_run=False, only="salesforce")
        assert {check.state for check in done} == {"ok"}
        assert not any(kind == "FlexiPage" for kind, _name in running.salesforce.deployments.components)
        assert len(list(running.salesforce.schema.fields_of("Account"))) == fields
    finally:
        running.stop()

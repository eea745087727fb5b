"""Writes checks/stage/example.json: what the demo portfolio's sync wrote into the sandbox org, in both languages, for the pictures.

    python connectors/salesforce/package/checks/example.py
"""

import json
import sys
import tempfile
import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from connectors.sandbox import seed_salesforce, start
from connectors.sandbox import toml as as_toml
from sync.config import load
from sync.doctor import provision
from sync.run import Mode, Surroundings, run

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)


def written(language: str) -> dict:
    """Sync the demo portfolio in one language and give accounts and open tasks."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        running = start("demo", today=NOW.date(), directory=folder)
        try:
            settings = tomllib.loads(as_toml(running.config))
            settings.setdefault("company", {})["language"] = language
            (folder / "config.toml").write_text(as_toml(settings), encoding="utf-8")
            config, _ = load(folder / "config.toml", {})
            around = Surroundings(clock=lambda: NOW, sleep=time.sleep)
            provision(config, around, dry_run=False, only="salesforce")
            seed_salesforce.type_entries(running.salesforce, running.portfolio, running.ids["salesforce"])
            run(config, Mode(backlog=True, only="salesforce", trigger="demo"), around)
            accounts = [{k: v for k, v in row.items() if v is not None and (k in {"Id", "Name", "ParentId"} or k.startswith("EQ_"))} for row in running.salesforce.records("Account")]
            tasks = [{k: row.get(k) for k in ("Id", "Subject", "ActivityDate", "WhatId", "Priority")} for row in running.salesforce.records("Task") if row.get("EQ_Key__c") and not row.get("IsClosed")]
        finally:
            running.stop()
    tasks.sort(key=lambda task: task["ActivityDate"])  # as the component's query asks for them
    return {"accounts": [row for row in accounts if row.get("EQ_Level__c")], "tasks": tasks}


if __name__ == "__main__":
    made = {language: written(language) for language in ("en", "fr")}
    (HERE / "stage" / "example.json").write_text(json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
    sys.stdout.write(f"{ {language: len(one['accounts']) for language, one in made.items()} }\n")

"""The documents do not lag behind the program: commands, keys and rules that they omit fail here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from rules.criteria import load
from sync.cli import app
from sync.config import Config
from sync.show import rules_markdown

ROOT = Path(__file__).parents[1]
DOCS = sorted((ROOT / "docs").glob("*.md"))


def text(*names: str) -> str:
    return "\n".join((ROOT / name).read_text(encoding="utf-8") for name in names)


def commands():
    group = typer.main.get_command(app)
    for name, command in group.commands.items():
        yield from ([f"{name} {inner}" for inner in command.commands] if hasattr(command, "commands") else [name])


def test_every_command_stands_in_the_documents():
    everything = text("README.md", *[str(path.relative_to(ROOT)) for path in DOCS])
    missing = [name for name in commands() if not re.search(rf"`(equilibre )?{name}\b", everything)]
    assert missing == []


def test_every_option_of_the_contract_is_there():
    group = typer.main.get_command(app)
    wanted = {
        "demo": {"--directory", "--keep", "--json"},
        "sandbox": {"--salesforce-port", "--hubspot-port", "--portfolio"},
        "provision": {"--dry-run", "--output"},
        "sync": {"--full", "--dry-run", "--only", "--account", "--as-of", "--backlog", "--json"},
        "plan": {"--output", "--detailed-exitcode", "--json"},
        "status": {"--json"},
        "findings": {"--account", "--rule", "--run", "--metrics", "--json"},
        "explain": {"--rule", "--at", "--json"},
        "report": {"--output"},
    }
    for name, options in wanted.items():
        there = {option for parameter in group.commands[name].params for option in parameter.opts}
        assert options <= there, name


def test_every_command_takes_the_common_options():
    group = typer.main.get_command(app)
    for name in commands():
        command = group
        for part in name.split():
            command = command.commands[part]
        there = {option for parameter in command.params for option in parameter.opts}
        assert {"--verbose", "--log-format"} <= there, name
        assert "--config" in there or name in {"demo", "sandbox"}, name


def test_every_rule_stands_in_the_rules_document():
    document = text("docs/rules.md")
    assert [rule.id for rule in load().rules if f"**{rule.id}**" not in document] == []


def test_every_section_of_the_configuration_is_explained():
    everything = text("config.example.toml", *[str(path.relative_to(ROOT)) for path in DOCS])
    assert [name for name in Config.model_fields if f"[{name}" not in everything] == []


@pytest.mark.parametrize("path", [*DOCS, ROOT / "README.md"], ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_the_rules_document_is_generated_from_the_catalogue():
    assert rules_markdown(load().rules) in text("docs/rules.md"), "put the output of `equilibre rules list --markdown` there"

"""Commands about the catalogue: rules list, rules test, rules diff."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sync.cli import ConfigFile, Json, LogFormat, Verbose, command, emit, rules_app, say


@command(group=rules_app, name="list")
def list_rules(
    *,
    as_json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The table of docs/rules.md.")] = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """Every rule with its levels, window, tasks and reason."""
    from sync import show
    from sync.judge import catalogue

    book = catalogue(_settings(config))
    if as_json:
        emit([show.rule_document(rule) for rule in book.rules])
    elif markdown:
        say(show.rules_markdown(book.rules))
    else:
        show.rule_list(book.rules)


@command(group=rules_app, name="test")
def test_rules(
    files: Annotated[list[Path] | None, typer.Argument(help="Rule files; default the built-in catalogue and the configured files.")] = None,
    *,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """Run the test cases inside the rule files."""
    from rules.criteria import load, selftest
    from sync.judge import catalogue

    book = load(files=files) if files else catalogue(_settings(config))
    failures = selftest(book)
    for failure in failures:
        say(f"FAILED {failure}")
    cases = sum(len(rule.cases) for rule in book.rules)
    say(f"{cases - len(failures)} passed, {len(failures)} failed")
    raise typer.Exit(1 if failures else 0)


@command(group=rules_app, name="diff")
def diff_rules(
    file: Annotated[Path, typer.Argument(help="Rules to add or to put in the place of others, or a [rules] table.")],
    *,
    as_json: Json = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """Which accounts would change, from which level to which and why, on the figures of the last run."""
    from sync.cli import configuration, now
    from sync.diff import diff, lines

    settings = configuration(config)
    document = diff(settings, file, now())
    if as_json:
        emit(document)
        return
    for line in lines(document, settings.company.language):
        say(line)


@command(group=rules_app, name="elements")
def list_elements(
    *,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """Every element of the source texts with the rule, task, field or decision that answers it (the table of docs/elements.md)."""
    from rules.elements import markdown, read

    say(markdown(read()))


def _settings(path: Path | None):  # type: ignore[no-untyped-def]  # noqa: ANN202 - Config, imported late
    """The configuration if there is one: the catalogue can be read without."""
    from sync.cli import configuration
    from sync.config import Config, find

    return configuration(path) if path is not None or find(None).exists() else Config()

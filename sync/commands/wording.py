"""`rules classify`: messages on standard input -> categories on standard output, so that anyone can measure the language part.

One JSON object a line in, one out, in the same order; what goes out is id, category, confidence and rule, never a word of the text.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync.cli import ConfigFile, LogFormat, Verbose, command, fail, rules_app

if TYPE_CHECKING:
    from rules.language import Detector


@command(group=rules_app)
def classify(
    *,
    names: Annotated[
        Path | None, typer.Option("--names", help="File with names of accounts and people, one a line, that are covered first.")
    ] = None,
    lexicon: Annotated[list[Path] | None, typer.Option("--lexicon", help="A lexicon of your own (TOML); may be given again.")] = None,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """Read {id, text, lang} lines, write {id, categories} lines: insult, threat, complaint and the others."""
    from rules.language import LexiconError

    try:
        chosen = _detector(lexicon or [])
        covered = tuple(line.strip() for line in names.read_text(encoding="utf-8").splitlines() if line.strip()) if names else ()
    except LexiconError as error:
        fail(str(error), 2)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}; --names and --lexicon name files that can be read", 2)
    except UnicodeDecodeError:
        fail(f"{names}: not a text in UTF-8; save it as UTF-8, one name a line", 2)
    bad = 0
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        record = _record(line)
        if isinstance(record, str):
            bad += 1
            typer.echo(f"equilibre: line {number}: {record}", err=True)
            continue
        hits = chosen.classify(record["text"], record.get("lang"), covered)
        found = [{"category": hit.category, "confidence": hit.confidence, "rule": hit.rule} for hit in hits]
        sys.stdout.write(json.dumps({"id": record["id"], "categories": found}) + "\n")  # ASCII: any id fits any terminal
        sys.stdout.flush()
    raise typer.Exit(3 if bad else 0)


def _detector(files: list[Path]) -> Detector:
    from rules.language import Detector, detector, load

    return Detector(load(files)) if files else detector()


def _record(line: bytes) -> dict[str, Any] | str:
    """Read one line; what is wrong with it is said without quoting it."""
    try:
        record: Any = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        return "not a JSON object in UTF-8"
    named = isinstance(record.get("id"), str | int) and not isinstance(record["id"], bool)
    fits = named and isinstance(record.get("text"), str) and isinstance(record.get("lang"), str | None)
    return record if fits else 'expected {"id": ..., "text": "...", "lang": "fr" | "en" | null}'

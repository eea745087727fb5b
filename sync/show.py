"""Documents as text for a terminal: tables with rich, one progress line, nothing else printed anywhere."""

from __future__ import annotations

import re
import sys
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rules.model import SEVERITIES
from sync import flagged
from sync.plan import STAMPS
from sync.plan import document as change_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from connectors.contract import Check
    from rules.rule import Component, Level, Rule
    from sync.reviewed import Reviewed
    from sync.run import Outcome

COLOURS = {**flagged.COLOURS, "ok": "green", "warning": "yellow", "error": "red"}


def _console() -> Console:
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def _coloured(word: str, width: int = 0) -> str:
    """A word in its colour, filled up to `width` signs that are seen."""
    return f"[{COLOURS[word]}]{word}[/]{' ' * (width - len(word))}" if word in COLOURS else word


class Progress:
    """One line on standard error, rewritten in place: what is under way and how far."""

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """Show a step; `total` None means that nobody knows it yet."""
        share = f" {done:,}/{total:,}" if total else f" {done:,}" if done else ""
        sys.stderr.write(f"\r\x1b[2K{what}{share}")
        if total is not None and done >= total:
            sys.stderr.write("\r\x1b[2K")
        sys.stderr.flush()


def outcome(result: Outcome, *, dry_run: bool, names: Mapping[tuple[str, str], str] | None = None) -> None:
    """What a sync did, or would do. `names`: (crm, account) -> the account's name, for the changes of a dry run."""
    console = _console()
    if dry_run:
        for change in result.plan.changes:
            _change(console, change_document(change, result.plan.groups), names or {})
    for item in result.plan.withheld:
        row = item.change
        console.print(f"  withheld {row['kind']} {row['crm']}:{row['account'] or '-'}: {escape(item.why)}")
    for problem in result.pulled.problems[:20]:
        column = f" {problem.column}" if problem.column else ""
        console.print(f"  {_coloured('warning')} {escape(problem.where)}{escape(column)}: {escape(problem.what)}")
    if len(result.pulled.problems) > 20:
        console.print(f"  ... and {len(result.pulled.problems) - 20} more; `equilibre status --json` lists all")
    verb = "would change" if dry_run else "changed"
    kinds = Counter(change.kind for change in result.plan.changes)
    console.print(
        f"{'Plan' if dry_run else 'Sync'} {result.plan.id} as of {result.as_of}: "
        f"{kinds['set_flags']} accounts {verb}, {kinds['open_task']} tasks {'to open' if dry_run else 'opened'}, {kinds['update_task']} updated, "
        f"{result.plan.unchanged} unchanged. " + _calls(result),
    )
    if result.pulled.stopped:
        console.print(f"{_coloured('warning')}: stopped: {escape(result.pulled.stopped)}")
    if result.applied is not None:
        _applied(console, result.applied.receipts, result.applied.errors, result.applied.stopped)
    if not result.pulled.complete:
        console.print(
            f"{_coloured('warning')}: the data is incomplete, so no flag was lowered: {escape('; '.join(result.pulled.errors.values()) or 'see the lines above')}"
        )


def _calls(result: Outcome) -> str:
    """What each CRM was asked, beside what reading it was thought to take."""
    forecast = result.pulled.forecasts
    made = ", ".join(
        f"{name} {count} calls ({result.write_calls.get(name, 0)} writes{f', forecast {forecast[name]} to read' if forecast.get(name) else ''})"
        for name, count in result.calls.items()
    )
    return f"{made}."


def _applied(console: Console, receipts: Mapping[str, int], errors: Mapping[str, str], stopped: str) -> None:
    if receipts:
        console.print("Receipts: " + ", ".join(f"{count} {name}" for name, count in sorted(receipts.items())))
    for name, text in errors.items():
        console.print(f"{_coloured('error')} {name}: {escape(text)}")
    if stopped:
        console.print(f"{_coloured('warning')}: stopped: {escape(stopped)}")


def _change(console: Console, row: Mapping[str, Any], names: Mapping[tuple[str, str], str]) -> None:
    place = f"{row['crm']}:{row['account'] or '-'}"
    name = names.get((row["crm"], row["account"] or ""), "")
    head = f"[bold]{place}[/] {escape(name)}".rstrip()
    if row["kind"] == "set_flags":
        console.print(head)
        for field, value in row["after"].items():
            console.print(f"  {field}: {_value(row['before'].get(field))} -> {_value(value)}")
    elif row["kind"] == "open_task":
        task = row["task"]
        console.print(f"{head}: new task, due {task['due_date']}, {task['priority']}: {escape(task['subject'])}")
    else:
        console.print(f"{head}: {row['kind']} {row['key']}: {escape(row['reason'])}")


def _value(value: Any) -> str:
    """A value on its line, a text of several lines below it."""
    text = "nothing" if value is None or value == "" else escape(str(value))
    return text if "\n" not in text else "\n    " + text.replace("\n", "\n    ")


def tasks(result: Outcome) -> None:
    """The tasks of a plan, in the order of their due dates."""
    console = _console()
    table = Table(title="Tasks", box=None, pad_edge=False)
    for name in ("CRM", "Due", "Priority", "Subject"):
        table.add_column(name, overflow="fold")
    rows = [change_document(change, {}) for change in result.plan.changes if change.kind == "open_task"]
    for row in sorted(rows, key=lambda row: (row["task"]["due_date"], row["task"]["subject"])):
        table.add_row(row["crm"], row["task"]["due_date"], row["task"]["priority"], escape(row["task"]["subject"]))
    console.print(table)


def receipts(result: Reviewed) -> None:
    """What became of a reviewed plan."""
    console = _console()
    console.print(f"Plan {result.plan.id}: {len(result.plan.changes)} changes")
    _applied(console, result.applied.receipts, result.applied.errors, result.applied.stopped)


def checks(rows: Iterable[Check]) -> None:
    """One line each: ok, warning or error, with the mend."""
    console, counts = _console(), Counter[str]()
    for row in rows:
        mend = f" → {row.mend}" if row.mend else ""
        console.print(f"{_coloured(row.state, 7)} {escape(row.subject)}: {escape(row.detail)}{escape(mend)}")
        counts[row.state] += 1
    wrong = [f"{counts[state]} {state}{'s' if counts[state] > 1 else ''}" for state in ("error", "warning") if counts[state]]
    if counts.total():
        console.print(f"{' and '.join(wrong) or 'All well'}, {counts.total()} lines in all.")


def findings(document: Mapping[str, Any], titles: Mapping[str, str]) -> None:
    """Each finding, the gravest first, then what could not be judged. `titles`: the names of the rules by code."""
    console = _console()
    if document["as_of"] is None:
        console.print("There is no finished run yet; run `equilibre sync` first.")
        return
    flagged.lines(console, document, titles)
    console.print("")
    flagged.lacking(console, document)


def clients(document: Mapping[str, Any], titles: Mapping[str, str], *, currency: str) -> None:
    """The flagged clients, a line each; `document` with its metrics."""
    console = _console()
    flagged.table(console, document, titles, currency=currency)
    flagged.lacking(console, document)


def status(document: Mapping[str, Any]) -> None:
    """The state of the installation."""
    console = _console()
    table = Table(title="Last runs", box=None, pad_edge=False)
    for name in ("Run", "Kind", "As of", "Outcome", "Complete", "Receipts"):
        table.add_column(name)
    for row in document["runs"]:
        kind = f"{row['kind']} ({row['trigger']})" + (" dry" if row["dry_run"] else "")
        done = ", ".join(f"{count} {name}" for name, count in row["receipts"].items())
        table.add_row(row["run"], kind, row["as_of"], row["outcome"], str(row["complete"]), done)
    console.print(table)
    console.print("Next: " + ", ".join(f"{job} {at}" for job, at in document["next"].items()))
    if any(document["missed"].values()):
        console.print(
            f"{_coloured('warning')}: missed slots: " + ", ".join(f"{job} {count}" for job, count in document["missed"].items() if count)
        )
    for crm, marks in document["watermarks"].items():
        console.print(f"Watermarks {crm}: " + ", ".join(f"{stream} {mark}" for stream, mark in marks.items()))
    for crm, quota in document["quota"].items():
        console.print(f"Quota {crm}: {quota}")
    levels = Counter(row["level"] for row in document["episodes"])
    console.print("Open episodes: " + (", ".join(f"{levels[level]} {level}" for level in reversed(SEVERITIES) if levels[level]) or "none"))
    for crm, text in document["errors"].items():
        console.print(f"{_coloured('error')} {crm}: {escape(text)}")
    for problem in document["problems"][:20]:
        console.print(f"{_coloured('warning')} {escape(problem['where'])}: {escape(problem['what'])}")
    for row in document["refused"]:
        console.print(f"{row['outcome']} {row['kind']} {row['crm']}:{row['account']}: {escape(row['why'])}")


def history(rows: Sequence[Mapping[str, Any]]) -> None:
    """One line a change."""
    console = _console()
    if not rows:
        console.print("Nothing was ever written to this account.")
    for row in rows:
        if row["kind"] == "set_flags":
            what = ", ".join(
                f"{name} {(row['before'] or {}).get(name)} -> {value}" for name, value in row["after"].items() if name not in STAMPS
            )
        else:
            what = (row["after"] or {}).get("subject", row["key"])
        console.print(
            f"{row['at'] or 'not sent'} {row['crm']}:{row['account']} {row['kind']} {row['outcome']}: {escape(str(what))} ({escape(row['reason'] or '')})"
        )


def rule_list(rules: Iterable[Rule]) -> None:
    """The catalogue on one screen."""
    console = _console()
    table = Table(box=None, pad_edge=False)
    for name in ("Rule", "Name", "Metric", "Levels", "Tasks", "Reason"):
        table.add_column(name, overflow="fold")
    for rule in rules:
        row = rule_document(rule)
        table.add_row(
            row["id"],
            escape(row["name"]["en"]),
            escape(row["metric"]),
            escape(_levels(row["levels"])),
            ", ".join(row["tasks"]),
            escape(row["reason"]),
        )
    console.print(table)


def _levels(levels: Sequence[Mapping[str, Any]]) -> str:
    return " / ".join(f"{level['severity']} {level['limit']}" for level in levels)


@cache
def formulas() -> dict[str, str]:
    """What the heads of rules/metrics/*.sql say of each column: formula, unit, window, meaning of NULL."""
    texts = [entry.read_text(encoding="utf-8") for entry in files("rules").joinpath("metrics").iterdir() if entry.name.endswith(".sql")]
    return {name: said.strip() for text in texts for name, said in re.findall(r"^--\s{2,}(\w+)\s{2,}(\S.*)$", text, re.MULTILINE)}


def rules_markdown(rules: Iterable[Rule]) -> str:
    """The catalogue as the table of docs/rules.md."""
    heads = ("Rule", "Name", "Measured", "Formula", "Levels", "Needs", "Limits", "Falls after", "Tasks", "Reason", "Sources")
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for rule in rules:
        row = rule_document(rule)
        needs = "; ".join(dict.fromkeys(guard.needs for part in rule.components for guard in part.guards)) or "–"
        name = f"{row['name']['en']} / *{row['name']['fr']}*"
        cells = (
            f"**{rule.id}**",
            name,
            f"`{row['metric']}`, {rule.window}",
            "; ".join(dict.fromkeys(f"{part.metric}: {formulas()[part.metric]}" for part in rule.components if part.metric in formulas()))
            or "–",
            _levels(row["levels"]),
            needs,
            "; ".join(f"at most {cap.level} when {cap.when.text}" for cap in rule.caps) or "–",
            f"{rule.falls_after}, exit margin {rule.components[0].exit_margin:g}, cooldown {rule.cooldown_days} d",
            ", ".join(row["tasks"]),
            rule.reason,
            ", ".join(rule.sources) or "–",
        )
        lines.append("| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(lines)


def _limit(part: Component, level: Level) -> str:
    """A rung in words: its limit in the direction of the ladder, and what else must hold."""
    words = [f"{part.metric} {'≥' if part.direction == 'up' else '≤'} {level.at:g}"] if level.at is not None else []
    return " and ".join([*words, *([level.when.text] if level.when is not None else [])])


def rule_document(rule: Rule) -> dict[str, Any]:
    """A rule as `rules list --json` prints it."""
    main = rule.components[0]
    levels = [
        {"component": part.name, "severity": level.severity, "limit": _limit(part, level)}
        for part in rule.components
        for level in part.levels
    ]
    tasks = sorted({code for codes in rule.tasks.values() for code in codes})
    return {
        "id": rule.id,
        "version": rule.version,
        "name": rule.name,
        "family": rule.family,
        "scope": rule.scope,
        "metric": main.metric or main.name,
        "window": rule.window,
        "levels": levels,
        "tasks": tasks,
        "reason": rule.reason,
        "sources": list(rule.sources),
    }

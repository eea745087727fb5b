"""`equilibre rules diff FILE`: the figures of the last run, judged by the rules in force and by those with FILE.

    runs/<run>/*.parquet -> evaluate with each catalogue, both without episodes -> the (rule, client) pairs whose level differs

Both sides judge afresh, so that what differs is the rules' doing: hysteresis holds back neither. FILE holds rules ([[rule]]; one with a
known id takes its place), or a [rules] table as in the configuration, or both.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import duckdb

from rules import criteria, explain
from rules.evaluate import evaluate, insufficient
from rules.model import Moment, rank
from rules.toml import CriteriaError
from sync.config import ConfigError
from sync.figures import text_of
from sync.judge import catalogue
from sync.ledger import open_ledger
from sync.lookup import chosen_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from rules.criteria import Catalogue
    from rules.evaluate import Evaluation
    from rules.model import Finding
    from sync.config import Config

TABLES = ("group_metrics", "portfolio_metrics")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one catalogue says of a rule and a client."""

    level: str
    finding: Finding | None = None
    needs: str = ""


def diff(config: Config, file: Path, now: datetime) -> dict[str, Any]:
    """Give the changes. Raises CriteriaError for a FILE that cannot be used, ConfigError without a finished run."""
    ledger = open_ledger(config.ledger_url)
    run = chosen_run(ledger, "")
    ledger.engine.dispose()
    if run is None:
        raise ConfigError("there is no finished run to compare on; run `equilibre sync` first")
    folder = config.store.directory / "runs" / run.id
    if not all((folder / f"{table}.parquet").exists() for table in TABLES):
        raise ConfigError(f"the figures of run {run.id} are not on this host or out of retention; run `equilibre sync` first")
    old, new = catalogue(config), with_file(config, file)
    moment = Moment(as_of=run.as_of, now=now, zone=config.company.timezone)
    with duckdb.connect() as con:
        names = _lay(con, folder)
        before, after = _verdicts(con, old, moment), _verdicts(con, new, moment)
    currency = config.company.home_currency
    rows = [
        _change(rule, group, before.get((rule, group)), after.get((rule, group)), (old, new), names, currency)
        for rule, group in sorted(before.keys() | after.keys(), key=lambda pair: (pair[0], pair[1] or ""))
        if _level(before.get((rule, group))) != _level(after.get((rule, group)))
    ]
    return {
        "run": run.id,
        "as_of": run.as_of.isoformat(),
        "file": str(file),
        "rules": {
            "added": sorted(new.by_id.keys() - old.by_id.keys()),
            "changed": sorted(
                name
                for name in new.by_id.keys() & old.by_id.keys()
                if replace(new.by_id[name], file="") != replace(old.by_id[name], file="")
            ),
        },
        "changes": rows,
        "up": sum(rank(_known(row["after"])) > rank(_known(row["before"])) for row in rows),
        "down": sum(rank(_known(row["after"])) < rank(_known(row["before"])) for row in rows),
    }


def with_file(config: Config, file: Path) -> Catalogue:
    """Give the catalogue as it would be with FILE. Raises CriteriaError."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CriteriaError(str(file), "", "", f"is not valid TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise CriteriaError(str(file), "", "", f"cannot be read: {error}") from error
    changed = data.get("rules", {})
    if not isinstance(changed, dict) or not all(isinstance(one, dict) for one in changed.values()):
        raise CriteriaError(str(file), "", "rules", 'holds one table per rule id: [rules."DEP-01"]')
    if not changed and "rule" not in data:
        raise CriteriaError(str(file), "", "", 'holds neither [[rule]] nor [rules."…"], there is nothing to compare')
    overrides = {**config.rules.overrides, **changed}
    files = [one for one in config.rules.files if one.resolve() != file.resolve()] if "rule" in data else list(config.rules.files)
    files += [file] if "rule" in data else []
    return criteria.load(
        overrides, files, profile=config.rules.profile, packs=config.rules.packs, metrics=config.rules.metrics, replacing=file
    )


def _lay(con: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, str]:
    """Lay the figures of the run out as an evaluation reads them; give the clients' names."""
    for table in TABLES:
        path = str(folder / f"{table}.parquet").replace("'", "''")
        con.execute(f"CREATE TABLE {table} AS SELECT * FROM read_parquet('{path}')")
    con.execute("CREATE TABLE accounts (source VARCHAR, account_id VARCHAR, dismissed_rules VARCHAR, dismissed_until DATE)")
    con.execute("CREATE TABLE members (group_id VARCHAR, source VARCHAR, account_id VARCHAR, is_person_group BOOLEAN)")
    con.execute("CREATE TABLE diagnostics (code VARCHAR, group_id VARCHAR, source VARCHAR, record_id VARCHAR)")
    con.execute("CREATE TABLE filled (source VARCHAR, table_name VARCHAR, column_name VARCHAR)")
    filled, accounts = folder / "filled.parquet", folder / "group_accounts.parquet"
    if filled.exists():
        con.execute("INSERT INTO filled SELECT source, table_name, column_name FROM read_parquet(?)", [str(filled)])
    rows = (
        con.execute("SELECT group_id, min(name) FROM read_parquet(?) GROUP BY group_id", [str(accounts)]).fetchall()
        if accounts.exists()
        else []
    )
    return {group: name or group for group, name in rows}


def _verdicts(con: duckdb.DuckDBPyConnection, book: Catalogue, moment: Moment) -> dict[tuple[str, str | None], Verdict]:
    for rule in book.rules:
        if rule.records is not None:  # the records of a run are not kept; one stands for all, at the level that the figures give
            con.execute(f"CREATE OR REPLACE TABLE {rule.records} AS SELECT group_id, 'last' AS record_id FROM group_metrics")
    evaluation: Evaluation = evaluate(con, book, moment)
    found = {(one.rule, one.group): Verdict(level="insufficient", needs=one.needs) for one in insufficient(con)}
    return found | {(one.rule, one.group): Verdict(level=one.severity, finding=one) for one in evaluation.findings}


def _level(verdict: Verdict | None) -> str:
    return "clear" if verdict is None else verdict.level


def _known(level: str) -> Any:
    return None if level in {"clear", "insufficient"} else level


def _change(
    rule: str,
    group: str | None,
    before: Verdict | None,
    after: Verdict | None,
    books: tuple[Catalogue, Catalogue],
    names: Mapping[str, str],
    currency: str,
) -> dict[str, Any]:
    row = {"rule": rule, "group": group, "name": names.get(group or "", ""), "before": _level(before), "after": _level(after)}
    why = {}
    for language in ("en", "fr"):
        said = [_why(verdict, book, language, currency) for verdict, book in zip((before, after), books, strict=True)]
        why[language] = " -> ".join(text for text in said if text)
    spoken = next((one.finding for one in (after, before) if one is not None and one.finding is not None), None)
    value = None if spoken is None else text_of(spoken.value, spoken.unit)
    limits = {side: _limit(one) for side, one in (("threshold_before", before), ("threshold_after", after))}
    return row | {"value": value, **limits, "why": why}


def _limit(verdict: Verdict | None) -> Any:
    return None if verdict is None or verdict.finding is None else text_of(verdict.finding.threshold, verdict.finding.unit)


def _why(verdict: Verdict | None, book: Catalogue, language: Any, currency: str) -> str:
    if verdict is None:
        return ""
    if verdict.finding is not None:
        return explain.sentence(verdict.finding, language, catalogue=book, currency=currency)
    return verdict.needs


def lines(document: Mapping[str, Any], language: str) -> Iterator[str]:
    """Give the page for people."""
    yield f"On the figures of {document['as_of']} (run {document['run']}), with {document['file']}:"
    for what, names in document["rules"].items():
        if names:
            yield f"  {what}: {', '.join(names)}"
    for row in document["changes"]:
        yield f"{row['rule']}  {row['name'] or row['group'] or 'portfolio'} ({row['group'] or '-'})  {row['before']} -> {row['after']}"
        if row["why"][language]:
            yield f"    {row['why'][language]}"
    yield f"{len(document['changes'])} verdicts change: {document['up']} up, {document['down']} down"

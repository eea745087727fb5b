"""What stands behind the findings: record ids a person can open, the portfolio's figures, the data-quality notes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from rules.model import Diagnostic, RecordRef
from rules.statements import run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from duckdb import DuckDBPyConnection

    from rules.rule import Rule

RECORDS: Final = 20
"""How many record ids a finding carries at most (domain.md C.3)."""


def records(
    con: DuckDBPyConnection, rule: Rule, groups: Sequence[str], objects: Mapping[tuple[str, str], str]
) -> dict[str, tuple[RecordRef, ...]]:
    """Give the heaviest records of each group, from rules/evidence/<rule>.sql in lower case; a rule without such a file has none.

    `objects` maps (source, canonical table) to the vendor's object name; without an entry the canonical name stands.
    """
    query = files("rules").joinpath("evidence", f"{rule.id.lower()}.sql")
    if not groups or not query.is_file():
        return {}
    con.execute("CREATE OR REPLACE TEMP TABLE flagged AS SELECT unnest(CAST($1 AS VARCHAR[])) AS group_id", [list(groups)])
    rows = run(
        con,
        f"SELECT group_id, source, object, record_id FROM ({query.read_text(encoding='utf-8').rstrip().rstrip(';')}\n) "
        f"QUALIFY row_number() OVER (PARTITION BY group_id ORDER BY weight DESC NULLS LAST, source, record_id) <= {RECORDS} "
        "ORDER BY group_id, weight DESC NULLS LAST, source, record_id",
    ).fetchall()
    found: dict[str, list[RecordRef]] = {}
    for group, source, table, record in rows:
        kind, one = _told_apart(record) or (objects.get((source, table), table), record)
        ref = RecordRef(crm=source, object=kind, id=one)
        found.setdefault(group or "", []).append(ref)
    return {group: tuple(refs) for group, refs in found.items()}


def _told_apart(record: str) -> tuple[str, str] | None:
    """Give object and id of a record that names its own object (0-48:123), where one table holds the records of several."""
    found = re.fullmatch(r"(\d-\d{1,12}):(\d{1,20})", record or "")
    return (found[1], found[2]) if found else None


def portfolio(con: DuckDBPyConnection) -> dict[str, Any]:
    """Give the one row of portfolio_metrics by name."""
    found = con.execute("SELECT * FROM portfolio_metrics")
    names = [column[0] for column in found.description or ()]
    row = found.fetchone()
    return dict(zip(names, row, strict=True)) if row is not None else {}


def diagnostics(con: DuckDBPyConnection) -> tuple[Diagnostic, ...]:
    """Give the data-quality notes of the facts, one entry per (code, group)."""
    rows = con.execute(
        "SELECT code, group_id, list(source || ':' || record_id ORDER BY source, record_id) FILTER (WHERE record_id IS NOT NULL) "
        "FROM diagnostics GROUP BY code, group_id ORDER BY code, group_id NULLS FIRST"
    ).fetchall()
    return tuple(Diagnostic(code=code, group=group, records=tuple(ids or ())) for code, group, ids in rows)


@dataclass(frozen=True, slots=True)
class Dismissal:
    """What a person typed on an account: the rules (empty: all) and until when (None: no date)."""

    group: str
    rules: frozenset[str]
    until: date | None


def dismissals(con: DuckDBPyConnection) -> list[Dismissal]:
    """Read the dismissals of all accounts. Rules without a date, or a date without rules; neither is no dismissal."""
    rows = con.execute(
        "SELECT m.group_id, coalesce(a.dismissed_rules, ''), a.dismissed_until FROM accounts a JOIN members m USING (source, account_id) "
        "WHERE a.dismissed_until IS NOT NULL OR trim(a.dismissed_rules) <> ''"
    ).fetchall()
    return [
        Dismissal(group, frozenset(word.strip().upper() for word in re.split("[;,]", rules) if word.strip()), until)
        for group, rules, until in rows
    ]


def dismissed(all_of_them: Sequence[Dismissal], rule: str) -> dict[str, date | None]:
    """Give the groups in which this rule is dismissed, and the latest day on which it speaks again."""
    found: dict[str, date | None] = {}
    for one in all_of_them:
        if not one.rules or rule.upper() in one.rules:
            days = [day for day in (found.get(one.group), one.until) if day is not None]
            found[one.group] = max(days, default=None)
    return found

"""The memory that DEP-06 (b) needs: which privileges an account held when the stage of its client became repair or later.

    ledger.privileges_held() -> show -> facts (for rules/metrics/people.sql) -> note -> ledger.record(held=…)

A CRM keeps what is typed now and forgets what stood there before. Kept are hashes of the words, as a list that people fill may hold any
word, and only while the stage is repair or later: who leaves these stages, or the CRM, is forgotten with the next complete run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.derive import PRIVILEGES_HELD
from rules.stages import CHAIN

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    import duckdb

STAGES = CHAIN[CHAIN.index("repair") :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One account in such a stage: seen there first on `since`, with the privileges of these codes (16 hex digits of SHA-256, sorted)."""

    crm: str
    account: str
    since: date
    codes: tuple[str, ...]


def show(connection: duckdb.DuckDBPyConnection, held: Iterable[Held]) -> None:
    """Lay the memory beside the facts, before the metrics are computed."""
    connection.execute(PRIVILEGES_HELD)
    for one in held:
        connection.execute("INSERT INTO privileges_held VALUES (?, ?, ?, ?)", [one.crm, one.account, one.since, list(one.codes)])


def note(connection: duckdb.DuckDBPyConnection, held: Iterable[Held], as_of: date, *, complete: bool) -> list[Held]:
    """Give the memory after this run. What is known stays as it was first seen; a run that misses records forgets nothing."""
    known = {(one.crm, one.account): one for one in held}
    seen = {(crm, account): tuple(codes) for crm, account, codes in connection.execute(_NOW, [list(STAGES)]).fetchall()}
    kept = known if not complete else {key: one for key, one in known.items() if key in seen}
    new = {key: Held(crm=key[0], account=key[1], since=as_of, codes=codes) for key, codes in seen.items() if key not in known}
    return [(kept | new)[key] for key in sorted(kept | new)]


_NOW = """
SELECT m.source, m.account_id, coalesce(list_sort(list(DISTINCT left(sha256(t.privilege), 16)) FILTER (WHERE t.privilege IS NOT NULL)), [])
FROM members AS m LEFT JOIN typed_privileges AS t ON t.source = m.source AND t.account_id = m.account_id
WHERE NOT coalesce(m.is_person_group, FALSE)
    AND m.source IN (SELECT source FROM filled WHERE table_name = 'accounts' AND column_name = 'privileges')
    AND m.group_id IN (
        SELECT g.group_id FROM members AS g JOIN accounts AS a ON a.source = g.source AND a.account_id = g.account_id WHERE a.stage IN (SELECT unnest($1))
    )
GROUP BY ALL
"""

"""Where the tasks of a group go: the CRMs in their order, and in each the account with the largest net revenue. Reads group_accounts (kept.py)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from rules.model import CRM_ORDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import duckdb

    from sync.config import Config


class Home(NamedTuple):
    """The account of a group in one CRM, with its owner there."""

    account: str
    name: str | None
    owner: str | None


def order(config: Config) -> list[str]:
    """The CRMs that may hold tasks, the configured one first."""
    return [crm for crm in dict.fromkeys((config.tasks.crm, *CRM_ORDER)) if crm in config.enabled]


def homes(con: duckdb.DuckDBPyConnection, groups: Iterable[str]) -> Mapping[str, Mapping[str, Home]]:
    """Group -> CRM -> the account with the largest net revenue of the last twelve months there, ties by id."""
    rows = con.execute(
        "WITH net AS (SELECT source, account_id, sum(amount_home) AS net FROM lines, params WHERE date >= w12_start AND date < w12_end GROUP BY ALL) "
        "SELECT g.group_id, g.source, g.account_id, g.name, g.owner_id FROM group_accounts g LEFT JOIN net n USING (source, account_id) "
        "WHERE g.group_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY coalesce(n.net, 0) DESC, g.account_id",
        [sorted(groups)],
    ).fetchall()
    found: dict[str, dict[str, Home]] = defaultdict(dict)
    for group, source, account, name, owner in rows:
        found[group].setdefault(source, Home(account, name, owner))
    return found

"""What people entered about a group, read from the facts: stage, dates, consultations, meetings, and the tasks that the guards ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rules.stages import CHAIN, Standing

if TYPE_CHECKING:
    from datetime import date

    from duckdb import DuckDBPyConnection

QUIET_DAYS: Final = 90
"""Without a threat to leave for so long, a last round may end well (domain.md D.2)."""
_STATEMENT: Final = """
WITH entered AS (
    SELECT m.group_id, a.* FROM accounts a JOIN members m ON m.source = a.source AND m.account_id = a.account_id
    WHERE a.stage IS NOT NULL AND NOT coalesce(m.is_person_group, FALSE)
    QUALIFY row_number() OVER (PARTITION BY m.group_id ORDER BY list_position($chain, a.stage) DESC, a.source, a.account_id) = 1
),
met AS (
    SELECT e.group_id, max(r.held_at) FILTER (WHERE NOT coalesce(r.refused, FALSE)) AS met,
        count(DISTINCT r.held_at) FILTER (WHERE coalesce(r.refused, FALSE) AND r.held_at >= coalesce(e.stage_since, r.held_at)) AS refusals
    FROM entered e JOIN members m USING (group_id) JOIN repairs r ON r.source = m.source AND r.account_id = m.account_id
    WHERE r.kind = 'last_round' AND r.held_at <= $as_of GROUP BY e.group_id
),
tasked AS (
    SELECT m.group_id, bool_or(split_part(t.mark, '|', 2) = 'T-12' AND t.is_closed) AS lawyer,
        bool_or(t.is_closed) FILTER (WHERE split_part(t.mark, '|', 2) = 'T-20') AS looked_back
    FROM tasks t JOIN members m ON m.source = t.source AND m.account_id = t.account_id
    WHERE NOT coalesce(t.is_deleted, FALSE) GROUP BY m.group_id
)
SELECT e.group_id, e.stage, e.stage_since, e.commitments_kept, e.review_date, e.agreement_date, e.notice_end,
    lower(trim(coalesce(CAST(e.limits_set AS VARCHAR), ''))) NOT IN ('', 'false', 'no', 'non', '0'),
    e.exit_reason, e.consult_team, e.consult_accountant, e.consult_adviser,
    met.met, coalesce(met.refusals, 0), coalesce(tasked.lawyer, FALSE), tasked.looked_back
FROM entered e LEFT JOIN met USING (group_id) LEFT JOIN tasked USING (group_id)
"""
_NAMES: Final = (
    "stage", "since", "kept", "review", "agreement", "notice_end", "limits", "exit_reason", "consult_team", "consult_accountant",
    "consult_adviser", "met", "refusals", "lawyer_done", "looked_back",
)  # fmt: skip


def read_standings(con: DuckDBPyConnection, as_of: date) -> dict[str, Standing]:
    """Read what people entered, per group; only groups with a stage. The account furthest along speaks for its group."""
    rows = con.execute(_STATEMENT, {"chain": list(CHAIN), "as_of": as_of}).fetchall()
    return {group: Standing(**dict(zip(_NAMES, values, strict=True))) for group, *values in rows}


def read_threats(con: DuckDBPyConnection, as_of: date) -> frozenset[str]:
    """Give the groups with a threat to leave in the last 90 days, the 90th included."""
    rows = con.execute(
        "SELECT DISTINCT m.group_id FROM incidents i JOIN members m ON m.source = i.source AND m.account_id = i.account_id "
        "WHERE i.category = 'leave_threat' AND coalesce(i.direction, 'in') <> 'out' AND i.occurred_date <= $1 AND date_diff('day', i.occurred_date, $1) <= $2",
        [as_of, QUIET_DAYS],
    ).fetchall()
    return frozenset(group for (group,) in rows)

"""Facts -> what the metrics read: params, identities, groups, members, lines, facts_<table>, diagnostics.

    params.sql      the windows and the firm's figures, one row
    accounts.sql    accounts numbered; references of files resolved; explicit links across CRMs
    identity_*.sql  the same client by registration number, then by domain
    parents.sql     hierarchy between clients   groups.sql     ultimate parents and their members
    lines.sql       revenue in home currency    facts.sql      fact tables as of the day judged
    calendar.sql    working time                diagnostics.sql, loaded.sql   data-quality notes

Everything is temporary on the connection and replaced by the next call: it depends on the moment, the facts do not. The two graph
walks (connected accounts, ultimate parents) are loops of set-based statements that double their reach each round, so a
hierarchy of a million accounts, or a ring of them, costs about twenty rounds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from rules.briefly import briefly
from rules.statements import ahead, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from duckdb import DuckDBPyConnection

    from rules.model import Moment

KINDS: Final = {"invoices": ("invoice", "credit_note"), "orders": ("order",), "won_deals": ("won_deal",)}
RECORD_KEYS: Final = {
    "accounts": "account_id", "revenue": "line_id", "invoices": "invoice_id", "contracts": "contract_id", "orders": "order_id", "order_changes": "order_id",
    "cases": "case_id", "incidents": "message_id", "activities": "activity_id", "contacts": "contact_id", "pipeline": "deal_id", "hours": "account_id",
    "repairs": "account_id",
}  # fmt: skip
"""The column that a diagnostic of the load names, by canonical table."""

DECISION_ROLE: Final = (
    r"\b(c[a-z]o|chief|vp|vice[ -]president|president|presidente|pdg|dg|dga|daf|drh|dsi|directeurs?|directrices?|directors?|head of|heads?"
    r"|gerante?|dirigeante?|fondat(eur|rice)|founder|owner|partner|associee?|decision maker|decideur|decideuse|approver|economic buyer"
    r"|buyer|acheteurs?|acheteuses?|achats?|purchasing|procurement|budget holder|executive sponsor)\b"
)
"""What makes a role or title a deciding one where nobody said so (GOV-01). Read without accents, in lower case."""
NO_DECISION_ROLE: Final = r"^(assistant|assistante|secretaire|stagiaire|intern|apprenti|alternant)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the configuration says about the firm (domain.md D.4). None is unknown; a row of the table `company` wins over all.

    Money in the home currency, rates per year as ratios, `business_hours` as 08:00-18:00 local, Monday to Friday.
    `revenue_source` None: the first of invoices, orders, won_deals that has any line.
    """

    home_currency: str = "EUR"
    country: str = "FR"
    timezone: str = "Europe/Paris"
    revenue_source: str | None = None
    business_hours: str = "08:00-18:00"
    holidays: tuple[date | str, ...] = ()
    person_accounts: bool = False
    default_terms_days: int = 30
    decision_role: str = DECISION_ROLE
    no_decision_role: str = NO_DECISION_ROLE
    hourly_cost: float | None = None
    finance_rate: float | None = 0.06
    penalty_rate: float | None = None
    rush_cost_per_order: float | None = None
    cash: float | None = None
    operating_result_12m: float | None = None
    fixed_cost_month: float | None = None
    safety_cushion: float | None = None
    ramp: float | None = None
    cycle_months: float | None = None
    avoidable_share: float = 0.25
    annual_hours_per_fte: float = 1607.0
    practical_capacity: float = 0.80


PRIVILEGES_HELD: Final = "CREATE OR REPLACE TEMP TABLE privileges_held (source VARCHAR, account_id VARCHAR, since DATE, codes VARCHAR[])"
"""What earlier runs saw when a relation's stage became repair or later (sync/privileges.py); DEP-06 (b) alone reads it."""
OWN_PREFIX: Final = "account_id >= 'files:' AND account_id < 'files;'"
"""A reference that begins with `files:`, said so that the engine skips the blocks without any."""


def derive(con: DuckDBPyConnection, moment: Moment, settings: Settings | None = None) -> None:
    """Make every derived table for one moment. Reads the tables of rules/facts.sql, with `filled` and `load_diagnostics` when they exist."""
    with briefly(con):
        _settle(con, moment, settings or Settings())
        _derive(con, literals(con))


def _derive(con: DuckDBPyConnection, values: dict[str, str]) -> None:
    _run(con, "nodes", values)
    alone = _count(con, "(SELECT 1 FROM account_nodes WHERE source <> 'files' LIMIT 1)") == 0
    meant = {"may_mean_account": OWN_PREFIX if alone else "account_id IS NOT NULL"}
    names = ("accounts", "parents", "groups", "lines", "calendar", "facts")
    with ahead(con, {name: script("derive", name, values | meant) for name in names}) as run_named:
        run_named("accounts")
        _identify(con, values)
        run_named("parents")
        _find_tops(con)
        for name in ("groups", "lines", "calendar", "facts"):
            run_named(name)
    _diagnose(con, values)


def literals(con: DuckDBPyConnection) -> dict[str, str]:
    """Every column of `params` as an SQL literal, for the `$name` in our statements.

    Literals and not a join with `params`: the engine then skips whole blocks outside a window (twice as fast on 20M rows).
    """
    found = con.execute("SELECT * FROM params")
    names = [column[0] for column in found.description or ()]
    row = found.fetchone() or ()
    values = {name: literal(value) for name, value in zip(names, row, strict=True)}
    source = str(row[names.index("revenue_source")])
    return values | {"kinds": f"({', '.join(literal(kind) for kind in KINDS[source])})"}


def literal(value: object) -> str:
    """A value as SQL: a typed NULL for None, so that arithmetic with what is unknown stays valid."""
    if value is None:
        return "CAST(NULL AS DOUBLE)"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, float):
        return f"CAST({value!r} AS DOUBLE)"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def script(folder: str, name: str, values: Mapping[str, str]) -> str:
    """The statements of rules/<folder>/<name>.sql with every `$name` filled."""
    return Template(files("rules").joinpath(folder, f"{name}.sql").read_text(encoding="utf-8")).substitute(values)


def _run(con: DuckDBPyConnection, name: str, values: Mapping[str, str]) -> None:
    run(con, script("derive", name, values))


def _settle(con: DuckDBPyConnection, moment: Moment, settings: Settings) -> None:
    """Put the arguments into one-row tables, and make empty what an older load did not write."""
    row = dataclasses.asdict(settings)
    days_off = [str(day) for day in row.pop("holidays")]
    today = moment.now.astimezone(ZoneInfo(moment.zone)).date()
    row |= {"as_of": moment.as_of, "run_date": max(moment.as_of, today)}
    columns = ", ".join(f"{_placeholder(name, value)} AS {name}" for name, value in row.items())
    con.execute(f"CREATE OR REPLACE TEMP TABLE settings AS SELECT {columns}", row)
    con.execute("CREATE OR REPLACE TEMP TABLE days_off AS SELECT CAST(unnest(CAST($1 AS VARCHAR[])) AS DATE) AS day", [days_off])
    known = {name for (name,) in con.execute("SELECT table_name FROM information_schema.tables").fetchall()}
    if "filled" not in known:
        con.execute("CREATE TEMP TABLE filled (source VARCHAR, table_name VARCHAR, column_name VARCHAR)")
    if "load_diagnostics" not in known:
        con.execute("CREATE TEMP TABLE load_diagnostics (code VARCHAR, source VARCHAR, table_name VARCHAR, record_id VARCHAR)")
    if "privileges_held" not in known:
        con.execute(PRIVILEGES_HELD)
    _run(con, "params", {})


def _placeholder(name: str, value: object) -> str:
    """A bound value with its type: an untyped NULL would make a column of integers."""
    kinds = {"as_of": "DATE", "run_date": "DATE", "person_accounts": "BOOLEAN", "default_terms_days": "INTEGER"}
    kind = kinds.get(name) or ("VARCHAR" if isinstance(value, str) or name == "revenue_source" else "DOUBLE")
    return f"CAST(${name} AS {kind})"


def _count(con: DuckDBPyConnection, relation: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(row[0]) if row else 0


def _identify(con: DuckDBPyConnection, values: Mapping[str, str]) -> None:
    """Join the accounts that are one client: typed links first, then registration numbers, then domains.

    Each kind sees the clients that the surer kinds made, and never moves an account out of one.
    """
    if _count(con, "(SELECT DISTINCT source FROM account_nodes)") < 2:
        return
    _merge(con, explicit=True)
    _run(con, "identity_normal", values)
    for kind in ("registration", "domain"):
        _run(con, "identity_keys", {"kind": literal(kind)})
        _merge(con, explicit=False)


def _merge(con: DuckDBPyConnection, *, explicit: bool) -> None:
    """Follow `links` (one, other) to connected sets and make each one client, named by its smallest number."""
    con.execute("CREATE OR REPLACE TEMP TABLE edges AS SELECT one, other FROM links UNION SELECT other, one FROM links")
    con.execute("CREATE OR REPLACE TEMP TABLE labels AS SELECT one AS node, least(one, min(other)) AS label FROM edges GROUP BY one")
    changed = _count(con, "labels")
    while changed:
        con.execute(
            "CREATE OR REPLACE TEMP TABLE relabelled AS SELECT l.node, least(l.label, min(o.label), min(j.label)) AS label FROM labels l "
            "JOIN edges e ON e.one = l.node JOIN labels o ON o.node = e.other JOIN labels j ON j.node = o.label GROUP BY l.node, l.label"
        )
        changed = _count(con, "labels l JOIN relabelled r USING (node) WHERE l.label <> r.label")
        con.execute("CREATE OR REPLACE TEMP TABLE labels AS FROM relabelled")
    _run(con, "identity_merge", {"explicit": literal(explicit)})


def _find_tops(con: DuckDBPyConnection) -> None:
    """Make `tops` (node, top) from `above` (node, up), and tear cycles: each member is its own top, descendants of a member belong to it.

    After 2^k rounds of doubling with 2^k >= the number of nodes, whoever still has not met a root stands on a cycle or below
    one, and where they stand now is exactly the set of its members.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE tops (node INTEGER, top INTEGER)")
    con.execute("CREATE OR REPLACE TEMP TABLE ring (node INTEGER)")
    _climb(con, "above")
    if _count(con, "reach"):
        con.execute("INSERT INTO ring SELECT DISTINCT spot FROM reach")
        con.execute("INSERT INTO account_doubts SELECT DISTINCT 'DQ-04', s.account_no FROM said_parents s JOIN ring r ON r.node = s.child")
        _climb(con, "(SELECT a.node, a.up FROM above a JOIN reach r USING (node) WHERE a.node NOT IN (SELECT node FROM ring))")


def _climb(con: DuckDBPyConnection, start: str) -> None:
    """Move everybody in `start` up to their root, into `tops`; `reach` keeps those who meet none."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE reach AS SELECT node, up AS spot FROM {start}")
    con.execute(
        "INSERT INTO tops SELECT node, spot FROM reach WHERE spot NOT IN (SELECT node FROM reach) AND spot NOT IN (SELECT node FROM tops)"
    )
    con.execute("DELETE FROM reach WHERE node IN (SELECT node FROM tops)")
    for _ in range(_count(con, "reach").bit_length() + 1):
        con.execute(
            "CREATE OR REPLACE TEMP TABLE moved AS SELECT r.node, coalesce(n.spot, t.top) AS spot, n.spot IS NULL AS done "
            "FROM reach r LEFT JOIN reach n ON n.node = r.spot LEFT JOIN tops t ON t.node = r.spot"
        )
        con.execute("INSERT INTO tops SELECT node, spot FROM moved WHERE done")
        con.execute("CREATE OR REPLACE TEMP TABLE reach AS SELECT node, spot FROM moved WHERE NOT done")
        if not _count(con, "reach"):
            return


def _diagnose(con: DuckDBPyConnection, values: Mapping[str, str]) -> None:
    orphaned = con.execute("SELECT count(*) FROM booked WHERE group_no IS NULL").fetchone() != (0,)
    _run(con, "diagnostics", {**values, "any_orphan": literal(orphaned)})
    noted = [name for (name,) in con.execute("SELECT DISTINCT table_name FROM load_diagnostics").fetchall()]
    for table in sorted(RECORD_KEYS.keys() & set(noted)):
        _note(con, table, [table])
    _note(con, "accounts", [name for name in noted if name not in RECORD_KEYS])


def _note(con: DuckDBPyConnection, table: str, names: Iterable[str]) -> None:
    """Notes about tables without accounts (rates, owners) match no account and so belong to no group."""
    listed = ", ".join(literal(name) for name in names)
    if listed:
        source = (
            "(SELECT c.source, c.order_id, o.account_id FROM order_changes c JOIN orders o USING (source, order_id))"
            if table == "order_changes"
            else table
        )
        _run(con, "loaded", {"table": source, "key": RECORD_KEYS[table], "names": f"({listed})"})

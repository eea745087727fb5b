"""A small set of facts in memory, loaded the way the loader leaves it: local dates beside every time, account keys, `filled`, `load_diagnostics`.

`World` takes rows as keyword arguments and answers with metrics by group. Local time equals UTC here: zones are the loader's business.
Who is one client is derived at once, metrics are measured when somebody asks for them: a test of identity needs none, and they are most of the work.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from rules import metrics
from rules.derive import Settings, derive
from rules.model import Moment
from tests.extent import ALL

FACTS = Path(metrics.__file__).with_name("facts.sql").read_text(encoding="utf-8")
LOCAL = {
    "accounts": ["created"], "orders": ["ordered"], "order_changes": ["changed"], "cases": ["opened", "first_response", "closed", "escalated"],
    "incidents": ["occurred"], "activities": ["started"], "pipeline": ["created", "closed"],
}  # fmt: skip
KEYS = {
    "revenue": "line_id", "invoices": "invoice_id", "contracts": "contract_id", "orders": "order_id", "cases": "case_id", "incidents": "message_id",
    "activities": "activity_id", "contacts": "contact_id", "pipeline": "deal_id",
}  # fmt: skip
KEYED = {
    "accounts",
    "revenue",
    "invoices",
    "contracts",
    "orders",
    "cases",
    "incidents",
    "activities",
    "contacts",
    "hours",
    "pipeline",
    "repairs",
}


def schema(con: duckdb.DuckDBPyConnection) -> None:
    """Create the canonical tables with the columns that the loader adds."""
    con.execute(_tables())


@cache
def _tables() -> str:
    """What `_lay_out` makes, as one statement a table: most worlds hold five rows, and forty changes of tables took longer than those."""
    with duckdb.connect() as con:
        _lay_out(con)
        return "".join(sql for (sql,) in con.execute("SELECT sql FROM duckdb_tables() ORDER BY table_oid").fetchall())


def _lay_out(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(FACTS)
    for table, names in LOCAL.items():
        for name in names:
            con.execute(f"ALTER TABLE {table} ADD COLUMN {name}_date DATE")
        con.execute(f"ALTER TABLE {table} ADD COLUMN is_weekend BOOLEAN")
        con.execute(f"ALTER TABLE {table} ADD COLUMN is_out_of_hours BOOLEAN")
    for table in KEYED:
        con.execute(f"ALTER TABLE {table} ADD COLUMN account_key UBIGINT")
    con.execute("ALTER TABLE cases ADD COLUMN opened_local TIMESTAMP")
    con.execute("ALTER TABLE cases ADD COLUMN first_response_local TIMESTAMP")
    con.execute("CREATE TABLE filled (source VARCHAR, table_name VARCHAR, column_name VARCHAR)")
    con.execute("CREATE TABLE load_diagnostics (code VARCHAR, source VARCHAR, table_name VARCHAR, record_id VARCHAR)")


def day(text: str | date) -> date:
    return date.fromisoformat(text) if isinstance(text, str) else text


MEASURED = {"DQ-01", "DQ-03", "DQ-06", "DQ-07"}
"""Notes that `metrics.compute` makes, the others stand after `derive`."""


class World:
    """Facts of one portfolio, growing row by row; `at` derives, and who asks for more than members has it measured."""

    def __init__(self, *accounts: str, source: str = "files") -> None:
        self._con = duckdb.connect(config={"threads": 1})
        if not ALL:
            self._con.execute("PRAGMA disable_optimizer")  # five rows cost more to plan than to run; with all tests plans are as in a run
        schema(self._con)
        self._measured = True
        self.source = source
        self.rows = 0
        self.accounts(*accounts)

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The facts with everything that is derived and measured of them."""
        if not self._measured:
            self._measured = True
            metrics.compute(self._con)
        return self._con

    def accounts(self, *ids: str, **columns: Any) -> World:
        for account in ids:
            self.add("accounts", account_id=account, **columns)
        return self

    def add(self, table: str, **columns: Any) -> World:
        """Insert one row. A key column that is left out is counted up; a time may be a date."""
        self.rows += 1
        row: dict[str, Any] = {"source": self.source}
        if table in KEYS:
            row[KEYS[table]] = f"{table[0]}{self.rows}"
        row |= columns
        for name in [name for name in row if name.endswith("_at") and name != "held_at"]:
            row |= _local(name, row[name], cases=table == "cases")
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" for _ in row)
        self.con.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))
        if table in KEYED:
            self.con.execute(f"UPDATE {table} SET account_key = hash(source, account_id) WHERE account_key IS NULL")
        return self

    def line(self, account: str | None, on: str | date, amount: Any, **columns: Any) -> World:
        return self.add("revenue", account_id=account, date=on, amount=Decimal(str(amount)), **({"kind": "invoice"} | columns))

    def filled(self, table: str, *columns: str) -> World:
        for column in columns:
            self.con.execute("INSERT INTO filled VALUES (?, ?, ?)", [self.source, table, column])
        return self

    def at(self, as_of: str | date, *, now: str | date | None = None, **settings: Any) -> World:
        """Judge as of a day; `now` is the day on the clock (default the same day)."""
        clock = datetime.combine(day(now or as_of), time(12), UTC)
        derive(self._con, Moment(as_of=day(as_of), now=clock), Settings(**settings))
        self._measured = False
        return self

    def group(self, account: str) -> dict[str, Any]:
        """Give every metric of one group, by `crm:id` or by an id of the default source."""
        name = account if ":" in account else f"{self.source}:{account}"
        rows = self.table(f"SELECT * FROM group_metrics WHERE group_id = '{name}'")
        assert len(rows) == 1, f"{name}: {len(rows)} rows"
        return rows[0]

    def of(self, metric: str) -> dict[str, Any]:
        """Give one metric of every group, by account id."""
        rows = self.con.execute(f'SELECT group_id, "{metric}" FROM group_metrics ORDER BY group_id').fetchall()
        return {group.partition(":")[2]: value for group, value in rows}

    @property
    def portfolio(self) -> dict[str, Any]:
        (row,) = self.table("SELECT * FROM portfolio_metrics")
        return row

    @property
    def members(self) -> dict[str, str]:
        rows = self._con.execute("SELECT source || ':' || account_id, group_id FROM members").fetchall()
        return dict(rows)

    def diagnosed(self, code: str) -> set[tuple[str | None, str | None]]:
        con = self.con if code in MEASURED else self._con
        rows = con.execute("SELECT group_id, record_id FROM diagnostics WHERE code = ?", [code]).fetchall()
        return set(rows)

    def table(self, query: str) -> list[dict[str, Any]]:
        found = self.con.execute(query)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _local(name: str, value: Any, *, cases: bool) -> dict[str, Any]:
    if value is None or name == "modified_at":
        return {}
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    moment = moment if isinstance(moment, datetime) else datetime.combine(moment, time(9))
    stem = name.removesuffix("_at")
    found = {name: moment, f"{stem}_date": moment.date()}
    return found | ({f"{stem}_local": moment} if cases and stem in {"opened", "first_response"} else {})

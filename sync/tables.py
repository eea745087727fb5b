"""The ledger's tables: watermarks seen, runs, leases, episodes, findings, plans, outbox, receipts. Changed only by migration."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Float, Index, Integer, MetaData, String, Table, Text
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

HEAD = "0002"
"""The migration this code needs; sync/migrations/versions holds the way there."""


class Utc(TypeDecorator[datetime]):
    """Aware instants, stored as UTC without zone, given back aware: the same in SQLite and PostgreSQL."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("trigger", String(16), nullable=False),
    Column("slot", Utc),
    Column("started_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("as_of", Date, nullable=False),
    Column("dry_run", Boolean, nullable=False),
    Column("outcome", String(16)),
    Column("complete", Boolean),
    Column("error", Text),
    Column("portfolio", JSON),
    Column("summary", JSON),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("holder", String(200), nullable=False),
    Column("token", Integer, nullable=False),
    Column("expires_at", Utc, nullable=False),
)

slots = Table(
    "slots",
    metadata,
    Column("job", String(40), primary_key=True),
    Column("slot", Utc, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("run", String(40)),
)

episodes = Table(
    "episodes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("rule", String(40), nullable=False),
    Column("group_id", String(200), nullable=False),
    Column("name", String(200), nullable=False),
    Column("opened", Date, nullable=False),
    Column("level", String(16), nullable=False),
    Column("last_seen", Date, nullable=False),
    Column("task_level", String(16)),
    Column("task_at", Date),
    Column("below", Integer, nullable=False),
    Column("below_at", Utc),
    Column("cleared", Date),
    Column("muted", String(16)),
    Column("muted_at", Date),
)
Index("episodes_by_rule_group", episodes.c.rule, episodes.c.group_id)

rules_seen = Table(
    "rules_seen",
    metadata,
    Column("rule", String(40), primary_key=True),
    Column("first_at", Utc, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("run", String(40), primary_key=True),
    Column("rule", String(40), primary_key=True),
    Column("group_id", String(200), primary_key=True),
    Column("severity", String(16), nullable=False),
    Column("raw", String(16)),
    Column("value", Float),
    Column("threshold", Float),
    Column("unit", String(16), nullable=False),
    Column("window_start", Date),
    Column("window_end", Date),
    Column("since", Date, nullable=False),
    Column("episode", String(200), nullable=False),
    Column("detail", JSON, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("run", String(40), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("document", JSON, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run", String(40), nullable=False),
    Column("plan", String(64), nullable=False),
    Column("crm", String(40), nullable=False),
    Column("account", String(200)),
    Column("kind", String(16), nullable=False),
    Column("key", String(64)),
    Column("change", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("sent_at", Utc),
)
Index("outbox_by_state", outbox.c.state)

receipts = Table(
    "receipts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("outbox", Integer, nullable=False),
    Column("run", String(40), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("remote_id", String(64)),
    Column("request_id", String(200)),
    Column("why", Text, nullable=False),
    Column("at", Utc, nullable=False),
)
Index("receipts_by_run", receipts.c.run)

written = Table(
    "written",
    metadata,
    Column("crm", String(40), primary_key=True),
    Column("account", String(64), primary_key=True),
    Column("field", String(40), primary_key=True),
    Column("before", JSON),
    Column("after", JSON),
    Column("run", String(40), nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("crm", String(40), nullable=False),
    Column("remote_id", String(64)),
    Column("rule", String(40), nullable=False),
    Column("group_id", String(200), nullable=False),
    Column("code", String(16), nullable=False),
    Column("level", String(16), nullable=False),
    Column("episode", String(200), nullable=False),
    Column("content", JSON, nullable=False),
    Column("run", String(40), nullable=False),
)

privileges_held = Table(
    "privileges_held",
    metadata,
    Column("crm", String(40), primary_key=True),
    Column("account", String(64), primary_key=True),
    Column("since", Date, nullable=False),
    Column("codes", JSON, nullable=False),
)

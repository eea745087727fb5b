"""`equilibre apply FILE`: carry out exactly the plan that a person reviewed, record by record refusing what moved since."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sync.apply import Applied, Applier
from sync.config import ConfigError
from sync.lease import acquire
from sync.ledger import open_ledger
from sync.plan import Plan, document, from_document
from sync.run import connect

if TYPE_CHECKING:
    from pathlib import Path

    from sync.config import Config
    from sync.run import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """The outcome of applying a plan file."""

    run: str
    plan: Plan
    applied: Applied
    calls: dict[str, int]

    @property
    def exit_code(self) -> int:
        return 4 if self.applied.stopped else 0 if self.applied.clean else 3

    def document(self) -> dict[str, Any]:
        changes = [document(change, self.plan.groups) for change in self.plan.changes]
        head = {"run": self.run, "plan": self.plan.id, "as_of": self.plan.as_of.isoformat(), "changes": changes}
        return head | {"receipts": self.applied.receipts, "made_calls": self.calls, "complete": True}


def apply_file(config: Config, file: Path, around: Surroundings) -> Reviewed:
    """Raises ConfigError for a file that is not a plan, LeaseHeld while another run works."""
    plan = read_plan(file)
    ledger = open_ledger(config.ledger_url)
    lease = acquire(ledger.engine, "sync", length=timedelta(minutes=config.schedule.lease_minutes), clock=around.clock)
    now = around.clock()
    run = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    links = connect(config, around)
    try:
        ledger.begin({"id": run, "kind": "apply", "trigger": "manual", "started_at": now, "as_of": plan.as_of, "dry_run": False})
        wanted = {row["crm"] for row in (document(change, plan.groups) for change in plan.changes)}
        _require(file, wanted, set(links))
        for name in wanted:
            links[name].reader().sign_in()
        writers = {name: links[name].writer() for name in links if name in wanted}
        posted = ledger.record(
            run,
            findings=(),
            plan={"id": f"{plan.id}-{run}", "as_of": plan.as_of, "document": {"file": file.name}},
            outgoing=[document(c, plan.groups) for c in plan.changes],
            now=now,
        )
        applier = Applier(run=run, ledger=ledger, lease=lease, clock=around.clock, stop=around.stop, progress=around.progress)
        reviewed = Reviewed(
            run=run,
            plan=plan,
            applied=applier.apply(plan, posted, writers),
            calls={name: writer.calls.made for name, writer in writers.items()},
        )
        label = {0: "done", 3: "incomplete", 4: "stopped"}[reviewed.exit_code]
        ledger.end(
            run,
            ended_at=around.clock(),
            outcome=label,
            complete=True,
            summary={"receipts": reviewed.applied.receipts, "errors": reviewed.applied.errors},
        )
    except BaseException as error:
        ledger.end(run, ended_at=around.clock(), outcome="failed", complete=False, error=f"{type(error).__name__}: {error}"[:500])
        raise
    else:
        return reviewed
    finally:
        for link in links.values():
            link.close()
        lease.release()
        ledger.engine.dispose()


def _require(file: Path, wanted: set[str], enabled: set[str]) -> None:
    if missing := sorted(wanted - enabled):
        raise ConfigError(f"{file} writes to {', '.join(missing)}, which is not enabled in the configuration")


def read_plan(file: Path) -> Plan:
    """The plan in a file written by `equilibre plan --output`."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        changes = tuple(from_document(row) for row in content["changes"])
        groups = {row["key"]: row.get("group") or "" for row in content["changes"] if row.get("key")}
        return Plan(
            id=str(content["plan"]), as_of=date.fromisoformat(content["as_of"]), changes=changes, withheld=(), unchanged=0, groups=groups
        )
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{file} is not a plan of `equilibre plan --output`: {error}") from error

"""One CRM each, with the hands of the people who work in it: what the contract suite needs to know of a connector, and no more."""

from __future__ import annotations

import csv
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb

from connectors import catalog
from connectors.contract import CloseTask, OpenTask, Runtime, SetFlags, Task, UpdateTask
from connectors.sandbox.audit import Audit
from connectors.sandbox.faults import Fault, Faults
from connectors.sandbox.hubspot.app import build as build_hubspot
from connectors.sandbox.hubspot.portal import Portal
from connectors.sandbox.salesforce.app import build as build_salesforce
from connectors.sandbox.salesforce.oauth import App
from connectors.sandbox.salesforce.org import Org
from connectors.settings import FilesSettings, HubspotSettings, SalesforceSettings
from rules.model import AccountRef
from tests.served import Frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from connectors.contract import Landed, Link, Reader
    from tests.served import Address

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DUE = date(2026, 12, 8)
MARK = "DEP-01|T-02|watch|2026-11-22"


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Landing:
    folder: Path
    count: int = 0

    def file(self, stream: str, suffix: str) -> Path:
        self.count += 1
        path = self.folder / f"{self.count:04d}-{stream}{suffix}"
        path.touch(mode=0o600)
        return path


@dataclass
class Bench(ABC):
    """A CRM with nothing in it, prepared for us."""

    folder: Path
    address: Address
    clock: Clock = field(default_factory=Clock)
    links: list[Link] = field(default_factory=list)
    crm: str = ""

    @abstractmethod
    def connect(self, runtime: Runtime) -> Link: ...
    @abstractmethod
    def account(self, name: str, **typed: str) -> str:
        """A person enters an account; `typed` are canonical columns that people fill in."""

    @abstractmethod
    def remove_account(self, account: str) -> None: ...
    @abstractmethod
    def set_flag(self, account: str, flag: str, value: str) -> None:
        """A person types into one of our fields."""

    @abstractmethod
    def task(self, task_id: str) -> Mapping[str, Any]:
        """subject, is_closed and owner of a task as a person sees it."""

    @abstractmethod
    def task_ids(self) -> list[str]: ...
    @abstractmethod
    def close_task(self, task_id: str) -> None: ...
    @abstractmethod
    def rename_task(self, task_id: str, subject: str) -> None: ...
    @abstractmethod
    def writes(self) -> int:
        """How often something was changed from outside so far."""

    def lose_answers(self, count: int) -> bool:
        """Carry out the next writes of tasks but lose the answers; False where that cannot happen."""
        return False

    def link(self, **runtime: Any) -> Link:
        """A new link, as each run has one."""
        self.links.append(self.connect(Runtime(clock=self.clock, sleep=self.clock.sleep, **runtime)))
        return self.links[-1]

    def pull(self, reader: Reader, since: Mapping[str, str] | None = None) -> dict[str, Landed]:
        place = self.folder / f"landing-{len(list(self.folder.iterdir()))}"
        place.mkdir()
        return {landed.stream.name: landed for landed in reader.pull(since or {}, Landing(place))}

    def tables(self, reader: Reader, pulled: Mapping[str, Landed]) -> dict[str, list[dict[str, Any]]]:
        """The canonical tables over what was pulled, as text."""
        with duckdb.connect() as connection:
            connection.execute(f"CREATE SCHEMA raw_{self.crm}")
            for name, landed in pulled.items():
                files = ", ".join(f"'{file}'" for file in landed.files)
                if landed.files:
                    connection.execute(f'CREATE TABLE raw_{self.crm}."{name}" AS {landed.relation.replace("{files}", f"[{files}]")}')
            made = {}
            for table in reader.tables():
                if set(table.streams) <= set(pulled):
                    found = connection.execute(table.query)
                    names = [column[0] for column in found.description]
                    made[table.name] = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
            return made

    def close(self) -> None:
        for link in self.links:
            link.close()

    # ------------------------------------------------------------ changes

    def ref(self, account: str) -> AccountRef:
        return AccountRef(crm=self.crm, id=account)

    def flags(self, account: str, **after: Any) -> SetFlags:
        return SetFlags(account=self.ref(account), before=dict.fromkeys(after), after=after)

    def opening(self, number: int, account: str, **changes: Any) -> OpenTask:
        key = f"eq1-{number:032x}"
        parts = {
            "key": key,
            "subject": "Faire le point",
            "body": "Sur douze mois.",
            "due_date": DUE,
            "owner_id": None,
            "priority": "high",
            "mark": MARK,
            **changes,
        }
        return OpenTask(crm=self.crm, account=self.ref(account), task=Task(account=self.ref(account), **parts))

    def update(self, opened: OpenTask, task_id: str, **after: Any) -> UpdateTask:
        before = {
            "subject": opened.task.subject,
            "due_date": opened.task.due_date.isoformat(),
            "priority": opened.task.priority,
            "owner_id": opened.task.owner_id,
        }
        return UpdateTask(crm=self.crm, account=opened.account, id=task_id, key=opened.task.key, before=before, after=after)

    def closing(self, opened: OpenTask, task_id: str) -> CloseTask:
        return CloseTask(crm=self.crm, account=opened.account, id=task_id, key=opened.task.key)


@dataclass
class Served(Bench):
    """A CRM behind HTTP. The first bench of a process is prepared as an admin does it, the others are copies of it."""

    faults: Faults = field(default_factory=Faults)
    audit: Audit = field(default_factory=Audit)
    prepared: ClassVar[dict[str, tuple[Frozen, datetime]]] = {}

    def __post_init__(self) -> None:
        if self.crm not in self.prepared:
            crm = self.fresh()
            self.address.app = self.app(crm)
            list(self.link().provisioner().provision(dry_run=False))
            self.clock.sleep(60)
            self.prepared[self.crm] = Frozen(crm, clock=self.clock), self.clock.now
            self.audit.clear()
        kept, self.clock.now = self.prepared[self.crm]
        self.address.app = self.app(kept.thawed(clock=self.clock))

    @abstractmethod
    def fresh(self) -> Any:
        """Make the CRM as the vendor gives it out."""

    @abstractmethod
    def app(self, crm: Any) -> Any:
        """Take a CRM as this bench's, and give what serves it."""

    def writes(self) -> int:
        return sum(bool(write.ids) for write in self.audit.writes)


@dataclass
class SalesforceBench(Served):
    crm: str = "salesforce"

    def fresh(self) -> Org:
        org = Org(self.clock)
        username = str(org.record(org.user)["Username"])
        org.sessions.register(App(key="3MVG9.contract", secret="s3cret", run_as=username))
        return org

    def app(self, crm: Org) -> Any:
        self.org = crm
        return build_salesforce(crm, self.faults, self.audit)

    def connect(self, runtime: Runtime) -> Link:
        secret = {"client_id": "3MVG9.contract", "client_secret": "s3cret", "auth": "client_credentials", "domain": "acme.my"}
        return catalog.connect("salesforce", SalesforceSettings(enabled=True, endpoint=self.address.url, **secret), runtime)

    def account(self, name: str, **typed: str) -> str:
        return self.org.insert("Account", {"Name": name, **{f"EQ_{column.title()}__c": value for column, value in typed.items()}})

    def remove_account(self, account: str) -> None:
        self.org.delete("Account", account)

    def set_flag(self, account: str, flag: str, value: str) -> None:
        self.org.update("Account", account, {f"EQ_{flag.title()}__c": value})

    def task(self, task_id: str) -> Mapping[str, Any]:
        row = self.org.record(task_id)
        return {
            "subject": row["Subject"],
            "is_closed": bool(row.get("IsClosed")),
            "account": row.get("WhatId"),
            "due": row.get("ActivityDate"),
        }

    def task_ids(self) -> list[str]:
        return [row["Id"] for row in self.org.records("Task")]

    def close_task(self, task_id: str) -> None:
        self.org.update("Task", task_id, {"Status": "Completed"})

    def rename_task(self, task_id: str, subject: str) -> None:
        self.org.update("Task", task_id, {"Subject": subject})

    def lose_answers(self, count: int) -> bool:
        self.faults.add(Fault(path="/composite/sobjects/Task", drop="after", times=count))
        return True


@dataclass
class HubspotBench(Served):
    crm: str = "hubspot"

    def fresh(self) -> Portal:
        portal = Portal(self.clock)
        portal.knobs.search_second = None
        return portal

    def app(self, crm: Portal) -> Any:
        self.portal = crm
        return build_hubspot(crm, self.faults, self.audit)

    def connect(self, runtime: Runtime) -> Link:
        return catalog.connect(
            "hubspot", HubspotSettings(enabled=True, endpoint=self.address.url, access_token=self.portal.access_token), runtime
        )

    def account(self, name: str, **typed: str) -> str:
        return self.portal.create("companies", {"name": name, **{f"eq_{column}": value for column, value in typed.items()}})

    def remove_account(self, account: str) -> None:
        self.portal.archive("companies", account)

    def set_flag(self, account: str, flag: str, value: str) -> None:
        self.portal.update("companies", account, {f"eq_{flag}": value})

    def task(self, task_id: str) -> Mapping[str, Any]:
        row = self.portal.get("tasks", task_id)
        linked = list(self.portal.associated("tasks", task_id, "companies"))
        return {
            "subject": row["hs_task_subject"],
            "is_closed": row["hs_task_status"] == "COMPLETED",
            "account": linked[0] if linked else None,
            "due": row["hs_timestamp"][:10],
        }

    def task_ids(self) -> list[str]:
        return self.portal.ids("tasks")

    def close_task(self, task_id: str) -> None:
        self.portal.update("tasks", task_id, {"hs_task_status": "COMPLETED"})

    def rename_task(self, task_id: str, subject: str) -> None:
        self.portal.update("tasks", task_id, {"hs_task_subject": subject})

    def lose_answers(self, count: int) -> bool:
        self.faults.add(Fault(path="/tasks/batch/create", drop="after", times=count))
        return True


@dataclass
class FilesBench(Bench):
    crm: str = "files"

    def __post_init__(self) -> None:
        self.home = self.folder / "data"
        self.home.mkdir()
        self.rows: dict[str, dict[str, str]] = {}
        self._save()

    def connect(self, runtime: Runtime) -> Link:
        return catalog.connect("files", FilesSettings(enabled=True, directory=self.home, output=self.folder / "out"), runtime)

    def _save(self) -> None:
        columns = list(dict.fromkeys(["account_id", "name", *(name for row in self.rows.values() for name in row)]))
        with (self.home / "accounts.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(self.rows.values())

    def account(self, name: str, **typed: str) -> str:
        account = f"C{len(self.rows) + 1}"
        self.rows[account] = {"account_id": account, "name": name, **typed}
        self._save()
        return account

    def remove_account(self, account: str) -> None:
        del self.rows[account]
        self._save()

    def _book(self, name: str) -> list[dict[str, str]]:
        file = self.folder / "out" / name
        if not file.exists():
            return []
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return list(csv.DictReader(lines))

    def _edit(self, name: str, key: str, value: str, **changes: str) -> None:
        rows = self._book(name)
        columns = list(rows[0])
        with (self.folder / "out" / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows([{**row, **changes} if row[key] == value else row for row in rows])

    def set_flag(self, account: str, flag: str, value: str) -> None:
        self._edit("flags.csv", "account_id", account, **{flag: value})

    def task(self, task_id: str) -> Mapping[str, Any]:
        row = next(row for row in self._book("tasks.csv") if row["key"] == task_id)
        return {"subject": row["subject"], "is_closed": row["status"] == "closed", "account": row["account_id"], "due": row["due_date"]}

    def task_ids(self) -> list[str]:
        return [row["key"] for row in self._book("tasks.csv")]

    def close_task(self, task_id: str) -> None:
        self._edit("tasks.csv", "key", task_id, status="closed")

    def rename_task(self, task_id: str, subject: str) -> None:
        self._edit("tasks.csv", "key", task_id, subject=subject)

    def writes(self) -> int:
        return self.links[-1].reader().calls.writes if self.links else 0


BENCHES = {"salesforce": SalesforceBench, "hubspot": HubspotBench, "files": FilesBench}

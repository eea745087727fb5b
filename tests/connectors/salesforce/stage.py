"""A served sandbox org and links to it: what the tests of this folder stand on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb

from connectors import catalog
from connectors.contract import CloseTask, OpenTask, Runtime, SetFlags, Task, UpdateTask
from connectors.sandbox.audit import Audit
from connectors.sandbox.faults import Fault, Faults
from connectors.sandbox.salesforce.app import build
from connectors.sandbox.salesforce.oauth import App
from connectors.sandbox.salesforce.org import Org
from connectors.settings import SalesforceSettings
from rules.model import AccountRef
from tests.served import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from connectors.contract import Landed, Link, Reader, Table, Writer
    from tests.served import Address

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CLIENT = "3MVG9.test"


class Landing:
    """Files of one test."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0

    def file(self, stream: str, suffix: str) -> Path:
        self.count += 1
        path = self.folder / f"{self.count:03d}-{stream}{suffix}"
        path.touch(mode=0o600)
        return path


@dataclass(slots=True)
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass(slots=True, kw_only=True)
class Stage:
    """One org behind HTTP. `naps` are the pauses that the connector asked for."""

    org: Org
    faults: Faults
    audit: Audit
    address: Address
    clock: Clock
    folder: Path
    key_file: Path
    naps: list[float] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def settings(self, **changes: Any) -> SalesforceSettings:
        username = str(self.org.record(self.org.user)["Username"])
        base = {
            "enabled": True,
            "domain": "acme.my",
            "client_id": CLIENT,
            "username": username,
            "private_key_file": self.key_file,
            "endpoint": self.address.url,
        }
        return SalesforceSettings(**{**base, **changes})

    def runtime(self, **changes: Any) -> Runtime:
        return Runtime(**{"clock": self.clock, "sleep": self.naps.append, **changes})

    def link(self, runtime: Mapping[str, Any] | None = None, **settings: Any) -> Link:
        link = catalog.connect("salesforce", self.settings(**settings), self.runtime(**(runtime or {})))
        self.links.append(link)
        return link

    def provisioned(self) -> Stage:
        for check in self.link().provisioner().provision(dry_run=False):
            assert check.state == "ok", check
        self.audit.clear()
        self.naps.clear()
        return self

    def account(self, name: str = "Acme", **fields: Any) -> str:
        return self.org.insert("Account", {"Name": name, **fields})

    def fail(self, *faults: Fault, **one: Any) -> None:
        self.faults.add(*faults, *([Fault(**one)] if one else []))

    def pull(self, reader: Reader | None = None, since: Mapping[str, str] | None = None, **settings: Any) -> dict[str, Landed]:
        reader = reader or self.link(**settings).reader()
        place = self.folder / f"landing-{len(list(self.folder.iterdir()))}"
        place.mkdir()
        return {landed.stream.name: landed for landed in reader.pull(since or {}, Landing(place))}

    def tokens(self) -> int:
        return sum(call.path.endswith("/token") for call in self.audit.calls)

    def asked(self, part: str) -> list[Any]:
        return [call for call in self.audit.calls if part in f"{call.path}?{call.query}"]

    def close(self) -> None:
        for link in self.links:
            link.close()


def raise_stage(folder: Path, key: tuple[Path, str], address: Address) -> Stage:
    """Serve an org as Salesforce gives it out; what was served at the address before is gone."""
    clock = Clock()
    made = Org(clock)
    username = str(made.record(made.user)["Username"])
    made.sessions.register(App(key=CLIENT, public_key=key[1], secret="s3cret-of-the-app", users=(username,), run_as=username))
    return _served(made, clock, folder, key, address)


def _served(org: Org, clock: Clock, folder: Path, key: tuple[Path, str], address: Address) -> Stage:
    faults, audit = Faults(), Audit()
    address.app = build(org, faults, audit)
    return Stage(org=org, faults=faults, audit=audit, address=address, clock=clock, folder=folder, key_file=key[0])


_deployed: dict[str, Frozen] = {}


def raise_ready_stage(folder: Path, key: tuple[Path, str], address: Address) -> Stage:
    """Serve an org with our package deployed and assigned, which the first test of a process does as an admin does it."""
    if key[1] not in _deployed:
        first = raise_stage(folder, key, address).provisioned()
        first.org.deployments.things.clear()  # what they left is in the org; the packages themselves are the bulk of it
        _deployed[key[1]] = Frozen(first.org, clock=first.clock)
        first.close()
    clock = Clock()
    return _served(_deployed[key[1]].thawed(clock=clock), clock, folder, key, address)


def rows(landed: Landed) -> list[dict[str, Any]]:
    """What lies in the files of a landed stream."""
    files = ", ".join(f"'{file}'" for file in landed.files)
    with duckdb.connect() as connection:
        found = connection.execute(landed.relation.replace("{files}", f"[{files}]"))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def canonical(pulled: Mapping[str, Landed], tables: Iterable[Table]) -> dict[str, list[dict[str, Any]]]:
    """The canonical tables over a mirror made of one pull."""
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA raw_salesforce")
        for name, landed in pulled.items():
            files = ", ".join(f"'{file}'" for file in landed.files)
            connection.execute(f'CREATE TABLE raw_salesforce."{name}" AS {landed.relation.replace("{files}", f"[{files}]")}')
        made = {}
        for table in tables:
            found = connection.execute(table.query)
            names = [column[0] for column in found.description]
            made[table.name] = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return made


def ref(account: str) -> AccountRef:
    return AccountRef(crm="salesforce", id=account)


def flags(account: str, **after: Any) -> SetFlags:
    return SetFlags(account=ref(account), before=dict.fromkeys(after), after=after)


def opening(number: int, account: str | None, **changes: Any) -> OpenTask:
    parts = {
        "key": f"eq1-{number:032x}", "subject": "Faire le point", "body": "Sur douze mois.", "due_date": datetime(2026, 12, 8, tzinfo=UTC).date(), "owner_id": None,
        "priority": "high", "mark": "DEP-01|T-02|watch|2026-11-22",
    }  # fmt: skip
    account_ref = ref(account) if account else None
    return OpenTask(crm="salesforce", account=account_ref, task=Task(**{**parts, "account": account_ref, **changes}))


def update(opened: OpenTask, task_id: str, before: Mapping[str, Any], **after: Any) -> UpdateTask:
    return UpdateTask(crm="salesforce", account=opened.account, id=task_id, key=opened.task.key, before=before, after=after)


def closing(opened: OpenTask, task_id: str) -> CloseTask:
    return CloseTask(crm="salesforce", account=opened.account, id=task_id, key=opened.task.key)


def written(writer: Writer, *changes: Any) -> list[Any]:
    """The receipts of changes, flags or tasks, in the order of the changes."""
    send = writer.write_flags if isinstance(changes[0], SetFlags) else writer.write_tasks
    found = {id(receipt.change): receipt for receipt in send(changes)}
    return [found[id(change)] for change in changes]

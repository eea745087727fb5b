"""`check` and `provision`: one line a thing, with the mend; a CRM that cannot be reached does not hide the others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distribution, packages_distributions
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from connectors.contract import Check
from connectors.failures import CrmError, Denied
from sync import scanning
from sync.ledger import LedgerError, open_ledger
from sync.owners import Directory
from sync.run import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from connectors.contract import Link
    from sync.config import Config
    from sync.run import Surroundings

PACKAGES = ("connectors", "rules", "sync")


def examine(config: Config, around: Surroundings) -> list[Check]:
    """Everything `equilibre check` looks at."""
    checks = [*_installation(), *_store(config), *_rules(config), *scanning.examine(config)]
    return checks + _of_each(config, around, None, "sign-in", lambda link: link.reader().check()) + _owners(config)


def provision(config: Config, around: Surroundings, *, dry_run: bool, only: str | None) -> list[Check]:
    """Prepare each CRM."""
    return _of_each(config, around, only, "provision", lambda link: link.provisioner().provision(dry_run=dry_run))


@runtime_checkable
class Removing(Protocol):
    """A provisioner that can take away what it brought, apart from data."""

    def remove(self, *, dry_run: bool) -> Iterator[Check]: ...


def remove(config: Config, around: Surroundings, *, dry_run: bool, only: str | None) -> list[Check]:
    """Undo `provision` where that touches nobody's data; a CRM where nothing can be undone says so."""

    def removed(link: Link) -> Iterable[Check]:
        provisioner = link.provisioner()
        if isinstance(provisioner, Removing):
            return provisioner.remove(dry_run=dry_run)
        return [Check(subject="remove", state="ok", detail="nothing is removed here: fields hold what people typed")]

    return _of_each(config, around, only, "remove", removed)


def write_projects(folder: Path) -> list[Check]:
    """What an admin deploys by hand, as files. Nothing needs to be configured, no CRM is asked."""
    from connectors.hubspot.project import definitions  # noqa: PLC0415 - only this command needs the packages
    from connectors.hubspot.project import project as cards  # noqa: PLC0415
    from connectors.salesforce.package import project  # noqa: PLC0415

    return [project(folder), cards(folder / "hubspot"), definitions(folder)]


def _of_each(config: Config, around: Surroundings, only: str | None, what: str, work: Callable[[Link], Iterable[Check]]) -> list[Check]:
    """The lines of every CRM, asked at the same time; one that fails is a line, and the others go on."""

    def lines(name: str, link: Link) -> list[Check]:
        try:
            return [_prefixed(name, check) for check in work(link)]
        except CrmError as error:
            mend = error.mend if isinstance(error, Denied) else ""
            return [Check(subject=f"{name}: {what}", state="error", detail=str(error), mend=mend)]
        finally:
            link.close()

    links = connect(config, around, only)
    with ThreadPoolExecutor(max_workers=max(1, len(links))) as pool:
        return [check for many in pool.map(lines, links.keys(), links.values()) for check in many]


def _prefixed(crm: str, check: Check) -> Check:
    subject = check.subject if check.subject.startswith(f"{crm}:") else f"{crm}: {check.subject}"
    return Check(subject=subject, state=check.state, detail=check.detail, mend=check.mend)


def _installation() -> Iterator[Check]:
    """`connectors`, `rules` and `sync` are plain names: they must be ours in this environment."""
    owners = packages_distributions()
    for package in PACKAGES:
        others = sorted(set(owners.get(package, [])) - {"equilibre"})
        if others:
            yield Check(
                subject=f"package {package}",
                state="error",
                detail=f"also installed by {', '.join(others)}",
                mend="install equilibre in its own environment (pipx, uv tool, container)",
            )
        else:
            yield Check(subject=f"package {package}", state="ok", detail=f"equilibre {distribution('equilibre').version}")


def _store(config: Config) -> Iterator[Check]:
    try:
        ledger = open_ledger(config.ledger_url)
    except LedgerError as error:
        yield Check(subject="ledger", state="error", detail=str(error), mend="see docs/operations.md, The ledger")
    else:
        yield Check(subject="ledger", state="ok", detail=ledger.engine.url.render_as_string(hide_password=True))
        ledger.engine.dispose()


def _rules(config: Config) -> Iterator[Check]:
    from sync.judge import catalogue  # noqa: PLC0415 - pulls in the rule engine

    yield Check(subject="rules", state="ok", detail=f"{len(catalogue(config).rules)} rules, profile {config.rules.profile}")


def _owners(config: Config) -> list[Check]:
    if config.tasks.default_owner or Directory(owners={}, roles=config.tasks.owners).roles:
        return []
    return [
        Check(
            subject="tasks.default_owner",
            state="warning",
            detail="no default owner: a task whose account owner is inactive has no owner",
            mend="set tasks.default_owner to a user id or e-mail address",
        )
    ]

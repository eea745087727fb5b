"""From groups to records: every account of a flagged group gets its flags, one account and one person get each task.

Flags go to every account of the group in every CRM. A task goes to one CRM (tasks.crm, else the first enabled that knows the
group), there on the account with the largest net revenue, to the role's person (sync/owners.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from connectors.contract import FLAG_FIELDS, Task
from rules import tasks as wording
from rules.explain import label
from rules.model import AccountRef
from sync import carried
from sync.digest import digest
from sync.homes import Home, homes, order
from sync.impact import Stakes
from sync.owners import Directory, directory
from sync.plan import ShownTask, Target, Want

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import duckdb

    from connectors.contract import Value
    from rules.counsel import Counsel
    from rules.tasks import Wanted
    from sync.config import Config
    from sync.judge import Judged
    from sync.pull import PullReport

CLEARED: dict[str, Value] = {
    "level": "none",
    "open_rules": None,
    "revenue_share": None,
    "index": None,
    "coverage": None,
    "stage_proposed": "balanced",
    "explanation": None,
    "next_step": None,
    "checklist": None,
    "at_stake": None,
    "restricted": None,
}
DECIMALS = {"revenue_share": 4, "coverage": 2, "index": 1}
"""Fields are written with few digits, so that a number that hardly moves is not written every day."""


class Router:
    """The accounts, owners and tasks of one run, and the ways from a group to them."""

    def __init__(
        self,
        config: Config,
        connection: duckdb.DuckDBPyConnection,
        judged: Judged,
        pulled: PullReport,
        *,
        only: str | None,
        made: Mapping[str, Any],
        available: Collection[str],
    ) -> None:
        self.config, self.connection, self.judged, self.pulled, self.made = config, connection, judged, pulled, made
        self.available = available
        self.group = self._group(only) if only is not None else None

    def _group(self, account: str) -> str:
        from sync.config import ConfigError  # noqa: PLC0415

        crm, _, number = account.rpartition(":")
        named = number if crm else account
        query = "SELECT DISTINCT group_id FROM group_accounts WHERE ? IN (account_id, left(account_id, 15))" + (
            " AND source = ?" if crm else ""
        )
        groups = self.connection.execute(query, [named, crm] if crm else [named]).fetchall()
        if len(groups) != 1:
            raise ConfigError(f"--account {account}: " + ("no such account" if not groups else "several CRMs know this id; write crm:id"))
        return str(groups[0][0])

    # ------------------------------------------------------------ flags

    def targets(self) -> Iterator[Target]:
        """What each account of a flagged group should show, and a clean sheet for those that still show flags of ours."""
        wanted = {
            group: advice
            for group, advice in self.judged.counsels.items()
            if self.group in (None, group) and (advice.level or advice.stage)
        }
        query = "SELECT group_id, share, net_revenue FROM group_metrics WHERE share > 0"
        stakes = {group: (share, net) for group, share, net in self.connection.execute(query).fetchall()}
        texts = {group: self._texts(group, advice) for group, advice in wanted.items()}
        seen = self.observed_flags()
        for group, source, account in self._accounts(set(wanted)):
            ref, values = AccountRef(crm=source, id=account), dict(CLEARED)
            shown = seen.get(ref, {}).get("trend")
            if group in wanted:
                values |= _values(wanted[group], *stakes.get(group, (None, None))) | texts[group]
                values["checklist"] = ";".join(f"{one.code}={one.state}" for one in self.judged.checklists.get(group, ())) or None
            if shown or values["level"] != "none":
                level, index = values["level"], wanted[group].index if group in wanted else None
                values["trend"] = carried.trend(shown, self.judged.moment.as_of, index, None if level is None else str(level))
            reason = ", ".join(wanted[group].rules) if group in wanted else ""
            yield Target(account=ref, values=values, reason=reason or "no finding is open")

    def _texts(self, group: str, advice: Counsel) -> dict[str, Value]:
        language, book = self.config.company.language, self.judged.catalogue
        rows = [row for row in self._findings.get(group, []) if row["rule"] in advice.rules]
        return carried.texts(rows, book, language) | {"next_step": carried.next_step(advice, book, language)}

    @cached_property
    def _findings(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self.judged.rows:
            found[row["group_id"]].append(row)
        return found

    def _accounts(self, groups: set[str]) -> list[tuple[str, str, str]]:
        self.connection.execute("CREATE OR REPLACE TEMP TABLE wanted_groups (group_id VARCHAR)")
        if groups:
            self.connection.execute("INSERT INTO wanted_groups SELECT unnest(?::VARCHAR[])", [sorted(groups)])
        flagged = (
            "SELECT source, account_id FROM flags WHERE coalesce(level, 'none') <> 'none' OR open_rules <> '' OR revenue_share IS NOT NULL"
        )
        rows = self.connection.execute(
            f"SELECT group_id, source, account_id FROM group_accounts WHERE (NOT is_person AND group_id IN (FROM wanted_groups)) OR (source, account_id) IN ({flagged}) ORDER BY ALL"
        ).fetchall()
        return [row for row in rows if row[1] in self.available and self.group in (None, row[0])]

    def observed_flags(self) -> dict[AccountRef, dict[str, Value]]:
        """Our fields as the last pull showed them."""
        columns = ", ".join(f'"{name}"' for name in FLAG_FIELDS)
        observed = {}
        for source, account, *values in self.connection.execute(f"SELECT source, account_id, {columns} FROM flags").fetchall():
            row = {
                name: value.isoformat(sep="T") + "Z" if name == "computed_at" and value is not None else value
                for name, value in zip(FLAG_FIELDS, values, strict=True)
            }
            observed[AccountRef(crm=source, id=account)] = row
        return observed

    # ------------------------------------------------------------ tasks

    def wants(self) -> Iterator[Want]:
        """Every task that a rise asks for, routed and worded in the company's language."""
        wanted = wording.wanted(
            self.judged.evaluation.episodes,
            self.judged.evaluation.findings,
            self.judged.catalogue,
            min_severity=self.config.tasks.min_severity,
        )
        for task in wanted:
            if self.group in (None, task.group):
                place = self.place(task.group)
                if place is not None:
                    yield self._want(task, *place)

    def _want(self, wanted: Wanted, crm: str, account: AccountRef | None, name: str, account_owner: str | None) -> Want:
        template = self.judged.catalogue.tasks[wanted.code]
        language, currency = self.config.company.language, self.config.company.home_currency
        owner = self.directory(crm).route(template.role, account_owner)
        more = self.stakes.figures(wanted.group, language) if template.asks_impact else None
        task = Task(
            key=wanted.key(self.pulled.orgs[crm].id),
            account=account,
            subject=wording.subject(wanted, template, language, account=name, currency=currency, more=more),
            body=wording.body(wanted, template, self.judged.catalogue, language, account=name, currency=currency, more=more),
            due_date=wording.due_date(template, self.judged.moment.as_of, self.config.company.country, self.days_off),
            owner_id=owner.id if owner else None,
            priority=wanted.priority,
            mark=wanted.mark,
        )
        return Want(
            crm=crm,
            group=wanted.group or "",
            task=task,
            level=wanted.severity,
            weight=self.weights.get(wanted.group or "", 0.0),
            reason=f"{wanted.rule} {wanted.severity}",
            about=f"{self.judged.catalogue.rule(wanted.rule).name[language]}, {label(wanted.severity, language)}",
            serves=((wanted.rule, wanted.group or "", wanted.episode, wanted.severity),),
        )

    @cached_property
    def stakes(self) -> Stakes:
        """The impact sheets of the flagged groups, for the tasks that name their figures."""
        groups = self._spoken()
        return Stakes(self.config, self.connection, groups, self.judged.moment.as_of)

    @cached_property
    def days_off(self) -> frozenset[Any]:
        from datetime import date  # noqa: PLC0415

        return frozenset(date.fromisoformat(day) for day in self.config.company.holidays)

    def place(self, group: str | None) -> tuple[str, AccountRef | None, str, str | None] | None:
        """CRM, account, name and account owner for a group's task; the portfolio's task hangs on no account."""
        crms = order(self.config)
        known = self._homes.get(group, {}) if group is not None else dict.fromkeys(crms, Home("", None, None))
        crm = next((crm for crm in crms if crm in known), None)
        if crm is None or crm not in self.available:  # its CRM is away: the task is asked again next time, not put elsewhere
            return None
        account, name, owner = known[crm]
        if group is None:
            return crm, None, self.config.company.name, None
        return crm, AccountRef(crm=crm, id=account), name or account, owner

    @cached_property
    def _homes(self) -> Mapping[str, Mapping[str, Home]]:
        return homes(self.connection, self._spoken())

    def _spoken(self) -> set[str]:
        """The groups about which a rule or a monitor says something."""
        found = {finding.group for finding in self.judged.evaluation.findings if finding.group is not None}
        return found | {notice.group for notice in self.judged.notices}

    @cached_property
    def weights(self) -> dict[str, float]:
        """Money at stake: what the group brought in twelve months."""
        return {
            group: float(net or 0)
            for group, net in self.connection.execute("SELECT group_id, net_revenue FROM group_metrics WHERE net_revenue > 0").fetchall()
        }

    def directory(self, crm: str) -> Directory:
        """The users of one CRM."""
        if crm not in self._directories:
            self._directories[crm] = directory(self.connection, crm, self.config.tasks)
        return self._directories[crm]

    @cached_property
    def _directories(self) -> dict[str, Directory]:
        return {}

    def shown_tasks(self) -> list[ShownTask]:
        """Our tasks as the last pull showed them."""
        rows = self.connection.execute(
            "SELECT source, task_id, key, coalesce(mark, ''), account_id, coalesce(is_closed, FALSE), coalesce(is_deleted, FALSE), subject, due_date, priority, owner_id FROM tasks WHERE key IS NOT NULL"
        ).fetchall()
        names = ("crm", "id", "key", "mark", "account_id", "is_closed", "is_deleted", "subject", "due_date", "priority", "owner_id")
        return [ShownTask(**dict(zip(names, row, strict=True))) for row in rows]

    def budget(self, owner: str) -> int:
        """How many new tasks one person takes in this run: the limit of a run, and what is left of the week's."""
        limits = self.config.limits
        if limits.tasks_per_owner_per_week is None:
            return limits.tasks_per_owner_per_run
        return min(limits.tasks_per_owner_per_run, max(limits.tasks_per_owner_per_week - self._made_this_week[owner], 0))

    @cached_property
    def _made_this_week(self) -> Counter[str]:
        """Tasks made in the seven days up to now, by owner; a run's id begins with its day."""
        since = f"{self.judged.moment.now - timedelta(days=7):%Y%m%d}"
        return Counter(row.content.get("owner_id") or "" for row in self.made.values() if row.run[:8] > since)

    def digest(self, wants: Sequence[Want]) -> list[Want]:
        """What is too much for one person or account in one run, as one task per person."""
        return digest(wants, self.pulled.orgs, self.judged.moment.as_of, self.config)


def _values(advice: Counsel, share: float | None, revenue: object) -> dict[str, Value]:
    if advice.level is None:
        return {"stage_proposed": advice.stage_proposed}
    numbers = {"revenue_share": share, "index": advice.index, "coverage": advice.coverage}
    rounded: dict[str, Value] = {name: None if value is None else round(float(value), DECIMALS[name]) for name, value in numbers.items()}
    return rounded | {
        "at_stake": carried.at_stake(revenue),
        "level": advice.level,
        "open_rules": advice.open_rules,
        "stage_proposed": advice.stage_proposed,
    }

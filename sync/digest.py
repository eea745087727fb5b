"""One task instead of a flood: what is over the limits of a run is listed in one digest task per person."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from connectors.contract import Task
from rules.model import Mark, rank
from rules.tasks import working_day
from sync.plan import Want

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from connectors.contract import Org
    from sync.config import Config

DAYS = 7
LINES = 100
TEXTS = {
    "en": ("{n} more points to look at", "{n} points came up in one run. The gravest first:", "... and {n} more, see the report."),
    "fr": (
        "{n} autres points à regarder",
        "{n} points sont apparus en une seule fois. Les plus graves d'abord :",
        "... et {n} autres, voir le rapport.",
    ),
}


def digest(wants: Sequence[Want], orgs: Mapping[str, Org], as_of: date, config: Config) -> list[Want]:
    """One want for each CRM and owner among `wants`, naming account, task and level of each; a single one stays what it is."""
    parts: dict[tuple[str, str], list[Want]] = defaultdict(list)
    for want in wants:
        parts[want.crm, want.task.owner_id or ""].append(want)
    return [
        many[0] if len(many) == 1 else _one(crm, owner, many, orgs[crm].id, as_of, config) for (crm, owner), many in sorted(parts.items())
    ]


def _one(crm: str, owner: str, wants: list[Want], org: str, as_of: date, config: Config) -> Want:
    title, head, more = TEXTS[config.company.language]
    wants.sort(key=lambda want: (-rank(want.level), -want.weight, want.task.key))
    lines = [f"- {want.title or want.task.subject}" + (f" ({want.about})" if want.about else "") for want in wants[:LINES]]
    if len(wants) > LINES:
        lines.append(more.format(n=len(wants) - LINES))
    level = wants[0].level
    parts = f"{org}|DIGEST|{owner}|{as_of.isoformat()}|T-00|{level}"
    task = Task(
        key="eq1-" + hashlib.sha256(parts.encode()).hexdigest()[:32],
        account=None,
        subject=title.format(n=len(wants)),
        body="\n".join([head.format(n=len(wants)), *lines]),
        due_date=working_day(as_of + timedelta(days=DAYS), config.company.country),
        owner_id=owner or None,
        priority="high" if rank(level) >= rank("alert") else "normal",
        mark=str(Mark("DIGEST", "T-00", level, as_of.isoformat())),
    )
    return Want(
        crm=crm,
        group="",
        task=task,
        level=level,
        reason="more tasks than one person takes in one run",
        serves=tuple(served for want in wants for served in want.serves),
    )

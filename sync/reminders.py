"""The tasks that monitors and stages ask for (rules/monitors.py), routed and worded like those of the rules.

They pass the same plan: one task a key, one open task for one (monitor, client, code), the same limits and the same digest.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from connectors.contract import Task
from rules import tasks as wording
from rules.figures import day
from rules.monitors import PLAYBOOK, sentence
from sync.plan import Want

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rules.monitors import Book, Notice
    from rules.rule import Language
    from rules.tasks import Template, Wanted
    from sync.routing import Router

STAGES: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "balanced": "Balanced", "watch": "Watch", "repair": "Repair", "last_round": "Last round", "decision": "Decision",
        "exit_notice": "Exit with notice", "after_care": "After-care", "ended": "Ended",
    },
    "fr": {
        "balanced": "Équilibrée", "watch": "Vigilance", "repair": "Réparation", "last_round": "Dernier tour", "decision": "Décision",
        "exit_notice": "Fin avec préavis", "after_care": "Après", "ended": "Terminée",
    },
}  # fmt: skip
"""The stages as people read them (domain.md D.1)."""
ENTERED: Final[Mapping[Language, str]] = {"en": "Stage of the relation: {stage}{since}.", "fr": "Étape de la relation : {stage}{since}."}
SINCE: Final[Mapping[Language, str]] = {"en": ", since {day}", "fr": ", depuis le {day}"}


def wants(router: Router) -> Iterator[Want]:
    """Give every task that a monitor or a stage asks for in this run."""
    for notice in router.judged.notices:
        place = router.place(notice.group) if notice.wanted and router.group in {None, notice.group} else None
        if place is not None:
            for wanted in notice.wanted:
                yield _want(router, notice, wanted, *place)


def _want(router: Router, notice: Notice, wanted: Wanted, crm: str, account: object, name: str, account_owner: str | None) -> Want:
    config, book = router.config, router.judged.catalogue
    template = book.monitors.tasks.get(wanted.code) or book.tasks[wanted.code]
    language, currency = config.company.language, config.company.home_currency
    owner = router.directory(crm).route(template.role, account_owner)
    more = router.stakes.figures(wanted.group, language) if template.asks_impact else None
    task = Task(
        key=wanted.key(router.pulled.orgs[crm].id),
        account=account,  # type: ignore[arg-type]
        subject=wording.subject(wanted, template, language, account=name, currency=currency, more=more),
        body=wording.body(
            wanted,
            template,
            book,
            language,
            account=name,
            currency=currency,
            more=more,
            head=head(book.monitors, notice, language, currency),
        ),
        due_date=wording.due_date(template, _start(template, notice, router.judged.moment.as_of), config.company.country, router.days_off),
        owner_id=owner.id if owner else None,
        priority=wanted.priority,
        mark=wanted.mark,
    )
    return Want(
        crm=crm,
        group=notice.group,
        task=task,
        level=notice.level,
        weight=router.weights.get(notice.group, 0.0),
        reason=f"{notice.monitor} {notice.episode if notice.monitor == PLAYBOOK else notice.level}",
        serves=((notice.monitor, notice.group, notice.episode, notice.level),),
    )


def head(book: Book, notice: Notice, language: Language, currency: str) -> str:
    """Give the first line of a task: what the monitor saw, or which stage people set and when."""
    if notice.monitor != PLAYBOOK:
        return sentence(book, notice, language, currency)
    stage, since = str(notice.numbers.get("stage", "")), notice.numbers.get("stage_since")
    said = SINCE[language].format(day=day(since, language)) if isinstance(since, date) else ""
    return ENTERED[language].format(stage=STAGES[language].get(stage, stage), since=said)


def _start(template: Template, notice: Notice, today: date) -> date:
    """Give the day from which the due date counts; what is anchored in the past counts from today."""
    anchored = {"notice": notice.numbers.get("notice_start"), "end": notice.numbers.get("notice_end") or notice.numbers.get("stage_since")}
    start = anchored.get(template.anchor)
    return start if isinstance(start, date) and start > today else today

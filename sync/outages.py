"""The dead man's switch: scheduled runs that fail, miss records or do not happen make one task for the admin, and one more when that is over.

    runs and slots of the ledger, and whether this run read everything -> at most one Want

A task for a change of state, not one a run. A scheduler that stands still cannot write: /healthz and `status` show that, and the first
run after it says so. A run by hand tells its caller and makes no such task.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from connectors.contract import Task
from rules.figures import fill
from rules.model import Mark
from rules.tasks import key, working_day
from sync.plan import Want

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rules.rule import Language
    from sync.ledger import Ledger
    from sync.routing import Router

RULE: Final = "RUN-01"
TROUBLE: Final = "R-04"
OVER: Final = "R-05"
BAD: Final = frozenset({"failed", "killed", "incomplete"})
MISSED: Final = 2
"""Slots in a row that nobody ran (one alone is a restart)."""
DAYS: Final = 1
TEXTS: Final[Mapping[Language, Mapping[str, tuple[str, str]]]] = {
    "en": {
        TROUBLE: (
            "Équilibre: scheduled runs need a look",
            "{said} What the records show may be old. `equilibre status` names the cause, `equilibre check` the mend. One more task says when it is over.",
        ),
        OVER: ("Équilibre: scheduled runs are well again", "The run of {now} read and wrote everything. Nothing is left to do."),
    },
    "fr": {
        TROUBLE: (
            "Équilibre : vérifier les exécutions planifiées",
            "{said} Les fiches peuvent montrer des valeurs anciennes. `equilibre status` donne la cause, `equilibre check` le remède. Une autre tâche annoncera la fin.",
        ),
        OVER: (
            "Équilibre : les exécutions planifiées sont rétablies",
            "L'exécution du {now} a tout lu et tout écrit. Il n'y a rien à faire.",
        ),
    },
}
SAID: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "missed": "{missed} scheduled runs did not take place since {since}.",
        "before": "The run of {since} did not end well.",
        "now": "The run of {now} could not read everything.",
    },
    "fr": {
        "missed": "{missed} exécutions planifiées n'ont pas eu lieu depuis le {since}.",
        "before": "L'exécution du {since} ne s'est pas bien terminée.",
        "now": "L'exécution du {now} n'a pas pu tout lire.",
    },
}


def wants(router: Router, ledger: Ledger, run: str) -> Iterator[Want]:
    """Give the task of this run, when the state changed."""
    mine = ledger.run(run)
    place = router.place(None)
    if mine is None or mine.trigger != "schedule" or place is None:
        return
    complete = router.pulled.complete
    told = _told(router)
    standing = sorted(episode for episode, codes in told.items() if OVER not in codes)
    if standing:
        if complete:
            yield from (_want(router, place[0], OVER, episode, {"now": mine.started_at}) for episode in standing)
        return
    past = ledger.scheduled_before(run)
    cause = (
        "missed" if past is not None and past.missed >= MISSED
        else "before" if past is not None and past.ended in BAD
        else "now" if not complete
        else ""
    )  # fmt: skip
    if cause:
        figures = {"now": mine.started_at, "since": past.at if past else None, "missed": past.missed if past else 0}
        yield _want(router, place[0], TROUBLE, run, figures, cause)


def _told(router: Router) -> dict[str, set[str]]:
    """Episode -> codes of the tasks that exist, as the ledger and the CRM have them."""
    found: dict[str, set[str]] = {}
    marks = [(row.rule, row.code, row.episode) for row in router.made.values()]
    for task in router.shown_tasks():
        mark = Mark.read(task.mark)
        marks += [(mark.rule, mark.code, mark.episode)] if mark is not None else []
    for rule, code, episode in marks:
        if rule == RULE:
            found.setdefault(episode, set()).add(code)
    return found


def _want(router: Router, crm: str, code: str, episode: str, figures: Mapping[str, object], cause: str = "") -> Want:
    config, today = router.config, router.judged.moment.as_of
    language = config.company.language
    shown = {name: f"{at.astimezone(config.zone):%Y-%m-%d %H:%M}" if hasattr(at, "astimezone") else at for name, at in figures.items()}
    shown["said"] = fill(SAID[language][cause], shown, language) if cause else ""
    title, body = TEXTS[language][code]
    level = "alert" if code == TROUBLE else "info"
    owner = router.directory(crm).route("admin", None)
    task = Task(
        key=key(router.pulled.orgs[crm].id, RULE, "", episode, code, level),
        account=None,
        subject=title,
        body=fill(body, shown, language),
        due_date=working_day(today + timedelta(days=DAYS), config.company.country, router.days_off),
        owner_id=owner.id if owner else None,
        priority="high" if code == TROUBLE else "low",
        mark=str(Mark(RULE, code, level, episode)),
    )
    return Want(crm=crm, group="", task=task, level=level, reason=f"{RULE} {code}")

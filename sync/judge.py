"""Facts -> findings -> counsel, and what both ask of the CRM: the flags that should be, the tasks that are wanted.

The bridge between `rules` (which knows facts and judgement, and nothing of configuration, ledger or CRM accounts) and `plan`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rules import criteria, evaluate, explain, metrics, monitors, own
from rules.counsel import counsel
from rules.derive import derive
from rules.episodes import restored, tasked
from rules.model import Mark, rank
from rules.stages import checklist
from sync import kept, privileges
from sync.derivation import settings as derive_settings
from sync.figures import metric_value
from sync.routing import Router
from sync.titles import told_apart

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    import duckdb

    from rules.counsel import Counsel
    from rules.criteria import Catalogue
    from rules.evaluate import Evaluation
    from rules.model import Episode, Finding, Moment
    from rules.monitors import Notice
    from rules.stages import Guard
    from sync.config import Config
    from sync.facts import Facts
    from sync.ledger import Ledger
    from sync.plan import Plan
    from sync.privileges import Held
    from sync.pull import PullReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An evaluation with its counsel, and the rows that the ledger keeps of it."""

    catalogue: Catalogue
    evaluation: Evaluation
    counsels: Mapping[str, Counsel]
    rows: tuple[dict[str, Any], ...]
    portfolio: dict[str, Any]
    moment: Moment
    held: tuple[Held, ...] = ()
    """The privileges that the next runs compare with (DEP-06 b)."""
    notices: tuple[Notice, ...] = ()
    checklists: Mapping[str, tuple[Guard, ...]] = field(default_factory=dict)
    """What stands before an end (domain.md D.2, G1 to G7), of the groups that people put into a last round or beyond."""


def catalogue(config: Config) -> Catalogue:
    """The rules in force: packs, a company's own files, the configuration's overrides. Raises CriteriaError."""
    return criteria.load(
        config.rules.overrides, config.rules.files, profile=config.rules.profile, packs=config.rules.packs, metrics=config.rules.metrics
    )


def judge(config: Config, facts: Facts, moment: Moment, ledger: Ledger, pulled: PullReport, *, backlog: bool) -> Judged:
    """Derive, measure, evaluate and advise; nothing is written outside the facts' temporary tables."""
    connection, book = facts.connection, catalogue(config)
    held = ledger.privileges_held()
    privileges.show(connection, held)
    derive(connection, moment, derive_settings(config))
    metrics.compute(connection)
    own.install(connection, book.metrics)
    kept.group_accounts(connection)
    known, watched = monitors.split(ledger.episodes(), book.monitors)
    episodes = [*known, *_lost_episodes(connection, known, moment.as_of)]
    new_rules = _new_rules(connection, book, ledger.rules_seen())
    evaluation = evaluate.evaluate(
        connection,
        book,
        moment,
        episodes,
        complete=pulled.complete,
        objects=pulled.objects,
        new_rules=new_rules,
        backlog=backlog,
    )
    counsels = counsel(connection, book, evaluation, moment, episodes)
    notices, followed = monitors.observe(
        connection,
        book.monitors,
        watched,
        evaluation.episodes,
        moment,
        complete=pulled.complete,
        amnesty=monitors.PLAYBOOK in new_rules and not backlog,
        min_severity=config.tasks.min_severity,
    )
    kept.notices(connection, book, notices, config.company.home_currency)
    checklists = _checklists(config, connection, counsels, moment)
    kept.guards(connection, checklists)
    evaluation = replace(evaluation, episodes=(*evaluation.episodes, *followed), evaluated=(*evaluation.evaluated, *book.monitors.ids))
    kept.revenue_by_month(connection, {finding.group for finding in evaluation.findings if finding.group is not None})
    rows = tuple(_row(connection, book, finding, config.company.home_currency) for finding in evaluation.findings)
    return Judged(
        catalogue=book,
        evaluation=evaluation,
        counsels=counsels,
        rows=rows,
        portfolio=_portfolio(connection, evaluation),
        moment=moment,
        notices=tuple(notices),
        checklists=checklists,
        held=tuple(privileges.note(connection, held, moment.as_of, complete=pulled.complete)),
    )


def _checklists(
    config: Config, connection: duckdb.DuckDBPyConnection, counsels: Mapping[str, Counsel], moment: Moment
) -> dict[str, tuple[Guard, ...]]:
    """The seven guards of each group about which a decision is near or made."""
    from sync.impact import Stakes  # noqa: PLC0415 - only a portfolio with decisions needs it

    near = [group for group, advice in counsels.items() if advice.stage in {"last_round", "decision", "exit_notice"}]
    stakes = Stakes(config, connection, near, moment.as_of) if near else None
    found = {}
    for group in near:
        verdict = stakes.verdict(group) if stakes is not None else None
        found[group] = checklist(counsels[group].standing, incident=counsels[group].incident, verdict=verdict, as_of=moment.as_of)
    return found


def _lost_episodes(connection: duckdb.DuckDBPyConnection, known: Iterable[Episode], today: date) -> list[Episode]:
    """Episodes that the CRM shows and the ledger never saw: it was lost, or another installation wrote them."""
    names = {(episode.rule, episode.group, episode.name) for episode in known}
    level: dict[tuple[str, str], Any] = {}
    marks = connection.execute("SELECT DISTINCT mark FROM tasks WHERE mark IS NOT NULL").fetchall()
    for (mark,) in marks:
        read = Mark.read(mark)
        if read is not None:
            level[read.rule, read.episode] = max(level.get((read.rule, read.episode)), read.level, key=rank)
    found: dict[tuple[str, str, str], Episode] = {}
    shown = connection.execute(
        "SELECT DISTINCT g.group_id, f.open_rules FROM flags f JOIN group_accounts g ON g.source = f.source AND g.account_id = f.account_id WHERE f.open_rules <> '' ORDER BY ALL"
    ).fetchall()
    for group, text in shown:
        for episode in restored(text, group, today, level):
            key = (episode.rule, episode.group, episode.name)
            if key not in names:
                found.setdefault(key, episode)
    return list(found.values())


def _new_rules(connection: duckdb.DuckDBPyConnection, book: Catalogue, seen: frozenset[str]) -> frozenset[str]:
    """The rules that were never evaluated: all of them at the first run, which a lost ledger is not when the CRM bears our marks."""
    everything = frozenset((*(rule.id for rule in book.rules), *book.monitors.ids))
    if seen:
        return everything - seen
    ours = connection.execute("SELECT 1 FROM flags WHERE run <> '' LIMIT 1").fetchone()
    return frozenset() if ours else everything


def _row(connection: duckdb.DuckDBPyConnection, book: Catalogue, finding: Finding, currency: str) -> dict[str, Any]:
    accounts = (
        []
        if finding.group is None
        else connection.execute(
            "SELECT source, account_id, name FROM group_accounts WHERE group_id = ? ORDER BY ALL", [finding.group]
        ).fetchall()
    )
    texts = {language: explain.sentence(finding, language, catalogue=book, currency=currency) for language in ("en", "fr")}
    return {
        "rule": finding.rule,
        "group_id": finding.group or "",
        "severity": finding.severity,
        "raw": finding.raw,
        "value": finding.value,
        "threshold": finding.threshold,
        "unit": finding.unit,
        "window_start": finding.window[0] if finding.window else None,
        "window_end": finding.window[1] if finding.window else None,
        "since": finding.since,
        "episode": finding.episode,
        "detail": {
            "accounts": [{"crm": source, "id": account, "name": name} for source, account, name in accounts],
            "evidence": [{"crm": record.crm, "object": record.object, "id": record.id} for record in finding.evidence],
            "assumptions": list(finding.assumptions),
            "assumed": {language: explain.assumptions(finding, language, catalogue=book) for language in ("en", "fr")},
            "explanation": texts,
            "numbers": {name: metric_value(name, value) for name, value in finding.numbers.items()},
            "version": book.rule(finding.rule).version,
        },
    }


def _portfolio(connection: duckdb.DuckDBPyConnection, evaluation: Evaluation) -> dict[str, Any]:
    window = connection.execute("SELECT w12_start, w12_end - INTERVAL 1 DAY FROM params").fetchone()
    figures = {name: metric_value(name, value) for name, value in evaluation.portfolio.items()}
    return figures | ({"window": [str(window[0])[:10], str(window[1])[:10]]} if window else {})


# ---------------------------------------------------------------- what the CRM should show


def plan(
    config: Config,
    facts: Facts,
    judged: Judged,
    ledger: Ledger,
    pulled: PullReport,
    *,
    writable: Mapping[str, frozenset[str]],
    run: str,
    stamp: str,
    account: str | None,
) -> Plan:
    """The whole plan of a run, for one account's group when `account` is given."""
    from sync import outages, reminders  # noqa: PLC0415
    from sync import plan as planning  # noqa: PLC0415 - its `plan` module and this function share a name

    router = Router(config, facts.connection, judged, pulled, only=account, made=ledger.tasks(), available=writable.keys())
    flags = planning.plan_flags(
        router.targets(),
        router.observed_flags(),
        written=ledger.written(),
        writable=writable,
        stamp={"computed_at": stamp, "run": run},
        as_of=judged.moment.as_of,
        complete=pulled.complete,
    )
    shown = list(router.shown_tasks())
    language = config.company.language
    names = {rule.id: rule.name[language] for rule in judged.catalogue.rules}
    tasks = planning.plan_tasks(
        told_apart([*router.wants(), *reminders.wants(router), *outages.wants(router, ledger, run)], shown, names, language),
        shown,
        made=router.made,
        per_account=config.limits.tasks_per_account_per_run,
        per_owner=router.budget,
        digest=router.digest,
        as_of=judged.moment.as_of,
    )
    return planning.build(as_of=judged.moment.as_of, parts=[flags, tasks])


def episodes_after(judged: Judged, planned: Plan) -> list[Episode]:
    """The episodes as the ledger keeps them: those whose tasks exist are not asked again, those made now once the CRM has answered."""
    day = judged.moment.as_of
    return [
        tasked(episode, day) if (episode.rule, episode.group, episode.name, episode.level) in planned.served else episode
        for episode in judged.evaluation.episodes
    ]

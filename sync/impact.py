"""Figures of a run + the firm's own figures -> the exit-impact sheet, its cash paths and a notice suggestion.

A figure comes from the CRM (a `company` row, a metric), else from `[impact]` of the configuration, else it is an assumption, and the
sheet says which. `equilibre impact` shows it (sync/weighing.py); the tasks that name its figures take them from here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from rules import impact
from rules.impact import Input, Inputs
from rules.notice import Notice, suggest
from rules.sheet import verdict_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from duckdb import DuckDBPyConnection

    from rules.impact import Origin, Path, Sheet, Verdict
    from rules.rule import Language
    from sync.config import Config

METRICS: Final = {
    "revenue": "net_revenue", "share": "share", "direct_cost": "direct_cost", "hours": "hours_12m", "hours_cost": "cost_hours",
    "meetings_cost": "cost_meetings", "overtime_premium": "overtime_premium_cost", "rush_cost": "cost_rush", "finance_cost": "cost_finance",
}  # fmt: skip
"""Input -> the metric that gives it."""
FIRM: Final = {
    "avoidable_share": "avoidable_share", "hours_per_fte": "annual_hours_per_fte", "practical_capacity": "practical_capacity",
    "operating_result": "operating_result_12m", "cash": "cash", "fixed_cost_month": "fixed_cost_month", "safety_cushion": "safety_cushion",
    "ramp": "ramp", "cycle_months": "cycle_months",
}  # fmt: skip
"""Input -> the firm's figure that gives it, in a `company` row or in [impact]."""
SHOWN: Final = ("open_receivable", "open_overdue", "exposed_revenue")
"""Metrics that the sheet shows beside the sums: what is still to be collected, and what displaced clients buy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What no CRM says and a person may answer; None: taken from the figures, else no. `notice_months`: another notice than the suggested one."""

    depends_on_us: bool = False
    specific: bool = False
    breaches: bool | None = None
    notice_months: int | None = None
    origin: Origin = "assumed"


NOTHING_ASKED: Final = Circumstances()


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """The sheet of one group with both paths: we end it with notice, or the client leaves with the contract's notice or none."""

    inputs: Inputs
    sheet: Sheet
    notice: Notice
    answers: Mapping[str, Input]
    paths: Mapping[str, Path]
    verdict: Verdict
    extra: Mapping[str, Decimal | None]
    began: date | None
    on_time_share: float | None


def compute(
    config: Config,
    metrics: Mapping[str, Any],
    terms: Mapping[str, Any],
    firm: Mapping[str, Any],
    as_of: date,
    asked: Circumstances = NOTHING_ASKED,
) -> Impact:
    """One group's impact. `metrics`: its row of group_metrics; `terms`: of impact_terms, empty when it has none; `firm`: firm_figures."""
    given = inputs(config, metrics, firm)
    sheet = impact.sheet(given)
    contract = int(terms.get("contract_notice") or 0)
    answers = _answers(asked, metrics, contract if terms.get("contract_notice") is not None else None)
    began = min((day for day in (metrics.get("first_revenue"), terms.get("first_contract")) if day is not None), default=None)
    notice = suggest(
        full_years(began or as_of, as_of),
        as_of,
        contract_months=contract,
        depends_on_us=bool(answers["depends_on_us"].value),
        specific=bool(answers["specific_or_seasonal"].value),
        breaches=bool(answers["documented_breaches"].value),
        purchases=metrics.get("purchases"),
    )
    paths = _paths(given, sheet.contribution_lost_12m, notice.suggested if asked.notice_months is None else asked.notice_months, contract)
    return Impact(
        inputs=given,
        sheet=sheet,
        notice=notice,
        answers=answers,
        paths=paths,
        verdict=impact.worst(paths[name].verdict for name in ("we_end", "client_leaves")),
        extra={name: as_decimal(metrics.get(name)) for name in SHOWN} | {"coverage": _coverage(sheet, terms, firm)},
        began=began,
        on_time_share=terms.get("on_time_share"),
    )


def _paths(given: Inputs, lost: Decimal, ours: int, contract: int) -> dict[str, Path]:
    """Always two scenarios; where a contract holds the client to a notice, a third shows what happens if it does not keep it."""
    months = {"we_end": ours, "client_leaves": contract} | ({"client_leaves_at_once": 0} if contract else {})
    return {name: impact.path(given, lost, notice) for name, notice in months.items()}


def _answers(asked: Circumstances, metrics: Mapping[str, Any], contract: int | None) -> dict[str, Input]:
    """What the notice depends on, with its origin: yes is 1, no is 0. Nobody's answer is an assumed no."""
    typed = metrics.get("breach_cases")
    known = typed is not None and asked.breaches is None
    return {
        "contract_notice_months": Input(Decimal(contract or 0), "assumed" if contract is None else "crm"),
        "depends_on_us": Input(Decimal(int(asked.depends_on_us)), asked.origin if asked.depends_on_us else "assumed"),
        "specific_or_seasonal": Input(Decimal(int(asked.specific)), asked.origin if asked.specific else "assumed"),
        "documented_breaches": Input(Decimal(int(bool(typed) if known else bool(asked.breaches))), "crm" if known else "assumed"),
    }


def _coverage(sheet: Sheet, terms: Mapping[str, Any], firm: Mapping[str, Any]) -> Decimal | None:
    """Open new business of other clients, amount x probability, over the contribution to replace; None: no deal, or nothing to replace."""
    pipeline, own = as_decimal(firm.get("new_pipeline")), as_decimal(terms.get("own_pipeline")) or Decimal(0)
    return None if pipeline is None or sheet.contribution_lost_12m <= 0 else max(pipeline - own, Decimal(0)) / sheet.contribution_lost_12m


def configured(config: Config, asked: Circumstances, ids: set[str]) -> Circumstances:
    """What [impact] says of this client, unless the command said it."""
    dependent, specific = ids & set(config.impact.dependent_clients), ids & set(config.impact.specific_clients)
    if asked.depends_on_us or asked.specific or not (dependent or specific):
        return asked
    return replace(asked, depends_on_us=bool(dependent), specific=bool(specific), origin="config")


def inputs(config: Config, metrics: Mapping[str, Any], firm: Mapping[str, Any]) -> Inputs:
    """Every input with its origin."""
    found = {name: Input(as_decimal(metrics.get(metric)), "crm") for name, metric in METRICS.items() if metrics.get(metric) is not None}
    own = config.impact.model_dump()
    for name, key in FIRM.items():
        if firm.get(key) is not None:
            found[name] = Input(as_decimal(firm[key]), "crm")
        elif own.get(key) is not None:
            found[name] = Input(as_decimal(own[key]), "config")
    if "cycle_months" not in found and firm.get("sales_cycle_months") is not None:
        found["cycle_months"] = Input(as_decimal(firm["sales_cycle_months"]), "crm")
    return Inputs(**({"revenue": Input(Decimal(0))} | found))


def full_years(start: date, end: date) -> int:
    """Full years between two days; a 29 February counts from 1 March in other years."""
    return max(0, end.year - start.year - ((end.month, end.day) < (start.month, start.day)))


def as_decimal(value: object) -> Decimal | None:
    """A figure as Decimal; a binary fraction ends at fifteen significant digits."""
    if value is None or isinstance(value, Decimal):
        return value
    return Decimal(f"{value:.15g}") if isinstance(value, float) else Decimal(str(value))


def task_figures(found: Impact, language: Language) -> dict[str, object]:
    """The figures that task texts may name, `impact.<name>`; the path is that of ending it ourselves, the verdict the graver of both."""
    sheet, path = found.sheet, found.paths["we_end"]
    contract = found.answers["contract_notice_months"]
    figures = {
        "fte": sheet.fte_freed,
        "contribution_lost": sheet.contribution_lost_12m,
        "low_cash": path.lowest_cash,
        "month": path.lowest_at_month,
        "verdict": verdict_name(found.verdict, language),
        "replacement": sheet.replacement_months,
        "hours": sheet.hours_freed_12m,
        "notice": found.notice.suggested,
        "contract_notice": contract.value if contract.origin == "crm" else None,
        "since": found.began,
        "on_time": found.on_time_share,
        "coverage": found.extra["coverage"],
    }
    return {f"impact.{name}": value for name, value in figures.items()}


class Stakes:
    """The impact sheets of many groups at once, from the tables of the evaluation in hand."""

    def __init__(self, config: Config, connection: DuckDBPyConnection, groups: Collection[str], as_of: date) -> None:
        self.config, self.as_of = config, as_of
        wanted = [sorted(groups)]
        names = ", ".join(dict.fromkeys((*METRICS.values(), *SHOWN, "first_revenue", "breach_cases", "purchases")))
        chosen = "WHERE group_id IN (SELECT unnest(?::VARCHAR[]))"
        self.metrics = _rows(connection, f"SELECT group_id, {names} FROM group_metrics {chosen}", wanted)
        self.terms = _rows(connection, f"SELECT * FROM impact_terms {chosen}", wanted)
        self.firm = _rows(connection, "SELECT '' AS group_id, * FROM firm_figures", [])
        self.members: dict[str, set[str]] = {}
        for group, account in connection.execute(
            f"SELECT group_id, source || ':' || account_id FROM group_accounts {chosen}", wanted
        ).fetchall():
            self.members.setdefault(group, {group}).add(account)

    def figures(self, group: str | None, language: Language) -> dict[str, object]:
        """The figures of one group's sheet for its tasks; none for the portfolio or a group without metrics."""
        if group is None or group not in self.metrics:
            return {}
        return task_figures(self._impact(group), language)

    def verdict(self, group: str) -> str | None:
        """The verdict of one group's sheet; None for a group without metrics."""
        return self._impact(group).verdict if group in self.metrics else None

    def _impact(self, group: str) -> Impact:
        asked = configured(self.config, NOTHING_ASKED, self.members.get(group, {group}))
        return compute(self.config, self.metrics[group], self.terms.get(group, {}), self.firm.get("", {}), self.as_of, asked)


def _rows(connection: DuckDBPyConnection, query: str, values: list[list[str]]) -> dict[str, dict[str, Any]]:
    found = connection.execute(query, values)
    names = [column[0] for column in found.description or ()]
    return {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}

"""`equilibre impact`: figures of a run + the firm's own figures -> the exit-impact sheet, two cash paths and a notice suggestion.

Reads what the run kept (ledger and snapshot), so it answers while a sync works. A figure comes from the CRM (a `company` row, a metric),
else from `[impact]` of the configuration, else it is an assumption, and the sheet says which.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from rules import impact
from rules.impact import Input, Inputs
from rules.notice import Notice, suggest
from rules.sheet import lines
from sync import snapshot
from sync.config import ConfigError
from sync.figures import exact
from sync.ledger import open_ledger
from sync.lookup import chosen_run, group_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rules.impact import Origin, Path, Sheet
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
SCENARIOS: Final = ("we_end", "client_leaves")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What no CRM says and a person may answer; None: taken from the figures, else no. `notice_months`: another notice than the suggested one."""

    depends_on_us: bool = False
    specific: bool = False
    breaches: bool | None = None
    notice_months: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """The sheet of one group with both paths: we end it with notice, or the client leaves with the contract's notice or none."""

    inputs: Inputs
    sheet: Sheet
    notice: Notice
    breaches: Input
    paths: Mapping[str, Path]
    extra: Mapping[str, Decimal | None]
    on_time_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An impact with the run and the accounts it belongs to."""

    run: str
    as_of: date
    group: str
    accounts: tuple[dict[str, Any], ...]
    currency: str
    impact: Impact


def compute(
    config: Config,
    metrics: Mapping[str, Any],
    terms: Mapping[str, Any],
    firm: Mapping[str, Any],
    as_of: date,
    asked: Circumstances = Circumstances(),
) -> Impact:
    """One group's impact. `metrics`: its row of group_metrics; `terms`: of impact_terms, empty when it has none; `firm`: firm_figures."""
    given = inputs(config, metrics, firm)
    sheet = impact.sheet(given)
    contract = int(terms.get("contract_notice") or 0)
    typed = metrics.get("breach_cases") or 0
    breaches = Input(Decimal(int(typed > 0 if asked.breaches is None else asked.breaches)), "crm" if asked.breaches is None else "assumed")
    began = min((day for day in (metrics.get("first_revenue"), terms.get("first_contract")) if day is not None), default=as_of)
    notice = suggest(
        full_years(began, as_of),
        as_of,
        contract_months=contract,
        depends_on_us=asked.depends_on_us,
        specific=asked.specific,
        breaches=bool(breaches.value),
        purchases=metrics.get("purchases"),
    )
    ours = notice.suggested if asked.notice_months is None else asked.notice_months
    paths = {
        name: impact.path(given, sheet.contribution_lost_12m, months) for name, months in zip(SCENARIOS, (ours, contract), strict=True)
    }
    return Impact(
        inputs=given,
        sheet=sheet,
        notice=notice,
        breaches=breaches,
        paths=paths,
        extra={name: _decimal(metrics.get(name)) for name in ("open_receivable", "exposed_revenue")},
        on_time_share=terms.get("on_time_share"),
    )


def inputs(config: Config, metrics: Mapping[str, Any], firm: Mapping[str, Any]) -> Inputs:
    """Every input with its origin."""
    found = {name: Input(_decimal(metrics.get(metric)), "crm") for name, metric in METRICS.items() if metrics.get(metric) is not None}
    own = config.impact.model_dump()
    for name, key in FIRM.items():
        for value, origin in ((firm.get(key), "crm"), (own.get(key), "config")):
            if value is not None:
                found[name] = Input(_decimal(value), _origin(origin))
                break
    if "cycle_months" not in found and firm.get("sales_cycle_months") is not None:
        found["cycle_months"] = Input(_decimal(firm["sales_cycle_months"]), "crm")
    return Inputs(**({"revenue": Input(Decimal(0))} | found))


def find(config: Config, account: str, asked: Circumstances = Circumstances()) -> Found:
    """The impact of an account's group in the last run. Raises ConfigError when there is no run or no such account."""
    ledger = open_ledger(config.ledger_url)
    run = chosen_run(ledger, "")
    ledger.engine.dispose()
    if run is None:
        raise ConfigError("there is no finished run; run `equilibre sync` first")
    folder = config.store.directory / "runs" / run.id
    group = group_of(folder, account)
    metrics = _one(folder, "group_metrics", group)
    if metrics is None:
        raise ConfigError(f"account {account} has no figures: it is a natural person, and those are left out")
    firm = next(snapshot.rows(folder, "firm_figures"), {})
    members = tuple(
        {"crm": row["source"], "id": row["account_id"], "name": row["name"]}
        for row in snapshot.rows(folder, "group_accounts", "group_id = ? ORDER BY source, account_id", (group,))
    )
    found = compute(config, metrics, _one(folder, "impact_terms", group) or {}, firm, run.as_of, asked)
    return Found(run=run.id, as_of=run.as_of, group=group, accounts=members, currency=config.company.home_currency, impact=found)


def document(found: Found) -> dict[str, Any]:
    """The sheet as JSON: money, ratios and months with a fraction as text, counts as numbers."""
    this = found.impact
    sheet = {name: _json(value) for name, value in asdict(this.sheet).items() if name != "assumed"}
    return {
        "run": found.run,
        "as_of": found.as_of.isoformat(),
        "group": found.group,
        "accounts": list(found.accounts),
        "currency": found.currency,
        **sheet,
        **{name: _json(value) for name, value in this.extra.items()},
        "simulation": {name: {key: _json(value) for key, value in asdict(path).items()} for name, path in this.paths.items()},
        "notice": {name: _json(value) for name, value in asdict(this.notice).items()},
        "inputs": {name: {"value": _json(one.value), "source": one.origin} for name, one in this.inputs}
        | {"documented_breaches": {"value": bool(this.breaches.value), "source": this.breaches.origin}},
        "assumed_zero": list(this.sheet.assumed),
        "cushion": _json(impact.cushion(this.inputs)),
    }


def page(found: Found, language: Language) -> Iterator[str]:
    """The sheet as text."""
    this = found.impact
    name = next((account["name"] for account in found.accounts if account["name"]), found.group)
    return lines(
        name,
        found.as_of,
        this.sheet,
        this.paths,
        this.notice,
        this.inputs,
        extra=this.extra,
        language=language,
        currency=found.currency,
    )


def full_years(start: date, end: date) -> int:
    """Full years between two days; a 29 February counts from 1 March in other years."""
    return max(0, end.year - start.year - ((end.month, end.day) < (start.month, start.day)))


def _one(folder: Any, table: str, group: str) -> dict[str, Any] | None:
    return next(snapshot.rows(folder, table, "group_id = ?", (group,)), None)


def _origin(text: str) -> Origin:
    return "crm" if text == "crm" else "config"


def _decimal(value: object) -> Decimal | None:
    """A figure as Decimal; a binary fraction ends at twelve places."""
    if value is None or isinstance(value, Decimal):
        return value
    return Decimal(exact(float(str(value)))) if isinstance(value, float) else Decimal(str(value))


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return exact(value.quantize(Decimal("1e-12")) if value.as_tuple().exponent < -12 else value, decimals=2)  # type: ignore[operator]
    if isinstance(value, date):
        return value.isoformat()
    return [_json(one) for one in value] if isinstance(value, list | tuple) else value

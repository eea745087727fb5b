"""What `equilibre impact` shows of one account: the document of its JSON and the page for people.

Reads what the run kept (ledger and snapshot), so it answers while a sync works.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from rules import impact
from rules.sheet import ANSWERS, caution, lines
from sync import snapshot
from sync.config import ConfigError
from sync.figures import exact
from sync.impact import NOTHING_ASKED, Circumstances, as_decimal, compute, configured
from sync.ledger import open_ledger
from sync.lookup import chosen_run, group_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rules.rule import Language
    from sync.config import Config
    from sync.impact import Impact

PLAIN: Final = frozenset(
    ("hours", "hours_freed_12m", "hours_freed_month", "hours_per_fte", "cycle_months", "contract_notice_months")
)  # fmt: skip
"""Figures that are numbers in the JSON; those below are text without forced cents, the rest is money."""
RATIOS: Final = frozenset(
    ("share", "revenue_at_risk_share", "static_runway_months", "fte_freed", "coverage", "on_time_share", "avoidable_share",
     "practical_capacity", "pressure")
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An impact with the run and the accounts it belongs to."""

    run: str
    as_of: date
    group: str
    accounts: tuple[dict[str, Any], ...]
    currency: str
    impact: Impact


def find(config: Config, account: str, asked: Circumstances = NOTHING_ASKED) -> Found:
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
    asked = configured(config, asked, {group, *(f"{row['crm']}:{row['id']}" for row in members)})
    found = compute(config, metrics, _one(folder, "impact_terms", group) or {}, firm, run.as_of, asked)
    return Found(run=run.id, as_of=run.as_of, group=group, accounts=members, currency=config.company.home_currency, impact=found)


def document(found: Found) -> dict[str, Any]:
    """The sheet as JSON: money, ratios and months with a fraction as text, counts as numbers."""
    this = found.impact
    sheet = {name: _json(value, name) for name, value in asdict(this.sheet).items() if name != "assumed"}
    return {
        "run": found.run,
        "as_of": found.as_of.isoformat(),
        "group": found.group,
        "accounts": list(found.accounts),
        "currency": found.currency,
        **sheet,
        "static_runway_needed": None if this.sheet.result_after_exit_12m is None else this.sheet.result_after_exit_12m < 0,
        **{name: _json(value, name) for name, value in this.extra.items()},
        "referred_revenue": None,
        "on_time_share": _json(as_decimal(this.on_time_share), "on_time_share"),
        "verdict": this.verdict,
        "cushion": _json(impact.cushion(this.inputs), "cushion"),
        "simulation": {name: {key: _json(value, key) for key, value in asdict(path).items()} for name, path in this.paths.items()},
        "notice": {"since": _json(this.began)} | {name: _json(value, name) for name, value in asdict(this.notice).items()},
        "inputs": {name: {"value": _json(one.value, name), "source": one.origin} for name, one in (*this.inputs, *this.answers.items())},
        "assumed_zero": list(this.sheet.assumed),
        "caution": dict(caution()),
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
        verdict=this.verdict,
        answers=this.answers,
        extra=this.extra,
        began=this.began,
        language=language,
        currency=found.currency,
    )


def _one(folder: Path, table: str, group: str) -> dict[str, Any] | None:
    return next(snapshot.rows(folder, table, "group_id = ?", (group,)), None)


def _json(value: Any, name: str = "") -> Any:
    """Money and ratios as text, counts, hours and months that the owner enters as numbers, days as text."""
    if isinstance(value, Decimal):
        if name in ANSWERS:
            return bool(value)
        if name in PLAIN:
            return int(value) if value == value.to_integral_value() else float(value)
        short = value.quantize(Decimal("1e-12")) if value.as_tuple().exponent < -12 else value  # type: ignore[operator]
        return exact(short, decimals=0 if name in RATIOS else 2)
    if isinstance(value, date):
        return value.isoformat()
    return [_json(one, name) for one in value] if isinstance(value, list | tuple) else value

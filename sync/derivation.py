"""Configuration -> the settings under which rules derive their tables."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from rules.derive import Settings

if TYPE_CHECKING:
    from sync.config import Config


def settings(config: Config) -> Settings:
    """The firm's figures and choices; what the configuration leaves out keeps the defaults of rules/derive.py."""
    wanted = {
        "home_currency": config.company.home_currency,
        "country": config.company.country,
        "timezone": config.company.timezone,
        "revenue_source": config.revenue.source or None,
        "business_hours": config.company.business_hours,
        "person_accounts": config.privacy.person_accounts == "dpia_done",
        "penalty_rate": config.impact.annual_penalty_rate,
        "finance_rate": config.impact.finance_rate,
        "rush_cost_per_order": config.impact.rush_cost_per_order,
        "hourly_cost": config.impact.hourly_cost,
    }
    known = {field.name for field in dataclasses.fields(Settings)}
    return Settings(**{name: value for name, value in wanted.items() if name in known and value is not None})

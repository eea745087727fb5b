"""Configuration -> the settings under which rules derive their tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rules.derive import Settings

if TYPE_CHECKING:
    from sync.config import Config


def settings(config: Config) -> Settings:
    """The firm's figures and choices; what the configuration leaves out keeps the defaults of rules/derive.py."""
    firm: dict[str, Any] = config.impact.model_dump(exclude_none=True, exclude={"dependent_clients", "specific_clients"})
    if "annual_penalty_rate" in firm:
        firm["penalty_rate"] = firm.pop("annual_penalty_rate")
    return Settings(
        home_currency=config.company.home_currency,
        country=config.company.country,
        timezone=config.company.timezone,
        business_hours=config.company.business_hours,
        holidays=config.company.holidays,
        revenue_source=config.revenue.source or None,
        person_accounts=config.privacy.person_accounts == "dpia_done",
        **firm,
    )

"""The catalogue of what is read from HubSpot and written to it, and the way in: `connect`.

Nothing is pulled that is not listed here or mapped in the configuration: no message text, no subject of a ticket, deal or call, no
person's name or address. The wanted properties are compared with the portal's definitions before anything is asked, because HubSpot
leaves out an unknown property without a word.

    SOURCES   the objects and their properties          TABLES    how they become the tables of rules/facts.sql (facts/*.sql)
    FLAGS     what we write on companies                connect   settings, runtime -> Link(reader, writer, provisioner)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.contract import Runtime
    from connectors.hubspot.link import HubspotLink
    from connectors.settings import HubspotSettings

GROUP: Final = "equilibre"
"""Property group of everything that is ours."""
WRITTEN: Final = (
    "stage_proposed", "level", "open_rules", "revenue_share", "index", "coverage", "computed_at", "run",
    "explanation", "trend", "next_step", "checklist", "at_stake", "restricted",
)  # fmt: skip
TYPED: Final = (
    *(
        "stage",
        "privileges",
        "limits_set",
        "review_date",
        "commitments_kept",
        "agreement_date",
        "notice_start",
        "notice_end",
        "exit_reason",
        "leave_cause",
    ),
    *("consult_team", "consult_accountant", "consult_adviser", "manager_position", "pulse_mean", "pulse_n", "non_money_reasons"),
    *("dismissed_rules", "dismissed_until", "dismiss_reason"),
)
"""What people enter about a client; software only reads it."""
FLAGS: Final = {name: f"eq_{name}" for name in WRITTEN}
"""Canonical flag -> company property."""
COMPANY_PROPERTIES: Final = tuple(f"eq_{name}" for name in (*WRITTEN, *TYPED))
KEY, MARK = "equilibre_key", "equilibre_mark"
TASK_PROPERTIES: Final = (KEY, MARK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One object as it is read. `extra` are properties that not every portal has, so their absence is no news.

    `links` are the associations read with it: to companies for its client, to contacts for whom it was with.
    """

    kind: str
    type_id: str
    scopes: tuple[str, ...]
    properties: tuple[str, ...]
    extra: tuple[str, ...] = ()
    modified: str = "hs_lastmodifieddate"
    links: tuple[str, ...] = ("companies",)
    stages: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A canonical table that standard objects fill through facts/<name>.sql. `kind` is the object that its evidence opens."""

    name: str
    kind: str
    kinds: tuple[str, ...] = ()
    """The objects whose properties the configuration may map onto this table; `kind` alone when empty."""
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


SOURCES: Final = (
    Source(
        kind="companies",
        type_id="0-2",
        scopes=("crm.objects.companies.read",),
        properties=("createdate", "domain", "hs_parent_company_id", "hubspot_owner_id", "name"),
        extra=("country", "hs_country_code", *COMPANY_PROPERTIES),
        links=(),
    ),
    Source(
        kind="deals",
        type_id="0-3",
        scopes=("crm.objects.deals.read",),
        properties=("amount", "closedate", "createdate", "dealstage", "hs_is_closed", "hs_is_closed_won", "pipeline"),
        extra=(
            *("amount_in_home_currency", "deal_currency_code", "dealtype", "hs_closed_amount_in_home_currency"),
            *("hs_deal_stage_probability", "hs_exchange_rate"),
        ),
        stages=True,
    ),
    Source(
        kind="tickets",
        type_id="0-5",
        scopes=("crm.objects.tickets.read", "tickets"),
        properties=(
            "closed_date",
            "createdate",
            "hs_pipeline",
            "hs_pipeline_stage",
            "hs_ticket_category",
            "hs_ticket_priority",
            "hubspot_owner_id",
        ),
        extra=("first_agent_reply_date", "hs_last_closed_date", "hs_ticket_reopened_at", "time_to_close"),
        stages=True,
    ),
    Source(
        kind="contacts",
        type_id="0-1",
        scopes=("crm.objects.contacts.read",),
        properties=("createdate", "jobtitle"),
        extra=("hs_buying_role",),
        modified="lastmodifieddate",  # contacts alone call it so
    ),
    Source(
        kind="meetings",
        type_id="0-47",
        scopes=("crm.objects.contacts.read",),
        properties=("hs_meeting_end_time", "hs_meeting_outcome", "hs_meeting_start_time", "hs_timestamp", "hubspot_owner_id"),
        extra=("hs_activity_type", "hs_attendee_owner_ids", "hs_meeting_location_type", "hs_meeting_source"),
        links=("companies", "contacts"),
    ),
    Source(
        kind="calls",
        type_id="0-48",
        scopes=("crm.objects.contacts.read",),
        properties=("hs_call_direction", "hs_call_duration", "hs_call_status", "hs_timestamp", "hubspot_owner_id"),
        extra=("hs_activity_type",),
        links=("companies", "contacts"),
    ),
    Source(
        kind="invoices",
        type_id="0-53",
        scopes=("crm.objects.invoices.read",),
        properties=("hs_amount_billed", "hs_balance_due", "hs_currency", "hs_due_date", "hs_invoice_date", "hs_invoice_status"),
        extra=("hs_payment_date",),
        optional=True,
    ),
    Source(
        kind="tasks",
        type_id="0-27",
        scopes=("crm.objects.contacts.read",),
        properties=("hs_task_priority", "hs_task_status", "hs_task_subject", "hs_timestamp", "hubspot_owner_id"),
        extra=TASK_PROPERTIES,
    ),
)

TABLES: Final = (
    Built(name="accounts", kind="companies"),
    Built(name="revenue", kind="deals"),
    Built(name="invoices", kind="invoices"),
    Built(name="pipeline", kind="deals"),
    Built(
        name="cases",
        kind="tickets",
        values={
            "priority": {"LOW": "low", "MEDIUM": "normal", "HIGH": "high", "URGENT": "urgent"},
            "category": {
                "PRODUCT_ISSUE": "incident",
                "BILLING_ISSUE": "other",
                "FEATURE_REQUEST": "request",
                "GENERAL_INQUIRY": "question",
            },
        },
    ),
    Built(name="contacts", kind="contacts"),
    Built(name="activities", kind="meetings", kinds=("meetings", "calls")),
    Built(name="rates", kind="deals"),
    Built(name="owners", kind="owners"),
    Built(name="flags", kind="companies"),
    Built(name="tasks", kind="tasks"),
)
"""In the order of rules/facts.sql. Any other table, and any other object, comes from [hubspot.tables.<name>]."""


def connect(settings: HubspotSettings, runtime: Runtime) -> HubspotLink:
    """Open a portal. Nothing is sent before a role of the link is used."""
    from connectors.hubspot.link import HubspotLink  # noqa: PLC0415 - the catalogue is also read where no CRM is called

    return HubspotLink(settings, runtime)

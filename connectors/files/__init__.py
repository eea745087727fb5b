"""CSV files as a CRM: ERP invoices, time sheets, any other system's export in; flags.csv and tasks.csv out.

    <directory>/<table>.csv  ->  the canonical table of that name        (read.py, tables.py, sheet.py)
    <output>/flags.csv       <-  one row an account, what software writes   (write.py, book.py)
    <output>/tasks.csv       <-  one row a task; people set status and due date, and what they changed stays

Everything that is read is on this page. UTF-8, comma, header row, ISO 8601 dates, true/false, empty = unknown. The configuration may
name another file (`object`) and other headers for a table, as it does for the CRMs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.contract import Link, Runtime
    from connectors.settings import FilesSettings

CRM: Final = "files"

CATALOGUE: Final[Mapping[str, tuple[str, ...]]] = {
    table: tuple(columns.split())
    for table, columns in {
        "accounts": """account_id name parent_id owner_id created_at domain registration_id same_as country is_person currency
            payment_terms_days stage stage_since insolvent departures_linked_24m privileges limits_set review_date commitments_kept
            agreement_date notice_start notice_end exit_reason leave_cause consult_team consult_accountant consult_adviser
            manager_position pulse_mean pulse_n non_money_reasons dismissed_rules dismissed_until dismiss_reason modified_at""",
        "revenue": "line_id account_id date amount currency kind category direct_cost modified_at",
        "invoices": "invoice_id account_id issue_date due_date paid_date amount open_amount currency status disputed own_fault modified_at",
        "contracts": "contract_id account_id start_date end_date committed_amount currency notice_months status special_terms modified_at",
        "orders": """order_id account_id ordered_at requested_date promised_date delivered_date is_rush standard_lead_days status
            modified_at""",
        "order_changes": "order_id changed_at old_promised_date new_promised_date cause_account_id cause",
        "cases": """case_id account_id opened_at first_response_at closed_at priority status category own_fault unfounded
            reopened_count escalated_at owner_id modified_at""",
        "incidents": "message_id case_id account_id occurred_at direction category confirmed modified_at",
        "activities": """activity_id account_id kind started_at duration_minutes people initiated_by topic contact_id owner_id on_site
            modified_at""",
        "contacts": "contact_id account_id title role is_decision_maker since until modified_at",
        "hours": "account_id week hours overtime_25 overtime_50 weekend_hours hourly_cost",
        "pipeline": """deal_id account_id amount currency probability stage created_at expected_close closed_at is_won is_new_business
            modified_at""",
        "rates": "currency from to_exclusive units_per_home",
        "owners": "owner_id name email role manager_id active language modified_at",
        "repairs": "account_id kind held_at review_date kept_ratio refused",
        "company": """cash operating_result_12m fixed_cost_month hourly_cost annual_penalty_rate finance_rate avoidable_share
            annual_hours_per_fte practical_capacity safety_cushion ramp cycle_months rush_cost_per_order business_hours""",
    }.items()
}
"""Every table and column that is read from <directory>. Messages are not among them: a text is never stored."""

FLAGS: Final = (
    "account_id", "stage_proposed", "level", "open_rules", "revenue_share", "index", "coverage", "computed_at", "run",
    "explanation", "trend", "next_step", "checklist", "at_stake", "restricted",
)  # fmt: skip
TASKS: Final = ("key", "account_id", "subject", "body", "due_date", "owner_id", "priority", "status", "mark")
"""The columns of what is written, in the order of the file."""

CLOSED: Final = (
    "closed",
    "done",
    "completed",
    "cancelled",
    "canceled",
    "clos",
    "close",
    "fermé",
    "fermée",
    "terminé",
    "terminée",
    "annulé",
    "annulée",
    "fait",
    "faite",
)
"""What people write into `status` of a task that is over; anything else is open."""


def connect(settings: FilesSettings, runtime: Runtime) -> Link:
    """Give the link to a directory of files. Nothing is read or made before a role of the link is used."""
    from connectors.files.link import FilesLink  # noqa: PLC0415 - reading needs DuckDB, the catalogue does not

    return FilesLink(settings, runtime)

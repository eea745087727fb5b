"""Everything that is pulled from Salesforce, on one page. What is not listed here or named in the configuration is not read.

    SOURCES   object -> raw stream     (read.py pulls it; the SELECT is what describe shows of the fields wanted below)
    PARTS     fields -> columns        (facts/<table>.sql turns them into a canonical table)
    VALUES    vendor words -> canonical words

A person's name is read for users only, a subject for our own tasks only, a text never.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.salesforce.catalogue import Part, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.contract import Link, Runtime
    from connectors.settings import SalesforceSettings

SOURCES: Final = (
    Source(name="Account", object="Account", fields=("MasterRecordId",)),
    Source(name="Opportunity", object="Opportunity"),
    Source(name="Order", object="Order"),
    Source(name="OrderHistory", object="OrderHistory", rare=True, where={"Field": "Field = '{_promised}'"}),
    Source(name="Invoice", object="Invoice", rare=True),  # with Order Management, Commerce or Revenue Cloud only
    Source(name="CreditMemo", object="CreditMemo", rare=True),
    Source(name="Contract", object="Contract", only_presence=frozenset({"SpecialTerms"})),
    Source(name="Case", object="Case"),
    Source(
        name="CaseHistory",
        object="CaseHistory",
        fields=("CaseId", "Field", "OldValue", "NewValue", "CreatedDate"),
        where={"Field": "Field IN ('IsEscalated','ownerEscalated','Status')"},
    ),
    Source(name="CaseStatus", object="CaseStatus", fields=("MasterLabel", "ApiName", "IsClosed")),
    Source(name="Contact", object="Contact"),
    Source(
        name="AccountContactRelation",
        object="AccountContactRelation",
        rare=True,
        fields=("AccountId", "ContactId", "Roles", "IsActive", "StartDate", "EndDate"),
    ),
    Source(name="OpportunityContactRole", object="OpportunityContactRole", fields=("ContactId", "Role")),
    Source(name="Event", object="Event"),
    Source(name="Call", object="Task", where={"TaskSubtype": "TaskSubtype = 'Call'"}, bound="TaskSubtype"),
    Source(name="Task", object="Task", where={"EQ_Key__c": "EQ_Key__c != null"}, bound="EQ_Key__c"),
    Source(name="TaskPriority", object="TaskPriority", fields=("MasterLabel", "ApiName", "IsDefault", "IsHighPriority")),
    Source(name="User", object="User", where={"UserType": "UserType = 'Standard'"}),  # portal users are people of our clients
    Source(name="UserRole", object="UserRole", fields=("Name",)),
    Source(name="CurrencyType", object="CurrencyType", rare=True),  # multi-currency only
    Source(
        name="DatedConversionRate",
        object="DatedConversionRate",
        rare=True,
        fields=("IsoCode", "ConversionRate", "StartDate", "NextStartDate"),
    ),
)
TYPED: Final[Mapping[str, str]] = {
    "stage": "EQ_Stage__c",
    "privileges": "EQ_Privileges__c",
    "limits_set": "EQ_Limits_Set__c",
    "review_date": "EQ_Review_Date__c",
    "commitments_kept": "EQ_Commitments_Kept__c",
    "agreement_date": "EQ_Agreement_Date__c",
    "notice_start": "EQ_Notice_Start__c",
    "notice_end": "EQ_Notice_End__c",
    "exit_reason": "EQ_Exit_Reason__c",
    "leave_cause": "EQ_Leave_Cause__c",
    "consult_team": "EQ_Consult_Team__c",
    "consult_accountant": "EQ_Consult_Accountant__c",
    "consult_adviser": "EQ_Consult_Adviser__c",
    "manager_position": "EQ_Manager_Position__c",
    "pulse_mean": "EQ_Pulse_Mean__c",
    "pulse_n": "EQ_Pulse_N__c",
    "non_money_reasons": "EQ_Non_Money_Reasons__c",
    "dismissed_rules": "EQ_Dismissed_Rules__c",
    "dismissed_until": "EQ_Dismissed_Until__c",
    "dismiss_reason": "EQ_Dismiss_Reason__c",
}
"""What people type on the account; software reads it and never writes it."""
_SAID: Final = {"modified_at": "SystemModstamp", "currency": "CurrencyIsoCode?"}
PARTS: Final = (
    Part(table="accounts", stream="Account", needs=("account_id",), columns={
        "account_id": "Id", "name": "Name", "parent_id": "ParentId", "owner_id": "OwnerId", "created_at": "CreatedDate", "domain": "Website",
        "country": "BillingCountryCode?", "_country": "BillingCountry?", "is_person": "IsPersonAccount?",
        "payment_terms_days": "Payment_Terms_Days__c?", "same_as": "EQ_Same_As__c?", "insolvent": "EQ_Insolvency__c?",
        "departures_linked_24m": "EQ_Staff_Departure_Linked__c?", **TYPED, **_SAID,
    }),
    Part(table="flags", stream="Account", needs=("account_id",), columns={
        "account_id": "Id", "stage_proposed": "EQ_Stage_Proposed__c", "level": "EQ_Level__c", "open_rules": "EQ_Open_Rules__c",
        "revenue_share": "EQ_Revenue_Share__c", "index": "EQ_Index__c", "coverage": "EQ_Coverage__c", "computed_at": "EQ_Computed_At__c",
        "run": "EQ_Run__c", "explanation": "EQ_Explanation__c", "trend": "EQ_Trend__c", "next_step": "EQ_Next_Step__c",
        "checklist": "EQ_Checklist__c", "at_stake": "EQ_At_Stake__c", "restricted": "EQ_Restricted__c",
    }),
    Part(table="revenue", stream="Opportunity", needs=("account_id", "date", "amount", "_won"), columns={
        "line_id": "Id", "account_id": "AccountId", "date": "CloseDate", "amount": "Amount", "kind": "=won_deal", "_won": "IsWon", **_SAID,
    }),
    Part(table="revenue", stream="Order", needs=("account_id", "date", "amount", "_code"), columns={
        "line_id": "Id", "account_id": "AccountId", "date": "EffectiveDate", "amount": "TotalAmount", "kind": "=order", "_code": "StatusCode",
        "_negative": "IsReductionOrder?", **_SAID,
    }),
    Part(table="revenue", stream="CreditMemo", needs=("account_id", "date", "amount", "_code"), columns={
        "line_id": "Id", "account_id": "BillingAccountId", "date": "CreditDate", "amount": "TotalAmountWithTax", "kind": "=credit_note",
        "_code": "Status", **_SAID,
    }),
    Part(table="invoices", stream="Invoice", needs=("account_id", "amount", "status"), columns={
        "invoice_id": "Id", "account_id": "BillingAccountId", "issue_date": "InvoiceDate", "due_date": "DueDate",
        "paid_date": "FullSettlementDate?", "amount": "TotalAmountWithTax", "open_amount": "Balance", "status": "Status", **_SAID,
    }),
    Part(table="contracts", stream="Contract", needs=("contract_id",), columns={
        "contract_id": "Id", "account_id": "AccountId", "start_date": "StartDate", "end_date": "EndDate", "_code": "StatusCode",
        "committed_amount": "Committed_Amount__c?", "notice_months": "Notice_Months__c?", "status": "Status", "special_terms": "SpecialTerms",
        **_SAID,
    }),
    Part(table="pipeline", stream="Opportunity", needs=("deal_id", "is_won"), columns={
        "deal_id": "Id", "account_id": "AccountId", "amount": "Amount", "probability": "Probability", "stage": "StageName",
        "created_at": "CreatedDate", "expected_close": "CloseDate", "is_won": "IsWon", "_closed": "IsClosed", "_type": "Type", **_SAID,
    }),
    Part(table="orders", stream="Order", needs=("order_id",), columns={
        "order_id": "Id", "account_id": "AccountId", "ordered_at": "EffectiveDate", "requested_date": "Requested_Date__c?",
        "promised_date": "Promised_Date__c?", "delivered_date": "Delivered_Date__c?", "is_rush": "Is_Rush__c?",
        "standard_lead_days": "Standard_Lead_Days__c?", "status": "Status", "_code": "StatusCode", "_cause": "Delay_Cause_Account__c?",
        "modified_at": "SystemModstamp",
    }),
    Part(table="order_changes", stream="OrderHistory", needs=("order_id", "_field", "_promised"), columns={
        "order_id": "OrderId", "changed_at": "CreatedDate", "old_promised_date": "OldValue", "new_promised_date": "NewValue",
        "_field": "Field", "_promised": "^orders.promised_date",  # the name of the field whose changes count
    }),
    Part(table="cases", stream="Case", needs=("case_id",), columns={
        "case_id": "Id", "account_id": "AccountId", "opened_at": "CreatedDate", "first_response_at": "First_Response_At__c?",
        "closed_at": "ClosedDate", "priority": "Priority", "status": "Status", "category": "Type", "_escalated": "IsEscalated",
        "owner_id": "OwnerId", "modified_at": "SystemModstamp",
    }),
    Part(table="contacts", stream="Contact", needs=("contact_id",), columns={
        "contact_id": "Id", "account_id": "AccountId", "title": "Title", "_created": "CreatedDate", "_person": "IsPersonAccount?",
        "modified_at": "SystemModstamp",
    }),
    Part(table="activities", stream="Event", needs=("activity_id",), columns={
        "activity_id": "Id", "kind": "=meeting", "account_id": "AccountId", "started_at": "StartDateTime", "duration_minutes": "DurationInMinutes",
        "_who": "WhoId", "owner_id": "OwnerId", "_child": "IsChild?", "_series": "IsRecurrence?", "_all_day": "IsAllDayEvent?",
        "_day": "ActivityDate", "modified_at": "SystemModstamp",
    }),
    Part(table="activities", stream="Call", needs=("activity_id", "_done"), columns={
        "activity_id": "Id", "kind": "=call", "account_id": "AccountId", "started_at": "CompletedDateTime?", "_seconds": "CallDurationInSeconds",
        "initiated_by": "CallType", "_who": "WhoId", "owner_id": "OwnerId", "_done": "IsClosed", "_series": "IsRecurrence?",
        "_day": "ActivityDate", "modified_at": "SystemModstamp",
    }),
    Part(table="tasks", stream="Task", needs=("task_id", "key"), columns={
        "task_id": "Id", "key": "EQ_Key__c", "account_id": "AccountId", "_what": "WhatId", "mark": "EQ_Mark__c", "subject": "Subject",
        "due_date": "ActivityDate", "owner_id": "OwnerId", "priority": "Priority", "is_closed": "IsClosed", "is_deleted": "IsDeleted",
        "modified_at": "SystemModstamp",
    }),
    Part(table="owners", stream="User", needs=("owner_id", "active"), columns={
        "owner_id": "Id", "name": "Name", "email": "Email", "_role": "UserRoleId", "manager_id": "ManagerId", "active": "IsActive",
        "language": "LanguageLocaleKey", "modified_at": "SystemModstamp",
    }),
    Part(table="rates", stream="CurrencyType", needs=("currency", "units_per_home"), columns={
        "currency": "IsoCode", "units_per_home": "ConversionRate",
    }),
)  # fmt: skip
VALUES: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "orders": {"status": {
        "draft": "draft", "activated": "open", "delivered": "delivered", "livré": "delivered", "livrée": "delivered", "fulfilled": "delivered",
        "canceled": "cancelled", "cancelled": "cancelled", "annulé": "cancelled", "annulée": "cancelled", "expired": "cancelled",
    }},
    "contracts": {"status": {
        "draft": "draft", "inapproval": "draft", "in approval process": "draft", "negotiating": "draft", "awaitingsignature": "draft",
        "rejected": "draft", "signaturedeclined": "draft", "signed": "active", "activated": "active", "expired": "ended", "terminated": "ended",
        "cancelled": "ended", "canceled": "ended",
    }},
    "invoices": {"status": {
        "draft": "draft", "draftinprogress": "draft", "pending": "draft", "postinprogress": "draft", "errorposting": "draft", "error posting": "draft",
        "posted": "open", "voided": "voided", "voidinprogress": "voided", "canceled": "voided", "cancelled": "voided",
    }},
    "cases": {
        "priority": {"low": "low", "medium": "normal", "high": "high", "critical": "urgent", "urgent": "urgent",
                     "basse": "low", "faible": "low", "moyenne": "normal", "normale": "normal", "haute": "high", "élevée": "high",
                     "critique": "urgent", "urgente": "urgent"},
        "category": {"question": "question", "problem": "incident", "incident": "incident", "feature request": "request", "other": "other",
                     "mechanical": "incident", "electrical": "incident", "electronic": "incident", "structural": "incident",
                     "réclamation": "complaint", "plainte": "complaint", "problème": "incident", "demande": "request", "autre": "other"},
    },
    "pipeline": {"stage": {
        "prospecting": "qualification", "qualification": "qualification", "needs analysis": "qualification",
        "value proposition": "proposal", "id. decision makers": "proposal", "perception analysis": "proposal",
        "proposal/price quote": "proposal", "proposal": "proposal", "negotiation/review": "negotiation", "negotiation": "negotiation",
        "closed won": "won", "closed lost": "lost",
    }},
    "activities": {"initiated_by": {"inbound": "client", "outbound": "us"}},
}  # fmt: skip


def connect(settings: SalesforceSettings, runtime: Runtime) -> Link:
    """Link to one org. Nothing is sent until a role is used."""
    from connectors.salesforce.link import SalesforceLink  # noqa: PLC0415 - the vendor library is loaded with the first use

    return SalesforceLink(settings, runtime)

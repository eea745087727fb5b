"""Task and Event. They share their custom fields, which are defined on Activity and have no other life there."""

from __future__ import annotations

from connectors.sandbox.salesforce.schema import Blueprint

_LINKS = """
    WhoId ref(Contact|Lead) rel=Who "Name ID"
    WhatId ref(Account|Opportunity|Case|Contract|Order|Invoice) rel=What "Related To ID"
    AccountId ref(Account) readonly rel=Account
    OwnerId ref(User|Group) rel=Owner "Assigned To ID"
    Description long(32000) "{description}"
    IsReminderSet bool "Reminder Set"
    ReminderDateTime datetime "Reminder Date/Time"
    IsArchived bool readonly "Archived"
    IsRecurrence bool createonly "Create Recurring Series"
"""
TASK = Blueprint(
    name="Task",
    prefix="00T",
    activity=True,
    lines=f"""
    {_LINKS.format(description="Description")}
    Subject combo(Call|Send Letter|Send Quote|Other)
    ActivityDate date "Due Date Only"
    Status pick() required restricted
    Priority pick() required restricted
    IsHighPriority bool readonly "High Priority"
    IsClosed bool readonly "Closed"
    CompletedDateTime datetime readonly "Completed Date"
    Type pick(Call|Meeting|Email|Other)
    CallDurationInSeconds int "Call Duration"
    CallType pick(Internal|Inbound|Outbound) restricted
    CallDisposition text(255) "Call Result"
    CallObject text(255) "Call Object Identifier"
    TaskSubtype pick(*Task|Email|ListEmail|Cadence|Call|LinkedIn) restricted createonly
    RecurrenceActivityId ref(Task) readonly rel=RecurrenceActivity
    """,
)
EVENT = Blueprint(
    name="Event",
    prefix="00U",
    activity=True,
    lines=f"""
    {_LINKS.format(description="Description")}
    Subject combo(Call|Email|Meeting|Send Letter/Quote|Other)
    Location text(255)
    IsAllDayEvent bool "All-Day Event"
    ActivityDateTime datetime "Due Date Time"
    ActivityDate date "Due Date Only"
    StartDateTime datetime "Start Date Time"
    EndDateTime datetime "End Date Time"
    EndDate date readonly
    DurationInMinutes int "Duration"
    Type pick(Call|Meeting|Email|Other)
    IsPrivate bool "Private"
    ShowAs pick(*Busy|OutOfOffice|Free) restricted "Show Time As"
    IsChild bool readonly
    IsGroupEvent bool readonly
    GroupEventType pick(0|1|2|3) readonly
    EventSubtype pick(*Event) restricted createonly
    """,
)
BLUEPRINTS = (TASK, EVENT)

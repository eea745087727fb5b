"""Who works here and how the org is set up: users, queues, permission sets, the lists of values, currencies and histories."""

from __future__ import annotations

from connectors.sandbox.salesforce.schema import Blueprint

USER = Blueprint(
    name="User",
    prefix="005",
    system="setup",
    lines="""
    Username text(80) required lookup
    LastName text(80) required
    FirstName text(40)
    Name text(121) readonly "Full Name"
    CompanyName text(80)
    Title text(80)
    Department text(80)
    Email email required
    Alias text(8) required
    IsActive bool default=true "Active"
    TimeZoneSidKey pick(*Europe/Paris|Europe/London|Europe/Brussels|UTC|GMT|America/New_York|Asia/Tokyo) required restricted "Time Zone"
    LocaleSidKey pick(*fr_FR|en_US|en_GB|de_DE) required restricted "Locale"
    LanguageLocaleKey pick(*fr|en_US|de) required restricted "Language"
    EmailEncodingKey pick(*UTF-8|ISO-8859-1) required restricted "Email Encoding"
    ProfileId ref(Profile) rel=Profile
    UserRoleId ref(UserRole) rel=UserRole
    UserType pick(*Standard|PowerPartner|AutomatedProcess|CloudIntegrationUser) readonly
    ManagerId ref(User) rel=Manager
    LastLoginDate datetime readonly
    """,
)
ORGANIZATION = Blueprint(
    name="Organization",
    prefix="00D",
    system="setup",
    writes="none",
    lines="""
    Name text(80)
    Country text(80)
    PrimaryContact text(80)
    DefaultLocaleSidKey text(40) "Locale"
    TimeZoneSidKey text(40) "Time Zone"
    LanguageLocaleKey text(40) "Language"
    OrganizationType text(40) readonly "Edition"
    NamespacePrefix text(15) readonly
    InstanceName text(5) readonly
    IsSandbox bool readonly
    FiscalYearStartMonth int
    """,
)
_PERMISSION_SET_LINES = """
    Name text(80) required "Permission Set Name"
    Label text(80) required "Permission Set Label"
    Description text(255)
    ProfileId ref(Profile) readonly rel=Profile
    IsOwnedByProfile bool readonly
    IsCustom bool readonly
    HasActivationRequired bool "Session Activation Required"
    Type pick(*Regular|Group|Profile|Session|Standard) readonly
    PermissionsApiEnabled bool
    PermissionsModifyMetadata bool
    """
BLUEPRINTS = (
    USER,
    ORGANIZATION,
    Blueprint(name="UserRole", prefix="00E", system="setup", lines="Name text(80) required\nParentRoleId ref(UserRole)\nDeveloperName text(80)"),
    Blueprint(name="Profile", prefix="00e", system="setup", writes="none", lines="Name text(255) required\nDescription text(255)\nUserType text(40) readonly"),
    Blueprint(name="Group", prefix="00G", system="setup", lines="Name text(40) required\nDeveloperName text(80)\nType pick(*Regular|Queue|Role) required\nEmail email"),
    Blueprint(name="QueueSobject", prefix="03g", system="none", lines="QueueId ref(Group) required rel=Queue\nSobjectType text(40) required"),
    Blueprint(name="PermissionSet", prefix="0PS", system="setup", lines=_PERMISSION_SET_LINES),
    Blueprint(
        name="PermissionSetAssignment", prefix="0Pa", system="none", updates=False,
        lines="PermissionSetId ref(PermissionSet) required createonly children=Assignments cascade\n"
        "AssigneeId ref(User) required createonly rel=Assignee children=PermissionSetAssignments\nPermissionSetGroupId text(18) readonly\nExpirationDate datetime\n"
        "SystemModstamp datetime readonly",
    ),
    Blueprint(
        name="FieldPermissions", prefix="01k", system="none",
        lines="ParentId ref(PermissionSet) required createonly rel=Parent children=FieldPerms cascade\nSobjectType text(40) required createonly\n"
        "Field text(120) required createonly\nPermissionsRead bool\nPermissionsEdit bool\nSystemModstamp datetime readonly",
    ),
    Blueprint(
        name="ObjectPermissions", prefix="110", system="none",
        lines="ParentId ref(PermissionSet) required createonly rel=Parent children=ObjectPerms cascade\nSobjectType text(40) required createonly\n"
        "PermissionsCreate bool\nPermissionsRead bool\nPermissionsEdit bool\nPermissionsDelete bool\nPermissionsViewAllRecords bool\nPermissionsModifyAllRecords bool\n"
        "SystemModstamp datetime readonly",
    ),
    Blueprint(
        name="TaskStatus", prefix="01T", system="setup", writes="none", bulk=False,
        lines="MasterLabel text(255)\nApiName text(255)\nSortOrder int\nIsDefault bool\nIsClosed bool",
    ),
    Blueprint(
        name="TaskPriority", prefix="01P", system="setup", writes="none", bulk=False,
        lines="MasterLabel text(255)\nApiName text(255)\nSortOrder int\nIsDefault bool\nIsHighPriority bool",
    ),
    Blueprint(
        name="CaseStatus", prefix="01C", system="setup", writes="none", bulk=False,
        lines="MasterLabel text(255)\nApiName text(255)\nSortOrder int\nIsDefault bool\nIsClosed bool",
    ),
    Blueprint(
        name="OrderStatus", prefix="01R", system="setup", writes="none", bulk=False,
        lines="MasterLabel text(255)\nApiName text(255)\nSortOrder int\nIsDefault bool\nStatusCode text(40)",
    ),
    Blueprint(
        name="ContractStatus", prefix="01O", system="setup", writes="none", bulk=False,
        lines="MasterLabel text(255)\nApiName text(255)\nSortOrder int\nIsDefault bool\nStatusCode text(40)",
    ),
    Blueprint(
        name="OpportunityStage", prefix="01J", system="setup", writes="none",
        lines="MasterLabel text(255)\nApiName text(255)\nSortOrder int\nIsActive bool\nIsClosed bool\nIsWon bool\nForecastCategory text(40)\n"
        "ForecastCategoryName text(40)\nDefaultProbability percent(3,0)\nDescription text(255)",
    ),
)  # fmt: skip
CURRENCIES = (
    Blueprint(
        name="CurrencyType", prefix="01L", system="setup",
        lines="IsoCode pick() required createonly\nConversionRate number(18,6) required\nDecimalPlaces int required\nIsActive bool default=true\nIsCorporate bool readonly",
    ),
    Blueprint(
        name="DatedConversionRate", prefix="04w", system="setup",
        lines="IsoCode text(3) required createonly\nStartDate date required createonly\nNextStartDate date readonly\nConversionRate number(18,6) required",
    ),
)  # fmt: skip
VALUE_LISTS = {
    ("Task", "Status"): "TaskStatus",
    ("Task", "Priority"): "TaskPriority",
    ("Case", "Status"): "CaseStatus",
    ("Order", "Status"): "OrderStatus",
    ("Contract", "Status"): "ContractStatus",
    ("Opportunity", "StageName"): "OpportunityStage",
}
"""Picklists whose values are records of another object: change the records and describe, checks and defaults follow."""


def history(parent: str, name: str, prefix: str) -> Blueprint:
    """Make the history object of a tracked object: one row per change, never updated, no SystemModstamp."""
    key = f"{parent}Id"
    return Blueprint(
        name=name, prefix=prefix, system="history", writes="none",
        lines=f'{key} ref({parent}) readonly rel={parent} children=Histories cascade\nField pick() readonly restricted "Changed Field"\n'
        "DataType text(40) readonly\nOldValue any readonly\nNewValue any readonly",
    )  # fmt: skip

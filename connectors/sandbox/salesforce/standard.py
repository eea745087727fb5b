"""The standard objects of commerce: who the clients are, what they buy, and what they complain of. activity.py and setup.py hold the others.

Field sets follow public describes of a Developer Edition; what is left out is feed, data.com and territory management.
"""

from __future__ import annotations

from connectors.sandbox.salesforce.schema import Blueprint


def _address(kind: str) -> str:
    compound = f"{kind}Address"
    return f"""
    {kind}Street area(255) comp={compound}
    {kind}City text(40) comp={compound}
    {kind}State text(80) comp={compound}
    {kind}PostalCode text(20) comp={compound}
    {kind}Country text(80) comp={compound}
    {compound} address readonly
    """


ACCOUNT = Blueprint(
    name="Account",
    prefix="001",
    merges=True,
    activities=True,
    tracked=("OwnerId", "Name", "Type"),
    lines=f"""
    MasterRecordId ref(Account) readonly rel=MasterRecord "Master Record ID"
    Name text(255) required "Account Name"
    Type pick(Prospect|Customer - Direct|Customer - Channel|Channel Partner / Reseller|Installation Partner|Technology Partner|Other) "Account Type"
    ParentId ref(Account) rel=Parent children=ChildAccounts "Parent Account ID"
    {_address("Billing")}
    {_address("Shipping")}
    Phone phone "Account Phone"
    Fax phone "Account Fax"
    AccountNumber text(40)
    Website url
    PhotoUrl url readonly
    Sic text(20) "SIC Code"
    Industry pick(Agriculture|Banking|Biotechnology|Chemicals|Construction|Consulting|Education|Energy|Engineering|Finance|Food & Beverage|Government|Healthcare|Insurance|Manufacturing|Media|Retail|Technology|Transportation|Utilities|Other)
    AnnualRevenue currency(18,0)
    NumberOfEmployees int "Employees"
    Ownership pick(Public|Private|Subsidiary|Other)
    TickerSymbol text(20)
    Description long(32000) "Account Description"
    Rating pick(Hot|Warm|Cold) "Account Rating"
    Site text(80) "Account Site"
    OwnerId ref(User) rel=Owner "Owner ID"
    LastActivityDate date readonly "Last Activity"
    LastViewedDate datetime readonly
    LastReferencedDate datetime readonly
    Jigsaw text(20) "Data.com Key"
    AccountSource pick(Web|Phone Inquiry|Partner Referral|Purchased List|Other)
    SicDesc text(80) "SIC Description"
    """,
)
CONTACT = Blueprint(
    name="Contact",
    prefix="003",
    merges=True,
    tracked=("AccountId", "OwnerId", "Title"),
    lines=f"""
    MasterRecordId ref(Contact) readonly rel=MasterRecord
    AccountId ref(Account) children=Contacts cascade
    LastName text(80) required
    FirstName text(40)
    Salutation pick(Mr.|Ms.|Mrs.|Dr.|Prof.)
    Name text(121) readonly "Full Name"
    {_address("Mailing")}
    Phone phone "Business Phone"
    MobilePhone phone "Mobile Phone"
    ReportsToId ref(Contact) rel=ReportsTo
    Email email lookup
    Title text(128)
    Department text(80)
    LeadSource pick(Web|Phone Inquiry|Partner Referral|Purchased List|Other)
    Birthdate date
    Description long(32000) "Contact Description"
    OwnerId ref(User) rel=Owner "Owner ID"
    LastActivityDate date readonly "Last Activity"
    EmailBouncedReason text(255) readonly
    EmailBouncedDate datetime readonly
    IsEmailBounced bool readonly
    """,
)
OPPORTUNITY = Blueprint(
    name="Opportunity",
    prefix="006",
    activities=True,
    tracked=("Amount", "CloseDate", "StageName", "OwnerId"),
    history="OpportunityFieldHistory",
    lines="""
    AccountId ref(Account) children=Opportunities cascade
    IsPrivate bool "Private"
    Name text(120) required
    Description long(32000)
    StageName pick() required "Stage"
    Amount currency(18,2)
    Probability percent(3,0) "Probability (%)"
    ExpectedRevenue currency(18,2) readonly "Expected Amount"
    TotalOpportunityQuantity number(18,2) "Quantity"
    CloseDate date required
    Type pick(Existing Customer - Upgrade|Existing Customer - Replacement|Existing Customer - Downgrade|New Customer) "Opportunity Type"
    NextStep text(255)
    LeadSource pick(Web|Phone Inquiry|Partner Referral|Purchased List|Other)
    IsClosed bool readonly "Closed"
    IsWon bool readonly "Won"
    ForecastCategory pick(Omitted|Pipeline|BestCase|MostLikely|Forecast|Closed) readonly
    ForecastCategoryName pick(Omitted|Pipeline|Best Case|Commit|Closed) "Forecast Category"
    CampaignId text(18) nillable
    HasOpportunityLineItem bool readonly "Has Line Item"
    Pricebook2Id text(18) "Price Book ID"
    OwnerId ref(User) rel=Owner "Owner ID"
    LastActivityDate date readonly "Last Activity"
    LastStageChangeDate datetime readonly
    FiscalQuarter int readonly
    FiscalYear int readonly
    Fiscal text(6) readonly "Fiscal Period"
    ContactId ref(Contact) createonly rel=Contact
    HasOpenActivity bool readonly
    HasOverdueTask bool readonly
    """,
)
OPPORTUNITY_CONTACT_ROLE = Blueprint(
    name="OpportunityContactRole",
    prefix="00K",
    lines="""
    OpportunityId ref(Opportunity) required createonly children=OpportunityContactRoles cascade
    ContactId ref(Contact) required createonly children=OpportunityContactRoles cascade
    Role pick(Business User|Decision Maker|Economic Buyer|Economic Decision Maker|Evaluator|Executive Sponsor|Influencer|Technical Buyer|Other)
    IsPrimary bool "Primary"
    """,
)
ACCOUNT_CONTACT_ROLE = Blueprint(
    name="AccountContactRole",
    prefix="02Z",
    lines="""
    AccountId ref(Account) required createonly children=AccountContactRoles cascade
    ContactId ref(Contact) required createonly children=AccountContactRoles cascade
    Role pick(Business User|Decision Maker|Economic Buyer|Evaluator|Executive Sponsor|Influencer|Technical Buyer|Other)
    IsPrimary bool "Primary"
    """,
)
ACCOUNT_CONTACT_RELATION = Blueprint(
    name="AccountContactRelation",
    prefix="07k",
    lines="""
    AccountId ref(Account) required createonly children=AccountContactRelations cascade
    ContactId ref(Contact) required createonly indexed children=AccountContactRelations cascade
    Roles multi(Business User|Decision Maker|Economic Buyer|Economic Decision Maker|Evaluator|Executive Sponsor|Influencer|Technical Buyer|Other)
    IsDirect bool readonly "Direct"
    IsActive bool default=true "Active"
    StartDate date
    EndDate date
    """,
)
ORDER = Blueprint(
    name="Order",
    prefix="801",
    activities=True,
    tracked=("Status", "EffectiveDate", "EndDate"),
    lines=f"""
    OwnerId ref(User|Group) rel=Owner "Owner ID"
    ContractId ref(Contract) children=Orders
    AccountId ref(Account) required children=Orders restrict
    Pricebook2Id text(18) "Price Book ID"
    OriginalOrderId ref(Order) rel=OriginalOrder
    OpportunityId ref(Opportunity) children=Orders
    EffectiveDate date required "Order Start Date"
    EndDate date "Order End Date"
    IsReductionOrder bool "Reduction Order"
    Status pick() required
    Description long(32000)
    CustomerAuthorizedById ref(Contact) rel=CustomerAuthorizedBy
    Type pick(Standard|Service|Rush) "Order Type"
    {_address("Billing")}
    {_address("Shipping")}
    ActivatedDate datetime readonly
    ActivatedById ref(User) readonly rel=ActivatedBy
    StatusCode pick(Draft|Activated|Canceled|Expired) readonly "Status Category"
    OrderNumber auto
    OrderReferenceNumber text(80)
    PoNumber text(80) "PO Number"
    PoDate date "PO Date"
    TotalAmount currency(18,2) readonly "Order Amount"
    """,
)
CONTRACT = Blueprint(
    name="Contract",
    prefix="800",
    activities=True,
    tracked=("Status", "StartDate", "ContractTerm"),
    lines="""
    AccountId ref(Account) required children=Contracts restrict
    Pricebook2Id text(18) "Price Book ID"
    OwnerExpirationNotice pick(15|30|45|60|90|120) restricted
    StartDate date "Contract Start Date"
    EndDate date readonly "Contract End Date"
    ContractTerm int
    OwnerId ref(User) rel=Owner "Owner ID"
    Status pick() required
    CompanySignedId ref(User) rel=CompanySigned
    CompanySignedDate date
    CustomerSignedId ref(Contact) rel=CustomerSigned
    CustomerSignedTitle text(40)
    CustomerSignedDate date
    SpecialTerms long(4000)
    ActivatedById ref(User) rel=ActivatedBy
    ActivatedDate datetime
    StatusCode pick(Draft|InApproval|Activated|Terminated|Expired|Rejected|Negotiating|AwaitingSignature|SignatureDeclined|Signed|Cancelled|Expired2|Terminated2) readonly "Status Category"
    Description long(32000)
    ContractNumber auto
    LastApprovedDate datetime readonly
    LastActivityDate date readonly "Last Activity"
    """,
)
CASE = Blueprint(
    name="Case",
    prefix="500",
    merges=True,
    activities=True,
    tracked=("Status", "OwnerId", "IsEscalated", "Priority"),
    lines="""
    MasterRecordId ref(Case) readonly rel=MasterRecord
    CaseNumber auto
    ContactId ref(Contact) children=Cases
    AccountId ref(Account) children=Cases restrict
    ParentId ref(Case) rel=Parent children=Cases "Parent Case ID"
    SuppliedName text(80) "Name"
    SuppliedEmail email "Email Address"
    SuppliedPhone text(40) "Phone"
    SuppliedCompany text(80) "Company"
    Type pick(Mechanical|Electrical|Electronic|Structural|Other) "Case Type"
    Status pick()
    Reason pick(Installation|Equipment Complexity|Performance|Breakdown|Equipment Design|Feedback|Other) "Case Reason"
    Origin pick(Phone|Email|Web) "Case Origin"
    Subject text(255)
    Priority pick(High|*Medium|Low)
    Description long(32000)
    IsClosed bool readonly "Closed"
    ClosedDate datetime readonly
    IsEscalated bool "Escalated"
    OwnerId ref(Group|User) rel=Owner "Owner ID"
    ContactPhone phone readonly
    ContactMobile phone readonly
    ContactEmail email readonly
    ContactFax phone readonly
    Comments area(4000) "Internal Comments"
    LastViewedDate datetime readonly
    LastReferencedDate datetime readonly
    """,
)
CASE_COMMENT = Blueprint(
    name="CaseComment",
    prefix="00a",
    lines="""
    ParentId ref(Case) required createonly rel=Parent children=CaseComments cascade
    IsPublished bool "Published"
    CommentBody area(4000) nofilter "Body"
    """,
)
EMAIL_MESSAGE = Blueprint(
    name="EmailMessage",
    prefix="02s",
    lines="""
    ParentId ref(Case) createonly rel=Parent children=EmailMessages cascade "Case ID"
    ActivityId ref(Task) createonly rel=Activity
    TextBody long(131072)
    HtmlBody long(131072)
    Headers long(32000)
    Subject text(3000) createonly
    FromName text(1000)
    FromAddress email createonly
    ToAddress text(4000) nofilter createonly
    CcAddress text(4000) nofilter createonly
    Incoming bool createonly "Is Incoming"
    HasAttachment bool readonly
    Status pick(0|1|2|3|4|5|6) restricted default=0
    MessageDate datetime
    RelatedToId ref(Account|Opportunity|Case|Contract|Order) createonly rel=RelatedTo
    """,
)
INVOICE = Blueprint(
    name="Invoice",
    prefix="3tt",
    activities=True,
    lines="""
    OwnerId ref(User|Group) rel=Owner "Owner ID"
    InvoiceNumber text(255) readonly
    DocumentNumber text(255) readonly
    BillingAccountId ref(Account) required rel=BillingAccount children=Invoices restrict
    ReferenceEntityId ref(Order) rel=ReferenceEntity
    InvoiceDate date required
    DueDate date required
    Status pick(*Draft|Posted|Canceled|Voided|Pending|Error Posting) required restricted
    TotalAmount currency(18,2)
    TotalAmountWithTax currency(18,2)
    TotalTaxAmount currency(18,2)
    Balance currency(18,2) readonly
    Description area(255)
    """,
)
BLUEPRINTS = (
    ACCOUNT, CONTACT, OPPORTUNITY, OPPORTUNITY_CONTACT_ROLE, ACCOUNT_CONTACT_ROLE, ORDER, CONTRACT, CASE, CASE_COMMENT, EMAIL_MESSAGE,
)  # fmt: skip
LICENSED = {"account_contact_relation": ACCOUNT_CONTACT_RELATION, "invoice": INVOICE}
"""Objects that exist only where the feature is switched on or the licence bought."""

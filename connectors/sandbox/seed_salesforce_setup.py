"""How this company's Salesforce differs from a fresh one: its own fields, objects and words, and the configuration that explains them.

FIELDS   what was added to the org          TABLES, VALUES   [salesforce.tables.*] and [salesforce.values.*] of the config
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

CASE_TYPES: Final = {"question": "Question", "request": "Demande", "incident": "Incident", "complaint": "Réclamation"}
PRIORITIES: Final = {"low": "Low", "normal": "Medium", "high": "High", "urgent": "High"}
TOPICS: Final = {"advisory": "Conseil", "transactional": "Suivi", "other": "Autre"}
SIDES: Final = {"us": "Nous", "client": "Client"}
INCIDENTS: Final = {"rude": "Propos déplacés", "insult": "Insulte", "leave_threat": "Menace de départ", "complaint": "Réclamation"}
STATUSES: Final = {"draft": "Brouillon", "open": "Émise", "paid": "Réglée", "voided": "Annulée"}
KINDS: Final = {"invoice": "Facture", "credit_note": "Avoir"}
CAUSES: Final = {"client": "Autre client", "supplier": "Fournisseur", "us": "Nous", "other": "Autre"}
STAGES: Final = {
    "qualification": "Qualification",
    "proposal": "Proposal/Price Quote",
    "negotiation": "Negotiation/Review",
    "won": "Closed Won",
    "lost": "Closed Lost",
}

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "accounts": {"registration_id": "SIREN__c", "payment_terms_days": "Payment_Terms_Days__c", "same_as": "HubSpot_Record__c"},
    "contacts": {"is_decision_maker": "Is_Decision_Maker__c", "since": "In_Role_Since__c", "until": "In_Role_Until__c"},
    "contracts": {"committed_amount": "Committed_Amount__c", "notice_months": "Notice_Months__c"},
    "orders": {
        "requested_date": "Requested_Date__c",
        "promised_date": "Promised_Date__c",
        "delivered_date": "Delivered_Date__c",
        "is_rush": "Is_Rush__c",
        "standard_lead_days": "Standard_Lead_Days__c",
    },
    "order_changes": {"cause_account_id": "Order.Delay_Cause_Account__c", "cause": "Order.Delay_Cause__c"},
    "cases": {"first_response_at": "First_Response_At__c", "own_fault": "Own_Fault__c", "unfounded": "Unfounded__c"},
    "activities": {"topic": "Type", "initiated_by": "Initiated_By__c", "people": "Attendees__c", "on_site": "On_Site__c"},
    "invoices": {
        "object": "Invoice__c",
        "account_id": "Account__c",
        "issue_date": "Issue_Date__c",
        "due_date": "Due_Date__c",
        "paid_date": "Paid_Date__c",
        "amount": "Amount__c",
        "open_amount": "Balance__c",
        "currency": "CurrencyIsoCode",
        "status": "Status__c",
        "disputed": "Disputed__c",
        "own_fault": "Own_Fault__c",
    },
    "revenue": {
        "object": "Invoice__c",
        "account_id": "Account__c",
        "date": "Posted_On__c",
        "amount": "Amount__c",
        "currency": "CurrencyIsoCode",
        "kind": "Kind__c",
        "category": "Family__c",
        "direct_cost": "Direct_Cost__c",
    },
    "hours": {
        "object": "Time_Sheet__c",
        "account_id": "Account__c",
        "week": "Week__c",
        "hours": "Hours__c",
        "overtime_25": "Overtime_25__c",
        "overtime_50": "Overtime_50__c",
        "weekend_hours": "Weekend_Hours__c",
    },
    "incidents": {
        "object": "Client_Incident__c",
        "case_id": "Case__c",
        "account_id": "Account__c",
        "occurred_at": "Occurred_At__c",
        "direction": "=in",
        "category": "Category__c",
        "confirmed": "Confirmed__c",
    },
}
"""[salesforce.tables.*]: where this org keeps what no standard field holds. A draft or cancelled invoice has no posting date, so it is no revenue."""


def _words(meanings: Mapping[str, str]) -> dict[str, str]:
    return {word: meaning for meaning, word in meanings.items()}


VALUES: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "cases": {"category": _words(CASE_TYPES)},
    "order_changes": {"cause": _words(CAUSES)},
    "activities": {"topic": _words(TOPICS), "initiated_by": _words(SIDES)},
    "invoices": {"status": _words(STATUSES) | {"Avoir": "voided"}},
    "revenue": {"kind": _words(KINDS)},
    "incidents": {"category": _words(INCIDENTS)},
}
"""[salesforce.values.*]: what this org's words mean. A credit note stands among the invoices but is nothing a client owes."""


def _pick(meanings: Mapping[str, str]) -> str:
    return "|".join(meanings.values())


FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Account": (
        'SIREN__c text(14) "SIREN"',
        'Payment_Terms_Days__c int "Délai de règlement (jours)"',
        'Branch__c pick(Lyon|Nantes|Lille) "Agence"',
        'Trade__c text(80) "Métier"',
        'HubSpot_Record__c text(40) "Fiche HubSpot"',
    ),
    "Contact": (
        'Is_Decision_Maker__c bool "Décideur"',
        'In_Role_Since__c date "En poste depuis"',
        'In_Role_Until__c date "En poste jusqu\'au"',
    ),
    "Contract": ('Committed_Amount__c currency(18,2) "Engagement de volume"', 'Notice_Months__c int "Préavis (mois)"'),
    "Order": (
        'Requested_Date__c date "Date demandée"',
        'Promised_Date__c date "Date promise"',
        'Delivered_Date__c date "Date de livraison"',
        'Is_Rush__c bool "Urgence"',
        'Standard_Lead_Days__c int "Délai standard (jours)"',
        'Delay_Cause_Account__c ref(Account) "Décalée pour"',
        f'Delay_Cause__c pick({_pick(CAUSES)}) "Cause du décalage"',
    ),
    "Case": (
        f'Type pick({_pick(CASE_TYPES)}|Autre) "Type"',
        'First_Response_At__c datetime "Première réponse"',
        'Own_Fault__c bool "Faute de notre part"',
        'Unfounded__c bool "Non fondée"',
    ),
    "Event": (f'Type pick({_pick(TOPICS)}) "Type"',),
    "Task": (f'Type pick({_pick(TOPICS)}) "Type"',),
    "Activity": (
        f'Initiated_By__c pick({_pick(SIDES)}) "À l\'initiative de"',
        'Attendees__c int "Participants de chez nous"',
        'On_Site__c bool "Chez le client"',
    ),
    "Invoice__c": (
        'Name text(80) required "Numéro"',
        'Account__c ref(Account) children=Invoices__r "Client"',
        'Issue_Date__c date "Date de facture"',
        'Due_Date__c date "Échéance"',
        'Paid_Date__c date "Réglée le"',
        'Posted_On__c date "Comptabilisée le"',
        'Amount__c currency(18,2) "Montant HT"',
        'Balance__c currency(18,2) "Reste dû"',
        f'Kind__c pick({_pick(KINDS)}) "Nature"',
        f'Status__c pick({_pick(STATUSES)}|Avoir) "État"',
        'Disputed__c bool "Litige"',
        'Own_Fault__c bool "Litige de notre fait"',
        'Family__c text(80) "Famille"',
        'Direct_Cost__c currency(18,2) "Coût direct"',
    ),
    "Time_Sheet__c": (
        'Account__c ref(Account) "Client"',
        'Week__c date "Semaine du"',
        'Hours__c number(18,2) "Heures"',
        'Overtime_25__c number(18,2) "Heures à 25 %"',
        'Overtime_50__c number(18,2) "Heures à 50 %"',
        'Weekend_Hours__c number(18,2) "Heures de week-end"',
    ),
    "Client_Incident__c": (
        'Account__c ref(Account) "Client"',
        'Case__c ref(Case) "Requête"',
        'Occurred_At__c datetime "Survenu le"',
        f'Category__c pick({_pick(INCIDENTS)}) "Catégorie"',
        'Confirmed__c bool "Confirmé"',
    ),
}
"""What the company added to a standard org, as Org.define reads it."""

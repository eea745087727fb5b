"""How this company's HubSpot differs from a fresh one: its own properties, objects and words, and the configuration that explains them.

PROPERTIES, OBJECTS   what was added to the portal          tables, VALUES   [hubspot.tables.*] and [hubspot.values.*] of the config
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

CATEGORIES: Final = {"question": "question", "request": "demande", "incident": "incident", "complaint": "reclamation"}
PRIORITIES: Final = {"low": "LOW", "normal": "MEDIUM", "high": "HIGH", "urgent": "URGENT"}
TOPICS: Final = {"advisory": "conseil", "transactional": "suivi", "other": "autre"}
SIDES: Final = {"us": "nous", "client": "client"}
INCIDENTS: Final = {"rude": "propos_deplaces", "insult": "insulte", "leave_threat": "menace_de_depart", "complaint": "reclamation"}
ORDERS: Final = {"draft": "brouillon", "open": "en_cours", "delivered": "livree", "cancelled": "annulee"}
CONTRACTS: Final = {"draft": "brouillon", "active": "en_vigueur", "ended": "termine"}
STAGES: Final = {
    "qualification": "qualifiedtobuy",
    "proposal": "presentationscheduled",
    "negotiation": "contractsent",
    "won": "closedwon",
    "lost": "closedlost",
}


def _options(meanings: Mapping[str, str]) -> str:
    return "enumeration: " + "; ".join(f"{word}={word.replace('_', ' ').capitalize()}" for word in meanings.values())


PROPERTIES: Final[Mapping[str, Mapping[str, str]]] = {
    "companies": {
        "siren": "string",
        "delai_reglement_jours": "number",
        "agence": "enumeration: Lyon; Nantes; Lille",
        "metier": "string",
        "fiche_salesforce": "string",
    },
    "contacts": {"decideur": "bool", "en_poste_depuis": "date", "en_poste_jusqu_au": "date"},
    "tickets": {"motif": _options(CATEGORIES), "faute_de_notre_part": "bool", "non_fondee": "bool"},
    "meetings": {"objet": _options(TOPICS), "initiative": _options(SIDES), "participants": "number", "chez_le_client": "bool"},
    "calls": {"objet": _options(TOPICS), "initiative": _options(SIDES), "participants": "number"},
    "invoices": {
        "comptabilisee_le": "date",
        "nature": "enumeration: facture=Facture; avoir=Avoir",
        "famille": "string",
        "cout_direct": "number",
        "litige": "bool",
        "litige_de_notre_fait": "bool",
    },
}
"""Added to the standard objects."""

OBJECTS: Final[Mapping[str, Mapping[str, str]]] = {
    "time_sheets": {
        "semaine_du": "date",
        "heures": "number",
        "heures_25": "number",
        "heures_50": "number",
        "heures_week_end": "number",
    },
    "client_incidents": {
        "survenu_le": "datetime",
        "categorie": _options(INCIDENTS),
        "confirme": "bool",
        "ticket": "string",
    },
    "client_orders": {
        "numero": "string",
        "commandee_le": "datetime",
        "date_demandee": "date",
        "date_promise": "date",
        "date_livraison": "date",
        "urgence": "bool",
        "delai_standard_jours": "number",
        "etat": _options(ORDERS),
    },
    "client_contracts": {
        "debut": "date",
        "fin": "date",
        "engagement": "number",
        "devise": "string",
        "preavis_mois": "number",
        "etat": _options(CONTRACTS),
        "conditions_particulieres": "bool",
    },
}
"""The company's own objects: name -> properties."""


def tables(types: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Give [hubspot.tables.*]. `types` gives the id (2-…) of each own object, which only the portal knows."""
    return {
        "accounts": {"registration_id": "siren", "payment_terms_days": "delai_reglement_jours", "same_as": "fiche_salesforce"},
        "contacts": {"is_decision_maker": "decideur", "since": "en_poste_depuis", "until": "en_poste_jusqu_au"},
        "cases": {"category": "motif", "own_fault": "faute_de_notre_part", "unfounded": "non_fondee"},
        "activities": {"topic": "objet", "initiated_by": "initiative", "people": "participants", "on_site": "chez_le_client"},
        "invoices": {"disputed": "litige", "own_fault": "litige_de_notre_fait"},
        "revenue": {
            "object": "invoices",
            "date": "comptabilisee_le",
            "amount": "hs_amount_billed",
            "currency": "hs_currency",
            "kind": "nature",
            "category": "famille",
            "direct_cost": "cout_direct",
        },
        "hours": {
            "object": types["time_sheets"],
            "week": "semaine_du",
            "hours": "heures",
            "overtime_25": "heures_25",
            "overtime_50": "heures_50",
            "weekend_hours": "heures_week_end",
        },
        "incidents": {
            "object": types["client_incidents"],
            "case_id": "ticket",
            "occurred_at": "survenu_le",
            "direction": "=in",
            "category": "categorie",
            "confirmed": "confirme",
        },
        "orders": {
            "object": types["client_orders"],
            "ordered_at": "commandee_le",
            "requested_date": "date_demandee",
            "promised_date": "date_promise",
            "delivered_date": "date_livraison",
            "is_rush": "urgence",
            "standard_lead_days": "delai_standard_jours",
            "status": "etat",
        },
        "contracts": {
            "object": types["client_contracts"],
            "start_date": "debut",
            "end_date": "fin",
            "committed_amount": "engagement",
            "currency": "devise",
            "notice_months": "preavis_mois",
            "status": "etat",
            "special_terms": "conditions_particulieres",
        },
    }


def _words(meanings: Mapping[str, str]) -> dict[str, str]:
    return {word: meaning for meaning, word in meanings.items()}


VALUES: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "cases": {"category": _words(CATEGORIES)},
    "activities": {"topic": _words(TOPICS), "initiated_by": _words(SIDES)},
    "incidents": {"category": _words(INCIDENTS)},
    "orders": {"status": _words(ORDERS)},
    "contracts": {"status": _words(CONTRACTS)},
    "revenue": {"kind": {"facture": "invoice", "avoir": "credit_note"}},
}
"""[hubspot.values.*]: what this portal's words mean."""

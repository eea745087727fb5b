"""The properties that hold what is ours, as a portal's people see them: labels in English, descriptions in French, no free text.

Labels and values are those of the Salesforce fields, so that a view, a report or a training course speaks of one thing in both CRMs;
HubSpot shows a property in one language, and its description as a tip beside it.
"""

from __future__ import annotations

from typing import Any, Final

from connectors.hubspot import GROUP

LABEL: Final = "Équilibre"
OURS: Final = "Renseigné par Équilibre ; une valeur saisie à la main est conservée et signalée tant qu'elle n'est pas effacée."
STAGES: Final = {
    "balanced": "Balanced",
    "watch": "Watch",
    "repair": "Repair",
    "last_round": "Last round",
    "decision": "Decision",
    "exit_notice": "Exit with notice",
    "after_care": "After-care",
    "ended": "Ended",
}
LEVELS: Final = {
    "none": "None",
    "info": "Info",
    "watch": "Watch",
    "alert": "Alert",
    "critical": "Critical",
}
OPINIONS: Final = {
    "favourable": "Favourable",
    "unfavourable": "Unfavourable",
    "mixed": "Mixed",
    "not_done": "Not done",
}
PRIVILEGES: Final = {
    "rush_priority": "Rush orders first",
    "extended_payment": "Longer payment terms",
    "special_price": "Special prices or discounts",
    "dedicated_contact": "Dedicated contact",
    "no_minimum_order": "No minimum order",
    "free_delivery": "Free delivery",
    "rush_without_fee": "Rush without fee",
    "exclusivity": "Exclusivity",
    "other": "Other",
}
EXIT_REASONS: Final = {
    "ethics": "Ethics",
    "behaviour": "Behaviour",
    "payment": "Payment",
    "economics": "Economics",
    "strategy": "Strategy",
    "client_choice": "Client's choice",
}
LEAVE_CAUSES: Final = {
    "unknown": "Unknown",
    "price": "Price",
    "service": "Service or quality",
    "competitor": "Competitor",
    "in_house": "Done in-house",
    "strategy": "Client's strategy",
    "contact_change": "New decision maker",
    "activity": "Client's own activity",
    "other": "Other",
}
DISMISSALS: Final = {
    "own_fault": "Our own fault",
    "seasonal": "Seasonal",
    "agreed": "Agreed with the client",
    "wrong_data": "Wrong data",
    "other": "Other",
}


def _property(name: str, label: str, description: str, kind: tuple[str, str], options: dict[str, str] | None = None) -> dict[str, Any]:
    listed = [
        {"label": shown, "value": value, "displayOrder": place, "hidden": False}
        for place, (value, shown) in enumerate((options or {}).items())
    ]
    return {
        "name": name,
        "label": label,
        "description": description,
        "groupName": GROUP,
        "type": kind[0],
        "fieldType": kind[1],
        **({"options": listed} if options else {}),
    }


TEXT, LONG_TEXT, NUMBER = ("string", "text"), ("string", "textarea"), ("number", "number")
DAY, INSTANT, CHOICE, CHOICES = ("date", "date"), ("datetime", "date"), ("enumeration", "select"), ("enumeration", "checkbox")

COMPANY: Final = (
    _property(
        "eq_stage", "Stage", "Où en est la relation. Décidée par une personne à partir de l'étape Repair (réparation).", CHOICE, STAGES
    ),
    _property(
        "eq_stage_proposed", "Proposed stage", f"L'étape que suggèrent les constats ; la décision reste humaine. {OURS}", CHOICE, STAGES
    ),
    _property("eq_level", "Balance level", f"Le plus haut niveau des constats ouverts sur le groupe du client. {OURS}", CHOICE, LEVELS),
    _property(
        "eq_open_rules",
        "Open findings",
        f"Règle, niveau et date d'ouverture de chaque constat, séparés par des points-virgules. {OURS}",
        LONG_TEXT,
    ),
    _property(
        "eq_revenue_share",
        "Revenue share",
        f"Part du groupe du client dans notre chiffre d'affaires net sur douze mois, de 0 à 1. {OURS}",
        NUMBER,
    ),
    _property("eq_index", "Imbalance index", f"De 0 à 100 : une aide à la lecture, jamais un jugement sur le client. {OURS}", NUMBER),
    _property("eq_coverage", "Index coverage", f"Part des familles de règles qui ont pu être calculées, de 0 à 1. {OURS}", NUMBER),
    _property("eq_computed_at", "Computed at", f"Dernier changement des autres champs. {OURS}", INSTANT),
    _property("eq_run", "Run", f"Le passage d'Équilibre qui a écrit ces champs. {OURS}", TEXT),
    _property(
        "eq_explanation",
        "Explanation",
        f"Les constats en phrases, avec leurs chiffres et ce qui y mettrait fin. {OURS}",
        LONG_TEXT,
    ),
    _property("eq_trend", "Trend", f"Indice et niveau de chaque mois, au format 2026-11:41a. {OURS}", TEXT),
    _property("eq_next_step", "Next step", f"Ce qui ouvre l'étape proposée. {OURS}", TEXT),
    _property("eq_checklist", "Decision checklist", f"Les sept points à réunir avant une décision, au format G1=ok. {OURS}", TEXT),
    _property(
        "eq_at_stake",
        "Revenue at stake",
        f"Chiffre d'affaires net du groupe du client sur douze mois, en monnaie de l'entreprise, pour trier. {OURS}",
        NUMBER,
    ),
    _property(
        "eq_restricted",
        "Restricted details",
        f"Détail des signalements, à réserver aux personnes habilitées (droits sur la propriété). {OURS}",
        LONG_TEXT,
    ),
    _property("eq_privileges", "Privileges", "Les exceptions dont ce client bénéficie et les autres non.", CHOICES, PRIVILEGES),
    _property(
        "eq_limits_set",
        "Limits set",
        "Si nos limites ont été convenues, et comment.",
        CHOICE,
        {"none": "Not set", "oral": "Said", "written": "Written"},
    ),
    _property("eq_review_date", "Review date", "Quand les engagements seront revus.", DAY),
    _property("eq_commitments_kept", "Commitments kept", "Part des engagements convenus qui ont été tenus à la revue, de 0 à 1.", NUMBER),
    _property("eq_agreement_date", "Agreement date", "Le jour où un nouveau mode de fonctionnement a été convenu.", DAY),
    _property("eq_notice_start", "Notice start", "Premier jour d'un préavis écrit.", DAY),
    _property("eq_notice_end", "Notice end", "Dernier jour du préavis.", DAY),
    _property("eq_exit_reason", "Exit reason", "Pourquoi une fin est envisagée ; à remplir avant la décision.", CHOICE, EXIT_REASONS),
    _property(
        "eq_leave_cause",
        "Cause of leaving",
        "Pourquoi le client part ou achète moins, après le lui avoir demandé. Laisser Unknown (inconnue) plutôt que deviner.",
        CHOICE,
        LEAVE_CAUSES,
    ),
    _property("eq_consult_team", "Team consulted", "Réponse d'ensemble de l'équipe ou de ses représentants, sans nom.", CHOICE, OPINIONS),
    _property("eq_consult_accountant", "Accountant consulted", "Réponse d'ensemble de l'expert-comptable.", CHOICE, OPINIONS),
    _property("eq_consult_adviser", "Adviser consulted", "Réponse d'ensemble d'un partenaire, mentor ou pair.", CHOICE, OPINIONS),
    _property(
        "eq_manager_position",
        "Manager's position",
        "Si le dirigeant soutient encore cette relation.",
        CHOICE,
        {"ok": "Fine", "strained": "Strained", "no_longer": "No longer"},
    ),
    _property(
        "eq_pulse_mean",
        "Team pulse, mean",
        "Moyenne des réponses de l'équipe sur le travail pour ce client. Prise en compte à partir de cinq.",
        NUMBER,
    ),
    _property("eq_pulse_n", "Team pulse, answers", "Nombre de personnes qui ont répondu.", NUMBER),
    _property(
        "eq_non_money_reasons",
        "Reasons besides money",
        "Pourquoi nous travaillons ensemble, à part pour l'argent.",
        CHOICES,
        {"reference": "Reference", "learning": "Learning", "fit": "Fit with our values", "network": "Network", "none": "None"},
    ),
    _property("eq_dismissed_rules", "Muted rules", "Codes des règles à taire, séparés par des points-virgules ; vide : toutes.", TEXT),
    _property("eq_dismissed_until", "Muted until", "Jusqu'à quand ces règles se taisent.", DAY),
    _property("eq_dismiss_reason", "Reason for muting", "Pourquoi ces règles se taisent.", CHOICE, DISMISSALS),
)
TASK: Final = (
    _property(
        "equilibre_key",
        "Équilibre key",
        "Identifie une tâche d'Équilibre, pour que la même ne soit jamais créée deux fois. Ne pas modifier.",
        TEXT,
    )
    | {"hasUniqueValue": True},
    _property(
        "equilibre_mark",
        "Équilibre mark",
        "Règle, code de tâche, niveau et épisode à l'origine d'une tâche d'Équilibre. Ne pas modifier.",
        TEXT,
    ),
)
PROPERTIES: Final = {"companies": COMPANY, "tasks": TASK}

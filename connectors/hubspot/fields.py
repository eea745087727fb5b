"""The properties that hold what is ours, as a portal's people see them: French labels, neutral words, no free text for people.

The values are those of rules/facts.sql and of Salesforce's pick lists; only the labels are for reading.
"""

from __future__ import annotations

from typing import Any, Final

from connectors.hubspot import GROUP

LABEL: Final = "Équilibre"
OURS: Final = "Renseigné par Équilibre ; une valeur saisie à la main est conservée et signalée tant qu'elle n'est pas effacée."
STAGES: Final = {
    "balanced": "Équilibrée",
    "watch": "Vigilance",
    "repair": "Réparation",
    "last_round": "Dernier tour",
    "decision": "Décision",
    "exit_notice": "Fin avec préavis",
    "after_care": "Après",
    "ended": "Terminée",
}
LEVELS: Final = {"none": "Aucun", "info": "Info", "watch": "Vigilance", "alert": "Alerte", "critical": "Critique"}
OPINIONS: Final = {"favourable": "Favorable", "unfavourable": "Défavorable", "mixed": "Partagé", "not_done": "Non consulté"}
PRIVILEGES: Final = {
    "rush_priority": "Urgences prioritaires",
    "extended_payment": "Délai de paiement allongé",
    "special_price": "Prix ou remises particuliers",
    "dedicated_contact": "Interlocuteur dédié",
    "no_minimum_order": "Sans minimum de commande",
    "free_delivery": "Livraison offerte",
    "rush_without_fee": "Urgence sans supplément",
    "exclusivity": "Exclusivité",
    "other": "Autre",
}
EXIT_REASONS: Final = {
    "ethics": "Éthique",
    "behaviour": "Comportement",
    "payment": "Paiement",
    "economics": "Économie",
    "strategy": "Stratégie",
    "client_choice": "Choix du client",
}
LEAVE_CAUSES: Final = {
    "unknown": "Inconnue",
    "price": "Prix",
    "service": "Service ou qualité",
    "competitor": "Concurrent",
    "in_house": "Internalisation",
    "strategy": "Stratégie du client",
    "contact_change": "Nouveau décideur",
    "activity": "Activité du client",
    "other": "Autre",
}
DISMISSALS: Final = {
    "own_fault": "Faute de notre part",
    "seasonal": "Saisonnier",
    "agreed": "Convenu avec le client",
    "wrong_data": "Données erronées",
    "other": "Autre",
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
        "eq_stage", "Étape de la relation", "Où en est la relation. Décidée par une personne à partir de Réparation.", CHOICE, STAGES
    ),
    _property(
        "eq_stage_proposed", "Étape proposée", f"L'étape que suggèrent les constats ; la décision reste humaine. {OURS}", CHOICE, STAGES
    ),
    _property(
        "eq_level", "Niveau d'équilibre", f"Le plus haut niveau des constats ouverts sur le groupe du client. {OURS}", CHOICE, LEVELS
    ),
    _property(
        "eq_open_rules",
        "Constats ouverts",
        f"Règle, niveau et date d'ouverture de chaque constat, séparés par des points-virgules. {OURS}",
        LONG_TEXT,
    ),
    _property(
        "eq_revenue_share",
        "Part du chiffre d'affaires",
        f"Part du groupe du client dans notre chiffre d'affaires net sur douze mois, de 0 à 1. {OURS}",
        NUMBER,
    ),
    _property(
        "eq_index", "Indice de déséquilibre", f"De 0 à 100 : une aide à la lecture, jamais un jugement sur le client. {OURS}", NUMBER
    ),
    _property("eq_coverage", "Couverture de l'indice", f"Part des familles de règles qui ont pu être calculées, de 0 à 1. {OURS}", NUMBER),
    _property("eq_computed_at", "Calculé le", f"Dernier changement des autres champs. {OURS}", INSTANT),
    _property("eq_run", "Passage", f"Le passage d'Équilibre qui a écrit ces champs. {OURS}", TEXT),
    _property("eq_privileges", "Privilèges", "Les exceptions dont ce client bénéficie et les autres non.", CHOICES, PRIVILEGES),
    _property(
        "eq_limits_set",
        "Limites posées",
        "Si nos limites ont été convenues, et comment.",
        CHOICE,
        {"none": "Non", "oral": "À l'oral", "written": "Par écrit"},
    ),
    _property("eq_review_date", "Date de revue", "Quand les engagements seront revus.", DAY),
    _property("eq_commitments_kept", "Engagements tenus", "Part des engagements convenus qui ont été tenus à la revue, de 0 à 1.", NUMBER),
    _property("eq_agreement_date", "Date de l'accord", "Le jour où un nouveau mode de fonctionnement a été convenu.", DAY),
    _property("eq_notice_start", "Début du préavis", "Premier jour d'un préavis écrit.", DAY),
    _property("eq_notice_end", "Fin du préavis", "Dernier jour du préavis.", DAY),
    _property("eq_exit_reason", "Motif de fin", "Pourquoi une fin est envisagée ; à remplir avant la décision.", CHOICE, EXIT_REASONS),
    _property(
        "eq_leave_cause",
        "Cause du départ",
        "Pourquoi le client part ou achète moins, après le lui avoir demandé. Laisser Inconnue plutôt que deviner.",
        CHOICE,
        LEAVE_CAUSES,
    ),
    _property("eq_consult_team", "Équipe consultée", "Réponse d'ensemble de l'équipe ou de ses représentants, sans nom.", CHOICE, OPINIONS),
    _property("eq_consult_accountant", "Expert-comptable consulté", "Réponse d'ensemble de l'expert-comptable.", CHOICE, OPINIONS),
    _property("eq_consult_adviser", "Conseil extérieur consulté", "Réponse d'ensemble d'un partenaire, mentor ou pair.", CHOICE, OPINIONS),
    _property(
        "eq_manager_position",
        "Position du dirigeant",
        "Si le dirigeant soutient encore cette relation.",
        CHOICE,
        {"ok": "Oui", "strained": "Avec réserve", "no_longer": "Plus maintenant"},
    ),
    _property(
        "eq_pulse_mean",
        "Baromètre d'équipe, moyenne",
        "Moyenne des réponses de l'équipe sur le travail pour ce client. Prise en compte à partir de cinq.",
        NUMBER,
    ),
    _property("eq_pulse_n", "Baromètre d'équipe, réponses", "Nombre de personnes qui ont répondu.", NUMBER),
    _property(
        "eq_non_money_reasons",
        "Raisons autres que l'argent",
        "Pourquoi nous travaillons ensemble, à part pour l'argent.",
        CHOICES,
        {"reference": "Référence", "learning": "Apprentissage", "fit": "Valeurs communes", "network": "Réseau", "none": "Aucune"},
    ),
    _property(
        "eq_dismissed_rules", "Règles mises en sourdine", "Codes des règles à taire, séparés par des points-virgules ; vide : toutes.", TEXT
    ),
    _property("eq_dismissed_until", "En sourdine jusqu'au", "Jusqu'à quand ces règles se taisent.", DAY),
    _property("eq_dismiss_reason", "Motif de la sourdine", "Pourquoi ces règles se taisent.", CHOICE, DISMISSALS),
)
TASK: Final = (
    _property(
        "equilibre_key",
        "Clé Équilibre",
        "Identifie une tâche d'Équilibre, pour que la même ne soit jamais créée deux fois. Ne pas modifier.",
        TEXT,
    )
    | {"hasUniqueValue": True},
    _property(
        "equilibre_mark",
        "Repère Équilibre",
        "Règle, code de tâche, niveau et épisode à l'origine d'une tâche d'Équilibre. Ne pas modifier.",
        TEXT,
    ),
)
PROPERTIES: Final = {"companies": COMPANY, "tasks": TASK}

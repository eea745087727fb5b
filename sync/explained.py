"""`equilibre explain` for people: each finding of an account with its records, what would clear it, and how near the other limits are."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from rules.explain import label, needs
from rules.figures import day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rules.rule import Language

RECORDS: Final = 6
"""How many records of a finding are listed; the JSON has all."""
NEAREST: Final = 3
"""How many of the rules that find nothing are told."""
WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "head": "{names}, as of {as_of}",
        "nothing": "No finding.",
        "since": "since {since}",
        "assumptions": "Taken for granted: {text}",
        "records": "Records:",
        "more": "and {n} more, all in --json",
        "checklist": "Before an end:",
        "unjudged": "{rule}: cannot be judged, it would need {needs}",
        "near": "Nearest of the other limits:",
        "flips": "If every limit were a tenth higher or lower:",
    },
    "fr": {
        "head": "{names}, au {as_of}",
        "nothing": "Aucun constat.",
        "since": "depuis le {since}",
        "assumptions": "Tenu pour acquis : {text}",
        "records": "Fiches :",
        "more": "et {n} autres, toutes avec --json",
        "checklist": "Avant toute fin :",
        "unjudged": "{rule} : non évaluable, il faudrait {needs}",
        "near": "Les autres seuils les plus proches :",
        "flips": "Si tous les seuils étaient relevés ou abaissés de 10 % :",
    },
}
GUARDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "G1": "a person made the choice", "G2": "seven days since the last serious incident", "G3": "team and accountant were heard",
        "G4": "the last meeting was held, or refused twice", "G5": "the reason is filled in", "G6": "a lawyer checked the notice",
        "G7": "the loss can be absorbed",
    },
    "fr": {
        "G1": "une personne a fait le choix", "G2": "sept jours depuis le dernier incident grave", "G3": "équipe et expert-comptable consultés",
        "G4": "le dernier entretien a eu lieu, ou a été refusé deux fois", "G5": "le motif est renseigné", "G6": "préavis validé par un avocat",
        "G7": "la perte est absorbable",
    },
}  # fmt: skip
STATES: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {"ok": "ok", "missing": "missing", "override": "gone on with a reason"},
    "fr": {"ok": "fait", "missing": "manque", "override": "passé outre, motif donné"},
}


def lines(document: Mapping[str, Any], language: Language, titles: Mapping[str, str] | None = None) -> Iterator[str]:
    """Give the page line by line. `titles`: the names of the rules by code."""
    words = WORDS[language]
    names = ", ".join(f"{account['name'] or ''} ({account['crm']}:{account['id']})" for account in document["accounts"])
    yield words["head"].format(names=names, as_of=_day(document["as_of"], language))
    if not document["findings"]:
        yield words["nothing"]
    for row in document["findings"]:
        yield from _finding(row, language, titles or {})
    yield from _followed(document, language)
    for row in document["insufficient"]:
        if row["group"] is not None:
            yield words["unjudged"].format(rule=row["rule"], needs=needs(row["needs"], language))
    if document["near"]:
        yield f"\n{words['near']}"
    for row in document["near"][:NEAREST]:
        yield f"  {row['rule']}, {row['name'][language]}"
        yield f"    {row['text'][language]}"
        yield from (f"    {one['text'][language]}" for one in row["changes"])
    if document["flips"]:
        yield f"\n{words['flips']}"
    for row in document["flips"]:
        yield f"  {row['text'][language]}"


def _followed(document: Mapping[str, Any], language: Language) -> Iterator[str]:
    """What the monitors say, and what stands before an end."""
    words = WORDS[language]
    for row in document["monitors"]:
        yield f"\n{row['monitor']} {label(row['level'], language)}, {words['since'].format(since=_day(row['since'], language))}"
        yield f"  {row['text'][language]}"
    if document["checklist"]:
        yield f"\n{words['checklist']}"
    for row in document["checklist"]:
        reason = f" ({row['reason']})" if row["reason"] else ""
        yield f"  {row['code']} {GUARDS[language][row['code']]}: {STATES[language][row['state']]}{reason}"


def _finding(row: Mapping[str, Any], language: Language, titles: Mapping[str, str]) -> Iterator[str]:
    words = WORDS[language]
    title = f" {titles[row['rule']]}," if row["rule"] in titles else ""
    yield f"\n{row['rule']}{title} {label(row['severity'], language)}, {words['since'].format(since=_day(row['since'], language))}"
    yield f"  {row['explanation'][language]}"
    if row["assumptions"]:
        yield "  " + words["assumptions"].format(text=" ".join(row.get("assumed", {}).get(language) or row["assumptions"]))
    if row.get("clearing"):
        yield from _clearing(row["clearing"], language)
    if row["evidence"]:
        yield f"  {words['records']}"
    for record in row["evidence"][:RECORDS]:
        yield f"    {record['crm']} {record['object']} {record['id']}" + (f"  {record['url']}" if record.get("url") else "")
    if len(row["evidence"]) > RECORDS:
        yield "    " + words["more"].format(n=len(row["evidence"]) - RECORDS)


def _clearing(clearing: Mapping[str, Any], language: Language) -> Iterator[str]:
    yield from (f"  - {one['text'][language]}" for one in clearing["changes"])
    if clearing["must"] is not None:
        yield f"  - {clearing['must'][language]}"
    step = clearing["next_level"]
    if step is not None:
        yield f"  - {step['text'][language]}"
        yield from (f"    {one['text'][language]}" for one in step["changes"])


def _day(text: str, language: Language) -> str:
    return day(date.fromisoformat(text), language)

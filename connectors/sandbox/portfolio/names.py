"""Names that sound French and belong to nobody.

Companies are put together from syllables; their domains end in `.example`, which is reserved for ever (RFC 2606), and their SIREN
numbers fail the check digit, so none can be a real company's. People join a common first name to a made-up last name.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from connectors.sandbox.portfolio.model import Person

_HEADS: Final = (
    "Vau",
    "Ker",
    "Lor",
    "Bré",
    "Mal",
    "Chal",
    "Fré",
    "Dru",
    "Tal",
    "Gar",
    "Sau",
    "Plé",
    "Vil",
    "Nor",
    "Cor",
    "Ard",
    "Mer",
    "Ser",
    "Bru",
    "Cla",
)
_TAILS: Final = (
    "brel",
    "mazel",
    "vagne",
    "drique",
    "tignac",
    "mouxin",
    "sannec",
    "gaultier",
    "nassol",
    "tivet",
    "landac",
    "quenoy",
    "virieu",
    "zandre",
    "rivel",
    "donnat",
    "thelin",
    "lozère",
    "bertal",
    "noisel",
)
_TRADES: Final = (
    ("Mécanique", "mécanique de précision"),
    ("Plastiques", "plasturgie"),
    ("Emballages", "emballage"),
    ("Logistique", "transport et logistique"),
    ("Agencement", "agencement"),
    ("Énergies", "génie climatique"),
    ("Laboratoires", "cosmétique"),
    ("Conserves", "agroalimentaire"),
    ("Informatique", "édition de logiciels"),
    ("Équipements", "équipement industriel"),
    ("Bâtiment", "bâtiment"),
    ("Santé", "dispositifs médicaux"),
    ("Distribution", "négoce professionnel"),
    ("Textiles", "textile technique"),
    ("Électronique", "électronique"),
    ("Conseil", "ingénierie"),
)
CITIES: Final = {
    "Lyon": ("Villeurbanne", "Saint-Priest", "Bourgoin-Jallieu", "Roanne", "Annecy", "Valence"),
    "Nantes": ("Saint-Herblain", "Cholet", "Angers", "Rennes", "La Roche-sur-Yon", "Saint-Nazaire"),
    "Lille": ("Roubaix", "Lesquin", "Valenciennes", "Arras", "Dunkerque", "Amiens"),
}
"""The three branches of the company and the towns each one serves."""
BRANCHES: Final = tuple(CITIES)

_FIRST: Final = (
    "Claire",
    "Hugo",
    "Nadia",
    "Étienne",
    "Solène",
    "Karim",
    "Aurélie",
    "Mathieu",
    "Inès",
    "Bastien",
    "Gaëlle",
    "Yann",
    "Fatou",
    "Rémi",
    "Élodie",
    "Thibault",
    "Lucie",
    "Samir",
    "Maud",
    "Corentin",
)
_LAST: Final = (
    "Marvaud",
    "Tresquier",
    "Lobrinac",
    "Keravenec",
    "Dulancel",
    "Fontrieu",
    "Bessivart",
    "Galmeron",
    "Roscavel",
    "Thivenoy",
    "Pelardin",
    "Courvassier",
    "Jancelot",
    "Mirandac",
    "Sorbelin",
    "Vautremont",
    "Brigandel",
    "Hestrieux",
    "Coudraval",
    "Nauzeray",
    "Albertoux",
    "Quentrec",
    "Lesparvier",
)

_ROOTS: Final = tuple(head + tail for head in _HEADS for tail in _TAILS)
_STRIDE: Final = 157
"""Coprime to the number of roots, so that neighbours do not sound alike and every root comes up before one repeats."""


def company(index: int) -> tuple[str, str]:
    """The name and trade of the n-th company: all different, a town's name is added once the plain ones are used up."""
    root = _ROOTS[index * _STRIDE % len(_ROOTS)]
    turn = index // len(_ROOTS)
    word, trade = _TRADES[(index + turn) % len(_TRADES)]
    lap = turn // len(_TRADES)
    return f"{root} {word}" + (f" {BRANCHES[lap % 3]}" if lap else "") + (f" {lap // 3 + 1}" if lap >= 3 else ""), trade


def domain(name: str) -> str:
    """The web domain a company of this name would have, under a top-level domain that cannot be registered."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(plain.replace("'", " ").split()) + ".example"


def siren(index: int) -> str:
    """Nine digits shaped like a SIREN whose check digit is wrong on purpose."""
    digits = str(30_000_000 + index * 7_919 % 60_000_000)
    return digits + str((_check_digit(digits) + 5) % 10)


def _check_digit(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value
    return -total % 10


def person(index: int, at: str) -> Person:
    """The n-th invented person, with an address at the domain `at`."""
    first, last = _FIRST[index % len(_FIRST)], _LAST[index * 7 % len(_LAST)]
    local = unicodedata.normalize("NFKD", f"{first}.{last}").encode("ascii", "ignore").decode().lower()
    return Person(first, last, f"{local}@{at}")

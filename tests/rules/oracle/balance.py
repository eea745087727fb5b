"""IMB-01 once more: the worst level of each family by its weight."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from tests.rules.oracle.ladder import LADDER, REQUIRED, UNKNOWN

if TYPE_CHECKING:
    from tests.rules.oracle.verdicts import Verdicts

WEIGHTS = {"DEP": 15, "VOL GOV": 10, "PAY": 15, "CON": 10, "BEH": 20, "OPS": 15, "CTS": 10, "TEAM FIX": 5}


def index(plain: Verdicts, group: str) -> tuple[Fraction | None, Fraction]:
    """(index, coverage), over the families of which any rule is found or clear; hidden below half of the weight. DEP-04 is the portfolio's."""
    points, known = Fraction(0), 0
    for family, weight in WEIGHTS.items():
        rules = [rule for rule in REQUIRED if rule.partition("-")[0] in family.split() and rule != "DEP-04"]
        said = [plain.found[rule, group] for rule in rules if plain.found.get((rule, group), UNKNOWN) != UNKNOWN]
        if said:
            known += weight
            points += weight * Fraction(max(LADDER.index(level) - 1 for level in [*said, "info"]), 3)
    return (100 * points / known if 2 * known >= sum(WEIGHTS.values()) else None), Fraction(known, sum(WEIGHTS.values()))

"""Portfolios whose rush orders, escalations, complaints, verdicts and moved dates fall at random: almost nothing may rise above info."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from rules.criteria import load
from rules.evaluate import evaluate
from rules.model import Moment
from tests.extent import examples
from tests.rules.metrics.world import World
from tests.rules.oracle.ladder import LADDER

if TYPE_CHECKING:
    from rules.evaluate import Evaluation

AS_OF = date(2026, 6, 30)
RULES = ("OPS-01", "OPS-03", "OPS-04", "BEH-05")
CLIENTS = [f"C{number}" for number in range(20)]
COLUMNS = {
    "orders": ("account_id", "ordered_at"),
    "order_changes": ("order_id", "changed_at", "old_promised_date", "new_promised_date"),
    "cases": ("account_id", "opened_at", "closed_at", "category", "unfounded"),
}


def judged(seed: int) -> Evaluation:
    """Every order and question falls on any client and any day, any order may bring a complaint: nothing depends on the client."""
    dice, world = random.Random(seed), World(*CLIENTS)
    for table, columns in COLUMNS.items():
        world.filled(table, *columns)
    for number in range(240):
        client, on = dice.choice(CLIENTS), AS_OF - timedelta(days=dice.randrange(15, 170))
        world.add("orders", order_id=f"o{number}", account_id=client, ordered_at=on, is_rush=dice.random() < 0.15)
        if dice.random() < 0.06:
            moved = AS_OF - timedelta(days=dice.randrange(170))
            world.add(
                "order_changes", order_id=f"o{number}", changed_at=moved, old_promised_date=on, new_promised_date=on + timedelta(days=3)
            )
        if dice.random() < 0.3:
            case(world, dice, client, on, "complaint")
    for _ in range(120):
        case(world, dice, dice.choice(CLIENTS), AS_OF - timedelta(days=dice.randrange(15, 170)), "question")
    world.at(AS_OF)
    book = load()
    judging = replace(book, rules=tuple(rule for rule in book.rules if rule.id in RULES))
    return evaluate(world.con, judging, Moment(as_of=AS_OF, now=datetime(2026, 6, 30, 12, tzinfo=UTC)))


def case(world: World, dice: random.Random, client: str, on: date, category: str) -> None:
    escalated, unfounded = on if dice.random() < 0.2 else None, dice.random() < 0.3
    columns = {"closed_at": on + timedelta(days=5), "escalated_at": escalated, "unfounded": unfounded}
    world.add("cases", account_id=client, opened_at=on, category=category, **columns)


def test_random_portfolios_raise_almost_nothing_above_info() -> None:
    above, held, many = 0, 0, examples(4, 12)
    for seed in range(many):
        findings = [finding for finding in judged(seed).findings if finding.rule in RULES]
        above += sum(LADDER.index(finding.severity) > 1 for finding in findings)
        held += sum("not_distinguishable_from_chance" in str(finding.assumptions) for finding in findings)
    assert held >= 2 * many, "these portfolios should be full of differences that chance explains"
    assert above <= many, f"{above} findings above info: more than one client in twenty, all four rules together"

"""What must hold for every portfolio, whatever its rows."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.derive import script
from rules.windows import add_months
from tests.extent import examples
from tests.rules.metrics.world import World

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

AS_OF = date(2026, 6, 30)
QUICK = settings(max_examples=examples(2, 20), deadline=None, suppress_health_check=list(HealthCheck))
Line = tuple[str, int, Decimal]
AMOUNTS = st.decimals(min_value=-900, max_value=5000, places=2)
LINES = st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(0, 900), AMOUNTS), max_size=30)


def portfolio(lines: list[Line], parents: dict[str, str] | None = None, **columns: Any) -> World:
    world = World()
    for account in "ABCD":
        world.add("accounts", account_id=account, parent_id=(parents or {}).get(account))
    for account, age, amount in lines:
        world.line(account, AS_OF - timedelta(days=age), amount, **columns)
    return world.at(AS_OF)


@QUICK
@given(LINES)
def test_shares_lie_between_zero_and_one_and_sum_to_one_or_are_all_unknown(lines: list[Line]) -> None:
    world = portfolio(lines)
    shares = list(world.of("share").values())
    if None in shares:
        assert shares == [None] * len(shares)
        assert world.portfolio["positive_total"] == 0
    else:
        assert all(0 <= share <= 1 for share in shares)
        assert sum(shares) == pytest.approx(1)
        n = world.portfolio["active_customers"]
        assert 1 / n - 1e-9 <= world.portfolio["hhi"] <= 1 + 1e-9
        assert 1 - 1e-9 <= world.portfolio["effective_customers"] <= n + 1e-9


@QUICK
@given(LINES, st.integers(0, 10_000))
def test_the_order_of_the_rows_changes_nothing(lines: list[Line], seed: int) -> None:
    shuffled = random.Random(seed).sample(lines, len(lines))
    first, second = portfolio(lines), portfolio(shuffled)
    query = "SELECT * FROM group_metrics ORDER BY group_id"
    assert first.table(query) == second.table(query)
    assert first.portfolio == second.portfolio


@QUICK
@given(st.decimals(min_value=1, max_value=9999, places=2), st.decimals(min_value=0, max_value=1, places=2))
def test_a_credit_note_is_worth_a_smaller_invoice(amount: Decimal, part: Decimal) -> None:
    back = (amount * part).quantize(Decimal("0.01"))
    noted = World("A", "B").line("B", AS_OF, 500).line("A", AS_OF, amount).line("A", AS_OF, back, kind="credit_note").at(AS_OF)
    smaller = World("A", "B").line("B", AS_OF, 500).line("A", AS_OF, amount - back).at(AS_OF)
    for metric in ("net_revenue", "share", "revenue_3m"):
        assert noted.of(metric) == smaller.of(metric)
    assert noted.portfolio["hhi"] == smaller.portfolio["hhi"]


@QUICK
@given(LINES, st.sampled_from(["A", "B", "C"]))
def test_a_child_under_a_parent_moves_its_revenue_and_keeps_the_total(lines: list[Line], parent: str) -> None:
    apart, together = portfolio(lines), portfolio(lines, {"D": parent})
    nets = apart.of("net_revenue")
    moved = nets.pop("D")
    nets[parent] += moved
    assert together.of("net_revenue") == nets
    assert together.portfolio["lines_in_window"] == apart.portfolio["lines_in_window"]


@QUICK
@given(st.integers(1, 10**9), st.integers(1, 10**6))
def test_a_currency_round_trip_comes_back_to_the_sixth_decimal(cents: int, millionths: int) -> None:
    home, units = Decimal(cents) / 100, Decimal(millionths) / 10_000
    foreign = (home * units).quantize(Decimal("0.0001"))
    world = World("A").add("rates", currency="USD", **{"from": "2020-01-01"}, units_per_home=float(units))
    world.line("A", AS_OF, foreign, currency="USD").at(AS_OF)
    back = world.group("A")["net_revenue"]
    assert abs(back - foreign / units) <= Decimal("0.000001") * max(1, abs(back) / 10**8)


@QUICK
@given(LINES)
def test_natural_persons_keep_the_total_and_lose_their_row(lines: list[Line]) -> None:
    world = portfolio(lines)
    before, shares = world.portfolio, world.of("share")
    world.con.execute("UPDATE accounts SET is_person = TRUE WHERE account_id = 'A'")
    world.at(AS_OF)
    assert {name: world.portfolio[name] for name in ("positive_total", "hhi", "top1")} == {
        name: before[name] for name in ("positive_total", "hhi", "top1")
    }
    assert world.of("share") == {account: share for account, share in shares.items() if account != "A"}


@given(st.dates(date(2019, 1, 1), date(2033, 12, 31)))
@settings(max_examples=examples(40, 100), deadline=None)
def test_windows_meet_without_gap_or_overlap_on_every_day_of_every_year(as_of: date) -> None:
    bounds = windows(as_of)
    for n in (3, 6, 12):
        start, end = bounds[f"w{n}_start"], bounds[f"w{n}_end"]
        assert end == as_of + timedelta(days=1)
        assert start == add_months(end, -n)
        assert bounds[f"b{n}_end"] == start
        assert bounds[f"b{n}_start"] == add_months(end, -2 * n)
        assert (bounds[f"p{n}_start"], bounds[f"p{n}_end"]) == (add_months(start, -12), add_months(end, -12))
        assert start < end
    assert bounds["b6_start"] == bounds["w12_start"]
    assert bounds["p12_end"] <= bounds["w12_start"]


@pytest.mark.parametrize(
    ("first", "second"),
    [("2028-02-29", "2029-02-28"), ("2027-02-28", "2028-02-28"), ("2025-12-31", "2026-12-31"), ("2026-06-30", "2027-06-30")],
)
def test_the_windows_of_one_year_and_the_next_are_adjacent(first: str, second: str) -> None:
    earlier, later = windows(date.fromisoformat(first)), windows(date.fromisoformat(second))
    shared = date.fromisoformat(second) == date(2028, 2, 28)  # clipped: 2028-02-29 less 12 months is 2027-02-28, in both
    assert earlier["w12_end"] == later["w12_start"] + timedelta(days=1 if shared else 0)


@cache
def empty() -> DuckDBPyConnection:
    """Give one empty database for all the days: the full derivation would only repeat itself slowly."""
    return World().at(AS_OF).con


def windows(as_of: date) -> dict[str, date]:
    """Run params.sql alone for a day."""
    con = empty()
    con.execute("CREATE OR REPLACE TEMP TABLE settings AS SELECT * REPLACE (CAST($1 AS DATE) AS as_of) FROM settings", [as_of])
    con.execute(script("derive", "params", {}))
    found = con.execute("SELECT * FROM params")
    return dict(zip([column[0] for column in found.description], found.fetchone(), strict=True))

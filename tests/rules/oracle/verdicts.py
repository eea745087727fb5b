"""What each rule must say of each group, from the figures: a level, `clear`, or `insufficient`.

A blocked rule (missing columns, portfolio guard) is `insufficient` under the group None; it then has no other verdict.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.rules.oracle.chance import binomial_tail, false_discovery, overlap_tail
from tests.rules.oracle.conduct import Conduct
from tests.rules.oracle.contacts import Contacts, ratio, years
from tests.rules.oracle.ladder import FDR, LADDER, REQUIRED, UNKNOWN, capped, falling, one_more, reached, rising, worst
from tests.rules.oracle.money import Money
from tests.rules.oracle.payment import Payments
from tests.rules.oracle.work import Work, is_rush

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rules.oracle.book import Book


class Verdicts:
    """Every (rule, group) with its verdict."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.money, self.payments, self.conduct = Money(book), Payments(book), Conduct(book)
        self.work = Work(book, self.money, self.payments, self.conduct)
        self.contacts = Contacts(book, self.money)
        self.found: dict[tuple[str, str | None], str] = {}
        self.margins = {group: self.margin(group) for group in book.everyone}
        for rule in (*sorted(set(REQUIRED) - {"GOV-01"}), "GOV-01"):
            self._judge(rule)

    def _judge(self, rule: str) -> None:
        name = rule.lower().replace("-", "_")
        missing = not all(self.book.has(table, columns) for table, columns in REQUIRED[rule].items())
        guard: Callable[[], bool] = getattr(self, f"{name}_holds", lambda: True)
        if missing or not guard():
            self.found[rule, None] = UNKNOWN
            return
        if rule == "DEP-04":
            self.found[rule, None] = self.dep_04()
            return
        every = getattr(self, f"{name}_all", None)
        if every is not None:
            self.found |= {(rule, group): level for group, level in every().items()}
            return
        for group in self.book.groups:
            self.found[rule, group] = getattr(self, name)(group)

    def converted(self) -> bool:
        return reached(self.money.coverage, Fraction(95, 100))

    def positive(self) -> bool:
        return self.money.total(self.money.year) > 0

    def dep_01_holds(self) -> bool:
        history = self.money.history()
        return self.converted() and self.positive() and history is not None and history >= 180

    dep_04_holds = dep_01_holds

    def dep_01(self, group: str) -> str:
        return rising(self.money.shares[group], Decimal(".2"), Decimal(".3"), Decimal(".5"), Decimal(".1"))

    def dep_02_holds(self) -> bool:
        covered = sum(
            (max(self.money.net(group, self.money.year), 0) for group, margin in self.margins.items() if margin is not None), Decimal(0)
        )
        return self.converted() and self.positive() and reached(covered / self.money.total(self.money.year), Decimal(".8"))

    def dep_02(self, group: str) -> str:
        share = self.margin_share(group)
        return UNKNOWN if share is None else rising(share, Decimal(".25"), Decimal(".3"), Decimal(".5"), Decimal(".1"))

    def dep_03_holds(self) -> bool:
        windows = (self.money.year, self.money.last_year)
        return self.converted() and all(self.money.active_months(window) >= 6 for window in windows)

    def dep_03(self, group: str) -> str:
        now, before = self.money.shares[group], self.money.shares_before[group]
        if now is None or before is None:
            return UNKNOWN
        return rising(now - before, Decimal(".05"), Decimal(".1")) if reached(now, Decimal(".1")) else "clear"

    def dep_04(self) -> str:
        figures = self.money.concentration()
        top5 = figures["top5"] if (figures["active_customers"] or 0) >= 10 else 0
        return worst(rising(figures["hhi"], Decimal(".15"), Decimal(".25")), rising(top5, Decimal(".6")))

    def dep_05_holds(self) -> bool:
        month = self.money.total(self.money.year) / 12
        enough = self.payments.open_total > 0 and reached(self.payments.open_total, month) and self.payments.debtors() >= 3
        return self.invoices_converted() and enough

    def dep_05(self, group: str) -> str:
        share = self.payments.receivable_share(group)
        return UNKNOWN if share is None else rising(share, Decimal(".2"), Decimal(".35"), Decimal(".5"))

    def dep_06(self, group: str) -> str:
        level = rising(len(self.contacts.privileges(group)), 3, 5)
        first, share = self.money.first.get(group), self.money.shares[group]
        old = first is not None and years(first, self.book.as_of) >= 5
        level = one_more(level) if old and share is not None and reached(share, Decimal(".1")) else level
        return worst(level, "watch" if self.contacts.added_privileges(group) else "clear")

    def vol_01_holds(self) -> bool:
        return self.converted() and self.money.total(self.money.last_year) > 0

    def vol_01(self, group: str) -> str:
        share, change = self.money.shares_before[group], self.money.volume_change(group)
        key = share is not None and reached(share, Decimal(".1"))
        silent, gap = self.money.silence(group), self.money.rhythm(group)
        level = "clear"
        if key:
            level = UNKNOWN if change is None else falling(change, Decimal("-.15"), Decimal("-.3"))
            level = "critical" if change is not None and silent is not None and silent >= 90 else level
        quiet = silent is not None and gap is not None and silent >= max(60, 3 * gap)
        first = group in self.money.ranked(self.money.last_year)[:20]
        return worst(level, ("alert" if key else "watch" if first else "clear") if quiet else "clear")

    def invoices_converted(self) -> bool:
        return self.payments.coverage is None or reached(self.payments.coverage, Fraction(95, 100))

    pay_01_holds = pay_02_holds = invoices_converted

    def pay_01(self, group: str) -> str:
        due, habits = self.payments.due(group), self.payments.habits(group)
        late, share = habits["weighted_days_late"], habits["late_count_share"]
        if late is None:
            return UNKNOWN
        level = rising(late, 15, 30, 60) if reached(share, Decimal(".3")) or reached(habits["largest"], Decimal(".5")) else "clear"
        habit = "watch" if len(due) >= 6 and reached(share, Decimal(".7")) and reached(late, 5) else "clear"
        inferred = Fraction(habits["inferred_due_share"] or 0) > Fraction(1, 2)
        return capped(worst(level, habit), "watch" if inferred else "critical")

    def pay_02(self, group: str) -> str:
        insolvent = any(self.contacts.typed(group, "insolvent")) or any(
            row.get("category") == "insolvency" for row in self.conduct.cases[group]
        )
        if insolvent:
            return "critical"
        oldest = self.payments.oldest(group)
        if oldest is None:
            return UNKNOWN
        level = rising(oldest, 30, 60, 90)
        amount = self.payments.open_overdue(group) or Decimal(0)
        if level == "clear" or not reached(amount, 500):
            return "clear"
        if not self.book.has("revenue", "account_id date amount"):
            return UNKNOWN
        return level if reached(amount, self.money.total(self.money.year) / 12 / 200) else "clear"

    def pay_03(self, group: str) -> str:
        return rising(self.payments.beyond_ceiling(group), 3, info=1)

    def con_01_holds(self) -> bool:
        return self.converted()

    def con_01(self, group: str) -> str:
        known = [value for value in self.money.fulfilments(group) if value is not None]
        return falling(min(known), Decimal(".9"), Decimal(".75")) if known else UNKNOWN

    def con_02(self, group: str) -> str:
        return rising(self.conduct.breaches(group), 2, 4)

    def con_03_holds(self) -> bool:
        return bool(self.book.rows("contracts"))

    def con_03(self, group: str) -> str:
        silent = self.money.silence(group)
        covered = any(owner == group and self.money.covers(row) for owner, row in self.book.rows("contracts"))
        if silent is None or silent >= 90 or covered:
            return "clear"
        return "watch" if reached(self.money.shares[group] or 0, Decimal(".2")) else "info"

    def beh_01(self, group: str) -> str:
        return worst("clear", *self.conduct.serious(group))

    def own_fault(self, group: str) -> bool:
        share = self.conduct.own_fault_share(group)
        return share is not None and share >= Fraction(1, 2)

    def beh_02(self, group: str) -> str:
        confirmed = self._hostile(group, confirmed=True)
        everything = self._hostile(group, confirmed=False)
        level = worst("clear" if confirmed == UNKNOWN else confirmed, capped(everything, "watch"))
        return capped(level, "info") if self.own_fault(group) else level

    def _hostile(self, group: str, *, confirmed: bool) -> str:
        messages = self.conduct.hostile(group, confirmed=confirmed)
        level = rising(self.conduct.hostility(messages), 3, 6, 10)
        enough = len({one.case for one in messages}) >= 2 and len({one.on for one in messages}) >= 2
        return level if enough or level == "clear" else UNKNOWN

    def beh_03(self, group: str) -> str:
        threats = self.conduct.threats(group)
        level = rising(self.conduct.threat_weight(group), 2, 4)
        level = worst(level, "alert" if self.conduct.threat_months(group) >= 3 else "clear")
        rushed = [row["ordered_at"].date() for row in self.work.orders[group] if is_rush(row)]
        near = sum(any(abs((one.on - day).days) <= 3 for day in rushed) for one in threats)
        level = one_more(level) if threats and 2 * near >= len(threats) else level
        return capped(level, "watch") if not any(one.confirmed for one in threats) else level

    def beh_04(self, group: str) -> str:
        return rising(self.conduct.reports(group), 1, 2)

    def beh_05_all(self) -> dict[str, str]:
        claims = {group: self.conduct.closed_claims(group) for group in self.book.everyone}
        counts = {group: (sum(row.get("unfounded") is True for row in rows), len(rows)) for group, rows in claims.items()}
        levels = {group: rising(Fraction(k, n), Fraction(1, 2), Fraction(3, 4)) for group, (k, n) in counts.items() if n >= 4}
        tested = self._beyond_chance(levels, counts)
        found = {}
        for group in self.book.groups:
            claims_level = tested.get(group, UNKNOWN if claims[group] else "clear")
            level = worst(claims_level, rising(self.conduct.public(group), 1))
            found[group] = capped(level, "info") if self.own_fault(group) else level
        return found

    def _beyond_chance(self, levels: dict[str, str], counts: dict[str, tuple[int, int]]) -> dict[str, str]:
        """Cap at info what chance explains: each group's share against that of all others."""
        levels = {group: level for group, level in levels.items() if group not in self.book.persons}
        p_values = {}
        for group, level in levels.items():
            if level in {"watch", "alert", "critical"}:
                others = [counts[other] for other in counts if other != group]
                hits, n = sum(k for k, _ in others), sum(n for _, n in others)
                p_values[group] = binomial_tail(counts[group][1], counts[group][0], Fraction(hits, n)) if n else Fraction(1)
        q_values = false_discovery(p_values, len(levels))
        return {group: capped(level, "info") if q_values.get(group, 0) > FDR else level for group, level in levels.items()}

    def ops_01_all(self) -> dict[str, str]:
        shares = {group: self.work.rush_shares(group) for group in self.book.groups}
        counts = {group: (len(self.work.rush(group, 6)), len(self.work.ordered(group, 6))) for group in self.book.everyone}
        levels = {}
        for group, pair in shares.items():
            if pair is not None:
                own, rest = pair
                ratio_of = own / rest if rest else None
                far = {limit: ratio_of is None or ratio_of >= limit for limit in (Fraction(3, 2), Fraction(2))}
                levels[group] = (
                    "alert"
                    if own >= Fraction(2, 5) and far[Fraction(2)]
                    else "watch"
                    if own >= Fraction(1, 4) and far[Fraction(3, 2)]
                    else "clear"
                )
        tested = self._beyond_chance(levels, counts)
        return {group: tested.get(group, UNKNOWN) for group in self.book.groups}

    def ops_02_holds(self) -> bool:
        return sum(self.work.overtime(group, 6) for group in self.book.everyone) >= 20

    def ops_02(self, group: str) -> str:
        overtime = sum(self.work.overtime(other, 6) for other in self.book.everyone)
        hours = sum(self.work.hours(other, 6) for other in self.book.everyone)
        share = self.work.overtime(group, 6) / overtime
        served = self.work.hours(group, 6) / hours if hours else None
        level = rising(share, Decimal(".3"), Decimal(".5"))
        if level == "clear":
            return "clear"
        if not served:
            return UNKNOWN
        return min(level, rising(share / served, Decimal("1.5"), 2), key=LADDER.index)

    def ops_03_all(self) -> dict[str, str]:
        found: dict[str, str] = {}
        p_values: dict[str, Fraction] = {}
        for group in self.book.groups:
            orders, customers, days, _ = self.work.displaced(group)
            named = "alert" if orders >= 5 or days >= 30 else "watch" if orders >= 2 and customers >= 2 else "clear"
            found[group] = named
            both = self.work.with_correlated(group)
            if named == "clear" and both[0] >= 2 and both[1] >= 2:
                p_values[group] = overlap_tail(*self.work.weeks(group))
        tested = sum(bool(self.work.rush(group, 6)) for group in self.book.groups)
        q_values = false_discovery(p_values, tested)
        return found | {group: "watch" if q <= FDR else "info" for group, q in q_values.items()}

    def ops_04_all(self) -> dict[str, str]:
        escalated = {group: self.work.escalations(group) for group in self.book.everyone}
        complained = {group: self.work.complaints(group) for group in self.book.everyone}
        parts = [
            self._beyond_chance(self._against_all(escalated, 3), escalated),
            self._beyond_chance(self._against_all(complained, 4), complained),
            self._meetings(),
        ]
        found = {}
        for group in self.book.groups:
            seen = [part[group] for part in parts if group in part]
            some = escalated[group][0] or complained[group][0] or self.work.meeting_hours(group, 6)
            load = worst(*seen) if seen else UNKNOWN if some else "clear"
            found[group] = worst(load, "watch" if self.work.priority_changes(group) >= 3 else "clear")
        return found

    @staticmethod
    def _against_all(counts: dict[str, tuple[int, int]], least: int) -> dict[str, str]:
        hits, n = sum(k for k, _ in counts.values()), sum(n for _, n in counts.values())
        return {group: rising(Fraction(k, m) / Fraction(hits, n), 2, 3) for group, (k, m) in counts.items() if k >= least and m}

    def _meetings(self) -> dict[str, str]:
        hours = {group: self.work.meeting_hours(group, 6) for group in self.book.everyone}
        total, window, found = sum(hours.values()), self.book.window(6), {}
        for group, spent in hours.items():
            share = self.money.share(group, window)
            if spent >= 10 and share:
                found[group] = rising(spent / total / share, 2, 3)
        return found

    def ops_05(self, group: str) -> str:
        value = self.work.avoidance(group)
        return UNKNOWN if value is None else rising(value, 2)

    def margin(self, group: str) -> Decimal | None:
        """Margin after cost to serve of a client with enough known about it."""
        costs = [cost for cost in self.work.costs(group).values() if cost is not None]
        if len(costs) < 2 or self.work.hours_coverage() < Fraction(4, 5):
            return None
        return self.money.net(group, self.money.year) - sum(costs)

    def margin_share(self, group: str) -> Decimal | None:
        total = sum((max(margin, Decimal(0)) for margin in self.margins.values() if margin is not None), Decimal(0))
        margin = self.margins[group]
        return None if margin is None or total <= 0 else max(margin, Decimal(0)) / total

    def cts_01_holds(self) -> bool:
        return self.converted() and self.work.hours_coverage() >= Fraction(4, 5)

    def cts_01(self, group: str) -> str:
        margin, share, net = self.margins[group], self.money.shares[group], self.money.net(group, self.money.year)
        if margin is None or share is None or not reached(share, Decimal(".02")) or net <= 0:
            return UNKNOWN
        return falling(margin / net, Decimal(".1"), 0, Decimal("-.2"))

    def cts_02_holds(self) -> bool:
        return self.converted() and sum(self.work.hours(group, 12) > 0 for group in self.book.everyone) >= 3

    def cts_02(self, group: str) -> str:
        hours, share = self.work.hours(group, 12), self.money.shares[group]
        if hours < 50 or not share:
            return UNKNOWN
        total = sum(self.work.hours(other, 12) for other in self.book.everyone)
        return rising(hours / total / share, Decimal("1.5"), 2)

    def gov_01(self, group: str) -> str:
        if not any(age <= 180 for age in self.contacts.changes(group)):
            return "clear"
        wanted = {"supplier_review", "tender"}
        if any(row.get("category") in wanted and self.book.age(row["opened_at"].date()) <= 180 for row in self.conduct.cases[group]):
            return "alert"
        open_02 = self.found.get(("GOV-02", group)) in {"watch", "alert", "critical"}
        return "watch" if open_02 or self.contacts.main_contact_changed(group) else "info"

    def gov_02(self, group: str) -> str:
        last, before = (self.contacts.tagged(group, window) for window in (self.book.window(6), self.book.before(6)))
        if sum(last) < 6 or sum(before) < 6:
            return UNKNOWN
        now, then = ratio(*last) or Fraction(0), ratio(*before) or Fraction(0)
        turned = now >= Fraction(7, 10) and now - then >= Fraction(1, 4)
        fewer = before[1] >= 4 and 2 * last[1] <= before[1]
        return "watch" if turned or fewer else "clear"

    def gov_03_holds(self) -> bool:
        return self.contacts.logged()

    def gov_03(self, group: str) -> str:
        days, share = self.contacts.days_without_contact(group), self.money.shares[group]
        first = self.contacts.first_contacts(group)
        if days is None:
            return UNKNOWN
        early = first is not None and first < 2
        top = group in self.money.ranked(self.money.year)[:20]
        if share is not None and reached(share, Decimal(".1")) and days >= 90:
            return "watch"
        known = "info" if early or (top and days >= 180) else "clear"
        return worst(known, UNKNOWN if share is None and days >= 90 else "clear")

    def team_01(self, group: str) -> str:
        pulse = self.contacts.pulse(group)
        positions, left = self.contacts.positions(group), self.contacts.typed(group, "departures_linked_24m")
        if pulse is None and not positions and not left:
            return UNKNOWN
        told = any(position == "no longer" for position in positions) or any(int(str(count)) >= 1 for count in left)
        return worst("alert" if told else "clear", "clear" if pulse is None else falling(pulse, Decimal("2.5"), 2))

    def fix_01(self, group: str) -> str:
        failed = self.contacts.failed_attempts(group)
        level = rising(failed, 2, 3)
        return "alert" if failed >= 2 and self.conduct.confrontations(group) >= 10 else level

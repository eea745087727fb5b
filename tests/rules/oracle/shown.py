"""The figures behind and beside the metrics of readings.md, once more: counts, days, parts of a ratio, what only a text shows.

    Verdicts -> shown(group)      every other column of group_metrics
             -> about_all()       every column of portfolio_metrics that is a figure

Each is written from the head of the SQL file that documents it; what a text shows must be as right as what a rule compares.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.rules.oracle.conduct import COMPLAINTS, SEVERE
from tests.rules.oracle.contacts import years
from tests.rules.oracle.work import is_rush

if TYPE_CHECKING:
    from tests.rules.oracle.payment import Bill
    from tests.rules.oracle.verdicts import Verdicts

ZERO = Decimal(0)
LAST = 1001
"""A rank that nobody asks for."""


def shown(plain: Verdicts, group: str) -> dict[str, Any]:
    return {
        **_revenue(plain, group),
        **_volume(plain, group),
        **_payment(plain, group),
        **_contracts(plain, group),
        **_cases(plain, group),
        **_behaviour(plain, group),
        **_operations(plain, group),
        **_load(plain, group),
        **_costs(plain, group),
        **_people(plain, group),
        **_governance(plain, group),
    }


def _revenue(plain: Verdicts, group: str) -> dict[str, Any]:
    money, book = plain.money, plain.book
    share, before, first = money.shares[group], money.shares_before[group], money.first.get(group)
    both = share is not None and before is not None and all(money.active_months(window) >= 6 for window in (money.year, money.last_year))
    year = money.inside(group, money.year)
    return {
        "accounts": len(book.clients.accounts_of(group)),
        "share_delta_12m": share - before if both and share is not None and before is not None else None,
        "tenure_years": None if first is None else years(first, book.as_of),
        "revenue_rank": _rank(money.ranked(money.year), group),
        "purchases": sum(home is not None and home > 0 for _, home in money.lines[group]),
        "lines_12m": len(year),
        "unconverted_lines_12m": sum(home is None for _, home in year),
        "client_age_days": None if first is None else book.age(first),
    }


def _rank(ranked: list[str], group: str) -> int:
    return ranked.index(group) + 1 if group in ranked else LAST


def _volume(plain: Verdicts, group: str) -> dict[str, Any]:
    money, book = plain.money, plain.book
    then, now = book.window(3, year_before=True), book.window(3)
    others = [other for other in book.everyone if other != group]
    was, is_now = (sum((money.net(other, window) for other in others), ZERO) for window in (then, now))
    days = money.positive_days(group)
    kept = [on for on in days if on >= _two_years_before(days[-1])] if days else []
    return {
        "lines_3m_last_year": sum(home is not None for _, home in money.inside(group, then)),
        "rest_volume_change": is_now / was - 1 if money.lines.get(group) and was > 0 else None,
        "revenue_days": len(kept) or None,
        "rank_previous_year": _rank(money.ranked(money.last_year), group),
        "mix_shift": _mix_shift(plain, group),
    }


def _two_years_before(last: date) -> date:
    end = last + timedelta(days=1)
    leap = (end.month, end.day) == (2, 29)
    return end.replace(year=end.year - 2, day=28 if leap else end.day)


def _mix_shift(plain: Verdicts, group: str) -> float | None:
    """Half the sum of the changes of the category shares; of a client that VOL-01 may speak of."""
    money, book = plain.money, plain.book
    share = money.shares_before[group]
    key = share is not None and share >= Decimal("0.1")
    if not key and group not in money.ranked(money.last_year)[:20]:
        return None
    parts = []
    for window in (money.year, money.last_year):
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for owner, row in money.booked:
            if owner == group and row.get("category") is not None and window[0] <= row["date"] < window[1]:
                amount = -abs(row["amount"]) if row.get("kind") == "credit_note" else row["amount"]
                sums[row["category"]] += book.home(amount, row.get("currency"), row["date"]) or ZERO
        whole = sum((value for value in sums.values() if value > 0), ZERO)
        if whole <= 0:
            return None
        parts.append({name: max(value, ZERO) / whole for name, value in sums.items()})
    now, then = parts
    return float(sum(abs(now.get(name, ZERO) - then.get(name, ZERO)) for name in now.keys() | then.keys()) / 2)


def _payment(plain: Verdicts, group: str) -> dict[str, Any]:
    payments, book = plain.payments, plain.book
    start, end = book.window(12)
    middle, _ = book.window(6)
    due = payments.due(group)
    said = [bool(value) for value in plain.contacts.typed(group, "insolvent")]
    said += [True for row in plain.conduct.cases[group] if row.get("category") == "insolvency"]
    return {
        "largest_late_share": payments.habits(group)["largest"],
        "weighted_days_late_6m": _weighted([bill for bill in due if bill.due >= middle], book.as_of),
        "weighted_days_late_previous_6m": _weighted([bill for bill in due if bill.due < middle], book.as_of),
        "invoices_closed_undated": sum((bill.undated and start <= bill.due < end) or bill.unknown for bill in payments.bills[group]),
        "insolvent": any(said) if said else None,
        "terms_beyond_ceiling": payments.beyond_ceiling(group),
    }


def _weighted(due: list[Bill], as_of: date) -> Decimal | None:
    total = sum((bill.home or ZERO for bill in due), ZERO)
    return sum(((bill.home or ZERO) * bill.days_late(as_of) for bill in due), ZERO) / total if due else None


def _contracts(plain: Verdicts, group: str) -> dict[str, Any]:
    money, book = plain.money, plain.book
    running = [row for owner, row in book.rows("contracts") if owner == group and money.covers(row)]
    found = []
    for row in running:
        start, end, promised = row.get("start_date"), row.get("end_date"), row.get("committed_amount")
        committed = book.home(promised, row.get("currency"), start)
        if start is None or end is None or committed is None or committed <= 0:
            continue
        elapsed, whole = (book.as_of - start).days + 1, (end - start).days + 1
        if 4 * elapsed >= whole:
            net, due = money.net(group, (start, book.end)), committed * elapsed / whole
            found.append((net / due, row["crm"], row["contract_id"], elapsed, due, net, start, end))
    worst: tuple[Any, ...] = min(found, default=(None,) * 8)
    silent = money.silence(group)
    return {
        "commitment_elapsed_days": worst[3],
        "commitment_prorated": worst[4],
        "commitment_revenue": worst[5],
        "commitment_start": worst[6],
        "commitment_end": worst[7],
        "contracts_in_force": len(running),
        "special_terms": any(row.get("special_terms") is True for row in running),
        "trading_without_contract": silent is not None and silent < 90 and not running,
    }


def _cases(plain: Verdicts, group: str) -> dict[str, Any]:
    conduct, book, work = plain.conduct, plain.book, plain.work
    escalated, opened = work.escalations(group)
    claims = conduct.closed_claims(group)
    unfounded = sum(row.get("unfounded") is True for row in claims)
    answers = work.answers[group]
    every = [work.escalations(other) for other in book.everyone]
    hits, n = sum(k for k, _ in every), sum(m for _, m in every)
    reviews = [row for row in conduct.cases[group] if row.get("category") in {"supplier_review", "tender"}]
    return {
        "cases_6m": opened,
        "escalations_6m": escalated,
        "complaints_12m": len(conduct.cases_of(group, COMPLAINTS)),
        "complaints_6m": len(conduct.cases_of(group, COMPLAINTS, 6)),
        "breach_cases": conduct.breaches(group),
        "public_complaints_12m": conduct.public(group),
        "closed_claims_12m": len(claims),
        "unfounded_claims_12m": unfounded,
        "unfounded_share": Fraction(unfounded, len(claims)) if len(claims) >= 4 else None,
        "supplier_reviews_180d": sum(book.age(row["opened_at"].date()) <= 180 for row in reviews),
        "escalation_ratio": Fraction(escalated, opened) / Fraction(hits, n) if escalated >= 3 else None,
        "answered_cases_3m": len(answers) if len(answers) >= 8 else 0,
        "response_owners_3m": len({owner for _, owner, _ in answers if owner is not None}) if len(answers) >= 8 else 0,
        "avoidance_ratio": work.avoidance(group),
        **_shares_of_cases(plain, group, (escalated, opened), (unfounded, len(claims))),
    }


def _shares_of_cases(plain: Verdicts, group: str, escalated: tuple[int, int], unfounded: tuple[int, int]) -> dict[str, Any]:
    """Own share and that of all others, of what G-STAT compares; for a client with a case opened or a claim closed in the year."""
    book, conduct = plain.book, plain.conduct
    if not conduct.closed_claims(group) and not any(book.inside(row, "opened_at", book.window(12)) for row in conduct.cases[group]):
        return {}
    hits, n = (sum(values) for values in zip(*(plain.work.escalations(other) for other in book.everyone), strict=True))
    claims = [row for other in book.everyone for row in conduct.closed_claims(other)]
    groundless = sum(row.get("unfounded") is True for row in claims)
    return {
        "escalation_share": _share(*escalated),
        "escalation_share_rest": _share(hits - escalated[0], n - escalated[1]),
        "unfounded_share_rest": _share(groundless - unfounded[0], len(claims) - unfounded[1]),
    }


def _share(hits: int, n: int) -> Fraction | None:
    return Fraction(hits, n) if n else None


def _behaviour(plain: Verdicts, group: str) -> dict[str, Any]:
    conduct, book = plain.conduct, plain.book
    sure = conduct.hostile(group, confirmed=True)
    threats = conduct.threats(group)
    rushed = [row["ordered_at"].date() for row in plain.work.orders[group] if is_rush(row)]
    near = sum(any(abs((one.on - day).days) <= 3 for day in rushed) for one in threats)
    serious = conduct.incidents(group)
    newest = max(((one.on, one.id.partition(":")[2]) for one in serious), default=None)
    return {
        "hostile_cases_confirmed": len({one.case for one in sure}),
        "hostile_days_confirmed": len({one.on for one in sure}),
        "leave_threats_confirmed_12m": sum(one.confirmed for one in threats),
        "leave_threats_weighted_12m": conduct.threat_weight(group),
        "leave_threat_months": conduct.threat_months(group),
        "leave_threats_near_rush_share": Fraction(near, len(threats)) if threats else None,
        "severe_incidents_30d": sum(one.category in SEVERE for one in serious),
        "severe_confirmed_30d": sum(one.category in SEVERE and one.confirmed for one in serious),
        "insult_incidents_30d": sum(one.category == "insult" for one in serious),
        "insult_confirmed_30d": sum(one.category == "insult" and one.confirmed for one in serious),
        "days_since_incident": newest and book.age(newest[0]),
        **_named("incident_id", newest and newest[1]),
        "values_reports_12m": conduct.reports(group),
        "confrontation_days_12m": conduct.confrontations(group),
    }


def _named(column: str, record: str | None) -> dict[str, str | None]:
    """The id of a record, unless its file has none."""
    return {} if record is not None and record.startswith("row ") else {column: record}


def _operations(plain: Verdicts, group: str) -> dict[str, Any]:
    work = plain.work
    linked = work.with_correlated(group)
    weeks = work.weeks(group)
    near = work.near(group)
    found = {
        "correlated_orders": len(near),
        "correlated_customers": len({owner for owner, _ in near}),
        "rush_orders_12m": len(work.rush(group, 12)),
        "linked_orders": linked[0],
        "linked_customers": linked[1],
        "priority_changes_week": work.priority_changes(group),
        "rush_weeks": weeks[2],
    }
    return found | (dict(zip(("correlation_weeks", "moved_weeks", "rush_weeks", "overlap_weeks"), weeks, strict=True)) if weeks[2] else {})


def _load(plain: Verdicts, group: str) -> dict[str, Any]:
    work, book, money = plain.work, plain.book, plain.money
    hours = work.meeting_hours(group, 6)
    total = sum((work.meeting_hours(other, 6) for other in book.everyone), ZERO)
    share = money.share(group, book.window(6))
    complained = {other: work.complaints(other) for other in book.everyone}
    mine, hits, n = complained[group], sum(k for k, _ in complained.values()), sum(m for _, m in complained.values())
    parts = {
        "escalation_ratio": _cases(plain, group)["escalation_ratio"],
        "meeting_ratio": Fraction(hours) / Fraction(total) / Fraction(share) if hours >= 10 and share else None,
        "complaint_ratio": Fraction(*mine) / Fraction(hits, n) if mine[0] >= 4 and mine[1] else None,
    }
    known = [value for value in parts.values() if value is not None]
    if work.ordered(group, 12):
        parts |= {"complaint_share": _share(*mine), "complaint_share_rest": _share(hits - mine[0], n - mine[1])}
    return {**parts, "meeting_hours_6m": hours, "load_ratio": max(known, default=None)}


def _costs(plain: Verdicts, group: str) -> dict[str, Any]:
    costs = plain.work.costs(group)
    known = sum(value is not None for value in costs.values())
    apply = 6 if costs["meetings"] is not None else 5
    return {
        "cost_hours": costs["hours"],
        "cost_rush": costs["rush"],
        "cost_finance": costs["finance"],
        "cost_meetings": costs["meetings"],
        "cost_components": known,
        "cost_components_unknown": apply - known,
    }


def _people(plain: Verdicts, group: str) -> dict[str, Any]:
    contacts = plain.contacts
    names, positions = contacts.privileges(group), contacts.positions(group)
    pulse = contacts.lowest_pulse(group)
    left = contacts.departures(group)
    attempts = contacts.attempts(group)
    return {
        "privilege_names": ";".join(sorted(names)) or None,
        "privileges_known_since": contacts.noted_since(group),
        "pulse_mean": pulse and pulse[0],
        "pulse_n": pulse and pulse[1],
        "manager_no_longer": "no longer" in positions if positions else None,
        "departures_linked_24m": left,
        "repair_attempts_12m": attempts,
        "failed_attempts_12m": contacts.failed_attempts(group),
    }


def _governance(plain: Verdicts, group: str) -> dict[str, Any]:
    contacts, book, money = plain.contacts, plain.book, plain.money
    now, before = contacts.main_contact(group, range(91)), contacts.main_contact(group, range(91, 271))
    last, previous = contacts.tagged(group, book.window(6)), contacts.tagged(group, book.before(6))
    first = money.first.get(group)
    early = None if first is None else sum(first <= on < first + timedelta(days=90) for on in contacts.proactive(group))
    return {
        **_named("decision_contact_id", contacts.newest_decider(group)),
        "decision_changes_180d": sum(age <= 180 for age in contacts.changes(group)),
        "main_contact_changed": None if now is None or before is None else now != before,
        "advisory_meetings_last": last[1],
        "advisory_meetings_prev": previous[1],
        "proactive_first_90d": early,
    }


def about_all(plain: Verdicts) -> dict[str, Any]:
    money, book, payments, work = plain.money, plain.book, plain.payments, plain.work
    shares = sorted((share for share in money.shares.values() if share), reverse=True)
    year = [home for group in book.everyone for _, home in money.inside(group, money.year)]
    margins = [margin for margin in plain.margins.values() if margin is not None]
    covered = sum((plain.money.shares[group] or ZERO for group, margin in plain.margins.items() if margin is not None), ZERO)
    positive, whole = sum((max(margin, ZERO) for margin in margins), ZERO), sum(margins, ZERO)
    complained = [work.complaints(group) for group in book.everyone]
    escalated = [work.escalations(group) for group in book.everyone]
    return {
        "window": [money.year[0], book.as_of],
        "positive_total_previous_year": money.total(money.last_year),
        "top1_gap": shares[0] / shares[1] if len(shares) > 1 else None,
        "lines_in_window": len(year),
        "lines_unconverted": sum(home is None for home in year),
        "first_revenue": min(money.first.values(), default=None),
        "history_days": money.history(),
        "active_months": money.active_months(money.year),
        "active_months_previous_year": money.active_months(money.last_year),
        "debtors": payments.debtors(),
        "invoice_conversion_coverage": 1 if payments.coverage is None else payments.coverage,
        "contracts": len(book.rows("contracts")),
        "hours_total_12m": sum((work.hours(group, 12) for group in book.everyone), ZERO),
        "overtime_total_6m": sum((work.overtime(group, 6) for group in book.everyone), ZERO),
        "hours_clients": sum(work.hours(group, 12) > 0 for group in book.everyone),
        "hours_coverage": work.hours_coverage(),
        "margin_coverage": covered,
        "margin_total": whole if margins else None,
        "positive_margin_total": positive if margins else None,
        "whale_peak": positive / whole if whole > 0 else None,
        "orders_total": sum(len(work.ordered(group, 6)) for group in book.everyone),
        "rush_orders_total": sum(len(work.rush(group, 6)) for group in book.everyone),
        "cases_total_6m": sum(opened for _, opened in escalated),
        "escalations_total_6m": sum(hits for hits, _ in escalated),
        "complaints_total_6m": sum(hits for hits, _ in complained),
        "activity_coverage": plain.contacts.coverage(),
        "revenue_source": money.source,
        "penalty_rate": book.firm("annual_penalty_rate"),
        "hourly_cost": book.firm("hourly_cost"),
        "as_of_in_past": book.as_of < book.now,
    }

-- Payment: how late, how much is open, how old. Amounts in home currency at the rate of the issue date; drafts and voided left out.
-- Days late = payment (or as_of while open) less due date; early and up to 3 days of grace are 0. An invoice counts with its full
-- amount until it is settled; one closed without a payment date is left out, and so is one disputed for our own fault. Reads notable_cases.
--
--   due_invoices              invoices due in W12 that count
--   weighted_days_late        days · sum(amount x days late) / sum(amount) · NULL: fewer than 3 due_invoices
--   late_count_share          ratio · late ones among due_invoices · NULL: fewer than 3
--   late_amount_share         ratio · their amount · NULL: fewer than 3
--   largest_late_share        ratio · the largest late invoice / amount due · NULL: fewer than 3
--   inferred_due_share        ratio · due date taken from terms or the default, among due_invoices · NULL: fewer than 3
--   weighted_days_late_6m, weighted_days_late_previous_6m   days · the trend: due in W6, in the 6 months before · NULL: none due
--   penalty_interest          money · sum(amount x rate x days / 365) over late ones with a stated due date · NULL: no rate configured
--   recovery_indemnities      money · 40 EUR for each of them · NULL: the home currency is not EUR
--   invoices_closed_undated   invoices · closed, nobody knows when, that would have been due in W12 or have no payment information
--   open_receivable           money · open balances now; credit notes do not reduce it · NULL: nothing says whether invoices are paid
--   receivable_share          ratio · of the portfolio's open receivable · NULL: none open anywhere, or as above
--   open_overdue              money · of which past a stated due date and not disputed for our own fault · NULL: as above
--   overdue_share             ratio · open_overdue / open_receivable · NULL: nothing open
--   oldest_open_overdue_days  days · the oldest of them; 0: none · NULL: only inferred due dates have passed, or as above
--   insolvent                 true: a person or a case of that category says so; false: a person says no · NULL: nothing is said
--   terms_beyond_ceiling      invoices · issued in W12, due beyond 60 days and both counts of 45 days end of month (L441-10)

CREATE OR REPLACE TEMP TABLE receivables AS
SELECT group_no, issue_date, due_date, due_on, due_inferred, settlement, settled_on, amount_home AS home, open_home,
    coalesce(disputed, FALSE) AND coalesce(own_fault, FALSE) AS our_fault,
    CASE WHEN coalesce(settled_on, $as_of) - due_on > 3 THEN coalesce(settled_on, $as_of) - due_on ELSE 0 END AS days_late,
    amount IS NOT NULL AND amount_home IS NULL AS unconverted
FROM facts_invoices
WHERE amount > 0 AND (due_on >= $w12_start OR issue_date >= $w12_start OR settled_on >= $w12_start OR settlement IN ('open', 'unknown'));

CREATE OR REPLACE TEMP TABLE payment_sums AS
SELECT group_no,
    count(*) AS due_invoices,
    sum(home) AS due_amount,
    sum(home * days_late) AS late_days_amount,
    count(*) FILTER (WHERE days_late > 0) AS late,
    sum(home) FILTER (WHERE days_late > 0) AS late_amount,
    max(home) FILTER (WHERE days_late > 0) AS largest_late,
    count(*) FILTER (WHERE due_inferred) AS inferred,
    sum(home) FILTER (WHERE due_on >= $w6_start) AS due_amount_6,
    sum(home * days_late) FILTER (WHERE due_on >= $w6_start) AS late_days_amount_6,
    sum(home) FILTER (WHERE due_on < $b6_end) AS due_amount_b6,
    sum(home * days_late) FILTER (WHERE due_on < $b6_end) AS late_days_amount_b6,
    sum(home * days_late) FILTER (WHERE NOT due_inferred) AS claimable_days_amount,
    count(*) FILTER (WHERE NOT due_inferred AND days_late > 0) AS claimable
FROM receivables
WHERE due_on >= $w12_start AND due_on < $w12_end AND settlement IN ('settled', 'open') AND NOT our_fault AND home IS NOT NULL
GROUP BY group_no;

CREATE OR REPLACE TEMP TABLE balance_sums AS
SELECT group_no,
    sum(open_home) FILTER (WHERE open_home > 0) AS open_receivable,
    sum(open_home) FILTER (WHERE open_home > 0 AND due_on < $as_of AND NOT due_inferred AND NOT our_fault) AS open_overdue,
    max($as_of - due_on) FILTER (WHERE open_home > 0 AND due_on < $as_of AND NOT due_inferred AND NOT our_fault) AS oldest,
    count(*) FILTER (WHERE open_home > 0 AND due_on < $as_of AND due_inferred AND NOT our_fault) AS inferred_overdue,
    count(*) FILTER (WHERE settlement = 'unknown') AS unknown,
    count(*) FILTER (WHERE settlement = 'closed' AND due_on >= $w12_start AND due_on < $w12_end OR settlement = 'unknown') AS undated,
    count(*) FILTER (
        WHERE issue_date >= $w12_start AND due_date - issue_date > 60
            AND due_date > LAST_DAY(CAST(issue_date + INTERVAL 45 DAY AS DATE)) AND due_date - LAST_DAY(issue_date) > 45
    ) AS beyond_ceiling
FROM receivables
GROUP BY group_no;

CREATE OR REPLACE TEMP TABLE receivable_totals AS
SELECT
    coalesce(sum(open_receivable), 0) AS open_receivable,
    count(open_receivable) AS debtors
FROM balance_sums;

CREATE OR REPLACE TEMP TABLE insolvencies AS
SELECT group_no, bool_or(insolvent) AS insolvent
FROM (
    SELECT k.group_no, a.insolvent FROM accounts AS a JOIN account_groups AS k ON k.source = a.source AND k.account_id = a.account_id
    WHERE a.insolvent IS NOT NULL
    UNION ALL
    SELECT group_no, TRUE FROM notable_cases WHERE category = 'insolvency'
) AS said
GROUP BY group_no;

CREATE OR REPLACE TEMP TABLE m_pay AS
WITH spoken AS (
    SELECT group_no FROM balance_sums UNION SELECT group_no FROM insolvencies
)
SELECT k.group_no,
    coalesce(p.due_invoices, 0) AS due_invoices,
    CASE WHEN p.due_invoices >= 3 THEN CAST(p.late_days_amount AS DOUBLE) / CAST(p.due_amount AS DOUBLE) END AS weighted_days_late,
    CASE WHEN p.due_invoices >= 3 THEN CAST(p.late AS DOUBLE) / p.due_invoices END AS late_count_share,
    CASE WHEN p.due_invoices >= 3 THEN CAST(coalesce(p.late_amount, 0) AS DOUBLE) / CAST(p.due_amount AS DOUBLE) END AS late_amount_share,
    CASE WHEN p.due_invoices >= 3 THEN CAST(coalesce(p.largest_late, 0) AS DOUBLE) / CAST(p.due_amount AS DOUBLE) END AS largest_late_share,
    CASE WHEN p.due_invoices >= 3 THEN CAST(p.inferred AS DOUBLE) / p.due_invoices END AS inferred_due_share,
    CAST(p.late_days_amount_6 AS DOUBLE) / CAST(p.due_amount_6 AS DOUBLE) AS weighted_days_late_6m,
    CAST(p.late_days_amount_b6 AS DOUBLE) / CAST(p.due_amount_b6 AS DOUBLE) AS weighted_days_late_previous_6m,
    CAST(coalesce(p.claimable_days_amount, 0) AS DOUBLE) * $penalty_rate / 365 AS penalty_interest,
    CASE WHEN $home_currency = 'EUR' THEN CAST(40 * coalesce(p.claimable, 0) AS DECIMAL(18, 2)) END AS recovery_indemnities,
    coalesce(b.undated, 0) AS invoices_closed_undated,
    CASE WHEN coalesce(b.unknown, 0) = 0 THEN coalesce(b.open_receivable, 0) END AS open_receivable,
    CASE WHEN coalesce(b.unknown, 0) = 0 AND t.open_receivable > 0
        THEN CAST(coalesce(b.open_receivable, 0) AS DOUBLE) / CAST(t.open_receivable AS DOUBLE) END AS receivable_share,
    CASE WHEN coalesce(b.unknown, 0) = 0 THEN coalesce(b.open_overdue, 0) END AS open_overdue,
    CASE WHEN coalesce(b.unknown, 0) = 0 THEN CAST(coalesce(b.open_overdue, 0) AS DOUBLE) / CAST(b.open_receivable AS DOUBLE) END AS overdue_share,
    CASE WHEN coalesce(b.unknown, 0) = 0 AND (b.oldest IS NOT NULL OR coalesce(b.inferred_overdue, 0) = 0)
        THEN coalesce(b.oldest, 0) END AS oldest_open_overdue_days,
    i.insolvent,
    coalesce(b.beyond_ceiling, 0) AS terms_beyond_ceiling
FROM spoken AS k
CROSS JOIN receivable_totals AS t
LEFT JOIN payment_sums AS p ON p.group_no = k.group_no
LEFT JOIN balance_sums AS b ON b.group_no = k.group_no
LEFT JOIN insolvencies AS i ON i.group_no = k.group_no;

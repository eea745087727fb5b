-- portfolio_metrics: one row about all groups together, natural persons included in the sums.
--
--   window                        first and last day of W12
--   positive_total                money · sum of max(net,0), W12 · 0: no positive revenue (DQ-01)
--   positive_total_previous_year  money · the same a year before
--   active_customers              groups with positive net revenue, W12
--   top1, top5                    ratio · the largest share, the five largest together · NULL: no positive revenue
--   top1_gap                      times · the largest share / the second · NULL: fewer than two
--   hhi                           ratio · sum of squared shares · hhi_normalized: (hhi - 1/N) / (1 - 1/N) · NULL: no positive revenue, or N = 1
--   effective_customers           clients of equal size that would be as concentrated, 1 / hhi · NULL: no positive revenue
--   lines_in_window, lines_unconverted   lines of W12, without a rate
--   conversion_coverage           ratio · converted among them · 1: no lines
--   lines_orphaned, orphan_share  lines of W12 whose account is empty or unknown; ratio among all lines of W12 · 0: no lines
--   first_revenue, history_days   first positive line; days from it to as_of · NULL: none
--   active_months, active_months_previous_year   calendar months with a converted line, W12 and the year before
--   open_receivable               money · all open balances · debtors: groups behind it
--   invoice_conversion_coverage   ratio · invoices with a rate among those due in W12 or open · 1: no such invoices
--   contracts                     contracts of all clients, of any status and date
--   hours_total_12m, overtime_total_6m   hours of all clients, W12, overtime W6 · hours_clients: groups with hours
--   hours_coverage                ratio · weeks of W12 with any hours row / weeks of W12
--   margin_coverage               ratio · share of revenue of the groups that have a margin figure
--   margin_total, positive_margin_total   money · sum of margins, of the positive ones · NULL: no margin figure
--   whale_peak                    ratio · positive_margin_total / margin_total · NULL: margin_total is not positive
--   orders_total, rush_orders_total, cases_total_6m, escalations_total_6m, complaints_total_6m   counts of all clients, W6
--   activity_coverage             ratio · accounts with an activity in W12 / accounts, all of the data · NULL: no account
--   home_currency, country, revenue_source, penalty_rate, finance_rate, hourly_cost   the choices behind the figures
--   as_of_in_past                 true: judged as of a past day, so undated fields are as of today, not of that day

CREATE OR REPLACE TEMP TABLE portfolio_metrics AS
WITH shares AS (
    SELECT sum(share * share ORDER BY share) AS hhi, max(share) AS top1 FROM m_dep WHERE share > 0
),
largest AS (
    SELECT sum(share ORDER BY share) AS top5, min(CASE WHEN place = 2 THEN share END) AS second
    FROM (SELECT share, row_number() OVER (ORDER BY share DESC) AS place FROM (SELECT share FROM m_dep WHERE share > 0 ORDER BY share DESC LIMIT 5) AS five) AS ranked
),
orphans AS (
    SELECT count(*) AS lines FROM booked WHERE group_no IS NULL AND date >= $w12_start
),
invoiced AS (
    SELECT count(*) AS invoices, count(*) FILTER (WHERE unconverted) AS unconverted
    FROM receivables WHERE due_on >= $w12_start AND due_on < $w12_end OR settlement = 'open'
),
contracted AS (SELECT count(*) AS contracts FROM facts_contracts),
met AS (
    SELECT
        (SELECT count(DISTINCT k.account_no)
            FROM (SELECT DISTINCT source, account_id FROM facts_activities WHERE started_date >= $w12_start) AS a
            JOIN account_groups AS k ON k.source = a.source AND k.account_id = a.account_id) AS seen,
        count(*) AS accounts
    FROM account_groups WHERE NOT by_reference
)
SELECT
    [$w12_start, $as_of] AS "window",
    t.positive_total, t.positive_total_previous_year, t.active_customers,
    s.top1, l.top5, s.top1 / l.second AS top1_gap, s.hhi,
    CASE WHEN t.active_customers > 1 THEN (s.hhi - 1.0 / t.active_customers) / (1 - 1.0 / t.active_customers) END AS hhi_normalized,
    1 / s.hhi AS effective_customers,
    t.lines_in_window, t.lines_unconverted,
    CASE WHEN t.lines_in_window > 0 THEN CAST(t.lines_in_window - t.lines_unconverted AS DOUBLE) / t.lines_in_window ELSE 1.0 END AS conversion_coverage,
    o.lines AS lines_orphaned,
    CASE WHEN o.lines > 0 THEN CAST(o.lines AS DOUBLE) / (t.lines_in_window + o.lines) ELSE 0.0 END AS orphan_share,
    t.first_revenue, $as_of - t.first_revenue AS history_days,
    m.active_months, m.active_months_previous_year,
    r.open_receivable, r.debtors,
    CASE WHEN i.invoices > 0 THEN CAST(i.invoices - i.unconverted AS DOUBLE) / i.invoices ELSE 1.0 END AS invoice_conversion_coverage,
    c.contracts,
    h.hours_12 AS hours_total_12m, h.overtime_6 AS overtime_total_6m, h.clients AS hours_clients,
    CAST(w.weeks_with_hours AS DOUBLE) / w.weeks AS hours_coverage,
    g.margin_coverage, g.margin_total, g.positive_margin_total,
    CASE WHEN g.margin_total > 0 THEN g.positive_margin_total / g.margin_total END AS whale_peak,
    q.orders_6 AS orders_total, q.rush_6 AS rush_orders_total,
    k.cases_6 AS cases_total_6m, k.escalations_6 AS escalations_total_6m, k.complaints_6 AS complaints_total_6m,
    CASE WHEN a.accounts > 0 THEN CAST(a.seen AS DOUBLE) / a.accounts END AS activity_coverage,
    $home_currency AS home_currency, $country AS country, $revenue_source AS revenue_source,
    $penalty_rate AS penalty_rate, $finance_rate AS finance_rate, $hourly_cost AS hourly_cost,
    $as_of < $run_date AS as_of_in_past
FROM revenue_totals AS t
CROSS JOIN revenue_months AS m
CROSS JOIN shares AS s
CROSS JOIN largest AS l
CROSS JOIN orphans AS o
CROSS JOIN invoiced AS i
CROSS JOIN receivable_totals AS r
CROSS JOIN contracted AS c
CROSS JOIN hour_totals AS h
CROSS JOIN hours_weeks AS w
CROSS JOIN margin_totals AS g
CROSS JOIN order_totals AS q
CROSS JOIN case_totals AS k
CROSS JOIN met AS a;

-- Cost to serve: what serving a group cost in W12, and what is left. Home currency; reads hour_sums and meeting_sums (ops.sql), receivables (pay.sql).
-- A cost component that is unknown is NULL, counts 0 in the sums and is counted in cost_components_unknown.
--
--   hours_12m               hours · W12
--   hours_share             ratio · of all hours · NULL: no hours at all
--   effort_ratio            ratio · hours_share / share · NULL: fewer than 50 h of the client or 3 clients with hours, or no share
--   cost_hours              money · hours x hourly cost, overtime hours included · NULL: no hours of the client, or no hourly cost
--   overtime_premium_cost   money · (h25 x .25 + h50 x .50) x hourly cost · NULL: no overtime column for the client, or no hourly cost
--   cost_rush               money · rush orders x cost of one · NULL: no order of the client, or no cost of one
--   cost_finance            money · receivable open on average over W12 x finance rate · NULL: no invoice of the client in W12
--   cost_meetings           money · clock hours x people x hourly cost, only for a client without a row of hours · NULL: has one, no meeting, no cost
--   direct_cost             money · direct cost of the revenue lines · NULL: no line of the client has one
--   cost_components         how many of these six are known · cost_components_unknown: how many are not (meetings only where they apply)
--   cost_to_serve           money · sum of the components without direct cost · NULL: none is known
--   margin_after_cts        money · net revenue - direct cost - cost to serve · NULL: fewer than 2 components, hours_coverage below .80
--   margin_pct              ratio · margin_after_cts / net revenue · NULL: as above, or revenue not positive
--   margin_share            ratio · max(margin,0) / sum of max(margin,0) over all groups · NULL: no margin figure, or none positive

CREATE OR REPLACE TEMP VIEW direct_costs AS
SELECT group_no, direct_cost FROM revenue_sums WHERE direct_cost IS NOT NULL;

-- Open from issue to settlement; what is open now counts with its balance, as nobody knows when a part was paid.
CREATE OR REPLACE TEMP TABLE finance_costs AS
SELECT group_no,
    CAST(sum(
        CASE WHEN settlement = 'settled' THEN home ELSE open_home END
        * greatest(least(coalesce(settled_on, $w12_end), $w12_end) - greatest(issue_date, $w12_start), 0)
    ) AS DOUBLE) / ($w12_end - $w12_start) * $finance_rate AS finance_cost
FROM receivables
WHERE settlement IN ('settled', 'open') AND home IS NOT NULL AND issue_date IS NOT NULL
GROUP BY group_no;

CREATE OR REPLACE TEMP TABLE hours_weeks AS
SELECT
    count(DISTINCT floor(date_diff('day', DATE '1970-01-05', week) / 7)) AS weeks_with_hours,
    floor((date_diff('day', DATE '1970-01-05', $as_of)) / 7) - floor((date_diff('day', DATE '1970-01-05', $w12_start) - 1) / 7) AS weeks
FROM facts_hours
WHERE week >= $w12_start AND week < $w12_end;

CREATE OR REPLACE TEMP TABLE costs AS
WITH spoken AS (
    SELECT group_no FROM hour_sums UNION SELECT group_no FROM meeting_sums UNION SELECT group_no FROM direct_costs
    UNION SELECT group_no FROM finance_costs UNION SELECT group_no FROM order_sums
),
parts AS (
    SELECT k.group_no, h.hours_12,
        CASE WHEN h.hours_12 IS NOT NULL AND h.unpriced = 0 THEN h.hours_cost END AS cost_hours,
        CASE WHEN h.overtime_rows > 0 AND h.overtime_unpriced = 0 THEN coalesce(h.premium, 0) END AS overtime_premium_cost,
        o.rush_12 * $rush_cost_per_order AS cost_rush,
        f.finance_cost AS cost_finance,
        CASE WHEN h.group_no IS NULL THEN m.person_hours_12 * $hourly_cost END AS cost_meetings,
        d.direct_cost
    FROM spoken AS k
    LEFT JOIN hour_sums AS h ON h.group_no = k.group_no
    LEFT JOIN meeting_sums AS m ON m.group_no = k.group_no
    LEFT JOIN direct_costs AS d ON d.group_no = k.group_no
    LEFT JOIN finance_costs AS f ON f.group_no = k.group_no
    LEFT JOIN order_sums AS o ON o.group_no = k.group_no
)
SELECT *,
    CASE WHEN cost_hours IS NULL THEN 0 ELSE 1 END + CASE WHEN overtime_premium_cost IS NULL THEN 0 ELSE 1 END
        + CASE WHEN cost_rush IS NULL THEN 0 ELSE 1 END + CASE WHEN cost_finance IS NULL THEN 0 ELSE 1 END
        + CASE WHEN cost_meetings IS NULL THEN 0 ELSE 1 END + CASE WHEN direct_cost IS NULL THEN 0 ELSE 1 END AS known,
    coalesce(cost_hours, 0) + coalesce(overtime_premium_cost, 0) + coalesce(cost_rush, 0) + coalesce(cost_finance, 0) + coalesce(cost_meetings, 0) AS service
FROM parts;

CREATE OR REPLACE TEMP TABLE margins AS
SELECT c.group_no, CAST(d.net_revenue AS DOUBLE) - CAST(coalesce(c.direct_cost, 0) AS DOUBLE) - c.service AS margin, d.share, d.net_revenue
FROM costs AS c
JOIN m_dep AS d ON d.group_no = c.group_no
CROSS JOIN hours_weeks AS w
WHERE c.known >= 2 AND w.weeks_with_hours >= 0.80 * w.weeks;

CREATE OR REPLACE TEMP TABLE margin_totals AS
SELECT
    sum(margin ORDER BY margin) AS margin_total,
    sum(CASE WHEN margin > 0 THEN margin ELSE 0 END ORDER BY margin) AS positive_margin_total,
    coalesce(sum(share ORDER BY share), 0) AS margin_coverage
FROM margins;

CREATE OR REPLACE TEMP TABLE m_cts AS
SELECT c.group_no,
    coalesce(c.hours_12, 0) AS hours_12m,
    CASE WHEN t.hours_12 > 0 THEN coalesce(c.hours_12, 0) / t.hours_12 END AS hours_share,
    CASE WHEN c.hours_12 >= 50 AND t.clients >= 3 AND d.share > 0 THEN c.hours_12 / t.hours_12 / d.share END AS effort_ratio,
    c.cost_hours, c.overtime_premium_cost, c.cost_rush, c.cost_finance, c.cost_meetings, c.direct_cost,
    c.known AS cost_components,
    CASE WHEN c.cost_meetings IS NOT NULL THEN 6 ELSE 5 END - c.known AS cost_components_unknown,
    CASE WHEN c.known > CASE WHEN c.direct_cost IS NULL THEN 0 ELSE 1 END THEN c.service END AS cost_to_serve,
    m.margin AS margin_after_cts,
    CASE WHEN m.net_revenue > 0 THEN m.margin / CAST(m.net_revenue AS DOUBLE) END AS margin_pct,
    CASE WHEN u.positive_margin_total > 0 THEN CASE WHEN m.margin > 0 THEN m.margin WHEN m.margin <= 0 THEN 0 END / u.positive_margin_total END AS margin_share
FROM costs AS c
CROSS JOIN hour_totals AS t
CROSS JOIN margin_totals AS u
JOIN m_dep AS d ON d.group_no = c.group_no
LEFT JOIN margins AS m ON m.group_no = c.group_no;

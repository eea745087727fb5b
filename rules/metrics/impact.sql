-- What the impact sheet asks besides the metrics. Reads facts_contracts, facts_orders, facts_pipeline.
--
-- impact_terms, one row per group with a contract, a delivered order or an open deal:
--   contract_notice    months · the longest notice of its contracts in force · NULL: none says
--   first_contract     date · start of its oldest contract
--   on_time_share      ratio · W12 · orders that we delivered by the promised date / delivered orders with one · NULL: none
--   own_pipeline       money · its own part of new_pipeline
-- firm_figures, one row: what a `company` row says of the firm, and
--   sales_cycle_months  months · median time from the opening of a deal to its winning / 30 days · NULL: no won deal
--   new_pipeline        money · open new business expected within 12 months, amount x probability · NULL: no such deal

CREATE OR REPLACE TEMP TABLE open_business AS
SELECT group_no, sum(CAST(amount_home AS DOUBLE) * probability) AS weighted
FROM facts_pipeline
WHERE is_new_business AND closed_date IS NULL AND NOT coalesce(is_won, FALSE) AND coalesce(stage NOT IN ('won', 'lost'), TRUE)
    AND expected_close >= $as_of AND expected_close < $as_of + INTERVAL 12 MONTH
GROUP BY group_no;

CREATE OR REPLACE TEMP TABLE impact_terms AS
WITH agreed AS (
    SELECT group_no, max(CASE WHEN in_force THEN notice_months END) AS contract_notice, min(start_date) AS first_contract
    FROM facts_contracts WHERE start_date <= $as_of GROUP BY group_no
),
delivered AS (
    SELECT group_no, CAST(count(CASE WHEN delivered_date <= promised_date THEN 1 END) AS DOUBLE) / count(*) AS on_time_share
    FROM facts_orders
    WHERE ordered_date >= $w12_start AND delivered_date IS NOT NULL AND promised_date IS NOT NULL
    GROUP BY group_no
)
SELECT g.group_id, a.contract_notice, a.first_contract, d.on_time_share, b.weighted AS own_pipeline
FROM (SELECT group_no FROM agreed UNION SELECT group_no FROM delivered UNION SELECT group_no FROM open_business) AS k
JOIN groups AS g ON g.group_no = k.group_no
LEFT JOIN agreed AS a ON a.group_no = k.group_no
LEFT JOIN delivered AS d ON d.group_no = k.group_no
LEFT JOIN open_business AS b ON b.group_no = k.group_no;

CREATE OR REPLACE TEMP TABLE firm_figures AS
SELECT c.*, m.months AS sales_cycle_months, o.weighted AS new_pipeline
FROM company_figures AS c
CROSS JOIN (
    SELECT median(closed_date - created_date) / 30.0 AS months
    FROM facts_pipeline
    WHERE is_won AND closed_date >= created_date
) AS m
CROSS JOIN (SELECT sum(weighted ORDER BY weighted) AS weighted FROM open_business) AS o;

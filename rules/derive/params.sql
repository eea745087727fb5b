-- One row that every later statement reads: the windows, the firm's figures and choices.
--
-- `settings` (made by derive.py from the arguments) gives what is configured; a row of `company` wins, column by column,
-- in the order salesforce, hubspot, files. Windows are half-open: end = as_of + 1 day, start = add_months(end, -n), clipped.
--   w{n}  the last n months · p{n}  the same a year before (both bounds moved) · b{n}  the n months before w{n}

CREATE OR REPLACE TEMP TABLE company_figures AS
SELECT
    arg_min(cash, place) FILTER (cash IS NOT NULL) AS cash,
    arg_min(operating_result_12m, place) FILTER (operating_result_12m IS NOT NULL) AS operating_result_12m,
    arg_min(fixed_cost_month, place) FILTER (fixed_cost_month IS NOT NULL) AS fixed_cost_month,
    arg_min(hourly_cost, place) FILTER (hourly_cost IS NOT NULL) AS hourly_cost,
    arg_min(annual_penalty_rate, place) FILTER (annual_penalty_rate IS NOT NULL) AS annual_penalty_rate,
    arg_min(finance_rate, place) FILTER (finance_rate IS NOT NULL) AS finance_rate,
    arg_min(avoidable_share, place) FILTER (avoidable_share IS NOT NULL) AS avoidable_share,
    arg_min(annual_hours_per_fte, place) FILTER (annual_hours_per_fte IS NOT NULL) AS annual_hours_per_fte,
    arg_min(practical_capacity, place) FILTER (practical_capacity IS NOT NULL) AS practical_capacity,
    arg_min(safety_cushion, place) FILTER (safety_cushion IS NOT NULL) AS safety_cushion,
    arg_min(ramp, place) FILTER (ramp IS NOT NULL) AS ramp,
    arg_min(cycle_months, place) FILTER (cycle_months IS NOT NULL) AS cycle_months,
    arg_min(rush_cost_per_order, place) FILTER (rush_cost_per_order IS NOT NULL) AS rush_cost_per_order,
    arg_min(business_hours, place) FILTER (regexp_full_match(business_hours, '\d\d:\d\d-\d\d:\d\d')) AS business_hours
FROM (SELECT *, coalesce(list_position(['salesforce', 'hubspot', 'files'], source), 9) AS place FROM company);

-- A source that names no kind at all sells by invoice; where kinds are named, a line without one has no vote in the choice.
CREATE OR REPLACE TEMP TABLE revenue_kinds AS
SELECT DISTINCT coalesce(kind, CASE WHEN NOT named THEN 'invoice' END) AS kind
FROM (
    SELECT source, kind, bool_or(kind IS NOT NULL) OVER (PARTITION BY source) AS named
    FROM (SELECT DISTINCT source, kind FROM revenue)
);

CREATE OR REPLACE TEMP TABLE params AS
WITH bounds AS (
    SELECT *, CAST(as_of + INTERVAL 1 DAY AS DATE) AS stop FROM settings
),
started AS (
    SELECT *,
        CAST(stop - INTERVAL 3 MONTH AS DATE) AS start3,
        CAST(stop - INTERVAL 6 MONTH AS DATE) AS start6,
        CAST(stop - INTERVAL 12 MONTH AS DATE) AS start12
    FROM bounds
)
SELECT
    s.as_of, s.run_date, s.home_currency, s.country,
    coalesce(
        s.revenue_source,
        CASE
            WHEN EXISTS (FROM revenue_kinds WHERE kind IN ('invoice', 'credit_note')) THEN 'invoices'
            WHEN EXISTS (FROM revenue_kinds WHERE kind = 'order') THEN 'orders'
            WHEN EXISTS (FROM revenue_kinds WHERE kind = 'won_deal') THEN 'won_deals'
            ELSE 'invoices'
        END
    ) AS revenue_source,
    start3 AS w3_start, stop AS w3_end,
    start6 AS w6_start, stop AS w6_end,
    start12 AS w12_start, stop AS w12_end,
    CAST(start3 - INTERVAL 12 MONTH AS DATE) AS p3_start, CAST(stop - INTERVAL 12 MONTH AS DATE) AS p3_end,
    CAST(start6 - INTERVAL 12 MONTH AS DATE) AS p6_start, CAST(stop - INTERVAL 12 MONTH AS DATE) AS p6_end,
    CAST(start12 - INTERVAL 12 MONTH AS DATE) AS p12_start, CAST(stop - INTERVAL 12 MONTH AS DATE) AS p12_end,
    CAST(stop - INTERVAL 6 MONTH AS DATE) AS b3_start, start3 AS b3_end,
    CAST(stop - INTERVAL 12 MONTH AS DATE) AS b6_start, start6 AS b6_end,
    CAST(stop - INTERVAL 24 MONTH AS DATE) AS b12_start, start12 AS b12_end,
    CAST(coalesce(c.hourly_cost, s.hourly_cost) AS DOUBLE) AS hourly_cost,
    CAST(coalesce(c.finance_rate, s.finance_rate) AS DOUBLE) AS finance_rate,
    CAST(coalesce(c.annual_penalty_rate, s.penalty_rate) AS DOUBLE) AS penalty_rate,
    CAST(coalesce(c.rush_cost_per_order, s.rush_cost_per_order) AS DOUBLE) AS rush_cost_per_order,
    CAST(coalesce(c.cash, s.cash) AS DOUBLE) AS cash,
    CAST(coalesce(c.operating_result_12m, s.operating_result_12m) AS DOUBLE) AS operating_result_12m,
    CAST(coalesce(c.fixed_cost_month, s.fixed_cost_month) AS DOUBLE) AS fixed_cost_month,
    CAST(coalesce(c.safety_cushion, s.safety_cushion) AS DOUBLE) AS safety_cushion,
    CAST(coalesce(c.ramp, s.ramp) AS DOUBLE) AS ramp,
    CAST(coalesce(c.cycle_months, s.cycle_months) AS DOUBLE) AS cycle_months,
    CAST(coalesce(c.avoidable_share, s.avoidable_share) AS DOUBLE) AS avoidable_share,
    CAST(coalesce(c.annual_hours_per_fte, s.annual_hours_per_fte) AS DOUBLE) AS annual_hours_per_fte,
    CAST(coalesce(c.practical_capacity, s.practical_capacity) AS DOUBLE) AS practical_capacity,
    s.default_terms_days, s.person_accounts, s.decision_role, s.no_decision_role,
    60 * CAST(substr(hours, 1, 2) AS INTEGER) + CAST(substr(hours, 4, 2) AS INTEGER) AS opens_minute,
    60 * CAST(substr(hours, 7, 2) AS INTEGER) + CAST(substr(hours, 10, 2) AS INTEGER) AS closes_minute
FROM started s CROSS JOIN company_figures c CROSS JOIN LATERAL (SELECT coalesce(c.business_hours, s.business_hours) AS hours);

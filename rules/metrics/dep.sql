-- Dependence: what each group buys, and what share of the portfolio it is. One scan of the revenue lines; vol.sql reads it too.
-- Money is net revenue in home currency: invoices less credit notes (or orders, or won deals), every line at its own date's rate.
--
--   net_revenue             money · W12 · 0 without lines
--   share                   ratio · max(net,0) / sum of max(net,0) over all groups · NULL: no positive revenue in the portfolio
--   share_previous_year     ratio · the same a year before; 0 for a client without revenue then · NULL: none in the portfolio then
--   share_delta_12m         ratio · share less share_previous_year · NULL: fewer than 6 active months in either window
--   credit_note_ratio       ratio · W12 · negative lines / positive lines · NULL: no positive line
--   first_revenue           date · first positive converted line ever · NULL: none
--   tenure_years            years · full years since first_revenue · NULL: none
--   revenue_rank            rank by net_revenue among clients that are not persons, 1 = most, ties by id; 1001: beyond the first thousand
--   purchases               lines with a positive amount, ever
--   lines_12m               lines · W12
--   unconverted_lines_12m   lines · W12 without a rate, left out of every sum

-- Each window is a column of its own that is NULL outside it, so that plain sums and counts read them: faster here than a filter per sum.
CREATE OR REPLACE TEMP TABLE revenue_sums AS
SELECT group_no,
    coalesce(sum(home_12), 0) AS net_12,
    coalesce(sum(home_6), 0) AS net_6,
    coalesce(sum(home_3), 0) AS net_3,
    coalesce(sum(home_p12), 0) AS net_p12,
    coalesce(sum(home_p3), 0) AS net_p3,
    count(home_p3) AS lines_p3,
    sum(sold_12) AS sold_12,
    sum(returned_12) AS returned_12,
    count(bought) AS purchases,
    count(line_12) AS lines_12,
    count(line_12) - count(home_12) AS unconverted_12,
    min(bought) AS first_revenue,
    max(bought) AS last_revenue,
    sum(cost) AS direct_cost
FROM (
    SELECT group_no, cost,
        CASE WHEN date >= $w12_start THEN home END AS home_12,
        CASE WHEN date >= $w6_start THEN home END AS home_6,
        CASE WHEN date >= $w3_start THEN home END AS home_3,
        CASE WHEN date >= $p12_start AND date < $p12_end THEN home END AS home_p12,
        CASE WHEN date >= $p3_start AND date < $p3_end THEN home END AS home_p3,
        CASE WHEN home > 0 AND date >= $w12_start THEN home END AS sold_12,
        CASE WHEN home < 0 AND date >= $w12_start THEN home END AS returned_12,
        CASE WHEN home > 0 THEN date END AS bought,
        nullif(date >= $w12_start, FALSE) AS line_12
    FROM booked WHERE group_no IS NOT NULL
) AS windows
GROUP BY group_no;

CREATE OR REPLACE TEMP TABLE revenue_months AS
SELECT
    count(DISTINCT month) FILTER (WHERE date >= $w12_start) AS active_months,
    count(DISTINCT month) FILTER (WHERE date >= $p12_start AND date < $p12_end) AS active_months_previous_year
FROM (
    SELECT DISTINCT date, 12 * EXTRACT(YEAR FROM date) + EXTRACT(MONTH FROM date) AS month
    FROM booked WHERE home IS NOT NULL AND group_no IS NOT NULL AND date >= $p12_start
) AS days;

CREATE OR REPLACE TEMP TABLE revenue_totals AS
SELECT
    coalesce(sum(CASE WHEN net_12 > 0 THEN net_12 ELSE 0 END), 0) AS positive_total,
    coalesce(sum(CASE WHEN net_6 > 0 THEN net_6 ELSE 0 END), 0) AS positive_total_6m,
    coalesce(sum(CASE WHEN net_p12 > 0 THEN net_p12 ELSE 0 END), 0) AS positive_total_previous_year,
    coalesce(sum(net_3), 0) AS net_3,
    coalesce(sum(net_p3), 0) AS net_p3,
    count(CASE WHEN net_12 > 0 THEN 1 END) AS active_customers,
    CAST(coalesce(sum(lines_12), 0) AS BIGINT) AS lines_in_window,
    CAST(coalesce(sum(unconverted_12), 0) AS BIGINT) AS lines_unconverted,
    min(first_revenue) AS first_revenue
FROM revenue_sums;

CREATE OR REPLACE TEMP TABLE revenue_ranks AS
SELECT group_no, row_number() OVER (ORDER BY net_12 DESC, group_no) AS place
FROM (
    SELECT s.group_no, s.net_12 FROM revenue_sums AS s JOIN groups AS g ON g.group_no = s.group_no
    WHERE s.net_12 > 0 AND NOT g.is_person_group
    ORDER BY s.net_12 DESC, s.group_no LIMIT 1000
) AS first_thousand;

CREATE OR REPLACE TEMP TABLE m_dep AS
WITH measured AS (
    SELECT g.group_no, r.place, s.sold_12, s.returned_12, s.first_revenue, s.purchases, s.lines_12, s.unconverted_12,
        coalesce(s.net_12, 0) AS net_revenue,
        CASE WHEN t.positive_total > 0
            THEN CAST(CASE WHEN s.net_12 > 0 THEN s.net_12 ELSE 0 END AS DOUBLE) / CAST(t.positive_total AS DOUBLE) END AS share,
        CASE WHEN t.positive_total_previous_year > 0
            THEN CAST(CASE WHEN s.net_p12 > 0 THEN s.net_p12 ELSE 0 END AS DOUBLE) / CAST(t.positive_total_previous_year AS DOUBLE) END AS share_previous_year,
        m.active_months >= 6 AND m.active_months_previous_year >= 6 AS comparable
    FROM groups AS g
    CROSS JOIN revenue_totals AS t
    CROSS JOIN revenue_months AS m
    LEFT JOIN revenue_sums AS s ON s.group_no = g.group_no
    LEFT JOIN revenue_ranks AS r ON r.group_no = g.group_no
)
SELECT group_no, net_revenue, share, share_previous_year,
    CASE WHEN comparable THEN share - share_previous_year END AS share_delta_12m,
    CAST(-coalesce(returned_12, 0) AS DOUBLE) / CAST(sold_12 AS DOUBLE) AS credit_note_ratio,
    first_revenue,
    EXTRACT(YEAR FROM $as_of) - EXTRACT(YEAR FROM first_revenue)
        - CASE WHEN 100 * EXTRACT(MONTH FROM $as_of) + EXTRACT(DAY FROM $as_of) < 100 * EXTRACT(MONTH FROM first_revenue) + EXTRACT(DAY FROM first_revenue)
            THEN 1 ELSE 0 END AS tenure_years,
    coalesce(place, 1001) AS revenue_rank,
    coalesce(purchases, 0) AS purchases,
    coalesce(lines_12, 0) AS lines_12m,
    coalesce(unconverted_12, 0) AS unconverted_lines_12m
FROM measured;

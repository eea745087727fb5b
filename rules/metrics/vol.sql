-- Volume: the last three months against the same months a year before, and silence against the client's own rhythm.
-- Reads revenue_sums and revenue_totals of dep.sql.
--
--   revenue_3m               money · W3
--   revenue_3m_last_year     money · the same three months a year before
--   lines_3m_last_year       lines · converted lines behind revenue_3m_last_year, credit notes included
--   volume_change            ratio · revenue_3m / revenue_3m_last_year - 1 · NULL: fewer than 3 lines, or nothing positive, last year
--   rest_volume_change       ratio · the same for all other groups together · NULL: nothing positive last year
--   days_since_revenue       days · since the last positive converted line · NULL: none
--   revenue_days             days with a positive converted line in the 24 months that end with the last of them · NULL: as next line
--   median_revenue_gap_days  days · median distance between two of them · NULL: fewer than 6, or, among more than five thousand clients, one
--                            outside the first thousand of this year and of the year before, whose rhythm nobody judges
--   rank_previous_year       rank by net revenue of the year before among clients that are not persons, ties by id; 1001: beyond the first
--                            thousand
--   mix_shift                0 to 1 · half the sum of changes of the category shares, W12 against the year before · NULL: no category on
--                            either side, or a client outside the first 20, where whoever had a tenth of revenue always is (VOL-01 speaks of no other)

CREATE OR REPLACE TEMP TABLE previous_ranks AS
SELECT group_no, row_number() OVER (ORDER BY net_p12 DESC, group_no) AS place
FROM (
    SELECT s.group_no, s.net_p12 FROM revenue_sums AS s JOIN groups AS g ON g.group_no = s.group_no
    WHERE s.net_p12 > 0 AND NOT g.is_person_group
    ORDER BY s.net_p12 DESC, s.group_no LIMIT 1000
) AS first_thousand;

CREATE OR REPLACE TEMP TABLE revenue_rhythm AS
WITH days AS (
    SELECT DISTINCT b.group_no, b.date
    FROM booked AS b
    JOIN (
        SELECT group_no FROM previous_ranks UNION SELECT group_no FROM revenue_ranks
        UNION SELECT group_no FROM revenue_sums WHERE (SELECT count(*) FROM revenue_sums) <= 5000
    ) AS r ON r.group_no = b.group_no
    JOIN revenue_sums AS s ON s.group_no = b.group_no
    WHERE b.home > 0 AND b.date >= s.last_revenue + INTERVAL 1 DAY - INTERVAL 24 MONTH
)
SELECT group_no, count(*) AS revenue_days, median(gap) AS median_gap
FROM (SELECT group_no, date - lag(date) OVER (PARTITION BY group_no ORDER BY date) AS gap FROM days) AS gaps
GROUP BY group_no;

CREATE OR REPLACE TEMP TABLE category_shares AS
WITH spoken AS (
    SELECT group_no FROM previous_ranks WHERE place <= 20
),
sums AS (
    SELECT k.group_no, v.category,
        coalesce(sum(v.amount_home) FILTER (WHERE v.date >= $w12_start), 0) AS now,
        coalesce(sum(v.amount_home) FILTER (WHERE v.date < $p12_end), 0) AS past
    FROM account_groups AS k
    JOIN spoken AS p ON p.group_no = k.group_no
    JOIN valued_lines AS v ON v.account_key = k.account_key
    WHERE k.revenue_counts AND v.date >= $p12_start AND v.category IS NOT NULL
    GROUP BY k.group_no, v.category
),
positive AS (
    SELECT group_no, CAST(CASE WHEN now > 0 THEN now ELSE 0 END AS DOUBLE) AS now, CAST(CASE WHEN past > 0 THEN past ELSE 0 END AS DOUBLE) AS past FROM sums
)
SELECT group_no, sum(abs(now / whole_now - past / whole_past)) / 2 AS mix_shift
FROM (SELECT *, sum(now) OVER (PARTITION BY group_no) AS whole_now, sum(past) OVER (PARTITION BY group_no) AS whole_past FROM positive) AS parts
WHERE whole_now > 0 AND whole_past > 0
GROUP BY group_no;

CREATE OR REPLACE TEMP TABLE m_vol AS
SELECT s.group_no,
    s.net_3 AS revenue_3m,
    s.net_p3 AS revenue_3m_last_year,
    s.lines_p3 AS lines_3m_last_year,
    CASE WHEN s.lines_p3 >= 3 AND s.net_p3 > 0 THEN CAST(s.net_3 AS DOUBLE) / CAST(s.net_p3 AS DOUBLE) - 1 END AS volume_change,
    CASE WHEN t.net_p3 > s.net_p3 THEN CAST(t.net_3 - s.net_3 AS DOUBLE) / CAST(t.net_p3 - s.net_p3 AS DOUBLE) - 1 END AS rest_volume_change,
    $as_of - s.last_revenue AS days_since_revenue,
    r.revenue_days,
    CASE WHEN r.revenue_days >= 6 THEN r.median_gap END AS median_revenue_gap_days,
    coalesce(p.place, 1001) AS rank_previous_year,
    c.mix_shift
FROM revenue_sums AS s
CROSS JOIN revenue_totals AS t
LEFT JOIN revenue_rhythm AS r ON r.group_no = s.group_no
LEFT JOIN previous_ranks AS p ON p.group_no = s.group_no
LEFT JOIN category_shares AS c ON c.group_no = s.group_no;

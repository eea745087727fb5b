-- Operations: rush orders, overtime, other clients delayed, load. All of W6 unless said; cancelled orders count as orders, drafts do not.
--
--   orders, rush_orders      orders · W6; rush = flagged, or asked for in less than half of the standard lead time
--   rush_share               ratio · NULL: fewer than 5 orders, or fewer than 10 of all other groups
--   rush_share_rest          ratio · of all other groups, for the comparison and the exact test · NULL: as rush_share
--   rush_ratio               ratio · rush_share / rush_share_rest · NULL: as above, or rush_share_rest is 0 (then beyond any ratio)
--   rush_orders_12m          orders · W12
--   overtime_hours           hours · W6 · paid at 25 or 50 %; weekend hours are not overtime
--   overtime_share           ratio · of all overtime · NULL: fewer than 20 h of overtime in total
--   service_hours_share      ratio · of all hours, W6 · NULL: no hours
--   overtime_ratio           ratio · overtime_share / service_hours_share · NULL: either is NULL, or no hours of the client
--   displaced_orders         orders of other groups moved to a later date with this client named as the cause
--   displaced_customers      groups behind them
--   collateral_delay_days    days · sum of these moves
--   exposed_revenue          money · net revenue W12 of these groups
--   correlated_orders, correlated_customers   orders (groups) of others moved later without a known cause within 5 business days of a rush
--                            order of this client, ordered in W6
--   linked_orders, linked_customers   orders (groups) of others moved for either reason, each once
--   correlation_weeks        ISO weeks that touch W6 (N of the exact test)
--   rush_weeks               of these with a rush order of the client (n) · moved_weeks with a move of another group without known
--                            cause (K) · overlap_weeks both
--   meeting_hours_6m         clock hours of meetings
--   meeting_ratio            ratio · share of meeting hours / share of net revenue W6 · NULL: fewer than 10 h, or no revenue
--   complaint_ratio          ratio · complaints per order / the portfolio's · NULL: fewer than 4 complaints, or no orders of the client
--   complaint_share, complaint_share_rest   ratio · complaints per order, own and all other groups' · NULL: no orders
--   priority_changes_week    per week · W3 · changes of promised dates with this client named as the cause x 7 / days of W3
--   load_ratio               ratio · the largest of escalation_ratio (cases.sql), meeting_ratio, complaint_ratio · NULL: none is known

CREATE OR REPLACE TEMP TABLE order_sums AS
SELECT group_no,
    count(*) FILTER (WHERE ordered_date >= $w6_start) AS orders_6,
    count(*) FILTER (WHERE ordered_date >= $w6_start AND rush) AS rush_6,
    count(*) AS orders_12,
    count(*) FILTER (WHERE rush) AS rush_12
FROM facts_orders
WHERE ordered_date >= $w12_start
GROUP BY group_no;

CREATE OR REPLACE TEMP TABLE order_totals AS
SELECT CAST(coalesce(sum(orders_6), 0) AS BIGINT) AS orders_6, CAST(coalesce(sum(rush_6), 0) AS BIGINT) AS rush_6 FROM order_sums;

CREATE OR REPLACE TEMP TABLE hour_sums AS
SELECT group_no,
    sum(hours) AS hours_12,
    sum(hours) FILTER (WHERE week >= $w6_start) AS hours_6,
    sum(coalesce(overtime_25, 0) + coalesce(overtime_50, 0)) FILTER (WHERE week >= $w6_start) AS overtime_6,
    sum(hours * hourly_cost) AS hours_cost,
    count(*) FILTER (WHERE hours IS NOT NULL AND hourly_cost IS NULL) AS unpriced,
    sum((coalesce(overtime_25, 0) * 0.25 + coalesce(overtime_50, 0) * 0.50) * hourly_cost) AS premium,
    count(*) FILTER (WHERE overtime_25 IS NOT NULL OR overtime_50 IS NOT NULL) AS overtime_rows,
    count(*) FILTER (WHERE coalesce(overtime_25, 0) + coalesce(overtime_50, 0) > 0 AND hourly_cost IS NULL) AS overtime_unpriced
FROM facts_hours
WHERE week >= $w12_start AND week < $w12_end
GROUP BY group_no;

CREATE OR REPLACE TEMP TABLE hour_totals AS
SELECT
    coalesce(sum(hours_12), 0) AS hours_12,
    coalesce(sum(hours_6), 0) AS hours_6,
    coalesce(sum(overtime_6), 0) AS overtime_6,
    count(*) FILTER (WHERE hours_12 > 0) AS clients
FROM hour_sums;

CREATE OR REPLACE TEMP TABLE moves AS
SELECT source, order_id, group_no, changed_date, cause_group_no, cause_known, moved_days
FROM facts_order_changes
WHERE changed_date >= $w6_start AND moved_days > 0;

CREATE OR REPLACE TEMP TABLE displacements AS
WITH named AS (
    SELECT cause_group_no, source, order_id, group_no, moved_days FROM moves WHERE cause_group_no <> group_no
),
exposed AS (
    SELECT n.cause_group_no, sum(CASE WHEN s.net_12 > 0 THEN s.net_12 ELSE 0 END) AS revenue
    FROM (SELECT DISTINCT cause_group_no, group_no FROM named) AS n LEFT JOIN revenue_sums AS s ON s.group_no = n.group_no
    GROUP BY n.cause_group_no
)
SELECT n.cause_group_no AS group_no,
    count(DISTINCT n.source || ':' || n.order_id) AS orders,
    count(DISTINCT n.group_no) AS customers,
    CAST(sum(n.moved_days) AS BIGINT) AS days,
    any_value(e.revenue) AS revenue
FROM named AS n JOIN exposed AS e ON e.cause_group_no = n.cause_group_no
GROUP BY n.cause_group_no;

CREATE OR REPLACE TEMP TABLE rush_days AS
SELECT DISTINCT group_no, ordered_date AS day FROM facts_orders WHERE rush AND ordered_date >= $w6_start;

CREATE OR REPLACE TEMP TABLE unexplained AS
SELECT source, order_id, group_no, changed_date FROM moves WHERE NOT cause_known;

CREATE OR REPLACE TEMP TABLE correlated AS
WITH near AS (
    SELECT DISTINCT r.group_no, u.source, u.order_id, u.group_no AS owner_no
    FROM rush_days AS r
    JOIN calendar AS a ON a.day = r.day
    JOIN calendar AS b ON b.day >= a.day AND b.number - a.number <= 5
    JOIN unexplained AS u ON u.changed_date = b.day AND u.group_no <> r.group_no
),
linked AS (
    SELECT group_no, source, order_id, owner_no, TRUE AS is_near FROM near
    UNION ALL
    SELECT cause_group_no, source, order_id, group_no, FALSE FROM moves
    WHERE cause_group_no <> group_no AND cause_group_no IN (SELECT group_no FROM near)
)
SELECT group_no,
    count(DISTINCT source || ':' || order_id) FILTER (WHERE is_near) AS orders, count(DISTINCT owner_no) FILTER (WHERE is_near) AS customers,
    count(DISTINCT source || ':' || order_id) AS linked_orders, count(DISTINCT owner_no) AS linked_customers
FROM linked
GROUP BY group_no;

-- Weeks are numbered from Monday 1970-01-05. A week moved by two groups, or by one other than the client, counts for the client.
CREATE OR REPLACE TEMP TABLE week_overlaps AS
WITH rushed AS (
    SELECT DISTINCT group_no, floor(date_diff('day', DATE '1970-01-05', day) / 7) AS week FROM rush_days
),
moved AS (
    SELECT week, count(*) AS movers, min(group_no) AS mover
    FROM (SELECT DISTINCT group_no, floor(date_diff('day', DATE '1970-01-05', changed_date) / 7) AS week FROM unexplained) AS weeks
    GROUP BY week
),
own AS (  -- weeks in which nobody but the client itself moved: they are not another group's
    SELECT mover AS group_no, count(*) AS weeks FROM moved WHERE movers = 1 GROUP BY mover
),
whole AS (SELECT count(*) AS weeks FROM moved)
SELECT r.group_no, count(*) AS rush_weeks,
    any_value(w.weeks) - coalesce(any_value(o.weeks), 0) AS moved_weeks,
    count(*) FILTER (WHERE m.movers > 1 OR m.mover <> r.group_no) AS overlap_weeks
FROM rushed AS r
CROSS JOIN whole AS w
LEFT JOIN moved AS m ON m.week = r.week
LEFT JOIN own AS o ON o.group_no = r.group_no
GROUP BY r.group_no;

CREATE OR REPLACE TEMP TABLE meeting_sums AS
SELECT group_no,
    sum(duration_minutes) FILTER (WHERE started_date >= $w6_start) / 60 AS hours_6,
    sum(duration_minutes * coalesce(people, 1)) / 60 AS person_hours_12
FROM facts_activities
WHERE kind = 'meeting' AND started_date >= $w12_start AND duration_minutes > 0
GROUP BY group_no;

-- Whose order was changed does not matter here, nor whether it is known: what counts is who asked for the change.
CREATE OR REPLACE TEMP TABLE named_changes AS
SELECT w.group_no, count(*) AS changes
FROM order_changes AS c
JOIN account_groups AS w ON w.source = c.source AND w.account_id = c.cause_account_id
WHERE coalesce(c.cause, 'client') = 'client' AND c.changed_date >= $w3_start AND c.changed_date <= $as_of
GROUP BY w.group_no;

CREATE OR REPLACE TEMP TABLE loads AS
WITH spoken AS (
    SELECT group_no FROM meeting_sums UNION SELECT group_no FROM order_sums
),
meeting_totals AS (SELECT coalesce(sum(hours_6), 0) AS hours FROM meeting_sums)
SELECT k.group_no,
    CASE WHEN m.hours_6 >= 10 AND s.net_6 > 0
        THEN m.hours_6 / t.hours * CAST(r.positive_total_6m AS DOUBLE) / CAST(s.net_6 AS DOUBLE) END AS meeting_ratio,
    CASE WHEN c.complaints_6 >= 4 AND o.orders_6 > 0
        THEN CAST(c.complaints_6 AS DOUBLE) * u.orders_6 / (o.orders_6 * v.complaints_6) END AS complaint_ratio,
    CASE WHEN o.orders_6 > 0 THEN CAST(coalesce(c.complaints_6, 0) AS DOUBLE) / o.orders_6 END AS complaint_share,
    CASE WHEN u.orders_6 > coalesce(o.orders_6, 0)
        THEN CAST(v.complaints_6 - coalesce(c.complaints_6, 0) AS DOUBLE) / (u.orders_6 - coalesce(o.orders_6, 0)) END AS complaint_share_rest
FROM spoken AS k
CROSS JOIN meeting_totals AS t
CROSS JOIN revenue_totals AS r
CROSS JOIN order_totals AS u
CROSS JOIN case_totals AS v
LEFT JOIN meeting_sums AS m ON m.group_no = k.group_no
LEFT JOIN revenue_sums AS s ON s.group_no = k.group_no
LEFT JOIN case_sums AS c ON c.group_no = k.group_no
LEFT JOIN order_sums AS o ON o.group_no = k.group_no;

CREATE OR REPLACE TEMP TABLE m_ops AS
WITH spoken AS (
    SELECT group_no FROM order_sums UNION SELECT group_no FROM hour_sums UNION SELECT group_no FROM displacements
    UNION SELECT group_no FROM loads UNION SELECT group_no FROM named_changes
),
shares AS (
    SELECT o.group_no,
        CASE WHEN o.orders_6 >= 5 AND t.orders_6 - o.orders_6 >= 10 THEN CAST(t.rush_6 - o.rush_6 AS DOUBLE) / (t.orders_6 - o.orders_6) END AS rest,
        CASE WHEN o.orders_6 >= 5 AND t.orders_6 - o.orders_6 >= 10 THEN CAST(o.rush_6 AS DOUBLE) / o.orders_6 END AS own,
        CASE WHEN o.orders_6 >= 5 AND t.orders_6 - o.orders_6 >= 10 AND t.rush_6 > o.rush_6
            THEN CAST(o.rush_6 AS DOUBLE) * (t.orders_6 - o.orders_6) / (o.orders_6 * (t.rush_6 - o.rush_6)) END AS ratio
    FROM order_sums AS o CROSS JOIN order_totals AS t
)
SELECT k.group_no,
    coalesce(o.orders_6, 0) AS orders,
    coalesce(o.rush_6, 0) AS rush_orders,
    s.own AS rush_share,
    s.rest AS rush_share_rest,
    s.ratio AS rush_ratio,
    coalesce(o.rush_12, 0) AS rush_orders_12m,
    coalesce(h.overtime_6, 0) AS overtime_hours,
    CASE WHEN t.overtime_6 >= 20 THEN coalesce(h.overtime_6, 0) / t.overtime_6 END AS overtime_share,
    CASE WHEN t.hours_6 > 0 THEN coalesce(h.hours_6, 0) / t.hours_6 END AS service_hours_share,
    CASE WHEN t.overtime_6 >= 20 AND h.hours_6 > 0 THEN coalesce(h.overtime_6, 0) * t.hours_6 / (t.overtime_6 * h.hours_6) END AS overtime_ratio,
    coalesce(d.orders, 0) AS displaced_orders,
    coalesce(d.customers, 0) AS displaced_customers,
    coalesce(d.days, 0) AS collateral_delay_days,
    coalesce(d.revenue, 0) AS exposed_revenue,
    coalesce(c.orders, 0) AS correlated_orders,
    coalesce(c.customers, 0) AS correlated_customers,
    coalesce(c.linked_orders, d.orders, 0) AS linked_orders,
    coalesce(c.linked_customers, d.customers, 0) AS linked_customers,
    floor(date_diff('day', DATE '1970-01-05', $as_of) / 7) - floor(date_diff('day', DATE '1970-01-05', $w6_start) / 7) + 1 AS correlation_weeks,
    coalesce(w.rush_weeks, 0) AS rush_weeks,
    coalesce(w.moved_weeks, 0) AS moved_weeks,
    coalesce(w.overlap_weeks, 0) AS overlap_weeks,
    coalesce(m.hours_6, 0) AS meeting_hours_6m,
    l.meeting_ratio,
    l.complaint_ratio,
    l.complaint_share,
    l.complaint_share_rest,
    coalesce(n.changes, 0) * 7.0 / ($w3_end - $w3_start) AS priority_changes_week
FROM spoken AS k
CROSS JOIN hour_totals AS t
LEFT JOIN order_sums AS o ON o.group_no = k.group_no
LEFT JOIN shares AS s ON s.group_no = k.group_no
LEFT JOIN hour_sums AS h ON h.group_no = k.group_no
LEFT JOIN displacements AS d ON d.group_no = k.group_no
LEFT JOIN correlated AS c ON c.group_no = k.group_no
LEFT JOIN week_overlaps AS w ON w.group_no = k.group_no
LEFT JOIN meeting_sums AS m ON m.group_no = k.group_no
LEFT JOIN loads AS l ON l.group_no = k.group_no
LEFT JOIN named_changes AS n ON n.group_no = k.group_no;
